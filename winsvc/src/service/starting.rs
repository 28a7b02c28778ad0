//! The program's handle until the service is ready: [`Starting`].

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use winsvc_definition::Build;

use super::Service;
use crate::places::Folders;
use crate::run::{Health, Run};

/// A service that is not ready yet.
///
/// With this argument of `main`, only [`ready`](Self::ready) makes the service RUNNING. Until then a failure is a failed start,
/// which is reported to the program that started the service (an installer, `sc start`, a service that depends on this one). No
/// stop arrives before the service is ready.
///
/// If `ready` is not called within the start timeout (30 s by default), the start fails: the SCM gets 1053
/// (`ERROR_SERVICE_REQUEST_TIMEOUT`) and the process ends. Dropping the handle does not change that. If `main` returns before
/// the service is ready, its result is the result of the start; `Ok` means that the service had nothing to do, and it is
/// reported as stopped without a failure.
///
/// ```no_run
/// use std::net::TcpListener;
///
/// #[winsvc::main]
/// async fn main(starting: winsvc::Starting) -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:8080")?; // a port in use is a failed start
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

    #[cfg(any(feature = "settings", feature = "host"))]
    pub(crate) fn run(&self) -> &Arc<Run> {
        self.service.run()
    }

    /// Reports the service as ready (RUNNING). From now on it can be stopped.
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

    /// Sets the status text; see [`Service::status_text`].
    ///
    /// ```no_run
    /// # fn example(starting: &winsvc::Starting) {
    /// starting.status_text("reading the index");
    /// # }
    /// ```
    pub fn status_text(&self, text: &str) {
        self.service.status_text(text);
    }

    /// Reports the progress of the start; see [`Service::progress`]. It does not extend the start timeout.
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

    /// Returns the health of the service, which is not ready yet; see [`Service::health`].
    ///
    /// ```no_run
    /// # fn example(starting: &winsvc::Starting) {
    /// println!("{}", starting.health());
    /// # }
    /// ```
    pub fn health(&self) -> Health {
        self.service.health()
    }

    /// Returns the name that the service was started under; see [`Service::name`].
    ///
    /// ```no_run
    /// # fn example(starting: winsvc::Starting) {
    /// println!("{} starts", starting.name());
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        self.service.name()
    }

    /// Returns the display name; see [`Service::display_name`].
    ///
    /// ```no_run
    /// # fn example(starting: winsvc::Starting) {
    /// println!("{} starts", starting.display_name());
    /// # }
    /// ```
    pub fn display_name(&self) -> &str {
        self.service.display_name()
    }

    /// Returns the origin of the program; see [`Service::build_info`].
    ///
    /// ```no_run
    /// # fn example(starting: winsvc::Starting) {
    /// println!("version {}", starting.build_info().version);
    /// # }
    /// ```
    pub fn build_info(&self) -> &Build {
        self.service.build_info()
    }

    /// Returns the service's folders; see [`Service::folders`].
    ///
    /// ```no_run
    /// # fn example(starting: winsvc::Starting) {
    /// let assets = starting.folders().install().join("assets");
    /// # }
    /// ```
    pub fn folders(&self) -> &Folders {
        self.service.folders()
    }

    /// Returns the folder for the service's own data; see [`Service::data_folder`].
    ///
    /// ```no_run
    /// # fn example(starting: winsvc::Starting) -> std::io::Result<()> {
    /// let database = starting.data_folder()?.join("agent.db"); // an error fails the start
    /// # Ok(())
    /// # }
    /// ```
    pub fn data_folder(&self) -> io::Result<PathBuf> {
        self.service.data_folder()
    }

    /// Reads a file of the configuration folder; see [`Service::read_config`].
    ///
    /// ```no_run
    /// # fn example(starting: winsvc::Starting) -> std::io::Result<()> {
    /// let certificate = starting.read_config("tls/ca.pem")?; // an error fails the start
    /// # Ok(())
    /// # }
    /// ```
    pub fn read_config(&self, file: impl AsRef<Path>) -> io::Result<Vec<u8>> {
        self.service.read_config(file)
    }

    /// Returns the arguments of this start; see [`Service::start_arguments`].
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
