//! Libraries of Windows that are loaded only when they are used: a service whose exe imports them would load them at each
//! start.

use std::io;

use windows_sys::Win32::Foundation::HMODULE;
use windows_sys::Win32::System::LibraryLoader::{
    GetProcAddress, LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW,
};
use windows_sys::core::PCSTR;

use super::wide::wide;

/// A loaded library. It is never unloaded.
pub(super) struct Library(HMODULE);

impl Library {
    /// Loads a library of the system folder.
    pub(super) fn load(name: &str) -> io::Result<Self> {
        let name = wide(name);
        // SAFETY: the name is NUL-terminated; the reserved handle is null.
        let library =
            unsafe { LoadLibraryExW(name.as_ptr(), std::ptr::null_mut(), LOAD_LIBRARY_SEARCH_SYSTEM32) };
        if library.is_null() {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(library))
    }

    /// A function of the library.
    ///
    /// # Safety
    ///
    /// `F` must be the type of a pointer to this function.
    pub(super) unsafe fn function<F: Copy>(&self, name: PCSTR) -> io::Result<F> {
        const { assert!(size_of::<F>() == size_of::<usize>()) };
        // SAFETY: the library is loaded; as the caller promises, the name is NUL-terminated.
        let function = unsafe { GetProcAddress(self.0, name.cast()) }.ok_or_else(io::Error::last_os_error)?;
        // SAFETY: both are pointers to functions; the caller promises the type.
        Ok(unsafe { std::mem::transmute_copy::<unsafe extern "system" fn() -> isize, F>(&function) })
    }
}
