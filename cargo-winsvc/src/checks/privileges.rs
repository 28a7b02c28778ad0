//! Checks that the account holds the privileges that the service requires.

use thiserror::Error;
use winsvc_definition::{Account, Holding, Privilege};

use crate::config::{Config, ServiceConfig};
use crate::diagnostic::{Diagnostic, Explain, Place};

/// The SCM refuses to start a service that requires a privilege which its account does not hold.
pub(super) fn check(config: &Config) -> Result<Vec<Diagnostic>, PrivilegeError> {
    let mut warnings = Vec::new();
    for service in &config.services {
        check_service(config, service, &mut warnings)?;
    }
    Ok(warnings)
}

fn check_service(
    config: &Config,
    service: &ServiceConfig,
    warnings: &mut Vec<Diagnostic>,
) -> Result<(), PrivilegeError> {
    let definition = &service.definition;
    let account = &definition.account;
    for (index, privilege) in definition.privileges.iter().enumerate() {
        let place = || config.place_of_entry_in(service, &["privileges"], index);
        match account.holds(*privilege) {
            Holding::Always => {}
            Holding::Sometimes => warnings.push(
                Diagnostic::warning(format!(
                    "the account `{account}` does not hold {privilege} on every Windows machine"
                ))
                .at(place())
                .note(REFUSED)
                .help("grant it to the account by policy before the installation, or remove it"),
            ),
            Holding::Never => {
                return Err(PrivilegeError {
                    privilege: *privilege,
                    account: account.clone(),
                    place: Box::new(place()),
                });
            }
        }
    }
    Ok(())
}

const REFUSED: &str =
    "if the account lacks it, the service control manager refuses to start the service (error 1297)";

/// The error for a privilege that the account does not hold.
#[derive(Debug, Error)]
#[error("the account `{account}` does not hold {privilege}")]
pub(crate) struct PrivilegeError {
    /// The privilege.
    pub privilege: Privilege,
    /// The account.
    pub account: Account,
    /// The place of the privilege.
    pub place: Box<Place>,
}

impl Explain for PrivilegeError {
    fn diagnostic(&self) -> Diagnostic {
        let held = self.account.privileges().collect::<Vec<_>>().join(", ");
        let diagnostic = Diagnostic::of(self)
            .at((*self.place).clone())
            .note("the service control manager refuses to start a service whose account lacks a privilege (error 1297)")
            .note(format!("`{}` holds {held}", self.account));
        match self.account {
            Account::LocalSystem => diagnostic.help("remove it"),
            _ => diagnostic
                .help("remove it, or set `account = \"local-system\"`, which holds nearly all privileges"),
        }
    }
}
