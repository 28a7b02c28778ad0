//! A service that was started in a test.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::{LoggedEvent, Refused, Request, State, StatusReport, fake::FakeScm};
use crate::control::PowerEvent;
use crate::host::Body;
use crate::lifecycle::Renewal;
use crate::run::Run;
use crate::status::{Accepts, Exit, Status};
use crate::sys::Notification;

/// How long a test waits for a program by the real clock. No program that works takes longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the program's async runtime has to show that it makes progress, by the real clock.
const RENEWAL_PATIENCE: Duration = Duration::from_secs(1);

/// How often a runtime shows progress, by the test's clock.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(2);

/// A service that was [started](super::Scm::start).
///
/// ```
/// # use std::time::Duration;
/// # use winsvc::testing::{Request, Refused, Scm, State};
/// # use winsvc::{Service, Starting};
/// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
/// service.wait_for(State::Running);
/// service.send(Request::Stop).unwrap();
/// assert_eq!(service.end().exit_code, 0);
/// ```
#[derive(Debug)]
pub struct Started {
    run: Arc<Run>,
    scm: Arc<FakeScm>,
    renewal: Renewal,
}

/// The end of a service.
///
/// ```
/// # use std::time::Duration;
/// # use winsvc::testing::{Request, Refused, Scm, State};
/// # use winsvc::{Service, Starting};
/// let service = Scm::new("acme-agent").start(|| Err::<(), _>("no licence"));
/// let end = service.end();
/// assert_eq!((end.exit_code, end.service_code, end.process_exit_code), (1066, 1, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// All that was reported, the first `START_PENDING` included.
    pub reports: Vec<StatusReport>,
    /// The logged events.
    pub events: Vec<LoggedEvent>,
    /// `dwWin32ExitCode` of the last report; 0 is a clean end.
    pub exit_code: u32,
    /// `dwServiceSpecificExitCode` of the last report, where `exit_code` is 1066.
    pub service_code: u32,
    /// The exit code of the process.
    pub process_exit_code: u8,
    /// Whether it was killed after a timeout.
    pub is_killed: bool,
}

impl Started {
    pub(super) fn start(run: Arc<Run>, scm: Arc<FakeScm>, renewal: Renewal, body: Body) -> Self {
        run.begin();
        thread::spawn({
            let (run, scm) = (Arc::clone(&run), Arc::clone(&scm));
            move || {
                body(&run);
                let exit = run.finish();
                scm.change(|known| {
                    known.ended.get_or_insert(exit);
                });
            }
        });
        Self { run, scm, renewal }
    }

    /// Sends a control to the service, as Windows would: only one that the service accepts in its last report, and none in a
    /// state that allows no controls.
    ///
    /// `Ok` means that the service has accepted the control. The program has not necessarily handled it yet.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
    /// service.wait_for(State::Running);
    /// assert!(service.send(Request::Custom(200)).is_err(), "nobody has asked for it");
    /// service.send(Request::Stop).unwrap();
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "what is sent is gone")]
    pub fn send(&self, ask: Request) -> Result<(), Refused> {
        self.check(&ask)?;
        let answer = self.run.control(ask.call().read());
        self.tick();
        match answer.code() {
            0 => Ok(()),
            code => Err(Refused::Answered(code)),
        }
    }

    /// The table of `ControlService` that says what is passed on in which state.
    fn check(&self, ask: &Request) -> Result<(), Refused> {
        let known = self.scm.known();
        let (state, accepts) = match &known.status {
            Some(status) if known.ended.is_none() => (status.state, status.accepts),
            _ => (State::Stopped, Accepts::NONE),
        };
        let is_registered = match ask {
            Request::Device(_) => known
                .registered
                .iter()
                .any(|registered| matches!(registered, Notification::Devices(_))),
            Request::Power(PowerEvent::Setting { setting, .. }) => {
                known.registered.contains(&Notification::PowerSetting(*setting))
            }
            Request::Custom(code) => *code >= 128,
            _ => true,
        };
        match state {
            State::Stopped => Err(Refused::NotActive),
            State::StopPending => Err(Refused::CannotAccept),
            State::StartPending if *ask != Request::Stop => Err(Refused::CannotAccept),
            _ if !is_registered || !accepts.contains(ask.accepted_by()) => Err(Refused::NotAccepted),
            _ => Ok(()),
        }
    }

    /// Advances the clock: deadlines elapse, and the program's async runtime shows progress in pending states.
    ///
    /// The clock advances in steps, and the program's runtime can run in each. A blocked runtime shows no progress; detecting that
    /// takes a second of real time.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
    /// service.wait_for(State::Running);
    /// service.advance(Duration::from_secs(24 * 3600)); // at once
    /// assert_eq!(service.status().state, State::Running);
    /// ```
    pub fn advance(&self, time: Duration) {
        let end = self.scm.known().now + time;
        loop {
            let now = self.scm.known().now;
            if now >= end {
                return;
            }
            let deadline = self.run.deadline().filter(|deadline| *deadline > now);
            let beat = self.next_beat().map(|beat| beat.max(now));
            let mut next = end;
            for stop in [deadline, beat].into_iter().flatten() {
                next = next.min(stop);
            }
            self.scm.change(|known| known.now = next);
            if beat == Some(next) {
                self.renew();
            }
            self.tick();
        }
    }

    /// Lets a deadline that has come have its effect.
    fn tick(&self) {
        if let Some(exit) = self.run.tick() {
            self.scm.change(|known| {
                known.is_killed = true;
                known.ended.get_or_insert(exit);
            });
        }
    }

    /// When the program's async runtime has to show progress next.
    fn next_beat(&self) -> Option<Duration> {
        if self.renewal == Renewal::Nobody || !self.run.state().is_pending() || self.has_ended() {
            return None;
        }
        let known = self.scm.known();
        let state = known.status?.state;
        let first = known
            .reports
            .iter()
            .rev()
            .take_while(|report| report.state == state)
            .last()?;
        Some(first.at.max(known.last_beat) + RENEWAL_INTERVAL)
    }

    /// Lets the program's async runtime show progress, if it can.
    fn renew(&self) {
        let now = self.scm.known().now;
        self.scm.change(|known| known.last_beat = now);
        self.scm.beat.notify();
        let end = Instant::now() + RENEWAL_PATIENCE;
        while self.run.vitals().last_renewed() < now && self.run.state().is_pending() && Instant::now() < end
        {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Returns the elapsed time on the test's clock.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
    /// service.wait_for(State::Running);
    /// service.advance(Duration::from_secs(60));
    /// assert_eq!(service.now(), Duration::from_secs(60));
    /// ```
    pub fn now(&self) -> Duration {
        self.scm.known().now
    }

    /// Returns the last report.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
    /// service.wait_for(State::Running);
    /// assert_eq!(service.status().state, State::Running);
    /// ```
    pub fn status(&self) -> StatusReport {
        // The first report is made before the program is started.
        self.reports()[self.reports().len() - 1]
    }

    /// Returns all reports so far, the first `START_PENDING` included.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
    /// service.wait_for(State::Running);
    /// let states: Vec<_> = service.reports().iter().map(|report| report.state).collect();
    /// assert_eq!(states, [State::StartPending, State::Running]);
    /// ```
    pub fn reports(&self) -> Vec<StatusReport> {
        self.scm.known().reports.clone()
    }

    /// Returns the events logged so far.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
    /// service.wait_for(State::Running);
    /// service.send(Request::Stop).unwrap();
    /// service.wait_for(State::Stopped); // events come before it
    /// let numbers: Vec<_> = service.events().iter().map(|told| told.number).collect();
    /// assert_eq!(numbers, [10, 11]);
    /// ```
    pub fn events(&self) -> Vec<LoggedEvent> {
        self.scm.known().events.clone()
    }

    /// Returns the status text that `service status` would show: that of [`Service::status_text`](crate::Service::status_text)
    /// or [`Service::progress`](crate::Service::progress).
    ///
    /// ```
    /// # use winsvc::testing::{Scm, State};
    /// let service = Scm::new("acme-agent").start(async |service: winsvc::Service| {
    ///     service.status_text("serving 12 clients");
    ///     service.stop_requested().await;
    /// });
    /// service.wait_for(State::Running);
    /// assert_eq!(service.status_text().as_deref(), Some("serving 12 clients"));
    /// ```
    pub fn status_text(&self) -> Option<String> {
        self.scm.known().status_texts.last().cloned().flatten()
    }

    /// Returns `true` if the service has ended.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
    /// service.wait_for(State::Running);
    /// assert!(!service.has_ended());
    /// ```
    pub fn has_ended(&self) -> bool {
        self.scm.known().ended.is_some()
    }

    /// Waits until the service is in this state, and returns its report.
    ///
    /// # Panics
    ///
    /// If the service is not in this state after ten seconds of real time.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
    /// service.wait_for(State::Running);
    /// service.send(Request::Stop).unwrap();
    /// service.wait_for(State::Stopped);
    /// ```
    #[track_caller]
    pub fn wait_for(&self, state: State) -> StatusReport {
        let is_there = |status: Option<Status>| status.is_some_and(|status| status.state == state);
        assert!(
            self.scm.wait(PATIENCE, |known| is_there(known.status)),
            "the service does not become {state:?}; its reports: {:#?}",
            self.reports()
        );
        self.status()
    }

    /// Waits until the service has ended, and returns how it ended.
    ///
    /// # Panics
    ///
    /// If it has not ended after ten seconds of real time.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
    /// service.wait_for(State::Running);
    /// service.send(Request::Stop).unwrap();
    /// assert!(!service.end().is_killed);
    /// ```
    #[track_caller]
    pub fn end(self) -> End {
        assert!(
            self.scm.wait(PATIENCE, |known| known.ended.is_some()),
            "the service does not end; its reports: {:#?}",
            self.reports()
        );
        let known = self.scm.known();
        let last = known.reports[known.reports.len() - 1];
        End {
            reports: known.reports.clone(),
            events: known.events.clone(),
            exit_code: last.exit_code,
            service_code: last.service_code,
            process_exit_code: known.ended.map_or(0, Exit::process_exit_code),
            is_killed: known.is_killed,
        }
    }
}
