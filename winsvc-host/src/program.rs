//! The program as a child of the host.

use std::ffi::OsString;
use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

use winsvc::child::{self, Child, Command, SpawnError};
use winsvc_definition::manifest::{Host, Priority, ProcessTree, StopSignal, StopStep};

use crate::texts::Texts;

/// How a process exited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit(ExitStatus);

impl Exit {
    /// The exit code, as a shell has it for a process that was ended by a signal.
    #[expect(
        clippy::cast_sign_loss,
        reason = "Windows' codes are unsigned; `ExitStatus` keeps their bits"
    )]
    pub(crate) fn code(self) -> u32 {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&self.0) {
            return 128 + signal as u32;
        }
        self.0.code().unwrap_or(1) as u32
    }
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        Self(status)
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The first code of those that Windows writes in hexadecimal, such as an access violation.
        const NT_STATUS: u32 = 0x4000_0000;

        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&self.0) {
            return write!(f, "was ended by signal {signal}");
        }
        match self.code() {
            code @ NT_STATUS.. => write!(f, "exited with code 0x{code:08X}"),
            code => write!(f, "exited with code {code}"),
        }
    }
}

/// What to start. `arguments` follow those of the table.
pub(crate) fn command(host: &Host, texts: &Texts, arguments: &[OsString], stop_timeout: Duration) -> Command {
    let program = texts.program(&host.program);
    let folder = match &host.working_directory {
        Some(folder) => texts.path(folder),
        None => match program.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => texts.install(),
        },
    };
    let mut command = Command::new(&program)
        .args(host.arguments.iter().map(|text| texts.text(text)))
        .args(arguments)
        .current_dir(folder);
    if !host.inherit_environment {
        command = command.env_clear();
    }
    for (name, value) in &host.environment {
        command = command.env(name.as_str(), texts.text(value));
    }
    let stop = host.stop.iter().map(|step| match step {
        StopStep::Signal(StopSignal::CtrlC) => child::StopStep::CtrlC,
        StopStep::Signal(StopSignal::CtrlBreak) => child::StopStep::CtrlBreak,
        StopStep::Signal(StopSignal::Close) => child::StopStep::Close,
        StopStep::Command(command) => texts.command(command).stop([]).into(),
    });
    command
        .priority(match host.priority {
            Priority::Idle => child::Priority::Idle,
            Priority::BelowNormal => child::Priority::BelowNormal,
            Priority::Normal => child::Priority::Normal,
            Priority::AboveNormal => child::Priority::AboveNormal,
            Priority::High => child::Priority::High,
        })
        .affinity(host.affinity.iter().flat_map(|affinity| affinity.processors()))
        .tree(match host.tree {
            ProcessTree::Job => child::Tree::Job,
            ProcessTree::Process => child::Tree::Process,
            ProcessTree::Leave => child::Tree::Leave,
        })
        .stop(stop)
        .stop_timeout(stop_timeout)
}

/// Starts the program with pipes as the output needs them.
pub(crate) fn spawn(command: &Command, [stdout, stderr]: [child::Stream; 2]) -> Result<Child, SpawnError> {
    command.clone().stdout(stdout).stderr(stderr).spawn()
}
