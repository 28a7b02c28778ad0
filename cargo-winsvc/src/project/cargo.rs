//! The calls of cargo that build a product: one for the workspace, and one for the project of the hosts.

use std::path::PathBuf;

use super::{Program, Project};
use crate::cli::Selection;

/// A Cargo project with some of the programs.
#[derive(Clone, Debug)]
pub(crate) struct CargoProject<'a> {
    /// The Cargo.toml that cargo builds.
    pub manifest: PathBuf,
    /// The lock file.
    pub lock_file: PathBuf,
    /// cargo's target directory.
    pub target_dir: PathBuf,
    /// cargo's flags.
    pub selection: Selection,
    /// Its programs, each with its place among those of the product.
    pub programs: Vec<(usize, &'a Program)>,
}

impl Project {
    /// The Cargo projects of these programs.
    pub(crate) fn cargo_projects<'a>(
        &self,
        programs: &[&'a Program],
        selection: &Selection,
    ) -> Vec<CargoProject<'a>> {
        let mut projects: Vec<CargoProject<'a>> = Vec::new();
        for (place, &program) in programs.iter().enumerate() {
            let manifest = match &program.generated {
                Some(generated) => generated.folder.join("Cargo.toml"),
                None => self.cargo_manifest.clone(),
            };
            if let Some(project) = projects.iter_mut().find(|it| it.manifest == manifest) {
                project.programs.push((place, program));
                continue;
            }
            projects.push(match &program.generated {
                Some(generated) => CargoProject {
                    lock_file: generated.folder.join("Cargo.lock"),
                    // An exe of the workspace may have the same name.
                    target_dir: self.target_dir.join("winsvc").join("host-target"),
                    selection: selection.of_host(),
                    programs: vec![(place, program)],
                    manifest,
                },
                None => CargoProject {
                    lock_file: self.workspace_manifest.with_file_name("Cargo.lock"),
                    target_dir: self.target_dir.clone(),
                    selection: selection.clone(),
                    programs: vec![(place, program)],
                    manifest,
                },
            });
        }
        projects
    }
}
