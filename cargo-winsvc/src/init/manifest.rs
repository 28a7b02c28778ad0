//! Adds the dependency and the table to a Cargo.toml. What stands in it stays as it is.

use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, TomlError, Value};

/// The header of the table.
pub(super) const TABLE: &str = "[package.metadata.winsvc]";

/// What the table says at first.
#[derive(Debug)]
pub(super) struct Starter {
    pub table: toml::Table,
    /// The upgrade code for a table that is there already, in the form of the registry, without braces.
    pub upgrade_code: String,
}

/// What becomes of a Cargo.toml.
#[derive(Debug)]
pub(super) struct Edited {
    /// The new text; none if nothing lacks.
    pub text: Option<String>,
    /// What was added, as lines for the terminal.
    pub added: Vec<String>,
}

/// Edits the text of the package's Cargo.toml. `is_shared` says whether the workspace's has the dependency.
pub(super) fn edit(
    text: &str,
    version: &str,
    is_shared: bool,
    starter: &Starter,
) -> Result<Edited, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    let mut added = Vec::new();
    if !depends(&document) {
        let requirement = if is_shared {
            let mut inherited = InlineTable::new();
            inherited.insert("workspace", true.into());
            Value::from(inherited)
        } else {
            version.into()
        };
        add_dependency(&mut document, requirement);
        added.push(format!("dependency winsvc {version}"));
    }
    let mut end = String::new();
    match metadata(&mut document) {
        // A header at the end of the file is what an author would write.
        None => {
            added.push(TABLE.to_owned());
            end = starter_table(&starter.table);
        }
        Some(winsvc) => {
            let package = winsvc.entry("package").or_insert_with(|| Table::new().into());
            if let Some(package) = package.as_table_like_mut()
                && !package.contains_key("upgrade-code")
            {
                package.insert("upgrade-code", starter.upgrade_code.as_str().into());
                added.push("upgrade-code".to_owned());
            }
        }
    }
    let new = (!added.is_empty()).then(|| {
        let mut new = document.to_string();
        if !end.is_empty() {
            if !new.is_empty() && !new.ends_with('\n') {
                new.push('\n');
            }
            new.push('\n');
            new.push_str(&end);
        }
        if text.contains("\r\n") {
            new = new.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        new
    });
    Ok(Edited { text: new, added })
}

/// Whether a table of dependencies, of the package or of one of its targets, has winsvc.
fn depends(document: &DocumentMut) -> bool {
    let has = |parent: &dyn TableLike| {
        let dependencies = parent.get("dependencies").and_then(Item::as_table_like);
        dependencies.is_some_and(|dependencies| dependencies.contains_key("winsvc"))
    };
    let targets = document.get("target").and_then(Item::as_table_like);
    let mut targets = targets.into_iter().flat_map(|targets| targets.iter());
    has(document.as_table()) || targets.any(|(_, target)| target.as_table_like().is_some_and(has))
}

/// Whether the text of a workspace's Cargo.toml has winsvc among the dependencies that its members can inherit.
pub(super) fn shares_dependency(text: &str) -> bool {
    let document: Result<DocumentMut, _> = text.parse();
    document.is_ok_and(|document| {
        let shared = document.get("workspace").and_then(|it| it.get("dependencies"));
        shared.is_some_and(|shared| shared.get("winsvc").is_some())
    })
}

fn add_dependency(document: &mut DocumentMut, requirement: Value) {
    let dependencies = document
        .entry("dependencies")
        .or_insert_with(|| Table::new().into());
    if let Some(dependencies) = dependencies.as_table_like_mut() {
        let is_sorted = dependencies.iter().map(|(name, _)| name).is_sorted();
        dependencies.insert("winsvc", requirement.into());
        if is_sorted {
            dependencies.sort_values();
        }
    }
}

/// The table `package.metadata.winsvc`.
fn metadata(document: &mut DocumentMut) -> Option<&mut dyn TableLike> {
    let package = document.get_mut("package")?.as_table_like_mut()?;
    let metadata = package.get_mut("metadata")?.as_table_like_mut()?;
    metadata.get_mut("winsvc")?.as_table_like_mut()
}

fn starter_table(table: &toml::Table) -> String {
    let around = |table: toml::Table, key: &str| toml::Table::from_iter([(key.to_owned(), table.into())]);
    let table = ["winsvc", "metadata", "package"]
        .into_iter()
        .fold(table.clone(), around);
    let text = toml::to_string(&table).expect("a table of keys is plain data");
    let comment = "# By this code, Windows finds the earlier version in an upgrade. It must never change.";
    text.replace("\nupgrade-code = ", &format!("\n{comment}\nupgrade-code = "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starter() -> Starter {
        let upgrade_code = "2B0E6D33-4F0C-4A8B-9A53-7C2F1D6F0C55";
        let table = format!(
            "display-name = 'Agent \"A\"'\npackage = {{ manufacturer = \"Acme\", upgrade-code = \"{upgrade_code}\" }}"
        );
        Starter {
            table: table.parse().unwrap(),
            upgrade_code: upgrade_code.to_owned(),
        }
    }

    fn edited(text: &str) -> Edited {
        edit(text, "0.1.0", false, &starter()).unwrap()
    }

    #[test]
    fn everything_that_lacks_is_added_and_nothing_else_changes() {
        let old = "# mine\n[package]\nname = 'a'   # the name\n\n[dependencies]\naxum = \"0.8\"\nzip=\"9\"\n\n[profile.release]\nlto = true\n";
        let new = edited(old).text.unwrap();
        assert_eq!(
            new,
            "# mine\n[package]\nname = 'a'   # the name\n\n[dependencies]\naxum = \"0.8\"\nwinsvc = \"0.1.0\"\nzip=\"9\"\n\n\
             [profile.release]\nlto = true\n\n[package.metadata.winsvc]\ndisplay-name = 'Agent \"A\"'\n\n\
             [package.metadata.winsvc.package]\nmanufacturer = \"Acme\"\n\
             # By this code, Windows finds the earlier version in an upgrade. It must never change.\n\
             upgrade-code = \"2B0E6D33-4F0C-4A8B-9A53-7C2F1D6F0C55\"\n"
        );
        assert!(edited(&new).text.is_none(), "a second time changes nothing");
    }

    #[test]
    fn a_file_of_windows_keeps_its_line_ends() {
        let new = edited("[package]\r\nname = \"a\"\r\n").text.unwrap();
        assert_eq!(new.matches('\n').count(), new.matches("\r\n").count(), "{new:?}");
    }

    #[test]
    fn a_table_of_the_author_gets_the_upgrade_code_only() {
        for table in [
            "[package.metadata.winsvc]\nname = \"a\"\n",
            "[package.metadata.winsvc.package]\nmanufacturer = \"b\"\n",
            "[package]\nmetadata.winsvc = { name = \"a\" }\n",
            "[package]\nmetadata = { winsvc = { package.manufacturer = \"b\" } }\n",
        ] {
            let old = format!("{table}[target.'cfg(windows)'.dependencies]\nwinsvc = {{ path = \"w\" }}\n");
            let Edited { text, added } = edited(&old);
            assert_eq!(added, ["upgrade-code"], "{old}");
            let text = text.unwrap();
            let parsed: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
            let package = &parsed["package"]["metadata"]["winsvc"]["package"];
            assert_eq!(
                package["upgrade-code"].as_str(),
                Some(starter().upgrade_code.as_str())
            );
            assert!(edited(&text).text.is_none(), "{text}");
        }
    }

    #[test]
    fn a_workspace_s_dependency_is_inherited() {
        assert!(shares_dependency("[workspace.dependencies]\nwinsvc = \"0.1\"\n"));
        assert!(!shares_dependency("[workspace]\n"));
        let new = edit("[package]\nname = \"a\"\n", "0.1.0", true, &starter())
            .unwrap()
            .text
            .unwrap();
        assert!(new.contains("winsvc = { workspace = true }\n"), "{new}");
    }
}
