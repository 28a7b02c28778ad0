//! Tests a run with an SCM that only records its calls, and a clock that the tests set.

mod controls;
mod interleavings;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::*;
use crate::control::{Answer, IncomingControl, Interests, Queue};
use crate::identity::Package;
use crate::lifecycle::{Drain, LateStart, Renewal};
use crate::service::Service;
use crate::service::Starting;
use crate::status::Accepts;

#[derive(Default)]
struct FakeScm {
    reports: Mutex<Vec<Status>>,
    now: Mutex<Duration>,
    /// The status texts.
    texts: Mutex<Vec<String>>,
    /// The events that were logged.
    told: Mutex<Vec<Message>>,
    /// What happens while an event is logged.
    meanwhile: Mutex<Option<Meanwhile>>,
}

type Meanwhile = Box<dyn FnOnce() + Send>;

impl FakeScm {
    fn states(&self) -> Vec<State> {
        let reports = self.reports.lock().unwrap();
        reports.iter().map(|report| report.state).collect()
    }

    fn pass(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }

    fn logged(&self) -> Vec<Message> {
        self.told.lock().unwrap().clone()
    }

    /// Does this while the next event is logged.
    fn meanwhile(&self, happens: impl FnOnce() + Send + 'static) {
        *self.meanwhile.lock().unwrap() = Some(Box::new(happens));
    }
}

impl Scm for FakeScm {
    fn report(&self, status: &Status) {
        self.reports.lock().unwrap().push(*status);
    }

    fn now(&self) -> Duration {
        *self.now.lock().unwrap()
    }

    fn log_event(&self, message: Message, _: &[&dyn Display]) {
        self.told.lock().unwrap().push(message);
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile();
        }
    }

    fn host_event(&self, event: HostEvent<'_>) {
        if let HostEvent::StatusText(text) = event {
            self.texts
                .lock()
                .unwrap()
                .push(text.unwrap_or("nothing").to_owned());
        }
    }
}

const START_TIMEOUT: Duration = Duration::from_secs(4);
const STOP_TIMEOUT: Duration = Duration::from_secs(6);

/// A run that has begun, of a program that reports when it is ready.
fn run() -> (Arc<Run>, Arc<FakeScm>) {
    run_watched(None)
}

fn run_watched(watchdog: Option<Timeout>) -> (Arc<Run>, Arc<FakeScm>) {
    run_of(LateStart::Fails, watchdog)
}

fn run_of(late_start: LateStart, watchdog: Option<Timeout>) -> (Arc<Run>, Arc<FakeScm>) {
    let package = Package {
        name: "acme-agent",
        version: "1.0.0",
        verbs: None,
    };
    let mut stamp = package.unstamped();
    stamp.definition.start_timeout = Timeout::new("4s").unwrap();
    stamp.definition.stop_timeout = Timeout::new("6s").unwrap();
    stamp.definition.watchdog = watchdog;
    let facts = Facts {
        name: "acme-agent-2".to_owned(),
        stamp,
        start_arguments: vec!["--trace".into()],
        shutdown_limit: None,
        registered_preshutdown: None,
        folders: crate::places::Folders::default(),
        #[cfg(feature = "settings")]
        surroundings: crate::run::Surroundings::default(),
    };
    let form = MainForm {
        late_start,
        drain: Drain::Program,
        renewal: Renewal::Runtime,
    };
    let scm = Arc::<FakeScm>::default();
    let run = Run::new(facts, form, Arc::<FakeScm>::clone(&scm));
    run.begin();
    (Arc::new(run), scm)
}

const STOP: IncomingControl = IncomingControl::Stop(StopReason::Stop);

fn poll(future: &mut (impl Future<Output = ()> + Unpin)) -> Poll<()> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_service_is_running_when_main_first_waits_for_its_stop() {
    let (run, scm) = run();
    let service = Service::new(Arc::clone(&run));
    let mut stopped = service.stop_requested();
    assert_eq!(poll(&mut stopped), Poll::Pending);
    assert!(!service.wait_for_stop_timeout(Duration::ZERO));
    let _handed_on = as_main(|| service.stop_requested());
    assert_eq!(
        scm.states(),
        [State::StartPending],
        "a wait of another thread does not count, nor does a future that is not polled"
    );
    assert_eq!(
        as_main(|| poll(&mut stopped)),
        Poll::Pending,
        "polled elsewhere before"
    );
    assert_eq!(scm.states(), [State::StartPending, State::Running]);

    assert_eq!(run.control(STOP), Answer::NoError);
    assert_eq!(poll(&mut stopped), Poll::Ready(()));
    assert!(service.is_stopping());
    assert!(service.wait_for_stop_timeout(Duration::ZERO));
    assert_eq!(service.stop_reason(), Some(StopReason::Stop));
}

#[test]
fn a_starting_service_is_running_when_it_reports_ready() {
    let (run, scm) = run();
    let starting = Starting::new(Arc::clone(&run));
    assert_eq!(run.control(STOP), Answer::CannotAcceptControl);
    let service = starting.ready();
    assert!(!service.is_stopping());
    assert_eq!(scm.states(), [State::StartPending, State::Running]);
}

#[test]
fn a_dropped_starting_is_not_ready() {
    let (run, scm) = run();
    drop(Starting::new(Arc::clone(&run)));
    scm.pass(START_TIMEOUT);
    assert_eq!(run.watch_deadlines(), Some(Exit::StartTimeout));
    assert_eq!(scm.states(), [State::StartPending, State::Stopped]);
}

#[test]
fn the_facts_of_a_run_reach_the_service() {
    let service = Service::new(run().0);
    assert_eq!(service.name(), "acme-agent-2");
    assert_eq!(service.display_name(), "acme-agent");
    assert_eq!(service.build_info().version, "1.0.0");
    assert_eq!(service.start_arguments(), ["--trace"]);
    assert_eq!(service.stop_reason(), None);
    assert_eq!(service.stop_deadline(), None);
}

#[test]
fn the_stop_deadline_approaches() {
    let (run, scm) = run();
    run.ready();
    run.control(STOP);
    let left = || {
        let deadline = run.stop_deadline().unwrap();
        deadline.saturating_duration_since(Instant::now())
    };
    assert!(left() > Duration::from_secs(5));
    scm.pass(Duration::from_secs(5));
    assert!(left() <= Duration::from_secs(1));
}

#[test]
fn a_stop_that_exceeds_its_timeout_kills_the_process() {
    let (run, scm) = run();
    run.ready();
    run.control(STOP);
    scm.pass(STOP_TIMEOUT);
    assert_eq!(run.watch_deadlines(), Some(Exit::Clean));
    assert_eq!(run.finish(), Exit::Clean, "later events change nothing");
    let last = *scm.reports.lock().unwrap().last().unwrap();
    assert_eq!((last.state, last.exit), (State::Stopped, Exit::Clean));
}

#[test]
fn a_program_that_becomes_ready_while_its_failed_start_is_logged_does_not_run() {
    let (run, scm) = run();
    scm.pass(START_TIMEOUT);
    scm.meanwhile({
        let run = Arc::clone(&run);
        move || run.ready()
    });
    assert_eq!(run.tick(), Some(Exit::StartTimeout));
    assert_eq!(scm.states(), [State::StartPending, State::Stopped]);
    assert_eq!(scm.logged(), [events::START_TIMEOUT]);
}

#[test]
fn a_program_that_ends_while_its_late_stop_is_logged_is_killed() {
    let (run, scm) = run();
    run.ready();
    run.control(IncomingControl::Stop(StopReason::Interrupt));
    scm.pass(STOP_TIMEOUT);
    let (sender, receiver) = std::sync::mpsc::channel();
    scm.meanwhile({
        let run = Arc::clone(&run);
        move || {
            run.conduct(|| Ok(()));
            let finishing = std::thread::spawn(move || run.finish());
            // It waits for the decided end, which needs this thread.
            sender.send(finishing).unwrap();
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    assert_eq!(run.tick(), Some(Exit::StopTimeout));
    assert_eq!(receiver.recv().unwrap().join().unwrap(), Exit::StopTimeout);
    assert_eq!(scm.states().last(), Some(&State::Stopped));
    assert_eq!(scm.logged(), [events::RUNNING, events::STOP_TIMEOUT]);
}

#[test]
fn a_sign_of_life_while_the_missed_watchdog_is_logged_comes_too_late() {
    let (run, scm) = run_watched(Some(Timeout::new("30s").unwrap()));
    run.ready();
    scm.pass(Duration::from_secs(30));
    scm.meanwhile({
        let run = Arc::clone(&run);
        move || run.alive()
    });
    assert_eq!(run.tick(), Some(Exit::Watchdog));
    assert_eq!(scm.states(), [State::StartPending, State::Running]);
    assert_eq!(scm.logged(), [events::RUNNING, events::WATCHDOG]);
}

#[test]
fn controls_are_answered_at_once_while_the_end_is_logged() {
    let (run, scm) = run_watched(Some(Timeout::new("30s").unwrap()));
    run.ready();
    scm.pass(Duration::from_secs(30));
    let (sender, receiver) = std::sync::mpsc::channel();
    scm.meanwhile({
        let run = Arc::clone(&run);
        move || {
            let answers = [IncomingControl::Interrogate, IncomingControl::Unhandled, STOP]
                .map(|asked| run.control(asked));
            sender.send((answers, run.state())).unwrap();
        }
    });
    assert_eq!(run.tick(), Some(Exit::Watchdog));
    let answers = [
        Answer::NoError,
        Answer::CallNotImplemented,
        Answer::CannotAcceptControl,
    ];
    assert_eq!(receiver.recv().unwrap(), (answers, State::Running));
    assert_eq!(run.stop_reason(), None);
}

#[test]
fn a_subscriber_that_panics_does_not_keep_the_process_alive() {
    let (run, scm) = run();
    scm.pass(START_TIMEOUT);
    scm.meanwhile(|| std::panic::resume_unwind(Box::new("a subscriber of the author's")));
    assert_eq!(run.watch_deadlines(), Some(Exit::StartTimeout));
    assert_eq!(scm.states(), [State::StartPending, State::Stopped]);
}

#[test]
fn a_subscriber_that_hangs_does_not_keep_the_process_alive() {
    let (run, scm) = run();
    scm.pass(START_TIMEOUT);
    scm.meanwhile({
        let (run, scm) = (Arc::clone(&run), Arc::clone(&scm));
        move || {
            scm.pass(Duration::from_secs(5));
            run.changed.notify_all();
            std::thread::park();
        }
    });
    assert_eq!(run.watch_deadlines(), Some(Exit::StartTimeout));
    assert_eq!(scm.states(), [State::StartPending, State::Stopped]);
}

#[test]
fn a_subscriber_that_hangs_at_one_deadline_does_not_delay_the_next() {
    let (run, scm) = run_watched(Some(Timeout::new("30s").unwrap()));
    let queue = controls::pausable(&run);
    run.control(IncomingControl::Pause);
    let pause = queue.try_take();
    scm.pass(STOP_TIMEOUT); // the pause exceeds its timeout
    scm.meanwhile({
        let (run, scm) = (Arc::clone(&run), Arc::clone(&scm));
        move || {
            scm.pass(Duration::from_secs(24));
            run.changed.notify_all();
            std::thread::park();
        }
    });
    assert_eq!(run.watch_deadlines(), Some(Exit::Watchdog));
    assert_eq!(
        scm.logged(),
        [events::RUNNING, events::PAUSE_TIMEOUT, events::WATCHDOG]
    );
    drop(pause);
}

#[test]
fn a_deadline_that_passes_while_the_end_is_logged_is_no_second_end() {
    let (run, scm) = run();
    run.ready();
    run.control(STOP);
    run.conduct(|| Ok(()));
    let (sender, receiver) = std::sync::mpsc::channel();
    scm.meanwhile({
        let (run, scm) = (Arc::clone(&run), Arc::clone(&scm));
        move || {
            scm.pass(Duration::from_secs(1));
            sender.send(run.tick()).unwrap();
        }
    });
    scm.pass(STOP_TIMEOUT.saturating_sub(Duration::from_millis(1)));
    assert_eq!(run.finish(), Exit::Clean);
    assert_eq!(receiver.recv().unwrap(), None);
    assert_eq!(scm.logged(), [events::RUNNING, events::STOPPED]);
}

#[test]
fn the_last_text_is_shown_and_progress_ends_with_its_state() {
    let (run, scm) = run();
    let starting = Starting::new(Arc::clone(&run));
    starting.progress("loading 1 of 2");
    starting.status_text("reading\nthe index");
    starting.progress("loading 2 of 2");
    let service = starting.ready();
    service.status_text("serving");
    run.control(STOP);
    service.progress("flushing");
    service.status_text("");
    let said = [
        "loading 1 of 2",
        "reading the index",
        "loading 2 of 2",
        "reading the index",
        "serving",
        "flushing",
        "nothing",
    ];
    assert_eq!(*scm.texts.lock().unwrap(), said);
}

#[test]
fn the_deadline_thread_ends_with_the_run() {
    let (run, _scm) = run();
    let watch = std::thread::spawn({
        let run = Arc::clone(&run);
        move || run.watch_deadlines()
    });
    run.ready();
    run.conduct(|| Ok(()));
    assert_eq!(run.finish(), Exit::Clean);
    assert_eq!(watch.join().unwrap(), None);
}

#[test]
fn a_panic_ends_the_run_like_an_error() {
    /// The worst payload of a panic.
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("and again");
        }
    }

    let (run, scm) = run();
    run.conduct(|| std::panic::resume_unwind(Box::new(Bomb)));
    assert_eq!(run.finish(), Exit::Panic);
    assert_eq!(
        scm.states(),
        [State::StartPending, State::StartPending, State::Stopped]
    );
}

#[cfg(feature = "tokio")]
#[test]
fn a_runtime_that_does_not_end_is_abandoned() {
    let (run, scm) = run();
    crate::entry::conduct(crate::entry::Runtime::default(), &run, async {
        tokio::task::spawn_blocking(std::thread::park);
        run.ready();
        run.control(STOP);
        scm.pass(STOP_TIMEOUT); // no time is left for the clean-up
        Ok(())
    });
    assert_eq!(run.finish(), Exit::Clean);
}

/// `std::process::exit` ends the run like a `main` that returns the exit code: a failed start, a failure, and success
/// after a stop.
#[test]
fn a_program_that_ends_its_process_is_reported_first() {
    let (starting, scm) = run();
    starting.exited(3);
    assert_eq!(
        scm.states(),
        [State::StartPending, State::StartPending, State::Stopped]
    );
    assert_eq!(scm.logged(), [events::EXITED]);
    assert_eq!(scm.reports.lock().unwrap()[2].exit, Exit::ServiceSpecific(3));

    let (running, scm) = run();
    running.ready();
    running.exited(0);
    assert_eq!(scm.states()[2..], [State::StopPending, State::Stopped]);
    assert_eq!(scm.logged(), [events::RUNNING, events::STOPPED]);
    assert_eq!(scm.reports.lock().unwrap()[3].exit, Exit::Clean);

    let (stopping, scm) = run();
    stopping.ready();
    assert_eq!(stopping.control(STOP), Answer::NoError);
    stopping.exited(3);
    assert_eq!(scm.states()[2..], [State::StopPending, State::Stopped]);
    assert_eq!(scm.logged(), [events::RUNNING, events::EXITED]);
    assert_eq!(scm.reports.lock().unwrap()[3].exit, Exit::Clean);

    let (ended, scm) = run();
    ended.ready();
    ended.conduct(|| Ok(()));
    ended.finish();
    let reports = scm.states();
    ended.exited(3);
    assert_eq!(scm.states(), reports, "nothing follows STOPPED");
    assert_eq!(scm.logged(), [events::RUNNING, events::STOPPED]);
}
