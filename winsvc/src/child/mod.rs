//! Child processes of a service: they stop with it, within a deadline, with all that they have started.
//!
//! ```no_run
//! use winsvc::child::Command;
//!
//! #[winsvc::main]
//! async fn main(service: winsvc::Service) -> Result<(), winsvc::child::SpawnError> {
//!     let worker = Command::new("worker.exe").args(["--port", "8080"]).spawn()?;
//!     service.stop_requested().await;
//!     let stopped = worker.stop().await;
//!     println!("{stopped}");
//!     Ok(())
//! }
//! ```
//!
//! | | Windows | Linux | other Unix |
//! | --- | --- | --- | --- |
//! | the child's tree ([`Tree`]) | job object | process group | process group |
//! | a request to stop ([`StopStep`]) | Ctrl-C, Ctrl-Break, `WM_CLOSE` | SIGINT, SIGTERM | SIGINT, SIGTERM |
//! | the service is killed | kills the tree | kills the child | the child goes on |
//! | the child exits by itself | kills the rest of the tree | kills the rest of the tree | kills the rest of the tree |
//! | [`Limits`] | memory, processes, CPU | memory | memory, where the system enforces `RLIMIT_DATA` |
//!
//! A process that leaves the process group, as by `setsid`, is no longer part of the tree. Nothing can leave a job object.
//!
//! A child has a console without a window, no standard input, and none of the service's handles. Its output is discarded
//! unless it is piped. Nothing here needs an async runtime: futures complete on any, and each has a method that blocks.
//!
//! Ctrl-C, Ctrl-Break and `WM_CLOSE` are sent by a second process of the service's exe, which needs
//! [`#[winsvc::main]`](macro@crate::main) or [`Builder::run`](crate::Builder::run) to be running. In other programs on Windows,
//! such as tests, these steps fail with [`SendError::NoEntry`], and the next step follows.

mod command;
mod entry;
mod error;
mod handle;
mod stop;
mod stopped;
mod supervisor;
#[cfg(all(test, target_os = "linux"))]
mod tests;

pub use command::{Command, StopStep, Stream};
pub(crate) use entry::enter;
pub use error::{SendError, SessionError, SpawnError};
pub use handle::{Child, Exited, Stopping};
pub use stopped::{Ending, Stopped};

#[doc(inline)]
pub use crate::sys::{Priority, Tree};
#[doc(inline)]
pub use winsvc_definition::{ByteSize, CpuShare, Limits};

/// Limits what the service itself may use: on Windows together with all that it starts from now on.
///
/// The limits in the definition, `limits.memory = "512MB"` in `[package.metadata.winsvc]`, apply to the exe on Windows before
/// `main`. This function is for limits from settings, and for other systems.
///
/// ```no_run
/// use winsvc::child::{Limits, limit_this_process};
///
/// limit_this_process(&Limits::default().memory(512 << 20))?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn limit_this_process(limits: &Limits) -> std::io::Result<()> {
    crate::sys::limit_this_process(limits)
}
