//! Accounts and their security identifiers (SIDs).

use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::ptr;

#[cfg(any(feature = "verbs", feature = "pipe"))]
use windows_sys::Win32::Foundation::ERROR_INSUFFICIENT_BUFFER;
use windows_sys::Win32::Foundation::{FALSE, HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::ConvertSidToStringSidW;
#[cfg(feature = "pipe")]
use windows_sys::Win32::Security::TokenOwner;
use windows_sys::Win32::Security::{
    GetTokenInformation, LookupAccountSidW, PSID, TOKEN_INFORMATION_CLASS, TOKEN_QUERY, TokenUser,
};
#[cfg(any(feature = "verbs", feature = "pipe"))]
use windows_sys::Win32::Security::{LookupAccountNameW, SID_NAME_USE};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::Account;
use super::wide::text;
#[cfg(any(feature = "verbs", feature = "pipe"))]
use super::wide::wide;
use super::windows::check;

/// The account that this process runs under.
pub(crate) fn own_account() -> io::Result<Account> {
    user(&own_token()?)
}

/// The token of this process, to read.
pub(super) fn own_token() -> io::Result<OwnedHandle> {
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the token is written before the call returns.
    check(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) })?;
    // SAFETY: the handle was opened above, and has no other owner.
    Ok(unsafe { OwnedHandle::from_raw_handle(token) })
}

/// The account of a token.
pub(super) fn user(token: &OwnedHandle) -> io::Result<Account> {
    by_token(token, TokenUser)
}

/// The account that owns what a process with this token creates: its user, or the group of administrators.
#[cfg(feature = "pipe")]
pub(super) fn owner_of_new(token: &OwnedHandle) -> io::Result<Account> {
    by_token(token, TokenOwner)
}

/// An account that a token has at the beginning of one of its structures.
fn by_token(token: &OwnedHandle, class: TOKEN_INFORMATION_CLASS) -> io::Result<Account> {
    // A TOKEN_USER or TOKEN_OWNER followed by the longest possible SID (68 bytes), aligned for both.
    let mut buffer = [0_u64; 16];
    let (size, mut needed) = (size_of_val(&buffer) as u32, 0);
    // SAFETY: the buffer has the given size, and is written before the call returns.
    check(unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            class,
            buffer.as_mut_ptr().cast(),
            size,
            &raw mut needed,
        )
    })?;
    // SAFETY: both callers above ask for a structure whose first field is a pointer to a SID, which is in the same buffer.
    unsafe { account(*buffer.as_ptr().cast::<PSID>()) }
}

/// An account by its security identifier.
///
/// # Safety
///
/// `sid` must point to a security identifier.
pub(super) unsafe fn account(sid: PSID) -> io::Result<Account> {
    Ok(Account {
        // SAFETY: as the caller promises.
        sid: unsafe { account_sid(sid) }?,
        // SAFETY: as the caller promises.
        name: unsafe { name(sid) },
    })
}

/// A security identifier as a string, such as `S-1-5-18`.
///
/// # Safety
///
/// `sid` must point to a security identifier.
pub(super) unsafe fn account_sid(sid: PSID) -> io::Result<String> {
    let mut written = ptr::null_mut();
    // SAFETY: as the caller promises; the string is written before the call returns.
    check(unsafe { ConvertSidToStringSidW(sid, &raw mut written) })?;
    // SAFETY: the call has returned a NUL-terminated string.
    let text = unsafe { text(written) };
    // SAFETY: the string was allocated by the call above and is not used any more.
    unsafe { LocalFree(written.cast()) };
    Ok(text)
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

/// The security identifier of the account with this name, in binary.
#[cfg(any(feature = "verbs", feature = "pipe"))]
pub(super) fn sid_of(account: &str) -> io::Result<Vec<u8>> {
    let account = wide(account);
    let (mut sid, mut domain) = (vec![0_u8; 68], vec![0_u16; 256]);
    loop {
        let (mut sid_size, mut domain_size) = (sid.len() as u32, domain.len() as u32);
        let mut kind: SID_NAME_USE = 0;
        // SAFETY: the name is NUL-terminated, null is this machine; the buffers have the given lengths, and are written
        // before the call returns.
        let done = unsafe {
            LookupAccountNameW(
                ptr::null(),
                account.as_ptr(),
                sid.as_mut_ptr().cast(),
                &raw mut sid_size,
                domain.as_mut_ptr(),
                &raw mut domain_size,
                &raw mut kind,
            )
        };
        if done != 0 {
            return Ok(sid);
        }
        let error = io::Error::last_os_error();
        let is_short =
            error.raw_os_error().and_then(|code| code.try_into().ok()) == Some(ERROR_INSUFFICIENT_BUFFER);
        if !is_short {
            return Err(error);
        }
        sid.resize(sid_size as usize, 0);
        domain.resize(domain_size as usize, 0);
    }
}
