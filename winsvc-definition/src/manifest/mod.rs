//! The table `[package.metadata.winsvc]` in Cargo.toml.
//!
//! Every key is optional. Values are validated during deserialization, so that a deserializer with source positions
//! (the `toml` crate's) reports the line of every error.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

mod folder_path;
mod identity;
mod target;

pub use folder_path::{FolderPath, FolderPathError};
pub use identity::{ProductVersion, ProductVersionError, UpgradeCode, UpgradeCodeError};
pub use target::{TargetPath, TargetPathError, is_file_name};

use crate::words::words;
use crate::{
    Account, Definition, Dependency, DisplayName, Privilege, Recovery, SecurityDescriptor, ServiceName,
    SidType, StartType, Timeout, Trigger, VariableName, validated_text,
};

/// The table `[package.metadata.winsvc]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// The service's name; default: the package's.
    pub name: Option<ServiceName>,
    /// The service's names in earlier versions; installing this version removes services with these names; default:
    /// none.
    #[serde(default)]
    pub was_named: Vec<ServiceName>,
    /// The name shown to administrators; default: the service's name.
    pub display_name: Option<DisplayName>,
    /// The description shown to administrators; default: the package's description.
    pub description: Option<String>,
    /// When the service starts; default: `auto`.
    pub start: Option<StartType>,
    /// The account that the service runs under; default: `virtual`.
    pub account: Option<Account>,
    /// Services, and load-order groups with a leading `+`, that must run first.
    #[serde(default)]
    pub dependencies: Vec<Dependency>,
    /// The arguments on the service's command line.
    #[serde(default)]
    pub arguments: Vec<Text>,
    /// Environment variables for the service.
    #[serde(default)]
    pub environment: BTreeMap<VariableName, Text>,
    /// The start timeout; default: `30s`.
    pub start_timeout: Option<Timeout>,
    /// The stop timeout; default: `20s`.
    pub stop_timeout: Option<Timeout>,
    /// How long Windows waits for the service before a shutdown; default: Windows does not wait.
    pub preshutdown_timeout: Option<Timeout>,
    /// The longest time between two calls of `alive`; default: no watchdog.
    pub watchdog: Option<Timeout>,
    /// Whether the process token contains the service SID; default: `unrestricted`.
    pub sid_type: Option<SidType>,
    /// The privileges that the service requires; default: all privileges of its account.
    #[serde(default)]
    pub privileges: Vec<Privilege>,
    /// The service's security descriptor; default: the one that Windows gives every service.
    pub security: Option<SecurityDescriptor>,
    /// System events that start or stop the service; default: none.
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    /// What the SCM does when the service fails; default: restart it.
    #[serde(default)]
    pub recovery: Recovery,
    /// The installed files, and the package's name, version and formats.
    #[serde(default)]
    pub package: Package,
}

impl Manifest {
    /// Fills in the defaults of missing keys.
    ///
    /// `name` and `description` are the package's, from Cargo. Only an invalid service name is an error.
    pub fn definition(&self, name: &str, description: Option<&str>) -> Result<Definition, crate::NameError> {
        let name = match &self.name {
            Some(name) => name.clone(),
            None => ServiceName::new(name)?,
        };
        let defaults = Definition::new(name);
        let description = self.description.as_deref().or(description).unwrap_or_default();
        Ok(Definition {
            display_name: self.display_name.clone().unwrap_or(defaults.display_name),
            // A description in Cargo.toml may span several lines; Windows shows a single one.
            description: description.split_whitespace().collect::<Vec<_>>().join(" "),
            start: self.start.unwrap_or(defaults.start),
            account: self.account.clone().unwrap_or(defaults.account),
            dependencies: self.dependencies.clone(),
            arguments: self.arguments.iter().map(|text| text.0.clone()).collect(),
            environment: self
                .environment
                .iter()
                .map(|(name, value)| (name.clone(), value.0.clone()))
                .collect(),
            start_timeout: self.start_timeout.unwrap_or(defaults.start_timeout),
            stop_timeout: self.stop_timeout.unwrap_or(defaults.stop_timeout),
            preshutdown_timeout: self.preshutdown_timeout,
            watchdog: self.watchdog,
            recovery: self.recovery.clone(),
            sid_type: self.sid_type.unwrap_or(defaults.sid_type),
            privileges: self.privileges.clone(),
            triggers: self.triggers.clone(),
            security: self.security.clone(),
            name: defaults.name,
        })
    }
}

/// The table `[package.metadata.winsvc.package]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Package {
    /// The manufacturer; default: the package's first author, else the product's name.
    pub manufacturer: Option<ProductText>,
    /// The product's name in the list of installed programs; default: the service's display name.
    pub product_name: Option<ProductText>,
    /// The MSI's product version, if it differs from the package's; default: `x.y.z` of the package's version.
    pub version: Option<ProductVersion>,
    /// The upgrade code, which all versions of the product share; default: derived from the manufacturer and the
    /// product's name.
    pub upgrade_code: Option<UpgradeCode>,
    /// The installation folder, below the folder for programs; default: the manufacturer and the product's name.
    pub install_folder: Option<FolderPath>,
    /// The folder for settings, data and logs, below `%ProgramData%`; default: the manufacturer and the product's name.
    pub data_folder: Option<FolderPath>,
    /// Files to install next to the exe.
    #[serde(default)]
    pub files: Vec<PackageFile>,
    /// The formats that `cargo winsvc package` builds without `--format`; default: all.
    pub formats: Option<Vec<Format>>,
}

words! {
    /// A package format. The keywords are also the file extensions.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Format {
        /// A Windows Installer package.
        Msi = "msi",
        /// An archive with scripts that register the service.
        Zip = "zip",
    }
}

/// A file to install: `"agent.toml"`, or `{ source = "etc/agent.toml", target = "conf/agent.toml" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFile {
    /// The path of the file, relative to the folder of Cargo.toml.
    pub source: String,
    /// The installed path, relative to the installation folder.
    pub target: TargetPath,
}

impl<'de> Deserialize<'de> for PackageFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            source: String,
            target: Option<TargetPath>,
        }

        impl Table {
            fn resolve(self) -> Result<PackageFile, TargetPathError> {
                let target = match self.target {
                    Some(target) => target,
                    // Without a target, the file keeps its own name.
                    None => TargetPath::new(self.source.rsplit(['/', '\\']).next().unwrap_or_default())?,
                };
                Ok(PackageFile {
                    source: self.source,
                    target,
                })
            }
        }

        struct SourceOrTable;

        impl<'de> Visitor<'de> for SourceOrTable {
            type Value = Table;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a file's path, or a table with `source` and `target`")
            }

            fn visit_str<E: serde::de::Error>(self, source: &str) -> Result<Table, E> {
                Ok(Table {
                    source: source.to_owned(),
                    target: None,
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Table, A::Error> {
                Table::deserialize(MapAccessDeserializer::new(map))
            }
        }

        let table = deserializer.deserialize_any(SourceOrTable)?;
        table.resolve().map_err(serde::de::Error::custom)
    }
}

macro_rules! printable_text {
    ($(#[$attribute:meta])* $name:ident, $expected:literal, $check:expr) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the string.
            pub fn new(text: &str) -> Result<Self, TextError> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(TextError { expected: $expected, found: text.to_owned() })
                }
            }

            /// The string as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        validated_text!($name, TextError);
    };
}

printable_text!(
    /// A string that is passed to the SCM unchanged: without control characters such as NUL and line breaks, which the
    /// registry and scripts cannot store.
    Text,
    "one without control characters",
    |text| !text.contains(|c: char| c.is_control())
);

printable_text!(
    /// The manufacturer's or the product's name: not empty, without control characters.
    ProductText,
    "a name that is not empty, without control characters",
    |text| !text.trim().is_empty() && !text.contains(|c: char| c.is_control())
);

/// The error for a string that its key does not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    expected: &'static str,
    found: String,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid string {:?}; expected {}", self.found, self.expected)
    }
}

impl std::error::Error for TextError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResetPeriod;

    fn read(text: &str) -> Result<Manifest, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn an_empty_table_gives_the_defaults() {
        let manifest = read("").unwrap();
        assert_eq!(manifest, Manifest::default());
        let definition = manifest
            .definition("acme-agent", Some("Watches\n  things. "))
            .unwrap();
        let expected = Definition {
            description: "Watches things.".to_owned(),
            ..Definition::new(ServiceName::new("acme-agent").unwrap())
        };
        assert_eq!(definition, expected);
    }

    #[test]
    fn every_key_reaches_the_definition() {
        let manifest = read(
            r#"
            name = "agent"
            was-named = ["agentd"]
            display-name = "Acme Agent"
            description = "Watches."
            start = "delayed"
            account = "local-service"
            dependencies = ["Tcpip", "+TDI"]
            arguments = ["--config", "agent.toml"]
            environment = { RUST_LOG = "info" }
            start-timeout = "1m"
            stop-timeout = "90s"
            preshutdown-timeout = "5m"
            watchdog = "45s"
            sid-type = "restricted"
            security = "D:(A;;GA;;;BA)"
            privileges = ["SeBackupPrivilege", "SeRestorePrivilege"]

            [recovery]
            restart = ["1s", "2m"]
            reset-after = "12h"
            on-error-exit = false

            [[triggers]]
            on = "first-ip-address"

            [[triggers]]
            on = "firewall-port-close"
            action = "stop"
            port = "RPC"
            protocol = "tcp"

            [package]
            manufacturer = "Acme Inc."
            product-name = "Agent"
            version = "24.11.3"
            upgrade-code = "{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}"
            install-folder = "Acme/Agent"
            data-folder = 'Acme\Data'
            formats = ["zip"]
            files = ["etc/agent.toml", { source = "README.md", target = "doc/readme.md" }]
            "#,
        )
        .unwrap();
        let definition = manifest.definition("package", None).unwrap();
        assert_eq!(
            definition,
            Definition {
                name: ServiceName::new("agent").unwrap(),
                display_name: DisplayName::new("Acme Agent").unwrap(),
                description: "Watches.".to_owned(),
                start: StartType::Delayed,
                account: Account::LocalService,
                dependencies: vec![
                    Dependency::Service(ServiceName::new("Tcpip").unwrap()),
                    Dependency::Group(ServiceName::new("TDI").unwrap()),
                ],
                arguments: vec!["--config".to_owned(), "agent.toml".to_owned()],
                environment: [(VariableName::new("RUST_LOG").unwrap(), "info".to_owned())].into(),
                start_timeout: Timeout::new("1m").unwrap(),
                stop_timeout: Timeout::new("90s").unwrap(),
                preshutdown_timeout: Some(Timeout::new("5m").unwrap()),
                watchdog: Some(Timeout::new("45s").unwrap()),
                recovery: Recovery {
                    restart: vec![Timeout::new("1s").unwrap(), Timeout::new("2m").unwrap()],
                    reset_after: ResetPeriod::new("12h").unwrap(),
                    on_error_exit: false,
                },
                sid_type: SidType::Restricted,
                privileges: vec![
                    Privilege::new("SeBackupPrivilege").unwrap(),
                    Privilege::new("SeRestorePrivilege").unwrap(),
                ],
                security: Some(SecurityDescriptor::new("D:(A;;GA;;;BA)").unwrap()),
                triggers: vec![
                    Trigger::new("start\tfirst-ip-address").unwrap(),
                    Trigger::new("stop\tfirewall-port-close\tport=RPC\tprotocol=tcp").unwrap(),
                ],
            }
        );
        assert_eq!(manifest.was_named, [ServiceName::new("agentd").unwrap()]);
        let targets: Vec<String> = manifest
            .package
            .files
            .iter()
            .map(|file| file.target.to_string())
            .collect();
        assert_eq!(targets, ["agent.toml", "doc/readme.md"]);
        assert_eq!(manifest.package.version, ProductVersion::from_numbers(24, 11, 3));
        let parts = |path: Option<FolderPath>| path.unwrap().parts().join("|");
        assert_eq!(parts(manifest.package.install_folder), "Acme|Agent");
        assert_eq!(parts(manifest.package.data_folder), "Acme|Data");
    }

    #[test]
    fn a_part_of_the_recovery_leaves_the_rest_as_it_is() {
        let recovery = |text: &str| read(text).unwrap().recovery;
        assert_eq!(
            recovery("recovery.restart = []"),
            Recovery {
                restart: Vec::new(),
                ..Recovery::default()
            }
        );
        assert_eq!(
            recovery("recovery.reset-after = 'never'"),
            Recovery {
                reset_after: ResetPeriod::NEVER,
                ..Recovery::default()
            }
        );
    }

    #[test]
    fn errors_say_what_was_expected_and_found() {
        let message = |text: &str| read(text).unwrap_err();
        assert_eq!(
            message("start = 'boot'"),
            "unknown variant `boot`, expected one of `auto`, `delayed`, `manual`, `disabled`"
        );
        assert_eq!(
            message("name = 5"),
            "invalid type: integer `5`, expected a string"
        );
        assert!(message("nmae = 'a'").starts_with("unknown field `nmae`, expected one of `name`,"));
        assert_eq!(
            message("[package]\nversion = '300.0.0'"),
            "invalid MSI product version \"300.0.0\"; expected major.minor.build, up to 255.255.65535"
        );
        assert_eq!(
            message("[package]\nfiles = [{ source = 'a', target = '../a' }]"),
            "invalid path \"../a\": \"..\" is not a file name on Windows; expected a path below the installation \
             folder, such as \"conf/agent.toml\""
        );
        assert!(
            message("recovery.restart = ['soon']")
                .starts_with("invalid duration \"soon\"; expected a whole number"),
        );
        assert_eq!(
            message("recovery.reset-after = '1w'"),
            "invalid reset period \"1w\"; expected \"never\", or a whole number and its unit, such as \"10m\", \
             \"12h\" or \"1d\", up to 365d"
        );
        assert_eq!(
            message("sid-type = 'own'"),
            "unknown variant `own`, expected one of `unrestricted`, `restricted`, `none`"
        );
        assert!(
            message("privileges = ['SeBackup']")
                .starts_with("unknown privilege \"SeBackup\"; expected a name such as"),
        );
        assert_eq!(
            message("security = 'D:(A;;GA;;;XX)'"),
            "invalid security descriptor at character 12; expected an account such as `BA`, or a SID such as \
             `S-1-5-32-544`"
        );
        assert!(
            message("[[triggers]]\non = 'noon'")
                .starts_with("unknown variant `noon`, expected one of `domain-join`, `domain-leave`,"),
        );
        assert_eq!(
            message("[[triggers]]\non = 'device'"),
            "missing key `class` for this trigger"
        );
        assert_eq!(
            message("[[triggers]]\non = 'device'\nclass = 'disk'"),
            "invalid GUID \"disk\"; expected one such as \"53f56307-b6bf-11d0-94f2-00a0c91efb8b\""
        );
        assert_eq!(
            message("[[triggers]]\non = 'firewall-port-open'\nport = 70000\nprotocol = 'tcp'"),
            "invalid port \"70000\"; expected a number from 1 to 65535, or \"RPC\""
        );
        assert_eq!(
            message("recovery.reboot = true"),
            "unknown field `reboot`, expected one of `restart`, `reset-after`, `on-error-exit`"
        );
        assert_eq!(
            message("arguments = [\"a\\u0000\"]"),
            "invalid string \"a\\0\"; expected one without control characters"
        );
    }

    #[test]
    fn names_that_windows_reserves_are_no_file_names() {
        for name in [
            "", ".", "..", "a.", "a ", " a", "a:b", "con", "NUL.txt", "com1", "a\tb",
        ] {
            assert!(!is_file_name(name), "{name:?}");
        }
        for name in ["a", "a.b", "com", "com10", "console", "a b", "Größe.txt", ".env"] {
            assert!(is_file_name(name), "{name:?}");
        }
    }
}
