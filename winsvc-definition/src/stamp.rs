//! The stamp: the definition as a resource of the exe.
//!
//! The format is text with one `key=value` per line, so that any tool can show it and the runtime needs no large
//! parser:
//!
//! ```text
//! winsvc-stamp 1
//! version=1.4.0
//! name=acme-agent
//! argument=--verbose
//! ```
//!
//! A list is a key that occurs several times. A backslash escapes line ends and itself. Unknown keys are ignored. When
//! running the service ([`Stamp::decode_known`]), unknown values are ignored too, so that an older runtime can read the
//! stamp of a newer tool. An incompatible format has another number in the first line.

mod error;
mod layout;
mod limits;
mod line;
#[cfg(feature = "manifest")]
mod origin;
mod product;
mod role;
mod update;
mod variable;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

#[cfg(feature = "manifest")]
pub use origin::Origin;

pub use error::StampError;
pub use layout::Layout;
use line::{push_line, unescape};
pub use product::ProductStamp;
pub use role::{Role, RoleError};

use crate::{
    Account, Argument, Autostart, Definition, DisplayName, FirewallRule, Property, Recovery, ServiceName,
    StartType, Timeout, Update,
};

const HEADER: &str = "winsvc-stamp ";
const FORM: &str = "1";

/// Information about the build of a program, stamped by the tool.
///
/// ```
/// use winsvc_definition::*;
///
/// let build = Build::new("1.4.0");
/// assert_eq!(build.commit, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Build {
    /// The package's version, which is a semantic version.
    pub version: String,
    /// The build time, in seconds since 1970-01-01T00:00:00Z.
    pub built: Option<u64>,
    /// The commit, followed by `-dirty` if the tree had uncommitted changes.
    pub commit: Option<String>,
}

impl Build {
    /// A build without any information.
    pub const UNKNOWN: Self = Self {
        version: String::new(),
        built: None,
        commit: None,
    };

    /// The number of the `RT_RCDATA` resource with the build of a program that is not a service.
    pub const RESOURCE_ID: u16 = 7700;

    /// Creates a build with only a version.
    pub fn new(version: impl Into<String>) -> Self {
        Self {
            version: version.into(),
            ..Self::UNKNOWN
        }
    }

    /// Encodes the stamp of a program that is not a service.
    #[cfg(feature = "manifest")]
    pub fn encode(&self) -> Vec<u8> {
        let mut text = format!("{HEADER}{FORM}\n");
        self.push(&mut text);
        text.into_bytes()
    }

    /// Decodes the build from any stamp.
    #[cfg(feature = "manifest")]
    pub fn decode(content: &[u8]) -> Result<Self, StampError> {
        let mut fields = Fields {
            values: Stamp::fields(content)?,
            unknown: Unknown::Refused,
        };
        fields.build()
    }

    fn push(&self, text: &mut String) {
        push_line(text, "version", &self.version);
        if let Some(built) = self.built {
            push_line(text, "built", &built.to_string());
        }
        if let Some(commit) = &self.commit {
            push_line(text, "commit", commit);
        }
    }
}

/// The content of an exe's stamp.
///
/// An exe with several services has a resource for each of them, the first with [`Stamp::RESOURCE_ID`], the others with
/// the numbers that follow.
///
/// ```
/// use winsvc_definition::*;
///
/// let stamp = Stamp {
///     definition: Definition::new(ServiceName::new("acme-agent").unwrap()),
///     role: Role::Service,
///     build: Build::new("1.4.0"),
///     layout: Layout {
///         data_folder: vec!["Acme".to_owned(), "Agent".to_owned()],
///         ..Layout::default()
///     },
///     properties: Vec::new(),
///     firewall: Vec::new(),
///     host: None,
///     autostart: Vec::new(),
///     update: None,
/// };
/// assert_eq!(Stamp::decode(&stamp.encode()), Ok(stamp));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The service definition.
    pub definition: Definition,
    /// What the exe runs as this service.
    pub role: Role,
    /// Information about the build.
    pub build: Build,
    /// Where the product's folders are.
    pub layout: Layout,
    /// What an administrator may set.
    pub properties: Vec<Property>,
    /// The rules of the firewall that are registered with the service.
    pub firewall: Vec<FirewallRule>,
    /// The table `host` as TOML, for a program that runs another one as the service.
    pub host: Option<String>,
    /// The programs that Windows starts without a service, registered with the product's first service.
    pub autostart: Vec<Autostart>,
    /// The settings of self-update; `None` if the product does not update itself, and without the feature `update`.
    pub update: Option<Update>,
}

impl Stamp {
    /// The number of the `RT_RCDATA` resource that contains the stamp of the first service.
    pub const RESOURCE_ID: u16 = 7701;
    /// The numbers for the stamps of an exe's services.
    pub const RESOURCE_IDS: RangeInclusive<u16> = Self::RESOURCE_ID..=7799;

    /// Encodes the stamp as the content of the resource.
    pub fn encode(&self) -> Vec<u8> {
        let mut text = format!("{HEADER}{FORM}\n");
        self.build.push(&mut text);
        self.layout.push(&mut text);
        let mut line = |key: &str, value: &str| push_line(&mut text, key, value);

        for property in &self.properties {
            line("property", &property.encode());
        }

        let definition = &self.definition;
        line("name", definition.name.as_str());
        if self.role != Role::Service {
            line("role", self.role.as_str());
        }
        line("display-name", definition.display_name.as_str());
        line("description", &definition.description);
        line("start", definition.start.as_str());
        line("account", &definition.account.to_string());
        for dependency in &definition.dependencies {
            line("dependency", &dependency.to_string());
        }
        for argument in &definition.arguments {
            let (key, value) = argument.encode();
            line(key, &value);
        }
        for (name, value) in &definition.environment {
            line(
                "environment",
                &format!("{}={}", name.as_str(), value.as_written()),
            );
        }
        line("start-timeout", &definition.start_timeout.to_string());
        line("stop-timeout", &definition.stop_timeout.to_string());
        if let Some(timeout) = definition.preshutdown_timeout {
            line("preshutdown-timeout", &timeout.to_string());
        }
        if let Some(timeout) = definition.watchdog {
            line("watchdog", &timeout.to_string());
        }
        for (key, limit) in limits::encode(&definition.limits) {
            line(key, &limit);
        }
        let Recovery {
            restart,
            reset_after,
            on_error_exit,
            give_up,
        } = &definition.recovery;
        // On one line, so that an empty list differs from a stamp of an older tool without this key.
        let delays: Vec<String> = restart.iter().map(ToString::to_string).collect();
        line("recovery-restart", &delays.join(" "));
        line("recovery-reset-after", &reset_after.to_string());
        line("recovery-on-error-exit", &on_error_exit.to_string());
        line("recovery-give-up", &give_up.to_string());
        line("sid-type", definition.sid_type.as_str());
        for privilege in &definition.privileges {
            line("privilege", &privilege.to_string());
        }
        for trigger in &definition.triggers {
            line("trigger", &trigger.to_string());
        }
        if let Some(security) = &definition.security {
            line("security", security.as_str());
        }
        for rule in &self.firewall {
            line("firewall", &rule.to_string());
        }
        for entry in &self.autostart {
            line("autostart", &entry.to_string());
        }
        if let Some(host) = &self.host {
            line("host", host);
        }
        if let Some(settings) = &self.update {
            update::encode(settings, line);
        }
        text.into_bytes()
    }

    /// Decodes the content of the resource, for registering the service. Without the feature `registration`, only the
    /// values for a running service are read; the others have their defaults. A value that this version does not know
    /// is an error.
    pub fn decode(content: &[u8]) -> Result<Self, StampError> {
        Self::read(content, Unknown::Refused)
    }

    /// Decodes the content of the resource, for running the service. A value that this version does not know, such as a
    /// start type of a newer tool, is replaced by its default, because the service can run without it. Only the name is
    /// required; it and the role must be valid.
    ///
    /// ```
    /// use winsvc_definition::*;
    ///
    /// let content = b"winsvc-stamp 1\nversion=1.4.0\nname=acme-agent\nstart=when-idle\n";
    /// assert!(Stamp::decode(content).is_err());
    /// assert_eq!(Stamp::decode_known(content).unwrap().definition.start, StartType::Auto);
    /// ```
    pub fn decode_known(content: &[u8]) -> Result<Self, StampError> {
        Self::read(content, Unknown::PassedOver)
    }

    /// Returns the values of each key in a resource's content, including unknown keys, in the order of the lines.
    pub fn fields(content: &[u8]) -> Result<BTreeMap<String, Vec<String>>, StampError> {
        let text = std::str::from_utf8(content).map_err(|_| StampError::NotText)?;
        let mut lines = text.lines();
        match lines.next().and_then(|first| first.strip_prefix(HEADER)) {
            Some(FORM) => {}
            Some(found) => {
                return Err(StampError::Form {
                    found: found.to_owned(),
                });
            }
            None => return Err(StampError::NoHeader),
        }

        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in lines {
            let (key, value) = line.split_once('=').ok_or_else(|| StampError::Line {
                found: line.to_owned(),
            })?;
            fields.entry(key.to_owned()).or_default().push(unescape(value));
        }
        Ok(fields)
    }

    fn read(content: &[u8], unknown: Unknown) -> Result<Self, StampError> {
        let mut fields = Fields {
            values: Self::fields(content)?,
            unknown,
        };

        let mut definition = Definition::new(fields.required("name", ServiceName::new)?);
        let role = fields.role()?;
        fields.optional("display-name", DisplayName::new, &mut definition.display_name)?;
        fields.optional("description", any_text, &mut definition.description)?;
        fields.optional("start", str::parse::<StartType>, &mut definition.start)?;
        fields.optional("account", Account::new, &mut definition.account)?;
        definition.dependencies = fields.list("dependency", str::parse)?;
        for key in Argument::KEYS {
            let arguments = fields.list(key, |text| Argument::decode(key, text))?;
            definition.arguments.extend(arguments);
        }
        definition.environment = fields.list("environment", variable::read)?.into_iter().collect();
        fields.optional("start-timeout", Timeout::new, &mut definition.start_timeout)?;
        fields.optional("stop-timeout", Timeout::new, &mut definition.stop_timeout)?;
        let timeout = |text: &str| Timeout::new(text).map(Some);
        fields.optional(
            "preshutdown-timeout",
            timeout,
            &mut definition.preshutdown_timeout,
        )?;
        fields.optional("watchdog", timeout, &mut definition.watchdog)?;
        limits::read(&mut fields, &mut definition.limits)?;
        #[cfg(any(test, feature = "registration"))]
        registration(&mut fields, &mut definition)?;
        #[cfg(any(test, feature = "registration"))]
        let (properties, firewall, autostart) = (
            fields.list("property", Property::decode)?,
            fields.list("firewall", str::parse)?,
            fields.list("autostart", str::parse)?,
        );
        #[cfg(not(any(test, feature = "registration")))]
        let (properties, firewall, autostart) = (Vec::new(), Vec::new(), Vec::new());
        #[cfg(any(test, feature = "update"))]
        let update = update::decode(&mut fields)?;
        #[cfg(not(any(test, feature = "update")))]
        let update = None;

        let build = fields.build()?;
        let layout = Layout::read(&mut fields)?;
        let mut host = None;
        fields.optional("host", |text| any_text(text).map(Some), &mut host)?;
        Ok(Self {
            definition,
            role,
            build,
            layout,
            properties,
            firewall,
            host,
            autostart,
            update,
        })
    }
}

/// Reads the values that only the SCM needs.
#[cfg(any(test, feature = "registration"))]
fn registration(fields: &mut Fields, definition: &mut Definition) -> Result<(), StampError> {
    use crate::{Privilege, ResetPeriod, SecurityDescriptor, SidType, Trigger};

    let recovery = &mut definition.recovery;
    let delays = |text: &str| text.split_whitespace().map(Timeout::new).collect();
    fields.optional("recovery-restart", delays, &mut recovery.restart)?;
    fields.optional(
        "recovery-reset-after",
        ResetPeriod::new,
        &mut recovery.reset_after,
    )?;
    fields.optional(
        "recovery-on-error-exit",
        str::parse::<bool>,
        &mut recovery.on_error_exit,
    )?;
    fields.optional("recovery-give-up", str::parse::<bool>, &mut recovery.give_up)?;

    fields.optional("sid-type", str::parse::<SidType>, &mut definition.sid_type)?;
    definition.privileges = fields.list("privilege", Privilege::new)?;
    definition.triggers = fields.list("trigger", Trigger::new)?;
    let security = |text: &str| SecurityDescriptor::new(text).map(Some);
    fields.optional("security", security, &mut definition.security)?;
    Ok(())
}

/// What to do with a value that this version does not know.
#[derive(Clone, Copy, Debug)]
enum Unknown {
    /// Return an error.
    Refused,
    /// Use the default of the field; leave the value out of a list.
    PassedOver,
}

struct Fields {
    /// The values of each key, in the order of the lines.
    values: BTreeMap<String, Vec<String>>,
    unknown: Unknown,
}

impl Fields {
    /// An unknown role is an error even of a running service, which would else run the author's program in its place.
    fn role(&mut self) -> Result<Role, StampError> {
        if self.values.contains_key("role") {
            self.required("role", str::parse)
        } else {
            Ok(Role::default())
        }
    }

    fn build(&mut self) -> Result<Build, StampError> {
        let mut build = Build::default();
        match self.unknown {
            Unknown::Refused => build.version = self.required("version", any_text)?,
            Unknown::PassedOver => self.optional("version", any_text, &mut build.version)?,
        }
        self.optional("built", |text| text.parse().map(Some), &mut build.built)?;
        self.optional("commit", |text| any_text(text).map(Some), &mut build.commit)?;
        Ok(build)
    }

    fn list<T, E: fmt::Display>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, StampError> {
        let mut list = Vec::new();
        for value in self.values.remove(key).unwrap_or_default() {
            match (read(&value), self.unknown) {
                (Ok(value), _) => list.push(value),
                (Err(_), Unknown::PassedOver) => {}
                (Err(error), Unknown::Refused) => return Err(StampError::value(key, &error)),
            }
        }
        Ok(list)
    }

    fn optional<T, E: fmt::Display>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, E>,
        field: &mut T,
    ) -> Result<(), StampError> {
        if let Some(value) = self.list(key, read)?.pop() {
            *field = value;
        }
        Ok(())
    }

    fn required<T, E: fmt::Display>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, StampError> {
        let value = self.values.remove(key).and_then(|mut values| values.pop());
        let value = value.ok_or(StampError::Missing { key })?;
        read(&value).map_err(|error| StampError::value(key, &error))
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "has the same type as parsers that can fail"
)]
fn any_text(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;
