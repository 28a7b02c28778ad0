//! The second process of the exe, which sends an event to a child.

use std::sync::atomic::{AtomicBool, Ordering};

static IS_ENTERED: AtomicBool = AtomicBool::new(false);

/// The first thing that the entry point of a service does. In a process that was started to send an event, it does that and
/// does not return.
pub(crate) fn enter() {
    #[cfg(windows)]
    crate::sys::send_if_asked();
    IS_ENTERED.store(true, Ordering::Relaxed);
}

/// Whether another process of this exe would call [`enter`].
pub(super) fn can_send() -> bool {
    cfg!(not(windows)) || IS_ENTERED.load(Ordering::Relaxed)
}
