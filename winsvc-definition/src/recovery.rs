//! Recovery: what the SCM does when a service fails.

use std::fmt;
use std::time::Duration;

use crate::timeout::length;
use crate::{Timeout, validated_text};

/// What the SCM does when the service fails: it starts the service again
/// ([`SERVICE_FAILURE_ACTIONSW`](https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_failure_actionsw)).
///
/// A service has failed if its process ends without reporting `SERVICE_STOPPED`, and, with
/// [`on_error_exit`](Self::on_error_exit), if it reports `SERVICE_STOPPED` with an error. A requested stop ends without
/// an error and is not a failure.
///
/// ```
/// use winsvc_definition::Recovery;
///
/// let delays: Vec<String> = Recovery::default().restart.iter().map(ToString::to_string).collect();
/// assert_eq!(delays, ["5s", "30s", "1m"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "manifest",
    derive(serde::Deserialize),
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recovery {
    /// The delay before the SCM restarts the service after the first failure, the second, and so on; the last delay
    /// repeats. If empty, the SCM does nothing.
    pub restart: Vec<Timeout>,
    /// Whether the SCM gives up after the last delay, instead of repeating it: the service stays stopped until somebody
    /// starts it. Without delays it has no effect.
    pub give_up: bool,
    /// The time without a failure after which the SCM resets the failure count.
    pub reset_after: ResetPeriod,
    /// Whether stopping with an error counts as a failure too, not only a crash
    /// ([`SERVICE_FAILURE_ACTIONS_FLAG`](https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_failure_actions_flag)).
    pub on_error_exit: bool,
}

impl Default for Recovery {
    /// A short delay after the first failure; a minute between repeated failures, which gives a missing dependency time
    /// to appear and keeps the event log readable.
    fn default() -> Self {
        Self {
            restart: [5, 30, 60].map(Timeout::seconds).into(),
            give_up: false,
            reset_after: ResetPeriod::DAY,
            on_error_exit: true,
        }
    }
}

/// The time without failures after which the failure count is reset, such as `10m`, `12h` or `1d`: up to 365 days, or
/// `never`. With `0s`, every failure counts as the first.
///
/// ```
/// use winsvc_definition::ResetPeriod;
///
/// assert_eq!(ResetPeriod::new("1d").unwrap().code(), 86_400);
/// assert_eq!(ResetPeriod::new("never").unwrap(), ResetPeriod::NEVER);
/// assert!(ResetPeriod::new("2y").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^(never|[0-9]+[smhd])$")))]
pub struct ResetPeriod {
    seconds: u32,
}

impl ResetPeriod {
    /// The failure count is not reset until the machine restarts: `INFINITE`.
    pub const NEVER: Self = Self { seconds: u32::MAX };
    const DAY: Self = Self { seconds: 86_400 };
    const LONGEST: u32 = 365 * 86_400;
    const UNITS: [(&'static str, u32); 4] = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];

    /// Parses a whole number with its unit, or `never`.
    pub fn new(text: &str) -> Result<Self, ResetPeriodError> {
        if text == "never" {
            return Ok(Self::NEVER);
        }
        let error = || ResetPeriodError {
            found: text.to_owned(),
        };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let (_, scale) = Self::UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(error)?;
        let seconds = number.parse::<u32>().ok().and_then(|n| n.checked_mul(*scale));
        match seconds {
            Some(seconds @ 0..=Self::LONGEST) => Ok(Self { seconds }),
            _ => Err(error()),
        }
    }

    /// The period as the SCM's `dwResetPeriod`, in seconds.
    pub const fn code(self) -> u32 {
        self.seconds
    }
}

validated_text!(ResetPeriod, ResetPeriodError);

impl fmt::Display for ResetPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seconds {
            u32::MAX => f.write_str("never"),
            0 => f.write_str("0s"),
            seconds => f.write_str(&length(Duration::from_secs(seconds.into()))),
        }
    }
}

/// The error for a string that is not a reset period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetPeriodError {
    found: String,
}

impl fmt::Display for ResetPeriodError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid reset period {:?}; expected \"never\", or a whole number and its unit, such as \"10m\", \
             \"12h\" or \"1d\", up to 365d",
            self.found
        )
    }
}

impl std::error::Error for ResetPeriodError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_print_back_as_they_were_written() {
        for (text, seconds) in [
            ("0s", 0),
            ("1s", 1),
            ("90s", 90),
            ("10m", 600),
            ("12h", 43_200),
            ("1d", 86_400),
            ("365d", 31_536_000),
            ("never", u32::MAX),
        ] {
            let period = ResetPeriod::new(text).unwrap();
            assert_eq!(period.code(), seconds, "{text}");
            assert_eq!(period.to_string(), text);
        }
        assert_eq!(ResetPeriod::new("24h").unwrap().to_string(), "1d");
    }

    #[test]
    fn anything_else_is_an_error() {
        for text in [
            "",
            "d",
            "1",
            "366d",
            "1w",
            "1 d",
            "-1d",
            "1.5d",
            "Never",
            "500ms",
            "99999999999s",
            "4294967295d",
        ] {
            assert!(ResetPeriod::new(text).is_err(), "{text}");
        }
    }
}
