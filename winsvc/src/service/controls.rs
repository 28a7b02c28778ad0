//! The author's handle to the controls: [`Controls`].

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

/// What the service is asked for and told of, one [`Control`] after the other.
///
/// [`Service::controls`](crate::Service::controls) gives one that asks for nothing; each method adds a kind of control. The service accepts what
/// its `Controls` ask for, and nothing else: without [`accept_pause`](Self::accept_pause), Windows refuses `sc pause` on the program's behalf. A stop is
/// no control here; it ends [`Service::stop_requested`](crate::Service::stop_requested).
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
///                 // Finish what is under way. The service is PAUSE_PENDING meanwhile ...
///                 pause.done(); // ... and PAUSED from here.
///             }
///             Control::Continue(_) => println!("serving again"),
///             Control::ParamChange(_) => println!("reading the configuration again"),
///             Control::Custom(200, _) => println!("writing a snapshot"),
///             _ => {}
///         }
///     }
///     // The service is to stop.
/// }
/// ```
///
/// Every `Controls` gets all that it has asked for: a pause that two have asked for is finished when both have finished it.
/// Dropping one takes back what it has asked for; a service that is PAUSED then becomes RUNNING by the next CONTINUE, which
/// the runtime takes itself. Taking controls does not make the service ready.
///
/// # In a flood
///
/// The control handler of winsvc puts a control into a queue and returns; it never waits for the program, because Windows
/// serves no other service meanwhile. What happens to a program that does not keep up has a bound:
///
/// - No second pause or continuation comes before the first has been finished.
/// - At most 64 custom controls are under way, waiting or [pending](crate::Pending). Further ones are refused to their sender with 1061
///   (`ERROR_SERVICE_CANNOT_ACCEPT_CTRL`).
/// - Parameter and time changes and triggers merge with one of their kind that still waits: reading the configuration once
///   serves both.
/// - Of session, power and device events 256 wait; then the oldest give way, and [`Control::Missed`] tells how many.
#[derive(Debug)]
pub struct Controls {
    run: Arc<Run>,
    queue: Arc<Queue>,
}

impl Controls {
    /// How many events wait for a program that does not take them.
    ///
    /// ```
    /// assert_eq!(winsvc::Controls::CAPACITY, 256);
    /// ```
    pub const CAPACITY: usize = Queue::CAPACITY;

    pub(crate) fn new(run: Arc<Run>) -> Self {
        let queue = run.add_queue();
        Self { run, queue }
    }

    /// Asks for [`Control::Pause`] and [`Control::Continue`].
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

    /// Asks for [`Control::ParamChange`]. On Linux and macOS, SIGHUP is one from now on.
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

    /// Asks for [`Control::SessionChange`].
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

    /// Asks for [`Control::Power`]: sleeping, waking, mains and battery.
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

    /// Asks for [`Control::Power`] with the [changes](crate::PowerEvent::Setting) of this power setting too. The first one
    /// tells its present value.
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

    /// Asks for [`Control::Device`], about devices with this interface (`GUID_DEVINTERFACE_*`).
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

    /// Asks for [`Control::TimeChange`].
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

    /// Asks for [`Control::Trigger`].
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

    /// Asks for [`Control::Custom`] with these codes. The program's own are 128 to 255; others never come.
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

    /// Waits for the next control; `None` as soon as the service is to stop. What was waiting at that moment is not
    /// worth doing any more, and is gone.
    ///
    /// The future may be dropped at any time without losing a control, so it goes into a `select!`; any async runtime
    /// will do.
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

    /// Blocks the thread until the next control, [`next`](Self::next) for a `main` without async.
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

    /// The next control, if one waits already.
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

/// The controls as a stream, with the combinators of `StreamExt` (feature `stream`). It ends when the service is to stop. The method
/// [`next`](Controls::next) stays that of `Controls` where `StreamExt` is in scope, and gives the same.
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
