//! The table that an import makes.

use std::collections::BTreeSet;

use toml::{Table, Value};
use winsvc_definition::command_line;

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

/// The account as the key `account` has it; `None` for a user, whose password only an administrator knows.
pub(super) fn account(name: &str) -> Option<&'static str> {
    match name.to_lowercase().as_str() {
        "localsystem" | r".\localsystem" | r"nt authority\system" => Some("local-system"),
        r"nt authority\localservice" | r"nt authority\local service" | "localservice" => {
            Some("local-service")
        }
        r"nt authority\networkservice" | r"nt authority\network service" | "networkservice" => {
            Some("network-service")
        }
        virtual_account if virtual_account.starts_with(r"nt service\") => Some("virtual"),
        _ => None,
    }
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
