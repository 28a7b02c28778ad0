//! The subcommands: they run the steps in order.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use serde::Serialize;
use sha2::{Digest, Sha256};
use thiserror::Error;
use winsvc_definition::manifest::Format;

use crate::build::target::WindowsTarget;
use crate::build::{self, BuildError, Toolchain, toolchain};
use crate::checks::{self, CheckError};
use crate::cli::{BuildArgs, Cli, Command, PackageArgs, Selection};
use crate::config::{Config, ConfigError};
use crate::diagnostic::{Diagnostic, Explain};
use crate::msi::{self, MsiError, Rendered};
use crate::output::{OutputError, Staging, hex};
use crate::payload::{Payload, PayloadError};
use crate::prebuilt::{Prebuilt, PrebuiltError};
use crate::product::identity::braced;
use crate::product::{Product, ProductError};
use crate::project::{Project, ProjectError};
use crate::provenance::{self, Provenance, ProvenanceError};
use crate::shell::{Color, Shell, Verbosity};
use crate::stamp::{self, StampError};
use crate::zip::{self, ZipError};

/// Runs the program. `arguments` are the process's, whether cargo started it (`cargo-winsvc winsvc …`) or not.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let mut arguments: Vec<OsString> = arguments.collect();
    if arguments.get(1).is_some_and(|argument| argument == "winsvc") {
        arguments.remove(1);
    }
    let cli = Cli::parse_from(arguments);
    let output = match &cli.command {
        Command::Build(args) => &args.output,
        Command::Package(args) => &args.output,
    };
    set_color(output.color);
    let shell = Shell {
        format: output.message_format,
        verbosity: if output.quiet {
            Verbosity::Quiet
        } else {
            Verbosity::Normal
        },
        color: output.color,
    };
    let result = match &cli.command {
        Command::Build(args) => run_build(args, shell),
        Command::Package(args) => run_package(args, shell),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell.error(&error.diagnostic());
            ExitCode::FAILURE
        }
    }
}

/// Uses the flag, else cargo's environment variable, else `NO_COLOR`, similar variables and the terminal.
fn set_color(flag: Option<Color>) {
    let choice = match (flag, std::env::var("CARGO_TERM_COLOR").as_deref()) {
        (Some(Color::Always), _) | (None, Ok("always")) => anstream::ColorChoice::Always,
        (Some(Color::Never), _) | (None, Ok("never")) => anstream::ColorChoice::Never,
        _ => anstream::ColorChoice::Auto,
    };
    choice.write_global();
}

/// What to ship, and for which target: everything that is known before the slow steps.
struct Plan {
    project: Project,
    config: Config,
    target: WindowsTarget,
    /// `SOURCE_DATE_EPOCH`
    epoch: Option<u64>,
    /// The exe, if it is not to be built.
    prebuilt: Option<Prebuilt>,
    /// The files to install beside the exe; empty if no package is made.
    payload: Payload,
}

/// The source of the exe.
enum ExeSource<'a> {
    /// Compile it.
    Build,
    /// Use the exe that `cargo winsvc build` left in its default folder.
    LastBuild,
    /// Use the exe at this path, which `cargo winsvc build` made.
    File(&'a Path),
}

impl Plan {
    fn new(selection: &Selection, exe: &ExeSource<'_>, shell: Shell) -> Result<Self, Error> {
        let project = Project::load(selection, &Toolchain::current().cargo)?;
        let config = Config::load(&project)?;
        let epoch = provenance::epoch()?;
        let pick_target = || {
            let target = toolchain::pick_target(selection.target.as_deref(), &selection.config, shell);
            target.map_err(BuildError::from)
        };
        let (target, prebuilt) = match exe {
            ExeSource::Build => (pick_target()?, None),
            ExeSource::LastBuild => {
                let target = pick_target()?;
                let path = build_folder(&project, &target).join(project.exe_name());
                (target, Some(Prebuilt::read(&path)?))
            }
            ExeSource::File(path) => {
                let prebuilt = Prebuilt::read(path)?;
                let target = match selection.target {
                    Some(_) => pick_target()?,
                    None => prebuilt.target()?,
                };
                (target, Some(prebuilt))
            }
        };
        Ok(Self {
            project,
            config,
            target,
            epoch,
            prebuilt,
            payload: Payload::default(),
        })
    }

    /// Finds the files to install, and reports errors and warnings about problems on Windows, before anything is
    /// compiled.
    fn check(&mut self, formats: &[Format], shell: Shell) -> Result<(), Error> {
        if !formats.is_empty() {
            self.payload = Payload::find(&self.project, &self.config)?;
        }
        for warning in checks::check(&self.project, &self.config, &self.payload, formats)? {
            shell.warning(&warning);
        }
        if let Some(prebuilt) = &self.prebuilt {
            prebuilt.check(&self.project, &self.config, &self.target)?;
        }
        Ok(())
    }

    /// The stamped exe, still in memory.
    fn exe(
        &mut self,
        selection: &Selection,
        setup: bool,
        shell: Shell,
    ) -> Result<(Vec<u8>, Provenance), Error> {
        if let Some(prebuilt) = self.prebuilt.take() {
            return Ok(prebuilt.into_parts());
        }
        let Self {
            project,
            config,
            target,
            epoch,
            ..
        } = self;
        let toolchain = build::prepare(target, setup, shell)?;
        let path = build::build(project, selection, target, &toolchain, shell)?;
        let provenance = Provenance::find(project.root(), &path, *epoch, shell)?;
        let linked = std::fs::read(&path).map_err(|source| Error::Exe { path, source })?;
        let exe = stamp::stamp(&linked, project, config, target, &provenance, shell)?;
        Ok((exe, provenance))
    }

    fn report(
        &self,
        provenance: &Provenance,
        format: &str,
        path: &Path,
        content: &[u8],
        codes: Option<&Codes>,
        shell: Shell,
    ) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let artifact = Artifact {
            format,
            path: path.display().to_string(),
            bytes: content.len(),
            sha256: hex(&Sha256::digest(content)),
            package: &self.project.package,
            version: self.project.version.to_string(),
            target: &self.target.triple,
            service: self.config.definition.name.as_str(),
            built: provenance.built,
            commit: provenance.commit.as_deref(),
            codes,
        };
        shell.artifact(&path, &artifact);
    }
}

/// The default output folder of `build` for a target, where `package --no-build` looks for the exe.
fn build_folder(project: &Project, target: &WindowsTarget) -> PathBuf {
    project.target_dir.join("winsvc").join(&target.triple)
}

/// `cargo winsvc build`.
fn run_build(args: &BuildArgs, shell: Shell) -> Result<(), Error> {
    let mut plan = Plan::new(&args.selection, &ExeSource::Build, shell)?;
    plan.check(&[], shell)?;
    let mut staging = match &args.output.out_dir {
        Some(folder) => Staging::open(folder)?,
        None => Staging::open(&build_folder(&plan.project, &plan.target))?,
    };
    let (exe, provenance) = plan.exe(&args.selection, args.output.setup, shell)?;
    let path = staging.write(&plan.project.exe_name(), &exe)?;
    staging.publish()?;
    plan.report(&provenance, "exe", &path, &exe, None, shell);
    Ok(())
}

/// `cargo winsvc package`.
fn run_package(args: &PackageArgs, shell: Shell) -> Result<(), Error> {
    let source = match &args.exe {
        Some(path) => ExeSource::File(path),
        None if args.no_build => ExeSource::LastBuild,
        None => ExeSource::Build,
    };
    let mut plan = Plan::new(&args.selection, &source, shell)?;
    let formats = formats(args, &plan.config);
    plan.check(&formats, shell)?;
    let mut staging = match &args.output.out_dir {
        Some(folder) => Staging::open(folder)?,
        None => Staging::open(&plan.project.target_dir.join("winsvc"))?,
    };
    if formats.contains(&Format::Msi)
        && let Some(warning) = checks::higher_version(&plan.project, &plan.config, staging.folder())
    {
        shell.warning(&warning);
    }
    let (exe, provenance) = plan.exe(&args.selection, args.output.setup, shell)?;
    let Plan {
        project,
        config,
        target,
        payload,
        ..
    } = &plan;

    let started = Instant::now();
    shell.status(
        "Packaging",
        format_args!("{} v{} ({})", project.package, project.version, target.triple),
    );
    let product = Product::resolve(project, config, target.arch, provenance.built, exe, payload)?;
    if formats.contains(&Format::Zip) && product.services.iter().any(|service| service.verb_word.is_none()) {
        shell.warning(&without_verbs());
    }
    let stem = format!("{}-{}-{}", project.package, project.version, target.arch);
    let mut artifacts = Vec::new();
    for format in formats {
        let (content, codes) = match format {
            Format::Msi => {
                if let Some(warning) = msi::summary_warning(&product) {
                    shell.warning(&warning);
                }
                let rendered = render_msi(&product, shell)?;
                let codes = Codes::new(&product, &rendered);
                (rendered.content, Some(codes))
            }
            Format::Zip => (zip::render(&product, &stem)?, None),
        };
        let path = staging.write(&format!("{stem}.{format}"), &content)?;
        artifacts.push((format, path, content, codes));
    }
    staging.publish()?;
    shell.status(
        "Finished",
        format_args!("packaging in {:.2}s", started.elapsed().as_secs_f64()),
    );
    for (format, path, content, codes) in &artifacts {
        if let Some(codes) = codes {
            shell.status("Identity", codes);
        }
        plan.report(&provenance, format.as_str(), path, content, codes.as_ref(), shell);
    }
    Ok(())
}

/// The warning about a zip whose program has no verbs.
fn without_verbs() -> Diagnostic {
    Diagnostic::warning(
        "the zip has no install.cmd and no uninstall.cmd: the program has no verbs for them to call",
    )
    .note("the MSI does not need them")
    .help("build the program with the feature `verbs` of winsvc, which is on by default")
}

/// The formats from the command line, else from the manifest, else all; without duplicates.
fn formats(args: &PackageArgs, config: &Config) -> Vec<Format> {
    let formats: BTreeSet<Format> = if args.format.is_empty() {
        let configured = config.manifest.package.formats.as_deref();
        configured.unwrap_or(&Format::ALL).iter().copied().collect()
    } else {
        args.format.iter().copied().map(Format::from).collect()
    };
    formats.into_iter().collect()
}

fn render_msi(product: &Product, shell: Shell) -> Result<Rendered, MsiError> {
    let total = product.files.iter().map(|file| file.content.len() as u64).sum();
    let bar = shell.progress("Compressing", total);
    let content = msi::render(product, &mut |done| bar.set_position(done));
    bar.finish_and_clear();
    content
}

/// The description of a result in `--message-format json`.
#[derive(Serialize)]
struct Artifact<'a> {
    format: &'a str,
    path: String,
    bytes: usize,
    sha256: String,
    package: &'a str,
    version: String,
    target: &'a str,
    service: &'a str,
    built: u64,
    commit: Option<&'a str>,
    #[serde(flatten)]
    codes: Option<&'a Codes>,
}

/// The GUIDs that identify an MSI, in Windows Installer's notation.
#[derive(Serialize)]
struct Codes {
    product_code: String,
    package_code: String,
    upgrade_code: String,
    /// Whether the upgrade code is derived from the names of the manufacturer and the product, and changes with them.
    upgrade_code_derived: bool,
}

impl Codes {
    fn new(product: &Product, rendered: &Rendered) -> Self {
        Self {
            product_code: braced(&rendered.product_code),
            package_code: braced(&rendered.package_code),
            upgrade_code: braced(&product.upgrade_code),
            upgrade_code_derived: product.upgrade_code_is_derived,
        }
    }
}

impl fmt::Display for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "upgrade code {}", self.upgrade_code)?;
        if self.upgrade_code_derived {
            f.write_str(" (derived from manufacturer and product name; pin it with `upgrade-code`)")?;
        }
        Ok(())
    }
}

/// An error that ends a command.
#[derive(Debug, Error)]
#[error(transparent)]
enum Error {
    Project(#[from] ProjectError),
    Config(#[from] ConfigError),
    Payload(#[from] PayloadError),
    Check(#[from] CheckError),
    Build(#[from] BuildError),
    Prebuilt(#[from] PrebuiltError),
    Provenance(#[from] ProvenanceError),
    #[error("cannot read the exe `{}`", path.display())]
    Exe {
        path: PathBuf,
        source: std::io::Error,
    },
    Stamp(#[from] StampError),
    Product(#[from] ProductError),
    Msi(#[from] MsiError),
    Zip(#[from] ZipError),
    Output(#[from] OutputError),
}

impl Explain for Error {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Project(error) => error.diagnostic(),
            Self::Config(error) => error.diagnostic(),
            Self::Payload(error) => error.diagnostic(),
            Self::Check(error) => error.diagnostic(),
            Self::Build(error) => error.diagnostic(),
            Self::Prebuilt(error) => error.diagnostic(),
            Self::Provenance(error) => error.diagnostic(),
            Self::Exe { .. } => Diagnostic::of(self),
            Self::Stamp(error) => error.diagnostic(),
            Self::Product(error) => error.diagnostic(),
            Self::Msi(error) => error.diagnostic(),
            Self::Zip(error) => error.diagnostic(),
            Self::Output(error) => error.diagnostic(),
        }
    }
}
