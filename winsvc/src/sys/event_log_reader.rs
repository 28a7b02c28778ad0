//! Reading the event log: the calls that came before the newer ones of `wevtapi.dll`, which is a DLL more in every service's
//! exe, and whose answers are handles to be asked field by field.

use windows_sys::Win32::Foundation::{
    ERROR_EVENTLOG_FILE_CHANGED, ERROR_HANDLE_EOF, ERROR_INSUFFICIENT_BUFFER, FALSE, HANDLE,
};
use windows_sys::Win32::System::EventLog::{
    CloseEventLog, EVENTLOG_SEQUENTIAL_READ, OpenEventLogW, ReadEventLogW,
};

use super::machine::{CallError, EventLog};
use super::service_handle::last_error;
use super::wide::wide;

/// `EVENTLOG_BACKWARDS_READ`
/// ([`ReadEventLogW`](https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-readeventlogw)).
const BACKWARDS: u32 = 0x8;

/// How much is read at once; as much as a record can have at the most, by the same page.
const BUFFER: usize = 64 << 10;
const LARGEST_BUFFER: usize = 0x7_ffff;

/// The open Application log; closed when it is dropped.
pub(super) struct OpenedEventLog(HANDLE);

impl OpenedEventLog {
    pub(super) fn open() -> Result<Self, CallError> {
        let name = wide("Application");
        // SAFETY: null is this machine; the name ends in a zero.
        let log = unsafe { OpenEventLogW(std::ptr::null(), name.as_ptr()) };
        if log.is_null() {
            return Err(last_error("OpenEventLog"));
        }
        Ok(Self(log))
    }
}

impl EventLog for OpenedEventLog {
    fn read_backwards(&mut self) -> Result<Vec<u8>, CallError> {
        let mut bytes = vec![0_u8; BUFFER];
        loop {
            let (mut read, mut needed) = (0, 0);
            // SAFETY: the log is open; no more than the buffer's size is written to it, before the call returns, as are
            // both numbers.
            let done = unsafe {
                ReadEventLogW(
                    self.0,
                    EVENTLOG_SEQUENTIAL_READ | BACKWARDS,
                    0,
                    bytes.as_mut_ptr().cast(),
                    bytes.len() as u32,
                    &raw mut read,
                    &raw mut needed,
                )
            };
            if done != FALSE {
                bytes.truncate(read as usize);
                return Ok(bytes);
            }
            let error = last_error("ReadEventLog");
            let needed = needed as usize;
            match error.code {
                ERROR_INSUFFICIENT_BUFFER if (bytes.len() + 1..=LARGEST_BUFFER).contains(&needed) => {
                    bytes.resize(needed, 0);
                }
                // A log that was cleared meanwhile has nothing before what was read.
                ERROR_HANDLE_EOF | ERROR_EVENTLOG_FILE_CHANGED => return Ok(Vec::new()),
                _ => return Err(error),
            }
        }
    }
}

impl Drop for OpenedEventLog {
    fn drop(&mut self) {
        // SAFETY: the handle was opened for this value and is closed once.
        unsafe { CloseEventLog(self.0) };
    }
}
