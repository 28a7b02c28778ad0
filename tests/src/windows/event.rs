//! What services have told the event log, as Wine prints it and as Windows keeps it.

#[cfg(any(windows, test))]
use serde_json::Value;

/// A string of an event, with the event's level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Of `EVENTLOG_ERROR_TYPE`.
    Error(String),
    /// Of `EVENTLOG_WARNING_TYPE`.
    Warning(String),
    /// Of `EVENTLOG_INFORMATION_TYPE`.
    Information(String),
}

impl Event {
    /// Reads a line of Wine's: `0114:err:eventlog:ReportEventW L"text"`.
    #[cfg(any(unix, test))]
    pub(super) fn read(line: &str) -> Option<Self> {
        let (before, text) = line.split_once(":eventlog:ReportEventW L\"")?;
        let text = text.strip_suffix('"')?;
        let text = text
            .replace("\\r\\n", "\n")
            .replace("\\\"", "\"")
            .replace(r"\\", r"\");
        Some(match before.rsplit(':').next()? {
            "err" => Self::Error(text),
            "warn" => Self::Warning(text),
            _ => Self::Information(text),
        })
    }
}

/// A record of an event log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose it is: the name of the event source.
    pub source: String,
    /// The event's number, without severity and facility.
    pub number: u32,
    /// How bad it is: 2 is an error, 3 a warning, 4 an information.
    pub level: u32,
    /// What the source has reported.
    pub strings: Vec<String>,
    /// What Event Viewer shows: the message of the source with the strings in it. Empty where there is no message.
    pub text: String,
}

impl Record {
    /// Reads what `windows/records.ps1` prints.
    ///
    /// # Panics
    ///
    /// When that is something else.
    #[cfg(any(windows, test))]
    pub(super) fn read_all(json: &str) -> Vec<Self> {
        let records: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
        let records = records.as_array().unwrap_or_else(|| panic!("no list: {json}"));
        records.iter().map(Self::read).collect()
    }

    #[cfg(any(windows, test))]
    fn read(record: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(|text| text.replace("\r\n", "\n"));
        let number = |key: &str| record[key].as_u64().and_then(|number| number.try_into().ok());
        let read = || {
            Some(Self {
                source: text(&record["source"])?,
                number: number("number")?,
                level: number("level")?,
                strings: record["strings"]
                    .as_array()?
                    .iter()
                    .map(text)
                    .collect::<Option<_>>()?,
                text: text(&record["text"])?,
            })
        };
        read().unwrap_or_else(|| panic!("no record: {record}"))
    }

    /// Its strings, as Wine would tell them.
    #[cfg(any(windows, test))]
    pub(super) fn events(&self) -> impl Iterator<Item = Event> {
        let event = match self.level {
            1 | 2 => Event::Error,
            3 => Event::Warning,
            _ => Event::Information,
        };
        self.strings.iter().cloned().map(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_wine_s_is_read_with_its_escapes() {
        assert_eq!(
            Event::read(r#"0114:warn:eventlog:ReportEventW L"one \"two\"\r\nC:\\three""#),
            Some(Event::Warning("one \"two\"\nC:\\three".to_owned()))
        );
        assert_eq!(Event::read("0114:fixme:ntdll:something else"), None);
    }

    #[test]
    fn a_record_of_windows_s_is_read_and_told_string_by_string() {
        let json = concat!(
            r#"[{"source":"gr\u00f6\u00dfe dienst","number":31,"level":2,"strings":["no more","","a\r\nb"],"#,
            r#""text":"A thread panicked: no more\r\n"},"#,
            r#"{"source":"hello","number":10,"level":4,"strings":[],"text":""}]"#
        );
        let records = Record::read_all(json);
        assert_eq!(
            records[0],
            Record {
                source: "größe dienst".to_owned(),
                number: 31,
                level: 2,
                strings: ["no more", "", "a\nb"].map(str::to_owned).to_vec(),
                text: "A thread panicked: no more\n".to_owned(),
            }
        );
        let events: Vec<Event> = records.iter().flat_map(Record::events).collect();
        assert_eq!(
            events,
            ["no more", "", "a\nb"].map(|text| Event::Error(text.to_owned()))
        );
        assert_eq!(Record::read_all("[]"), []);
    }
}
