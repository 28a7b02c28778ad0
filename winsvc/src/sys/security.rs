//! Security descriptors as strings and in the binary form of Windows.

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{
    ConvertSecurityDescriptorToStringSecurityDescriptorW,
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::PSECURITY_DESCRIPTOR;

use super::wide::{text, wide};
use super::windows::check;

/// A security descriptor that Windows parsed from a string.
pub(super) struct Descriptor(PSECURITY_DESCRIPTOR);

impl Descriptor {
    pub(super) fn new(text: &str) -> io::Result<Self> {
        let text = wide(text);
        let mut descriptor = ptr::null_mut();
        // SAFETY: the string is NUL-terminated; the descriptor is written before the call returns, its size is not
        // requested.
        check(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                ptr::null_mut(),
            )
        })?;
        Ok(Self(descriptor))
    }

    pub(super) fn as_ptr(&self) -> PSECURITY_DESCRIPTOR {
        self.0
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: Windows allocated it for this value, and it is freed once.
        unsafe { LocalFree(self.0) };
    }
}

/// Parts of a descriptor, such as `DACL_SECURITY_INFORMATION`, formatted by Windows.
///
/// # Safety
///
/// `descriptor` must point to a security descriptor.
pub(super) unsafe fn formatted(descriptor: PSECURITY_DESCRIPTOR, parts: u32) -> io::Result<String> {
    let mut list = ptr::null_mut();
    // SAFETY: as the caller promises; the string is written before the call returns, its length is not requested.
    check(unsafe {
        ConvertSecurityDescriptorToStringSecurityDescriptorW(
            descriptor,
            SDDL_REVISION_1,
            parts,
            &raw mut list,
            ptr::null_mut(),
        )
    })?;
    // SAFETY: the string is NUL-terminated.
    let copy = unsafe { text(list) };
    // SAFETY: Windows allocated the string, and it is freed once.
    unsafe { LocalFree(list.cast()) };
    Ok(copy)
}
