//! How the stamp of an exe differs from Cargo.toml.

use std::collections::{BTreeMap, BTreeSet};

/// A key whose value in the exe differs from Cargo.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The key as in Cargo.toml, with a dot after a table's key.
    pub(crate) key: String,
    /// The values in the exe.
    pub(crate) exe: Vec<String>,
    /// The values in Cargo.toml, or derived from it.
    pub(crate) manifest: Vec<String>,
}

/// The key of the folder below `%ProgramData%`, and the keys that it is derived from without it.
const DATA_FOLDER: &str = "package.data-folder";
const NAMES: [&str; 2] = ["package.manufacturer", PRODUCT_NAME];
const PRODUCT_NAME: &str = "package.product-name";

/// The key of the stamp with the SIDs of all services of the product, which Cargo.toml does not have.
pub(super) const ACCESS: &str = "folder-access";

/// The keys of the stamp that have another name in Cargo.toml.
const KEYS: [(&str, &str); 29] = [
    ("argument", "arguments"),
    ("argument-if", "properties"),
    ("data-folder", DATA_FOLDER),
    ("dependency", "dependencies"),
    ("exe-folder", "package.exe-folder"),
    ("limits-cpu", "limits.cpu"),
    ("limits-memory", "limits.memory"),
    ("limits-processes", "limits.processes"),
    ("privilege", "privileges"),
    ("property", "properties"),
    ("raw-arguments", "properties"),
    ("recovery-give-up", "recovery.give-up"),
    ("recovery-on-error-exit", "recovery.on-error-exit"),
    ("recovery-reset-after", "recovery.reset-after"),
    ("recovery-restart", "recovery.restart"),
    ("registry-key", PRODUCT_NAME),
    ("trigger", "triggers"),
    ("update-auto", "update.auto"),
    ("update-channel", "update.channel"),
    ("update-check", "update.check"),
    ("update-health", "update.health"),
    ("update-key", "update.keys"),
    ("update-max-defer", "update.max-defer"),
    ("update-product", "package.upgrade-code"),
    ("update-rollback", "update.rollback"),
    ("update-service", "services"),
    ("update-soak", "update.soak"),
    ("update-url", "update.url"),
    ("update-window", "update.window"),
];

/// The name in Cargo.toml of a key of the stamp.
pub(super) fn written_key(stamped: &str) -> &str {
    let found = KEYS.iter().find(|(key, _)| *key == stamped);
    found.map_or(stamped, |(_, written)| written)
}

pub(super) fn differences(
    exe: &BTreeMap<String, Vec<String>>,
    manifest: &BTreeMap<String, Vec<String>>,
) -> Vec<Difference> {
    let keys: BTreeSet<&String> = exe.keys().chain(manifest.keys()).collect();
    let values = |fields: &BTreeMap<String, Vec<String>>, key| fields.get(key).cloned().unwrap_or_default();
    keys.into_iter()
        .map(|key| Difference {
            key: written_key(key).to_owned(),
            exe: values(exe, key),
            manifest: values(manifest, key),
        })
        .filter(|difference| difference.exe != difference.manifest)
        .collect()
}

impl Difference {
    /// The keys of Cargo.toml that have the value: the one of the same name, else those that it is derived from.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let is_derived = [DATA_FOLDER, PRODUCT_NAME].contains(&self.key.as_str());
        let derived_from = NAMES.into_iter().filter(move |_| is_derived);
        [self.key.as_str()].into_iter().chain(derived_from)
    }

    /// The difference as a note.
    pub(super) fn note(&self) -> String {
        let show = |values: &[String]| match values {
            [] => "not set".to_owned(),
            [value] => format!("{value:?}"),
            values => format!("{values:?}"),
        };
        let Self { key, exe, manifest } = self;
        if key == ACCESS {
            let [exe, manifest] = [show(exe), show(manifest)];
            return format!(
                "the accounts with access to the folders below %ProgramData% are {exe} in the exe, {manifest} in Cargo.toml"
            );
        }
        if key == DATA_FOLDER {
            let [exe, manifest] = [exe, manifest].map(|folders| folders.join(r"\"));
            return format!(
                "the folder below %ProgramData% is `{exe}` in the exe, `{manifest}` in Cargo.toml"
            );
        }
        format!(
            "`{key}` is {} in the exe, {} in Cargo.toml",
            show(exe),
            show(manifest)
        )
    }
}
