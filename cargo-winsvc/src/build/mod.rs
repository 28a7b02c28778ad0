//! Compiles the program with cargo and finds the exe.

mod configured;
mod driver;
pub(crate) mod install;
mod linker;
mod links;
mod rustflags;
mod setup;
mod small;
pub(crate) mod target;
pub(crate) mod toolchain;
mod toolchain_error;
mod trial;

use std::collections::BTreeSet;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use cargo_metadata::camino::Utf8PathBuf;
use cargo_metadata::{Message, PackageId};
use thiserror::Error;

pub(crate) use driver::Driver;
pub(crate) use linker::Linker;
pub(crate) use links::Links;
pub(crate) use setup::SetupError;

pub(crate) use toolchain::Toolchain;
pub(crate) use toolchain_error::{Missing, ToolchainError};
pub(crate) use trial::try_out;

use self::target::WindowsTarget;
use crate::cli::{OptLevel, Selection};
use crate::diagnostic::{Diagnostic, Explain};
use crate::project::{CargoProject, Program, Project, ProjectError, write_hosts};
use crate::shell::{Shell, Verbosity};

/// Finds a toolchain for the target; with `setup`, first installs what is missing.
pub(crate) fn prepare(target: &WindowsTarget, setup: bool, shell: Shell) -> Result<Toolchain, BuildError> {
    if setup {
        let missing = toolchain::missing(target)?;
        setup::install(target, &missing, shell)?;
    }
    Ok(toolchain::find(target)?)
}

/// What cargo has compiled.
pub(crate) struct Compiled {
    /// The exe of each program.
    pub(crate) exes: Vec<PathBuf>,
    /// What the crates link.
    pub(crate) links: Links,
    /// The packages that were compiled for the target, and not only for the build itself.
    pub(crate) packages: BTreeSet<PackageId>,
    /// The toolchain that did it.
    pub(crate) toolchain: Toolchain,
}

/// The call of cargo that compiles the programs of a project.
pub(crate) fn command(
    project: &CargoProject<'_>,
    small: Option<OptLevel>,
    target: &WindowsTarget,
    toolchain: &Toolchain,
    shell: Shell,
) -> Result<Command, BuildError> {
    let CargoProject {
        selection, programs, ..
    } = project;
    let mut command = toolchain.cargo();
    command.args(toolchain::driver(target)?.words());
    command.args(["--message-format", "json-render-diagnostics"]);
    if let Some(flags) = rustflags::encoded(&target.triple, &selection.config) {
        command.env("CARGO_ENCODED_RUSTFLAGS", flags);
    }
    command.arg("--manifest-path").arg(&project.manifest);
    let ids: BTreeSet<&str> = programs.iter().map(|(_, program)| &*program.id).collect();
    for id in ids {
        command.args(["--package", id]);
    }
    for (_, program) in programs {
        command.args(["--bin", &program.binary]);
    }
    let profile = match small {
        Some(level) => {
            command.args(small::config_flags(selection.profile(), level));
            small::PROFILE
        }
        None => selection.profile(),
    };
    command.args(["--target", &target.triple, "--profile", profile]);
    command.arg("--target-dir").arg(&project.target_dir);
    command
        .args(selection.feature_flags())
        .args(selection.resolution_flags());
    if let Some(jobs) = &selection.jobs {
        command.args(["--jobs", jobs]);
    }
    if shell.verbosity == Verbosity::Quiet {
        command.arg("--quiet");
    }
    if let Some(color) = shell.color {
        command.args(["--color", color.as_str()]);
    }
    Ok(command)
}

/// Runs `cargo build` for each Cargo project of the programs. cargo's own messages go to stderr as usual.
pub(crate) fn build(
    project: &Project,
    programs: &[&Program],
    selection: &Selection,
    small: Option<OptLevel>,
    target: &WindowsTarget,
    toolchain: &Toolchain,
    shell: Shell,
) -> Result<Compiled, BuildError> {
    write_hosts(programs)?;
    let mut exes = vec![None; programs.len()];
    let mut links = Links::default();
    let mut packages = BTreeSet::new();
    for cargo in project.cargo_projects(programs, selection) {
        let command = command(&cargo, small, target, toolchain, shell)?;
        let is_built = run(command, toolchain, |message| match message {
            Message::CompilerArtifact(artifact) => {
                links.add_artifact(&artifact);
                // What runs during the build is compiled for this machine, into another folder.
                let is_of_target = |file: &Utf8PathBuf| file.iter().any(|part| part == target.triple);
                if artifact.filenames.iter().any(is_of_target) {
                    packages.insert(artifact.package_id.clone());
                }
                if !artifact.target.is_bin() {
                    return;
                }
                for (place, program) in &cargo.programs {
                    if artifact.target.name == program.binary && program.is_of(&artifact.package_id) {
                        let exe = &mut exes[*place];
                        *exe = artifact.executable.clone().or(exe.take());
                    }
                }
            }
            Message::BuildScriptExecuted(script) => links.add_script(&script),
            _ => {}
        })?;
        if !is_built {
            return Err(BuildError::Failed {
                package: project.name.clone(),
                triple: target.triple.clone(),
                linker: toolchain::unseen_linker(target)?,
            });
        }
    }
    let exes = programs.iter().zip(exes).map(|(program, exe)| {
        let exe = exe.ok_or_else(|| BuildError::NoExe {
            binary: program.binary.clone(),
        })?;
        Ok::<_, BuildError>(exe.into_std_path_buf())
    });
    let exes: Vec<PathBuf> = exes.collect::<Result<_, _>>()?;
    if small.is_some() {
        for cargo in project.cargo_projects(programs, selection) {
            small::report(&cargo, &exes, target, shell);
        }
    }
    Ok(Compiled {
        exes,
        links,
        packages,
        toolchain: toolchain.clone(),
    })
}

/// Runs cargo to its end, and passes on its messages. Returns whether it succeeded.
fn run(
    mut command: Command,
    toolchain: &Toolchain,
    mut each: impl FnMut(Message),
) -> Result<bool, BuildError> {
    let not_run = |source| BuildError::NotRun {
        cargo: toolchain.cargo.clone(),
        source,
    };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(not_run)?;
    let stdout = child.stdout.take().expect("stdout is piped");
    Message::parse_stream(BufReader::new(stdout))
        .flatten()
        .for_each(&mut each);
    Ok(child.wait().map_err(not_run)?.success())
}

/// The error if no exe was built.
#[derive(Debug, Error)]
pub(crate) enum BuildError {
    /// No toolchain can build for the target.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// A missing component could not be installed.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The project of the hosts could not be written.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// cargo could not be run.
    #[error("cannot run `{} build`", cargo.display())]
    NotRun {
        /// The path of cargo.
        cargo: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The build failed; cargo has printed the reason.
    #[error("could not build `{package}` for `{triple}`")]
    Failed {
        /// The package.
        package: String,
        /// The target.
        triple: String,
        /// The linker, if the failure may be that it was not found.
        linker: Option<&'static Linker>,
    },
    /// cargo succeeded but reported no exe.
    #[error("cargo built no exe for the binary `{binary}`")]
    NoExe {
        /// The binary.
        binary: String,
    },
}

impl Explain for BuildError {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Toolchain(error) => error.diagnostic(),
            Self::Setup(error) => error.diagnostic(),
            Self::Project(error) => error.diagnostic(),
            Self::NotRun { .. } | Self::NoExe { .. } => Diagnostic::of(self),
            Self::Failed { linker, .. } => {
                let mut diagnostic = Diagnostic::of(self).note("see cargo's messages above");
                if let Some(linker) = linker {
                    diagnostic = diagnostic
                        .note(format!("the linker `{}` is not on PATH", linker.program))
                        .note(linker.origin());
                    if linker.can_set_up() {
                        diagnostic = diagnostic.help("run the command with --setup to install it");
                    }
                }
                diagnostic
            }
        }
    }
}
