//! How long an installation may wait for its window.

use std::fmt;
use std::time::Duration;

use crate::timeout::length;
use crate::validated_text;

/// A time such as `12h` or `7d`: at least a minute, at most 365 days.
///
/// ```
/// use winsvc_definition::Deferral;
///
/// assert_eq!(Deferral::new("7d").unwrap().duration().as_secs(), 604_800);
/// assert!(Deferral::new("1s").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^[0-9]+(m|h|d)$")))]
pub struct Deferral {
    minutes: u32,
}

impl Deferral {
    const LONGEST: u32 = 365 * 24 * 60;
    const UNITS: [(&'static str, u32); 3] = [("m", 1), ("h", 60), ("d", 24 * 60)];

    /// Parses a whole number with its unit.
    pub fn new(text: &str) -> Result<Self, DeferralError> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let scale = Self::UNITS.iter().find(|(name, _)| *name == unit);
        let number = number.parse::<u32>().ok();
        let minutes = number.and_then(|number| number.checked_mul(scale?.1));
        match minutes {
            Some(minutes @ 1..=Self::LONGEST) => Ok(Self { minutes }),
            _ => Err(DeferralError {
                found: text.to_owned(),
            }),
        }
    }

    /// The time as a [`Duration`].
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.minutes as u64 * 60)
    }
}

validated_text!(Deferral, DeferralError);

impl fmt::Display for Deferral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&length(self.duration()))
    }
}

/// The error for a string that is not a time to defer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeferralError {
    found: String,
}

impl fmt::Display for DeferralError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid time {:?}; expected a whole number and its unit, such as \"30m\", \"12h\" or \"7d\", up to 365d",
            self.found
        )
    }
}

impl std::error::Error for DeferralError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_and_limits() {
        for text in ["1m", "12h", "7d", "365d"] {
            assert_eq!(Deferral::new(text).unwrap().to_string(), text);
        }
        for text in ["", "7", "0m", "10s", "366d", "4294967295d", "-1d", "1.5d"] {
            assert!(Deferral::new(text).is_err(), "{text}");
        }
    }
}
