//! The values of the definition in the SCM's database and in the registry. The MSI registers them by its tables, the
//! exe by its own commands.

use std::fmt;
use std::time::Duration;

pub use crate::timeout::length;

use crate::trigger::Kind;
use crate::{Definition, Guid, Recovery, TextName, TriggerEvent, events};

/// `SERVICE_WIN32_OWN_PROCESS`: the service is the only one in its process.
pub const OWN_PROCESS: u32 = 0x10;

/// `SERVICE_ERROR_NORMAL`: if the service does not start at boot, Windows logs an event and continues.
pub const ERROR_NORMAL: u32 = 1;

/// The account of a service without an explicit account.
pub const LOCAL_SYSTEM: &str = "LocalSystem";

/// The key below `HKEY_LOCAL_MACHINE` with a key for each service.
pub const SERVICES_KEY: &str = r"SYSTEM\CurrentControlSet\Services";

/// The value with the environment in a service's key, a `REG_MULTI_SZ`.
pub const ENVIRONMENT_VALUE: &str = "Environment";

/// The value with the preshutdown timeout in milliseconds in a service's key, a `REG_DWORD`.
pub const PRESHUTDOWN_TIMEOUT_VALUE: &str = "PreshutdownTimeout";

/// How long Windows waits for a service that accepts PRESHUTDOWN and has no registered timeout: 10 s since Windows 10,
/// version 1703
/// ([SERVICE_PRESHUTDOWN_INFO](https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_preshutdown_info)).
pub const DEFAULT_PRESHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long Windows waits for its services at shutdown if the registry contains no value
/// (`SYSTEM\CurrentControlSet\Control`, `WaitToKillServiceTimeout`): 5 s since Windows 8.
pub const DEFAULT_SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The key below `HKEY_LOCAL_MACHINE` with a key for each event source of the Application log. The source of a service
/// has the service's name.
pub const EVENT_SOURCES_KEY: &str = r"SYSTEM\CurrentControlSet\Services\EventLog\Application";

/// The value in a product's registry key that names what has installed it.
pub const INSTALLED_BY_VALUE: &str = "InstalledBy";
/// Its content if that was the MSI. Whatever else it contains, or if it is missing, updates replace the exe.
pub const INSTALLED_BY_MSI: &str = "msi";

/// The key with the state of self-update, for people: below the product's registry key.
pub fn update_key(product: &str) -> String {
    format!(r"{product}\Update")
}

/// `SC_ACTION_NONE`: the SCM does nothing.
pub const NOTHING: i32 = 0;
/// `SC_ACTION_RESTART`: the SCM restarts the service.
pub const RESTART: i32 = 1;

/// The SCM's actions after failures: `SERVICE_FAILURE_ACTIONSW`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureActions {
    /// `dwResetPeriod`, in seconds.
    pub reset_period: u32,
    /// The actions after the first failure, the second, and so on.
    pub actions: Vec<FailureAction>,
}

/// `SC_ACTION`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureAction {
    /// `Type`; a definition only uses [`RESTART`] and [`NOTHING`].
    pub kind: i32,
    /// `Delay`, in milliseconds.
    pub delay: u32,
}

/// Returns the failure actions of the definition.
pub fn failure_actions(definition: &Definition) -> FailureActions {
    let Recovery {
        restart,
        give_up,
        reset_after,
        ..
    } = &definition.recovery;
    let actions = restart.iter().map(|delay| FailureAction {
        kind: RESTART,
        delay: delay.milliseconds(),
    });
    // The SCM repeats the last action.
    let last = (*give_up && !restart.is_empty()).then_some(FailureAction {
        kind: NOTHING,
        delay: 0,
    });
    let actions = actions.chain(last);
    FailureActions {
        reset_period: reset_after.code(),
        actions: actions.collect(),
    }
}

/// A trigger in the form of the SCM: `SERVICE_TRIGGER`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceTrigger {
    /// `dwTriggerType`
    pub kind: u32,
    /// `dwAction`
    pub action: u32,
    /// `pTriggerSubtype`
    pub subtype: Guid,
    /// `pDataItems`
    pub data: Vec<TriggerData>,
}

/// `SERVICE_TRIGGER_SPECIFIC_DATA_ITEM`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerData {
    /// `dwDataType`; a definition only uses [`STRING`](Self::STRING).
    pub kind: u32,
    /// `pData`
    pub content: Vec<u8>,
}

impl TriggerData {
    /// `SERVICE_TRIGGER_DATA_TYPE_STRING`: NUL-terminated UTF-16, or a list of such strings that ends in one more NUL.
    pub const STRING: u32 = 2;

    /// Data with one string.
    fn text(text: &str) -> Self {
        Self::units(text.encode_utf16().chain([0]))
    }

    /// Data with a list of strings.
    fn texts(texts: &[String]) -> Self {
        let each = texts.iter().flat_map(|text| text.encode_utf16().chain([0]));
        Self::units(each.chain([0]))
    }

    fn units(units: impl Iterator<Item = u16>) -> Self {
        Self {
            kind: Self::STRING,
            content: units.flat_map(u16::to_le_bytes).collect(),
        }
    }
}

/// Returns the triggers of the definition.
pub fn triggers(definition: &Definition) -> Vec<ServiceTrigger> {
    let triggers = definition.triggers.iter().map(|trigger| {
        let event = &trigger.event;
        let kind = event.kind();
        let (subtype, data) = match event {
            TriggerEvent::FirewallPortOpen(port) | TriggerEvent::FirewallPortClose(port) => {
                (None, vec![TriggerData::texts(&port.texts())])
            }
            TriggerEvent::Device { class, hardware_ids } => {
                let ids = hardware_ids.iter().map(|id| TriggerData::text(id.as_str()));
                (Some(*class), ids.collect())
            }
            TriggerEvent::Etw { provider } => (Some(*provider), Vec::new()),
            TriggerEvent::NamedPipe { pipe } => (None, vec![TriggerData::text(pipe.as_str())]),
            TriggerEvent::RpcInterface { interface } => {
                (None, vec![TriggerData::text(&interface.to_string())])
            }
            _ => (None, Vec::new()),
        };
        ServiceTrigger {
            kind: kind.code,
            action: trigger.action.code(),
            subtype: kind.subtype.or(subtype).unwrap_or(Guid::from_u128(0)),
            data,
        }
    });
    triggers.collect()
}

impl fmt::Display for ServiceTrigger {
    /// Formats the trigger, in the words of Cargo.toml if possible: `start on device 53f5…: USBSTOR\GenDisk`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.action {
            1 => f.write_str("start on ")?,
            2 => f.write_str("stop on ")?,
            other => write!(f, "action {other} on ")?,
        }
        match Kind::find(self.kind, self.subtype) {
            Some(kind) if kind.subtype.is_some() => f.write_str(kind.word())?,
            Some(kind) => write!(f, "{} {}", kind.word(), self.subtype)?,
            None => write!(f, "event {} {}", self.kind, self.subtype)?,
        }
        for (index, item) in self.data.iter().enumerate() {
            write!(f, "{}{item}", if index == 0 { ": " } else { ", " })?;
        }
        Ok(())
    }
}

impl fmt::Display for TriggerData {
    /// Formats strings unchanged, other data as hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != Self::STRING {
            write!(f, "{}:", self.kind)?;
            return self.content.iter().try_for_each(|byte| write!(f, "{byte:02x}"));
        }
        let pairs = self.content.chunks_exact(2);
        let units: Vec<u16> = pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        let texts = String::from_utf16_lossy(&units);
        f.write_str(&texts.trim_end_matches('\0').replace('\0', " "))
    }
}

/// A value in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryValue {
    /// `REG_EXPAND_SZ`
    ExpandString(String),
    /// `REG_DWORD`
    Number(u32),
    /// `REG_SZ`
    String(String),
    /// `REG_MULTI_SZ`
    Strings(Vec<String>),
}

/// Returns the values of the event source's key
/// ([Event Sources](https://learn.microsoft.com/windows/win32/eventlog/event-sources)). They contain no file of the package:
/// see [`events::MESSAGE_FILE`].
///
/// ```
/// use winsvc_definition::registration::{RegistryValue, event_source};
///
/// let message_file = RegistryValue::ExpandString(r"%SystemRoot%\System32\EventCreate.exe".to_owned());
/// assert_eq!(event_source(), [("EventMessageFile", message_file), ("TypesSupported", RegistryValue::Number(7))]);
/// ```
pub fn event_source() -> [(&'static str, RegistryValue); 2] {
    [
        (
            "EventMessageFile",
            RegistryValue::ExpandString(events::MESSAGE_FILE.to_owned()),
        ),
        ("TypesSupported", RegistryValue::Number(events::TYPES_SUPPORTED)),
    ]
}

/// Returns the environment of the service, as `NAME=value` strings; `value` returns the values of names in its texts.
///
/// ```
/// use winsvc_definition::{Definition, NamedText, ServiceName, VariableName, registration};
///
/// let mut definition = Definition::new(ServiceName::new("acme-agent").unwrap());
/// let text = NamedText::new("info,{name}=debug").unwrap();
/// definition.environment.insert(VariableName::new("RUST_LOG").unwrap(), text);
/// let environment = registration::environment(&definition, &|_| "acme-agent".to_owned());
/// assert_eq!(environment, ["RUST_LOG=info,acme-agent=debug"]);
/// ```
pub fn environment(definition: &Definition, value: &dyn Fn(&TextName) -> String) -> Vec<String> {
    let variables = definition.environment.iter();
    variables
        .map(|(name, text)| format!("{}={}", name.as_str(), text.fill(value)))
        .collect()
}

/// The part of a product's registry key with the properties that an administrator has set.
pub const PROPERTIES_KEY: &str = "Properties";

/// The record of a property that has its default: a search of Windows Installer does not distinguish an empty value from
/// none.
pub const NOT_SET: &str = "<default>";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ServiceName, Trigger};

    fn registered(line: &str) -> ServiceTrigger {
        let mut definition = Definition::new(ServiceName::new("acme").unwrap());
        definition.triggers = vec![Trigger::new(&line.replace(' ', "\t")).unwrap()];
        triggers(&definition).remove(0)
    }

    fn utf16(text: &str) -> TriggerData {
        TriggerData {
            kind: 2,
            content: text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        }
    }

    #[test]
    fn triggers_have_the_values_of_microsoft_s_documentation() {
        let expected = |kind, action, subtype: &str, data| ServiceTrigger {
            kind,
            action,
            subtype: Guid::new(subtype).unwrap(),
            data,
        };
        for (line, trigger) in [
            (
                "start domain-join",
                expected(3, 1, "1ce20aba-9851-4421-9430-1ddeb766e809", vec![]),
            ),
            (
                "stop domain-leave",
                expected(3, 2, "ddaf516e-58c2-4866-9574-c3b615d42ea1", vec![]),
            ),
            (
                "start first-ip-address",
                expected(2, 1, "4f27f2de-14e2-430b-a549-7cd48cbc8245", vec![]),
            ),
            (
                "stop last-ip-address",
                expected(2, 2, "cc4ba62a-162e-4648-847a-b6bdf993e335", vec![]),
            ),
            (
                "start machine-policy",
                expected(5, 1, "659FCAE6-5BDB-4DA9-B1FF-CA2A178D46E0", vec![]),
            ),
            (
                "start user-policy",
                expected(5, 1, "54FB46C8-F089-464C-B1FD-59D1B62C3B50", vec![]),
            ),
            (
                r"start firewall-port-open port=5001 protocol=udp application=%programfiles%\MyApplication\MyServiceProcess.exe service=MyService",
                expected(
                    4,
                    1,
                    "b7569e07-8421-4ee0-ad10-86915afdad09",
                    vec![utf16(
                        "5001\0UDP\0%programfiles%\\MyApplication\\MyServiceProcess.exe\0MyService\0\0",
                    )],
                ),
            ),
            (
                "stop firewall-port-close port=RPC protocol=tcp",
                expected(
                    4,
                    2,
                    "a144ed38-8e12-4de4-9d96-e64740b1a524",
                    vec![utf16("RPC\0TCP\0\0")],
                ),
            ),
            (
                r"start device class=53f56307-b6bf-11d0-94f2-00a0c91efb8b hardware-id=USBSTOR\GenDisk hardware-id=GenDisk",
                expected(
                    1,
                    1,
                    "53f56307-b6bf-11d0-94f2-00a0c91efb8b",
                    vec![utf16("USBSTOR\\GenDisk\0"), utf16("GenDisk\0")],
                ),
            ),
            (
                "start etw provider=d02a9c27-79b8-40d6-9b97-cf3f8b7b5d60",
                expected(20, 1, "d02a9c27-79b8-40d6-9b97-cf3f8b7b5d60", vec![]),
            ),
            (
                "start named-pipe pipe=acme",
                expected(
                    6,
                    1,
                    "1F81D131-3FAC-4537-9E0C-7E7B0C2F4B55",
                    vec![utf16("acme\0")],
                ),
            ),
            (
                "start rpc-interface interface=d09bdeb5-6171-4a34-bfe2-06fa82652568",
                expected(
                    6,
                    1,
                    "BC90D167-9470-4139-A9BA-BE0BBBF5B74D",
                    vec![utf16("d09bdeb5-6171-4a34-bfe2-06fa82652568\0")],
                ),
            ),
        ] {
            assert_eq!(registered(line), trigger, "{line}");
        }
    }

    #[test]
    fn triggers_are_displayed_in_the_words_of_cargo_toml() {
        let words = |line: &str| registered(line).to_string();
        assert_eq!(words("stop domain-leave"), "stop on domain-leave");
        assert_eq!(
            words("start firewall-port-open port=5001 protocol=udp"),
            "start on firewall-port-open: 5001 UDP"
        );
        assert_eq!(
            words("start device class=53f56307-b6bf-11d0-94f2-00a0c91efb8b hardware-id=a hardware-id=b"),
            "start on device 53f56307-b6bf-11d0-94f2-00a0c91efb8b: a, b"
        );
        let unknown = ServiceTrigger {
            kind: 30,
            action: 3,
            subtype: Guid::from_u128(1),
            data: vec![TriggerData {
                kind: 1,
                content: vec![1, 255],
            }],
        };
        assert_eq!(
            unknown.to_string(),
            "action 3 on event 30 00000000-0000-0000-0000-000000000001: 1:01ff"
        );
    }
}
