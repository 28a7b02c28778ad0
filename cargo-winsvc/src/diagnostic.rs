//! Diagnostics: an error or a warning, its place, and what to do.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Style};

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Severity {
    /// An error, which ends the command.
    #[default]
    Error,
    /// A warning, after which the command continues.
    Warning,
}

impl Severity {
    /// The prefix of the message.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// An error or a warning in cargo's form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostic {
    /// The severity.
    pub severity: Severity,
    /// The message.
    pub message: String,
    /// The place in a file, if there is one.
    pub place: Option<Place>,
    /// Notes that explain the error.
    pub notes: Vec<String>,
    /// Instructions for fixing the error.
    pub help: Vec<String>,
}

/// A place in a text file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// Its whole text.
    pub text: String,
    /// The byte range.
    pub span: Range<usize>,
}

impl Place {
    /// Line and column, both counted from 1, the column in characters.
    pub fn line_column(&self) -> (usize, usize) {
        let before = self.text.get(..self.span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

/// An error with a diagnostic.
pub trait Explain: std::error::Error {
    /// The error as a diagnostic. By default, its message and its causes.
    fn diagnostic(&self) -> Diagnostic {
        Diagnostic::of(self)
    }
}

impl Diagnostic {
    /// The error's message; its chain of sources becomes notes.
    pub fn of(error: &(impl std::error::Error + ?Sized)) -> Self {
        let mut diagnostic = Self {
            message: error.to_string(),
            ..Self::default()
        };
        let mut source = error.source();
        while let Some(cause) = source {
            diagnostic.notes.push(cause.to_string());
            source = cause.source();
        }
        diagnostic
    }

    /// A warning with this message.
    pub fn warning(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            message: message.into(),
            ..Self::default()
        }
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds an instruction.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Sets the place.
    #[must_use]
    pub fn at(mut self, place: impl Into<Option<Place>>) -> Self {
        self.place = place.into();
        self
    }
}

const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
const WARNING: Style = AnsiColor::BrightYellow.on_default().bold();
const NOTE: Style = AnsiColor::BrightGreen.on_default().bold();
/// The style of `help`.
pub(crate) const HELP: Style = AnsiColor::BrightCyan.on_default().bold();

impl fmt::Display for Diagnostic {
    /// Includes escape sequences for colours; the caller strips them if the output is not a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (style, level) = match self.severity {
            Severity::Error => (ERROR, Level::ERROR),
            Severity::Warning => (WARNING, Level::WARNING),
        };
        match &self.place {
            None => {
                write!(f, "{style}{}{style:#}: {}", self.severity.as_str(), self.message)?;
            }
            Some(place) => {
                let path = place.path.display().to_string();
                // An empty range at a line's end would point at nothing.
                let end = place.span.end.max(place.span.start + 1).min(place.text.len());
                let snippet = Snippet::source(place.text.as_str())
                    .path(path.as_str())
                    .annotation(AnnotationKind::Primary.span(place.span.start.min(end)..end));
                let report = [level.primary_title(self.message.as_str()).element(snippet)];
                f.write_str(&Renderer::styled().render(&report))?;
            }
        }
        for note in &self.notes {
            write!(f, "\n{NOTE}note{NOTE:#}: {note}")?;
        }
        for help in &self.help {
            write!(f, "\n{HELP}help{HELP:#}: {help}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(diagnostic: &Diagnostic) -> String {
        anstream::adapter::strip_str(&diagnostic.to_string()).to_string()
    }

    #[test]
    fn an_error_reads_like_cargo_s() {
        let diagnostic = Diagnostic {
            message: "no binary".to_owned(),
            ..Diagnostic::default()
        }
        .note("the package has a library only")
        .help("add `src/main.rs`");
        assert_eq!(
            plain(&diagnostic),
            "error: no binary\nnote: the package has a library only\nhelp: add `src/main.rs`"
        );
    }

    #[test]
    fn a_place_shows_its_line() {
        let text = "[package]\nname = \"ä\" # ü\nstart = 'boot'\n";
        let start = text.find("'boot'").unwrap();
        let place = Place {
            path: PathBuf::from("Cargo.toml"),
            text: text.to_owned(),
            span: start..start + 6,
        };
        assert_eq!(place.line_column(), (3, 9));
        let diagnostic = Diagnostic {
            message: "unknown start type".to_owned(),
            ..Diagnostic::default()
        }
        .at(place);
        assert_eq!(
            plain(&diagnostic),
            "error: unknown start type\n --> Cargo.toml:3:9\n  |\n3 | start = 'boot'\n  |         ^^^^^^"
        );
    }
}
