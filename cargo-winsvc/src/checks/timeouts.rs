//! Checks the definition's timeouts against the limits of Windows.

use std::time::Duration;

use winsvc_definition::Timeout;
use winsvc_definition::registration::{self, DEFAULT_SHUTDOWN_TIMEOUT};

use crate::config::{Config, ServiceConfig};
use crate::diagnostic::Diagnostic;

/// How long Windows Installer waits for a service to start or to stop
/// ([ServiceControl](https://learn.microsoft.com/windows/win32/msi/servicecontrol-table)).
const INSTALLER_WAITS: Duration = Duration::from_secs(30);

/// The longest timeout that leaves the installer time to notice the change.
const SAFE_WITH_INSTALLER: Duration = Duration::from_secs(25);

/// Warns about a stop timeout that is longer than Windows waits at a shutdown.
pub(super) fn at_a_shutdown(config: &Config, service: &ServiceConfig) -> Option<Diagnostic> {
    let stop_timeout = service.table.stop_timeout?;
    let is_had =
        stop_timeout.duration() <= DEFAULT_SHUTDOWN_TIMEOUT || service.table.preshutdown_timeout.is_some();
    (!is_had).then(|| {
        let waits = registration::length(DEFAULT_SHUTDOWN_TIMEOUT);
        Diagnostic::warning(format!(
            "the stop timeout of {stop_timeout} does not apply at a shutdown, where Windows waits {waits}"
        ))
        .at(config.place_in(service, &["stop-timeout"]))
        .help(format!(
            "set `preshutdown-timeout = \"{stop_timeout}\"`: Windows then notifies the service before a shutdown \
             and waits for it"
        ))
    })
}

/// Warns about timeouts that are longer than Windows Installer waits.
pub(super) fn in_an_installation(config: &Config, service: &ServiceConfig) -> Vec<Diagnostic> {
    let table = &service.table;
    let waits = registration::length(INSTALLER_WAITS);
    let is_long = |timeout: &Timeout| timeout.duration() > SAFE_WITH_INSTALLER;
    let mut warnings = Vec::new();
    let start_timeout = table.start_timeout.filter(is_long);
    // The installer starts only automatic services.
    if let Some(timeout) = start_timeout.filter(|_| service.definition.start.is_automatic()) {
        warnings.push(
            Diagnostic::warning(format!(
                "the start timeout of {timeout} exceeds the {waits} that Windows Installer waits for a start"
            ))
            .at(config.place_in(service, &["start-timeout"]))
            .note("if the service is not running by then, the installation fails with error 1920 and is rolled back")
            .help(
                "report ready within 25s and continue the initialization afterwards, or set `start = \"manual\"`: \
                 the installer does not start such a service",
            ),
        );
    }
    if let Some(timeout) = table.stop_timeout.filter(is_long) {
        warnings.push(
            Diagnostic::warning(format!(
                "the stop timeout of {timeout} exceeds the {waits} that Windows Installer waits for a stop"
            ))
            .at(config.place_in(service, &["stop-timeout"]))
            .note(
                "an upgrade continues while the service is still running: its files are in use, and Windows \
                asks for a restart",
            )
            .help(
                "stop within 25s, or stop the service before the upgrade with `NAME.exe service stop`, which \
                waits until it has stopped",
            ),
        );
    }
    warnings
}
