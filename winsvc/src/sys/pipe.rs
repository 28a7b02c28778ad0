//! Named pipes: their security, and who is at the other end.

use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::ptr;

use tokio::net::windows::named_pipe::{NamedPipeClient, NamedPipeServer, ServerOptions};
use windows_sys::Win32::Foundation::{FALSE, HANDLE, TRUE};
use windows_sys::Win32::Security::{
    CheckTokenMembership, CreateWellKnownSid, GetTokenInformation, RevertToSelf, SECURITY_ATTRIBUTES,
    SECURITY_MAX_SID_SIZE, TOKEN_GROUPS, TOKEN_QUERY, TokenGroups, TokenSessionId,
    WinBuiltinAdministratorsSid,
};
use windows_sys::Win32::System::Pipes::{
    GetNamedPipeClientProcessId, GetNamedPipeServerProcessId, ImpersonateNamedPipeClient,
};
use windows_sys::Win32::System::Threading::{GetCurrentThread, OpenThreadToken};

use super::Account;
use super::account::{account_sid, own_token, owner_of_new, sid_of, user};
use super::owner::owner_by;
use super::security::Descriptor;
use super::windows::check;

/// The client of a pipe.
pub(crate) struct PipeClient {
    pub(crate) account: Account,
    pub(crate) is_administrator: bool,
    pub(crate) session: u32,
    /// `None` if Windows does not tell.
    pub(crate) process_id: Option<u32>,
}

/// The owner of a pipe.
pub(crate) struct PipeServer {
    pub(crate) account: Account,
    /// `None` if Windows does not tell.
    pub(crate) process_id: Option<u32>,
}

/// Creates an instance of a pipe for clients of this machine. `is_first` fails if the pipe exists.
pub(crate) fn create_pipe(path: &str, is_first: bool, security: &str) -> io::Result<NamedPipeServer> {
    let descriptor = Descriptor::new(security)?;
    let mut attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: descriptor.as_ptr(),
        bInheritHandle: FALSE,
    };
    let attributes: *mut c_void = (&raw mut attributes).cast();
    let mut options = ServerOptions::new();
    options.first_pipe_instance(is_first).reject_remote_clients(true);
    // SAFETY: the attributes are a SECURITY_ATTRIBUTES, and outlive the call, as does their descriptor.
    unsafe { options.create_with_security_attributes_raw(path, attributes) }
}

/// The SID of the account with this name, as a string.
pub(crate) fn sid_by_name(name: &str) -> io::Result<String> {
    let sid = sid_of(name)?;
    // SAFETY: the bytes are a security identifier that Windows wrote.
    unsafe { account_sid(sid.as_ptr().cast_mut().cast()) }
}

/// The SID that only this service has, or the one of its account if it has none.
pub(crate) fn own_sid() -> io::Result<String> {
    let token = own_token()?;
    let service = groups(&token)?.into_iter().find(|sid| is_of_service(sid));
    match service {
        Some(sid) => Ok(sid),
        None => Ok(user(&token)?.sid),
    }
}

/// The SIDs of which one owns what this process creates: its account, and what its token has for new objects.
pub(crate) fn own_owners() -> io::Result<[String; 2]> {
    let token = own_token()?;
    Ok([user(&token)?.sid, owner_of_new(&token)?.sid])
}

/// Whether it is `S-1-5-80-` and the five numbers of one service; `S-1-5-80-0` is all of them.
fn is_of_service(sid: &str) -> bool {
    sid.strip_prefix("S-1-5-80-")
        .is_some_and(|numbers| numbers.split('-').count() == 5)
}

/// The groups of a token.
fn groups(token: &OwnedHandle) -> io::Result<Vec<String>> {
    let mut size = 0;
    // SAFETY: without a buffer, the call writes the size that it would need, and fails.
    unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenGroups,
            ptr::null_mut(),
            0,
            &raw mut size,
        )
    };
    // Eight bytes each, for the alignment of pointers.
    let mut buffer = vec![0_u64; (size as usize).div_ceil(8).max(2)];
    // SAFETY: the buffer has at least the given size, and is written before the call returns.
    check(unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenGroups,
            buffer.as_mut_ptr().cast(),
            size,
            &raw mut size,
        )
    })?;
    let list = buffer.as_ptr().cast::<TOKEN_GROUPS>();
    // SAFETY: the call has written a TOKEN_GROUPS, with as many entries as its count says, whose SIDs are in the same
    // buffer. The pointer to the first entry is that of the whole buffer, so that it may be used for the others.
    unsafe {
        let first = (&raw const (*list).Groups).cast::<windows_sys::Win32::Security::SID_AND_ATTRIBUTES>();
        (0..(*list).GroupCount as usize)
            .map(|at| account_sid((*first.add(at)).Sid))
            .collect()
    }
}

/// Who opened the pipe. The error is `ERROR_CANNOT_IMPERSONATE` if Windows tells it only after the first byte was read.
pub(crate) fn client(pipe: &NamedPipeServer) -> io::Result<PipeClient> {
    let handle: HANDLE = pipe.as_raw_handle();
    let impersonation = Impersonation::of(handle)?;
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the pseudo handle needs not be closed; the token is written before the call returns. The process itself
    // asks for the token (`TRUE`), because a client's identity may only be looked at.
    check(unsafe { OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &raw mut token) })?;
    // SAFETY: the handle was opened above, and has no other owner.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    drop(impersonation);
    let mut session = 0_u32;
    let mut size = 0;
    // SAFETY: the session is written before the call returns.
    check(unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenSessionId,
            (&raw mut session).cast(),
            size_of::<u32>() as u32,
            &raw mut size,
        )
    })?;
    let mut process_id = 0;
    // SAFETY: the pipe is open; the number is written before the call returns.
    let is_known = unsafe { GetNamedPipeClientProcessId(handle, &raw mut process_id) };
    Ok(PipeClient {
        account: user(&token)?,
        is_administrator: is_administrator(&token)?,
        session,
        process_id: (is_known != FALSE).then_some(process_id),
    })
}

/// Whether the group of administrators is in a token, and enabled: without elevation it is not.
fn is_administrator(token: &OwnedHandle) -> io::Result<bool> {
    let mut sid = [0_u32; (SECURITY_MAX_SID_SIZE as usize).div_ceil(4)];
    let mut size = size_of_val(&sid) as u32;
    // SAFETY: the buffer has the given size, and is written before the call returns.
    check(unsafe {
        CreateWellKnownSid(
            WinBuiltinAdministratorsSid,
            ptr::null_mut(),
            sid.as_mut_ptr().cast(),
            &raw mut size,
        )
    })?;
    let mut is_member = FALSE;
    // SAFETY: the token is open, and one of impersonation; the SID outlives the call, and the answer is written before it
    // returns.
    check(unsafe {
        CheckTokenMembership(token.as_raw_handle(), sid.as_mut_ptr().cast(), &raw mut is_member)
    })?;
    Ok(is_member != FALSE)
}

/// Who owns the pipe.
pub(crate) fn server(pipe: &NamedPipeClient) -> io::Result<PipeServer> {
    let handle: HANDLE = pipe.as_raw_handle();
    let mut process_id = 0;
    // SAFETY: the pipe is open; the number is written before the call returns.
    let is_known = unsafe { GetNamedPipeServerProcessId(handle, &raw mut process_id) };
    Ok(PipeServer {
        account: owner_by(handle)?,
        process_id: (is_known != FALSE).then_some(process_id),
    })
}

/// The thread acts as the client of a pipe while this value lives.
struct Impersonation;

impl Impersonation {
    fn of(pipe: HANDLE) -> io::Result<Self> {
        // SAFETY: the pipe is open.
        check(unsafe { ImpersonateNamedPipeClient(pipe) })?;
        Ok(Self)
    }
}

impl Drop for Impersonation {
    fn drop(&mut self) {
        // SAFETY: the call has no precondition.
        let is_reverted = unsafe { RevertToSelf() };
        // The rest of the process would act as the client.
        assert!(is_reverted != FALSE, "RevertToSelf failed");
    }
}
