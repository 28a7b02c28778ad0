//! What to start, and how to stop it.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use winsvc_definition::Limits;

use super::error::SessionError;
use crate::sys::{Priority, Session, Tree};

/// A program to start as a child, and how it is stopped. It can be started any number of times.
///
/// The program is looked up, and its arguments are quoted, as by [`std::process::Command`], including batch files.
///
/// ```no_run
/// use std::time::Duration;
/// use winsvc::child::{Command, Limits, StopStep};
///
/// let worker = Command::new("worker.exe")
///     .args(["--port", "8080"])
///     .stop([StopStep::CtrlBreak])
///     .stop_timeout(Duration::from_secs(15))
///     .limits(Limits::default().memory(512 << 20))
///     .spawn()?;
/// # Ok::<(), winsvc::child::SpawnError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is started before `spawn`"]
pub struct Command {
    pub(super) program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, Option<OsString>)>,
    inherits_environment: bool,
    folder: Option<PathBuf>,
    stdin: Stream,
    stdout: Stream,
    stderr: Stream,
    pub(super) stop: Vec<StopStep>,
    pub(super) stop_timeout: Duration,
    pub(super) tree: Tree,
    pub(super) limits: Limits,
    pub(super) priority: Priority,
    pub(super) affinity: Vec<u32>,
    is_in_active_session: bool,
}

/// A standard stream of a child.
///
/// ```no_run
/// use winsvc::child::{Command, Stream};
///
/// let worker = Command::new("worker.exe").stdout(Stream::Piped).spawn()?;
/// # Ok::<(), winsvc::child::SpawnError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stream {
    /// Nothing: input is at its end, output is discarded.
    #[default]
    Null,
    /// The stream of the service itself.
    Inherit,
    /// A pipe to the service.
    Piped,
}

/// A request to a child to end by itself.
///
/// ```no_run
/// use winsvc::child::{Command, StopStep};
///
/// let shutdown = Command::new("ctl.exe").arg("shutdown");
/// let server = Command::new("server.exe").stop([StopStep::from(shutdown), StopStep::CtrlC]).spawn()?;
/// # Ok::<(), winsvc::child::SpawnError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StopStep {
    /// Ctrl-C, to each console of the tree. On Unix SIGINT, to each process of the tree.
    CtrlC,
    /// Ctrl-Break, to each console of the tree. On Unix SIGTERM, to each process of the tree.
    CtrlBreak,
    /// `WM_CLOSE`, to each top-level window of the tree. On Unix SIGTERM, to each process of the tree.
    Close,
    /// A command that stops the child. The variable `WINSVC_CHILD_ID` in its environment is the id of the child's process. It is
    /// killed when its time is over.
    Command(Box<Command>),
}

impl StopStep {
    #[cfg(windows)]
    pub(super) const DEFAULT: &[Self] = &[Self::CtrlC, Self::Close];
    #[cfg(not(windows))]
    pub(super) const DEFAULT: &[Self] = &[Self::Close];
}

impl From<Command> for StopStep {
    fn from(command: Command) -> Self {
        Self::Command(Box::new(command))
    }
}

impl fmt::Display for StopStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CtrlC => f.write_str(if cfg!(windows) { "Ctrl-C" } else { "SIGINT" }),
            Self::CtrlBreak => f.write_str(if cfg!(windows) { "Ctrl-Break" } else { "SIGTERM" }),
            Self::Close => f.write_str(if cfg!(windows) { "WM_CLOSE" } else { "SIGTERM" }),
            Self::Command(command) => write!(f, "`{}`", command.program.to_string_lossy()),
        }
    }
}

impl Stream {
    fn stdio(self) -> Stdio {
        match self {
            Self::Null => Stdio::null(),
            Self::Inherit => Stdio::inherit(),
            Self::Piped => Stdio::piped(),
        }
    }
}

impl Command {
    /// A program without arguments, with the environment and the working directory of the service.
    ///
    /// ```no_run
    /// let worker = winsvc::child::Command::new("worker.exe").spawn()?;
    /// # Ok::<(), winsvc::child::SpawnError>(())
    /// ```
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            inherits_environment: true,
            folder: None,
            stdin: Stream::Null,
            stdout: Stream::Null,
            stderr: Stream::Null,
            stop: StopStep::DEFAULT.to_vec(),
            stop_timeout: Duration::from_secs(10),
            tree: Tree::Job,
            limits: Limits::default(),
            priority: Priority::Normal,
            affinity: Vec::new(),
            is_in_active_session: false,
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let arguments = arguments.into_iter();
        self.arguments
            .extend(arguments.map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let variable = (name.as_ref().to_owned(), Some(value.as_ref().to_owned()));
        self.environment.push(variable);
        self
    }

    /// Removes an environment variable.
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), None));
        self
    }

    /// Removes all environment variables, those of the service too.
    pub fn env_clear(mut self) -> Self {
        self.inherits_environment = false;
        self.environment.clear();
        self
    }

    /// Sets the working directory. The default is that of the service.
    pub fn current_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Sets the standard input. The default is [`Stream::Null`]: a batch file cannot ask whether to terminate.
    pub fn stdin(mut self, stream: Stream) -> Self {
        self.stdin = stream;
        self
    }

    /// Sets the standard output. The default is [`Stream::Null`].
    ///
    /// [`Child::take_stdout`](super::Child::take_stdout) returns a pipe. Somebody has to read it: a child waits when the pipe is full.
    pub fn stdout(mut self, stream: Stream) -> Self {
        self.stdout = stream;
        self
    }

    /// Sets the standard error. The default is [`Stream::Null`].
    pub fn stderr(mut self, stream: Stream) -> Self {
        self.stderr = stream;
        self
    }

    /// Sets the requests by which the child is stopped, in their order. The default is Ctrl-C, then `WM_CLOSE`, and SIGTERM on
    /// Unix.
    ///
    /// The stop timeout is divided among them: each but the last waits for its share of the time that is left. A step that
    /// cannot be taken is skipped. A child that is still there after the stop timeout is killed.
    pub fn stop(mut self, steps: impl IntoIterator<Item = StopStep>) -> Self {
        self.stop = steps.into_iter().collect();
        self
    }

    /// Sets the time that a stop may take before the child is killed. The default is 10 s.
    ///
    /// It should be less than the stop timeout of the service, which is 20 s by default.
    pub fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.stop_timeout = timeout;
        self
    }

    /// Sets which processes belong to the child. The default is [`Tree::Job`]: all that it starts.
    pub fn tree(mut self, tree: Tree) -> Self {
        self.tree = tree;
        self
    }

    /// Limits the resources of the child.
    ///
    /// ```no_run
    /// use winsvc::child::{Command, Limits};
    ///
    /// let limits = Limits::default().memory(512 << 20).processes(8).cpu_percent(25);
    /// let worker = Command::new("worker.exe").limits(limits).spawn()?;
    /// # Ok::<(), winsvc::child::SpawnError>(())
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the scheduling priority.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Sets the processors that the child may run on, counted from 0. The default is all.
    ///
    /// On Windows these are the processors of one processor group, of at most 64; on systems other than Windows and Linux,
    /// [`spawn`](Self::spawn) fails.
    pub fn affinity(mut self, processors: impl IntoIterator<Item = u32>) -> Self {
        self.affinity = processors.into_iter().collect();
        self
    }

    /// Starts the program in the session of the user who is logged on, on the user's desktop, with the user's rights and
    /// environment. The service has to run as `LocalSystem`.
    ///
    /// That is the user at the console, or else of the first active session, as over Remote Desktop. A program without a folder
    /// is one beside the service's exe; `PATH` is not searched. A job object cannot have processes of another session: only the
    /// child itself is stopped ([`Tree::Process`]), it goes on when the service is killed, and ends when the user logs off.
    /// Limits, pipes and batch files are not available.
    ///
    /// ```no_run
    /// use winsvc::child::{Command, StopStep};
    ///
    /// let tray = Command::new("tray.exe").in_active_session().stop([StopStep::Close]).spawn()?;
    /// # Ok::<(), winsvc::child::SpawnError>(())
    /// ```
    pub fn in_active_session(mut self) -> Self {
        self.is_in_active_session = true;
        self
    }

    pub(super) fn session(&self) -> Result<Session, SessionError> {
        if !self.is_in_active_session {
            return Ok(Session::Own);
        }
        let is_piped = [self.stdin, self.stdout, self.stderr].contains(&Stream::Piped);
        match [(is_piped, "Stream::Piped"), (!self.limits.is_empty(), "limits")]
            .into_iter()
            .find(|(is_used, _)| *is_used)
        {
            Some((_, option)) => Err(SessionError::Option { option }),
            None => Ok(Session::Active {
                inherits_environment: self.inherits_environment,
            }),
        }
    }

    pub(super) fn to_std(&self) -> std::process::Command {
        let mut command = std::process::Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(self.stdin.stdio())
            .stdout(self.stdout.stdio())
            .stderr(self.stderr.stdio());
        if !self.inherits_environment {
            command.env_clear();
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }
}
