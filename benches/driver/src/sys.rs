//! The calls of Windows.

use std::ffi::c_void;
use std::fmt;
use std::io;
use std::ptr;
use std::time::{Duration, Instant};

use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_SERVICE_DOES_NOT_EXIST, HANDLE, WAIT_IO_COMPLETION, WAIT_OBJECT_0,
};
use windows_sys::Win32::System::ProcessStatus::{
    GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS, PROCESS_MEMORY_COUNTERS_EX,
};
use windows_sys::Win32::System::Services::{
    ChangeServiceConfigW, CloseServiceHandle, ControlService, CreateServiceW, DeleteService,
    NotifyServiceStatusChangeW, OpenSCManagerW, OpenServiceW, QueryServiceStatusEx, SC_HANDLE,
    SC_MANAGER_ALL_ACCESS, SC_STATUS_PROCESS_INFO, SERVICE_ALL_ACCESS, SERVICE_CONTROL_STOP,
    SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, SERVICE_NO_CHANGE, SERVICE_NOTIFY, SERVICE_NOTIFY_2W,
    SERVICE_NOTIFY_RUNNING, SERVICE_NOTIFY_STATUS_CHANGE, SERVICE_NOTIFY_STOPPED, SERVICE_RUNNING,
    SERVICE_STATUS, SERVICE_STATUS_PROCESS, SERVICE_WIN32_OWN_PROCESS, StartServiceW,
};
use windows_sys::Win32::System::Threading::{
    CreateEventW, OpenProcess, PROCESS_QUERY_INFORMATION, PROCESS_SYNCHRONIZE, PROCESS_VM_READ, ResetEvent,
    SleepEx, WaitForSingleObject, WaitForSingleObjectEx,
};
use windows_sys::core::BOOL;

/// A call that failed.
#[derive(Debug)]
pub(crate) struct CallError {
    call: &'static str,
    error: io::Error,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed: {}", self.call, self.error)
    }
}

impl CallError {
    fn last(call: &'static str) -> Self {
        let error = io::Error::last_os_error();
        Self { call, error }
    }

    fn code(call: &'static str, code: u32) -> Self {
        let error = io::Error::from_raw_os_error(code.cast_signed());
        Self { call, error }
    }
}

fn check(call: &'static str, result: BOOL) -> Result<(), CallError> {
    if result == 0 {
        Err(CallError::last(call))
    } else {
        Ok(())
    }
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// The SCM, open.
pub(crate) struct Manager(SC_HANDLE);

impl Manager {
    pub(crate) fn open() -> Result<Self, CallError> {
        // SAFETY: null stands for this machine and the active database.
        let manager = unsafe { OpenSCManagerW(ptr::null(), ptr::null(), SC_MANAGER_ALL_ACCESS) };
        if manager.is_null() {
            return Err(CallError::last("OpenSCManager"));
        }
        Ok(Self(manager))
    }

    /// Whether a service is there and runs.
    pub(crate) fn is_running(&self, name: &str) -> Result<bool, CallError> {
        let name = wide(name);
        // SAFETY: the manager is open, the name ends in a zero.
        let service = unsafe { OpenServiceW(self.0, name.as_ptr(), SERVICE_ALL_ACCESS) };
        if service.is_null() {
            let error = CallError::last("OpenService");
            let code = error.error.raw_os_error().map(i32::cast_unsigned);
            return if code == Some(ERROR_SERVICE_DOES_NOT_EXIST) {
                Ok(false)
            } else {
                Err(error)
            };
        }
        let service = Opened(service);
        Ok(service.status()?.dwCurrentState == SERVICE_RUNNING)
    }

    /// Registers a service that is started on demand.
    pub(crate) fn create(&self, name: &str) -> Result<Service, CallError> {
        let name = wide(name);
        let command = wide("unset");
        // SAFETY: the manager is open, the texts end in zeros, the null pointers are for what is not wanted.
        let service = unsafe {
            CreateServiceW(
                self.0,
                name.as_ptr(),
                name.as_ptr(),
                SERVICE_ALL_ACCESS,
                SERVICE_WIN32_OWN_PROCESS,
                SERVICE_DEMAND_START,
                SERVICE_ERROR_NORMAL,
                command.as_ptr(),
                ptr::null(),
                ptr::null_mut(),
                ptr::null(),
                ptr::null(),
                ptr::null(),
            )
        };
        if service.is_null() {
            return Err(CallError::last("CreateService"));
        }
        Ok(Service(Opened(service)))
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        // SAFETY: the handle is open and closed once.
        unsafe { CloseServiceHandle(self.0) };
    }
}

struct Opened(SC_HANDLE);

impl Opened {
    fn status(&self) -> Result<SERVICE_STATUS_PROCESS, CallError> {
        let mut status = SERVICE_STATUS_PROCESS::default();
        let mut needed = 0;
        // SAFETY: the service is open, the buffer is as long as is said.
        let read = unsafe {
            QueryServiceStatusEx(
                self.0,
                SC_STATUS_PROCESS_INFO,
                (&raw mut status).cast(),
                size_of_val(&status) as u32,
                &raw mut needed,
            )
        };
        check("QueryServiceStatusEx", read)?;
        Ok(status)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: the handle is open and closed once.
        unsafe { CloseServiceHandle(self.0) };
    }
}

/// A service of the benches; it is deleted with this value.
pub(crate) struct Service(Opened);

impl Service {
    /// Sets the registered command line.
    pub(crate) fn set_command(&self, command: &str) -> Result<(), CallError> {
        let command = wide(command);
        // SAFETY: the service is open, the text ends in a zero, the null pointers leave all else as it is.
        let changed = unsafe {
            ChangeServiceConfigW(
                (self.0).0,
                SERVICE_NO_CHANGE,
                SERVICE_NO_CHANGE,
                SERVICE_NO_CHANGE,
                command.as_ptr(),
                ptr::null(),
                ptr::null_mut(),
                ptr::null(),
                ptr::null(),
                ptr::null(),
                ptr::null(),
            )
        };
        check("ChangeServiceConfig", changed)
    }

    pub(crate) fn start(&self) -> Result<(), CallError> {
        // SAFETY: the service is open; no arguments are given.
        check("StartService", unsafe {
            StartServiceW((self.0).0, 0, ptr::null())
        })
    }

    pub(crate) fn stop(&self) -> Result<(), CallError> {
        let mut status = SERVICE_STATUS::default();
        // SAFETY: the service is open, the status is written before the call returns.
        let sent = unsafe { ControlService((self.0).0, SERVICE_CONTROL_STOP, &raw mut status) };
        check("ControlService", sent)
    }

    /// The process of the service, which runs.
    pub(crate) fn process(&self) -> Result<Process, CallError> {
        Process::open(self.0.status()?.dwProcessId)
    }

    /// Asks to be told when the service is RUNNING.
    pub(crate) fn expect_running(&self) -> Result<Expected, CallError> {
        self.expect(SERVICE_NOTIFY_RUNNING)
    }

    /// Asks to be told when the service is STOPPED.
    pub(crate) fn expect_stopped(&self) -> Result<Expected, CallError> {
        self.expect(SERVICE_NOTIFY_STOPPED)
    }

    fn expect(&self, states: SERVICE_NOTIFY) -> Result<Expected, CallError> {
        // Windows may write to it for as long as it has not called back.
        let notified = Box::leak(Box::<Notified>::default());
        notified.notify.dwVersion = SERVICE_NOTIFY_STATUS_CHANGE;
        notified.notify.pfnNotifyCallback = Some(note);
        let notified = ptr::from_mut(notified);
        // SAFETY: `notified` is valid, and given to nobody else yet.
        unsafe { (*notified).notify.pContext = notified.cast() };
        // SAFETY: the service is open; what the pointer leads to stays until the call back.
        let code = unsafe { NotifyServiceStatusChangeW((self.0).0, states, &raw const (*notified).notify) };
        if code != 0 {
            return Err(CallError::code("NotifyServiceStatusChange", code));
        }
        Ok(Expected(notified))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // SAFETY: the service is open.
        unsafe { DeleteService((self.0).0) };
    }
}

/// A state of a service that is waited for, on the thread that asked.
pub(crate) struct Expected(*mut Notified);

#[derive(Default)]
struct Notified {
    notify: SERVICE_NOTIFY_2W,
    at: Option<Instant>,
}

/// Called on the thread that asked, while it sleeps in `SleepEx`.
unsafe extern "system" fn note(parameter: *const c_void) {
    let now = Instant::now();
    // SAFETY: the parameter is the structure that was given with the request.
    let notified = unsafe {
        (*parameter.cast::<SERVICE_NOTIFY_2W>())
            .pContext
            .cast::<Notified>()
    };
    // SAFETY: its context is the leaked value around it.
    unsafe { (*notified).at = Some(now) };
}

impl Expected {
    /// Waits for the state, and gives the moment that this process was told of it; `None` where it was not in time.
    pub(crate) fn wait(&self, within: Duration) -> Option<Instant> {
        let deadline = Instant::now() + within;
        loop {
            // SAFETY: the value is leaked; `note` alone writes to it, on this thread, and only within SleepEx.
            if let Some(at) = unsafe { ptr::read_volatile(&raw const (*self.0).at) } {
                return Some(at);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            // SAFETY: the call has no precondition.
            unsafe { SleepEx(left.as_millis() as u32 + 1, 1) };
        }
    }
}

/// An event that another process sets.
pub(crate) struct Signal(HANDLE);

impl Signal {
    pub(crate) fn create(name: &str) -> Result<Self, CallError> {
        let name = wide(name);
        // SAFETY: the name ends in a zero; null stands for the usual access.
        let event = unsafe { CreateEventW(ptr::null(), 1, 0, name.as_ptr()) };
        if event.is_null() {
            return Err(CallError::last("CreateEvent"));
        }
        Ok(Self(event))
    }

    pub(crate) fn reset(&self) -> Result<(), CallError> {
        // SAFETY: the event is open.
        check("ResetEvent", unsafe { ResetEvent(self.0) })
    }

    /// Waits until it is set, and gives the moment that this process was told of it; `None` where it was not in time. A state of
    /// a service that comes meanwhile is noted.
    pub(crate) fn wait(&self, within: Duration) -> Option<Instant> {
        let deadline = Instant::now() + within;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            // SAFETY: the event is open.
            match unsafe { WaitForSingleObjectEx(self.0, left.as_millis() as u32, 1) } {
                WAIT_OBJECT_0 => return Some(Instant::now()),
                WAIT_IO_COMPLETION => {}
                _ => return None,
            }
        }
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        // SAFETY: the handle is open and closed once.
        unsafe { CloseHandle(self.0) };
    }
}

/// A process, open to be waited for and read.
pub(crate) struct Process(HANDLE);

/// Bytes of memory that a process has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// The most that it had in memory at once, what it shares with others included (`PeakWorkingSetSize`).
    pub(crate) peak: usize,
    /// What it shares with nobody (`PrivateUsage`).
    pub(crate) private: usize,
}

impl Process {
    fn open(pid: u32) -> Result<Self, CallError> {
        // SAFETY: the call has no precondition.
        let process = unsafe {
            OpenProcess(
                PROCESS_SYNCHRONIZE | PROCESS_QUERY_INFORMATION | PROCESS_VM_READ,
                0,
                pid,
            )
        };
        if process.is_null() {
            return Err(CallError::last("OpenProcess"));
        }
        Ok(Self(process))
    }

    pub(crate) fn memory(&self) -> Result<Memory, CallError> {
        let mut counters = PROCESS_MEMORY_COUNTERS_EX::default();
        let size = size_of_val(&counters) as u32;
        // SAFETY: the process is open; the structure is the longer of the two that the call knows by their size.
        let read = unsafe {
            GetProcessMemoryInfo(
                self.0,
                (&raw mut counters).cast::<PROCESS_MEMORY_COUNTERS>(),
                size,
            )
        };
        check("GetProcessMemoryInfo", read)?;
        Ok(Memory {
            peak: counters.PeakWorkingSetSize,
            private: counters.PagefileUsage,
        })
    }

    /// Waits for the process's end, and gives the moment that this process knew of it; `None` where it was not in time.
    pub(crate) fn wait(&self, within: Duration) -> Option<Instant> {
        // SAFETY: the process is open.
        let waited = unsafe { WaitForSingleObject(self.0, within.as_millis() as u32) };
        (waited == WAIT_OBJECT_0).then(Instant::now)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SAFETY: the handle is open and closed once.
        unsafe { CloseHandle(self.0) };
    }
}
