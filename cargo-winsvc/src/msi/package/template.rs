//! Strings of a formatted column that refer to folders and properties.

use winsvc_definition::{NamedText, TextName, TextPart, command_line};

use super::super::MsiError;
use super::super::database::text;
use super::super::names::{formatted, letters};
use super::super::schema;
use super::data_folders::{CONFIG_FOLDER, DATA_FOLDER, LOGS_FOLDER};
use super::{FORMATTED, INSTALL_FOLDER, Package};

/// A part of a string in a formatted column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::msi) enum Part {
    /// Text that stays as it is.
    Literal(String),
    /// A reference in its brackets, which Windows Installer replaces. The paths of its folders end with a backslash.
    Reference(String),
}

impl Part {
    pub(in crate::msi) fn literal(text: impl Into<String>) -> Self {
        Self::Literal(text.into())
    }

    /// The value of a name in a text.
    fn of(name: &TextName, version: &str) -> Self {
        let reference = |property: &str| Self::Reference(format!("[{property}]"));
        match name {
            TextName::Install => reference(INSTALL_FOLDER),
            TextName::Config => reference(CONFIG_FOLDER),
            TextName::Data => reference(DATA_FOLDER),
            TextName::Logs => reference(LOGS_FOLDER),
            TextName::Version => Self::literal(version),
            TextName::Property(name) => reference(name.as_str()),
            // Only the text of a service has one.
            TextName::Service => Self::literal(""),
        }
    }

    fn formatted(&self) -> String {
        match self {
            Self::Literal(text) => formatted(text),
            Self::Reference(reference) => reference.clone(),
        }
    }
}

/// The parts of a text with names.
pub(in crate::msi) fn parts(text: &[TextPart], version: &str) -> Vec<Part> {
    let parts = text.iter().map(|part| match part {
        TextPart::Literal(literal) => Part::literal(literal),
        TextPart::Name(name) => Part::of(name, version),
    });
    parts.collect()
}

/// A text for a formatted column, of any length.
pub(in crate::msi) fn formatted_text(text: &NamedText, version: &str) -> String {
    parts(text.parts(), version).iter().map(Part::formatted).collect()
}

/// The arguments of a command line, as Windows programs split them, with a space between them.
pub(in crate::msi) fn arguments(arguments: &[NamedText], version: &str) -> Vec<Part> {
    let mut line = Vec::new();
    for (index, text) in arguments.iter().enumerate() {
        if index > 0 {
            line.push(Part::literal(" "));
        }
        line.extend(argument(text, version, false));
    }
    line
}

/// One argument. It is in quotation marks if it must be, or if it has a reference, whose value may have spaces.
pub(in crate::msi) fn argument(text: &NamedText, version: &str, is_quoted: bool) -> Vec<Part> {
    let value = parts(text.parts(), version);
    let literal: Option<String> = value
        .iter()
        .map(|part| match part {
            Part::Literal(text) => Some(text.as_str()),
            Part::Reference(_) => None,
        })
        .collect();
    if let Some(literal) = literal.filter(|_| !is_quoted) {
        return vec![Part::literal(command_line::quote(&literal))];
    }
    let count = value.len();
    let mut line = vec![Part::literal("\"")];
    for (index, part) in value.into_iter().enumerate() {
        line.push(match part {
            Part::Literal(text) => Part::Literal(escaped(&text, index + 1 == count)),
            reference @ Part::Reference(_) => reference,
        });
    }
    // A backslash before the quotation mark would make it a part of the argument; `C:\data\.` is the same folder.
    let last = text.parts().last();
    if matches!(last, Some(TextPart::Name(name)) if name.is_folder()) {
        line.push(Part::literal("."));
    }
    line.push(Part::literal("\""));
    line
}

/// A literal between quotation marks; `is_last` before the closing one.
fn escaped(text: &str, is_last: bool) -> String {
    let mut escaped = String::new();
    let mut backslashes = 0;
    for character in text.chars() {
        match character {
            '\\' => backslashes += 1,
            '"' => {
                escaped.extend(std::iter::repeat_n('\\', backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        escaped.push(character);
    }
    if is_last {
        escaped.extend(std::iter::repeat_n('\\', backslashes));
    }
    escaped
}

/// A string that fits into a formatted column, and the properties with the text that does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::msi) struct Fitted {
    pub(in crate::msi) text: String,
    properties: Vec<(String, String)>,
}

/// Puts the literals of a string that is too long into properties: the value of a property has no length limit and is
/// inserted unchanged, so a reference in it would not be replaced. The string is still too long if it has very many
/// references.
pub(in crate::msi) fn fit(id: &str, parts: &[Part], limit: usize) -> Fitted {
    let short: String = parts.iter().map(Part::formatted).collect();
    if short.encode_utf16().count() <= limit {
        return Fitted {
            text: short,
            properties: Vec::new(),
        };
    }
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (Some(Part::Literal(before)), Part::Literal(text)) => before.push_str(text),
            _ => joined.push(part.clone()),
        }
    }
    let mut properties = Vec::new();
    let parts = joined.into_iter().map(|part| {
        let formatted = part.formatted();
        // Its lower-case letter makes it private: it cannot be set from outside.
        let property = format!("t{}{}", letters(id, 8), properties.len());
        match part {
            Part::Literal(text) if formatted.len() > property.len() + 2 => {
                let reference = format!("[{property}]");
                properties.push((property, text));
                reference
            }
            Part::Literal(_) | Part::Reference(_) => formatted,
        }
    });
    Fitted {
        text: parts.collect(),
        properties,
    }
}

impl Package<'_> {
    /// A string of these parts for a formatted column; `id` is unique in the package.
    pub(super) fn fitted(&mut self, id: &str, parts: &[Part]) -> Result<String, MsiError> {
        self.fitted_to(FORMATTED, id, parts)
    }

    /// A string of these parts for a formatted column of at most `limit` UTF-16 units.
    pub(super) fn fitted_to(&mut self, limit: usize, id: &str, parts: &[Part]) -> Result<String, MsiError> {
        let fitted = fit(id, parts, limit);
        for (property, value) in fitted.properties {
            self.row(&schema::PROPERTY, [text(property), text(value)])?;
        }
        Ok(fitted.text)
    }

    /// A text with names for a formatted column, of any length.
    pub(super) fn named_text(&self, text: &NamedText) -> String {
        formatted_text(text, &self.product.full_version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_split_as_they_are_written() {
        let texts = [
            "--data={data}",
            "{install}a b\\\\",
            "plain",
            "a b",
            "\"{PORT}\"",
            r#"{version}"x"#,
        ];
        let texts = texts.map(|text| NamedText::new(text).unwrap());
        let line: String = arguments(&texts, "1.0").iter().map(Part::formatted).collect();
        assert_eq!(
            line,
            r#""--data=[DataFolder]." "[INSTALLDIR]a b\\\\" plain "a b" "\"[PORT]\"" "1.0\"x""#
        );
    }

    #[test]
    fn what_is_too_long_is_in_properties_and_references_are_not() {
        let path = Part::Reference("[INSTALLDIR]".to_owned());
        let short = [Part::literal("a [b] "), path.clone()];
        let fitted = fit("id", &short, FORMATTED);
        assert_eq!(fitted.text, r"a [\[]b[\]] [INSTALLDIR]");
        assert_eq!(fitted.properties, []);

        let long = "x".repeat(300);
        let parts = [
            Part::literal(&long),
            Part::literal(" ["),
            path.clone(),
            Part::literal("\\"),
            path,
            Part::literal(&long),
        ];
        let fitted = fit("id", &parts, FORMATTED);
        let property = |index: usize| format!("t{}{index}", letters("id", 8));
        let [first, second] = [property(0), property(1)];
        assert_eq!(
            fitted.text,
            format!(r"[{first}][INSTALLDIR]\[INSTALLDIR][{second}]")
        );
        assert_eq!(fitted.properties, [(first, format!("{long} [")), (second, long)]);
    }
}
