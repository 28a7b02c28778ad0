//! Measures how `cargo winsvc package` compares with wixl on the same files, and the compression with that of others.
//! `benches/run packaging` and `benches/run compression` call it, and `benches/README.md` says what the figures mean.

mod compression;
mod measure;
mod payload;
mod project;
mod random;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use measure::{Run, median};
use payload::File;

/// The most that `--check` allows: of wixl's time, of its bytes, and of memory.
const MOST_TIME: f64 = 0.45;
const MOST_BYTES: f64 = 0.94;
const MOST_MEMORY: f64 = 100e6;

/// How many small files there are, and the most seconds that `--check` allows for their tables.
const MANY: usize = 60_000;
const MOST_TABLES: f64 = 2.0;

struct Arguments {
    /// The tool, the library that the service links, the folder with programs, and a folder for everything.
    tool: PathBuf,
    library: PathBuf,
    programs: PathBuf,
    work: PathBuf,
    rounds: usize,
    checks: bool,
}

fn main() -> ExitCode {
    let kept = match env::args().nth(1).as_deref() {
        Some("compression") => compression::bench(),
        _ => arguments().and_then(|arguments| bench(&arguments)),
    };
    match kept {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// What follows the name of the bench: paths with these names, `--rounds N` and `--check`.
struct Options<const N: usize> {
    paths: [PathBuf; N],
    rounds: Option<usize>,
    checks: bool,
}

impl<const N: usize> Options<N> {
    fn parse(mut arguments: impl Iterator<Item = String>, names: [&str; N]) -> Result<Self, Box<dyn Error>> {
        let mut parsed = Self {
            paths: [const { PathBuf::new() }; N],
            rounds: None,
            checks: false,
        };
        for (path, name) in parsed.paths.iter_mut().zip(names) {
            *path = arguments.next().ok_or(format!("missing {name}"))?.into();
        }
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--rounds" => parsed.rounds = Some(arguments.next().ok_or("missing N")?.parse()?),
                "--check" => parsed.checks = true,
                _ => return Err(format!("unexpected argument `{argument}`").into()),
            }
        }
        Ok(parsed)
    }
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let names = ["TOOL", "LIBRARY", "PROGRAMS", "WORK"];
    let options = Options::parse(env::args().skip(1), names)?;
    let [tool, library, programs, work] = options.paths;
    Ok(Arguments {
        tool,
        library,
        programs,
        work,
        rounds: options.rounds.unwrap_or(5),
        checks: options.checks,
    })
}

/// Whether all promises are kept.
fn bench(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let work = &arguments.work;
    fs::create_dir_all(work)?;
    let work = &fs::canonicalize(work)?;
    let (files, bytes) = payload::mixed(&work.join("mixed"), &arguments.programs)?;
    eprintln!("{} files, {:.1} MB", files.len(), bytes as f64 / 1e6);
    let project = Project::new(arguments, "project", &files)?;
    let wxs = work.join("payload.wxs");
    project::wxs(&wxs, work, &project.exe, &files)?;
    let msi = work.join("wixl.msi");
    let mut wixl = Command::new("wixl");
    // It takes only relative paths of sources.
    wixl.current_dir(work).arg("--output").arg(&msi).arg(&wxs);

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // The first round, in which the files are read from the disk, is not counted.
    for round in 0..=arguments.rounds {
        let pair = (
            measure::run(&project.package, &project.msi, work)?,
            measure::run(&wixl, &msi, work)?,
        );
        eprintln!("round {round}: {:.2} s, wixl {:.2} s", pair.0.wall, pair.1.wall);
        if round > 0 {
            ours.push(pair.0);
            theirs.push(pair.1);
        }
    }
    let keeps = report(&ours, &theirs);

    let keeps_many = many(arguments, work)?;
    Ok(keeps && keeps_many || !arguments.checks)
}

/// Packages many small files once. Returns whether their tables were quick enough.
fn many(arguments: &Arguments, work: &Path) -> Result<bool, Box<dyn Error>> {
    let (files, _) = payload::small(&work.join("small"), MANY)?;
    let project = Project::new(arguments, "many", &files)?;
    let run = measure::run(&project.package, &project.msi, work)?;
    println!(
        "{MANY} small files: {:.2} s ({:.2} s of CPU), {:.0} MB of memory",
        run.wall,
        run.cpu,
        run.memory / 1e6
    );
    let steps = measure::steps(&project.package)?;
    for (step, seconds) in &steps {
        println!("- {step}: {seconds:.2} s");
    }
    let tables = steps.iter().find(|(step, _)| step == "msi");
    let (_, tables) = tables.ok_or("the tool did not report the step `msi`")?;
    if *tables > MOST_TABLES {
        println!("over the limit: the tables, {tables:.2} s instead of {MOST_TABLES}");
    }
    Ok(*tables <= MOST_TABLES)
}

/// A project whose exe is built.
struct Project {
    exe: PathBuf,
    msi: PathBuf,
    package: Command,
}

impl Project {
    fn new(arguments: &Arguments, name: &str, files: &[File]) -> Result<Self, Box<dyn Error>> {
        let folder = arguments.work.join(name);
        project::cargo(&folder, &arguments.library, files)?;
        let target = folder.join("target");
        let command = |verb: &str| {
            let mut command = Command::new(&arguments.tool);
            command
                .current_dir(&folder)
                .args(["winsvc", verb, "--quiet", "--target-dir"])
                .arg(&target);
            command
        };
        let out = command("build").output()?;
        if !out.status.success() {
            return Err(String::from_utf8_lossy(&out.stderr).into_owned().into());
        }
        let exe = PathBuf::from(String::from_utf8(out.stdout)?.trim_end());
        let mut package = command("package");
        package.args(["--format", "msi", "--no-build"]);
        let msi = find(&package)?;
        Ok(Self { exe, msi, package })
    }
}

/// Makes the package once. Returns its path.
fn find(package: &Command) -> Result<PathBuf, Box<dyn Error>> {
    let out = measure::copy(package).output()?;
    if !out.status.success() {
        return Err(String::from_utf8_lossy(&out.stderr).into_owned().into());
    }
    Ok(PathBuf::from(String::from_utf8(out.stdout)?.trim_end()))
}

/// Prints the figures. Returns whether they are within the limits.
fn report(ours: &[Run], theirs: &[Run]) -> bool {
    let of = |runs: &[Run], figure: fn(&Run) -> f64| median(runs.iter().map(figure).collect());
    let ratio = |figure: fn(&Run) -> f64| {
        let pairs = ours.iter().zip(theirs);
        median(
            pairs
                .map(|(ours, theirs)| figure(ours) / figure(theirs))
                .collect(),
        )
    };
    let (time, bytes) = (ratio(|run| run.wall), ratio(|run| run.size));
    let memory = of(ours, |run| run.memory);
    println!("| | winsvc | wixl | ratio | limit |");
    println!("| --- | --- | --- | --- | --- |");
    let row = |name: &str, figure: fn(&Run) -> f64, unit: f64, limit: &str| {
        let (ours, theirs) = (of(ours, figure) / unit, of(theirs, figure) / unit);
        println!(
            "| {name} | {ours:.2} | {theirs:.2} | {:.3} | {limit} |",
            ratio(figure)
        );
    };
    row("time, s", |run| run.wall, 1.0, &MOST_TIME.to_string());
    row("CPU time, s", |run| run.cpu, 1.0, "");
    row("package, MB", |run| run.size, 1e6, &MOST_BYTES.to_string());
    row(
        "peak memory, MB",
        |run| run.memory,
        1e6,
        &format!("{} MB", MOST_MEMORY / 1e6),
    );
    let mut keeps = true;
    for (name, figure, limit) in [
        ("the time", time, MOST_TIME),
        ("the package", bytes, MOST_BYTES),
        ("peak memory", memory, MOST_MEMORY),
    ] {
        if figure > limit {
            keeps = false;
            println!("over the limit: {name}, {figure:.3} instead of {limit}");
        }
    }
    keeps
}
