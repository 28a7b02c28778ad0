//! The SCM of `winsvc::testing` as users drive it: every form of `main`, every end, time that passes.
#![cfg(feature = "tokio")]

use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use proptest::prelude::*;
use winsvc::testing::{Refused, Request, Scm, Started, State, StatusReport};
use winsvc::{Control, Service, SessionChange, SessionChangeReason, Starting, StopReason};

const SECOND: Duration = Duration::from_secs(1);

fn scm() -> Scm {
    Scm::new("acme-agent")
}

/// Waits until the program has told how far it came.
fn wait_for_progress(service: &Started) {
    const PROGRESS: u16 = 12;
    while !service.events().iter().any(|told| told.number == PROGRESS) {
        std::thread::yield_now();
    }
}

fn states(reports: &[StatusReport]) -> Vec<State> {
    let mut states: Vec<_> = reports.iter().map(|report| report.state).collect();
    states.dedup();
    states
}

#[test]
fn every_form_of_main_starts_and_stops() {
    async fn bare() {
        std::future::pending::<()>().await;
    }
    async fn serves(service: Service) -> Result<(), std::io::Error> {
        service.stop_requested().await;
        Ok(())
    }
    async fn starts(starting: Starting) -> ExitCode {
        starting.ready().stop_requested().await;
        ExitCode::SUCCESS
    }
    fn plain_bare() {
        std::thread::park();
    }
    #[expect(clippy::needless_pass_by_value, reason = "it is the `main` of a service")]
    fn plain(service: Service) -> Result<(), std::str::Utf8Error> {
        service.wait_for_stop();
        std::str::from_utf8(service.name().as_bytes()).map(drop)
    }
    fn plain_starting(starting: Starting) {
        starting.ready().wait_for_stop();
    }
    for service in [
        scm().start(bare),
        scm().start(serves),
        scm().start(starts),
        scm().start(plain_bare),
        scm().start(plain),
        scm().start(plain_starting),
        scm().start(|service: Service| async move { service.stop_requested().await }),
        scm().start(|service: Service| service.wait_for_stop()),
    ] {
        service.wait_for(State::Running);
        service.send(Request::Stop).unwrap();
        let end = service.end();
        assert_eq!((end.exit_code, end.process_exit_code), (0, 0));
        assert_eq!(
            states(&end.reports),
            [
                State::StartPending,
                State::Running,
                State::StopPending,
                State::Stopped
            ]
        );
    }
}

#[test]
fn a_start_shows_progress_until_it_has_failed() {
    let service = scm()
        .start_timeout(5 * SECOND)
        .start(|starting: Starting| async move {
            starting.progress("loading the index");
            std::future::pending::<()>().await;
        });
    wait_for_progress(&service);
    assert_eq!(service.send(Request::Stop), Err(Refused::NotAccepted), "1052");
    assert_eq!(
        service.send(Request::Interrogate),
        Err(Refused::CannotAccept),
        "1061"
    );
    service.advance(10 * SECOND);
    let end = service.end();
    let checkpoints: Vec<_> = end.reports.iter().map(|report| report.checkpoint).collect();
    assert_eq!(checkpoints, [1, 2, 3, 4, 0]);
    assert_eq!((end.exit_code, end.is_killed), (1053, true));
    assert_eq!(
        end.events,
        [
            "information 12: loading the index",
            "error 32: The service was not ready within its start timeout of 5s and the start failed; last progress 5 s \
             ago: loading the index; unfinished spawned tasks: 0"
        ]
    );
}

#[test]
fn a_test_sees_what_the_service_says_of_itself() {
    let service = scm().start(|service: Service| {
        service.status_text("serving 12 clients");
        service.wait_for_stop();
    });
    service.wait_for(State::Running);
    assert_eq!(service.status_text().as_deref(), Some("serving 12 clients"));
    service.send(Request::Stop).unwrap();
    service.end();
}

#[test]
fn a_stop_that_hangs_is_told_with_what_is_known_of_it() {
    let service = scm()
        .stop_timeout(10 * SECOND)
        .start(|service: Service| async move {
            service.stop_requested().await;
            service.progress("flushing 3 of 7");
            tokio::spawn(std::future::pending::<()>());
            std::future::pending::<()>().await;
        });
    service.wait_for(State::Running);
    service.send(Request::Stop).unwrap();
    wait_for_progress(&service);
    service.advance(10 * SECOND);
    let end = service.end();
    assert_eq!((end.exit_code, end.is_killed), (0, true));
    assert_eq!(
        end.events[2],
        "error 33: The service did not end within its stop timeout of 10s and is killed; last progress 10 s ago: \
         flushing 3 of 7; unfinished spawned tasks: 1"
    );
}

#[test]
fn a_blocked_runtime_shows_no_progress_and_is_named() {
    let (unblock, blocked) = mpsc::channel::<()>();
    let (sender, receiver) = mpsc::channel();
    let service = scm()
        .current_thread()
        .stop_timeout(8 * SECOND)
        .start(move |service: Service| async move {
            service.stop_requested().await;
            sender.send(()).unwrap();
            let _ = blocked.recv();
        });
    service.wait_for(State::Running);
    service.send(Request::Stop).unwrap();
    receiver.recv().unwrap(); // from here on it blocks
    service.advance(8 * SECOND);
    let end = service.end();
    assert_eq!((end.exit_code, end.is_killed), (0, true));
    let last = end.reports[end.reports.len() - 2];
    assert_eq!(
        (last.state, last.checkpoint),
        (State::StopPending, 1),
        "no progress"
    );
    assert!(
        end.events
            .last()
            .unwrap()
            .text
            .ends_with("the async runtime has run no task for 8 s: its threads are blocked")
    );
    drop(unblock);
}

#[test]
fn a_shutdown_has_the_time_that_windows_gives() {
    let (sender, receiver) = mpsc::channel();
    let service = scm()
        .shutdown_limit(5 * SECOND)
        .start(move |service: Service| async move {
            service.stop_requested().await;
            sender.send(service.stop_reason()).unwrap();
            std::future::pending::<()>().await;
        });
    service.wait_for(State::Running);
    service.send(Request::Shutdown).unwrap();
    assert_eq!(receiver.recv().unwrap(), Some(StopReason::Shutdown));
    service.advance(4 * SECOND);
    assert!(!service.has_ended());
    service.advance(SECOND);
    assert!(service.end().is_killed);
}

#[test]
fn a_preshutdown_has_the_time_of_the_definition() {
    let service = scm()
        .preshutdown_timeout(120 * SECOND)
        .shutdown_limit(5 * SECOND)
        .start(|service: Service| async move {
            service.stop_requested().await;
            assert_eq!(service.stop_reason(), Some(StopReason::Preshutdown));
            std::future::pending::<()>().await;
        });
    assert_eq!(service.wait_for(State::Running).accepts, 0x1 | 0x4 | 0x100);
    service.send(Request::Preshutdown).unwrap();
    assert_eq!(service.send(Request::Shutdown), Err(Refused::CannotAccept));
    service.advance(119 * SECOND);
    assert!(!service.has_ended());
    service.advance(SECOND);
    let end = service.end();
    assert_eq!((end.exit_code, end.is_killed), (0, true));
}

/// A program that is told to stop, and does not.
async fn hangs(service: Service) {
    service.stop_requested().await;
    std::future::pending::<()>().await;
}

#[test]
fn a_preshutdown_has_no_longer_than_windows_is_registered_to_wait() {
    let service = scm()
        .preshutdown_timeout(120 * SECOND)
        .registered_preshutdown_timeout(10 * SECOND)
        .start(hangs);
    service.wait_for(State::Running);
    service.send(Request::Preshutdown).unwrap();
    service.advance(9 * SECOND);
    assert!(!service.has_ended());
    service.advance(SECOND);
    let end = service.end();
    assert_eq!((end.exit_code, end.is_killed), (0, true));
    assert_eq!(
        end.events[0],
        "warning 29: The registered preshutdown timeout of 10s is shorter than the 2m that the program was built with; \
         using the shorter one"
    );
    let overrun = end.events.last().unwrap().to_string();
    let expected = "error 37: The service did not end within its preshutdown timeout of 10s and is killed; ";
    assert!(overrun.starts_with(expected), "{overrun}");
}

#[test]
fn a_registered_preshutdown_timeout_that_is_longer_changes_nothing() {
    let service = scm()
        .preshutdown_timeout(10 * SECOND)
        .registered_preshutdown_timeout(120 * SECOND)
        .start(hangs);
    service.wait_for(State::Running);
    service.send(Request::Preshutdown).unwrap();
    service.advance(10 * SECOND);
    let end = service.end();
    assert!(end.is_killed);
    assert_eq!(end.events[0], "information 10: The service is running. Version:");
}

#[test]
fn an_error_after_a_stop_is_told_and_is_no_failure_to_the_scm() {
    let service = scm().start(async |service: Service| {
        service.stop_requested().await;
        Err::<(), _>("cannot flush")
    });
    service.wait_for(State::Running);
    service.send(Request::Stop).unwrap();
    let end = service.end();
    assert_eq!((end.exit_code, end.service_code, end.is_killed), (0, 0, false));
    assert_eq!(
        end.events.last().unwrap(),
        &"error 30: The service failed: cannot flush"
    );
}

#[test]
fn a_missed_watchdog_looks_like_a_crash() {
    let (sender, receiver) = mpsc::channel();
    let service = scm()
        .watchdog(30 * SECOND)
        .start(move |service: Service| async move {
            sender.send(service.clone()).unwrap();
            service.stop_requested().await;
        });
    service.wait_for(State::Running);
    let handle = receiver.recv().unwrap();
    for _ in 0..10 {
        service.advance(29 * SECOND);
        handle.alive();
    }
    service.advance(30 * SECOND);
    let end = service.end();
    assert_eq!(end.reports.last().unwrap().state, State::Running, "no STOPPED");
    assert_eq!((end.is_killed, end.process_exit_code), (true, 1));
    assert_eq!(
        end.events.last().unwrap(),
        &"error 38: The service did not call `alive` for 30s and is killed; no progress reported; \
          unfinished spawned tasks: 0"
    );
}

#[test]
fn failures_reach_the_scm() {
    let end = scm().start(|_: Service| async { Err::<(), _>("no disk") }).end();
    assert_eq!((end.exit_code, end.service_code), (1066, 1));
    assert_eq!(states(&end.reports), [State::StartPending, State::Stopped]);
    assert_eq!(end.events, ["error 30: The service failed: no disk"]);

    let end = scm()
        .start(|service: Service| -> () {
            service.ready();
            std::panic::resume_unwind(Box::new("no more"));
        })
        .end();
    assert_eq!((end.exit_code, end.process_exit_code), (1064, 101));
}

#[test]
fn start_arguments_arrive() {
    let service = scm().start_arguments(["--trace"]).start(|service: Service| {
        assert_eq!(service.start_arguments(), ["--trace"]);
    });
    assert_eq!(service.end().exit_code, 0);
}

/// What the program under test does with a turn.
#[derive(Clone, Copy, Debug)]
enum Manners {
    Finishes,
    Refuses,
    Keeps,
    Panics,
}

/// What the test does next.
#[derive(Clone, Debug)]
enum Step {
    Send(Request),
    Pass(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let change = SessionChange::new(1, SessionChangeReason::Logon);
    prop_oneof![
        5 => Just(Request::Pause).prop_map(Step::Send),
        5 => Just(Request::Continue).prop_map(Step::Send),
        1 => Just(Request::Stop).prop_map(Step::Send),
        1 => Just(Request::Shutdown).prop_map(Step::Send),
        1 => Just(Request::Interrogate).prop_map(Step::Send),
        2 => Just(Request::ParamChange).prop_map(Step::Send),
        2 => (120..140_u8).prop_map(|code| Step::Send(Request::Custom(code))),
        2 => Just(Request::SessionChange(change)).prop_map(Step::Send),
        5 => (1..15_u32).prop_map(Step::Pass),
    ]
}

fn manners() -> impl Strategy<Value = Manners> {
    prop_oneof![
        6 => Just(Manners::Finishes),
        2 => Just(Manners::Refuses),
        2 => Just(Manners::Keeps),
        1 => Just(Manners::Panics),
    ]
}

/// The rules for what an SCM gets to see, whatever happens.
fn check(reports: &[StatusReport]) {
    assert_eq!(reports[0].state, State::StartPending);
    for (index, report) in reports.iter().enumerate() {
        let is_last = index + 1 == reports.len();
        let is_pending = report.checkpoint > 0;
        assert_eq!(is_pending, report.wait_hint > Duration::ZERO, "{report:?}");
        assert!(
            report.state != State::Stopped || is_last,
            "STOPPED is the last report"
        );
        match report.state {
            State::StartPending | State::StopPending => assert!(is_pending && report.accepts == 0),
            State::PausePending | State::ContinuePending => assert!(is_pending && report.accepts & 0x2 == 0),
            State::Running | State::Paused => assert!(!is_pending && report.accepts & 0x5 == 0x5),
            State::Stopped => assert!(!is_pending && report.accepts == 0),
        }
        if report.state != State::Stopped {
            assert_eq!(report.exit_code, 0);
        }
    }
    for pair in reports.windows(2) {
        let [before, after] = pair else { unreachable!() };
        if before.state == after.state && before.checkpoint > 0 {
            assert_eq!(after.checkpoint, before.checkpoint + 1, "progress");
        }
        let is_ending = matches!(after.state, State::StopPending | State::Stopped);
        assert!(before.state != State::StopPending || is_ending, "no way back");
        assert!(after.state != State::StartPending || before.state == State::StartPending);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_program_and_no_sequence_of_controls_breaks_a_rule(
        steps in proptest::collection::vec(step(), 0..30),
        manners in proptest::collection::vec(manners(), 1..10),
        drains in any::<bool>(),
    ) {
        let service = scm().watchdog(60 * SECOND).start(move |service: Service| async move {
            let mut controls = service.controls().accept_pause().accept_param_change().accept_session_change().accept_custom(128..=255);
            let mut manners = manners.into_iter().cycle();
            let mut kept = Vec::new();
            service.ready();
            while let Some(control) = controls.next().await {
                service.alive();
                let (Control::Pause(turn) | Control::Continue(turn)) = control else {
                    continue;
                };
                match manners.next() {
                    Some(Manners::Refuses) => turn.refuse("not now"),
                    Some(Manners::Keeps) => kept.push(turn),
                    Some(Manners::Panics) => std::panic::resume_unwind(Box::new("no more")),
                    _ => turn.done(),
                }
            }
            if !drains {
                std::future::pending::<()>().await;
            }
        });
        for step in steps {
            match step {
                Step::Send(ask) => drop(service.send(ask)),
                Step::Pass(seconds) => service.advance(seconds * SECOND),
            }
        }
        // Whatever has happened: a stop ends it.
        if service.reports().iter().all(|report| report.state == State::StartPending) && !service.has_ended() {
            service.wait_for(State::Running);
        }
        let _ = service.send(Request::Stop);
        if !drains {
            service.advance(60 * SECOND);
        }
        check(&service.end().reports);
    }
}

#[test]
fn the_health_follows_the_state_the_clock_and_the_signs_of_life() {
    let (handle, handed) = mpsc::channel();
    let service = scm().watchdog(30 * SECOND).start(move |starting: Starting| {
        assert_eq!(starting.health().http_status(), 503);
        assert_eq!(starting.health().since_alive, None);
        let service = starting.ready();
        handle.send(service.clone()).unwrap();
        service.wait_for_stop();
        handle.send(service).unwrap();
    });
    let own = handed.recv().unwrap();
    service.advance(20 * SECOND);
    own.alive();
    service.advance(10 * SECOND);
    let health = own.health();
    assert_eq!(
        (health.state, health.since_alive, health.watchdog, health.uptime),
        (State::Running, Some(10 * SECOND), Some(30 * SECOND), 30 * SECOND)
    );
    assert!(health.is_healthy());
    service.send(Request::Stop).unwrap();
    let health = handed.recv().unwrap().health();
    assert!(health.is_stopping() && !health.is_healthy());
    assert_eq!(health.since_alive, None);
    service.end();
}
