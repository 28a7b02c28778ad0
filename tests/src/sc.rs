//! The program that writes down what it is told (`windows/sc-recorder.c`), in the place of Wine's sc.exe and netsh.exe, which
//! do nothing of it.

use std::fs;

use crate::paths::prepared;
use crate::windows::Windows;

/// The program in whose place the other one is.
const SC: &str = "sc";

/// Puts it in the place of sc.exe.
///
/// # Panics
///
/// When it cannot be put there.
pub fn listen(windows: &Windows) {
    listen_as(windows, SC);
}

/// Puts it in the place of another program of the system folder, which is named without its ending.
///
/// # Panics
///
/// When it cannot be put there.
pub fn listen_as(windows: &Windows, program: &str) {
    take_away_program(windows, program);
    fs::copy(prepared("sc-recorder.exe"), windows.drive_c(&path(program))).expect("a copy of the recorder");
}

/// Leaves nothing in the place of Wine's sc.exe that could be run.
///
/// # Panics
///
/// When Wine's cannot be taken away.
pub fn take_away(windows: &Windows) {
    take_away_program(windows, SC);
}

/// Leaves nothing in the place of a program of Wine's that could be run.
///
/// # Panics
///
/// When Wine's cannot be taken away.
pub fn take_away_program(windows: &Windows, program: &str) {
    // It is a link to a file of all prefixes.
    fs::remove_file(windows.drive_c(&path(program))).expect("Wine's program");
    // Else Wine takes its own, whatever the file is.
    let key = r"HKCU\Software\Wine\DllOverrides";
    let file = format!("{program}.exe");
    let _ = windows
        .run("reg", &["add", key, "/v", &file, "/d", "native"])
        .ok();
}

/// What sc.exe was told since it was asked last: a line a run, each argument between `<>`, and behind them the state of the
/// service at that time, 0 where there is none.
pub fn told(windows: &Windows) -> Vec<String> {
    told_to(windows, SC)
}

/// What another program was told since it was asked last, as [`told`].
pub fn told_to(windows: &Windows, program: &str) -> Vec<String> {
    let path = windows.drive_c(&format!("{program}.txt"));
    let text = fs::read_to_string(&path).unwrap_or_default();
    let _ = fs::remove_file(path);
    text.lines().map(str::to_owned).collect()
}

fn path(program: &str) -> String {
    format!("windows/system32/{program}.exe")
}
