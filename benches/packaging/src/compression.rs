//! Compares the compression of cabinets with that of others, on the same files.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::measure::{self, Run, median};
use crate::{Options, payload};

/// What `--check` expects of the highest level: at most this share of the bytes, and at least so many of them in a second
/// of one processor.
const MOST_OF_BYTES: f64 = 0.31;
const LEAST_PER_SECOND: f64 = 5e6;

/// The highest level, and what it is compared with.
const HIGHEST: &str = "winsvc, `max`";
const PEER: &str = "wimlib, LZX:100";

struct Arguments {
    /// The example that writes a cabinet, the folder with programs, and a folder for everything.
    cabinet: PathBuf,
    programs: PathBuf,
    work: PathBuf,
    rounds: usize,
    checks: bool,
}

/// A program that compresses the files of a folder.
struct Peer {
    name: &'static str,
    /// The command line for so many threads.
    command: Box<dyn Fn(usize) -> Command>,
    threads: &'static [usize],
    result: PathBuf,
}

/// What a peer took with each number of threads.
struct Measured {
    name: &'static str,
    threads: &'static [usize],
    runs: Vec<Vec<Run>>,
}

impl Measured {
    /// The median of a figure with so many threads.
    fn figure(&self, threads: usize, figure: fn(&Run) -> f64) -> Option<f64> {
        let index = self.threads.iter().position(|&number| number == threads)?;
        Some(median(self.runs[index].iter().map(figure).collect()))
    }
}

/// Whether all promises are kept.
pub(crate) fn bench() -> Result<bool, Box<dyn Error>> {
    let arguments = arguments()?;
    fs::create_dir_all(&arguments.work)?;
    let work = fs::canonicalize(&arguments.work)?;
    let folder = work.join("mixed");
    let (files, bytes) = payload::mixed(&folder, &arguments.programs)?;
    let bytes = bytes as f64;
    eprintln!("{} files, {:.1} MB", files.len(), bytes / 1e6);
    let paths: Vec<String> = files.into_iter().map(|file| file.target).collect();
    let mut measured = Vec::new();
    for peer in peers(&arguments.cabinet, &folder, &paths, &work) {
        let mut runs = Vec::new();
        for &threads in peer.threads {
            let run = |_| {
                let run = measure::run(&(peer.command)(threads), &peer.result, &work)?;
                eprintln!("{}, {threads}: {:.2} s", peer.name, run.wall);
                Ok(run)
            };
            runs.push(
                (0..arguments.rounds)
                    .map(run)
                    .collect::<Result<Vec<_>, Box<dyn Error>>>()?,
            );
        }
        fs::remove_file(&peer.result)?;
        measured.push(Measured {
            name: peer.name,
            threads: peer.threads,
            runs,
        });
    }
    report(&measured, bytes);
    Ok(keeps(&measured, bytes) || !arguments.checks)
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let options = Options::parse(env::args().skip(2), ["CABINET", "PROGRAMS", "WORK"])?;
    let [cabinet, programs, work] = options.paths;
    Ok(Arguments {
        cabinet,
        programs,
        work,
        rounds: options.rounds.unwrap_or(1),
        checks: options.checks,
    })
}

fn peers(cabinet: &Path, folder: &Path, paths: &[String], work: &Path) -> Vec<Peer> {
    let (ours, wim) = (work.join("compressed.cab"), work.join("compressed.wim"));
    let level = |name, level: &'static str| {
        let (cabinet, folder, result) = (cabinet.to_owned(), folder.to_owned(), ours.clone());
        Peer {
            name,
            command: Box::new(move |threads| {
                let mut command = on_processors(threads, &cabinet);
                command.arg(level).arg(&folder).arg(&result);
                command
            }),
            threads: &[1, 2],
            result: ours.clone(),
        }
    };
    let wimlib = |name, level: &'static str| {
        let (folder, result) = (folder.to_owned(), wim.clone());
        Peer {
            name,
            command: Box::new(move |threads| {
                let mut command = on_processors(threads, Path::new("wimlib-imagex"));
                command.arg("capture").arg(&folder).arg(&result);
                command.args(["--no-acls", "--solid", "--solid-chunk-size=2M"]);
                command.arg(format!("--solid-compress=LZX:{level}"));
                command.arg(format!("--threads={threads}"));
                command
            }),
            threads: &[1, 2],
            result: wim.clone(),
        }
    };
    let (paths, result, below) = (paths.to_vec(), ours.clone(), folder.to_owned());
    let mszip = Peer {
        name: "gcab, MSZIP",
        command: Box::new(move |threads| {
            let mut command = on_processors(threads, Path::new("gcab"));
            command.args(["--create", "--zip"]).arg(&result).args(&paths);
            command.current_dir(&below);
            command
        }),
        // It never uses more.
        threads: &[1],
        result: ours.clone(),
    };
    vec![
        mszip,
        level("winsvc, `fast`", "fast"),
        level("winsvc, `default`", "default"),
        level(HIGHEST, "max"),
        wimlib("wimlib, LZX:20", "20"),
        wimlib("wimlib, LZX:50", "50"),
        wimlib(PEER, "100"),
    ]
}

/// The program on the first processors.
fn on_processors(count: usize, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command
        .arg("--cpu-list")
        .arg(format!("0-{}", count - 1))
        .arg(program);
    command
}

fn report(measured: &[Measured], bytes: f64) {
    println!(
        "| | size, MB | of the files | one core, MB/s | two cores, MB/s | memory with one, MB | with two |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let or_none = |figure: Option<f64>| figure.map_or("–".to_owned(), |figure| format!("{figure:.1}"));
    for peer in measured {
        let size = peer.figure(1, |run| run.size).unwrap_or_default();
        let per_second =
            |threads, figure| or_none(peer.figure(threads, figure).map(|time| bytes / 1e6 / time));
        let memory = |threads| or_none(peer.figure(threads, |run| run.memory / 1e6));
        println!(
            "| {} | {:.2} | {:.2} % | {} | {} | {} | {} |",
            peer.name,
            size / 1e6,
            size / bytes * 100.0,
            per_second(1, |run| run.cpu),
            per_second(2, |run| run.wall),
            memory(1),
            memory(2),
        );
    }
}

fn keeps(measured: &[Measured], bytes: f64) -> bool {
    let of = |name: &str| measured.iter().find(|peer| peer.name == name);
    let (Some(ours), Some(peer)) = (of(HIGHEST), of(PEER)) else {
        return false;
    };
    let size = |of: &Measured| of.figure(1, |run| run.size).unwrap_or(f64::MAX);
    let per_second = ours.figure(1, |run| run.cpu).map_or(0.0, |time| bytes / time);
    let promises = [
        (size(ours) <= MOST_OF_BYTES * bytes, "the size"),
        (size(ours) <= size(peer), "the size beside wimlib's"),
        (per_second >= LEAST_PER_SECOND, "the speed"),
        (
            ours.figure(1, |run| run.size) == ours.figure(2, |run| run.size),
            "the same bytes on one core and on two",
        ),
    ];
    for (_, promise) in promises.iter().filter(|(is_kept, _)| !is_kept) {
        println!("not kept: {promise}");
    }
    promises.iter().all(|(is_kept, _)| *is_kept)
}
