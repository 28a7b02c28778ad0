//! When the updater checks.
#![cfg_attr(
    not(windows),
    allow(dead_code, reason = "tested on every host, used on Windows")
)]

use std::time::Duration;

use winsvc_definition::{AutoUpdate, Update};

use super::request::Outcome;
use super::rollout::start_delay;

/// The longest time until a check that failed is repeated, and an installation that had to wait for another one.
const RETRY: Duration = Duration::from_secs(15 * 60);
const MINUTES_A_DAY: u16 = 24 * 60;

/// The time from the start of the updater to its first check: the rest of the interval since the last one. If that has
/// passed, as after a night without power, the machines of a fleet spread over a tenth of the interval.
pub(crate) fn first(update: &Update, install_id: &str, now: u64, checked: Option<u64>) -> Duration {
    let interval = update.check.duration();
    let since = checked.and_then(|checked| now.checked_sub(checked));
    let rest = since.map_or(Duration::ZERO, |since| {
        interval.saturating_sub(Duration::from_secs(since))
    });
    rest.max(start_delay(install_id, interval / 10))
}

/// The time from a check to the next one.
pub(crate) fn next(
    update: &Update,
    install_id: &str,
    outcome: Option<&Outcome>,
    local_minute: u16,
) -> Duration {
    let interval = update.check.duration();
    match outcome {
        None => interval.min(RETRY),
        Some(Outcome::Waiting(_)) if update.auto == AutoUpdate::Install => {
            let until_window = update.window.filter(|window| !window.contains(local_minute));
            match until_window {
                // A window may be shorter than the interval. The first half of an hour is enough to spread.
                Some(window) => {
                    let minutes = (0..MINUTES_A_DAY)
                        .find(|minutes| window.contains((local_minute + minutes) % MINUTES_A_DAY));
                    let until = Duration::from_secs(u64::from(minutes.unwrap_or_default()) * 60);
                    let length = (0..MINUTES_A_DAY)
                        .filter(|minute| window.contains(*minute))
                        .count();
                    let spread = Duration::from_secs(length as u64 * 30).min(RETRY);
                    interval.min(until + start_delay(install_id, spread))
                }
                None => interval.min(RETRY),
            }
        }
        Some(_) => interval,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::update::UpdateWindow;
    use crate::update::tests::{settings, version};

    const HOUR: u64 = 3600;

    #[test]
    fn the_first_check_continues_the_interval() {
        let first = |since: Option<u64>| {
            let now = 1_000_000;
            first(&settings(), "id", now, since.map(|since| now.wrapping_sub(since)))
        };
        assert_eq!(first(Some(2 * HOUR)), Duration::from_secs(4 * HOUR));
        let spread = Duration::from_secs(6 * HOUR / 10);
        for since in [None, Some(6 * HOUR), Some(100 * HOUR), Some(6 * HOUR - 1)] {
            assert!(first(since) < spread, "{since:?}");
        }
        // A clock that was set back.
        assert!(first(Some(u64::MAX)) < spread);
    }

    #[test]
    fn what_waits_for_a_window_is_looked_at_in_the_window() {
        let mut update = settings();
        let waiting = Outcome::Waiting(version("1.1.0"));
        let at = |update: &Update, minute| next(update, "id", Some(&waiting), minute);
        assert_eq!(at(&update, 0), RETRY, "another installation runs");
        update.window = Some(UpdateWindow::new("02:00-03:00").unwrap());
        for minute in 0..MINUTES_A_DAY {
            let after = at(&update, minute);
            assert!(after <= update.check.duration());
            let minutes = u16::try_from(after.as_secs() / 60).unwrap();
            let is_open = update
                .window
                .unwrap()
                .contains((minute + minutes) % MINUTES_A_DAY);
            assert!(
                is_open || after == update.check.duration() || after == RETRY,
                "{minute}"
            );
        }
        assert_eq!(
            at(&update, 12 * 60),
            update.check.duration(),
            "it may be withdrawn meanwhile"
        );
        update.auto = AutoUpdate::Download;
        assert_eq!(at(&update, 0), update.check.duration());
    }

    #[test]
    fn a_check_that_failed_is_repeated_sooner() {
        assert_eq!(next(&settings(), "id", None, 0), RETRY);
        let off = next(&settings(), "id", Some(&Outcome::Off), 0);
        assert_eq!(off, settings().check.duration());
    }
}
