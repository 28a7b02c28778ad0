//! Examples of the life's promises, and the rules that hold for every sequence of events.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const START_TIMEOUT: Duration = Duration::from_secs(30);
const STOP_TIMEOUT: Duration = Duration::from_secs(45);

/// A program with a runtime that says when it is ready.
const DECLARED: Manner = Manner {
    late_start: LateStart::Fails,
    drain: Drain::Program,
    renewal: Renewal::Runtime,
};

const STOP: Event = Event::Control(Control::Stop(StopReason::Stop));

fn terms(manner: Manner) -> Terms {
    Terms {
        start_timeout: START_TIMEOUT,
        stop_timeout: STOP_TIMEOUT,
        manner,
    }
}

/// The reports of a life to which these events happen at these seconds.
fn reports(manner: Manner, events: &[(u64, Event)]) -> Vec<Status> {
    let mut life = Lifecycle::new(terms(manner), Duration::ZERO);
    let mut reports = vec![life.status(Duration::ZERO)];
    for (second, event) in events {
        reports.extend(life.on(*event, Duration::from_secs(*second)).report);
    }
    reports
}

fn pending(state: State, checkpoint: u32, wait_hint: u64) -> Status {
    Status {
        state,
        exit: Exit::Clean,
        checkpoint,
        wait_hint: Duration::from_secs(wait_hint),
    }
}

fn starting(checkpoint: u32, wait_hint: u64) -> Status {
    pending(State::StartPending, checkpoint, wait_hint)
}

fn stopping(checkpoint: u32, wait_hint: u64) -> Status {
    pending(State::StopPending, checkpoint, wait_hint)
}

const RUNNING: Status = Status::settled(State::Running, Exit::Clean);

fn stopped(exit: Exit) -> Status {
    Status::settled(State::Stopped, exit)
}

#[test]
fn a_service_starts_serves_drains_and_ends() {
    let events = [
        (2, Event::Renewed),
        (3, Event::Ready),
        (99, Event::Renewed), // progress is nobody's business while it runs
        (100, STOP),
        (115, Event::Renewed),
        (130, Event::Renewed),
        (131, Event::Returned(Exit::Clean)),
        (132, Event::Finished),
    ];
    assert_eq!(
        reports(DECLARED, &events),
        [
            starting(1, 20),
            starting(2, 22),
            RUNNING,
            stopping(1, 20),
            stopping(2, 35),
            stopping(3, 45), // the stop timeout, however far ahead the next sign of progress might be
            stopped(Exit::Clean),
        ]
    );
}

#[test]
fn a_failed_start_never_runs() {
    let events = [
        (1, Event::Returned(Exit::Win32(10048))),
        (2, Event::Ready), // by a task that has outlived `main`
        (3, Event::Finished),
    ];
    let expected = [starting(1, 20), starting(2, 21), stopped(Exit::Win32(10048))];
    assert_eq!(reports(DECLARED, &events), expected);
}

#[test]
fn a_program_that_is_not_ready_in_time_has_failed_to_start_if_it_promised_to_say_so() {
    let events = [(29, Event::Tick), (30, Event::Tick), (31, Event::Ready)];
    let expected = [starting(1, 20), stopped(Exit::StartTimeout)];
    assert_eq!(reports(DECLARED, &events), expected);
}

#[test]
fn a_program_that_does_not_say_when_it_is_ready_runs_after_the_start_timeout() {
    let silent = Manner {
        late_start: LateStart::Runs,
        ..DECLARED
    };
    let events = [(29, Event::Tick), (30, Event::Tick), (31, Event::Ready)];
    assert_eq!(reports(silent, &events), [starting(1, 20), RUNNING]);
}

#[test]
fn a_program_that_does_not_end_in_time_is_ended() {
    let mut life = Lifecycle::new(terms(DECLARED), Duration::ZERO);
    let second = Duration::from_secs;
    life.on(Event::Ready, second(1));
    life.on(STOP, second(10));
    assert_eq!(life.overdue(second(54)), None);
    assert_eq!(life.overdue(second(55)), Some(Overdue::Stop));

    let effects = life.on(Event::Tick, second(55));
    assert_eq!(effects.report, Some(stopped(Exit::StopTimeout)));
    assert_eq!(effects.force, Some(Exit::StopTimeout));
}

#[test]
fn a_clean_up_that_does_not_end_in_time_is_ended_with_the_result_of_main() {
    let events = [
        (1, Event::Ready),
        (2, Event::Returned(Exit::ERROR)),
        (47, Event::Tick),
    ];
    let expected = [starting(1, 20), RUNNING, stopping(1, 20), stopped(Exit::ERROR)];
    assert_eq!(reports(DECLARED, &events), expected);
}

#[test]
fn a_program_that_cannot_hear_of_a_stop_ends_cleanly_at_once() {
    let deaf = Manner {
        drain: Drain::Nobody,
        ..DECLARED
    };
    let events = [(0, Event::Ready), (5, STOP), (5, Event::Tick)];
    let expected = [starting(1, 20), RUNNING, stopping(1, 1), stopped(Exit::Clean)];
    assert_eq!(reports(deaf, &events), expected);
}

#[test]
fn without_a_runtime_one_hint_covers_the_timeout() {
    let plain = Manner {
        renewal: Renewal::Nobody,
        ..DECLARED
    };
    let events = [(3, Event::Ready), (100, STOP)];
    assert_eq!(
        reports(plain, &events),
        [starting(1, 30), RUNNING, stopping(1, 45)]
    );
}

#[test]
fn a_program_that_returned_before_it_was_ready_stops_its_other_tasks() {
    let mut life = Lifecycle::new(terms(DECLARED), Duration::ZERO);
    assert!(life.on(Event::Returned(Exit::Clean), Duration::ZERO).stop);
    assert_eq!(life.stop_reason(), Some(StopReason::Finished));
}

fn control() -> impl Strategy<Value = Control> {
    prop_oneof![
        Just(Control::Stop(StopReason::Stop)),
        Just(Control::Stop(StopReason::Shutdown)),
        Just(Control::Stop(StopReason::Interrupt)),
        Just(Control::Interrogate),
        Just(Control::Unhandled),
    ]
}

fn exit() -> impl Strategy<Value = Exit> {
    prop_oneof![
        Just(Exit::Clean),
        (1..20_000_u32).prop_map(Exit::Win32),
        (1..9_u32).prop_map(Exit::ServiceSpecific),
        Just(Exit::Panic),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => control().prop_map(Event::Control),
        2 => Just(Event::Ready),
        3 => Just(Event::Renewed),
        2 => exit().prop_map(Event::Returned),
        1 => Just(Event::Finished),
        3 => Just(Event::Tick),
    ]
}

fn manner() -> impl Strategy<Value = Manner> {
    (
        prop_oneof![Just(LateStart::Runs), Just(LateStart::Fails)],
        prop_oneof![Just(Drain::Program), Just(Drain::Nobody)],
        prop_oneof![Just(Renewal::Runtime), Just(Renewal::Nobody)],
    )
        .prop_map(|(late_start, drain, renewal)| Manner {
            late_start,
            drain,
            renewal,
        })
}

/// Events with the milliseconds that pass before each.
fn events() -> impl Strategy<Value = Vec<(u64, Event)>> {
    prop::collection::vec((0..9_000_u64, event()), 0..60)
}

/// What the SCM must never see between one report and the next.
fn check_succession(before: &Status, after: &Status, event: Event) {
    assert!(
        before.state <= after.state,
        "no way back: {before:?} then {after:?}"
    );
    assert_ne!(before.state, State::Stopped, "STOPPED is the last report");
    if before.state == after.state {
        assert_eq!(
            after.checkpoint,
            before.checkpoint + 1,
            "a report in the same state is one of progress"
        );
        assert!(
            matches!(event, Event::Renewed | Event::Returned(_)),
            "{event:?} is no progress"
        );
    }
}

/// What the SCM must never see in a report.
fn check_report(status: &Status, now: Duration) {
    let is_pending = matches!(status.state, State::StartPending | State::StopPending);
    assert_eq!(is_pending, status.checkpoint > 0);
    assert_eq!(is_pending, status.wait_hint > Duration::ZERO);
    assert_eq!(
        status.state == State::Running,
        status.state.controls_accepted() != 0
    );
    if status.state != State::Stopped {
        assert_eq!(status.exit, Exit::Clean);
    }
    if status.exit != Exit::Clean {
        assert_ne!(status.exit.win32_exit_code(), 0);
        assert_ne!(status.exit.process_exit_code(), 0);
    }
    assert_eq!(
        status.exit.win32_exit_code() == 1066,
        status.exit.service_specific_exit_code() != 0
    );
    // Counted from the beginning of the state, it reaches no further than a timeout from now.
    assert!(status.wait_hint <= now + START_TIMEOUT.max(STOP_TIMEOUT));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn no_sequence_of_events_breaks_a_rule_of_the_scm(manner in manner(), events in events()) {
        let mut now = Duration::ZERO;
        let mut life = Lifecycle::new(terms(manner), now);
        let mut last = life.status(now);
        assert_eq!(last.state, State::StartPending);
        check_report(&last, now);

        for (milliseconds, event) in events {
            now += Duration::from_millis(milliseconds);
            let before = life.state();
            let returned_before = life.returned;
            let effects = life.on(event, now);

            if let Some(status) = &effects.report {
                check_succession(&last, status, event);
                check_report(status, now);
                assert_eq!(status.state, life.state());
                last = *status;
            } else {
                assert_eq!(before, life.state(), "no transition without a report");
            }

            if let Event::Control(control) = event {
                let taken = matches!(control, Control::Stop(_)) && before == State::Running;
                let expected = match control {
                    Control::Interrogate => Answer::NoError,
                    Control::Unhandled => Answer::CallNotImplemented,
                    Control::Stop(_) if taken => Answer::NoError,
                    Control::Stop(_) => Answer::CannotAcceptControl,
                };
                assert_eq!(effects.answer, expected);
                assert_eq!(effects.stop, taken);
                assert_eq!(effects.report.is_some(), taken);
            }
            if before == State::StartPending && returned_before.is_some() {
                assert_ne!(life.state(), State::Running, "a failed start never runs");
            }
            if effects.force.is_some() {
                assert_eq!(event, Event::Tick);
                assert_eq!(effects.report.map(|status| status.exit), effects.force);
            }
            if before == State::Stopped {
                assert_eq!(effects.report, None);
                assert!(!effects.stop);
            }
        }
    }

    #[test]
    fn every_stop_ends_by_its_deadline(manner in manner(), before in events()) {
        let mut now = Duration::ZERO;
        let mut life = Lifecycle::new(terms(manner), now);
        for (milliseconds, event) in before {
            now += Duration::from_millis(milliseconds);
            life.on(event, now);
        }
        // Whatever happened: after a stop, ticks alone bring the end, each deadline being in the future once.
        life.on(Event::Ready, now);
        life.on(STOP, now);
        for _ in 0..3 {
            if let Some(deadline) = life.deadline() {
                assert!(deadline <= now + START_TIMEOUT + STOP_TIMEOUT);
                now = now.max(deadline);
                life.on(Event::Tick, now);
                life.on(STOP, now);
            }
        }
        prop_assert_eq!(life.state(), State::Stopped);
    }
}
