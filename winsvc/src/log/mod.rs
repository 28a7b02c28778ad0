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
//! In a terminal, under an init system and in a container the same events are lines on stderr. A terminal shows them in colours unless
//! `NO_COLOR`, `CLICOLOR=0` or `TERM=dumb` is set; `CLICOLOR_FORCE=1` has them everywhere but in the event log and in files.
//!
//! [`init`] is all that most programs need, or `files().init()` where log files are wanted too; [`builder`] has a filter.
//! A program with a subscriber of its own adds [`layer`] to it. What the runtime itself logs (see the [crate's page](crate))
//! reaches other layers of that subscriber too, under the target `winsvc`.
//!
//! # The crate `log`
//!
//! Records of `log`, from the program or a library in it, are events like the others: same levels, filters and places, with
//! their own target. A program that logs by `log` alone needs no `tracing` in its Cargo.toml. It sets no logger of its own, such as
//! `env_logger`: [`init`] keeps one that is there, and the records stay with it.

#[cfg(feature = "log-files")]
mod capture;
#[cfg(feature = "log-files")]
mod files;
mod filter;
mod install;
#[cfg(feature = "log-files")]
mod rotation;
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

/// Makes [`layer`] the program's subscriber, and the program's logger of the crate `log`.
///
/// `RUST_LOG` says which events pass, as a [`Filter`]: `debug`, `warn,acme_agent=trace`. Without it that is `info`. A
/// program that already has a subscriber, or a logger of `log`, keeps it; [`try_init`] reports that.
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

/// Does what [`init`] does, and is an error where the program keeps a subscriber or a logger that it has.
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

/// [`init`] with a filter of the program's own.
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

/// How the program logs, to be put to work by [`init`](Self::init).
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
    /// Lets these events pass. `RUST_LOG`, where it is set, overrides it; [`set_filter`] replaces it later.
    ///
    /// ```no_run
    /// let filter = winsvc::log::Filter::default();
    /// winsvc::log::builder().filter(filter).init();
    /// ```
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Does what [`winsvc::log::init`](init) does, with this filter.
    ///
    /// ```no_run
    /// winsvc::log::builder().init();
    /// ```
    pub fn init(self) {
        let _ = self.try_init();
    }

    /// Does what [`winsvc::log::try_init`](try_init) does, with this filter.
    ///
    /// ```
    /// winsvc::log::builder().try_init().unwrap();
    /// ```
    pub fn try_init(self) -> Result<(), InitError> {
        install::install(layer(), self.filter)
    }
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
/// But for `DEBUG` and `TRACE` in the event log it drops nothing: which events pass is for the subscriber's filters to say,
/// or for this layer's own. `layer().with_filter(LevelFilter::WARN)` keeps informations out of the event log. `init` of
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
