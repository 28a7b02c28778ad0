//! The health of a service: [`Health`].

use std::fmt;
use std::time::Duration;

use crate::status::State;
use crate::text::json::Object;

/// The health of a service at a call of [`Service::health`](crate::Service::health): for a health route, a metric, a support page.
///
/// A health route needs two lines, in any web framework:
///
/// ```
/// # use winsvc::testing::{Request, Scm, State};
/// # use winsvc::Service;
/// // GET /health: its status code and its body
/// fn health_route(service: &Service) -> (u16, String) {
///     let health = service.health();
///     (health.http_status(), health.to_json())
/// }
///
/// # fn main() {
/// let (sender, routes) = std::sync::mpsc::channel();
/// let running = Scm::new("acme-agent").start(move |service: Service| {
///     service.status_text("serving 12 clients");
///     service.ready();
///     sender.send(health_route(&service)).unwrap();
///     service.wait_for_stop();
///     sender.send(health_route(&service)).unwrap();
/// });
/// let (code, body) = routes.recv().unwrap();
/// assert_eq!(code, 200);
/// assert!(body.starts_with(r#"{"healthy":true,"state":"running","status_text":"serving 12 clients","#), "{body}");
///
/// running.send(Request::Stop).unwrap();
/// let (code, _) = routes.recv().unwrap();
/// assert_eq!(code, 503, "a stopping service takes no more work");
/// # running.end();
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// The state of the service.
    pub state: State,
    /// The text of [`Service::status_text`](crate::Service::status_text), or the current progress.
    pub status_text: Option<String>,
    /// The time since the last call of [`Service::alive`](crate::Service::alive), or since it became ready; `None` before that
    /// and from its stop on.
    pub since_alive: Option<Duration>,
    /// The `watchdog` of its definition: the maximum time without a call of `alive`.
    pub watchdog: Option<Duration>,
    /// The time since its start.
    pub uptime: Duration,
    /// Its version: that of [`build_info`](crate::build_info).
    pub version: String,
}

impl Health {
    /// Returns `true` if the state is RUNNING: the service is ready, not paused and not in a pending state.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// println!("serves: {}", service.health().is_ready());
    /// # }
    /// ```
    pub fn is_ready(&self) -> bool {
        self.state == State::Running
    }

    /// Returns `true` if the service is stopping.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// println!("is to end: {}", service.health().is_stopping());
    /// # }
    /// ```
    pub fn is_stopping(&self) -> bool {
        self.state.is_ending()
    }

    /// Returns `true` if it has a watchdog and did not call [`Service::alive`](crate::Service::alive) in time. Its process is about
    /// to be killed.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// if service.health().has_missed_watchdog() {
    ///     println!("no call of `alive` in time");
    /// }
    /// # }
    /// ```
    pub fn has_missed_watchdog(&self) -> bool {
        let missed = self.watchdog.zip(self.since_alive);
        missed.is_some_and(|(watchdog, since)| since >= watchdog)
    }

    /// Returns `true` if it can take work: it [is ready](Self::is_ready) and has not [missed](Self::has_missed_watchdog) its watchdog.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// if !service.health().is_healthy() {
    ///     println!("no more work, please");
    /// }
    /// # }
    /// ```
    pub fn is_healthy(&self) -> bool {
        self.is_ready() && !self.has_missed_watchdog()
    }

    /// The status code that load balancers and probes expect: 200 if it [is healthy](Self::is_healthy), else 503.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// let code = service.health().http_status(); // 200 or 503
    /// # }
    /// ```
    pub fn http_status(&self) -> u16 {
        if self.is_healthy() { 200 } else { 503 }
    }

    /// Returns the health as a JSON object on one line. Times are in whole milliseconds; unknown values are `null`.
    ///
    /// ```
    /// # fn example(service: &winsvc::Service) {
    /// println!("{}", service.health().to_json());
    /// // {"healthy":true,"state":"running","status_text":null,"since_alive_ms":12,"watchdog_ms":30000,"uptime_ms":86400012,"version":"1.4.0"}
    /// # }
    /// ```
    pub fn to_json(&self) -> String {
        Object::default()
            .flag("healthy", self.is_healthy())
            .text("state", self.state.as_str())
            .optional_text("status_text", self.status_text.as_deref())
            .optional_number("since_alive_ms", self.since_alive.map(milliseconds))
            .optional_number("watchdog_ms", self.watchdog.map(milliseconds))
            .optional_number("uptime_ms", Some(milliseconds(self.uptime)))
            .text("version", &self.version)
            .finish()
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// One line for people: `running for 93 s, version 1.4.0: serving 12 clients`.
impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uptime = self.uptime.as_secs();
        write!(f, "{} for {uptime} s, version {}", self.state, self.version)?;
        if self.has_missed_watchdog() {
            f.write_str(", no call of `alive` in time")?;
        }
        match &self.status_text {
            Some(text) => write!(f, ": {text}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health() -> Health {
        Health {
            state: State::Running,
            status_text: Some("serving \"12\"".to_owned()),
            since_alive: Some(Duration::from_secs(29)),
            watchdog: Some(Duration::from_secs(30)),
            uptime: Duration::from_millis(93_500),
            version: "1.4.0".to_owned(),
        }
    }

    #[test]
    fn a_service_that_serves_is_healthy() {
        let health = health();
        assert_eq!((health.is_healthy(), health.http_status()), (true, 200));
        assert_eq!(
            health.to_json(),
            r#"{"healthy":true,"state":"running","status_text":"serving \"12\"","since_alive_ms":29000,"watchdog_ms":30000,"uptime_ms":93500,"version":"1.4.0"}"#
        );
        assert_eq!(
            health.to_string(),
            "running for 93 s, version 1.4.0: serving \"12\""
        );
    }

    #[test]
    fn a_missed_watchdog_is_no_health() {
        let health = Health {
            since_alive: Some(Duration::from_secs(30)),
            status_text: None,
            ..health()
        };
        assert_eq!((health.is_ready(), health.is_healthy()), (true, false));
        assert_eq!(
            health.to_string(),
            "running for 93 s, version 1.4.0, no call of `alive` in time"
        );
    }

    #[test]
    fn without_a_watchdog_silence_is_no_illness() {
        let health = Health {
            since_alive: Some(Duration::MAX),
            watchdog: None,
            ..health()
        };
        assert_eq!(health.http_status(), 200);
    }

    #[test]
    fn only_a_running_service_is_healthy() {
        for (state, is_stopping) in [
            (State::StartPending, false),
            (State::PausePending, false),
            (State::Paused, false),
            (State::ContinuePending, false),
            (State::StopPending, true),
            (State::Stopped, true),
        ] {
            let health = Health { state, ..health() };
            assert_eq!((health.is_stopping(), health.http_status()), (is_stopping, 503));
        }
    }
}
