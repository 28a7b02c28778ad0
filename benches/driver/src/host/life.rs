//! One life of a service whose program runs under a host, and its figures.

use std::error::Error;
use std::time::{Duration, Instant};

use super::{Figure, Peer};
use crate::rounds::{Dice, wait_for_boot};
use crate::sys::{Manager, Service, Signal};

/// The event with which the program says that it runs; `benches/hosted/agent.toml` has the same.
const BEGUN: &str = r"Global\winsvc-bench-hosted";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// After this time a host is idle.
const SETTLING: Duration = Duration::from_millis(500);

/// Measures each host in each round, in another order every time. A first round, in which each exe is read from the disk, is
/// not counted.
pub(super) fn measure(peers: &mut [Peer], rounds: usize) -> Result<(), Box<dyn Error>> {
    let manager = Manager::open().map_err(|error| error.to_string())?;
    wait_for_boot(&manager)?;
    let begun = Signal::create(BEGUN).map_err(|error| error.to_string())?;
    let mut services = Vec::new();
    for (number, peer) in peers.iter().enumerate() {
        let service = manager
            .create(&format!("winsvc-bench-host-{}-{number}", std::process::id()))
            .map_err(|error| error.to_string())?;
        service
            .set_command(&peer.command)
            .map_err(|error| error.to_string())?;
        services.push(service);
    }
    let mut order: Vec<usize> = (0..peers.len()).collect();
    let mut dice = Dice::new();
    for round in 0..=rounds {
        eprintln!("round {round} of {rounds}");
        dice.shuffle(&mut order);
        for &number in &order {
            let peer = &mut peers[number];
            let samples =
                live(&services[number], &begun).map_err(|error| format!("{}: {error}", peer.label))?;
            if round > 0 {
                peer.samples.extend(samples);
            }
        }
    }
    Ok(())
}

fn live(service: &Service, begun: &Signal) -> Result<[(Figure, f64); 5], String> {
    let text = |error: crate::sys::CallError| error.to_string();
    let late = |what: &str| format!("{what} did not come within {} s", PATIENCE.as_secs());
    begun.reset().map_err(text)?;
    let running = service.expect_running().map_err(text)?;
    let start = Instant::now();
    service.start().map_err(text)?;
    let begun = begun.wait(PATIENCE).ok_or_else(|| late("the program"))?;
    let running = running.wait(PATIENCE).ok_or_else(|| late("RUNNING"))?;
    std::thread::sleep(SETTLING);
    let process = service.process().map_err(text)?;
    let memory = process.memory().map_err(text)?;

    let expected = service.expect_stopped().map_err(text)?;
    let stop = Instant::now();
    service.stop().map_err(text)?;
    let stopped = expected.wait(PATIENCE).ok_or_else(|| late("STOPPED"))?;
    process
        .wait(PATIENCE)
        .ok_or_else(|| late("the end of the process"))?;

    let milliseconds = |from: Instant, to: Instant| (to - from).as_secs_f64() * 1e3;
    let mebibytes = |bytes: usize| bytes as f64 / 1_048_576.0;
    Ok([
        (Figure::Begun, milliseconds(start, begun)),
        (Figure::Running, milliseconds(start, running)),
        (Figure::Stopped, milliseconds(stop, stopped)),
        (Figure::Private, mebibytes(memory.private)),
        (Figure::Peak, mebibytes(memory.peak)),
    ])
}
