//! Runs a program and measures it.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// Seconds on the clock.
    pub(crate) wall: f64,
    /// Seconds of all processors together.
    pub(crate) cpu: f64,
    /// The most memory that one process of it had, in bytes.
    pub(crate) memory: f64,
    /// The size of the package.
    pub(crate) size: f64,
}

/// Runs the command, which makes the package, under GNU time.
pub(crate) fn run(command: &Command, package: &Path, scratch: &Path) -> io::Result<Run> {
    if package.exists() {
        fs::remove_file(package)?;
    }
    let report = scratch.join("time");
    let mut time = Command::new("time");
    time.args(["--quiet", "--format=%e %U %S %M", "--output"]);
    time.arg(&report)
        .arg("--")
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        time.current_dir(folder);
    }
    // Of the tool, only the path of the result, which is known, and errors are to be expected.
    let status = time.stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err(io::Error::other(format!("{command:?}: {status}")));
    }
    let report = fs::read_to_string(report)?;
    let figures: Vec<f64> = report
        .split_whitespace()
        .filter_map(|figure| figure.parse().ok())
        .collect();
    let [wall, user, system, kibibytes] = figures[..] else {
        return Err(io::Error::other(format!("GNU time reported `{report}`")));
    };
    Ok(Run {
        wall,
        cpu: user + system,
        memory: kibibytes * 1024.0,
        size: fs::metadata(package)?.len() as f64,
    })
}

/// The seconds of each step of a run, as the tool reports them.
pub(crate) fn steps(command: &Command) -> io::Result<Vec<(String, f64)>> {
    let out = copy(command).args(["--message-format", "json"]).output()?;
    let last = out.stdout.trim_ascii_end().rsplit(|byte| *byte == b'\n').next();
    let timings: Value = serde_json::from_slice(last.unwrap_or_default())?;
    let steps = timings["steps"].as_array().into_iter().flatten();
    let step = |step: &Value| Some((step["step"].as_str()?.to_owned(), step["seconds"].as_f64()?));
    Ok(steps.filter_map(step).collect())
}

/// A command that can be changed.
pub(crate) fn copy(command: &Command) -> Command {
    let mut copy = Command::new(command.get_program());
    copy.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        copy.current_dir(folder);
    }
    copy
}

pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let half = figures.len() / 2;
    if figures.len() % 2 == 1 {
        figures[half]
    } else {
        f64::midpoint(figures[half - 1], figures[half])
    }
}
