//! Removes settings that an older version's service has and this version's does not.
//!
//! An upgrade keeps the service, and no row of Windows Installer can clear a setting: with an empty column the service
//! keeps its dependencies, and without a row it keeps its privileges and triggers. A search before the upgrade
//! (`AppSearch`) finds the service's settings; commands remove those that this version does not have, and remove new
//! ones if the upgrade is rolled back.

use winsvc_definition::{Definition, registration};

use super::super::MsiError;
use super::super::names::identifier;
use super::super::sc;
use super::super::sequences::Phase;
use super::commands::{COMMIT, ROLLBACK};
use super::conditions::{if_installed, if_left_out};
use super::kept::exists;
use super::texts::literal;
use super::{CONTINUE, OLDER_FOUND, Package};
use crate::product::Service;

/// A setting that an upgrade keeps unless a command removes it.
struct Setting {
    /// The end of the actions' names.
    name: &'static str,
    /// The registry values of the setting, below the service's key.
    values: &'static [(&'static str, &'static str)],
    /// Whether this version sets it.
    is_wanted: bool,
    /// Whether Windows Installer restores the old value in the rollback of an upgrade.
    is_put_back: bool,
    /// The command that removes it.
    remove: Vec<String>,
}

fn settings(definition: &Definition) -> [Setting; 3] {
    [
        Setting {
            name: "Dependencies",
            values: &[("", "DependOnService"), ("", "DependOnGroup")],
            is_wanted: !definition.dependencies.is_empty(),
            is_put_back: true,
            remove: sc::no_dependencies(definition),
        },
        Setting {
            name: "Privileges",
            values: &[("", "RequiredPrivileges")],
            is_wanted: !definition.privileges.is_empty(),
            is_put_back: false,
            remove: sc::no_privileges(definition),
        },
        Setting {
            name: "Triggers",
            values: &[(r"\TriggerInfo\0", "Action")],
            is_wanted: !definition.triggers.is_empty(),
            is_put_back: false,
            remove: sc::no_triggers(definition),
        },
    ]
}

impl Package<'_> {
    /// Adds the searches and the commands that depend on them.
    pub(super) fn leftovers(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        for (index, service) in product.services.iter().enumerate() {
            let definition = &service.definition;
            let feature = product.feature_of(service);
            let id = identifier(definition.name.as_str());
            for setting in settings(definition) {
                if setting.is_wanted && setting.is_put_back {
                    continue;
                }
                let mut found = Vec::new();
                for (place, (below, value)) in setting.values.iter().enumerate() {
                    let property = format!("OLD{}{index}{place}", setting.name.to_uppercase());
                    let name = self.service_name(definition)?;
                    let key = format!(r"{}\{name}{below}", registration::SERVICES_KEY);
                    self.search(&property, &key, value)?;
                    found.push(property);
                }
                let found = found.join(" OR ");
                let action = format!("{id}.No{}", setting.name);
                let target = self.target(&action, sc::Program::Sc, &literal(&setting.remove))?;
                let (bits, condition, phase) = if setting.is_wanted {
                    let condition = format!("{OLDER_FOUND} AND NOT ({found})");
                    (ROLLBACK | CONTINUE, condition, Phase::BackFromLeftovers)
                } else {
                    let condition = format!("{OLDER_FOUND} AND ({found})");
                    (CONTINUE, condition, Phase::Leftovers)
                };
                let condition = if_installed(&condition, feature);
                self.action(&action, &target, bits, &condition, phase)?;
            }
            self.left_out_service(index, service)?;
        }
        Ok(())
    }

    /// Deletes a service of the old version that an upgrade leaves out: the removal of the old version keeps services for
    /// the new one. Only when everything else has succeeded, because a rollback restores the old version.
    fn left_out_service(&mut self, index: usize, service: &Service) -> Result<(), MsiError> {
        let Some(feature) = self.product.feature_of(service) else {
            return Ok(());
        };
        let definition = &service.definition;
        let action = format!("{}.LeftOut", identifier(definition.name.as_str()));
        let target = self.target(&action, sc::Program::Sc, &literal(&sc::delete(definition)))?;
        let condition = if_left_out(&exists(index), feature);
        self.action(&action, &target, COMMIT | CONTINUE, &condition, Phase::Leftovers)
    }
}
