//! The right of an account to log on as a service.

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::ERROR_INSUFFICIENT_BUFFER;
use windows_sys::Win32::Security::Authentication::Identity::{
    LSA_HANDLE, LSA_OBJECT_ATTRIBUTES, LSA_UNICODE_STRING, LsaAddAccountRights, LsaClose,
    LsaNtStatusToWinError, LsaOpenPolicy, POLICY_CREATE_ACCOUNT, POLICY_LOOKUP_NAMES,
};
use windows_sys::Win32::Security::{LookupAccountNameW, SID_NAME_USE};

use super::machine::CallError;
use super::wide::wide;

/// `SE_SERVICE_LOGON_NAME`
/// ([Account Rights Constants](https://learn.microsoft.com/windows/win32/secauthz/account-rights-constants)).
const LOGON_AS_A_SERVICE: &str = "SeServiceLogonRight";

/// Grants an account the right. An account that has it already keeps it.
pub(super) fn allow(account: &str) -> Result<(), CallError> {
    let sid = sid(account)?;
    let policy = Policy::open()?;
    let mut right: Vec<u16> = LOGON_AS_A_SERVICE.encode_utf16().collect();
    let length = (right.len() * 2) as u16;
    let right = LSA_UNICODE_STRING {
        Length: length,
        MaximumLength: length,
        Buffer: right.as_mut_ptr(),
    };
    // SAFETY: the policy is open; the SID and the string, whose length is in bytes, outlive the call.
    let status =
        unsafe { LsaAddAccountRights(policy.0, sid.as_ptr().cast_mut().cast(), &raw const right, 1) };
    check("LsaAddAccountRights", status)
}

/// The security identifier of an account.
fn sid(account: &str) -> Result<Vec<u8>, CallError> {
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
            return Err(CallError::of("LookupAccountName", &error));
        }
        sid.resize(sid_size as usize, 0);
        domain.resize(domain_size as usize, 0);
    }
}

/// The open policy of this machine.
struct Policy(LSA_HANDLE);

impl Policy {
    fn open() -> Result<Self, CallError> {
        let attributes = LSA_OBJECT_ATTRIBUTES::default();
        let mut handle = LSA_HANDLE::default();
        // SAFETY: null is this machine; the attributes, which have to be empty, outlive the call, and the handle is
        // written before it returns.
        let status = unsafe {
            LsaOpenPolicy(
                ptr::null(),
                &raw const attributes,
                (POLICY_CREATE_ACCOUNT | POLICY_LOOKUP_NAMES) as u32,
                &raw mut handle,
            )
        };
        check("LsaOpenPolicy", status)?;
        Ok(Self(handle))
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        // SAFETY: the handle was opened by this value and is closed once.
        unsafe { LsaClose(self.0) };
    }
}

fn check(call: &'static str, status: i32) -> Result<(), CallError> {
    if status >= 0 {
        return Ok(());
    }
    // SAFETY: the function has no requirements.
    let code = unsafe { LsaNtStatusToWinError(status) };
    Err(CallError { call, code })
}
