//! The subcommands: they run the steps in order.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use thiserror::Error;
use winsvc_definition::manifest::Format;

use crate::artifact::{Artifact, Codes};
use crate::build::target::WindowsTarget;
use crate::build::{self, BuildError, Toolchain, toolchain};
use crate::checks::{self, CheckError};
use crate::cli::{BuildArgs, Cli, Command, PackageArgs, Selection};
use crate::config::{Config, ConfigError, ServiceConfig};
use crate::diagnostic::{Diagnostic, Explain};
use crate::guide::{self, GuideError};
use crate::hashing::hex;
use crate::msi::{self, MsiError};
use crate::output::{OutputError, Staging, Written};
use crate::payload::{Payload, PayloadError};
use crate::prebuilt::{self, Prebuilt, PrebuiltError};
use crate::product::{self, ContentError, Product, Progress};
use crate::project::{Program, Project, ProjectError};
use crate::provenance::{self, Provenance, ProvenanceError};
use crate::shell::{Color, Shell, Verbosity};
use crate::stamp::{self, StampError};
use crate::timings::Timings;
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
    /// The exe of each program, if they are not to be built.
    prebuilt: Option<Vec<Prebuilt>>,
    /// The files to install with the exes; empty if no package is made.
    payload: Payload,
}

/// The source of the exes.
enum ExeSource<'a> {
    /// Compile them.
    Build,
    /// Use the exes that `cargo winsvc build` left in its default folder.
    LastBuild,
    /// Use the exes at these paths, which `cargo winsvc build` made.
    Files(&'a [PathBuf]),
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
                let folder = build_folder(&project, &target);
                let programs = config.programs.iter();
                let exes = programs.map(|program| Prebuilt::read(&folder.join(program.program.exe_name())));
                (target, Some(exes.collect::<Result<_, _>>()?))
            }
            ExeSource::Files(paths) => {
                let exes: Result<Vec<_>, _> = paths.iter().map(|path| Prebuilt::read(path)).collect();
                let exes = prebuilt::of_programs(exes?, &config)?;
                let target = match (&selection.target, exes.first()) {
                    (None, Some(exe)) => exe.target()?,
                    _ => pick_target()?,
                };
                (target, Some(exes))
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
        for (program, exe) in self.prebuilt.iter().flatten().enumerate() {
            exe.check(&self.project, &self.config, program, &self.target)?;
        }
        Ok(())
    }

    /// The stamped exe of each program, still in memory.
    fn exes(
        &mut self,
        selection: &Selection,
        setup: bool,
        shell: Shell,
    ) -> Result<(Vec<Vec<u8>>, Provenance), Error> {
        if let Some(prebuilt) = self.prebuilt.take() {
            return Ok(prebuilt::into_parts(prebuilt));
        }
        let Self {
            project,
            config,
            target,
            epoch,
            ..
        } = self;
        let toolchain = build::prepare(target, setup, shell)?;
        let programs: Vec<&Program> = config.programs.iter().map(|program| &program.program).collect();
        let paths = build::build(project, &programs, selection, target, &toolchain, shell)?;
        let provenance = Provenance::find(project.root(), &paths, *epoch, shell)?;
        let mut exes = Vec::new();
        for (program, path) in paths.into_iter().enumerate() {
            let linked = std::fs::read(&path).map_err(|source| Error::Exe { path, source })?;
            let exe = stamp::stamp(&linked, project, config, program, target, &provenance, shell)?;
            exes.push(exe);
        }
        Ok((exes, provenance))
    }

    fn report(
        &self,
        provenance: &Provenance,
        format: &str,
        file: &Written,
        services: &[&ServiceConfig],
        codes: Option<&Codes>,
        shell: Shell,
    ) {
        let path = std::path::absolute(&file.path).unwrap_or_else(|_| file.path.clone());
        let artifact = Artifact {
            format,
            path: path.display().to_string(),
            bytes: file.bytes,
            sha256: hex(&file.sha256),
            package: &self.project.name,
            version: self.project.version.to_string(),
            target: &self.target.triple,
            services: services
                .iter()
                .map(|service| service.definition.name.as_str())
                .collect(),
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
    let mut timings = Timings::start();
    let mut plan = Plan::new(&args.selection, &ExeSource::Build, shell)?;
    plan.check(&[], shell)?;
    let mut staging = match &args.output.out_dir {
        Some(folder) => Staging::open(folder)?,
        None => Staging::open(&build_folder(&plan.project, &plan.target))?,
    };
    timings.end("check");
    let (exes, provenance) = plan.exes(&args.selection, args.output.setup, shell)?;
    timings.end("build");
    let programs = plan.config.programs.iter().zip(&exes);
    let files: Result<Vec<_>, _> = programs
        .map(|(program, exe)| staging.write(&program.program.exe_name(), exe))
        .collect();
    let files = files?;
    staging.publish()?;
    timings.end("publish");
    for (program, file) in files.iter().enumerate() {
        let services: Vec<&ServiceConfig> = plan.config.services_of(program).collect();
        plan.report(&provenance, "exe", file, &services, None, shell);
    }
    shell.timings(&timings);
    Ok(())
}

/// `cargo winsvc package`.
fn run_package(args: &PackageArgs, shell: Shell) -> Result<(), Error> {
    let mut timings = Timings::start();
    let source = match &args.exe[..] {
        [] if args.no_build => ExeSource::LastBuild,
        [] => ExeSource::Build,
        paths => ExeSource::Files(paths),
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
    timings.end("check");
    let (exes, provenance) = plan.exes(&args.selection, args.output.setup, shell)?;
    timings.end("build");
    let Plan {
        project,
        config,
        target,
        payload,
        ..
    } = &plan;

    shell.status(
        "Packaging",
        format_args!("{} v{} ({})", project.name, project.version, target.triple),
    );
    let product = Product::resolve(project, config, target.arch, provenance.built, exes, payload)?;
    timings.end("files");
    if formats.contains(&Format::Zip) && !zip::has_scripts(&product) {
        shell.warning(&without_verbs());
    }
    let stem = product::file_stem(project, config);
    let stem = format!("{stem}-{}-{}", project.version, target.arch);
    let mut artifacts = Vec::new();
    for format in formats {
        let bar = shell.progress("Compressing", product.size());
        let mut progress = |done: Progress| {
            bar.set_message(format!("{}/{} files", done.files, product.files.len()));
            bar.set_position(done.bytes);
        };
        match format {
            Format::Msi => {
                let made = write_msis(&product, &stem, &mut staging, &mut progress, &mut timings, shell)?;
                artifacts.extend(made);
            }
            Format::Zip => {
                let name = format!("{stem}.zip");
                let folder = staging.folder().to_owned();
                let (file, ()) = staging.create(&name, |out| {
                    zip::render(&product, &stem, out, &mut progress)
                        .map_err(|error| Error::of_zip(error, &name, &folder))
                })?;
                artifacts.push(("zip", file, None));
                timings.end("zip");
            }
            Format::Guide => {
                let guide = guide::render(&product, &msi_names(&product, &stem))?;
                for (extension, text) in [("md", guide.markdown), ("txt", guide.text)] {
                    let file = staging.write(&format!("{stem}-install.{extension}"), &text)?;
                    artifacts.push(("guide", file, None));
                }
                timings.end("guide");
            }
        }
        bar.finish_and_clear();
    }
    staging.publish()?;
    timings.end("publish");
    shell.status(
        "Finished",
        format_args!("packaging in {:.2}s ({timings})", timings.total().as_secs_f64()),
    );
    let services: Vec<&ServiceConfig> = config.services.iter().collect();
    for (format, file, codes) in &artifacts {
        if let Some(codes) = codes {
            shell.status("Identity", codes);
        }
        plan.report(&provenance, format, file, &services, codes.as_ref(), shell);
    }
    shell.timings(&timings);
    Ok(())
}

/// A result of `package`: its format, its file, and what identifies it.
type Made = (&'static str, Written, Option<Codes>);

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
    staging: &mut Staging,
    progress: &mut dyn FnMut(Progress),
    timings: &mut Timings,
    shell: Shell,
) -> Result<Vec<Made>, Error> {
    if let Some(warning) = msi::summary_warning(product) {
        shell.warning(&warning);
    }
    let folder = staging.folder().to_owned();
    let payload = msi::compress(product, msi::Options::default(), &folder, progress)
        .map_err(|error| Error::of_msi(error, &format!("{stem}.msi"), &folder))?;
    timings.end("compress");
    let mut artifacts = Vec::new();
    for (&language, name) in product.languages().iter().zip(msi_names(product, stem)) {
        let (file, rendered) = staging.create(&name, |out| {
            msi::render(product, language, &payload, out)
                .map_err(|error| Error::of_msi(error, &name, &folder))
        })?;
        artifacts.push(("msi", file, Some(Codes::new(product, language, &rendered))));
    }
    for cabinet in payload.external_cabinets() {
        let (file, ()) = staging.create(&cabinet.name, |out| {
            cabinet
                .write(out)
                .map_err(|error| Error::of_msi(error, &cabinet.name, &folder))
        })?;
        artifacts.push(("cab", file, None));
    }
    timings.end("msi");
    Ok(artifacts)
}

/// The warning about a zip whose program has no verbs.
fn without_verbs() -> Diagnostic {
    Diagnostic::warning(
        "the zip has no install.cmd and no uninstall.cmd: the program has no verbs for them to call",
    )
    .note("the MSI does not need them")
    .help("build the program with the feature `verbs` of winsvc, which is on by default")
}

/// The formats from the command line, else from the manifest, else the default ones; without duplicates.
fn formats(args: &PackageArgs, config: &Config) -> Vec<Format> {
    let formats: BTreeSet<Format> = if args.format.is_empty() {
        let configured = config.manifest.package.formats.as_deref();
        configured.unwrap_or(&Format::DEFAULT).iter().copied().collect()
    } else {
        args.format.iter().copied().map(Format::from).collect()
    };
    formats.into_iter().collect()
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
    Content(#[from] ContentError),
    Msi(#[from] MsiError),
    Zip(#[from] ZipError),
    Guide(#[from] GuideError),
    Output(#[from] OutputError),
}

impl Error {
    /// An error of making the MSI `name` in `folder`.
    fn of_msi(error: MsiError, name: &str, folder: &Path) -> Self {
        match error {
            MsiError::Write(source) => Self::of_writing(source, name, folder),
            error => Self::Msi(error),
        }
    }

    /// An error of making the zip `name` in `folder`.
    fn of_zip(error: ZipError, name: &str, folder: &Path) -> Self {
        match error {
            ZipError::Write(source) => Self::of_writing(source, name, folder),
            error => Self::Zip(error),
        }
    }

    fn of_writing(source: std::io::Error, name: &str, folder: &Path) -> Self {
        let path = folder.join(name);
        OutputError::Write { path, source }.into()
    }
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
            Self::Content(error) => error.diagnostic(),
            Self::Msi(error) => error.diagnostic(),
            Self::Zip(error) => error.diagnostic(),
            Self::Guide(error) => error.diagnostic(),
            Self::Output(error) => error.diagnostic(),
        }
    }
}
