//! The zip: unpacked by another program, its checksums right, its scripts install and remove the service.

use std::fs;

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::Fixture;
use winsvc_tests::http::{self, Response};
use winsvc_tests::package::{by_7zip, unpack};
use winsvc_tests::process::{Finished, require, run};
use winsvc_tests::residue::{Registry, Snapshot};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

/// Runs a script of the HTTP API's zip that was unpacked into `C:\my services`.
fn script(prefix: &Windows, name: &str) -> (u32, Finished) {
    script_with(prefix, name, &[])
}

fn script_with(prefix: &Windows, name: &str, arguments: &[&str]) -> (u32, Finished) {
    let script = format!(r"C:\my services\http-api-1.0.0-x64\{name}");
    prefix.exit_code("cmd", &[&["/c", &script], arguments].concat())
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
    let unpacked = unpack(&packages.zip, folder.path());
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
    unpack(&packages.zip, &prefix.drive_c("my services"));
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
            r#"EventMessageFile=str(2):"%SystemRoot%\\System32\\EventCreate.exe""#,
            "TypesSupported=dword:00000007",
        ]
    );

    let running = service.status().unwrap();
    let (code, finished) = script(&prefix, "install.cmd");
    assert_eq!(code, 0, "it can run any number of times: {finished}");
    assert_eq!(service.status(), Some(running), "and the service goes on");

    let (code, finished) = script(&prefix, "uninstall.cmd");
    assert_eq!(code, 0, "{finished}");
    assert_eq!(service.status(), None);
    let data = prefix.program_data().join("winsvc/winsvc HTTP API/data");
    assert!(data.is_dir(), "what the service has stored stays");
    let (code, finished) = script_with(&prefix, "uninstall.cmd", &["--purge"]);
    assert_eq!(code, 0, "{finished}");
    assert_eq!(before.difference(&Snapshot::take(&prefix)), Vec::<String>::new());

    let (code, finished) = script(&prefix, "uninstall.cmd");
    assert_eq!(code, 0, "what is not there needs no removal: {finished}");
}

#[test]
fn a_service_that_cannot_be_started_is_not_left_installed() {
    let packages = Fixture::http_api(http::free_port()).package();
    let prefix = Windows::new();
    let service = prefix.service("http-api");
    let folder = unpack(&packages.zip, &prefix.drive_c("my services"));
    let settings = folder.join("http-api.toml");
    let right = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, "listen = 'nowhere'\n").unwrap();
    let before = Snapshot::take(&prefix);

    let (code, finished) = script(&prefix, "install.cmd");
    assert_eq!(code, 1, "{finished}");
    let said = "error: the service \"http-api\" failed to start: ";
    assert!(finished.stderr.contains(said), "{finished}");
    assert_eq!(service.status(), None);
    assert_eq!(
        before.difference(&Snapshot::take(&prefix)),
        [
            r"+ C:\ProgramData\winsvc: folder",
            r"+ C:\ProgramData\winsvc\winsvc HTTP API: folder",
            r"+ C:\ProgramData\winsvc\winsvc HTTP API\data: folder",
            r"+ C:\ProgramData\winsvc\winsvc HTTP API\logs: folder",
        ],
        "the folders stay, as in any removal"
    );

    // One that was there before stays.
    fs::write(&settings, right).unwrap();
    assert_eq!(script(&prefix, "install.cmd").0, 0);
    assert_eq!(service.stop(), win32::SUCCESS);
    service.reaches(State::Stopped);
    fs::write(&settings, "listen = 'nowhere'\n").unwrap();
    let (code, finished) = script(&prefix, "install.cmd");
    assert_eq!(code, 1, "{finished}");
    assert!(service.status().is_some());
}

/// Names and values with all that means something to cmd.exe, reg.exe and sc.exe, in letters of several code pages.
const HOSTILE: &str = r#"[[bin]]
name = "größe服务"
path = "src/main.rs"

[package.metadata.winsvc]
name = "größe dienst"
display-name = '服务 "q" %NOSUCH% !x! ^&|<>'
description = '检查文件 [x] {y} 100% "q" \ end\'
start = "manual"
account = "local-service"
dependencies = ["My!Dep", "+A %NOSUCH% ^&"]
arguments = ["a b", '"q"', '%NOSUCH%', '!y!', '^&|', 'C:\end\', "服务"]
environment = { T = 'C:\0data\01', U = '%NOSUCH% !x! ^& "q"' }

[package.metadata.winsvc.package]
product-name = "hello"
exe-folder = "my bin"
files = [{ source = "Cargo.toml", target = "conf/a & (b) ^ !x!.toml", keep = true }]"#;

#[test]
fn hostile_and_chinese_texts_are_registered_as_they_are() {
    let packages = Fixture::new("hello")
        .in_folder("zip/hostile")
        .manifest(HOSTILE)
        .package();
    let prefix = Windows::new();
    let service = prefix.service("größe dienst");
    // Without `&` and parentheses, with which cmd.exe does not take the path on its command line, and without `%`, in which
    // Wine's cmd.exe looks for variables once more.
    unpack(&packages.zip, &prefix.drive_c("my services/!x! größe"));
    let folder = r"C:\my services\!x! größe\hello-1.0.0-x64";
    let script = |name: &str, arguments: &[&str]| {
        let script = format!(r"{folder}\{name}");
        prefix.exit_code("cmd", &[&["/c", &script], arguments].concat())
    };
    let before = Snapshot::take(&prefix);

    let (code, finished) = script("install.cmd", &[]);
    assert_eq!(code, 0, "{finished}");
    assert_eq!(
        service.registration(),
        [
            "type=16",
            "start=3",
            "error-control=1",
            &format!(
                r#"image="{folder}\my bin\größe服务.exe" "a b" "\"q\"" "%NOSUCH%" !y! ^&| C:\end\ 服务"#
            ),
            r"account=NT AUTHORITY\LocalService",
            r#"display=服务 "q" %NOSUCH% !x! ^&|<>"#,
            r#"description=检查文件 [x] {y} 100% "q" \ end\"#,
        ]
    );
    let conf = prefix.drive_c("my services/!x! größe/hello-1.0.0-x64/conf");
    assert_eq!(
        fs::read(conf.join("a & (b) ^ !x!.toml")).unwrap(),
        fs::read(conf.join("a & (b) ^ !x!.toml.new")).unwrap()
    );
    fs::remove_file(conf.join("a & (b) ^ !x!.toml")).unwrap();
    let values = Registry::save(&prefix).values(r"System\CurrentControlSet\Services\größe dienst");
    for value in [
        r#"DependOnService=str(7):"My!Dep\0""#,
        r#"DependOnGroup=str(7):"A %NOSUCH% ^&\0""#,
        r#"Environment=str(7):"T=C:\\0data\\01\0U=%NOSUCH% !x! ^& \"q\"\0""#,
    ] {
        assert!(values.iter().any(|it| it == value), "{value}: {values:#?}");
    }

    let (code, finished) = script("uninstall.cmd", &["--purge"]);
    assert_eq!(code, 0, "{finished}");
    assert_eq!(service.status(), None);
    assert_eq!(before.difference(&Snapshot::take(&prefix)), Vec::<String>::new());
}

#[test]
fn a_program_without_verbs_gets_a_zip_without_scripts_and_is_told_so() {
    let fixture = Fixture::new("hello").in_folder("zip/no-verbs").replace(
        "Cargo.toml",
        "winsvc = { ",
        "winsvc = { default-features = false, features = [\"macros\", \"tokio\"], ",
    );
    let folder = tempfile::tempdir().unwrap();
    let out_dir = folder.path().to_str().unwrap();
    let finished = fixture.run("package", &["--quiet", "--out-dir", out_dir]).ok();
    assert_eq!(
        finished.stderr.lines().collect::<Vec<_>>(),
        [
            "warning: the zip has no install.cmd and no uninstall.cmd: the program has no verbs for them to call",
            "note: the MSI does not need them",
            "help: build the program with the feature `verbs` of winsvc, which is on by default",
        ]
    );
    let zip = folder.path().join("hello-1.0.0-x64.zip");
    let names: Vec<String> = by_7zip(&zip).into_keys().collect();
    assert_eq!(
        names,
        [
            "hello-1.0.0-x64/README.txt",
            "hello-1.0.0-x64/SHA256SUMS",
            "hello-1.0.0-x64/hello.exe"
        ]
    );
}
