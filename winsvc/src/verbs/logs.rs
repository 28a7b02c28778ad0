//! `service logs`: what the service has told, from the event log or from its log files, and what it tells from now on.
//!
//! ```text
//! event log ──record──▶ Event ──┐
//!                               ├──▶ words or JSON, line by line ──▶ Sink
//! log files ──files──▶ line ────┘
//! ```
//!
//! It is written as it is read, unlike the other verbs' reports: with `--follow` it has no end.

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

/// How many events or lines are shown where nobody says.
const LINES: usize = 50;

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// Where the output goes, piece by piece.
pub(super) trait Sink {
    /// What was asked for. An error ends the verb: nobody reads it any more.
    fn out(&mut self, text: &str) -> io::Result<()>;
    /// What somebody at a prompt should know beside it.
    fn note(&mut self, text: &str);
}

/// Shows what the service has told; `folder` is where it writes log files unless its author wants them elsewhere.
pub(super) fn show(
    machine: &dyn Machine,
    service: &str,
    folder: Option<LogFolder>,
    options: Options,
    sink: &mut dyn Sink,
) -> Result<(), Failure> {
    machine
        .status(service)
        .map_err(|error| Failure::of_call(machine, "see the state of the service", service, error))?;
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
        // A reader that has seen enough, as `head` has, is no failure.
        Ok(()) | Err(End::NobodyReads) => Ok(()),
    }
}

/// Why it ends before its end.
enum End {
    NobodyReads,
    Failed(Failure),
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// The output in the form that was asked for.
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

    /// JSON is for programs, which know what they look for.
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
        output.note("the event log has no event of the service");
    }
    if let Some(folder) = folder.filter(files::has_any) {
        let path = folder.path.display();
        output.note(&format!(
            "it has log files too, in {path}: `{} logs --files` shows them",
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
        output.note("there is no `ProgramData` in the environment, and so no folder of log files");
        return Ok(());
    };
    let path = folder.path.display().to_string();
    let failed = |error: io::Error| Failure::of_file(&format!("the log files in {path}"), &error);
    let mut files = Files::new(folder);
    let last = files.last(options.lines.unwrap_or(LINES)).map_err(failed)?;
    output.lines(&last)?;
    if files.is_none() {
        output.note(&format!("there are no log files in {path}"));
    }
    if options.follow {
        loop {
            machine.sleep(PAUSE);
            output.lines(&files.new_ones().map_err(failed)?)?;
        }
    }
    // What has no end yet is shown as it is, where no more of it is waited for.
    output.lines(&files.rest())
}
