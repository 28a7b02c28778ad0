//! The controls that a test can send, in the format of Windows.

use std::error::Error;
use std::fmt;
use std::time::SystemTime;

use crate::control::{
    Call, Device, DeviceEvent, DeviceEventKind, PowerEvent, SessionChange, SessionChangeReason, TimeChange,
    code,
};
use crate::status::Accepts;

/// A control that a test sends to the service.
///
/// ```
/// # use std::time::Duration;
/// # use winsvc::testing::{Request, Refused, Scm, State};
/// # use winsvc::{Service, Starting};
/// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
/// service.wait_for(State::Running);
/// service.send(Request::Interrogate).unwrap();
/// service.send(Request::Stop).unwrap();
/// # service.end();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request {
    /// `sc stop`
    Stop,
    /// The machine shuts down.
    Shutdown,
    /// The machine is about to shut down.
    Preshutdown,
    /// `sc pause`
    Pause,
    /// `sc continue`
    Continue,
    /// `sc interrogate`
    Interrogate,
    /// `sc control NAME paramchange`
    ParamChange,
    /// Something has happened to a session.
    SessionChange(SessionChange),
    /// Something has happened to the machine's power.
    Power(PowerEvent),
    /// Something has happened to a device.
    Device(DeviceEvent),
    /// The clock was set.
    TimeChange(TimeChange),
    /// A trigger of the service.
    Trigger,
    /// `sc control NAME 200`; the program's own are 128 to 255.
    Custom(u8),
}

impl Request {
    /// The accepted bits that Windows requires to send this; none if it is always sent.
    pub(super) fn accepted_by(&self) -> Accepts {
        match self {
            Self::Stop => Accepts::STOP,
            Self::Shutdown => Accepts::SHUTDOWN,
            Self::Preshutdown => Accepts::PRESHUTDOWN,
            Self::Pause | Self::Continue => Accepts::PAUSE_CONTINUE,
            Self::ParamChange => Accepts::PARAM_CHANGE,
            Self::SessionChange(_) => Accepts::SESSION_CHANGE,
            Self::Power(_) => Accepts::POWER,
            Self::TimeChange(_) => Accepts::TIME_CHANGE,
            Self::Trigger => Accepts::TRIGGER,
            Self::Interrogate | Self::Device(_) | Self::Custom(_) => Accepts::NONE,
        }
    }

    /// The arguments that `HandlerEx` is called with.
    pub(super) fn call(&self) -> Call {
        let (code, event_type, data) = match self {
            Self::Stop => (code::STOP, 0, Vec::new()),
            Self::Shutdown => (code::SHUTDOWN, 0, Vec::new()),
            Self::Preshutdown => (code::PRESHUTDOWN, 0, Vec::new()),
            Self::Pause => (code::PAUSE, 0, Vec::new()),
            Self::Continue => (code::CONTINUE, 0, Vec::new()),
            Self::Interrogate => (code::INTERROGATE, 0, Vec::new()),
            Self::ParamChange => (code::PARAM_CHANGE, 0, Vec::new()),
            Self::SessionChange(change) => {
                let (event_type, data) = session_notification(*change);
                (code::SESSION_CHANGE, event_type, data)
            }
            Self::Power(event) => {
                let (event_type, data) = power_broadcast(event);
                (code::POWER_EVENT, event_type, data)
            }
            Self::Device(event) => {
                let (event_type, data) = device_broadcast(event);
                (code::DEVICE_EVENT, event_type, data)
            }
            Self::TimeChange(change) => (code::TIME_CHANGE, 0, time_change_info(*change)),
            Self::Trigger => (code::TRIGGER_EVENT, 0, Vec::new()),
            Self::Custom(code) => (u32::from(*code), 0, Vec::new()),
        };
        Call {
            code,
            event_type,
            data,
        }
    }
}

/// `WTSSESSION_NOTIFICATION`
fn session_notification(change: SessionChange) -> (u32, Vec<u8>) {
    let named = SessionChangeReason::NAMED
        .iter()
        .position(|reason| *reason == change.reason);
    let event_type = match (change.reason, named) {
        (SessionChangeReason::Other(code), _) => code,
        (_, index) => index.map_or(0, |index| index as u32 + 1),
    };
    (event_type, [8, change.session_id].map(u32::to_le_bytes).concat())
}

/// `POWERBROADCAST_SETTING` where there is one.
fn power_broadcast(event: &PowerEvent) -> (u32, Vec<u8>) {
    match event {
        PowerEvent::Suspend => (PowerEvent::SUSPEND, Vec::new()),
        PowerEvent::Resume => (PowerEvent::RESUME, Vec::new()),
        PowerEvent::ResumeAutomatic => (PowerEvent::RESUME_AUTOMATIC, Vec::new()),
        PowerEvent::StatusChange => (PowerEvent::STATUS_CHANGE, Vec::new()),
        PowerEvent::Setting { setting, data } => {
            let length = (data.len() as u32).to_le_bytes();
            let broadcast = [&setting.to_memory()[..], &length, data].concat();
            (PowerEvent::SETTING_CHANGE, broadcast)
        }
        PowerEvent::Other(code) => (*code, Vec::new()),
    }
}

/// `DEV_BROADCAST_DEVICEINTERFACE_W`
fn device_broadcast(event: &DeviceEvent) -> (u32, Vec<u8>) {
    let named = DeviceEventKind::NAMED
        .iter()
        .find(|(_, kind)| *kind == event.kind);
    let event_type = match (event.kind, named) {
        (DeviceEventKind::Other(code), _) => code,
        (_, named) => named.map_or(0, |(code, _)| *code),
    };
    let data = match &event.device {
        Device::Interface { class, name } => {
            let name: Vec<u8> = name
                .encode_utf16()
                .chain([0])
                .flat_map(u16::to_le_bytes)
                .collect();
            let header = [28 + name.len() as u32, Device::INTERFACE, 0].map(u32::to_le_bytes);
            [&header.concat()[..], &class.to_memory(), &name].concat()
        }
        Device::Other(data) => data.clone(),
    };
    (event_type, data)
}

/// `SERVICE_TIMECHANGE_INFO`
fn time_change_info(change: TimeChange) -> Vec<u8> {
    let ticks = |time: SystemTime| {
        let since = time.duration_since(SystemTime::UNIX_EPOCH - TimeChange::EPOCH);
        (since.unwrap_or_default().as_nanos() / 100) as u64
    };
    [ticks(change.new), ticks(change.old)]
        .map(u64::to_le_bytes)
        .concat()
}

/// The reason why a control did not reach the program.
///
/// ```
/// # use std::time::Duration;
/// # use winsvc::testing::{Request, Refused, Scm, State};
/// # use winsvc::{Service, Starting};
/// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
/// service.wait_for(State::Running);
/// assert_eq!(service.send(Request::Pause), Err(Refused::NotAccepted));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The service does not accept it (`ERROR_INVALID_SERVICE_CONTROL`), or has not registered for it.
    NotAccepted,
    /// Not in this state (`ERROR_SERVICE_CANNOT_ACCEPT_CTRL`).
    CannotAccept,
    /// The service is not running (`ERROR_SERVICE_NOT_ACTIVE`).
    NotActive,
    /// The service refused the control, with this Win32 error code.
    Answered(u32),
}

impl Refused {
    /// Returns the Win32 error code that the caller of the SCM gets.
    ///
    /// ```
    /// assert_eq!(winsvc::testing::Refused::NotActive.code(), 1062);
    /// ```
    pub fn code(self) -> u32 {
        match self {
            Self::NotAccepted => 1052,
            Self::CannotAccept => 1061,
            Self::NotActive => 1062,
            Self::Answered(code) => code,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAccepted => f.write_str("the service does not accept this control"),
            Self::CannotAccept => f.write_str("the service cannot accept controls in its current state"),
            Self::NotActive => f.write_str("the service is not running"),
            Self::Answered(code) => write!(f, "the service refused the control with error {code}"),
        }
    }
}

impl Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{ControlEvent, Guid, IncomingControl};

    const CLASS: Guid = Guid::from_u128(0x5d3e_9a59_e9d5_4b00_a6bd_ff34_ff51_6548);

    #[test]
    fn what_is_sent_is_what_is_read() {
        let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_700_000_000_123);
        let session = SessionChange::new(3, SessionChangeReason::Unlock);
        let power = PowerEvent::Setting {
            setting: CLASS,
            data: vec![1, 2, 3, 4, 5],
        };
        let device = DeviceEvent::new(
            DeviceEventKind::Arrival,
            Device::Interface {
                class: CLASS,
                name: r"\\?\USB#ä".to_owned(),
            },
        );
        let time = TimeChange::new(now, SystemTime::UNIX_EPOCH);
        for (ask, notice) in [
            (
                Request::SessionChange(session),
                ControlEvent::SessionChange(session),
            ),
            (Request::Power(power.clone()), ControlEvent::Power(power)),
            (
                Request::Power(PowerEvent::Suspend),
                ControlEvent::Power(PowerEvent::Suspend),
            ),
            (Request::Device(device.clone()), ControlEvent::Device(device)),
            (Request::TimeChange(time), ControlEvent::TimeChange(time)),
            (Request::ParamChange, ControlEvent::ParamChange),
            (Request::Trigger, ControlEvent::Trigger),
            (Request::Custom(128), ControlEvent::Custom(128)),
        ] {
            assert_eq!(ask.call().read(), IncomingControl::Event(notice));
        }
        for reason in SessionChangeReason::NAMED {
            let change = SessionChange::new(1, reason);
            assert_eq!(
                Request::SessionChange(change).call().read(),
                IncomingControl::Event(ControlEvent::SessionChange(change))
            );
        }
    }
}
