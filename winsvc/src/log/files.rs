//! Log files: where they are, and what is in them.

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
use super::rotation::{self, Appender, Policy};
use crate::identity::{self, RunningAs};
use crate::journal;
use crate::places;
use crate::places::log_folder::{self, LogFolder};
use crate::sys::Stream;
use crate::text::civil::rfc3339_microseconds;
use crate::text::json::Object;
use crate::text::plain;

/// Log files of a service, to be adapted and then put to work by [`init`](Files::init) or [`layer`](Files::layer).
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
/// A service under the SCM writes to `%ProgramData%\<manufacturer>\<product>\logs`, the names being those of the installation
/// folder; one that was not stamped by `cargo winsvc` to `%ProgramData%\<name>\logs`. Under systemd it is the unit's
/// `LogsDirectory=`. In a terminal there are no files unless [`directory`](Self::directory) says where.
///
/// A file is called `<service>.<date>.<number>.log` (`.jsonl` for JSON). The next one begins with each day, of UTC, and
/// when a file has reached 10 MiB; the oldest ones are removed when there are more than 20, or when they are older than 30 days.
///
/// What cannot be written is lost and does the service no harm; that it happened is in the event log (24), once, and it is tried
/// again every minute.
#[derive(Clone, Debug)]
#[must_use = "log files are written when `init` was called, or their `layer` is part of the subscriber"]
pub struct Files {
    directory: Option<PathBuf>,
    is_json: bool,
    captures_output: bool,
    filter: Option<Filter>,
    policy: Policy,
}

/// Log files with everything at its default; [`Files`] tells what that is.
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
    /// In this directory, which is made where it is missing, also in a terminal.
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

    /// One JSON object a line, in place of text.
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

    /// Takes what the program, or a library in it, prints to stdout and stderr into the files too: each line as an `INFO` of the
    /// target `stdout` or `stderr`. It is not in the event log, and `RUST_LOG` and other layers have no part in it.
    ///
    /// Under the SCM only, where it would be lost; in a terminal and off Windows nothing changes. It begins with
    /// [`init`](Self::init) or [`layer`](Self::layer), and what is printed until `main` ends is in the files before
    /// the service is reported as stopped, if the disk takes it within two seconds.
    ///
    /// A line is cut at 32 KiB, and an empty one left out; what is no UTF-8 is shown as far as it is. Whoever prints waits where the
    /// disk is slow, as with every line of a log. Child processes that inherit stdout are captured with it. A library in C may not be: C
    /// runtimes take the handles when the process begins, and keep them.
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

    /// How many bytes a file may have; a single longer line has a file of its own.
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

    /// How many files stay, with the one that is being written.
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

    /// For how many days a file stays.
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

    /// Lets these events pass, to the files and to the event log. It is for [`init`](Self::init); a [`layer`](Self::layer)
    /// leaves that to its subscriber. `RUST_LOG`, where it is set, overrides it; [`set_filter`](super::set_filter) replaces it later.
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

    /// Makes the files and [`layer`](super::layer) the program's subscriber, as [`winsvc::log::init`](super::init) does without
    /// files. A program that already has a subscriber, or a logger of the crate `log`, keeps it.
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

    /// Does what [`init`](Self::init) does, and is an error where the program keeps a subscriber or a logger that it has.
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

    /// The layer that writes the files, for a subscriber of one's own.
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
            // Somebody with rights answers for a folder that is named.
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

/// Writes what the program prints among the other lines.
#[cfg(windows)]
fn capture_into(lines: &Lines, is_json: bool) {
    let mut lines = lines.clone();
    capture::start(move |stream, line| {
        let _ = lines.write_all(printed(stream, line, is_json, SystemTime::now()).as_bytes());
    });
}

#[cfg(not(windows))]
fn capture_into(_: &Lines, _: bool) {}

/// A printed line in the form of the others. Not by a subscriber: a second one in the process makes `tracing` lose what is told
/// while something is told.
#[cfg_attr(not(windows), allow(dead_code, reason = "only Windows has the SCM"))]
fn printed(stream: Stream, line: &str, is_json: bool, now: SystemTime) -> String {
    let time = rfc3339_microseconds(now);
    let target = match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    };
    if is_json {
        let json = Object::default()
            .text("timestamp", &time)
            .text("level", "INFO")
            .object("fields", Object::default().text("message", line))
            .text("target", target);
        json.finish() + "\n"
    } else {
        format!("{time}  INFO {target}: {}\n", plain(line))
    }
}

/// Where a service writes its logs, and how many of these folders anybody could have made; nowhere in a terminal.
fn default_directory(service: &RunningAs) -> Option<(PathBuf, usize)> {
    if cfg!(windows) {
        let path = log_folder::default_path(&service.folders);
        // The product's own, and `logs`.
        let open_folders = service.folders.len() + 1;
        return Some((path.filter(|_| journal::is_event_log())?, open_folders));
    }
    Some((places::unit_folder("LOGS_DIRECTORY")?, 0))
}

/// Hands out writers of lines.
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
        // This event comes back as another line, which is dropped without a further event.
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

    /// The files in a folder, and their lines.
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
    fn a_printed_line_has_the_form_of_the_others() {
        for is_json in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let own = files().directory(folder.path());
            let own = if is_json { own.json() } else { own };
            let subscriber = tracing_subscriber::registry().with(own.layer());
            tracing::subscriber::with_default(subscriber, || {
                tracing::info!(target: "stderr", "{}", "100 %, {x} \"y\", größer");
            });
            let file = std::fs::read_dir(folder.path()).unwrap().next();
            let told = std::fs::read_to_string(file.unwrap().unwrap().path()).unwrap();
            let now = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_000_020);
            let printed = printed(Stream::Stderr, "100 %, {x} \"y\", größer", is_json, now);
            // All but the time, which has the same length.
            let at = if is_json { 14 } else { 0 };
            let without_time = |line: &str| [&line[..at], &line[at + 27..]].concat();
            assert_eq!(without_time(&printed), without_time(&told));
            assert_eq!(&printed[at..at + 27], "2023-11-14T22:13:20.000020Z");
        }
    }

    #[test]
    fn without_a_service_there_are_no_files() {
        assert!(files().files().is_none());
    }
}
