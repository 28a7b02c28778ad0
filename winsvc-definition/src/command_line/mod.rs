//! Windows command lines: a single string that each program splits into arguments by the same rules.
//!
//! The rules are those of
//! [`CommandLineToArgvW`](https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw), which are
//! also Rust's and the C runtime's: a backslash is literal, except before a quotation mark, where it is an escape.

mod expansion;

pub use expansion::{expand, unexpanded};

use crate::{Argument, NamedText, TextName, TextPart};

/// A part of a command line with names whose values are not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Text that stays as it is.
    Text(String),
    /// A name that is replaced by its value. That of a folder must end with a backslash; that of a property must have
    /// no quotation mark and no backslash at its end.
    Name(TextName),
}

/// Whether an argument is in quotation marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// If it has a space or a name, whose value may have one.
    IfNeeded,
    /// In any case.
    Always,
}

/// The command line that starts `exe`, as the SCM stores it (`ImagePath`).
///
/// The path is always in quotation marks: without them Windows would try `C:\Program.exe` before
/// `C:\Program Files\…` ([CWE-428](https://cwe.mitre.org/data/definitions/428.html)), and a path without spaces may
/// be moved to one with spaces.
///
/// ```
/// use winsvc_definition::Argument;
/// use winsvc_definition::command_line::{image_path, program};
///
/// let arguments = ["--config", "a b.toml"].map(Argument::literal);
/// let line = image_path(r"C:\acme\agent.exe", &arguments, &|_| String::new());
/// assert_eq!(line, r#""C:\acme\agent.exe" --config "a b.toml""#);
/// assert_eq!(program(&line), r"C:\acme\agent.exe");
/// ```
pub fn image_path(exe: &str, arguments: &[Argument], value: &dyn Fn(&TextName) -> String) -> String {
    format!("\"{exe}\"{}", join_named(arguments, value))
}

/// The arguments of a definition as one string for the SCM, with a space before each. The SCM expands variables in it.
///
/// ```
/// use winsvc_definition::command_line::join_named;
/// use winsvc_definition::{Argument, NamedText};
///
/// let arguments = [r"--data={data}", "{PORT}"].map(|text| Argument::Text(NamedText::new(text).unwrap()));
/// let value = |name: &_| match name {
///     winsvc_definition::TextName::Data => r"C:\Acme\data\".to_owned(),
///     _ => String::new(),
/// };
/// // The backslash before a quotation mark is doubled. An argument is left out if its property has no value.
/// assert_eq!(join_named(&arguments, &value), r#" "--data=C:\Acme\data\\""#);
/// ```
pub fn join_named(arguments: &[Argument], value: &dyn Fn(&TextName) -> String) -> String {
    let mut line = String::new();
    for argument in arguments {
        if let Argument::Raw(property) = argument {
            let raw = value(&TextName::Property(property.clone()));
            if !raw.trim().is_empty() {
                line.push(' ');
                line.push_str(raw.trim());
            }
        } else if let Some(text) = argument.text(value) {
            line.push(' ');
            for segment in unexpanded(text) {
                line.push_str(&match segment {
                    Segment::Text(text) => text,
                    Segment::Name(name) => value(&name),
                });
            }
        }
    }
    line
}

/// Splits a command line into its arguments, as programs do.
///
/// ```
/// use winsvc_definition::command_line::split;
///
/// assert_eq!(split(r#" --a "b c" "d\"e" "#), ["--a", "b c", "d\"e"]);
/// ```
pub fn split(line: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut characters = line.chars().peekable();
    loop {
        while characters.next_if(|c| *c == ' ' || *c == '\t').is_some() {}
        if characters.peek().is_none() {
            return arguments;
        }
        let (mut argument, mut quoted) = (String::new(), false);
        while let Some(character) = characters.next_if(|c| quoted || (*c != ' ' && *c != '\t')) {
            if character == '\\' {
                let mut backslashes = 1;
                while characters.next_if_eq(&'\\').is_some() {
                    backslashes += 1;
                }
                let before_mark = characters.peek() == Some(&'"');
                let kept = if before_mark { backslashes / 2 } else { backslashes };
                argument.extend(std::iter::repeat_n('\\', kept));
                if before_mark && backslashes % 2 == 1 {
                    characters.next();
                    argument.push('"');
                }
            } else if character == '"' {
                quoted = !quoted;
            } else {
                argument.push(character);
            }
        }
        arguments.push(argument);
    }
}

/// The command line that starts `exe` with exactly these arguments, without the SCM.
///
/// ```
/// use winsvc_definition::command_line::process;
///
/// assert_eq!(process("agent", &["%TEMP%".to_owned()]), r#""agent" %TEMP%"#);
/// ```
pub fn process(exe: &str, arguments: &[String]) -> String {
    format!("\"{exe}\"{}", join(arguments))
}

/// The path of the program in a service's command line, which other tools may have written without quotation marks.
///
/// ```
/// use winsvc_definition::command_line::program;
///
/// assert_eq!(program(r#""C:\Program Files\Acme\agent.exe" --verbose"#), r"C:\Program Files\Acme\agent.exe");
/// ```
pub fn program(line: &str) -> &str {
    let line = line.trim_start();
    if let Some(quoted) = line.strip_prefix('"') {
        return quoted.split('"').next().unwrap_or_default();
    }
    // Windows tries every space as the end of the path; in practice, a service is an exe.
    let exe = line
        .to_ascii_lowercase()
        .find(".exe")
        .map(|found| found + ".exe".len());
    let end = exe.or_else(|| line.find([' ', '\t']));
    &line[..end.unwrap_or(line.len())]
}

/// The arguments as one string, with a space before each.
///
/// ```
/// use winsvc_definition::command_line::join;
///
/// let arguments = ["--config", "a b.toml"].map(str::to_owned);
/// assert_eq!(join(&arguments).trim_start(), r#"--config "a b.toml""#);
/// ```
pub fn join(arguments: &[String]) -> String {
    arguments
        .iter()
        .map(|argument| format!(" {}", quote(argument)))
        .collect()
}

/// An argument, in quotation marks if it needs them.
///
/// ```
/// use winsvc_definition::command_line::quote;
///
/// assert_eq!(quote("a b"), r#""a b""#);
/// assert_eq!(quote("plain"), "plain");
/// ```
pub fn quote(argument: &str) -> String {
    let segments = quoted(&NamedText::literal(argument), Quotes::IfNeeded).into_iter();
    let texts = segments.map(|segment| match segment {
        Segment::Text(text) => text,
        Segment::Name(_) => unreachable!("the text has no names"),
    });
    texts.collect()
}

/// An argument whose names are replaced later, in quotation marks if it needs them or may need them.
///
/// ```
/// use winsvc_definition::NamedText;
/// use winsvc_definition::command_line::{Quotes, Segment, quoted};
///
/// assert_eq!(quoted(&NamedText::literal("a b"), Quotes::IfNeeded), [Segment::Text(r#""a b""#.to_owned())]);
/// ```
pub fn quoted(argument: &NamedText, quotes: Quotes) -> Vec<Segment> {
    let is_quoted = quotes == Quotes::Always
        || argument.parts().is_empty()
        || argument.parts().iter().any(|part| match part {
            TextPart::Literal(literal) => needs_quotes(literal),
            TextPart::Name(_) => true,
        });
    let mut writer = Writer::begin(is_quoted);
    for part in argument.parts() {
        match part {
            TextPart::Literal(literal) => writer.text(literal),
            TextPart::Name(name) => writer.name(name),
        }
    }
    writer.end()
}

fn needs_quotes(argument: &str) -> bool {
    argument.is_empty() || argument.contains([' ', '\t', '"'])
}

/// Writes one argument.
struct Writer {
    segments: Vec<Segment>,
    is_quoted: bool,
    /// The number of backslashes at the end.
    backslashes: usize,
}

impl Writer {
    fn begin(is_quoted: bool) -> Self {
        let mut writer = Self {
            segments: Vec::new(),
            is_quoted,
            backslashes: 0,
        };
        if is_quoted {
            writer.push('"');
        }
        writer
    }

    fn push(&mut self, character: char) {
        match self.segments.last_mut() {
            Some(Segment::Text(text)) => text.push(character),
            _ => self.segments.push(Segment::Text(character.to_string())),
        }
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\\' => self.backslashes += 1,
                '"' => {
                    // Escape each backslash before the mark, and the mark itself.
                    self.escape();
                    self.push('\\');
                }
                _ => self.backslashes = 0,
            }
            self.push(character);
        }
    }

    fn name(&mut self, name: &TextName) {
        self.backslashes = usize::from(name.is_folder());
        self.segments.push(Segment::Name(name.clone()));
    }

    /// Writes a string between its own quotation marks; in a quoted argument, these close and reopen the argument's
    /// marks.
    fn apart(&mut self, text: &str) {
        self.mark();
        text.chars().for_each(|character| self.push(character));
        self.mark();
    }

    fn mark(&mut self) {
        self.escape();
        self.push('"');
    }

    /// Doubles the backslashes at the end.
    fn escape(&mut self) {
        for _ in 0..std::mem::take(&mut self.backslashes) {
            self.push('\\');
        }
    }

    fn end(mut self) -> Vec<Segment> {
        if self.is_quoted {
            self.mark();
        }
        self.segments
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_needs_them_gets_quotation_marks() {
        assert_eq!(
            join(&["--config".to_owned(), r"C:\a b\".to_owned(), String::new()]),
            r#" --config "C:\a b\\" """#
        );
        assert_eq!(quote(r"C:\plain\"), r"C:\plain\");
        assert_eq!(quote(r#"say "hi""#), r#""say \"hi\"""#);
    }

    #[test]
    fn the_program_is_found_however_the_line_was_written() {
        for (line, expected) in [
            (
                r#""C:\Program Files\acme\agent.exe" --x"#,
                r"C:\Program Files\acme\agent.exe",
            ),
            (
                r"C:\Program Files\acme\agent.EXE --x.exe",
                r"C:\Program Files\acme\agent.EXE",
            ),
            (
                r"\SystemRoot\system32\drivers\disk.sys",
                r"\SystemRoot\system32\drivers\disk.sys",
            ),
            (r"C:\tool.com --x", r"C:\tool.com"),
            (r#""C:\unclosed"#, r"C:\unclosed"),
            ("", ""),
        ] {
            assert_eq!(program(line), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn programs_get_the_arguments_that_were_given(arguments in proptest::collection::vec(r#"[a \\"\t]{0,8}"#, 0..5)) {
            prop_assert_eq!(split(&join(&arguments)), arguments);
        }
    }
}
