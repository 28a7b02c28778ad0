//! A binary that is not a service, in a Rust project: the tool builds the host, and both are installed.

use std::fs;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

/// What the program has printed since the installation, without the times.
fn log(windows: &Windows) -> Vec<String> {
    let folder = windows.program_data().join("Acme/hosted/logs");
    let files = fs::read_dir(folder).into_iter().flatten();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let lines = texts.collect::<String>();
    let lines = lines
        .lines()
        .map(|line| line.rsplit("stdout: ").next().unwrap().to_owned());
    lines.collect()
}

#[test]
fn the_package_s_own_binary_runs_under_a_host_that_the_tool_builds() {
    let packages = Fixture::new("hosted").package();
    let windows = Windows::new();
    let service = windows.service("hosted");
    windows.install(&packages.msi, &["GREETING=good day"]).ok();
    service.reaches(State::Running);
    let log = until("the program's lines", PATIENCE, || match log(&windows) {
        log if log.len() < 2 => Err(log),
        log => Ok(log),
    });
    assert_eq!(log, ["--greeting=good day", "ready"]);
    let exes = ["hosted.exe", "hosted-service.exe"];
    for exe in exes {
        assert_eq!(windows.processes(exe).len(), 1, "{exe}");
    }
    let status = windows.run(
        r"C:\Program Files\Acme\hosted\hosted-service.exe",
        &["service", "status"],
    );
    assert!(
        status
            .ok()
            .stdout
            .starts_with("The service \"hosted\" is running")
    );
    assert_eq!(service.stop(), win32::SUCCESS);
    assert_eq!(service.reaches(State::Stopped).win32, 0);
    until("the end of both", PATIENCE, || {
        let left = exes.map(|exe| windows.processes(exe));
        if left.concat().is_empty() {
            Ok(())
        } else {
            Err(left)
        }
    });
    windows.uninstall(&packages.msi).ok();
    assert_eq!(service.status(), None);
    assert!(!windows.drive_c("Program Files/Acme").exists());
}
