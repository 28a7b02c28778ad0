//! The service's events in the Application log.

use std::collections::VecDeque;
use std::fmt::Write as _;

use winsvc_definition::events::Severity;

use super::record::{Record, records};
use crate::sys::machine::{CallError, Machine};
use crate::text::civil::rfc3339;
use crate::text::json::Object;
use crate::text::plain;
use crate::verbs::failure::Failure;

/// How many reads in a row may fail while the log is followed: it may be restarted, which takes seconds.
const PATIENCE: u32 = 10;

/// An event of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    time: u32,
    level: &'static str,
    number: u16,
    text: String,
}

impl Event {
    fn new(record: &Record) -> Self {
        Self {
            time: record.time,
            level: level(record.event_type),
            number: record.id as u16,
            // Our events have a single string with the complete text.
            text: record.strings.join("\n").replace("\r\n", "\n"),
        }
    }

    /// Formats the event as one line, plus an indented line for each further line of the text.
    pub(super) fn words(&self) -> String {
        let Self { level, number, .. } = self;
        let mut words = format!("{} {level} {number}:", rfc3339(self.time.into()));
        for (index, line) in self.text.lines().enumerate() {
            let before = match (index, line) {
                (0, _) => " ",
                (_, "") => "\n",
                _ => "\n    ",
            };
            let _ = write!(words, "{before}{}", plain(line));
        }
        words.push('\n');
        words
    }

    /// Formats the event as a JSON object on one line.
    pub(super) fn json(&self) -> String {
        let json = Object::default()
            .text("time", &rfc3339(self.time.into()))
            .text("level", self.level)
            .number("event", self.number.into())
            .text("text", &self.text);
        json.finish() + "\n"
    }
}

fn level(event_type: u16) -> &'static str {
    let severity = [Severity::Error, Severity::Warning]
        .into_iter()
        .find(|severity| severity.event_type() == event_type);
    severity.unwrap_or(Severity::Information).as_str()
}

/// The event log, read backwards from the newest record.
pub(super) struct Log<'a> {
    machine: &'a dyn Machine,
    service: &'a str,
    /// The number of the newest record that was read, from any source.
    newest: Option<u32>,
    failures: u32,
}

impl<'a> Log<'a> {
    pub(super) fn new(machine: &'a dyn Machine, service: &'a str) -> Self {
        Self {
            machine,
            service,
            newest: None,
            failures: 0,
        }
    }

    /// Returns the last events, the oldest first.
    pub(super) fn last(&mut self, count: usize) -> Result<Vec<Event>, Failure> {
        self.read(|_, _, taken| taken < count)
            .map_err(|error| self.failed(error))
    }

    /// Returns the events since the last call, the oldest first.
    pub(super) fn new_ones(&mut self) -> Result<Vec<Event>, Failure> {
        let before = self.newest;
        // If the log was cleared, its numbers may begin with 1 again, and all its records are new.
        let is_new = |number, newest, _| before.is_none_or(|before| number > before || newest < before);
        match self.read(is_new) {
            Ok(events) => {
                self.failures = 0;
                Ok(events)
            }
            Err(error) if self.failures == PATIENCE => Err(self.failed(error)),
            Err(_) => {
                self.failures += 1;
                Ok(Vec::new())
            }
        }
    }

    /// Reads from the newest record backwards while `goes_on` returns true; its parameters are the number of the
    /// record, the number of the newest record, and the count of events so far.
    fn read(&mut self, goes_on: impl Fn(u32, u32, usize) -> bool) -> Result<Vec<Event>, CallError> {
        let mut log = self.machine.event_log()?;
        let mut events = VecDeque::new();
        let mut newest = None;
        'log: loop {
            let bytes = log.read_backwards()?;
            if bytes.is_empty() {
                break;
            }
            for record in records(&bytes) {
                let newest = *newest.get_or_insert(record.number);
                if !goes_on(record.number, newest, events.len()) {
                    break 'log;
                }
                // Ignores the case of ASCII only: tables for all other letters would add 17 kB to the exe.
                if record.source.eq_ignore_ascii_case(self.service) {
                    events.push_front(Event::new(&record));
                }
            }
        }
        self.newest = newest;
        Ok(events.into())
    }

    fn failed(&self, error: CallError) -> Failure {
        Failure::of_call(self.machine, "read the event log of", self.service, error)
    }
}
