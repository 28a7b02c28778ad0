//! Texts with names, such as `{data}` and `{LISTEN_PORT}`, as strings of formatted columns.
//!
//! A formatted string replaces `[Property]` by the property's value, once: a value that has such a name itself is not
//! replaced again. So a text that is too long for its column, and has names, is put together by custom actions.

use winsvc_definition::command_line::{Segment, unexpanded};
use winsvc_definition::{Argument, NamedText, PropertyName, TextName, TextPart};

use super::super::MsiError;
use super::super::names::formatted;
use super::super::sequences::Phase;
use super::template::{self, reference};
use super::{FORMATTED, Package};

/// A text in a formatted string.
pub(super) fn named_text(text: &NamedText) -> String {
    let parts = text.parts().iter().map(|part| match part {
        TextPart::Literal(literal) => formatted(literal),
        TextPart::Name(name) => reference(name),
    });
    parts.collect()
}

/// Texts without names.
pub(super) fn literal(arguments: &[String]) -> Vec<NamedText> {
    arguments.iter().map(|text| NamedText::literal(text)).collect()
}

/// The pieces of a formatted string between which it may be divided.
fn pieces(segments: &[Segment]) -> Vec<String> {
    let mut pieces = Vec::new();
    for segment in segments {
        match segment {
            Segment::Text(text) => {
                pieces.extend(text.chars().map(|character| formatted(&character.to_string())));
            }
            Segment::Name(name) => pieces.push(reference(name)),
        }
    }
    pieces
}

/// An argument of a command line.
struct Part {
    segments: Vec<Segment>,
    /// The condition under which it is an argument; empty for always.
    condition: String,
}

impl Package<'_> {
    /// The arguments of a service for their column.
    pub(super) fn arguments(&mut self, id: &str, index: usize) -> Result<String, MsiError> {
        let product = self.product;
        let definition = &product.services[index].definition;
        let parts: Vec<Part> = definition.arguments.iter().filter_map(part).collect();
        if parts.iter().all(|part| part.condition.is_empty()) {
            let mut line = Vec::new();
            for part in &parts {
                if !line.is_empty() {
                    line.push(template::Part::literal(" "));
                }
                line.extend(part.segments.iter().map(template::Part::from));
            }
            return self.fitted(id, &line);
        }
        let property = format!("Arguments{index}");
        let mut is_filled = IsFilled::No;
        for (number, part) in parts.iter().enumerate() {
            let chunks = chunks(pieces(&part.segments));
            let action = format!("{property}.{number}");
            self.append(&action, &property, &chunks, &part.condition, is_filled)?;
            is_filled = match part.condition.as_str() {
                "" => IsFilled::Yes,
                _ if is_filled == IsFilled::No => IsFilled::Perhaps,
                _ => is_filled,
            };
        }
        Ok(format!("[{property}]"))
    }

    /// Adds actions that append an argument to a property, if the condition holds, with a space if it is not the first
    /// one.
    fn append(
        &mut self,
        action: &str,
        property: &str,
        chunks: &[String],
        condition: &str,
        is_filled: IsFilled,
    ) -> Result<(), MsiError> {
        let and = |other: String| match condition {
            "" => other,
            condition => format!("{condition} AND {other}"),
        };
        let (first, others) = chunks.split_first().expect("there is at least one");
        let after = format!("[{property}] {first}");
        let ways = match is_filled {
            IsFilled::No => vec![(String::new(), first, condition.to_owned())],
            IsFilled::Yes => vec![(String::new(), &after, condition.to_owned())],
            // The second one has no effect after the first one.
            IsFilled::Perhaps => vec![
                (String::new(), &after, and(property.to_owned())),
                (".First".to_owned(), first, and(format!("NOT {property}"))),
            ],
        };
        for (suffix, text, condition) in ways {
            let action = format!("{action}{suffix}");
            self.set_formatted(&action, property, text)?;
            self.schedule(&action, &condition, Phase::AfterDefaults);
        }
        for (index, chunk) in others.iter().enumerate() {
            let action = format!("{action}.{index}");
            self.set_formatted(&action, property, &format!("[{property}]{chunk}"))?;
            self.schedule(&action, condition, Phase::AfterDefaults);
        }
        Ok(())
    }
}

/// Whether the arguments before have a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IsFilled {
    No,
    Perhaps,
    Yes,
}

/// Joins the pieces to strings that fit into the column of an action; at least one.
fn chunks(pieces: Vec<String>) -> Vec<String> {
    /// The longest, beside the reference to the value before it.
    const LONGEST: usize = FORMATTED - 30;

    let mut chunks = vec![String::new()];
    for piece in pieces {
        let last = chunks.last_mut().expect("there is one");
        if last.encode_utf16().count() + piece.encode_utf16().count() > LONGEST {
            chunks.push(piece);
        } else {
            last.push_str(&piece);
        }
    }
    chunks
}

/// An argument; `None` if it is never one.
fn part(argument: &Argument) -> Option<Part> {
    match argument {
        Argument::Text(text) => {
            let properties: Vec<&str> = text.properties().map(PropertyName::as_str).collect();
            Some(Part {
                segments: unexpanded(text),
                condition: properties.join(" AND "),
            })
        }
        Argument::If {
            property,
            value,
            text,
        } => {
            let is_empty = text.as_written().is_empty();
            (!is_empty).then(|| Part {
                segments: unexpanded(text),
                condition: format!("{property}=\"{value}\""),
            })
        }
        Argument::Raw(property) => Some(Part {
            segments: vec![Segment::Name(TextName::Property(property.clone()))],
            condition: property.to_string(),
        }),
    }
}
