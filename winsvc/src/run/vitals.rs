//! Information about a program that hangs: its last progress, and whether its async runtime still runs.

use std::fmt::{self, Write as _};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::lifecycle::Renewal;

/// A runtime that has run no task for this time is blocked. It is several times the interval of the renewals.
const BLOCKED: Duration = Duration::from_secs(6);

/// The signs of life of a program.
pub(crate) struct Vitals {
    renewal: Renewal,
    signs: Mutex<Signs>,
    /// Counts the tasks on the program's async runtime.
    tasks: OnceLock<Box<dyn Fn() -> usize + Send + Sync>>,
}

struct Signs {
    /// The last reported progress, and when it was reported.
    progress: Option<(String, Duration)>,
    /// When the program's async runtime last ran our renewal task.
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

    /// Sets the function that counts the tasks on the program's async runtime.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no tasks"))]
    pub(crate) fn count_tasks(&self, count: impl Fn() -> usize + Send + Sync + 'static) {
        let _ = self.tasks.set(Box::new(count));
    }

    /// Describes a program that takes too long. The runtime is only watched in pending states, so in others its state
    /// is unknown.
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
