//! The service definition.

use std::collections::BTreeMap;
use std::fmt;

use crate::{
    Account, Argument, DisplayName, Limits, NameError, NamedText, Privilege, Recovery, SecurityDescriptor,
    ServiceName, SidType, StartType, Timeout, Trigger, VariableName, validated_text,
};

/// All settings of a service that the SCM and the runtime need, with winsvc's defaults.
///
/// ```
/// use winsvc_definition::*;
///
/// let mut definition = Definition::new(ServiceName::new("acme-agent").unwrap());
/// definition.arguments = vec![Argument::literal("--verbose")];
/// assert_eq!(definition.display_name.as_str(), "acme-agent");
/// assert_eq!(definition.stop_timeout, Timeout::new("20s").unwrap());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The key of the service in the SCM's database.
    pub name: ServiceName,
    /// The name that administrators see in the list of services.
    pub display_name: DisplayName,
    /// A sentence about the purpose of the service; may be empty.
    pub description: String,
    /// When the SCM starts the service.
    pub start: StartType,
    /// The account that the service runs under.
    pub account: Account,
    /// Services and groups that must run before this service.
    pub dependencies: Vec<Dependency>,
    /// The command line arguments after the exe's path.
    pub arguments: Vec<Argument>,
    /// The environment variables of this service.
    pub environment: BTreeMap<VariableName, NamedText>,
    /// The maximum duration of a start before it counts as failed.
    pub start_timeout: Timeout,
    /// The maximum duration of a stop before the process is killed.
    pub stop_timeout: Timeout,
    /// How long Windows waits for the service before a shutdown; `None` if the service does not accept a preshutdown.
    pub preshutdown_timeout: Option<Timeout>,
    /// The maximum time between two signs of life before the process is killed; `None` without a watchdog.
    pub watchdog: Option<Timeout>,
    /// Limits on what the service and its children may use.
    pub limits: Limits,
    /// The actions of the SCM after a failure.
    pub recovery: Recovery,
    /// Whether the process has the service's own SID.
    pub sid_type: SidType,
    /// The privileges that the service keeps, a subset of its account's; empty to keep all.
    pub privileges: Vec<Privilege>,
    /// Events of the machine that start or stop the service.
    pub triggers: Vec<Trigger>,
    /// The access rights to the service; `None` for the default of Windows.
    pub security: Option<SecurityDescriptor>,
}

impl Definition {
    /// Thirty seconds, the time in which administrators expect a service to start.
    pub const DEFAULT_START_TIMEOUT: Timeout = Timeout::seconds(30);
    /// Twenty seconds: less than the thirty that Windows Installer waits for a stop. At shutdown Windows grants five
    /// (`WaitToKillServiceTimeout`), unless the service has a preshutdown timeout.
    pub const DEFAULT_STOP_TIMEOUT: Timeout = Timeout::seconds(20);

    /// Creates a definition with this name and otherwise default values.
    ///
    /// ```
    /// use winsvc_definition::*;
    ///
    /// let definition = Definition::new(ServiceName::new("acme-agent").unwrap());
    /// assert_eq!(definition.start, StartType::Auto);
    /// ```
    pub fn new(name: ServiceName) -> Self {
        Self {
            display_name: DisplayName::from(&name),
            name,
            description: String::new(),
            start: StartType::default(),
            account: Account::default(),
            dependencies: Vec::new(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            start_timeout: Self::DEFAULT_START_TIMEOUT,
            stop_timeout: Self::DEFAULT_STOP_TIMEOUT,
            preshutdown_timeout: None,
            watchdog: None,
            limits: Limits::default(),
            recovery: Recovery::default(),
            sid_type: SidType::default(),
            privileges: Vec::new(),
            triggers: Vec::new(),
            security: None,
        }
    }
}

/// A dependency of the service: another service, or a load-order group, which is written with a `+`.
///
/// ```
/// use winsvc_definition::*;
///
/// assert!(matches!(Dependency::new("Tcpip"), Ok(Dependency::Service(_))));
/// assert!(matches!(Dependency::new("+TDI"), Ok(Dependency::Group(_))));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1, "maxLength" = 257)))]
pub enum Dependency {
    /// The name of a service.
    Service(ServiceName),
    /// At least one service of a load-order group.
    Group(ServiceName),
}

impl Dependency {
    /// Parses `name`, or `+name` for a group (`SC_GROUP_IDENTIFIER`).
    pub fn new(text: &str) -> Result<Self, NameError> {
        match text.strip_prefix('+') {
            Some(group) => ServiceName::new(group).map(Self::Group),
            None => ServiceName::new(text).map(Self::Service),
        }
    }
}

validated_text!(Dependency, NameError);

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(name) => name.fmt(f),
            Self::Group(name) => write!(f, "+{name}"),
        }
    }
}
