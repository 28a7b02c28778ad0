//! The end-to-end tests: real packages, built by the tool, installed and run in a Windows.
//!
//! They are one program, so that while one test waits for its Windows, a test of another module works.

#[cfg(unix)]
mod architectures;
mod arguments;
mod autostart;
mod bad_input;
mod channels;
mod children;
#[cfg(unix)]
mod commands;
mod console;
mod controls;
#[cfg(unix)]
mod dialogs;
mod disk;
#[cfg(unix)]
mod dlls;
#[cfg(unix)]
mod doctor;
mod event_log;
mod exporter;
mod faults;
mod features;
mod files;
#[cfg(unix)]
mod firewall;
mod folders;
#[cfg(unix)]
mod gateway;
#[cfg(unix)]
mod guide;
mod host;
mod hosted;
mod http_api;
mod init;
mod install;
mod lab;
#[cfg(unix)]
mod large;
mod lowest;
mod machine;
mod names;
#[cfg(unix)]
mod own_commands;
mod package;
mod pipe;
mod pipeline;
mod properties;
#[cfg(unix)]
mod readme;
mod recipes;
mod repeat;
mod replaces;
#[cfg(unix)]
mod requires;
#[cfg(unix)]
mod resources;
mod settings;
mod shortcuts;
#[cfg(unix)]
mod sign;
mod soak;
mod suite;
#[cfg(unix)]
mod targets;
mod update;
mod update_package;
mod upgrade;
mod verbs;
#[cfg(unix)]
mod wine;
#[cfg(unix)]
mod wix;
#[cfg(unix)]
mod workflows;
mod zip;
