//! Writes the messages of the runtime: the only module that sends them out.
//!
//! Under the SCM they go to the event log, written by a separate thread. Whatever state the event log is in, no caller
//! waits for it, except for a moment where the process may end next ([`flush`]). In a terminal, under an init system
//! and in a container, the messages that are useful there go to stderr. The wording is the same in both.
#![cfg_attr(not(windows), allow(dead_code, reason = "only Windows has an event log"))]

mod limit;
mod panics;
mod queue;
mod text;
mod writer;

use std::fmt::Display;
use std::io::Write as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use winsvc_definition::events::{Message, Severity};

pub(crate) use panics::unlogged_panic;
#[cfg(windows)]
pub(crate) use panics::watch_panics;
use queue::Queue;

/// How long the end of the process is delayed for the event log. Writing usually takes microseconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// An event: its message and its complete text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) message: Message,
    pub(crate) text: String,
}

/// The queue of the event log; set only in a service under the SCM.
static EVENT_LOG: OnceLock<Arc<Queue>> = OnceLock::new();

/// Starts writing events to the event log, under the name that the service is registered with. Further calls have no
/// effect.
#[cfg(windows)]
pub(crate) fn open_event_log(service: &std::ffi::OsStr) {
    if EVENT_LOG.get().is_some() {
        return;
    }
    let queue = Arc::<Queue>::default();
    let thread = std::thread::Builder::new().name("winsvc-event-log".to_owned());
    let started = thread.spawn({
        let (queue, service) = (Arc::clone(&queue), service.to_owned());
        let mut writer = writer::Writer::new(move || crate::sys::EventSource::open(&service));
        move || queue.drain(|entry| writer.write(entry))
    });
    if started.is_ok() {
        let _ = EVENT_LOG.set(queue);
    }
}

/// Writes the captured output to the log files.
#[cfg(feature = "log-files")]
static DRAIN: OnceLock<fn()> = OnceLock::new();

/// Sets the function that writes the captured output to the log files at the end of the process.
#[cfg(all(windows, feature = "log-files"))]
pub(crate) fn drain_by(drain: fn()) {
    let _ = DRAIN.set(drain);
}

/// Waits until the captured output is written to the log files, if there are any.
pub(crate) fn drain() {
    #[cfg(feature = "log-files")]
    if let Some(drain) = DRAIN.get() {
        drain();
    }
}

/// Logs an event: to the event log or to stderr, and to `tracing`.
pub(crate) fn log_event(message: Message, strings: &[&dyn Display]) {
    let strings = texts(strings);
    if let Some(event_log) = EVENT_LOG.get() {
        let text = text::full(message.text, &strings);
        event_log.put(Entry { message, text });
    } else if let Some(text) = text::for_terminal(message, &strings) {
        print(message.severity, &text);
    }
    forward(message, &strings);
}

/// The complete text of the event, as Event Viewer shows it.
pub(crate) fn full_text(message: Message, strings: &[&dyn Display]) -> String {
    text::full(message.text, &texts(strings))
}

fn texts(strings: &[&dyn Display]) -> Vec<String> {
    strings.iter().map(ToString::to_string).collect()
}

/// Logs a text of the program itself, to the event log only.
#[cfg(feature = "tracing")]
pub(crate) fn program(message: Message, text: String) {
    if let Some(event_log) = EVENT_LOG.get() {
        event_log.put(Entry { message, text });
    }
}

/// Whether this is a service under the SCM, whose events go to the event log.
#[cfg(any(feature = "tracing", feature = "host", all(windows, feature = "update")))]
pub(crate) fn is_event_log() -> bool {
    EVENT_LOG.get().is_some()
}

/// The target of the runtime's `tracing` events.
#[cfg(feature = "tracing")]
pub(crate) const TARGET: &str = "winsvc";

/// Passes the event on to the author's own subscriber, so that file logs are complete. Called after the event log,
/// because the author's code may panic or hang.
#[cfg(feature = "tracing")]
fn forward(message: Message, strings: &[String]) {
    let text = text::sentence(message.text, strings);
    let event = message.number;
    match message.severity {
        Severity::Information => tracing::info!(target: TARGET, event, "{text}"),
        Severity::Warning => tracing::warn!(target: TARGET, event, "{text}"),
        Severity::Error => tracing::error!(target: TARGET, event, "{text}"),
    }
}

#[cfg(not(feature = "tracing"))]
fn forward(_message: Message, _strings: &[String]) {}

/// Prints a warning about the terminal; the service goes on.
pub(crate) fn warning(text: impl Display) {
    print(Severity::Warning, &text.to_string());
}

/// Prints a note for the user of the terminal.
#[cfg(windows)]
pub(crate) fn note(text: impl Display) {
    print_line("note", &text.to_string());
}

fn print(severity: Severity, text: &str) {
    let level = match severity {
        Severity::Information => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    print_line(level, text);
}

fn print_line(level: &str, text: &str) {
    // `eprintln!` would panic if stderr is closed; the message is dropped instead.
    let _ = writeln!(std::io::stderr().lock(), "{level}: {text}");
}

/// Waits until all events are in the event log, but no longer than [`PATIENCE`]. Call it where the process may end
/// next, and never where others wait, as in the control handler.
pub(crate) fn flush() {
    if let Some(event_log) = EVENT_LOG.get() {
        event_log.flush(PATIENCE);
    }
}

/// Logs the counts of dropped events and waits as [`flush`] does; the process ends next.
pub(crate) fn close() {
    if let Some(event_log) = EVENT_LOG.get() {
        event_log.log_left_out();
    }
    flush();
}
