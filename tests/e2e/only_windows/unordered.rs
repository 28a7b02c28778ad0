//! What else Wine does not have: the environment of a service, the records of the SCM, recovery, and dependents.

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::paths::prepared;
use winsvc_tests::residue::Registry;
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::{Record, Windows};

use crate::product::{EXE, KEY, packages};

/// Waits for a record of the service control manager with this number, whose first string is a service's display name.
fn scm_tells(windows: &Windows, number: u32, name: &str) {
    until(&format!("event {number} of {name}"), PATIENCE, || {
        let records = windows.scm_records();
        let is_it = |record: &Record| {
            record.number == number && record.strings.first().is_some_and(|first| first == name)
        };
        if records.iter().any(is_it) {
            Ok(())
        } else {
            Err(records)
        }
    });
}

#[test]
fn the_environment_outlives_the_creation_of_the_service_and_reaches_its_process() {
    let packages = packages(
        "environment",
        "[package.metadata.winsvc]\nenvironment = { GREETING = \"good day\" }",
    );
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&packages.msi, &[]).ok();
    service.reaches(State::Running);
    let environment = r#"Environment=str(7):"GREETING=good day\0""#.to_owned();
    let values = Registry::save(&windows).values(KEY);
    assert!(values.contains(&environment), "{values:#?}");
    until("the greeting", PATIENCE, || {
        let records = windows.records();
        let greets = |record: &Record| record.number == 12 && record.text.trim_end() == "good day";
        if records.iter().any(greets) {
            Ok(())
        } else {
            Err(records)
        }
    });
}

#[test]
fn the_scm_records_a_failure_with_its_code_and_recovers_the_service() {
    let packages = packages("recovery", "");
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&packages.msi, &[]).ok();
    let first = service.reaches(State::Running);
    let recovery = ["failure", "hello", "reset=", "60", "actions=", "restart/100"];
    let _ = windows.run("sc", &recovery).ok();

    // The SCM hands the service's own answer on: the control was taken.
    assert_eq!(service.control(200), win32::SUCCESS);
    // "The … service terminated with the following error"
    scm_tells(&windows, 7023, "hello");
    until("another process", PATIENCE, || match service.status() {
        Some(status) if status.state == State::Running && status.pid != first.pid => Ok(()),
        other => Err(other),
    });
}

#[test]
fn a_stop_that_running_dependents_forbid_names_them() {
    let packages = packages("dependents", "");
    let windows = Windows::new();
    windows.install(&packages.msi, &[]).ok();
    windows.service("hello").reaches(State::Running);
    let dependent = windows.service("plain");
    let exe = prepared("service.exe");
    let create = [
        "create",
        "plain",
        "binPath=",
        exe.to_str().unwrap(),
        "depend=",
        "hello",
    ];
    let _ = windows.run("sc", &create).ok();
    assert_eq!(dependent.start(), win32::SUCCESS);
    dependent.reaches(State::Running);

    let stop = windows.run(EXE, &["service", "stop"]);
    assert_eq!(stop.status.code(), Some(1), "{stop}");
    let first = stop.stderr.lines().next().unwrap_or_default();
    assert_eq!(
        first,
        "error: cannot stop the service \"hello\": services that depend on it are running: \"plain\""
    );
    assert_eq!(dependent.stop(), win32::SUCCESS);
    dependent.reaches(State::Stopped);
    assert_eq!(
        windows.run(EXE, &["service", "stop"]).ok().lines(),
        ["The service \"hello\" has stopped."]
    );
}
