//! The status text, the progress, and the health of the service.

use std::sync::{MutexGuard, PoisonError};

use winsvc_definition::{Timeout, events};

use super::{Health, HostEvent, Run};
use crate::lifecycle::Event;

/// The last texts that the program reported.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The status text; stays until the next one.
    status: String,
    /// The progress of the current transition; cleared when that is complete.
    progress: String,
}

impl Words {
    /// The text to show.
    fn shown(&self) -> Option<&str> {
        [&self.progress, &self.status]
            .into_iter()
            .find(|text| !text.is_empty())
            .map(String::as_str)
    }
}

impl Run {
    /// Sets the status text.
    pub(crate) fn status_text(&self, text: &str) {
        self.say(|words| {
            words.status = one_line(text);
            words.progress.clear();
        });
    }

    /// Reports progress.
    pub(crate) fn progress(&self, text: &str) {
        self.vitals.progress(text, self.scm.now());
        self.on(Event::Renewed);
        self.log_event(events::PROGRESS, &[&text]);
        self.say(|words| words.progress = one_line(text));
    }

    /// Clears the progress when a transition is complete.
    pub(super) fn arrived(&self) {
        self.say(|words| words.progress.clear());
    }

    /// The health of the service.
    pub(crate) fn health(&self) -> Health {
        let status_text = self.words().shown().map(str::to_owned);
        let build = &self.facts.stamp.build;
        let watchdog = self.facts.stamp.definition.watchdog;
        let lifecycle = self.lifecycle();
        let now = self.scm.now();
        Health {
            state: lifecycle.state(),
            status_text,
            since_alive: lifecycle.since_alive(now),
            watchdog: watchdog.map(Timeout::duration),
            uptime: now.saturating_sub(self.begun),
            version: build.version.clone(),
        }
    }

    fn say(&self, change: impl FnOnce(&mut Words)) {
        let mut words = self.words();
        change(&mut words);
        // Under the lock, so that the host receives the texts in order.
        self.scm.host_event(HostEvent::StatusText(words.shown()));
    }

    fn words(&self) -> MutexGuard<'_, Words> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hosts show the text in a single line.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
