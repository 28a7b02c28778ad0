//! A bell that one task listens to: it rings, and the listener hears it once, also if it came later.

use std::future::poll_fn;
use std::sync::{Mutex, PoisonError};
use std::task::{Poll, Waker};

/// The bell.
#[derive(Debug, Default)]
pub(crate) struct Bell(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    has_rung: bool,
    listener: Option<Waker>,
}

impl Bell {
    pub(crate) fn ring(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.has_rung = true;
        let listener = state.listener.take();
        drop(state);
        if let Some(listener) = listener {
            listener.wake();
        }
    }

    /// Waits until the bell rings, if it has not since it was last heard.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no listener"))]
    pub(crate) async fn heard(&self) {
        poll_fn(|context| {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if std::mem::take(&mut state.has_rung) {
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
