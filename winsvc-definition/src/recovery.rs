//! What the SCM does about a service that has failed.

use std::fmt;
use std::time::Duration;

use crate::timeout::length;
use crate::{Timeout, validated_text};

/// What the SCM does when the service fails: it starts the service again
/// ([`SERVICE_FAILURE_ACTIONSW`](https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_failure_actionsw)).
///
/// A service has failed when its process is gone and it has not reported its end, and, with
/// [`on_error_exit`](Self::on_error_exit), when it has reported an end with an error. A stop that somebody asked for ends
/// without one, and is no failure.
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
pub struct Recovery {
    /// How long after the first failure the service is started again, after the second, and so on; the last one repeats. With
    /// none, nothing is done.
    pub restart: Vec<Timeout>,
    /// How long the service must run without a failure for the next one to count as the first.
    pub reset_after: ResetPeriod,
    /// Whether an end with an error is a failure too, and not only a crash
    /// ([`SERVICE_FAILURE_ACTIONS_FLAG`](https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_failure_actions_flag)).
    pub on_error_exit: bool,
}

impl Default for Recovery {
    /// Soon after the first failure; a minute apart where they go on, which is enough for whatever the service waits for
    /// and keeps the event log readable.
    fn default() -> Self {
        Self {
            restart: [5, 30, 60].map(Timeout::seconds).into(),
            reset_after: ResetPeriod::DAY,
            on_error_exit: true,
        }
    }
}

/// A time without failures after which they are counted anew, such as `10m`, `12h` or `1d`: a second to 365 days, or `never`.
///
/// ```
/// use winsvc_definition::ResetPeriod;
///
/// assert_eq!(ResetPeriod::new("1d").unwrap().code(), 86_400);
/// assert_eq!(ResetPeriod::new("never").unwrap(), ResetPeriod::NEVER);
/// assert!(ResetPeriod::new("0s").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
pub struct ResetPeriod {
    seconds: u32,
}

impl ResetPeriod {
    /// Failures are counted from the machine's start to its end: `INFINITE`.
    pub const NEVER: Self = Self { seconds: u32::MAX };
    const DAY: Self = Self { seconds: 86_400 };
    const LONGEST: u32 = 365 * 86_400;
    const UNITS: [(&'static str, u32); 4] = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];

    /// Reads a whole number with its unit, or `never`.
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
            Some(seconds @ 1..=Self::LONGEST) => Ok(Self { seconds }),
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
        if *self == Self::NEVER {
            f.write_str("never")
        } else {
            f.write_str(&length(Duration::from_secs(self.seconds.into())))
        }
    }
}

/// A text that is no reset period.
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
            "0s",
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
