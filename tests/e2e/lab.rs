//! The laboratory itself: what the other tests rely on, proven with a service and a package that are not ours.

use std::path::{Path, PathBuf};

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::installer::Installed;
use winsvc_tests::paths::prepared;
use winsvc_tests::process::{require, run};
use winsvc_tests::residue::{Snapshot, of_rollback};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

/// A package made by wixl, with the service of `windows/service.c`.
fn plain_msi(folder: &Path) -> PathBuf {
    msi(folder, &prepared("service.exe"))
}

/// The same with another program for the service.
fn msi(folder: &Path, service: &Path) -> PathBuf {
    let msi = folder.join("plain.msi");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/lab/plain.wxs");
    std::fs::copy(service, folder.join("service.exe")).unwrap();
    let mut wixl = require("wixl");
    // wixl takes the paths of files relative to where it runs, and no others.
    wixl.current_dir(folder);
    let _ = run(wixl.args(["--arch", "x64", "-o"]).arg(&msi).arg(source), PATIENCE).ok();
    msi
}

#[test]
fn a_service_is_installed_watched_stopped_started_and_removed_without_residue() {
    let folder = tempfile::tempdir().unwrap();
    let msi = plain_msi(folder.path());
    let prefix = Windows::new();
    let service = prefix.service("plain");
    let before = Snapshot::take(&prefix);
    let watch = service.watch(None);

    prefix.install(&msi, &[]).ok();
    assert_eq!(service.reaches(State::Running).win32, 0);
    assert_eq!(
        prefix.installed(),
        [Installed {
            name: "Plain".to_owned(),
            version: "1.0.0".to_owned(),
            publisher: "Lab".to_owned()
        }]
    );
    assert_eq!(service.stop(), 0);
    service.reaches(State::Stopped);
    assert_eq!(service.start(), 0);
    service.reaches(State::Running);

    prefix.uninstall(&msi).ok();
    assert_eq!(service.status(), None);
    assert_eq!(prefix.installed(), []);
    assert_eq!(before.difference(&Snapshot::take(&prefix)), Vec::<String>::new());
    let states = watch.states_to(None);
    assert_eq!(states.first(), Some(&None));
    assert!(states.contains(&Some(State::Running)), "{states:?}");
}

#[test]
fn an_installation_whose_service_does_not_start_is_undone_but_for_empty_keys() {
    let folder = tempfile::tempdir().unwrap();
    let msi = msi(folder.path(), &prepared("probe.exe"));
    let prefix = Windows::new();
    let before = Snapshot::take(&prefix);
    prefix.install(&msi, &[]).ends_with(win32::FUNCTION_FAILED);
    assert_eq!(prefix.service("plain").status(), None);
    let difference = before.difference(&Snapshot::take(&prefix));
    // The packed form of the component's code.
    let key = r"UserData\S-1-5-18\Components\24C03A4E13E8B4D4B975B1C0D4C0A730";
    assert_eq!(
        difference,
        [format!(
            r"+ HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\{key}: "
        )]
    );
    assert_eq!(of_rollback(difference), Vec::<String>::new());
}

#[test]
fn what_stays_behind_is_seen() {
    let prefix = Windows::new();
    let before = Snapshot::take(&prefix);
    std::fs::create_dir(prefix.drive_c("Left")).unwrap();
    let _ = prefix
        .run(
            "reg",
            &["add", r"HKLM\Software\Left", "/v", "Größe", "/d", "behind"],
        )
        .ok();
    assert_eq!(
        before.difference(&Snapshot::take(&prefix)),
        [
            r"+ C:\Left: folder",
            r"+ HKLM\Software\Left: ",
            "+ HKLM\\Software\\Left\\\\Größe: \"behind\""
        ]
    );
}

#[test]
fn a_service_that_starts_automatically_runs_again_after_a_reboot() {
    let folder = tempfile::tempdir().unwrap();
    let msi = plain_msi(folder.path());
    let mut prefix = Windows::new();
    prefix.install(&msi, &[]).ok();
    prefix.service("plain").reaches(State::Running);
    prefix.reboot();
    prefix.service("plain").reaches(State::Running);
}

#[test]
fn exit_codes_come_whole() {
    let prefix = Windows::new();
    assert_eq!(prefix.exit_code("cmd", &["/c", "exit 1603"]).0, 1603);
}
