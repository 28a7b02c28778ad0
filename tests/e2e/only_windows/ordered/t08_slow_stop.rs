//! A stop that takes longer than its timeout is reported, and is a stop: the SCM does not start the service again.

use std::time::Duration;

use winsvc_tests::deadline::{PATIENCE, stays, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::{Record, Windows};

const PROGRAM: &str = r"
#[winsvc::main]
fn main(service: winsvc::Service) {
    service.wait_for_stop();
    std::thread::sleep(std::time::Duration::from_secs(600));
}
";

const TABLE: &str = r#"
[package.metadata.winsvc]
stop-timeout = "2s"

[package.metadata.winsvc.recovery]
restart = ["1s"]
"#;

/// Far longer than the first restart is delayed.
const LONG_ENOUGH: Duration = Duration::from_secs(10);

/// `EVENTLOG_ERROR_TYPE` as the level of a record.
const ERROR: u32 = 2;

/// The event of a stop that is longer than its timeout.
const STOP_TIMEOUT: u32 = 33;

/// The numbers under which the SCM records that a service has failed, or that it starts one again.
const FAILURES: [u32; 5] = [7023, 7024, 7031, 7032, 7034];

#[test]
fn a_stop_that_takes_too_long_is_not_a_failure_to_recover_from() {
    let packages = Fixture::new("hello")
        .in_folder("only-windows/slow-stop")
        .write("src/main.rs", PROGRAM)
        .manifest(TABLE)
        .package();
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&packages.msi, &[]).ok();
    service.reaches(State::Running);
    let settings = service.settings();
    for recovery in ["failure-flag=1", "failure-action=1 delay=1000"] {
        assert!(settings.iter().any(|it| it == recovery), "{settings:?}");
    }
    let watch = service.watch(None);

    assert_eq!(service.stop(), win32::SUCCESS);
    let stopped = service.reaches(State::Stopped);
    assert_eq!((stopped.win32, stopped.specific), (win32::SUCCESS, 0));
    let event = until("the event of the stop", PATIENCE, || {
        let records = windows.records();
        let found = records.iter().find(|record| record.number == STOP_TIMEOUT);
        found.cloned().ok_or(records)
    });
    assert_eq!((event.source.as_str(), event.level), ("hello", ERROR));
    // Windows' own message file shows the event's only string.
    assert_eq!(event.strings, [event.text.trim_end()]);

    stays("a stopped service", LONG_ENOUGH, || {
        match watch.seen().pop().flatten() {
            Some(status) if status.state == State::Stopped => Ok(()),
            other => Err(other),
        }
    });
    assert_eq!(
        watch.states_to(Some(State::Stopped)),
        [
            Some(State::Running),
            Some(State::StopPending),
            Some(State::Stopped)
        ]
    );
    assert_eq!(windows.processes("hello.exe"), Vec::<String>::new());
    let mut failures = windows.scm_records();
    failures.retain(|record| {
        FAILURES.contains(&record.number) && record.strings.iter().any(|text| text == "hello")
    });
    assert_eq!(failures, Vec::<Record>::new());
}
