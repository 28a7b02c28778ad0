//! The operating system's calls behind safe functions: the only unsafe code of the library.
//!
//! Nothing here decides anything. What Windows and Unix share has one name in both files.
#![allow(
    unsafe_code,
    reason = "calls of the operating system; the rest of the crate is free of it"
)]

#[cfg(all(windows, feature = "verbs"))]
mod local_machine;
#[cfg(all(windows, feature = "verbs"))]
mod process;
#[cfg(all(windows, feature = "verbs"))]
mod registry;
#[cfg(unix)]
mod unix;
#[cfg(all(windows, feature = "verbs"))]
mod wide;
#[cfg(windows)]
mod windows;

#[cfg(all(windows, feature = "verbs"))]
pub(crate) use local_machine::LocalMachine;
#[cfg(all(windows, feature = "verbs"))]
pub(crate) use process::replace_by;
#[cfg(all(unix, feature = "verbs"))]
pub(crate) use unix::replace_by;
#[cfg(unix)]
pub(crate) use unix::{end_by, on_terminal_signal, resource};
#[cfg(windows)]
pub(crate) use windows::{
    StatusHandle, dispatch, end_by, on_terminal_signal, register_control_handler, resource,
};

/// What a terminal or an init system sends to a program that it wants to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TerminalSignal {
    /// SIGINT, Ctrl-C, Ctrl-Break.
    Interrupt,
    /// SIGTERM.
    #[cfg_attr(windows, allow(dead_code, reason = "Windows has no such signal"))]
    Terminate,
    /// The console window closes, the user logs off.
    #[cfg_attr(unix, allow(dead_code, reason = "SIGHUP keeps its meaning"))]
    Close,
}
