//! A service control manager for tests: starts a service, sends controls, advances the clock and records the reports.
//!
//! It runs in the process of the test, on any machine, and follows the rules by which Windows sends controls. Its clock is paused
//! until the test [advances](Started::advance) it, so that timeouts of minutes take no time. The program under test is
//! real: it runs on its own thread and async runtime, as it does under Windows.
//!
//! You test a function in any of the forms that [`main`](macro@crate::main) can have. The attribute replaces the `main` of a
//! program, so put the code under test into a function that `main` calls:
//!
//! ```
//! use std::time::Duration;
//! use winsvc::testing::{Request, Scm, State};
//! use winsvc::{Control, Service};
//!
//! async fn serve(service: Service) {
//!     let mut controls = service.controls().accept_pause();
//!     service.ready();
//!     while let Some(control) = controls.next().await {
//!         if let Control::Pause(pause) = control {
//!             pause.done();
//!         }
//!     }
//!     service.progress("flushing");
//! }
//!
//! let service = Scm::new("acme-agent").stop_timeout(Duration::from_secs(45)).start(serve);
//! service.wait_for(State::Running);
//!
//! service.send(Request::Pause).unwrap();
//! service.wait_for(State::Paused);
//! service.advance(Duration::from_secs(3600));
//! assert!(service.send(Request::ParamChange).is_err(), "nobody has asked for it");
//!
//! service.send(Request::Stop).unwrap();
//! let end = service.end();
//! assert_eq!(end.exit_code, 0);
//! assert_eq!(end.events[1], "information 12: flushing");
//! ```
//!
//! Limits: it does not reproduce bugs of Windows, it cannot end a thread of the program (a killed program keeps running until the
//! process of the test ends), and it does not advance the program's own timers, which use the real clock.

mod fake;
mod logged_event;
mod request;
mod started;
mod status_report;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use winsvc_definition::{Build, Definition, Layout, Role, ServiceName, Stamp, Timeout};

pub use logged_event::LoggedEvent;
pub use request::{Refused, Request};
pub use started::{End, Started};
pub use status_report::StatusReport;

pub use winsvc_definition::events::Severity;

pub use crate::status::State;

use crate::entry::{Main, Runtime};
use crate::places::Folders;
use crate::run::{Facts, Run};
use fake::FakeScm;

/// A service control manager that starts one service; see the [module](self).
///
/// The settings of its service (feature `settings`) come only from the methods below. The arguments and variables of the test
/// process and the files of the machine are not used.
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
#[derive(Clone, Debug)]
#[must_use]
pub struct Scm {
    definition: Definition,
    start_arguments: Vec<OsString>,
    shutdown_limit: Option<Duration>,
    registered_preshutdown: Option<Duration>,
    runtime: Runtime,
    folders: Folders,
    #[cfg(feature = "settings")]
    surroundings: crate::run::Surroundings,
}

impl Scm {
    /// Creates an SCM for a service with this name and the default definition.
    ///
    /// # Panics
    ///
    /// If the name is not a valid service name.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let scm = Scm::new("acme-agent");
    /// # let _ = scm;
    /// ```
    pub fn new(name: &str) -> Self {
        match ServiceName::new(name) {
            Ok(name) => Self::of(Definition::new(name)),
            Err(error) => panic!("{error}"),
        }
    }

    fn of(definition: Definition) -> Self {
        Self {
            definition,
            start_arguments: Vec::new(),
            shutdown_limit: None,
            registered_preshutdown: None,
            runtime: Runtime::default(),
            folders: Folders::default(),
            #[cfg(feature = "settings")]
            surroundings: crate::run::Surroundings::default(),
        }
    }

    /// Sets `start-timeout` of the definition. This and the other timeouts are in whole milliseconds.
    ///
    /// # Panics
    ///
    /// If it is zero or longer than a day, as in a definition.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent")
    ///     .start_timeout(Duration::from_secs(5))
    ///     .start(async |_: Starting| std::future::pending::<()>().await);
    /// service.advance(Duration::from_secs(5));
    /// assert_eq!(service.end().exit_code, 1053);
    /// ```
    pub fn start_timeout(mut self, timeout: Duration) -> Self {
        self.definition.start_timeout = as_defined(timeout);
        self
    }

    /// Sets `stop-timeout` of the definition.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent")
    ///     .stop_timeout(Duration::from_secs(60))
    ///     .start(async |service: Service| {
    ///         service.stop_requested().await;
    ///         std::future::pending::<()>().await;
    ///     });
    /// service.wait_for(State::Running);
    /// service.send(Request::Stop).unwrap();
    /// service.advance(Duration::from_secs(60));
    /// assert!(service.end().is_killed);
    /// ```
    pub fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.definition.stop_timeout = as_defined(timeout);
        self
    }

    /// Sets `preshutdown-timeout` of the definition.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent")
    ///     .preshutdown_timeout(Duration::from_secs(300))
    ///     .start(async |service: Service| service.stop_requested().await);
    /// service.wait_for(State::Running);
    /// service.send(Request::Preshutdown).unwrap();
    /// assert_eq!(service.end().exit_code, 0);
    /// ```
    pub fn preshutdown_timeout(mut self, timeout: Duration) -> Self {
        self.definition.preshutdown_timeout = Some(as_defined(timeout));
        self
    }

    /// Sets `watchdog` of the definition.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent")
    ///     .watchdog(Duration::from_secs(30))
    ///     .start(async |service: Service| service.stop_requested().await); // without calls of `alive`
    /// service.wait_for(State::Running);
    /// service.advance(Duration::from_secs(30));
    /// assert!(service.end().is_killed);
    /// ```
    pub fn watchdog(mut self, timeout: Duration) -> Self {
        self.definition.watchdog = Some(as_defined(timeout));
        self
    }

    /// Sets how long Windows waits for its services at a shutdown; no limit by default.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent")
    ///     .shutdown_limit(Duration::from_secs(5))
    ///     .start(async |service: Service| {
    ///         service.stop_requested().await;
    ///         std::future::pending::<()>().await;
    ///     });
    /// service.wait_for(State::Running);
    /// service.send(Request::Shutdown).unwrap();
    /// service.advance(Duration::from_secs(5)); // the stop timeout would be 20 s
    /// assert!(service.end().is_killed);
    /// ```
    pub fn shutdown_limit(mut self, limit: Duration) -> Self {
        self.shutdown_limit = Some(limit);
        self
    }

    /// Sets the registered preshutdown timeout, if it differs from that of the definition: an administrator may have changed it.
    /// The shorter one applies.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent")
    ///     .preshutdown_timeout(Duration::from_secs(300))
    ///     .registered_preshutdown_timeout(Duration::from_secs(10))
    ///     .start(async |service: Service| {
    ///         service.stop_requested().await;
    ///         std::future::pending::<()>().await;
    ///     });
    /// service.wait_for(State::Running);
    /// service.send(Request::Preshutdown).unwrap();
    /// service.advance(Duration::from_secs(10));
    /// assert!(service.end().is_killed);
    /// ```
    pub fn registered_preshutdown_timeout(mut self, timeout: Duration) -> Self {
        self.registered_preshutdown = Some(timeout);
        self
    }

    /// Sets the arguments of `StartService`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent")
    ///     .start_arguments(["--trace"])
    ///     .start(|service: Service| assert_eq!(service.start_arguments(), ["--trace"]));
    /// assert_eq!(service.end().exit_code, 0);
    /// ```
    pub fn start_arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.start_arguments = arguments.into_iter().map(Into::into).collect();
        self
    }

    /// The `flavor = "current_thread"` of [`main`](macro@crate::main).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent").current_thread().start(async || ());
    /// assert_eq!(service.end().exit_code, 0);
    /// ```
    pub fn current_thread(mut self) -> Self {
        self.runtime.is_current_thread = true;
        self
    }

    /// The `worker_threads` of [`main`](macro@crate::main).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent").worker_threads(2).start(async || ());
    /// assert_eq!(service.end().exit_code, 0);
    /// ```
    pub fn worker_threads(mut self, threads: usize) -> Self {
        self.runtime.worker_threads = Some(threads);
        self
    }

    /// Sets the command line for the [settings](crate::settings).
    ///
    /// ```
    /// # use winsvc::testing::Scm;
    /// # use winsvc::settings::{Error, Origin};
    /// #[derive(serde::Deserialize)]
    /// struct Settings { workers: u16 }
    ///
    /// let service = Scm::new("acme-agent").arguments(["--workers", "4"]).start(|starting: winsvc::Starting| {
    ///     let settings: Settings = starting.settings().read().unwrap();
    ///     assert_eq!(settings.workers, 4);
    /// });
    /// assert_eq!(service.end().exit_code, 0);
    /// ```
    #[cfg(feature = "settings")]
    pub fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.surroundings.command_line = arguments.into_iter().map(Into::into).collect();
        self
    }

    /// Sets an environment variable for the [settings](crate::settings).
    ///
    /// ```
    /// # use winsvc::testing::Scm;
    /// # use winsvc::settings::{Error, Origin};
    /// #[derive(serde::Deserialize)]
    /// struct Settings { workers: u16 }
    ///
    /// let service = Scm::new("acme-agent").variable("ACME_AGENT_WORKERS", "4").start(|starting: winsvc::Starting| {
    ///     let settings: Settings = starting.settings().read().unwrap();
    ///     assert_eq!(settings.workers, 4);
    /// });
    /// assert_eq!(service.end().exit_code, 0);
    /// ```
    #[cfg(feature = "settings")]
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.surroundings.variables.give(name.into(), value.into());
        self
    }

    /// Sets the folder of what administrators configure ([`Folders::config`]), with the settings file. Without it there is
    /// none.
    ///
    /// ```no_run
    /// # use winsvc::testing::Scm;
    /// # fn example(folder: &std::path::Path, serve: fn(winsvc::Service)) -> std::io::Result<()> {
    /// std::fs::write(folder.join("acme-agent.toml"), "workers = 4")?;
    /// let service = Scm::new("acme-agent").config_folder(folder).start(serve);
    /// # Ok(())
    /// # }
    /// ```
    pub fn config_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.set_config(folder.into());
        self
    }

    /// Sets the folder for data ([`Folders::data`]). Without it, [`Service::data_folder`](crate::Service::data_folder) is
    /// an error.
    ///
    /// ```
    /// # use winsvc::testing::Scm;
    /// # use winsvc::Service;
    /// let folder = std::env::temp_dir().join("acme-agent-test");
    /// let service = Scm::new("acme-agent").data_folder(&folder).start(|service: Service| {
    ///     std::fs::write(service.data_folder()?.join("state"), "1")
    /// });
    /// assert_eq!(service.end().exit_code, 0);
    /// assert!(folder.join("state").is_file());
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// ```
    pub fn data_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.set_data(folder.into());
        self
    }

    /// Sets the folder for log files ([`Folders::logs`]).
    ///
    /// ```no_run
    /// # use winsvc::testing::Scm;
    /// # fn example(folder: &std::path::Path, serve: fn(winsvc::Service)) {
    /// let service = Scm::new("acme-agent").logs_folder(folder).start(serve);
    /// # }
    /// ```
    pub fn logs_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.set_logs(folder.into());
        self
    }

    /// Sets the folder of the exe, which is the installation folder ([`Folders::install`]), with the shipped settings.
    ///
    /// ```no_run
    /// # use winsvc::testing::Scm;
    /// # fn example(folder: &std::path::Path, serve: fn(winsvc::Service)) -> std::io::Result<()> {
    /// std::fs::copy("acme-agent.toml", folder.join("acme-agent.toml"))?;
    /// let service = Scm::new("acme-agent").exe_folder(folder).start(serve);
    /// # Ok(())
    /// # }
    /// ```
    pub fn exe_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        #[cfg(feature = "settings")]
        {
            self.surroundings.own_folders = vec![folder.clone()];
        }
        self.folders.set_install(folder);
        self
    }

    /// Starts the service: runs `main` on its own thread.
    ///
    /// `main` may be a function or a closure in any form that [`main`](macro@crate::main) can have; a closure must name the
    /// type of its argument. `Kind` distinguishes the forms for the compiler; you never name it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// async fn serve(service: Service) -> Result<(), std::io::Error> {
    ///     service.stop_requested().await;
    ///     Ok(())
    /// }
    ///
    /// let service = Scm::new("acme-agent").start(serve);
    /// # service.wait_for(State::Running);
    /// # service.send(Request::Stop).unwrap();
    /// # service.end();
    /// ```
    pub fn start<Kind>(self, main: impl Main<Kind>) -> Started {
        let (form, body) = main.into_parts(self.runtime);
        let scm = Arc::new(FakeScm::default());
        let facts = Facts {
            name: self.definition.name.as_str().to_owned(),
            stamp: Stamp {
                layout: Layout::default(),
                properties: Vec::new(),
                definition: self.definition,
                role: Role::Service,
                build: Build::default(),
                firewall: Vec::new(),
                host: None,
                autostart: Vec::new(),
                update: None,
            },
            start_arguments: self.start_arguments,
            shutdown_limit: self.shutdown_limit,
            registered_preshutdown: self.registered_preshutdown,
            folders: self.folders,
            #[cfg(feature = "settings")]
            surroundings: self.surroundings,
        };
        let run = Arc::new(Run::new(facts, form, Arc::<FakeScm>::clone(&scm)));
        Started::start(run, scm, form.renewal, body)
    }
}

fn as_defined(timeout: Duration) -> Timeout {
    match Timeout::new(&format!("{}ms", timeout.as_millis())) {
        Ok(timeout) => timeout,
        Err(error) => panic!("{error}"),
    }
}
