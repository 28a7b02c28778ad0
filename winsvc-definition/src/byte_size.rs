//! Sizes in Cargo.toml.

use std::fmt;

use crate::validated_text;

/// A size such as `512MB` or `2GB`, in units of 1024 bytes as Windows shows them: more than 0.
///
/// ```
/// use winsvc_definition::ByteSize;
///
/// assert_eq!(ByteSize::new("2KB").unwrap().bytes(), 2048);
/// assert!(ByteSize::new("2").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^[0-9]+(B|KB|MB|GB|TB)$")))]
pub struct ByteSize(u64);

impl ByteSize {
    const UNITS: [(&'static str, u64); 5] = [
        ("B", 1),
        ("KB", 1 << 10),
        ("MB", 1 << 20),
        ("GB", 1 << 30),
        ("TB", 1 << 40),
    ];

    /// Parses a whole number with its unit.
    pub fn new(text: &str) -> Result<Self, ByteSizeError> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let scale = Self::UNITS.iter().find(|(name, _)| *name == unit);
        let (Some((_, scale)), false) = (scale, number.is_empty()) else {
            return Err(ByteSizeError::Form {
                found: text.to_owned(),
            });
        };
        let bytes = number.parse::<u64>().ok();
        bytes
            .and_then(|number| number.checked_mul(*scale))
            .filter(|bytes| *bytes > 0)
            .map(Self)
            .ok_or_else(|| ByteSizeError::Range {
                found: text.to_owned(),
            })
    }

    /// The size of this many bytes; `None` for 0.
    ///
    /// ```
    /// use winsvc_definition::ByteSize;
    ///
    /// assert_eq!(ByteSize::from_bytes(512 << 20).unwrap().to_string(), "512MB");
    /// ```
    pub const fn from_bytes(bytes: u64) -> Option<Self> {
        if bytes == 0 { None } else { Some(Self(bytes)) }
    }

    /// The size in bytes.
    ///
    /// ```
    /// use winsvc_definition::ByteSize;
    ///
    /// assert_eq!(ByteSize::new("1GB").unwrap().bytes(), 1 << 30);
    /// ```
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

validated_text!(ByteSize, ByteSizeError);

impl fmt::Display for ByteSize {
    /// Uses the largest unit that gives a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = Self::UNITS.iter().rev().find(|(_, scale)| self.0 % scale == 0);
        let (name, scale) = unit.unwrap_or(&Self::UNITS[0]);
        write!(f, "{}{name}", self.0 / scale)
    }
}

/// The error for a string that is not a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByteSizeError {
    /// The string is not a whole number followed by a unit.
    Form {
        /// The string.
        found: String,
    },
    /// The size is 0, or does not fit into 64 bits.
    Range {
        /// The string.
        found: String,
    },
}

impl fmt::Display for ByteSizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form { found } => write!(
                f,
                "invalid size {found:?}; expected a whole number and its unit, such as \"64KB\", \"512MB\" or \"2GB\""
            ),
            Self::Range { found } => write!(
                f,
                "the size {found:?} is out of range; expected more than 0 and less than 2^64 bytes"
            ),
        }
    }
}

impl std::error::Error for ByteSizeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_scale_and_print_back() {
        for (text, bytes) in [
            ("1B", 1),
            ("1500B", 1500),
            ("64KB", 65_536),
            ("512MB", 536_870_912),
            ("2GB", 2_147_483_648),
            ("16777215TB", 16_777_215 << 40),
        ] {
            let size = ByteSize::new(text).unwrap();
            assert_eq!(size.bytes(), bytes);
            assert_eq!(size.to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_an_error() {
        for text in ["", "MB", "512", "512 MB", "-1MB", "1.5GB", "512mb", "512MiB"] {
            assert!(
                matches!(ByteSize::new(text), Err(ByteSizeError::Form { .. })),
                "{text}"
            );
        }
        for text in ["0MB", "16777216TB", "99999999999999999999B"] {
            assert!(
                matches!(ByteSize::new(text), Err(ByteSizeError::Range { .. })),
                "{text}"
            );
        }
    }
}
