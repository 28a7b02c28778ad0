//! Whose a file is.

use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{CloseHandle, ERROR_SUCCESS, FALSE, HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, GetNamedSecurityInfoW, SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{
    GetTokenInformation, LookupAccountSidW, OWNER_SECURITY_INFORMATION, PSID, TOKEN_QUERY, TOKEN_USER,
    TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::wide::text;
use super::windows::check;

/// Somebody who can own a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// The security identifier, as `S-1-5-32-544`.
    pub(crate) sid: String,
    /// `DOMAIN\name`, where the machine knows one.
    pub(crate) name: Option<String>,
}

/// The owner of a file or a folder.
pub(crate) fn owner(path: &Path) -> io::Result<Account> {
    let path: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
    let (mut owner, mut descriptor) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the path ends in a zero; owner and descriptor are written before the call returns, nothing else is wanted.
    let error = unsafe {
        GetNamedSecurityInfoW(
            path.as_ptr(),
            SE_FILE_OBJECT,
            OWNER_SECURITY_INFORMATION,
            &raw mut owner,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut descriptor,
        )
    };
    if error != ERROR_SUCCESS {
        return Err(io::Error::from_raw_os_error(
            i32::try_from(error).unwrap_or(i32::MAX),
        ));
    }
    // SAFETY: the owner lies in the descriptor.
    let account = unsafe { account(owner) };
    // SAFETY: the descriptor was made by the call above and nobody has it any more.
    unsafe { LocalFree(descriptor) };
    account
}

/// The account that this process runs under.
pub(crate) fn own_account() -> io::Result<Account> {
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the token is written before the call returns.
    check(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) })?;
    // A TOKEN_USER and behind it the longest SID that there is (68 bytes), aligned for both.
    let mut user = [0_u64; 16];
    let (size, mut needed) = (size_of_val(&user) as u32, 0);
    // SAFETY: the buffer is as large as is said, and is written before the call returns.
    let read = check(unsafe {
        GetTokenInformation(token, TokenUser, user.as_mut_ptr().cast(), size, &raw mut needed)
    });
    // SAFETY: the handle is open, and nobody has it any more.
    unsafe { CloseHandle(token) };
    read?;
    // SAFETY: the call has written a TOKEN_USER, whose SID lies in the same buffer.
    unsafe { account((*user.as_ptr().cast::<TOKEN_USER>()).User.Sid) }
}

/// # Safety
///
/// `sid` must point to a security identifier.
unsafe fn account(sid: PSID) -> io::Result<Account> {
    let mut written = ptr::null_mut();
    // SAFETY: as the caller promises; the text is written before the call returns.
    check(unsafe { ConvertSidToStringSidW(sid, &raw mut written) })?;
    // SAFETY: the call has made a text that ends in a zero.
    let text = unsafe { text(written) };
    // SAFETY: the text was made by the call above and nobody has it any more.
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
    // Neither has more than 256 units; a longer name is none here.
    let (mut name, mut domain) = ([0_u16; 260], [0_u16; 260]);
    let (mut name_length, mut domain_length, mut kind) = (name.len() as u32, domain.len() as u32, 0);
    // SAFETY: as the caller promises; the buffers are as long as is said, and are written before the call returns.
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
    // SAFETY: the call has ended both texts with a zero.
    let (name, domain) = unsafe { (text(name.as_ptr()), text(domain.as_ptr())) };
    Some(if domain.is_empty() {
        name
    } else {
        format!(r"{domain}\{name}")
    })
}
