//! The colours of the console.

use std::io;
use std::os::windows::io::AsRawHandle as _;

use windows_sys::Win32::System::Console::{
    ENABLE_VIRTUAL_TERMINAL_PROCESSING, GetConsoleMode, SetConsoleMode,
};

use super::windows::check;

/// Enables escape sequences for colours in the console of stderr; `false` if there is no console, or an old one.
pub(crate) fn enable_colours() -> bool {
    let stderr = io::stderr();
    let console = stderr.as_raw_handle();
    let mut mode = 0;
    // SAFETY: stderr is a handle or null; the mode is written before the call returns.
    let known = check(unsafe { GetConsoleMode(console, &raw mut mode) });
    // SAFETY: as above.
    let set = || check(unsafe { SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) });
    known.and_then(|()| set()).is_ok()
}
