//! Checks for problems on Windows, before anything is compiled.
//!
//! A setting that cannot work is an error; a setting that works with a limit is a warning. Both show the value in
//! Cargo.toml. Warnings are only about values that are written there, never about defaults.

mod autostart;
mod dialogs;
mod earlier;
mod files;
mod firewall;
mod folders;
mod host;
mod machine;
mod names;
mod privileges;
mod properties;
mod texts;
mod timeouts;
mod update;

use thiserror::Error;
use winsvc_definition::manifest::Format;

pub(crate) use self::autostart::AutostartError;
pub(crate) use self::earlier::higher_version;
pub(crate) use self::files::FileError;
pub(crate) use self::firewall::FirewallError;
pub(crate) use self::folders::FolderError;
pub(crate) use self::host::HostError;
pub(crate) use self::machine::MachineError;
pub(crate) use self::names::NameConflict;
pub(crate) use self::privileges::PrivilegeError;
pub(crate) use self::properties::PropertyError;
pub(crate) use self::texts::TextError;
pub(crate) use self::update::UpdateSettingError;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain};
use crate::msi::{self, MsiError};
use crate::payload::Payload;
use crate::project::Project;

/// Checks the configuration for packages of these formats. Returns the warnings.
pub(crate) fn check(
    project: &Project,
    config: &Config,
    payload: &Payload,
    formats: &[Format],
) -> Result<Vec<Diagnostic>, CheckError> {
    names::check(config)?;
    texts::check(config)?;
    machine::check(config)?;
    firewall::check(project, config)?;
    machine::check_replaces(project, config)?;
    machine::check_commands(config, payload, formats)?;
    autostart::check(project, config, payload, formats)?;
    let mut warnings = privileges::check(config)?;
    warnings.extend(properties::check(config)?);
    warnings.extend(update::check(config, payload, formats)?);
    let mut add = |warning: Diagnostic| {
        // Services that inherit a value share its place.
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    };
    let services = || config.services.iter();
    services()
        .filter_map(|service| timeouts::at_a_shutdown(config, service))
        .for_each(&mut add);
    folders::check(project, config)?;
    services()
        .filter_map(|service| folders::access(config, service))
        .for_each(&mut add);
    if !formats.is_empty() {
        files::check(project, config, payload, formats)?;
        host::check(config, payload, formats)?;
    }
    if formats.contains(&Format::Zip) {
        machine::in_a_zip(config).into_iter().for_each(&mut add);
    }
    if formats.iter().any(|format| format.is_for_windows_installer()) {
        msi::check_version(&config.product_version, &project.version.to_string())?;
        msi::check_definition(config)?;
        dialogs::check(config).into_iter().for_each(&mut add);
        services()
            .flat_map(|service| timeouts::in_an_installation(config, service))
            .for_each(&mut add);
    }
    Ok(warnings)
}

/// An error found by a check.
#[derive(Debug, Error)]
#[error(transparent)]
pub(crate) enum CheckError {
    /// Names that contradict each other.
    Names(#[from] NameConflict),
    /// A name in a text has no value.
    Text(#[from] TextError),
    /// A property is invalid.
    Property(#[from] PropertyError),
    /// A setting of the machine is invalid.
    Machine(#[from] MachineError),
    /// A program that Windows starts without a service is invalid.
    Autostart(#[from] AutostartError),
    /// A rule of the firewall is invalid.
    Firewall(#[from] FirewallError),
    /// The account does not hold a privilege.
    Privilege(#[from] PrivilegeError),
    /// A setting of self-update is invalid.
    Update(#[from] UpdateSettingError),
    /// A file cannot be installed.
    File(#[from] FileError),
    /// The program of a service is not installed.
    Host(#[from] HostError),
    /// A folder cannot be created.
    Folder(#[from] FolderError),
    /// An MSI does not support a setting.
    Msi(#[from] MsiError),
}

impl Explain for CheckError {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Names(error) => error.diagnostic(),
            Self::Text(error) => error.diagnostic(),
            Self::Property(error) => error.diagnostic(),
            Self::Machine(error) => error.diagnostic(),
            Self::Autostart(error) => error.diagnostic(),
            Self::Firewall(error) => error.diagnostic(),
            Self::Privilege(error) => error.diagnostic(),
            Self::Update(error) => error.diagnostic(),
            Self::File(error) => error.diagnostic(),
            Self::Host(error) => error.diagnostic(),
            Self::Folder(error) => error.diagnostic(),
            Self::Msi(error) => error.diagnostic(),
        }
    }
}

#[cfg(test)]
mod tests;
