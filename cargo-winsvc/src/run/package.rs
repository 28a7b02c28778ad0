//! Writes the packages for one target.

use std::path::Path;

use winsvc_definition::manifest::Format;

use super::error::Error;
use super::plan::{Built, TargetPlan};
use super::report::Made;
use crate::artifact::Codes;
use crate::diagnostic::Diagnostic;
use crate::guide;
use crate::msi;
use crate::output::Staging;
use crate::product::{self, Product, Progress};
use crate::project::Project;
use crate::shell::Shell;
use crate::timings::Timings;
use crate::zip;

/// Writes the packages of all formats into the folder.
pub(super) fn write(
    project: &Project,
    plan: &TargetPlan,
    built: Built,
    folder: &Path,
    staging: &mut Staging,
    timings: &mut Timings,
    shell: Shell,
) -> Result<Vec<Made>, Error> {
    let TargetPlan {
        target,
        config,
        formats,
        payload,
        ..
    } = plan;
    shell.status(
        "Packaging",
        format_args!("{} v{} ({})", project.name, project.version, target.triple),
    );
    let product = Product::resolve(
        project,
        config,
        target.arch,
        built.provenance.built,
        built.exes,
        payload,
    )?;
    timings.end("files");
    if formats.contains(&Format::Zip) && !zip::has_scripts(&product) {
        shell.warning(&without_verbs());
    }
    let stem = product::file_stem(project, config);
    let stem = format!("{stem}-{}-{}", project.version, target.arch);
    let mut results = Vec::new();
    for format in formats {
        let bar = shell.progress("Compressing", product.size());
        let mut progress = |done: Progress| {
            bar.set_message(format!("{}/{} files", done.files, product.files.len()));
            bar.set_position(done.bytes);
        };
        match format {
            Format::Msi => results.extend(write_msis(
                &product,
                &stem,
                folder,
                staging,
                &mut progress,
                timings,
                shell,
            )?),
            Format::Zip => {
                let path = folder.join(format!("{stem}.zip"));
                let (file, ()) = staging.create(&path, |out| {
                    zip::render(&product, &stem, out, &mut progress)
                        .map_err(|error| Error::of_zip(error, &path))
                })?;
                results.push(Made::new("zip", file));
                timings.end("zip");
            }
            Format::Guide => {
                let guide = guide::render(&product, &msi_names(&product, &stem))?;
                for (extension, text) in [("md", guide.markdown), ("txt", guide.text)] {
                    let path = folder.join(format!("{stem}-install.{extension}"));
                    results.push(Made::new("guide", staging.write(&path, &text)?));
                }
                timings.end("guide");
            }
        }
        bar.finish_and_clear();
    }
    Ok(results)
}

/// The file names of the MSI in each language. With one language, it is not in the name.
fn msi_names(product: &Product, stem: &str) -> Vec<String> {
    match product.languages() {
        [_] => vec![format!("{stem}.msi")],
        languages => languages
            .iter()
            .map(|language| format!("{stem}-{language}.msi"))
            .collect(),
    }
}

/// Writes the MSI in each language, and the cabinets that would make them too large.
fn write_msis(
    product: &Product,
    stem: &str,
    folder: &Path,
    staging: &mut Staging,
    progress: &mut dyn FnMut(Progress),
    timings: &mut Timings,
    shell: Shell,
) -> Result<Vec<Made>, Error> {
    if let Some(warning) = msi::summary_warning(product) {
        shell.warning(&warning);
    }
    let payload = msi::compress(product, msi::Options::default(), folder, progress)
        .map_err(|error| Error::of_msi(error, &folder.join(format!("{stem}.msi"))))?;
    timings.end("compress");
    let mut results = Vec::new();
    for (&language, name) in product.languages().iter().zip(msi_names(product, stem)) {
        let path = folder.join(name);
        let (file, rendered) = staging.create(&path, |out| {
            msi::render(product, language, &payload, out).map_err(|error| Error::of_msi(error, &path))
        })?;
        results.push(Made::msi(file, Codes::new(product, language, &rendered)));
    }
    for cabinet in payload.external_cabinets() {
        let path = folder.join(&cabinet.name);
        let (file, ()) = staging.create(&path, |out| {
            cabinet.write(out).map_err(|error| Error::of_msi(error, &path))
        })?;
        results.push(Made::new("cab", file));
    }
    timings.end("msi");
    Ok(results)
}

/// The warning about a zip whose program has no verbs.
fn without_verbs() -> Diagnostic {
    Diagnostic::warning(
        "the zip has no install.cmd and no uninstall.cmd: the program has no verbs for them to call",
    )
    .note("the MSI does not need them")
    .help("build the program with the feature `verbs` of winsvc, which is on by default")
}
