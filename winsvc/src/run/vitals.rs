//! What can be known of a program that hangs: how far it came, and whether its async runtime still runs.

use std::fmt::{self, Write as _};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::lifecycle::Renewal;

/// A runtime that has not run a task for so long is blocked: several times the interval of its renewals.
const BLOCKED: Duration = Duration::from_secs(6);

/// The signs of life of a program.
pub(crate) struct Vitals {
    renewal: Renewal,
    signs: Mutex<Signs>,
    /// Counts the tasks on the program's async runtime.
    tasks: OnceLock<Box<dyn Fn() -> usize + Send + Sync>>,
}

struct Signs {
    /// What the program last said about its progress, and when.
    progress: Option<(String, Duration)>,
    /// When the program's async runtime last ran a task of ours.
    renewed: Duration,
}

impl Vitals {
    pub(super) fn new(renewal: Renewal, now: Duration) -> Self {
        let signs = Signs {
            progress: None,
            renewed: now,
        };
        Self {
            renewal,
            signs: Mutex::new(signs),
            tasks: OnceLock::new(),
        }
    }

    pub(super) fn progress(&self, text: &str, now: Duration) {
        self.signs().progress = Some((text.to_owned(), now));
    }

    pub(super) fn renewed(&self, now: Duration) {
        self.signs().renewed = now;
    }

    /// When the program's async runtime was last seen to run.
    #[cfg_attr(
        not(feature = "testing"),
        allow(dead_code, reason = "the fake SCM waits for it")
    )]
    pub(crate) fn last_renewed(&self) -> Duration {
        self.signs().renewed
    }

    /// How the tasks on the program's async runtime are counted.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no tasks"))]
    pub(crate) fn count_tasks(&self, count: impl Fn() -> usize + Send + Sync + 'static) {
        let _ = self.tasks.set(Box::new(count));
    }

    /// What is known of a program that takes too long. In a state that is not pending the runtime shows no progress, and
    /// nothing is known of it.
    pub(super) fn describe(&self, is_pending: bool, now: Duration) -> String {
        let signs = self.signs();
        let seconds = |since: Duration| now.saturating_sub(since).as_secs();
        let mut text = match &signs.progress {
            None => "no progress reported".to_owned(),
            Some((progress, at)) => format!("last progress {} s ago: {progress}", seconds(*at)),
        };
        let is_blocked = is_pending && now.saturating_sub(signs.renewed) > BLOCKED;
        match (self.renewal, self.tasks.get()) {
            (Renewal::Runtime, _) if is_blocked => {
                let blocked = seconds(signs.renewed);
                let _ = write!(
                    text,
                    "; the async runtime has run no task for {blocked} s: its threads are blocked"
                );
            }
            (Renewal::Runtime, Some(tasks)) => {
                let _ = write!(text, "; unfinished spawned tasks: {}", tasks());
            }
            _ => {}
        }
        text
    }

    fn signs(&self) -> MutexGuard<'_, Signs> {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Vitals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vitals").finish_non_exhaustive()
    }
}
