//! The values of a row.

use std::borrow::Cow;

/// One field of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// An empty field. An empty string is one too: a database cannot store empty strings.
    Null,
    /// A string.
    Text(Cow<'a, str>),
    /// A number.
    Number(i32),
    /// A stream of bytes.
    Stream(Vec<u8>),
}

/// A string field.
pub fn text<'a>(text: impl Into<Cow<'a, str>>) -> Value<'a> {
    let text = text.into();
    if text.is_empty() {
        Value::Null
    } else {
        Value::Text(text)
    }
}

/// A number field.
pub fn number<'a>(number: impl Into<i32>) -> Value<'a> {
    Value::Number(number.into())
}

/// A field that holds a stream, such as an icon.
pub fn stream<'a>(bytes: impl Into<Vec<u8>>) -> Value<'a> {
    Value::Stream(bytes.into())
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        text(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        text(value)
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        text(value)
    }
}

impl From<i16> for Value<'_> {
    fn from(value: i16) -> Self {
        number(value)
    }
}

impl From<i32> for Value<'_> {
    fn from(value: i32) -> Self {
        number(value)
    }
}

impl<'a, V: Into<Value<'a>>> From<Option<V>> for Value<'a> {
    fn from(value: Option<V>) -> Self {
        value.map_or(Value::Null, V::into)
    }
}

impl Value<'_> {
    /// The value with a content of its own.
    pub(in crate::msi) fn to_owned(&self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::Text(Cow::Owned(text.clone().into_owned())),
            Self::Number(number) => Value::Number(*number),
            Self::Stream(bytes) => Value::Stream(bytes.clone()),
        }
    }

    /// What kind of value this is, for an error's message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Text(_) => "a string",
            Self::Number(_) => "a number",
            Self::Stream(_) => "a stream",
        }
    }

    /// The value as part of a row's name: of its key, or of the name of its stream.
    pub(super) fn in_name(&self) -> Cow<'_, str> {
        match self {
            Self::Null | Self::Stream(_) => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
        }
    }
}
