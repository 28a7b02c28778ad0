//! Environment variables in a definition's arguments, which the SCM expands when it starts the service.
//!
//! `%NAME%` is expanded if the variable exists, `%%` is one percent sign that is not part of a name, and any other
//! percent sign is literal. Windows has no escape for `%%`: it is written in quotation marks of its own, `"%"`, which
//! the program removes when it parses its command line, and which no variable name contains.

use super::{Segment, Writer, needs_quotes};
use crate::{NamedText, TextPart};

/// A part of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// A part that the SCM expands.
    Text(&'a str),
    /// This number of percent signs, which the SCM does not expand.
    PercentSigns(usize),
}

fn pieces(argument: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut place) = (0, 0);
    while let Some(found) = argument[place..].find('%') {
        let percent = place + found;
        let behind = &argument[percent + 1..];
        if behind.starts_with('%') {
            if start < percent {
                pieces.push(Piece::Text(&argument[start..percent]));
            }
            match pieces.last_mut() {
                Some(Piece::PercentSigns(count)) => *count += 1,
                _ => pieces.push(Piece::PercentSigns(1)),
            }
            place = percent + 2;
            start = place;
        } else if let Some(name) = behind.find('%') {
            place = percent + 1 + name + 1;
        } else {
            break;
        }
    }
    if start < argument.len() {
        pieces.push(Piece::Text(&argument[start..]));
    }
    pieces
}

/// An argument of a definition as it stands in the SCM's command line, in quotation marks if it needs them or may need
/// them. The SCM expands the variables in it.
///
/// ```
/// use winsvc_definition::NamedText;
/// use winsvc_definition::command_line::{Segment, unexpanded};
///
/// let text = NamedText::new(r"%ProgramData%\a.toml").unwrap();
/// let quoted = r#""%ProgramData%\a.toml""#.to_owned();
/// assert_eq!(unexpanded(&text), [Segment::Text(quoted)]);
/// ```
pub fn unexpanded(argument: &NamedText) -> Vec<Segment> {
    let literals = || {
        argument.parts().iter().filter_map(|part| match part {
            TextPart::Literal(literal) => Some(literal.as_str()),
            TextPart::Name(_) => None,
        })
    };
    // The value of a name or of a variable may contain spaces.
    let has_variable = |literal: &str| {
        pieces(literal)
            .iter()
            .any(|piece| matches!(piece, Piece::Text(text) if text.matches('%').count() > 1))
    };
    let is_quoted = argument.names().next().is_some()
        || argument.parts().is_empty()
        || literals().any(|literal| needs_quotes(literal) || has_variable(literal));
    let mut writer = Writer::begin(is_quoted);
    for part in argument.parts() {
        match part {
            TextPart::Name(name) => writer.name(name),
            TextPart::Literal(literal) => {
                for piece in pieces(literal) {
                    match piece {
                        Piece::Text(text) => writer.text(text),
                        Piece::PercentSigns(count) => writer.apart(&"%".repeat(count)),
                    }
                }
            }
        }
    }
    writer.end()
}

/// Expands a string as
/// [`ExpandEnvironmentStrings`](https://learn.microsoft.com/windows/win32/api/processenv/nf-processenv-expandenvironmentstringsw)
/// does: an unknown variable name stays, and the percent sign after it may begin another name. `variable` returns the
/// value of a variable.
///
/// ```
/// use winsvc_definition::command_line::expand;
///
/// let variable = |name: &str| (name == "TEMP").then(|| r"C:\Temp".to_owned());
/// assert_eq!(expand(r"%TEMP%\a 100% %NOSUCH%", variable), r"C:\Temp\a 100% %NOSUCH%");
/// ```
pub fn expand(text: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(percent) = rest.find('%') {
        expanded.push_str(&rest[..percent]);
        rest = &rest[percent..];
        let behind = &rest[1..];
        let Some(end) = behind.find('%') else { break };
        if let Some(value) = variable(&behind[..end]) {
            expanded.push_str(&value);
            rest = &behind[end + 1..];
        } else {
            expanded.push('%');
            expanded.push_str(&behind[..end]);
            rest = &behind[end..];
        }
    }
    expanded + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{join_named, split};
    use super::*;
    use crate::{Argument, PropertyName, TextName};

    fn variable(name: &str) -> Option<String> {
        match name {
            "a" => Some("x y".to_owned()),
            "b" => Some("z".to_owned()),
            _ => None,
        }
    }

    fn value(name: &TextName) -> String {
        match name {
            TextName::Data => r"C:\a b\".to_owned(),
            TextName::Property(name) if name.as_str() == "EMPTY" => String::new(),
            TextName::Property(_) => "two words".to_owned(),
            other => other.to_string(),
        }
    }

    fn line(argument: &Argument) -> String {
        join_named(std::slice::from_ref(argument), &value)
            .trim_start()
            .to_owned()
    }

    #[test]
    fn a_doubled_per_cent_sign_is_one_that_no_variable_has() {
        for (argument, quoted, given) in [
            ("%a%", r#""%a%""#, "x y"),
            ("%a%%b%", r#""%a%%b%""#, "x yz"),
            ("%%a%%", r#""%"a"%""#, "%a%"),
            ("%a% %%b%%", r#""%a% "%"b"%"""#, "x y %b%"),
            ("%%", r#""%""#, "%"),
            ("%%%%", r#""%%""#, "%%"),
            ("100%", "100%", "100%"),
            ("%c%b%", r#""%c%b%""#, "%cz"),
            (r"C:\%%", r#"C:\\"%""#, r"C:\%"),
        ] {
            let line = line(&Argument::literal(argument));
            assert_eq!(line, quoted, "{argument}");
            assert_eq!(split(&expand(&line, variable)), [given], "{argument}");
        }
    }

    #[test]
    fn a_name_s_value_stays_in_its_argument() {
        for (text, given) in [
            ("{PORT}", vec!["two words"]),
            ("--a={PORT}", vec!["--a=two words"]),
            ("{data}", vec![r"C:\a b\"]),
            (r"{data}\x", vec![r"C:\a b\x"]),
            (r#"{data}"{PORT}"#, vec![r#"C:\a b\"two words"#]),
            ("{data}%%", vec![r"C:\a b\%"]),
            ("{data}{data}", vec![r"C:\a b\C:\a b\"]),
            ("--x={EMPTY}", vec![]),
            ("--x={name}", vec!["--x=name"]),
        ] {
            let argument = Argument::Text(NamedText::new(text).unwrap());
            assert_eq!(split(&expand(&line(&argument), variable)), given, "{text}");
        }
    }

    #[test]
    fn an_argument_for_a_word_is_there_with_that_word_alone() {
        let argument = |wanted: &str, text: &str| Argument::If {
            property: PropertyName::new("MODE").unwrap(),
            value: wanted.to_owned(),
            text: NamedText::literal(text),
        };
        assert_eq!(line(&argument("two words", "--two")), "--two");
        assert_eq!(line(&argument("two", "--two")), "");
        assert_eq!(line(&argument("two words", "")), "");
        assert_eq!(
            line(&Argument::Raw(PropertyName::new("MODE").unwrap())),
            "two words"
        );
        assert_eq!(line(&Argument::Raw(PropertyName::new("EMPTY").unwrap())), "");
    }

    proptest! {
        #[test]
        fn the_program_gets_from_the_scm_what_each_argument_comes_to(
            arguments in proptest::collection::vec(r#"[%ab \\"]{0,10}"#, 0..5),
        ) {
            // What an argument without quotation marks comes to, by its pieces.
            let given = |argument: &String| -> String {
                let pieces = pieces(argument).into_iter();
                pieces
                    .map(|piece| match piece {
                        Piece::Text(text) => expand(text, variable),
                        Piece::PercentSigns(count) => "%".repeat(count),
                    })
                    .collect()
            };
            let expected: Vec<String> = arguments.iter().map(given).collect();
            let arguments: Vec<Argument> = arguments.iter().map(|text| Argument::literal(text)).collect();
            let line = join_named(&arguments, &value);
            prop_assert_eq!(split(&expand(&line, variable)), expected);
        }
    }
}
