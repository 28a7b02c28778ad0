//! The parent process.
//!
//! A snapshot of all processes contains the required data under every account. `OpenProcess` is not enough: a service's
//! own account may not open `services.exe`.

use std::ffi::OsString;
use std::os::windows::ffi::OsStringExt as _;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::process;

use windows_sys::Win32::Foundation::{FALSE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};

/// A process that may have ended.
pub(crate) struct Parent {
    pub(crate) pid: u32,
    /// The file name of its exe; `None` if the process has ended. Its id may have been reused since then.
    pub(crate) exe: Option<OsString>,
}

/// The parent process; `None` if Windows does not report it.
pub(crate) fn parent() -> Option<Parent> {
    let processes = processes()?;
    let own = processes
        .iter()
        .find(|entry| entry.th32ProcessID == process::id())?;
    let pid = own.th32ParentProcessID;
    let parent = processes.iter().find(|entry| entry.th32ProcessID == pid);
    let exe = parent.map(|entry| {
        let name = entry.szExeFile.split(|unit| *unit == 0).next();
        OsString::from_wide(name.unwrap_or_default())
    });
    Some(Parent { pid, exe })
}

fn processes() -> Option<Vec<PROCESSENTRY32W>> {
    // SAFETY: the call has no precondition.
    let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0) };
    if snapshot == INVALID_HANDLE_VALUE {
        return None;
    }
    // SAFETY: the handle was opened above, and has no other owner.
    let snapshot = unsafe { OwnedHandle::from_raw_handle(snapshot) };
    let mut entry = PROCESSENTRY32W {
        dwSize: size_of::<PROCESSENTRY32W>() as u32,
        ..PROCESSENTRY32W::default()
    };
    let mut processes = Vec::new();
    // SAFETY: the snapshot is open, the entry has the size that it contains.
    let mut found = unsafe { Process32FirstW(snapshot.as_raw_handle(), &raw mut entry) };
    while found != FALSE {
        processes.push(entry);
        // SAFETY: as above.
        found = unsafe { Process32NextW(snapshot.as_raw_handle(), &raw mut entry) };
    }
    Some(processes)
}
