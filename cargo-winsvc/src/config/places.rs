//! The places of values, for errors that are detected after the table was parsed.

use super::layer::Layer;
use super::{Config, ServiceConfig};
use crate::diagnostic::Place;
use crate::project::Scope;

impl Config {
    /// The place of a value of `[package]`, or of `[workspace.package]`; the beginning of the file if it has none.
    pub(crate) fn place_in_package(&self, key: &str) -> Place {
        place_in_parent(&self.layers[0], key)
    }

    /// The place of the MSI's version: its own, or the package's.
    pub(crate) fn place_of_version(&self) -> Place {
        match self.manifest.package.version {
            Some(_) => self.place(&["package", "version"]),
            None => self.place_in_package("version"),
        }
    }

    pub(super) fn place_of_binary(&self, binary: &str) -> Place {
        let source = &self.layers[0].source;
        let place = source.place_of_binary(binary);
        place.unwrap_or_else(|| self.place_in_package("name"))
    }

    /// The place of a value in the table, for errors that are detected later.
    pub(crate) fn place(&self, keys: &[&str]) -> Place {
        self.place_of(keys, keys)
    }

    /// The place of a value in the table, or else of another one.
    pub(super) fn place_of(&self, keys: &[&str], or: &[&str]) -> Place {
        let place = |keys| self.find(|layer| layer.place(keys));
        place(keys)
            .or_else(|| place(or))
            .unwrap_or_else(|| self.beginning())
    }

    /// The place of a key of a table, or else of the table.
    pub(crate) fn place_within(&self, table: &[&str], key: &str) -> Place {
        let keys: Vec<&str> = table.iter().copied().chain([key]).collect();
        self.place_of(&keys, table)
    }

    /// The place of an entry of one of the table's lists.
    pub(crate) fn place_of_entry(&self, keys: &[&str], index: usize) -> Place {
        let entry = |layer: &Layer| layer.place_of_entry(keys, index);
        self.find(entry).unwrap_or_else(|| self.place(keys))
    }

    /// The place of a service's value: in its own table, or in the table of all.
    pub(crate) fn place_in(&self, service: &ServiceConfig, keys: &[&str]) -> Place {
        self.place_of(&own_keys(service, keys), keys)
    }

    /// The place of an entry of one of a service's lists.
    pub(crate) fn place_of_entry_in(&self, service: &ServiceConfig, keys: &[&str], index: usize) -> Place {
        let own = own_keys(service, keys);
        let entry = |layer: &Layer| layer.place_of_entry(&own, index);
        self.find(entry)
            .unwrap_or_else(|| self.place_of_entry(keys, index))
    }

    /// The place of a value of a service, or of its default in `[package]`; `None` if neither is written.
    pub(crate) fn place_if_written(&self, service: Option<&ServiceConfig>, keys: &[&str]) -> Option<Place> {
        let own = service.map(|service| own_keys(service, keys));
        let own = own.and_then(|own| self.find(|layer| layer.place(&own)));
        own.or_else(|| self.find(|layer| layer.place(keys))).or_else(|| {
            let in_package: Vec<&str> = ["package"].iter().chain(keys).copied().collect();
            self.layers[0].source.place(&in_package)
        })
    }

    fn find(&self, look: impl Fn(&Layer) -> Option<Place>) -> Option<Place> {
        self.layers.iter().find_map(look)
    }

    fn beginning(&self) -> Place {
        self.layers[0].source.at(0..0)
    }
}

/// The keys of a service's value in its own table.
pub(super) fn own_keys<'a>(service: &'a ServiceConfig, keys: &[&'a str]) -> Vec<&'a str> {
    let table = ["services", service.definition.name.as_str()];
    let table = table.into_iter().filter(|_| service.is_listed);
    table.chain(keys.iter().copied()).collect()
}

/// The place of a value of `[package]`, or of `[workspace.package]`.
pub(super) fn place_in_parent(layer: &Layer, key: &str) -> Place {
    let keys = ["workspace", "package", key];
    let keys = match layer.parent {
        None => &keys[2..],
        parent if parent == Scope::Workspace.key() => &keys[..],
        Some(_) => &keys[1..],
    };
    layer.source.place(keys).unwrap_or_else(|| layer.source.at(0..0))
}
