//! Programs of the product that an installation runs: when, with which arguments, and what their failure does.

use std::fs;

use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::paths::prepared;
use winsvc_tests::residue::{Snapshot, of_rollback};
use winsvc_tests::sc::told_to;
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

/// A program that writes down its arguments and the state of the service that the second one names.
const PROGRAM: &str = "recorder";

fn packages(folder: &str, version: &str, commands: &[&str]) -> Packages {
    let program = fs::read(prepared("sc-recorder.exe")).unwrap();
    let tables: String = commands
        .iter()
        .map(|keys| {
            format!("[[package.metadata.winsvc.commands]]\nprogram = \"tools/recorder.exe\"\n{keys}\n")
        })
        .collect();
    Fixture::new("hello")
        .in_folder(&format!("own-commands/{folder}"))
        .version(version)
        .manifest(&format!(
            "[package.metadata.winsvc.package]\nfiles = [\"tools/\"]\n{tables}"
        ))
        .write("tools/recorder.exe", &program)
        .package()
}

#[test]
fn they_run_at_the_events_that_they_name_and_never_in_a_repair() {
    let commands = [
        "arguments = [\"both\", \"hello\", \"{data}a b\", \"100% [x]\"]",
        "arguments = [\"first\", \"hello\"]\non = [\"install\"]\nposition = \"after-start\"",
        "arguments = [\"later\", \"hello\"]\non = [\"upgrade\"]",
        "arguments = [\"undo\", \"hello\"]\non = [\"rollback\"]",
        "arguments = [\"remove\", \"hello\"]\non = [\"uninstall\"]",
    ];
    let old = packages("events", "1.0.0", &commands);
    let new = packages("events", "1.1.0", &commands);
    let windows = Windows::new();
    let told = || told_to(&windows, PROGRAM);
    // 1: stopped, 4: running
    let both = r"<both> <hello> <C:\ProgramData\hello\data\a b> <100% [x]> 1";
    windows.install(&old.msi, &[]).ok();
    assert_eq!(told(), [both, "<first> <hello> 4"]);

    windows
        .install(&old.msi, &["REINSTALL=ALL", "REINSTALLMODE=amus"])
        .ok();
    assert_eq!(told(), Vec::<String>::new(), "in a repair");

    windows.install(&new.msi, &[]).ok();
    windows.service("hello").reaches(State::Running);
    // Windows sets the property by which the old version's removal knows that it is a part of an upgrade, and does not run
    // its command. Wine does not.
    assert_eq!(told(), ["<remove> <hello> 1", both, "<later> <hello> 1"]);

    windows.uninstall(&new.msi).ok();
    assert_eq!(told(), ["<remove> <hello> 1"]);
}

#[test]
fn a_failure_ends_the_installation_and_what_it_did_is_undone() {
    let packages = packages(
        "failure",
        "1.0.0",
        &[
            "arguments = [\"undo\", \"hello\"]\non = [\"rollback\"]",
            "arguments = [\"fail\", \"hello\"]",
            "arguments = [\"never\"]\non = [\"install\", \"rollback\"]",
        ],
    );
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    let outcome = windows.install(&packages.msi, &[]);
    outcome.ends_with(win32::ACTION_FAILED);
    assert_eq!(told_to(&windows, PROGRAM), ["<fail> <hello> 1"]);
    // Once when it is scheduled, and once in the rollback. Wine's rollback removes the files first, so that the program is
    // gone; that of Windows goes backwards.
    let runs = outcome.log.matches("Command0.Undo. Return value 1").count();
    assert_eq!(runs, 2, "{}", outcome.log);
    assert_eq!(
        of_rollback(before.difference(&Snapshot::take(&windows))),
        Vec::<String>::new()
    );
}

#[test]
fn a_failure_that_is_ignored_changes_nothing() {
    let packages = packages(
        "ignored",
        "1.0.0",
        &["arguments = [\"fail\"]\nignore-failure = true\non = [\"install\", \"uninstall\"]"],
    );
    let windows = Windows::new();
    windows.install(&packages.msi, &[]).ok();
    windows.service("hello").reaches(State::Running);
    windows.uninstall(&packages.msi).ok();
    assert_eq!(told_to(&windows, PROGRAM), ["<fail> 0", "<fail> 0"]);
}
