//! Running programs to their end, under a deadline.

use std::fmt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::deadline::until;

#[cfg(unix)]
#[path = "process/unix.rs"]
mod group;
#[cfg(windows)]
#[path = "process/windows.rs"]
mod group;

use self::group::Group;

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
    /// Whether there is any sign of it.
    fn has_begun(&self) -> bool {
        // 66 is the low byte of STATUS_DLL_INIT_FAILED.
        let is_silent = self.stdout.is_empty() && self.stderr.is_empty();
        !(is_silent && matches!(self.status.code(), Some(1 | 66)))
    }

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
/// pipe would stay open for as long as they live. It and all that it starts make a group, which ends with this value.
pub struct Running {
    child: Child,
    group: Group,
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
        Group::prepare(command);
        let child = command
            .stdout(share(&stdout))
            .stderr(share(&stderr))
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        Self {
            group: Group::of(&child),
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

    /// Sends a signal, by the name that kill(1) knows it by, to the program alone.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        group::kill(name, &self.id().to_string());
    }

    /// Presses Ctrl-C in the terminal of the program and of all that it started.
    pub fn interrupt(&self) {
        self.group.interrupt();
    }

    /// Ends the program alone, at once.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
    }

    /// Ends the program and all that it started, at once.
    pub fn kill_group(&self) {
        self.group.kill();
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

/// Runs the probe to its end.
///
/// About once in two thousand times, and only when the machine is busy, Wine ends a program before it begins: with exit code 1
/// or 66, and without a word. The probe says what it has done, or why it could not; one that has said nothing has done nothing, and
/// is run again.
///
/// # Panics
///
/// When it cannot be started, or has not ended after `within`.
pub fn run_probe(probe: &mut Command, within: Duration) -> Finished {
    const BEGINNINGS: usize = 5;
    let mut finished = run(probe, within);
    for _ in 1..BEGINNINGS {
        if finished.has_begun() {
            break;
        }
        finished = run(probe, within);
    }
    finished
}

/// Where a program lies that must be there.
///
/// # Panics
///
/// When it is not, naming the command that sees to what the tests need.
pub fn find(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let mut files = std::env::split_paths(&path).map(|folder| folder.join(&file));
    let found = files.find(|file| file.is_file());
    found.unwrap_or_else(|| {
        panic!("{program} is missing: `tests/run prepare` installs it, or says where it comes from")
    })
}

/// A program that must be there.
///
/// # Panics
///
/// When it is not, as [`find`].
pub fn require(program: &str) -> Command {
    let _ = find(program);
    Command::new(program)
}

/// Windows' own PowerShell, with a script.
#[cfg(windows)]
pub fn powershell(script: &std::path::Path) -> Command {
    let mut powershell = Command::new("powershell");
    powershell
        .args([
            "-NoProfile",
            "-NonInteractive",
            "-ExecutionPolicy",
            "Bypass",
            "-File",
        ])
        .arg(script);
    powershell
}

fn contents(file: &NamedTempFile) -> String {
    let bytes = std::fs::read(file.path()).expect("a readable file");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::deadline::PATIENCE;

    /// A shell that runs one line.
    fn shell(line: &str) -> Command {
        let (shell, flag) = if cfg!(windows) {
            ("cmd", "/c")
        } else {
            ("sh", "-c")
        };
        let mut command = Command::new(shell);
        command.args([flag, line]);
        command
    }

    #[test]
    fn output_errors_and_exit_code_of_a_program_are_kept() {
        let finished = run(&mut shell("echo out&& echo err>&2&& exit 7"), PATIENCE);
        assert_eq!(finished.status.code(), Some(7), "{finished}");
        assert_eq!(finished.lines(), ["out"]);
        assert_eq!(finished.stderr.trim_end(), "err");
    }

    #[test]
    fn a_group_ends_with_what_its_program_has_started() {
        let mut running = Running::start(shell(WAITS_IN_A_CHILD).stdin(Stdio::piped()));
        until("the child's word", PATIENCE, || {
            running.stdout().contains("waiting").then_some(()).ok_or(())
        });
        let mut stdin = running.child.stdin.take().unwrap();
        stdin.write_all(b"x").unwrap();
        running.kill_group();
        until("nobody who would read on", PATIENCE, || {
            match stdin.write_all(b"x") {
                Ok(()) => Err("somebody reads"),
                Err(_) => Ok(()),
            }
        });
        let ended = running.finish(PATIENCE);
        assert!(!ended.status.success(), "{ended}");
    }

    /// The child waits for the end of a line.
    const WAITS_IN_A_CHILD: &str = if cfg!(windows) {
        "cmd /c set /p line=waiting"
    } else {
        "sh -c 'echo waiting; read line'; true"
    };
}
