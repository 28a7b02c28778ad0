//! What an MSI says of itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use msi::{Package, Select};

/// The table `Property` of an MSI; `None` if the file is not one.
pub(crate) fn properties(path: &Path) -> Option<BTreeMap<String, String>> {
    let mut package = Package::open(File::open(path).ok()?).ok()?;
    let rows = package.select_rows(Select::table("Property")).ok()?;
    let text = |value: &msi::Value| value.as_str().unwrap_or_default().to_owned();
    Some(
        rows.map(|row| (text(&row["Property"]), text(&row["Value"])))
            .collect(),
    )
}
