//! Waiting: for a condition that is to come true, or to last.

use std::fmt::Debug;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a step of Wine may take on a machine that also does other things. Nothing waits this long unless it
/// fails.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// Asks `check` until it has an answer, and gives that.
///
/// # Panics
///
/// When `within` has passed without one, naming `what` was waited for and why the last look was not it.
pub fn until<T, E: Debug>(what: &str, within: Duration, mut check: impl FnMut() -> Result<T, E>) -> T {
    let start = Instant::now();
    loop {
        match check() {
            Ok(answer) => return answer,
            Err(last) => assert!(
                start.elapsed() < within,
                "not within {within:?}: {what}; last seen: {last:?}"
            ),
        }
        sleep(Duration::from_millis(10));
    }
}

/// Asks `check` again and again for a time, in which it must never fail.
///
/// # Panics
///
/// When it fails, naming `what` was to last and what was seen instead.
pub fn stays<E: Debug>(what: &str, time: Duration, mut check: impl FnMut() -> Result<(), E>) {
    let start = Instant::now();
    while start.elapsed() < time {
        if let Err(seen) = check() {
            panic!("after {:?}: not {what} any more but {seen:?}", start.elapsed());
        }
        sleep(Duration::from_millis(10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_that_comes_true_ends_the_wait_with_its_value() {
        let mut asked = 0;
        let answer = until("third time", PATIENCE, || {
            asked += 1;
            if asked == 3 { Ok(asked) } else { Err(asked) }
        });
        assert_eq!(answer, 3);
    }

    #[test]
    #[should_panic(expected = "not within 1ms: the end of time; last seen: \"now\"")]
    fn a_condition_that_stays_false_panics_with_its_name() {
        until("the end of time", Duration::from_millis(1), || {
            Err::<(), _>("now")
        });
    }

    #[test]
    fn a_condition_that_lasts_is_asked_for_all_of_the_time() {
        let mut asked = 0;
        stays("true", Duration::from_millis(50), || {
            asked += 1;
            Ok::<_, ()>(())
        });
        assert!(asked > 1, "{asked}");
    }

    #[test]
    #[should_panic(expected = "not true any more but \"false\"")]
    fn a_condition_that_does_not_last_panics_with_what_was_seen() {
        let mut asked = 0;
        stays("true", PATIENCE, || {
            asked += 1;
            if asked < 3 { Ok(()) } else { Err("false") }
        });
    }
}
