//! The rate limit of the event log.
//!
//! All programs of a machine share one log, in which new events overwrite the oldest. A service that reports each
//! failed request would erase everything else. Therefore at most [`BUDGET`] events of each number are written per
//! [`WINDOW`]; the rest is counted, and the count is logged. The limit applies to each number separately, so that a
//! flood of trivial events does not suppress a failure.

use std::time::{Duration, Instant};

use winsvc_definition::events::{self, Message};

use super::Entry;

/// The maximum number of events of one number in each [`WINDOW`].
pub(super) const BUDGET: u32 = 100;

/// The period of the rate limit.
pub(super) const WINDOW: Duration = Duration::from_secs(60);

/// The counts of each event number that has occurred.
#[derive(Debug, Default)]
pub(super) struct Limiter(Vec<Account>);

#[derive(Debug)]
struct Account {
    number: u16,
    since: Instant,
    taken: u32,
    left_out: u64,
}

impl Limiter {
    /// Returns whether an event may be written to the log at `now`.
    pub(super) fn admits(&mut self, message: Message, now: Instant) -> bool {
        let account = self.account(message, now);
        // A new window begins only after the dropped events have been logged, so that no count is lost.
        if account.left_out == 0 && now.saturating_duration_since(account.since) >= WINDOW {
            (account.since, account.taken) = (now, 0);
        }
        if account.taken == BUDGET {
            account.left_out += 1;
            return false;
        }
        account.taken += 1;
        true
    }

    /// Counts an event that is dropped for another reason.
    pub(super) fn leave_out(&mut self, message: Message, now: Instant) {
        self.account(message, now).left_out += 1;
    }

    fn account(&mut self, message: Message, now: Instant) -> &mut Account {
        let number = message.number;
        let index = self.0.iter().position(|account| account.number == number);
        let index = index.unwrap_or_else(|| {
            self.0.push(Account {
                number,
                since: now,
                taken: 0,
                left_out: 0,
            });
            self.0.len() - 1
        });
        &mut self.0[index]
    }

    /// When the next count of dropped events must be logged; `None` if none were dropped.
    pub(super) fn due(&self) -> Option<Instant> {
        let waiting = self.0.iter().filter(|account| account.left_out > 0);
        waiting.map(|account| account.since + WINDOW).min()
    }

    /// Returns the counts of events dropped in the windows that are over at `now`, and begins new windows.
    pub(super) fn left_out(&mut self, now: Instant) -> Option<Entry> {
        let mut over: Vec<&mut Account> = self
            .0
            .iter_mut()
            .filter(|account| now.saturating_duration_since(account.since) >= WINDOW)
            .collect();
        for account in &mut over {
            (account.since, account.taken) = (now, 0);
        }
        summary(over.into_iter())
    }

    /// Returns the counts of all events dropped so far. The windows continue.
    pub(super) fn all_left_out(&mut self) -> Option<Entry> {
        summary(self.0.iter_mut())
    }
}

fn summary<'a>(accounts: impl Iterator<Item = &'a mut Account>) -> Option<Entry> {
    let counts: Vec<String> = accounts
        .filter(|account| account.left_out > 0)
        .map(|account| {
            let count = std::mem::take(&mut account.left_out);
            format!("{count} of event {}", account.number)
        })
        .collect();
    (!counts.is_empty()).then(|| Entry {
        message: events::LEFT_OUT,
        text: super::full_text(events::LEFT_OUT, &[&counts.join(", ")]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(entry: Option<Entry>) -> Option<String> {
        let text = entry?.text;
        Some(text.rsplit(": ").next().unwrap_or_default().to_owned())
    }

    #[test]
    fn events_beyond_the_limit_are_counted_and_the_count_is_logged() {
        let mut limiter = Limiter::default();
        let start = Instant::now();
        let admitted = |limiter: &mut Limiter, message, count, now| {
            (0..count).filter(|_| limiter.admits(message, now)).count()
        };
        assert_eq!(admitted(&mut limiter, events::WARNING, 157, start), 100);
        assert_eq!(
            admitted(&mut limiter, events::ERROR, 3, start),
            3,
            "a flood of warnings suppresses no error"
        );
        assert_eq!(limiter.left_out(start), None);
        assert_eq!(limiter.due(), Some(start + WINDOW));

        let next = start + WINDOW;
        assert_eq!(
            admitted(&mut limiter, events::WARNING, 1, next),
            0,
            "the count of dropped events comes first"
        );
        assert_eq!(counted(limiter.left_out(next)), Some("58 of event 2".to_owned()));
        assert_eq!(limiter.due(), None);
        assert_eq!(admitted(&mut limiter, events::WARNING, 101, next), 100);
        limiter.leave_out(events::PANICKED, next);
        assert_eq!(
            counted(limiter.all_left_out()),
            Some("1 of event 2, 1 of event 31".to_owned())
        );
        assert_eq!(
            admitted(&mut limiter, events::WARNING, 1, next),
            0,
            "logging the counts begins no new window"
        );
    }

    #[test]
    fn a_window_without_dropped_events_ends_silently() {
        let mut limiter = Limiter::default();
        let start = Instant::now();
        for minute in 0..3 {
            for _ in 0..BUDGET {
                assert!(limiter.admits(events::ERROR, start + minute * WINDOW));
            }
        }
        assert_eq!(limiter.all_left_out(), None);
    }
}
