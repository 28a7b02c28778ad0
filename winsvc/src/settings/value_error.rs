//! What serde says is wrong, kept apart until it is known where, and whether a value may be shown.

use std::fmt::{self, Display};
use std::path::PathBuf;

use serde::de::{self, Expected, Unexpected};

use super::tree::{Node, Table, Value, leaves};
use super::{Error, Origin};

/// A mistake on its way up from the value to the whole.
#[derive(Debug)]
pub(super) struct ValueError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: Kind,
    /// The keys on the way, the innermost first.
    path: Vec<String>,
    origin: Option<Origin>,
    /// What stands in the way of showing what the program says.
    hidden: Vec<String>,
    is_leaf_hidden: bool,
    /// What the innermost value was to be, where serde has not said.
    expected: Option<(String, String)>,
}

#[derive(Debug)]
enum Kind {
    Custom(String),
    Value {
        expected: String,
        found: Found,
    },
    Missing(&'static str),
    Unknown {
        key: String,
        known: &'static [&'static str],
    },
}

/// What stood there, in two degrees of openness.
#[derive(Debug)]
struct Found {
    kind: &'static str,
    value: Option<String>,
}

impl de::Error for ValueError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(Kind::Custom(message.to_string()))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::value(expected.to_string(), Found::of(unexpected))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::value(expected.to_string(), Found::of(unexpected))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        let found = Found {
            kind: "another number of values",
            value: Some(format!("{length} values")),
        };
        Self::value(expected.to_string(), found)
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        let found = Found {
            kind: "another word",
            value: Some(format!("`{variant}`")),
        };
        Self::value(format!("one of `{}`", known.join("`, `")), found)
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        let key = key.to_owned();
        Self::new(Kind::Unknown { key, known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Kind::Missing(key))
    }

    fn duplicate_field(key: &'static str) -> Self {
        let message = format!("`{key}` is set twice, under two of its names");
        Self::new(Kind::Custom(message))
    }
}

impl Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.kind)
    }
}

impl std::error::Error for ValueError {}

impl Found {
    fn of(unexpected: Unexpected<'_>) -> Self {
        let number = |value: String| Self {
            kind: "a number",
            value: Some(value),
        };
        let kind = match unexpected {
            Unexpected::Bool(value) => {
                return Self {
                    kind: "true or false",
                    value: Some(value.to_string()),
                };
            }
            Unexpected::Unsigned(value) => return number(value.to_string()),
            Unexpected::Signed(value) => return number(value.to_string()),
            Unexpected::Float(value) => return number(value.to_string()),
            Unexpected::Char(_) | Unexpected::Str(_) => "text",
            Unexpected::Bytes(_) => "bytes",
            Unexpected::Unit | Unexpected::Option => "nothing",
            Unexpected::Seq => "a list",
            Unexpected::Map | Unexpected::NewtypeStruct => "a table",
            _ => "something else",
        };
        Self { kind, value: None }
    }
}

impl ValueError {
    fn new(kind: Kind) -> Self {
        Self(Box::new(Parts {
            kind,
            path: Vec::new(),
            origin: None,
            hidden: Vec::new(),
            is_leaf_hidden: false,
            expected: None,
        }))
    }

    fn value(expected: String, found: Found) -> Self {
        Self::new(Kind::Value { expected, found })
    }

    /// `node` cannot be what a visitor expects.
    pub(super) fn no(expected: &dyn Expected, found: &'static str) -> Self {
        Self::value(
            expected.to_string(),
            Found {
                kind: found,
                value: None,
            },
        )
    }

    /// It is about the value in this node, unless it is about one further in.
    pub(super) fn at(mut self, node: &Node) -> Self {
        if self.0.origin.is_none() {
            self.0.origin = Some(node.origin.clone());
            self.0.hide(&node.value, &node.origin);
        }
        self
    }

    /// It is about the whole, unless it is about a value.
    pub(super) fn at_whole(mut self, table: &Table) -> Self {
        if self.0.origin.is_none() {
            self.0.hide_table(table);
        }
        self
    }

    /// It is about the key that stands here.
    pub(super) fn at_key(mut self, origin: &Origin) -> Self {
        if self.0.origin.is_none() {
            self.0.origin = Some(origin.clone());
            self.0.is_leaf_hidden = !origin.is_shown();
        }
        self
    }

    /// It happened below this key.
    pub(super) fn below(mut self, key: impl Into<String>) -> Self {
        self.0.path.push(key.into());
        self
    }

    /// Says what the value was to be, for those who only say what is wrong with it.
    pub(super) fn expecting(mut self, expected: String, found: &str) -> Self {
        self.0
            .expected
            .get_or_insert_with(|| (expected, found.to_owned()));
        self
    }

    /// The error for whoever reads it. `file` and `prefix` are where a missing setting would stand.
    pub(super) fn into_error(self, file: Option<PathBuf>, prefix: &str) -> Error {
        let parts = *self.0;
        let is_hidden = parts.is_leaf_hidden || parts.path.iter().any(|part| is_secret(part));
        let shown = |message: String| {
            let has_secret = parts.hidden.iter().any(|secret| message.contains(secret));
            (!is_hidden && !has_secret).then_some(message)
        };
        let (path, origin) = (&parts.path, parts.origin);
        match (parts.kind, parts.expected) {
            (Kind::Missing(name), _) => {
                let key = dotted(path, Some(name));
                let variable = key.replace('.', "__").replace('-', "_").to_ascii_uppercase();
                Error::Missing {
                    key,
                    file,
                    variable: format!("{prefix}{variable}"),
                }
            }
            (Kind::Unknown { key, known }, _) => Error::Unknown {
                key: dotted(path, Some(&key)),
                origin,
                known,
            },
            (Kind::Value { expected, found }, _) => Error::Value {
                key: dotted(path, None),
                origin,
                expected: plain(&expected),
                found: found
                    .value
                    .filter(|_| !is_hidden)
                    .unwrap_or_else(|| found.kind.to_owned()),
            },
            (Kind::Custom(message), Some((expected, found))) => Error::Value {
                key: dotted(path, None),
                origin,
                expected: plain(&expected),
                found: match shown(message) {
                    Some(reason) => format!("{found} ({reason})"),
                    None => found,
                },
            },
            (Kind::Custom(message), None) => Error::Refused {
                key: dotted(path, None),
                origin,
                reason: shown(message),
            },
        }
    }
}

impl Parts {
    fn hide(&mut self, value: &Value, origin: &Origin) {
        match value {
            Value::Table(table) => self.hide_table(table),
            _ => self.is_leaf_hidden = !origin.is_shown(),
        }
    }

    /// What the program says about a table is its own business, but for the secrets in it.
    fn hide_table(&mut self, table: &Table) {
        let mut found = Vec::new();
        leaves(table, "", &mut found);
        for (key, node) in found {
            if !node.origin.is_shown() || key.split('.').any(is_secret) {
                texts(&node.value, &mut self.hidden);
            }
        }
    }
}

/// The key with all that it is in; `path` has the innermost first.
fn dotted(path: &[String], last: Option<&str>) -> String {
    let mut key = String::new();
    for part in path.iter().rev().map(String::as_str).chain(last) {
        if !key.is_empty() && !part.starts_with('[') {
            key.push('.');
        }
        key.push_str(part);
    }
    key
}

/// All texts in a value, as they could turn up in a message.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Raw(texts) => found.extend(texts.iter().flat_map(|text| {
            let parts = text.split(',').map(|part| part.trim().to_owned());
            parts.chain([text.clone()])
        })),
        Value::Text(text) => found.push(text.clone()),
        Value::Integer(number) => found.push(number.to_string()),
        Value::Float(number) => found.push(number.to_string()),
        Value::Boolean(_) => {}
        Value::List(nodes) => nodes.iter().for_each(|node| texts(&node.value, found)),
        Value::Table(table) => table.values().for_each(|entry| texts(&entry.node.value, found)),
    }
    // What is empty is in every message, and no secret.
    found.retain(|text| !text.is_empty());
}

/// Whether a key's name says that its value is nobody's business.
fn is_secret(key: &str) -> bool {
    const WORDS: [&str; 7] = [
        "passw",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "key",
        "credential",
    ];
    let key = key.to_lowercase();
    WORDS.iter().any(|word| key.contains(word))
}

/// What serde and the types of the standard library expect, in the words of whoever writes settings.
fn plain(expected: &str) -> String {
    const WORDS: [(&str, &str); 19] = [
        ("a boolean", "true or false"),
        ("a string", "text"),
        ("str", "text"),
        ("path string", "a path"),
        ("a sequence", "a list"),
        ("a map", "a table"),
        ("socket address", "an address with a port, as in 127.0.0.1:8080"),
        ("IP address", "an IP address"),
        ("i8", "a whole number from -128 to 127"),
        ("u8", "a whole number from 0 to 255"),
        ("i16", "a whole number from -32768 to 32767"),
        ("u16", "a whole number from 0 to 65535"),
        ("i32", "a whole number"),
        ("i64", "a whole number"),
        ("u32", "a whole number from 0 on"),
        ("u64", "a whole number from 0 on"),
        ("usize", "a whole number from 0 on"),
        ("f32", "a number"),
        ("f64", "a number"),
    ];
    if expected.starts_with("struct ") {
        return "a table".to_owned();
    }
    let known = WORDS.iter().find(|(word, _)| *word == expected);
    known.map_or(expected, |(_, plain)| *plain).to_owned()
}
