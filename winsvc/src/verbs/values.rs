//! The values of the names in a definition's texts: folders, and the properties that an administrator has set.
//!
//! A property has the value of `--set`, else the one that is recorded in the product's registry key, else its default.
//! The MSI records values in the same place.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use winsvc_definition::registration::{self, NOT_SET, PROPERTIES_KEY, RegistryValue};
use winsvc_definition::{Property, Role, Stamp, TextName, rules};

use super::failure::{Code, Failure};
use super::folders::{self, ProductFolder};
use super::word::word;
use crate::places::Folders;
use crate::sys::machine::{Machine, Password};

/// A property and its value, as in `--set LISTEN_PORT=9182`.
pub(super) type Assignment = (String, String);

/// The options about properties.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PropertyOptions {
    /// The properties to set.
    pub(super) set: Vec<Assignment>,
    /// The account of the services.
    pub(super) account: Option<String>,
    /// Its password.
    pub(super) password: Option<Password>,
    /// Ignore the recorded values.
    pub(super) forget: bool,
    /// Keep the recorded values in an uninstallation: other services still need them.
    pub(super) keep: bool,
}

/// The values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Values {
    install: String,
    config: String,
    data: String,
    logs: String,
    properties: BTreeMap<String, String>,
    /// The records to write: each property with a value that somebody has set.
    pub(super) records: Vec<(String, String)>,
    /// The files to copy to the configuration folder, each with its new path.
    pub(super) copies: Vec<Copy>,
    /// The account that an administrator has chosen.
    pub(super) account: Option<String>,
    /// Its password, if it is given now.
    pub(super) password: Option<Password>,
}

/// A file to copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    pub(super) from: String,
    pub(super) to: String,
}

impl Values {
    /// The values for a service with these folders, whose paths have this separator. `recorded` returns the recorded
    /// value of a property.
    pub(super) fn new(
        stamp: &Stamp,
        folders: &Folders,
        separator: char,
        given: &PropertyOptions,
        recorded: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let path = |folder: &Path| {
            let path = folder.to_string_lossy();
            format!("{}{separator}", path.trim_end_matches(separator))
        };
        let mut values = Self {
            install: path(folders.install()),
            config: path(folders.config()),
            data: path(folders.data()),
            logs: path(folders.logs()),
            ..Self::default()
        };
        for property in &stamp.properties {
            values.add(property, &given.set, recorded);
        }
        let known = || recorded(ACCOUNT).filter(|account| !account.is_empty() && account != NOT_SET);
        values.account = given.account.clone().or_else(known);
        values.password.clone_from(&given.password);
        let account = values.account.clone().unwrap_or_else(|| NOT_SET.to_owned());
        values.records.push((ACCOUNT.to_owned(), account));
        values
    }

    fn add(&mut self, property: &Property, set: &[Assignment], recorded: &dyn Fn(&str) -> Option<String>) {
        let name = property.name.as_str();
        // The last one wins, as on msiexec's command line. An empty value is none.
        let given = set.iter().rev().find(|(set, _)| set == name);
        let given = given
            .map(|(_, value)| value.clone())
            .filter(|value| !value.is_empty());
        if let (Some(file), Some(from)) = (&property.file, &given) {
            self.copies.push(Copy {
                from: from.clone(),
                to: format!("{}{file}", self.config),
            });
        }
        let known = || recorded(name).filter(|value| !value.is_empty() && value != NOT_SET);
        let given = given.or_else(|| property.is_remembered.then(known).flatten());
        if property.is_remembered {
            let record = given.clone().unwrap_or_else(|| NOT_SET.to_owned());
            self.records.push((name.to_owned(), record));
        }
        let value = given.unwrap_or_else(|| property.default.fill(&|name| self.value(name)));
        self.properties.insert(name.to_owned(), value);
    }

    /// The value of a name; that of a folder ends with a separator.
    pub(super) fn value(&self, name: &TextName) -> String {
        match name {
            TextName::Install => self.install.clone(),
            TextName::Config => self.config.clone(),
            TextName::Data => self.data.clone(),
            TextName::Logs => self.logs.clone(),
            TextName::Property(name) => self.properties.get(name.as_str()).cloned().unwrap_or_default(),
            // Replaced by the tool.
            TextName::Service | TextName::Version | TextName::Value => String::new(),
        }
    }
}

/// The values of the names in the texts of a service whose exe has this path.
pub(super) fn registered(
    machine: &dyn Machine,
    stamp: &Stamp,
    exe: &str,
    folders: &[ProductFolder],
    options: &PropertyOptions,
) -> Result<Values, Failure> {
    let service = stamp.definition.name.as_str();
    let mut records = BTreeMap::new();
    if let Some(key) = records_key(stamp).filter(|_| !options.forget) {
        let names = stamp.properties.iter().map(|property| property.name.as_str());
        for name in names.chain([ACCOUNT]) {
            let value = machine.registry_value(&key, name);
            let value =
                value.map_err(|error| Failure::of_call(machine, "query the service", service, error))?;
            records.extend(recorded(value).map(|value| (name.to_owned(), value)));
        }
    }
    let folders = folders::of_exe(exe, &stamp.layout.exe_folder, folders);
    Ok(Values::new(stamp, &folders, '\\', options, &|name| {
        records.get(name).cloned()
    }))
}

/// The record of the account.
pub(super) const ACCOUNT: &str = "ACCOUNT";

/// Whether an account is a user's or a group managed service account, not one of the system or of a service.
pub(super) fn is_user(account: &str) -> bool {
    let domain = account.split('\\').next().unwrap_or_default();
    let is_system = ["LocalSystem", "NT AUTHORITY", "NT SERVICE"];
    !is_system.iter().any(|system| domain.eq_ignore_ascii_case(system))
}

/// Whether an account has a password that an administrator knows. Windows and the domain manage those of the others.
fn needs_password(account: &str) -> bool {
    is_user(account) && !account.ends_with('$')
}

/// Checks the account and the password of the command line; `read` reads the password.
pub(super) fn check_account(
    options: &mut PropertyOptions,
    read: impl FnOnce() -> io::Result<String>,
) -> Result<(), Failure> {
    let usage = |message: &str, help: &str| Err(Failure::new(Code::Usage, message).help(help));
    let Some(account) = &options.account else {
        if options.password.is_some() {
            return usage(
                "`--password-stdin` without `--account`",
                "name the account with --account",
            );
        }
        return Ok(());
    };
    match (&options.password, needs_password(account)) {
        (None, true) => usage(
            "the account needs a password",
            "add --password-stdin and write the password to the standard input",
        ),
        (Some(_), false) => usage("the account needs no password", "leave out --password-stdin"),
        (None, false) => Ok(()),
        (Some(_), true) => {
            let password = read().map_err(|error| Failure::of_file("the standard input", &error))?;
            options.password = Some(Password(password.trim_end_matches(['\r', '\n']).to_owned()));
            Ok(())
        }
    }
}

/// The registry key with the records of the properties.
pub(super) fn records_key(stamp: &Stamp) -> Option<String> {
    let key = &stamp.layout.registry_key;
    (!key.is_empty()).then(|| format!(r"{key}\{PROPERTIES_KEY}"))
}

/// The registry key with the state of self-update, if the service is the updater.
pub(super) fn update_key(stamp: &Stamp) -> Option<String> {
    (stamp.role == Role::Updater).then(|| registration::update_key(&stamp.layout.registry_key))
}

/// The text of a record.
pub(super) fn recorded(value: Option<RegistryValue>) -> Option<String> {
    match value {
        Some(RegistryValue::String(text)) => Some(text),
        _ => None,
    }
}

/// Checks the properties and the values of `--set`, for all services of the exe.
pub(super) fn check(stamps: &[Stamp], set: &[Assignment]) -> Result<(), Failure> {
    let known = super::properties(stamps);
    for (name, value) in set {
        let Some(property) = known.iter().find(|property| property.name.as_str() == name) else {
            let names: Vec<&str> = known.iter().map(|property| property.name.as_str()).collect();
            let message = format!("this program has no property {name:?}");
            let help = if names.is_empty() {
                format!("run `{} --help` to list all options", word())
            } else {
                format!("its properties are {}", names.join(", "))
            };
            return Err(Failure::new(Code::Usage, message).help(help));
        };
        let definitions = stamps.iter().map(|stamp| &stamp.definition);
        let rules = rules(property, definitions);
        if value.contains(|c: char| c.is_control()) {
            let message =
                format!("invalid value for the property {name}; expected one without control characters");
            return Err(Failure::new(Code::Usage, message));
        }
        if let Some(rule) = rules
            .iter()
            .find(|rule| !value.is_empty() && !rule.accepts(value))
        {
            let message = format!("invalid value for the property {name}; expected {rule}");
            return Err(Failure::new(Code::Usage, message));
        }
        if property.file.is_some() && !value.is_empty() && !Path::new(value).is_file() {
            let message = format!("the file of the property {name} does not exist: {value}");
            return Err(Failure::new(Code::Usage, message));
        }
    }
    Ok(())
}
