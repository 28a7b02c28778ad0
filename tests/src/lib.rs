//! The harness of the end-to-end tests: a real Windows Installer and service control manager (Wine's, or those of the
//! machine where that is a Windows), the tool itself, and the fixtures that it packages.
//!
//! The tests in `e2e/` read as promises: given, when, and the whole of what is then expected. How a machine is
//! prepared for them stands in `tests/run`; a missing prerequisite is an error here, never a skipped test.

pub mod deadline;
pub mod fixture;
pub mod http;
pub mod installer;
pub mod package;
mod packages;
pub mod page;
pub mod paths;
pub mod process;
pub mod residue;
#[cfg(unix)]
pub mod sc;
pub mod schema;
#[cfg(unix)]
pub mod screen;
pub mod service;
#[cfg(unix)]
pub mod signing;
#[cfg(windows)]
mod sys;
pub mod tool;
pub mod updates;
pub mod win32;
pub mod windows;
