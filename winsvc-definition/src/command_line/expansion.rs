//! Environment variables in a definition's arguments, which the SCM expands when it starts the service.
//!
//! `%NAME%` is expanded if the variable exists, `%%` is one percent sign that is not part of a name, and any other
//! percent sign is literal. Windows has no escape for `%%`: it is written in quotation marks of its own, `"%"`, which
//! the program removes when it parses its command line, and which no variable name contains.

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

/// The arguments of a definition as one string for the SCM, with a space before each.
///
/// ```
/// use winsvc_definition::command_line::join_unexpanded;
///
/// let arguments = ["%ProgramData%\\a.toml", "100%", "%%TEMP%%"].map(str::to_owned);
/// assert_eq!(join_unexpanded(&arguments).trim_start(), r#""%ProgramData%\a.toml" 100% "%"TEMP"%""#);
/// ```
pub fn join_unexpanded(arguments: &[String]) -> String {
    arguments
        .iter()
        .map(|argument| format!(" {}", quote(argument)))
        .collect()
}

fn quote(argument: &str) -> String {
    let pieces = pieces(argument);
    // The value of a variable may contain spaces.
    let has_variable = pieces
        .iter()
        .any(|piece| matches!(piece, Piece::Text(text) if text.matches('%').count() > 1));
    let mut writer = super::Writer::begin(has_variable || super::needs_quotes(argument));
    for piece in pieces {
        match piece {
            Piece::Text(text) => writer.text(text),
            Piece::PercentSigns(count) => writer.apart(&"%".repeat(count)),
        }
    }
    writer.end()
}

/// An argument of a definition as the program receives it from the SCM. `variable` returns the value of a variable.
///
/// ```
/// use winsvc_definition::command_line::expand_argument;
///
/// let variable = |name: &str| (name == "TEMP").then(|| r"C:\Temp".to_owned());
/// assert_eq!(expand_argument(r"%TEMP%\a", variable), r"C:\Temp\a");
/// assert_eq!(expand_argument("%%TEMP%%, 100%, %NOSUCH%", variable), "%TEMP%, 100%, %NOSUCH%");
/// ```
pub fn expand_argument(argument: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let pieces = pieces(argument).into_iter();
    let pieces = pieces.map(|piece| match piece {
        Piece::Text(text) => expand(text, &variable),
        Piece::PercentSigns(count) => "%".repeat(count),
    });
    pieces.collect()
}

/// Expands a string as
/// [`ExpandEnvironmentStrings`](https://learn.microsoft.com/windows/win32/api/processenv/nf-processenv-expandenvironmentstringsw) does: an unknown variable name stays, and the percent sign after it may begin another name.
fn expand(text: &str, variable: impl Fn(&str) -> Option<String>) -> String {
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

    use super::super::tests::split;
    use super::*;

    fn variable(name: &str) -> Option<String> {
        match name {
            "a" => Some("x y".to_owned()),
            "b" => Some("z".to_owned()),
            _ => None,
        }
    }

    fn given(argument: &str) -> String {
        expand_argument(argument, variable)
    }

    #[test]
    fn a_doubled_per_cent_sign_is_one_that_no_variable_has() {
        for (argument, line, value) in [
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
            assert_eq!(quote(argument), line, "{argument}");
            assert_eq!(given(argument), value, "{argument}");
        }
    }

    proptest! {
        #[test]
        fn the_program_gets_from_the_scm_what_each_argument_comes_to(
            arguments in proptest::collection::vec(r#"[%ab \\"]{0,10}"#, 0..5),
        ) {
            let line = expand(&join_unexpanded(&arguments), variable);
            let expected: Vec<String> = arguments.iter().map(|argument| given(argument)).collect();
            prop_assert_eq!(split(&line), expected);
        }
    }
}
