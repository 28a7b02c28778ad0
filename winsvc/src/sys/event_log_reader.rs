//! Reads the event log with the older calls. The newer ones are in `wevtapi.dll`, which every service's exe would have
//! to load, and return handles from which each field must be requested.

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

/// The size of a read; it grows up to the maximum size of a record, see the same page.
const BUFFER: usize = 64 << 10;
const LARGEST_BUFFER: usize = 0x7_ffff;

/// The open Application log.
pub(super) struct OpenedEventLog(HANDLE);

impl OpenedEventLog {
    pub(super) fn open() -> Result<Self, CallError> {
        let name = wide("Application");
        // SAFETY: null is this machine; the name is NUL-terminated.
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
            // SAFETY: the log is open; at most the buffer's size is written to it, before the call returns, as are both
            // numbers.
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
                // The log was cleared meanwhile, so there are no older records.
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
