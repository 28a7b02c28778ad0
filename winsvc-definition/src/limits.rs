//! Limits on what a service, or a child of it, may use.

use std::fmt;
use std::num::NonZeroU32;

use crate::{ByteSize, validated_text};

/// Limits on the resources of a process and its descendants. A limit that is not set does not apply.
///
/// Windows enforces them for the whole tree of processes, by a job object. On Linux, the memory limit applies to each process
/// of the tree (`RLIMIT_DATA`), and the others have no effect.
///
/// ```
/// use winsvc_definition::Limits;
///
/// let limits = Limits::default().memory(512 << 20).processes(16).cpu_percent(50);
/// assert_eq!(limits.memory.unwrap().to_string(), "512MB");
/// assert_eq!(limits.processes.unwrap().get(), 16);
/// assert_eq!(limits.cpu.unwrap().to_string(), "50%");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "manifest",
    derive(serde::Deserialize),
    serde(deny_unknown_fields, rename_all = "kebab-case", default)
)]
pub struct Limits {
    /// Committed memory.
    pub memory: Option<ByteSize>,
    /// How many processes may run at a time.
    pub processes: Option<NonZeroU32>,
    /// The share of the machine's processor time.
    pub cpu: Option<CpuShare>,
}

impl Limits {
    /// Limits the committed memory, in bytes.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        assert!(bytes > 0, "the memory limit must be greater than 0");
        self.memory = ByteSize::from_bytes(bytes);
        self
    }

    /// Limits how many processes may run at a time, the first one included.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[must_use]
    pub fn processes(mut self, count: u32) -> Self {
        assert!(count > 0, "the process limit must be greater than 0");
        self.processes = NonZeroU32::new(count);
        self
    }

    /// Limits the processor time, in percent of all processors together.
    ///
    /// # Panics
    ///
    /// If it is not from 1 to 100.
    #[must_use]
    pub fn cpu_percent(mut self, percent: u32) -> Self {
        let share = CpuShare::from_percent(percent);
        assert!(share.is_some(), "the CPU limit must be from 1 to 100 percent");
        self.cpu = share;
        self
    }

    /// Whether no limit is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A share of the machine's processor time, such as `50%` of all processors together.
///
/// ```
/// use winsvc_definition::CpuShare;
///
/// assert_eq!(CpuShare::new("50%").unwrap().percent(), 50);
/// assert!(CpuShare::new("150%").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^[0-9]+%$")))]
pub struct CpuShare(u8);

impl CpuShare {
    /// Parses a whole number of percent.
    pub fn new(text: &str) -> Result<Self, CpuShareError> {
        let percent = text.strip_suffix('%').filter(|number| is_number(number));
        let Some(percent) = percent else {
            return Err(CpuShareError::Form {
                found: text.to_owned(),
            });
        };
        let share = percent.parse().ok().and_then(Self::from_percent);
        share.ok_or_else(|| CpuShareError::Range {
            found: text.to_owned(),
        })
    }

    fn from_percent(percent: u32) -> Option<Self> {
        let percent = u8::try_from(percent).ok()?;
        (1..=100).contains(&percent).then_some(Self(percent))
    }

    /// From 1 to 100.
    ///
    /// ```
    /// use winsvc_definition::CpuShare;
    ///
    /// assert_eq!(CpuShare::new("100%").unwrap().percent(), 100);
    /// ```
    pub const fn percent(self) -> u8 {
        self.0
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

validated_text!(CpuShare, CpuShareError);

impl fmt::Display for CpuShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

/// The error for a string that is not a share of processor time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CpuShareError {
    /// The string is not a whole number followed by `%`.
    Form {
        /// The string.
        found: String,
    },
    /// The number is not from 1 to 100.
    Range {
        /// The string.
        found: String,
    },
}

impl fmt::Display for CpuShareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form { found } => {
                write!(
                    f,
                    "invalid CPU limit {found:?}; expected a whole number of percent, such as \"50%\""
                )
            }
            Self::Range { found } => write!(
                f,
                "the CPU limit {found:?} is out of range; expected from \"1%\" to \"100%\" of all processors together"
            ),
        }
    }
}

impl std::error::Error for CpuShareError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpu_share_is_a_whole_percentage_of_the_machine() {
        for percent in ["1%", "50%", "100%"] {
            assert_eq!(CpuShare::new(percent).unwrap().to_string(), percent);
        }
        for text in ["", "%", "50", "50 %", "-1%", "0.5%", "half"] {
            assert!(
                matches!(CpuShare::new(text), Err(CpuShareError::Form { .. })),
                "{text}"
            );
        }
        for text in ["0%", "101%", "99999999999%"] {
            assert!(
                matches!(CpuShare::new(text), Err(CpuShareError::Range { .. })),
                "{text}"
            );
        }
    }
}
