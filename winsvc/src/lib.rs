//! Windows services from an ordinary `main`.
//!
//! ```no_run
//! #[winsvc::main]
//! async fn main(service: winsvc::Service) {
//!     println!("serving");
//!     service.stop_requested().await;
//!     println!("draining");
//! }
//! ```
//!
//! Started by the service control manager (SCM), this program is a Windows service. Started in any other way, on Windows, Linux
//! or macOS, the same program runs in a terminal, where Ctrl-C and SIGTERM stop it. `cargo winsvc package` builds an installer
//! for it.
//!
//! # Readiness
//!
//! The service is reported to the SCM as RUNNING when it is ready to serve. The argument of `main` determines when that is:
//!
//! | `main` | RUNNING | a stop |
//! | --- | --- | --- |
//! | `async fn main()` | when `main` begins | drops the future of `main` |
//! | `async fn main(service: Service)` | when `main` itself waits for the stop, or [`Service::ready`] is called; a wait in a spawned task does not count ([details](Service)) | completes [`Service::stop_requested`] |
//! | `async fn main(starting: Starting)` | when it calls [`Starting::ready`] | completes [`Service::stop_requested`] |
//!
//! A plain `fn main` has the same three forms, and no async runtime is linked or started. There are two differences. A stop
//! ends a `fn main()` without an argument immediately, without destructors, because it cannot receive the stop. And a pending
//! state is reported once, with the whole timeout as its wait hint, whereas an async runtime reports progress every two seconds.
//!
//! # Stopping
//!
//! After a stop request the service has its stop timeout (20 s by default) to finish its work and to return from `main`. The
//! timeout includes tasks and blocking work that `main` leaves behind. After it the process is killed, and an event is logged. A
//! stop that the SCM requested always ends without an error code, because the SCM would treat an error code as a failure and
//! start the service again. [`StopReason`] tells why the service stops.
//!
//! [`Outcome`] describes what `main` may return, and which exit codes the SCM and a shell get.
//!
//! # Logging
//!
//! A service writes to the event log, under its own name, even before the first line of `main`: that it runs, that it has
//! stopped and why, an `Err` with all its sources, a panic of any thread with its message and location, and an elapsed timeout.
//! If the log is full or unavailable, the event is lost, without further effect. In a terminal, errors, warnings and progress
//! go to stderr.
//!
//! The module `log` (feature `tracing`) logs the program's own events in the same places, and in files (feature `log-files`).
//!
//! If the program sets a panic hook, the hook should call the previous one; otherwise only a panic of `main` is logged.
//!
//! # Folders
//!
//! [`Service::folders`] are the folders where the service is installed, and where its settings, data and logs are: the same for
//! the modules `settings` and `log`. [`Service::data_folder`] creates the folder for data if needed, and checks that nobody else
//! can write to it.
//!
//! # Other controls
//!
//! [`Service::controls`] receives pause and continue, parameter changes, session, power, device and time events, triggers and the
//! program's own control codes. The service accepts only the controls that the program asks for.
//!
//! The module `settings` (feature `settings`) reads the program's settings again after a parameter change.
//!
//! # Local clients
//!
//! The module `pipe` (feature `pipe`) is a channel for command line tools, tray icons and other services of the same machine: a
//! named pipe with an access list, a Unix socket elsewhere.
//!
//! # Status and health
//!
//! [`Service::status_text`] describes what the service does; `NAME.exe service status` and systemd show it.
//! [`Service::health`] includes it, with the other values for a health route.
//!
//! # Updates
//!
//! With the feature `update` and `[package.metadata.winsvc.update]` in Cargo.toml, the product updates itself, without any
//! code. `Service::update` shows what the updater does.
//!
//! # Child processes
//!
//! The module `child` (feature `child`) starts other programs and stops them within a deadline, with all that they have started;
//! they end when the service is killed, too. It limits their memory, and starts programs on the desktop of a user.
//!
//! # Hangs
//!
//! [`Service::progress`] reports the progress of a start, a pause or a stop. It is logged, and the event about an elapsed timeout
//! contains the last progress. A service with `watchdog = "30s"` in its definition is killed and recovered if it does not call
//! [`Service::alive`] in time.
//!
//! # Tests and Linux
//!
//! The module `testing` (feature `testing`) starts a service in your tests, on any machine. The tests send controls and advance the clock.
//!
//! On Linux under systemd (`Type=notify`) the service notifies systemd as it notifies the SCM: that it is ready, its progress, that
//! it stops, that it is alive, and that it reloads its configuration after a SIGHUP.
//!
//! # Process environment
//!
//! - The working directory of a service is the folder of its exe. In a terminal it is the caller's.
//! - [`std::env::args`] belong to the program; winsvc adds no arguments, and uses them only if the first one is `service`.
//! - A service has no stdin and no stdout: output is lost, without an error, unless it is captured in log files
//!   (`log::Files::capture_output`).
//! - If the environment variable `WINSVC_CONSOLE` is `1`, the program runs in the terminal without asking the SCM first. Windows
//!   answers in microseconds; Wine takes ten seconds.
//! - With `panic = "abort"` a panic ends the process as soon as it is in the event log; the SCM treats that as a crash.
//!
//! # Verbs
//!
//! The first argument `service` is reserved, at a prompt but never in a service: `NAME.exe service install`, `uninstall`,
//! `start`, `stop`, `restart`, `status`, `logs` and `run` manage the service from a prompt; see `NAME.exe service --help`. They
//! register the definition that `cargo winsvc build` stamps into the exe. `#[winsvc::main(verbs = "svc")]` chooses another
//! word, `verbs = false` disables the verbs.
//!
//! # Features
//!
//! - `macros` (default): [`main`](macro@main).
//! - `tokio` (default): `async fn main`, on a tokio runtime.
//! - `verbs` (default): `NAME.exe service install` and the other verbs. Without it the argument `service` is not reserved.
//! - `child`: the module `child`, for child processes.
//! - `tracing`: the module `log`, which writes the program's own `tracing` events to the event log.
//! - `log-files`: log files in addition, as text or JSON.
//! - `stream`: `futures_core::Stream` for [`Controls`] and the settings' `Reloads`.
//! - `pipe`: the module `pipe`, a named pipe or a Unix socket with an access list, on tokio.
//! - `settings`: the module `settings`, which reads a struct from arguments, variables and files.
//! - `update`: the updater of a product that updates itself, and the module `update`.

// Public types are `non_exhaustive` unless they explicitly are not.
#![warn(clippy::exhaustive_enums, clippy::exhaustive_structs)]

#[cfg(feature = "child")]
pub mod child;
#[cfg_attr(
    not(any(windows, feature = "testing")),
    allow(dead_code, reason = "most controls come from an SCM")
)]
mod control;
mod entry;
mod host;
#[cfg(feature = "host")]
#[doc(hidden)]
pub mod hosted;
mod identity;
mod journal;
mod lifecycle;
#[cfg(feature = "tracing")]
pub mod log;
mod outcome;
#[cfg(feature = "pipe")]
pub mod pipe;
mod places;
#[cfg(any(feature = "log-files", feature = "host"))]
mod rotation;
mod run;
mod service;
#[cfg(feature = "settings")]
pub mod settings;
mod status;
mod sync;
mod sys;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
#[cfg(feature = "update")]
pub mod update;
#[cfg(all(windows, feature = "update"))]
mod updater;
#[cfg(feature = "verbs")]
mod verbs;

pub use control::{
    Control, Device, DeviceEvent, DeviceEventKind, Guid, Pending, PowerEvent, SessionChange,
    SessionChangeReason, StopReason, TimeChange,
};
pub use entry::{Argument, Builder, Main};
pub use identity::build_info;
pub use outcome::{Outcome, ServiceCode, ServiceError};
pub use places::Folders;
pub use run::Health;
pub use service::{Controls, Service, Starting, StopRequested};
pub use status::State;
pub use winsvc_definition::Build;

/// Turns `main` into a service; see the [crate's page](crate).
///
/// An `async fn main` runs on a tokio runtime with one worker thread per processor. `#[winsvc::main(worker_threads = 4)]` sets the
/// number of worker threads, `#[winsvc::main(flavor = "current_thread")]` runs everything on one thread. The attribute replaces
/// `#[tokio::main]` and similar attributes; using both on one function is an error.
///
/// `#[winsvc::main(verbs = "svc")]` replaces the word `service` that precedes the verbs, and `#[winsvc::main(verbs = false)]`
/// disables the verbs. In both cases the argument `service` is not reserved.
///
/// If you rename the dependency, as in `svc = { package = "winsvc", .. }`, set the path: `#[svc::main(crate = "svc")]`.
///
/// The attribute accepts `fn main` and `async fn main` with no argument, a [`Service`] or a [`Starting`], and with any return type
/// that implements [`Outcome`].
///
/// ```no_run
/// #[winsvc::main]
/// async fn main(starting: winsvc::Starting) -> Result<(), std::io::Error> {
///     let config = std::fs::read_to_string("agent.toml")?; // beside the exe
///     let service = starting.ready();
///     println!("serving with {config}");
///     service.stop_requested().await;
///     Ok(())
/// }
/// ```
#[cfg(feature = "macros")]
pub use winsvc_macros::main;

/// Used by the output of `#[winsvc::main]`. Not part of the public API.
#[doc(hidden)]
pub mod __private {
    pub use std::process::ExitCode;

    pub use crate::__verbs as verbs;
    pub use crate::entry::{Runtime, async_main, async_main_with, main, main_with};
    pub use crate::identity::Package;
    #[cfg(feature = "verbs")]
    pub use crate::verbs::run_autostart;
}

/// Runs `NAME.exe autostart install`, `uninstall` and `status`: call it first in the `main` of a program of a product without a
/// service. The result is the exit code, or `None` if the command line is the program's own.
///
/// The commands register the programs that Windows starts at logon, at boot or each day
/// (`[[package.metadata.winsvc.autostart]]`). The scripts of the zip call them, and the MSI for tasks. The program that they call
/// is the product's first one that is always installed.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     if let Some(code) = winsvc::autostart!() {
///         return code;
///     }
///     println!("the program itself");
///     ExitCode::SUCCESS
/// }
/// ```
#[cfg(feature = "verbs")]
#[macro_export]
macro_rules! autostart {
    () => {
        $crate::__private::run_autostart($crate::__private::Package {
            name: ::core::env!("CARGO_PKG_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            verbs: $crate::__private::verbs!("autostart"),
        })
    };
}
