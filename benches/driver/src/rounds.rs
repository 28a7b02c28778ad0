//! The rounds: every peer has its turn in each, in another order every time, so that the moods of the machine and the
//! traces of the one before fall on all alike.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use crate::cycle::{self, CycleError};
use crate::measure::{Found, Measure};
use crate::plan::{Peer, Plan};
use crate::sys::{CallError, Manager, Service};

/// How long Windows may take to boot.
const BOOT: Duration = Duration::from_mins(1);

/// A service that runs when Windows, or Wine, has started those that start by themselves.
const LAST_OF_THE_BOOT: &str = "EventLog";

/// How often a load is tried.
const ATTEMPTS: u32 = 5;

#[derive(Debug)]
pub(crate) enum RoundsError {
    /// The SCM does not do as it is told.
    Manager(CallError),
    /// Windows has not booted in time.
    Boot,
    Exe(Box<Peer>, io::Error),
    Cycle(Box<Peer>, CycleError),
}

impl fmt::Display for RoundsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manager(error) => write!(f, "{error} (services are for administrators to register)"),
            Self::Boot => write!(f, "{LAST_OF_THE_BOOT} does not run after {} s", BOOT.as_secs()),
            Self::Exe(peer, error) => write!(f, "{}: {}: {error}", peer.label(), peer.exe.display()),
            Self::Cycle(peer, error) => write!(f, "{}: {error}", peer.label()),
        }
    }
}

impl Error for RoundsError {}

/// Measures every peer of the plan.
pub(crate) fn run(plan: &Plan) -> Result<Vec<Found>, RoundsError> {
    let manager = Manager::open().map_err(RoundsError::Manager)?;
    wait_for_boot(&manager)?;
    let mut peers = Vec::new();
    for (number, peer) in plan.peers.iter().enumerate() {
        let service = manager
            .create(&format!("winsvc-bench-{}-{number}", std::process::id()))
            .map_err(RoundsError::Manager)?;
        peers.push((service, known(peer)?));
    }

    // What the first start of an exe has to read from the disk is not the service's.
    let mut unused = peers
        .iter()
        .map(|(_, found)| Found::new(found.peer.clone()))
        .collect::<Vec<_>>();
    for ((service, _), found) in peers.iter().zip(&mut unused) {
        live(service, found)?;
    }
    let mut order: Vec<usize> = (0..peers.len()).collect();
    let mut dice = Dice::new();
    for round in 1..=plan.rounds {
        eprintln!("round {round} of {}", plan.rounds);
        dice.shuffle(&mut order);
        for &peer in &order {
            let (service, found) = &mut peers[peer];
            live(service, found)?;
        }
    }
    Ok(peers.into_iter().map(|(_, found)| found).collect())
}

/// A life without and a life with load.
fn live(service: &Service, found: &mut Found) -> Result<(), RoundsError> {
    let peer = found.peer.clone();
    let lived = cycle::idle(service, &peer.exe, found).and_then(|()| loaded(service, &peer, found));
    lived.map_err(|error| RoundsError::Cycle(Box::new(peer), error))
}

/// A life with load, and another where the machine was too busy to bring the load about in time.
fn loaded(service: &Service, peer: &Peer, found: &mut Found) -> Result<(), CycleError> {
    for _ in 1..ATTEMPTS {
        match cycle::loaded(service, &peer.exe, found) {
            Err(CycleError::Overtaken) => eprintln!("{}: {}", peer.label(), CycleError::Overtaken),
            lived => return lived,
        }
    }
    cycle::loaded(service, &peer.exe, found)
}

/// What is known of a peer before it has run.
fn known(peer: &Peer) -> Result<Found, RoundsError> {
    let mut found = Found::new(peer.clone());
    let file =
        std::fs::metadata(&peer.exe).map_err(|error| RoundsError::Exe(Box::new(peer.clone()), error))?;
    found.add(Measure::ExeSize, file.len() as f64 / 1024.0);
    if let Some(seconds) = peer.cold_build_seconds {
        found.add(Measure::ColdBuild, seconds);
    }
    Ok(found)
}

/// Waits until the services run that start by themselves.
pub(crate) fn wait_for_boot(manager: &Manager) -> Result<(), RoundsError> {
    let deadline = Instant::now() + BOOT;
    while !manager
        .is_running(LAST_OF_THE_BOOT)
        .map_err(RoundsError::Manager)?
    {
        if Instant::now() > deadline {
            return Err(RoundsError::Boot);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// A xorshift generator: the same order in every run, which is as good as another.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        Self(1)
    }

    pub(crate) fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            order.swap(last, (self.0 % (last as u64 + 1)) as usize);
        }
    }
}
