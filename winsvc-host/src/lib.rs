//! Runs any program as a service.
//!
//! The table `host` says which program it is, when it is ready, how it is stopped, and when it starts again; `docs/host.md` lists
//! its keys. `cargo winsvc package` stamps the table into this exe. In a terminal, on any system, the same table runs from its
//! file:
//!
//! ```text
//! winsvc-host --config agent.toml
//! ```
//!
//! ```text
//! configuration ─▶ run ─▶ program ─▶ child of winsvc
//!                   │ ├──▶ probe: is it ready, does it still serve
//!                   │ ├──▶ output: its lines to log files, the event log, the terminal
//!                   │ ├──▶ hooks
//!                   ▼
//!                policy: restart, stop, fail
//! ```
//!
//! The library is there for the exe. Its API is not stable.

mod configuration;
mod error;
mod hooks;
mod output;
mod policy;
mod probe;
mod program;
mod run;
mod texts;

use std::error::Error;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use winsvc::{Service, Starting};

use configuration::Configuration;
use error::HostError;

/// Runs the program that the stamp of this exe describes.
pub fn main() -> ExitCode {
    // Without the parser of a whole file, which would be 1 MB of the exe.
    run_service(Ok(Configuration::of_exe()))
}

/// Runs the program that the stamp of this exe, or a file on the command line, describes.
#[doc(hidden)]
pub fn main_with_file() -> ExitCode {
    run_service(if winsvc::hosted::is_stamped() {
        Ok(Configuration::of_exe())
    } else {
        Configuration::of_command_line()
    })
}

fn run_service(mut configuration: Result<Configuration, HostError>) -> ExitCode {
    if let Ok(Configuration { stamp, .. }) = &mut configuration {
        if let Some(stamp) = stamp.take() {
            winsvc::hosted::use_stamp(stamp);
        }
    }
    // An error is one of the service: an event, and a failed start.
    Service::builder()
        .name(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .run(move |starting: Starting| run::run(starting, &configuration?))
}

/// Runs the program that a file says, as a service that has been started: for tests, with the service of a fake SCM.
#[doc(hidden)]
pub fn run_file(
    starting: Starting,
    file: &Path,
    arguments: Vec<OsString>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut configuration = Configuration::of_file(file, arguments)?;
    configuration.has_terminal = false;
    run::run(starting, &configuration)
}
