//! The commands of sc.exe in an MSI: when they run, what sc.exe is told, and what its failure means.
//!
//! Wine's sc.exe does nothing of this; it fails for `triggerinfo`. Where a command has to succeed, one that writes down what
//! it is told is in its place. What a real one does, `only_windows` asks.

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::residue::{Snapshot, of_rollback};
use winsvc_tests::sc::{listen, take_away, told};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

/// The recovery, set when the service is running (4).
const RECOVERY: &str =
    "<failure> <hello> <reset=> <86400> <actions=> <restart/5000/restart/30000/restart/60000> 4";

fn hello() -> Fixture {
    Fixture::new("hello")
}

fn packages(folder: &str, table: &str) -> Packages {
    hello()
        .in_folder(&format!("commands/{folder}"))
        .manifest(table)
        .package()
}

#[test]
fn they_run_at_an_installation_and_an_upgrade_that_changes_something_and_at_nothing_else() {
    let old = hello().package();
    let same = hello().version("1.1.0").package();
    let new = hello()
        .version("1.2.0")
        .manifest("[package.metadata.winsvc]\nrecovery.reset-after = \"2d\"")
        .package();
    let windows = Windows::new();
    let service = windows.service("hello");
    listen(&windows);

    windows.install(&old.msi, &[]).ok();
    assert_eq!(told(&windows), [RECOVERY]);

    let repair = ["REINSTALL=ALL", "REINSTALLMODE=amus"];
    windows.install(&old.msi, &repair).ok();
    assert_eq!(told(&windows), Vec::<String>::new(), "after a repair");

    windows.install(&same.msi, &[]).ok();
    service.reaches(State::Running);
    assert_eq!(
        told(&windows),
        Vec::<String>::new(),
        "the administrator's recovery stays"
    );

    windows.install(&new.msi, &[]).ok();
    service.reaches(State::Running);
    assert_eq!(
        told(&windows),
        [RECOVERY.replace("86400", "172800")],
        "after an upgrade"
    );

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
        let told = until("both commands", PATIENCE, || {
            windows.install(&packages.msi, &[]).ok();
            windows.service("größe dienst").reaches(State::Running);
            windows.uninstall(&packages.msi).ok();
            let told = told(&windows);
            if told.len() == 2 { Ok(told) } else { Err(told) }
        });
        // Before the start, while the service is stopped (1).
        assert_eq!(told[0], format!("<triggerinfo> <größe dienst> {expected} 1"));
    }
}

#[test]
fn a_recovery_that_sc_cannot_set_is_no_reason_to_fail() {
    let packages = hello().package();
    let windows = Windows::new();
    take_away(&windows);
    let outcome = windows.install(&packages.msi, &[]);
    outcome.ok();
    windows.service("hello").reaches(State::Running);
    let ran = "hello.Recovery. Return value";
    assert!(outcome.log.contains(ran), "{}", outcome.log);
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
