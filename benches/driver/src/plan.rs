//! What is to be measured: the command line of the driver, which `benches/run` writes.

use std::path::PathBuf;
use std::str::FromStr;

/// A program in one of its builds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Peer {
    /// `winsvc`, `windows-service`, `windows-sys` or `go`.
    pub(crate) program: String,
    /// How it was built: `release`, `lto`, `size`, or a variant of these such as `size-no-verbs`.
    pub(crate) build: String,
    pub(crate) exe: PathBuf,
    /// What a cold build took, where that was measured.
    pub(crate) cold_build_seconds: Option<f64>,
}

impl Peer {
    pub(crate) fn label(&self) -> String {
        format!("{}/{}", self.program, self.build)
    }

    /// Whether this one was built for size, and compares with others that were.
    pub(crate) fn is_small(&self) -> bool {
        self.build.starts_with("size") || self.build == "stripped"
    }

    /// Whether what the program never reaches is in the exe all the same: cargo's release profile leaves it in on this target,
    /// where no other linker than Go's takes it out by itself.
    pub(crate) fn has_unreached(&self) -> bool {
        self.build.starts_with("release")
    }

    /// The bare loop that this one is measured against.
    pub(crate) fn bare(&self) -> &'static str {
        if self.is_small() {
            "windows-sys/size"
        } else if self.build == "lto" {
            "windows-sys/lto"
        } else {
            "windows-sys/release"
        }
    }

    /// The Go program that this one is measured against.
    pub(crate) fn go(&self) -> &'static str {
        if self.is_small() {
            "go/stripped"
        } else {
            "go/default"
        }
    }
}

/// The bare loop for the second time: it differs from the first by noise alone.
pub(crate) const AGAIN: &str = "windows-sys/release-again";

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) peers: Vec<Peer>,
    pub(crate) rounds: u32,
    pub(crate) is_json: bool,
    pub(crate) is_checked: bool,
}

impl Plan {
    /// Reads `--rounds N`, `--json`, `--check`, and for each peer `--peer PROGRAM/BUILD EXE` and perhaps `--cold SECONDS`.
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut plan = Self {
            peers: Vec::new(),
            rounds: 20,
            is_json: false,
            is_checked: false,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} lacks a value"));
            match argument.as_str() {
                "--json" => plan.is_json = true,
                "--check" => plan.is_checked = true,
                "--rounds" => plan.rounds = number(&argument, &value()?)?,
                "--peer" => {
                    let label = value()?;
                    let (program, build) = label
                        .split_once('/')
                        .ok_or(format!("{label} is no PROGRAM/BUILD"))?;
                    plan.peers.push(Peer {
                        program: program.to_owned(),
                        build: build.to_owned(),
                        exe: value()?.into(),
                        cold_build_seconds: None,
                    });
                }
                "--cold" => {
                    let seconds = number(&argument, &value()?)?;
                    let peer = plan.peers.last_mut().ok_or("--cold comes behind its --peer")?;
                    peer.cold_build_seconds = Some(seconds);
                }
                other => return Err(format!("{other} is no option of the driver")),
            }
        }
        if plan.rounds == 0 || plan.peers.is_empty() {
            return Err("there is nothing to measure".to_owned());
        }
        Ok(plan)
    }
}

fn number<N: FromStr>(option: &str, text: &str) -> Result<N, String> {
    text.parse()
        .map_err(|_| format!("{option} takes a number, not {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Plan, String> {
        Plan::read(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn a_plan_names_peers_and_what_they_are_measured_against() {
        let plan =
            read("--rounds 3 --check --peer go/stripped go.exe --cold 7.5 --peer winsvc/release w.exe")
                .unwrap();
        assert_eq!((plan.rounds, plan.is_json, plan.is_checked), (3, false, true));
        let [go, winsvc] = &plan.peers[..] else {
            panic!("{plan:?}")
        };
        assert_eq!(
            (go.label().as_str(), go.cold_build_seconds),
            ("go/stripped", Some(7.5))
        );
        assert_eq!(
            (winsvc.bare(), winsvc.go()),
            ("windows-sys/release", "go/default")
        );
        assert_eq!((go.bare(), go.go()), ("windows-sys/size", "go/stripped"));
        assert!(winsvc.has_unreached() && !go.has_unreached());
    }

    #[test]
    fn what_is_no_plan_is_said() {
        assert_eq!(read("--peer go/default"), Err("--peer lacks a value".to_owned()));
        assert_eq!(
            read("--rounds ten"),
            Err("--rounds takes a number, not ten".to_owned())
        );
        assert_eq!(read("--rounds 5"), Err("there is nothing to measure".to_owned()));
        assert_eq!(
            read("--fast"),
            Err("--fast is no option of the driver".to_owned())
        );
    }
}
