//! Random events in random order and from several threads: the reports and logged events of a run must follow the
//! rules.
//!
//! One test drives a run, its queues and their controls from a single thread, so that every answer can be predicted and
//! a failure shrinks to a few steps. The other one runs a real program with tasks on an async runtime, while threads
//! send controls and advance the time.

mod checks;
#[cfg(feature = "tokio")]
mod program;

use proptest::prelude::*;

use super::*;
use crate::control::{Control, ControlEvent};
use checks::{check_end, check_reports};

/// Controls of the SCM, including those that the service does not accept.
#[derive(Clone, Copy, Debug)]
enum Sent {
    Pause,
    Continue,
    ParamChange,
    Custom,
    Interrogate,
    Unhandled,
    Stop,
}

impl Sent {
    fn incoming(self) -> IncomingControl {
        match self {
            Self::Pause => IncomingControl::Pause,
            Self::Continue => IncomingControl::Continue,
            Self::ParamChange => IncomingControl::Event(ControlEvent::ParamChange),
            Self::Custom => IncomingControl::Event(ControlEvent::Custom(200)),
            Self::Interrogate => IncomingControl::Interrogate,
            Self::Unhandled => IncomingControl::Unhandled,
            Self::Stop => STOP,
        }
    }
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        6 => Just(Sent::Pause),
        6 => Just(Sent::Continue),
        3 => Just(Sent::ParamChange),
        3 => Just(Sent::Custom),
        1 => Just(Sent::Interrogate),
        1 => Just(Sent::Unhandled),
        1 => Just(Sent::Stop),
    ]
}

/// An action on a run. Numbers select a queue, or a control that the program holds.
#[derive(Clone, Copy, Debug)]
enum Act {
    Send(Sent),
    Listen,
    Take(usize),
    Finish(usize),
    Refuse(usize),
    Share(usize),
    /// The first step of dropping `Controls`.
    Close(usize),
    /// Both steps, or the second one.
    Remove(usize),
    Ready,
    Alive,
    Renew,
    Return(bool),
    Pass(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => sent().prop_map(Act::Send),
        3 => Just(Act::Listen),
        6 => (0..8_usize).prop_map(Act::Take),
        5 => (0..8_usize).prop_map(Act::Finish),
        1 => (0..8_usize).prop_map(Act::Refuse),
        1 => (0..8_usize).prop_map(Act::Share),
        2 => (0..8_usize).prop_map(Act::Close),
        2 => (0..8_usize).prop_map(Act::Remove),
        3 => Just(Act::Ready),
        1 => Just(Act::Alive),
        1 => Just(Act::Renew),
        1 => any::<bool>().prop_map(Act::Return).boxed(),
        3 => (1..4_000_u64).prop_map(Act::Pass),
    ]
}

/// All interests of the program.
fn interests() -> Interests {
    let accepts = Accepts::PAUSE_CONTINUE.and(Accepts::PARAM_CHANGE);
    Interests::in_accepted(accepts).and(Interests::in_custom(200..=200))
}

/// A run, with the queues and controls that its program holds.
struct World {
    run: Arc<Run>,
    scm: Arc<FakeScm>,
    /// Each with whether it is still open.
    queues: Vec<(Arc<Queue>, bool)>,
    held: Vec<Control>,
    has_returned: bool,
    kills: usize,
}

impl World {
    fn new(late_start: LateStart, has_watchdog: bool) -> Self {
        let watchdog = has_watchdog.then(|| Timeout::new("9s").unwrap());
        let (run, scm) = run_of(late_start, watchdog);
        Self {
            run,
            scm,
            queues: Vec::new(),
            held: Vec::new(),
            has_returned: false,
            kills: 0,
        }
    }

    /// Performs one action; does nothing if there is nothing to select.
    fn act(&mut self, act: Act) {
        let (queues, held) = (self.queues.len().max(1), self.held.len().max(1));
        match act {
            Act::Send(sent) => self.send(sent),
            Act::Listen => {
                let queue = self.run.add_queue();
                queue.add_interests(interests());
                self.run.update_interests();
                self.queues.push((queue, true));
            }
            Act::Take(index) => {
                let queue = self.queues.get(index % queues);
                self.held.extend(queue.and_then(|(queue, _)| queue.try_take()));
            }
            Act::Finish(index) if !self.held.is_empty() => drop(self.held.swap_remove(index % held)),
            Act::Refuse(index) if !self.held.is_empty() => refuse(self.held.swap_remove(index % held)),
            Act::Share(index) => self.held.extend(self.held.get(index % held).cloned()),
            Act::Close(index) => {
                if let Some((queue, is_open)) = self.queues.get_mut(index % queues) {
                    queue.close();
                    *is_open = false;
                }
            }
            Act::Remove(index) if !self.queues.is_empty() => {
                let (queue, _) = self.queues.swap_remove(index % queues);
                queue.close();
                self.run.remove_queue(&queue);
            }
            Act::Ready => self.run.ready(),
            Act::Alive => self.run.alive(),
            Act::Renew => self.run.renew(),
            Act::Return(is_failure) if !self.has_returned => self.end_main(is_failure),
            Act::Pass(milliseconds) => self.pass(Duration::from_millis(milliseconds)),
            Act::Finish(_) | Act::Refuse(_) | Act::Remove(_) | Act::Return(_) => {}
        }
    }

    /// Sends a control; the answer is determined by the interests of the program and the state.
    fn send(&self, sent: Sent) {
        let is_listening = !self.queues.is_empty();
        let is_heard = self.queues.iter().any(|(_, is_open)| *is_open);
        let before = self.run.state();
        let is_serving = !matches!(before, State::StartPending | State::StopPending | State::Stopped);
        let is_turning = before.is_pending();
        let answer = self.run.control(sent.incoming());
        let (expected, after) = match sent {
            Sent::Interrogate => (Answer::NoError, before),
            Sent::Unhandled => (Answer::CallNotImplemented, before),
            Sent::ParamChange | Sent::Custom if !is_listening => (Answer::CallNotImplemented, before),
            _ if !is_serving => (Answer::CannotAcceptControl, before),
            Sent::Stop => (Answer::NoError, State::StopPending),
            Sent::ParamChange | Sent::Custom if is_heard => (Answer::NoError, before),
            Sent::ParamChange | Sent::Custom => (Answer::CallNotImplemented, before),
            Sent::Pause | Sent::Continue if is_turning => (Answer::CannotAcceptControl, before),
            // CONTINUE is always accepted while paused.
            Sent::Continue if before == State::Paused && is_heard => {
                (Answer::NoError, State::ContinuePending)
            }
            Sent::Continue if before == State::Paused => (Answer::NoError, State::Running),
            Sent::Pause if before == State::Paused => (Answer::NoError, before),
            _ if !is_listening => (Answer::CallNotImplemented, before),
            Sent::Continue => (Answer::NoError, before),
            Sent::Pause if is_heard => (Answer::NoError, State::PausePending),
            Sent::Pause => (Answer::CallNotImplemented, State::Running),
        };
        assert_eq!(
            (answer, self.run.state()),
            (expected, after),
            "{sent:?} while {before:?}"
        );
    }

    fn pass(&mut self, time: Duration) {
        self.scm.pass(time);
        while self
            .run
            .deadline()
            .is_some_and(|deadline| deadline <= self.scm.now())
        {
            // The program continues while the event is logged, and cannot change a decided end.
            self.scm.meanwhile({
                let run = Arc::clone(&self.run);
                move || {
                    run.ready();
                    run.alive();
                    run.renew();
                }
            });
            self.kills += usize::from(self.run.tick().is_some());
            self.scm.meanwhile.lock().unwrap().take();
        }
    }

    fn end_main(&mut self, is_failure: bool) {
        self.has_returned = true;
        self.run.conduct(|| {
            if is_failure {
                return Err(no_disk());
            }
            Ok(())
        });
    }

    /// Drops all that the program holds: then no control is in progress, and the service does not stay paused.
    fn drop_all(&mut self) {
        self.held.clear();
        for (queue, _) in std::mem::take(&mut self.queues) {
            queue.close();
            self.run.remove_queue(&queue);
        }
        checks::check_nothing_under_way(&self.run);
        let state = self.run.state();
        assert!(
            !matches!(state, State::PausePending | State::ContinuePending),
            "{state:?}"
        );
        if state == State::Paused {
            self.send(Sent::Continue);
            assert_eq!(self.run.state(), State::Running);
        }
    }

    /// Ends the run by a stop; `follows` is whether the program obeys.
    fn stop(&mut self, follows: bool) {
        self.run.ready();
        self.run.control(STOP);
        let is_stopping = self.run.state().is_ending() || self.has_returned;
        assert_eq!(self.run.stop().is_raised(), is_stopping || self.kills > 0);
        if follows && self.kills == 0 {
            if !self.has_returned {
                self.end_main(false);
            }
            self.run.finish();
        } else {
            // After every possible deadline.
            self.pass(START_TIMEOUT + STOP_TIMEOUT);
        }
    }
}

fn no_disk() -> Failure {
    Failure::from_error(&io::Error::other("no disk"))
}

fn refuse(control: Control) {
    if let Control::Pause(pending)
    | Control::Continue(pending)
    | Control::ParamChange(pending)
    | Control::Custom(_, pending) = control
    {
        pending.refuse("not now");
    }
}

fn late_start() -> impl Strategy<Value = LateStart> {
    prop_oneof![Just(LateStart::Runs), Just(LateStart::Fails)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_control_is_answered_and_every_stop_ends(
        late_start in late_start(),
        has_watchdog in proptest::bool::weighted(0.2),
        acts in proptest::collection::vec(act(), 1..60),
        follows: bool,
    ) {
        let mut world = World::new(late_start, has_watchdog);
        for act in acts {
            world.act(act);
            if world.kills > 0 {
                break; // the process has ended
            }
        }
        if world.kills == 0 {
            world.drop_all();
            world.stop(follows);
        }
        assert!(world.kills <= 1);
        // The remaining threads of the program have no effect.
        let reports = world.scm.reports.lock().unwrap().len();
        world.run.ready();
        world.run.renew();
        world.run.control(IncomingControl::Pause);
        assert_eq!(world.scm.reports.lock().unwrap().len(), reports);
        check_reports(&world.scm);
        check_end(&world.scm, world.kills);
    }
}
