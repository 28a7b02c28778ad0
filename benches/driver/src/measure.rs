//! What is measured, and what was found.

use crate::plan::Peer;
use crate::stats;

/// A quantity that every peer is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measure {
    Start,
    StopIdle,
    EndIdle,
    ControlIdle,
    StopLoaded,
    EndLoaded,
    ControlLoaded,
    PeakIdle,
    PeakLoaded,
    PrivateIdle,
    PrivateLoaded,
    ExeSize,
    ColdBuild,
}

/// What the figures of a measure are, and how they are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Milliseconds, which the bare loop sets the standard for.
    Latency,
    /// Mebibytes, which are to be fewer than Go's.
    Memory,
    /// Kibibytes, which are to be fewer than Go's.
    Size,
    /// Seconds of a single build, which are told and not judged.
    Build,
}

use Measure::{
    ColdBuild, ControlIdle, ControlLoaded, EndIdle, EndLoaded, ExeSize, PeakIdle, PeakLoaded, PrivateIdle,
    PrivateLoaded, Start, StopIdle, StopLoaded,
};

impl Measure {
    pub(crate) const ALL: [Self; 13] = [
        Start,
        StopIdle,
        EndIdle,
        ControlIdle,
        StopLoaded,
        EndLoaded,
        ControlLoaded,
        PeakIdle,
        PeakLoaded,
        PrivateIdle,
        PrivateLoaded,
        ExeSize,
        ColdBuild,
    ];

    pub(crate) fn kind(self) -> Kind {
        match self {
            Start | StopIdle | EndIdle | ControlIdle | StopLoaded | EndLoaded | ControlLoaded => {
                Kind::Latency
            }
            PeakIdle | PeakLoaded | PrivateIdle | PrivateLoaded => Kind::Memory,
            ExeSize => Kind::Size,
            ColdBuild => Kind::Build,
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Start => "start → RUNNING, ms",
            StopIdle => "STOP → STOPPED, idle, ms",
            EndIdle => "STOP → end of the process, idle, ms",
            ControlIdle => "the call that sends STOP, idle, ms",
            StopLoaded => "last answer → STOPPED, with 64 requests in flight, ms",
            EndLoaded => "last answer → end of the process, with 64 requests in flight, ms",
            ControlLoaded => "the call that sends STOP, with 64 requests in flight, ms",
            PeakIdle => "peak working set, idle, MiB",
            PeakLoaded => "peak working set, with 64 requests in flight, MiB",
            PrivateIdle => "private memory, idle, MiB",
            PrivateLoaded => "private memory, with 64 requests in flight, MiB",
            ExeSize => "exe, KiB",
            ColdBuild => "cold build, s",
        }
    }
}

/// Everything that was found of a peer.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) peer: Peer,
    samples: Vec<(Measure, f64)>,
}

impl Found {
    pub(crate) fn new(peer: Peer) -> Self {
        Self {
            peer,
            samples: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, measure: Measure, sample: f64) {
        self.samples.push((measure, sample));
    }

    /// In the order of the rounds, so that those of two peers make pairs.
    pub(crate) fn samples(&self, measure: Measure) -> Vec<f64> {
        let samples = self.samples.iter().filter(|(of, _)| *of == measure);
        samples.map(|(_, sample)| *sample).collect()
    }

    pub(crate) fn median(&self, measure: Measure) -> Option<f64> {
        stats::median(&self.samples(measure))
    }
}

/// The peer of this label.
pub(crate) fn labelled<'a>(results: &'a [Found], label: &str) -> Option<&'a Found> {
    results.iter().find(|found| found.peer.label() == label)
}
