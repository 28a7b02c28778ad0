//! `update`: what the updater does, and requests to it.

use std::fmt::Write as _;
use std::time::Duration;

use winsvc_definition::{Stamp, Timeout};

use super::command::{UPDATE, UpdateOptions, UpdateRequest};
use super::failure::{Code, Failure};
use super::report::{Output, failure_json, failure_words};
use crate::sys::machine::Machine;
use crate::text::json::Object;
use crate::text::plain;
use crate::update::{Activity, CHECK_NOW, UPDATE_NOW, UpdateStatus, Updates};

/// How long to wait for a check, and for a whole update beside the time for which a version is watched.
const CHECK: Duration = Duration::from_secs(5 * 60);
const INSTALLATION: Duration = Duration::from_secs(60 * 60);
/// The time between two looks at the status.
const LOOK: Duration = Duration::from_millis(250);

/// The result of `update`.
#[derive(Debug)]
pub(super) struct Report {
    service: String,
    installed: String,
    outcome: Result<UpdateStatus, Failure>,
}

/// Sends the request and waits until it has ended, and reads the status.
pub(super) fn update(machine: &dyn Machine, options: UpdateOptions, stamps: &[Stamp]) -> Report {
    let version = stamps.first().map(|stamp| stamp.build.version.clone());
    let Some(updates) = Updates::of(stamps) else {
        let failure = Failure::new(Code::Failed, "this program does not update itself").help(
            "add [package.metadata.winsvc.update] to Cargo.toml, and build it with `cargo winsvc package`",
        );
        return Report {
            service: String::new(),
            installed: version.unwrap_or_default(),
            outcome: Err(failure),
        };
    };
    let outcome = run(machine, options, stamps, &updates);
    let changed = match &outcome {
        // This process may be the program of the version before.
        Ok(status) if options.request == Some(UpdateRequest::Now) && status.is_last_installed() => {
            status.last.clone()
        }
        _ => None,
    };
    Report {
        service: updates.service,
        installed: changed.or(version).unwrap_or_default(),
        outcome,
    }
}

fn run(
    machine: &dyn Machine,
    options: UpdateOptions,
    stamps: &[Stamp],
    updates: &Updates,
) -> Result<UpdateStatus, Failure> {
    let service = updates.service.as_str();
    let read = || {
        let values = machine.registry_values(&updates.key);
        let values =
            values.map_err(|error| Failure::of_call(machine, "query the service", service, error))?;
        Ok::<_, Failure>(UpdateStatus::read(&values.unwrap_or_default()))
    };
    let before = read()?;
    let (code, longest) = match options.request {
        None => {
            let status = machine.status(service);
            status.map_err(|error| Failure::of_call(machine, "query the service", service, error))?;
            return Ok(before);
        }
        Some(UpdateRequest::Check) => (CHECK_NOW, CHECK),
        Some(UpdateRequest::Now) => {
            let update = stamps.iter().find_map(|stamp| stamp.update.as_ref());
            let soak = update.map(|update| update.soak.duration()).unwrap_or_default();
            (UPDATE_NOW, INSTALLATION + soak)
        }
    };
    let sent = machine.control(service, code);
    sent.map_err(|error| {
        let failure = Failure::of_call(machine, "send a request to the service", service, error);
        match failure.code {
            Code::Failed => failure.help(format!("check that the service \"{service}\" is running")),
            _ => failure,
        }
    })?;
    let longest = options.timeout.map_or(longest, Timeout::duration);
    let deadline = machine.now().saturating_add(longest);
    loop {
        let status = read()?;
        if status.runs != before.runs {
            return match (&status.error, options.request) {
                (Some(error), _) => Err(Failure::new(Code::Failed, error.clone())),
                (None, Some(UpdateRequest::Now)) if has_failed(&before, &status) => {
                    Err(Failure::new(Code::Failed, result(&status).unwrap_or_default()))
                }
                _ => Ok(status),
            };
        }
        if machine.now() >= deadline {
            let message = format!(
                "the updater is still {} after {} s",
                doing(status.activity),
                longest.as_secs()
            );
            return Err(Failure::new(Code::TimedOut, message).help(format!(
                "see its state with `service {UPDATE}`, or wait longer with `--timeout`"
            )));
        }
        machine.sleep(LOOK);
    }
}

/// Whether a version was tried since then, and failed.
fn has_failed(before: &UpdateStatus, after: &UpdateStatus) -> bool {
    let is_other = (&before.last, &before.last_result) != (&after.last, &after.last_result);
    is_other && !after.is_last_installed()
}

fn result(status: &UpdateStatus) -> Option<String> {
    let (version, result) = (status.last.as_ref()?, status.last_result.as_ref()?);
    Some(format!("{version}: {result}"))
}

/// What it is doing, as part of a sentence.
fn doing(activity: Activity) -> &'static str {
    match activity {
        Activity::Idle => "idle",
        Activity::Checking => "checking for a new version",
        Activity::Downloading => "downloading a new version",
        Activity::Waiting => "waiting to install a new version",
        Activity::Installing => "installing a new version",
        Activity::Watching => "watching a new version",
        Activity::RollingBack => "putting the version before back",
    }
}

impl Report {
    pub(super) fn code(&self) -> Code {
        match &self.outcome {
            Ok(_) => Code::Done,
            Err(failure) => failure.code,
        }
    }

    pub(super) fn render(&self, as_json: bool) -> Output {
        let mut output = Output::default();
        if as_json {
            output.stdout = self.json() + "\n";
            return output;
        }
        match &self.outcome {
            Ok(status) => output.stdout = self.words(status),
            Err(failure) => output.stderr = failure_words(failure),
        }
        output
    }

    fn words(&self, status: &UpdateStatus) -> String {
        let mut text = format!(
            "The updater \"{}\" is {}.\n",
            self.service,
            doing(status.activity)
        );
        let rows = [
            ("installed version", Some(self.installed.clone())),
            ("available version", status.available.clone()),
            ("last update", result(status)),
            ("last check", status.checked.clone()),
            ("last error", status.error.clone()),
        ];
        for (name, value) in rows {
            if let Some(value) = value {
                let _ = writeln!(text, "  {name:<22}{}", plain(&value));
            }
        }
        text
    }

    fn json(&self) -> String {
        let object = Object::default()
            .text("verb", UPDATE)
            .text("service", &self.service)
            .text("result", self.code().as_str())
            .text("installed", &self.installed);
        match &self.outcome {
            Ok(status) => object
                .text("phase", &status.activity.to_string())
                .optional_text("available", status.available.as_deref())
                .optional_text("last", status.last.as_deref())
                .optional_text("last_result", status.last_result.as_deref())
                .optional_text("checked", status.checked.as_deref())
                .optional_text("error", status.error.as_deref()),
            Err(failure) => object.object("error", failure_json(failure)),
        }
        .finish()
    }
}
