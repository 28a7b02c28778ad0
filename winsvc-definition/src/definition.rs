//! The definition itself.

use std::collections::BTreeMap;
use std::fmt;

use crate::{
    Account, DisplayName, NameError, Privilege, Recovery, SecurityDescriptor, ServiceName, SidType,
    StartType, Timeout, Trigger, VariableName, validated_text,
};

/// Everything that the SCM is told about a service, with winsvc's defaults filled in.
///
/// ```
/// use winsvc_definition::*;
///
/// let mut definition = Definition::new(ServiceName::new("acme-agent").unwrap());
/// definition.arguments = vec!["--verbose".to_owned()];
/// assert_eq!(definition.display_name.as_str(), "acme-agent");
/// assert_eq!(definition.stop_timeout, Timeout::new("20s").unwrap());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The key of the service in the SCM's database.
    pub name: ServiceName,
    /// What administrators see in the list of services.
    pub display_name: DisplayName,
    /// What the service is for, in a sentence; empty for none.
    pub description: String,
    /// When the SCM starts it.
    pub start: StartType,
    /// The account that it runs under.
    pub account: Account,
    /// What must run before it.
    pub dependencies: Vec<Dependency>,
    /// The command line after the exe's path.
    pub arguments: Vec<String>,
    /// Environment variables of this service only.
    pub environment: BTreeMap<VariableName, String>,
    /// How long a start may take before it counts as failed.
    pub start_timeout: Timeout,
    /// How long a stop may take before the process is ended.
    pub stop_timeout: Timeout,
    /// How long Windows waits for it before a shutdown begins; none for a service that takes no preshutdown.
    pub preshutdown_timeout: Option<Timeout>,
    /// How long it may go without a sign of life before it is ended; none for no watchdog.
    pub watchdog: Option<Timeout>,
    /// What the SCM does when it fails.
    pub recovery: Recovery,
    /// Whether its process carries the service's own SID.
    pub sid_type: SidType,
    /// The privileges that it needs, which are all that it gets of its account's; none for all of them.
    pub privileges: Vec<Privilege>,
    /// Events of the machine that start it, or stop it.
    pub triggers: Vec<Trigger>,
    /// Who may do what with it; none for what Windows gives every service.
    pub security: Option<SecurityDescriptor>,
}

impl Definition {
    /// Thirty seconds, the time in which people expect a service to have started.
    pub const DEFAULT_START_TIMEOUT: Timeout = Timeout::seconds(30);
    /// Twenty seconds: less than the thirty that Windows Installer waits for a stop. At a shutdown Windows grants five
    /// (`WaitToKillServiceTimeout`), unless the service has a preshutdown timeout.
    pub const DEFAULT_STOP_TIMEOUT: Timeout = Timeout::seconds(20);

    /// The definition of a service of which nothing but the name is known.
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
            recovery: Recovery::default(),
            sid_type: SidType::default(),
            privileges: Vec::new(),
            triggers: Vec::new(),
            security: None,
        }
    }
}

/// What must run before the service: a service, or a load-order group, written with a `+`.
///
/// ```
/// use winsvc_definition::*;
///
/// assert!(matches!(Dependency::new("Tcpip"), Ok(Dependency::Service(_))));
/// assert!(matches!(Dependency::new("+TDI"), Ok(Dependency::Group(_))));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
pub enum Dependency {
    /// A service by its name.
    Service(ServiceName),
    /// At least one service of a load-order group.
    Group(ServiceName),
}

impl Dependency {
    /// Reads `name`, or `+name` for a group (`SC_GROUP_IDENTIFIER`).
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
