//! What the updater tells others: values in the registry, which every user can read.

use winsvc_definition::registration::RegistryValue;

use super::activity::Activity;
use super::machine::End;
use crate::sys::machine::NamedValue;

/// What the updater does, and what it has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpdateStatus {
    /// What it is doing.
    pub activity: Activity,
    /// When it last verified a manifest, such as `2026-11-30T10:00:00Z`.
    pub checked: Option<String>,
    /// The version that this machine gets next.
    pub available: Option<String>,
    /// The version that was last installed, or could not be.
    pub last: Option<String>,
    /// How that ended, such as `installed` or `rolled back: the service did not start`.
    pub last_result: Option<String>,
    /// Why the last check failed.
    pub error: Option<String>,
    /// The version of the updater that runs.
    pub(crate) updater: Option<String>,
    /// How many requests it has ended, so that one who waits for the end of his own notices it.
    pub(crate) runs: u32,
}

const PHASE: &str = "Phase";
const CHECKED: &str = "Checked";
const AVAILABLE: &str = "Available";
const LAST: &str = "Last";
const LAST_RESULT: &str = "LastResult";
const ERROR: &str = "Error";
const UPDATER: &str = "Updater";
const RUNS: &str = "Runs";

impl UpdateStatus {
    /// The status in the values of a key.
    pub(crate) fn read(values: &[NamedValue]) -> Self {
        let value = |name: &str| {
            let found = values.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.and_then(|(_, value)| value.as_ref())
        };
        let text = |name| match value(name) {
            Some(RegistryValue::String(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        };
        Self {
            activity: text(PHASE)
                .and_then(|name| Activity::from_name(&name))
                .unwrap_or_default(),
            checked: text(CHECKED),
            available: text(AVAILABLE),
            last: text(LAST),
            last_result: text(LAST_RESULT),
            error: text(ERROR),
            updater: text(UPDATER),
            runs: match value(RUNS) {
                Some(RegistryValue::Number(number)) => *number,
                _ => 0,
            },
        }
    }

    /// The values of the key. They are written in this order: the last one says that the others are complete.
    #[cfg_attr(
        not(windows),
        allow(dead_code, reason = "tested on every host, used on Windows")
    )]
    pub(crate) fn values(&self) -> [(&'static str, RegistryValue); 8] {
        let text = |text: &Option<String>| RegistryValue::String(text.clone().unwrap_or_default());
        [
            (CHECKED, text(&self.checked)),
            (AVAILABLE, text(&self.available)),
            (LAST, text(&self.last)),
            (LAST_RESULT, text(&self.last_result)),
            (ERROR, text(&self.error)),
            (UPDATER, text(&self.updater)),
            (PHASE, RegistryValue::String(self.activity.to_string())),
            (RUNS, RegistryValue::Number(self.runs)),
        ]
    }

    /// Whether the last version was installed.
    pub(crate) fn is_last_installed(&self) -> bool {
        self.last_result
            .as_ref()
            .is_some_and(|it| *it == End::Done.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_what_is_unknown_is_ignored() {
        let status = UpdateStatus {
            activity: Activity::RollingBack,
            checked: Some("2026-11-30T10:00:00Z".to_owned()),
            last: Some("1.1.0".to_owned()),
            last_result: Some("installed".to_owned()),
            runs: 7,
            ..UpdateStatus::default()
        };
        let mut values: Vec<NamedValue> = status
            .values()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Some(value)))
            .collect();
        values.push(("Later".to_owned(), None));
        assert_eq!(UpdateStatus::read(&values), status);
        assert!(status.is_last_installed());
        values[6].1 = Some(RegistryValue::String("dreaming".to_owned()));
        values[7].1 = Some(RegistryValue::String("seven".to_owned()));
        let damaged = UpdateStatus::read(&values);
        assert_eq!((damaged.activity, damaged.runs), (Activity::Idle, 0));
        assert_eq!(UpdateStatus::read(&[]), UpdateStatus::default());
    }
}
