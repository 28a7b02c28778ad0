//! The server as a service by the bare calls: what one writes after Microsoft's sample, and nothing more.
#![cfg(windows)]

#[path = "../../server.rs"]
mod server;

use std::ffi::c_void;
use std::io;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

use tokio::runtime::Runtime;
use tokio::sync::Notify;
use windows_sys::Win32::Foundation::{ERROR_CALL_NOT_IMPLEMENTED, ERROR_SERVICE_SPECIFIC_ERROR, NO_ERROR};
use windows_sys::Win32::System::Services::{
    RegisterServiceCtrlHandlerExW, SERVICE_ACCEPT_SHUTDOWN, SERVICE_ACCEPT_STOP, SERVICE_CONTROL_INTERROGATE,
    SERVICE_CONTROL_SHUTDOWN, SERVICE_CONTROL_STOP, SERVICE_RUNNING, SERVICE_START_PENDING, SERVICE_STATUS,
    SERVICE_STATUS_CURRENT_STATE, SERVICE_STOP_PENDING, SERVICE_STOPPED, SERVICE_TABLE_ENTRYW,
    SERVICE_WIN32_OWN_PROCESS, SetServiceStatus, StartServiceCtrlDispatcherW,
};
use windows_sys::core::PWSTR;

/// The SCM ignores the name in a process of one service.
static NAME: [u16; 1] = [0];
static HANDLE: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
static STOP: OnceLock<Notify> = OnceLock::new();

fn main() -> io::Result<()> {
    let table = [
        SERVICE_TABLE_ENTRYW {
            lpServiceName: NAME.as_ptr().cast_mut(),
            lpServiceProc: Some(service_main),
        },
        SERVICE_TABLE_ENTRYW::default(),
    ];
    // SAFETY: the table ends in an empty entry and, like the name in it, outlives the call.
    if unsafe { StartServiceCtrlDispatcherW(table.as_ptr()) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

unsafe extern "system" fn service_main(_count: u32, _arguments: *mut PWSTR) {
    let stop = STOP.get_or_init(Notify::new);
    // SAFETY: the name ends in a zero; the handler is a function that needs no context.
    let handle = unsafe { RegisterServiceCtrlHandlerExW(NAME.as_ptr(), Some(handle_control), ptr::null()) };
    if handle.is_null() {
        return;
    }
    HANDLE.store(handle, Ordering::Release);
    report(SERVICE_START_PENDING, NO_ERROR);
    let exit_code = match run(stop) {
        Ok(()) => NO_ERROR,
        Err(_) => ERROR_SERVICE_SPECIFIC_ERROR,
    };
    report(SERVICE_STOPPED, exit_code);
}

fn run(stop: &Notify) -> io::Result<()> {
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        let listener = server::listen().await?;
        report(SERVICE_RUNNING, NO_ERROR);
        server::serve(listener, stop.notified()).await;
        Ok(())
    })
}

unsafe extern "system" fn handle_control(control: u32, _: u32, _: *mut c_void, _: *mut c_void) -> u32 {
    match control {
        SERVICE_CONTROL_STOP | SERVICE_CONTROL_SHUTDOWN => {
            report(SERVICE_STOP_PENDING, NO_ERROR);
            if let Some(stop) = STOP.get() {
                stop.notify_one();
            }
            NO_ERROR
        }
        SERVICE_CONTROL_INTERROGATE => NO_ERROR,
        _ => ERROR_CALL_NOT_IMPLEMENTED,
    }
}

fn report(state: SERVICE_STATUS_CURRENT_STATE, exit_code: u32) {
    let is_pending = matches!(state, SERVICE_START_PENDING | SERVICE_STOP_PENDING);
    let status = SERVICE_STATUS {
        dwServiceType: SERVICE_WIN32_OWN_PROCESS,
        dwCurrentState: state,
        dwControlsAccepted: if state == SERVICE_RUNNING {
            SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN
        } else {
            0
        },
        dwWin32ExitCode: exit_code,
        dwServiceSpecificExitCode: u32::from(exit_code == ERROR_SERVICE_SPECIFIC_ERROR),
        dwCheckPoint: u32::from(is_pending),
        dwWaitHint: if is_pending { 20_000 } else { 0 },
    };
    // SAFETY: the handle is the SCM's own, the status outlives the call.
    unsafe { SetServiceStatus(HANDLE.load(Ordering::Acquire), &raw const status) };
}
