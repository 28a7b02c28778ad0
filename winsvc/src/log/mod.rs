//! The program's log events, in the event log or on the terminal: those of [`tracing`](https://docs.rs/tracing) and of
//! [`log`](https://docs.rs/log).
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
//! warning (2), an `INFO` an information (1). `DEBUG` and `TRACE` are left out, because all programs of the machine share the
//! log, and it soon drops old events. The text is the message and the fields, followed by the target and the spans:
//!
//! ```text
//! cannot reach the server attempt=3 error=connection refused
//!
//! acme_agent::sync, in connection{id=7}
//! ```
//!
//! At most 100 events of each kind are logged per minute; event 22 at the end of the minute has the number of dropped events.
//! Logging never blocks on the event log.
//!
//! In a terminal, under an init system and in a container the same events are lines on stderr. They are coloured in a terminal unless
//! `NO_COLOR`, `CLICOLOR=0` or `TERM=dumb` is set; `CLICOLOR_FORCE=1` colours them everywhere but in the event log and in files.
//!
//! Most programs only call [`init`], or `files().init()` for log files too; [`builder`] sets a filter. A program with its own
//! subscriber adds [`layer`] to it. Events of the runtime itself (see the [crate's page](crate)) reach the other layers of that
//! subscriber too, with the target `winsvc`.
//!
//! # The crate `log`
//!
//! Records of `log`, from the program or a library in it, are handled like events: same levels, filters and
//! destinations, with their own target. A program that only uses `log` needs no `tracing` in its Cargo.toml. It must not set another
//! logger, such as `env_logger`: [`init`] keeps an existing logger, and the records go to it.

#[cfg(feature = "log-files")]
mod capture;
#[cfg(feature = "log-files")]
mod files;
mod filter;
mod install;
mod terminal;

use std::io::{self, Write};

use tracing::{Event, Level, Metadata, Subscriber};
use tracing_log::NormalizeEvent as _;
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{self, FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter};
use tracing_subscriber::registry::{LookupSpan, Scope};
use winsvc_definition::events;

use crate::journal;

#[cfg(feature = "log-files")]
pub use files::{Files, files};
pub use filter::{Filter, FilterError};
pub use install::{InitError, SetFilterError, set_filter};

/// Installs [`layer`] as the subscriber, and as the logger of the crate `log`.
///
/// `RUST_LOG` sets the filter, as a [`Filter`]: `debug`, `warn,acme_agent=trace`. The default is `info`. A
/// program that already has a subscriber, or a logger of `log`, keeps it; [`try_init`] reports that as an error.
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
    builder().init();
}

/// Like [`init`], but returns an error if the program already has a subscriber or a logger.
///
/// ```
/// use winsvc::log::{self, InitError};
///
/// log::try_init().unwrap();
/// assert_eq!(log::try_init(), Err(InitError::Subscriber));
/// ```
pub fn try_init() -> Result<(), InitError> {
    builder().try_init()
}

/// Returns a builder for [`init`] with a filter.
///
/// ```no_run
/// #[winsvc::main]
/// async fn main(service: winsvc::Service) -> Result<(), winsvc::log::FilterError> {
///     winsvc::log::builder().filter("info,hyper=warn".parse()?).init();
///     service.stop_requested().await;
///     Ok(())
/// }
/// ```
pub fn builder() -> Builder {
    Builder::default()
}

/// The logging configuration, installed by [`init`](Self::init).
///
/// ```no_run
/// # let settings_of_the_program = winsvc::log::Filter::default();
/// winsvc::log::builder().filter(settings_of_the_program).init();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is logged before `init`"]
pub struct Builder {
    filter: Option<Filter>,
}

impl Builder {
    /// Sets the filter. `RUST_LOG` overrides it if it is set; [`set_filter`] replaces it later.
    ///
    /// ```no_run
    /// let filter = winsvc::log::Filter::default();
    /// winsvc::log::builder().filter(filter).init();
    /// ```
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Like [`winsvc::log::init`](init), with this filter.
    ///
    /// ```no_run
    /// winsvc::log::builder().init();
    /// ```
    pub fn init(self) {
        let _ = self.try_init();
    }

    /// Like [`winsvc::log::try_init`](try_init), with this filter.
    ///
    /// ```
    /// winsvc::log::builder().try_init().unwrap();
    /// ```
    pub fn try_init(self) -> Result<(), InitError> {
        install::install(layer(), self.filter)
    }
}

/// The layer that writes the program's events to the event log, or to the terminal.
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
/// It drops nothing but `DEBUG` and `TRACE` in the event log: the filters of the subscriber or of this layer select the events.
/// `layer().with_filter(LevelFilter::WARN)` keeps information events out of the event log. `init` of
/// `tracing-subscriber` also makes the subscriber the logger of the crate `log`.
pub fn layer<S>() -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fmt::layer()
        .with_ansi(false)
        .event_format(Format {
            is_event_log: journal::is_event_log,
            terminal: terminal::Lines::of_stderr(),
        })
        .with_writer(Output)
}

/// An event as text: as Event Viewer shows it best, or a terminal.
#[derive(Debug)]
struct Format {
    is_event_log: fn() -> bool,
    terminal: terminal::Lines,
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
        // What the runtime logs is in the event log or on the terminal already.
        if event.metadata().target() == journal::TARGET {
            return Ok(());
        }
        // An event that was a record of `log` has its metadata in fields.
        let of_record = event.normalized_metadata();
        let metadata = of_record.as_ref().unwrap_or_else(|| event.metadata());
        if !(self.is_event_log)() {
            return self.terminal.format(context, &mut writer, event, metadata);
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
