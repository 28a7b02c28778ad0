//! Checks the settings of self-update.

use std::time::Duration;

use thiserror::Error;
use winsvc_definition::Timeout;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};

/// A server is asked at most this often.
const SHORTEST_CHECK: Duration = Duration::from_mins(1);

/// Checks the settings. Returns the warnings.
pub(super) fn check(config: &Config) -> Result<Vec<Diagnostic>, UpdateSettingError> {
    let Some(table) = &config.manifest.update else {
        return Ok(Vec::new());
    };
    let place = |key: &str| config.place(&["update", key]);
    if let Some(check) = table.check.filter(|check| check.duration() < SHORTEST_CHECK) {
        return Err(UpdateSettingError::Check {
            check,
            place: Box::new(place("check")),
        });
    }
    if let Some(index) =
        (1..table.keys.len()).find(|index| table.keys[..*index].contains(&table.keys[*index]))
    {
        return Err(UpdateSettingError::SameKey {
            place: Box::new(config.place_of_entry(&["update", "keys"], index)),
        });
    }
    let mut warnings = Vec::new();
    if table.url.is_loopback() {
        warnings.push(
            Diagnostic::warning("updates come from the machine itself")
                .at(place("url"))
                .note("such an address is for tests: on customers' machines no server answers there")
                .help("use an address that begins with `https://`"),
        );
    }
    if table.max_defer.is_some() && table.window.is_none() {
        warnings.push(
            Diagnostic::warning("`max-defer` has no effect without `window`")
                .at(place("max-defer"))
                .help("set `window`, or remove `max-defer`"),
        );
    }
    if table.soak.is_some() && table.rollback == Some(false) && table.health.is_none() {
        warnings.push(
            Diagnostic::warning("`soak` only delays the end of an update if `rollback` is off")
                .at(place("soak"))
                .help("remove `soak`, or `rollback = false`"),
        );
    }
    if config.manifest.package.upgrade_code.is_none() {
        warnings.push(
            Diagnostic::warning("the upgrade code, which identifies the product in update manifests, is not pinned")
                .at(place("url"))
                .note("it is derived from the manufacturer and the product's name: if one changes, installed versions refuse all updates")
                .help("set `upgrade-code` in [package.metadata.winsvc.package]; `cargo winsvc package` prints the code"),
        );
    }
    Ok(warnings)
}

/// A setting that cannot be meant.
#[derive(Debug, Error)]
pub(crate) enum UpdateSettingError {
    /// The server would be asked too often.
    #[error("the time {check} between two checks for updates is too short; expected at least 1m")]
    Check {
        /// The time.
        check: Timeout,
        /// Where it is.
        place: Box<Place>,
    },
    /// A key is repeated.
    #[error("a key is listed twice")]
    SameKey {
        /// The second.
        place: Box<Place>,
    },
}

impl Explain for UpdateSettingError {
    fn diagnostic(&self) -> Diagnostic {
        let (Self::Check { place, .. } | Self::SameKey { place }) = self;
        Diagnostic::of(self).at((**place).clone())
    }
}
