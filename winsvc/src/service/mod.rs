//! The author's handle to the run: [`Service`].

mod controls;
mod starting;

use std::ffi::OsString;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use winsvc_definition::{Build, Timeout};

use crate::control::StopReason;
use crate::run::{Health, Run, is_main};
use crate::sync::Raised;
pub use controls::Controls;
pub use starting::Starting;

/// The running service: when to stop, and what is known of it.
///
/// Cheap to clone; every clone is the same service.
///
/// As the argument of `main` it also says when the service is ready: **the service is RUNNING when `main` itself waits for its stop, when a
/// [`stop_requested`](Self::stop_requested) future that `main` has made is first polled, or when anybody calls [`ready`](Self::ready).**
///
/// | what waits for the stop | makes the service ready |
/// | --- | --- |
/// | `main`: `service.stop_requested().await`, also in `select!` or `join!`; [`wait_for_stop`](Self::wait_for_stop) | yes |
/// | a future that `main` made and gave away: `axum::serve(..).with_graceful_shutdown(service.stop_requested())` | yes, when it is first polled |
/// | a spawned task or thread that has a clone of the `Service` and makes the future, or blocks, itself | no |
///
/// So a task that is spawned before the port is bound and waits for the stop does not make the service RUNNING too early. Where nothing in
/// `main` waits, call [`ready`](Self::ready). If the service is not ready within the start timeout (30 s if the definition has no
/// other), RUNNING is reported all the same, with a warning. Take [`Starting`](crate::Starting) to make that a failed start.
///
/// `main` itself is what runs within its future, or, without async, on its thread. That includes the tasks of a `LocalSet`
/// that `main` polls, and of a single-threaded runtime that a plain `main` starts on its own thread.
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

    #[cfg(feature = "settings")]
    pub(crate) fn run(&self) -> &Arc<Run> {
        &self.run
    }

    /// A future that is ready when the service is to stop.
    ///
    /// It borrows nothing, so that it goes wherever a shutdown signal is wanted. Any number of tasks may wait at the
    /// same time, on any async runtime; dropping the future is no event.
    ///
    /// From then on the service has its stop timeout (20 s if the definition has no other) to finish what is under way
    /// and to return from `main`; see [`stop_deadline`](Self::stop_deadline).
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

    /// Blocks the thread until the service is to stop: [`stop_requested`](Self::stop_requested) for a `main` without async.
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

    /// Blocks the thread until the service is to stop, but for no longer than `timeout`; `true` if it is to stop.
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

    /// A thread waits for the stop, which makes the service ready where the thread is `main`'s.
    fn begin_wait(&self) {
        if is_main() {
            self.run.ready();
        }
    }

    /// Whether the service is to stop.
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

    /// Why the service is to stop; `None` as long as it is not.
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

    /// By when the service must have ended; `None` as long as it is not to stop.
    ///
    /// Past this instant the process is ended by force, and the event log says so.
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

    /// Says that the service is ready: it is reported as RUNNING. Calling it again has no effect.
    ///
    /// For a `main` that does not wait for its stop itself, or only later. Any task or thread may call it.
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

    /// What else the service is asked for and told of: pause and continue, changed parameters, sessions, power, devices,
    /// controls of its own. [`Controls`] has the kinds; what is not asked for is not accepted.
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

    /// Tells how far the service has come with what takes long: a stop, a pause, a start.
    ///
    /// In a pending state the SCM sees it as progress. The text is logged, and is part of the message if the service does
    /// not finish in time. It does not move the [deadline](Self::stop_deadline).
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

    /// Says what the service is doing, in its own words and on one line: `serving 12 clients`. It replaces what was said before;
    /// an empty text takes it back.
    ///
    /// `NAME.exe service status` shows it, systemd does (`STATUS=`), and [`health`](Self::health) has it. It is in no log and
    /// outlives no process, and costs little enough to be said anew whenever it changes. Whoever is logged on to the machine can
    /// read it: no secrets. Of a longer text the first 4,084 bytes are shown.
    ///
    /// [`progress`](Self::progress) is shown in its place, until the service is where it was on its way to.
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

    /// Says that the service is alive, to the watchdog of its definition (`watchdog = "30s"`) and to that of systemd
    /// (`WatchdogSec=`). Where there is none it does nothing; it is cheap enough to be called in every round of a loop.
    ///
    /// A service that has a watchdog and does not call this in time, from RUNNING until its stop, is ended at once. No STOPPED
    /// is reported, so that Windows takes it for a crash and runs the recovery actions. Call it where the service
    /// really has done some work, not from a task that only waits for its timer.
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

    /// How the service is now: its state, what it does, its last sign of life, how long it runs. [`Health`] has an example of
    /// an HTTP route that answers with it.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// println!("{}", service.health()); // running for 93 s, version 1.4.0: serving 12 clients
    /// # }
    /// ```
    pub fn health(&self) -> Health {
        self.run.health()
    }

    /// The name that the service was started under. It is the definition's, unless somebody registered the exe under
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

    /// The name that people see, `display-name` of the definition that `cargo winsvc` stamped into the exe; in an exe that
    /// was never stamped, the package's name.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// println!("{} {}", service.display_name(), service.build_info().version);
    /// # }
    /// ```
    pub fn display_name(&self) -> &str {
        self.run.facts().stamp.definition.display_name.as_str()
    }

    /// How often [`alive`](Self::alive) must be called at least: `watchdog` of the definition, `None` where it has none.
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

    /// Where the program comes from; the same as [`winsvc::build_info`](crate::build_info).
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// println!("version {}", service.build_info().version);
    /// # }
    /// ```
    pub fn build_info(&self) -> &Build {
        &self.run.facts().stamp.build
    }

    /// What this one start was asked for: the arguments of `StartService`, as in `sc start acme-agent --trace`.
    ///
    /// They are rare. The arguments that the service is registered with are the command line's, in
    /// [`std::env::args`] as ever. In a terminal there are none.
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
/// std::thread::spawn(move || pollster(stop)); // on an async runtime of one's own
/// # fn pollster(_: impl Future<Output = ()>) {}
/// # }
/// ```
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct StopRequested {
    raised: Raised,
    run: Arc<Run>,
    /// `main` itself has made it, perhaps for somebody else to poll.
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
