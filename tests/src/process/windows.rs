//! A job of Windows, and a console of its own that nobody sees.

use std::os::windows::process::CommandExt as _;
use std::process::{Child, Command};

use super::run;
use crate::deadline::PATIENCE;
use crate::paths;
use crate::sys::{Job, take_ctrl_c};

/// `CREATE_NO_WINDOW`: a console for this program and what it starts, without a window
/// (<https://learn.microsoft.com/windows/win32/procthread/process-creation-flags>).
const CREATE_NO_WINDOW: u32 = 0x0800_0000;

pub(super) struct Group {
    job: Job,
    leader: u32,
}

impl Group {
    pub(super) fn prepare(command: &mut Command) {
        // Whoever started the tests may have told them not to mind Ctrl-C; that would go on to all that they start.
        take_ctrl_c();
        command.creation_flags(CREATE_NO_WINDOW);
    }

    pub(super) fn of(child: &Child) -> Self {
        Self {
            job: Job::around(child),
            leader: child.id(),
        }
    }

    /// The probe goes to the program's console, where Ctrl-C reaches all who share it.
    pub(super) fn interrupt(&self) {
        let mut probe = Command::new(paths::prepared("probe.exe"));
        let _ = run(probe.args(["ctrl-c", &self.leader.to_string()]), PATIENCE).ok();
    }

    pub(super) fn kill(&self) {
        self.job.end();
    }
}
