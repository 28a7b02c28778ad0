//! The calls of the service control dispatcher, the console and the exe's resources.

use std::ffi::{OsStr, OsString, c_void};
use std::io;
use std::os::windows::ffi::{OsStrExt as _, OsStringExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use windows_sys::Win32::Foundation::{ERROR_EXCEPTION_IN_SERVICE, FALSE, STATUS_CONTROL_C_EXIT, TRUE};
use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, CTRL_C_EVENT, SetConsoleCtrlHandler};
use windows_sys::Win32::System::LibraryLoader::{FindResourceW, LoadResource, LockResource, SizeofResource};
use windows_sys::Win32::System::Services::{
    RegisterServiceCtrlHandlerExW, SERVICE_STATUS, SERVICE_STATUS_HANDLE, SERVICE_TABLE_ENTRYW,
    SERVICE_WIN32_OWN_PROCESS, SetServiceStatus, StartServiceCtrlDispatcherW,
};
use windows_sys::core::{BOOL, PCWSTR, PWSTR};

use super::TerminalSignal;
use crate::status::Status;

/// What [`dispatch`] is to run as `ServiceMain`, which reaches nothing but statics.
static SERVICE_MAIN: Mutex<Option<ServiceMain>> = Mutex::new(None);

type ServiceMain = Box<dyn FnOnce(Vec<OsString>) + Send>;

/// Connects to the SCM and returns when the service has stopped, or with an error if the SCM did not start this process.
/// `service_main` runs on a thread of its own and gets the arguments of `StartService`, the service's name first.
pub(crate) fn dispatch(service_main: impl FnOnce(Vec<OsString>) + Send + 'static) -> io::Result<()> {
    *service_main_slot() = Some(Box::new(service_main));
    // For a process with one service the SCM ignores the name, but wants one.
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
            // SAFETY: the SCM passes `count` pointers to strings that end in a zero and live until ServiceMain returns.
            .map(|index| unsafe { wide_string(*arguments.add(index)) })
            .collect();
        let service_main = service_main_slot().take();
        if let Some(service_main) = service_main {
            service_main(arguments);
        }
    });
    if ran.is_err() {
        // The author's panics never come here. STOPPED cannot be reported any more; the SCM sees the process end.
        std::process::exit(1);
    }
}

/// Copies a string that ends in a zero.
///
/// # Safety
///
/// `text` must point to such a string.
pub(super) unsafe fn wide_string(text: PCWSTR) -> OsString {
    let mut length = 0;
    // SAFETY: no unit is read behind the zero.
    while unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: these units were just read.
    OsString::from_wide(unsafe { std::slice::from_raw_parts(text, length) })
}

/// What the SCM knows the service by in the calls of its process. It is never closed.
#[derive(Debug)]
pub(crate) struct StatusHandle(SERVICE_STATUS_HANDLE);

// SAFETY: the handle is an opaque token; "any thread in the service" may set the status with it.
unsafe impl Send for StatusHandle {}
// SAFETY: as above.
unsafe impl Sync for StatusHandle {}

impl StatusHandle {
    pub(crate) fn set_status(&self, status: &Status) -> io::Result<()> {
        let status = SERVICE_STATUS {
            dwServiceType: SERVICE_WIN32_OWN_PROCESS,
            dwCurrentState: status.state.code(),
            dwControlsAccepted: status.state.controls_accepted(),
            dwWin32ExitCode: status.exit.win32_exit_code(),
            dwServiceSpecificExitCode: status.exit.service_specific_exit_code(),
            dwCheckPoint: status.checkpoint,
            dwWaitHint: status.wait_hint_milliseconds(),
        };
        // SAFETY: the handle is the SCM's own, the status outlives the call.
        check(unsafe { SetServiceStatus(self.0, &raw const status) })
    }
}

/// Makes `handler` the service's `HandlerEx`: it gets the control's code and gives the answer's. It stays for the life of the
/// process, because the SCM promises for no control that it is the last.
pub(crate) fn register_control_handler<H>(service: &OsStr, handler: H) -> io::Result<StatusHandle>
where
    H: Fn(u32) -> u32 + Send + Sync + 'static,
{
    let service: Vec<u16> = service.encode_wide().chain([0]).collect();
    let context: &'static H = Box::leak(Box::new(handler));
    // SAFETY: the name ends in a zero and outlives the call; `handle_control::<H>` gets back the context given here, a
    // reference to an `H` that lives for ever.
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
    _event_type: u32,
    _event_data: *mut c_void,
    context: *mut c_void,
) -> u32
where
    H: Fn(u32) -> u32 + Send + Sync + 'static,
{
    // SAFETY: the context is the leaked `H` that this function was registered with.
    let handler = unsafe { &*context.cast_const().cast::<H>() };
    // A panic must not cross into the SCM's code.
    catch_unwind(AssertUnwindSafe(|| handler(control))).unwrap_or(ERROR_EXCEPTION_IN_SERVICE)
}

/// What a console event calls, which reaches nothing but statics.
static ON_TERMINAL_SIGNAL: OnceLock<Box<dyn Fn(TerminalSignal) + Send + Sync>> = OnceLock::new();

/// Calls `act` on a thread of the system's for each Ctrl-C, Ctrl-Break and closing of the console from now on.
pub(crate) fn on_terminal_signal(act: impl Fn(TerminalSignal) + Send + Sync + 'static) -> io::Result<()> {
    let _ = ON_TERMINAL_SIGNAL.set(Box::new(act));
    // SAFETY: the handler is a function that stays.
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
            // CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT: Windows ends the process as soon as the handler
            // returns, or after five seconds. The program's own end comes first, if it is quick.
            let _ = act(TerminalSignal::Close);
            loop {
                thread::park();
            }
        }
    }
}

/// Ends the process as an unhandled Ctrl-C does.
pub(crate) fn end_by(_signal: TerminalSignal) -> ! {
    std::process::exit(STATUS_CONTROL_C_EXIT)
}

/// The content of the exe's resource of type `RT_RCDATA` and this number.
pub(crate) fn resource(id: u16) -> Option<&'static [u8]> {
    const RT_RCDATA: u16 = 10;
    let exe = ptr::null_mut();
    // SAFETY: a null module is the exe; name and type are numbers in the place of pointers (MAKEINTRESOURCE).
    let found = unsafe { FindResourceW(exe, number(id), number(RT_RCDATA)) };
    if found.is_null() {
        return None;
    }
    // SAFETY: `found` is a resource of the exe.
    let (loaded, size) = unsafe { (LoadResource(exe, found), SizeofResource(exe, found)) };
    // SAFETY: `loaded` is what LoadResource gave for it; null is allowed.
    let content = unsafe { LockResource(loaded) };
    if content.is_null() {
        return None;
    }
    // SAFETY: the content is `size` bytes of the exe's image, which is mapped read-only for the life of the process.
    Some(unsafe { std::slice::from_raw_parts(content.cast(), size as usize) })
}

/// `MAKEINTRESOURCEW`
fn number(id: u16) -> PCWSTR {
    ptr::without_provenance(usize::from(id))
}

fn check(result: BOOL) -> io::Result<()> {
    if result == FALSE {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// The values that the rest of the crate writes out are those of Windows.
const _: () = {
    use windows_sys::Win32::Foundation as error;
    use windows_sys::Win32::System::Services as service;

    use crate::control::{Answer, Control};
    use crate::status::{Exit, State};

    assert!(Control::STOP == service::SERVICE_CONTROL_STOP);
    assert!(Control::INTERROGATE == service::SERVICE_CONTROL_INTERROGATE);
    assert!(Control::SHUTDOWN == service::SERVICE_CONTROL_SHUTDOWN);
    assert!(Answer::NoError.code() == error::NO_ERROR);
    assert!(Answer::CallNotImplemented.code() == error::ERROR_CALL_NOT_IMPLEMENTED);
    assert!(Answer::CannotAcceptControl.code() == error::ERROR_SERVICE_CANNOT_ACCEPT_CTRL);
    assert!(State::StartPending.code() == service::SERVICE_START_PENDING);
    assert!(State::Running.code() == service::SERVICE_RUNNING);
    assert!(State::StopPending.code() == service::SERVICE_STOP_PENDING);
    assert!(State::Stopped.code() == service::SERVICE_STOPPED);
    assert!(
        State::Running.controls_accepted() == service::SERVICE_ACCEPT_STOP | service::SERVICE_ACCEPT_SHUTDOWN
    );
    assert!(Exit::ERROR.win32_exit_code() == error::ERROR_SERVICE_SPECIFIC_ERROR);
    assert!(Exit::Panic.win32_exit_code() == ERROR_EXCEPTION_IN_SERVICE);
    assert!(Exit::StartTimeout.win32_exit_code() == error::ERROR_SERVICE_REQUEST_TIMEOUT);
    assert!(Exit::StopTimeout.win32_exit_code() == error::ERROR_TIMEOUT);
};
