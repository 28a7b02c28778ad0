//! Processes: waiting for another one, and replacing this one as far as Windows can, by a child that lives as long as
//! this process.
//!
//! The standard library could start a child too, but adds 50 kB to an exe that is optimized for size.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::os::windows::io::{AsRawHandle as _, BorrowedHandle, FromRawHandle as _, OwnedHandle};
use std::path::Path;
use std::ptr;
use std::time::Duration;

use windows_sys::Win32::Foundation::{FALSE, HANDLE, TRUE, WAIT_OBJECT_0};
use windows_sys::Win32::System::SystemInformation::GetSystemDirectoryW;
#[cfg(feature = "update")]
use windows_sys::Win32::System::Threading::{
    CREATE_BREAKAWAY_FROM_JOB, CREATE_NEW_PROCESS_GROUP, DETACHED_PROCESS,
};
use windows_sys::Win32::System::Threading::{
    CREATE_NO_WINDOW, CREATE_SUSPENDED, CreateProcessW, GetExitCodeProcess, INFINITE, OpenProcess,
    PROCESS_INFORMATION, PROCESS_SYNCHRONIZE, ResumeThread, STARTUPINFOW, WaitForSingleObject,
};
use windows_sys::core::BOOL;
use winsvc_definition::{Limits, command_line};

use super::job::{Job, Membership};
use super::machine::Process;

/// Runs a program to its end, and ends this process with its exit code. Returns only if the program cannot be started.
/// Ctrl-C and the closing of the console reach both processes; this one ignores them.
pub(crate) fn replace_by(
    exe: &Path,
    name: &OsStr,
    arguments: &[OsString],
    environment: &[(&str, &str)],
) -> io::Error {
    // Without the handler, Ctrl-C ends this process slightly before the program.
    let _ = super::on_terminal_signal(|_| {});
    for (name, value) in environment {
        // SAFETY: on Windows the environment may be changed at any time.
        unsafe { env::set_var(name, value) };
    }
    let line = command_line::process(&name.to_string_lossy(), &texts(arguments));
    match start(exe, &line) {
        Ok(process) => std::process::exit(wait(process)),
        Err(error) => error,
    }
}

/// Windows passes the arguments as a single string. Invalid Unicode could not be typed at a prompt either.
fn texts(arguments: &[OsString]) -> Vec<String> {
    let arguments = arguments.iter();
    arguments
        .map(|text| text.to_string_lossy().into_owned())
        .collect()
}

/// Starts a program with the terminal, the environment and the working directory of this process.
fn start(exe: &Path, line: &str) -> io::Result<HANDLE> {
    let started = create(exe.as_os_str(), line, TRUE, CREATE_SUSPENDED)?;
    // SAFETY: the handle was opened above, and is open until the end of this process.
    end_with_this_process(unsafe { BorrowedHandle::borrow_raw(started.hProcess) });
    // SAFETY: the handle of the thread is open. Both handles are closed by the end of this process.
    unsafe { ResumeThread(started.hThread) };
    Ok(started.hProcess)
}

/// Starts a program with the environment and the working directory of this process, and with its inheritable handles if
/// `inherits_handles` is `TRUE`. The caller owns the handles that it returns.
fn create(exe: &OsStr, line: &str, inherits_handles: BOOL, flags: u32) -> io::Result<PROCESS_INFORMATION> {
    let exe: Vec<u16> = exe.encode_wide().chain([0]).collect();
    let mut line: Vec<u16> = line.encode_utf16().chain([0]).collect();
    let startup = STARTUPINFOW {
        cb: size_of::<STARTUPINFOW>() as u32,
        ..STARTUPINFOW::default()
    };
    let mut started = PROCESS_INFORMATION::default();
    // SAFETY: path and line are NUL-terminated, the line may be written to; null inherits from this process. All
    // outlive the call.
    let done = unsafe {
        CreateProcessW(
            exe.as_ptr(),
            line.as_mut_ptr(),
            ptr::null(),
            ptr::null(),
            inherits_handles,
            flags,
            ptr::null(),
            ptr::null(),
            &raw const startup,
            &raw mut started,
        )
    };
    if done == FALSE {
        return Err(io::Error::last_os_error());
    }
    Ok(started)
}

/// Runs a program of the system folder to its end, without a window and with none of this process's handles. Returns its
/// exit code.
pub(super) fn run_system_program(program: &str, arguments: &[String]) -> io::Result<u32> {
    // Not from the environment, which a user without rights may have set for this elevated process.
    let mut folder = [0_u16; 260];
    // SAFETY: at most the given number of units is written.
    let length = unsafe { GetSystemDirectoryW(folder.as_mut_ptr(), folder.len() as u32) } as usize;
    if length == 0 || length >= folder.len() {
        return Err(io::Error::last_os_error());
    }
    let exe = format!(r"{}\{program}", String::from_utf16_lossy(&folder[..length]));
    let line = command_line::process(&exe, arguments);
    let started = create(OsStr::new(&exe), &line, FALSE, CREATE_NO_WINDOW)?;
    // SAFETY: the handles were opened above, and have no other owners.
    let [process, _thread] =
        [started.hProcess, started.hThread].map(|handle| unsafe { OwnedHandle::from_raw_handle(handle) });
    Ok(u32::from_ne_bytes(wait(process.as_raw_handle()).to_ne_bytes()))
}

/// Starts a program that outlives this process, and has neither its console nor its handles.
#[cfg(feature = "update")]
pub(crate) fn start_detached(exe: &Path, arguments: &[String]) -> io::Result<OpenedProcess> {
    let line = command_line::process(&exe.to_string_lossy(), arguments);
    let flags = DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP;
    let start = |flags| create(exe.as_os_str(), &line, FALSE, flags);
    // Not every job lets go of its processes.
    let started = start(flags | CREATE_BREAKAWAY_FROM_JOB).or_else(|_| start(flags))?;
    // SAFETY: the handles were opened above, and have no other owners.
    let [process, _thread] =
        [started.hProcess, started.hThread].map(|handle| unsafe { OwnedHandle::from_raw_handle(handle) });
    Ok(OpenedProcess(process))
}

/// Ends the process when this one ends for any reason. If that is not possible, the process runs without.
fn end_with_this_process(process: BorrowedHandle<'_>) {
    let Ok(job) = Job::new(Membership::Killed, &Limits::default()) else {
        return;
    };
    let _ = job.assign(process);
    // Closed only by the end of this process.
    std::mem::forget(job);
}

/// Waits for the end of a process and returns its exit code.
fn wait(process: HANDLE) -> i32 {
    let mut code = 1;
    // SAFETY: the handle is open; the code is written before the call returns.
    unsafe {
        WaitForSingleObject(process, INFINITE);
        GetExitCodeProcess(process, &raw mut code);
    }
    i32::from_ne_bytes(code.to_ne_bytes())
}

/// An open process.
pub(crate) struct OpenedProcess(OwnedHandle);

impl OpenedProcess {
    /// Opens a process to wait for it; `None` if it has ended, or may not be opened.
    pub(super) fn open(pid: u32) -> Option<Self> {
        // SAFETY: the call has no precondition.
        let process = unsafe { OpenProcess(PROCESS_SYNCHRONIZE, FALSE, pid) };
        // SAFETY: the handle was opened above, and has no other owner.
        (!process.is_null()).then(|| Self(unsafe { OwnedHandle::from_raw_handle(process) }))
    }
}

impl Process for OpenedProcess {
    fn wait(&self, timeout: Duration) -> bool {
        let timeout = u32::try_from(timeout.as_millis()).unwrap_or(INFINITE);
        // SAFETY: the handle is open.
        unsafe { WaitForSingleObject(self.0.as_raw_handle(), timeout) == WAIT_OBJECT_0 }
    }
}
