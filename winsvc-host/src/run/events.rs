//! What can happen to the service, in one channel.
//!
//! Exits and controls are futures of the runtime, whose wakers send into the channel: a thread for each would take memory for
//! as long as the service runs.

use std::cell::RefCell;
use std::future::Future as _;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Instant;

use winsvc::child::{Child, Exited};
use winsvc::{Control, Controls, Service};
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
    /// A control of the service has arrived, and can be taken.
    ControlArrived,
    /// A control of the service.
    Control(Control),
    /// The service must stop.
    Stop,
}

/// The channel.
pub(super) struct Events {
    sender: Sender<Event>,
    receiver: Receiver<Event>,
    /// The controls of the service, from RUNNING until it must stop.
    controls: RefCell<Option<Controls>>,
}

/// Sends one event, each time that a future wants to be polled again.
struct Notice<F>(Sender<Event>, F);

impl<F: Fn() -> Event + Send + Sync + 'static> Notice<F> {
    fn waker(sender: &Sender<Event>, event: F) -> Waker {
        Arc::new(Self(sender.clone(), event)).into()
    }
}

impl<F: Fn() -> Event + Send + Sync> Wake for Notice<F> {
    fn wake(self: Arc<Self>) {
        // Nobody listens when the service has ended.
        let _ = self.0.send((self.1)());
    }
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
        Self {
            sender,
            receiver,
            controls: RefCell::default(),
        }
    }

    /// The next event; `None` at the deadline.
    pub(super) fn next(&self, deadline: Option<Instant>) -> Option<Event> {
        loop {
            if let Some(event) = self.next_control() {
                return Some(event);
            }
            let event = match deadline {
                None => self.receiver.recv().ok(),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    self.receiver.recv_timeout(left).ok()
                }
            };
            match event {
                Some(Event::ControlArrived) => {}
                other => return other,
            }
        }
    }

    /// A control that has arrived, or once the stop. Otherwise an event follows when there is one.
    fn next_control(&self) -> Option<Event> {
        let mut controls = self.controls.borrow_mut();
        let waker = Notice::waker(&self.sender, || Event::ControlArrived);
        let polled = pin!(controls.as_mut()?.next()).poll(&mut Context::from_waker(&waker));
        match polled {
            Poll::Pending => None,
            Poll::Ready(Some(control)) => Some(Event::Control(control)),
            Poll::Ready(None) => {
                *controls = None;
                Some(Event::Stop)
            }
        }
    }

    pub(super) fn sender(&self, start: u32) -> OfStart {
        OfStart {
            sender: self.sender.clone(),
            start,
        }
    }

    /// Sends an event when the program has exited, unless the future is dropped.
    pub(super) fn watch_exit(&self, child: &Child, start: u32) -> Exited {
        let mut exited = child.exited();
        let waker = Notice::waker(&self.sender, move || Event::Exited(start));
        if Pin::new(&mut exited)
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
        {
            waker.wake();
        }
        exited
    }

    /// Accepts the controls of the service, as far as the table has something for them, and its stop.
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
        *self.controls.borrow_mut() = Some(controls);
    }
}

/// Starts a thread of the host. Without it the service could not notice anything, so a failure ends it.
pub(super) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(body);
    if let Err(error) = thread {
        panic!("cannot start a thread: {error}");
    }
}
