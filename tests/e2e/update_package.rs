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
            "winsvc = { ",
            "winsvc = { features = [\"update\"], ",
        )
        .manifest(UPDATE)
}

fn package(version: &str) -> Packages {
    hello(version).package()
}

fn versions(windows: &Windows) -> Vec<String> {
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
    windows.install(&old.msi, &[]).ends_with(win32::INSTALL_FAILURE);
    assert_eq!(versions(&windows), ["1.1.0"]);
    fs::write(folder.join("kept"), "").unwrap();
    windows.install(&old.msi, &["WINSVC_ROLLBACK=1"]).ok();
    assert_eq!(versions(&windows), ["1.0.0"], "the newer one is gone");
    for service in services {
        service.reaches(State::Running);
    }
    // To Wine, which does not tell an upgrade from a removal, the newer version is removed for good.
    assert!(folder.join("kept").is_file() || cfg!(unix));
    assert!(folder.is_dir());
    assert_eq!(installed_by().as_deref(), Some("msi"));

    // As the updater leaves them.
    let state = format!(r"{KEY}\Update");
    let _ = windows
        .run("reg", &["add", &state, "/v", "Phase", "/d", "none", "/f"])
        .ok();
    fs::create_dir_all(folder.join("runner-1")).unwrap();
    fs::write(folder.join("runner-1/runner.exe"), "MZ").unwrap();
    windows.uninstall(&old.msi).ok();
    assert_eq!(services.map(|service| service.status()), [None, None]);
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}

#[test]
fn the_scripts_and_commands_of_the_zip_take_the_updater_along() {
    let packages = package("1.1.0");
    let windows = Windows::new();
    unpack(&packages.zip, &windows.drive_c("my services"));
    let before = Snapshot::take(&windows);
    let services = ["hello", "hello-update"].map(|name| windows.service(name));
    let run = |program: &str, arguments: &[&str]| {
        let path = format!(r"C:\my services\hello-1.1.0-x64\{program}");
        let (code, finished) = windows.exit_code("cmd", &[&["/c", &path], arguments].concat());
        assert_eq!(code, 0, "{finished}");
        finished.stdout.replace('\r', "")
    };
    run("install.cmd", &[]);
    for service in services {
        service.reaches(State::Running);
    }
    assert!(windows.drive_c(FOLDER).is_dir());
    assert_eq!(Registry::save(&windows).text(KEY, "InstalledBy"), None);

    // Nobody can replace the exe while one of them runs.
    let stopped = run("hello.exe", &["service", "stop"]);
    let lines: Vec<&str> = stopped.lines().filter(|line| line.contains("service")).collect();
    assert_eq!(lines, ["The service \"hello\" has stopped."]);
    for service in services {
        service.reaches(State::Stopped);
    }
    run("hello.exe", &["service", "start"]);
    services[1].reaches(State::Running);
    let status = run("hello.exe", &["service", "status"]);
    assert!(!status.contains("hello-update"), "{status}");
    let named = run("hello.exe", &["service", "status", "--service", "hello-update"]);
    assert!(
        named.contains("hello-update") && named.contains("LocalSystem"),
        "{named}"
    );

    run("uninstall.cmd", &[]);
    assert_eq!(services.map(|service| service.status()), [None, None]);
    assert!(!windows.drive_c(FOLDER).exists());
    run("uninstall.cmd", &["--purge"]);
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}
