//! What the runtime has to tell whoever looks after the service: the one place where its messages leave.
//!
//! Under the SCM they go to the event log, by a thread of its own: whatever state the event log is in, nobody who has
//! something to tell waits for it, but for a moment where the process may end next ([`flush`]). In a terminal, under an init
//! system and in a container, what is worth seeing there goes to stderr. The texts are the same in both.
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

/// How long the end of the process is put off for the event log. It takes microseconds where all is well.
const PATIENCE: Duration = Duration::from_secs(2);

/// An event: its message, and its whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) message: Message,
    pub(crate) text: String,
}

/// What waits for the event log; nothing but in a service under the SCM.
static EVENT_LOG: OnceLock<Arc<Queue>> = OnceLock::new();

/// From now on events go to the event log, under the name that the service is registered with. The second time is no event.
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

/// What brings to its files what was printed last.
#[cfg(feature = "log-files")]
static DRAIN: OnceLock<fn()> = OnceLock::new();

/// Says what brings to its files what was printed last, at the end of the process.
#[cfg(all(windows, feature = "log-files"))]
pub(crate) fn drain_by(drain: fn()) {
    let _ = DRAIN.set(drain);
}

/// Lets what was printed last reach the log files, where it goes there.
pub(crate) fn drain() {
    #[cfg(feature = "log-files")]
    if let Some(drain) = DRAIN.get() {
        drain();
    }
}

/// Tells of an event, wherever somebody may look.
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

/// The event as a whole text, as Event Viewer shows it.
pub(crate) fn full_text(message: Message, strings: &[&dyn Display]) -> String {
    text::full(message.text, &texts(strings))
}

fn texts(strings: &[&dyn Display]) -> Vec<String> {
    strings.iter().map(ToString::to_string).collect()
}

/// Tells what the program has to say in its own words, in the event log alone.
#[cfg(feature = "tracing")]
pub(crate) fn program(message: Message, text: String) {
    if let Some(event_log) = EVENT_LOG.get() {
        event_log.put(Entry { message, text });
    }
}

/// Whether this is a service under the SCM, and events go to the event log.
#[cfg(feature = "tracing")]
pub(crate) fn is_event_log() -> bool {
    EVENT_LOG.get().is_some()
}

/// The target of what the runtime tells to `tracing`.
#[cfg(feature = "tracing")]
pub(crate) const TARGET: &str = "winsvc";

/// Lets the author's own subscriber know too: file logs should not lack what they are read for. Comes after the event log,
/// where the order matters: the author's code may panic or hang.
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

/// Something about the terminal is not as it should be; the service goes on.
pub(crate) fn warning(text: impl Display) {
    print(Severity::Warning, &text.to_string());
}

/// Something to know for who sits at the terminal.
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
    // `eprintln!` would panic where stderr is closed, and there is nobody left to tell.
    let _ = writeln!(std::io::stderr().lock(), "{level}: {text}");
}

/// Waits until all that was told is in the event log, but not for long. To be called where the process may end next, and never
/// where somebody else waits, as in the control handler.
pub(crate) fn flush() {
    if let Some(event_log) = EVENT_LOG.get() {
        event_log.flush(PATIENCE);
    }
}

/// Tells what there is still to tell, and waits as [`flush`] does: the process ends next.
pub(crate) fn close() {
    if let Some(event_log) = EVENT_LOG.get() {
        event_log.log_left_out();
    }
    flush();
}
