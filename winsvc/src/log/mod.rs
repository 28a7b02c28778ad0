//! What the program tells by [`tracing`](https://docs.rs/tracing), in the event log or on the terminal.
//!
//! ```no_run
//! #[winsvc::main]
//! async fn main(service: winsvc::Service) {
//!     winsvc::log::init();
//!     tracing::info!(port = 8080, "listening");
//!     service.stop_requested().await;
//! }
//! ```
//!
//! Under the SCM each event becomes one of the event log, under the service's name: an `ERROR` an error (3), a `WARN` a
//! warning (2), an `INFO` an information (1). `DEBUG` and `TRACE` stay out, because the log is the whole machine's and soon
//! forgets what is old. Message and fields are the text, the target and the spans follow it:
//!
//! ```text
//! cannot reach the server attempt=3 error=connection refused
//!
//! acme_agent::sync, in connection{id=7}
//! ```
//!
//! No more than 100 events of each kind a minute are taken; how many more came is an event (22) at the end of the minute.
//! Writing to the log never waits for it.
//!
//! In a terminal, under an init system and in a container the same events are lines on stderr.
//!
//! [`init`] is all that most programs need, or `files().init()` where log files are wanted too; one that has a subscriber of its own adds [`layer`] to it. What the runtime itself
//! tells (see the [crate's page](crate)) reaches other layers of that subscriber too, under the target `winsvc`.

#[cfg(feature = "log-files")]
mod capture;
#[cfg(feature = "log-files")]
mod files;
#[cfg(feature = "log-files")]
mod rotation;

use std::env;
use std::io::{self, Write};

use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{self, FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::{LookupSpan, Scope};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry};
use winsvc_definition::events;

use crate::journal;

#[cfg(feature = "log-files")]
pub use files::{Files, files};

/// Makes [`layer`] the program's subscriber.
///
/// `RUST_LOG` says what is let through, as a level or as levels by target: `debug`, `warn,acme_agent=trace`. Without it
/// that is `INFO`. A program that has a subscriber already keeps it.
///
/// ```no_run
/// #[winsvc::main]
/// async fn main(service: winsvc::Service) {
///     winsvc::log::init();
///     tracing::warn!(attempt = 3, "the server does not answer");
///     service.stop_requested().await;
/// }
/// ```
pub fn init() {
    init_with(layer());
}

fn init_with(layer: impl Layer<Registry> + Send + Sync) {
    let filter = env::var("RUST_LOG").unwrap_or_default();
    let targets = match filter.as_str() {
        "" => Ok(default_targets()),
        filter => filter.parse::<Targets>(),
    };
    let refused = targets.as_ref().err().map(ToString::to_string);
    let subscriber =
        tracing_subscriber::registry().with(layer.with_filter(targets.unwrap_or_else(|_| default_targets())));
    let _ = subscriber.try_init();
    if let Some(error) = refused {
        tracing::warn!("RUST_LOG=`{filter}` is no filter, and INFO holds: {error}");
    }
}

fn default_targets() -> Targets {
    Targets::new().with_default(LevelFilter::INFO)
}

/// The layer that takes a program's events to the event log, or to the terminal.
///
/// ```no_run
/// use tracing_subscriber::layer::SubscriberExt as _;
/// use tracing_subscriber::util::SubscriberInitExt as _;
///
/// #[winsvc::main]
/// async fn main(service: winsvc::Service) {
///     tracing_subscriber::registry()
///         .with(winsvc::log::layer())
///         .with(tracing_subscriber::filter::LevelFilter::DEBUG) // and other layers
///         .init();
///     service.stop_requested().await;
/// }
/// ```
///
/// But for `DEBUG` and `TRACE` in the event log it drops nothing: what is let through is for the subscriber's filters to say,
/// or for this layer's own. `layer().with_filter(LevelFilter::WARN)` keeps informations out of the event log.
pub fn layer<S>() -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fmt::layer()
        .with_ansi(false)
        .event_format(Format {
            is_event_log: journal::is_event_log,
            terminal: fmt::format(),
        })
        .with_writer(Output)
}

/// An event as text: as Event Viewer shows it best, or a terminal.
#[derive(Debug)]
struct Format {
    is_event_log: fn() -> bool,
    terminal: fmt::format::Format,
}

impl<S, N> FormatEvent<S, N> for Format
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let metadata = event.metadata();
        // What the runtime tells is in the event log or on the terminal already.
        if metadata.target() == journal::TARGET {
            return Ok(());
        }
        if !(self.is_event_log)() {
            return self.terminal.format_event(context, writer, event);
        }
        if *metadata.level() > Level::INFO {
            return Ok(());
        }
        context.format_fields(writer.by_ref(), event)?;
        write!(writer, "\n\n{}", metadata.target())?;
        let spans = context.event_scope().into_iter().flat_map(Scope::from_root);
        for (index, span) in spans.enumerate() {
            let before = if index == 0 { ", in " } else { ":" };
            write!(writer, "{before}{}", span.name())?;
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<N>>();
            if let Some(fields) = fields.filter(|fields| !fields.is_empty()) {
                write!(writer, "{{{fields}}}")?;
            }
        }
        Ok(())
    }
}

/// Where the text goes.
#[derive(Clone, Copy, Debug)]
struct Output;

impl<'writer> MakeWriter<'writer> for Output {
    type Writer = Line;

    fn make_writer(&'writer self) -> Line {
        Line(events::INFORMATION)
    }

    fn make_writer_for(&'writer self, metadata: &Metadata<'_>) -> Line {
        Line(match *metadata.level() {
            Level::ERROR => events::ERROR,
            Level::WARN => events::WARNING,
            _ => events::INFORMATION,
        })
    }
}

/// Takes one event's text, in one piece.
#[derive(Debug)]
struct Line(events::Message);

impl Write for Line {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if text.is_empty() {
        } else if journal::is_event_log() {
            journal::program(self.0, String::from_utf8_lossy(text).into_owned());
        } else {
            // A terminal that is gone is no reason to complain, which could only be done there.
            let _ = io::stderr().lock().write_all(text);
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
