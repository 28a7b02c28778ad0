//! A product without a Rust project: a file describes it, and its programs run under `winsvc-host`.
//!
//! cargo builds the exes from a small project in the target directory: one binary for each service, whose `main` is that of the
//! library `winsvc-host`. Everything else is as for any other project.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use cargo_metadata::semver::Version;
use serde::Deserialize;
use toml::Spanned;

use super::{Project, ProjectError, Scope};
use crate::cli::Selection;
use crate::diagnostic::Place;

/// What the tool itself needs of the file. The rest of it is the table of a package, which the configuration reads.
#[derive(Deserialize)]
struct Head {
    version: Option<Spanned<String>>,
    name: Option<String>,
    description: Option<String>,
    #[serde(default)]
    services: BTreeMap<String, toml::Value>,
    update: Option<toml::Value>,
}

/// Reads the file, and makes the project that cargo builds.
pub(super) fn load(file: &Path, selection: &Selection, cargo: &Path) -> Result<Project, ProjectError> {
    let unreadable = |source| ProjectError::UnreadableHost {
        path: file.to_owned(),
        source,
    };
    let file = std::path::absolute(file).map_err(unreadable)?;
    let text = fs::read_to_string(&file).map_err(unreadable)?;
    let at = |span: Range<usize>| {
        Box::new(Place {
            path: file.clone(),
            text: text.clone(),
            span,
        })
    };
    let head: Head = toml::from_str(&text).map_err(|error| ProjectError::InvalidHost {
        message: error.message().to_owned(),
        place: at(error.span().unwrap_or_default()),
    })?;
    let version = head.version.ok_or_else(|| {
        if file.ends_with("Cargo.toml") {
            ProjectError::HostIsManifest { path: file.clone() }
        } else {
            ProjectError::NoHostVersion { place: at(0..0) }
        }
    })?;
    let version = Version::parse(version.get_ref()).map_err(|error| ProjectError::HostVersion {
        version: version.get_ref().clone(),
        reason: error.to_string(),
        place: at(version.span()),
    })?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let name = head.name.unwrap_or_else(|| stem.into_owned());
    let services: Vec<&String> = if head.services.is_empty() {
        vec![&name]
    } else {
        head.services.keys().collect()
    };
    let binaries: Vec<String> = services.into_iter().map(|service| binary(service)).collect();

    let target_dir = target_dir(&file, selection);
    let folder = target_dir.join("winsvc").join("host").join(binary(&name));
    let manifest = folder.join("Cargo.toml");
    let updates = head.update.is_some();
    let written = write(&folder, &binary(&name), &version, &binaries, updates);
    written.map_err(|source| ProjectError::HostProject {
        path: folder.clone(),
        source,
    })?;
    let selection = Selection {
        host: None,
        manifest_path: Some(manifest),
        target_dir: Some(target_dir),
        ..selection.clone()
    };
    Ok(Project {
        name,
        description: head.description,
        scope: Scope::File,
        manifest: file,
        ..Project::load(&selection, cargo)?
    })
}

/// The name of the binary for a service: cargo allows fewer characters than Windows.
pub(crate) fn binary(service: &str) -> String {
    let characters = service.chars();
    let allowed = |character: char| {
        if character.is_ascii_alphanumeric() || "-_".contains(character) {
            character
        } else {
            '-'
        }
    };
    characters.map(allowed).collect()
}

/// Where cargo and the tool write.
fn target_dir(file: &Path, selection: &Selection) -> PathBuf {
    let named = selection.target_dir.clone();
    let variable = || {
        std::env::var_os("CARGO_TARGET_DIR")
            .filter(|folder| !folder.is_empty())
            .map(PathBuf::from)
    };
    let folder = named.or_else(variable);
    let folder = folder.unwrap_or_else(|| file.with_file_name("target"));
    std::path::absolute(&folder).unwrap_or(folder)
}

/// Writes the project; what has not changed is not touched, so that cargo does not build it again. `updates` says whether
/// the product updates itself.
fn write(folder: &Path, name: &str, version: &Version, binaries: &[String], updates: bool) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let source = checkout.join("winsvc-host");
    let own = env!("CARGO_PKG_VERSION");
    let dependency = if source.join("Cargo.toml").is_file() {
        // The tool runs from a checkout, with the versions that were tested there.
        let lock = folder.join("Cargo.lock");
        if !lock.exists() && checkout.join("Cargo.lock").is_file() {
            fs::copy(checkout.join("Cargo.lock"), lock)?;
        }
        let path = source.canonicalize().unwrap_or(source);
        format!(
            "path = {}",
            toml::Value::String(path.to_string_lossy().into_owned())
        )
    } else {
        format!("version = \"={own}\"")
    };
    let features = if updates { ", features = [\"update\"]" } else { "" };
    let mut bins = String::new();
    for binary in binaries {
        bins.extend(["\n[[bin]]\nname = \"", binary, "\"\npath = \"", binary, ".rs\"\n"]);
        update(
            &folder.join(format!("{binary}.rs")),
            "fn main() -> std::process::ExitCode {\n    winsvc_host::main()\n}\n",
        )?;
    }
    let manifest = format!(
        "# Made by `cargo winsvc --host`; changes are lost.\n\
         [package]\nname = \"{name}-host\"\nversion = \"{version}\"\nedition = \"2024\"\npublish = false\n\
         autobins = false\n\n\
         [dependencies]\nwinsvc-host = {{ {dependency}{features} }}\n\n\
         [profile.release]\nopt-level = \"s\"\nlto = true\ncodegen-units = 1\nstrip = true\n\n\
         [workspace]\n{bins}"
    );
    update(&folder.join("Cargo.toml"), &manifest)
}

fn update(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str) -> Result<Project, ProjectError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("agent.toml");
        fs::write(&file, text).unwrap();
        let selection = Selection {
            target_dir: Some(folder.path().join("out")),
            ..Selection::default()
        };
        load(&file, &selection, Path::new("cargo"))
    }

    #[test]
    fn a_file_is_a_product_with_a_binary_for_each_service() {
        let project = load_text("version = '1.4.0'\nname = 'acme agent'\ndescription = 'Watches'\n").unwrap();
        assert_eq!(
            (project.name.as_str(), project.version.to_string().as_str()),
            ("acme agent", "1.4.0")
        );
        assert_eq!(project.members[0].binaries, ["acme-agent"]);
        assert_eq!(project.scope, Scope::File);
        assert!(project.root().join("agent.toml") == project.manifest);

        let project = load_text("version = '1.4.0'\n[services.a]\n[services.b]\n").unwrap();
        assert_eq!(project.name, "agent");
        assert_eq!(project.members[0].binaries, ["a", "b"]);
    }

    #[test]
    fn the_host_has_the_updater_if_the_product_updates_itself() {
        let features = |text: &str| {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("agent.toml");
            fs::write(&file, text).unwrap();
            let selection = Selection {
                target_dir: Some(folder.path().join("out")),
                ..Selection::default()
            };
            load(&file, &selection, Path::new("cargo")).unwrap();
            let manifest = folder.path().join("out/winsvc/host/agent/Cargo.toml");
            let manifest: toml::Table = fs::read_to_string(manifest).unwrap().parse().unwrap();
            manifest["dependencies"]["winsvc-host"].get("features").cloned()
        };
        let update = toml::Value::from(vec!["update"]);
        assert_eq!(features("version = '1.4.0'\n"), None);
        assert_eq!(features("version = '1.4.0'\n[update]\n"), Some(update));
    }

    #[test]
    fn a_version_is_needed_and_checked() {
        let error = |text: &str| load_text(text).unwrap_err().to_string();
        assert_eq!(error("name = 'a'"), "missing key `version`");
        assert!(error("version = '1'").starts_with("invalid version \"1\": "));
        assert!(error("version = 1").starts_with("invalid type: integer `1`"));
        assert!(error("version =").starts_with("string values must be quoted"));
    }
}
