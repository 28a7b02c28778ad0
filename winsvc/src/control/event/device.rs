//! Device events: `DEV_BROADCAST_HDR` and the structures that may follow it.

use super::{Guid, guid, number};

/// A device event.
///
/// ```
/// use winsvc::{Device, DeviceEvent, DeviceEventKind};
///
/// fn arrived(event: &DeviceEvent) -> Option<&str> {
///     match (event.kind, &event.device) {
///         (DeviceEventKind::Arrival, Device::Interface { name, .. }) => Some(name),
///         _ => None,
///     }
/// }
/// assert_eq!(arrived(&DeviceEvent::new(DeviceEventKind::Arrival, Device::Other(Vec::new()))), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DeviceEvent {
    /// The kind of event.
    pub kind: DeviceEventKind,
    /// The device.
    pub device: Device,
}

/// The kinds of device events (`DBT_*`).
///
/// If Windows asks whether a device may be removed, winsvc answers yes: the program receives the event afterwards, and could not
/// answer in time under load.
///
/// ```
/// use winsvc::DeviceEventKind;
///
/// let is_gone = |kind| matches!(kind, DeviceEventKind::RemoveComplete);
/// assert!(!is_gone(DeviceEventKind::RemovePending));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceEventKind {
    /// It has arrived and is ready.
    Arrival,
    /// A program requests its removal.
    QueryRemove,
    /// The request for its removal was denied.
    QueryRemoveFailed,
    /// It is about to be removed.
    RemovePending,
    /// It was removed.
    RemoveComplete,
    /// An event defined by the device.
    Custom,
    /// A kind that this version does not know.
    Other(u32),
}

/// The device of an event.
///
/// ```
/// use winsvc::{Device, Guid};
///
/// /// `GUID_DEVINTERFACE_VOLUME`
/// const VOLUME: Guid = Guid::from_u128(0x53f5630d_b6bf_11d0_94f2_00a0c91efb8b);
///
/// fn is_volume(device: &Device) -> bool {
///     matches!(device, Device::Interface { class: VOLUME, .. })
/// }
/// assert!(!is_volume(&Device::Other(Vec::new())));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Device {
    /// The interface of a device.
    Interface {
        /// The class of the interface.
        class: Guid,
        /// Its path, for `CreateFile`.
        name: String,
    },
    /// Another device: the bytes of its `DEV_BROADCAST_HDR`.
    Other(Vec<u8>),
}

impl DeviceEventKind {
    /// The kinds that have a name, with their codes.
    pub(crate) const NAMED: [(u32, Self); 6] = [
        (0x8000, Self::Arrival),
        (0x8001, Self::QueryRemove),
        (0x8002, Self::QueryRemoveFailed),
        (0x8003, Self::RemovePending),
        (0x8004, Self::RemoveComplete),
        (0x8006, Self::Custom),
    ];
}

impl Device {
    /// `DBT_DEVTYP_DEVICEINTERFACE`
    pub(crate) const INTERFACE: u32 = 5;

    /// `DEV_BROADCAST_DEVICEINTERFACE_W`
    fn read_interface(data: &[u8]) -> Option<Self> {
        if number(data, 4)? != Self::INTERFACE {
            return None;
        }
        let name: Vec<u16> = data
            .get(28..)?
            .chunks_exact(2)
            .map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
            .take_while(|unit| *unit != 0)
            .collect();
        Some(Self::Interface {
            class: guid(data, 12)?,
            name: String::from_utf16_lossy(&name),
        })
    }
}

impl DeviceEvent {
    /// Creates an event that a test can send.
    ///
    /// ```
    /// use winsvc::testing::Request;
    /// use winsvc::{Device, DeviceEvent, DeviceEventKind};
    ///
    /// let gone = Request::Device(DeviceEvent::new(DeviceEventKind::RemoveComplete, Device::Other(Vec::new())));
    /// # let _ = gone;
    /// ```
    pub fn new(kind: DeviceEventKind, device: Device) -> Self {
        Self { kind, device }
    }

    pub(super) fn read(event_type: u32, data: Vec<u8>) -> Self {
        let named = DeviceEventKind::NAMED
            .iter()
            .find(|(code, _)| *code == event_type);
        Self {
            kind: named.map_or(DeviceEventKind::Other(event_type), |(_, kind)| *kind),
            device: Device::read_interface(&data).unwrap_or(Device::Other(data)),
        }
    }
}
