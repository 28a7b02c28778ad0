//! The definition's timeouts, against what Windows grants.

use std::time::Duration;

use winsvc_definition::Timeout;
use winsvc_definition::registration::{self, DEFAULT_SHUTDOWN_TIMEOUT};

use crate::config::Config;
use crate::diagnostic::Diagnostic;

/// How long Windows Installer waits for a service to start or to stop
/// ([ServiceControl](https://learn.microsoft.com/windows/win32/msi/servicecontrol-table)).
const INSTALLER_WAITS: Duration = Duration::from_secs(30);

/// The longest timeout that leaves the installer time to notice.
const SAFE_WITH_INSTALLER: Duration = Duration::from_secs(25);

/// At a shutdown Windows waits less for a service than the author grants it.
pub(super) fn at_a_shutdown(config: &Config) -> Option<Diagnostic> {
    let stop_timeout = config.manifest.stop_timeout?;
    let is_had =
        stop_timeout.duration() <= DEFAULT_SHUTDOWN_TIMEOUT || config.manifest.preshutdown_timeout.is_some();
    (!is_had).then(|| {
        let waits = registration::length(DEFAULT_SHUTDOWN_TIMEOUT);
        Diagnostic::warning(format!(
            "the stop timeout of {stop_timeout} does not apply at a shutdown, where Windows waits {waits}"
        ))
        .at(config.place(&["stop-timeout"]))
        .help(format!(
            "set `preshutdown-timeout = \"{stop_timeout}\"` to be told before a shutdown begins, and to be waited for"
        ))
    })
}

/// Windows Installer waits less for the service than the author grants it.
pub(super) fn in_an_installation(config: &Config) -> Vec<Diagnostic> {
    let manifest = &config.manifest;
    let waits = registration::length(INSTALLER_WAITS);
    let is_long = |timeout: &Timeout| timeout.duration() > SAFE_WITH_INSTALLER;
    let mut warnings = Vec::new();
    let start_timeout = manifest.start_timeout.filter(is_long);
    // The installer starts no other.
    if let Some(timeout) = start_timeout.filter(|_| config.definition.start.is_automatic()) {
        warnings.push(
            Diagnostic::warning(format!(
                "the start timeout of {timeout} is more than Windows Installer waits for a start, which is {waits}"
            ))
            .at(config.place(&["start-timeout"]))
            .note("an installation whose service is not running by then fails with error 1920, and is undone")
            .help(
                "report readiness within 25s and do the rest afterwards, or use `start = \"manual\"`, which the installer \
                 does not start",
            ),
        );
    }
    if let Some(timeout) = manifest.stop_timeout.filter(is_long) {
        warnings.push(
            Diagnostic::warning(format!(
                "the stop timeout of {timeout} is more than Windows Installer waits for a stop, which is {waits}"
            ))
            .at(config.place(&["stop-timeout"]))
            .note("an upgrade goes on while the service still runs: its files are in use, and Windows asks for a restart")
            .help("stop within 25s, or stop the service before the upgrade: `NAME.exe service stop` waits as long as it takes"),
        );
    }
    warnings
}
