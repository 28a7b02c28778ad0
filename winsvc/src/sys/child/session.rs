//! Children in the session of the user who is logged on.
//!
//! No handles are inherited and no job object is used: a job cannot have processes of another session.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString, c_void};
use std::io;
use std::os::windows::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::ptr;
use std::slice;

use windows_sys::Win32::Foundation::{
    ERROR_FILE_NOT_FOUND, ERROR_NO_TOKEN, ERROR_PRIVILEGE_NOT_HELD, FALSE, HANDLE,
};
use windows_sys::Win32::System::RemoteDesktop::{
    WTS_CURRENT_SERVER_HANDLE, WTS_SESSION_INFOW, WTSActive, WTSGetActiveConsoleSessionId,
};
use windows_sys::Win32::System::Threading::{
    CREATE_UNICODE_ENVIRONMENT, CreateProcessAsUserW, PROCESS_INFORMATION, STARTUPINFOW,
};
use windows_sys::core::BOOL;
use windows_sys::{s, w};
use winsvc_definition::command_line;

use super::SessionFailure;
use crate::sys::library::Library;
use crate::sys::windows::{check, error, has_code, wide_string};

type WTSQueryUserToken = unsafe extern "system" fn(u32, *mut HANDLE) -> BOOL;
type WTSEnumerateSessionsW =
    unsafe extern "system" fn(HANDLE, u32, u32, *mut *mut WTS_SESSION_INFOW, *mut u32) -> BOOL;
type WTSFreeMemory = unsafe extern "system" fn(*mut c_void);
type CreateEnvironmentBlock = unsafe extern "system" fn(*mut *mut c_void, HANDLE, BOOL) -> BOOL;
type DestroyEnvironmentBlock = unsafe extern "system" fn(*const c_void) -> BOOL;

/// The token of a user who is logged on.
#[derive(Debug)]
pub(super) struct User(OwnedHandle);

/// A process, and its first thread.
pub(super) struct Created {
    pub(super) id: u32,
    pub(super) process: OwnedHandle,
    pub(super) thread: OwnedHandle,
}

impl User {
    /// The user at the console of the machine, or else of the first active session, as over Remote Desktop.
    pub(super) fn active() -> Result<Self, SessionFailure> {
        let terminal_services = Library::load("wtsapi32.dll")?;
        // SAFETY: this is the signature of the function.
        let query: WTSQueryUserToken = unsafe { terminal_services.function(s!("WTSQueryUserToken"))? };
        // SAFETY: the call has no precondition.
        let console = unsafe { WTSGetActiveConsoleSessionId() };
        let sessions = [console].into_iter().chain(active_sessions(&terminal_services)?);
        for session in sessions {
            let mut token: HANDLE = ptr::null_mut();
            // SAFETY: the token is written before the call returns.
            match check(unsafe { query(session, &raw mut token) }) {
                // SAFETY: the handle was opened above, and has no other owner.
                Ok(()) => return Ok(Self(unsafe { OwnedHandle::from_raw_handle(token) })),
                Err(error) if has_code(&error, ERROR_PRIVILEGE_NOT_HELD) => {
                    return Err(SessionFailure::NotLocalSystem);
                }
                // No user, or no such session.
                Err(error) if has_code(&error, ERROR_NO_TOKEN) || has_code(&error, ERROR_FILE_NOT_FOUND) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(SessionFailure::NoUser)
    }

    /// Starts the program of a command in the user's session, with the user's rights and environment.
    pub(super) fn spawn(
        &self,
        command: &Command,
        inherits_environment: bool,
        flags: u32,
    ) -> io::Result<Created> {
        let exe = absolute(Path::new(command.get_program()))?;
        let mut environment = if inherits_environment {
            self.environment()?
        } else {
            BTreeMap::new()
        };
        for (name, value) in command.get_envs() {
            let key = name.to_ascii_uppercase();
            match value {
                Some(value) => environment.insert(key, (name.to_owned(), value.to_owned())),
                None => environment.remove(&key),
            };
        }
        let arguments: Vec<String> = command
            .get_args()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect();
        let line = command_line::process(&exe.to_string_lossy(), &arguments);
        let mut line = nul_terminated(OsStr::new(&line));
        let exe = nul_terminated(exe.as_os_str());
        let folder = command
            .get_current_dir()
            .map(|folder| nul_terminated(folder.as_os_str()));
        let environment = block(environment.values());
        let startup = STARTUPINFOW {
            cb: size_of::<STARTUPINFOW>() as u32,
            lpDesktop: w!("winsta0\\default").cast_mut(),
            ..STARTUPINFOW::default()
        };
        let mut created = PROCESS_INFORMATION::default();
        // SAFETY: the token is open; paths, line and desktop are NUL-terminated, the line may be written to; the
        // environment is UTF-16 and ends in two NULs. All outlive the call.
        check(unsafe {
            CreateProcessAsUserW(
                self.0.as_raw_handle(),
                exe.as_ptr(),
                line.as_mut_ptr(),
                ptr::null(),
                ptr::null(),
                FALSE,
                flags | CREATE_UNICODE_ENVIRONMENT,
                environment.as_ptr().cast(),
                folder.as_ref().map_or(ptr::null(), Vec::as_ptr),
                &raw const startup,
                &raw mut created,
            )
        })?;
        // SAFETY: the handles were opened above, and have no other owners.
        let (process, thread) = unsafe {
            (
                OwnedHandle::from_raw_handle(created.hProcess),
                OwnedHandle::from_raw_handle(created.hThread),
            )
        };
        Ok(Created {
            id: created.dwProcessId,
            process,
            thread,
        })
    }

    /// The user's environment, by the names in upper case.
    fn environment(&self) -> io::Result<BTreeMap<OsString, (OsString, OsString)>> {
        let profiles = Library::load("userenv.dll")?;
        // SAFETY: these are the signatures of the functions.
        let (create, destroy) = unsafe {
            (
                profiles.function::<CreateEnvironmentBlock>(s!("CreateEnvironmentBlock"))?,
                profiles.function::<DestroyEnvironmentBlock>(s!("DestroyEnvironmentBlock"))?,
            )
        };
        let mut block = ptr::null_mut();
        // SAFETY: the token is open; the block is written before the call returns.
        check(unsafe { create(&raw mut block, self.0.as_raw_handle(), FALSE) })?;
        let mut variables = BTreeMap::new();
        let mut next: *const u16 = block.cast_const().cast();
        // SAFETY: the block is a list of NUL-terminated strings with one more NUL after the last.
        while unsafe { *next } != 0 {
            // SAFETY: as above.
            let variable = unsafe { wide_string(next) };
            let units: Vec<u16> = variable.encode_wide().collect();
            // The first character may be `=`: the working directories of drives.
            if let Some(end) = units.iter().skip(1).position(|unit| *unit == u16::from(b'=')) {
                let (name, value) = units.split_at(end + 1);
                let (name, value) = (OsString::from_wide(name), OsString::from_wide(&value[1..]));
                variables.insert(name.to_ascii_uppercase(), (name, value));
            }
            // SAFETY: after the string and its NUL is the next string, or the last NUL.
            next = unsafe { next.add(units.len() + 1) };
        }
        // SAFETY: the block was allocated by the call above and is not used any more.
        unsafe { destroy(block) };
        Ok(variables)
    }
}

fn active_sessions(terminal_services: &Library) -> io::Result<Vec<u32>> {
    // SAFETY: these are the signatures of the functions.
    let (enumerate, free) = unsafe {
        (
            terminal_services.function::<WTSEnumerateSessionsW>(s!("WTSEnumerateSessionsW"))?,
            terminal_services.function::<WTSFreeMemory>(s!("WTSFreeMemory"))?,
        )
    };
    let (mut sessions, mut count) = (ptr::null_mut(), 0);
    // SAFETY: the list and its length are written before the call returns.
    let listed =
        check(unsafe { enumerate(WTS_CURRENT_SERVER_HANDLE, 0, 1, &raw mut sessions, &raw mut count) });
    if listed.is_err() || sessions.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: the call has written a list of this length.
    let active = unsafe { slice::from_raw_parts(sessions, count as usize) }
        .iter()
        .filter(|session| session.State == WTSActive)
        .map(|session| session.SessionId)
        .collect();
    // SAFETY: the list was allocated by the call above and is not used any more.
    unsafe { free(sessions.cast()) };
    Ok(active)
}

/// The whole path of a program; a name alone is that of a program beside the service's exe. Nothing is searched: a
/// service with all rights must not start a program of a folder that others can write to.
fn absolute(program: &Path) -> io::Result<PathBuf> {
    let mut path = match program.parent() {
        Some(folder) if folder.as_os_str().is_empty() => std::env::current_exe()?.with_file_name(program),
        _ => std::path::absolute(program)?,
    };
    match path.extension().map(OsStr::to_ascii_lowercase) {
        None => drop(path.set_extension("exe")),
        // CreateProcess runs them by cmd.exe, which has other rules for quotation marks.
        Some(extension) if extension == "bat" || extension == "cmd" => {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Some(_) => {}
    }
    if path.is_file() {
        Ok(path)
    } else {
        Err(error(ERROR_FILE_NOT_FOUND))
    }
}

fn nul_terminated(text: &OsStr) -> Vec<u16> {
    text.encode_wide().chain([0]).collect()
}

/// Variables as `CreateProcess` takes them, in the order of their names.
fn block<'a>(variables: impl Iterator<Item = &'a (OsString, OsString)>) -> Vec<u16> {
    let mut block = Vec::new();
    for (name, value) in variables {
        block.extend(name.encode_wide());
        block.push(u16::from(b'='));
        block.extend(value.encode_wide().chain([0]));
    }
    if block.is_empty() {
        block.push(0);
    }
    block.push(0);
    block
}
