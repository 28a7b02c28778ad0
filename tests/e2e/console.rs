//! The same program in a console: on this machine and in Windows, ended by a key or a signal.

use std::process::Command;
#[cfg(unix)]
use std::process::Stdio;

use winsvc_tests::deadline::{PATIENCE, until};
#[cfg(unix)]
use winsvc_tests::fixture::native;
use winsvc_tests::fixture::{Fixture, TARGET};
use winsvc_tests::paths::{build, prepared, to_windows};
use winsvc_tests::process::{Running, run};
use winsvc_tests::windows::Windows;

/// Starts hello, waits for its greeting, asks for its end, and sees it say goodbye.
fn ends_cleanly(hello: &mut Command, ask: impl FnOnce(&Running)) {
    let hello = Running::start(hello);
    until("hello's first line", PATIENCE, || {
        hello.stdout().contains("hello").then_some(()).ok_or(())
    });
    ask(&hello);
    let ended = hello.finish(PATIENCE).ok();
    assert_eq!(ended.lines(), ["hello from hello", "goodbye"], "{ended}");
}

#[cfg(unix)]
fn ends_cleanly_on(signal: &str) {
    ends_cleanly(native("hello").stdin(Stdio::null()), |hello| hello.signal(signal));
}

#[cfg(unix)]
#[test]
fn on_linux_it_ends_cleanly_on_ctrl_c() {
    ends_cleanly_on("INT");
}

#[cfg(unix)]
#[test]
fn on_linux_it_ends_cleanly_on_sigterm() {
    ends_cleanly_on("TERM");
}

#[test]
fn in_a_windows_console_it_ends_cleanly_on_ctrl_c() {
    let finished = Fixture::new("hello").run("build", &[]).ok();
    let exe = build().join("winsvc").join(TARGET).join("hello.exe");
    assert_eq!(finished.lines(), [exe.to_str().unwrap()]);
    let prefix = Windows::new();
    let mut hello = prefix.program(exe);
    // Wine raises CTRL_C_EVENT in a program that gets SIGINT.
    ends_cleanly(hello.env("WINSVC_CONSOLE", "1"), Running::interrupt);
}

#[test]
fn a_program_that_the_scm_did_not_start_runs_in_the_console_without_being_told() {
    let folder = tempfile::tempdir().unwrap();
    let _ = Fixture::new("hello")
        .run("build", &["--out-dir", folder.path().to_str().unwrap()])
        .ok();
    let windows = Windows::new();
    // The SCM says that it is no service: in microseconds, or in Wine after ten seconds.
    ends_cleanly(
        &mut windows.program(folder.path().join("hello.exe")),
        Running::interrupt,
    );
}

#[test]
fn who_double_clicks_on_the_exe_is_told_what_that_window_is() {
    let folder = tempfile::tempdir().unwrap();
    let program = "#[winsvc::main]\nfn main() {}\n";
    let _ = Fixture::new("hello")
        .in_folder("double-click")
        .write("src/main.rs", program)
        .run("build", &["--out-dir", folder.path().to_str().unwrap()])
        .ok();
    let exe = folder.path().join("hello.exe");
    let windows = Windows::new();
    let open = |how| {
        let mut probe = windows.program(prepared("probe.exe"));
        probe.arg(how).arg(to_windows(&exe)).env("WINSVC_CONSOLE", "1");
        run(&mut probe, PATIENCE).ok()
    };
    let clicked = open("window");
    assert_eq!(
        clicked.stderr.lines().collect::<Vec<_>>(),
        [
            "note: hello runs in this window, and ends with it",
            "note: to make it a service, run `hello.exe service install` at an administrator's prompt"
        ]
    );
    assert_eq!(open("run").stderr, "", "a terminal has other programs in it");
}
