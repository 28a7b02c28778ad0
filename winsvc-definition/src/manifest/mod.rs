//! The table `[package.metadata.winsvc]` in Cargo.toml.
//!
//! Every key is optional. Values are validated during deserialization, so that a deserializer with source positions
//! (the `toml` crate's) reports the line of every error.

use std::fmt;

mod autostart;
mod channels;
mod commands;
mod compression;
mod dialogs;
mod dll_name;
mod features;
mod files;
mod firewall;
mod folder_path;
mod format;
mod host;
mod identity;
mod path;
mod program;
mod properties;
mod protocols;
mod registry;
mod requires;
mod service;
mod shortcuts;
mod sign;
mod sign_command;
mod target;
mod targets;
mod text_or_table;
mod update;

pub use autostart::{AutostartKind, AutostartName, AutostartTable};
pub use channels::{
    ChannelName, ChannelTextError, Channels, Chocolatey, DownloadUrl, DownloadUrlError, Scoop, Tag, WebUrl,
    Winget, WingetIdentifier,
};
pub use commands::{CommandEvent, CommandPosition, OwnCommand};
pub use compression::Compression;
pub use dialogs::{Dialogs, Language, Languages, LanguagesError};
pub use dll_name::{DllName, DllNameError};
pub use features::{FeatureName, FeatureNameError, FeatureTable};
pub use files::{DEFAULT_SUFFIX, EmptyFolder, FilesEntry, SourceFiles};
pub use firewall::{FirewallName, FirewallTable, FirewallText, is_firewall_text};
pub use folder_path::{FolderPath, FolderPathError};
pub use format::Format;
pub use host::{
    Affinity, AffinityError, ControlCode, ControlCodeError, ExitCodeError, ExitStatusCode, GiveUp,
    HealthCheck, Hook, HookEvent, Host, HostCommand, HostCommandError, HostOutput, OutputFormat, Priority,
    Probe, ProcessTree, Readiness, RestartOn, RestartTable, SocketAddress, SocketAddressError, StderrTarget,
    StdoutTarget, StopSignal, StopStep,
};
pub use identity::{ProductVersion, ProductVersionError, UpgradeCode, UpgradeCodeError, VersionScheme};
pub use path::PathEntry;
pub use program::{ProgramEntry, ProgramRef};
pub use properties::{ArgumentForm, CopyName, PropertyTable, PropertyTextError, PropertyValue, SettingKey};
pub use protocols::{UrlProtocol, UrlScheme, UrlSchemeError};
pub use registry::{RegistryData, RegistryEntry, RegistryKey, RegistryKeyError};
pub use requires::{
    Edition, Messages, RegistryRequirement, RequiredData, Requires, WindowsVersion, WindowsVersionError,
};
pub use service::{Manifest, ServiceTable};
pub use shortcuts::{LinkOptions, MenuFolder, Opens, Shortcut, ShortcutName, ShortcutPlace, WorkingFolder};
pub use sign::{
    Located, Osslsigncode, SecretSource, SignEngine, SignTable, SignTableError, SigningIdentity, Signtool,
};
pub use sign_command::{CommandArgument, LITERAL_SECRET, SignCommand, SignCommandError, SignPlaceholder};
pub use target::{Target, TargetPath, TargetPathError, is_file_name};
pub use update::UpdateTable;

use crate::validated_text;

/// The table `[package.metadata.winsvc.package]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Package {
    /// The manufacturer; default: the package's first author, else the product's name.
    pub manufacturer: Option<ProductText>,
    /// The product's name in the list of installed programs; default: the service's display name.
    pub product_name: Option<ProductText>,
    /// The MSI's product version, if it differs from the package's; default: `x.y.z` of the package's version.
    pub version: Option<ProductVersion>,
    /// How the package's version becomes the MSI's; default: the same numbers.
    pub version_scheme: Option<VersionScheme>,
    /// The upgrade codes of other products, which this one replaces; default: none.
    #[serde(default)]
    pub replaces: Vec<UpgradeCode>,
    /// The upgrade code, which all versions of the product share; default: derived from the manufacturer and the
    /// product's name.
    pub upgrade_code: Option<UpgradeCode>,
    /// The installation folder, below the folder for programs; default: the manufacturer and the product's name.
    pub install_folder: Option<FolderPath>,
    /// The folder for settings, data and logs, below `%ProgramData%`; default: the manufacturer and the product's name.
    pub data_folder: Option<FolderPath>,
    /// The address for help, in the list of installed programs; default: none.
    pub help_url: Option<Url>,
    /// The address for updates, in the list of installed programs; default: none.
    pub update_url: Option<Url>,
    /// The path of an `.ico` file, relative to the folder of Cargo.toml: the icon in the list of installed programs, and
    /// of exes that have none; default: none.
    pub icon: Option<String>,
    /// The license text that the dialogs show: the path of a `.txt`, `.md` or `.rtf` file, relative to the folder of
    /// Cargo.toml; default: none.
    pub license: Option<String>,
    /// The MSI's dialogs; default: it has none.
    #[serde(default, deserialize_with = "dialogs::optional")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::OneOf<(bool, Dialogs)>"))]
    pub dialogs: Option<Dialogs>,
    /// The folder of the exes, below the installation folder; default: the installation folder.
    pub exe_folder: Option<Target>,
    /// Files and folders to install.
    #[serde(default)]
    pub files: Vec<FilesEntry>,
    /// DLLs that programs may import although neither the package nor Windows has them.
    #[serde(default)]
    pub allow_dlls: Vec<DllName>,
    /// The formats that `cargo winsvc package` builds without `--format`; default: [`Format::DEFAULT`].
    pub formats: Option<Vec<Format>>,
    /// How small packages are made without `--compression`; default: [`Compression::Default`].
    pub compression: Option<Compression>,
}

macro_rules! printable_text {
    ($(#[$attribute:meta])* $name:ident, $expected:literal, $pattern:literal, $check:expr) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = $pattern)))]
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
    r"^[^\x00-\x1f]*$",
    |text| !text.contains(|c: char| c.is_control())
);

printable_text!(
    /// The manufacturer's or the product's name: not empty, without control characters.
    ProductText,
    "a name that is not empty, without control characters",
    r"\S",
    |text| !text.trim().is_empty() && !text.contains(|c: char| c.is_control())
);

impl Url {
    /// Whether it is the address of a server, not of a mailbox.
    pub fn is_web(&self) -> bool {
        !self.0.starts_with("mailto:")
    }
}

printable_text!(
    /// The address of a web page, or of a mailbox.
    Url,
    "an address that begins with `https://`, `http://` or `mailto:`",
    r"^(https?://|mailto:)\S+$",
    |text| {
        let begins = ["https://", "http://", "mailto:"].iter().any(|scheme| {
            text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())
        });
        begins && !text.contains(|c: char| c.is_control() || c.is_whitespace())
    }
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
mod tests;
