//! The account that an administrator chooses with `ACCOUNT=DOMAIN\\name PASSWORD=…` on msiexec's command line.
//!
//! The password is in the column `Password` of `ServiceInstall`, which Windows Installer never writes into a log
//! ([Preventing Confidential Information from Being Written into the Log
//! File](https://learn.microsoft.com/windows/win32/msi/preventing-confidential-information-from-being-written-into-the-log-file)).
//! Without `PASSWORD` the column is empty, and Windows keeps the password that the service has.

use winsvc_definition::{Account, Role, command_line};

use super::super::database::{number, text};
use super::super::dialogs::{ACCOUNT, PASSWORD};
use super::super::names::{file_id, formatted};
use super::super::sequences::Phase;
use super::super::{MsiError, schema};
use super::commands::AS_SYSTEM;
use super::conditions::NOT_IN_A_REMOVAL;
use super::kept::account_property;
use super::{CONTINUE, NULL, Package};
use crate::product::Service;

/// `msidbCustomActionTypeExe`, `…SourceFile`: runs an installed exe
/// ([Custom Action Type 18](https://learn.microsoft.com/windows/win32/msi/custom-action-type-18)).
const INSTALLED_EXE: i32 = 2 | 16;

/// The verb that lets an account log on as a service.
const ALLOW_LOGON: &str = "allow-logon";

impl Package<'_> {
    /// Adds the two properties.
    pub(super) fn account(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        if product.services.is_empty() {
            return Ok(());
        }
        self.secure.extend([ACCOUNT, PASSWORD].map(str::to_owned));
        self.hidden.insert(PASSWORD.to_owned());
        self.second_run(["Account.Change", "Account.Reinstall"], ACCOUNT, "")?;
        for index in 0..product.services.len() {
            if self.takes_account(index) {
                let action = format!("UseAccount{index}");
                self.set_property(&action, &account_property(index), ACCOUNT)?;
                self.schedule(&action, ACCOUNT, Phase::AfterSearch);
            }
        }
        self.allow_logon()
    }

    /// Whether the account of a service is the administrator's choice. Of several services, those that run as the system
    /// need its rights; the updater always does.
    pub(super) fn takes_account(&self, index: usize) -> bool {
        let Service { definition, role, .. } = &self.product.services[index];
        let is_only_one = *role == Role::Service && self.product.own_services().count() == 1;
        is_only_one || definition.account != Account::LocalSystem
    }

    /// Windows Installer lets no account log on as a service; a program's own command does. A failure is logged, and has
    /// no other effect: a policy of the domain may have granted the right.
    fn allow_logon(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        let services = &product.services;
        let Some((service, word)) = services
            .iter()
            .filter(|service| product.feature_of(service).is_none())
            .find_map(|service| Some((service, service.verb_word.as_deref()?)))
        else {
            return Ok(());
        };
        let action = "AllowLogon";
        let word = formatted(&command_line::quote(word));
        self.row(
            &schema::CUSTOM_ACTION,
            [
                text(action),
                number(INSTALLED_EXE | AS_SYSTEM | CONTINUE),
                text(file_id(&product.files[service.file])),
                text(format!("{word} {ALLOW_LOGON} \"[{ACCOUNT}]\"")),
                NULL,
            ],
        )?;
        // System accounts have the right.
        let condition = format!(
            "{ACCOUNT} AND {NOT_IN_A_REMOVAL} AND NOT ({ACCOUNT} ~<< \"NT \" OR {ACCOUNT} ~= \"LocalSystem\")"
        );
        self.schedule(action, &condition, Phase::BeforeStart);
        Ok(())
    }
}
