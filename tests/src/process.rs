//! Running programs to their end, under a deadline.

use std::fmt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::deadline::until;

/// What a program left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
}

impl Finished {
    /// The run of a program that must succeed.
    ///
    /// # Panics
    ///
    /// When it did not, with everything that it said.
    #[must_use]
    pub fn ok(self) -> Self {
        assert!(self.status.success(), "{self}");
        self
    }

    /// The lines of standard output.
    pub fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            stdout,
            stderr,
        } = self;
        write!(f, "{status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// A program that runs.
///
/// Its output goes to files, not pipes: Wine's servers inherit what the first program of a session was given, and a
/// pipe would stay open for as long as they live. It leads a process group of its own, which ends with this value.
pub struct Running {
    child: Child,
    name: String,
    stdout: NamedTempFile,
    stderr: NamedTempFile,
}

impl Running {
    /// Starts `command` with what it was given as standard input (nothing, unless it says otherwise).
    ///
    /// # Panics
    ///
    /// When the program cannot be started.
    pub fn start(command: &mut Command) -> Self {
        let name = format!("{command:?}");
        let file = || NamedTempFile::new().expect("a temporary file");
        let (stdout, stderr) = (file(), file());
        let share = |file: &NamedTempFile| Stdio::from(file.reopen().expect("a second handle"));
        let child = command
            .stdout(share(&stdout))
            .stderr(share(&stderr))
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        Self {
            child,
            name,
            stdout,
            stderr,
        }
    }

    /// What the program has written to standard output so far.
    pub fn stdout(&self) -> String {
        contents(&self.stdout)
    }

    /// What the program has written to standard error so far.
    pub fn stderr(&self) -> String {
        contents(&self.stderr)
    }

    /// The program's process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the program still runs.
    ///
    /// # Panics
    ///
    /// When the operating system cannot say.
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().expect("the state of a child").is_none()
    }

    /// Closes the program's standard input.
    pub fn close_stdin(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Sends a signal, by the name that kill(1) knows it by, to the program alone.
    pub fn signal(&self, name: &str) {
        kill(name, &self.id().to_string());
    }

    /// Sends a signal to the program and all that it started, as a terminal does with Ctrl-C.
    pub fn signal_group(&self, name: &str) {
        kill(name, &format!("-{}", self.id()));
    }

    /// Ends the program and all that it started, at once.
    pub fn kill_group(&self) {
        self.signal_group("KILL");
    }

    /// Waits for the program's end.
    ///
    /// # Panics
    ///
    /// When it has not ended after `within`.
    pub fn finish(mut self, within: Duration) -> Finished {
        let name = self.name.clone();
        let status = until(&name, within, || {
            let ended = self.child.try_wait().expect("the state of a child");
            ended.ok_or_else(|| contents(&self.stderr))
        });
        Finished {
            status,
            stdout: contents(&self.stdout),
            stderr: contents(&self.stderr),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_alive() {
            self.kill_group();
            let _ = self.child.wait();
        }
    }
}

/// Runs `command` to its end.
///
/// # Panics
///
/// When it cannot be started, or has not ended after `within`.
pub fn run(command: &mut Command, within: Duration) -> Finished {
    Running::start(command.stdin(Stdio::null())).finish(within)
}

/// A program that must be there.
///
/// # Panics
///
/// When it is not, naming the command that installs what the tests need.
pub fn require(program: &str) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    assert!(
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file()),
        "{program} is missing: `tests/run prepare` installs it"
    );
    Command::new(program)
}

fn kill(signal: &str, target: &str) {
    // The shell's own kill: a program of that name is not on every machine.
    let script = format!("kill -s {signal} -- {target}");
    let _ = Command::new("sh")
        .args(["-c", &script])
        .stderr(Stdio::null())
        .status();
}

fn contents(file: &NamedTempFile) -> String {
    let bytes = std::fs::read(file.path()).expect("a readable file");
    String::from_utf8_lossy(&bytes).into_owned()
}
