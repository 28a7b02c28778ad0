//! Safe functions for calls of the operating system: the only unsafe code of the library.
//!
//! This module decides nothing. What Windows and Unix share has the same name in both.
#![allow(
    unsafe_code,
    reason = "calls of the operating system; the rest of the crate is free of it"
)]

#[cfg(windows)]
mod account;
#[cfg(feature = "child")]
mod child;
#[cfg(all(windows, feature = "tracing"))]
mod console;
#[cfg(windows)]
mod event_log;
#[cfg(all(windows, feature = "verbs"))]
mod event_log_reader;
#[cfg(all(windows, feature = "verbs"))]
mod folder;
#[cfg(all(windows, feature = "update"))]
mod installer_database;
#[cfg(windows)]
#[cfg_attr(
    not(feature = "child"),
    allow(dead_code, reason = "the service's own limits need less than a child")
)]
mod job;
#[cfg(windows)]
mod library;
#[cfg(unix)]
mod limits;
#[cfg(all(windows, feature = "verbs"))]
mod local_machine;
#[cfg(all(windows, feature = "verbs"))]
mod logon;
#[cfg(feature = "verbs")]
#[cfg_attr(
    not(windows),
    allow(dead_code, reason = "tested on every host, used on Windows")
)]
pub(crate) mod machine;
#[cfg(windows)]
mod notification;
#[cfg(windows)]
mod owner;
#[cfg(all(windows, feature = "verbs"))]
mod parent;
#[cfg(all(windows, feature = "pipe"))]
mod pipe;
#[cfg(all(windows, feature = "verbs"))]
mod process;
#[cfg(windows)]
mod process_exit;
#[cfg(all(windows, feature = "verbs"))]
mod registry;
#[cfg(windows)]
mod security;
#[cfg(all(windows, feature = "verbs"))]
mod service_handle;
#[cfg(all(any(windows, test), feature = "verbs"))]
#[cfg_attr(
    not(windows),
    allow(dead_code, reason = "tested on every host, used on Windows")
)]
mod service_levels;
#[cfg(windows)]
mod shutdown;
#[cfg(all(windows, feature = "update"))]
mod signature;
#[cfg(all(windows, feature = "verbs"))]
mod status_page;
#[cfg(feature = "verbs")]
mod status_text;
#[cfg(all(windows, feature = "log-files"))]
mod std_output;
#[cfg(all(windows, feature = "verbs"))]
mod task_scheduler;
#[cfg(unix)]
mod unix;
#[cfg(all(unix, feature = "update"))]
mod update_unix;
#[cfg(all(windows, feature = "update"))]
mod update_windows;
#[cfg(any(windows, all(test, feature = "verbs")))]
#[cfg_attr(
    any(not(windows), not(feature = "verbs")),
    allow(dead_code, reason = "the verbs need all of it, on Windows")
)]
mod wide;
#[cfg(windows)]
mod windows;
#[cfg(all(windows, feature = "update"))]
mod winhttp;

#[cfg(windows)]
pub(crate) use account::own_account;
#[cfg(all(windows, feature = "child"))]
pub(crate) use child::send_if_asked;
#[cfg(feature = "child")]
pub(crate) use child::{
    Event, Options, Process, SendFailure, Session, SessionFailure, SpawnFailure, Streams, spawn,
};
#[cfg(feature = "child")]
pub use child::{Priority, Tree};
#[cfg(all(windows, feature = "tracing"))]
pub(crate) use console::enable_colours;
#[cfg(windows)]
pub(crate) use event_log::EventSource;
#[cfg(all(windows, feature = "update"))]
pub(crate) use installer_database::installed_package;
#[cfg(windows)]
pub(crate) use job::limit_this_process;
#[cfg(unix)]
pub(crate) use limits::limit_this_process;
#[cfg(all(windows, feature = "verbs"))]
pub(crate) use local_machine::LocalMachine;
#[cfg(windows)]
pub(crate) use owner::{access_list, create_folder, open_itself, open_to_look_at, owner, place};
#[cfg(all(windows, feature = "verbs"))]
pub(crate) use parent::{Parent, parent};
#[cfg(all(windows, feature = "pipe"))]
pub(crate) use pipe::{client, create_pipe, own_owners, own_sid, server, sid_by_name};
#[cfg(all(windows, feature = "verbs"))]
pub(crate) use process::replace_by;
#[cfg(all(windows, feature = "update"))]
pub(crate) use process::{OpenedProcess, start_detached};
#[cfg(windows)]
pub(crate) use process_exit::on_process_exit;
#[cfg(windows)]
pub(crate) use shutdown::{registered_preshutdown_timeout, wait_to_kill_service_timeout};
#[cfg(all(windows, feature = "update"))]
pub(crate) use signature::signer;
#[cfg(all(windows, feature = "verbs"))]
pub(crate) use status_page::create_status_page;
#[cfg(all(windows, feature = "verbs"))]
pub(crate) use status_text::StatusPage;
#[cfg(all(windows, feature = "log-files"))]
pub(crate) use std_output::{pipe, print_to};
#[cfg(all(unix, feature = "tracing"))]
pub(crate) use unix::enable_colours;
#[cfg(target_os = "linux")]
pub(crate) use unix::monotonic_time;
#[cfg(all(unix, feature = "verbs"))]
pub(crate) use unix::replace_by;
#[cfg(unix)]
pub(crate) use unix::{end_by, is_root, kill_process, on_hangup, on_terminal_signal, resource};
#[cfg(all(unix, feature = "pipe"))]
pub(crate) use unix::{own_user_id, user_by_id, user_by_name};
#[cfg(all(unix, feature = "update"))]
pub(crate) use update_unix::{
    cancel_rename_at_boot, local_minute, lock_file, rename_at_boot, rename_durably,
};
#[cfg(all(windows, feature = "update"))]
pub(crate) use update_windows::{
    cancel_rename_at_boot, local_minute, lock_file, rename_at_boot, rename_durably, resources_of,
};
#[cfg(windows)]
pub(crate) use windows::{
    StatusHandle, dispatch, end_by, has_console_of_its_own, kill_process, on_terminal_signal,
    register_control_handler, resource,
};

#[cfg(all(windows, feature = "update"))]
pub(crate) use winhttp::{HttpRequest, http_get};

use std::fmt;

use crate::control::Guid;

/// Events that Windows sends only to processes that have registered for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notification {
    /// Changes of a power setting.
    PowerSetting(Guid),
    /// The arrival and removal of devices with this interface.
    Devices(Guid),
}

impl fmt::Display for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PowerSetting(setting) => write!(f, "changes of the power setting {setting}"),
            Self::Devices(class) => write!(f, "events of the devices {class}"),
        }
    }
}

/// The owner of a file.
#[cfg_attr(
    not(windows),
    allow(dead_code, reason = "tested on every host, used on Windows")
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// The security identifier, such as `S-1-5-32-544`.
    pub(crate) sid: String,
    /// `DOMAIN\name`, if the machine knows the account.
    pub(crate) name: Option<String>,
}

/// A standard output stream.
#[cfg(feature = "log-files")]
#[cfg_attr(
    not(windows),
    allow(dead_code, reason = "only Windows has services without streams")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// A signal of a terminal or an init system that asks the program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TerminalSignal {
    /// SIGINT, Ctrl-C, Ctrl-Break.
    Interrupt,
    /// SIGTERM.
    #[cfg_attr(windows, allow(dead_code, reason = "Windows has no such signal"))]
    Terminate,
    /// SIGHUP, for a program that has registered for it.
    #[cfg_attr(windows, allow(dead_code, reason = "Windows has no such signal"))]
    Hangup,
    /// The console window closes, or the user logs off.
    #[cfg_attr(unix, allow(dead_code, reason = "SIGHUP is no end"))]
    Close,
}
