//! What is published with the packages of all targets.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use winsvc_definition::manifest::Format;

use super::error::Error;
use super::package::{Destination, Packages};
use super::plan::{Built, Plan};
use super::report::Made;
use crate::channels::{Download, Origin, Release, TargetOrigin};
use crate::cli::Selection;

/// The path in the installation folder and the SHA-256 of each exe, for each target.
pub(super) fn digests(plan: &Plan, built: &[Built]) -> Vec<Vec<(String, [u8; 32])>> {
    let targets = plan.targets.iter().zip(built);
    let digests = targets.map(|(target, built)| {
        let programs = target.config.programs.iter().zip(&built.exes);
        programs
            .map(|(program, exe)| (program.target.to_string(), Sha256::digest(exe).into()))
            .collect()
    });
    digests.collect()
}

/// Writes the files that are about the packages of all targets.
pub(super) fn write(
    plan: &Plan,
    selection: &Selection,
    built: &[Built],
    digests: &[Vec<(String, [u8; 32])>],
    packages: &[Packages],
    to: &mut Destination<'_>,
) -> Result<Vec<Made>, Error> {
    let formats = plan.targets.iter().flat_map(|target| &target.formats).copied();
    let formats: BTreeSet<Format> = formats.collect();
    let formats: Vec<Format> = formats.into_iter().collect();
    let (Some(first), Some(provenance)) = (
        plan.targets.first(),
        built
            .iter()
            .map(|built| &built.provenance)
            .max_by_key(|it| it.built),
    ) else {
        return Ok(Vec::new());
    };
    let targets = plan.targets.iter().zip(built).zip(digests);
    let targets = targets.map(|((target, built), exes)| TargetOrigin {
        target: &target.target,
        compiled: built.compiled.as_ref(),
        exes,
    });
    let release = Release {
        project: &plan.project,
        config: &first.config,
        built: provenance.built,
        origin: Origin {
            commit: provenance.commit.as_deref(),
            selection,
            targets: targets.collect(),
        },
        has_scripts: packages.iter().all(|packages| packages.has_scripts),
        formats: &formats,
    };
    let downloads = plan.targets.iter().zip(packages).flat_map(|(target, packages)| {
        packages.made.iter().map(|made| Download {
            format: made.format,
            arch: Some(target.target.arch),
            file: &made.file,
            codes: made.codes.as_ref(),
        })
    });
    let downloads: Vec<Download<'_>> = downloads.collect();
    let published = release.write(&downloads, to.folder, to.staging)?;
    if !published.is_empty() {
        to.timings.end("release");
    }
    let published = published
        .into_iter()
        .map(|(format, file)| Made::new(format, file));
    Ok(published.collect())
}
