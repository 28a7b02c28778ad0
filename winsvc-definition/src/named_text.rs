//! Texts with names in braces, such as `{data}\cache`: the installation replaces the names.

use std::fmt;

use crate::validated_text;

/// A text in which names in braces stand for what only the installation knows.
///
/// | name | value |
/// | --- | --- |
/// | `{install}` | the installation folder |
/// | `{config}`, `{data}`, `{logs}` | the product's folders below `%ProgramData%` |
/// | `{name}` | the service's name |
/// | `{version}` | the product's version |
/// | `{LISTEN_PORT}` | the value of a property |
/// | `{value}` | in the `argument` of a property: its own value |
///
/// A brace that belongs to the text is doubled. A folder's path ends with a backslash, and a backslash or slash that
/// follows the name is left out: `{data}` is `C:\ProgramData\Acme\data\`, `{data}\cache` is
/// `C:\ProgramData\Acme\data\cache`.
///
/// ```
/// use winsvc_definition::{NamedText, TextName};
///
/// let text = NamedText::new(r"{{{data}\cache}}").unwrap();
/// let filled = text.fill(&|name| match name {
///     TextName::Data => r"C:\ProgramData\Acme\data\".to_owned(),
///     _ => String::new(),
/// });
/// assert_eq!(filled, r"{C:\ProgramData\Acme\data\cache}");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String"))]
pub struct NamedText {
    written: String,
    parts: Vec<TextPart>,
}

/// A part of a [`NamedText`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextPart {
    /// Text that stays as it is.
    Literal(String),
    /// A name that is replaced.
    Name(TextName),
}

/// A name in a [`NamedText`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextName {
    /// The installation folder.
    Install,
    /// The folder of the administrator's settings.
    Config,
    /// The folder of the service's data.
    Data,
    /// The folder of the log files.
    Logs,
    /// The service's name.
    Service,
    /// The product's version.
    Version,
    /// The value of the property that the text belongs to.
    Value,
    /// A property.
    Property(PropertyName),
}

impl TextName {
    /// The names that are not properties, as they are written.
    const KNOWN: [(&str, Self); 7] = [
        ("install", Self::Install),
        ("config", Self::Config),
        ("data", Self::Data),
        ("logs", Self::Logs),
        ("name", Self::Service),
        ("version", Self::Version),
        ("value", Self::Value),
    ];

    /// Whether it is a folder's.
    pub const fn is_folder(&self) -> bool {
        matches!(self, Self::Install | Self::Config | Self::Data | Self::Logs)
    }

    fn new(text: &str) -> Option<Self> {
        let known = Self::KNOWN.into_iter().find(|(name, _)| *name == text);
        match known {
            Some((_, name)) => Some(name),
            None => PropertyName::new(text).ok().map(Self::Property),
        }
    }
}

impl fmt::Display for TextName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Self::KNOWN.iter().find(|(_, name)| name == self);
        match (known, self) {
            (Some((name, _)), _) => f.write_str(name),
            (None, Self::Property(name)) => name.fmt(f),
            (None, _) => unreachable!("every other name is known"),
        }
    }
}

impl NamedText {
    /// Parses a text. A brace that is neither doubled nor around a name is an error, and so is a control character: the
    /// registry and scripts cannot store a NUL or a line break.
    pub fn new(text: &str) -> Result<Self, NamedTextError> {
        if text.contains(|c: char| c.is_control()) {
            return Err(NamedTextError::Control {
                found: text.to_owned(),
            });
        }
        let mut parts: Vec<TextPart> = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            push_literal(&mut parts, &rest[..at]);
            let brace = &rest[at..=at];
            let after = &rest[at + 1..];
            if let Some(after) = after.strip_prefix(brace) {
                push_literal(&mut parts, brace);
                rest = after;
                continue;
            }
            let name = (brace == "{").then(|| after.split_once('}')).flatten();
            let (name, after) = name.ok_or_else(|| NamedTextError::Brace {
                found: text.to_owned(),
            })?;
            let known = TextName::new(name).ok_or_else(|| NamedTextError::Unknown {
                name: name.to_owned(),
            })?;
            rest = if known.is_folder() {
                after.strip_prefix(['\\', '/']).unwrap_or(after)
            } else {
                after
            };
            parts.push(TextPart::Name(known));
        }
        push_literal(&mut parts, rest);
        Ok(Self {
            written: text.to_owned(),
            parts,
        })
    }

    /// A text without names.
    pub fn literal(text: &str) -> Self {
        let mut parts = Vec::new();
        push_literal(&mut parts, text);
        Self {
            written: doubled(text),
            parts,
        }
    }

    /// The text as it is written, with doubled braces.
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// Its parts in their order. Literals have no doubled braces, and no separator after a folder's name.
    pub fn parts(&self) -> &[TextPart] {
        &self.parts
    }

    /// The names in it.
    pub fn names(&self) -> impl Iterator<Item = &TextName> {
        self.parts.iter().filter_map(|part| match part {
            TextPart::Name(name) => Some(name),
            TextPart::Literal(_) => None,
        })
    }

    /// The text with other parts in the place of names.
    ///
    /// ```
    /// use winsvc_definition::{NamedText, TextName, TextPart};
    ///
    /// let text = NamedText::new(r"{data}\{name}").unwrap();
    /// let known = text.with(|name| match name {
    ///     TextName::Service => TextPart::Literal("acme".to_owned()),
    ///     other => TextPart::Name(other.clone()),
    /// });
    /// assert_eq!(known.as_written(), r"{data}\acme");
    /// ```
    #[must_use]
    pub fn with(&self, part: impl Fn(&TextName) -> TextPart) -> Self {
        let mut parts = Vec::new();
        for old in &self.parts {
            let new = match old {
                TextPart::Name(name) => part(name),
                literal @ TextPart::Literal(_) => literal.clone(),
            };
            match new {
                TextPart::Literal(literal) => push_literal(&mut parts, &literal),
                name @ TextPart::Name(_) => parts.push(name),
            }
        }
        let written = parts.iter().map(|part| match part {
            // A separator that follows a folder would be left out.
            TextPart::Name(name) if name.is_folder() => format!("{{{name}}}\\"),
            TextPart::Name(name) => format!("{{{name}}}"),
            TextPart::Literal(literal) => doubled(literal),
        });
        Self {
            written: written.collect(),
            parts,
        }
    }

    /// The properties in it.
    pub fn properties(&self) -> impl Iterator<Item = &PropertyName> {
        self.names().filter_map(|name| match name {
            TextName::Property(name) => Some(name),
            _ => None,
        })
    }

    /// Replaces each name by its value; that of a folder must end with a backslash.
    pub fn fill(&self, value: &dyn Fn(&TextName) -> String) -> String {
        let parts = self.parts.iter().map(|part| match part {
            TextPart::Literal(literal) => literal.clone(),
            TextPart::Name(name) => value(name),
        });
        parts.collect()
    }
}

/// A text with doubled braces.
fn doubled(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// Adds a literal to the one before it, if there is one.
fn push_literal(parts: &mut Vec<TextPart>, text: &str) {
    if text.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(TextPart::Literal(literal)) => literal.push_str(text),
        _ => parts.push(TextPart::Literal(text.to_owned())),
    }
}

validated_text!(NamedText, NamedTextError);

/// The error for a text whose braces cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedTextError {
    /// A brace is neither doubled nor around a name.
    Brace {
        /// The text.
        found: String,
    },
    /// The text has a control character.
    Control {
        /// The text.
        found: String,
    },
    /// A name in braces is neither known nor can be a property's.
    Unknown {
        /// The name.
        name: String,
    },
}

impl fmt::Display for NamedTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Brace { found } => write!(
                f,
                "unpaired brace in {found:?}; write {{{{ or }}}} for a brace that belongs to the text"
            ),
            Self::Control { found } => {
                write!(
                    f,
                    "invalid string {found:?}; expected one without control characters"
                )
            }
            Self::Unknown { name } => {
                let known = TextName::KNOWN
                    .iter()
                    .filter(|(_, name)| *name != TextName::Value);
                let known: Vec<String> = known.map(|(name, _)| format!("`{{{name}}}`")).collect();
                write!(
                    f,
                    "unknown name `{{{name}}}` in a text; expected {}, or a property such as `{{LISTEN_PORT}}`",
                    known.join(", ")
                )
            }
        }
    }
}

impl std::error::Error for NamedTextError {}

/// The name of a public property, which can be set on msiexec's command line: capital letters, digits and underscores,
/// a letter first, at most 60 characters
/// ([Public Properties](https://learn.microsoft.com/windows/win32/msi/public-properties)).
///
/// ```
/// use winsvc_definition::PropertyName;
///
/// assert!(PropertyName::new("LISTEN_PORT").is_ok());
/// assert!(PropertyName::new("ListenPort").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^[A-Z][A-Z0-9_]{0,59}$")))]
pub struct PropertyName(String);

impl PropertyName {
    const LONGEST: usize = 60;

    /// Checks the characters.
    pub fn new(text: &str) -> Result<Self, PropertyNameError> {
        let is_allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let is_name = text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.len() <= Self::LONGEST
            && text.chars().all(is_allowed);
        if is_name {
            Ok(Self(text.to_owned()))
        } else {
            Err(PropertyNameError {
                found: text.to_owned(),
            })
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

validated_text!(PropertyName, PropertyNameError);

impl fmt::Display for PropertyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error for a string that is not the name of a public property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyNameError {
    found: String,
}

impl fmt::Display for PropertyNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid property name {:?}; expected capital letters, digits and underscores, a letter first, such as \
             \"LISTEN_PORT\"",
            self.found
        )
    }
}

impl std::error::Error for PropertyNameError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> String {
        let text = NamedText::new(text).unwrap();
        text.fill(&|name| format!("<{name}>"))
    }

    #[test]
    fn names_are_replaced_and_doubled_braces_are_braces() {
        assert_eq!(rendered(""), "");
        assert_eq!(
            rendered(r"{install}\a\{LISTEN_PORT}"),
            r"<install>a\<LISTEN_PORT>"
        );
        assert_eq!(rendered("{data}/a/{logs}b{name}/c"), "<data>a/<logs>b<name>/c");
        assert_eq!(
            rendered("{config}{data}{logs}{name}{version}"),
            "<config><data><logs><name><version>"
        );
        assert_eq!(rendered(r#"{{"a": {{}}}}"#), r#"{"a": {}}"#);
        assert_eq!(rendered("{{{data}}}"), "{<data>}");
    }

    #[test]
    fn a_brace_alone_is_an_error_that_says_how_to_write_it() {
        for text in ["{", "}", "a}b", "{data", "{data}}", "{{data}"] {
            let error = NamedText::new(text).unwrap_err();
            assert!(matches!(error, NamedTextError::Brace { .. }), "{text}: {error}");
        }
        assert_eq!(
            NamedText::new("{").unwrap_err().to_string(),
            "unpaired brace in \"{\"; write {{ or }} for a brace that belongs to the text"
        );
        assert_eq!(
            NamedText::new("{Data}").unwrap_err().to_string(),
            "unknown name `{Data}` in a text; expected `{install}`, `{config}`, `{data}`, `{logs}`, `{name}`, \
             `{version}`, or a property such as `{LISTEN_PORT}`"
        );
    }

    #[test]
    fn names_are_exchanged_for_other_parts() {
        let text = NamedText::new(r"{{{data}\\{value}{version}}}").unwrap();
        let port = TextName::Property(PropertyName::new("PORT").unwrap());
        let exchanged = text.with(|name| match name {
            TextName::Value => TextPart::Name(port.clone()),
            TextName::Version => TextPart::Literal("1{2".to_owned()),
            other => TextPart::Name(other.clone()),
        });
        assert_eq!(exchanged, NamedText::new(r"{{{data}\\{PORT}1{{2}}").unwrap());
    }

    #[test]
    fn control_characters_are_refused() {
        assert_eq!(
            NamedText::new("a\0").unwrap_err().to_string(),
            "invalid string \"a\\0\"; expected one without control characters"
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_written_literally(text in "\\PC{0,40}") {
            let literal = NamedText::literal(&text);
            proptest::prop_assert_eq!(&NamedText::new(literal.as_written()).unwrap(), &literal);
            proptest::prop_assert_eq!(literal.fill(&|_| String::new()), text);
        }

        #[test]
        fn no_text_panics(text in "[{}a-zA-Z_]{0,12}") {
            if let Ok(parsed) = NamedText::new(&text) {
                proptest::prop_assert_eq!(parsed.as_written(), text);
            }
        }
    }
}
