//! Reports the state of the service to systemd: the `sd_notify` protocol, over the socket in `NOTIFY_SOCKET`.
//!
//! Reference: <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>. The unit needs `Type=notify` or
//! `Type=notify-reload`.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::journal;
use crate::run::HostEvent;
use crate::status::{State, Status};
use crate::sys;

/// How long sending a message may block while systemd does not read. A longer timeout would delay the program.
const PATIENCE: Duration = Duration::from_secs(1);

/// A connection to systemd.
pub(super) struct Systemd {
    socket: UnixDatagram,
    /// `WatchdogSec=` of the unit.
    watchdog: Option<Duration>,
    known: Mutex<Known>,
}

/// What was last reported to systemd.
#[derive(Default)]
struct Known {
    /// The last state that was reported, and the time when it began.
    state: Option<(State, Duration)>,
    /// When the last sign of life was sent.
    alive: Option<Duration>,
    /// The last status text.
    text: String,
}

impl Systemd {
    /// Connects to systemd, if it started this process and expects notifications.
    pub(super) fn listening() -> Option<Self> {
        let name = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty())?;
        match connect(&name) {
            Ok(socket) => Some(Self {
                socket,
                watchdog: watchdog(),
                known: Mutex::default(),
            }),
            Err(error) => {
                journal::warning(format_args!(
                    "cannot notify systemd: NOTIFY_SOCKET={}: {error}",
                    name.to_string_lossy()
                ));
                None
            }
        }
    }

    pub(super) fn report(&self, status: &Status, now: Duration) {
        let mut known = self.known();
        let before = known.state.map(|(state, _)| state);
        let is_new = before != Some(status.state);
        if is_new {
            known.state = Some((status.state, now));
        }
        let since = known.state.map_or(now, |(_, since)| since);
        if is_new && matches!(status.state, State::Running | State::Paused) {
            word(Some(status.state)).clone_into(&mut known.text);
        }
        drop(known);

        // The wait hint counts from the beginning of the state, systemd counts from now.
        let left = status
            .wait_hint
            .saturating_sub(now.saturating_sub(since))
            .as_micros();
        match status.state {
            State::StopPending if is_new => self.send(&format!("STOPPING=1\nEXTEND_TIMEOUT_USEC={left}")),
            State::StartPending | State::StopPending => self.send(&format!("EXTEND_TIMEOUT_USEC={left}")),
            State::Running if before == Some(State::StartPending) => self.send("READY=1\nSTATUS=running"),
            State::Running if is_new => self.send("STATUS=running"),
            State::Paused if is_new => self.send("STATUS=paused"),
            // systemd has no paused state. The end of the process needs no message.
            _ => {}
        }
    }

    pub(super) fn host_event(&self, event: HostEvent<'_>, now: Duration) {
        match event {
            HostEvent::StatusText(text) => self.status_text(text),
            HostEvent::Alive => self.alive(now),
            HostEvent::Reloading => {
                let now = sys::monotonic_time().as_micros();
                self.send(&format!("RELOADING=1\nMONOTONIC_USEC={now}"));
            }
            HostEvent::Reloaded => self.send("READY=1"),
        }
    }

    /// Sends the status text of the program; without one, the name of the state.
    fn status_text(&self, text: Option<&str>) {
        let mut known = self.known();
        let text = text.unwrap_or(word(known.state.map(|(state, _)| state)));
        if known.text != text {
            text.clone_into(&mut known.text);
            drop(known);
            self.send(&format!("STATUS={text}"));
        }
    }

    /// Sends a sign of life, at most once per quarter of the watchdog interval: a program may give thousands per
    /// second.
    fn alive(&self, now: Duration) {
        let Some(watchdog) = self.watchdog else {
            return;
        };
        let mut known = self.known();
        if known
            .alive
            .is_none_or(|alive| now.saturating_sub(alive) >= watchdog / 4)
        {
            known.alive = Some(now);
            drop(known);
            self.send("WATCHDOG=1");
        }
    }

    fn send(&self, message: &str) {
        // If systemd does not read, the service goes on without it.
        let _ = self.socket.send(message.as_bytes());
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The status text for a settled state.
fn word(state: Option<State>) -> &'static str {
    match state {
        Some(State::Running) => "running",
        Some(State::Paused) => "paused",
        _ => "",
    }
}

/// Connects to a socket in the file system, or to an abstract socket, whose name begins with `@`.
fn connect(name: &OsStr) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    let address = match name.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(name)?,
    };
    socket.connect_addr(&address)?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(socket)
}

/// Returns the watchdog interval of the unit, if it applies to this process.
fn watchdog() -> Option<Duration> {
    let is_other = env::var("WATCHDOG_PID").is_ok_and(|id| id != process::id().to_string());
    let microseconds = env::var("WATCHDOG_USEC").ok().filter(|_| !is_other)?;
    microseconds.parse().ok().map(Duration::from_micros)
}
