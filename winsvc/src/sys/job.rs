//! Job objects.

use std::io;
use std::os::windows::io::{AsRawHandle as _, BorrowedHandle, FromRawHandle as _, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_MORE_DATA, FALSE, HANDLE};
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, IsProcessInJob, JOB_OBJECT_CPU_RATE_CONTROL_ENABLE,
    JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP, JOB_OBJECT_LIMIT_ACTIVE_PROCESS, JOB_OBJECT_LIMIT_BREAKAWAY_OK,
    JOB_OBJECT_LIMIT_JOB_MEMORY, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK,
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION, JOBOBJECT_BASIC_PROCESS_ID_LIST,
    JOBOBJECT_CPU_RATE_CONTROL_INFORMATION, JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JOBOBJECTINFOCLASS,
    JobObjectBasicAccountingInformation, JobObjectBasicProcessIdList, JobObjectCpuRateControlInformation,
    JobObjectExtendedLimitInformation, QueryInformationJobObject, SetInformationJobObject,
    TerminateJobObject,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, OpenProcess, PROCESS_NAME_WIN32, PROCESS_QUERY_INFORMATION, PROCESS_SYNCHRONIZE,
    QueryFullProcessImageNameW,
};
use winsvc_definition::Limits;

use super::windows::{check, has_code};

/// Limits what this process and all that it starts may use together.
pub(crate) fn limit_this_process(limits: &Limits) -> io::Result<()> {
    if limits.is_empty() {
        return Ok(());
    }
    // A job exists as long as it has members.
    Job::new(Membership::Free, limits)?.assign_this_process()
}

/// A job object. Processes that its members start are members too.
#[derive(Debug)]
pub(super) struct Job(OwnedHandle);

/// A member of a job, opened.
pub(super) struct Member {
    pub(super) id: u32,
    handle: OwnedHandle,
}

impl Member {
    /// Whether this is the process behind a console. In Wine, it is in the job of the first process of the console.
    pub(super) fn is_console_host(&self) -> bool {
        let mut path = [0_u16; 1024];
        let mut length = path.len() as u32;
        // SAFETY: the handle is open; at most the given number of units is written.
        let named = check(unsafe {
            QueryFullProcessImageNameW(
                self.handle.as_raw_handle(),
                PROCESS_NAME_WIN32,
                path.as_mut_ptr(),
                &raw mut length,
            )
        });
        let path = String::from_utf16_lossy(&path[..length as usize]);
        named.is_ok() && path.to_ascii_lowercase().ends_with(r"\conhost.exe")
    }
}

/// What a job does beside its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Membership {
    /// Kills its members when the last handle of it is closed.
    Killed,
    /// The same, but processes that members start are not members.
    OneKilled,
    /// Members may start processes outside of the job.
    Free,
    /// Like [`Self::Free`], for all processes that members start.
    OneFree,
}

impl Job {
    pub(super) fn new(membership: Membership, limits: &Limits) -> io::Result<Self> {
        // SAFETY: null is for a job without a name and with the default rights.
        let job = unsafe { CreateJobObjectW(ptr::null(), ptr::null()) };
        if job.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the handle was opened above, and has no other owner.
        let job = Self(unsafe { OwnedHandle::from_raw_handle(job) });
        let mut information = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        let basic = &mut information.BasicLimitInformation;
        basic.LimitFlags = match membership {
            Membership::Killed => JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
            Membership::OneKilled => {
                JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK
            }
            Membership::Free => JOB_OBJECT_LIMIT_BREAKAWAY_OK,
            Membership::OneFree => JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK,
        };
        if let Some(count) = limits.processes {
            basic.LimitFlags |= JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
            basic.ActiveProcessLimit = count.get();
        }
        if let Some(memory) = limits.memory {
            basic.LimitFlags |= JOB_OBJECT_LIMIT_JOB_MEMORY;
            information.JobMemoryLimit = usize::try_from(memory.bytes()).unwrap_or(usize::MAX);
        }
        job.set(JobObjectExtendedLimitInformation, &information)?;
        if let Some(share) = limits.cpu {
            let mut information = JOBOBJECT_CPU_RATE_CONTROL_INFORMATION {
                ControlFlags: JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP,
                ..JOBOBJECT_CPU_RATE_CONTROL_INFORMATION::default()
            };
            // In hundredths of a percent of all processors.
            information.Anonymous.CpuRate = u32::from(share.percent()) * 100;
            job.set(JobObjectCpuRateControlInformation, &information)?;
        }
        Ok(job)
    }

    pub(super) fn assign(&self, process: BorrowedHandle<'_>) -> io::Result<()> {
        // SAFETY: both handles are open.
        check(unsafe { AssignProcessToJobObject(self.handle(), process.as_raw_handle()) })
    }

    pub(super) fn assign_this_process(&self) -> io::Result<()> {
        // SAFETY: the job is open; the handle of the own process always is.
        check(unsafe { AssignProcessToJobObject(self.handle(), GetCurrentProcess()) })
    }

    /// Kills all members.
    pub(super) fn terminate(&self, code: u32) {
        // SAFETY: the handle is open.
        unsafe { TerminateJobObject(self.handle(), code) };
    }

    /// How many members run.
    pub(super) fn active(&self) -> io::Result<u32> {
        let mut information = JOBOBJECT_BASIC_ACCOUNTING_INFORMATION::default();
        self.query(JobObjectBasicAccountingInformation, &mut information)?;
        Ok(information.ActiveProcesses)
    }

    /// The members, opened: as long as they are, no other process gets their ids.
    pub(super) fn members(&self) -> Vec<Member> {
        let ids = self.ids().into_iter();
        ids.filter_map(|id| self.open(id)).collect()
    }

    fn ids(&self) -> Vec<u32> {
        // The list has two counts before its ids, which are as wide as pointers.
        const HEAD: usize = size_of::<JOBOBJECT_BASIC_PROCESS_ID_LIST>() / size_of::<usize>() - 1;
        let mut list = vec![0_usize; 64];
        loop {
            // SAFETY: the buffer has the given size and the alignment of the structure, and is written before the call
            // returns.
            let queried = check(unsafe {
                QueryInformationJobObject(
                    self.handle(),
                    JobObjectBasicProcessIdList,
                    list.as_mut_ptr().cast(),
                    (list.len() * size_of::<usize>()) as u32,
                    ptr::null_mut(),
                )
            });
            match queried {
                Ok(()) => {
                    // SAFETY: the call has written the structure.
                    let head = unsafe { &*list.as_ptr().cast::<JOBOBJECT_BASIC_PROCESS_ID_LIST>() };
                    let count = head.NumberOfProcessIdsInList as usize;
                    let ids = list.iter().skip(HEAD).take(count);
                    return ids.map(|id| *id as u32).collect();
                }
                Err(error) if has_code(&error, ERROR_MORE_DATA) => {
                    list.resize(list.len() * 2, 0);
                }
                Err(_) => return Vec::new(),
            }
        }
    }

    /// Opens the process with this id, if it is a member. Limited information would do for Windows, but not for Wine.
    fn open(&self, id: u32) -> Option<Member> {
        // SAFETY: the call has no precondition.
        let process = unsafe { OpenProcess(PROCESS_SYNCHRONIZE | PROCESS_QUERY_INFORMATION, FALSE, id) };
        if process.is_null() {
            return None;
        }
        // SAFETY: the handle was opened above, and has no other owner.
        let handle = unsafe { OwnedHandle::from_raw_handle(process) };
        let mut is_member = FALSE;
        // SAFETY: both handles are open; the result is written before the call returns.
        check(unsafe { IsProcessInJob(handle.as_raw_handle(), self.handle(), &raw mut is_member) }).ok()?;
        (is_member != FALSE).then_some(Member { id, handle })
    }

    fn handle(&self) -> HANDLE {
        self.0.as_raw_handle()
    }

    fn set<T>(&self, class: JOBOBJECTINFOCLASS, information: &T) -> io::Result<()> {
        // SAFETY: the handle is open; each caller above passes the structure of the class.
        check(unsafe {
            SetInformationJobObject(
                self.handle(),
                class,
                ptr::from_ref(information).cast(),
                size_of::<T>() as u32,
            )
        })
    }

    fn query<T>(&self, class: JOBOBJECTINFOCLASS, information: &mut T) -> io::Result<()> {
        // SAFETY: the handle is open; each caller above passes the structure of the class, which is written before the
        // call returns.
        check(unsafe {
            QueryInformationJobObject(
                self.handle(),
                class,
                ptr::from_mut(information).cast(),
                size_of::<T>() as u32,
                ptr::null_mut(),
            )
        })
    }
}
