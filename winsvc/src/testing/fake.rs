//! The fake SCM: records reports and events, and has a clock that only the test advances.

use std::fmt::Display;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use winsvc_definition::events::Message;

use super::logged_event::LoggedEvent;
use super::status_report::StatusReport;
use crate::journal;
use crate::run::{HostEvent, Scm};
use crate::status::{Exit, Status};
use crate::sync::Notify;
use crate::sys::Notification;

/// What is known of the service.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) now: Duration,
    pub(super) reports: Vec<StatusReport>,
    /// The last report in full.
    pub(super) status: Option<Status>,
    pub(super) events: Vec<LoggedEvent>,
    /// The status texts of the service; `None` if a text was removed.
    pub(super) status_texts: Vec<Option<String>>,
    pub(super) registered: Vec<Notification>,
    /// When the program's async runtime last had to show progress.
    pub(super) last_beat: Duration,
    /// How the process ended, or would have.
    pub(super) ended: Option<Exit>,
    /// Whether it was killed.
    pub(super) is_killed: bool,
}

#[derive(Debug, Default)]
pub(super) struct FakeScm {
    known: Mutex<Known>,
    changed: Condvar,
    pub(super) beat: Notify,
}

impl FakeScm {
    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known());
        self.changed.notify_all();
    }

    /// Waits by the real clock until something holds; `false` if it does not come to that.
    pub(super) fn wait(&self, patience: Duration, holds: impl Fn(&Known) -> bool) -> bool {
        let end = Instant::now() + patience;
        let mut known = self.known();
        while !holds(&known) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = self.changed.wait_timeout(known, left);
            known = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Scm for FakeScm {
    fn report(&self, status: &Status) {
        self.change(|known| {
            known.reports.push(StatusReport::of(status, known.now));
            known.status = Some(*status);
        });
    }

    fn now(&self) -> Duration {
        self.known().now
    }

    fn log_event(&self, message: Message, strings: &[&dyn Display]) {
        let message = LoggedEvent {
            number: message.number,
            severity: message.severity,
            text: journal::full_text(message, strings),
        };
        self.change(|known| known.events.push(message));
    }

    fn host_event(&self, event: HostEvent<'_>) {
        if let HostEvent::StatusText(text) = event {
            self.change(|known| {
                if known
                    .status_texts
                    .last()
                    .is_none_or(|last| last.as_deref() != text)
                {
                    known.status_texts.push(text.map(str::to_owned));
                }
            });
        }
    }

    fn register(&self, notification: Notification) -> io::Result<()> {
        self.change(|known| known.registered.push(notification));
        Ok(())
    }

    fn beat(&self) -> Option<&Notify> {
        Some(&self.beat)
    }
}
