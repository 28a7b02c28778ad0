//! What tasks and threads of any runtime, and of none, wait for.

mod notify;
mod signal;

pub(crate) use notify::Notify;
pub(crate) use signal::{Raised, Signal};
