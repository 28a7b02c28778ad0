//! The properties: what an administrator may set with `NAME=VALUE` on msiexec's command line.
//!
//! ```text
//! command line ──▶ else the record ──▶ else the default ──▶ checked ──▶ arguments, variables, registry
//!      └───────────────────┴──▶ recorded
//! ```
//!
//! Only a value that somebody has set is recorded, so that a later version may have another default. A search
//! (`AppSearch`) finds the record before the old version is removed. Windows Installer does not distinguish an empty
//! value from none, so the record of a value that is not set has a text of its own.

use winsvc_definition::registration::{NOT_SET, PROPERTIES_KEY};
use winsvc_definition::{Property, PropertyName, Refusal, Rule, rules};

use super::super::database::{number, text};
use super::super::sequences::Phase;
use super::super::{MsiError, schema};
use super::commands::{COMMIT, ROLLBACK, system_folder};
use super::conditions::NOT_IN_A_REMOVAL;
use super::memory::COMPONENT;
use super::texts::named_text;
use super::{CONFIG_FOLDER, CONTINUE, FORMATTED, NULL, Package, SECOND_RUN};

/// With `FORGET=1`, the records have no effect.
pub(super) const FORGET: &str = "FORGET";

/// A custom action that ends the installation with a message
/// ([Custom Action Type 19](https://learn.microsoft.com/windows/win32/msi/custom-action-type-19)).
const END_WITH_MESSAGE: i32 = 19;

/// The property with a quotation mark, which no string in a condition can have.
const QUOTATION_MARK: &str = "QuotationMark";

/// Set if a user who is not an administrator has started the installation
/// ([RestrictedUserControl](https://learn.microsoft.com/windows/win32/msi/restrictedusercontrol)).
const BY_USER: &str = "RestrictedUserControl";

impl Package<'_> {
    /// Adds the properties.
    pub(super) fn administrator_properties(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        if product.properties.is_empty() {
            return Ok(());
        }
        self.row(&schema::PROPERTY, [text(QUOTATION_MARK), text("\"")])?;
        for property in &product.properties {
            self.secure.insert(property.name.to_string());
            self.change(property)?;
            if property.is_remembered {
                self.remember(property.name.as_str())?;
            }
            self.default(property)?;
            let definitions = product.services.iter().map(|service| &service.definition);
            for (index, rule) in rules(property, definitions).iter().enumerate() {
                self.rule(property, index, rule)?;
            }
            if let Some(file) = &property.file {
                self.copy(&property.name, file)?;
            }
        }
        self.second_run(["Forget.Change", "Forget"], FORGET, "")
    }

    /// A second run of the same package with another value.
    fn change(&mut self, property: &Property) -> Result<(), MsiError> {
        let name = &property.name;
        let old = old(name.as_str());
        let changed = if property.is_remembered {
            format!(" AND {name}<>{old}")
        } else {
            String::new()
        };
        let actions = [format!("Change.{name}"), format!("Change.{name}.Reinstall")];
        self.second_run(actions.each_ref().map(String::as_str), name.as_str(), &changed)
    }

    /// A second run of the same package that sets a property on the command line: it installs again, and only an
    /// administrator may do it. Before the remembered value is set, because that is no change.
    pub(super) fn second_run(
        &mut self,
        [refusal, reinstallation]: [&str; 2],
        property: &str,
        changed: &str,
    ) -> Result<(), MsiError> {
        self.refuse_change(refusal, property, changed)?;
        self.reinstall(reinstallation, property)
    }

    /// In a repair, which Windows before August 2025 lets every user start, a user must not change the service.
    fn refuse_change(&mut self, action: &str, property: &str, changed: &str) -> Result<(), MsiError> {
        let condition = format!("Installed AND {BY_USER} AND {property}{changed} AND {NOT_IN_A_REMOVAL}");
        let message = format!(
            "{property}: only an administrator may change this property. Use an elevated command prompt."
        );
        self.end_with_message(action, &message, &condition, Phase::AfterSearch)
    }

    /// Without this, nothing is left to do for a product that is installed already.
    fn reinstall(&mut self, action: &str, property: &str) -> Result<(), MsiError> {
        let condition = format!("Installed AND NOT REMOVE AND NOT REINSTALL AND {property}");
        for (suffix, set, value) in [(".Again", SECOND_RUN, "1"), ("", "REINSTALL", "ALL")] {
            let action = format!("{action}{suffix}");
            self.set_formatted(&action, set, value)?;
            self.schedule(&action, &condition, Phase::AfterSearch);
        }
        Ok(())
    }

    /// Remembers a value that the command line sets: a later version, a repair and a removal have the same value, unless
    /// the command line has another one.
    pub(super) fn remember(&mut self, name: &str) -> Result<(), MsiError> {
        self.secure.insert(FORGET.to_owned());
        let (old, set) = (old(name), format!("Set.{name}"));
        let key = format!(r"{}\{PROPERTIES_KEY}", self.product_key()?);
        self.search(&old, &key, name)?;
        let keep = format!("Keep.{name}");
        self.set_property(&keep, name, &old)?;
        let condition = format!("NOT {name} AND {old} AND {old}<>\"{NOT_SET}\" AND NOT {FORGET}=\"1\"");
        self.schedule(&keep, &condition, Phase::AfterSearch);
        self.show_in_dialogs(&keep, &condition, Phase::AfterSearch);

        self.row(&schema::PROPERTY, [text(&set), text(NOT_SET)])?;
        let record = format!("Record.{name}");
        self.set_property(&record, &set, name)?;
        self.schedule(&record, name, Phase::AfterSearch);
        let row = format!("Property.{name}");
        self.registry_value(&row, &key, name, &format!("[{set}]"), COMPONENT)
    }

    fn default(&mut self, property: &Property) -> Result<(), MsiError> {
        if property.default.as_written().is_empty() {
            return Ok(());
        }
        let action = format!("Default.{}", property.name);
        let default = named_text(&property.default);
        self.set_formatted(&action, property.name.as_str(), &default)?;
        let condition = format!("NOT {}", property.name);
        self.schedule(&action, &condition, Phase::AfterCosting);
        Ok(())
    }

    /// Ends the installation before it changes anything if the value is not allowed.
    fn rule(&mut self, property: &Property, index: usize, rule: &Rule) -> Result<(), MsiError> {
        let name = &property.name;
        let refused = match rule {
            Rule::OneOf(values) => {
                // Each between separators, which no value has, so that a part of a value is not one.
                let (allowed, chosen) = (format!("Allowed.{name}"), format!("Chosen.{name}"));
                let list = format!("|{}|", values.join("|"));
                self.row(&schema::PROPERTY, [text(&allowed), text(list)])?;
                self.set_formatted(&chosen, &chosen, &format!("|[{name}]|"))?;
                self.schedule(&chosen, "", Phase::AfterCosting);
                format!("NOT ({allowed} >< {chosen})")
            }
            // A text that is no number is not within limits either.
            Rule::Number { min, max } => {
                let limits = [(">=", *min, i32::MIN), ("<=", *max, i32::MAX)];
                let limits = limits.into_iter().filter(|(_, limit, none)| limit != none);
                let limits: Vec<String> = limits
                    .map(|(operator, limit, _)| format!("{name} {operator} {limit}"))
                    .collect();
                format!("NOT ({})", limits.join(" AND "))
            }
            Rule::Without(Refusal { contains, .. }) => {
                let refused = format!("Refused.{name}");
                self.row(&schema::PROPERTY, [text(&refused), text(contains)])?;
                format!("{name} >< {refused}")
            }
            Rule::NoNumberSign => format!("{name} << \"#\""),
            Rule::Quotable => format!("({name} >< {QUOTATION_MARK} OR {name} >> \"\\\")"),
            Rule::Path => format!("{name} >< {QUOTATION_MARK}"),
        };
        let condition = format!("{name} AND {NOT_IN_A_REMOVAL} AND {refused}");
        let message = format!("{name}: expected {rule}.");
        self.end_with_message(
            &format!("Check.{name}.{index}"),
            &message,
            &condition,
            Phase::AfterCosting,
        )
    }

    fn end_with_message(
        &mut self,
        action: &str,
        message: &str,
        condition: &str,
        phase: Phase,
    ) -> Result<(), MsiError> {
        let message = self.short_or_property(&format!("{action}.Text"), message, FORMATTED)?;
        self.row(
            &schema::CUSTOM_ACTION,
            [text(action), number(END_WITH_MESSAGE), NULL, text(message), NULL],
        )?;
        self.schedule(action, condition, phase);
        Ok(())
    }

    /// Copies a file to the configuration folder. cmd.exe replaces an existing copy and fails if there is no such file;
    /// for the table `MoveFile` neither is documented. A rollback restores the copy that was there before.
    fn copy(&mut self, name: &PropertyName, file: &str) -> Result<(), MsiError> {
        let system = system_folder(self.product.arch);
        let (copy, before) = (
            format!("\"[{CONFIG_FOLDER}]{file}\""),
            format!("\"[{CONFIG_FOLDER}]{file}.before\""),
        );
        let condition = format!("{name} AND {NOT_IN_A_REMOVAL}");
        let commands = [
            (
                "Restore",
                format!("if exist {before} (move /y {before} {copy}) else del /f /q {copy}"),
                ROLLBACK | CONTINUE,
            ),
            (
                "",
                format!("(if exist {copy} copy /y {copy} {before}) & copy /y \"[{name}]\" {copy}"),
                0,
            ),
            (
                "Done",
                format!("if exist {before} del /f /q {before}"),
                COMMIT | CONTINUE,
            ),
        ];
        for (suffix, command, bits) in commands {
            let action = format!("Copy{suffix}.{name}");
            let target = format!("\"[{system}]cmd.exe\" /d /s /v:off /c \"{command}\"");
            self.action(&action, &target, bits, &condition, Phase::BeforeStart)?;
        }
        Ok(())
    }
}

/// The property with the record of a property.
fn old(name: &str) -> String {
    format!("WINSVC_OLD_{name}")
}
