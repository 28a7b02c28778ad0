//! The program's handle to the run: [`Service`].

mod controls;
mod starting;

use std::ffi::OsString;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use winsvc_definition::{Build, Timeout};

use crate::control::StopReason;
use crate::places::Folders;
use crate::run::{Health, Run, is_main};
use crate::sync::Raised;
#[cfg(feature = "update")]
use crate::update::Updates;
pub use controls::Controls;
pub use starting::Starting;

/// A handle to the running service: it receives the stop request and reports the state of the service.
///
/// It is cheap to clone; all clones refer to the same service.
///
/// As the argument of `main` it also determines when the service is ready: **the service is RUNNING when `main` itself waits for
/// the stop, when a [`stop_requested`](Self::stop_requested) future that `main` created is first polled, or when any code calls
/// [`ready`](Self::ready).**
///
/// | waiting for the stop | makes the service ready |
/// | --- | --- |
/// | `main`: `service.stop_requested().await`, also in `select!` or `join!`; [`wait_for_stop`](Self::wait_for_stop) | yes |
/// | a future that `main` created and passed on: `axum::serve(..).with_graceful_shutdown(service.stop_requested())` | yes, when it is first polled |
/// | a spawned task or thread with a clone of the `Service` that creates the future, or blocks, itself | no |
///
/// So a task that is spawned before the port is bound and waits for the stop does not make the service RUNNING too early. If
/// nothing in `main` waits, call [`ready`](Self::ready). If the service is not ready within the start timeout (30 s by default),
/// RUNNING is reported anyway, with a warning. Use [`Starting`](crate::Starting) to make that a failed start.
///
/// `main` itself means the code that runs within its future, or, without async, on its thread. That includes the tasks of a
/// `LocalSet` that `main` polls, and of a single-threaded runtime that a plain `main` starts on its own thread.
///
/// ```no_run
/// use std::time::Duration;
///
/// #[winsvc::main]
/// async fn main(service: winsvc::Service) {
///     tokio::spawn({
///         let service = service.clone();
///         async move {
///             while !service.is_stopping() {
///                 println!("still here");
///                 tokio::time::sleep(Duration::from_secs(1)).await;
///             }
///         }
///     });
///     service.stop_requested().await;
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Service {
    run: Arc<Run>,
}

impl Service {
    pub(crate) fn new(run: Arc<Run>) -> Self {
        Self { run }
    }

    #[cfg(any(feature = "settings", feature = "host"))]
    pub(crate) fn run(&self) -> &Arc<Run> {
        &self.run
    }

    /// Returns a future that completes when the service must stop.
    ///
    /// The future borrows nothing, so it can be passed wherever a shutdown signal is expected. Any number of tasks may wait at
    /// the same time, on any async runtime; dropping the future has no effect.
    ///
    /// When it completes, the service has its stop timeout (20 s by default) to finish its work and to return from `main`; see
    /// [`stop_deadline`](Self::stop_deadline).
    ///
    /// ```no_run
    /// # mod axum {
    /// #     pub struct Serve;
    /// #     impl Serve {
    /// #         pub async fn with_graceful_shutdown(
    /// #             self,
    /// #             signal: impl Future<Output = ()> + Send + 'static,
    /// #         ) -> std::io::Result<()> {
    /// #             signal.await;
    /// #             Ok(())
    /// #         }
    /// #     }
    /// #     pub fn serve(_listener: (), _routes: ()) -> Serve { Serve }
    /// # }
    /// # fn routes() {}
    /// # async fn listen() -> std::io::Result<()> { Ok(()) }
    /// #[winsvc::main]
    /// async fn main(service: winsvc::Service) -> std::io::Result<()> {
    ///     let listener = listen().await?;
    ///     axum::serve(listener, routes())
    ///         .with_graceful_shutdown(service.stop_requested())
    ///         .await
    /// }
    /// ```
    pub fn stop_requested(&self) -> StopRequested {
        StopRequested {
            raised: self.run.stop_requested(),
            run: Arc::clone(&self.run),
            is_from_main: is_main(),
            is_counted: false,
        }
    }

    /// Blocks the thread until the service must stop: [`stop_requested`](Self::stop_requested) for a `main` without async.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// fn main(service: winsvc::Service) {
    ///     let worker = std::thread::spawn({
    ///         let service = service.clone();
    ///         move || while !service.is_stopping() { /* one piece of work */ }
    ///     });
    ///     service.wait_for_stop();
    ///     let _ = worker.join();
    /// }
    /// ```
    pub fn wait_for_stop(&self) {
        self.begin_wait();
        self.run.stop().wait(None);
    }

    /// Blocks the thread until the service must stop, or `timeout` has elapsed. Returns `true` if the service must stop.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// #[winsvc::main]
    /// fn main(service: winsvc::Service) {
    ///     while !service.wait_for_stop_timeout(Duration::from_secs(60)) {
    ///         println!("another minute");
    ///     }
    /// }
    /// ```
    pub fn wait_for_stop_timeout(&self, timeout: Duration) -> bool {
        self.begin_wait();
        self.run.stop().wait(Some(timeout))
    }

    /// Makes the service ready if the waiting thread is that of `main`.
    fn begin_wait(&self) {
        if is_main() {
            self.run.ready();
        }
    }

    /// Returns `true` if the service must stop.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// while !service.is_stopping() {
    ///     // one piece of work
    /// }
    /// # }
    /// ```
    pub fn is_stopping(&self) -> bool {
        self.run.stop().is_raised()
    }

    /// Returns the reason of the stop; `None` before a stop was requested.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// if service.stop_reason() == Some(winsvc::StopReason::Shutdown) {
    ///     // The machine goes down: leave out what can wait for the next start.
    /// }
    /// # }
    /// ```
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.run.stop_reason()
    }

    /// Returns the deadline of the stop; `None` before a stop was requested.
    ///
    /// After this instant the process is killed, and an event is logged.
    ///
    /// ```
    /// # fn example(service: &winsvc::Service) {
    /// let left = service
    ///     .stop_deadline()
    ///     .map(|deadline| deadline.saturating_duration_since(std::time::Instant::now()));
    /// # }
    /// ```
    pub fn stop_deadline(&self) -> Option<Instant> {
        self.run.stop_deadline()
    }

    /// Reports the service as ready (RUNNING). Further calls have no effect.
    ///
    /// Call it if `main` itself does not wait for the stop, or waits only later. Any task or thread may call it.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// fn main(service: winsvc::Service) {
    ///     let (sender, jobs) = std::sync::mpsc::channel::<String>();
    ///     std::thread::spawn(move || receive(sender));
    ///     service.ready(); // nothing below waits for the stop itself
    ///     for job in jobs {
    ///         println!("{job}");
    ///     }
    /// }
    /// # fn receive(_: std::sync::mpsc::Sender<String>) {}
    /// ```
    pub fn ready(&self) {
        self.run.ready();
    }

    /// Receives other controls: pause and continue, parameter changes, session, power and device events, and the program's own
    /// control codes. See [`Controls`]; the service accepts only the controls that the program asks for.
    ///
    /// ```no_run
    /// # async fn example(service: winsvc::Service) {
    /// let mut controls = service.controls().accept_param_change();
    /// while let Some(_change) = controls.next().await {
    ///     println!("reading the configuration again");
    /// }
    /// # }
    /// ```
    pub fn controls(&self) -> Controls {
        Controls::new(Arc::clone(&self.run))
    }

    /// Reports the progress of a long operation: a start, a pause or a stop.
    ///
    /// In a pending state it is reported to the SCM as progress. The text is logged, and the event about an elapsed timeout
    /// contains it. It does not extend the [deadline](Self::stop_deadline).
    ///
    /// ```no_run
    /// # fn flush(_: u32) {}
    /// #[winsvc::main]
    /// fn main(service: winsvc::Service) {
    ///     service.wait_for_stop();
    ///     for shard in 0..7 {
    ///         service.progress(&format!("flushing {shard} of 7"));
    ///         flush(shard);
    ///     }
    /// }
    /// ```
    pub fn progress(&self, text: &str) {
        self.run.progress(text);
    }

    /// Sets the status text, one line that describes what the service does: `serving 12 clients`. It replaces the previous text;
    /// an empty text removes it.
    ///
    /// `NAME.exe service status`, systemd (`STATUS=`) and [`health`](Self::health) show it. It is not logged and is lost when the
    /// process ends. It is cheap enough to be updated at every change. All users who are logged on to the machine can read it,
    /// so it must not contain secrets. A longer text is cut after 4,084 bytes.
    ///
    /// While the service is on its way to another state, the text of [`progress`](Self::progress) is shown instead.
    ///
    /// ```no_run
    /// # async fn next_client() {}
    /// #[winsvc::main]
    /// async fn main(service: winsvc::Service) {
    ///     service.ready();
    ///     let mut clients = 0;
    ///     while !service.is_stopping() {
    ///         next_client().await;
    ///         clients += 1;
    ///         service.status_text(&format!("served {clients} clients"));
    ///     }
    /// }
    /// ```
    pub fn status_text(&self, text: &str) {
        self.run.status_text(text);
    }

    /// Resets the watchdog of the definition (`watchdog = "30s"`) and that of systemd (`WatchdogSec=`). Without a watchdog it does
    /// nothing; it is cheap enough to be called in every iteration of a loop.
    ///
    /// A service with a watchdog that does not call `alive` in time, from RUNNING until its stop, is killed immediately. STOPPED is
    /// not reported, so that Windows treats it as a crash and runs the recovery actions. Call `alive` where the service has done
    /// real work, not in a task that only waits for a timer.
    ///
    /// ```no_run
    /// # async fn next_job() {}
    /// #[winsvc::main]
    /// async fn main(service: winsvc::Service) {
    ///     service.ready();
    ///     while !service.is_stopping() {
    ///         next_job().await;
    ///         service.alive();
    ///     }
    /// }
    /// ```
    pub fn alive(&self) {
        self.run.alive();
    }

    /// Returns the health of the service: its state, its status text, its last call of [`alive`](Self::alive) and its uptime.
    /// [`Health`] has an example of an HTTP route.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// println!("{}", service.health()); // running for 93 s, version 1.4.0: serving 12 clients
    /// # }
    /// ```
    pub fn health(&self) -> Health {
        self.run.health()
    }

    /// Returns the name that the service was started under. It is the name in the definition, unless the exe was registered under
    /// another name.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// println!("{} begins", service.name());
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        &self.run.facts().name
    }

    /// Returns the display name: `display-name` of the definition that `cargo winsvc` stamped into the exe, or the name of the
    /// package if the exe is not stamped.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// println!("{} {}", service.display_name(), service.build_info().version);
    /// # }
    /// ```
    pub fn display_name(&self) -> &str {
        self.run.facts().stamp.definition.display_name.as_str()
    }

    /// Returns the maximum time between two calls of [`alive`](Self::alive): `watchdog` of the definition, `None` without one.
    ///
    /// ```no_run
    /// # async fn example(service: &winsvc::Service) {
    /// if let Some(timeout) = service.watchdog_timeout() {
    ///     let mut ticks = tokio::time::interval(timeout / 3);
    ///     ticks.tick().await;
    /// }
    /// # }
    /// ```
    pub fn watchdog_timeout(&self) -> Option<Duration> {
        self.run.facts().stamp.definition.watchdog.map(Timeout::duration)
    }

    /// Returns the origin of the program: version, commit and so on; the same as [`winsvc::build_info`](crate::build_info).
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// println!("version {}", service.build_info().version);
    /// # }
    /// ```
    pub fn build_info(&self) -> &Build {
        &self.run.facts().stamp.build
    }

    /// Returns the service's folders: where it is installed, its settings, data and logs.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// let assets = service.folders().install().join("assets");
    /// # }
    /// ```
    pub fn folders(&self) -> &Folders {
        &self.run.facts().folders
    }

    /// Returns the updater of the product (feature `update`); `None` if the product does not update itself, and on other
    /// systems than Windows.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) -> std::io::Result<()> {
    /// if let Some(updates) = service.update() {
    ///     updates.check()?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "update")]
    pub fn update(&self) -> Option<Updates> {
        Updates::of_this_exe()
    }

    /// Returns the folder for the service's own data, and creates it if it does not exist.
    ///
    /// Under the SCM the folder is checked. Every user of a machine can create folders in `%ProgramData%`. So it is an
    /// error if the folder, or one that contains it, belongs to somebody who may not be an administrator, is a link or a
    /// junction, or if other users can write to the folder. What is in the folder can be trusted then.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// fn main(service: winsvc::Service) -> std::io::Result<()> {
    ///     let database = service.data_folder()?.join("agent.db");
    ///     println!("using {}", database.display());
    ///     service.wait_for_stop();
    ///     Ok(())
    /// }
    /// ```
    pub fn data_folder(&self) -> io::Result<PathBuf> {
        self.folders().make_data_folder()
    }

    /// Reads a file of the [configuration folder](Folders::config), such as a certificate. `file` is a path below the
    /// folder. The program's settings are read by `settings`.
    ///
    /// Under the SCM the file and its folders are checked by the same handles that read it: it is an error if one of them
    /// belongs to somebody who may not be an administrator, or is a link.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) -> std::io::Result<()> {
    /// let certificate = service.read_config("tls/ca.pem")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn read_config(&self, file: impl AsRef<Path>) -> io::Result<Vec<u8>> {
        self.folders().read_config(file.as_ref())
    }

    /// Returns the arguments of this start, those of `StartService`, as in `sc start acme-agent --trace`.
    ///
    /// They are rare. The arguments that the service is registered with are in the command line, [`std::env::args`]. In a
    /// terminal there are no start arguments.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// let is_tracing = service.start_arguments().iter().any(|argument| argument == "--trace");
    /// # }
    /// ```
    pub fn start_arguments(&self) -> &[OsString] {
        &self.run.facts().start_arguments
    }
}

/// The future of [`Service::stop_requested`].
///
/// ```no_run
/// # fn example(service: &winsvc::Service) {
/// let stop: winsvc::StopRequested = service.stop_requested();
/// std::thread::spawn(move || pollster(stop)); // on another async runtime
/// # fn pollster(_: impl Future<Output = ()>) {}
/// # }
/// ```
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct StopRequested {
    raised: Raised,
    run: Arc<Run>,
    /// `main` itself created it, perhaps for other code to poll.
    is_from_main: bool,
    /// It has made the service ready.
    is_counted: bool,
}

impl Future for StopRequested {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if !self.is_counted && (self.is_from_main || is_main()) {
            self.is_counted = true;
            self.run.ready();
        }
        Pin::new(&mut self.raised).poll(context)
    }
}
