//! Windows services from an ordinary `main`.
//!
//! ```no_run
//! #[winsvc::main]
//! async fn main(service: winsvc::Service) {
//!     println!("serving");
//!     service.stopped().await;
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
//! | `async fn main(service: Service)` | when it first waits for its stop; [`Service`] has the details | ends [`Service::stopped`] |
//! | `async fn main(starting: Starting)` | when it says so: [`Starting::ready`] | as above |
//!
//! A plain `fn main` has the same three forms, and then no async runtime is linked or started. Two things differ there. A
//! `fn main()` that cannot hear of a stop is ended by it at once, without destructors. And a pending state is reported
//! once, with the whole timeout as its wait hint, where an async runtime shows progress every two seconds.
//!
//! # Stopping
//!
//! After a stop the service has its stop timeout, 20 s unless its definition has another, to finish what is under way and to
//! return from `main`. The same time includes tasks and blocking work that `main` leaves behind. Then the process is
//! ended by force, and the SCM gets the failure 1460 (`ERROR_TIMEOUT`). [`StopReason`] says who wanted the stop.
//!
//! What `main` may return, and how it reaches the SCM and a shell, is told at [`Outcome`].
//!
//! # Surroundings
//!
//! - The working directory of a service is the folder of its exe. In a terminal it is the caller's.
//! - [`std::env::args`] are the author's own; winsvc adds none, and takes none unless the first is `service`.
//! - A service has no stdin and no stdout: what it prints is lost, without error.
//! - `WINSVC_CONSOLE=1` in the environment makes the program run in the terminal without asking the SCM first. Windows answers
//!   in microseconds; Wine takes ten seconds.
//! - With `panic = "abort"` a panic ends the process before it can be reported; the SCM sees that it died.
//!
//! # Verbs
//!
//! The first argument `service` is reserved: `NAME.exe service install`, `uninstall`, `start`, `stop`, `restart`, `status` and `run`
//! manage the service from a prompt, `NAME.exe service --help` tells more. What they register is the definition that
//! `cargo winsvc build` stamps into the exe.
//!
//! # Features
//!
//! - `macros` (default): [`main`](macro@main).
//! - `tokio` (default): `async fn main`, on a multi-threaded tokio runtime.
//! - `verbs` (default): `NAME.exe service install` and its like. Without it the word `service` is the author's own.

mod control;
mod host;
mod identity;
mod journal;
mod lifecycle;
mod outcome;
mod program;
mod run;
#[cfg(feature = "tokio")]
mod runtime;
mod service;
mod signal;
mod status;
mod sys;
#[cfg(feature = "verbs")]
mod verbs;

pub use control::StopReason;
pub use identity::build_info;
pub use outcome::Outcome;
pub use program::Argument;
pub use service::{Service, Starting, Stopped};
pub use winsvc_definition::{Build, Definition};

/// Makes a service of `main`; the [crate's page](crate) tells what that means.
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
///     service.stopped().await;
///     Ok(())
/// }
/// ```
#[cfg(feature = "macros")]
pub use winsvc_macros::main;

/// What `#[winsvc::main]` writes. No part of the public face.
#[doc(hidden)]
pub mod __private {
    pub use std::process::ExitCode;

    pub use crate::identity::Package;
    pub use crate::program::{async_main, async_main_with, main, main_with};
}
