//! When the SCM starts a service.

use std::fmt;
use std::str::FromStr;

/// When the SCM starts the service
/// ([`dwStartType`](https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-createservicew)).
///
/// ```
/// use winsvc_definition::*;
///
/// assert_eq!("delayed".parse(), Ok(StartType::Delayed));
/// assert!(StartType::Delayed.is_automatic());
/// assert_eq!(StartType::Delayed.code(), StartType::Auto.code(), "the delay is a setting of its own");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "manifest",
    derive(serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum StartType {
    /// At boot.
    #[default]
    Auto,
    /// Shortly after boot, when the other automatic services have started.
    Delayed,
    /// When somebody starts it.
    Manual,
    /// Not at all, until somebody changes its start type.
    Disabled,
}

impl StartType {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Delayed, Self::Manual, Self::Disabled];

    /// `SERVICE_AUTO_START`, `SERVICE_DEMAND_START` or `SERVICE_DISABLED`. A delayed service is an automatic one with
    /// a further setting.
    pub const fn code(self) -> u32 {
        match self {
            Self::Auto | Self::Delayed => 2,
            Self::Manual => 3,
            Self::Disabled => 4,
        }
    }

    /// The word in Cargo.toml.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Delayed => "delayed",
            Self::Manual => "manual",
            Self::Disabled => "disabled",
        }
    }

    /// Whether the service is to run without anybody asking for it: then installing it starts it.
    pub const fn is_automatic(self) -> bool {
        matches!(self, Self::Auto | Self::Delayed)
    }
}

impl FromStr for StartType {
    type Err = StartTypeError;

    fn from_str(text: &str) -> Result<Self, StartTypeError> {
        Self::ALL
            .into_iter()
            .find(|start| start.as_str() == text)
            .ok_or_else(|| StartTypeError {
                found: text.to_owned(),
            })
    }
}

impl fmt::Display for StartType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no start type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartTypeError {
    found: String,
}

impl fmt::Display for StartTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = StartType::ALL.map(StartType::as_str).join(", ");
        write!(f, "no start type is called {:?}; there are {known}", self.found)
    }
}

impl std::error::Error for StartTypeError {}
