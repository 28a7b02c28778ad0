//! The maintenance window.

use std::fmt;

use crate::validated_text;

/// A part of each day in local time, such as `02:00-05:00`. It may contain midnight.
///
/// ```
/// use winsvc_definition::UpdateWindow;
///
/// let night = UpdateWindow::new("22:30-04:00").unwrap();
/// assert!(night.contains(23 * 60) && night.contains(0) && !night.contains(4 * 60));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$")))]
pub struct UpdateWindow {
    /// In minutes since midnight.
    start: u16,
    /// The first minute after the window.
    end: u16,
}

impl UpdateWindow {
    /// Parses two times with a `-` between them.
    pub fn new(text: &str) -> Result<Self, UpdateWindowError> {
        let times = text.split_once('-');
        let times = times.and_then(|(start, end)| Some((minute(start)?, minute(end)?)));
        match times {
            Some((start, end)) if start != end => Ok(Self { start, end }),
            _ => Err(UpdateWindowError {
                found: text.to_owned(),
            }),
        }
    }

    /// Whether the window is open at a minute of the local day.
    pub const fn contains(self, minute: u16) -> bool {
        if self.start < self.end {
            self.start <= minute && minute < self.end
        } else {
            self.start <= minute || minute < self.end
        }
    }
}

/// The minute since midnight of a time such as `02:00`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, end: u16| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<u16>().ok()?;
        (is_number && number < end).then_some(number)
    };
    Some(number(hour, 24)? * 60 + number(minute, 60)?)
}

validated_text!(UpdateWindow, UpdateWindowError);

impl fmt::Display for UpdateWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, end } = self;
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            start / 60,
            start % 60,
            end / 60,
            end % 60
        )
    }
}

/// The error for a string that is not a maintenance window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateWindowError {
    found: String,
}

impl fmt::Display for UpdateWindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid window {:?}; expected two different times of the day, such as \"02:00-05:00\"",
            self.found
        )
    }
}

impl std::error::Error for UpdateWindowError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_may_contain_midnight() {
        let open = |text: &str| {
            let window = UpdateWindow::new(text).unwrap();
            assert_eq!(window.to_string(), text);
            (0..24 * 60).filter(|minute| window.contains(*minute)).count()
        };
        assert_eq!(open("02:00-05:00"), 180);
        assert_eq!(open("22:30-04:00"), 330);
        assert_eq!(open("00:00-23:59"), 24 * 60 - 1);
        assert_eq!(open("23:59-00:00"), 1);
        for text in [
            "",
            "02:00",
            "02:00-",
            "2:00-5:00",
            "02:00-24:00",
            "02:60-03:00",
            "02:00-02:00",
            "+2:00-03:00",
        ] {
            assert!(UpdateWindow::new(text).is_err(), "{text}");
        }
    }
}
