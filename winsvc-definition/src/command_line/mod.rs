//! Windows command lines: a single string that each program splits into arguments by the same rules.
//!
//! The rules are those of
//! [`CommandLineToArgvW`](https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw), which are
//! also Rust's and the C runtime's: a backslash is literal, except before a quotation mark, where it is an escape.

mod expansion;

pub use expansion::{expand_argument, join_unexpanded};

/// The command line that starts `exe`, as the SCM stores it (`ImagePath`).
///
/// The path is always in quotation marks: without them Windows would try `C:\Program.exe` before
/// `C:\Program Files\…` ([CWE-428](https://cwe.mitre.org/data/definitions/428.html)), and a path without spaces may
/// be moved to one with spaces. The arguments are those of a definition: the SCM expands variables in them.
///
/// ```
/// use winsvc_definition::command_line::{image_path, program};
///
/// let line = image_path(r"C:\acme\agent.exe", &["--config".to_owned(), "a b.toml".to_owned()]);
/// assert_eq!(line, r#""C:\acme\agent.exe" --config "a b.toml""#);
/// assert_eq!(program(&line), r"C:\acme\agent.exe");
/// ```
pub fn image_path(exe: &str, arguments: &[String]) -> String {
    format!("\"{exe}\"{}", join_unexpanded(arguments))
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
    let mut writer = Writer::begin(needs_quotes(argument));
    writer.text(argument);
    writer.end()
}

fn needs_quotes(argument: &str) -> bool {
    argument.is_empty() || argument.contains([' ', '\t', '"'])
}

/// Writes one argument.
struct Writer {
    line: String,
    is_quoted: bool,
    /// The number of backslashes at the end.
    backslashes: usize,
}

impl Writer {
    fn begin(is_quoted: bool) -> Self {
        Self {
            line: if is_quoted { "\"" } else { "" }.to_owned(),
            is_quoted,
            backslashes: 0,
        }
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\\' => self.backslashes += 1,
                '"' => {
                    // Escape each backslash before the mark, and the mark itself.
                    self.line.extend(std::iter::repeat_n('\\', self.backslashes + 1));
                    self.backslashes = 0;
                }
                _ => self.backslashes = 0,
            }
            self.line.push(character);
        }
    }

    /// Writes a string between its own quotation marks; in a quoted argument, these close and reopen the argument's
    /// marks.
    fn apart(&mut self, text: &str) {
        self.mark();
        self.line.push_str(text);
        self.mark();
    }

    fn mark(&mut self) {
        // Escape each backslash before it.
        self.line.extend(std::iter::repeat_n('\\', self.backslashes));
        self.backslashes = 0;
        self.line.push('"');
    }

    fn end(mut self) -> String {
        if self.is_quoted {
            self.mark();
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rules from the reader's side.
    pub(super) fn split(line: &str) -> Vec<String> {
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
                    argument.extend(std::iter::repeat_n(
                        '\\',
                        if before_mark { backslashes / 2 } else { backslashes },
                    ));
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
