//! Primitives to wait on, for tasks and threads, with or without an async runtime.

mod notify;
mod signal;

pub(crate) use notify::Notify;
pub(crate) use signal::{Raised, Signal};
