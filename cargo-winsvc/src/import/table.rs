//! The table that an import makes.

use std::collections::BTreeSet;
use std::time::Duration;

use toml::{Table, Value};
use winsvc_definition::{Account, Definition, command_line};

use super::Imported;

/// An import under way.
#[derive(Debug, Default)]
pub(super) struct Import {
    keys: Table,
    left: BTreeSet<String>,
}

impl Import {
    /// Sets a key, given with its tables.
    pub(super) fn set(&mut self, keys: &[&str], value: impl Into<Value>) {
        let [tables @ .., key] = keys else {
            return;
        };
        let mut table = &mut self.keys;
        for name in tables {
            let entry = table
                .entry((*name).to_owned())
                .or_insert_with(|| Table::new().into());
            let Value::Table(inner) = entry else {
                return;
            };
            table = inner;
        }
        table.insert((*key).to_owned(), value.into());
    }

    /// Sets a key if there is a value.
    pub(super) fn set_some(&mut self, keys: &[&str], value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(keys, value);
        }
    }

    /// Sets a list if it is not empty.
    pub(super) fn set_list(&mut self, keys: &[&str], values: Vec<Value>) {
        if !values.is_empty() {
            self.set(keys, values);
        }
    }

    /// Sets the account of a service, by the name that the SCM has for it.
    pub(super) fn set_account(&mut self, account: &str, service: &str) {
        match Account::of_start_name(account, service) {
            Some(account) => self.set(&["account"], account.to_string()),
            None => self.leave(format!(
                "the account {account}: an administrator sets it with ACCOUNT and PASSWORD at the installation"
            )),
        }
    }

    /// Sets the stop timeout, in milliseconds, if it is longer than the default.
    pub(super) fn set_stop_timeout(&mut self, milliseconds: u64) {
        if Duration::from_millis(milliseconds) > Definition::DEFAULT_STOP_TIMEOUT.duration() {
            self.set(&["stop-timeout"], duration(milliseconds));
        }
    }

    /// Remembers what is not taken over.
    pub(super) fn leave(&mut self, what: impl Into<String>) {
        self.left.insert(what.into());
    }

    /// The result for a service with this name.
    pub(super) fn finish(mut self, name: String) -> Imported {
        self.set(&["version"], "1.0.0");
        self.set(&["name"], name.as_str());
        self.leave("the product's version; `version` is a placeholder");
        self.leave("the program's files: list them in `package.files`, and write `{install}` in place of their folder");
        Imported {
            name,
            keys: self.keys,
            left: self.left,
        }
    }
}

/// A text of a table: its braces are no names.
pub(super) fn literal(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// The arguments of a command line.
pub(super) fn arguments(line: &str) -> Vec<Value> {
    let words = command_line::split(line);
    words.iter().map(|word| literal(word).into()).collect()
}

/// A hook that runs a command.
pub(super) fn hook(on: &str, command: Vec<Value>) -> Value {
    let mut hook = Table::new();
    hook.insert("on".to_owned(), vec![Value::from(on)].into());
    hook.insert("command".to_owned(), command.into());
    hook.into()
}

/// Milliseconds as a duration of a table.
pub(super) fn duration(milliseconds: u64) -> String {
    if milliseconds.is_multiple_of(1000) {
        format!("{}s", milliseconds / 1000)
    } else {
        format!("{milliseconds}ms")
    }
}

/// The folder of a path of Windows.
pub(super) fn folder(path: &str) -> Option<&str> {
    path.rsplit_once(['\\', '/']).map(|(folder, _)| folder)
}
