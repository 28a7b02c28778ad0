//! Log files: where they are, and what is in them.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::registry::LookupSpan;
use winsvc_definition::events::NO_LOG_FILE;

use super::rotation::{self, Appender, Policy};
use crate::journal;
use crate::log_folder::{self, LogFolder};
use crate::run::Facts;

/// The service that this process is.
static SERVICE: OnceLock<Owner> = OnceLock::new();

#[derive(Debug)]
struct Owner {
    name: String,
    folders: Vec<String>,
}

/// Notes whose files they are, before `main` begins.
pub(crate) fn note_service(facts: &Facts) {
    let _ = SERVICE.set(Owner {
        name: facts.name.clone(),
        folders: facts.stamp.folders.clone(),
    });
}

/// Log files of a service, to be adapted and then put to work by [`init`](Files::init) or [`layer`](Files::layer).
///
/// ```no_run
/// #[winsvc::main]
/// async fn main(service: winsvc::Service) {
///     winsvc::log::files().json().init();
///     tracing::info!("serving");
///     service.stopped().await;
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
    policy: Policy,
}

/// Log files with everything at its default; [`Files`] tells what that is.
pub fn files() -> Files {
    Files {
        directory: None,
        is_json: false,
        policy: Policy {
            max_size: 10 << 20,
            keep_files: 20,
            keep_days: 30,
        },
    }
}

impl Files {
    /// In this directory, which is made where it is missing, also in a terminal.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// One JSON object a line, in place of text.
    pub fn json(mut self) -> Self {
        self.is_json = true;
        self
    }

    /// How many bytes a file may have; a single longer line has a file of its own.
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.policy.max_size = bytes;
        self
    }

    /// How many files stay, with the one that is being written.
    pub fn keep_files(mut self, count: usize) -> Self {
        self.policy.keep_files = count;
        self
    }

    /// For how many days a file stays.
    pub fn keep_days(mut self, days: u32) -> Self {
        self.policy.keep_days = days;
        self
    }

    /// Makes the files and [`layer`](super::layer) the program's subscriber, as [`winsvc::log::init`](super::init) does without
    /// files.
    pub fn init(self) {
        super::init_with(super::layer().and_then(self.layer()));
    }

    /// The layer that writes the files, for a subscriber of one's own.
    pub fn layer<S>(self) -> impl Layer<S> + Send + Sync
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let is_json = self.is_json;
        let appender = self.files().map(|files| Arc::new(Appender::new(files)));
        appender.map(|appender| {
            let layer = fmt::layer().with_ansi(false).with_writer(Lines(appender));
            if is_json {
                layer.json().boxed()
            } else {
                layer.boxed()
            }
        })
    }

    fn files(self) -> Option<rotation::Files> {
        let service = SERVICE.get();
        let name = service.map_or("service", |service| &service.name);
        Some(rotation::Files {
            folder: LogFolder::new(self.directory.or_else(|| default_directory(service?))?, name),
            extension: if self.is_json { "jsonl" } else { "log" },
            policy: self.policy,
        })
    }
}

/// Where a service writes its logs; nowhere in a terminal.
fn default_directory(service: &Owner) -> Option<PathBuf> {
    if cfg!(windows) {
        let path = log_folder::default_path(&service.folders);
        return path.filter(|_| journal::is_event_log());
    }
    // https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#RuntimeDirectory=
    let directories = env::var("LOGS_DIRECTORY").ok()?;
    directories.split(':').next().map(PathBuf::from)
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
        // What is told here comes back as another line, which is then lost without a word.
        if let Err(error) = self.0.write(line, SystemTime::now()) {
            journal::tell(NO_LOG_FILE, &[&error]);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files in a folder, and their lines.
    fn written(files: Files, folder: &std::path::Path) -> (String, String) {
        use tracing_subscriber::layer::SubscriberExt as _;

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
    fn without_a_service_there_are_no_files() {
        assert!(files().files().is_none());
    }
}
