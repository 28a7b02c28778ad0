//! The tray: a service with a program that Windows starts when a user logs on, and a task, from the installation to the
//! removal. Wine's Task Scheduler keeps tasks and starts none.

use std::fs;
use std::path::PathBuf;

use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::package::unpack;
use winsvc_tests::residue::{Registry, Snapshot};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

const RUN: &str = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run";
const FOLDER: &str = r"C:\Program Files\Acme\Acme agent\";
const TASK: &str = "Acme/Acme agent/Acme updates";

fn tray() -> Fixture {
    Fixture::new("tray")
}

/// A version with another argument, another task, and without the old one.
fn next() -> Packages {
    tray()
        .version("1.1.0")
        .replace(
            "Cargo.toml",
            r#"["--port={LISTEN_PORT}"]"#,
            r#"["--port={LISTEN_PORT}", "--quiet"]"#,
        )
        .replace("Cargo.toml", "\"Acme updates\"", "\"Acme news\"")
        .package()
}

/// The command line in the Run key.
fn run_value(windows: &Windows) -> Option<String> {
    run_value_of(windows, "Acme tray")
}

fn run_value_of(windows: &Windows, name: &str) -> Option<String> {
    Registry::save(windows).text(RUN, name)
}

/// The definition of a task, as Wine stores it: without its trigger, its account and its command.
fn task(windows: &Windows, path: &str) -> Option<String> {
    fs::read_to_string(task_file(windows, path)).ok()
}

fn task_file(windows: &Windows, path: &str) -> PathBuf {
    windows.drive_c("windows/system32/tasks").join(path)
}

fn command_line(folder: &str, arguments: &str) -> String {
    format!("\"{folder}tray.exe\" {arguments}")
}

#[test]
fn an_entry_follows_a_second_run_and_upgrades_and_leaves_with_the_product() {
    let (old, new) = (tray().package(), next());
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    windows.install(&old.msi, &["LISTEN_PORT=9000"]).ok();
    windows.service("tray-service").reaches(State::Running);
    let line = command_line(FOLDER, "\"--port=9000\"");
    assert_eq!(run_value(&windows), Some(line.clone()));
    let xml = task(&windows, TASK).unwrap();
    for element in [
        r"<URI>\Acme\Acme agent\Acme updates</URI>",
        "<Priority>5</Priority>",
        "<Enabled>true</Enabled>",
    ] {
        assert!(xml.contains(element), "{element}: {xml}");
    }

    // A second run with another value.
    windows.install(&old.msi, &["LISTEN_PORT=9001"]).ok();
    assert_eq!(run_value(&windows), Some(command_line(FOLDER, "\"--port=9001\"")));

    windows.install(&new.msi, &[]).ok();
    assert_eq!(
        run_value(&windows),
        Some(command_line(FOLDER, "\"--port=9001\" --quiet"))
    );
    assert_eq!(task(&windows, TASK), None);
    assert!(task(&windows, &TASK.replace("updates", "news")).is_some());
    windows.uninstall(&new.msi).ok();
    let mut difference = before.difference(&Snapshot::take(&windows));
    difference.retain(|line| !is_of_windows(line));
    assert_eq!(difference, Vec::<String>::new());
}

/// Wine starts its Task Scheduler at each boot once a program has connected to it, and Windows Installer removes a key with
/// its last value.
fn is_of_windows(line: &str) -> bool {
    line.contains(r"Services\Schedule\\Start") || line == format!("- {RUN}: ")
}

#[test]
fn an_installation_that_fails_takes_its_value_of_the_run_key_back() {
    let packages = tray()
        .write(
            "src/main.rs",
            "#[winsvc::main]\nasync fn main(_: winsvc::Starting) -> Result<(), &'static str> { Err(\"no\") }",
        )
        .package();
    let windows = Windows::new();
    windows
        .install(&packages.msi, &[])
        .ends_with(win32::ACTION_FAILED);
    // The task stays: Wine removes the program before it would run the command.
    assert_eq!(run_value(&windows), None);
}

#[test]
fn the_exe_s_own_commands_and_the_zip_s_scripts_do_the_same() {
    let (old, new) = (tray().package(), next());
    let windows = Windows::new();
    let folder = |version: &str| format!(r"C:\my services\tray-{version}-x64\");
    for packages in [&old, &new] {
        unpack(&packages.zip, &windows.drive_c("my services"));
    }
    let script = |version: &str, name: &str| {
        let script = format!("{}{name}.cmd", folder(version));
        let (code, finished) = windows.exit_code("cmd", &["/c", &script]);
        assert_eq!(code, 0, "{finished}");
        finished.stdout
    };
    let installed = script("1.0.0", "install");
    assert!(
        installed.contains("autostart             Acme tray"),
        "{installed}"
    );
    assert_eq!(
        run_value(&windows),
        Some(command_line(&folder("1.0.0"), "--port=8080"))
    );
    // As an administrator disables it.
    let disabled = "<Enabled>false</Enabled>";
    let xml = task(&windows, TASK)
        .unwrap()
        .replace("<Enabled>true</Enabled>", disabled);
    fs::write(task_file(&windows, TASK), xml).unwrap();
    script("1.0.0", "install");
    let xml = task(&windows, TASK).unwrap();
    assert!(xml.contains(disabled), "{xml}");

    let exe = format!("{}tray-service.exe", folder("1.1.0"));
    let changed = windows
        .run(&exe, &["service", "install", "--set", "LISTEN_PORT=9002"])
        .ok();
    assert!(
        changed.stdout.contains("autostart removed     Acme updates"),
        "{changed}"
    );
    assert_eq!(
        run_value(&windows),
        Some(command_line(&folder("1.1.0"), "--port=9002 --quiet"))
    );
    assert_eq!(task(&windows, TASK), None);
    assert!(task(&windows, &TASK.replace("updates", "news")).is_some());

    script("1.1.0", "uninstall");
    assert_eq!(run_value(&windows), None);
    assert!(!windows.drive_c("windows/system32/tasks/Acme").exists());
}

#[test]
fn a_product_without_a_service_is_installed_registered_and_removed() {
    const NEWS: &str = "Acme/desktop/Acme news";
    let packages = Fixture::new("desktop").package();
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    windows.install(&packages.msi, &["LISTEN_PORT=9000"]).ok();
    let value = |windows: &Windows| run_value_of(windows, "Acme desktop");
    let exe = r"C:\Program Files\Acme\desktop\desktop.exe";
    assert_eq!(value(&windows), Some(format!("\"{exe}\" \"--port=9000\"")));
    assert!(task(&windows, NEWS).is_some());
    let command = |command: &str| windows.run(exe, &["autostart", command]).ok().stdout;
    let status = command("status");
    assert!(
        status.ends_with("  registered            Acme desktop\n  registered            Acme news\n"),
        "{status}"
    );
    windows.uninstall(&packages.msi).ok();
    let mut difference = before.difference(&Snapshot::take(&windows));
    difference.retain(|line| !is_of_windows(line));
    assert_eq!(difference, Vec::<String>::new());

    // The zip.
    unpack(&packages.zip, &windows.drive_c("my services"));
    let folder = r"C:\my services\desktop-1.0.0-x64\";
    let script = |line: &[&str]| {
        let words = [&["/c"], line].concat();
        windows.exit_code("cmd", &words).0
    };
    let (install, uninstall) = (format!("{folder}install.cmd"), format!("{folder}uninstall.cmd"));
    assert_eq!(script(&[&install, "--set", "LISTEN_PORT=9001"]), 0);
    // A second run keeps the value.
    assert_eq!(script(&[&install]), 0);
    assert_eq!(
        value(&windows),
        Some(format!("\"{folder}desktop.exe\" --port=9001"))
    );
    assert!(task(&windows, NEWS).is_some());
    assert_eq!(script(&[&uninstall]), 0);
    assert_eq!((value(&windows), task(&windows, NEWS)), (None, None));
    let exe = format!("{folder}desktop.exe");
    let (code, _) = windows.exit_code(&exe, &["autostart", "status"]);
    assert_eq!(code, 4);
    let mut difference = before.difference(&Snapshot::take(&windows));
    // The commands leave the product's own key, empty, as those of a service do.
    let is_key = |line: &str| line == r"+ HKLM\Software\Acme\desktop: ";
    difference.retain(|line| !is_of_windows(line) && !is_key(line) && !line.contains("my services"));
    assert_eq!(difference, Vec::<String>::new());
}
