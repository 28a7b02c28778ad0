//! One service, as the service control manager knows it.
//!
//! Wine's `sc` prints half of it and `net` less; the probe asks the API.

use std::fmt;
use std::process::Stdio;
use std::time::Duration;

use crate::deadline::{PATIENCE, until};
use crate::paths;
use crate::process::{Finished, Running, run_probe};
use crate::windows::Windows;

/// `SERVICE_CONTROL_STOP`
const STOP: u32 = 1;

/// `ERROR_SERVICE_NEVER_STARTED`
const NEVER_STARTED: u32 = 1077;

/// A service's state, as `SERVICE_STATUS_PROCESS.dwCurrentState` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// `SERVICE_STOPPED`
    Stopped,
    /// `SERVICE_START_PENDING`
    StartPending,
    /// `SERVICE_STOP_PENDING`
    StopPending,
    /// `SERVICE_RUNNING`
    Running,
    /// `SERVICE_CONTINUE_PENDING`
    ContinuePending,
    /// `SERVICE_PAUSE_PENDING`
    PausePending,
    /// `SERVICE_PAUSED`
    Paused,
}

impl State {
    fn read(text: &str) -> Self {
        match text {
            "STOPPED" => Self::Stopped,
            "START_PENDING" => Self::StartPending,
            "STOP_PENDING" => Self::StopPending,
            "RUNNING" => Self::Running,
            "CONTINUE_PENDING" => Self::ContinuePending,
            "PAUSE_PENDING" => Self::PausePending,
            "PAUSED" => Self::Paused,
            other => panic!("the probe knows no state {other:?}"),
        }
    }
}

/// A service's status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Where it is in its life.
    pub state: State,
    /// Its progress through a pending state.
    pub checkpoint: u32,
    /// How long it asks for until its next progress, in milliseconds.
    pub hint: u32,
    /// The controls that it accepts, as `SERVICE_ACCEPT_*` bits.
    pub accepts: u32,
    /// Why it stopped, as a Win32 code.
    pub win32: u32,
    /// Why it stopped, in its own numbers, where `win32` is 1066.
    pub specific: u32,
    /// Its process.
    pub pid: u32,
    /// Whether its port answered when it was first seen running; only a [`Watch`] with a port looks.
    pub answered: Option<bool>,
}

impl Status {
    /// Reads a line of the probe's; `None` is a service that does not exist.
    fn read(line: &str) -> Option<Self> {
        if line == "absent" {
            return None;
        }
        let text = |key: &str| {
            line.split(' ')
                .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
        };
        let number = |key| {
            let value = text(key).and_then(|value| value.parse().ok());
            value.unwrap_or_else(|| panic!("no {key} in the probe's {line:?}"))
        };
        Some(Self {
            state: State::read(text("state").unwrap_or_default()),
            checkpoint: number("checkpoint"),
            hint: number("hint"),
            accepts: number("accepts"),
            win32: number("win32"),
            specific: number("specific"),
            pid: number("pid"),
            answered: text("http").map(|answer| answer == "yes"),
        })
    }
}

/// What a start and a stop took.
#[derive(Clone, Copy, Debug)]
pub struct Cycle {
    /// From the start to RUNNING.
    pub running: Duration,
    /// From the stop to STOPPED.
    pub stopped: Duration,
    /// From the stop to the end of the process.
    pub ended: Duration,
}

impl Cycle {
    fn read(line: &str) -> Self {
        let times: Vec<_> = line
            .split(' ')
            .filter_map(|word| Some(Duration::from_micros(word.parse().ok()?)))
            .collect();
        let [running, stopped, ended] = times[..] else {
            panic!("no cycle: {line}");
        };
        Self {
            running,
            stopped,
            ended,
        }
    }
}

/// A service by its name.
#[derive(Clone, Copy)]
pub struct Service<'a> {
    windows: &'a Windows,
    name: &'a str,
}

impl<'a> Service<'a> {
    pub(crate) fn new(windows: &'a Windows, name: &'a str) -> Self {
        Self { windows, name }
    }

    /// Its status, if it exists.
    pub fn status(&self) -> Option<Status> {
        Status::read(self.probe("status", &[]).ok().stdout.trim_end())
    }

    /// How it is registered: the lines of the probe's `config`, or nothing where it does not exist.
    pub fn registration(&self) -> Vec<String> {
        let output = self.probe("config", &[]).ok();
        output
            .lines()
            .into_iter()
            .filter(|line| *line != "absent")
            .map(str::to_owned)
            .collect()
    }

    /// What is registered beyond that, by `QueryServiceConfig2`: the lines of the probe's `settings`. Wine knows only the
    /// preshutdown timeout.
    pub fn settings(&self) -> Vec<String> {
        let output = self.probe("settings", &[]).ok();
        output.lines().into_iter().map(str::to_owned).collect()
    }

    /// Asks for its start; the answer is a Win32 code.
    pub fn start(&self) -> u32 {
        answer(&self.probe("start", &[]))
    }

    /// Asks it to stop; the answer is a Win32 code.
    pub fn stop(&self) -> u32 {
        self.control(STOP)
    }

    /// Sends it a control; the answer is a Win32 code.
    pub fn control(&self, code: u32) -> u32 {
        answer(&self.probe("control", &[&code.to_string()]))
    }

    /// Sends it a control `count` times, one right after the other; the time of the slowest answer, whatever that was.
    ///
    /// # Panics
    ///
    /// When the control cannot be sent at all.
    pub fn flood(&self, code: u32, count: usize) -> Duration {
        let finished = self.probe("flood", &[&code.to_string(), &count.to_string()]).ok();
        let slowest = finished.stdout.trim_end().strip_prefix("slowest=");
        let microseconds = slowest.and_then(|slowest| slowest.parse().ok());
        Duration::from_micros(microseconds.unwrap_or_else(|| panic!("{finished}")))
    }

    /// Starts and stops it `count` times, one right after the other, and waits for the end of its process each time.
    ///
    /// # Panics
    ///
    /// When a start or a stop fails, or takes longer than a minute.
    pub fn cycle(&self, count: usize) -> Vec<Cycle> {
        let mut command = self.windows.program(paths::prepared("probe.exe"));
        command.arg("cycle").arg(self.name).arg(count.to_string());
        let within = PATIENCE + count as u32 * Duration::from_secs(2);
        let finished = run_probe(&mut command, within).ok();
        finished.lines().into_iter().map(Cycle::read).collect()
    }

    /// Waits until it is in `state`.
    ///
    /// # Panics
    ///
    /// When it does not get there.
    pub fn reaches(&self, state: State) -> Status {
        until(
            &format!("{} in state {state:?}", self.name),
            PATIENCE,
            || match self.status() {
                Some(status) if status.state == state => Ok(status),
                other => Err(other),
            },
        )
    }

    /// Writes down all its states from now on, and whether `port` answered when it was first running.
    ///
    /// # Panics
    ///
    /// When the watcher does not begin.
    pub fn watch(&self, port: Option<u16>) -> Watch {
        let port = port.map(|port| port.to_string());
        let mut command = self.windows.program(paths::prepared("probe.exe"));
        command
            .arg("watch")
            .arg(self.name)
            .args(port)
            .stdin(Stdio::piped());
        let mut watch = Watch {
            probe: Running::start(&mut command),
        };
        until("the watcher's first line", PATIENCE, || {
            // As with every probe in Wine, it may have ended before it began.
            if !watch.probe.is_alive() {
                watch.probe = Running::start(&mut command);
            }
            watch.seen().pop().ok_or("nothing")
        });
        watch
    }

    fn probe(&self, verb: &str, arguments: &[&str]) -> Finished {
        let mut command = self.windows.program(paths::prepared("probe.exe"));
        run_probe(command.arg(verb).arg(self.name).args(arguments), PATIENCE)
    }
}

impl fmt::Debug for Service<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Service").field(&self.name).finish()
    }
}

/// A watcher of one service, which looks about every millisecond.
pub struct Watch {
    probe: Running,
}

impl Watch {
    /// Every status that differed from the one before it; `None` is a service that does not exist.
    pub fn seen(&self) -> Vec<Option<Status>> {
        let output = self.probe.stdout();
        let whole = output.rfind('\n').map_or("", |end| &output[..end]);
        whole.lines().map(Status::read).collect()
    }

    /// The states in their order up to `last`, which is waited for, without repetitions; `None` is a service that does
    /// not exist.
    ///
    /// A service that was never started is left out: between its creation and its start it may be seen or not.
    ///
    /// # Panics
    ///
    /// When `last` is not reached.
    pub fn states_to(&self, last: Option<State>) -> Vec<Option<State>> {
        let mut states = until(&format!("{last:?} in sight of the watcher"), PATIENCE, || {
            let seen = self.seen().into_iter();
            let seen = seen.filter(|status| {
                status
                    .as_ref()
                    .is_none_or(|it| it.win32 != NEVER_STARTED || it.pid != 0)
            });
            let states: Vec<_> = seen.map(|status| status.map(|it| it.state)).collect();
            if states.len() > 1 && states.last() == Some(&last) {
                Ok(states)
            } else {
                Err(states)
            }
        });
        states.dedup();
        states
    }
}

fn answer(finished: &Finished) -> u32 {
    let code = finished
        .stdout
        .trim_end()
        .strip_prefix("error=")
        .and_then(|code| code.parse().ok());
    code.unwrap_or_else(|| panic!("{finished}"))
}
