//! Wakes one task. A notification is delivered once, even if it comes before the task waits.

use std::future::poll_fn;
use std::sync::{Mutex, PoisonError};
use std::task::{Poll, Waker};

/// Like `tokio::sync::Notify`, for one waiter and without tokio.
#[derive(Debug, Default)]
pub(crate) struct Notify(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    is_notified: bool,
    listener: Option<Waker>,
}

impl Notify {
    pub(crate) fn notify(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_notified = true;
        let listener = state.listener.take();
        drop(state);
        if let Some(listener) = listener {
            listener.wake();
        }
    }

    /// Waits for a notification, unless one came since the last wait.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no listener"))]
    pub(crate) async fn notified(&self) {
        poll_fn(|context| {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if std::mem::take(&mut state.is_notified) {
                return Poll::Ready(());
            }
            let replaced = state.listener.replace(context.waker().clone());
            drop(state);
            // Dropping a waker can drop the task behind it: never under the lock.
            drop(replaced);
            Poll::Pending
        })
        .await;
    }
}
