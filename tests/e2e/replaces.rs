//! A product that takes the place of others, and one whose version begins with a year.

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::residue::Snapshot;
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

const FORMER: &str = "{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}";

fn packages(folder: &str, version: &str, table: &str) -> Packages {
    Fixture::new("hello")
        .in_folder(&format!("replaces/{folder}"))
        .version(version)
        .manifest(table)
        .package()
}

/// The names and versions of the installed products.
fn installed(windows: &Windows) -> Vec<String> {
    let installed = windows.installed().into_iter();
    installed
        .map(|it| format!("{} {}", it.name, it.version))
        .collect()
}

/// Stops a service and waits for the end of its process: Wine's installer does not, and cannot remove the exe of a process
/// that takes its time on a busy machine.
fn end(windows: &Windows, service: &str) {
    windows.service(service).stop();
    until("the end of the process", PATIENCE, || {
        match windows.processes("hello.exe") {
            processes if processes.is_empty() => Ok(()),
            processes => Err(processes),
        }
    });
}

#[test]
fn a_former_product_goes_whatever_its_version_and_its_service_is_taken_over_or_removed() {
    // With another service's name, and with the same one.
    for name in ["plain", "hello"] {
        let former = packages(
            "former",
            "9.0.0",
            &format!(
                "[package.metadata.winsvc]\nname = \"{name}\"\n[package.metadata.winsvc.package]\n\
                 product-name = \"Plain\"\nupgrade-code = \"{FORMER}\"\n"
            ),
        );
        let new = packages(
            "new",
            "1.0.0",
            &format!("[package.metadata.winsvc.package]\nreplaces = [\"{FORMER}\"]\n"),
        );
        let windows = Windows::new();
        let before = Snapshot::take(&windows);
        windows.install(&former.msi, &[]).ok();
        windows.service(name).reaches(State::Running);

        end(&windows, name);
        windows.install(&new.msi, &[]).ok();
        windows.service("hello").reaches(State::Running);
        assert_eq!(installed(&windows), ["hello 1.0.0"]);
        assert_eq!(windows.service("plain").status(), None);
        end(&windows, "hello");
        windows.uninstall(&new.msi).ok();
        assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
    }
}

#[test]
fn a_service_of_a_former_installer_goes_by_its_name() {
    let new = packages(
        "was-named",
        "1.0.0",
        "[package.metadata.winsvc]\nwas-named = [\"plain\"]\n",
    );
    let windows = Windows::new();
    let create = ["create", "plain", "binPath=", r"C:\windows\system32\cmd.exe"];
    let _ = windows.run("sc", &create).ok();
    assert!(windows.service("plain").status().is_some());
    windows.install(&new.msi, &[]).ok();
    assert_eq!(windows.service("plain").status(), None);
    windows.service("hello").reaches(State::Running);
}

#[test]
fn versions_that_begin_with_a_year_are_installed_over_each_other() {
    let calendar = "[package.metadata.winsvc.package]\nversion-scheme = \"calendar\"\n";
    let old = packages("calendar", "2026.11.25", calendar);
    let new = packages("calendar", "2027.1.2", calendar);
    let windows = Windows::new();
    windows.install(&old.msi, &[]).ok();
    assert_eq!(installed(&windows), ["hello 26.11.25"]);
    windows.install(&new.msi, &[]).ok();
    assert_eq!(installed(&windows), ["hello 27.1.2"]);
    assert_ne!(windows.install(&old.msi, &[]).code, 0, "an older version");
    windows.uninstall(&new.msi).ok();
}
