//! The identity of a product: its version and its upgrade code.

use std::fmt;

use crate::validated_text;

/// An MSI's product version, `major.minor.build`
/// ([ProductVersion](https://learn.microsoft.com/windows/win32/msi/productversion)): at most `255.255.65535`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct ProductVersion {
    /// At most 255.
    pub major: u8,
    /// At most 255.
    pub minor: u8,
    /// At most 65,535.
    pub build: u16,
}

impl ProductVersion {
    /// Parses three numbers separated by dots.
    pub fn new(text: &str) -> Result<Self, ProductVersionError> {
        let error = || ProductVersionError {
            found: text.to_owned(),
        };
        let numbers: Result<Vec<u64>, _> = text.split('.').map(str::parse).collect();
        match numbers.map_err(|_| error())?[..] {
            [major, minor, build] => Self::from_numbers(major, minor, build).ok_or_else(error),
            _ => Err(error()),
        }
    }

    /// The version with these numbers, if an MSI can store them.
    pub fn from_numbers(major: u64, minor: u64, build: u64) -> Option<Self> {
        Some(Self {
            major: major.try_into().ok()?,
            minor: minor.try_into().ok()?,
            build: build.try_into().ok()?,
        })
    }
}

validated_text!(ProductVersion, ProductVersionError);

impl fmt::Display for ProductVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.build)
    }
}

/// The error for a string that is not an MSI product version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductVersionError {
    found: String,
}

impl fmt::Display for ProductVersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid MSI product version {:?}; expected major.minor.build, up to 255.255.65535",
            self.found
        )
    }
}

impl std::error::Error for ProductVersionError {}

/// The upgrade code: the GUID that all versions of a product share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct UpgradeCode(pub uuid::Uuid);

impl UpgradeCode {
    /// Parses a GUID, with or without braces.
    pub fn new(text: &str) -> Result<Self, UpgradeCodeError> {
        uuid::Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| UpgradeCodeError {
                found: text.to_owned(),
            })
    }
}

validated_text!(UpgradeCode, UpgradeCodeError);

/// The error for a string that is not a GUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpgradeCodeError {
    found: String,
}

impl fmt::Display for UpgradeCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid GUID {:?}; expected one such as \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"",
            self.found
        )
    }
}

impl std::error::Error for UpgradeCodeError {}
