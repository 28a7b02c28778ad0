//! Watches whether the program gets ready, and whether it still serves.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use winsvc_definition::manifest::{HealthCheck, Host, Readiness};

use super::events::{OfStart, spawn};
use crate::error::seconds;
use crate::output::Watch;
use crate::probe::Probe;
use crate::texts::Texts;

/// Watches one start of the program, until it is dropped.
pub(super) struct Watcher {
    condition: Condition,
    health: Option<(HealthCheck, Probe)>,
    events: OfStart,
    end: Arc<EndOfWatch>,
    /// The last error of the readiness probe.
    last_error: Arc<Mutex<Option<String>>>,
}

/// What the program has to do to be ready.
#[derive(Clone)]
enum Condition {
    Alive(Duration),
    Line(String),
    File(PathBuf),
    Probe(Probe, Duration),
}

impl Watcher {
    /// How often a file is looked for.
    const FILE_INTERVAL: Duration = Duration::from_millis(100);
    /// How long one probe of readiness may take.
    const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

    /// Watches a program that is about to start.
    pub(super) fn new(host: &Host, texts: &Texts, events: OfStart) -> Self {
        let condition = match &host.ready {
            Readiness::Alive(time) => Condition::Alive(time.duration()),
            Readiness::Line(text) => Condition::Line(text.clone()),
            Readiness::File(path) => {
                let path = texts.path(path);
                // One of an earlier start says nothing of this one.
                let _ = fs::remove_file(&path);
                Condition::File(path)
            }
            Readiness::Probe { probe, interval } => {
                Condition::Probe(Probe::new(probe, texts), interval.duration())
            }
        };
        let health = host.health.clone().map(|health| {
            let probe = Probe::new(&health.probe, texts);
            (health, probe)
        });
        Self {
            condition,
            health,
            events,
            end: Arc::default(),
            last_error: Arc::default(),
        }
    }

    /// What finds the line that the program prints when it is ready.
    pub(super) fn line(&self) -> Option<Watch> {
        let Condition::Line(text) = &self.condition else {
            return None;
        };
        let (events, found) = (self.events.clone(), AtomicBool::new(false));
        Some(Watch {
            text: text.clone(),
            found: Box::new(move || {
                if !found.swap(true, Ordering::Relaxed) {
                    events.ready();
                }
            }),
        })
    }

    /// Sends an event when the program, which has just been started, is ready.
    pub(super) fn wait_until_ready(&self) {
        let (events, end, condition) = (self.events.clone(), Arc::clone(&self.end), self.condition.clone());
        let last_error = Arc::clone(&self.last_error);
        let mut is_ready: Box<dyn FnMut() -> bool + Send> = match condition.clone() {
            Condition::Line(_) => return,
            Condition::Alive(time) => {
                let begun = Instant::now();
                Box::new(move || begun.elapsed() >= time)
            }
            Condition::File(path) => Box::new(move || path.exists()),
            Condition::Probe(probe, _) => {
                let end = Arc::clone(&end);
                Box::new(move || {
                    let result = probe.check(Self::PROBE_TIMEOUT, &|| end.is_raised());
                    let error = result.err().map(|error| error.to_string());
                    let is_ready = error.is_none();
                    *last_error.lock().unwrap_or_else(PoisonError::into_inner) = error;
                    is_ready
                })
            }
        };
        let pause = match condition {
            Condition::Alive(time) => time,
            Condition::Probe(_, interval) => interval,
            Condition::File(_) | Condition::Line(_) => Self::FILE_INTERVAL,
        };
        spawn("winsvc-ready", move || {
            while !is_ready() {
                if end.wait(pause) {
                    return;
                }
            }
            events.ready();
        });
    }

    /// Sends an event when the program does not serve any more.
    pub(super) fn watch_health(&self) {
        let Some((health, probe)) = self.health.clone() else {
            return;
        };
        let (events, end) = (self.events.clone(), Arc::clone(&self.end));
        spawn("winsvc-health", move || {
            let mut failures = 0;
            while !end.wait(health.interval.duration()) {
                match probe.check(health.timeout.duration(), &|| end.is_raised()) {
                    Ok(()) => failures = 0,
                    Err(_) if end.is_raised() => return,
                    Err(error) => {
                        failures += 1;
                        if failures == health.failures {
                            events.unhealthy(failures, error.to_string());
                            return;
                        }
                    }
                }
            }
        });
    }

    /// What the program lacks to be ready.
    pub(super) fn lacks(&self) -> String {
        match &self.condition {
            Condition::Alive(time) => format!("it has to run for {}", seconds(*time)),
            Condition::Line(text) => format!("it has not printed {text:?}"),
            Condition::File(path) => format!("{} does not exist", path.display()),
            Condition::Probe(probe, _) => {
                let error = self.last_error.lock().unwrap_or_else(PoisonError::into_inner);
                error.clone().unwrap_or_else(|| probe.to_string())
            }
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.end.raise();
    }
}

/// Tells the threads of a watcher that it is dropped.
#[derive(Debug, Default)]
struct EndOfWatch {
    is_raised: Mutex<bool>,
    changed: Condvar,
}

impl EndOfWatch {
    fn raise(&self) {
        *self.is_raised.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    fn is_raised(&self) -> bool {
        *self.is_raised.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for this long. Returns whether it is raised.
    fn wait(&self, time: Duration) -> bool {
        let raised = self.is_raised.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(raised, time, |raised| !*raised);
        let (raised, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *raised
    }
}
