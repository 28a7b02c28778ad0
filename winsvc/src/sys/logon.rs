//! The right of an account to log on as a service.

use std::ptr;

use windows_sys::Win32::Security::Authentication::Identity::{
    LSA_HANDLE, LSA_OBJECT_ATTRIBUTES, LSA_UNICODE_STRING, LsaAddAccountRights, LsaClose,
    LsaNtStatusToWinError, LsaOpenPolicy, POLICY_CREATE_ACCOUNT, POLICY_LOOKUP_NAMES,
};

use super::account::sid_of;
use super::machine::CallError;

/// `SE_SERVICE_LOGON_NAME`
/// ([Account Rights Constants](https://learn.microsoft.com/windows/win32/secauthz/account-rights-constants)).
const LOGON_AS_A_SERVICE: &str = "SeServiceLogonRight";

/// Grants an account the right. An account that has it already keeps it.
pub(super) fn allow(account: &str) -> Result<(), CallError> {
    let sid = sid_of(account).map_err(|error| CallError::of("LookupAccountName", &error))?;
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
