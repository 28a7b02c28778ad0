//! Triggers: system events that start or stop the service.

mod fields;

use std::fmt;

use crate::words::words;
use crate::{Guid, validated_text};
use fields::On;

/// A system event, and whether the SCM starts or stops the service on it
/// ([`SERVICE_TRIGGER`](https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_trigger)).
///
/// ```
/// use winsvc_definition::{Trigger, TriggerAction, TriggerEvent};
///
/// let trigger = Trigger { action: TriggerAction::Start, event: TriggerEvent::FirstIpAddress };
/// assert_eq!(Trigger::new(&trigger.to_string()), Ok(trigger));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "manifest",
    derive(serde::Deserialize),
    serde(try_from = "fields::Fields")
)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "fields::Fields")
)]
pub struct Trigger {
    /// What the SCM does.
    pub action: TriggerAction,
    /// The event that fires the trigger.
    pub event: TriggerEvent,
}

words! {
    /// What the SCM does when the event occurs.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum TriggerAction {
        /// Start the service.
        #[default]
        Start = "start",
        /// Stop the service.
        Stop = "stop",
    }
}

impl TriggerAction {
    /// `SERVICE_TRIGGER_ACTION_SERVICE_START` or `SERVICE_TRIGGER_ACTION_SERVICE_STOP`.
    pub const fn code(self) -> u32 {
        match self {
            Self::Start => 1,
            Self::Stop => 2,
        }
    }
}

/// A system event.
///
/// ```
/// use winsvc_definition::*;
///
/// let disks = Guid::from_u128(0x53f56307_b6bf_11d0_94f2_00a0c91efb8b);
/// let arrival = TriggerEvent::Device { class: disks, hardware_ids: Vec::new() };
/// assert_ne!(arrival, TriggerEvent::DomainJoin);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerEvent {
    /// The machine joins a domain.
    DomainJoin,
    /// The machine leaves its domain.
    DomainLeave,
    /// The machine gets its first IP address.
    FirstIpAddress,
    /// The machine loses its last IP address.
    LastIpAddress,
    /// The machine's group policy changes.
    MachinePolicy,
    /// A user's group policy changes.
    UserPolicy,
    /// A firewall port is opened. The base filtering engine and its dependents must be stopped while the SCM registers
    /// this trigger.
    FirewallPortOpen(FirewallPort),
    /// A firewall port has been closed for about a minute. The base filtering engine and its dependents must be stopped
    /// while the SCM registers this trigger.
    FirewallPortClose(FirewallPort),
    /// A device arrives, or is present when the machine starts.
    Device {
        /// The device interface class.
        class: Guid,
        /// Hardware or compatible identifiers, one of which must match; empty for any device of the class.
        hardware_ids: Vec<TriggerText>,
    },
    /// A provider of Event Tracing for Windows (ETW) writes any event.
    Etw {
        /// The provider.
        provider: Guid,
    },
    /// A client opens a named pipe. This event can only start the service.
    NamedPipe {
        /// The pipe's name, without `\\.\pipe\`.
        pipe: TriggerText,
    },
    /// A client looks up the endpoint of an RPC interface. This event can only start the service.
    RpcInterface {
        /// The interface.
        interface: Guid,
    },
}

/// The names of an event in the SCM's API and in Cargo.toml.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    on: On,
    /// `dwTriggerType`
    pub(crate) code: u32,
    /// `pTriggerSubtype`, if it is the same for all events of the kind.
    pub(crate) subtype: Option<Guid>,
}

/// The kinds of events, in the order of [`On`]
/// ([`SERVICE_TRIGGER`](https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_trigger)).
#[rustfmt::skip]
const KINDS: [Kind; 12] = [
    // SERVICE_TRIGGER_TYPE_DOMAIN_JOIN: DOMAIN_JOIN_GUID, DOMAIN_LEAVE_GUID
    Kind::new(On::DomainJoin, 3, Some(Guid::from_u128(0x1ce2_0aba_9851_4421_9430_1dde_b766_e809))),
    Kind::new(On::DomainLeave, 3, Some(Guid::from_u128(0xddaf_516e_58c2_4866_9574_c3b6_15d4_2ea1))),
    // SERVICE_TRIGGER_TYPE_IP_ADDRESS_AVAILABILITY: NETWORK_MANAGER_{FIRST_IP_ADDRESS_ARRIVAL, LAST_IP_ADDRESS_REMOVAL}_GUID
    Kind::new(On::FirstIpAddress, 2, Some(Guid::from_u128(0x4f27_f2de_14e2_430b_a549_7cd4_8cbc_8245))),
    Kind::new(On::LastIpAddress, 2, Some(Guid::from_u128(0xcc4b_a62a_162e_4648_847a_b6bd_f993_e335))),
    // SERVICE_TRIGGER_TYPE_GROUP_POLICY: MACHINE_POLICY_PRESENT_GUID, USER_POLICY_PRESENT_GUID
    Kind::new(On::MachinePolicy, 5, Some(Guid::from_u128(0x659f_cae6_5bdb_4da9_b1ff_ca2a_178d_46e0))),
    Kind::new(On::UserPolicy, 5, Some(Guid::from_u128(0x54fb_46c8_f089_464c_b1fd_59d1_b62c_3b50))),
    // SERVICE_TRIGGER_TYPE_FIREWALL_PORT_EVENT: FIREWALL_PORT_OPEN_GUID, FIREWALL_PORT_CLOSE_GUID
    Kind::new(On::FirewallPortOpen, 4, Some(Guid::from_u128(0xb756_9e07_8421_4ee0_ad10_8691_5afd_ad09))),
    Kind::new(On::FirewallPortClose, 4, Some(Guid::from_u128(0xa144_ed38_8e12_4de4_9d96_e647_40b1_a524))),
    // SERVICE_TRIGGER_TYPE_DEVICE_INTERFACE_ARRIVAL
    Kind::new(On::Device, 1, None),
    // SERVICE_TRIGGER_TYPE_CUSTOM
    Kind::new(On::Etw, 20, None),
    // SERVICE_TRIGGER_TYPE_NETWORK_ENDPOINT: NAMED_PIPE_EVENT_GUID, RPC_INTERFACE_EVENT_GUID
    Kind::new(On::NamedPipe, 6, Some(Guid::from_u128(0x1f81_d131_3fac_4537_9e0c_7e7b_0c2f_4b55))),
    Kind::new(On::RpcInterface, 6, Some(Guid::from_u128(0xbc90_d167_9470_4139_a9ba_be0b_bbf5_b74d))),
];

impl Kind {
    const fn new(on: On, code: u32, subtype: Option<Guid>) -> Self {
        Self { on, code, subtype }
    }

    /// The keyword in Cargo.toml.
    pub(crate) const fn word(self) -> &'static str {
        self.on.as_str()
    }

    /// The kind of an event of the SCM's.
    pub(crate) fn find(code: u32, subtype: Guid) -> Option<Self> {
        let is_this = |kind: &Self| kind.code == code && kind.subtype.is_none_or(|only| only == subtype);
        KINDS.into_iter().find(is_this)
    }
}

impl TriggerEvent {
    /// What it is called.
    pub(crate) const fn kind(&self) -> Kind {
        let on = match self {
            Self::DomainJoin => On::DomainJoin,
            Self::DomainLeave => On::DomainLeave,
            Self::FirstIpAddress => On::FirstIpAddress,
            Self::LastIpAddress => On::LastIpAddress,
            Self::MachinePolicy => On::MachinePolicy,
            Self::UserPolicy => On::UserPolicy,
            Self::FirewallPortOpen(_) => On::FirewallPortOpen,
            Self::FirewallPortClose(_) => On::FirewallPortClose,
            Self::Device { .. } => On::Device,
            Self::Etw { .. } => On::Etw,
            Self::NamedPipe { .. } => On::NamedPipe,
            Self::RpcInterface { .. } => On::RpcInterface,
        };
        KINDS[on as usize]
    }
}

/// A firewall port, and the program that listens on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallPort {
    /// The port number.
    pub port: Port,
    /// The protocol.
    pub protocol: Protocol,
    /// The path of the exe that listens on the port; it may contain environment variables, and `system` is the kernel.
    pub application: Option<TriggerText>,
    /// The service in this exe.
    pub service: Option<TriggerText>,
}

/// A port number.
///
/// ```
/// use winsvc_definition::*;
///
/// assert_eq!(Port::new("8080").unwrap().to_string(), "8080");
/// assert!(Port::new("0").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "crate::schema::OneOf<(String, u16)>")
)]
pub enum Port {
    /// This port.
    Number(u16),
    /// The port that RPC listens on.
    Rpc,
}

impl Port {
    /// Parses a number from 1 to 65535, or `RPC`.
    pub fn new(text: &str) -> Result<Self, TriggerError> {
        match text.parse() {
            Ok(number @ 1..) => Ok(Self::Number(number)),
            _ if text == "RPC" => Ok(Self::Rpc),
            _ => Err(TriggerError::Port {
                found: text.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Rpc => f.write_str("RPC"),
        }
    }
}

words! {
    /// The protocol of a port.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Protocol {
        /// TCP
        Tcp = "tcp",
        /// UDP
        Udp = "udp",
    }
}

impl Protocol {
    /// The SCM's name of the protocol.
    pub const fn scm_name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// A string in an event's data: 1 to 511 UTF-16 units without control characters, the most that the SCM's 1,024 bytes
/// hold ([`SERVICE_TRIGGER_SPECIFIC_DATA_ITEM`](https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_trigger_specific_data_item)).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1, "maxLength" = 511)))]
pub struct TriggerText(String);

impl TriggerText {
    /// The SCM's limit, including terminating zeros, in UTF-16 units.
    const LONGEST: usize = 512;

    /// Checks the string.
    pub fn new(text: &str) -> Result<Self, TriggerError> {
        let length = text.encode_utf16().count();
        if text.is_empty() || length >= Self::LONGEST || text.contains(|c: char| c.is_control()) {
            return Err(TriggerError::Text {
                found: text.to_owned(),
            });
        }
        Ok(Self(text.to_owned()))
    }

    /// The string as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

validated_text!(TriggerText, TriggerError);

impl FirewallPort {
    /// The strings that the SCM compares, in its order.
    pub fn texts(&self) -> Vec<String> {
        let texts = [&self.application, &self.service].into_iter().flatten();
        [self.port.to_string(), self.protocol.scm_name().to_owned()]
            .into_iter()
            .chain(texts.map(|text| text.0.clone()))
            .collect()
    }
}

/// The error for an invalid trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerError {
    /// The key does not accept this value.
    Word {
        /// The key.
        key: &'static str,
        /// The value.
        found: String,
    },
    /// The string is not a port.
    Port {
        /// The string.
        found: String,
    },
    /// The string is empty, too long, or contains control characters.
    Text {
        /// The string.
        found: String,
    },
    /// A key that the event requires is missing.
    Missing {
        /// The key.
        key: &'static str,
    },
    /// The event does not have this key.
    Meaningless {
        /// The key.
        key: &'static str,
    },
    /// The event can only start a service, not stop it.
    OnlyStart,
}

impl fmt::Display for TriggerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word { key, found } => write!(f, "invalid value {found:?} for `{key}` of a trigger"),
            Self::Port { found } => {
                write!(
                    f,
                    "invalid port {found:?}; expected a number from 1 to 65535, or \"RPC\""
                )
            }
            Self::Text { found } => write!(
                f,
                "invalid string {found:?} in a trigger; expected 1 to 511 characters, without control characters"
            ),
            Self::Missing { key } => write!(f, "missing key `{key}` for this trigger"),
            Self::Meaningless { key } => write!(f, "unexpected key `{key}` for this trigger"),
            Self::OnlyStart => {
                f.write_str("this trigger cannot stop a service; expected `action = \"start\"`")
            }
        }
    }
}

impl std::error::Error for TriggerError {}

#[cfg(feature = "manifest")]
impl<'de> serde::Deserialize<'de> for Port {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrText;

        impl serde::de::Visitor<'_> for NumberOrText {
            type Value = Port;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a port from 1 to 65535, or \"RPC\"")
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Port, E> {
                Port::new(&number.to_string()).map_err(E::custom)
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Port, E> {
                Port::new(&number.to_string()).map_err(E::custom)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Port, E> {
                match text {
                    "RPC" => Ok(Port::Rpc),
                    _ => Err(E::custom(TriggerError::Port {
                        found: text.to_owned(),
                    })),
                }
            }
        }

        deserializer.deserialize_any(NumberOrText)
    }
}

#[cfg(test)]
mod tests;
