//! The keys of a service, in the table itself and in `services`.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AutostartTable, Channels, FeatureName, FeatureTable, FirewallName, FirewallTable, Host, OwnCommand,
    Package, PathEntry, ProgramEntry, ProgramRef, PropertyTable, RegistryEntry, Requires, Shortcut,
    SignTable, UpdateTable, UrlProtocol, UrlScheme, targets,
};
use crate::{
    Account, Argument, Definition, Dependency, DisplayName, Limits, NameError, NamedText, Privilege,
    PropertyName, Recovery, SecurityDescriptor, ServiceName, SidType, StartType, Timeout, Trigger,
    VariableName,
};

/// Defines a table that has the keys of a service and its own. Each key of a service is written here and nowhere else.
macro_rules! service_table {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident { $($own:tt)* }
    ) => {
        service_table! {
            @with
            [$(#[$attribute])* $name { $($own)* }]
            /// The program that the service runs; default: the package's binary.
            program: Option<ProgramRef>,
            /// A program that is not a service itself, and how it runs as one; default: none, the program itself is the service.
            host: Option<Host>,
            /// The service's names in earlier versions; installing this version removes services with these names;
            /// default: none.
            was_named: Option<Vec<ServiceName>>,
            /// The name shown to administrators; default: the service's name.
            display_name: Option<DisplayName>,
            /// The description shown to administrators; default: the package's description.
            description: Option<String>,
            /// When the service starts; default: `auto`.
            start: Option<StartType>,
            /// The account that the service runs under; default: `virtual`.
            account: Option<Account>,
            /// Services, and load-order groups with a leading `+`, that must run first.
            dependencies: Option<Vec<Dependency>>,
            /// The arguments on the service's command line.
            arguments: Option<Vec<NamedText>>,
            /// Environment variables for the service.
            environment: Option<BTreeMap<VariableName, NamedText>>,
            /// The start timeout; default: `30s`.
            start_timeout: Option<Timeout>,
            /// The stop timeout; default: `20s`.
            stop_timeout: Option<Timeout>,
            /// How long Windows waits for the service before a shutdown; default: Windows does not wait; for a `host`, the stop
            /// timeout.
            preshutdown_timeout: Option<Timeout>,
            /// The longest time between two calls of `alive`; default: no watchdog.
            watchdog: Option<Timeout>,
            /// Limits on the resources of the service and its children; default: none.
            limits: Option<Limits>,
            /// Whether the process token contains the service SID; default: `unrestricted`.
            sid_type: Option<SidType>,
            /// The privileges that the service requires; default: all privileges of its account.
            privileges: Option<Vec<Privilege>>,
            /// The service's security descriptor; default: the one that Windows gives every service.
            security: Option<SecurityDescriptor>,
            /// System events that start or stop the service; default: none.
            triggers: Option<Vec<Trigger>>,
            /// What the SCM does when the service fails; default: restart it.
            recovery: Option<Recovery>,
        }
    };
    (
        @with
        [$(#[$attribute:meta])* $name:ident { $($own:tt)* }]
        $($(#[$doc:meta])* $key:ident: Option<$type:ty>,)*
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct $name {
            $($own)*
            $($(#[$doc])* pub $key: Option<$type>,)*
        }

        impl $name {
            /// The keys of a service; keys that are not set have the values in `defaults`.
            fn service_keys(&self, defaults: &ServiceTable) -> ServiceTable {
                ServiceTable {
                    $($key: self.$key.clone().or_else(|| defaults.$key.clone()),)*
                    ..ServiceTable::default()
                }
            }

            service_table!(@keys $name $($key)*);
        }
    };
    // The key `feature` is that of a service by itself, and has no default.
    (@keys Manifest $($key:ident)*) => {};
    (@keys ServiceTable $($key:ident)*) => {
        /// The keys that services have in common, as they are written: with `-` where these have `_`.
        pub const FIELDS: &'static [&'static str] = &[$(stringify!($key)),*];
    };
}

service_table! {
    /// The table `[package.metadata.winsvc]`, or `[workspace.metadata.winsvc]`.
    ///
    /// The keys of a service describe the only service. If `services` has entries, they are the defaults of all
    /// services.
    pub struct Manifest {
        /// The name of the only service; default: the package's.
        pub name: Option<ServiceName>,
        /// The services by name, if there are several or their program is not the package's binary; an empty table for a
        /// product without a service.
        #[serde(default)]
        pub services: BTreeMap<ServiceName, ServiceTable>,
        /// Programs that are built and installed without being a service.
        #[serde(default)]
        pub programs: Vec<ProgramEntry>,
        /// The parts that an installation can leave out, by name.
        #[serde(default)]
        pub features: BTreeMap<FeatureName, FeatureTable>,
        /// What an administrator may set at the installation.
        #[serde(default)]
        pub properties: BTreeMap<PropertyName, PropertyTable>,
        /// Registry values of the machine.
        #[serde(default)]
        pub registry: Vec<RegistryEntry>,
        /// Environment variables of the machine.
        #[serde(default)]
        pub machine_environment: BTreeMap<VariableName, NamedText>,
        /// Folders to add to the machine's `PATH`.
        #[serde(default)]
        pub path: Vec<PathEntry>,
        /// Rules of the firewall, by name.
        #[serde(default)]
        pub firewall: BTreeMap<FirewallName, FirewallTable>,
        /// Shortcuts.
        #[serde(default)]
        pub shortcuts: Vec<Shortcut>,
        /// Programs that Windows starts without a service.
        #[serde(default)]
        pub autostart: Vec<AutostartTable>,
        /// URL protocols, and the programs that open their addresses.
        #[serde(default)]
        pub url_protocols: BTreeMap<UrlScheme, UrlProtocol>,
        /// How results are signed; default: they are not.
        pub sign: Option<SignTable>,
        /// How the product updates itself; default: none.
        pub update: Option<UpdateTable>,
        /// What a machine must have.
        #[serde(default)]
        pub requires: Requires,
        /// Programs of the product that an installation runs.
        #[serde(default)]
        pub commands: Vec<OwnCommand>,
        /// What package managers need to know about the product.
        #[serde(default)]
        pub channels: Channels,
        /// The installed files, and the package's name, version and formats.
        #[serde(default)]
        pub package: Package,
        /// The architectures and triples that have a table with other values. These tables are not read: a
        /// deserialized table with the values for a target is one over which theirs have been laid.
        #[serde(default, deserialize_with = "targets::names")]
        pub target: BTreeSet<String>,
    }
}

service_table! {
    /// A table in `services`.
    pub struct ServiceTable {
        /// The feature that the service and its program belong to; `None` if they are always installed.
        pub feature: Option<FeatureName>,
    }
}

impl Manifest {
    /// The services by name. `package` is the name of the only service, if the table has none; only that can be
    /// invalid. Keys that are missing in this table are taken from `inherited`.
    pub fn service_tables(
        &self,
        package: &str,
        inherited: &ServiceTable,
    ) -> Result<BTreeMap<ServiceName, ServiceTable>, NameError> {
        let defaults = self.service_keys(inherited);
        if self.services.is_empty() {
            let name = match &self.name {
                Some(name) => name.clone(),
                None => ServiceName::new(package)?,
            };
            return Ok([(name, defaults)].into());
        }
        let tables = self.services.iter();
        let tables = tables.map(|(name, table)| {
            let own = ServiceTable {
                feature: table.feature.clone(),
                ..table.service_keys(&defaults)
            };
            (name.clone(), own)
        });
        Ok(tables.collect())
    }

    /// The keys of a service in this table, which a package inherits from its workspace.
    pub fn defaults(&self) -> ServiceTable {
        self.service_keys(&ServiceTable::default())
    }
}

impl ServiceTable {
    /// Fills in the defaults of missing keys. `description` is the package's, from Cargo.
    pub fn definition(&self, name: ServiceName, description: Option<&str>) -> Definition {
        let defaults = Definition::new(name);
        let description = self.description.as_deref().or(description).unwrap_or_default();
        let stop_timeout = self.stop_timeout.unwrap_or(defaults.stop_timeout);
        Definition {
            display_name: self.display_name.clone().unwrap_or(defaults.display_name),
            // A description in Cargo.toml may span several lines; Windows shows a single one.
            description: description.split_whitespace().collect::<Vec<_>>().join(" "),
            start: self.start.unwrap_or(defaults.start),
            account: self.account.clone().unwrap_or(defaults.account),
            dependencies: self.dependencies.clone().unwrap_or_default(),
            arguments: self
                .arguments
                .iter()
                .flatten()
                .map(|text| Argument::Text(text.clone()))
                .collect(),
            environment: self
                .environment
                .iter()
                .flatten()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            start_timeout: self.start_timeout.unwrap_or(defaults.start_timeout),
            stop_timeout,
            // A foreign program may be a database, for which the few seconds of a shutdown are not enough.
            preshutdown_timeout: self
                .preshutdown_timeout
                .or_else(|| self.host.as_ref().map(|_| stop_timeout)),
            watchdog: self.watchdog,
            limits: self.limits.clone().unwrap_or_default(),
            recovery: self.recovery.clone().unwrap_or_default(),
            sid_type: self.sid_type.unwrap_or(defaults.sid_type),
            privileges: self.privileges.clone().unwrap_or_default(),
            triggers: self.triggers.clone().unwrap_or_default(),
            security: self.security.clone(),
            name: defaults.name,
        }
    }
}
