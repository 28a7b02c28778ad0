//! Whether winsvc is what it promises to be: no slower than the bare loop, and smaller and lighter than Go.

use std::fmt;

use crate::measure::{Found, Kind, Measure, labelled};
use crate::plan::AGAIN;
use crate::stats;

/// What is no difference to anybody. The margin is this, or the part below if that is more, and the noise.
const LEAST_MARGIN_MS: f64 = 1.0;

/// The same, as a part of the bare loop's own time.
const LEAST_MARGIN: f64 = 0.05;

/// Where the bare loop may differ from itself by more than this part and `QUIET_MS`, nothing can be said.
const QUIET: f64 = 0.2;
const QUIET_MS: f64 = 2.0;

#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Verdict {
    pub(crate) kept: usize,
    /// Promises that were broken, or could not be judged, in sentences.
    pub(crate) broken: Vec<String>,
}

impl Verdict {
    pub(crate) fn is_passed(&self) -> bool {
        self.broken.is_empty() && self.kept > 0
    }

    fn judge(&mut self, judged: Result<(), String>) {
        match judged {
            Ok(()) => self.kept += 1,
            Err(sentence) => self.broken.push(sentence),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for sentence in &self.broken {
            writeln!(f, "broken: {sentence}")?;
        }
        write!(f, "{} promises kept, {} broken", self.kept, self.broken.len())
    }
}

/// Judges every build of winsvc by every measure that promises something.
pub(crate) fn check(results: &[Found]) -> Verdict {
    let mut verdict = Verdict::default();
    for found in results.iter().filter(|found| found.peer.program == "winsvc") {
        for measure in Measure::ALL {
            match measure.kind() {
                Kind::Latency => verdict.judge(no_slower(results, found, measure)),
                Kind::Size if found.peer.has_unreached() => {}
                Kind::Memory | Kind::Size => verdict.judge(less_than_go(results, found, measure)),
                Kind::Build => {}
            }
        }
    }
    verdict
}

fn no_slower(results: &[Found], found: &Found, measure: Measure) -> Result<(), String> {
    let (label, title) = (found.peer.label(), measure.title());
    let bare = of(results, found.peer.bare(), measure)?;
    let noise = noise(results, measure)?;
    if noise > QUIET_MS.max(bare.abs() * QUIET) {
        return Err(format!(
            "{title}: the machine is too busy to judge, the bare loop may differ from itself by {noise:.2}"
        ));
    }
    let excess = stats::median(&differences(results, &label, found.peer.bare(), measure));
    let excess = excess.ok_or_else(|| format!("{title}: {label} was not measured"))?;
    let margin = LEAST_MARGIN_MS.max(bare.abs() * LEAST_MARGIN) + noise;
    if excess <= margin {
        return Ok(());
    }
    Err(format!(
        "{title}: {label} takes {excess:.2} more than the bare loop's {bare:.2}; the margin is {margin:.2}"
    ))
}

fn less_than_go(results: &[Found], found: &Found, measure: Measure) -> Result<(), String> {
    let (label, title) = (found.peer.label(), measure.title());
    let ours = of(results, &label, measure)?;
    let go = of(results, found.peer.go(), measure)?;
    if ours < go {
        return Ok(());
    }
    Err(format!("{title}: {label} has {ours:.1}, Go {go:.1}"))
}

/// What the bare loop may differ from itself by.
pub(crate) fn noise(results: &[Found], measure: Measure) -> Result<f64, String> {
    stats::reach(&differences(results, AGAIN, "windows-sys/release", measure))
        .ok_or_else(|| format!("{}: the bare loop was not measured twice", measure.title()))
}

fn differences(results: &[Found], label: &str, from: &str, measure: Measure) -> Vec<f64> {
    let samples = |label| labelled(results, label).map_or_else(Vec::new, |found| found.samples(measure));
    stats::differences(&samples(label), &samples(from))
}

fn of(results: &[Found], label: &str, measure: Measure) -> Result<f64, String> {
    let median = labelled(results, label).and_then(|found| found.median(measure));
    median.ok_or_else(|| format!("{}: {label} was not measured", measure.title()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Peer;

    fn found(label: &str, sample: f64) -> Found {
        let (program, build) = label.split_once('/').unwrap();
        let mut found = Found::new(Peer {
            program: program.to_owned(),
            build: build.to_owned(),
            exe: "unused".into(),
            cold_build_seconds: None,
        });
        for measure in Measure::ALL {
            found.add(measure, sample);
        }
        found
    }

    fn results(bare: f64, again: f64, winsvc: f64, go: f64) -> Vec<Found> {
        vec![
            found("windows-sys/release", bare),
            found(AGAIN, again),
            found("winsvc/release", winsvc),
            found("go/default", go),
        ]
    }

    #[test]
    fn promises_are_kept_within_the_margin() {
        let verdict = check(&results(100.0, 101.0, 104.0, 105.0));
        assert_eq!(verdict.broken, [""; 0]);
        assert_eq!(verdict.kept, 11, "seven latencies and four memories");
        assert!(verdict.is_passed());
    }

    #[test]
    fn what_is_slower_than_the_bare_loop_is_told() {
        let verdict = check(&results(100.0, 101.0, 106.5, 200.0));
        assert!(!verdict.is_passed());
        assert_eq!(verdict.broken.len(), 7, "the latencies: {verdict}");
        assert_eq!(
            verdict.broken[0],
            "start → RUNNING, ms: winsvc/release takes 6.50 more than the bare loop's 100.00; the margin is 6.00"
        );
    }

    #[test]
    fn the_margin_grows_with_the_noise_until_there_is_too_much() {
        assert!(check(&results(100.0, 108.0, 112.0, 200.0)).is_passed());
        assert!(!check(&results(100.0, 108.0, 114.0, 200.0)).is_passed());
        let verdict = check(&results(100.0, 130.0, 100.0, 200.0));
        assert_eq!(
            verdict.broken[0],
            "start → RUNNING, ms: the machine is too busy to judge, the bare loop may differ from itself by 30.00"
        );
    }

    #[test]
    fn a_hair_above_a_short_time_is_noise() {
        assert!(check(&results(0.2, 0.2, 1.1, 2.0)).is_passed());
        assert!(!check(&results(0.2, 0.2, 1.3, 2.0)).is_passed());
    }

    #[test]
    fn a_round_that_was_slow_for_all_is_held_against_nobody() {
        let mut results = results(100.0, 100.0, 104.0, 200.0);
        for found in &mut results {
            for measure in Measure::ALL {
                found.add(measure, 900.0);
                found.add(measure, 950.0);
            }
        }
        assert_eq!(noise(&results, Measure::Start), Ok(0.0));
        let judged = no_slower(&results, &results[2], Measure::Start);
        assert_eq!(judged, Ok(()));
    }

    #[test]
    fn what_is_no_lighter_than_go_is_told() {
        let verdict = check(&results(100.0, 100.0, 100.0, 100.0));
        assert_eq!(verdict.broken.len(), 4, "memory: {verdict}");
        assert_eq!(
            verdict.broken[0],
            "peak working set, idle, MiB: winsvc/release has 100.0, Go 100.0"
        );
    }

    #[test]
    fn what_is_no_smaller_than_go_is_told_where_nothing_unreached_is_in_it() {
        let mut results = results(100.0, 100.0, 100.0, 200.0);
        results.extend([found("windows-sys/lto", 100.0), found("winsvc/lto", 200.0)]);
        let of_size = |verdict: &Verdict| {
            verdict
                .broken
                .iter()
                .filter(|sentence| sentence.starts_with("exe"))
                .count()
        };
        assert_eq!(of_size(&check(&results)), 1);
        results.pop();
        results.push(found("winsvc/release", 200.0));
        assert_eq!(of_size(&check(&results)), 0);
    }

    #[test]
    fn nothing_measured_is_nothing_proved() {
        assert!(!check(&[]).is_passed());
        assert!(!check(&[found("winsvc/release", 1.0)]).is_passed());
    }
}
