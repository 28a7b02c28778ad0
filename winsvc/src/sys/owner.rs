//! The owner, the access list and the path of a file, by its handle.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::AsRawHandle as _;
use std::path::{Path, PathBuf};
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_SUCCESS, FALSE, HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::{GetSecurityInfo, SE_FILE_OBJECT};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, OWNER_SECURITY_INFORMATION, SECURITY_ATTRIBUTES,
};
use windows_sys::Win32::Storage::FileSystem::{
    CreateDirectoryW, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_NAME_NORMALIZED,
    FILE_READ_ATTRIBUTES, GetFinalPathNameByHandleW, READ_CONTROL, VOLUME_NAME_DOS,
};

use super::Account;
use super::account::account;
use super::security::{self, Descriptor};
use super::windows::check;

/// Opens a file or a folder to read its owner, not its content; does not follow a link.
pub(crate) fn open_to_look_at(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options
        .access_mode(READ_CONTROL | FILE_READ_ATTRIBUTES)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT);
    options.open(path)
}

/// Opens a file; does not follow a link.
pub(crate) fn open_itself(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(path)
}

/// The path of an open file or folder, in a form that is only comparable to other results of this function.
pub(crate) fn place(file: &File) -> io::Result<PathBuf> {
    let mut path = vec![0_u16; 512];
    loop {
        let size = u32::try_from(path.len()).unwrap_or(u32::MAX);
        // SAFETY: the handle is open; the buffer has the given length, and is written before the call returns.
        let length = unsafe {
            GetFinalPathNameByHandleW(
                file.as_raw_handle(),
                path.as_mut_ptr(),
                size,
                FILE_NAME_NORMALIZED | VOLUME_NAME_DOS,
            )
        };
        match length as usize {
            0 => return Err(io::Error::last_os_error()),
            // Then the result is the required length.
            length if length >= path.len() => path.resize(length + 1, 0),
            length => return Ok(OsString::from_wide(&path[..length]).into()),
        }
    }
}

/// The owner of an open file or folder.
pub(crate) fn owner(file: &File) -> io::Result<Account> {
    owner_by(file.as_raw_handle())
}

/// The owner of what an open handle with the right `READ_CONTROL` belongs to.
pub(super) fn owner_by(handle: HANDLE) -> io::Result<Account> {
    let (mut owner, mut descriptor) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: an invalid handle is an error; owner and descriptor are written before the call returns, nothing else is requested.
    let error = unsafe {
        GetSecurityInfo(
            handle,
            SE_FILE_OBJECT,
            OWNER_SECURITY_INFORMATION,
            &raw mut owner,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut descriptor,
        )
    };
    checked(error)?;
    // SAFETY: the owner is part of the descriptor.
    let account = unsafe { account(owner) };
    // SAFETY: the descriptor was allocated by the call above and is not used any more.
    unsafe { LocalFree(descriptor) };
    account
}

/// The access list of an open file or folder (`D:…`).
pub(crate) fn access_list(file: &File) -> io::Result<String> {
    file_security(file, DACL_SECURITY_INFORMATION)
}

/// Parts of the security descriptor of an open file or folder, formatted by Windows.
pub(super) fn file_security(file: &File, parts: u32) -> io::Result<String> {
    let mut descriptor = ptr::null_mut();
    // SAFETY: the handle is open; the descriptor is written before the call returns, nothing else is requested.
    let error = unsafe {
        GetSecurityInfo(
            file.as_raw_handle(),
            SE_FILE_OBJECT,
            parts,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut descriptor,
        )
    };
    checked(error)?;
    // SAFETY: the call has returned a security descriptor.
    let formatted = unsafe { security::formatted(descriptor, parts) };
    // SAFETY: the descriptor was allocated by the call above and is not used any more.
    unsafe { LocalFree(descriptor) };
    formatted
}

/// Creates a folder with this access list. Its owner is the account of this process.
pub(crate) fn create_folder(path: &Path, access_list: &str) -> io::Result<()> {
    let descriptor = Descriptor::new(access_list)?;
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: descriptor.as_ptr(),
        bInheritHandle: FALSE,
    };
    let path: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
    // SAFETY: the path is NUL-terminated; the attributes and their descriptor outlive the call.
    check(unsafe { CreateDirectoryW(path.as_ptr(), &raw const attributes) })
}

/// The result of a call that returns its error code.
fn checked(error: u32) -> io::Result<()> {
    if error == ERROR_SUCCESS {
        return Ok(());
    }
    Err(io::Error::from_raw_os_error(
        i32::try_from(error).unwrap_or(i32::MAX),
    ))
}
