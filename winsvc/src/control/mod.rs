//! Controls: what a service is asked from outside and told of, as its program gets it.
//!
//! Everything here is the program's own: whatever Windows lends the control handler was copied before it
//! returned. [`request`] has what a host needs of a control, [`event`] what comes with one, [`queue`] where they wait.

mod event;
mod queue;
mod request;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(any(windows, feature = "testing"))]
pub(crate) use event::Call;
pub(crate) use event::{ControlEvent, IncomingControl};
pub use event::{
    Device, DeviceEvent, DeviceEventKind, PowerEvent, SessionChange, SessionChangeReason, TimeChange,
};
pub(crate) use queue::{Interests, Queue};
pub use request::StopReason;
#[cfg(any(windows, feature = "testing"))]
pub(crate) use request::code;
pub(crate) use request::{Answer, Request};
pub use winsvc_definition::Guid;

/// Something that the service was asked for, or is told of; [`Controls`](crate::Controls) gives them to those who asked.
///
/// What is to be done about some of them is acknowledged by a [`Pending`] that ends: when it was dropped, or
/// [done](Pending::done), the service has paused, or has read its configuration again.
///
/// ```
/// use winsvc::Control;
///
/// fn describe(control: &Control) -> &'static str {
///     match control {
///         Control::Pause(_) => "to pause",
///         Control::Continue(_) => "to continue",
///         Control::Custom(200, _) => "to write a snapshot",
///         _ => "something else",
///     }
/// }
/// # let _ = describe;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Control {
    /// Stop serving, and stay: `sc pause`. The service is PAUSED when this has been acknowledged.
    Pause(Pending),
    /// Serve again: `sc continue`. The service is RUNNING when this has been acknowledged.
    Continue(Pending),
    /// The configuration has changed and is to be read again: `sc control NAME paramchange`, or SIGHUP.
    ParamChange(Pending),
    /// Somebody has logged on, off, locked or unlocked the machine, and the like.
    SessionChange(SessionChange),
    /// The machine's power changes.
    Power(PowerEvent),
    /// A device has come or gone.
    Device(DeviceEvent),
    /// The machine's clock was set.
    TimeChange(TimeChange),
    /// What a trigger of the service waits for has happened while the service was running.
    Trigger,
    /// A control of the program's own, with its code, 128 to 255: `sc control NAME 200`.
    Custom(u8, Pending),
    /// So many events (session, power and device) came and went before the program took them: it had more than
    /// [`CAPACITY`](crate::Controls::CAPACITY) waiting, and the oldest gave way.
    Missed(u64),
}

impl Control {
    /// The program has it now: from here on its end is the program's.
    pub(crate) fn mark_taken(&self) {
        if let Self::Pause(pending)
        | Self::Continue(pending)
        | Self::ParamChange(pending)
        | Self::Custom(_, pending) = self
        {
            pending.0.is_taken.store(true, Ordering::Relaxed);
        }
    }
}

/// A control that is under way until this is dropped.
///
/// It may be cloned, sent to other tasks and kept: the last clone that is dropped finishes the control. A panic on the way
/// finishes it too.
///
/// What "finished" means is told at each [`Control`]. As long as a pause or a continuation is under way, the service is
/// `PAUSE_PENDING` or `CONTINUE_PENDING`, with progress shown by the async runtime. It has the stop timeout for it; after that the service is
/// reported to be where it was, with a warning. A program that gets there later is believed all the same.
///
/// ```no_run
/// # async fn drain() {}
/// # async fn example(service: winsvc::Service) {
/// let mut controls = service.controls().accept_pause();
/// while let Some(control) = controls.next().await {
///     if let winsvc::Control::Pause(pause) = control {
///         service.progress("finishing what is under way");
///         drain().await;
///         drop(pause); // PAUSE_PENDING until here
///     }
/// }
/// # }
/// ```
#[derive(Clone)]
#[must_use = "the control is finished when this is dropped"]
pub struct Pending(Arc<Task>);

struct Task {
    /// The program has got it, from at least one of its queues.
    is_taken: AtomicBool,
    /// Why the program does not do it.
    refusal: Mutex<Option<String>>,
    finish: Option<Finish>,
}

/// How a control ended that was under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The program has done what it asked for.
    Done,
    /// The program will not do it, for this reason.
    Refused(String),
    /// The program never got it.
    Untaken,
}

type Finish = Box<dyn FnOnce(Ended) + Send + Sync>;

impl Pending {
    pub(crate) fn new(finish: impl FnOnce(Ended) + Send + Sync + 'static) -> Self {
        Self(Arc::new(Task {
            is_taken: AtomicBool::default(),
            refusal: Mutex::default(),
            finish: Some(Box::new(finish)),
        }))
    }

    /// Finishes the control; dropping says the same.
    ///
    /// ```
    /// use winsvc::testing::{Request, Scm, State};
    /// use winsvc::{Control, Service};
    ///
    /// let service = Scm::new("acme-agent").start(async |service: Service| {
    ///     let mut controls = service.controls().accept_pause();
    ///     service.ready();
    ///     while let Some(control) = controls.next().await {
    ///         if let Control::Pause(pause) = control {
    ///             pause.done();
    ///         }
    ///     }
    /// });
    /// service.wait_for(State::Running);
    /// service.send(Request::Pause).unwrap();
    /// service.wait_for(State::Paused);
    /// ```
    pub fn done(self) {}

    /// Finishes the control without having done it, with the reason for whoever looks after the service. A service that
    /// refuses to pause is RUNNING again, one that refuses to continue PAUSED.
    ///
    /// ```
    /// use winsvc::testing::{Request, Scm, State};
    /// use winsvc::{Control, Service};
    ///
    /// let service = Scm::new("acme-agent").start(async |service: Service| {
    ///     let mut controls = service.controls().accept_pause();
    ///     service.ready();
    ///     while let Some(control) = controls.next().await {
    ///         if let Control::Pause(pause) = control {
    ///             pause.refuse("a backup is under way");
    ///         }
    ///     }
    /// });
    /// service.wait_for(State::Running);
    /// service.send(Request::Pause).unwrap();
    /// service.wait_for(State::Running);
    /// ```
    pub fn refuse(self, reason: impl fmt::Display) {
        let mut refusal = self.0.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        *refusal = Some(reason.to_string());
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        let refusal = self.refusal.get_mut().unwrap_or_else(PoisonError::into_inner);
        let ended = match refusal.take() {
            Some(reason) => Ended::Refused(reason),
            None if *self.is_taken.get_mut() => Ended::Done,
            None => Ended::Untaken,
        };
        if let Some(finish) = self.finish.take() {
            finish(ended);
        }
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}
