//! Functions of Windows that are looked up when they are needed, so that a service that does not need them does not load
//! their libraries.

use std::io;
use std::ptr;

use windows_sys::Win32::System::LibraryLoader::{
    GetProcAddress, LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW,
};
use windows_sys::core::{PCSTR, PCWSTR};

/// Looks up a function by the NUL-terminated names of its library and its own. The caller knows its type.
pub(super) fn function(library: PCWSTR, name: PCSTR) -> io::Result<unsafe extern "system" fn() -> isize> {
    // SAFETY: the name is NUL-terminated; the library comes from the system's folder and stays loaded.
    let library = unsafe { LoadLibraryExW(library, ptr::null_mut(), LOAD_LIBRARY_SEARCH_SYSTEM32) };
    if library.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the library is loaded, the name is NUL-terminated.
    unsafe { GetProcAddress(library, name) }.ok_or_else(io::Error::last_os_error)
}
