//! What can happen to the service, in one channel.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Instant;

use winsvc::child::Child;
use winsvc::{Control, Service};
use winsvc_definition::manifest::{HookEvent, Host};

use crate::hooks::Hooks;

/// What has happened. Numbers are those of the program's start.
pub(super) enum Event {
    /// The program has exited.
    Exited(u32),
    /// It is ready.
    Ready(u32),
    /// It failed this many checks in a row.
    Unhealthy {
        start: u32,
        failures: u32,
        error: String,
    },
    /// A control of the service.
    Control(Control),
    /// The service must stop.
    Stop,
}

/// The channel.
pub(super) struct Events {
    sender: Sender<Event>,
    receiver: Receiver<Event>,
}

/// Sends events of one start.
#[derive(Clone)]
pub(super) struct OfStart {
    sender: Sender<Event>,
    start: u32,
}

impl OfStart {
    pub(super) fn ready(&self) {
        // Nobody listens when the service has ended.
        let _ = self.sender.send(Event::Ready(self.start));
    }

    pub(super) fn unhealthy(&self, failures: u32, error: String) {
        let start = self.start;
        let _ = self.sender.send(Event::Unhealthy {
            start,
            failures,
            error,
        });
    }
}

impl Events {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self { sender, receiver }
    }

    /// The next event; `None` at the deadline.
    pub(super) fn next(&self, deadline: Option<Instant>) -> Option<Event> {
        let Some(deadline) = deadline else {
            return self.receiver.recv().ok();
        };
        let left = deadline.saturating_duration_since(Instant::now());
        self.receiver.recv_timeout(left).ok()
    }

    pub(super) fn sender(&self, start: u32) -> OfStart {
        OfStart {
            sender: self.sender.clone(),
            start,
        }
    }

    /// Sends an event when the program has exited.
    pub(super) fn watch_exit(&self, child: &Arc<Child>, start: u32) {
        let (sender, child) = (self.sender.clone(), Arc::clone(child));
        spawn("winsvc-exit", move || {
            child.wait();
            let _ = sender.send(Event::Exited(start));
        });
    }

    /// Sends the controls of the service, as far as the table has something for them, and its stop.
    pub(super) fn receive_controls(&self, service: &Service, host: &Host, hooks: &Hooks) {
        let mut controls = service.controls();
        for code in [
            host.output.rotate_control.code(),
            host.restart.retry_control.code(),
        ] {
            controls = controls.accept_custom(code..=code);
        }
        if hooks.has(HookEvent::Pause) || hooks.has(HookEvent::Continue) {
            controls = controls.accept_pause();
        }
        if hooks.has(HookEvent::Reload) {
            controls = controls.accept_param_change();
        }
        if hooks.has(HookEvent::Suspend) || hooks.has(HookEvent::Resume) {
            controls = controls.accept_power();
        }
        let sender = self.sender.clone();
        spawn("winsvc-controls", move || {
            while let Some(control) = controls.wait_next() {
                let _ = sender.send(Event::Control(control));
            }
            let _ = sender.send(Event::Stop);
        });
    }
}

/// Starts a thread of the host. Without it the service could not notice anything, so a failure ends it.
pub(super) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(body);
    if let Err(error) = thread {
        panic!("cannot start a thread: {error}");
    }
}
