//! The commands of sc.exe in an MSI: when they run, what sc.exe is told, and what its failure means.
//!
//! Wine's sc.exe does nothing of this; it fails for `failureflag` and `triggerinfo`. Where a command has to succeed, one
//! that writes down what it is told (`windows/sc-recorder.c`) is in its place. What a real one does, `only_windows` asks.
#![cfg(unix)]

use std::fs;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::paths::prepared;
use winsvc_tests::residue::{Snapshot, of_rollback};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

const FAILURE: &str =
    "<failure> <hello> <reset=> <86400> <actions=> <restart/5000/restart/30000/restart/60000>";
const FAILURE_FLAG: &str = "<failureflag> <hello> <1>";

fn hello() -> Fixture {
    Fixture::new("hello")
}

fn packages(folder: &str, table: &str) -> Packages {
    hello()
        .in_folder(&format!("commands/{folder}"))
        .manifest(table)
        .package()
}

/// Puts the sc.exe that writes down what it is told in the place of Wine's.
fn listen(windows: &Windows) {
    let sc = windows.drive_c("windows/system32/sc.exe");
    // It is a link to a file of all prefixes.
    fs::remove_file(&sc).unwrap();
    fs::copy(prepared("sc-recorder.exe"), &sc).unwrap();
    // Else Wine takes its own, whatever the file is.
    let key = r"HKCU\Software\Wine\DllOverrides";
    let _ = windows
        .run("reg", &["add", key, "/v", "sc.exe", "/d", "native"])
        .ok();
}

/// What sc.exe was told since it was asked last.
fn told(windows: &Windows) -> Vec<String> {
    let path = windows.drive_c("sc.txt");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let _ = fs::remove_file(path);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn they_run_at_an_installation_and_an_upgrade_and_at_nothing_else() {
    let old = hello().package();
    let new = hello().version("1.1.0").package();
    let windows = Windows::new();
    let service = windows.service("hello");
    listen(&windows);

    windows.install(&old.msi, &[]).ok();
    assert_eq!(told(&windows), [FAILURE, FAILURE_FLAG]);

    let repair = ["REINSTALL=ALL", "REINSTALLMODE=amus"];
    windows.install(&old.msi, &repair).ok();
    assert_eq!(told(&windows), Vec::<String>::new(), "after a repair");

    windows.install(&new.msi, &[]).ok();
    service.reaches(State::Running);
    assert_eq!(told(&windows), [FAILURE, FAILURE_FLAG], "after an upgrade");

    windows.uninstall(&new.msi).ok();
    assert_eq!(told(&windows), Vec::<String>::new(), "after the removal");
}

#[test]
fn sc_is_told_every_character_as_it_is_however_long_the_command_is() {
    let trigger =
        |pipe: &str| format!("[[package.metadata.winsvc.triggers]]\non = \"named-pipe\"\npipe = '{pipe}'\n");
    let named = "[package.metadata.winsvc]\nname = \"größe dienst\"\n\
        [package.metadata.winsvc.package]\nproduct-name = \"hello\"\n";
    let pipe = r#"[ProductName] {a} %PATH% [~] "q" \"#;
    let short = trigger(pipe);
    let long: String = (0..9).map(|number| trigger(&format!("{pipe}{number}"))).collect();

    for (folder, triggers, expected) in [
        ("short", &short, format!("<start/namedpipe/{pipe}>")),
        (
            "long",
            &long,
            (0..9)
                .map(|number| format!("<start/namedpipe/{pipe}{number}>"))
                .collect::<Vec<_>>()
                .join(" "),
        ),
    ] {
        let packages = packages(folder, &format!("{named}{triggers}"));
        let windows = Windows::new();
        listen(&windows);
        // Now and then Wine ends a program before it begins, and its msiexec takes that for a success.
        let told = until("all three commands", PATIENCE, || {
            windows.install(&packages.msi, &[]).ok();
            windows.service("größe dienst").reaches(State::Running);
            windows.uninstall(&packages.msi).ok();
            let told = told(&windows);
            if told.len() == 3 { Ok(told) } else { Err(told) }
        });
        assert_eq!(told[2], format!("<triggerinfo> <größe dienst> {expected}"));
    }
}

#[test]
fn a_recovery_that_sc_cannot_set_is_no_reason_to_fail() {
    let packages = hello().package();
    let windows = Windows::new();
    let outcome = windows.install(&packages.msi, &[]);
    outcome.ok();
    windows.service("hello").reaches(State::Running);
    let ran = "hello.FailureFlag. Return value 1.";
    assert!(outcome.log.contains(ran), "{}", outcome.log);
    let (code, finished) = windows.exit_code("sc", &["failureflag", "hello", "1"]);
    assert_eq!(code, 1, "it is one that fails: {finished}");
}

#[test]
fn triggers_that_sc_cannot_register_end_the_installation_which_is_undone() {
    let packages = packages(
        "refused",
        "[[package.metadata.winsvc.triggers]]\non = \"domain-join\"",
    );
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    let outcome = windows.install(&packages.msi, &[]);
    outcome.ends_with(win32::ACTION_FAILED);
    let failed = "hello.Triggers. Return value 0.";
    assert!(outcome.log.contains(failed), "{}", outcome.log);
    assert_eq!(windows.service("hello").status(), None);
    assert_eq!(windows.installed(), []);
    assert_eq!(
        of_rollback(before.difference(&Snapshot::take(&windows))),
        Vec::<String>::new()
    );
}
