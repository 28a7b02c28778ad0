//! The subcommands: they run the steps in order, each for all targets.

mod dry_run;
mod error;
mod names;
mod package;
mod plan;
mod release;
mod report;
mod sign;
mod update;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use winsvc_definition::manifest::Format;

use self::error::Error;
use self::package::Destination;
use self::plan::{ExeSource, Plan};
use self::report::Made;
use crate::backend::Backend;
use crate::checks;
use crate::cli::{BuildArgs, Cli, Command, PackageArgs};
use crate::completions;
use crate::config::{Config, ServiceConfig};
use crate::diagnostic::Explain;
use crate::dlls;
use crate::doctor;
use crate::effective;
use crate::init;
use crate::man;
use crate::output::Staging;
use crate::schema;
use crate::shell::{Color, MessageFormat, Shell, Verbosity};
use crate::timings::Timings;

/// Runs the program. `arguments` are the process's, whether cargo started it (`cargo-winsvc winsvc …`) or not.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let mut arguments: Vec<OsString> = arguments.collect();
    if arguments.get(1).is_some_and(|argument| argument == "winsvc") {
        arguments.remove(1);
    }
    let cli = Cli::parse_from(arguments);
    let shell = shell(&cli.command);
    set_color(shell.color);
    let result = match &cli.command {
        Command::Build(args) => run_build(args, shell),
        Command::Package(args) => run_package(args, shell),
        Command::Sign(args) => sign::run(args, shell),
        Command::Release(args) => update::run(args, shell),
        Command::Doctor(args) => doctor::run(args, shell).map_err(Error::from),
        Command::Config(args) => effective::run(args, shell).map_err(Error::from),
        Command::Init(args) => init::init(args, shell).map_err(Error::from),
        Command::New(args) => init::new(args, shell).map_err(Error::from),
        Command::Completions(args) => {
            completions::print(args);
            Ok(())
        }
        Command::Schema(args) => {
            schema::print(args);
            Ok(())
        }
        Command::Man(args) => man::run(args).map_err(Error::from),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell.error(&error.diagnostic());
            ExitCode::FAILURE
        }
    }
}

/// The terminal, as the command line says.
fn shell(command: &Command) -> Shell {
    let Some(report) = command.report() else {
        return Shell {
            format: MessageFormat::Human,
            verbosity: Verbosity::Normal,
            color: None,
            deny_warnings: false,
        };
    };
    Shell {
        format: match command {
            Command::Doctor(args) if args.json => MessageFormat::Json,
            _ => report.message_format,
        },
        verbosity: if report.quiet {
            Verbosity::Quiet
        } else {
            Verbosity::Normal
        },
        color: report.color,
        deny_warnings: command.denies_warnings(),
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

/// `cargo winsvc build`.
fn run_build(args: &BuildArgs, shell: Shell) -> Result<(), Error> {
    let mut timings = Timings::start();
    let mut plan = Plan::new(&args.selection, &ExeSource::Build, shell)?;
    plan.check(|_| Vec::new(), shell)?;
    let folders = exe_folders(&plan, args.output.out_dir.as_deref());
    let signer = sign::signer(&args.sign, &plan, shell)?;
    shell.check_warnings()?;
    if args.output.run.dry_run {
        return dry_run::build(&plan, args, &folders, signer.as_ref(), shell);
    }
    let mut staging = Staging::open(folders.clone())?;
    if let Some(signer) = &signer {
        signer.try_out()?;
    }
    timings.end("check");

    let mut built = plan.exes(&args.selection, &args.output, shell)?;
    timings.end("build");
    if let Some(signer) = &signer {
        sign::exes(signer, &plan, &mut built)?;
        timings.end("sign");
    }
    let mut results = Vec::new();
    for ((target, folder), built) in plan.targets.iter().zip(&folders).zip(built) {
        let mut made = Vec::new();
        for (program, exe) in built.exes.iter().enumerate() {
            let name = target.config.programs[program].program.exe_name();
            let services: Vec<&ServiceConfig> = target.config.registered_of(program).collect();
            let signature = built.signed.get(program).map(|signed| signed.signature.clone());
            let exe = Made::new("exe", staging.write(&folder.join(name), exe)?);
            made.push((exe.signed(signature), services));
        }
        results.push((target, built.provenance, made));
    }
    shell.check_warnings()?;
    staging.publish()?;
    timings.end("publish");

    for (made, _) in results.iter().flat_map(|(.., made)| made) {
        made.describe(shell);
    }
    for (target, provenance, made) in &results {
        for (made, services) in made {
            made.report(&plan.project, Some(&target.target), services, provenance, shell);
        }
    }
    shell.timings(&timings);
    Ok(())
}

/// The folder for the exes of each target: of several targets, each has its own.
fn exe_folders(plan: &Plan, out_dir: Option<&Path>) -> Vec<PathBuf> {
    let folder = |target: &plan::TargetPlan| match out_dir {
        Some(folder) if plan.targets.len() == 1 => folder.to_owned(),
        Some(folder) => folder.join(&target.target.triple),
        None => plan::build_folder(&plan.project, &target.target),
    };
    plan.targets.iter().map(folder).collect()
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
    plan.check_architectures()?;
    plan.check(|config| formats(args, config), shell)?;
    for target in &mut plan.targets {
        let configured = target.config.manifest.package.compression;
        target.compression = args.compression.or(configured).unwrap_or_default();
        target.backend = Backend::find(args.msi_backend, &target.formats, target.target.arch)?;
        if let Some(backend) = &target.backend {
            backend.check(&plan.project, &target.config)?;
        }
    }
    let folder = match &args.output.out_dir {
        Some(folder) => folder.clone(),
        None => plan.project.target_dir.join("winsvc"),
    };
    // Names, version and upgrade code do not depend on the target.
    let msi = plan
        .targets
        .iter()
        .find(|target| target.formats.contains(&Format::Msi));
    if let Some(target) = msi
        && let Some(warning) = checks::higher_version(&plan.project, &target.config, &folder)
    {
        shell.warning(&warning);
    }
    let signer = sign::signer(&args.sign, &plan, shell)?;
    shell.check_warnings()?;
    if args.output.run.dry_run {
        return dry_run::package(&plan, args, &folder, signer.as_ref(), shell);
    }
    let mut staging = Staging::open(vec![folder.clone()])?;
    if let Some(signer) = &signer {
        signer.try_out()?;
    }
    timings.end("check");

    let mut built = plan.exes(&args.selection, &args.output, shell)?;
    for (target, built) in plan.targets.iter().zip(&built) {
        let links = built.compiled.as_ref().map(|compiled| &compiled.links);
        dlls::check(&target.config, &target.payload, &built.exes, links)?;
    }
    timings.end("build");
    if let Some(signer) = &signer {
        sign::exes(signer, &plan, &mut built)?;
        sign::files(signer, &mut plan, &mut built)?;
        timings.end("sign");
    }
    let mut to = Destination {
        folder: &folder,
        staging: &mut staging,
        signer: signer.as_ref(),
        timings: &mut timings,
        shell,
    };
    let digests = release::digests(&plan, &built);
    let mut packages = Vec::new();
    for (target, built) in plan.targets.iter().zip(&mut built) {
        packages.push(package::write(
            &plan.project,
            target,
            &args.selection,
            built,
            &mut to,
        )?);
    }
    let published = release::write(&plan, &args.selection, &built, &digests, &packages, &mut to)?;
    shell.check_warnings()?;
    staging.publish()?;
    timings.end("publish");
    shell.status(
        "Finished",
        format_args!("packaging in {:.2}s ({timings})", timings.total().as_secs_f64()),
    );

    let results = plan.targets.iter().zip(&built).zip(&packages);
    let results =
        results.map(|((target, built), packages)| (target, Some(&target.target), built, &packages.made));
    // What is about the packages of all targets has the services of the first.
    let of_all = plan.targets.iter().zip(&built).take(1);
    let of_all = of_all.map(|(target, built)| (target, None, built, &published));
    let results: Vec<_> = results.chain(of_all).collect();
    for made in results.iter().flat_map(|(.., made)| *made) {
        made.describe(shell);
    }
    for (plan_of, target, built, made) in results {
        let services: Vec<&ServiceConfig> = plan_of.config.registered().collect();
        for made in made {
            made.report(&plan.project, target, &services, &built.provenance, shell);
        }
    }
    shell.timings(&timings);
    Ok(())
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
