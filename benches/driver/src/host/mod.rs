//! Compares hosts of a program that is not a service: how long the program waits for its start, and what the host takes of the
//! machine's memory beside it.

#[cfg(windows)]
mod life;

use std::fmt::Write as _;
use std::str::FromStr;

use crate::stats;

/// What is measured in each life of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// From the start of the service until its program runs.
    Begun,
    /// From the start until the service is RUNNING, which says little: others are that before they start the program.
    Running,
    /// From the stop until STOPPED.
    Stopped,
    /// What the host shares with no other process.
    Private,
    /// The most that it had in memory at once.
    Peak,
}

impl Figure {
    const ALL: [Self; 5] = [
        Self::Begun,
        Self::Running,
        Self::Stopped,
        Self::Private,
        Self::Peak,
    ];

    fn title(self) -> &'static str {
        match self {
            Self::Begun => "start → the program runs, ms",
            Self::Running => "start → RUNNING, ms",
            Self::Stopped => "STOP → STOPPED, ms",
            Self::Private => "private memory, MiB",
            Self::Peak => "peak working set, MiB",
        }
    }

    /// The most that `--check` allows, as a part of the other host's.
    fn limit(self) -> Option<f64> {
        match self {
            Self::Begun | Self::Private | Self::Peak => Some(1.0),
            Self::Running | Self::Stopped => None,
        }
    }
}

/// A host, and what was found of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Peer {
    label: String,
    /// The registered command line of its service.
    command: String,
    samples: Vec<(Figure, f64)>,
}

impl Peer {
    fn of(&self, figure: Figure) -> Vec<f64> {
        let samples = self.samples.iter().filter(|(of, _)| *of == figure);
        samples.map(|(_, sample)| *sample).collect()
    }
}

/// The command line: `--rounds N`, `--check`, and for each host `--peer LABEL COMMAND`, ours first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    peers: Vec<Peer>,
    rounds: usize,
    is_checked: bool,
}

impl Plan {
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut plan = Self {
            peers: Vec::new(),
            rounds: 20,
            is_checked: false,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} lacks a value"));
            match argument.as_str() {
                "--check" => plan.is_checked = true,
                "--rounds" => plan.rounds = usize::from_str(&value()?).map_err(|error| error.to_string())?,
                "--peer" => plan.peers.push(Peer {
                    label: value()?,
                    command: value()?,
                    samples: Vec::new(),
                }),
                other => return Err(format!("unexpected argument {other}")),
            }
        }
        if plan.rounds == 0 || plan.peers.len() < 2 {
            return Err("there is nothing to compare".to_owned());
        }
        Ok(plan)
    }
}

/// The median of the ratios of the first host to another one in the same rounds.
fn ratio(ours: &Peer, other: &Peer, figure: Figure) -> Option<f64> {
    let pairs = ours.of(figure).into_iter().zip(other.of(figure));
    let ratios: Vec<f64> = pairs.map(|(ours, other)| ours / other).collect();
    stats::median(&ratios)
}

/// The table for people, and whether all limits are kept.
pub(crate) fn report(peers: &[Peer]) -> (String, bool) {
    let (ours, others) = peers.split_first().expect("a host");
    let mut text = String::from("| |");
    for peer in peers {
        let _ = write!(text, " {} |", peer.label);
    }
    for other in others {
        let _ = write!(text, " of {}'s |", other.label);
    }
    text.push_str(" limit |\n|");
    text.push_str(&" --- |".repeat(peers.len() + others.len() + 2));
    text.push('\n');
    let mut broken = String::new();
    for figure in Figure::ALL {
        let _ = write!(text, "| {} |", figure.title());
        for peer in peers {
            let samples = peer.of(figure);
            let (median, p95) = (stats::median(&samples), stats::p95(&samples));
            let _ = write!(
                text,
                " {:.1} ({:.1}) |",
                median.unwrap_or(f64::NAN),
                p95.unwrap_or(f64::NAN)
            );
        }
        let limit = figure.limit();
        for other in others {
            let ratio = ratio(ours, other, figure).unwrap_or(f64::NAN);
            let _ = write!(text, " {ratio:.3} |");
            // Nothing was measured where it is not a number.
            if let Some(limit) = limit.filter(|limit| ratio.is_nan() || ratio >= *limit) {
                let (title, label) = (figure.title(), &other.label);
                let _ = writeln!(
                    broken,
                    "over the limit: {title}, {ratio:.3} of {label}'s instead of {limit}"
                );
            }
        }
        let limit = limit.map(|limit| format!(" {limit}")).unwrap_or_default();
        let _ = writeln!(text, "{limit} |");
    }
    text.push_str(&broken);
    (text, broken.is_empty())
}

/// Measures and reports. Returns whether the limits are kept, as far as they are checked.
#[cfg(windows)]
pub(crate) fn bench(arguments: impl Iterator<Item = String>) -> Result<bool, Box<dyn std::error::Error>> {
    let mut plan = Plan::read(arguments)?;
    life::measure(&mut plan.peers, plan.rounds)?;
    let (text, is_kept) = report(&plan.peers);
    print!("{text}");
    Ok(is_kept || !plan.is_checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(label: &str, factor: f64) -> Peer {
        let samples = (1..=3).flat_map(|round| {
            let sample = f64::from(round) * factor;
            Figure::ALL.map(|figure| (figure, sample))
        });
        Peer {
            label: label.to_owned(),
            command: String::new(),
            samples: samples.collect(),
        }
    }

    #[test]
    fn a_host_is_lighter_than_each_other_one() {
        let (text, is_kept) = report(&[peer("ours", 1.0), peer("a", 2.0), peer("b", 4.0)]);
        assert!(is_kept, "{text}");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "| | ours | a | b | of a's | of b's | limit |");
        assert_eq!(
            lines[2],
            "| start → the program runs, ms | 2.0 (3.0) | 4.0 (6.0) | 8.0 (12.0) | 0.500 | 0.250 | 1 |"
        );
        assert_eq!(lines.len(), 7);
    }

    #[test]
    fn a_host_that_is_as_heavy_as_another_one_or_not_measured_breaks_the_limits() {
        let (text, is_kept) = report(&[peer("ours", 2.0), peer("a", 2.0)]);
        assert!(!is_kept);
        let broken: Vec<&str> = text.lines().filter(|line| line.starts_with("over")).collect();
        assert_eq!(
            broken[1],
            "over the limit: private memory, MiB, 1.000 of a's instead of 1"
        );
        assert_eq!(broken.len(), 3);
        let mut unmeasured = peer("a", 4.0);
        unmeasured.samples.clear();
        assert!(!report(&[peer("ours", 2.0), unmeasured]).1);
    }

    #[test]
    fn a_plan_compares_at_least_two() {
        let read = |words: &[&str]| Plan::read(words.iter().map(|word| (*word).to_owned()));
        let plan = read(&[
            "--rounds", "3", "--check", "--peer", "a", "a b", "--peer", "b", "c",
        ])
        .unwrap();
        assert_eq!((plan.rounds, plan.is_checked, plan.peers.len()), (3, true, 2));
        assert_eq!(plan.peers[0].command, "a b");
        assert!(read(&["--peer", "a", "a b"]).is_err());
        assert!(read(&["--peer", "a"]).is_err());
        assert!(read(&["--fast"]).is_err());
    }
}
