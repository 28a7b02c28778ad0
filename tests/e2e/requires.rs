//! Machines that do not have what a package requires. The test changes the build of its Windows, so it is for Wine alone.

use winsvc_tests::fixture::Fixture;
use winsvc_tests::residue::Snapshot;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

const KEYS: &str = r#"[package.metadata.winsvc.requires]
windows = "10-1809"
edition = "workstation"
administrator = true

[[package.metadata.winsvc.requires.registry]]
key = 'Software\Acme'
name = "Release"
equals = 5

[[package.metadata.winsvc.requires.registry]]
key = 'Software\Left'
name = "Other"
absent = true
message = "Remove [Other] first."
"#;

fn set(windows: &Windows, key: &str, name: &str, kind: &str, value: &str) {
    let arguments = ["add", key, "/v", name, "/t", kind, "/d", value, "/f"];
    let _ = windows.run("reg", &arguments).ok();
}

fn delete(windows: &Windows, key: &str, name: &str) {
    let _ = windows.run("reg", &["delete", key, "/v", name, "/f"]).ok();
}

const WINDOWS: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const ACME: &str = r"HKLM\Software\Acme";
const OTHER: &str = r"HKLM\Software\Left";

#[test]
fn an_installation_is_refused_and_a_removal_never() {
    let packages = Fixture::new("hello")
        .in_folder("requires")
        .manifest(KEYS)
        .package();
    let windows = Windows::new();
    let build = |build: &str| set(&windows, WINDOWS, "CurrentBuildNumber", "REG_SZ", build);
    let release = |number: &str| set(&windows, ACME, "Release", "REG_DWORD", number);
    // Wine does not log the message.
    let refused = |why: &str| {
        let outcome = windows.install(&packages.msi, &[]);
        outcome.ends_with(win32::INSTALL_FAILURE);
        let ended = outcome.log.contains("LaunchConditions. Return value 0");
        assert!(ended, "{why}: {}", outcome.log);
    };
    build("17763");
    let before = Snapshot::take(&windows);
    refused("the value is missing");
    release("6");
    refused("the value has other data");
    release("5");
    build("17762");
    refused("an older Windows");
    build("9600");
    refused("an older Windows with fewer digits");
    build("17763");
    set(&windows, OTHER, "Other", "REG_SZ", "1.0");
    refused("another product is there");
    delete(&windows, OTHER, "Other");
    windows.install(&packages.msi, &["START=0"]).ok();

    // What was there once is no longer there.
    build("9600");
    delete(&windows, ACME, "Release");
    windows.uninstall(&packages.msi).ok();
    let mut difference = before.difference(&Snapshot::take(&windows));
    difference.retain(|line| !line.contains("CurrentBuildNumber"));
    difference.retain(|line| !line.contains(r"Software\Acme") && !line.contains(r"Software\Left"));
    assert_eq!(difference, Vec::<String>::new());
}
