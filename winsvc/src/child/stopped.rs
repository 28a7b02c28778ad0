//! The result of a stop.

use std::fmt;
use std::process::ExitStatus;
use std::sync::Arc;

use super::command::StopStep;
use super::error::SendError;

/// How a child was stopped.
///
/// ```no_run
/// use winsvc::child::{Command, Ending};
///
/// let child = Command::new("worker.exe").spawn()?;
/// let stopped = child.stop_and_wait();
/// if let Ending::Killed = stopped.ending {
///     println!("the worker ignored the stop: {stopped}");
/// }
/// # Ok::<(), winsvc::child::SpawnError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stopped {
    /// What ended the child.
    pub ending: Ending,
    /// `None` if the system has not removed the killed process within 5 s, as while a driver holds it.
    pub status: Option<ExitStatus>,
    /// How many descendants were killed after the child itself had exited.
    pub left_behind: u32,
    /// The steps that could not be taken, and why.
    pub failures: Vec<(StopStep, Arc<SendError>)>,
}

/// What ended a child.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Ending {
    /// It had exited before the stop.
    Itself,
    /// It exited after this step.
    Step(StopStep),
    /// It was killed, or what was left of its tree.
    Killed,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ending {
            Ending::Itself => f.write_str("had exited before the stop")?,
            Ending::Step(step) => write!(f, "exited after {step}")?,
            Ending::Killed => f.write_str("killed")?,
        }
        if let Some(status) = self.status {
            write!(f, " ({status})")?;
        }
        if self.left_behind > 0 {
            write!(f, "; descendants killed: {}", self.left_behind)?;
        }
        Ok(())
    }
}
