//! What the definition comes to in the SCM's database and in the registry, whoever writes it there: the MSI by its
//! tables, the exe by its own verbs.

use crate::{Definition, Recovery, events};

/// `SERVICE_WIN32_OWN_PROCESS`: the service has its process for itself.
pub const OWN_PROCESS: u32 = 0x10;

/// `SERVICE_ERROR_NORMAL`: a boot goes on when the service does not start, and the event log says so.
pub const ERROR_NORMAL: u32 = 1;

/// The key below `HKEY_LOCAL_MACHINE` that has a key for each service.
pub const SERVICES_KEY: &str = r"SYSTEM\CurrentControlSet\Services";

/// The value of a service's key that holds its environment, a `REG_MULTI_SZ`.
pub const ENVIRONMENT_VALUE: &str = "Environment";

/// The key below `HKEY_LOCAL_MACHINE` that has a key for each event source of the Application log. A service's source has
/// the service's name.
pub const EVENT_SOURCES_KEY: &str = r"SYSTEM\CurrentControlSet\Services\EventLog\Application";

/// `SC_ACTION_RESTART`: the SCM starts the service again.
pub const RESTART: i32 = 1;

/// What the SCM does about failures: `SERVICE_FAILURE_ACTIONSW`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureActions {
    /// `dwResetPeriod`, in seconds.
    pub reset_period: u32,
    /// What is done after the first failure, the second, and so on.
    pub actions: Vec<FailureAction>,
}

/// `SC_ACTION`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureAction {
    /// `Type`; [`RESTART`] is all that a definition asks for.
    pub kind: i32,
    /// `Delay`, in milliseconds.
    pub delay: u32,
}

/// What the definition wants to be done about failures.
pub fn failure_actions(definition: &Definition) -> FailureActions {
    let Recovery {
        restart, reset_after, ..
    } = &definition.recovery;
    let actions = restart.iter().map(|delay| FailureAction {
        kind: RESTART,
        delay: delay.milliseconds(),
    });
    FailureActions {
        reset_period: reset_after.code(),
        actions: actions.collect(),
    }
}

/// A length of time in the largest unit that leaves a whole number: `90s`, `1d`.
pub fn length(milliseconds: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    let unit = UNITS
        .iter()
        .find(|(_, scale)| milliseconds >= *scale && milliseconds % scale == 0);
    let (name, scale) = unit.unwrap_or(&("ms", 1));
    format!("{}{name}", milliseconds / scale)
}

/// A value in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryValue {
    /// `REG_EXPAND_SZ`
    ExpandString(String),
    /// `REG_DWORD`
    Number(u32),
    /// `REG_MULTI_SZ`
    Strings(Vec<String>),
}

/// The values of the event source's key; `exe` holds the messages
/// ([Event Sources](https://learn.microsoft.com/windows/win32/eventlog/event-sources)).
pub fn event_source(exe: &str) -> [(&'static str, RegistryValue); 2] {
    [
        ("EventMessageFile", RegistryValue::ExpandString(exe.to_owned())),
        ("TypesSupported", RegistryValue::Number(events::TYPES_SUPPORTED)),
    ]
}

/// The service's environment, `NAME=value` each.
pub fn environment(definition: &Definition) -> Vec<String> {
    let variables = definition.environment.iter();
    variables
        .map(|(name, value)| format!("{}={value}", name.as_str()))
        .collect()
}
