//! The tool's output: progress and messages on stderr in cargo's style, artifacts on stdout.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::diagnostic::{Diagnostic, Explain, HELP};
use crate::timings::Timings;

/// How results and errors are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum MessageFormat {
    /// One path per line; errors as text
    #[default]
    Human,
    /// One JSON object per line, on stdout
    Json,
}

/// How much is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Results, warnings and errors.
    Quiet,
    /// Also the steps.
    Normal,
}

/// The terminal, or the streams that replace it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shell {
    /// How results and errors are printed.
    pub format: MessageFormat,
    /// How much is printed.
    pub verbosity: Verbosity,
    /// Whether to use colours, if `--color` is given.
    pub color: Option<Color>,
    /// Whether warnings are errors.
    pub deny_warnings: bool,
}

/// How many warnings were printed; a process runs one command.
static WARNINGS: AtomicUsize = AtomicUsize::new(0);

/// The error if there were warnings, and they are denied.
#[derive(Debug, thiserror::Error)]
#[error("{count} warning{} denied", if *count == 1 { "" } else { "s" })]
pub(crate) struct WarningsDenied {
    count: usize,
}

impl Explain for WarningsDenied {
    fn diagnostic(&self) -> Diagnostic {
        Diagnostic::of(self).note("`-D warnings` is set, so nothing was written")
    }
}

/// The line of an artifact in `--message-format json`.
#[derive(Serialize)]
#[serde(tag = "reason", rename = "winsvc-artifact")]
struct JsonArtifact<'a, A> {
    #[serde(flatten)]
    artifact: &'a A,
}

/// The last line: how long the steps took.
#[derive(Serialize)]
#[serde(tag = "reason", rename = "winsvc-timings")]
struct JsonTimings<'a> {
    #[serde(flatten)]
    timings: &'a Timings,
}

/// The line of a value of the configuration.
#[derive(Serialize)]
#[serde(tag = "reason", rename = "winsvc-config")]
struct JsonValue<'a, V> {
    #[serde(flatten)]
    value: &'a V,
}

/// The line of a step that a dry run leaves out.
#[derive(Serialize)]
#[serde(tag = "reason", rename = "winsvc-planned")]
struct JsonPlanned<'a, S> {
    #[serde(flatten)]
    step: &'a S,
}

/// The line of a check of the machine.
#[derive(Serialize)]
#[serde(tag = "reason", rename = "winsvc-check")]
struct JsonCheck<'a, C> {
    #[serde(flatten)]
    check: &'a C,
}

/// The line of an error or a warning.
#[derive(Serialize)]
#[serde(tag = "reason", rename = "winsvc-message")]
struct JsonMessage<'a> {
    level: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<JsonPlace<'a>>,
    notes: &'a [String],
    help: &'a [String],
}

#[derive(Serialize)]
struct JsonPlace<'a> {
    path: &'a str,
    line: usize,
    column: usize,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum Color {
    /// In a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// The value, the same as cargo's.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// How a check of the machine ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mark {
    /// As it should.
    Good,
    /// A build will fail.
    Bad,
    /// A build can do without.
    Unimportant,
}

impl Mark {
    const fn style(self) -> Style {
        match self {
            Self::Good => STATUS,
            Self::Bad => AnsiColor::BrightRed.on_default().bold(),
            Self::Unimportant => AnsiColor::BrightYellow.on_default().bold(),
        }
    }
}

const STATUS: Style = AnsiColor::BrightGreen.on_default().bold();

impl Shell {
    /// Prints a step: the right-aligned verb, as in cargo, and its object.
    pub(crate) fn status(self, verb: &str, what: impl std::fmt::Display) {
        if self.verbosity != Verbosity::Quiet {
            anstream::eprintln!("{STATUS}{verb:>12}{STATUS:#} {what}");
        }
    }

    /// Prints advice that belongs to a step.
    pub(crate) fn help(self, help: &str) {
        if self.verbosity != Verbosity::Quiet {
            anstream::eprintln!("{HELP}help{HELP:#}: {help}");
        }
    }

    /// Prints a warning.
    pub(crate) fn warning(self, warning: &Diagnostic) {
        WARNINGS.fetch_add(1, Ordering::Relaxed);
        match self.format {
            MessageFormat::Human => anstream::eprintln!("{warning}"),
            MessageFormat::Json => print_message(warning),
        }
    }

    /// Fails if there were warnings and they are denied. Call this before slow steps, and before results are written.
    pub(crate) fn check_warnings(self) -> Result<(), WarningsDenied> {
        match WARNINGS.load(Ordering::Relaxed) {
            count if count > 0 && self.deny_warnings => Err(WarningsDenied { count }),
            _ => Ok(()),
        }
    }

    /// Prints the error that ends the command.
    pub(crate) fn error(self, diagnostic: &Diagnostic) {
        anstream::eprintln!("{diagnostic}");
        if self.format == MessageFormat::Json {
            print_message(diagnostic);
        }
    }

    /// Prints a result: its path in human format, all its properties in JSON.
    pub(crate) fn artifact(self, path: &std::path::Path, artifact: &impl Serialize) {
        match self.format {
            MessageFormat::Human => print_line(&path.display().to_string()),
            MessageFormat::Json => print_json(&JsonArtifact { artifact }),
        }
    }

    /// Prints a value of the configuration as JSON.
    pub(crate) fn value(self, value: &impl Serialize) {
        if self.format == MessageFormat::Json {
            print_json(&JsonValue { value });
        }
    }

    /// Prints a step that a dry run leaves out: in human format the path of its result, if it has one.
    pub(crate) fn planned(self, path: Option<&std::path::Path>, step: &impl Serialize) {
        match (self.format, path) {
            (MessageFormat::Json, _) => print_json(&JsonPlanned { step }),
            (MessageFormat::Human, Some(path)) => print_line(&path.display().to_string()),
            (MessageFormat::Human, None) => {}
        }
    }

    /// Prints how long the steps took.
    pub(crate) fn timings(self, timings: &Timings) {
        if self.format == MessageFormat::Json {
            print_json(&JsonTimings { timings });
        }
    }

    /// Prints a check of the machine to stdout, in human format with details below it.
    pub(crate) fn check(
        self,
        mark: Mark,
        verb: &str,
        what: &str,
        details: &[String],
        check: &impl Serialize,
    ) {
        if self.format == MessageFormat::Json {
            return print_json(&JsonCheck { check });
        }
        let style = mark.style();
        // A closed stdout is no error here either.
        let mut out = anstream::stdout();
        let _ = writeln!(out, "{style}{verb:>12}{style:#} {what}");
        for line in details {
            let _ = writeln!(out, "{:>12} {line}", "");
        }
    }

    /// A progress bar for a slow step over this many bytes, with a message of its own; only on a terminal, and removed
    /// when the step is done.
    pub(crate) fn progress(self, verb: &str, bytes: u64) -> ProgressBar {
        let bar = self.bar("{prefix:>12.cyan.bold} [{bar:27}] {msg}, {bytes}/{total_bytes}, {eta} left");
        bar.set_length(bytes);
        bar.set_prefix(verb.to_owned());
        bar
    }

    /// A spinner for a step of unknown duration.
    pub(crate) fn waiting(self) -> ProgressBar {
        self.bar("{spinner:>12.cyan} {elapsed}")
    }

    fn bar(self, template: &str) -> ProgressBar {
        if self.verbosity == Verbosity::Quiet || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template(template)
            .expect("the template is well-formed")
            .progress_chars("=> ");
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        bar.set_style(style);
        bar.enable_steady_tick(Duration::from_millis(500));
        bar
    }
}

fn print_message(diagnostic: &Diagnostic) {
    let path = diagnostic
        .place
        .as_ref()
        .map(|place| place.path.display().to_string());
    let place = diagnostic
        .place
        .as_ref()
        .zip(path.as_deref())
        .map(|(place, path)| {
            let (line, column) = place.line_column();
            JsonPlace { path, line, column }
        });
    print_json(&JsonMessage {
        level: diagnostic.severity.as_str(),
        message: &diagnostic.message,
        place,
        notes: &diagnostic.notes,
        help: &diagnostic.help,
    });
}

fn print_json(message: &impl Serialize) {
    let line = serde_json::to_string(message).expect("messages are plain data");
    print_line(&line);
}

/// A closed stdout is not an error: the artifacts are already on disk.
fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
