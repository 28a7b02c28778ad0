//! A signal that is raised once, for any number of waiting tasks and threads.
//!
//! tokio's primitives are not used, because a plain `fn main` does not need tokio, and a future without a runtime can
//! be awaited on any runtime.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
pub(crate) struct Signal {
    state: Mutex<State>,
    raised: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_raised: bool,
    next_ticket: u64,
    waiting: BTreeMap<u64, Waker>,
}

impl Signal {
    /// Raises the signal and wakes all waiting tasks and threads. Further calls have no effect.
    pub(crate) fn raise(&self) {
        let mut state = self.state();
        state.is_raised = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.raised.notify_all();
        for (_, waker) in waiting {
            waker.wake();
        }
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.state().is_raised
    }

    /// Blocks the thread until the signal is raised, or `timeout` has elapsed; `true` if it is raised.
    pub(crate) fn wait(&self, timeout: Option<Duration>) -> bool {
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.state();
        while !state.is_raised {
            state = match end {
                None => self.raised.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(end) => match end.checked_duration_since(Instant::now()) {
                    None | Some(Duration::ZERO) => break,
                    Some(left) => {
                        let woken = self.raised.wait_timeout(state, left);
                        woken.unwrap_or_else(PoisonError::into_inner).0
                    }
                },
            };
        }
        state.is_raised
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for a signal. Dropping it removes it from the waiting list.
#[derive(Debug)]
pub(crate) struct Raised {
    signal: Arc<Signal>,
    ticket: Option<u64>,
}

impl Raised {
    pub(crate) fn new(signal: Arc<Signal>) -> Self {
        Self { signal, ticket: None }
    }
}

impl Future for Raised {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut state = this.signal.state();
        if state.is_raised {
            return Poll::Ready(());
        }
        let ticket = *this.ticket.get_or_insert_with(|| {
            state.next_ticket += 1;
            state.next_ticket
        });
        let replaced = state.waiting.insert(ticket, context.waker().clone());
        drop(state);
        // Dropping a waker can drop the task behind it, and with it another `Raised`: never under the lock.
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            let waker = self.signal.state().waiting.remove(&ticket);
            drop(waker);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn poll(future: &mut Raised, counter: &Arc<Counter>) -> Poll<()> {
        let waker = Waker::from(Arc::clone(counter));
        Pin::new(future).poll(&mut Context::from_waker(&waker))
    }

    #[test]
    fn all_waiting_tasks_are_woken_once() {
        let signal = Arc::<Signal>::default();
        let counter = Arc::<Counter>::default();
        let mut waiting: Vec<_> = (0..3).map(|_| Raised::new(Arc::clone(&signal))).collect();
        for future in &mut waiting {
            assert_eq!(poll(future, &counter), Poll::Pending);
            assert_eq!(poll(future, &counter), Poll::Pending);
        }
        signal.raise();
        signal.raise();
        assert_eq!(counter.0.load(Ordering::SeqCst), 3);
        for future in &mut waiting {
            assert_eq!(poll(future, &counter), Poll::Ready(()));
        }
    }

    #[test]
    fn a_dropped_future_leaves_nothing_behind() {
        let signal = Arc::<Signal>::default();
        let counter = Arc::<Counter>::default();
        let mut future = Raised::new(Arc::clone(&signal));
        assert_eq!(poll(&mut future, &counter), Poll::Pending);
        drop(future);
        assert!(signal.state().waiting.is_empty());
        signal.raise();
        assert_eq!(counter.0.load(Ordering::SeqCst), 0);
        assert_eq!(Arc::strong_count(&counter), 1);
    }

    #[test]
    fn a_thread_waits_until_it_is_raised() {
        let signal = Arc::<Signal>::default();
        assert!(!signal.wait(Some(Duration::from_millis(1))));
        let waiting = std::thread::spawn({
            let signal = Arc::clone(&signal);
            move || signal.wait(None)
        });
        signal.raise();
        assert!(waiting.join().unwrap());
        assert!(signal.wait(Some(Duration::ZERO)));
        assert!(signal.is_raised());
    }
}
