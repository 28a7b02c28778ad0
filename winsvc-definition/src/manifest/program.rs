//! The binaries that Cargo.toml names.

use serde::de::{Deserialize, Deserializer};

use super::FeatureName;
use super::text_or_table::text_or_table;

/// A binary of the workspace: its name, such as `"agentd"`, or `{ package = "acme-agent", bin = "agentd" }` if several
/// packages have a binary with this name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "crate::schema::OneOf<(String, RefTable)>")
)]
pub struct ProgramRef {
    /// The package's name; `None` for the one of this Cargo.toml, else any of the workspace.
    pub package: Option<String>,
    /// The binary's name.
    pub bin: String,
}

impl<'de> Deserialize<'de> for ProgramRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "a binary's name, or a table with `package` and `bin`";
        let from_text = |bin: &str| {
            let bin = bin.to_owned();
            Ok(RefTable { package: None, bin })
        };
        let RefTable { package, bin } = text_or_table(deserializer, expecting, from_text)?;
        Ok(Self { package, bin })
    }
}

/// The keys of a binary.
#[derive(serde::Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "ProgramTable")
)]
#[serde(deny_unknown_fields)]
struct RefTable {
    /// The package's name; default: the one of this Cargo.toml, else any of the workspace.
    package: Option<String>,
    /// The binary's name.
    bin: String,
}

/// An entry of `programs`: a binary, and the feature that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "crate::schema::OneOf<(String, EntryTable)>")
)]
pub struct ProgramEntry {
    /// The binary.
    pub program: ProgramRef,
    /// The feature; `None` if the program is always installed.
    pub feature: Option<FeatureName>,
}

impl<'de> Deserialize<'de> for ProgramEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "a binary's name, or a table with `package`, `bin` and `feature`";
        let from_text = |bin: &str| {
            Ok(EntryTable {
                package: None,
                bin: bin.to_owned(),
                feature: None,
            })
        };
        let EntryTable {
            package,
            bin,
            feature,
        } = text_or_table(deserializer, expecting, from_text)?;
        Ok(Self {
            program: ProgramRef { package, bin },
            feature,
        })
    }
}

/// The keys of an entry.
#[derive(serde::Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "ProgramEntryTable")
)]
#[serde(deny_unknown_fields)]
struct EntryTable {
    /// The package's name; default: the one of this Cargo.toml, else any of the workspace.
    package: Option<String>,
    /// The binary's name.
    bin: String,
    /// The feature that the program belongs to; default: it is always installed.
    feature: Option<FeatureName>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_programs_may_belong_to_a_feature() {
        #[derive(Debug, serde::Deserialize)]
        struct List {
            programs: Vec<ProgramEntry>,
        }
        let read = |entry: &str| {
            let list = toml::from_str::<List>(&format!("programs = [{entry}]"));
            list.map(|mut list| list.programs.remove(0))
                .map_err(|error| error.message().to_owned())
        };
        let feature = Some(FeatureName::new("desktop").unwrap());
        let program = ProgramRef {
            package: None,
            bin: "tray".to_owned(),
        };
        assert_eq!(
            read("'tray'"),
            Ok(ProgramEntry {
                program: program.clone(),
                feature: None
            })
        );
        assert_eq!(
            read("{ bin = 'tray', feature = 'desktop' }"),
            Ok(ProgramEntry { program, feature })
        );
        assert_eq!(
            read("5").unwrap_err(),
            "invalid type: integer `5`, expected a binary's name, or a table with `package`, `bin` and `feature`"
        );
    }
}
