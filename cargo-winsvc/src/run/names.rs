//! The file names of packages.

use winsvc_definition::manifest::{Format, Language};

use crate::build::target::Arch;
use crate::config::Config;
use crate::product;
use crate::project::Project;
use crate::wxs::Dialect;

/// The beginning of the names of all packages for an architecture.
pub(super) fn stem(project: &Project, config: &Config, arch: Arch) -> String {
    let stem = product::file_stem(project, config);
    format!("{stem}-{}-{arch}", project.version)
}

/// The MSI in each language. With one language, it is not in the name.
pub(super) fn msis(languages: &[Language], stem: &str) -> Vec<String> {
    match languages {
        [_] => vec![format!("{stem}.msi")],
        languages => languages
            .iter()
            .map(|language| format!("{stem}-{language}.msi"))
            .collect(),
    }
}

/// The zip.
pub(super) fn zip(stem: &str) -> String {
    format!("{stem}.zip")
}

/// The install guide, as Markdown and as text.
pub(super) fn guide(stem: &str) -> [String; 2] {
    ["md", "txt"].map(|extension| format!("{stem}-install.{extension}"))
}

/// The bill of materials.
pub(super) fn sbom(stem: &str) -> String {
    format!("{stem}.cdx.json")
}

/// The source for WiX of each MSI.
fn sources(dialect: Dialect, languages: &[Language], stem: &str) -> Vec<String> {
    let names = msis(languages, stem).into_iter();
    names
        .map(|name| dialect.file_name(name.trim_end_matches(".msi")))
        .collect()
}

/// The names of a format's files for one architecture; none of a format that is about the packages of all.
pub(super) fn of_format(format: Format, languages: &[Language], stem: &str) -> Vec<String> {
    match format {
        Format::Msi => msis(languages, stem),
        Format::Zip => vec![zip(stem)],
        Format::Guide => guide(stem).into(),
        Format::Wxs => sources(Dialect::V4, languages, stem),
        Format::Wxs3 => sources(Dialect::V3, languages, stem),
        Format::Sbom => vec![sbom(stem)],
        Format::Winget | Format::Scoop | Format::Chocolatey | Format::Provenance | Format::Sha256Sums => {
            Vec::new()
        }
    }
}
