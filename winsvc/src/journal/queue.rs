//! The queue of the event log, and the loop that writes it.
//!
//! Adding an entry never waits for the log, which is another process and may be busy, hung or gone, and for the lock
//! only as long as it takes to move a value.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Entry;
use super::limit::Limiter;

/// The maximum number of waiting entries.
const CAPACITY: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Entry>,
    /// Whether an entry has been taken from the queue and is not written yet.
    is_writing: bool,
    /// Whether a flush has timed out, and nothing has been written since.
    is_stuck: bool,
    limiter: Limiter,
}

impl Queue {
    /// Adds an entry, or counts it as dropped if the queue is full.
    pub(super) fn put(&self, entry: Entry) {
        let now = Instant::now();
        let mut state = self.state();
        if state.waiting.len() == CAPACITY {
            state.limiter.leave_out(entry.message, now);
        } else if state.limiter.admits(entry.message, now) {
            state.waiting.push_back(entry);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Adds an entry with the counts of dropped events.
    pub(super) fn log_left_out(&self) {
        let mut state = self.state();
        let summary = state.limiter.all_left_out();
        state.waiting.extend(summary);
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until everything is written, but no longer than `limit`. After a timeout, further calls return at once
    /// until an entry is written.
    pub(super) fn flush(&self, limit: Duration) {
        let is_pending =
            |state: &mut State| !state.is_stuck && (state.is_writing || !state.waiting.is_empty());
        let waited = self.changed.wait_timeout_while(self.state(), limit, is_pending);
        let (mut state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_stuck |= timeout.timed_out();
    }

    /// Writes the entries forever.
    pub(super) fn drain(&self, mut write: impl FnMut(&Entry)) {
        loop {
            write(&self.next());
            let mut state = self.state();
            (state.is_writing, state.is_stuck) = (false, false);
            drop(state);
            self.changed.notify_all();
        }
    }

    /// Waits for the next entry.
    fn next(&self) -> Entry {
        let mut state = self.state();
        loop {
            let now = Instant::now();
            let entry = state.waiting.pop_front();
            if let Some(entry) = entry.or_else(|| state.limiter.left_out(now)) {
                state.is_writing = true;
                return entry;
            }
            let due = state.limiter.due();
            state = match due {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(due) => {
                    let left = due.saturating_duration_since(now);
                    let woken = self.changed.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::thread;

    use winsvc_definition::events;

    use super::*;

    fn entry(text: &str) -> Entry {
        Entry {
            message: events::ERROR,
            text: text.to_owned(),
        }
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn a_flush_returns_after_all_entries_are_written_in_order() {
        let queue = Arc::<Queue>::default();
        let written = Arc::<Mutex<Vec<String>>>::default();
        thread::spawn({
            let (queue, written) = (Arc::clone(&queue), Arc::clone(&written));
            move || queue.drain(|entry| written.lock().unwrap().push(entry.text.clone()))
        });
        for number in 0..130 {
            queue.put(entry(&number.to_string()));
        }
        queue.log_left_out();
        queue.flush(LONG);
        let expected: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let written = written.lock().unwrap();
        assert_eq!(written[..100], expected);
        assert_eq!(
            written[100..],
            ["Event rate limit reached; dropped events: 30 of event 3"]
        );
    }

    #[test]
    fn a_hung_log_blocks_only_the_first_flush() {
        let queue = Arc::<Queue>::default();
        let (release, released) = mpsc::channel::<()>();
        thread::spawn({
            let queue = Arc::clone(&queue);
            move || queue.drain(|_| _ = released.recv())
        });
        queue.put(entry("stuck"));
        queue.flush(Duration::from_millis(20));
        let start = Instant::now();
        for _ in 0..2 * CAPACITY {
            queue.put(entry("too many"));
            queue.flush(LONG);
        }
        assert!(start.elapsed() < LONG);
        assert!(queue.state().waiting.len() <= CAPACITY);

        drop(release); // the log works again
        while queue.state().is_stuck {
            thread::yield_now();
        }
        queue.flush(LONG);
        assert!(queue.state().waiting.is_empty());
    }

    #[test]
    fn the_queue_is_bounded() {
        let queue = Queue::default();
        for number in 0..20 {
            let mut message = events::ERROR;
            message.number = number;
            for _ in 0..50 {
                queue.put(Entry {
                    message,
                    text: String::new(),
                });
            }
        }
        assert_eq!(queue.state().waiting.len(), CAPACITY);
    }
}
