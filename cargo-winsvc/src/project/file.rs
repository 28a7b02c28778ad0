//! A product without a Rust project: a file describes it.

use std::fs;
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
}

/// Reads the file.
pub(super) fn load(file: &Path, selection: &Selection) -> Result<Project, ProjectError> {
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
    Ok(Project {
        name: head.name.unwrap_or_else(|| stem.into_owned()),
        version,
        description: head.description,
        authors: Vec::new(),
        homepage: None,
        repository: None,
        license: None,
        keywords: Vec::new(),
        scope: Scope::File,
        cargo_manifest: PathBuf::new(),
        workspace_manifest: PathBuf::new(),
        members: Vec::new(),
        bin: None,
        target_dir: target_dir(&file, selection),
        manifest: file,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str) -> Result<Project, ProjectError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("agent.toml");
        fs::write(&file, text).unwrap();
        load(&file, &Selection::default())
    }

    #[test]
    fn a_file_is_a_product() {
        let project = load_text("version = '1.4.0'\nname = 'acme agent'\ndescription = 'Watches'\n").unwrap();
        assert_eq!(
            (project.name.as_str(), project.version.to_string().as_str()),
            ("acme agent", "1.4.0")
        );
        assert_eq!(project.scope, Scope::File);
        assert!(project.root().join("agent.toml") == project.manifest);
        assert_eq!(load_text("version = '1.4.0'\n").unwrap().name, "agent");
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
