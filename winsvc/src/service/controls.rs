//! The program's handle to the controls: [`Controls`].

use std::future::poll_fn;
use std::ops::RangeInclusive;
#[cfg(feature = "stream")]
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::control::{Control, Guid, Interests, Queue};
use crate::run::Run;
use crate::status::Accepts;
use crate::sys::Notification;

/// Receives the controls of the service, one [`Control`] after the other.
///
/// [`Service::controls`](crate::Service::controls) returns a `Controls` that accepts nothing; each `accept_` method adds a kind of
/// control. The service accepts only these: without [`accept_pause`](Self::accept_pause), Windows refuses `sc pause` for the
/// program. A stop is not a `Control`; it completes [`Service::stop_requested`](crate::Service::stop_requested).
///
/// ```no_run
/// use winsvc::{Control, Service};
///
/// #[winsvc::main]
/// async fn main(service: Service) {
///     let mut controls = service.controls().accept_pause().accept_param_change().accept_custom(200..=200);
///     service.ready();
///     while let Some(control) = controls.next().await {
///         match control {
///             Control::Pause(pause) => {
///                 // Finish the current work. The service is PAUSE_PENDING meanwhile ...
///                 pause.done(); // ... and PAUSED from here.
///             }
///             Control::Continue(_) => println!("serving again"),
///             Control::ParamChange(_) => println!("reading the configuration again"),
///             Control::Custom(200, _) => println!("writing a snapshot"),
///             _ => {}
///         }
///     }
///     // The service must stop.
/// }
/// ```
///
/// Every `Controls` gets all controls that it accepts: a pause that two of them accept is complete when both have completed it.
/// Dropping a `Controls` withdraws its kinds; a PAUSED service then becomes RUNNING at the next CONTINUE, which the runtime
/// handles itself. Receiving controls does not make the service ready.
///
/// # Limits
///
/// The control handler of winsvc puts a control into a queue and returns; it never waits for the program, because Windows
/// sends no controls to other services meanwhile. The queues are bounded:
///
/// - The next pause or continue arrives only after the previous one is complete.
/// - At most 64 custom controls are queued or [pending](crate::Pending). The sender of another one gets 1061
///   (`ERROR_SERVICE_CANNOT_ACCEPT_CTRL`).
/// - Parameter changes, time changes and triggers merge with a queued control of the same kind: reading the configuration
///   once is enough for both.
/// - At most 256 session, power and device events are queued; then the oldest are dropped, and [`Control::Missed`] has their
///   number.
#[derive(Debug)]
pub struct Controls {
    run: Arc<Run>,
    queue: Arc<Queue>,
}

impl Controls {
    /// The maximum number of queued events.
    ///
    /// ```
    /// assert_eq!(winsvc::Controls::CAPACITY, 256);
    /// ```
    pub const CAPACITY: usize = Queue::CAPACITY;

    pub(crate) fn new(run: Arc<Run>) -> Self {
        let queue = run.add_queue();
        Self { run, queue }
    }

    /// Accepts [`Control::Pause`] and [`Control::Continue`].
    ///
    /// ```no_run
    /// # use winsvc::Control;
    /// # async fn example(service: winsvc::Service) {
    /// let mut controls = service.controls().accept_pause();
    /// while let Some(control) = controls.next().await {
    ///     match control {
    ///         Control::Pause(pause) => pause.done(),   // PAUSED from here
    ///         Control::Continue(turn) => turn.done(),  // RUNNING from here
    ///         _ => {}
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn accept_pause(self) -> Self {
        self.and(Interests::in_accepted(Accepts::PAUSE_CONTINUE))
    }

    /// Accepts [`Control::ParamChange`]. On Linux and macOS, SIGHUP sends one from now on.
    ///
    /// ```no_run
    /// # use winsvc::Control;
    /// # async fn example(service: winsvc::Service) {
    /// let mut controls = service.controls().accept_param_change();
    /// while let Some(control) = controls.next().await {
    ///     if let Control::ParamChange(change) = control {
    ///         // Read the configuration again.
    ///         change.done();
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn accept_param_change(self) -> Self {
        self.and(Interests::in_accepted(Accepts::PARAM_CHANGE))
    }

    /// Accepts [`Control::SessionChange`].
    ///
    /// ```no_run
    /// # use winsvc::Control;
    /// # async fn example(service: winsvc::Service) {
    /// let mut controls = service.controls().accept_session_change();
    /// while let Some(control) = controls.next().await {
    ///     if let Control::SessionChange(change) = control {
    ///         println!("session {}: {:?}", change.session_id, change.reason);
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn accept_session_change(self) -> Self {
        self.and(Interests::in_accepted(Accepts::SESSION_CHANGE))
    }

    /// Accepts [`Control::Power`]: suspend, resume, AC and battery power.
    ///
    /// ```no_run
    /// # use winsvc::Control;
    /// # async fn example(service: winsvc::Service) {
    /// let mut controls = service.controls().accept_power();
    /// while let Some(control) = controls.next().await {
    ///     if let Control::Power(winsvc::PowerEvent::Suspend) = control {
    ///         println!("two seconds left");
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn accept_power(self) -> Self {
        self.and(Interests::in_accepted(Accepts::POWER))
    }

    /// Accepts [`Control::Power`], including the [changes](crate::PowerEvent::Setting) of this power setting. The first event
    /// has its current value.
    ///
    /// ```no_run
    /// use winsvc::{Control, Guid, PowerEvent, Service};
    ///
    /// /// Whether the machine runs on battery: `GUID_ACDC_POWER_SOURCE`.
    /// const POWER_SOURCE: Guid = Guid::from_u128(0x5d3e9a59_e9d5_4b00_a6bd_ff34ff516548);
    ///
    /// async fn save_power(service: Service) {
    ///     let mut controls = service.controls().accept_power_setting(POWER_SOURCE);
    ///     while let Some(control) = controls.next().await {
    ///         if let Control::Power(PowerEvent::Setting { setting: POWER_SOURCE, data }) = control {
    ///             println!("on mains: {}", data.first() == Some(&0));
    ///         }
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn accept_power_setting(self, setting: Guid) -> Self {
        self.run.register(Notification::PowerSetting(setting));
        self.accept_power()
    }

    /// Accepts [`Control::Device`] for devices with this interface (`GUID_DEVINTERFACE_*`).
    ///
    /// ```no_run
    /// use winsvc::{Control, Device, DeviceEventKind, Guid, Service};
    ///
    /// /// `GUID_DEVINTERFACE_VOLUME`
    /// const VOLUME: Guid = Guid::from_u128(0x53f5630d_b6bf_11d0_94f2_00a0c91efb8b);
    ///
    /// async fn watch_volumes(service: Service) {
    ///     let mut controls = service.controls().accept_devices(VOLUME);
    ///     while let Some(control) = controls.next().await {
    ///         if let Control::Device(event) = control {
    ///             if let (DeviceEventKind::Arrival, Device::Interface { name, .. }) = (event.kind, event.device) {
    ///                 println!("{name} has come");
    ///             }
    ///         }
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn accept_devices(self, class: Guid) -> Self {
        self.run.register(Notification::Devices(class));
        self.and(Interests::in_devices())
    }

    /// Accepts [`Control::TimeChange`].
    ///
    /// ```no_run
    /// # use winsvc::Control;
    /// # async fn example(service: winsvc::Service) {
    /// let mut controls = service.controls().accept_time_change();
    /// while let Some(control) = controls.next().await {
    ///     if let Control::TimeChange(change) = control {
    ///         println!("the clock was set to {:?}", change.new);
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn accept_time_change(self) -> Self {
        self.and(Interests::in_accepted(Accepts::TIME_CHANGE))
    }

    /// Accepts [`Control::Trigger`].
    ///
    /// ```no_run
    /// # use winsvc::Control;
    /// # async fn example(service: winsvc::Service) {
    /// let mut controls = service.controls().accept_trigger();
    /// while let Some(control) = controls.next().await {
    ///     if let Control::Trigger = control {
    ///         println!("triggered again");
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn accept_trigger(self) -> Self {
        self.and(Interests::in_accepted(Accepts::TRIGGER))
    }

    /// Accepts [`Control::Custom`] with these codes. Codes of the program are 128 to 255; others never arrive.
    ///
    /// ```no_run
    /// # use winsvc::Control;
    /// # async fn example(service: winsvc::Service) {
    /// let mut controls = service.controls().accept_custom(200..=201);
    /// while let Some(control) = controls.next().await {
    ///     if let Control::Custom(200, _) = control {
    ///         println!("writing a snapshot");
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn accept_custom(self, codes: RangeInclusive<u8>) -> Self {
        self.and(Interests::in_custom(codes))
    }

    fn and(self, interests: Interests) -> Self {
        self.queue.add_interests(interests);
        self.run.update_interests();
        self
    }

    /// Waits for the next control. Returns `None` as soon as the service must stop; controls that are still queued are dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no control, so it can be used in `select!`. It works on any async runtime.
    ///
    /// ```no_run
    /// # use winsvc::Control;
    /// # async fn example(service: winsvc::Service) {
    /// let mut controls = service.controls().accept_param_change();
    /// while let Some(control) = controls.next().await {
    ///     println!("{control:?}");
    /// }
    /// println!("the service is to stop");
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<Control> {
        poll_fn(|context| self.poll_next_control(context)).await
    }

    pub(crate) fn poll_next_control(&mut self, context: &mut Context<'_>) -> Poll<Option<Control>> {
        self.queue.poll(context)
    }

    /// Blocks the thread until the next control: [`next`](Self::next) for a `main` without async.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// fn main(service: winsvc::Service) {
    ///     let mut controls = service.controls().accept_pause();
    ///     service.ready();
    ///     while let Some(control) = controls.wait_next() {
    ///         println!("{control:?}");
    ///     }
    /// }
    /// ```
    pub fn wait_next(&mut self) -> Option<Control> {
        self.queue.wait()
    }

    /// Returns the next control if one is queued.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// fn main(service: winsvc::Service) {
    ///     let mut controls = service.controls().accept_custom(200..=200);
    ///     service.ready();
    ///     while !service.is_stopping() {
    ///         // one piece of work, and then:
    ///         if let Some(control) = controls.try_next() {
    ///             println!("{control:?}");
    ///         }
    ///     }
    /// }
    /// ```
    pub fn try_next(&mut self) -> Option<Control> {
        self.queue.try_take()
    }
}

/// The controls as a stream, with the combinators of `StreamExt` (feature `stream`). It ends when the service must stop.
/// With `StreamExt` in scope, [`next`](Controls::next) is still the method of `Controls`, with the same result.
#[cfg(feature = "stream")]
impl futures_core::Stream for Controls {
    type Item = Control;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Control>> {
        self.poll_next_control(context)
    }
}

impl Drop for Controls {
    fn drop(&mut self) {
        self.queue.close();
        self.run.remove_queue(&self.queue);
    }
}
