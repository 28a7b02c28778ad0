//! An error of serde, collected until its key and source are known, and whether its value may be shown.

use std::fmt::{self, Display};
use std::path::PathBuf;

use serde::de::{self, Expected, Unexpected};

use super::tree::{Node, Table, Value, leaves};
use super::{Error, Origin};

/// An error on its way up from the value to the root.
#[derive(Debug)]
pub(super) struct ValueError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: Kind,
    /// The keys of the path, the innermost first.
    path: Vec<String>,
    origin: Option<Origin>,
    /// The secret texts that the message of the program must not contain.
    hidden: Vec<String>,
    is_leaf_hidden: bool,
    /// What was expected of the innermost value, if serde does not report it.
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

/// What was found: its kind, which may always be shown, and its value.
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
            kind: "a different number of values",
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
        let message = format!("`{key}` is set twice under different names");
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
            Unexpected::Char(_) | Unexpected::Str(_) => "a string",
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

    /// Assigns the error to the value in this node, unless it belongs to one further in.
    pub(super) fn at(mut self, node: &Node) -> Self {
        if self.0.origin.is_none() {
            self.0.origin = Some(node.origin.clone());
            self.0.hide(&node.value, &node.origin);
        }
        self
    }

    /// Assigns the error to the settings as a whole, unless it belongs to a value.
    pub(super) fn at_whole(mut self, table: &Table) -> Self {
        if self.0.origin.is_none() {
            self.0.hide_table(table);
        }
        self
    }

    /// Assigns the error to the key with this origin.
    pub(super) fn at_key(mut self, origin: &Origin) -> Self {
        if self.0.origin.is_none() {
            self.0.origin = Some(origin.clone());
            self.0.is_leaf_hidden = !origin.is_shown();
        }
        self
    }

    /// Adds a key to the path of the error.
    pub(super) fn below(mut self, key: impl Into<String>) -> Self {
        self.0.path.push(key.into());
        self
    }

    /// Adds what was expected, for errors that only report what is wrong.
    pub(super) fn expecting(mut self, expected: String, found: &str) -> Self {
        self.0
            .expected
            .get_or_insert_with(|| (expected, found.to_owned()));
        self
    }

    /// The public error. `file` and `prefix` are where a missing setting can be set.
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

    /// A message of the program about a table is shown unless it contains one of the secrets in the table.
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

/// The full key, with dots; `path` has the innermost part first.
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

/// All texts in a value, as they could appear in a message.
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
    // An empty text is in every message, and not a secret.
    found.retain(|text| !text.is_empty());
}

/// Whether the name of a key indicates a secret.
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

/// What serde and the types of the standard library expect, in words for administrators.
fn plain(expected: &str) -> String {
    const WORDS: [(&str, &str); 18] = [
        ("a boolean", "true or false"),
        ("str", "a string"),
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
