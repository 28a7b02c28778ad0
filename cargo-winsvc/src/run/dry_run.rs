//! `--dry-run`: what a command would do, after all checks that need no exe.
//!
//! A target's toolchain is looked for as before a build, so rustc is asked about it. Nothing is compiled or written, and no
//! signing program is run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;
use winsvc_definition::manifest::{Format, Language};

use super::error::Error;
use super::names;
use super::plan::{Plan, TargetPlan};
use crate::build::{self, BuildError, Missing, Toolchain, toolchain};
use crate::channels;
use crate::cli::{BuildArgs, OutputArgs, PackageArgs, Selection};
use crate::config::{Config, ServiceConfig};
use crate::product::identity::braced;
use crate::product::{Names, upgrade_code};
use crate::project::Program;
use crate::shell::Shell;
use crate::sign::{self, Signer};

/// A step that is left out.
#[derive(Serialize)]
#[serde(tag = "action", rename_all = "lowercase")]
enum Step<'a> {
    /// `--setup` would install a component.
    Install { target: &'a str, component: &'a str },
    /// cargo would compile.
    Build {
        target: &'a str,
        programs: Vec<String>,
        command: Vec<String>,
    },
    /// A program would sign.
    Sign {
        files: Vec<String>,
        program: String,
        timestamp: Vec<&'a str>,
    },
    /// A file would be written.
    Write(Box<File<'a>>),
}

/// A file that would be written.
#[derive(Serialize)]
struct File<'a> {
    format: &'a str,
    path: String,
    package: &'a str,
    version: String,
    /// `None` for a file that is about the packages of all targets.
    target: Option<&'a str>,
    services: Vec<&'a str>,
    #[serde(flatten)]
    identity: Option<Identity>,
}

/// What is known of an MSI before its content.
#[derive(Serialize)]
struct Identity {
    language: &'static str,
    upgrade_code: String,
    upgrade_code_derived: bool,
}

/// `cargo winsvc build --dry-run`.
pub(super) fn build(
    plan: &Plan,
    args: &BuildArgs,
    folders: &[PathBuf],
    signer: Option<&Signer>,
    shell: Shell,
) -> Result<(), Error> {
    builds(plan, &args.selection, &args.output, shell)?;
    if let Some(signer) = signer {
        signing(signer, exes(plan), shell);
    }
    for (target, folder) in plan.targets.iter().zip(folders) {
        for (index, program) in target.programs().iter().enumerate() {
            let services: Vec<_> = target.config.registered_of(index).collect();
            let path = folder.join(program.exe_name());
            write(plan, Some(target), "exe", &path, &services, None, shell);
        }
    }
    end(shell);
    Ok(())
}

/// `cargo winsvc package --dry-run`.
pub(super) fn package(
    plan: &Plan,
    args: &PackageArgs,
    folder: &Path,
    signer: Option<&Signer>,
    shell: Shell,
) -> Result<(), Error> {
    builds(plan, &args.selection, &args.output, shell)?;
    let mut files: Vec<(Option<&TargetPlan>, Format, Vec<String>)> = Vec::new();
    for target in &plan.targets {
        let stem = names::stem(&plan.project, &target.config, target.target.arch);
        for &format in &target.formats {
            let names = names::of_format(format, languages(&target.config), &stem);
            files.push((Some(target), format, names));
        }
    }
    // What is about the packages of all targets has the services of the first.
    if let Some(first) = plan.targets.first() {
        let formats: BTreeSet<Format> = plan.targets.iter().flat_map(|it| &it.formats).copied().collect();
        for format in formats {
            files.push((
                None,
                format,
                channels::paths(&plan.project, &first.config, format)?,
            ));
        }
    }
    if let Some(signer) = signer {
        let msis = files.iter().filter(|(_, format, _)| *format == Format::Msi);
        let msis = msis.flat_map(|(.., names)| names.iter().cloned());
        signing(signer, exes(plan).into_iter().chain(msis).collect(), shell);
    }
    for (target, format, names) in files {
        let Some(of) = target.or(plan.targets.first()) else {
            continue;
        };
        for (index, name) in names.iter().enumerate() {
            let is_msi = format == Format::Msi;
            let identity = is_msi.then(|| identity(plan, &of.config, languages(&of.config)[index]));
            let services: Vec<_> = of.config.registered().collect();
            let path = folder.join(name);
            write(plan, target, format.as_str(), &path, &services, identity, shell);
        }
    }
    end(shell);
    Ok(())
}

/// `cargo winsvc sign --dry-run`.
pub(super) fn sign(signer: &Signer, paths: &[PathBuf], shell: Shell) -> Result<(), Error> {
    let unsigned = sign::unsigned(paths)?;
    let shown = |path: &&PathBuf| path.display().to_string();
    if !unsigned.is_empty() {
        signing(signer, unsigned.iter().map(shown).collect(), shell);
    }
    end(shell);
    Ok(())
}

/// Prints what `--setup` would install, and the calls of cargo.
fn builds(plan: &Plan, selection: &Selection, output: &OutputArgs, shell: Shell) -> Result<(), Error> {
    for target in plan.targets.iter().filter(|target| target.is_built()) {
        let triple = &target.target.triple;
        let mut missing = Vec::new();
        if output.setup {
            missing = toolchain::missing(&target.target).map_err(BuildError::from)?;
        }
        for component in missing.iter().map(|missing| missing.name()) {
            shell.status("Install", format_args!("{component} for {triple}"));
            let step = Step::Install {
                target: triple,
                component,
            };
            shell.planned(None, &step);
        }
        let toolchain = if missing.contains(&Missing::Std) {
            Toolchain::current()
        } else {
            build::prepare(&target.target, false, shell)?
        };
        for cargo in plan.project.cargo_projects(&target.programs(), selection) {
            let command = build::command(&cargo, output.small, &target.target, &toolchain, shell)?;
            let words = [command.get_program()].into_iter().chain(command.get_args());
            let command: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
            let programs = cargo.programs.iter();
            let programs: Vec<String> = programs.map(|(_, program)| program.exe_name()).collect();
            shell.status("Build", format_args!("{} ({triple})", programs.join(", ")));
            shell.status("Run", command.join(" "));
            let step = Step::Build {
                target: triple,
                programs,
                command,
            };
            shell.planned(None, &step);
        }
    }
    Ok(())
}

/// The names of all exes.
fn exes(plan: &Plan) -> Vec<String> {
    let programs = plan.targets.iter().flat_map(TargetPlan::programs);
    programs.map(Program::exe_name).collect()
}

/// Prints which files would be signed.
fn signing(signer: &Signer, files: Vec<String>, shell: Shell) {
    let program = signer.program_path().display().to_string();
    shell.status("Sign", format_args!("{} with {program}", files.join(", ")));
    let timestamp = signer.servers().collect();
    let step = Step::Sign {
        files,
        program,
        timestamp,
    };
    shell.planned(None, &step);
}

/// Prints a file that would be written.
fn write(
    plan: &Plan,
    target: Option<&TargetPlan>,
    format: &str,
    path: &Path,
    services: &[&ServiceConfig],
    identity: Option<Identity>,
    shell: Shell,
) {
    let path = absolute(path);
    shell.status("Write", path.display());
    if let Some(Identity { upgrade_code, .. }) = &identity {
        shell.status("Identity", format_args!("upgrade code {upgrade_code}"));
    }
    let services = services.iter().map(|service| service.definition.name.as_str());
    let file = File {
        format,
        path: path.display().to_string(),
        package: &plan.project.name,
        version: plan.project.version.to_string(),
        target: target.map(|target| target.target.triple.as_str()),
        services: services.collect(),
        identity,
    };
    shell.planned(Some(&path), &Step::Write(Box::new(file)));
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn end(shell: Shell) {
    shell.status("Finished", "dry run: nothing was built, signed or written");
}

/// The languages of the MSIs.
fn languages(config: &Config) -> &[Language] {
    let dialogs = config.manifest.package.dialogs.as_ref();
    dialogs.map_or(&[Language::English], |dialogs| dialogs.languages.as_slice())
}

fn identity(plan: &Plan, config: &Config, language: Language) -> Identity {
    let (code, is_derived) = upgrade_code(config, &Names::new(&plan.project, config));
    Identity {
        language: language.as_str(),
        upgrade_code: braced(&code),
        upgrade_code_derived: is_derived,
    }
}
