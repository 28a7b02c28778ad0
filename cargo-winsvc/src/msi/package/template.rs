//! Strings of a formatted column that refer to folders and properties.

use winsvc_definition::command_line::{self, Quotes, Segment};
use winsvc_definition::{NamedText, TextName, TextPart};

use super::super::MsiError;
use super::super::database::text;
use super::super::names::{formatted, letters};
use super::super::schema;
use super::{CONFIG_FOLDER, DATA_FOLDER, FORMATTED, INSTALL_FOLDER, LOGS_FOLDER, Package};

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

    fn formatted(&self) -> String {
        match self {
            Self::Literal(text) => formatted(text),
            Self::Reference(reference) => reference.clone(),
        }
    }
}

impl From<&Segment> for Part {
    fn from(segment: &Segment) -> Self {
        match segment {
            Segment::Text(text) => Self::literal(text),
            Segment::Name(name) => Self::Reference(reference(name)),
        }
    }
}

/// A name in a formatted string. The paths of Windows Installer's folders end with a backslash.
pub(super) fn reference(name: &TextName) -> String {
    match name {
        TextName::Install => format!("[{INSTALL_FOLDER}]"),
        TextName::Config => format!("[{CONFIG_FOLDER}]"),
        TextName::Data => format!("[{DATA_FOLDER}]"),
        TextName::Logs => format!("[{LOGS_FOLDER}]"),
        TextName::Property(name) => format!("[{name}]"),
        // Replaced where the text was read.
        TextName::Version | TextName::Service | TextName::Value => String::new(),
    }
}

/// The parts of a text with names.
pub(in crate::msi) fn parts(text: &[TextPart]) -> Vec<Part> {
    let parts = text.iter().map(|part| match part {
        TextPart::Literal(literal) => Part::literal(literal),
        TextPart::Name(name) => Part::Reference(reference(name)),
    });
    parts.collect()
}

/// The arguments of a command line, as Windows programs split them, with a space between them.
pub(in crate::msi) fn arguments(arguments: &[NamedText]) -> Vec<Part> {
    let mut line = Vec::new();
    for (index, text) in arguments.iter().enumerate() {
        if index > 0 {
            line.push(Part::literal(" "));
        }
        line.extend(argument(text, Quotes::IfNeeded));
    }
    line
}

/// One argument.
pub(in crate::msi) fn argument(text: &NamedText, quotes: Quotes) -> Vec<Part> {
    command_line::quoted(text, quotes)
        .iter()
        .map(Part::from)
        .collect()
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
    let literals = joined.iter().filter(|part| matches!(part, Part::Literal(_)));
    let is_only = literals.count() == 1;
    let mut properties = Vec::new();
    let parts = joined.into_iter().map(|part| {
        let formatted = part.formatted();
        // Its lower-case letter makes it private: it cannot be set from outside.
        let property = if is_only {
            id.to_owned()
        } else {
            format!("t{}{}", letters(id, 8), properties.len())
        };
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_split_as_they_are_written() {
        let texts = ["--data={data}", "{install}a b\\\\", "plain", "a b", "\"{PORT}\""];
        let texts = texts.map(|text| NamedText::new(text).unwrap());
        let line: String = arguments(&texts).iter().map(Part::formatted).collect();
        assert_eq!(
            line,
            r#""--data=[DataFolder]\" "[INSTALLDIR]a b\\\\" plain "a b" "\"[PORT]\"""#
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
