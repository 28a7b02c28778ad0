//! The calls of the event log.

use std::ffi::OsStr;
use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::ptr;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::EventLog::{DeregisterEventSource, RegisterEventSourceW, ReportEventW};
use winsvc_definition::events::Message;

use super::windows::check;

/// A connection to the event log under the name of a source.
#[derive(Debug)]
pub(crate) struct EventSource(HANDLE);

// SAFETY: the handle is an opaque token that is bound to no thread.
unsafe impl Send for EventSource {}

impl EventSource {
    /// Connects. A source that is not registered is as good as another, but for its texts.
    pub(crate) fn open(name: &OsStr) -> io::Result<Self> {
        let name: Vec<u16> = name.encode_wide().chain([0]).collect();
        // SAFETY: a null server is this machine; the name ends in a zero and outlives the call.
        let handle = unsafe { RegisterEventSourceW(ptr::null(), name.as_ptr()) };
        if handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(handle))
    }

    /// Writes an event. The strings are UTF-16; each ends at its first zero.
    pub(crate) fn report(&self, message: Message, strings: &[Vec<u16>]) -> io::Result<()> {
        let strings: Vec<Vec<u16>> = strings
            .iter()
            .map(|string| string.iter().copied().chain([0]).collect())
            .collect();
        let pointers: Vec<*const u16> = strings.iter().map(Vec::as_ptr).collect();
        let count = u16::try_from(pointers.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        // SAFETY: the handle is open; `pointers` has `count` pointers to strings that end in a zero; both outlive the
        // call. No user and no raw data is allowed.
        check(unsafe {
            ReportEventW(
                self.0,
                message.severity.event_type(),
                message.category().number(),
                message.id(),
                ptr::null_mut(),
                count,
                0,
                pointers.as_ptr(),
                ptr::null(),
            )
        })
    }
}

impl Drop for EventSource {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and nobody has it any more.
        unsafe { DeregisterEventSource(self.0) };
    }
}

/// The values that the definition writes out are those of Windows.
const _: () = {
    use windows_sys::Win32::System::EventLog as event_log;
    use winsvc_definition::events::Severity;

    assert!(Severity::Error.event_type() == event_log::EVENTLOG_ERROR_TYPE);
    assert!(Severity::Warning.event_type() == event_log::EVENTLOG_WARNING_TYPE);
    assert!(Severity::Information.event_type() == event_log::EVENTLOG_INFORMATION_TYPE);
};
