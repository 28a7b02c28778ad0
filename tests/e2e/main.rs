//! The end-to-end tests: real packages, built by the tool, installed and run in a Windows.
//!
//! They are one program, so that while one test waits for its Windows, a test of another module works.

mod arguments;
mod bad_input;
#[cfg(unix)]
mod commands;
mod console;
mod controls;
#[cfg(unix)]
mod dialogs;
mod disk;
mod event_log;
mod faults;
mod files;
mod folders;
#[cfg(unix)]
mod guide;
mod http_api;
mod install;
mod lab;
mod lowest;
mod machine;
mod names;
mod package;
mod pipeline;
#[cfg(unix)]
mod readme;
mod recipes;
mod repeat;
#[cfg(unix)]
mod resources;
mod settings;
mod soak;
mod suite;
mod upgrade;
mod verbs;
#[cfg(unix)]
mod wine;
mod zip;
