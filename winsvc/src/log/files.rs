//! Log files: their location and their content.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::registry::LookupSpan;
use winsvc_definition::events::NO_LOG_FILE;

#[cfg(windows)]
use super::capture;
use super::filter::Filter;
use super::install::{InitError, install};
use crate::identity::{self, RunningAs};
use crate::journal;
use crate::places::log_folder::LogFolder;
use crate::rotation::{self, Appender, Policy};
#[cfg(windows)]
use crate::sys::Stream;
#[cfg(windows)]
use crate::text::printed;

/// Log files of a service. Configure them, then call [`init`](Files::init) or [`layer`](Files::layer).
///
/// ```no_run
/// #[winsvc::main]
/// async fn main(service: winsvc::Service) {
///     winsvc::log::files().json().init();
///     tracing::info!("serving");
///     service.stop_requested().await;
/// }
/// ```
///
/// A service under the SCM writes to its log folder ([`Folders::logs`](crate::Folders::logs)),
/// `%ProgramData%\<manufacturer>\<product>\logs`. Under systemd, the folder is the unit's `LogsDirectory=`. In a terminal,
/// and in a unit without it, there are no files unless [`directory`](Self::directory) is set.
///
/// A file is named `<service>.<date>.<number>.log` (`.jsonl` for JSON). A new file begins each day (UTC), and when a
/// file reaches 10 MiB. The oldest files are removed when there are more than 20, or when they are older than 30 days.
///
/// Lines that cannot be written are lost; the service goes on. The failure is logged to the event log once (event 24),
/// and writing is tried again every minute.
#[derive(Clone, Debug)]
#[must_use = "log files are written when `init` was called, or their `layer` is part of the subscriber"]
pub struct Files {
    directory: Option<PathBuf>,
    is_json: bool,
    captures_output: bool,
    filter: Option<Filter>,
    policy: Policy,
}

/// Returns log files with the default options; see [`Files`].
///
/// ```no_run
/// #[winsvc::main]
/// async fn main(service: winsvc::Service) {
///     winsvc::log::files().keep_days(90).init();
///     service.stop_requested().await;
/// }
/// ```
pub fn files() -> Files {
    Files {
        directory: None,
        is_json: false,
        captures_output: false,
        filter: None,
        policy: Policy {
            max_size: 10 << 20,
            keep_files: 20,
            keep_days: 30,
        },
    }
}

impl Files {
    /// Sets the directory, also for a terminal. It is created if it does not exist.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// async fn main(service: winsvc::Service) {
    ///     winsvc::log::files().directory(r"D:\logs\acme").init();
    ///     service.stop_requested().await;
    /// }
    /// ```
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Writes one JSON object per line, instead of text.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// async fn main(service: winsvc::Service) {
    ///     winsvc::log::files().json().init();
    ///     service.stop_requested().await;
    /// }
    /// ```
    pub fn json(mut self) -> Self {
        self.is_json = true;
        self
    }

    /// Writes what the program and its libraries print to stdout and stderr to the files too: each line as an `INFO`
    /// event with the target `stdout` or `stderr`. These lines are not in the event log, and `RUST_LOG` and other
    /// layers do not apply.
    ///
    /// Only under the SCM, where the output would otherwise be lost; in a terminal and on other systems nothing
    /// changes. Capturing begins with [`init`](Self::init) or [`layer`](Self::layer). Output until the end of `main` is
    /// in the files before the service is reported as stopped, if the disk takes it within two seconds.
    ///
    /// A line is truncated at 32 KiB, and empty lines are left out; invalid UTF-8 is replaced. Printing waits if the
    /// disk is slow, like logging. Child processes that inherit stdout are captured too. A library in C may not be,
    /// because C runtimes fetch the handles when the process starts, and keep them.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// async fn main(service: winsvc::Service) {
    ///     winsvc::log::files().capture_output().init();
    ///     println!("this is in the log file");
    ///     service.stop_requested().await;
    /// }
    /// ```
    pub fn capture_output(mut self) -> Self {
        self.captures_output = true;
        self
    }

    /// Sets the maximum size of a file in bytes; a single longer line gets its own file.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// async fn main(service: winsvc::Service) {
    ///     winsvc::log::files().max_size(64 << 20).init(); // 64 MiB
    ///     service.stop_requested().await;
    /// }
    /// ```
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.policy.max_size = bytes;
        self
    }

    /// Sets how many files are kept, including the current one.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// async fn main(service: winsvc::Service) {
    ///     winsvc::log::files().keep_files(5).init();
    ///     service.stop_requested().await;
    /// }
    /// ```
    pub fn keep_files(mut self, count: usize) -> Self {
        self.policy.keep_files = count;
        self
    }

    /// Sets for how many days a file is kept.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// async fn main(service: winsvc::Service) {
    ///     winsvc::log::files().keep_days(7).init();
    ///     service.stop_requested().await;
    /// }
    /// ```
    pub fn keep_days(mut self, days: u32) -> Self {
        self.policy.keep_days = days;
        self
    }

    /// Sets the filter of the files and of the event log. It applies to [`init`](Self::init); with
    /// [`layer`](Self::layer), filtering is up to the subscriber. `RUST_LOG`, if set, overrides the filter;
    /// [`set_filter`](super::set_filter) replaces it later.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// async fn main(service: winsvc::Service) -> Result<(), winsvc::log::FilterError> {
    ///     winsvc::log::files().filter("info,acme_agent=debug".parse()?).init();
    ///     service.stop_requested().await;
    ///     Ok(())
    /// }
    /// ```
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Installs the files and [`layer`](super::layer) as the program's subscriber, as
    /// [`winsvc::log::init`](super::init) does without files. An existing subscriber, or a logger of the crate `log`,
    /// is kept.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// async fn main(service: winsvc::Service) {
    ///     winsvc::log::files().init();
    ///     tracing::info!(port = 8080, "listening");
    ///     service.stop_requested().await;
    /// }
    /// ```
    pub fn init(self) {
        let _ = self.try_init();
    }

    /// Like [`init`](Self::init), but returns an error if the program already has a subscriber or a logger.
    ///
    /// ```no_run
    /// #[winsvc::main]
    /// async fn main(service: winsvc::Service) -> Result<(), winsvc::log::InitError> {
    ///     winsvc::log::files().try_init()?;
    ///     service.stop_requested().await;
    ///     Ok(())
    /// }
    /// ```
    pub fn try_init(mut self) -> Result<(), InitError> {
        let filter = self.filter.take();
        install(super::layer().and_then(self.layer()), filter)
    }

    /// Returns the layer that writes the files, for your own subscriber.
    ///
    /// ```no_run
    /// use tracing_subscriber::layer::SubscriberExt as _;
    /// use tracing_subscriber::util::SubscriberInitExt as _;
    ///
    /// #[winsvc::main]
    /// async fn main(service: winsvc::Service) {
    ///     tracing_subscriber::registry()
    ///         .with(winsvc::log::layer())
    ///         .with(winsvc::log::files().json().layer()) // and other layers
    ///         .init();
    ///     service.stop_requested().await;
    /// }
    /// ```
    pub fn layer<S>(self) -> impl Layer<S> + Send + Sync
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        self.into_layer()
    }

    fn into_layer<S>(self) -> Option<Box<dyn Layer<S> + Send + Sync>>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let (is_json, captures_output) = (self.is_json, self.captures_output);
        let lines = Lines(Arc::new(Appender::new(self.files()?)));
        if captures_output && journal::is_event_log() {
            capture_into(&lines, is_json);
        }
        let layer = fmt::layer().with_ansi(false).with_writer(lines);
        Some(if is_json {
            layer.json().boxed()
        } else {
            layer.boxed()
        })
    }

    fn files(self) -> Option<rotation::Files> {
        let service = identity::service();
        let name = service.map_or("service", |service| &service.name);
        let (directory, open_folders) = match self.directory {
            // An explicit folder is the responsibility of the person who configured it.
            Some(directory) => (directory, 0),
            None => default_directory(service?)?,
        };
        Some(rotation::Files {
            folder: LogFolder::new(directory, name),
            open_folders,
            extension: if self.is_json { "jsonl" } else { "log" },
            policy: self.policy,
        })
    }
}

/// Writes the program's output to the files.
#[cfg(windows)]
fn capture_into(lines: &Lines, is_json: bool) {
    let mut lines = lines.clone();
    capture::start(move |stream, line| {
        let target = match stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        };
        let _ = lines.write_all(printed(target, line, is_json, SystemTime::now()).as_bytes());
    });
}

#[cfg(not(windows))]
fn capture_into(_: &Lines, _: bool) {}

/// The default log folder, and how many of its folders any user could have created; `None` in a terminal.
fn default_directory(service: &RunningAs) -> Option<(PathBuf, usize)> {
    // Elsewhere the folder may be a user's, who has not asked for files in it.
    let of_unit = std::env::var_os("LOGS_DIRECTORY").filter(|folder| !folder.is_empty() && !cfg!(windows));
    let has_files = journal::is_event_log() || of_unit.is_some();
    let folders = &service.folders;
    has_files.then(|| (folders.logs().to_owned(), folders.open_subfolders()))
}

/// Creates writers of lines.
#[derive(Clone, Debug)]
struct Lines(Arc<Appender>);

impl<'writer> MakeWriter<'writer> for Lines {
    type Writer = Self;

    fn make_writer(&'writer self) -> Self {
        self.clone()
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // This event arrives here as another line, which is dropped without a further event.
        if let Err(error) = self.0.write(line, SystemTime::now(), Instant::now()) {
            journal::log_event(NO_LOG_FILE, &[&error]);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::text::printed;

    /// The names and lines of the files in a folder.
    fn written(files: Files, folder: &std::path::Path) -> (String, String) {
        let subscriber = tracing_subscriber::registry().with(files.directory(folder).layer());
        tracing::subscriber::with_default(subscriber, || {
            let _span = tracing::info_span!("request", id = 7).entered();
            tracing::error!(target: "t", attempt = 3, "no answer");
        });
        let mut entries = std::fs::read_dir(folder).unwrap();
        let file = entries.next().unwrap().unwrap().path();
        assert!(entries.next().is_none());
        let text = std::fs::read_to_string(&file).unwrap();
        (file.extension().unwrap().to_str().unwrap().to_owned(), text)
    }

    #[test]
    fn a_line_is_text() {
        let folder = tempfile::tempdir().unwrap();
        let (extension, text) = written(files(), folder.path());
        assert_eq!(extension, "log");
        assert!(
            text.ends_with(" ERROR request{id=7}: t: no answer attempt=3\n"),
            "{text}"
        );
    }

    #[test]
    fn a_line_is_json() {
        let folder = tempfile::tempdir().unwrap();
        let (extension, text) = written(files().json(), folder.path());
        assert_eq!(extension, "jsonl");
        let expected = r#""level":"ERROR","fields":{"message":"no answer","attempt":3},"target":"t""#;
        assert!(text.contains(expected) && text.ends_with("}\n"), "{text}");
    }

    #[test]
    fn a_printed_line_has_the_format_of_the_others() {
        for is_json in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let own = files().directory(folder.path());
            let own = if is_json { own.json() } else { own };
            let subscriber = tracing_subscriber::registry().with(own.layer());
            tracing::subscriber::with_default(subscriber, || {
                tracing::info!(target: "stderr", "{}", "100 %, {x} \"y\", größer");
            });
            let file = std::fs::read_dir(folder.path()).unwrap().next();
            let logged = std::fs::read_to_string(file.unwrap().unwrap().path()).unwrap();
            let now = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_000_020);
            let printed = printed("stderr", "100 %, {x} \"y\", größer", is_json, now);
            // Compare all but the time, which has the same length.
            let at = if is_json { 14 } else { 0 };
            let without_time = |line: &str| [&line[..at], &line[at + 27..]].concat();
            assert_eq!(without_time(&printed), without_time(&logged));
            assert_eq!(&printed[at..at + 27], "2023-11-14T22:13:20.000020Z");
        }
    }

    #[test]
    fn without_a_service_there_are_no_files() {
        assert!(files().files().is_none());
    }
}
