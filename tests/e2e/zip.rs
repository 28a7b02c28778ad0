//! The zip: unpacked by another program, its checksums right, its scripts install and remove the service.

use std::fs;
use std::path::{Path, PathBuf};

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::http::{self, Response};
use winsvc_tests::package::by_7zip;
use winsvc_tests::process::{Finished, require, run};
use winsvc_tests::residue::{Registry, Snapshot};
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

/// Unpacks a zip into `folder`, as an administrator does it; the zip has one folder, named like itself.
fn unpack(packages: &Packages, folder: &Path) -> PathBuf {
    for (name, content) in by_7zip(&packages.zip) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder.join(packages.zip.file_stem().unwrap())
}

/// Runs a script of the HTTP API's zip that was unpacked into `C:\my services`.
fn script(prefix: &Windows, name: &str) -> (u32, Finished) {
    prefix.exit_code(
        "cmd",
        &["/c", &format!(r"C:\my services\http-api-1.0.0-x64\{name}")],
    )
}

#[test]
fn it_holds_the_program_its_configuration_the_scripts_and_their_checksums() {
    let packages = Fixture::http_api(8080).package();
    let names: Vec<String> = by_7zip(&packages.zip).into_keys().collect();
    assert_eq!(
        names,
        [
            "http-api-1.0.0-x64/README.txt",
            "http-api-1.0.0-x64/SHA256SUMS",
            "http-api-1.0.0-x64/http-api.exe",
            "http-api-1.0.0-x64/http-api.toml",
            "http-api-1.0.0-x64/install.cmd",
            "http-api-1.0.0-x64/uninstall.cmd",
        ]
    );
    let folder = tempfile::tempdir().unwrap();
    let unpacked = unpack(&packages, folder.path());
    let mut check = require("sha256sum");
    check
        .args(["--check", "--strict", "SHA256SUMS"])
        .current_dir(&unpacked)
        .env("LC_ALL", "C");
    assert_eq!(
        run(&mut check, PATIENCE).ok().lines(),
        [
            "http-api.exe: OK",
            "http-api.toml: OK",
            "install.cmd: OK",
            "README.txt: OK",
            "uninstall.cmd: OK"
        ]
    );
}

#[test]
fn its_scripts_install_and_remove_the_service() {
    let port = http::free_port();
    let packages = Fixture::http_api(port).package();
    let prefix = Windows::new();
    let service = prefix.service("http-api");
    unpack(&packages, &prefix.drive_c("my services"));
    let before = Snapshot::take(&prefix);

    let (code, finished) = script(&prefix, "install.cmd");
    assert_eq!(code, 0, "{finished}");
    service.reaches(State::Running);
    assert_eq!(
        http::answers(port, "/health"),
        Response {
            status: 200,
            body: "ok".to_owned()
        }
    );
    assert_eq!(
        service.registration(),
        [
            "type=16",
            "start=2",
            "error-control=1",
            r#"image="C:\my services\http-api-1.0.0-x64\http-api.exe""#,
            r"account=NT SERVICE\http-api",
            "display=winsvc HTTP API",
            "description=Answers HTTP requests, some of them slowly.",
        ]
    );
    assert_eq!(
        Registry::save(&prefix).values(r"System\CurrentControlSet\Services\EventLog\Application\http-api"),
        [
            r#"EventMessageFile=str(2):"C:\\my services\\http-api-1.0.0-x64\\http-api.exe""#,
            "TypesSupported=dword:00000007",
        ]
    );

    let (code, finished) = script(&prefix, "install.cmd");
    assert_eq!(code, 1, "a second installation is refused: {finished}");
    assert_eq!(
        http::answers(port, "/health").status,
        200,
        "and the first one goes on"
    );

    let (code, finished) = script(&prefix, "uninstall.cmd");
    assert_eq!(code, 0, "{finished}");
    assert_eq!(service.status(), None);
    assert_eq!(before.difference(&Snapshot::take(&prefix)), Vec::<String>::new());

    let (code, finished) = script(&prefix, "uninstall.cmd");
    assert_eq!(code, 0, "what is not there needs no removal: {finished}");
}

#[test]
fn a_service_that_cannot_be_started_is_not_left_installed() {
    let packages = Fixture::http_api(http::free_port()).package();
    let prefix = Windows::new();
    let service = prefix.service("http-api");
    let folder = unpack(&packages, &prefix.drive_c("my services"));
    // Windows's `net start` waits for the service, Wine's does not: the start itself has to fail.
    fs::remove_file(folder.join("http-api.exe")).unwrap();
    let before = Snapshot::take(&prefix);

    let (code, finished) = script(&prefix, "install.cmd");
    assert_eq!(code, 1, "{finished}");
    assert_eq!(service.status(), None);
    assert_eq!(before.difference(&Snapshot::take(&prefix)), Vec::<String>::new());
}
