//! What the program says of itself: what it does now, how far it has come, and, with what the run knows of it, how it is.

use std::sync::{MutexGuard, PoisonError};

use winsvc_definition::{Timeout, events};

use super::{Health, HostEvent, Run};
use crate::lifecycle::Event;

/// What was said last.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// What the service does. It stays until it is said anew.
    status: String,
    /// How far it has come with what is under way. It goes when that is done.
    progress: String,
}

impl Words {
    /// What somebody who looks at the service now gets to see.
    fn shown(&self) -> Option<&str> {
        [&self.progress, &self.status]
            .into_iter()
            .find(|text| !text.is_empty())
            .map(String::as_str)
    }
}

impl Run {
    /// The program does this.
    pub(crate) fn status_text(&self, text: &str) {
        self.say(|words| {
            words.status = one_line(text);
            words.progress.clear();
        });
    }

    /// The program has come so far.
    pub(crate) fn progress(&self, text: &str) {
        self.vitals.progress(text, self.scm.now());
        self.on(Event::Renewed);
        self.log_event(events::PROGRESS, &[&text]);
        self.say(|words| words.progress = one_line(text));
    }

    /// The service is where it was on its way to: there is no progress any more.
    pub(super) fn arrived(&self) {
        self.say(|words| words.progress.clear());
    }

    /// How the service is.
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
        // Under the lock, so that what is said last is what others have last.
        self.scm.host_event(HostEvent::StatusText(words.shown()));
    }

    fn words(&self) -> MutexGuard<'_, Words> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever shows the text has one line for it.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
