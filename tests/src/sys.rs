//! Calls of Windows that the standard library does not have, behind safe functions.
#![allow(
    unsafe_code,
    reason = "calls of the operating system; the rest of the crate is free of it"
)]

use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::process::Child;
use std::ptr::null;

use windows_sys::Win32::System::Console::SetConsoleCtrlHandler;
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation, SetInformationJobObject,
    TerminateJobObject,
};

/// A process with all that it starts, which end with this value, and so with the tests, however these end
/// (<https://learn.microsoft.com/windows/win32/procthread/job-objects>).
pub(crate) struct Job(OwnedHandle);

impl Job {
    /// The job of a process that was started this moment.
    ///
    /// What the process has started before it is in the job does not belong to it; it has had no time to.
    pub(crate) fn around(child: &Child) -> Self {
        // SAFETY: both pointers may be null: the defaults, and no name.
        let handle = unsafe { CreateJobObjectW(null(), null()) };
        assert!(!handle.is_null(), "a job: {}", io::Error::last_os_error());
        // SAFETY: the handle is new, valid, and nobody else's.
        let job = Self(unsafe { OwnedHandle::from_raw_handle(handle) });

        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        // SAFETY: the structure is the one of this class, and lives through the call.
        let limited = unsafe {
            SetInformationJobObject(
                job.0.as_raw_handle(),
                JobObjectExtendedLimitInformation,
                (&raw const limits).cast(),
                size_of_val(&limits) as u32,
            )
        };
        assert!(limited != 0, "the job's end: {}", io::Error::last_os_error());
        // A process that has ended already takes no job and needs none.
        // SAFETY: both handles are valid for as long as their owners, who outlive the call.
        let _ = unsafe { AssignProcessToJobObject(job.0.as_raw_handle(), child.as_raw_handle()) };
        job
    }

    /// Ends every process in it.
    pub(crate) fn end(&self) {
        // SAFETY: the handle is valid for as long as `self`.
        let _ = unsafe { TerminateJobObject(self.0.as_raw_handle(), 1) };
    }
}

/// Lets this process, and those that it starts, take Ctrl-C as usual
/// (<https://learn.microsoft.com/windows/console/setconsolectrlhandler>).
pub(crate) fn take_ctrl_c() {
    // SAFETY: no handler is named; only the inherited attribute is taken back.
    let _ = unsafe { SetConsoleCtrlHandler(None, 0) };
}
