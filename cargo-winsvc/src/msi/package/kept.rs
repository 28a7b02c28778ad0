//! What an upgrade and a second run keep: the start type and the account that an administrator gave to a service, and
//! recovery and triggers that the new version does not change.
//!
//! Each version records in the product's registry key what it set. Before the next installation, a search (`AppSearch`)
//! finds these records and the service's settings. A setting that differs from its record was changed by
//! an administrator. Without a record the service is not one of this product's, and nothing is kept: its installer may
//! have deleted the service.

use winsvc_definition::registration;
use winsvc_definition::{Definition, NamedText, StartType};

use super::super::MsiError;
use super::super::names::{file_id, identifier, letters};
use super::super::sc;
use super::super::sequences::Phase;
use super::rows::{Component, REGISTRY_KEY_PATH, TRANSITIVE};
use super::texts::literal;
use super::{CONTINUE, INSTALL_FOLDER, OLDER_FOUND, Package, SECOND_RUN, START_SERVICES};
use crate::product::Service;

/// The properties of a service that the searches set: what it has, and what the old version recorded.
struct Found(usize);

impl Found {
    fn start(&self) -> String {
        format!("HASSTART{}", self.0)
    }

    fn delayed(&self) -> String {
        format!("HASDELAYED{}", self.0)
    }

    fn account(&self) -> String {
        format!("HASACCOUNT{}", self.0)
    }

    /// The property with the record of a setting.
    fn set(&self, setting: &str) -> String {
        format!("SET{}{}", setting.to_uppercase(), self.0)
    }

    /// The condition under which an upgrade or a second run keeps the start type. A repair sets that of the definition: it
    /// runs no command.
    fn start_was_changed(&self) -> String {
        let (start, delayed) = (self.start(), self.delayed());
        let (set_start, set_delayed) = (self.set(START), self.set(DELAYED));
        format!(
            "({OLDER_FOUND} OR {SECOND_RUN}) AND {set_start} AND ({start}<>{set_start} OR \
             ({delayed}=\"#1\" AND {set_delayed}<>\"#1\") OR ({delayed}<>\"#1\" AND {set_delayed}=\"#1\"))"
        )
    }

    /// The condition under which an upgrade keeps the account.
    fn account_was_changed(&self) -> String {
        let (account, set) = (self.account(), self.set(ACCOUNT));
        // A repair must not take an account away either.
        format!("({OLDER_FOUND} OR Installed) AND {set} AND {account} AND NOT {account}~={set}")
    }
}

/// The names of the records.
const START: &str = "Start";
const DELAYED: &str = "Delayed";
const ACCOUNT: &str = "Account";
const RECOVERY: &str = "Recovery";
const TRIGGERS: &str = "Triggers";

/// The start type in the registry, as a search finds it.
const AUTO: &str = "#2";
const MANUAL: &str = "#3";
const DISABLED: &str = "#4";

impl Package<'_> {
    /// Adds the records, the searches, and what depends on them.
    pub(super) fn kept(&mut self) -> Result<(), MsiError> {
        for (index, service) in self.product.services.iter().enumerate() {
            self.records(index, service)?;
            self.searches(index, service)?;
            self.keep_account(index)?;
            self.keep_start(index, &service.definition)?;
        }
        Ok(())
    }

    fn records(&mut self, index: usize, service: &Service) -> Result<(), MsiError> {
        let definition = &service.definition;
        let key = self.product_key()?;
        let component = file_id(&self.product.files[service.file]);
        let start = definition.start;
        let records = [
            (START, format!("#{}", start.code())),
            (DELAYED, format!("#{}", u32::from(start == StartType::Delayed))),
            (ACCOUNT, format!("[{}]", original_account(index))),
            (RECOVERY, digest(&sc::failure(definition))),
            (TRIGGERS, digest(&sc::trigger_info(definition)?)),
        ];
        for (setting, value) in records {
            let name = record(definition, setting);
            self.registry_value(&name, &key, &name, &value, &component)?;
        }
        Ok(())
    }

    fn searches(&mut self, index: usize, service: &Service) -> Result<(), MsiError> {
        let definition = &service.definition;
        let found = Found(index);
        let name = self.service_name(definition)?;
        let key = format!(r"{}\{name}", registration::SERVICES_KEY);
        self.search(&found.start(), &key, "Start")?;
        self.search(&found.delayed(), &key, "DelayedAutostart")?;
        self.search(&found.account(), &key, "ObjectName")?;
        let key = self.product_key()?;
        for setting in [START, DELAYED, ACCOUNT, RECOVERY, TRIGGERS] {
            self.search(&found.set(setting), &key, &record(definition, setting))?;
        }
        Ok(())
    }

    /// The account is written without a password, so that the SCM keeps the one that it has.
    fn keep_account(&mut self, index: usize) -> Result<(), MsiError> {
        let (action, found) = (format!("KeepAccount{index}"), Found(index));
        self.set_property(&action, &account_property(index), &found.account())?;
        self.schedule(&action, &found.account_was_changed(), Phase::AfterSearch);
        Ok(())
    }

    /// `InstallServices` sets the start type of the definition. These commands set that of the administrator again, after
    /// the start: if Windows did start a service that stays disabled, the start would fail and roll everything back.
    fn keep_start(&mut self, index: usize, definition: &Definition) -> Result<(), MsiError> {
        let (id, found) = (identifier(definition.name.as_str()), Found(index));
        let changed = found.start_was_changed();
        let (start, delayed) = (found.start(), found.delayed());
        for (kind, condition) in [
            (
                StartType::Auto,
                format!("{start}=\"{AUTO}\" AND {delayed}<>\"#1\""),
            ),
            (
                StartType::Delayed,
                format!("{start}=\"{AUTO}\" AND {delayed}=\"#1\""),
            ),
            (StartType::Manual, format!("{start}=\"{MANUAL}\"")),
            (StartType::Disabled, format!("{start}=\"{DISABLED}\"")),
        ] {
            if kind == definition.start {
                continue;
            }
            let action = format!("{id}.Keep.{}", kind.as_str());
            let target = self.target(&action, sc::Program::Sc, &literal(&sc::start(definition, kind)))?;
            let condition = format!("{changed} AND {condition}");
            self.action(&action, &target, CONTINUE, &condition, Phase::AfterStart)?;
        }
        Ok(())
    }

    /// The component whose installation starts the service. It is not installed with `START=0`, and if a start type is kept
    /// with which Windows does not start the service.
    pub(super) fn start_component(&mut self, index: usize, service: &Service) -> Result<String, MsiError> {
        let found = Found(index);
        let name = record(&service.definition, "Started");
        let key = self.product_key()?;
        let path = [service.definition.name.to_string()];
        let guid = self.component_guid("start", &path);
        let start = found.start();
        let condition = format!(
            "{START_SERVICES}<>\"0\" AND NOT ({} AND ({start}=\"{MANUAL}\" OR {start}=\"{DISABLED}\"))",
            found.start_was_changed()
        );
        self.component(&Component {
            id: &name,
            guid,
            directory: INSTALL_FOLDER,
            attributes: REGISTRY_KEY_PATH | TRANSITIVE,
            condition: &condition,
            key_path: &name,
            feature: self.product.feature_of(service),
        })?;
        self.registry_value(&name, &key, &name, "#1", &name)?;
        Ok(name)
    }
}

/// The condition of a command that sets what an upgrade keeps: not if the service exists and the old version set the
/// same.
pub(super) fn unless_unchanged(setting: &str, index: usize, arguments: &[NamedText]) -> Option<String> {
    let setting = [RECOVERY, TRIGGERS].into_iter().find(|kept| *kept == setting)?;
    let (exists, set) = (Found(index).start(), Found(index).set(setting));
    let arguments: Vec<String> = arguments
        .iter()
        .map(|text| text.fill(&|_| String::new()))
        .collect();
    Some(format!(
        "NOT ({OLDER_FOUND} AND {exists} AND {set}=\"{}\")",
        digest(&arguments)
    ))
}

/// The condition under which an upgrade finds the service of the old version.
pub(super) fn exists(index: usize) -> String {
    let found = Found(index);
    format!("{OLDER_FOUND} AND {} AND {}", found.start(), found.set(START))
}

/// The property with the account that the service is registered with.
pub(super) fn account_property(index: usize) -> String {
    format!("Account{index}")
}

/// The property with the account of the definition.
pub(super) fn original_account(index: usize) -> String {
    format!("DefinedAccount{index}")
}

/// The name of a record.
fn record(definition: &Definition, setting: &str) -> String {
    format!("{}.{setting}", identifier(definition.name.as_str()))
}

/// A short text that is the same for the same arguments only.
fn digest(arguments: &[String]) -> String {
    letters(&arguments.join("\n"), 16)
}
