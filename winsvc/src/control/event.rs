//! The data of a control: the arguments of `HandlerEx`, parsed into owned values.
//!
//! The layouts are those of the Windows SDK: `WTSSESSION_NOTIFICATION`, `POWERBROADCAST_SETTING`,
//! `DEV_BROADCAST_DEVICEINTERFACE_W` and `SERVICE_TIMECHANGE_INFO`. They are parsed from copied bytes, so that invalid
//! data is ignored, and the tests run on any machine.

mod device;

use std::time::{Duration, SystemTime};

pub use device::{Device, DeviceEvent, DeviceEventKind};

use super::request::{Request, StopReason, code};
use super::{Guid, queue::Interests};
use crate::status::Accepts;

/// One call of `HandlerEx`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// `dwControl`
    pub(crate) code: u32,
    /// `dwEventType`
    pub(crate) event_type: u32,
    /// A copy of what `lpEventData` points to.
    pub(crate) data: Vec<u8>,
}

/// A control with its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IncomingControl {
    /// Stop the service.
    Stop(StopReason),
    /// Pause the service.
    Pause,
    /// Continue the service.
    Continue,
    /// Report the status.
    Interrogate,
    /// An event for the program, if it accepts it.
    Event(ControlEvent),
    /// A control that no program can accept.
    Unhandled,
}

/// An event that only the program can handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ControlEvent {
    ParamChange,
    SessionChange(SessionChange),
    Power(PowerEvent),
    Device(DeviceEvent),
    TimeChange(TimeChange),
    Trigger,
    Custom(u8),
}

impl Call {
    /// Reads the call.
    pub(crate) fn read(self) -> IncomingControl {
        let Self {
            code,
            event_type,
            data,
        } = self;
        let notice = match code {
            code::STOP => return IncomingControl::Stop(StopReason::Stop),
            code::SHUTDOWN => return IncomingControl::Stop(StopReason::Shutdown),
            code::PRESHUTDOWN => return IncomingControl::Stop(StopReason::Preshutdown),
            code::PAUSE => return IncomingControl::Pause,
            code::CONTINUE => return IncomingControl::Continue,
            code::INTERROGATE => return IncomingControl::Interrogate,
            code::PARAM_CHANGE => Some(ControlEvent::ParamChange),
            code::SESSION_CHANGE => SessionChange::read(event_type, &data).map(ControlEvent::SessionChange),
            code::POWER_EVENT => Some(ControlEvent::Power(PowerEvent::read(event_type, &data))),
            code::DEVICE_EVENT => Some(ControlEvent::Device(DeviceEvent::read(event_type, data))),
            code::TIME_CHANGE => TimeChange::read(&data).map(ControlEvent::TimeChange),
            code::TRIGGER_EVENT => Some(ControlEvent::Trigger),
            128..=255 => Some(ControlEvent::Custom(code as u8)),
            _ => None,
        };
        notice.map_or(IncomingControl::Unhandled, IncomingControl::Event)
    }
}

impl IncomingControl {
    /// The control as the lifecycle sees it.
    pub(crate) fn request(&self) -> Request {
        match self {
            Self::Stop(reason) => Request::Stop(*reason),
            Self::Pause => Request::Pause,
            Self::Continue => Request::Continue,
            Self::Interrogate => Request::Interrogate,
            Self::Event(_) => Request::Event,
            Self::Unhandled => Request::Unhandled,
        }
    }
}

impl ControlEvent {
    /// The interest that a queue needs to receive it.
    pub(crate) fn interest(&self) -> Interests {
        match self {
            Self::ParamChange => Interests::in_accepted(Accepts::PARAM_CHANGE),
            Self::SessionChange(_) => Interests::in_accepted(Accepts::SESSION_CHANGE),
            Self::Power(_) => Interests::in_accepted(Accepts::POWER),
            Self::Device(_) => Interests::in_devices(),
            Self::TimeChange(_) => Interests::in_accepted(Accepts::TIME_CHANGE),
            Self::Trigger => Interests::in_accepted(Accepts::TRIGGER),
            Self::Custom(code) => Interests::in_custom(*code..=*code),
        }
    }

    /// Whether Windows would treat an error as a refusal of the event, and not only as an unhandled event.
    pub(crate) fn is_a_question(&self) -> bool {
        matches!(self, Self::Power(_) | Self::Device(_))
    }
}

/// A change of a session.
///
/// ```
/// use winsvc::{SessionChange, SessionChangeReason};
///
/// fn is_somebody_there(change: SessionChange) -> bool {
///     matches!(change.reason, SessionChangeReason::Logon | SessionChangeReason::Unlock)
/// }
/// assert!(is_somebody_there(SessionChange::new(1, SessionChangeReason::Unlock)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SessionChange {
    /// The session's number, as `query session` shows it.
    pub session_id: u32,
    /// The kind of change.
    pub reason: SessionChangeReason,
}

/// The kinds of session changes (`WTS_*`).
///
/// ```
/// use winsvc::SessionChangeReason;
///
/// let is_remote = |reason| {
///     matches!(reason, SessionChangeReason::RemoteConnect | SessionChangeReason::RemoteDisconnect)
/// };
/// assert!(!is_remote(SessionChangeReason::Lock));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionChangeReason {
    /// It was connected to the console.
    ConsoleConnect,
    /// It was disconnected from the console.
    ConsoleDisconnect,
    /// It was connected to a remote terminal.
    RemoteConnect,
    /// It was disconnected from the remote terminal.
    RemoteDisconnect,
    /// A user has logged on to it.
    Logon,
    /// Its user has logged off.
    Logoff,
    /// It was locked.
    Lock,
    /// It was unlocked.
    Unlock,
    /// Its remote control has begun or ended.
    RemoteControl,
    /// It was created.
    Create,
    /// It was terminated.
    Terminate,
    /// A kind that this version does not know.
    Other(u32),
}

impl SessionChangeReason {
    /// The reasons that have a name, from 1 (`WTS_CONSOLE_CONNECT`) on.
    pub(crate) const NAMED: [Self; 11] = [
        Self::ConsoleConnect,
        Self::ConsoleDisconnect,
        Self::RemoteConnect,
        Self::RemoteDisconnect,
        Self::Logon,
        Self::Logoff,
        Self::Lock,
        Self::Unlock,
        Self::RemoteControl,
        Self::Create,
        Self::Terminate,
    ];
}

impl SessionChange {
    /// Creates a change that a test can send.
    ///
    /// ```
    /// use winsvc::testing::Request;
    /// use winsvc::{SessionChange, SessionChangeReason};
    ///
    /// let unlocked = Request::SessionChange(SessionChange::new(1, SessionChangeReason::Unlock));
    /// # let _ = unlocked;
    /// ```
    pub fn new(session_id: u32, reason: SessionChangeReason) -> Self {
        Self { session_id, reason }
    }

    fn read(event_type: u32, data: &[u8]) -> Option<Self> {
        let session_id = number(data, 4)?; // WTSSESSION_NOTIFICATION.dwSessionId
        let named = (event_type as usize)
            .checked_sub(1)
            .and_then(|index| SessionChangeReason::NAMED.get(index));
        let reason = named.copied().unwrap_or(SessionChangeReason::Other(event_type));
        Some(Self { session_id, reason })
    }
}

/// A power event of the machine (`PBT_*`).
///
/// ```
/// use winsvc::PowerEvent;
///
/// fn is_to_flush(event: &PowerEvent) -> bool {
///     matches!(event, PowerEvent::Suspend)
/// }
/// assert!(!is_to_flush(&PowerEvent::ResumeAutomatic));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PowerEvent {
    /// The machine is about to suspend; Windows waits at most two seconds.
    Suspend,
    /// The machine has resumed. Every resume begins with this event.
    ResumeAutomatic,
    /// A user is present again, after [`ResumeAutomatic`](Self::ResumeAutomatic).
    Resume,
    /// The power source or the state of the battery has changed.
    StatusChange,
    /// A setting accepted with [`Controls::accept_power_setting`](crate::Controls::accept_power_setting) has changed.
    Setting {
        /// Which one.
        setting: Guid,
        /// Its value, as described in the documentation of the setting.
        data: Vec<u8>,
    },
    /// A kind that this version does not know.
    Other(u32),
}

impl PowerEvent {
    pub(crate) const SUSPEND: u32 = 0x4;
    pub(crate) const RESUME: u32 = 0x7;
    pub(crate) const STATUS_CHANGE: u32 = 0xA;
    pub(crate) const RESUME_AUTOMATIC: u32 = 0x12;
    pub(crate) const SETTING_CHANGE: u32 = 0x8013;

    fn read(event_type: u32, data: &[u8]) -> Self {
        match event_type {
            Self::SUSPEND => Self::Suspend,
            Self::RESUME => Self::Resume,
            Self::STATUS_CHANGE => Self::StatusChange,
            Self::RESUME_AUTOMATIC => Self::ResumeAutomatic,
            Self::SETTING_CHANGE => Self::read_setting(data).unwrap_or(Self::Other(event_type)),
            other => Self::Other(other),
        }
    }

    /// `POWERBROADCAST_SETTING`
    fn read_setting(data: &[u8]) -> Option<Self> {
        let length = number(data, 16)? as usize;
        Some(Self::Setting {
            setting: guid(data, 0)?,
            data: data.get(20..)?.get(..length)?.to_vec(),
        })
    }
}

/// The machine's clock was set.
///
/// ```
/// use winsvc::TimeChange;
///
/// /// Whether timers may have been missed.
/// fn went_forward(change: TimeChange) -> bool {
///     change.new > change.old
/// }
/// # let _ = went_forward;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TimeChange {
    /// The time before the change.
    pub old: SystemTime,
    /// The time after the change.
    pub new: SystemTime,
}

impl TimeChange {
    /// 1601-01-01, where Windows' time begins, in seconds before 1970-01-01.
    pub(crate) const EPOCH: Duration = Duration::from_secs(11_644_473_600);

    /// A change for a test to send.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use winsvc::testing::Request;
    /// use winsvc::TimeChange;
    ///
    /// let now = SystemTime::now();
    /// let forward = Request::TimeChange(TimeChange::new(now - Duration::from_secs(3600), now));
    /// # let _ = forward;
    /// ```
    pub fn new(old: SystemTime, new: SystemTime) -> Self {
        Self { old, new }
    }

    /// `SERVICE_TIMECHANGE_INFO`: two counts of 100 ns.
    fn read(data: &[u8]) -> Option<Self> {
        let time = |offset| {
            let ticks = u64::from_le_bytes(bytes(data, offset)?);
            let since = Duration::new(ticks / 10_000_000, (ticks % 10_000_000) as u32 * 100);
            SystemTime::UNIX_EPOCH
                .checked_sub(Self::EPOCH)?
                .checked_add(since)
        };
        Some(Self {
            new: time(0)?,
            old: time(8)?,
        })
    }
}

fn bytes<const N: usize>(data: &[u8], offset: usize) -> Option<[u8; N]> {
    data.get(offset..)?.get(..N)?.try_into().ok()
}

fn number(data: &[u8], offset: usize) -> Option<u32> {
    bytes(data, offset).map(u32::from_le_bytes)
}

fn guid(data: &[u8], offset: usize) -> Option<Guid> {
    bytes(data, offset).map(Guid::from_memory)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_that_no_one_can_ask_for_is_unhandled() {
        for code in [0, 7, 12, 127, 256, u32::MAX] {
            let call = Call {
                code,
                event_type: 0,
                data: Vec::new(),
            };
            assert_eq!(call.read(), IncomingControl::Unhandled);
        }
    }

    #[test]
    fn what_windows_did_not_send_whole_is_passed_over() {
        let call = |code, event_type, length| Call {
            code,
            event_type,
            data: vec![0xFF; length],
        };
        assert_eq!(
            call(code::SESSION_CHANGE, 5, 7).read(),
            IncomingControl::Unhandled
        );
        assert_eq!(call(code::TIME_CHANGE, 0, 15).read(), IncomingControl::Unhandled);
        // The length that it gives reaches further than the data.
        let setting = call(code::POWER_EVENT, PowerEvent::SETTING_CHANGE, 24).read();
        let expected = PowerEvent::Other(PowerEvent::SETTING_CHANGE);
        assert_eq!(setting, IncomingControl::Event(ControlEvent::Power(expected)));
    }

    /// Windows gives power events no data but for changes of a setting.
    #[test]
    fn a_power_event_without_data_is_one() {
        for (event_type, expected) in [
            (4, PowerEvent::Suspend),
            (18, PowerEvent::ResumeAutomatic),
            (
                PowerEvent::SETTING_CHANGE,
                PowerEvent::Other(PowerEvent::SETTING_CHANGE),
            ),
        ] {
            let call = Call {
                code: code::POWER_EVENT,
                event_type,
                data: Vec::new(),
            };
            assert_eq!(call.read(), IncomingControl::Event(ControlEvent::Power(expected)));
        }
    }

    proptest! {
        #[test]
        fn no_call_makes_it_panic(
            code in prop_oneof![0..40_u32, any::<u32>()],
            event_type in prop_oneof![0..20_u32, 0x7FFF..0x8020_u32, any::<u32>()],
            data in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            let _ = Call { code, event_type, data }.read();
        }
    }
}
