//! An MSI on a machine: installed, started, ready, stopped, removed.

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::installer::Installed;
use winsvc_tests::residue::{Registry, Snapshot};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

fn installed(name: &str, version: &str) -> Installed {
    Installed {
        name: name.to_owned(),
        version: version.to_owned(),
        publisher: name.to_owned(),
    }
}

#[test]
fn a_project_without_configuration_installs_starts_stops_and_leaves_nothing() {
    let fixture = Fixture::new("hello");
    let manifest = std::fs::read_to_string(winsvc_tests::paths::checkout().join("fixtures/hello/Cargo.toml"));
    assert!(
        !manifest.unwrap().contains("metadata"),
        "hello is the fixture without configuration"
    );
    let packages = fixture.package();
    let prefix = Windows::new();
    let service = prefix.service("hello");
    let before = Snapshot::take(&prefix);

    prefix.install(&packages.msi, &[]).ok();
    service.reaches(State::Running);
    assert_eq!(prefix.installed(), [installed("hello", "1.0.0")]);
    assert_eq!(
        service.registration(),
        [
            "type=16",
            "start=2",
            "error-control=1",
            &win32::image_by_installer(r"C:\Program Files\hello\hello.exe"),
            r"account=NT SERVICE\hello",
            "display=hello",
            "description=The smallest service that winsvc makes",
        ]
    );
    let source = r"System\CurrentControlSet\Services\EventLog\Application\hello";
    assert_eq!(
        Registry::save(&prefix).values(source),
        [
            r#"EventMessageFile=str(2):"%SystemRoot%\\System32\\EventCreate.exe""#,
            "TypesSupported=dword:00000007",
        ]
    );

    assert_eq!(service.stop(), win32::SUCCESS);
    let stopped = service.reaches(State::Stopped);
    assert_eq!((stopped.win32, stopped.specific), (0, 0));
    assert_eq!(service.start(), win32::SUCCESS);
    service.reaches(State::Running);

    prefix.uninstall(&packages.msi).ok();
    assert_eq!(service.status(), None);
    assert_eq!(before.difference(&Snapshot::take(&prefix)), Vec::<String>::new());
}

#[test]
fn an_administrator_may_install_without_starting_the_service() {
    let packages = Fixture::new("hello").package();
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&packages.msi, &["START=0"]).ok();
    assert_eq!(service.status().map(|status| status.state), Some(State::Stopped));
    assert_eq!(service.registration()[1], "start=2", "it starts at the next boot");
    assert_eq!(service.start(), win32::SUCCESS);
    service.reaches(State::Running);
    windows.uninstall_running(&packages.msi, &[]).ok();
    assert_eq!(service.status(), None);
    until("the end of the service's process", PATIENCE, || {
        match windows.processes("hello.exe") {
            processes if processes.is_empty() => Ok(()),
            processes => Err(processes),
        }
    });
}

/// Nobody boots the machine that the tests run on.
#[cfg(unix)]
#[test]
fn after_a_reboot_the_service_runs_again() {
    let packages = Fixture::new("hello").package();
    let mut prefix = Windows::new();
    prefix.install(&packages.msi, &[]).ok();
    prefix.reboot();
    prefix.service("hello").reaches(State::Running);
}
