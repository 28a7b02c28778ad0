//! What happens after the program has ended: pure decisions.

use std::time::Duration;

use winsvc_definition::Timeout;
use winsvc_definition::manifest::{ExitStatusCode, GiveUp, RestartOn, RestartTable};

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It exited with this code.
    Exited(u32),
    /// It was ended because it did not serve any more, or was not ready in time.
    Unhealthy,
    /// It could not be started.
    NotStarted,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Start the program again after this delay.
    Restart {
        /// The delay.
        after: Duration,
        /// The number of this restart, from 1, since the program was last healthy.
        attempt: u32,
    },
    /// End the service without a failure.
    Stop,
    /// End the service with a failure.
    Fail,
    /// End the service, because the program has failed after this many restarts in a row.
    GiveUp {
        /// The number of restarts.
        attempts: u32,
        /// Whether that is a failure of the service.
        is_failure: bool,
    },
}

/// The decisions over the life of a service.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    table: RestartTable,
    /// The restarts since the program was last healthy.
    attempts: u32,
}

impl Policy {
    /// How much longer a delay may get at random, so that programs that failed together do not all come back together.
    const JITTER: f64 = 0.1;

    /// The decisions by this table.
    pub(crate) fn new(table: RestartTable) -> Self {
        Self { table, attempts: 0 }
    }

    /// Decides what to do after the program has run for `ran`. `jitter` is from 0 to 1.
    pub(crate) fn after(
        &mut self,
        ending: Ending,
        stop_requested: bool,
        ran: Duration,
        jitter: f64,
    ) -> Decision {
        if stop_requested {
            return Decision::Stop;
        }
        match self.verdict(ending) {
            Verdict::Restart => self.restart(ran, jitter),
            Verdict::Stop => Decision::Stop,
            Verdict::Fail => Decision::Fail,
        }
    }

    fn verdict(&self, ending: Ending) -> Verdict {
        let table = &self.table;
        let code = match ending {
            Ending::Exited(code) => Some(code),
            Ending::Unhealthy | Ending::NotStarted => None,
        };
        let is_in =
            |codes: &[ExitStatusCode]| code.is_some_and(|code| codes.iter().any(|one| one.code() == code));
        if is_in(&table.fail_codes) {
            return Verdict::Fail;
        }
        if is_in(&table.stop_codes) {
            return Verdict::Stop;
        }
        if is_in(&table.restart_codes) {
            return Verdict::Restart;
        }
        match (table.on, is_in(&table.success_codes)) {
            (RestartOn::Always, _) | (RestartOn::Failure, false) => Verdict::Restart,
            (RestartOn::Failure | RestartOn::Never, true) => Verdict::Stop,
            (RestartOn::Never, false) => Verdict::Fail,
        }
    }

    fn restart(&mut self, ran: Duration, jitter: f64) -> Decision {
        if ran >= self.table.healthy_after.duration() {
            self.attempts = 0;
        }
        if self.table.max_attempts.is_some_and(|most| self.attempts >= most) {
            return Decision::GiveUp {
                attempts: self.attempts,
                is_failure: self.table.give_up == GiveUp::Fail,
            };
        }
        let delays = &self.table.delay;
        let index = (self.attempts as usize).min(delays.len().saturating_sub(1));
        let delay = delays
            .get(index)
            .map_or(Duration::ZERO, |delay| Timeout::duration(*delay));
        self.attempts = self.attempts.saturating_add(1);
        Decision::Restart {
            after: delay.mul_f64(1.0 + Self::JITTER * jitter.clamp(0.0, 1.0)),
            attempt: self.attempts,
        }
    }
}

/// What the exit code alone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Restart,
    Stop,
    Fail,
}

#[cfg(test)]
mod tests;
