//! A running child.

use std::future::Future;
use std::pin::Pin;
use std::process::{ChildStderr, ChildStdin, ChildStdout, ExitStatus};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::command::{Command, StopStep};
use super::error::{SendError, SpawnError};
use super::stop;
use super::stopped::Stopped;
use super::supervisor::{self, Shared};
use crate::sync::Raised;
use crate::sys::{Streams, Tree};

impl Command {
    /// Starts the program.
    ///
    /// ```no_run
    /// let worker = winsvc::child::Command::new("worker.exe").spawn()?;
    /// println!("process {}", worker.id());
    /// # Ok::<(), winsvc::child::SpawnError>(())
    /// ```
    pub fn spawn(&self) -> Result<Child, SpawnError> {
        let (shared, streams) = supervisor::spawn(self)?;
        Ok(Child { shared, streams })
    }
}

/// A running child, from [`Command::spawn`](super::Command::spawn).
///
/// Dropping it kills the child, and with [`Tree::Job`] its tree; with [`Tree::Leave`] the child goes on.
///
/// ```no_run
/// use winsvc::child::Command;
///
/// #[winsvc::main]
/// async fn main(service: winsvc::Service) -> Result<(), Box<dyn std::error::Error>> {
///     let worker = Command::new("worker.exe").spawn()?;
///     tokio::select! {
///         status = worker.exited() => return Err(format!("the worker exited: {status}").into()),
///         _ = service.stop_requested() => {}
///     }
///     worker.stop().await;
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Child {
    shared: Arc<Shared>,
    streams: Streams,
}

impl Child {
    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.shared.process.id()
    }

    /// Takes the pipe to the child's standard input, once.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.streams.stdin.take()
    }

    /// Takes the pipe from the child's standard output, once.
    ///
    /// It is at its end when no process has its other end open. Descendants of the child may have; with [`Tree::Job`] they end
    /// with the child.
    ///
    /// ```no_run
    /// use std::io::{BufRead as _, BufReader};
    /// use winsvc::child::{Command, Stream};
    ///
    /// let mut worker = Command::new("worker.exe").stdout(Stream::Piped).spawn()?;
    /// let stdout = worker.take_stdout().unwrap();
    /// std::thread::spawn(move || {
    ///     for line in BufReader::new(stdout).lines().map_while(Result::ok) {
    ///         println!("worker: {line}");
    ///     }
    /// });
    /// # Ok::<(), winsvc::child::SpawnError>(())
    /// ```
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.streams.stdout.take()
    }

    /// Takes the pipe from the child's standard error, once.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.streams.stderr.take()
    }

    /// Completes when the child has exited, and nothing is left of its tree. It can be awaited by several tasks and on any
    /// runtime.
    pub fn exited(&self) -> Exited {
        Exited {
            raised: Raised::new(Arc::clone(&self.shared.exited)),
            shared: Arc::clone(&self.shared),
        }
    }

    /// Blocks the thread until the child has exited, and nothing is left of its tree.
    pub fn wait(&self) -> ExitStatus {
        loop {
            self.shared.exited.wait(None);
            if let Some(status) = self.try_wait() {
                return status;
            }
        }
    }

    /// Like [`wait`](Self::wait), for at most this long. `None` if the child has not exited.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<ExitStatus> {
        self.shared.exited.wait(Some(timeout));
        self.try_wait()
    }

    /// The exit status; `None` if the child has not exited, or something is left of its tree.
    pub fn try_wait(&self) -> Option<ExitStatus> {
        self.shared.exit().map(|exit| exit.status)
    }

    /// How many processes the child had left behind when it exited, which were killed: more than 0 for a program that forks
    /// into the background. It is 0 as long as the child runs.
    pub fn left_behind(&self) -> u32 {
        self.shared.exit().map_or(0, |exit| exit.left)
    }

    /// Stops the child: takes the steps of [`Command::stop`](super::Command::stop), and kills it and its tree after
    /// [`Command::stop_timeout`](super::Command::stop_timeout).
    ///
    /// The stop begins with this call, and goes on if the future is dropped. A second call returns the result of the first one.
    pub fn stop(&self) -> Stopping {
        self.stop_by(Instant::now() + self.shared.command.stop_timeout)
    }

    /// Like [`stop`](Self::stop), but kills the child and its tree at `deadline`, whatever
    /// [`Command::stop_timeout`](super::Command::stop_timeout) is. The steps share the time until then.
    ///
    /// If a stop has begun before, an earlier deadline replaces its own, and a later one has no effect.
    ///
    /// ```no_run
    /// use std::time::{Duration, Instant};
    /// use winsvc::Service;
    /// use winsvc::child::Command;
    ///
    /// #[winsvc::main]
    /// async fn main(service: Service) -> Result<(), Box<dyn std::error::Error>> {
    ///     let worker = Command::new("worker.exe").spawn()?;
    ///     service.stop_requested().await;
    ///     // All but two seconds of the time that the service has.
    ///     let deadline = service.stop_deadline().unwrap_or_else(Instant::now);
    ///     worker.stop_by(deadline - Duration::from_secs(2)).await;
    ///     Ok(())
    /// }
    /// ```
    pub fn stop_by(&self, deadline: Instant) -> Stopping {
        stop::begin(&self.shared, deadline);
        Stopping {
            raised: Raised::new(Arc::clone(&self.shared.has_stopped)),
            shared: Arc::clone(&self.shared),
        }
    }

    /// Like [`stop`](Self::stop), but blocks the thread until the child is stopped.
    pub fn stop_and_wait(&self) -> Stopped {
        self.stop().wait()
    }

    /// Kills the child at once, and with [`Tree::Job`] its tree.
    pub fn kill(&self) {
        self.shared.kill();
    }

    /// Takes one step of a stop, without waiting for its effect: to send Ctrl-Break to a program that reloads its configuration
    /// then, for instance. It blocks while the step is taken, on Windows for the start of a process, and at most for the stop timeout.
    pub fn send(&self, step: &StopStep) -> Result<(), SendError> {
        stop::send(&self.shared, step, self.shared.command.stop_timeout)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let is_stopping = self.shared.is_stopping();
        if self.shared.command.tree != Tree::Leave && !is_stopping {
            self.shared.kill();
        }
    }
}

/// Completes when the child has exited; from [`Child::exited`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Exited {
    raised: Raised,
    shared: Arc<Shared>,
}

impl Future for Exited {
    type Output = ExitStatus;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<ExitStatus> {
        ready!(Pin::new(&mut self.raised).poll(context));
        match self.shared.exit() {
            Some(exit) => Poll::Ready(exit.status),
            None => Poll::Pending,
        }
    }
}

/// Completes when the child is stopped; from [`Child::stop`] and [`Child::stop_by`].
#[derive(Debug)]
pub struct Stopping {
    raised: Raised,
    shared: Arc<Shared>,
}

impl Stopping {
    /// Blocks the thread until the child is stopped.
    pub fn wait(self) -> Stopped {
        loop {
            self.shared.has_stopped.wait(None);
            if let Some(stopped) = self.shared.stopped.get() {
                return stopped.clone();
            }
        }
    }
}

impl Future for Stopping {
    type Output = Stopped;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Stopped> {
        ready!(Pin::new(&mut self.raised).poll(context));
        match self.shared.stopped.get() {
            Some(stopped) => Poll::Ready(stopped.clone()),
            None => Poll::Pending,
        }
    }
}
