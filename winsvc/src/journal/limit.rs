//! How much of the same the event log is to take.
//!
//! All programs of a machine share one log, which forgets its oldest events for the newest. A service that reports each failed
//! request would make it forget everything else. So each message has a budget a minute; what goes beyond is counted and told
//! as a number. Each has its own, so that no flood of small talk keeps a failure out.

use std::time::{Duration, Instant};

use winsvc_definition::events::{self, Message};

use super::Entry;

/// How many events of one number are taken in each [`WINDOW`].
pub(super) const BUDGET: u32 = 100;

/// The time in which a budget is to last.
pub(super) const WINDOW: Duration = Duration::from_secs(60);

/// The budgets that were drawn on.
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
    /// Whether an event may go to the log at `now`.
    pub(super) fn admits(&mut self, message: Message, now: Instant) -> bool {
        let account = self.account(message, now);
        // The window rolls when what was left out of it has been told, so that none is forgotten.
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

    /// Counts an event that could not go to the log for another reason.
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

    /// When there is something to tell of what was left out.
    pub(super) fn due(&self) -> Option<Instant> {
        let waiting = self.0.iter().filter(|account| account.left_out > 0);
        waiting.map(|account| account.since + WINDOW).min()
    }

    /// Tells what was left out of the windows that are over at `now`, and begins new ones.
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

    /// Tells all that was left out so far. No window begins anew by that.
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

    fn said(entry: Option<Entry>) -> Option<String> {
        let text = entry?.text;
        Some(text.rsplit(": ").next().unwrap_or_default().to_owned())
    }

    #[test]
    fn what_goes_beyond_the_budget_of_a_minute_is_counted_and_told() {
        let mut limiter = Limiter::default();
        let start = Instant::now();
        let admitted = |limiter: &mut Limiter, message, count, now| {
            (0..count).filter(|_| limiter.admits(message, now)).count()
        };
        assert_eq!(admitted(&mut limiter, events::WARNING, 157, start), 100);
        assert_eq!(
            admitted(&mut limiter, events::ERROR, 3, start),
            3,
            "a flood of warnings hides no error"
        );
        assert_eq!(limiter.left_out(start), None);
        assert_eq!(limiter.due(), Some(start + WINDOW));

        let next = start + WINDOW;
        assert_eq!(
            admitted(&mut limiter, events::WARNING, 1, next),
            0,
            "first what was left out"
        );
        assert_eq!(said(limiter.left_out(next)), Some("58 of event 2".to_owned()));
        assert_eq!(limiter.due(), None);
        assert_eq!(admitted(&mut limiter, events::WARNING, 101, next), 100);
        limiter.leave_out(events::PANICKED, next);
        assert_eq!(
            said(limiter.all_left_out()),
            Some("1 of event 2, 1 of event 31".to_owned())
        );
        assert_eq!(
            admitted(&mut limiter, events::WARNING, 1, next),
            0,
            "to tell is not to begin anew"
        );
    }

    #[test]
    fn a_minute_that_was_enough_begins_anew_without_a_word() {
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
