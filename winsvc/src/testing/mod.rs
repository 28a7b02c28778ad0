//! A service control manager for tests: starts a service, sends it controls, lets time pass and keeps what is reported.
//!
//! It runs in the test's own process, on any machine, and knows the rules by which Windows sends controls. Its clock stands
//! until the test lets [time pass](Started::advance), so that timeouts of minutes take no time. The program under test is
//! real: it runs on a thread and an async runtime of its own, as it does under Windows.
//!
//! What is tested is a function in any of the forms that [`main`](macro@crate::main) can have. The `main` of a program is
//! the attribute's, so put what is to be tested into a function that it calls:
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
//! What it cannot do: make Windows' own mistakes, end a thread of the program (one that was to be ended by force stays until the test's
//! process ends), or let time pass for timers of the program itself, which run by the real clock.

mod fake;
mod logged_event;
mod request;
mod started;
mod status_report;

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use winsvc_definition::{Build, Definition, ServiceName, Stamp, Timeout};

pub use logged_event::LoggedEvent;
pub use request::{Refused, Request};
pub use started::{End, Started};
pub use status_report::StatusReport;

pub use winsvc_definition::events::Severity;

pub use crate::status::State;

use crate::entry::{Main, Runtime};
use crate::run::{Facts, Run};
use fake::FakeScm;

/// A service control manager that starts one service; see the [module](self).
///
/// The settings of its service (feature `settings`) come from what the test says here, and from nowhere else: neither the
/// arguments and variables of the test's own process nor files of the machine have a part in it.
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
    #[cfg(feature = "settings")]
    surroundings: crate::run::Surroundings,
}

impl Scm {
    /// One whose service has this name and otherwise the defaults of a definition.
    ///
    /// # Panics
    ///
    /// If no service can have this name.
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
            #[cfg(feature = "settings")]
            surroundings: crate::run::Surroundings::default(),
        }
    }

    /// `start-timeout` of the definition. This and the other timeouts count whole milliseconds.
    ///
    /// # Panics
    ///
    /// If it is nothing, or more than a day, as in a definition.
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

    /// `stop-timeout` of the definition.
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

    /// `preshutdown-timeout` of the definition.
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

    /// `watchdog` of the definition.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use winsvc::testing::{Request, Refused, Scm, State};
    /// # use winsvc::{Service, Starting};
    /// let service = Scm::new("acme-agent")
    ///     .watchdog(Duration::from_secs(30))
    ///     .start(async |service: Service| service.stop_requested().await); // and never says that it is alive
    /// service.wait_for(State::Running);
    /// service.advance(Duration::from_secs(30));
    /// assert!(service.end().is_killed);
    /// ```
    pub fn watchdog(mut self, timeout: Duration) -> Self {
        self.definition.watchdog = Some(as_defined(timeout));
        self
    }

    /// How long this Windows waits for its services when it shuts down; without this it has no limit.
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

    /// The preshutdown timeout that the service is registered with, where that is not its definition's: an administrator may
    /// have changed it. The shorter one applies.
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

    /// The arguments of `StartService`.
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

    /// The command line, as far as [settings](crate::settings) come from it.
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

    /// A variable of the environment, as far as [settings](crate::settings) come from it.
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

    /// The folder of the administrator's [settings](crate::settings): what `%ProgramData%\Manufacturer\Product` is on Windows.
    ///
    /// ```no_run
    /// # use winsvc::testing::Scm;
    /// # fn example(folder: &std::path::Path, serve: fn(winsvc::Service)) -> std::io::Result<()> {
    /// std::fs::write(folder.join("acme-agent.toml"), "workers = 4")?;
    /// let service = Scm::new("acme-agent").data_folder(folder).start(serve);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "settings")]
    pub fn data_folder(mut self, folder: impl Into<std::path::PathBuf>) -> Self {
        self.surroundings.data_folder = Some(folder.into());
        self
    }

    /// The folder of the exe, where the [settings](crate::settings) lie that are shipped.
    ///
    /// ```no_run
    /// # use winsvc::testing::Scm;
    /// # fn example(folder: &std::path::Path, serve: fn(winsvc::Service)) -> std::io::Result<()> {
    /// std::fs::copy("acme-agent.toml", folder.join("acme-agent.toml"))?;
    /// let service = Scm::new("acme-agent").exe_folder(folder).start(serve);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "settings")]
    pub fn exe_folder(mut self, folder: impl Into<std::path::PathBuf>) -> Self {
        self.surroundings.own_folders = vec![folder.into()];
        self
    }

    /// Starts the service: `main` runs on a thread of its own from here on.
    ///
    /// It may be a function or a closure in any form that [`main`](macro@crate::main) can have; a closure has to name the
    /// type of its argument. `Kind` tells the forms apart for the compiler and is never named.
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
                folders: vec![self.definition.name.as_str().to_owned()],
                definition: self.definition,
                build: Build::default(),
            },
            start_arguments: self.start_arguments,
            shutdown_limit: self.shutdown_limit,
            registered_preshutdown: self.registered_preshutdown,
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
