//! The identity of a product: its version and its upgrade code.

use std::fmt;

use crate::validated_text;
use crate::words::words;

/// An MSI's product version, `major.minor.build`
/// ([ProductVersion](https://learn.microsoft.com/windows/win32/msi/productversion)): at most `255.255.65535`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^[0-9]+(\.[0-9]+){2}$")))]
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

words! {
    /// How the package's version becomes the MSI's.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum VersionScheme {
        /// The same numbers.
        #[default]
        Semantic = "semantic",
        /// The first number is a year, of which an MSI has the part after 2000.
        Calendar = "calendar",
    }
}

impl VersionScheme {
    /// The year whose versions begin with 0 in an MSI.
    const YEAR: u64 = 2000;

    /// The MSI's version for a package's, if it can store it. A higher version of the package is never a lower one of the
    /// MSI.
    ///
    /// ```
    /// use winsvc_definition::manifest::{ProductVersion, VersionScheme};
    ///
    /// let version = VersionScheme::Calendar.version(2026, 11, 25);
    /// assert_eq!(version, ProductVersion::from_numbers(26, 11, 25));
    /// assert_eq!(VersionScheme::Calendar.version(1, 2, 3), None);
    /// ```
    pub fn version(self, major: u64, minor: u64, patch: u64) -> Option<ProductVersion> {
        let major = match self {
            Self::Semantic => major,
            Self::Calendar => major.checked_sub(Self::YEAR)?,
        };
        ProductVersion::from_numbers(major, minor, patch)
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^(urn:uuid:)?\{?[0-9A-Fa-f-]{32,36}\}?$")))]
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

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn versions_of_an_msi_are_in_the_order_of_the_package_s(
            one in (1_999_u64..2_260, 0_u64..260, 0_u64..70_000),
            two in (1_999_u64..2_260, 0_u64..260, 0_u64..70_000),
        ) {
            let version = |(major, minor, patch)| VersionScheme::Calendar.version(major, minor, patch);
            if let (Some(first), Some(second)) = (version(one), version(two)) {
                proptest::prop_assert_eq!(one.cmp(&two), first.cmp(&second));
            }
        }
    }

    #[test]
    fn a_calendar_version_begins_with_a_year_and_has_numbers_that_an_msi_can_store() {
        let version = |major, minor, patch| VersionScheme::Calendar.version(major, minor, patch);
        assert_eq!(version(2000, 0, 0), ProductVersion::from_numbers(0, 0, 0));
        assert_eq!(
            version(2255, 255, 65535),
            ProductVersion::from_numbers(255, 255, 65535)
        );
        for (major, minor, patch) in [
            (1999, 1, 1),
            (2256, 1, 1),
            (2026, 256, 1),
            (2026, 1, 65536),
            (26, 11, 25),
        ] {
            assert_eq!(version(major, minor, patch), None, "{major}.{minor}.{patch}");
        }
    }
}
