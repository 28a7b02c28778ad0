//! Earlier packages of the product in the folder for results.

use std::path::{Path, PathBuf};

use winsvc_definition::manifest::{ProductVersion, UpgradeCode};

use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::msi_file;
use crate::product::{self, Names};
use crate::project::Project;

/// Warns about an MSI of the same product in `folder` with a higher version: if that version is installed, Windows
/// Installer refuses the new one. This folder is the only record of released versions on this machine.
pub(crate) fn higher_version(project: &Project, config: &Config, folder: &Path) -> Option<Diagnostic> {
    let new = config.product_version.as_ref().ok()?;
    let (upgrade_code, _) = product::upgrade_code(config, &Names::new(project, config));
    let earlier = packages(project, config, folder).filter_map(|path| Some((identity(&path)?, path)));
    let ((_, version), path) = earlier
        .filter(|((code, version), _)| code.0 == upgrade_code && version > new)
        .max_by_key(|((_, version), _)| *version)?;
    let key = match config.manifest.package.version {
        Some(_) => "`version` in [package.metadata.winsvc.package]",
        None => "`version` in [package], or set one for the MSI in [package.metadata.winsvc.package]",
    };
    Some(
        Diagnostic::warning(format!(
            "the MSI version {new} is lower than the version {version} of an earlier package"
        ))
        .at(config.place_of_version())
        .note(format!("the earlier package is `{}`", path.display()))
        .note("Windows Installer does not install a lower version over a higher one")
        .help(format!("raise {key}")),
    )
}

/// The MSIs whose file names match the package.
fn packages(project: &Project, config: &Config, folder: &Path) -> impl Iterator<Item = PathBuf> {
    let prefix = format!("{}-", product::file_stem(project, config));
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(move |path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&prefix) && path.extension().is_some_and(|extension| extension == "msi")
    })
}

/// The upgrade code and the version of an MSI. `None` if the file is not an MSI, or not one that this tool could have
/// made.
fn identity(path: &Path) -> Option<(UpgradeCode, ProductVersion)> {
    let properties = msi_file::properties(path)?;
    let code = UpgradeCode::new(properties.get("UpgradeCode")?).ok()?;
    let version = ProductVersion::new(properties.get("ProductVersion")?).ok()?;
    Some((code, version))
}
