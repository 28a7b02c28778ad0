//! The owner, the access list and the path of a file, by its handle.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::path::{Path, PathBuf};
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_SUCCESS, FALSE, HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::{ConvertSidToStringSidW, GetSecurityInfo, SE_FILE_OBJECT};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GetTokenInformation, LookupAccountSidW, OWNER_SECURITY_INFORMATION, PSID,
    SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::Storage::FileSystem::{
    CreateDirectoryW, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_NAME_NORMALIZED,
    FILE_READ_ATTRIBUTES, GetFinalPathNameByHandleW, READ_CONTROL, VOLUME_NAME_DOS,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::Account;
use super::security::{self, Descriptor};
use super::wide::text;
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
    let (mut owner, mut descriptor) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the handle is open; owner and descriptor are written before the call returns, nothing else is requested.
    let error = unsafe {
        GetSecurityInfo(
            file.as_raw_handle(),
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

/// The account that this process runs under.
pub(crate) fn own_account() -> io::Result<Account> {
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the token is written before the call returns.
    check(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) })?;
    // SAFETY: the handle was opened above, and has no other owner.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    // A TOKEN_USER followed by the longest possible SID (68 bytes), aligned for both.
    let mut user = [0_u64; 16];
    let (size, mut needed) = (size_of_val(&user) as u32, 0);
    // SAFETY: the buffer has the given size, and is written before the call returns.
    check(unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            user.as_mut_ptr().cast(),
            size,
            &raw mut needed,
        )
    })?;
    // SAFETY: the call has written a TOKEN_USER, whose SID is in the same buffer.
    unsafe { account((*user.as_ptr().cast::<TOKEN_USER>()).User.Sid) }
}

/// # Safety
///
/// `sid` must point to a security identifier.
unsafe fn account(sid: PSID) -> io::Result<Account> {
    let mut written = ptr::null_mut();
    // SAFETY: as the caller promises; the string is written before the call returns.
    check(unsafe { ConvertSidToStringSidW(sid, &raw mut written) })?;
    // SAFETY: the call has returned a NUL-terminated string.
    let text = unsafe { text(written) };
    // SAFETY: the string was allocated by the call above and is not used any more.
    unsafe { LocalFree(written.cast()) };
    Ok(Account {
        sid: text,
        // SAFETY: as the caller promises.
        name: unsafe { name(sid) },
    })
}

/// # Safety
///
/// `sid` must point to a security identifier.
unsafe fn name(sid: PSID) -> Option<String> {
    // Neither has more than 256 units; a longer name counts as unknown.
    let (mut name, mut domain) = ([0_u16; 260], [0_u16; 260]);
    let (mut name_length, mut domain_length, mut kind) = (name.len() as u32, domain.len() as u32, 0);
    // SAFETY: as the caller promises; the buffers have the given lengths, and are written before the call returns.
    let found = unsafe {
        LookupAccountSidW(
            ptr::null(),
            sid,
            name.as_mut_ptr(),
            &raw mut name_length,
            domain.as_mut_ptr(),
            &raw mut domain_length,
            &raw mut kind,
        )
    };
    if found == FALSE {
        return None;
    }
    // SAFETY: the call has NUL-terminated both strings.
    let (name, domain) = unsafe { (text(name.as_ptr()), text(domain.as_ptr())) };
    Some(if domain.is_empty() {
        name
    } else {
        format!(r"{domain}\{name}")
    })
}
