//! A silent upgrade replaces a running service without a reboot, and disturbs no other service.

use winsvc_tests::fixture::Fixture;
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

use crate::product::{self, holds, process_of, runs};

/// The Event Log service maps the message files of event sources, and shares its process with others on some Windows;
/// DHCP is the one that installers are known to have restarted with it.
const BYSTANDERS: [&str; 2] = ["EventLog", "Dhcp"];

#[test]
fn an_upgrade_while_the_message_file_is_mapped_restarts_the_service_and_no_other() {
    let old = product::default("1.0.0").package();
    let new = product::default("1.1.0").package();
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&old.msi, &[]).ok();
    let before = service.reaches(State::Running);
    runs(&windows, "1.0.0");
    let bystanders = BYSTANDERS.map(|name| process_of(&windows, name));

    // As an open Event Viewer does.
    let (_viewer, line) = holds(&windows, "map", "hello");
    let expected = r"mapped=C:\Windows\System32\EventCreate.exe";
    assert!(line.eq_ignore_ascii_case(expected), "{line}");
    windows.install(&new.msi, &[]).ok();

    let after = service.reaches(State::Running);
    assert_ne!(after.pid, before.pid);
    runs(&windows, "1.1.0");
    assert_eq!(BYSTANDERS.map(|name| process_of(&windows, name)), bystanders);
}

fn manual(version: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder("only-windows/manual")
        .version(version)
        .manifest("[package.metadata.winsvc]\nstart = \"manual\"")
}

#[test]
fn an_upgrade_does_not_start_a_manual_service_that_is_stopped() {
    let old = manual("1.0.0").package();
    let new = manual("1.1.0").package();
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&old.msi, &[]).ok();
    assert_eq!(service.start(), win32::SUCCESS);
    service.reaches(State::Running);
    assert_eq!(service.stop(), win32::SUCCESS);
    service.reaches(State::Stopped);

    let watch = service.watch(None);
    windows.install(&new.msi, &[]).ok();
    let states: Vec<_> = watch.seen().into_iter().map(|it| it.map(|it| it.state)).collect();
    assert!(
        states.iter().all(|state| *state == Some(State::Stopped)),
        "{states:?}"
    );
    let start = service.registration().swap_remove(1);
    assert_eq!(start, "start=3");
}

#[test]
fn what_an_administrator_changed_survives_an_upgrade() {
    let old = product::default("1.0.0").package();
    let new = product::default("1.1.0").package();
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&old.msi, &[]).ok();
    service.reaches(State::Running);
    assert_eq!(service.stop(), win32::SUCCESS);
    service.reaches(State::Stopped);
    for arguments in [
        &["config", "hello", "start=", "disabled"][..],
        &["config", "hello", "obj=", r"NT AUTHORITY\LocalService"],
        &["failure", "hello", "reset=", "60", "actions=", "restart/1000"],
    ] {
        let _ = windows.run("sc", arguments).ok();
    }
    windows.install(&new.msi, &[]).ok();
    service.reaches(State::Stopped);
    let registration = service.registration();
    for line in ["start=4", r"account=NT AUTHORITY\LocalService"] {
        assert!(registration.iter().any(|found| found == line), "{registration:?}");
    }
    let recovery = windows.run("sc", &["qfailure", "hello"]).ok().stdout;
    assert!(recovery.contains(": 60"), "{recovery}");
}
