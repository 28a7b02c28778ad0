//! The messages of the event log.
//!
//! The tool stamps the texts into the exe as its message table; the runtime reports events by these numbers, and Event
//! Viewer brings both together. An identifier's upper two bits are its severity
//! ([Event Identifiers](https://learn.microsoft.com/windows/win32/eventlog/event-identifiers)).

/// How serious an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Something went as it should.
    Information,
    /// Something to look at.
    Warning,
    /// Something failed.
    Error,
}

impl Severity {
    /// The severity as the upper two bits of an event's identifier.
    const fn bits(self) -> u32 {
        match self {
            Self::Information => 0x4000_0000,
            Self::Warning => 0x8000_0000,
            Self::Error => 0xC000_0000,
        }
    }
}

/// A message of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The number that Event Viewer shows as the event's.
    pub number: u16,
    /// How serious it is.
    pub severity: Severity,
    /// The text; `%1` stands for the first insertion string.
    pub text: &'static str,
}

impl Message {
    /// The identifier in the message table and in `ReportEvent`.
    pub const fn id(&self) -> u32 {
        self.severity.bits() | self.number as u32
    }
}

/// Every message. The first of each severity carries whatever text an event brings along.
pub const MESSAGES: [Message; 3] = [
    Message {
        number: 1,
        severity: Severity::Information,
        text: "%1",
    },
    Message {
        number: 2,
        severity: Severity::Warning,
        text: "%1",
    },
    Message {
        number: 3,
        severity: Severity::Error,
        text: "%1",
    },
];

/// The types that an event source of ours reports: `EVENTLOG_ERROR_TYPE`, `_WARNING_TYPE` and `_INFORMATION_TYPE`
/// (`TypesSupported`, [Event Sources](https://learn.microsoft.com/windows/win32/eventlog/event-sources)).
pub const TYPES_SUPPORTED: u32 = 0x1 | 0x2 | 0x4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_carry_their_severity() {
        let ids: Vec<u32> = MESSAGES.iter().map(Message::id).collect();
        assert_eq!(ids, [0x4000_0001, 0x8000_0002, 0xC000_0003]);
    }
}
