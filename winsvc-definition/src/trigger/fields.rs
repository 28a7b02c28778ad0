//! The textual forms of a trigger: a table in Cargo.toml, a line in the stamp.

use std::fmt;
use std::mem;

use super::{FirewallPort, Port, Protocol, Trigger, TriggerAction, TriggerError, TriggerEvent, TriggerText};
use crate::Guid;
use crate::words::words;

words! {
    /// The kinds of events.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) enum On {
        DomainJoin = "domain-join",
        DomainLeave = "domain-leave",
        FirstIpAddress = "first-ip-address",
        LastIpAddress = "last-ip-address",
        MachinePolicy = "machine-policy",
        UserPolicy = "user-policy",
        FirewallPortOpen = "firewall-port-open",
        FirewallPortClose = "firewall-port-close",
        Device = "device",
        Etw = "etw",
        NamedPipe = "named-pipe",
        RpcInterface = "rpc-interface",
    }
}

/// The parsed value of `key`, or an error for `text`.
fn word<T>(value: Option<T>, key: &'static str, text: &str) -> Result<T, TriggerError> {
    value.ok_or_else(|| TriggerError::Word {
        key,
        found: text.to_owned(),
    })
}

/// A trigger as a table in Cargo.toml or a line in the stamp, with the keys of all kinds of events.
#[derive(Debug)]
#[cfg_attr(
    feature = "manifest",
    derive(serde::Deserialize),
    serde(deny_unknown_fields, rename_all = "kebab-case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Fields {
    /// The event.
    on: On,
    /// What the event does to the service; default: `start`.
    #[cfg_attr(feature = "manifest", serde(default))]
    action: TriggerAction,
    /// The port of a firewall event: a number, or `"RPC"`.
    port: Option<Port>,
    /// The protocol of a firewall event.
    protocol: Option<Protocol>,
    /// The exe that listens, or `system`.
    application: Option<TriggerText>,
    /// The service in that exe.
    service: Option<TriggerText>,
    /// The GUID of the interface class of a device.
    class: Option<Guid>,
    /// Hardware or compatible identifiers, one of which must match; default: any device of the class.
    #[cfg_attr(feature = "manifest", serde(default))]
    hardware_ids: Vec<TriggerText>,
    /// The GUID of a provider of Event Tracing for Windows.
    provider: Option<Guid>,
    /// The name of a pipe, without `\\.\pipe\`.
    pipe: Option<TriggerText>,
    /// The GUID of an RPC interface.
    interface: Option<Guid>,
}

impl Fields {
    fn new(on: On) -> Self {
        Self {
            on,
            action: TriggerAction::default(),
            port: None,
            protocol: None,
            application: None,
            service: None,
            class: None,
            hardware_ids: Vec::new(),
            provider: None,
            pipe: None,
            interface: None,
        }
    }

    /// Builds the trigger, if the event has all keys that it requires and no others.
    fn resolve(mut self) -> Result<Trigger, TriggerError> {
        let event = match self.on {
            On::DomainJoin => TriggerEvent::DomainJoin,
            On::DomainLeave => TriggerEvent::DomainLeave,
            On::FirstIpAddress => TriggerEvent::FirstIpAddress,
            On::LastIpAddress => TriggerEvent::LastIpAddress,
            On::MachinePolicy => TriggerEvent::MachinePolicy,
            On::UserPolicy => TriggerEvent::UserPolicy,
            On::FirewallPortOpen => TriggerEvent::FirewallPortOpen(self.firewall_port()?),
            On::FirewallPortClose => TriggerEvent::FirewallPortClose(self.firewall_port()?),
            On::Device => TriggerEvent::Device {
                class: needed("class", self.class.take())?,
                hardware_ids: mem::take(&mut self.hardware_ids),
            },
            On::Etw => TriggerEvent::Etw {
                provider: needed("provider", self.provider.take())?,
            },
            On::NamedPipe => TriggerEvent::NamedPipe {
                pipe: needed("pipe", self.pipe.take())?,
            },
            On::RpcInterface => TriggerEvent::RpcInterface {
                interface: needed("interface", self.interface.take())?,
            },
        };
        if self.action == TriggerAction::Stop && matches!(self.on, On::NamedPipe | On::RpcInterface) {
            return Err(TriggerError::OnlyStart);
        }
        let left = [
            ("port", self.port.is_some()),
            ("protocol", self.protocol.is_some()),
            ("application", self.application.is_some()),
            ("service", self.service.is_some()),
            ("class", self.class.is_some()),
            ("hardware-ids", !self.hardware_ids.is_empty()),
            ("provider", self.provider.is_some()),
            ("pipe", self.pipe.is_some()),
            ("interface", self.interface.is_some()),
        ];
        match left.into_iter().find(|(_, is_there)| *is_there) {
            Some((key, _)) => Err(TriggerError::Meaningless { key }),
            None => Ok(Trigger {
                action: self.action,
                event,
            }),
        }
    }

    fn firewall_port(&mut self) -> Result<FirewallPort, TriggerError> {
        let port = FirewallPort {
            port: needed("port", self.port.take())?,
            protocol: needed("protocol", self.protocol.take())?,
            application: self.application.take(),
            service: self.service.take(),
        };
        if port.service.is_some() && port.application.is_none() {
            return Err(TriggerError::Missing { key: "application" });
        }
        // All strings are one data item: each string ends with a zero, and the list with one more.
        let units: usize = port
            .texts()
            .iter()
            .map(|text| text.encode_utf16().count() + 1)
            .sum();
        match port.application {
            Some(application) if units >= TriggerText::LONGEST => {
                Err(TriggerError::Text { found: application.0 })
            }
            application => Ok(FirewallPort { application, ..port }),
        }
    }
}

fn needed<T>(key: &'static str, value: Option<T>) -> Result<T, TriggerError> {
    value.ok_or(TriggerError::Missing { key })
}

impl TryFrom<Fields> for Trigger {
    type Error = TriggerError;

    fn try_from(fields: Fields) -> Result<Self, TriggerError> {
        fields.resolve()
    }
}

/// The separator between a trigger's fields on one line; no string contains it.
const SEPARATOR: char = '\t';

impl Trigger {
    /// Parses the form that [`Display`](fmt::Display) writes, which the stamp contains.
    pub fn new(text: &str) -> Result<Self, TriggerError> {
        let mut parts = text.split(SEPARATOR);
        let text = parts.next().unwrap_or_default();
        let action = word(TriggerAction::from_word(text), "action", text)?;
        let text = parts.next().unwrap_or_default();
        let on = word(On::from_word(text), "on", text)?;
        let mut fields = Fields {
            action,
            ..Fields::new(on)
        };
        let guid = |key: &'static str, value: &str| word(Guid::new(value).ok(), key, value).map(Some);
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match key {
                "port" => fields.port = Some(Port::new(value)?),
                "protocol" => fields.protocol = Some(word(Protocol::from_word(value), "protocol", value)?),
                "application" => fields.application = Some(TriggerText::new(value)?),
                "service" => fields.service = Some(TriggerText::new(value)?),
                "class" => fields.class = guid("class", value)?,
                "hardware-id" => fields.hardware_ids.push(TriggerText::new(value)?),
                "provider" => fields.provider = guid("provider", value)?,
                "pipe" => fields.pipe = Some(TriggerText::new(value)?),
                "interface" => fields.interface = guid("interface", value)?,
                _ => {}
            }
        }
        fields.resolve()
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = self.event.kind().word();
        write!(f, "{}{SEPARATOR}{on}", self.action.as_str())?;
        let mut field = |key: &str, value: &dyn fmt::Display| write!(f, "{SEPARATOR}{key}={value}");
        match &self.event {
            TriggerEvent::FirewallPortOpen(port) | TriggerEvent::FirewallPortClose(port) => {
                field("port", &port.port)?;
                field("protocol", &port.protocol)?;
                for (key, text) in [("application", &port.application), ("service", &port.service)] {
                    if let Some(text) = text {
                        field(key, &text.0)?;
                    }
                }
                Ok(())
            }
            TriggerEvent::Device { class, hardware_ids } => {
                field("class", class)?;
                hardware_ids.iter().try_for_each(|id| field("hardware-id", &id.0))
            }
            TriggerEvent::Etw { provider } => field("provider", provider),
            TriggerEvent::NamedPipe { pipe } => field("pipe", &pipe.0),
            TriggerEvent::RpcInterface { interface } => field("interface", interface),
            _ => Ok(()),
        }
    }
}
