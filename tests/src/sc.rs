//! The sc.exe that writes down what it is told, in the place of Wine's, which does nothing of it (`windows/sc-recorder.c`).

use std::fs;

use crate::paths::prepared;
use crate::windows::Windows;

const SC: &str = "windows/system32/sc.exe";

/// Puts it there.
///
/// # Panics
///
/// When it cannot be put there.
pub fn listen(windows: &Windows) {
    take_away(windows);
    fs::copy(prepared("sc-recorder.exe"), windows.drive_c(SC)).expect("a copy of the recorder");
}

/// Leaves nothing in the place of Wine's that could be run.
///
/// # Panics
///
/// When Wine's cannot be taken away.
pub fn take_away(windows: &Windows) {
    // It is a link to a file of all prefixes.
    fs::remove_file(windows.drive_c(SC)).expect("Wine's sc.exe");
    // Else Wine takes its own, whatever the file is.
    let key = r"HKCU\Software\Wine\DllOverrides";
    let _ = windows
        .run("reg", &["add", key, "/v", "sc.exe", "/d", "native"])
        .ok();
}

/// What sc.exe was told since it was asked last: a line a run, each argument between `<>`, and behind them the state of the
/// service at that time, 0 where there is none.
pub fn told(windows: &Windows) -> Vec<String> {
    let path = windows.drive_c("sc.txt");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let _ = fs::remove_file(path);
    text.lines().map(str::to_owned).collect()
}
