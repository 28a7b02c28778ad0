//! `service logs`: shows the events of the service, or its log files, and follows them.
//!
//! ```text
//! event log ──record──▶ Event ──┐
//!                               ├──▶ words or JSON, line by line ──▶ Sink
//! log files ──files──▶ line ────┘
//! ```
//!
//! Unlike the reports of the other verbs, the output is written as it is read: with `--follow` it does not end.

mod events;
mod files;
pub(super) mod record;

use std::io;
use std::time::Duration;

use super::command::{LogOptions, Options};
use super::failure::Failure;
use super::word::word;
use crate::places::log_folder::LogFolder;
use crate::sys::machine::Machine;
use crate::text::json::Object;
use crate::text::plain;
use events::{Event, Log};
use files::Files;

/// The default number of events or lines.
const LINES: usize = 50;

/// The polling interval.
const PAUSE: Duration = Duration::from_secs(1);

/// The destination of the output.
pub(super) trait Sink {
    /// Writes requested output. An error ends the verb: the reader is gone.
    fn out(&mut self, text: &str) -> io::Result<()>;
    /// Writes a note to the user.
    fn note(&mut self, text: &str);
}

/// Shows the logs of the service; `folder` is the default folder of its log files.
pub(super) fn show(
    machine: &dyn Machine,
    service: &str,
    folder: Option<LogFolder>,
    options: &Options,
    sink: &mut dyn Sink,
) -> Result<(), Failure> {
    machine
        .status(service)
        .map_err(|error| Failure::of_call(machine, "query the service", service, error))?;
    let mut output = Output {
        as_json: options.json,
        sink,
    };
    let shown = if options.logs.files {
        show_files(machine, folder, options.logs, &mut output)
    } else {
        show_events(machine, service, folder, options.logs, &mut output)
    };
    match shown {
        Err(End::Failed(failure)) => Err(failure),
        // A reader that stops early, such as `head`, is not a failure.
        Ok(()) | Err(End::NobodyReads) => Ok(()),
    }
}

/// Why the output ended early.
enum End {
    NobodyReads,
    Failed(Failure),
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// The output in the requested format.
struct Output<'a> {
    as_json: bool,
    sink: &'a mut dyn Sink,
}

impl Output<'_> {
    fn put(&mut self, text: &str) -> Result<(), End> {
        if text.is_empty() {
            return Ok(());
        }
        self.sink.out(text).map_err(|_| End::NobodyReads)
    }

    fn events(&mut self, events: &[Event]) -> Result<(), End> {
        let form = if self.as_json { Event::json } else { Event::words };
        let text: String = events.iter().map(form).collect();
        self.put(&text)
    }

    fn lines(&mut self, lines: &[String]) -> Result<(), End> {
        let json = |line: &String| Object::default().text("line", line).finish() + "\n";
        let words = |line: &String| plain(line) + "\n";
        let text: String = if self.as_json {
            lines.iter().map(json).collect()
        } else {
            lines.iter().map(words).collect()
        };
        self.put(&text)
    }

    /// Notes are left out of JSON output, which is read by programs.
    fn note(&mut self, text: &str) {
        if !self.as_json {
            self.sink.note(text);
        }
    }
}

fn show_events(
    machine: &dyn Machine,
    service: &str,
    folder: Option<LogFolder>,
    options: LogOptions,
    output: &mut Output<'_>,
) -> Result<(), End> {
    let mut log = Log::new(machine, service);
    let events = log.last(options.lines.unwrap_or(LINES))?;
    output.events(&events)?;
    if events.is_empty() {
        output.note("the event log has no events of the service");
    }
    if let Some(folder) = folder.filter(files::has_any) {
        let path = folder.path.display();
        output.note(&format!(
            "the service also has log files in {path}; show them with `{} logs --files`",
            word()
        ));
    }
    if options.follow {
        loop {
            machine.sleep(PAUSE);
            output.events(&log.new_ones()?)?;
        }
    }
    Ok(())
}

fn show_files(
    machine: &dyn Machine,
    folder: Option<LogFolder>,
    options: LogOptions,
    output: &mut Output<'_>,
) -> Result<(), End> {
    let Some(folder) = folder else {
        output.note("cannot locate the log files: the environment variable `ProgramData` is not set");
        return Ok(());
    };
    let path = folder.path.display().to_string();
    let failed = |error: io::Error| Failure::of_file(&format!("the log files in {path}"), &error);
    let mut files = Files::new(folder);
    let last = files.last(options.lines.unwrap_or(LINES)).map_err(failed)?;
    output.lines(&last)?;
    if files.is_none() {
        output.note(&format!("no log files in {path}"));
    }
    if options.follow {
        loop {
            machine.sleep(PAUSE);
            output.lines(&files.new_ones().map_err(failed)?)?;
        }
    }
    // Without `--follow`, an unterminated last line is shown as it is.
    output.lines(&files.rest())
}
