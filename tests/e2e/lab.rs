//! The laboratory itself: what the other tests rely on, proven with a service and a package that are not ours.

use std::path::{Path, PathBuf};

use winsvc_tests::deadline::PATIENCE;
#[cfg(unix)]
use winsvc_tests::fixture::BUILD;
use winsvc_tests::installer::Installed;
use winsvc_tests::paths::prepared;
use winsvc_tests::process::{require, run};
#[cfg(unix)]
use winsvc_tests::residue::Registry;
use winsvc_tests::residue::{Snapshot, of_rollback};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

/// A package that is not ours, with the service of `windows/service.c`.
fn plain_msi(folder: &Path) -> PathBuf {
    msi(folder, &prepared("service.exe"))
}

/// The same with another program for the service.
fn msi(folder: &Path, service: &Path) -> PathBuf {
    let msi = folder.join("plain.msi");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/lab/plain.wxs");
    std::fs::copy(service, folder.join("service.exe")).unwrap();
    make(folder, &source, &msi);
    msi
}

#[cfg(unix)]
fn make(folder: &Path, source: &Path, msi: &Path) {
    let mut wixl = require("wixl");
    // wixl takes the paths of files relative to where it runs, and no others.
    wixl.current_dir(folder);
    let _ = run(wixl.args(["--arch", "x64", "-o"]).arg(msi).arg(source), PATIENCE).ok();
}

/// The WiX toolset 3, whose language wixl speaks too.
#[cfg(windows)]
fn make(folder: &Path, source: &Path, msi: &Path) {
    let mut candle = require("candle");
    candle
        .current_dir(folder)
        .args(["-nologo", "-arch", "x64", "-out", "plain.wixobj"]);
    let _ = run(candle.arg(source), PATIENCE).ok();
    let mut light = require("light");
    // What a package of three lines is asked of its looks and its languages says nothing here.
    light
        .current_dir(folder)
        .args(["-nologo", "-sval", "-spdb", "-out"]);
    let _ = run(light.arg(msi).arg("plain.wixobj"), PATIENCE).ok();
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
    prefix.install(&msi, &[]).ends_with(win32::ACTION_FAILED);
    assert_eq!(prefix.service("plain").status(), None);
    let difference = before.difference(&Snapshot::take(&prefix));
    // The packed form of the component's code.
    let key = r"UserData\S-1-5-18\Components\24C03A4E13E8B4D4B975B1C0D4C0A730";
    let left_by_wine = format!(r"+ HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\{key}: ");
    let left = if cfg!(windows) { vec![] } else { vec![left_by_wine] };
    assert_eq!(difference, left);
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

/// Nobody boots the machine that the tests run on.
#[cfg(unix)]
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

/// A running Windows, read key by key, has the same registry as the files that Wine saves.
#[cfg(unix)]
#[test]
fn the_probe_lists_a_registry_as_it_is_saved() {
    let prefix = Windows::new();
    let odd = r"HKLM\Software\Left\A [b]";
    for (name, kind, value) in [
        ("", "REG_SZ", "default"),
        ("Größe \"1\"", "REG_SZ", r"C:\Söhne\acht"),
        ("Path", "REG_EXPAND_SZ", r"%SystemRoot%\x"),
        ("List", "REG_MULTI_SZ", r"one\0two"),
        ("Number", "REG_DWORD", "7"),
        ("Bytes", "REG_BINARY", "00ff10"),
    ] {
        let name = if name.is_empty() {
            vec!["/ve"]
        } else {
            vec!["/v", name]
        };
        let value = ["/t", kind, "/d", value, "/f"];
        let _ = prefix
            .run("reg", &[&["add", odd], &name[..], &value].concat())
            .ok();
    }
    let whole = Registry::save(&prefix);
    for key in [
        r"Software\Left",
        r"System\CurrentControlSet\Services",
        r"Software\Classes\CLSID",
    ] {
        let mut probe = prefix.program(prepared("probe.exe"));
        probe.arg("keys");
        let listed = Registry::listed(probe, &[key]);
        let saved = whole.below(key);
        assert!(listed.keys().count() > 1, "{key} has subkeys");
        for name in listed.keys().chain(saved.keys()) {
            let name = name.strip_prefix(r"HKLM\").unwrap();
            assert_eq!(listed.values(name), saved.values(name), "{name}");
        }
    }
}

/// The half of the harness that is for Windows, as far as Wine goes.
#[cfg(unix)]
#[test]
fn a_windows_itself_is_cleaned_watched_and_controlled_by_turns() {
    let prefix = Windows::new();
    let mut harness = prefix.program(prepared("harness.exe"));
    let finished = run(harness.env("WINSVC_TESTS_CHANGE_THIS_MACHINE", "yes"), BUILD).ok();
    let ran = finished.stdout.matches("test windows::tests::").count();
    assert!(ran >= 8, "{finished}");
}

#[test]
fn exit_codes_come_whole() {
    let prefix = Windows::new();
    assert_eq!(prefix.exit_code("cmd", &["/c", "exit 1603"]).0, 1603);
}
