//! The results as a table for people, or as JSON.

use std::fmt::Write as _;

use serde_json::json;

use crate::check::{self, Verdict};
use crate::measure::{Found, Kind, Measure, labelled};
use crate::plan::Plan;
use crate::stats;

/// A block for each measure, a line for each peer: median, 95th percentile, the ratios of the medians.
pub(crate) fn table(plan: &Plan, results: &[Found], verdict: &Verdict) -> String {
    let mut table = String::new();
    for measure in Measure::ALL {
        if results.iter().all(|found| found.samples(measure).is_empty()) {
            continue;
        }
        let _ = writeln!(
            table,
            "{:<67} {:>9} {:>9} {:>8} {:>6}",
            measure.title(),
            "median",
            "p95",
            "÷ bare",
            "÷ Go"
        );
        for found in results {
            table.push_str(&line(results, found, measure));
        }
        if let (Kind::Latency, Ok(noise)) = (measure.kind(), check::noise(results, measure)) {
            let _ = writeln!(
                table,
                "  noise: the bare loop may differ from itself by {noise:.2} ms"
            );
        }
        table.push('\n');
    }
    let _ = writeln!(
        table,
        "{} rounds; each build is compared with the bare loop and the Go program of its kind.",
        plan.rounds
    );
    for found in results.iter().filter(|found| found.peer.program == "winsvc") {
        let _ = writeln!(table, "{}", beside_go(results, found));
    }
    let _ = writeln!(table, "{verdict}");
    table
}

/// How much smaller and lighter than Go a build of winsvc is.
fn beside_go(results: &[Found], found: &Found) -> String {
    let times = |measure| {
        let part = ratio(results, found, found.peer.go(), measure);
        factor(part.map(f64::recip))
    };
    format!(
        "{} beside {}: {} times smaller, with load {} times lighter at its peak and {} times in private memory",
        found.peer.label(),
        found.peer.go(),
        times(Measure::ExeSize),
        times(Measure::PeakLoaded),
        times(Measure::PrivateLoaded),
    )
}

fn line(results: &[Found], found: &Found, measure: Measure) -> String {
    let samples = found.samples(measure);
    let (Some(median), Some(p95)) = (stats::median(&samples), stats::p95(&samples)) else {
        return String::new();
    };
    let p95 = match measure.kind() {
        Kind::Latency | Kind::Memory => format!("{p95:.2}"),
        Kind::Size | Kind::Build => String::new(),
    };
    format!(
        "  {:<65} {median:>9.2} {p95:>9} {:>8} {:>6}\n",
        found.peer.label(),
        factor(ratio(results, found, found.peer.bare(), measure)),
        factor(ratio(results, found, found.peer.go(), measure)),
    )
}

fn factor(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"))
}

/// The median as a multiple of another peer's.
fn ratio(results: &[Found], found: &Found, other: &str, measure: Measure) -> Option<f64> {
    let other = labelled(results, other)?.median(measure)?;
    // Around zero, where two clocks' readings cross, a multiple says nothing.
    (other > 0.05).then_some(found.median(measure)? / other)
}

/// Everything, the samples included.
pub(crate) fn json(plan: &Plan, results: &[Found], verdict: &Verdict) -> String {
    let results: Vec<_> = results
        .iter()
        .flat_map(|found| {
            Measure::ALL.into_iter().filter_map(move |measure| {
                let samples = found.samples(measure);
                Some(json!({
                    "program": found.peer.program,
                    "build": found.peer.build,
                    "measure": measure,
                    "title": measure.title(),
                    "median": stats::median(&samples)?,
                    "p95": stats::p95(&samples),
                    "to-bare": ratio(results, found, found.peer.bare(), measure),
                    "to-go": ratio(results, found, found.peer.go(), measure),
                    "samples": samples,
                }))
            })
        })
        .collect();
    json!({ "rounds": plan.rounds, "results": results, "verdict": verdict }).to_string()
}
