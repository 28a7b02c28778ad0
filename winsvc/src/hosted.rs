//! What `winsvc-host` needs of the runtime beside the public API. Not part of the public API.

#![allow(clippy::exhaustive_structs, reason = "for one crate, of the same version")]

use std::borrow::Cow;
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use winsvc_definition::events::{Message, NO_LOG_FILE};
use winsvc_definition::{Stamp, TextName};

use crate::identity;
use crate::journal;
use crate::places::log_folder::LogFolder;
use crate::rotation::{Appender, Files, Policy};
use crate::run::Run;
use crate::sys;
use crate::text::printed;
use crate::verbs;
use crate::{Service, Starting};

/// Sets the definition of an exe that is not stamped. To be called before the service runs.
pub fn use_stamp(stamp: Stamp) {
    identity::replace_stamp(stamp);
}

/// Whether this exe is stamped.
pub fn is_stamped() -> bool {
    sys::resource(Stamp::RESOURCE_ID).is_some()
}

/// The run of the service.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "not part of the public API")]
pub struct Hosted {
    run: Arc<Run>,
}

impl Hosted {
    /// The run that is starting.
    pub fn new(starting: &Starting) -> Self {
        Self {
            run: Arc::clone(starting.run()),
        }
    }

    /// The service, before it is ready.
    pub fn service(&self) -> Service {
        Service::new(Arc::clone(&self.run))
    }

    /// The table `host` in the stamp.
    pub fn table(&self) -> Option<&str> {
        self.run.facts().stamp.host.as_deref()
    }

    /// Logs an event.
    pub fn log_event(&self, message: Message, strings: &[&dyn Display]) {
        self.run.log_event(message, strings);
    }

    /// The value of a name in the definition's texts. That of a folder ends with a separator.
    pub fn value(&self, name: &TextName) -> String {
        let facts = self.run.facts();
        match name {
            TextName::Service => facts.name.clone(),
            TextName::Version => facts.stamp.build.version.clone(),
            _ => verbs::value(&facts.stamp, &facts.folders, name),
        }
    }

    /// The time that a start may take.
    pub fn start_timeout(&self) -> Duration {
        self.run.facts().stamp.definition.start_timeout.duration()
    }

    /// The time that a stop may take.
    pub fn stop_timeout(&self) -> Duration {
        self.run.facts().stamp.definition.stop_timeout.duration()
    }

    /// Whether the service runs in a terminal, whose output belongs to the program.
    pub fn has_terminal(&self) -> bool {
        !journal::is_event_log() && std::env::var_os("LOGS_DIRECTORY").is_none()
    }

    /// The log files with this addition to the service's name. Without a directory they are in the product's folder.
    pub fn log_files(&self, addition: &str, directory: Option<PathBuf>, options: LogOptions) -> LogFiles {
        let facts = self.run.facts();
        let (directory, open_folders) = match directory {
            // An explicit folder is the responsibility of the person who configured it.
            Some(directory) => (directory, 0),
            None => (facts.folders.logs().to_owned(), facts.folders.open_subfolders()),
        };
        let files = Files {
            folder: LogFolder::new(directory, &format!("{}{addition}", facts.name)),
            open_folders,
            extension: if options.is_json { "jsonl" } else { "log" },
            policy: Policy {
                max_size: options.max_size,
                keep_files: options.keep_files,
                keep_days: options.keep_days,
            },
        };
        LogFiles {
            appender: Arc::new(Appender::new(files)),
            hosted: self.clone(),
            is_json: options.is_json,
            has_timestamps: options.has_timestamps,
        }
    }
}

/// The form of log files, and how many are kept.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// Whether a line is a JSON object.
    pub is_json: bool,
    /// Whether a line of text begins with its time and stream.
    pub has_timestamps: bool,
    /// The size at which a new file begins.
    pub max_size: u64,
    /// How many files are kept.
    pub keep_files: usize,
    /// For how many days a file is kept.
    pub keep_days: u32,
}

/// Log files with the output of a program.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "not part of the public API")]
pub struct LogFiles {
    appender: Arc<Appender>,
    hosted: Hosted,
    is_json: bool,
    has_timestamps: bool,
}

impl LogFiles {
    /// Appends whole lines of this stream. What cannot be written is lost, with an event.
    pub fn write(&self, stream: &str, lines: &str) {
        let now = SystemTime::now();
        let text: Cow<'_, str> = if self.is_json || self.has_timestamps {
            let lines = lines.lines();
            lines
                .map(|line| printed(stream, line, self.is_json, now))
                .collect()
        } else if lines.contains('\r') {
            lines.lines().flat_map(|line| [line, "\n"]).collect()
        } else {
            lines.into()
        };
        if let Err(error) = self.appender.write(text.as_bytes(), now, Instant::now()) {
            self.hosted.log_event(NO_LOG_FILE, &[&error]);
        }
    }

    /// Begins a new file with the next line.
    pub fn rotate(&self) {
        self.appender.rotate();
    }
}
