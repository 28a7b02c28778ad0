//! The controls of a service, as the program receives them.
//!
//! All values are owned: the data that Windows passes to the control handler is copied before the handler returns. [`request`]
//! is a control as the host sees it, [`event`] has the data of a control, [`queue`] holds the controls until the program takes
//! them.

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

/// A control of the service, received from [`Controls`](crate::Controls).
///
/// Some controls carry a [`Pending`]. Dropping it, or calling [`done`](Pending::done), completes the control: the service has
/// paused, or has read its configuration again.
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
    /// Pause the service: `sc pause`. The service is PAUSED when this is complete.
    Pause(Pending),
    /// Continue a paused service: `sc continue`. The service is RUNNING when this is complete.
    Continue(Pending),
    /// The configuration has changed and must be read again: `sc control NAME paramchange`, or SIGHUP.
    ParamChange(Pending),
    /// A user has logged on or off, locked or unlocked the machine, or the session has changed in another way.
    SessionChange(SessionChange),
    /// The power state of the machine changes.
    Power(PowerEvent),
    /// A device has arrived or was removed.
    Device(DeviceEvent),
    /// The machine's clock was set.
    TimeChange(TimeChange),
    /// A trigger of the service fired while the service was running.
    Trigger,
    /// A control of the program, with its code from 128 to 255: `sc control NAME 200`.
    Custom(u8, Pending),
    /// The number of session, power and device events that were dropped, the oldest first, because more than
    /// [`CAPACITY`](crate::Controls::CAPACITY) were queued.
    Missed(u64),
}

impl Control {
    /// Marks the control as received by the program.
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

/// A control that is in progress until this is dropped.
///
/// It may be cloned, sent to other tasks and stored: dropping the last clone completes the control. A panic that drops it
/// completes the control too.
///
/// Each variant of [`Control`] describes what completion means. While a pause or continue is in progress, the service is
/// `PAUSE_PENDING` or `CONTINUE_PENDING`, and the async runtime reports progress. The timeout is the stop timeout; after it the
/// service is reported to be in its previous state, with a warning. A later completion still takes effect.
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
#[must_use = "dropping this completes the control"]
pub struct Pending(Arc<Task>);

struct Task {
    /// The program has got it, from at least one of its queues.
    is_taken: AtomicBool,
    /// The reason if the program refuses it.
    refusal: Mutex<Option<String>>,
    finish: Option<Finish>,
}

/// How a control ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The program has completed it.
    Done,
    /// The program refused it, for this reason.
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

    /// Completes the control; dropping has the same effect.
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

    /// Refuses the control; the reason is logged. A service that refuses to pause is RUNNING again, one that refuses to continue is
    /// PAUSED.
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
