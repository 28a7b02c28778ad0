//! Handles of services, and helpers for the results and errors of the SCM's calls.

use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_DATA, ERROR_MORE_DATA, FALSE, GetLastError,
};
use windows_sys::Win32::System::Services::{
    CloseServiceHandle, OpenSCManagerW, OpenServiceW, SC_HANDLE, SC_MANAGER_CONNECT,
};
use windows_sys::core::BOOL;

use super::machine::CallError;
use super::wide::wide;

/// An open service, or the open SCM.
pub(super) struct Handle(pub(super) SC_HANDLE);

impl Handle {
    pub(super) fn new(call: &'static str, handle: SC_HANDLE) -> Result<Self, CallError> {
        if handle.is_null() {
            Err(last_error(call))
        } else {
            Ok(Self(handle))
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle was opened for this value and is closed once.
        unsafe { CloseServiceHandle(self.0) };
    }
}

pub(super) fn open_manager(access: u32) -> Result<Handle, CallError> {
    // SAFETY: null is this machine, and the active database of services.
    let manager = unsafe { OpenSCManagerW(ptr::null(), ptr::null(), access) };
    Handle::new("OpenSCManager", manager)
}

pub(super) fn open(service: &str, access: u32) -> Result<Handle, CallError> {
    let manager = open_manager(SC_MANAGER_CONNECT)?;
    let name = wide(service);
    // SAFETY: the name is NUL-terminated. A service's handle outlives the SCM's.
    let service = unsafe { OpenServiceW(manager.0, name.as_ptr(), access) };
    Handle::new("OpenService", service)
}

/// The result of a call whose size is not known in advance: the call is repeated with the size that it asks for. The
/// content is aligned for every structure of the SCM.
pub(super) fn answer<T, R>(
    call: &'static str,
    mut ask: impl FnMut(*mut T, u32, *mut u32) -> (BOOL, R),
) -> Result<(Vec<u64>, R), CallError> {
    let mut content: Vec<u64> = vec![0; 64];
    // The result may grow between two calls, but not forever.
    for _ in 0..8 {
        let mut needed = 0;
        let size = size_of_val(content.as_slice()) as u32;
        let (done, rest) = ask(content.as_mut_ptr().cast(), size, &raw mut needed);
        if done != FALSE {
            return Ok((content, rest));
        }
        let error = last_error(call);
        if ![ERROR_INSUFFICIENT_BUFFER, ERROR_MORE_DATA].contains(&error.code) {
            return Err(error);
        }
        content.resize((needed.max(size) as usize).div_ceil(8) * 2, 0);
    }
    Err(CallError {
        call,
        code: ERROR_INVALID_DATA,
    })
}

pub(super) fn last_error(call: &'static str) -> CallError {
    // SAFETY: the call has no precondition.
    let code = unsafe { GetLastError() };
    CallError { call, code }
}

pub(super) fn check(call: &'static str, done: BOOL) -> Result<(), CallError> {
    if done == FALSE {
        Err(last_error(call))
    } else {
        Ok(())
    }
}
