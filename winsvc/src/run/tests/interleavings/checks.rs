//! The rules for every run, checked by its reports and logged events.

use super::super::*;

/// The allowed transitions between states.
const PATHS: [(State, &[State]); 7] = [
    (State::StartPending, &[State::Running, State::Stopped]),
    // A pause that completes after its timeout takes effect.
    (
        State::Running,
        &[State::PausePending, State::Paused, State::StopPending],
    ),
    (
        State::PausePending,
        &[State::Paused, State::Running, State::StopPending],
    ),
    (
        State::Paused,
        &[State::ContinuePending, State::Running, State::StopPending],
    ),
    (
        State::ContinuePending,
        &[State::Running, State::Paused, State::StopPending],
    ),
    (State::StopPending, &[State::Stopped]),
    (State::Stopped, &[]),
];

/// Checks the sequence of reports, and the checkpoint and the controls of each.
pub(super) fn check_reports(scm: &FakeScm) {
    let reports = scm.reports.lock().unwrap();
    assert_eq!(reports[0].state, State::StartPending);
    for report in reports.iter() {
        let is_pending = report.state.is_pending();
        assert_eq!(report.checkpoint > 0, is_pending, "{report:?}");
        assert_eq!(report.wait_hint > Duration::ZERO, is_pending, "{report:?}");
        match report.state {
            State::StartPending | State::StopPending | State::Stopped => {
                assert_eq!(report.accepts, Accepts::NONE, "{report:?}");
            }
            State::Paused => assert!(report.accepts.contains(Accepts::PAUSE_CONTINUE), "{report:?}"),
            State::PausePending | State::ContinuePending => {
                assert!(!report.accepts.contains(Accepts::PAUSE_CONTINUE), "{report:?}");
            }
            State::Running => {}
        }
        let is_serving = matches!(report.state, State::Running | State::Paused);
        assert!(
            !is_serving || report.accepts.contains(Accepts::STOP),
            "{report:?}"
        );
    }
    for pair in reports.windows(2) {
        let [before, after] = pair else { continue };
        let followed_by = PATHS.iter().find(|(state, _)| *state == before.state);
        if before.state != after.state {
            let (_, followed_by) = followed_by.expect("every state");
            assert!(followed_by.contains(&after.state), "{pair:?}");
            assert_eq!(after.checkpoint, u32::from(after.state.is_pending()), "{pair:?}");
        } else if before.state.is_pending() {
            assert_eq!(before.checkpoint + 1, after.checkpoint, "{pair:?}");
        } else {
            assert_ne!(before.accepts, after.accepts, "{pair:?}");
        }
    }
}

/// Checks that the run has ended once, and that its events match its reports.
pub(super) fn check_end(scm: &FakeScm, kills: usize) {
    let (states, logged) = (scm.states(), scm.logged());
    let count = |message: Message| logged.iter().filter(|one| one.number == message.number).count();
    let steps = |from: State, to: State| states.windows(2).filter(|pair| *pair == [from, to]).count();

    assert_eq!(
        count(events::RUNNING),
        steps(State::StartPending, State::Running),
        "{logged:?}"
    );
    assert!(
        count(events::RUNNING) + count(events::START_TIMEOUT) <= 1,
        "{logged:?}"
    );
    assert!(
        count(events::TAKEN_TO_BE_READY) <= count(events::RUNNING),
        "{logged:?}"
    );
    assert!(
        count(events::PAUSE_TIMEOUT) <= steps(State::PausePending, State::Running),
        "{logged:?}"
    );
    assert!(
        count(events::CONTINUE_TIMEOUT) <= steps(State::ContinuePending, State::Paused),
        "{logged:?}"
    );

    let is_crash = count(events::WATCHDOG) == 1;
    let stopped = states.iter().filter(|state| **state == State::Stopped).count();
    assert_eq!(stopped, usize::from(!is_crash), "{states:?}");
    let fatal = [
        events::START_TIMEOUT,
        events::STOP_TIMEOUT,
        events::LEFT_BEHIND,
        events::WATCHDOG,
    ];
    let fatal: usize = fatal.into_iter().map(count).sum();
    assert_eq!(fatal, kills, "killed once, and with its reason: {logged:?}");
    assert!(
        count(events::STOPPED) <= 1 && count(events::FAILED) <= 1,
        "{logged:?}"
    );
    let is_explained = fatal + count(events::STOPPED) + count(events::FAILED) > 0;
    assert!(is_explained, "an end without an event: {logged:?}");
}

/// Checks that the program has answered every control that it received.
pub(super) fn check_nothing_under_way(run: &Run) {
    let (custom, reloads) = run.delivery.under_way();
    assert_eq!((custom, reloads), (0, 0), "custom controls, parameter changes");
}
