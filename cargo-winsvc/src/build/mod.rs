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
use crate::project::{Program, Project};
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

/// The call of cargo that compiles.
pub(crate) fn command(
    project: &Project,
    programs: &[&Program],
    selection: &Selection,
    small: Option<OptLevel>,
    target: &WindowsTarget,
    toolchain: &Toolchain,
    shell: Shell,
) -> Result<Command, BuildError> {
    let mut command = toolchain.cargo();
    command.args(toolchain::driver(target)?.words());
    command.args(["--message-format", "json-render-diagnostics"]);
    if let Some(flags) = rustflags::encoded(&target.triple, &selection.config) {
        command.env("CARGO_ENCODED_RUSTFLAGS", flags);
    }
    command.arg("--manifest-path").arg(&project.cargo_manifest);
    for id in programs
        .iter()
        .map(|program| &program.id)
        .collect::<BTreeSet<_>>()
    {
        command.args(["--package", id]);
    }
    for program in programs {
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

/// Runs `cargo build`. cargo's own messages go to stderr as usual.
pub(crate) fn build(
    project: &Project,
    programs: &[&Program],
    selection: &Selection,
    small: Option<OptLevel>,
    target: &WindowsTarget,
    toolchain: &Toolchain,
    shell: Shell,
) -> Result<Compiled, BuildError> {
    let mut command = command(project, programs, selection, small, target, toolchain, shell)?;
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
    let mut exes = vec![None; programs.len()];
    let mut links = Links::default();
    let mut packages = BTreeSet::new();
    for message in Message::parse_stream(BufReader::new(stdout)) {
        let artifact = match message {
            Ok(Message::CompilerArtifact(artifact)) => artifact,
            Ok(Message::BuildScriptExecuted(script)) => {
                links.add_script(&script);
                continue;
            }
            _ => continue,
        };
        links.add_artifact(&artifact);
        // What runs during the build is compiled for this machine, into another folder.
        let is_of_target = |file: &Utf8PathBuf| file.iter().any(|part| part == target.triple);
        if artifact.filenames.iter().any(is_of_target) {
            packages.insert(artifact.package_id.clone());
        }
        if !artifact.target.is_bin() {
            continue;
        }
        for (program, exe) in programs.iter().zip(&mut exes) {
            if artifact.target.name == program.binary && program.is_of(&artifact.package_id) {
                *exe = artifact.executable.clone().or(exe.take());
            }
        }
    }
    let status = child.wait().map_err(not_run)?;
    if !status.success() {
        return Err(BuildError::Failed {
            package: project.name.clone(),
            triple: target.triple.clone(),
            linker: toolchain::unseen_linker(target)?,
        });
    }
    let exes = programs.iter().zip(exes).map(|(program, exe)| {
        let exe = exe.ok_or_else(|| BuildError::NoExe {
            binary: program.binary.clone(),
        })?;
        Ok::<_, BuildError>(exe.into_std_path_buf())
    });
    let exes: Vec<PathBuf> = exes.collect::<Result<_, _>>()?;
    if small.is_some() {
        small::report(project, programs, &exes, target, selection.profile(), shell);
    }
    Ok(Compiled {
        exes,
        links,
        packages,
        toolchain: toolchain.clone(),
    })
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
