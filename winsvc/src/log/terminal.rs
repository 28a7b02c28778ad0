//! Formats events as lines for stderr, with colours if the terminal supports them.
//!
//! The colours are our own instead of those of `tracing-subscriber` (feature `ansi`). Its layers share the formatted
//! fields of a span, so the escape sequences of the terminal's layer would also be in the log files
//! (<https://github.com/tokio-rs/tracing/issues/1817>).

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatFields, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, Scope};

use crate::sys;

/// The format of the lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    pub(super) has_colours: bool,
}

impl Lines {
    /// The format for this process's stderr.
    pub(super) fn of_stderr() -> Self {
        let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let has_colours = match colours(variable) {
            Colours::Never => false,
            // The console may have to be configured for escape sequences.
            Colours::Always => {
                sys::enable_colours();
                true
            }
            Colours::InTerminal => io::stderr().is_terminal() && sys::enable_colours(),
        };
        Self { has_colours }
    }

    /// Writes an event; `metadata` is that of the `log` record if the event comes from one.
    pub(super) fn format<S, N>(
        self,
        context: &FmtContext<'_, S, N>,
        writer: &mut Writer<'_>,
        event: &Event<'_>,
        metadata: &Metadata<'_>,
    ) -> std::fmt::Result
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
        N: for<'writer> FormatFields<'writer> + 'static,
    {
        let (dim, end) = (self.code("\x1b[2m"), self.code("\x1b[0m"));
        let level = metadata.level();
        writer.write_str(dim)?;
        SystemTime.format_time(writer)?;
        write!(writer, "{end} {}{level:>5}{end} ", self.code(colour(*level)))?;
        let mut has_span = false;
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            has_span = true;
            writer.write_str(span.name())?;
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<N>>();
            if let Some(fields) = fields.filter(|fields| !fields.is_empty()) {
                write!(writer, "{{{fields}}}")?;
            }
            writer.write_char(':')?;
        }
        if has_span {
            writer.write_char(' ')?;
        }
        write!(writer, "{dim}{}:{end} ", metadata.target())?;
        context.format_fields(writer.by_ref(), event)?;
        writer.write_char('\n')
    }

    fn code(self, code: &'static str) -> &'static str {
        if self.has_colours { code } else { "" }
    }
}

/// The colours of the levels, the same as in `tracing-subscriber`.
const fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG => "\x1b[34m",
        Level::TRACE => "\x1b[35m",
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colours {
    Never,
    InTerminal,
    Always,
}

/// Reads the environment; an empty variable counts as not set. The rules are those of <https://no-color.org> and
/// <https://bixense.com/clicolors>.
fn colours(variable: impl Fn(&str) -> Option<OsString>) -> Colours {
    let is = |name: &str, value: &str| variable(name).is_some_and(|found| found == value);
    if variable("NO_COLOR").is_some() {
        Colours::Never
    } else if variable("CLICOLOR_FORCE").is_some() && !is("CLICOLOR_FORCE", "0") {
        Colours::Always
    } else if is("CLICOLOR", "0") || is("TERM", "dumb") {
        Colours::Never
    } else {
        Colours::InTerminal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_selects_the_colours() {
        for (variables, expected) in [
            (&[][..], Colours::InTerminal),
            (&[("TERM", "xterm"), ("CLICOLOR", "1")], Colours::InTerminal),
            (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], Colours::Never),
            (&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], Colours::Always),
            (&[("CLICOLOR_FORCE", "0")], Colours::InTerminal),
            (&[("CLICOLOR", "0")], Colours::Never),
            (&[("TERM", "dumb")], Colours::Never),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| OsString::from(value))
            };
            assert_eq!(colours(variable), expected, "{variables:?}");
        }
    }
}
