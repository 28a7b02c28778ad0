//! What a command makes, for each of its targets: everything that is known before the slow steps, and the exes.

use std::path::PathBuf;

use winsvc_definition::manifest::{Compression, Format};

use super::error::Error;
use crate::backend::Backend;
use crate::build::target::{Arch, WindowsTarget};
use crate::build::{self, BuildError, Compiled, Toolchain, toolchain};
use crate::channels;
use crate::checks;
use crate::cli::{OptLevel, OutputArgs, Selection};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::payload::Payload;
use crate::prebuilt::{self, Prebuilt, PrebuiltError};
use crate::project::{Program, Project};
use crate::provenance::{self, Provenance};
use crate::shell::Shell;
use crate::sign::SignedProgram;
use crate::stamp;

/// The package of a command that builds nothing, and its configuration for any target.
pub(super) fn package(
    manifest_path: Option<PathBuf>,
    package: Option<String>,
    shell: Shell,
) -> Result<(Project, Config), Error> {
    let selection = Selection {
        manifest_path,
        package,
        ..Selection::default()
    };
    let project = Project::load(&selection, &Toolchain::current().cargo)?;
    let config = Config::load_for_any_target::<Error>(&project, shell)?;
    Ok((project, config))
}

/// What to ship.
pub(super) struct Plan {
    pub(super) project: Project,
    /// At least one, each of which comes once.
    pub(super) targets: Vec<TargetPlan>,
    /// `SOURCE_DATE_EPOCH`
    epoch: Option<u64>,
}

/// What to ship for one target.
pub(super) struct TargetPlan {
    pub(super) target: WindowsTarget,
    pub(super) config: Config,
    /// The formats of the packages; none if only the exes are built.
    pub(super) formats: Vec<Format>,
    /// How small the packages are made.
    pub(super) compression: Compression,
    /// The files to install with the exes; empty if no package is made.
    pub(super) payload: Payload,
    /// The other program that builds the MSI, if one is to.
    pub(super) backend: Option<Backend>,
    /// The exe of each program, if they are not to be built.
    prebuilt: Option<Vec<Prebuilt>>,
}

impl TargetPlan {
    /// Whether the exes are compiled.
    pub(super) fn is_built(&self) -> bool {
        self.prebuilt.is_none()
    }

    /// The programs, in the order of their exes.
    pub(super) fn programs(&self) -> Vec<&Program> {
        let programs = self.config.programs.iter();
        programs.map(|program| &program.program).collect()
    }
}

/// The source of the exes.
pub(super) enum ExeSource<'a> {
    /// Compile them.
    Build,
    /// Use the exes that `cargo winsvc build` left in its default folders.
    LastBuild,
    /// Use the exes at these paths, which `cargo winsvc build` made.
    Files(&'a [PathBuf]),
}

/// The stamped exe of each program for a target, still in memory.
pub(super) struct Built {
    pub(super) exes: Vec<Vec<u8>>,
    /// Those that are signed, in the same order.
    pub(super) signed: Vec<SignedProgram>,
    pub(super) provenance: Provenance,
    /// What was compiled; `None` if the exes were built before.
    pub(super) compiled: Option<Compiled>,
}

impl Plan {
    pub(super) fn new(selection: &Selection, source: &ExeSource<'_>, shell: Shell) -> Result<Self, Error> {
        let project = Project::load(selection, &Toolchain::current().cargo)?;
        let epoch = provenance::epoch()?;
        let given = match source {
            ExeSource::Build | ExeSource::LastBuild => Vec::new(),
            ExeSource::Files(paths) => {
                let exes: Result<Vec<_>, _> = paths.iter().map(|path| Prebuilt::read(path)).collect();
                exes?
            }
        };
        let targets = if given.is_empty() || !selection.target.is_empty() {
            toolchain::pick_targets(&selection.target, &selection.config, shell).map_err(BuildError::from)?
        } else {
            prebuilt::targets(&given)?
        };
        let given = prebuilt::of_targets(given, &targets)?;
        let mut plans = Vec::new();
        for (target, given) in targets.into_iter().zip(given) {
            let config = Config::load(&project, &target)?;
            let prebuilt = match source {
                ExeSource::Build => None,
                ExeSource::LastBuild => Some(last_build(&project, &config, &target)?),
                ExeSource::Files(_) => Some(prebuilt::of_programs(given, &config, &target)?),
            };
            plans.push(TargetPlan {
                target,
                config,
                formats: Vec::new(),
                compression: Compression::default(),
                payload: Payload::default(),
                backend: None,
                prebuilt,
            });
        }
        Ok(Self {
            project,
            targets: plans,
            epoch,
        })
    }

    /// Checks that no two targets have the same architecture, which is in the file names of packages.
    pub(super) fn check_architectures(&self) -> Result<(), Error> {
        let targets = || self.targets.iter().map(|target| &target.target);
        for (index, two) in targets().enumerate() {
            if let Some(one) = targets().take(index).find(|one| one.arch == two.arch) {
                return Err(Error::SameArch {
                    arch: two.arch,
                    one: one.triple.clone(),
                    two: two.triple.clone(),
                });
            }
        }
        Ok(())
    }

    /// Finds the files to install in packages of these formats, and reports errors and warnings about problems on
    /// Windows, before anything is compiled.
    pub(super) fn check(
        &mut self,
        formats: impl Fn(&Config) -> Vec<Format>,
        shell: Shell,
    ) -> Result<(), Error> {
        let mut warnings: Vec<Diagnostic> = Vec::new();
        for target in &mut self.targets {
            target.formats = formats(&target.config);
            if !target.formats.is_empty() {
                target.payload = Payload::find(&self.project, &target.config)?;
            }
            let TargetPlan {
                config,
                payload,
                formats,
                ..
            } = target;
            for warning in checks::check(&self.project, config, payload, formats)? {
                // Most values are those of all targets.
                if !warnings.contains(&warning) {
                    shell.warning(&warning);
                    warnings.push(warning);
                }
            }
            for (program, exe) in target.prebuilt.iter().flatten().enumerate() {
                exe.check(&self.project, &target.config, program, &target.target)?;
            }
        }
        let architectures: Vec<Arch> = self.targets.iter().map(|target| target.target.arch).collect();
        for target in &self.targets {
            channels::check(&self.project, &target.config, &target.formats, &architectures)?;
        }
        Ok(())
    }

    /// Compiles and stamps the exes for one target after the other, unless they are built already.
    pub(super) fn exes(
        &mut self,
        selection: &Selection,
        output: &OutputArgs,
        shell: Shell,
    ) -> Result<Vec<Built>, Error> {
        enum From {
            Prebuilt(Vec<Prebuilt>),
            Sources(Toolchain),
        }
        // What is missing for any target is found before the first is compiled for.
        let mut sources = Vec::new();
        for target in &mut self.targets {
            sources.push(match target.prebuilt.take() {
                Some(exes) => From::Prebuilt(exes),
                None => From::Sources(build::prepare(&target.target, output.setup, shell)?),
            });
        }
        let mut built = Vec::new();
        for (target, source) in self.targets.iter().zip(sources) {
            built.push(match source {
                From::Prebuilt(exes) => {
                    let (exes, provenance) = prebuilt::into_parts(exes);
                    let provenance = match provenance {
                        Some(provenance) => provenance,
                        None => self.provenance(target, &[], shell)?,
                    };
                    Built {
                        exes,
                        signed: Vec::new(),
                        provenance,
                        compiled: None,
                    }
                }
                From::Sources(toolchain) => self.build(target, selection, output.small, &toolchain, shell)?,
            });
        }
        Ok(built)
    }

    /// The provenance of the exes, or of the files in a product without exes.
    fn provenance(&self, plan: &TargetPlan, exes: &[PathBuf], shell: Shell) -> Result<Provenance, Error> {
        let files = plan.payload.files.iter().map(|file| file.path.clone());
        let files: Vec<PathBuf> = files.filter(|_| exes.is_empty()).collect();
        let dated = if exes.is_empty() { &files[..] } else { exes };
        Ok(Provenance::find(self.project.root(), dated, self.epoch, shell)?)
    }

    fn build(
        &self,
        plan: &TargetPlan,
        selection: &Selection,
        small: Option<OptLevel>,
        toolchain: &Toolchain,
        shell: Shell,
    ) -> Result<Built, Error> {
        let project = &self.project;
        let TargetPlan { target, config, .. } = plan;
        let programs = plan.programs();
        let compiled = build::build(project, &programs, selection, small, target, toolchain, shell)?;
        let provenance = self.provenance(plan, &compiled.exes, shell)?;
        let mut exes = Vec::new();
        for (program, path) in compiled.exes.iter().enumerate() {
            let linked = std::fs::read(path).map_err(|source| Error::Exe {
                path: path.clone(),
                source,
            })?;
            let exe = stamp::stamp(&linked, project, config, program, target, &provenance, shell)?;
            exes.push(exe);
        }
        Ok(Built {
            exes,
            signed: Vec::new(),
            provenance,
            compiled: Some(compiled),
        })
    }
}

/// The default output folder of `build` for a target, where `package --no-build` looks for the exes.
pub(super) fn build_folder(project: &Project, target: &WindowsTarget) -> PathBuf {
    project.target_dir.join("winsvc").join(&target.triple)
}

/// The exes that the last `cargo winsvc build` for the target has left there.
fn last_build(
    project: &Project,
    config: &Config,
    target: &WindowsTarget,
) -> Result<Vec<Prebuilt>, PrebuiltError> {
    let folder = build_folder(project, target);
    let programs = config.programs.iter();
    programs
        .map(|program| Prebuilt::read(&folder.join(program.program.exe_name())))
        .collect()
}
