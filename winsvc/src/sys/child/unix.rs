//! Children on Unix.

use std::fs;
use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Event, Options, Priority, SendFailure, Session, SessionFailure, SpawnFailure, Streams, Tree};
use crate::sys::limits::{limit_memory, memory_limit};
use crate::sys::unix::check;

/// A child that has not been reaped: its id, and the id of its process group, belong to it until then.
#[derive(Debug)]
pub(crate) struct Process {
    id: libc::pid_t,
    tree: Tree,
    /// `None` when the child has been reaped.
    child: Mutex<Option<Child>>,
}

/// Starts a child. Except for [`Tree::Leave`], Linux kills it when the calling thread ends.
pub(crate) fn spawn(command: &mut Command, options: Options<'_>) -> Result<(Process, Streams), SpawnFailure> {
    if options.session != Session::Own {
        let error = io::ErrorKind::Unsupported.into();
        return Err(SpawnFailure::Session(SessionFailure::Other(error)));
    }
    command.process_group(0);
    let setup = Setup::new(options)?;
    // SAFETY: the closure only makes system calls that are allowed after a fork, and allocates nothing.
    unsafe { command.pre_exec(move || setup.apply()) };
    let mut child = command.spawn()?;
    let streams = Streams {
        stdin: child.stdin.take(),
        stdout: child.stdout.take(),
        stderr: child.stderr.take(),
    };
    let process = Process {
        id: child.id().try_into().unwrap_or(libc::pid_t::MAX),
        tree: options.tree,
        child: Mutex::new(Some(child)),
    };
    Ok((process, streams))
}

/// What the child does to itself before it becomes the program.
struct Setup {
    memory: Option<libc::rlim_t>,
    nice: Option<libc::c_int>,
    #[cfg(target_os = "linux")]
    affinity: Option<libc::cpu_set_t>,
    /// The id of this process, if the child is to die with it.
    #[cfg(target_os = "linux")]
    dies_with: Option<libc::pid_t>,
}

impl Setup {
    fn new(options: Options<'_>) -> io::Result<Self> {
        #[cfg(not(target_os = "linux"))]
        if !options.affinity.is_empty() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Ok(Self {
            memory: memory_limit(options.limits),
            nice: match options.priority {
                Priority::Idle => Some(19),
                Priority::BelowNormal => Some(10),
                Priority::Normal => None,
                Priority::AboveNormal => Some(-5),
                Priority::High => Some(-10),
            },
            #[cfg(target_os = "linux")]
            affinity: affinity(options.affinity)?,
            // SAFETY: the call has no precondition and cannot fail.
            #[cfg(target_os = "linux")]
            dies_with: (options.tree != Tree::Leave).then(|| unsafe { libc::getpid() }),
        })
    }

    fn apply(&self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if let Some(parent) = self.dies_with {
            // SAFETY: the calls have no precondition.
            unsafe {
                check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
                // The parent may have ended before the call.
                if libc::getppid() != parent {
                    libc::_exit(1);
                }
            }
        }
        #[cfg(target_os = "linux")]
        if let Some(set) = &self.affinity {
            // SAFETY: the set has the given size and outlives the call; 0 is this process.
            check(unsafe { libc::sched_setaffinity(0, size_of_val(set), set) })?;
        }
        if let Some(nice) = self.nice {
            // SAFETY: the call has no precondition; 0 is this process.
            check(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, nice) })?;
        }
        if let Some(bytes) = self.memory {
            limit_memory(bytes)?;
        }
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn affinity(processors: &[u32]) -> io::Result<Option<libc::cpu_set_t>> {
    if processors.is_empty() {
        return Ok(None);
    }
    // SAFETY: zero is the empty set.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    for processor in processors {
        let processor = *processor as usize;
        if processor >= size_of_val(&set) * 8 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // SAFETY: the number is in the set's range.
        unsafe { libc::CPU_SET(processor, &mut set) };
    }
    Ok(Some(set))
}

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.id.unsigned_abs()
    }

    /// Waits until the child has exited, without reaping it.
    pub(crate) fn wait_for_exit(&self) {
        loop {
            // SAFETY: zero is a valid `siginfo_t`, which the call overwrites.
            let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
            // SAFETY: as above.
            let result = unsafe {
                libc::waitid(
                    libc::P_PID,
                    self.id.unsigned_abs(),
                    &raw mut info,
                    libc::WEXITED | libc::WNOWAIT,
                )
            };
            // ECHILD: a program that ignores SIGCHLD has no exit status of its children.
            if result == 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                return;
            }
        }
    }

    /// Takes the exit status of a child that has exited. From then on its id may belong to another process.
    pub(crate) fn reap(&self) -> ExitStatus {
        let reaped = self.child().take().and_then(|mut child| child.wait().ok());
        reaped.unwrap_or(ExitStatus::from_raw(libc::SIGKILL))
    }

    /// The running processes of the tree, apart from the child itself; `None` if the system does not tell.
    pub(crate) fn others(&self) -> Option<u32> {
        match self.tree {
            Tree::Process | Tree::Leave => Some(0),
            Tree::Job if cfg!(target_os = "linux") => members(self.id),
            Tree::Job => None,
        }
    }

    /// Kills the child, and with [`Tree::Job`] its tree.
    pub(crate) fn kill(&self) {
        let _ = self.signal(libc::SIGKILL);
    }

    pub(crate) fn send(&self, event: Event, _time: Duration) -> Result<(), SendFailure> {
        let sent = self.signal(match event {
            Event::CtrlC => libc::SIGINT,
            Event::CtrlBreak | Event::Close => libc::SIGTERM,
        });
        sent.map_err(|error| match error.raw_os_error() {
            Some(libc::ESRCH) => SendFailure::Exited,
            _ => SendFailure::Other(error),
        })
    }

    fn signal(&self, signal: libc::c_int) -> io::Result<()> {
        // The lock keeps the child from being reaped meanwhile.
        let child = self.child();
        if child.is_none() {
            return Err(io::Error::from_raw_os_error(libc::ESRCH));
        }
        let id = match self.tree {
            Tree::Job => -self.id,
            Tree::Process | Tree::Leave => self.id,
        };
        // SAFETY: the call has no precondition.
        check(unsafe { libc::kill(id, signal) })
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many processes run in a group, without its leader.
fn members(group: libc::pid_t) -> Option<u32> {
    let mut count = 0;
    for entry in fs::read_dir("/proc").ok()? {
        let name = entry.ok()?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<libc::pid_t>().ok()) else {
            continue;
        };
        // A process that has ended meanwhile has no file.
        if let Ok(stat) = fs::read(format!("/proc/{id}/stat")) {
            if id != group && is_running_in(&stat, group) {
                count += 1;
            }
        }
    }
    Some(count)
}

/// Reads `PID (NAME) STATE PPID PGRP …`, whose name can contain anything.
fn is_running_in(stat: &[u8], group: libc::pid_t) -> bool {
    let name_end = stat.iter().rposition(|byte| *byte == b')');
    let rest = name_end.and_then(|end| std::str::from_utf8(&stat[end + 1..]).ok());
    let mut fields = rest.unwrap_or_default().split_ascii_whitespace();
    let (state, pgrp) = (fields.next(), fields.nth(1));
    !matches!(state, None | Some("Z" | "X")) && pgrp.and_then(|pgrp| pgrp.parse().ok()) == Some(group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_of_a_group_is_found_whatever_its_name_is() {
        assert!(is_running_in(b"12 (worker) S 1 10 10 0", 10));
        assert!(is_running_in(b"12 (a) R 1 99) S 1 10 10 0", 10));
        assert!(!is_running_in(b"12 (worker) S 10 12 10 0", 10));
        assert!(!is_running_in(b"12 (worker) Z 1 10 10 0", 10));
        assert!(!is_running_in(b"", 10));
    }

    #[test]
    fn a_child_that_has_been_reaped_is_never_signalled() {
        // Its id has become that of another process: of this one.
        let reaped = Process {
            id: std::process::id().try_into().unwrap(),
            tree: Tree::Process,
            child: Mutex::new(None),
        };
        let sent = reaped.send(Event::CtrlC, Duration::ZERO);
        assert!(matches!(sent, Err(SendFailure::Exited)));
        reaped.kill();
    }
}
