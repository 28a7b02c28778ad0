//! The machine itself as a test's Windows. In Wine they run, too: `e2e/lab.rs` starts them there.

use std::fs;
use std::process::Command;

use super::*;
use crate::paths::prepared;
use crate::process::Running;
use crate::residue::{Registry, Snapshot};
use crate::service::State;

/// `STATUS_CONTROL_C_EXIT`: what a program ends with that does nothing about Ctrl-C.
const CONTROL_C_EXIT: u32 = 0xc000_013a;

/// Registers the plain service, and leaves it running beside a folder, a file and a key.
fn leave(windows: &Windows) {
    let exe = prepared("service.exe");
    let exe = exe.to_str().unwrap();
    let _ = windows.run("sc", &["create", "plain", "binPath=", exe]).ok();
    let plain = windows.service("plain");
    assert_eq!(plain.start(), 0);
    plain.reaches(State::Running);
    fs::create_dir_all(windows.drive_c("Left/behind")).unwrap();
    fs::write(windows.drive_c("Left/behind/file"), "left").unwrap();
    fs::write(windows.drive_c("ProgramData/controls.txt"), "left").unwrap();
    let key = [r"HKLM\Software\Left\Behind", "/v", "Größe", "/d", "left"];
    let _ = windows.run("reg", &[&["add"], &key[..]].concat()).ok();
}

fn is_clean(windows: &Windows) -> bool {
    let plain = windows.service("plain").status();
    let key = Registry::save(windows).below(r"Software\Left");
    plain.is_none()
        && key.keys().count() == 0
        && !windows.drive_c("Left").exists()
        && !windows.drive_c("ProgramData/controls.txt").exists()
}

#[test]
fn what_a_test_leaves_is_seen_and_taken_away_at_its_end() {
    let windows = Windows::new();
    assert!(is_clean(&windows));
    let before = Snapshot::take(&windows);
    leave(&windows);
    let difference = before.difference(&Snapshot::take(&windows));
    for expected in [
        r"+ C:\Left: folder",
        r"+ C:\ProgramData\controls.txt: file",
        r"+ HKLM\Software\Left\Behind: ",
        "+ HKLM\\Software\\Left\\Behind\\\\Größe: \"left\"",
        r"+ HKLM\System\CurrentControlSet\Services\plain: ",
    ] {
        assert!(
            difference.contains(&expected.to_owned()),
            "{expected}: {difference:#?}"
        );
    }
    drop(windows);
    assert!(is_clean(&Windows::new()));
}

/// Not a test of its own: the process that the next test starts, and which leaves everything behind.
#[test]
#[ignore = "started by the next test"]
fn leaves_everything_and_is_gone() {
    let windows = Windows::new();
    leave(&windows);
    std::process::exit(3);
}

#[test]
fn what_a_killed_test_left_is_taken_away_first() {
    let mut killed = Command::new(std::env::current_exe().unwrap());
    killed.args([
        "--ignored",
        "--exact",
        "windows::tests::leaves_everything_and_is_gone",
    ]);
    let ended = run(&mut killed, PATIENCE);
    assert_eq!(ended.status.code(), Some(3), "{ended}");
    assert!(is_clean(&Windows::new()));
}

#[test]
fn a_service_is_registered_watched_started_and_stopped() {
    let windows = Windows::new();
    let plain = windows.service("plain");
    let watch = plain.watch(None);
    let exe = prepared("service.exe");
    let exe = exe.to_str().unwrap();
    let create = [
        "create",
        "plain",
        "binPath=",
        exe,
        "DisplayName=",
        "Plain Service",
    ];
    let _ = windows.run("sc", &create).ok();
    let registration = plain.registration();
    assert_eq!(
        registration,
        [
            "type=16",
            "start=3",
            "error-control=1",
            &format!("image={exe}"),
            "account=LocalSystem",
            "display=Plain Service",
            "description=",
        ]
    );
    assert_eq!(plain.start(), 0);
    assert_eq!(plain.reaches(State::Running).win32, 0);
    assert_eq!(plain.stop(), 0);
    plain.reaches(State::Stopped);
    let states = watch.states_to(Some(State::Stopped));
    assert_eq!(states.first(), Some(&None));
    assert!(states.contains(&Some(State::Running)), "{states:?}");
}

#[test]
fn exit_codes_come_whole() {
    let windows = Windows::new();
    assert_eq!(windows.exit_code("cmd", &["/c", "exit 1603"]).0, 1603);
}

#[test]
fn ctrl_c_reaches_a_program_in_its_own_console() {
    let mut waits = Command::new(prepared("probe.exe"));
    waits.args(["watch", "no such service"]);
    let waits = Running::start(waits.stdin(std::process::Stdio::piped()));
    crate::deadline::until("its first line", PATIENCE, || {
        waits.stdout().contains("absent").then_some(()).ok_or(())
    });
    waits.interrupt();
    let ended = waits.finish(PATIENCE);
    // Wine ends a program with 0.
    let code = ended.status.code().map(i32::cast_unsigned);
    assert!(matches!(code, Some(CONTROL_C_EXIT | 0)), "{ended}");
}

#[test]
#[should_panic(expected = "a test has one Windows at a time")]
fn a_second_windows_is_refused_at_once() {
    let _first = Windows::new();
    let _second = Windows::new();
}

#[test]
#[should_panic(expected = "is not among Belongings::SERVICES")]
fn a_service_that_nobody_would_take_away_is_refused() {
    let _ = Windows::new().service("Spooler");
}
