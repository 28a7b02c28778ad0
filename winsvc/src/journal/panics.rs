//! Logs panics of any thread as events.
//!
//! The hook is installed before any code of the author runs, and calls the previous hook. If the author sets another
//! hook later that does not call this one, a panic of `main` is logged when it is caught, without its location.

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
    /// Whether the latest panic of this thread was logged.
    static IS_TOLD: Cell<bool> = const { Cell::new(false) };
}

/// Logs panics to the event log from now on. In a terminal Rust's own hook is enough.
#[cfg(windows)]
pub(crate) fn watch_panics() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or_else(unknown, ToString::to_string);
        // Captured only if `RUST_BACKTRACE` is set.
        let backtrace = Backtrace::capture();
        let backtrace = match backtrace.status() {
            BacktraceStatus::Captured => backtrace.to_string(),
            _ => String::new(),
        };
        let strings = strings(panic.payload(), place, backtrace);
        super::log_event(PANICKED, &strings.each_ref().map(|string| string as &dyn Display));
        // A panic while another one unwinds aborts the process after the hooks.
        super::flush();
        let _ = IS_TOLD.try_with(|is_told| is_told.set(true));
        previous(panic);
    }));
}

/// The insertion strings of a caught panic of this thread, unless the hook has logged it.
pub(crate) fn unlogged_panic(payload: &(dyn Any + Send)) -> Option<[String; 4]> {
    (!IS_TOLD.take()).then(|| strings(payload, unknown(), String::new()))
}

fn strings(payload: &(dyn Any + Send), place: String, backtrace: String) -> [String; 4] {
    let message = if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "(the panic has no message)"
    };
    let thread = thread::current();
    let thread = thread.name().unwrap_or("(unnamed)");
    [message.to_owned(), thread.to_owned(), place, backtrace]
}

fn unknown() -> String {
    "(unknown)".to_owned()
}
