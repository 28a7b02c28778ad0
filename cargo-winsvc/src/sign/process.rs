//! Runs a signing program: without a terminal that it could ask for a password, and no longer than it may take.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap};
use thiserror::Error;

use crate::secret::Secret;

/// How often it is looked whether the program has ended.
const POLL: Duration = Duration::from_millis(20);
/// How much of the end of its output is read.
const LONGEST_OUTPUT: u64 = 0x1_0000;

/// What is run.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
    /// The folder that it runs in; default: the current one.
    pub(super) folder: Option<PathBuf>,
    /// What it reads from its standard input.
    pub(super) stdin: Option<Secret>,
}

/// What it left.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) status: ExitStatus,
    /// The end of what it wrote to both of its outputs.
    pub(super) output: String,
}

impl Call {
    /// Runs it. All of its processes are killed after the timeout, or when the tool is interrupted.
    pub(super) fn run(&self, timeout: Duration) -> Result<Finished, CallError> {
        let mut output = tempfile::tempfile()?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command.stdin(self.stdin.as_ref().map_or_else(Stdio::null, |_| Stdio::piped()));
        command.stdout(output.try_clone()?).stderr(output.try_clone()?);
        let mut command = CommandWrap::from(command);
        // A session has no terminal; a password that is missing is an error then, not a question.
        #[cfg(unix)]
        command.wrap(process_wrap::std::ProcessSession);
        #[cfg(windows)]
        command.wrap(process_wrap::std::JobObject);
        let interrupts = interrupts::Watch::begin();
        let mut child = command.spawn().map_err(CallError::NotRun)?;
        if let (Some(secret), Some(mut stdin)) = (&self.stdin, child.stdin().take()) {
            // A program that does not read it reports that by its result.
            let _ = stdin.write_all(secret.as_bytes());
        }
        let status = wait(child.as_mut(), timeout, &interrupts)?;
        Ok(Finished {
            status,
            output: end_of(&mut output)?,
        })
    }
}

fn wait(
    child: &mut dyn ChildWrapper,
    timeout: Duration,
    interrupts: &interrupts::Watch,
) -> Result<ExitStatus, CallError> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let reason = if interrupts.happened() {
            CallError::Interrupted
        } else if started.elapsed() >= timeout {
            CallError::Timeout(timeout)
        } else {
            thread::sleep(POLL);
            continue;
        };
        child.kill()?;
        return Err(reason);
    }
}

fn end_of(output: &mut File) -> io::Result<String> {
    let length = output.seek(SeekFrom::End(0))?;
    output.seek(SeekFrom::Start(length.saturating_sub(LONGEST_OUTPUT)))?;
    let mut bytes = Vec::new();
    output.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A terminal's Ctrl+C reaches the tool alone, as the program has a session of its own.
#[cfg(unix)]
mod interrupts {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, OnceLock};

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;

    struct State {
        /// Whether a signal ends the tool, as it does by default.
        is_idle: Arc<AtomicBool>,
        happened: Arc<AtomicBool>,
    }

    static STATE: OnceLock<State> = OnceLock::new();

    /// While it exists, signals do not end the tool.
    pub(super) struct Watch(&'static State);

    impl Watch {
        pub(super) fn begin() -> Self {
            let state = STATE.get_or_init(|| {
                let state = State {
                    is_idle: Arc::new(AtomicBool::new(true)),
                    happened: Arc::default(),
                };
                for signal in [SIGINT, SIGTERM] {
                    // Without a handler, the signal has its default effect.
                    let _ = flag::register_conditional_default(signal, Arc::clone(&state.is_idle))
                        .and_then(|_| flag::register(signal, Arc::clone(&state.happened)));
                }
                state
            });
            state.is_idle.store(false, Ordering::SeqCst);
            Self(state)
        }

        pub(super) fn happened(&self) -> bool {
            self.0.happened.load(Ordering::SeqCst)
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            self.0.is_idle.store(true, Ordering::SeqCst);
        }
    }
}

/// A console's Ctrl+C reaches both the tool and the program.
#[cfg(not(unix))]
mod interrupts {
    pub(super) struct Watch;

    impl Watch {
        pub(super) fn begin() -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "as on Unix")]
        pub(super) fn happened(&self) -> bool {
            false
        }
    }
}

/// The error if the program could not be run to its end.
#[derive(Debug, Error)]
pub(crate) enum CallError {
    /// It could not be started.
    #[error("the program cannot be started")]
    NotRun(#[source] io::Error),
    /// It took too long.
    #[error("the program did not finish within {} s and was killed", .0.as_secs_f64())]
    Timeout(Duration),
    /// The tool was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// Its result could not be read.
    #[error("the program's result cannot be read")]
    Result(#[from] io::Error),
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str) -> Call {
        Call {
            program: "/bin/sh".into(),
            arguments: ["-c", script].map(OsString::from).into(),
            folder: None,
            stdin: None,
        }
    }

    #[test]
    fn both_outputs_are_read_in_their_order() {
        let finished = sh("echo one; echo two >&2; echo three; exit 3")
            .run(Duration::from_mins(1))
            .unwrap();
        assert_eq!(
            (finished.status.code(), finished.output.as_str()),
            (Some(3), "one\ntwo\nthree\n")
        );
    }

    #[test]
    fn all_processes_are_killed_after_the_timeout() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        // The shell waits for a process that ignores the signals of its terminal.
        let script = format!("nohup sleep 300 >/dev/null & echo $! >{}; wait", pid.display());
        let error = sh(&script).run(Duration::from_millis(500)).unwrap_err();
        assert!(matches!(error, CallError::Timeout(_)), "{error}");
        let pid = std::fs::read_to_string(&pid).unwrap();
        let is_alive = || {
            let status = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
            // In a container, nobody may wait for a zombie.
            status.is_ok_and(|status| !status.contains(") Z "))
        };
        // A kill has its effect when the process is scheduled next.
        let started = Instant::now();
        while is_alive() {
            assert!(started.elapsed() < Duration::from_mins(1), "{pid} is alive");
            thread::sleep(POLL);
        }
    }
}
