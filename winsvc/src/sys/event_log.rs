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

// SAFETY: the handle is an opaque token that is not bound to a thread.
unsafe impl Send for EventSource {}

impl EventSource {
    /// Connects. The source need not be registered.
    pub(crate) fn open(name: &OsStr) -> io::Result<Self> {
        let name: Vec<u16> = name.encode_wide().chain([0]).collect();
        // SAFETY: a null server is this machine; the name is NUL-terminated and outlives the call.
        let handle = unsafe { RegisterEventSourceW(ptr::null(), name.as_ptr()) };
        if handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(handle))
    }

    /// Writes an event. The text is NUL-terminated UTF-16.
    pub(crate) fn report(&self, message: Message, text: &[u16]) -> io::Result<()> {
        debug_assert_eq!(text.last(), Some(&0));
        let strings = [text.as_ptr()];
        // SAFETY: the handle is open; the only string is NUL-terminated, and it and the pointer to it outlive the call.
        // The user, the category and the raw data may be omitted.
        check(unsafe {
            ReportEventW(
                self.0,
                message.severity.event_type(),
                0,
                message.number.into(),
                ptr::null_mut(),
                1,
                0,
                strings.as_ptr(),
                ptr::null(),
            )
        })
    }
}

impl Drop for EventSource {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and it is not used any more.
        unsafe { DeregisterEventSource(self.0) };
    }
}

/// The constants of the definition equal those of Windows.
const _: () = {
    use windows_sys::Win32::System::EventLog as event_log;
    use winsvc_definition::events::Severity;

    assert!(Severity::Error.event_type() == event_log::EVENTLOG_ERROR_TYPE);
    assert!(Severity::Warning.event_type() == event_log::EVENTLOG_WARNING_TYPE);
    assert!(Severity::Information.event_type() == event_log::EVENTLOG_INFORMATION_TYPE);
};
