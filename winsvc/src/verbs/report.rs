//! The report of a verb, as text or as JSON.
//!
//! Text: results go to stdout, warnings and errors to stderr, in the format of cargo. JSON: one object on one line,
//! always to stdout, whatever the result.

use std::fmt::Write as _;

use super::autostart::Changes;
use super::command::Verb;
use super::failure::{Code, Failure, exit_text};
use super::registration::{Change, Registration, Setting, Value};
use crate::sys::machine::{Level, Machine, Phase, Status, code};
use crate::text::json::{self, Object};
use crate::text::plain;

/// The result of a verb, or of its dry run.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Done {
    Installed(Installed),
    Uninstalled {
        existed: bool,
        event_source: bool,
        /// The names of the firewall rules that existed; in a dry run, of those that would be deleted if they exist.
        removed_rules: Vec<String>,
        /// The names of the autostart entries that existed.
        removed_autostart: Vec<String>,
        /// The folders that existed: with `--purge` all, of the updater its own.
        removed_folders: Vec<String>,
        dry_run: bool,
    },
    Started {
        already: bool,
        pid: u32,
    },
    Stopped {
        already: bool,
    },
    Restarted {
        pid: u32,
    },
    Status(View),
    /// The logs have already been written to the output.
    Logs,
}

/// The result of `install`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Installed {
    pub(super) created: bool,
    pub(super) changes: Vec<Change>,
    /// The names of the firewall rules that were added, possibly in the place of others.
    pub(super) firewall_rules: Vec<String>,
    /// The changes of autostart entries.
    pub(super) autostart: Changes,
    pub(super) dry_run: bool,
}

/// The content of `status`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View {
    pub(super) status: Status,
    /// The reason why it stopped; `None` if it ended without an error, or has not run.
    pub(super) exit: Option<String>,
    /// The status text of the service.
    pub(super) status_text: Option<String>,
    pub(super) settings: Vec<(Setting, Value)>,
}

/// Queries a service.
pub(super) fn status(machine: &dyn Machine, service: &str) -> Result<(Done, Vec<String>), Failure> {
    let failed = |error| Failure::of_call(machine, "query the service", service, error);
    let status = machine.status(service).map_err(failed)?;
    let registration = Registration::read(machine, service).map_err(failed)?;
    let registration = registration.ok_or_else(|| Failure::not_installed(service))?;
    let settings = SHOWN
        .iter()
        .filter_map(|setting| Some((*setting, registration.value(*setting)?)));
    let view = View {
        status,
        exit: (status.phase == Phase::Stopped)
            .then(|| exit_text(machine, &status))
            .flatten(),
        status_text: (status.pid != 0)
            .then(|| machine.status_text(status.pid))
            .flatten(),
        settings: settings.collect(),
    };
    Ok((Done::Status(view), Vec::new()))
}

/// The settings of a registration that `status` shows.
const SHOWN: [Setting; 5] = [
    Setting::DisplayName,
    Setting::BinaryPath,
    Setting::StartType,
    Setting::Level(Level::DelayedStart),
    Setting::Account,
];

/// The report of a verb.
#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) verb: Verb,
    pub(super) service: &'a str,
    pub(super) outcome: Result<(Done, Vec<String>), Failure>,
}

/// The output to stdout and stderr.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Report<'_> {
    pub(super) fn code(&self) -> Code {
        match &self.outcome {
            Ok((Done::Status(view), _)) if view.status.phase != Phase::Running => Code::NotRunning,
            Ok(_) => Code::Done,
            Err(failure) => failure.code,
        }
    }

    pub(super) fn render(&self, as_json: bool) -> Output {
        if let Ok((Done::Logs, _)) = &self.outcome {
            return Output::default();
        }
        if as_json {
            return Output {
                stdout: self.json() + "\n",
                stderr: String::new(),
            };
        }
        let mut output = Output::default();
        match &self.outcome {
            Ok((done, warnings)) => {
                for warning in warnings {
                    let _ = writeln!(output.stderr, "warning: {warning}");
                }
                output.stdout = words(self.service, done);
            }
            Err(failure) => output.stderr = failure_words(failure),
        }
        output
    }

    fn json(&self) -> String {
        let object = Object::default()
            .text("verb", self.verb.as_str())
            .text("service", self.service)
            .text("result", self.code().as_str());
        match &self.outcome {
            Ok((done, warnings)) => {
                done_json(object, done).list("warnings", warnings.iter().map(|text| json::text(text)))
            }
            Err(failure) => object.object("error", failure_json(failure)),
        }
        .finish()
    }
}

/// The text of an error for stderr.
/// The failure of a service that a verb only takes along; it may be missing.
pub(super) fn warning(failure: &Failure) -> Output {
    let stderr = match failure.code {
        Code::NotInstalled => String::new(),
        _ => format!("warning: {}\n", failure.message),
    };
    Output {
        stderr,
        ..Output::default()
    }
}

pub(super) fn failure_words(failure: &Failure) -> String {
    let mut text = format!("error: {}\n", failure.message);
    if let Some(help) = &failure.help {
        let _ = writeln!(text, "help: {help}");
    }
    text
}

fn words(service: &str, done: &Done) -> String {
    let name = format!("The service \"{service}\"");
    match done {
        Done::Logs => String::new(),
        Done::Installed(installed) => installed_words(&name, installed),
        Done::Uninstalled {
            existed,
            event_source,
            removed_rules,
            removed_autostart,
            removed_folders,
            dry_run,
        } => {
            let removed = removed_rules.iter().chain(removed_autostart);
            let removed: Vec<&String> = removed.chain(removed_folders).collect();
            let mut text = match (existed, event_source, dry_run) {
                (true, _, false) => format!("{name} is uninstalled.\n"),
                (true, _, true) => format!("{name} would be stopped and uninstalled.\n"),
                (false, true, false) => format!("{name} is not installed; its event source was removed.\n"),
                (false, true, true) => {
                    format!("{name} is not installed; its event source would be removed.\n")
                }
                (false, false, _) if removed.is_empty() => {
                    format!("{name} is not installed; nothing to do.\n")
                }
                (false, false, _) => format!("{name} is not installed.\n"),
            };
            let what = if *dry_run { "would be removed" } else { "removed" };
            for name in removed {
                let _ = writeln!(text, "  {what:<22}{name}");
            }
            text
        }
        Done::Started { already: true, pid } => {
            format!("{name} is already running (process {pid}).\n")
        }
        Done::Started { already: false, pid } | Done::Restarted { pid } => {
            format!("{name} is running (process {pid}).\n")
        }
        Done::Stopped { already: true } => format!("{name} was not running.\n"),
        Done::Stopped { already: false } => format!("{name} has stopped.\n"),
        Done::Status(view) => {
            let status = &view.status;
            let mut text = format!("{name} is {}", status.phase.as_str());
            if status.pid != 0 {
                let _ = write!(text, " (process {})", status.pid);
            } else if status.win32_exit_code == code::SERVICE_NEVER_STARTED {
                text.push_str("; it has not run since Windows started");
            }
            text.push_str(".\n");
            if let Some(status_text) = &view.status_text {
                let _ = writeln!(text, "  {:<22}{}", "status", plain(status_text));
            }
            if status.phase.is_pending() {
                let _ = writeln!(
                    text,
                    "  {:<22}checkpoint {}, the next within {} ms",
                    "progress", status.checkpoint, status.wait_hint
                );
            }
            if let Some(exit) = &view.exit {
                let _ = writeln!(text, "  {:<22}{exit}", "last run");
            }
            for (setting, value) in &view.settings {
                row(&mut text, *setting, value);
            }
            text
        }
    }
}

/// What `install` says of the service with this name.
fn installed_words(name: &str, installed: &Installed) -> String {
    let Installed {
        created,
        changes,
        firewall_rules,
        autostart,
        dry_run,
    } = installed;
    let mut text = match (created, changes.is_empty(), dry_run) {
        (true, _, false) => format!("{name} is installed.\n"),
        (true, _, true) => format!("{name} would be installed.\n"),
        (false, true, _) => format!("{name} is already installed; nothing to change.\n"),
        (false, false, false) => format!("{name} is installed; its registration was changed.\n"),
        (false, false, true) => {
            format!("{name} is installed; its registration would be changed.\n")
        }
    };
    for change in changes {
        let to = &change.to;
        match &change.from {
            Some(from) => row(&mut text, change.setting, format_args!("{from} -> {to}")),
            None => row(&mut text, change.setting, to),
        }
    }
    for rule in firewall_rules {
        let _ = writeln!(text, "  {:<22}{rule}", "firewall rule");
    }
    for name in &autostart.registered {
        let _ = writeln!(text, "  {:<22}{name}", "autostart");
    }
    for name in &autostart.removed {
        let _ = writeln!(text, "  {:<22}{name}", "autostart removed");
    }
    text
}

fn row(text: &mut String, setting: Setting, value: impl std::fmt::Display) {
    let _ = writeln!(text, "  {:<22}{value}", setting.words());
}

fn done_json(object: Object, done: &Done) -> Object {
    match done {
        Done::Logs => object,
        Done::Installed(Installed {
            created,
            changes,
            firewall_rules,
            autostart,
            dry_run,
        }) => {
            let changes = changes.iter().map(|change| {
                let object = Object::default().text("setting", change.setting.as_str());
                let object = match &change.from {
                    Some(from) => value_json(object, "from", from),
                    None => object.optional_text("from", None),
                };
                value_json(object, "to", &change.to).finish()
            });
            object
                .flag("dry_run", *dry_run)
                .flag("created", *created)
                .list("changes", changes)
                .list(
                    "firewall_rules",
                    firewall_rules.iter().map(|name| json::text(name)),
                )
                .list(
                    "autostart",
                    autostart.registered.iter().map(|name| json::text(name)),
                )
                .list(
                    "removed_autostart",
                    autostart.removed.iter().map(|name| json::text(name)),
                )
        }
        Done::Uninstalled {
            existed,
            event_source,
            removed_rules,
            removed_autostart,
            removed_folders,
            dry_run,
        } => object
            .flag("dry_run", *dry_run)
            .flag("existed", *existed)
            .flag("event_source", *event_source)
            .list(
                "removed_firewall_rules",
                removed_rules.iter().map(|name| json::text(name)),
            )
            .list(
                "removed_autostart",
                removed_autostart.iter().map(|name| json::text(name)),
            )
            .list(
                "removed_folders",
                removed_folders.iter().map(|path| json::text(path)),
            ),
        Done::Started { already, pid } => object.flag("already", *already).number("pid", *pid),
        Done::Stopped { already } => object.flag("already", *already),
        Done::Restarted { pid } => object.number("pid", *pid),
        Done::Status(View {
            status,
            exit,
            status_text,
            settings,
        }) => {
            let object = object
                .text("state", status.phase.as_str())
                .number("pid", status.pid)
                .number("checkpoint", status.checkpoint)
                .number("wait_hint_ms", status.wait_hint)
                .number("win32_exit_code", status.win32_exit_code)
                .number("service_exit_code", status.service_exit_code)
                .optional_text("exit", exit.as_deref())
                .optional_text("status_text", status_text.as_deref());
            settings.iter().fold(object, |object, (setting, value)| {
                value_json(object, setting.as_str(), value)
            })
        }
    }
}

fn value_json(object: Object, key: &str, value: &Value) -> Object {
    match value {
        Value::Text(text) | Value::Name(text) => object.text(key, text),
        Value::Flag(flag) => object.flag(key, *flag),
        Value::List(list) => object.list(key, list.iter().map(|text| json::text(text))),
    }
}

pub(super) fn failure_json(failure: &Failure) -> Object {
    let object = Object::default().text("message", &failure.message);
    let object = match failure.win32 {
        Some(code) => object.number("win32", code),
        None => object.optional_text("win32", None),
    };
    object.optional_text("help", failure.help.as_deref())
}
