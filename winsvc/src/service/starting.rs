//! The author's handle until the service is ready: [`Starting`].

use std::ffi::OsString;
use std::sync::Arc;

use winsvc_definition::Build;

use super::Service;
use crate::run::{Health, Run};

/// A service that is not ready yet.
///
/// As the argument of `main` it promises to say when the service is: nothing but [`ready`](Self::ready) makes it RUNNING.
/// Until then a failure is a failed start, which whoever started the service (an installer, `sc start`, a service that
/// depends on this one) gets to see. No stop arrives before that.
///
/// If `ready` has not been called within the start timeout (30 s if the definition has no other), the start has failed:
/// the SCM gets 1053 (`ERROR_SERVICE_REQUEST_TIMEOUT`) and the process ends. Dropping the handle changes nothing about that. A `main`
/// that returns before it is ready ends the start with what it returned; `Ok` is a service that had nothing to do, and is
/// reported as stopped without failure.
///
/// ```no_run
/// use std::net::TcpListener;
///
/// #[winsvc::main]
/// async fn main(starting: winsvc::Starting) -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:8080")?; // a port that is taken is a failed start
///     let service = starting.ready();
///     service.stop_requested().await;
///     drop(listener);
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Starting {
    service: Service,
}

impl Starting {
    pub(crate) fn new(run: Arc<Run>) -> Self {
        Self {
            service: Service::new(run),
        }
    }

    #[cfg(feature = "settings")]
    pub(crate) fn run(&self) -> &Arc<Run> {
        self.service.run()
    }

    /// Says that the service is ready: it is reported as RUNNING, and can be stopped from now on.
    ///
    /// ```
    /// use winsvc::testing::{Request, Scm, State};
    ///
    /// let service = Scm::new("acme-agent").start(|starting: winsvc::Starting| async move {
    ///     // All that can fail comes before this.
    ///     let service = starting.ready();
    ///     service.stop_requested().await;
    /// });
    /// service.wait_for(State::Running);
    /// service.send(Request::Stop).unwrap();
    /// assert_eq!(service.end().exit_code, 0);
    /// ```
    pub fn ready(self) -> Service {
        self.service.ready();
        self.service
    }

    /// Says what the service is doing; see [`Service::status_text`].
    ///
    /// ```no_run
    /// # fn example(starting: &winsvc::Starting) {
    /// starting.status_text("reading the index");
    /// # }
    /// ```
    pub fn status_text(&self, text: &str) {
        self.service.status_text(text);
    }

    /// Tells how far the start has come; see [`Service::progress`]. The start timeout stays what it is.
    ///
    /// ```no_run
    /// # fn example(starting: winsvc::Starting) {
    /// for shard in 0..7 {
    ///     starting.progress(&format!("loading {shard} of 7"));
    /// }
    /// let service = starting.ready();
    /// # }
    /// ```
    pub fn progress(&self, text: &str) {
        self.service.progress(text);
    }

    /// How the service is, which is not ready; see [`Service::health`].
    ///
    /// ```no_run
    /// # fn example(starting: &winsvc::Starting) {
    /// println!("{}", starting.health());
    /// # }
    /// ```
    pub fn health(&self) -> Health {
        self.service.health()
    }

    /// The name that the service was started under; see [`Service::name`].
    ///
    /// ```no_run
    /// # fn example(starting: winsvc::Starting) {
    /// println!("{} starts", starting.name());
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        self.service.name()
    }

    /// The name that people see; see [`Service::display_name`].
    ///
    /// ```no_run
    /// # fn example(starting: winsvc::Starting) {
    /// println!("{} starts", starting.display_name());
    /// # }
    /// ```
    pub fn display_name(&self) -> &str {
        self.service.display_name()
    }

    /// Where the program comes from; see [`Service::build_info`].
    ///
    /// ```no_run
    /// # fn example(starting: winsvc::Starting) {
    /// println!("version {}", starting.build_info().version);
    /// # }
    /// ```
    pub fn build_info(&self) -> &Build {
        self.service.build_info()
    }

    /// What this one start was asked for; see [`Service::start_arguments`].
    ///
    /// ```no_run
    /// # fn example(starting: winsvc::Starting) {
    /// let is_repair = starting.start_arguments().iter().any(|argument| argument == "--repair");
    /// # }
    /// ```
    pub fn start_arguments(&self) -> &[OsString] {
        self.service.start_arguments()
    }
}
