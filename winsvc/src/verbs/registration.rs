//! A service's registration as values: the one in the definition, the one on the machine, and their differences.
//!
//! The MSI's tables contain the same values; both come from [`winsvc_definition`].

use std::fmt;
use std::time::Duration;

use winsvc_definition::registration::{self, FailureActions, RegistryValue};
use winsvc_definition::{
    Role, SecurityDescriptor, SidType, Stamp, StartType, TextName, Timeout, command_line,
};

use super::folders::ProductFolder;
use super::values::{Copy, Values};
use crate::sys::machine::{CallError, Config, Level, LevelValue, Machine, Password, code};

/// The registration of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Registration {
    pub(super) config: Config,
    /// The levels of `ChangeServiceConfig2`. Levels that the system does not support are missing after reading.
    pub(super) levels: Vec<LevelValue>,
    /// The access control list of the service; `None` if the definition contains none.
    pub(super) security: Option<String>,
    pub(super) environment: Vec<String>,
    /// The values of the event source's key, with their names; empty if the key belongs to another program.
    pub(super) event_source: Vec<(&'static str, RegistryValue)>,
    /// The product's folders; those that are not protected as wanted are missing after reading.
    pub(super) folders: Vec<ProductFolder>,
    /// The properties of the product that are recorded, with their values.
    pub(super) records: Vec<(String, String)>,
    /// The files to copy to the configuration folder; none after reading.
    pub(super) copies: Vec<Copy>,
    /// The password of the account; none after reading.
    pub(super) password: Option<Password>,
}

impl Registration {
    /// The registration that the definition asks for, for an exe at this path and with these folders.
    pub(super) fn wanted(stamp: &Stamp, exe: &str, folders: Vec<ProductFolder>, values: &Values) -> Self {
        let definition = &stamp.definition;
        let value = |name: &TextName| values.value(name);
        let account = definition.account.start_name(&definition.name);
        // The updater needs the rights of the system.
        let has_choice = stamp.role == Role::Service;
        let chosen = values.account.clone().filter(|_| has_choice);
        let preshutdown = definition.preshutdown_timeout.map(Timeout::milliseconds);
        Self {
            config: Config {
                service_type: registration::OWN_PROCESS,
                start: definition.start.code(),
                error_control: registration::ERROR_NORMAL,
                binary_path: command_line::image_path(exe, &definition.arguments, &value),
                dependencies: definition.dependencies.iter().map(ToString::to_string).collect(),
                account: chosen
                    .or(account)
                    .unwrap_or_else(|| registration::LOCAL_SYSTEM.to_owned()),
                display_name: definition.display_name.to_string(),
            },
            levels: [
                LevelValue::Description(definition.description.clone()),
                LevelValue::DelayedStart(definition.start == StartType::Delayed),
                LevelValue::Recovery(registration::failure_actions(definition)),
                LevelValue::FailureFlag(definition.recovery.on_error_exit),
                LevelValue::SidType(definition.sid_type.code()),
                LevelValue::Privileges(definition.privileges.iter().map(ToString::to_string).collect()),
                LevelValue::Triggers(registration::triggers(definition)),
            ]
            .into_iter()
            // Without a preshutdown timeout the service does not accept PRESHUTDOWN, so Windows' default does not
            // matter.
            .chain(preshutdown.map(LevelValue::Preshutdown))
            .collect(),
            security: definition.security.as_ref().map(SecurityDescriptor::specific),
            environment: registration::environment(definition, &value),
            event_source: registration::event_source().into(),
            folders,
            records: values.records.clone(),
            copies: values.copies.clone(),
            password: values.password.clone().filter(|_| has_choice),
        }
    }

    /// Reads the registration of the machine, except the access control list and the folders; `None` if the service does
    /// not exist.
    pub(super) fn read(machine: &dyn Machine, service: &str) -> Result<Option<Self>, CallError> {
        let config = match machine.config(service) {
            Ok(config) => config,
            Err(error) if error.code == code::SERVICE_DOES_NOT_EXIST => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut levels = Vec::new();
        for level in [
            Level::Description,
            Level::DelayedStart,
            Level::Recovery,
            Level::FailureFlag,
            Level::SidType,
            Level::Privileges,
            Level::Triggers,
            Level::Preshutdown,
        ] {
            match machine.level(service, level) {
                Ok(value) => levels.push(value),
                Err(error) if is_unknown_level(error) => {}
                Err(error) => return Err(error),
            }
        }
        let environment = machine.registry_value(&service_key(service), registration::ENVIRONMENT_VALUE)?;
        Ok(Some(Self {
            config,
            levels,
            security: None,
            environment: match environment {
                Some(RegistryValue::Strings(variables)) => variables,
                _ => Vec::new(),
            },
            event_source: EventSource::read(machine, service)?.into_values(),
            folders: Vec::new(),
            records: Vec::new(),
            copies: Vec::new(),
            password: None,
        }))
    }

    /// The registration of a service that was just created with this configuration.
    pub(super) fn fresh(config: Config, event_source: EventSource) -> Self {
        Self {
            config,
            levels: vec![
                LevelValue::Description(String::new()),
                LevelValue::DelayedStart(false),
                LevelValue::Recovery(FailureActions {
                    reset_period: 0,
                    actions: Vec::new(),
                }),
                LevelValue::FailureFlag(false),
                LevelValue::SidType(0),
                LevelValue::Privileges(Vec::new()),
                LevelValue::Triggers(Vec::new()),
            ],
            security: None,
            environment: Vec::new(),
            event_source: event_source.into_values(),
            folders: Vec::new(),
            records: Vec::new(),
            copies: Vec::new(),
            password: None,
        }
    }

    /// The value of a setting; `None` if it is unknown.
    pub(super) fn value(&self, setting: Setting) -> Option<Value> {
        let config = &self.config;
        Some(match setting {
            Setting::BinaryPath => Value::Text(config.binary_path.clone()),
            Setting::DisplayName => Value::Text(config.display_name.clone()),
            Setting::ServiceType => Value::Text(service_type(config.service_type)),
            Setting::StartType => Value::Text(start_type(config.start)),
            Setting::ErrorControl => Value::Text(error_control(config.error_control)),
            Setting::Account => Value::Name(config.account.clone()),
            Setting::Dependencies => Value::List(config.dependencies.clone()),
            Setting::Level(level) => Value::from(self.level(level)?),
            Setting::Security => Value::Text(self.security.clone()?),
            Setting::Environment => Value::List(self.environment.clone()),
            Setting::EventSource => {
                let values = self.event_source.iter();
                Value::List(values.map(|(name, value)| registry_text(name, value)).collect())
            }
            Setting::Properties => {
                let records = self.records.iter();
                let set = records.filter(|(_, value)| value != registration::NOT_SET);
                Value::List(set.map(|(name, value)| format!("{name}={value}")).collect())
            }
            Setting::Copies => Value::List(self.copies.iter().map(|copy| copy.to.clone()).collect()),
            Setting::Folders => Value::List(self.folders.iter().map(|folder| folder.path.clone()).collect()),
        })
    }

    /// The changes that turn `self` into `wanted`.
    pub(super) fn changes(&self, wanted: &Self) -> Vec<Change> {
        let settings = Setting::ALL.into_iter();
        settings
            .filter_map(|setting| {
                let (from, to) = (self.value(setting), wanted.value(setting)?);
                // A setting that the system does not support equals an empty one.
                let is_missing = from.is_none() && to.is_empty();
                (from.as_ref() != Some(&to) && !is_missing).then_some(Change { setting, from, to })
            })
            .collect()
    }

    /// The value of a level; `None` if it is unknown.
    pub(super) fn level(&self, level: Level) -> Option<&LevelValue> {
        self.levels.iter().find(|value| value.level() == level)
    }
}

/// Whether the system does not support the level at all. Every Windows version that Rust supports knows all levels that
/// the verbs use; Wine does not.
pub(super) fn is_unknown_level(error: CallError) -> bool {
    [code::INVALID_LEVEL, code::INVALID_TAG].contains(&error.code)
}

/// The registry key of the service.
pub(super) fn service_key(service: &str) -> String {
    format!(r"{}\{service}", registration::SERVICES_KEY)
}

/// The registry key of the service's event source.
pub(super) fn event_source_key(service: &str) -> String {
    format!(r"{}\{service}", registration::EVENT_SOURCES_KEY)
}

/// The event source key on the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum EventSource {
    Missing,
    /// It has only values that we write, but possibly not all of them, if a previous installation was interrupted.
    Ours(Vec<(&'static str, RegistryValue)>),
    /// It has values that we do not write; this is the first one.
    Foreign(String),
}

impl EventSource {
    pub(super) fn read(machine: &dyn Machine, service: &str) -> Result<Self, CallError> {
        let Some(values) = machine.registry_values(&event_source_key(service))? else {
            return Ok(Self::Missing);
        };
        let mut ours = Vec::new();
        for (name, value) in values {
            let same = registration::event_source()
                .into_iter()
                .find(|(our_name, our_value)| {
                    our_name.eq_ignore_ascii_case(&name)
                        && value.as_ref().is_some_and(|value| is_same(value, our_value))
                });
            match (same, value) {
                (Some(value), _) => ours.push(value),
                (None, Some(value)) => return Ok(Self::Foreign(registry_text(&name, &value))),
                (None, None) => return Ok(Self::Foreign(name)),
            }
        }
        // In the order of writing.
        ours.sort_by_key(|(name, _)| {
            registration::event_source()
                .iter()
                .position(|(our, _)| our == name)
        });
        Ok(Self::Ours(ours))
    }

    fn into_values(self) -> Vec<(&'static str, RegistryValue)> {
        match self {
            Self::Ours(values) => values,
            Self::Missing | Self::Foreign(_) => Vec::new(),
        }
    }
}

/// Whether two values are equal; paths are compared ignoring case.
fn is_same(a: &RegistryValue, b: &RegistryValue) -> bool {
    match (a, b) {
        (RegistryValue::ExpandString(a), RegistryValue::ExpandString(b)) => a.eq_ignore_ascii_case(b),
        _ => a == b,
    }
}

/// The settings of a registration, in display order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    BinaryPath,
    DisplayName,
    ServiceType,
    StartType,
    ErrorControl,
    Account,
    Dependencies,
    Level(Level),
    Security,
    Environment,
    EventSource,
    Folders,
    Properties,
    Copies,
}

impl Setting {
    pub(super) const ALL: [Self; 21] = [
        Self::DisplayName,
        Self::Level(Level::Description),
        Self::BinaryPath,
        Self::StartType,
        Self::Level(Level::DelayedStart),
        Self::Level(Level::Triggers),
        Self::Account,
        Self::Dependencies,
        Self::Environment,
        Self::EventSource,
        Self::Folders,
        Self::Properties,
        Self::Copies,
        Self::Level(Level::Recovery),
        Self::Level(Level::FailureFlag),
        Self::Level(Level::SidType),
        Self::Level(Level::Privileges),
        Self::Security,
        Self::Level(Level::Preshutdown),
        Self::ServiceType,
        Self::ErrorControl,
    ];

    /// The name of the setting in text output.
    pub(super) fn words(self) -> String {
        self.as_str().replace('_', " ")
    }

    /// The name of the setting in JSON.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::BinaryPath => "binary_path",
            Self::DisplayName => "display_name",
            Self::ServiceType => "service_type",
            Self::StartType => "start_type",
            Self::ErrorControl => "error_control",
            Self::Account => "account",
            Self::Dependencies => "dependencies",
            Self::Level(Level::Description) => "description",
            Self::Level(Level::DelayedStart) => "delayed_start",
            Self::Level(Level::Recovery) => "recovery",
            Self::Level(Level::FailureFlag) => "failure_on_error_exit",
            Self::Level(Level::SidType) => "sid_type",
            Self::Level(Level::Privileges) => "privileges",
            Self::Level(Level::Triggers) => "triggers",
            Self::Level(Level::Preshutdown) => "preshutdown_timeout",
            Self::Security => "security",
            Self::Environment => "environment",
            Self::EventSource => "event_source",
            Self::Folders => "folders",
            Self::Properties => "properties",
            Self::Copies => "copied_files",
        }
    }

    /// Whether the setting is a parameter of `CreateService` and `ChangeServiceConfig`.
    pub(super) const fn is_config(self) -> bool {
        !matches!(
            self,
            Self::Level(_)
                | Self::Security
                | Self::Environment
                | Self::EventSource
                | Self::Folders
                | Self::Properties
                | Self::Copies
        )
    }
}

/// The value of a setting.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    /// A string whose case is ignored.
    Name(String),
    Flag(bool),
    List(Vec<String>),
}

impl Value {
    /// Whether the value is empty or off.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) | Self::Name(text) => text.is_empty(),
            Self::Flag(flag) => !flag,
            Self::List(list) => list.is_empty(),
        }
    }
}

impl From<&LevelValue> for Value {
    fn from(value: &LevelValue) -> Self {
        match value {
            LevelValue::Description(text) => Self::Text(text.clone()),
            LevelValue::DelayedStart(flag) | LevelValue::FailureFlag(flag) => Self::Flag(*flag),
            LevelValue::Recovery(actions) => Self::List(recovery(actions)),
            LevelValue::SidType(kind) => Self::Text(sid_type(*kind)),
            LevelValue::Privileges(names) => Self::List(names.clone()),
            LevelValue::Triggers(triggers) => Self::List(triggers.iter().map(ToString::to_string).collect()),
            LevelValue::Preshutdown(milliseconds) => Self::Text(format!("{milliseconds} ms")),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Name(a), Self::Name(b)) => a.eq_ignore_ascii_case(b),
            (Self::Flag(a), Self::Flag(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            _ => false,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            _ if self.is_empty() && !matches!(self, Self::Flag(_)) => f.write_str("none"),
            Self::Text(text) | Self::Name(text) => f.write_str(text),
            Self::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
            Self::List(list) => f.write_str(&list.join("; ")),
        }
    }
}

/// A setting whose value must change.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) setting: Setting,
    /// The current value; `None` if it is unknown.
    pub(super) from: Option<Value>,
    pub(super) to: Value,
}

/// `dwStartType`, in the words of Cargo.toml if they contain it.
fn start_type(code: u32) -> String {
    match code {
        0 => "boot".to_owned(),   // SERVICE_BOOT_START
        1 => "system".to_owned(), // SERVICE_SYSTEM_START
        _ => match StartType::ALL.into_iter().find(|start| start.code() == code) {
            Some(start) => start.as_str().to_owned(),
            None => code.to_string(),
        },
    }
}

fn service_type(code: u32) -> String {
    match code {
        registration::OWN_PROCESS => "own process".to_owned(),
        other => format!("{other:#x}"),
    }
}

fn error_control(code: u32) -> String {
    match code {
        0 => "ignore".to_owned(),   // SERVICE_ERROR_IGNORE
        1 => "normal".to_owned(),   // SERVICE_ERROR_NORMAL
        2 => "severe".to_owned(),   // SERVICE_ERROR_SEVERE
        3 => "critical".to_owned(), // SERVICE_ERROR_CRITICAL
        other => other.to_string(),
    }
}

/// `SERVICE_FAILURE_ACTIONSW`. Without actions the reset period has no meaning.
fn recovery(recovery: &FailureActions) -> Vec<String> {
    let actions = recovery.actions.iter().map(|action| {
        let what = match action.kind {
            registration::NOTHING => return "nothing".to_owned(),
            registration::RESTART => "restart".to_owned(),
            2 => "reboot".to_owned(),        // SC_ACTION_REBOOT
            3 => "run a command".to_owned(), // SC_ACTION_RUN_COMMAND
            other => format!("action {other}"),
        };
        format!(
            "{what} after {}",
            registration::length(Duration::from_millis(action.delay.into()))
        )
    });
    let mut words: Vec<String> = actions.collect();
    if !words.is_empty() {
        words.push(match recovery.reset_period {
            u32::MAX => "count never reset".to_owned(), // INFINITE
            seconds => format!(
                "count reset after {}",
                registration::length(Duration::from_secs(seconds.into()))
            ),
        });
    }
    words
}

/// `dwServiceSidType`, in the words of Cargo.toml.
fn sid_type(code: u32) -> String {
    match SidType::ALL.into_iter().find(|kind| kind.code() == code) {
        Some(kind) => kind.as_str().to_owned(),
        None => code.to_string(),
    }
}

fn registry_text(name: &str, value: &RegistryValue) -> String {
    match value {
        RegistryValue::ExpandString(text) | RegistryValue::String(text) => format!("{name}={text}"),
        RegistryValue::Number(number) => format!("{name}={number}"),
        RegistryValue::Strings(list) => format!("{name}={}", list.join(",")),
    }
}
