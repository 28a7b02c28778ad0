//! Panics, on whatever thread, as events.
//!
//! The hook is in place before any code of the author's runs and calls the one that was there before. A hook that the author
//! sets later takes its place, unless that calls this one in turn; then a panic of `main` is told when it is caught, without
//! its place.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::panic;
use std::thread;

use winsvc_definition::events::PANICKED;

thread_local! {
    /// The latest panic of this thread has been told.
    static IS_TOLD: Cell<bool> = const { Cell::new(false) };
}

/// From now on panics are told to the event log. In a terminal Rust's own hook is enough.
pub(crate) fn watch_panics() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or_else(unknown, ToString::to_string);
        tell(panic.payload(), &place);
        // A panic while another unwinds ends the process when the hooks are through.
        super::flush();
        let _ = IS_TOLD.try_with(|is_told| is_told.set(true));
        previous(panic);
    }));
}

/// Tells a panic of this thread that was caught, unless the hook has done so.
pub(crate) fn note_panic(payload: &(dyn Any + Send)) {
    if !IS_TOLD.take() {
        tell(payload, &unknown());
    }
}

fn tell(payload: &(dyn Any + Send), place: &str) {
    let message = if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "(the panic carries no text)"
    };
    // Taken only where `RUST_BACKTRACE` asks for it.
    let backtrace = Backtrace::capture();
    let backtrace = match backtrace.status() {
        BacktraceStatus::Captured => backtrace.to_string(),
        _ => String::new(),
    };
    let thread = thread::current();
    let thread = thread.name().unwrap_or("(unnamed)");
    super::record(PANICKED, &[&message, &thread, &place, &backtrace]);
}

fn unknown() -> String {
    "(unknown)".to_owned()
}
