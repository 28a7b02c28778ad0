//! Checks the settings of self-update.

use std::time::Duration;

use thiserror::Error;
use winsvc_definition::Timeout;
use winsvc_definition::manifest::Format;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::payload::Payload;

/// A server is asked at most this often.
const SHORTEST_CHECK: Duration = Duration::from_mins(1);

/// Checks the settings. Returns the warnings.
pub(super) fn check(
    config: &Config,
    payload: &Payload,
    formats: &[Format],
) -> Result<Vec<Diagnostic>, UpdateSettingError> {
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
    warnings.extend(swapped_alone(config, payload, formats));
    Ok(warnings)
}

/// The warning about a zip with more than the program that an update replaces.
fn swapped_alone(config: &Config, payload: &Payload, formats: &[Format]) -> Option<Diagnostic> {
    let others = config.programs.len() - 1 + payload.files.len();
    let updater = config
        .updater
        .as_ref()
        .filter(|_| others > 0 && formats.contains(&Format::Zip))?;
    let exe = config.programs[updater.program].program.exe_name();
    let plural = if others == 1 { "" } else { "s" };
    Some(
        Diagnostic::warning(format!("updates of an installation from the zip replace `{exe}` alone"))
            .at(config.place(&["update"]))
            .note(format!(
                "{others} other file{plural} of the zip would stay at the old version; the MSI updates all files"
            ))
            .help("set `formats = [\"msi\"]` in [package.metadata.winsvc.package], or put everything into one program"),
    )
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
