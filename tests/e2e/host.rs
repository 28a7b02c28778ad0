//! A program that is not a service, packaged from one file: a batch file that runs an exe.

use std::collections::BTreeMap;
use std::fs;

use pelite::PeFile;
use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::paths::prepared;
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::{Event, Windows};

/// The control that begins new log files.
const ROTATE: u32 = 128;

/// The log files, the oldest first, without the times.
fn logs(windows: &Windows) -> Vec<Vec<String>> {
    let folder = windows.program_data().join("Acme/node-like/logs");
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let lines = |text: String| {
        let lines = text.lines();
        lines
            .map(|line| {
                line.split_once("  INFO ")
                    .map_or(line, |(_, line)| line)
                    .to_owned()
            })
            .collect()
    };
    files
        .iter()
        .map(|file| lines(fs::read_to_string(file).unwrap()))
        .collect()
}

/// Waits until the program has started this many times, and gives its log.
fn started(windows: &Windows, times: usize) -> Vec<Vec<String>> {
    until("the program's start", PATIENCE, || {
        let logs = logs(windows);
        let starts = logs
            .iter()
            .flatten()
            .filter(|line| line.contains("listening in mode"));
        if starts.count() == times {
            Ok(logs)
        } else {
            Err(logs)
        }
    })
}

/// The vendor's texts in the installed exe.
fn vendor(windows: &Windows) -> [String; 3] {
    let exe = fs::read(windows.drive_c("Program Files/Acme/node-like/node-like.exe")).unwrap();
    let resources = PeFile::from_bytes(&exe).unwrap().resources().unwrap();
    let version = resources.version_info().unwrap();
    let mut strings = BTreeMap::new();
    version.strings(version.translation()[0], |key, text| {
        strings.insert(key.to_owned(), text.to_owned());
    });
    ["CompanyName", "ProductName", "ProductVersion"].map(|key| strings[key].clone())
}

#[test]
fn a_foreign_program_is_installed_serves_restarts_and_stops_with_its_whole_tree() {
    let server = fs::read(prepared("foreign.exe")).unwrap();
    let packages = Fixture::new("node-like")
        .write("app/server.exe", &server)
        .package();
    let windows = Windows::new();
    let service = windows.service("node-like");
    // The harness has one of its own.
    let shells = windows.processes("cmd.exe");
    windows.install(&packages.msi, &["PORT=9182"]).ok();
    service.reaches(State::Running);

    assert_eq!(vendor(&windows), ["Acme", "node-like", "1.0.0"]);

    let log = started(&windows, 1).concat();
    assert_eq!(
        log[..3],
        [
            "stdout: argument --port=9182",
            "stdout: argument a b & c",
            "stdout: console yes, input empty"
        ]
    );
    assert!(
        log[3].starts_with("stdout: listening in mode production, process "),
        "{log:?}"
    );
    assert_eq!(windows.processes("server.exe").len(), 1);

    assert_eq!(service.control(ROTATE), win32::SUCCESS);
    fs::write(windows.program_data().join("Acme/node-like/data/crash"), "").unwrap();
    let log = started(&windows, 2);
    assert_eq!(log.len(), 2, "a new file since the control: {log:?}");
    assert_eq!(service.status().unwrap().state, State::Running);
    until("the event of the restart", PATIENCE, || {
        let events = windows.events();
        let is_restart = |event: &Event| matches!(event, Event::Warning(text) if text.starts_with("The program exited with code 7 after"));
        if events.iter().any(is_restart) {
            Ok(())
        } else {
            Err(events)
        }
    });

    assert_eq!(service.stop(), win32::SUCCESS);
    let status = service.reaches(State::Stopped);
    assert_eq!(status.win32, 0);
    assert_eq!(
        logs(&windows).concat().last().unwrap(),
        "stdout: stopped by Ctrl-C"
    );
    until("the end of all processes", PATIENCE, || {
        let left = ["node-like.exe", "server.exe", "cmd.exe"].map(|exe| windows.processes(exe));
        let expected = [Vec::new(), Vec::new(), shells.clone()];
        if left == expected { Ok(()) } else { Err(left) }
    });

    windows.uninstall(&packages.msi).ok();
    assert_eq!(service.status(), None);

    // The host dies: nothing of the program outlives it. Last, because Wine's SCM does not notice the end of a killed
    // service, which then cannot be stopped for its removal.
    windows.install(&packages.msi, &["PORT=9182"]).ok();
    service.reaches(State::Running);
    assert_eq!(windows.processes("server.exe").len(), 1);
    let _ = windows.run("taskkill", &["/f", "/im", "node-like.exe"]);
    until("the end of all processes", PATIENCE, || {
        let left = ["node-like.exe", "server.exe"].map(|exe| windows.processes(exe));
        if left == [Vec::<String>::new(), Vec::new()] {
            Ok(())
        } else {
            Err(left)
        }
    });
}
