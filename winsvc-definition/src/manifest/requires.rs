//! What a machine must have, so that a package can be installed.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::{RegistryKey, Text};
use crate::validated_text;
use crate::words::words;

/// The table `requires`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Requires {
    /// The lowest version of Windows.
    pub windows: Option<WindowsVersion>,
    /// The edition of Windows.
    pub edition: Option<Edition>,
    /// Whether only an administrator can install the package.
    pub administrator: bool,
    /// Registry values that must exist, or must not.
    pub registry: Vec<RegistryRequirement>,
    /// The messages in place of the default ones.
    pub messages: Messages,
}

impl Requires {
    /// Whether every machine has what is required.
    pub fn is_empty(&self) -> bool {
        self.windows.is_none() && self.edition.is_none() && !self.administrator && self.registry.is_empty()
    }
}

/// The table `requires.messages`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Messages {
    /// For an older Windows.
    pub windows: Option<Text>,
    /// For another edition.
    pub edition: Option<Text>,
    /// For a user who is not an administrator.
    pub administrator: Option<Text>,
}

words! {
    /// An edition of Windows.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Edition {
        /// Windows Server.
        Server = "server",
        /// Windows 10 and 11.
        Workstation = "workstation",
    }
}

/// A version of Windows, which is its build number: `10.0.17763`, or a name such as `10-1809` and `server-2019`.
///
/// ```
/// use winsvc_definition::manifest::WindowsVersion;
///
/// let version = WindowsVersion::new("10-1809").unwrap();
/// assert_eq!(version.build(), 17763);
/// assert_eq!(WindowsVersion::new("10.0.17763"), Ok(version));
/// assert_eq!(version.names().collect::<Vec<_>>(), ["Windows 10, version 1809", "Windows Server 2019"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("anyOf" = [{ "enum": VERSIONS.map(|(name, ..)| name) }, { "pattern": r"^10\.0\.[0-9]+$" }])))]
#[serde(try_from = "String")]
pub struct WindowsVersion(u32);

/// The names of versions, their builds and what they are called
/// ([Windows 10](https://learn.microsoft.com/windows/release-health/release-information),
/// [Windows 11](https://learn.microsoft.com/windows/release-health/windows11-release-information),
/// [Windows Server](https://learn.microsoft.com/windows/release-health/windows-server-release-info)).
const VERSIONS: [(&str, u32, &str); 25] = [
    ("10", 10240, "Windows 10"),
    ("10-1507", 10240, ""),
    ("10-1511", 10586, "Windows 10, version 1511"),
    ("10-1607", 14393, "Windows 10, version 1607"),
    ("10-1703", 15063, "Windows 10, version 1703"),
    ("10-1709", 16299, "Windows 10, version 1709"),
    ("10-1803", 17134, "Windows 10, version 1803"),
    ("10-1809", 17763, "Windows 10, version 1809"),
    ("10-1903", 18362, "Windows 10, version 1903"),
    ("10-1909", 18363, "Windows 10, version 1909"),
    ("10-2004", 19041, "Windows 10, version 2004"),
    ("10-20h2", 19042, "Windows 10, version 20H2"),
    ("10-21h1", 19043, "Windows 10, version 21H1"),
    ("10-21h2", 19044, "Windows 10, version 21H2"),
    ("10-22h2", 19045, "Windows 10, version 22H2"),
    ("11", 22000, "Windows 11"),
    ("11-21h2", 22000, ""),
    ("11-22h2", 22621, "Windows 11, version 22H2"),
    ("11-23h2", 22631, "Windows 11, version 23H2"),
    ("11-24h2", 26100, "Windows 11, version 24H2"),
    ("11-25h2", 26200, "Windows 11, version 25H2"),
    ("server-2016", 14393, "Windows Server 2016"),
    ("server-2019", 17763, "Windows Server 2019"),
    ("server-2022", 20348, "Windows Server 2022"),
    ("server-2025", 26100, "Windows Server 2025"),
];

impl WindowsVersion {
    /// The first Windows 10, the oldest that Rust's standard library supports.
    const LOWEST: u32 = 10240;

    /// Parses a version.
    pub fn new(text: &str) -> Result<Self, WindowsVersionError> {
        let named = VERSIONS.iter().find(|(name, ..)| *name == text);
        let build = match named {
            Some((_, build, _)) => Some(*build),
            None => text
                .strip_prefix("10.0.")
                .and_then(|build| build.parse().ok())
                .filter(|build| *build >= Self::LOWEST),
        };
        build.map(Self).ok_or_else(|| WindowsVersionError {
            found: text.to_owned(),
        })
    }

    /// The build number.
    pub fn build(self) -> u32 {
        self.0
    }

    /// What versions with this build are called.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        VERSIONS
            .into_iter()
            .filter(move |(_, build, called)| *build == self.0 && !called.is_empty())
            .map(|(_, _, called)| called)
    }
}

validated_text!(WindowsVersion, WindowsVersionError);

/// The error for a string that is not a version of Windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowsVersionError {
    found: String,
}

impl fmt::Display for WindowsVersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = VERSIONS.map(|(name, ..)| name);
        write!(
            f,
            "unknown version of Windows {:?}; expected \"10.0.BUILD\" from 10.0.{} on, or one of {}",
            self.found,
            WindowsVersion::LOWEST,
            names.join(", ")
        )
    }
}

impl std::error::Error for WindowsVersionError {}

/// A table in `requires.registry`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RegistryRequirement {
    /// The key.
    pub key: RegistryKey,
    /// The value's name; default: the default value of the key.
    pub name: Option<Text>,
    /// The data that the value must have, or must not; default: any.
    pub equals: Option<RequiredData>,
    /// Whether the value must not exist, or not with this data.
    #[serde(default)]
    pub absent: bool,
    /// The message of an installation that is refused.
    pub message: Option<Text>,
}

/// The most characters of a string that fit into a condition.
const LONGEST_TEXT: usize = 200;

/// The data of a value that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "crate::schema::OneOf<(String, u32)>")
)]
pub enum RequiredData {
    /// A string without quotation marks.
    Text(String),
    /// A number.
    Number(u32),
}

impl<'de> Deserialize<'de> for RequiredData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = RequiredData;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a string of at most 200 characters without quotation marks, or a number from 0 to 4294967295",
                )
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<RequiredData, E> {
                // A condition of Windows Installer has no escape for them.
                let is_long = text.encode_utf16().count() > LONGEST_TEXT;
                if text.is_empty() || is_long || text.contains('"') || text.contains(char::is_control) {
                    return Err(E::invalid_value(serde::de::Unexpected::Str(text), &self));
                }
                Ok(RequiredData::Text(text.to_owned()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<RequiredData, E> {
                let invalid = || E::invalid_value(serde::de::Unexpected::Signed(number), &self);
                u32::try_from(number)
                    .map(RequiredData::Number)
                    .map_err(|_| invalid())
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Requires, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn a_version_of_windows_is_its_build() {
        let build = |text: &str| WindowsVersion::new(text).map(WindowsVersion::build);
        assert_eq!(build("10"), Ok(10240));
        assert_eq!(build("server-2022"), Ok(20348));
        assert_eq!(build("10.0.26200"), Ok(26200));
        for text in [
            "",
            "10.0",
            "10.0.9600",
            "10.0.x",
            "8.1",
            "12",
            "10-1810",
            "Server-2019",
        ] {
            assert!(build(text).is_err(), "{text}");
        }
        let names = |text: &str| WindowsVersion::new(text).unwrap().names().collect::<Vec<_>>();
        assert_eq!(names("11-21h2"), ["Windows 11"]);
        assert_eq!(names("10.0.20000"), [""; 0]);
    }

    #[test]
    fn nothing_is_required_by_default() {
        assert!(read("").unwrap().is_empty());
        let requires = read(
            "windows = '10-1809'\nedition = 'server'\nadministrator = true\nmessages.windows = 'Too old.'\n\
             [[registry]]\nkey = 'Software\\Acme'\nname = 'Version'\nequals = 5\n\
             [[registry]]\nkey = 'Software\\Other'\nabsent = true\nmessage = 'Remove Other.'",
        )
        .unwrap();
        assert!(!requires.is_empty());
        assert_eq!(requires.registry[0].equals, Some(RequiredData::Number(5)));
        assert!(requires.registry[1].absent);
        for equals in ["''", "'a\"b'", "-1", "4294967296"] {
            let error = read(&format!("[[registry]]\nkey = 'A'\nequals = {equals}")).unwrap_err();
            assert!(
                error.contains("expected a string of at most 200 characters"),
                "{error}"
            );
        }
    }
}
