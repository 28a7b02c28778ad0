//! Writes the packages for one target.

use std::fs::File;
use std::path::Path;

use winsvc_definition::manifest::{Compression, Format};

use super::error::Error;
use super::names;
use super::plan::{Built, TargetPlan};
use super::report::Made;
use crate::artifact::Codes;
use crate::backend::{self, Backend};
use crate::cli::Selection;
use crate::diagnostic::Diagnostic;
use crate::guide;
use crate::msi::{self, ExternalCabinet, MsiError, Payload};
use crate::output::Staging;
use crate::product::{Names, Product, Progress};
use crate::project::Project;
use crate::sbom::{self, ProgramFile, Subject};
use crate::shell::Shell;
use crate::sign::{Signature, Signer};
use crate::sources::Sources;
use crate::timings::Timings;
use crate::wxs::Dialect;
use crate::zip;

/// Where packages go, and how.
pub(super) struct Destination<'a> {
    pub(super) folder: &'a Path,
    pub(super) staging: &'a mut Staging,
    pub(super) signer: Option<&'a Signer>,
    pub(super) timings: &'a mut Timings,
    pub(super) shell: Shell,
}

/// The packages for a target.
pub(super) struct Packages {
    pub(super) made: Vec<Made>,
    /// Whether the zip has scripts that register the services.
    pub(super) has_scripts: bool,
}

/// Writes the packages of all formats. The exes are moved into them.
pub(super) fn write(
    project: &Project,
    plan: &TargetPlan,
    selection: &Selection,
    built: &mut Built,
    to: &mut Destination<'_>,
) -> Result<Packages, Error> {
    let (folder, shell) = (to.folder, to.shell);
    let TargetPlan {
        target,
        config,
        formats,
        payload,
        backend,
        compression,
        ..
    } = plan;
    shell.status(
        "Packaging",
        format_args!("{} v{} ({})", project.name, project.version, target.triple),
    );
    let mut sbom = None;
    if formats.contains(&Format::Sbom) {
        sbom = Some(bill_of_materials(project, plan, selection, built)?);
        to.timings.end("sbom");
    }
    let product = Product::resolve(
        project,
        config,
        target.arch,
        built.provenance.built,
        std::mem::take(&mut built.exes),
        payload,
    )?;
    to.timings.end("files");
    if formats.contains(&Format::Zip) && !zip::has_scripts(&product) && !zip::needs_no_scripts(&product) {
        shell.warning(&without_verbs(!product.services.is_empty()));
    }
    let stem = names::stem(project, config, target.arch);
    let names = names::msis(product.languages(), &stem);
    let (mut results, mut sources) = (Vec::new(), Sources::new(&stem));
    for format in formats {
        match format {
            Format::Msi => results.extend(match backend {
                Some(backend) => build_msis(backend, project, &product, &names, to)?,
                None => write_msis(&product, &stem, *compression, to)?,
            }),
            Format::Zip => {
                let path = folder.join(names::zip(&stem));
                let options = zip::Options {
                    folder: &stem,
                    sbom: sbom.as_deref(),
                    compression: *compression,
                };
                let (file, ()) = to.staging.create(&path, |out| {
                    with_progress(&product, shell, |progress| {
                        zip::render(&product, options, out, progress)
                    })
                    .map_err(|error| Error::of_zip(error, &path))
                })?;
                results.push(Made::new("zip", file));
                to.timings.end("zip");
            }
            Format::Guide => {
                let guide = guide::render(&product, &names)?;
                for (name, text) in names::guide(&stem).iter().zip([guide.markdown, guide.text]) {
                    let path = folder.join(name);
                    results.push(Made::new("guide", to.staging.write(&path, &text)?));
                }
                to.timings.end("guide");
            }
            Format::Wxs | Format::Wxs3 => {
                let (name, dialect) = match format {
                    Format::Wxs3 => ("wxs3", Dialect::V3),
                    _ => ("wxs", Dialect::V4),
                };
                let files = sources.write(project, &product, dialect, (folder, &names), to.staging)?;
                results.extend(files.into_iter().map(|file| Made::new(name, file)));
                to.timings.end(name);
            }
            Format::Sbom => {
                let path = folder.join(names::sbom(&stem));
                let content = sbom.as_deref().unwrap_or_default();
                results.push(Made::new("sbom", to.staging.write(&path, content)?));
            }
            // They are about the packages of all targets.
            Format::Winget | Format::Scoop | Format::Chocolatey | Format::Provenance | Format::Sha256Sums => {
            }
        }
    }
    let with_programs = |made: Made| made.with_programs(built.signed.clone());
    Ok(Packages {
        made: results.into_iter().map(with_programs).collect(),
        has_scripts: zip::has_scripts(&product),
    })
}

/// Compresses the product's files under a progress bar.
fn with_progress<T>(
    product: &Product,
    shell: Shell,
    compress: impl FnOnce(&mut dyn FnMut(Progress)) -> T,
) -> T {
    let bar = shell.progress("Compressing", product.size());
    let result = compress(&mut |done| {
        bar.set_message(format!("{}/{} files", done.files, product.files.len()));
        bar.set_position(done.bytes);
    });
    bar.finish_and_clear();
    result
}

/// The bill of materials of the exes for a target.
fn bill_of_materials(
    project: &Project,
    plan: &TargetPlan,
    selection: &Selection,
    built: &Built,
) -> Result<Vec<u8>, Error> {
    let TargetPlan { target, config, .. } = plan;
    let linked = sbom::linked(
        project,
        config,
        selection,
        target,
        &built.exes,
        built.compiled.as_ref(),
    )?;
    let names = Names::new(project, config);
    let programs = config.programs.iter().zip(&built.exes);
    let programs = programs.map(|(program, exe)| ProgramFile {
        name: program.target.to_string(),
        version: program.program.version.to_string(),
        exe,
    });
    let subject = Subject {
        product: &names.product,
        manufacturer: &names.manufacturer,
        version: &project.version.to_string(),
        target: &target.triple,
        built: built.provenance.built,
        programs: programs.collect(),
    };
    Ok(sbom::document(&subject, &linked))
}

/// Writes the MSI in each language, and the cabinets that would make them too large.
fn write_msis(
    product: &Product,
    stem: &str,
    compression: Compression,
    to: &mut Destination<'_>,
) -> Result<Vec<Made>, Error> {
    let (folder, shell) = (to.folder, to.shell);
    if let Some(warning) = msi::summary_warning(product) {
        shell.warning(&warning);
    }
    let options = msi::Options {
        compression,
        ..msi::Options::default()
    };
    let of_msi = |error| Error::of_msi(error, &folder.join(format!("{stem}.msi")));
    let payload = with_progress(product, shell, |progress| {
        msi::compress(product, options, folder, progress)
    });
    let mut payload = payload.map_err(of_msi)?;
    to.timings.end("compress");
    // Before the MSI, which has the certificate.
    let cabinets = payload.external_cabinets().into_iter();
    let signatures = cabinets.map(|cabinet| sign_cabinet(&cabinet, &mut payload, to));
    let signatures: Vec<Option<Signature>> = signatures.collect::<Result<_, _>>()?;
    let mut results = Vec::new();
    for (&language, name) in product
        .languages()
        .iter()
        .zip(names::msis(product.languages(), stem))
    {
        let path = folder.join(&name);
        results.push(write_msi(&name, to, |out| {
            let rendered = msi::render(product, language, &payload, out);
            let rendered = rendered.map_err(|error| Error::of_msi(error, &path))?;
            Ok(Codes::new(product, language, &rendered))
        })?);
    }
    for (cabinet, signature) in payload.external_cabinets().iter().zip(signatures) {
        let path = folder.join(&cabinet.name);
        let (file, ()) = to.staging.create(&path, |out| {
            cabinet.write(out).map_err(|error| Error::of_msi(error, &path))
        })?;
        results.push(Made::new("cab", file).signed(signature));
    }
    to.timings.end("msi");
    Ok(results)
}

/// Builds the MSI in each language with another program.
fn build_msis(
    backend: &Backend,
    project: &Project,
    product: &Product,
    names: &[String],
    to: &mut Destination<'_>,
) -> Result<Vec<Made>, Error> {
    let mut results = Vec::new();
    for (&language, name) in product.languages().iter().zip(names) {
        let built = backend.build(project, product, language, name, to.folder, to.shell)?;
        results.push(write_msi(name, to, |out| {
            backend::copy(&built.msi(), out)?;
            Ok(Codes::new(product, language, &built.rendered))
        })?);
        for (name, path) in built.cabinets()? {
            results.push(write_cabinet(&name, &path, to)?);
        }
    }
    Ok(results)
}

/// Writes an MSI, and signs it if there is something to sign with.
fn write_msi(
    name: &str,
    to: &mut Destination<'_>,
    mut render: impl FnMut(&mut File) -> Result<Codes, Error>,
) -> Result<Made, Error> {
    let Destination {
        folder,
        staging,
        signer,
        timings,
        ..
    } = to;
    let (file, (codes, signature)) = staging.create(&folder.join(name), |out| {
        let mut render = |out: &mut File| {
            let codes = render(out);
            timings.end("msi");
            codes
        };
        let Some(signer) = signer else {
            return render(out).map(|codes| (codes, None));
        };
        let (codes, signature) = signer.package(name, folder, out, render)?;
        timings.end("sign");
        Ok::<_, Error>((codes, Some(signature)))
    })?;
    Ok(Made::msi(file, codes).signed(signature))
}

/// Signs a cabinet beside an MSI, if there is something to sign with.
fn sign_cabinet(
    cabinet: &ExternalCabinet,
    payload: &mut Payload,
    to: &mut Destination<'_>,
) -> Result<Option<Signature>, Error> {
    let Some(signer) = to.signer else {
        return Ok(None);
    };
    let of_msi = |error| Error::of_msi(error, &to.folder.join(&cabinet.name));
    let scratch = tempfile::tempfile_in(to.folder);
    let mut scratch = scratch.map_err(|error| of_msi(MsiError::Write(error)))?;
    let render = |out: &mut File| cabinet.write(out).map_err(of_msi);
    let ((), signature) = signer.package(&cabinet.name, to.folder, &mut scratch, render)?;
    let replaced = payload.replace_by_signed(&cabinet.name, scratch, &signature.certificate);
    replaced.map_err(of_msi)?;
    to.timings.end("sign");
    Ok(Some(signature))
}

/// Writes a cabinet that another program has put beside its MSI.
fn write_cabinet(name: &str, from: &Path, to: &mut Destination<'_>) -> Result<Made, Error> {
    let path = to.folder.join(name);
    let Some(signer) = to.signer else {
        let (file, ()) = to
            .staging
            .create(&path, |out| backend::copy(from, out).map_err(Error::from))?;
        return Ok(Made::new("cab", file));
    };
    to.shell.warning(&unchecked_cabinet(name));
    let (file, signature) = to.staging.create(&path, |out| {
        let copied = signer.package(name, to.folder, out, |out| {
            backend::copy(from, out).map_err(Error::from)
        });
        copied.map(|((), signature)| signature)
    })?;
    Ok(Made::new("cab", file).signed(Some(signature)))
}

/// The warning about a cabinet whose signature is not in its MSI.
fn unchecked_cabinet(name: &str) -> Diagnostic {
    Diagnostic::warning(format!(
        "an installation does not check the signature of the cabinet `{name}`: only the built-in backend writes the \
         certificate into the MSI"
    ))
}

/// The warning about a zip whose program has no verbs.
fn without_verbs(has_service: bool) -> Diagnostic {
    let (program, help) = if has_service {
        (
            "the program",
            "build the program with the feature `verbs` of winsvc, which is on by default",
        )
    } else {
        (
            "the product's first program",
            "call `winsvc::autostart!()` in the `main` of the product's first binary",
        )
    };
    Diagnostic::warning(format!(
        "the zip has no install.cmd and no uninstall.cmd: {program} has no verbs for them to call"
    ))
    .note("the MSI does not need them")
    .help(help)
}
