//! Durations in Cargo.toml.

use std::fmt;
use std::time::Duration;

use crate::validated_text;

/// A time limit such as `20s`, `500ms`, `2m` or `1h`: more than 0, at most a day.
///
/// ```
/// use std::time::Duration;
/// use winsvc_definition::Timeout;
///
/// assert_eq!(Timeout::new("2m").unwrap().duration(), Duration::from_secs(120));
/// assert!(Timeout::new("2").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^[0-9]+(ms|s|m|h)$")))]
pub struct Timeout {
    milliseconds: u32,
}

impl Timeout {
    /// A day: the longest timeout, well below the limit of the SCM's 32-bit milliseconds.
    const LONGEST: u32 = 24 * 60 * 60 * 1000;

    const UNITS: [(&'static str, u32); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    /// Parses a whole number with its unit.
    pub fn new(text: &str) -> Result<Self, TimeoutError> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let scale = Self::UNITS.iter().find(|(name, _)| *name == unit);
        let (Ok(number), Some((_, scale))) = (number.parse::<u32>(), scale) else {
            return Err(TimeoutError::Form {
                found: text.to_owned(),
            });
        };
        number
            .checked_mul(*scale)
            .and_then(Self::from_milliseconds)
            .ok_or_else(|| TimeoutError::Range {
                found: text.to_owned(),
            })
    }

    pub(crate) const fn seconds(seconds: u32) -> Self {
        Self {
            milliseconds: seconds * 1_000,
        }
    }

    pub(crate) const fn from_milliseconds(milliseconds: u32) -> Option<Self> {
        if milliseconds == 0 || milliseconds > Self::LONGEST {
            None
        } else {
            Some(Self { milliseconds })
        }
    }

    /// The timeout in milliseconds, the SCM's unit.
    ///
    /// ```
    /// use winsvc_definition::*;
    ///
    /// assert_eq!(Timeout::new("2m").unwrap().milliseconds(), 120_000);
    /// ```
    pub const fn milliseconds(self) -> u32 {
        self.milliseconds
    }

    /// The timeout as a [`Duration`].
    ///
    /// ```
    /// use winsvc_definition::*;
    ///
    /// assert_eq!(Timeout::new("500ms").unwrap().duration().as_millis(), 500);
    /// ```
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.milliseconds as u64)
    }
}

validated_text!(Timeout, TimeoutError);

impl fmt::Display for Timeout {
    /// Uses the largest unit that gives a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = Self::UNITS
            .iter()
            .rev()
            .find(|(_, scale)| self.milliseconds % scale == 0);
        let (name, scale) = unit.unwrap_or(&Self::UNITS[0]);
        write!(f, "{}{name}", self.milliseconds / scale)
    }
}

/// The error for a string that is not a timeout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeoutError {
    /// The string is not a whole number followed by a unit.
    Form {
        /// The string.
        found: String,
    },
    /// The duration is 0, or more than a day.
    Range {
        /// The string.
        found: String,
    },
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form { found } => write!(
                f,
                "invalid duration {found:?}; expected a whole number and its unit, such as \"500ms\", \"20s\", \
                 \"2m\" or \"1h\""
            ),
            Self::Range { found } => write!(
                f,
                "the duration {found:?} is out of range; expected more than 0 and at most 24h"
            ),
        }
    }
}

impl std::error::Error for TimeoutError {}

/// Formats a duration in the largest unit that gives a whole number: `90s`, `1d`.
pub fn length(time: Duration) -> String {
    const UNITS: [(&str, u128); 4] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    let milliseconds = time.as_millis();
    let unit = UNITS
        .iter()
        .find(|(_, scale)| milliseconds >= *scale && milliseconds % scale == 0);
    let (name, scale) = unit.unwrap_or(&("ms", 1));
    format!("{}{name}", milliseconds / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_scale_and_print_back() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("20s", 20_000),
            ("2m", 120_000),
            ("24h", 86_400_000),
        ] {
            let timeout = Timeout::new(text).unwrap();
            assert_eq!(timeout.milliseconds(), milliseconds);
            assert_eq!(timeout.to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_an_error() {
        for text in ["", "s", "20", "20 s", "-1s", "1.5s", "20sec", "99999999999s"] {
            assert!(
                matches!(Timeout::new(text), Err(TimeoutError::Form { .. })),
                "{text}"
            );
        }
        for text in ["0s", "25h", "4294967295h"] {
            assert!(
                matches!(Timeout::new(text), Err(TimeoutError::Range { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn lengths_have_the_largest_unit_that_leaves_a_whole_number() {
        for (milliseconds, text) in [
            (0, "0ms"),
            (1_500, "1500ms"),
            (90_000, "90s"),
            (86_400_000, "1d"),
            (90_000_000, "25h"),
        ] {
            assert_eq!(length(Duration::from_millis(milliseconds)), text);
        }
    }
}
