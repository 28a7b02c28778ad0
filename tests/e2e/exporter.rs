//! The exporter: everything that its installer has to do, from a table of some lines.

use std::fs;

use winsvc_tests::fixture::Fixture;
use winsvc_tests::http;
use winsvc_tests::residue::Snapshot;
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

/// The arguments that the exporter on this port was started with.
fn arguments(windows: &Windows, port: u16) -> Vec<String> {
    windows.service("exporter").reaches(State::Running);
    let body = http::answers(port, "/metrics").body;
    body.lines().map(str::to_owned).collect()
}

fn expected(port: u16, more: &[&str]) -> Vec<String> {
    let mut lines = vec![
        r"--config.file=C:\Program Files\exporter\config.toml".to_owned(),
        format!("--web.listen-address=127.0.0.1:{port}"),
        "--telemetry.path=/metrics".to_owned(),
        r"--collector.textfile.directories=C:\Program Files\exporter\textfile_inputs".to_owned(),
    ];
    lines.extend(more.iter().map(|line| (*line).to_owned()));
    lines
}

#[test]
fn it_is_installed_upgraded_repaired_changed_and_removed() {
    let old = Fixture::new("exporter").package();
    let new = Fixture::new("exporter")
        .version("1.1.0")
        .replace("etc/config.toml", "memory", "disk")
        .package();
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    let [port, other] = [http::free_port(), http::free_port()];
    let web = windows.drive_c("web.toml");
    fs::write(&web, "users = []\n").unwrap();
    let set = |port: u16| format!("LISTEN_PORT={port}");

    windows
        .install(
            &old.msi,
            &[
                &set(port),
                "LISTEN_ADDR=127.0.0.1",
                "ENABLED_COLLECTORS=cpu,memory",
                "EXTRA_FLAGS=--log.format json",
                r"WEB_CONFIG=C:\web.toml",
                "PROFILING=yes",
            ],
        )
        .ok();
    let flags = [
        "--collectors.enabled=cpu,memory",
        "--debug.enabled",
        "--log.format",
        "json",
    ];
    assert_eq!(arguments(&windows, port), expected(port, &flags));
    let installed = |name: &str| windows.drive_c("Program Files/exporter").join(name);
    assert!(installed("textfile_inputs").is_dir());
    let copy = windows.drive_c("ProgramData/Acme/Acme exporter/web.toml");
    assert_eq!(fs::read_to_string(&copy).unwrap(), "users = []\n");

    // The administrator's configuration and what was said at the installation survive an upgrade.
    fs::write(installed("config.toml"), "collectors = []\n").unwrap();
    windows.install(&new.msi, &[]).ok();
    assert_eq!(arguments(&windows, port), expected(port, &flags));
    assert_eq!(
        fs::read_to_string(installed("config.toml")).unwrap(),
        "collectors = []\n"
    );
    let default = fs::read_to_string(installed("config.toml.new")).unwrap();
    assert!(default.contains("disk"), "{default}");

    // A repair brings back what is missing, and changes nothing else.
    fs::remove_file(installed("config.toml.new")).unwrap();
    windows
        .install(&new.msi, &["REINSTALL=ALL", "REINSTALLMODE=amus"])
        .ok();
    assert_eq!(arguments(&windows, port), expected(port, &flags));
    assert!(installed("config.toml.new").is_file());

    // A second run with another port. Wine does not change the command line of a service that exists.
    windows.install(&new.msi, &[&set(other)]).ok();
    if cfg!(unix) {
        let exe = r"C:\Program Files\exporter\exporter.exe";
        for verb in ["install", "restart"] {
            let (code, output) = windows.exit_code(exe, &["service", verb]);
            assert_eq!(code, 0, "{output}");
        }
    }
    assert_eq!(arguments(&windows, other), expected(other, &flags));

    windows.purge(&new.msi).ok();
    fs::remove_file(&web).unwrap();
    // The kept file is the administrator's.
    fs::remove_file(installed("config.toml")).unwrap();
    fs::remove_dir(installed("")).unwrap();
    let mut difference = before.difference(&Snapshot::take(&windows));
    // Its component is permanent.
    difference.retain(|line| !line.contains(r"UserData\S-1-5-18\Components"));
    assert_eq!(difference, Vec::<String>::new());
}
