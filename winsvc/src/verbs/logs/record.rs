//! Parses the records of `ReadEventLog`. The bytes are written by other programs and must be validated.
//!
//! Reference: <https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-eventlogrecord>.

/// The offsets of the fields of `EVENTLOGRECORD`.
mod offset {
    pub(super) const RECORD_NUMBER: usize = 8;
    pub(super) const TIME_GENERATED: usize = 12;
    pub(super) const EVENT_ID: usize = 20;
    pub(super) const EVENT_TYPE: usize = 24;
    pub(super) const NUM_STRINGS: usize = 26;
    pub(super) const STRING_OFFSET: usize = 36;
    /// After the structure, whose last field is `DataOffset`: the source, then the computer.
    pub(super) const SOURCE_NAME: usize = 56;
}

/// A record of the event log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::verbs) struct Record {
    /// The number of the record in the log; the newest has the highest.
    pub(in crate::verbs) number: u32,
    /// When it was reported, in seconds since 1970-01-01T00:00:00Z.
    pub(in crate::verbs) time: u32,
    /// The event's number in its lower 16 bits; the other bits of our events are zero.
    pub(in crate::verbs) id: u32,
    /// `EVENTLOG_ERROR_TYPE` and so on.
    pub(in crate::verbs) event_type: u16,
    pub(in crate::verbs) source: String,
    pub(in crate::verbs) strings: Vec<String>,
}

/// The records in the buffer of one call, in order. An invalid record ends the iteration.
pub(super) fn records(mut bytes: &[u8]) -> impl Iterator<Item = Record> {
    std::iter::from_fn(move || {
        let length = number(bytes, 0)? as usize;
        let record = bytes.get(..length).filter(|record| !record.is_empty())?;
        bytes = &bytes[length..];
        read(record)
    })
}

fn read(record: &[u8]) -> Option<Record> {
    let mut strings = Vec::new();
    let mut rest = record.get(number(record, offset::STRING_OFFSET)? as usize..)?;
    for _ in 0..short(record, offset::NUM_STRINGS)? {
        let (string, behind) = text(rest);
        strings.push(string);
        rest = behind;
    }
    Some(Record {
        number: number(record, offset::RECORD_NUMBER)?,
        time: number(record, offset::TIME_GENERATED)?,
        id: number(record, offset::EVENT_ID)?,
        event_type: short(record, offset::EVENT_TYPE)?,
        source: text(record.get(offset::SOURCE_NAME..)?).0,
        strings,
    })
}

/// The NUL-terminated or last string at the beginning, and the bytes after it.
fn text(bytes: &[u8]) -> (String, &[u8]) {
    let units = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    let behind = bytes.get((units.len() + 1) * 2..).unwrap_or_default();
    (String::from_utf16_lossy(&units), behind)
}

fn number(bytes: &[u8], offset: usize) -> Option<u32> {
    let four = bytes.get(offset..)?.first_chunk()?;
    Some(u32::from_le_bytes(*four))
}

fn short(bytes: &[u8], offset: usize) -> Option<u16> {
    let two = bytes.get(offset..)?.first_chunk()?;
    Some(u16::from_le_bytes(*two))
}

#[cfg(test)]
pub(in crate::verbs) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Encodes a record like Windows: structure, source, computer, strings, padding, and the length again.
    pub(in crate::verbs) fn encode(record: &Record) -> Vec<u8> {
        let wide = |text: &str| -> Vec<u8> {
            let units = text.encode_utf16().chain([0]);
            units.flat_map(u16::to_le_bytes).collect()
        };
        let mut names = wide(&record.source);
        names.extend(wide("COMPUTER"));
        let strings: Vec<u8> = record.strings.iter().flat_map(|text| wide(text)).collect();
        let string_offset = offset::SOURCE_NAME + names.len();
        let data_offset = string_offset + strings.len();
        let padding = data_offset.next_multiple_of(4) - data_offset;
        let length = (data_offset + padding + 4) as u32;
        let fields: [u32; 14] = [
            length,
            0x654c_664c, // ELF_LOG_SIGNATURE
            record.number,
            record.time,
            record.time,
            record.id,
            u32::from(record.event_type) | (record.strings.len() as u32) << 16,
            0,
            0,
            string_offset as u32,
            0,
            string_offset as u32,
            0,
            data_offset as u32,
        ];
        let mut bytes: Vec<u8> = fields.iter().flat_map(|field| field.to_le_bytes()).collect();
        bytes.extend(names);
        bytes.extend(strings);
        bytes.extend(vec![0; padding]);
        bytes.extend(length.to_le_bytes());
        bytes
    }

    fn record() -> Record {
        Record {
            number: 4711,
            time: 1_700_000_000,
            id: 0xC000_001E,
            event_type: 1,
            source: "acme-agent".to_owned(),
            strings: vec!["no disk: Größe 😀".to_owned(), String::new(), "x".to_owned()],
        }
    }

    #[test]
    fn all_records_of_a_buffer_are_read() {
        let second = Record {
            strings: vec![],
            source: "MsiInstaller".to_owned(),
            ..record()
        };
        let bytes = [encode(&record()), encode(&second)].concat();
        assert_eq!(records(&bytes).collect::<Vec<_>>(), [record(), second]);
    }

    #[test]
    fn the_structure_has_the_memory_layout_of_windows() {
        // Written by hand according to the definition of the structure: source `a`, computer `b`, strings `c` and `d`.
        let bytes = [
            76, 0, 0, 0, b'L', b'f', b'L', b'e', 7, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, // to TimeWritten
            10, 0, 0, 0x40, 4, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, // to ClosingRecordNumber
            64, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 72, 0, 0, 0, // to DataOffset
            b'a', 0, 0, 0, b'b', 0, 0, 0, b'c', 0, 0, 0, b'd', 0, 0, 0, 76, 0, 0, 0,
        ];
        let expected = Record {
            number: 7,
            time: 1,
            id: 0x4000_000A,
            event_type: 4,
            source: "a".to_owned(),
            strings: vec!["c".to_owned(), "d".to_owned()],
        };
        assert_eq!(records(&bytes).collect::<Vec<_>>(), [expected]);
    }

    proptest! {
        #[test]
        fn truncated_or_changed_records_cause_no_panic_and_no_endless_loop(
            keep in 0_usize..200, place in 0_usize..200, byte in any::<u8>(),
        ) {
            let mut bytes = [encode(&record()), encode(&record())].concat();
            if let Some(changed) = bytes.get_mut(place) {
                *changed = byte;
            }
            bytes.truncate(keep);
            prop_assert!(records(&bytes).count() <= bytes.len());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
            let _ = records(&bytes).count();
        }
    }
}
