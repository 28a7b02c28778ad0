//! What Wine has not, and only a Windows can show.
#![cfg(windows)]

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::http;
use winsvc_tests::installer::Installed;
use winsvc_tests::paths::prepared;
use winsvc_tests::residue::Registry;
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::{Record, Windows};

const KEY: &str = r"System\CurrentControlSet\Services\hello";

/// The exe where its MSI installs it.
const EXE: &str = r"C:\Program Files\hello\hello.exe";

/// Ends with an error when it is told 200, and writes down its surroundings before.
const PROGRAM: &str = r#"
use winsvc::Control;

#[winsvc::main]
async fn main(service: winsvc::Service) -> std::io::Result<()> {
    let mut controls = service.controls().custom(200..=200);
    service.progress(&std::env::var("GREETING").unwrap_or_default());
    service.ready();
    match controls.next().await {
        Some(Control::Custom(..)) => Err(std::io::Error::from_raw_os_error(10048)),
        _ => Ok(()),
    }
}
"#;

fn packages(folder: &str, table: &str) -> Packages {
    Fixture::new("hello")
        .in_folder(&format!("only-windows/{folder}"))
        .write("src/main.rs", PROGRAM)
        .manifest(table)
        .package()
}

/// Waits for a record of the service control manager with this number, whose first string is a service's display name.
fn scm_tells(windows: &Windows, number: u32, name: &str) {
    until(&format!("event {number} of {name}"), PATIENCE, || {
        let records = windows.scm_records();
        let is_it = |record: &Record| {
            record.number == number && record.strings.first().is_some_and(|first| first == name)
        };
        if records.iter().any(is_it) {
            Ok(())
        } else {
            Err(records)
        }
    });
}

#[test]
fn the_settings_that_the_msi_makes_are_those_of_the_definition() {
    let packages = packages(
        "settings",
        "[package.metadata.winsvc]\nstart = \"delayed\"\npreshutdown-timeout = \"45s\"\n\
         [[package.metadata.winsvc.triggers]]\non = \"named-pipe\"\npipe = \"winsvc hello\"\n\
         [[package.metadata.winsvc.triggers]]\non = \"domain-leave\"\naction = \"stop\"",
    );
    let windows = Windows::new();
    windows.install(&packages.msi, &[]).ok();
    assert_eq!(
        windows.service("hello").settings(),
        [
            "delayed=1",
            "failure-flag=1",
            "sid-type=1",
            "preshutdown=45000",
            "reset-period=86400",
            // SC_ACTION_RESTART
            "failure-action=1 delay=5000",
            "failure-action=1 delay=30000",
            "failure-action=1 delay=60000",
            // SERVICE_TRIGGER_TYPE_NETWORK_ENDPOINT, _DOMAIN_JOIN
            "trigger=6 action=1 items=1",
            "trigger=3 action=2 items=0",
        ]
    );
}

#[test]
fn the_environment_outlives_the_creation_of_the_service_and_reaches_its_process() {
    let packages = packages(
        "environment",
        "[package.metadata.winsvc]\nenvironment = { GREETING = \"good day\" }",
    );
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&packages.msi, &[]).ok();
    service.reaches(State::Running);
    let environment = r#"Environment=str(7):"GREETING=good day\0""#.to_owned();
    let values = Registry::save(&windows).values(KEY);
    assert!(values.contains(&environment), "{values:#?}");
    until("the greeting", PATIENCE, || {
        let records = windows.records();
        let greets = |record: &Record| record.number == 12 && record.text.trim_end() == "good day";
        if records.iter().any(greets) {
            Ok(())
        } else {
            Err(records)
        }
    });
}

#[test]
fn the_scm_records_a_failure_with_its_code_and_recovers_the_service() {
    let packages = packages("recovery", "");
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&packages.msi, &[]).ok();
    let first = service.reaches(State::Running);
    let recovery = ["failure", "hello", "reset=", "60", "actions=", "restart/100"];
    let _ = windows.run("sc", &recovery).ok();

    // The SCM hands the service's own answer on: the control was taken.
    assert_eq!(service.control(200), win32::SUCCESS);
    // "The … service terminated with the following error"
    scm_tells(&windows, 7023, "hello");
    until("another process", PATIENCE, || match service.status() {
        Some(status) if status.state == State::Running && status.pid != first.pid => Ok(()),
        other => Err(other),
    });
}

#[test]
fn a_failed_upgrade_brings_the_old_version_back() {
    let port = http::free_port();
    let old = Fixture::http_api(port).package();
    let listener = "    let listener = TcpListener::bind";
    let fails = format!("    anyhow::ensure!(config.listen.port() == 0, \"no\");\n{listener}");
    let new = Fixture::http_api(port)
        .in_folder("only-windows/upgrade")
        .version("1.1.0")
        .replace("src/main.rs", listener, &fails)
        .package();
    let windows = Windows::new();
    let service = windows.service("http-api");
    windows.install(&old.msi, &[]).ok();
    let settings = service.settings();

    windows.install(&new.msi, &[]).ends_with(win32::INSTALL_FAILURE);
    service.reaches(State::Running);
    assert_eq!(service.settings(), settings);
    let version = http::answers(port, "/version").body;
    assert!(version.starts_with(r#"{"version":"1.0.0""#), "{version}");
    let [name, version, publisher] = ["winsvc HTTP API", "1.0.0", "winsvc"].map(str::to_owned);
    let installed = Installed {
        name,
        version,
        publisher,
    };
    assert_eq!(windows.installed(), [installed]);
}

#[test]
fn a_stop_that_running_dependents_forbid_names_them() {
    let packages = packages("dependents", "");
    let windows = Windows::new();
    windows.install(&packages.msi, &[]).ok();
    windows.service("hello").reaches(State::Running);
    let dependent = windows.service("plain");
    let exe = prepared("service.exe");
    let create = [
        "create",
        "plain",
        "binPath=",
        exe.to_str().unwrap(),
        "depend=",
        "hello",
    ];
    let _ = windows.run("sc", &create).ok();
    assert_eq!(dependent.start(), win32::SUCCESS);
    dependent.reaches(State::Running);

    let stop = windows.run(EXE, &["service", "stop"]);
    assert_eq!(stop.status.code(), Some(1), "{stop}");
    let first = stop.stderr.lines().next().unwrap_or_default();
    assert_eq!(
        first,
        "error: cannot stop the service \"hello\": services that depend on it are running: \"plain\""
    );
    assert_eq!(dependent.stop(), win32::SUCCESS);
    dependent.reaches(State::Stopped);
    assert_eq!(
        windows.run(EXE, &["service", "stop"]).ok().lines(),
        ["The service \"hello\" has stopped."]
    );
}
