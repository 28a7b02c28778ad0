//! Children on Windows.

use std::env;
use std::io;
use std::os::windows::io::{
    AsHandle as _, AsRawHandle as _, BorrowedHandle, FromRawHandle as _, OwnedHandle,
};
use std::os::windows::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, FALSE, INVALID_HANDLE_VALUE, WAIT_OBJECT_0};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::Threading::{
    ABOVE_NORMAL_PRIORITY_CLASS, BELOW_NORMAL_PRIORITY_CLASS, CREATE_BREAKAWAY_FROM_JOB, CREATE_NO_WINDOW,
    CREATE_SUSPENDED, DETACHED_PROCESS, GetExitCodeProcess, HIGH_PRIORITY_CLASS, IDLE_PRIORITY_CLASS,
    INFINITE, OpenThread, ResumeThread, SetProcessAffinityMask, THREAD_SUSPEND_RESUME, TerminateProcess,
    WaitForSingleObject,
};

use super::console_event;
use super::session::User;
use super::{Event, Options, Priority, SendFailure, Session, SpawnFailure, Streams, Tree};
use crate::sys::job::{Job, Membership};
use crate::sys::windows::{check, has_code};

/// The exit code of a killed child.
const KILLED: u32 = 1;

/// A child. Its id belongs to it as long as this value exists.
#[derive(Debug)]
pub(crate) struct Process {
    id: u32,
    tree: Tree,
    handle: OwnedHandle,
    job: Option<Job>,
    /// Whose session the child is in, if not in that of the service.
    user: Option<User>,
}

/// Starts a child: suspended, so that it starts nothing before it is in its job.
pub(crate) fn spawn(command: &mut Command, options: Options<'_>) -> Result<(Process, Streams), SpawnFailure> {
    if let Session::Active { inherits_environment } = options.session {
        return spawn_in_session(command, inherits_environment, options);
    }
    let membership = match options.tree {
        Tree::Job => Some(Membership::Killed),
        Tree::Process => Some(Membership::OneKilled),
        Tree::Leave if options.limits.is_empty() => None,
        Tree::Leave => Some(Membership::OneFree),
    };
    let job = membership
        .map(|membership| Job::new(membership, options.limits))
        .transpose()
        .map_err(SpawnFailure::Limits)?;
    // A console without a window: programs that need one have one, and Ctrl-C reaches it.
    let flags = CREATE_SUSPENDED | CREATE_NO_WINDOW | class(options.priority);
    let mut child = match options.tree {
        Tree::Job | Tree::Process => command.creation_flags(flags).spawn()?,
        // A job that the service itself is in may not allow it.
        Tree::Leave => match command.creation_flags(flags | CREATE_BREAKAWAY_FROM_JOB).spawn() {
            Err(error) if has_code(&error, ERROR_ACCESS_DENIED) => command.creation_flags(flags).spawn()?,
            spawned => spawned?,
        },
    };
    let set_up = job
        .as_ref()
        .map_or(Ok(()), |job| job.assign(child.as_handle()))
        .and_then(|()| set_affinity(child.as_handle(), options.affinity))
        .and_then(|()| resume(child.id()));
    if let Err(error) = set_up {
        let _ = child.kill();
        return Err(SpawnFailure::Program(error));
    }
    let streams = Streams {
        stdin: child.stdin.take(),
        stdout: child.stdout.take(),
        stderr: child.stderr.take(),
    };
    let process = Process {
        id: child.id(),
        tree: options.tree,
        handle: child.into(),
        job,
        user: None,
    };
    Ok((process, streams))
}

fn spawn_in_session(
    command: &Command,
    inherits_environment: bool,
    options: Options<'_>,
) -> Result<(Process, Streams), SpawnFailure> {
    let user = User::active().map_err(SpawnFailure::Session)?;
    let flags = CREATE_SUSPENDED | CREATE_NO_WINDOW | class(options.priority);
    let created = user.spawn(command, inherits_environment, flags)?;
    let process = Process {
        id: created.id,
        tree: options.tree,
        handle: created.process,
        job: None,
        user: Some(user),
    };
    let set_up = set_affinity(process.handle.as_handle(), options.affinity)
        .and_then(|()| resume_thread(created.thread.as_handle()));
    if let Err(error) = set_up {
        process.kill();
        return Err(SpawnFailure::Program(error));
    }
    let streams = Streams {
        stdin: None,
        stdout: None,
        stderr: None,
    };
    Ok((process, streams))
}

fn class(priority: Priority) -> u32 {
    match priority {
        Priority::Idle => IDLE_PRIORITY_CLASS,
        Priority::BelowNormal => BELOW_NORMAL_PRIORITY_CLASS,
        // Without a class the child has that of the service.
        Priority::Normal => 0,
        Priority::AboveNormal => ABOVE_NORMAL_PRIORITY_CLASS,
        Priority::High => HIGH_PRIORITY_CLASS,
    }
}

fn set_affinity(process: BorrowedHandle<'_>, processors: &[u32]) -> io::Result<()> {
    if processors.is_empty() {
        return Ok(());
    }
    let mut mask = 0_usize;
    for processor in processors {
        // A mask describes one processor group.
        let bit = 1_usize
            .checked_shl(*processor)
            .ok_or(io::ErrorKind::InvalidInput)?;
        mask |= bit;
    }
    // SAFETY: the handle is open.
    check(unsafe { SetProcessAffinityMask(process.as_raw_handle(), mask) })
}

/// Resumes a process that was created suspended. The standard library closes the handle of its thread.
fn resume(process: u32) -> io::Result<()> {
    // SAFETY: the call has no precondition.
    let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0) };
    if snapshot == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was opened above, and has no other owner.
    let snapshot = unsafe { OwnedHandle::from_raw_handle(snapshot) };
    let mut entry = THREADENTRY32 {
        dwSize: size_of::<THREADENTRY32>() as u32,
        ..THREADENTRY32::default()
    };
    let mut is_resumed = false;
    // SAFETY: the snapshot is open, the entry has the size that it contains.
    let mut found = unsafe { Thread32First(snapshot.as_raw_handle(), &raw mut entry) };
    while found != FALSE {
        if entry.th32OwnerProcessID == process {
            // Another program may have added a thread; resuming that has no effect.
            resume_thread(open_thread(entry.th32ThreadID)?.as_handle())?;
            is_resumed = true;
        }
        // SAFETY: as above.
        found = unsafe { Thread32Next(snapshot.as_raw_handle(), &raw mut entry) };
    }
    if is_resumed {
        Ok(())
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}

fn open_thread(id: u32) -> io::Result<OwnedHandle> {
    // SAFETY: the call has no precondition.
    let thread = unsafe { OpenThread(THREAD_SUSPEND_RESUME, FALSE, id) };
    if thread.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was opened above, and has no other owner.
    Ok(unsafe { OwnedHandle::from_raw_handle(thread) })
}

fn resume_thread(thread: BorrowedHandle<'_>) -> io::Result<()> {
    // SAFETY: the handle is open.
    if unsafe { ResumeThread(thread.as_raw_handle()) } == u32::MAX {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Waits until the child has exited.
    pub(crate) fn wait_for_exit(&self) {
        wait(&self.handle, INFINITE);
    }

    /// The exit status of a child that has exited.
    pub(crate) fn reap(&self) -> ExitStatus {
        ExitStatus::from_raw(exit_code(&self.handle))
    }

    /// The running processes of the tree, apart from the child itself; `None` if the system does not tell.
    pub(crate) fn others(&self) -> Option<u32> {
        match (&self.job, self.tree) {
            (Some(job), Tree::Job) => {
                let active = job.active().ok()?;
                let others = active.saturating_sub(u32::from(!wait(&self.handle, 0)));
                if others == 0 {
                    return Some(0);
                }
                // The host of a console that nobody uses any more is about to end.
                let members = job.members();
                let hosts = members.iter().filter(|member| member.is_console_host()).count();
                Some(others.saturating_sub(u32::try_from(hosts).unwrap_or(u32::MAX)))
            }
            _ => Some(0),
        }
    }

    /// Kills the child, and with [`Tree::Job`] its tree.
    pub(crate) fn kill(&self) {
        match (&self.job, self.tree) {
            (Some(job), Tree::Job) => job.terminate(KILLED),
            _ => terminate(&self.handle),
        }
    }

    /// Sends an event within the time that this may take.
    pub(crate) fn send(&self, event: Event, time: Duration) -> Result<(), SendFailure> {
        // The handles keep the ids from being reused until the event is sent.
        let members = match (&self.job, self.tree) {
            (Some(job), Tree::Job) => job.members(),
            _ => Vec::new(),
        };
        let mut ids = vec![self.id];
        ids.extend(members.iter().map(|member| member.id).filter(|id| *id != self.id));
        let mut sender = Command::new(env::current_exe()?);
        sender
            .args(console_event::arguments(event, &ids))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let sender: OwnedHandle = match &self.user {
            None => sender.creation_flags(DETACHED_PROCESS).spawn()?.into(),
            Some(user) => user.spawn(&sender, true, DETACHED_PROCESS)?.process,
        };
        if !wait(&sender, milliseconds(time)) {
            terminate(&sender);
            return Err(io::Error::from(io::ErrorKind::TimedOut).into());
        }
        console_event::result(exit_code(&sender))
    }
}

/// Whether a process has exited within the timeout.
fn wait(process: &OwnedHandle, milliseconds: u32) -> bool {
    // SAFETY: the handle is open.
    unsafe { WaitForSingleObject(process.as_raw_handle(), milliseconds) == WAIT_OBJECT_0 }
}

fn terminate(process: &OwnedHandle) {
    // SAFETY: the handle is open.
    unsafe { TerminateProcess(process.as_raw_handle(), KILLED) };
}

fn exit_code(process: &OwnedHandle) -> u32 {
    let mut code = KILLED;
    // SAFETY: the handle is open; the code is written before the call returns.
    unsafe { GetExitCodeProcess(process.as_raw_handle(), &raw mut code) };
    code
}

fn milliseconds(time: Duration) -> u32 {
    time.as_millis().try_into().unwrap_or(INFINITE)
}
