//! What the packages of a product that updates itself install beside it: the updater, its folder, and the way back to an
//! older version.

use std::fs;

use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::installer::Installed;
use winsvc_tests::package::unpack;
use winsvc_tests::residue::{Registry, Snapshot};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

const UPDATE: &str = r#"
[package.metadata.winsvc.package]
upgrade-code = "{0A1B2C3D-0000-4000-8000-0000000000E5}"

[package.metadata.winsvc.update]
url = "http://127.0.0.1:9"
keys = ["RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"]
"#;

const KEY: &str = r"HKLM\Software\hello\hello";
const FOLDER: &str = "ProgramData/hello/update";

fn hello(version: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder("update-package")
        .version(version)
        .replace(
            "Cargo.toml",
            "\"../../winsvc\" }",
            "\"../../winsvc\", features = [\"update\"] }",
        )
        .manifest(UPDATE)
}

fn package(version: &str) -> Packages {
    hello(version).package()
}

fn version(windows: &Windows) -> Vec<String> {
    let installed = windows.installed().into_iter();
    installed.map(|Installed { version, .. }| version).collect()
}

#[test]
fn the_msi_installs_the_updater_goes_back_on_request_and_leaves_nothing() {
    let [old, new] = ["1.0.0", "1.1.0"].map(package);
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    let services = ["hello", "hello-update"].map(|name| windows.service(name));
    windows.install(&new.msi, &[]).ok();
    for service in services {
        service.reaches(State::Running);
    }
    let registration = services[1].registration();
    for line in ["account=LocalSystem", "display=hello Updater"] {
        assert!(registration.iter().any(|it| it == line), "{registration:#?}");
    }
    let folder = windows.drive_c(FOLDER);
    assert!(folder.is_dir());
    let installed_by = || Registry::save(&windows).text(KEY, "InstalledBy");
    assert_eq!(installed_by().as_deref(), Some("msi"));

    // Without the property, an older version is refused as ever.
    windows.install(&old.msi, &[]).ends_with(win32::ACTION_FAILED);
    assert_eq!(version(&windows), ["1.1.0"]);
    // As while an update is installed: nobody else can open the lock.
    let lock = windows.hold(&format!(r"C:\{}\lock", FOLDER.replace('/', r"\")));
    fs::write(folder.join("state.json"), "{}").unwrap();
    windows.install(&old.msi, &["WINSVC_ROLLBACK=1"]).ok();
    assert_eq!(version(&windows), ["1.0.0"], "the newer one is gone");
    for service in services {
        service.reaches(State::Running);
    }
    assert!(folder.join("state.json").is_file(), "an installation keeps it");
    assert_eq!(installed_by().as_deref(), Some("msi"));
    drop(lock);

    let state = format!(r"{KEY}\Update");
    let _ = windows.run("reg", &["add", &state, "/v", "Phase", "/d", "none"]).ok();
    windows.uninstall(&old.msi).ok();
    assert_eq!(services.map(|service| service.status()), [None, None]);
    before.is_restored(&windows);
}
