//! The events that a run logs, with the available information about a program that hangs.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use winsvc_definition::events::{self, Message};
use winsvc_definition::registration;

use super::Run;
use crate::control::StopReason;
use crate::lifecycle::Overdue;

impl Run {
    /// Logs an event. Not under the lock, because logging may take time.
    pub(crate) fn log_event(&self, message: Message, strings: &[&dyn Display]) {
        // This calls the author's subscriber too. Its panic must not keep the run from continuing or from ending.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.scm.log_event(message, strings))) {
            // Dropping a payload may panic.
            std::mem::forget(payload);
        }
    }

    /// Logs an elapsed timeout.
    pub(super) fn log_overdue(&self, overdue: Overdue) {
        let definition = &self.facts.stamp.definition;
        let (start, stop) = (&definition.start_timeout, &definition.stop_timeout);
        let hung = &self.vitals.describe(overdue != Overdue::Watchdog, self.scm.now());
        match overdue {
            Overdue::Ready => self.log_event(events::TAKEN_TO_BE_READY, &[start]),
            Overdue::Start => self.log_event(events::START_TIMEOUT, &[start, hung]),
            Overdue::Pause => self.log_event(events::PAUSE_TIMEOUT, &[stop, hung]),
            Overdue::Continue => self.log_event(events::CONTINUE_TIMEOUT, &[stop, hung]),
            Overdue::Stop => match (self.stop_reason(), self.facts.preshutdown_timeout()) {
                (Some(StopReason::Shutdown), _) => self.log_event(events::SHUTDOWN_TIMEOUT, &[hung]),
                (Some(StopReason::Preshutdown), Some(timeout)) => {
                    self.log_event(
                        events::PRESHUTDOWN_TIMEOUT,
                        &[&registration::length(timeout), hung],
                    );
                }
                _ => self.log_event(events::STOP_TIMEOUT, &[stop, hung]),
            },
            Overdue::CleanUp(_) => {
                self.log_event(events::LEFT_BEHIND, &[stop, hung]);
                self.log_stopped();
            }
            Overdue::Watchdog => {
                if let Some(watchdog) = &definition.watchdog {
                    self.log_event(events::WATCHDOG, &[watchdog, hung]);
                }
            }
            Overdue::Drainless => self.log_stopped(),
        }
    }

    /// Warns if Windows waits less before a shutdown than the definition asks for.
    pub(super) fn log_short_preshutdown(&self) {
        let built = self.facts.stamp.definition.preshutdown_timeout;
        let (Some(built), Some(registered)) = (built, self.facts.registered_preshutdown) else {
            return;
        };
        if registered < built.duration() {
            self.log_event(
                events::SHORT_PRESHUTDOWN,
                &[&registration::length(registered), &built],
            );
        }
    }

    /// Logs the end of the service, unless it failed: failures are logged when they happen.
    pub(super) fn log_stopped(&self) {
        let lifecycle = self.lifecycle();
        let reason = lifecycle.stop_reason().filter(|_| lifecycle.failure().is_none());
        drop(lifecycle);
        if let Some(reason) = reason {
            self.log_event(events::STOPPED, &[&format_args!("{reason:?}")]);
        }
    }
}
