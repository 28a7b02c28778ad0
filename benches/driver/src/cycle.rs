//! One life of a service, from its start to the end of its process, and the times of it.

use std::error::Error;
use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::load::{InFlight, LostError};
use crate::measure::{Found, Measure};
use crate::sys::{CallError, Expected, Memory, Process, Service};

/// No state takes longer, on however busy a machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The requests in flight at a stop under load.
const REQUESTS: usize = 64;

/// What each of them takes: long enough that all are under way before the first is through.
const REQUEST: Duration = Duration::from_millis(400);

/// A service that runs, idle: after a start it settles for so long.
const SETTLING: Duration = Duration::from_millis(50);

/// Why a life of a service could not be measured.
#[derive(Debug)]
pub(crate) enum CycleError {
    Call(CallError),
    Lost(LostError),
    Port(std::io::Error),
    /// The service did not come to a state in time.
    Late(&'static str),
    /// The machine was too slow: a request was through before the stop was sent.
    Overtaken,
}

impl fmt::Display for CycleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::Lost(error) => error.fmt(f),
            Self::Port(error) => write!(f, "no port is free: {error}"),
            Self::Late(what) => write!(f, "{what} did not come within {} s", PATIENCE.as_secs()),
            Self::Overtaken => {
                let (count, each) = (REQUESTS, REQUEST.as_millis());
                write!(
                    f,
                    "the machine is too busy to have {count} requests of {each} ms in flight"
                )
            }
        }
    }
}

impl Error for CycleError {}

impl From<CallError> for CycleError {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<LostError> for CycleError {
    fn from(error: LostError) -> Self {
        Self::Lost(error)
    }
}

/// Starts and stops a service that has nothing to do.
pub(crate) fn idle(service: &Service, exe: &Path, found: &mut Found) -> Result<(), CycleError> {
    let Started { process, times, .. } = start(service, exe)?;
    std::thread::sleep(SETTLING);
    let memory = process.memory()?;
    let stop = Stop::send(service)?;
    let stopped = stop.stopped()?;
    let ended = end(&process)?;

    add(found, Measure::Start, times.0, times.1);
    add_memory(found, memory, Measure::PeakIdle, Measure::PrivateIdle);
    add(found, Measure::ControlIdle, stop.sent, stop.answered);
    add(found, Measure::StopIdle, stop.sent, stopped);
    add(found, Measure::EndIdle, stop.sent, ended);
    Ok(())
}

/// Starts a service, and stops it with requests in flight, each of which has to be answered.
pub(crate) fn loaded(service: &Service, exe: &Path, found: &mut Found) -> Result<(), CycleError> {
    let Started { process, port, times } = start(service, exe)?;
    // The first connection at the moment of RUNNING: a service that does not listen by then is found out here.
    let requests = InFlight::send(port, REQUESTS, REQUEST)?;
    let memory = process.memory()?;
    let first_answer = requests.first_answer;
    let answers = requests.receive();
    let stop = Stop::send(service)?;
    let stopped = stop.stopped()?;
    let ended = end(&process)?;
    let last_answer = answers
        .join()
        .map_err(|_| CycleError::Late("the last answer"))??;
    if stop.answered >= first_answer {
        return Err(CycleError::Overtaken);
    }

    add(found, Measure::Start, times.0, times.1);
    add_memory(found, memory, Measure::PeakLoaded, Measure::PrivateLoaded);
    add(found, Measure::ControlLoaded, stop.sent, stop.answered);
    add(found, Measure::StopLoaded, last_answer, stopped);
    add(found, Measure::EndLoaded, last_answer, ended);
    Ok(())
}

/// A service that runs.
struct Started {
    process: Process,
    port: u16,
    /// When it was started, and when it was RUNNING.
    times: (Instant, Instant),
}

/// Starts a service on a port that nobody has used lately.
fn start(service: &Service, exe: &Path) -> Result<Started, CycleError> {
    let port = free_port().map_err(CycleError::Port)?;
    service.set_command(&format!("\"{}\" {port}", exe.display()))?;
    let expected = service.expect_running()?;
    let begun = Instant::now();
    service.start()?;
    let running = expected.wait(PATIENCE).ok_or(CycleError::Late("RUNNING"))?;
    Ok(Started {
        process: service.process()?,
        port,
        times: (begun, running),
    })
}

/// The port is free again when this returns; that nobody takes it before the service does is up to the system, which gives
/// another to each who asks.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A stop that was sent.
struct Stop {
    expected: Expected,
    sent: Instant,
    answered: Instant,
}

impl Stop {
    fn send(service: &Service) -> Result<Self, CycleError> {
        let expected = service.expect_stopped()?;
        let sent = Instant::now();
        service.stop()?;
        Ok(Self {
            expected,
            sent,
            answered: Instant::now(),
        })
    }

    fn stopped(&self) -> Result<Instant, CycleError> {
        self.expected.wait(PATIENCE).ok_or(CycleError::Late("STOPPED"))
    }
}

fn end(process: &Process) -> Result<Instant, CycleError> {
    process
        .wait(PATIENCE)
        .ok_or(CycleError::Late("the end of the process"))
}

/// Adds a time in milliseconds, which is negative where `to` was earlier.
fn add(found: &mut Found, measure: Measure, from: Instant, to: Instant) {
    let seconds = match to.checked_duration_since(from) {
        Some(time) => time.as_secs_f64(),
        None => -from.duration_since(to).as_secs_f64(),
    };
    found.add(measure, seconds * 1e3);
}

fn add_memory(found: &mut Found, memory: Memory, peak: Measure, private: Measure) {
    const MEBIBYTE: f64 = 1_048_576.0;
    found.add(peak, memory.peak as f64 / MEBIBYTE);
    found.add(private, memory.private as f64 / MEBIBYTE);
}
