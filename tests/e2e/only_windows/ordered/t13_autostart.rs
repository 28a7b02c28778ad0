//! Tasks of the Task Scheduler.

use std::path::Path;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

/// Tasks of each account, and one whose program runs until it is ended.
const TASKS: &str = r#"[[package.metadata.winsvc.autostart]]
name = "Acme worker"
program = "tray-service"
arguments = ["service", "run"]
at = "boot"
delay = "1h"
as = "system"

[[package.metadata.winsvc.autostart]]
name = "Acme window"
program = "tray"
at = "logon"
delay = "30s"
elevated = true
hidden = true
"#;

fn packages(version: &str, time: &str) -> Packages {
    Fixture::new("tray")
        .in_folder("only-windows/autostart")
        .version(version)
        .replace("Cargo.toml", "daily 02:00", time)
        .manifest(TASKS)
        .package()
}

/// Runs a command of PowerShell for a task, and gives the lines that it prints.
fn of_task(windows: &Windows, name: &str, command: &str) -> Vec<String> {
    let script = format!(
        "Get-ScheduledTask -TaskPath '\\Acme\\Acme agent\\' -TaskName '{name}' -ErrorAction SilentlyContinue | {command}"
    );
    let shown = windows
        .run(
            "powershell",
            &["-NoProfile", "-NonInteractive", "-Command", &script],
        )
        .ok();
    shown.lines().iter().map(|line| line.trim().to_owned()).collect()
}

const SHOW: &str = "ForEach-Object { $_.State; $_.Principal.UserId + $_.Principal.GroupId; $_.Principal.RunLevel; \
    $_.Settings.Hidden; $_.Settings.MultipleInstances; \
    [string]$_.Triggers[0].StartBoundary + $_.Triggers[0].Delay + $_.Triggers[0].RandomDelay; \
    $_.Actions[0].Arguments }";

fn state(windows: &Windows, name: &str) -> Option<String> {
    of_task(windows, name, "ForEach-Object { $_.State }")
        .first()
        .cloned()
}

#[test]
fn a_task_has_its_settings_follows_upgrades_and_leaves_with_the_product() {
    let (old, new) = (packages("1.0.0", "daily 02:00"), packages("1.1.0", "daily 03:30"));
    let windows = Windows::new();
    windows.install(&old.msi, &["LISTEN_PORT=9000"]).ok();
    windows.service("tray-service").reaches(State::Running);
    assert_eq!(
        of_task(&windows, "Acme updates", SHOW),
        [
            "Ready",
            "LOCAL SERVICE",
            "Limited",
            "False",
            "IgnoreNew",
            "2020-01-01T02:00:00PT3600S",
            "--look-for-updates --port=9000"
        ]
    );
    assert_eq!(
        of_task(&windows, "Acme window", SHOW)[..6],
        ["Ready", "Users", "Highest", "True", "Parallel", "PT30S"]
    );
    assert_eq!(
        of_task(&windows, "Acme worker", SHOW)[..3],
        ["Ready", "SYSTEM", "Limited"]
    );

    // An upgrade ends the program of a task, and keeps one disabled.
    of_task(&windows, "Acme worker", "Start-ScheduledTask");
    until("the worker runs", PATIENCE, || {
        match state(&windows, "Acme worker") {
            Some(state) if state == "Running" => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    of_task(&windows, "Acme updates", "Disable-ScheduledTask");
    windows.install(&new.msi, &[]).ok();
    assert_eq!(state(&windows, "Acme worker").as_deref(), Some("Ready"));
    let updates = of_task(&windows, "Acme updates", SHOW);
    assert_eq!(
        (updates[0].as_str(), updates[5].as_str()),
        ("Disabled", "2020-01-01T03:30:00PT3600S")
    );

    windows.uninstall(&new.msi).ok();
    for name in ["Acme updates", "Acme window", "Acme worker"] {
        assert_eq!(state(&windows, name), None, "{name}");
    }
    assert!(!Path::new(r"C:\Windows\System32\Tasks\Acme").exists());
}
