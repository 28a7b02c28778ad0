//! Panics, on whatever thread, as events.
//!
//! The hook is in place before any code of the author's runs and calls the one that was there before. A hook that the author
//! sets later takes its place, unless that calls this one in turn; then a panic of `main` is told when it is caught, without
//! its place.

use std::any::Any;
#[cfg(windows)]
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
#[cfg(windows)]
use std::fmt::Display;
#[cfg(windows)]
use std::panic;
use std::thread;

#[cfg(windows)]
use winsvc_definition::events::PANICKED;

thread_local! {
    /// The latest panic of this thread has been told.
    static IS_TOLD: Cell<bool> = const { Cell::new(false) };
}

/// From now on panics are told to the event log. In a terminal Rust's own hook is enough.
#[cfg(windows)]
pub(crate) fn watch_panics() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or_else(unknown, ToString::to_string);
        // Taken only where `RUST_BACKTRACE` asks for it.
        let backtrace = Backtrace::capture();
        let backtrace = match backtrace.status() {
            BacktraceStatus::Captured => backtrace.to_string(),
            _ => String::new(),
        };
        let strings = strings(panic.payload(), place, backtrace);
        super::log_event(PANICKED, &strings.each_ref().map(|string| string as &dyn Display));
        // A panic while another unwinds ends the process when the hooks are through.
        super::flush();
        let _ = IS_TOLD.try_with(|is_told| is_told.set(true));
        previous(panic);
    }));
}

/// The insertion strings of a panic of this thread that was caught, unless the hook has told of it.
pub(crate) fn unlogged_panic(payload: &(dyn Any + Send)) -> Option<[String; 4]> {
    (!IS_TOLD.take()).then(|| strings(payload, unknown(), String::new()))
}

fn strings(payload: &(dyn Any + Send), place: String, backtrace: String) -> [String; 4] {
    let message = if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "(the panic carries no text)"
    };
    let thread = thread::current();
    let thread = thread.name().unwrap_or("(unnamed)");
    [message.to_owned(), thread.to_owned(), place, backtrace]
}

fn unknown() -> String {
    "(unknown)".to_owned()
}
