//! The processors that a program runs on.

use std::fmt;

use crate::validated_text;

/// A list of processors, such as `0-3,8`.
///
/// ```
/// use winsvc_definition::manifest::Affinity;
///
/// assert_eq!(Affinity::new("0-2,8").unwrap().processors().collect::<Vec<_>>(), [0, 1, 2, 8]);
/// assert!(Affinity::new("64").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^ *[0-9]+ *(- *[0-9]+ *)?(, *[0-9]+ *(- *[0-9]+ *)?)*$")))]
#[serde(try_from = "String")]
pub struct Affinity {
    mask: u64,
}

impl Affinity {
    /// The processors of one group of Windows
    /// ([processor groups](https://learn.microsoft.com/windows/win32/procthread/processor-groups)).
    const PROCESSORS: u32 = u64::BITS;

    /// Parses numbers and ranges between commas.
    pub fn new(text: &str) -> Result<Self, AffinityError> {
        let mut mask = 0;
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let number = |text: &str| {
                let number: Option<u32> = text.trim().parse().ok();
                number.filter(|number| *number < Self::PROCESSORS)
            };
            let (Some(first), Some(last)) = (number(first), number(last)) else {
                return Err(AffinityError {
                    found: text.to_owned(),
                });
            };
            if first > last {
                return Err(AffinityError {
                    found: text.to_owned(),
                });
            }
            for processor in first..=last {
                mask |= 1 << processor;
            }
        }
        Ok(Self { mask })
    }

    /// The numbers of the processors.
    pub fn processors(self) -> impl Iterator<Item = u32> {
        (0..Self::PROCESSORS).filter(move |processor| self.mask & (1 << processor) != 0)
    }
}

validated_text!(Affinity, AffinityError);

/// The error for a text that is not a list of processors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffinityError {
    found: String,
}

impl fmt::Display for AffinityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid processors {:?}; expected numbers from 0 to {} and ranges of them, such as \"0-3,8\"",
            self.found,
            Affinity::PROCESSORS - 1
        )
    }
}

impl std::error::Error for AffinityError {}
