//! Examples of the lifecycle.

mod properties;

use std::time::Duration;

use super::*;

const START_TIMEOUT: Duration = Duration::from_secs(30);
const STOP_TIMEOUT: Duration = Duration::from_secs(45);

/// A program with a runtime that reports when it is ready.
const DECLARED: MainForm = MainForm {
    late_start: LateStart::Fails,
    drain: Drain::Program,
    renewal: Renewal::Runtime,
};

const STOP: Event = Event::IncomingControl(Request::Stop(StopReason::Stop));
const PAUSE: Event = Event::IncomingControl(Request::Pause);
const CONTINUE: Event = Event::IncomingControl(Request::Continue);

/// The controls that every service accepts while it serves.
const ACCEPTS: Accepts = Accepts::STOP.and(Accepts::SHUTDOWN);
const PAUSABLE: Accepts = ACCEPTS.and(Accepts::PAUSE_CONTINUE);

fn terms(form: MainForm) -> Terms {
    Terms {
        start_timeout: START_TIMEOUT,
        stop_timeout: STOP_TIMEOUT,
        shutdown_limit: None,
        preshutdown_timeout: None,
        watchdog: None,
        form,
    }
}

/// The reports for these events, given with the second of each.
fn reports(form: MainForm, events: &[(u64, Event)]) -> Vec<Status> {
    reports_under(terms(form), events)
}

fn reports_under(terms: Terms, events: &[(u64, Event)]) -> Vec<Status> {
    let mut life = Lifecycle::new(terms, Duration::ZERO);
    let mut reports = vec![life.status(Duration::ZERO)];
    for (second, event) in events {
        let now = Duration::from_secs(*second);
        let effects = life.on(*event, now);
        reports.extend(effects.report);
        if effects.is_decided {
            reports.extend(life.on(Event::Logged, now).report);
        }
    }
    reports
}

fn pending(state: State, checkpoint: u32, wait_hint: u64) -> Status {
    Status {
        state,
        exit: Exit::Clean,
        checkpoint,
        wait_hint: Duration::from_secs(wait_hint),
        accepts: Accepts::NONE,
    }
}

fn starting(checkpoint: u32, wait_hint: u64) -> Status {
    pending(State::StartPending, checkpoint, wait_hint)
}

fn stopping(checkpoint: u32, wait_hint: u64) -> Status {
    pending(State::StopPending, checkpoint, wait_hint)
}

const RUNNING: Status = Status::settled(State::Running, Exit::Clean, ACCEPTS);

fn stopped(exit: Exit) -> Status {
    Status::settled(State::Stopped, exit, Accepts::NONE)
}

/// What a service that can be paused reports.
fn pausable(state: State, checkpoint: u32, wait_hint: u64) -> Status {
    Status {
        accepts: if checkpoint == 0 { PAUSABLE } else { ACCEPTS },
        ..pending(state, checkpoint, wait_hint)
    }
}

#[test]
fn a_service_starts_serves_drains_and_ends() {
    let events = [
        (2, Event::Renewed),
        (3, Event::Ready),
        (99, Event::Renewed), // progress is not reported while the service runs
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
            stopping(3, 45), // the hint never exceeds the stop timeout
            stopped(Exit::Clean),
        ]
    );
}

#[test]
fn a_failed_start_never_runs() {
    let events = [
        (1, Event::Returned(Exit::Win32(10048))),
        (2, Event::Ready), // from a task that outlived `main`
        (3, Event::Finished),
    ];
    let expected = [starting(1, 20), starting(2, 21), stopped(Exit::Win32(10048))];
    assert_eq!(reports(DECLARED, &events), expected);
}

#[test]
fn a_start_timeout_fails_the_start_if_main_must_report_ready() {
    let events = [(29, Event::Tick), (30, Event::Tick), (31, Event::Ready)];
    let expected = [starting(1, 20), stopped(Exit::StartTimeout)];
    assert_eq!(reports(DECLARED, &events), expected);
}

#[test]
fn a_start_timeout_means_running_if_main_does_not_report_ready() {
    let silent = MainForm {
        late_start: LateStart::Runs,
        ..DECLARED
    };
    let events = [(29, Event::Tick), (30, Event::Tick), (31, Event::Ready)];
    assert_eq!(reports(silent, &events), [starting(1, 20), RUNNING]);
}

#[test]
fn a_program_that_exceeds_its_stop_timeout_is_killed() {
    let mut life = Lifecycle::new(terms(DECLARED), Duration::ZERO);
    let second = Duration::from_secs;
    life.on(Event::Ready, second(1));
    life.on(STOP, second(10));
    assert_eq!(life.overdue(second(54)), None);
    assert_eq!(life.overdue(second(55)), Some(Overdue::Stop));

    let decided = Effects {
        overdue: Some(Overdue::Stop),
        is_decided: true,
        ..Effects::default()
    };
    assert_eq!(life.on(Event::Tick, second(55)), decided);
    let effects = life.on(Event::Logged, second(56));
    assert_eq!(effects.report, Some(stopped(Exit::Clean)));
    assert_eq!(effects.force, Some(Exit::Clean));
}

#[test]
fn later_events_do_not_change_a_decided_end() {
    let second = Duration::from_secs;
    let mut life = Lifecycle::new(terms(DECLARED), Duration::ZERO);
    assert_eq!(life.on(Event::Tick, second(30)).overdue, Some(Overdue::Start));
    let refused = Effects {
        answer: Answer::CannotAcceptControl,
        ..Effects::default()
    };
    assert_eq!(life.on(STOP, second(31)), refused);
    for event in [
        Event::IncomingControl(Request::Interrogate),
        Event::Ready,
        Event::Renewed,
        Event::Returned(Exit::Clean),
        Event::Finished,
        Event::Tick,
    ] {
        assert_eq!(life.on(event, second(31)), Effects::default(), "{event:?}");
        assert_eq!(life.state(), State::StartPending);
    }
    let effects = life.on(Event::Logged, second(32));
    assert_eq!(effects.report, Some(stopped(Exit::StartTimeout)));
    assert_eq!(effects.force, Some(Exit::StartTimeout));
    assert_eq!(life.on(Event::Logged, second(33)), Effects::default());
}

#[test]
fn an_end_that_is_not_logged_in_time_comes_anyway() {
    let second = Duration::from_secs;
    let mut life = Lifecycle::new(terms(DECLARED), Duration::ZERO);
    life.on(Event::Ready, second(1));
    life.on(Event::Returned(Exit::ERROR), second(10));
    assert!(life.on(Event::Finished, second(54)).is_decided);
    assert_eq!(
        life.deadline(),
        Some(second(59)),
        "later than the stop timeout, to leave time for logging"
    );
    assert_eq!(life.on(Event::Tick, second(55)), Effects::default());
    let effects = life.on(Event::Tick, second(59));
    assert_eq!(effects.report, Some(stopped(Exit::ERROR)));
    assert_eq!((effects.overdue, effects.force), (None, Some(Exit::ERROR)));
}

#[test]
fn a_stop_by_the_scm_reports_no_error_whatever_the_program_does() {
    for reason in [StopReason::Stop, StopReason::Shutdown, StopReason::Preshutdown] {
        let terms = Terms {
            preshutdown_timeout: Some(Duration::from_secs(45)),
            ..terms(DECLARED)
        };
        let stop = Event::IncomingControl(Request::Stop(reason));
        for (end, time) in [
            (Event::Returned(Exit::ERROR), 3),
            (Event::Returned(Exit::Panic), 3),
            (Event::Tick, 60),
        ] {
            let events = [(0, Event::Ready), (2, stop), (time, end), (time, Event::Finished)];
            let reports = reports_under(terms, &events);
            assert_eq!(reports.last(), Some(&stopped(Exit::Clean)), "{reason:?}, {end:?}");
        }
    }
}

#[test]
fn a_stop_by_a_signal_reports_the_error() {
    for reason in [StopReason::Interrupt, StopReason::Terminate] {
        let events = [
            (0, Event::Ready),
            (2, Event::IncomingControl(Request::Stop(reason))),
            (60, Event::Tick),
        ];
        let reports = reports(DECLARED, &events);
        assert_eq!(reports.last(), Some(&stopped(Exit::StopTimeout)), "{reason:?}");
    }
}

#[test]
fn a_clean_up_that_exceeds_its_timeout_ends_with_the_result_of_main() {
    let events = [
        (1, Event::Ready),
        (2, Event::Returned(Exit::ERROR)),
        (47, Event::Tick),
    ];
    let expected = [starting(1, 20), RUNNING, stopping(1, 20), stopped(Exit::ERROR)];
    assert_eq!(reports(DECLARED, &events), expected);
}

#[test]
fn a_program_that_cannot_receive_a_stop_ends_at_once_without_an_error() {
    let deaf = MainForm {
        drain: Drain::Nobody,
        ..DECLARED
    };
    let events = [(0, Event::Ready), (5, STOP), (5, Event::Tick)];
    let expected = [starting(1, 20), RUNNING, stopping(1, 1), stopped(Exit::Clean)];
    assert_eq!(reports(deaf, &events), expected);
}

#[test]
fn without_a_runtime_one_hint_covers_the_timeout() {
    let plain = MainForm {
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
fn a_main_that_returns_before_it_is_ready_stops_the_other_tasks() {
    let mut life = Lifecycle::new(terms(DECLARED), Duration::ZERO);
    assert!(life.on(Event::Returned(Exit::Clean), Duration::ZERO).stop);
    assert_eq!(life.stop_reason(), Some(StopReason::Finished));
}

#[test]
fn a_pause_ends_when_the_program_completes_it() {
    let events = [
        (0, Event::Subscribed(Accepts::PAUSE_CONTINUE)),
        (1, Event::Ready),
        (10, PAUSE),
        (11, PAUSE), // refused: the first one is pending
        (12, Event::Renewed),
        (13, Event::Completed(Transition(1))),
        (14, PAUSE), // nothing to do
        (20, CONTINUE),
        (21, Event::Completed(Transition(1))), // the pause is over, so this has no effect
        (22, Event::Completed(Transition(2))),
    ];
    assert_eq!(
        reports(DECLARED, &events),
        [
            starting(1, 20),
            pausable(State::Running, 0, 0),
            pausable(State::PausePending, 1, 20),
            pausable(State::PausePending, 2, 22),
            pausable(State::Paused, 0, 0),
            pausable(State::ContinuePending, 1, 20),
            pausable(State::Running, 0, 0),
        ]
    );
}

#[test]
fn a_pause_that_times_out_is_given_up_and_takes_effect_if_completed_later() {
    let events = [
        (0, Event::Subscribed(Accepts::PAUSE_CONTINUE)),
        (0, Event::Ready),
        (10, PAUSE),
        (55, Event::Tick),
        (60, Event::Completed(Transition(1))),
    ];
    assert_eq!(
        reports(DECLARED, &events),
        [
            starting(1, 20),
            pausable(State::Running, 0, 0),
            pausable(State::PausePending, 1, 20),
            pausable(State::Running, 0, 0),
            pausable(State::Paused, 0, 0),
        ]
    );
}

#[test]
fn a_refused_transition_restores_the_previous_state() {
    let events = [
        (0, Event::Subscribed(Accepts::PAUSE_CONTINUE)),
        (0, Event::Ready),
        (1, PAUSE),
        (2, Event::Refused(Transition(1))),
        (3, Event::Completed(Transition(1))),
        (4, PAUSE),
        (5, Event::Completed(Transition(2))),
        (6, CONTINUE),
        (7, Event::Refused(Transition(3))),
    ];
    let states: Vec<_> = reports(DECLARED, &events)
        .iter()
        .map(|status| status.state)
        .collect();
    assert_eq!(
        states,
        [
            State::StartPending,
            State::Running,
            State::PausePending,
            State::Running,
            State::PausePending,
            State::Paused,
            State::ContinuePending,
            State::Paused
        ]
    );
}

#[test]
fn a_pending_pause_can_be_stopped() {
    let events = [
        (0, Event::Subscribed(Accepts::PAUSE_CONTINUE)),
        (0, Event::Ready),
        (1, PAUSE),
        (2, STOP),
        (3, Event::Completed(Transition(1))),
    ];
    assert_eq!(
        reports(DECLARED, &events)[2..],
        [pausable(State::PausePending, 1, 20), stopping(1, 20)]
    );
}

#[test]
fn the_accepted_controls_follow_the_subscriptions() {
    let events = [
        (0, Event::Ready),
        (1, Event::Subscribed(Accepts::POWER)),
        (2, Event::Subscribed(Accepts::POWER)), // no change
        (3, Event::Subscribed(Accepts::NONE)),
    ];
    let accepts = |accepts| Status::settled(State::Running, Exit::Clean, accepts);
    assert_eq!(
        reports(DECLARED, &events)[1..],
        [RUNNING, accepts(ACCEPTS.and(Accepts::POWER)), RUNNING]
    );
}

#[test]
fn a_shutdown_takes_no_longer_than_windows_grants() {
    let terms = Terms {
        shutdown_limit: Some(Duration::from_secs(5)),
        ..terms(DECLARED)
    };
    let shutdown = Event::IncomingControl(Request::Stop(StopReason::Shutdown));
    let events = [(0, Event::Ready), (10, shutdown), (15, Event::Tick)];
    assert_eq!(
        reports_under(terms, &events)[2..],
        [stopping(1, 5), stopped(Exit::Clean)]
    );
}

#[test]
fn a_preshutdown_has_its_own_timeout() {
    let preshutdown = Event::IncomingControl(Request::Stop(StopReason::Preshutdown));
    let events = [(0, Event::Ready), (10, preshutdown), (100, Event::Tick)];
    assert_eq!(
        reports(DECLARED, &events)[1..],
        [RUNNING],
        "the program does not accept it"
    );

    let terms = Terms {
        preshutdown_timeout: Some(Duration::from_secs(90)),
        ..terms(DECLARED)
    };
    let accepts = ACCEPTS.and(Accepts::PRESHUTDOWN);
    assert_eq!(
        reports_under(terms, &events)[1..],
        [
            Status::settled(State::Running, Exit::Clean, accepts),
            stopping(1, 20),
            stopped(Exit::Clean)
        ]
    );
}

#[test]
fn a_watchdog_timeout_ends_the_service_without_a_report() {
    let terms = Terms {
        watchdog: Some(Duration::from_secs(30)),
        ..terms(DECLARED)
    };
    let second = Duration::from_secs;
    let mut life = Lifecycle::new(terms, Duration::ZERO);
    life.on(Event::Ready, second(20));
    life.on(Event::Alive, second(45));
    assert_eq!(life.deadline(), Some(second(75)));
    assert_eq!(life.on(Event::Tick, second(74)), Effects::default());
    assert!(life.on(Event::Tick, second(75)).is_decided);
    let effects = life.on(Event::Logged, second(75));
    assert_eq!((effects.report, effects.force), (None, Some(Exit::Watchdog)));

    let mut life = Lifecycle::new(terms, Duration::ZERO);
    life.on(Event::Ready, second(20));
    life.on(STOP, second(30));
    assert_eq!(life.overdue(second(70)), None, "a stop has its own timeout");
}
