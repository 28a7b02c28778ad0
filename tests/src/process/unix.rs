//! A process group of Unix, which its program leads.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

pub(super) struct Group {
    leader: u32,
}

impl Group {
    pub(super) fn prepare(command: &mut Command) {
        command.process_group(0);
    }

    pub(super) fn of(child: &Child) -> Self {
        Self { leader: child.id() }
    }

    pub(super) fn interrupt(&self) {
        kill("INT", &format!("-{}", self.leader));
    }

    pub(super) fn kill(&self) {
        kill("KILL", &format!("-{}", self.leader));
    }
}

/// Sends a signal to a process, or to a group by its number with a minus.
pub(super) fn kill(signal: &str, target: &str) {
    // The shell's own kill: a program of that name is not on every machine.
    let script = format!("kill -s {signal} -- {target}");
    let _ = Command::new("sh")
        .args(["-c", &script])
        .stderr(Stdio::null())
        .status();
}
