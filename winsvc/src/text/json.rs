//! JSON, as far as winsvc writes it: objects of texts, numbers and lists, on one line.
#![cfg_attr(
    not(feature = "verbs"),
    allow(dead_code, reason = "the verbs write most of it")
)]

use std::fmt::Write as _;

/// An object that is being written.
#[derive(Debug, Default)]
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn text(self, key: &str, value: &str) -> Self {
        let value = text(value);
        self.raw(key, &value)
    }

    /// A text, or `null`.
    pub(crate) fn optional_text(self, key: &str, value: Option<&str>) -> Self {
        let value = value.map_or_else(|| "null".to_owned(), text);
        self.raw(key, &value)
    }

    pub(crate) fn number(self, key: &str, value: u32) -> Self {
        self.raw(key, &value.to_string())
    }

    /// A number, or `null`.
    pub(crate) fn optional_number(self, key: &str, value: Option<u64>) -> Self {
        let value = value.map_or_else(|| "null".to_owned(), |value| value.to_string());
        self.raw(key, &value)
    }

    pub(crate) fn flag(self, key: &str, value: bool) -> Self {
        self.raw(key, if value { "true" } else { "false" })
    }

    pub(crate) fn object(self, key: &str, value: Self) -> Self {
        let value = value.finish();
        self.raw(key, &value)
    }

    /// A list of what is JSON already.
    pub(crate) fn list(self, key: &str, values: impl IntoIterator<Item = String>) -> Self {
        let values: Vec<String> = values.into_iter().collect();
        self.raw(key, &format!("[{}]", values.join(",")))
    }

    pub(crate) fn finish(self) -> String {
        format!("{{{}}}", self.0)
    }

    fn raw(mut self, key: &str, value: &str) -> Self {
        let comma = if self.0.is_empty() { "" } else { "," };
        let _ = write!(self.0, "{comma}{}:{value}", text(key));
        self
    }
}

/// A text as JSON.
pub(crate) fn text(value: &str) -> String {
    let mut json = String::with_capacity(value.len() + 2);
    json.push('"');
    for character in value.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            // JSON forbids the first of them alone; a terminal takes orders from all.
            control if control.is_control() => {
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            other => json.push(other),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_of_everything() {
        let json = Object::default()
            .text("a", "1")
            .optional_text("b", None)
            .number("c", u32::MAX)
            .optional_number("i", None)
            .optional_number("j", Some(u64::MAX))
            .flag("d", false)
            .object("e", Object::default().flag("f", true))
            .list("g", ["x", "y"].map(text))
            .list("h", [])
            .finish();
        assert_eq!(
            json,
            r#"{"a":"1","b":null,"c":4294967295,"i":null,"j":18446744073709551615,"d":false,"e":{"f":true},"g":["x","y"],"h":[]}"#
        );
    }

    #[test]
    fn what_json_forbids_in_a_text_is_escaped() {
        assert_eq!(
            text("\"C:\\a b\" \n\r\t\u{0}\u{1f}\u{7f}ä€😀"),
            "\"\\\"C:\\\\a b\\\" \\n\\r\\t\\u0000\\u001f\\u007fä€😀\""
        );
    }
}
