//! Calls of the service control dispatcher, the console and the exe's resources.

use std::ffi::{OsStr, OsString, c_void};
use std::io;
use std::os::windows::ffi::{OsStrExt as _, OsStringExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use windows_sys::Win32::Foundation::{
    ERROR_EXCEPTION_IN_SERVICE, FALSE, HMODULE, STATUS_CONTROL_C_EXIT, TRUE,
};
use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, GetConsoleProcessList, SetConsoleCtrlHandler,
};
use windows_sys::Win32::System::LibraryLoader::{FindResourceW, LoadResource, LockResource, SizeofResource};
use windows_sys::Win32::System::Services::{
    RegisterServiceCtrlHandlerExW, SERVICE_STATUS, SERVICE_STATUS_HANDLE, SERVICE_TABLE_ENTRYW,
    SERVICE_WIN32_OWN_PROCESS, SetServiceStatus, StartServiceCtrlDispatcherW,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, TerminateProcess};
use windows_sys::core::{BOOL, PCWSTR, PWSTR};

use super::TerminalSignal;
use crate::control::{Call, PowerEvent, code};
use crate::status::Status;

/// The `ServiceMain` of [`dispatch`]; static, because the callback has no other access to it.
static SERVICE_MAIN: Mutex<Option<ServiceMain>> = Mutex::new(None);

type ServiceMain = Box<dyn FnOnce(Vec<OsString>) + Send>;

/// Connects to the SCM. Returns when the service has stopped, or with an error if the SCM did not start this process.
/// `service_main` runs on a separate thread and receives the arguments of `StartService`, the service's name first.
pub(crate) fn dispatch(service_main: impl FnOnce(Vec<OsString>) + Send + 'static) -> io::Result<()> {
    *service_main_slot() = Some(Box::new(service_main));
    // For a process with one service the SCM ignores the name, but requires one.
    let mut name = [0_u16];
    let table = [
        SERVICE_TABLE_ENTRYW {
            lpServiceName: name.as_mut_ptr(),
            lpServiceProc: Some(run_service_main),
        },
        SERVICE_TABLE_ENTRYW {
            lpServiceName: ptr::null_mut(),
            lpServiceProc: None,
        },
    ];
    // SAFETY: the table is terminated by a null entry and, like the name in it, outlives the call.
    let dispatched = unsafe { StartServiceCtrlDispatcherW(table.as_ptr()) };
    check(dispatched)
}

fn service_main_slot() -> std::sync::MutexGuard<'static, Option<ServiceMain>> {
    SERVICE_MAIN.lock().unwrap_or_else(PoisonError::into_inner)
}

unsafe extern "system" fn run_service_main(count: u32, arguments: *mut PWSTR) {
    let ran = catch_unwind(|| {
        let arguments = (0..count as usize)
            // SAFETY: the SCM passes `count` pointers to NUL-terminated strings that live until ServiceMain returns.
            .map(|index| unsafe { wide_string(*arguments.add(index)) })
            .collect();
        let service_main = service_main_slot().take();
        if let Some(service_main) = service_main {
            service_main(arguments);
        }
    });
    if ran.is_err() {
        // The author's panics are caught before. STOPPED cannot be reported any more; the SCM notices the end of the
        // process.
        std::process::exit(1);
    }
}

/// Copies a NUL-terminated string.
///
/// # Safety
///
/// `text` must point to a NUL-terminated string.
pub(super) unsafe fn wide_string(text: PCWSTR) -> OsString {
    let mut length = 0;
    // SAFETY: no unit after the NUL is read.
    while unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: these units were just read.
    OsString::from_wide(unsafe { std::slice::from_raw_parts(text, length) })
}

/// The SCM's handle for the service in this process. It is never closed.
#[derive(Debug)]
pub(crate) struct StatusHandle(pub(super) SERVICE_STATUS_HANDLE);

// SAFETY: the handle is an opaque token; "any thread in the service" may set the status with it.
unsafe impl Send for StatusHandle {}
// SAFETY: as above.
unsafe impl Sync for StatusHandle {}

impl StatusHandle {
    pub(crate) fn set_status(&self, status: &Status) -> io::Result<()> {
        let status = SERVICE_STATUS {
            dwServiceType: SERVICE_WIN32_OWN_PROCESS,
            dwCurrentState: status.state.code(),
            dwControlsAccepted: status.accepts.bits(),
            dwWin32ExitCode: status.exit.win32_exit_code(),
            dwServiceSpecificExitCode: status.exit.service_specific_exit_code(),
            dwCheckPoint: status.checkpoint,
            dwWaitHint: status.wait_hint_milliseconds(),
        };
        // SAFETY: the handle is the SCM's own, the status outlives the call.
        check(unsafe { SetServiceStatus(self.0, &raw const status) })
    }
}

/// Registers `handler` as the service's `HandlerEx`: it receives the call and returns the code of the answer. It lives
/// until the process ends, because the SCM does not mark any control as the last.
pub(crate) fn register_control_handler<H>(service: &OsStr, handler: H) -> io::Result<StatusHandle>
where
    H: Fn(Call) -> u32 + Send + Sync + 'static,
{
    let service: Vec<u16> = service.encode_wide().chain([0]).collect();
    let context: &'static H = Box::leak(Box::new(handler));
    // SAFETY: the name is NUL-terminated and outlives the call; `handle_control::<H>` receives this context, a
    // reference to an `H` that lives forever.
    let handle = unsafe {
        RegisterServiceCtrlHandlerExW(
            service.as_ptr(),
            Some(handle_control::<H>),
            ptr::from_ref(context).cast(),
        )
    };
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    Ok(StatusHandle(handle))
}

unsafe extern "system" fn handle_control<H>(
    control: u32,
    event_type: u32,
    event_data: *mut c_void,
    context: *mut c_void,
) -> u32
where
    H: Fn(Call) -> u32 + Send + Sync + 'static,
{
    // SAFETY: the context is the leaked `H` that this function was registered with.
    let handler = unsafe { &*context.cast_const().cast::<H>() };
    // A panic must not cross into the SCM's code.
    catch_unwind(AssertUnwindSafe(|| {
        handler(Call {
            code: control,
            event_type,
            // SAFETY: these are the arguments of the SCM's call.
            data: unsafe { copy_event_data(control, event_type, event_data.cast()) },
        })
    }))
    .unwrap_or(ERROR_EXCEPTION_IN_SERVICE)
}

/// Copies the event data of a control, which is only valid during the call.
///
/// # Safety
///
/// The arguments must be those of a call of `HandlerEx`.
unsafe fn copy_event_data(control: u32, event_type: u32, data: *const u8) -> Vec<u8> {
    if data.is_null() {
        return Vec::new();
    }
    let number = |offset: usize| {
        // SAFETY: the structures that are read have a number at this offset.
        unsafe { data.add(offset).cast::<u32>().read_unaligned() as usize }
    };
    let length = match control {
        code::SESSION_CHANGE => 8,       // WTSSESSION_NOTIFICATION
        code::TIME_CHANGE => 16,         // SERVICE_TIMECHANGE_INFO
        code::DEVICE_EVENT => number(0), // DEV_BROADCAST_HDR.dbch_size
        code::POWER_EVENT if event_type == PowerEvent::SETTING_CHANGE => {
            20 + number(16) // POWERBROADCAST_SETTING and its DataLength
        }
        _ => return Vec::new(),
    };
    // SAFETY: the structure of this control has this length.
    unsafe { std::slice::from_raw_parts(data, length) }.to_vec()
}

/// The handler of console events; static, because the callback has no other access to it.
static ON_TERMINAL_SIGNAL: OnceLock<Box<dyn Fn(TerminalSignal) + Send + Sync>> = OnceLock::new();

/// Calls `act` on a thread of the system for each Ctrl-C, Ctrl-Break and closing of the console from now on.
pub(crate) fn on_terminal_signal(act: impl Fn(TerminalSignal) + Send + Sync + 'static) -> io::Result<()> {
    let _ = ON_TERMINAL_SIGNAL.set(Box::new(act));
    // SAFETY: the handler is a function, which stays valid.
    check(unsafe { SetConsoleCtrlHandler(Some(handle_console_event), TRUE) })
}

unsafe extern "system" fn handle_console_event(event: u32) -> BOOL {
    let Some(act) = ON_TERMINAL_SIGNAL.get() else {
        return FALSE;
    };
    let act = |signal| catch_unwind(AssertUnwindSafe(|| act(signal)));
    match event {
        CTRL_C_EVENT | CTRL_BREAK_EVENT => match act(TerminalSignal::Interrupt) {
            Ok(()) => TRUE,
            Err(_) => FALSE,
        },
        _ => {
            // CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT: Windows ends the process when the handler
            // returns, or after five seconds. Waiting here gives the program this time to end itself.
            let _ = act(TerminalSignal::Close);
            loop {
                thread::park();
            }
        }
    }
}

/// Whether the console was opened for this process only, as by a double click.
pub(crate) fn has_console_of_its_own() -> bool {
    let mut processes = [0; 2];
    // SAFETY: the list has room for the given number of ids.
    let count = unsafe { GetConsoleProcessList(processes.as_mut_ptr(), processes.len() as u32) };
    count == 1
}

/// Ends the process as an unhandled Ctrl-C does.
pub(crate) fn end_by(_signal: TerminalSignal) -> ! {
    exit_at_once(u32::from_ne_bytes(STATUS_CONTROL_C_EXIT.to_ne_bytes()))
}

/// Ends the process at once: no `atexit` hook and no `DllMain` runs, and a thread that holds the loader lock cannot
/// delay the end.
pub(crate) fn kill_process(code: u8) -> ! {
    exit_at_once(code.into())
}

fn exit_at_once(code: u32) -> ! {
    // SAFETY: the handle of the own process is always open, with all rights.
    unsafe { TerminateProcess(GetCurrentProcess(), code) };
    // The call does not return for the own process.
    std::process::abort()
}

/// The content of the exe's `RT_RCDATA` resource with this number.
pub(crate) fn resource(id: u16) -> Option<&'static [u8]> {
    // SAFETY: a null module is the exe, which is mapped for the life of the process.
    unsafe { resource_of(ptr::null_mut(), id) }
}

/// The content of a resource with binary data.
///
/// # Safety
///
/// The module must be loaded, and stay so as long as the content is used.
pub(super) unsafe fn resource_of<'a>(module: HMODULE, id: u16) -> Option<&'a [u8]> {
    const RT_RCDATA: u16 = 10;
    // SAFETY: the module is loaded; name and type are numbers in place of pointers (MAKEINTRESOURCE).
    let found = unsafe { FindResourceW(module, number(id), number(RT_RCDATA)) };
    if found.is_null() {
        return None;
    }
    // SAFETY: `found` is a resource of the module.
    let (loaded, size) = unsafe { (LoadResource(module, found), SizeofResource(module, found)) };
    // SAFETY: `loaded` is the result of LoadResource; null is allowed.
    let content = unsafe { LockResource(loaded) };
    if content.is_null() {
        return None;
    }
    // SAFETY: the content is `size` bytes of the module's image, which is mapped read-only as long as it is loaded.
    Some(unsafe { std::slice::from_raw_parts(content.cast(), size as usize) })
}

/// `MAKEINTRESOURCEW`
fn number(id: u16) -> PCWSTR {
    ptr::without_provenance(usize::from(id))
}

pub(super) fn check(result: BOOL) -> io::Result<()> {
    if result == FALSE {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// An error by its code, which is small for all errors of Windows.
#[cfg(feature = "child")]
pub(super) fn error(code: u32) -> io::Error {
    io::Error::from_raw_os_error(i32::try_from(code).unwrap_or(i32::MAX))
}

/// Whether an error has this code.
pub(super) fn has_code(error: &io::Error, code: u32) -> bool {
    error.raw_os_error().and_then(|code| code.try_into().ok()) == Some(code)
}

/// The constants of the rest of the crate equal those of Windows.
const _: () = {
    use windows_sys::Win32::Foundation as error;
    use windows_sys::Win32::System::Services as service;

    use crate::control::{Answer, code};
    use crate::status::{Accepts, Exit, State};

    assert!(code::STOP == service::SERVICE_CONTROL_STOP);
    assert!(code::PAUSE == service::SERVICE_CONTROL_PAUSE);
    assert!(code::CONTINUE == service::SERVICE_CONTROL_CONTINUE);
    assert!(code::INTERROGATE == service::SERVICE_CONTROL_INTERROGATE);
    assert!(code::SHUTDOWN == service::SERVICE_CONTROL_SHUTDOWN);
    assert!(code::PARAM_CHANGE == service::SERVICE_CONTROL_PARAMCHANGE);
    assert!(code::DEVICE_EVENT == service::SERVICE_CONTROL_DEVICEEVENT);
    assert!(code::POWER_EVENT == service::SERVICE_CONTROL_POWEREVENT);
    assert!(code::SESSION_CHANGE == service::SERVICE_CONTROL_SESSIONCHANGE);
    assert!(code::PRESHUTDOWN == service::SERVICE_CONTROL_PRESHUTDOWN);
    assert!(code::TIME_CHANGE == service::SERVICE_CONTROL_TIMECHANGE);
    assert!(code::TRIGGER_EVENT == service::SERVICE_CONTROL_TRIGGEREVENT);
    assert!(Accepts::STOP.bits() == service::SERVICE_ACCEPT_STOP);
    assert!(Accepts::PAUSE_CONTINUE.bits() == service::SERVICE_ACCEPT_PAUSE_CONTINUE);
    assert!(Accepts::SHUTDOWN.bits() == service::SERVICE_ACCEPT_SHUTDOWN);
    assert!(Accepts::PARAM_CHANGE.bits() == service::SERVICE_ACCEPT_PARAMCHANGE);
    assert!(Accepts::POWER.bits() == service::SERVICE_ACCEPT_POWEREVENT);
    assert!(Accepts::SESSION_CHANGE.bits() == service::SERVICE_ACCEPT_SESSIONCHANGE);
    assert!(Accepts::PRESHUTDOWN.bits() == service::SERVICE_ACCEPT_PRESHUTDOWN);
    assert!(Accepts::TIME_CHANGE.bits() == service::SERVICE_ACCEPT_TIMECHANGE);
    assert!(Accepts::TRIGGER.bits() == service::SERVICE_ACCEPT_TRIGGEREVENT);
    assert!(Answer::NoError.code() == error::NO_ERROR);
    assert!(Answer::CallNotImplemented.code() == error::ERROR_CALL_NOT_IMPLEMENTED);
    assert!(Answer::CannotAcceptControl.code() == error::ERROR_SERVICE_CANNOT_ACCEPT_CTRL);
    assert!(State::StartPending.code() == service::SERVICE_START_PENDING);
    assert!(State::Running.code() == service::SERVICE_RUNNING);
    assert!(State::PausePending.code() == service::SERVICE_PAUSE_PENDING);
    assert!(State::Paused.code() == service::SERVICE_PAUSED);
    assert!(State::ContinuePending.code() == service::SERVICE_CONTINUE_PENDING);
    assert!(State::StopPending.code() == service::SERVICE_STOP_PENDING);
    assert!(State::Stopped.code() == service::SERVICE_STOPPED);
    assert!(Exit::ERROR.win32_exit_code() == error::ERROR_SERVICE_SPECIFIC_ERROR);
    assert!(Exit::Panic.win32_exit_code() == ERROR_EXCEPTION_IN_SERVICE);
    assert!(Exit::StartTimeout.win32_exit_code() == error::ERROR_SERVICE_REQUEST_TIMEOUT);
    assert!(Exit::StopTimeout.win32_exit_code() == error::ERROR_TIMEOUT);
};
