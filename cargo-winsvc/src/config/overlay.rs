//! The tables in `target`: values for one target, laid over those for all.

use thiserror::Error;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::source::get;
use super::suggestion::nearest;
use crate::build::target::{Arch, TRIPLES, WindowsTarget};
use crate::diagnostic::{Diagnostic, Explain, Place};

/// The list to which a target's entries are added, because a file for one architecture is installed beside the files
/// for all. Other lists are replaced.
const FILES: [&str; 2] = ["package", "files"];

/// The keys that a target cannot change: names, version, upgrade code and signer are those of the product, whatever its
/// target.
pub(crate) const OF_THE_PRODUCT: [&[&str]; 7] = [
    &["name"],
    &["package", "manufacturer"],
    &["package", "product-name"],
    &["package", "upgrade-code"],
    &["package", "version"],
    &["package", "version-scheme"],
    &["sign"],
];

/// Lays tables in `target` over the table, one after the other. Tables are merged key by key.
pub(super) fn lay_over(table: &mut DeTable<'_>, overlays: &[&str]) {
    for name in overlays {
        let overlay = get(table, &["target", name]).cloned();
        if let Some(DeValue::Table(overlay)) = overlay.map(Spanned::into_inner) {
            merge(table, overlay, &[]);
        }
    }
}

/// Merges a table into the one that these keys lead to.
fn merge<'i>(below: &mut DeTable<'i>, above: DeTable<'i>, keys: &[&str]) {
    for (key, mut value) in above {
        let name = key.get_ref().clone();
        let keys = [keys, &[&*name]].concat();
        let mut former = below.remove(&*name);
        match (former.as_mut().map(Spanned::get_mut), value.get_mut()) {
            (Some(DeValue::Table(former)), DeValue::Table(own)) => {
                merge(former, std::mem::take(own), &keys);
                std::mem::swap(former, own);
            }
            (Some(DeValue::Array(former)), DeValue::Array(own)) if keys == FILES => {
                for entry in std::mem::replace(own, DeArray::new()) {
                    former.push(entry);
                }
                std::mem::swap(former, own);
            }
            _ => {}
        }
        below.insert(key, value);
    }
}

/// The names of the tables for a target, the more specific one last.
pub(super) fn tables_of(target: &WindowsTarget) -> [&str; 2] {
    [target.arch.as_str(), &target.triple]
}

/// The same for the target of the table with this name: a triple, or an architecture.
pub(super) fn tables(name: &str) -> Option<Vec<&str>> {
    if Arch::ALL.iter().any(|arch| arch.as_str() == name) {
        return Some(vec![name]);
    }
    let target = WindowsTarget::new(name).filter(|_| TRIPLES.contains(&name))?;
    Some(vec![target.arch.as_str(), name])
}

/// The name that is meant by an unknown one: rustc's name of an architecture, or a misspelt one.
fn similar(name: &str) -> Option<&'static str> {
    let arch = match name {
        "amd64" => Some(Arch::X64),
        _ => Arch::of_triple(name).filter(|_| !name.contains('-')),
    };
    let words = || Arch::ALL.iter().map(|arch| arch.as_str()).chain(TRIPLES);
    arch.map(Arch::as_str).or_else(|| nearest(name, words()))
}

/// The error for a table in `target`.
#[derive(Debug, Error)]
pub(crate) enum TargetError {
    /// Its name is not that of a target.
    #[error(
        "unknown target `{name}`; expected `x64`, `x86`, `arm64`, or a triple such as `x86_64-pc-windows-msvc`"
    )]
    Unknown {
        /// The name.
        name: String,
        /// Its place.
        place: Box<Place>,
    },
    /// It has targets of its own.
    #[error("`target` cannot be used in the table of a target")]
    Nested {
        /// The place of the inner one.
        place: Box<Place>,
    },
    /// It has a key that all targets of the product share.
    #[error("`{}` cannot differ between targets", keys.join("."))]
    OfTheProduct {
        /// The key, after those of its tables.
        keys: &'static [&'static str],
        /// The place of its value.
        place: Box<Place>,
    },
    /// It changes the default of the product's name.
    #[error("the product's name is `{found}` for the target, but `{expected}` for others")]
    ProductName {
        /// The name for the target.
        found: String,
        /// The name for others.
        expected: String,
        /// The place of what the name is derived from.
        place: Box<Place>,
    },
}

const ONE_PRODUCT: &str =
    "the packages for all targets are the same product, with one name, version and upgrade code";

impl Explain for TargetError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Unknown { name, place } => {
                let diagnostic = diagnostic.at((**place).clone());
                match similar(name) {
                    Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
                    None => diagnostic,
                }
            }
            Self::Nested { place } => diagnostic
                .at((**place).clone())
                .help("move the table to `target` of [package.metadata.winsvc]"),
            Self::OfTheProduct { keys, place } => {
                let diagnostic = diagnostic
                    .at((**place).clone())
                    .note(ONE_PRODUCT)
                    .help("set the key for all targets");
                match keys.last() {
                    Some(&"upgrade-code") => diagnostic
                        .help("list other upgrade codes of earlier packages in `replaces`, which can differ"),
                    _ => diagnostic,
                }
            }
            Self::ProductName { place, .. } => diagnostic
                .at((**place).clone())
                .note(ONE_PRODUCT)
                .help("set `product-name` in [package.metadata.winsvc.package]"),
        }
    }
}

#[cfg(test)]
mod tests;
