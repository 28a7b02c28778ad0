//! The rules that hold for every sequence of events.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        1 => Just(Request::Stop(StopReason::Stop)),
        1 => Just(Request::Stop(StopReason::Shutdown)),
        1 => Just(Request::Stop(StopReason::Preshutdown)),
        1 => Just(Request::Stop(StopReason::Interrupt)),
        3 => Just(Request::Pause),
        3 => Just(Request::Continue),
        1 => Just(Request::Event),
        1 => Just(Request::Interrogate),
        1 => Just(Request::Unhandled),
    ]
}

fn accepts() -> impl Strategy<Value = Accepts> {
    prop_oneof![
        1 => Just(Accepts::NONE),
        2 => Just(Accepts::PAUSE_CONTINUE),
        1 => Just(Accepts::PAUSE_CONTINUE.and(Accepts::SESSION_CHANGE)),
    ]
}

/// Any terms that a definition and a form of `main` can have.
fn any_terms() -> impl Strategy<Value = Terms> {
    let seconds = |range: std::ops::Range<u64>| proptest::option::of(range.prop_map(Duration::from_secs));
    (form(), seconds(1..60), seconds(1..90), seconds(5..60)).prop_map(
        |(form, shutdown_limit, preshutdown_timeout, watchdog)| Terms {
            shutdown_limit,
            preshutdown_timeout,
            watchdog,
            ..terms(form)
        },
    )
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
        6 => request().prop_map(Event::IncomingControl),
        2 => accepts().prop_map(Event::Subscribed),
        2 => Just(Event::Ready),
        3 => Just(Event::Renewed),
        2 => Just(Event::Alive),
        4 => (0..6_u32).prop_map(|turn| Event::Completed(Transition(turn))),
        1 => (0..6_u32).prop_map(|turn| Event::Refused(Transition(turn))),
        1 => (0..6_u32).prop_map(|turn| Event::Untaken(Transition(turn))),
        2 => exit().prop_map(Event::Returned),
        1 => Just(Event::Finished),
        3 => Just(Event::Tick),
        3 => Just(Event::Logged),
    ]
}

fn form() -> impl Strategy<Value = MainForm> {
    (
        prop_oneof![Just(LateStart::Runs), Just(LateStart::Fails)],
        prop_oneof![Just(Drain::Program), Just(Drain::Nobody)],
        prop_oneof![Just(Renewal::Runtime), Just(Renewal::Nobody)],
    )
        .prop_map(|(late_start, drain, renewal)| MainForm {
            late_start,
            drain,
            renewal,
        })
}

/// Events, each with the milliseconds that pass before it.
fn events() -> impl Strategy<Value = Vec<(u64, Event)>> {
    prop::collection::vec((0..9_000_u64, event()), 0..60)
}

/// Checks the sequence of two reports.
fn check_succession(before: &Status, after: &Status, event: Event) {
    use State::{ContinuePending, PausePending, Paused, Running, StartPending, StopPending, Stopped};
    let is_allowed = match before.state {
        StartPending => matches!(after.state, StartPending | Running | Stopped),
        Running => matches!(after.state, Running | PausePending | Paused | StopPending),
        // Back to RUNNING if the pause was given up.
        PausePending => matches!(after.state, PausePending | Paused | Running | StopPending),
        // RUNNING if a continue that was given up completes later.
        Paused => matches!(after.state, Paused | ContinuePending | Running | StopPending),
        ContinuePending => matches!(after.state, ContinuePending | Running | Paused | StopPending),
        StopPending => matches!(after.state, StopPending | Stopped),
        Stopped => false,
    };
    assert!(is_allowed, "{before:?} then {after:?} by {event:?}");
    if before.state == after.state {
        if before.state.is_pending() {
            assert_eq!(
                after.checkpoint,
                before.checkpoint + 1,
                "a second report in the same pending state must be progress"
            );
            assert!(
                matches!(event, Event::Renewed | Event::Returned(_)),
                "{event:?} is not progress"
            );
        } else {
            assert_ne!(before.accepts, after.accepts, "a report must change something");
        }
    }
}

/// Checks one report.
fn check_report(status: &Status, now: Duration) {
    assert_eq!(status.state.is_pending(), status.checkpoint > 0);
    assert_eq!(status.state.is_pending(), status.wait_hint > Duration::ZERO);
    match status.state {
        State::StartPending | State::StopPending | State::Stopped => {
            assert_eq!(status.accepts, Accepts::NONE);
        }
        State::Running => assert!(status.accepts.contains(ACCEPTS)),
        State::Paused => assert!(status.accepts.contains(PAUSABLE), "CONTINUE must be accepted"),
        State::PausePending | State::ContinuePending => {
            assert!(status.accepts.contains(ACCEPTS));
            assert!(!status.accepts.contains(Accepts::PAUSE_CONTINUE));
        }
    }
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
    // It counts from the beginning of the state and ends no later than a timeout from now.
    assert!(status.wait_hint <= now + Duration::from_secs(90));
}

/// Checks the answer to a control and its effects, given the state before.
fn check_answer(request: Request, before: &Lifecycle, effects: &Effects) {
    let is_serving = before.phase.is_serving();
    let is_accepted = before.accepts().contains(request.accepted_by());
    let is_turning = before.state().is_pending();
    let expected = match request {
        Request::Interrogate => Answer::NoError,
        Request::Unhandled => Answer::CallNotImplemented,
        _ if !is_serving => Answer::CannotAcceptControl,
        Request::Pause | Request::Continue if is_turning => Answer::CannotAcceptControl,
        _ if !is_accepted => Answer::CallNotImplemented,
        _ => Answer::NoError,
    };
    assert_eq!(effects.answer, expected);
    let is_taken = is_serving && is_accepted;
    let is_stop = matches!(request, Request::Stop(_));
    assert_eq!(effects.stop, is_stop && is_taken);
    let begins = match request {
        Request::Pause => before.state() == State::Running,
        Request::Continue => before.state() == State::Paused,
        _ => is_stop,
    };
    assert_eq!(effects.report.is_some(), begins && is_taken);
    // If the program takes no controls any more, the lifecycle completes the transition itself.
    let is_heard = before.subscribed.contains(Accepts::PAUSE_CONTINUE);
    let is_delivered = (begins && !is_stop && is_heard || request == Request::Event) && is_taken;
    assert_eq!(effects.deliver.is_some(), is_delivered);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn no_sequence_of_events_breaks_a_rule_of_the_scm(terms in any_terms(), events in events()) {
        let mut now = Duration::ZERO;
        let mut life = Lifecycle::new(terms, now);
        let mut last = life.status(now);
        assert_eq!(last.state, State::StartPending);
        check_report(&last, now);

        for (milliseconds, event) in events {
            now += Duration::from_millis(milliseconds);
            let before = life.clone();
            let effects = life.on(event, now);
            let is_crash = effects.force == Some(Exit::Watchdog);

            if let Some(status) = &effects.report {
                check_succession(&last, status, event);
                check_report(status, now);
                assert_eq!(status.state, life.state());
                last = *status;
            } else if !is_crash {
                assert_eq!(before.state(), life.state(), "the state changed without a report");
            }

            if let Event::IncomingControl(request) = event {
                check_answer(request, &before, &effects);
            }
            if before.state() == State::StartPending && before.returned.is_some() {
                assert_ne!(life.state(), State::Running, "a failed start must not run");
            }
            if let Phase::Decided(decision) = before.phase {
                let ends = event == Event::Logged || event == Event::Tick && decision.until <= now;
                assert_eq!(life.exit(), ends.then_some(decision.exit), "a decided end must come");
                assert!(ends || life.state() == before.state(), "a decided end must not change");
                assert!(!effects.stop && !effects.is_decided && effects.overdue.is_none());
            }
            assert_eq!(effects.is_decided, matches!(life.phase, Phase::Decided(_)) && !matches!(before.phase, Phase::Decided(_)));
            if life.state() == State::Stopped && before.state() != State::Stopped {
                assert!(matches!(before.phase, Phase::Decided(_)), "an end without time to log it");
            }
            if let Some(exit) = effects.force {
                assert!(matches!(event, Event::Tick | Event::Logged));
                assert_eq!(life.exit(), Some(exit));
                assert_eq!(effects.report.is_none(), is_crash, "only a crash is not reported");
            }
            if before.state() == State::Stopped {
                assert_eq!(effects.report, None);
                assert!(!effects.stop);
            }
        }
    }

    #[test]
    fn no_service_stays_paused_without_its_program(terms in any_terms(), before in events()) {
        let mut now = Duration::ZERO;
        let mut life = Lifecycle::new(Terms { watchdog: None, ..terms }, now);
        for (milliseconds, event) in before {
            now += Duration::from_millis(milliseconds);
            life.on(event, now);
        }
        // In every state: a program that takes no controls any more must not keep its service paused.
        life.on(Event::Subscribed(Accepts::NONE), now);
        let turn = life.turn;
        life.on(Event::Untaken(turn), now);
        life.on(CONTINUE, now);
        let is_kept = matches!(
            life.state(),
            State::PausePending | State::Paused | State::ContinuePending
        );
        prop_assert!(!is_kept, "{:?}", life);
    }

    #[test]
    fn every_stop_ends_by_its_deadline(terms in any_terms(), before in events()) {
        let mut now = Duration::ZERO;
        let mut life = Lifecycle::new(terms, now);
        for (milliseconds, event) in before {
            now += Duration::from_millis(milliseconds);
            life.on(event, now);
        }
        // In every state: after a stop, ticks at the deadlines are enough to end the service.
        life.on(Event::Ready, now);
        life.on(STOP, now);
        for _ in 0..3 {
            if let Some(deadline) = life.deadline() {
                assert!(deadline <= now + Duration::from_secs(90));
                now = now.max(deadline);
                if life.on(Event::Tick, now).is_decided {
                    life.on(Event::Logged, now);
                }
                life.on(STOP, now);
            }
        }
        prop_assert_eq!(life.state(), State::Stopped);
    }
}
