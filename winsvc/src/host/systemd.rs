//! What systemd is known of a service: the protocol of `sd_notify`, where `NOTIFY_SOCKET` says that it listens.
//!
//! Facts: <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>. The unit wants `Type=notify` or
//! `notify-reload`.

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

/// How long a message may wait for systemd to read those before it. Longer would hold up the program.
const PATIENCE: Duration = Duration::from_secs(1);

/// systemd, listening.
pub(super) struct Systemd {
    socket: UnixDatagram,
    /// `WatchdogSec=` of the unit.
    watchdog: Option<Duration>,
    known: Mutex<Known>,
}

/// What systemd knows.
#[derive(Default)]
struct Known {
    /// The state that it was known of last, and since when that is.
    state: Option<(State, Duration)>,
    /// When it last heard that the program is alive.
    alive: Option<Duration>,
    /// What it shows as the status.
    text: String,
}

impl Systemd {
    /// systemd, if it has started this process and wants to hear of it.
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

        // The hint is counted from the beginning of the state, systemd counts from now.
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
            // systemd knows no pause. The end of the process needs no message.
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

    /// Passes on what the program does; what it does not say, its state does.
    fn status_text(&self, text: Option<&str>) {
        let mut known = self.known();
        let text = text.unwrap_or(word(known.state.map(|(state, _)| state)));
        if known.text != text {
            text.clone_into(&mut known.text);
            drop(known);
            self.send(&format!("STATUS={text}"));
        }
    }

    /// Passes a sign of life on; not each of them, where a program gives thousands in a second.
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
        // systemd that does not read is no reason for the service to do anything else.
        let _ = self.socket.send(message.as_bytes());
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A state that lasts as the status that systemd shows.
fn word(state: Option<State>) -> &'static str {
    match state {
        Some(State::Running) => "running",
        Some(State::Paused) => "paused",
        _ => "",
    }
}

/// Connects to a socket in the file system, or to an abstract one, whose name begins with `@`.
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

/// The unit's watchdog, if it is this process's.
fn watchdog() -> Option<Duration> {
    let is_other = env::var("WATCHDOG_PID").is_ok_and(|id| id != process::id().to_string());
    let microseconds = env::var("WATCHDOG_USEC").ok().filter(|_| !is_other)?;
    microseconds.parse().ok().map(Duration::from_micros)
}
