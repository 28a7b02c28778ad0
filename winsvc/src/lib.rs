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
//! Started by the service control manager (SCM), this is a Windows service. Started by anybody else, on Windows, Linux or macOS,
//! it is the same program in a terminal, where Ctrl-C and SIGTERM are its stop. `cargo winsvc package` makes an
//! installer of it.
//!
//! # When it is running
//!
//! The SCM, and whoever waits for it, is told that the service runs when it really serves. The argument of `main` says when
//! that is:
//!
//! | `main` | is RUNNING | a stop |
//! | --- | --- | --- |
//! | `async fn main()` | as `main` begins | drops the future of `main` |
//! | `async fn main(service: Service)` | when `main` itself waits for its stop, or [`Service::ready`] is called; a wait in a spawned task does not count ([details](Service)) | ends [`Service::stop_requested`] |
//! | `async fn main(starting: Starting)` | when it calls [`Starting::ready`] | ends [`Service::stop_requested`] |
//!
//! A plain `fn main` has the same three forms, and then no async runtime is linked or started. Two things differ there. A
//! `fn main()` that cannot hear of a stop is ended by it at once, without destructors. And a pending state is reported
//! once, with the whole timeout as its wait hint, where an async runtime shows progress every two seconds.
//!
//! # Stopping
//!
//! After a stop the service has its stop timeout, 20 s unless its definition has another, to finish what is under way and to
//! return from `main`. The same time includes tasks and blocking work that `main` leaves behind. Then the process is
//! ended by force, and the event log says so. A stop that the SCM asked for ends without an error code in any case, because the
//! SCM would take one for a failure and start the service again. [`StopReason`] says who wanted the stop.
//!
//! What `main` may return, and how it reaches the SCM and a shell, is told at [`Outcome`].
//!
//! # What is told, and where
//!
//! A service writes to the event log, under its own name and from before the first line of `main`: that it runs, that it has
//! stopped and why, an `Err` with its whole chain of sources, a panic of any thread with its message and place, a
//! timeout that is over. A log that is full or
//! unavailable costs the event and nothing else. In a terminal, errors, warnings and progress go to stderr.
//!
//! The module `log` (feature `tracing`) takes the program's own events to the same places, and to files (feature `log-files`).
//!
//! A panic hook that the author sets should call the one that it replaces; otherwise only a panic of `main` is told.
//!
//! # What else it is asked for
//!
//! Pause and continue, changed parameters, sessions, power, devices, the clock, triggers and controls of the program's own come to
//! who asks for them: [`Service::controls`]. What nobody asks for is not accepted.
//!
//! The module `settings` (feature `settings`) reads the program's settings again when its parameters have changed.
//!
//! # What it does now
//!
//! [`Service::status_text`] says so in the program's own words; `NAME.exe service status` and systemd show it.
//! [`Service::health`] has it too, with all else that a health route wants to know.
//!
//! # When it hangs
//!
//! [`Service::progress`] tells how far a start, a pause or a stop has come; who looks after the service sees it, and finds the last of it in
//! the message about a timeout that is over. A service with `watchdog = "30s"` in its definition is ended and recovered when
//! it does not call [`Service::alive`] in time.
//!
//! # In tests, and on Linux
//!
//! [`testing`] starts a service in its own tests, on any machine, and lets them send controls and let time pass.
//!
//! On Linux under systemd (`Type=notify`) the service tells it what it would tell the SCM: that it is ready, how far it is, that it
//! stops, that it is alive, and that it reads its configuration again after a SIGHUP.
//!
//! # Surroundings
//!
//! - The working directory of a service is the folder of its exe. In a terminal it is the caller's.
//! - [`std::env::args`] are the author's own; winsvc adds none, and takes none unless the first is `service`.
//! - A service has no stdin and no stdout: what it prints is lost, without error, unless its log files take it
//!   (`log::Files::capture_output`).
//! - `WINSVC_CONSOLE=1` in the environment makes the program run in the terminal without asking the SCM first. Windows answers
//!   in microseconds; Wine takes ten seconds.
//! - With `panic = "abort"` a panic ends the process as soon as it is in the event log; the SCM sees that it died.
//!
//! # Verbs
//!
//! The first argument `service` is reserved, at a prompt and never in a service: `NAME.exe service install`, `uninstall`, `start`, `stop`, `restart`, `status`, `logs` and `run`
//! manage the service from a prompt, `NAME.exe service --help` tells more. What they register is the definition that
//! `cargo winsvc build` stamps into the exe. `#[winsvc::main(verbs = "svc")]` chooses another word, `verbs = false` none.
//!
//! # Features
//!
//! - `macros` (default): [`main`](macro@main).
//! - `tokio` (default): `async fn main`, on a tokio runtime.
//! - `verbs` (default): `NAME.exe service install` and its like. Without it the word `service` is the author's own.
//! - `tracing`: the module `log`, by which the program's own `tracing` events go to the event log.
//! - `log-files`: log files beside that, as text or JSON.
//! - `stream`: `futures_core::Stream` for [`Controls`] and the settings' `Reloads`.
//! - `settings`: the module `settings`, by which the program reads a struct of its own from arguments, variables and files.

// What is public may grow, unless it says that it cannot.
#![warn(clippy::exhaustive_enums, clippy::exhaustive_structs)]

#[cfg_attr(
    not(any(windows, feature = "testing")),
    allow(dead_code, reason = "most controls come from an SCM")
)]
mod control;
mod entry;
mod host;
mod identity;
mod journal;
mod lifecycle;
#[cfg(feature = "tracing")]
pub mod log;
mod outcome;
#[cfg(any(feature = "log-files", feature = "settings", feature = "verbs"))]
mod places;
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
#[cfg(feature = "verbs")]
mod verbs;

pub use control::{
    Control, Device, DeviceEvent, DeviceEventKind, Guid, Pending, PowerEvent, SessionChange,
    SessionChangeReason, StopReason, TimeChange,
};
pub use entry::{Argument, Builder, Main};
pub use identity::build_info;
pub use outcome::{Outcome, ServiceCode, ServiceError};
pub use run::Health;
pub use service::{Controls, Service, Starting, StopRequested};
pub use status::State;
pub use winsvc_definition::Build;

/// Makes a service of `main`; the [crate's page](crate) tells what that means.
///
/// An `async fn main` runs on a tokio runtime with a worker thread for each processor. `#[winsvc::main(worker_threads = 4)]` gives it
/// another number of them, `#[winsvc::main(flavor = "current_thread")]` runs everything on one thread. The attribute replaces
/// `#[tokio::main]` and its like; both on one function are an error.
///
/// `#[winsvc::main(verbs = "svc")]` gives the verbs another word than `service`, and `#[winsvc::main(verbs = false)]` switches them off:
/// `service` is the program's own then.
///
/// A program that renames the dependency, as `svc = { package = "winsvc", .. }`, says so: `#[svc::main(crate = "svc")]`.
///
/// It goes on `fn main` or `async fn main` with no argument, a [`Service`] or a [`Starting`], and with any result that
/// is an [`Outcome`].
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

/// What `#[winsvc::main]` writes. No part of the public face.
#[doc(hidden)]
pub mod __private {
    pub use std::process::ExitCode;

    pub use crate::__verbs as verbs;
    pub use crate::entry::{Runtime, async_main, async_main_with, main, main_with};
    pub use crate::identity::Package;
}
