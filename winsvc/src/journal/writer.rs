//! Writes entries to the event log, reconnecting where needed.

use std::io;

use winsvc_definition::events::Message;

use super::{Entry, text};

/// A connection to the event log.
pub(super) trait Source: Sized {
    /// `text` is UTF-16 and ends in a NUL.
    fn report(&self, message: Message, text: &[u16]) -> io::Result<()>;
}

#[cfg(windows)]
impl Source for crate::sys::EventSource {
    fn report(&self, message: Message, text: &[u16]) -> io::Result<()> {
        self.report(message, text)
    }
}

/// The event log; connects when the first entry is written.
pub(super) struct Writer<S, O> {
    open: O,
    source: Option<S>,
}

impl<S: Source, O: FnMut() -> io::Result<S>> Writer<S, O> {
    pub(super) fn new(open: O) -> Self {
        Self { open, source: None }
    }

    /// Writes an entry, if possible.
    pub(super) fn write(&mut self, entry: &Entry) {
        let text = text::event_string(&entry.text);
        // The connection may belong to an event log that has been restarted since, so one reconnection is tried. If
        // that fails too, the entry is lost: the log is full, or stopped as during a shutdown of Windows, and the
        // service must not fail for that.
        for _ in 0..2 {
            if self.source.is_none() {
                self.source = (self.open)().ok();
            }
            let Some(source) = &self.source else { return };
            if source.report(entry.message, &text).is_ok() {
                return;
            }
            self.source = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use winsvc_definition::events::ERROR;

    use super::*;

    /// An event log whose connections end when it is restarted.
    #[derive(Default)]
    struct Log {
        is_available: bool,
        is_full: bool,
        restarts: u32,
        written: Vec<String>,
    }

    struct Connection<'a> {
        log: &'a RefCell<Log>,
        restarts: u32,
    }

    impl Source for Connection<'_> {
        fn report(&self, message: Message, text: &[u16]) -> io::Result<()> {
            assert_eq!(message, ERROR);
            let mut log = self.log.borrow_mut();
            if log.is_full || !log.is_available || log.restarts != self.restarts {
                return Err(io::ErrorKind::NotConnected.into());
            }
            let text = text.strip_suffix(&[0]).expect("a NUL at the end");
            log.written.push(String::from_utf16_lossy(text));
            Ok(())
        }
    }

    #[test]
    fn only_entries_that_the_log_cannot_take_are_lost() {
        let log = RefCell::<Log>::default();
        let mut writer = Writer::new(|| match &*log.borrow() {
            Log {
                is_available: false, ..
            } => Err(io::ErrorKind::ConnectionRefused.into()),
            Log { restarts, .. } => Ok(Connection {
                log: &log,
                restarts: *restarts,
            }),
        });
        let mut write = |text: &str| {
            writer.write(&Entry {
                message: ERROR,
                text: text.to_owned(),
            });
        };
        write("not there yet");
        log.borrow_mut().is_available = true;
        write("there");
        log.borrow_mut().restarts += 1;
        write("there again");
        log.borrow_mut().is_full = true;
        write("too much");
        log.borrow_mut().is_full = false;
        write("cleared");
        log.borrow_mut().is_available = false;
        write("gone");
        assert_eq!(log.borrow().written, ["there", "there again", "cleared"]);
    }
}
