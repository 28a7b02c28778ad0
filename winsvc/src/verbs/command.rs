//! Parses the arguments after the word `service`.

use std::ffi::OsString;
use std::fmt;

use winsvc_definition::{Timeout, TimeoutError};

use super::values::{Assignment, PropertyOptions};
use super::word::word;
use crate::sys::machine::Password;

/// The request of a command line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Show the help.
    Help,
    /// `run`: run the program in this terminal.
    Run(Run),
    /// `allow-logon`: let an account log on as a service. The MSI runs it.
    AllowLogon(String),
    /// `autostart`: register or remove an entry of the autostart. The MSI runs it.
    Autostart(AutostartChange),
    /// `update`: show what the updater does, or ask it to begin.
    #[cfg(feature = "update")]
    Update(UpdateOptions),
    /// One of the other verbs.
    Verb(Verb, Options),
}

/// What `run` runs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// The service, if the exe has several.
    pub(super) service: Option<String>,
    /// The additional arguments.
    pub(super) arguments: Vec<OsString>,
}

/// The options of `update`.
#[cfg(feature = "update")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct UpdateOptions {
    /// What the updater is asked for; `None` if the status is shown.
    pub(super) request: Option<UpdateRequest>,
    /// How long to wait for the result.
    pub(super) timeout: Option<Timeout>,
    /// Print JSON instead of text.
    pub(super) json: bool,
}

/// What the updater is asked for.
#[cfg(feature = "update")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UpdateRequest {
    Check,
    Now,
}

/// What `autostart` does.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AutostartChange {
    /// The name of the entry.
    pub(super) name: String,
    pub(super) action: AutostartAction,
    /// The properties to set.
    pub(super) set: Vec<Assignment>,
}

/// What is done to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AutostartAction {
    Add,
    /// Leave it if an administrator has disabled it and `keep_disabled` is set.
    Remove {
        keep_disabled: bool,
    },
}

/// An operation on the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Install,
    Uninstall,
    Start,
    Stop,
    Restart,
    Status,
    Logs,
}

/// The options of a verb.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// The only service that is meant, if the exe has several.
    pub(super) service: Option<String>,
    /// Show what would be done without doing it.
    pub(super) dry_run: bool,
    /// Remove settings, data and logs too.
    pub(super) purge: bool,
    pub(super) properties: PropertyOptions,
    /// Which rules of the firewall are added.
    pub(super) firewall: Rules,
    /// How long to wait for a state.
    pub(super) timeout: Option<Timeout>,
    /// Print JSON instead of text.
    pub(super) json: bool,
    pub(super) logs: LogOptions,
}

/// Some of the rules of the firewall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rules {
    /// All but the optional ones.
    #[default]
    Required,
    All,
    None,
}

/// The options of `logs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LogOptions {
    /// The number of events or lines.
    pub(super) lines: Option<usize>,
    /// Wait for new events or lines.
    pub(super) follow: bool,
    /// Show the log files instead of the event log.
    pub(super) files: bool,
}

pub(super) const RUN: &str = "run";
#[cfg(feature = "update")]
pub(super) const UPDATE: &str = "update";
#[cfg(feature = "update")]
const CHECK: &str = "--check";
#[cfg(feature = "update")]
const NOW: &str = "--now";
const DRY_RUN: &str = "--dry-run";
const PURGE: &str = "--purge";
pub(super) const SET: &str = "--set";
pub(super) const FORGET: &str = "--forget";
const ACCOUNT: &str = "--account";
const PASSWORD: &str = "--password-stdin";
const ALLOW_LOGON: &str = "allow-logon";
const AUTOSTART: &str = "autostart";
const KEEP_DISABLED: &str = "--keep-disabled";
const FIREWALL: &str = "--firewall";
const NO_FIREWALL: &str = "--no-firewall";
const TIMEOUT: &str = "--timeout";
const JSON: &str = "--json";
const SERVICE: &str = "--service";
const LINES: &str = "--lines";
const FOLLOW: &str = "--follow";
const FILES: &str = "--files";

impl Verb {
    pub(super) const ALL: [Self; 7] = [
        Self::Install,
        Self::Uninstall,
        Self::Start,
        Self::Stop,
        Self::Restart,
        Self::Status,
        Self::Logs,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Uninstall => "uninstall",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Status => "status",
            Self::Logs => "logs",
        }
    }

    pub(super) const fn about(self) -> &'static str {
        match self {
            Self::Install => "register the service, or update its registration",
            Self::Uninstall => "stop the service and remove its registration",
            Self::Start => "start the service and wait until it is running",
            Self::Stop => "stop the service and wait until it has stopped",
            Self::Restart => "stop the service if it is running, and start it",
            Self::Status => "show the state and the registration of the service",
            Self::Logs => "show the events of the service, or its log files",
        }
    }

    /// The options that the verb takes.
    pub(super) const fn options(self) -> &'static [&'static str] {
        match self {
            Self::Install => &[
                DRY_RUN,
                ACCOUNT,
                PASSWORD,
                SET,
                FORGET,
                FIREWALL,
                NO_FIREWALL,
                SERVICE,
                JSON,
            ],
            Self::Uninstall => &[DRY_RUN, PURGE, TIMEOUT, SERVICE, JSON],
            Self::Start | Self::Stop | Self::Restart => &[TIMEOUT, SERVICE, JSON],
            Self::Status => &[SERVICE, JSON],
            Self::Logs => &[LINES, FOLLOW, FILES, SERVICE, JSON],
        }
    }
}

/// Parses the arguments after `service`.
pub(super) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Request, UsageError> {
    let mut words = words.into_iter();
    let Some(first) = words.next() else {
        return Err(UsageError::NoVerb);
    };
    if first == RUN {
        return parse_run(words.collect()).map(Request::Run);
    }
    if ["help", "--help", "-h"].iter().any(|word| first == *word) {
        return Ok(Request::Help);
    }
    if first == ALLOW_LOGON {
        let account = words.next().ok_or(UsageError::NoAccount)?;
        return Ok(Request::AllowLogon(lossy(&account)));
    }
    if first == AUTOSTART {
        return parse_autostart(words).map(Request::Autostart);
    }
    #[cfg(feature = "update")]
    if first == UPDATE {
        return parse_update(words);
    }
    let Some(verb) = Verb::ALL.into_iter().find(|verb| first == verb.as_str()) else {
        return Err(UsageError::UnknownVerb { found: lossy(&first) });
    };
    let mut options = Options::default();
    while let Some(word) = words.next() {
        let word = lossy(&word);
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        if ["--help", "-h"].contains(&word.as_str()) {
            return Ok(Request::Help);
        }
        let known = verb.options().iter().find(|option| **option == name).copied();
        match (known, value) {
            (Some(DRY_RUN), None) => options.dry_run = true,
            (Some(PURGE), None) => options.purge = true,
            (Some(FORGET), None) => options.properties.forget = true,
            (Some(ACCOUNT), value) => {
                let value = value.or_else(|| words.next().map(|word| lossy(&word)));
                options.properties.account = Some(value.ok_or(UsageError::NoAccount)?);
            }
            // Read later: parsing reads nothing.
            (Some(PASSWORD), None) => options.properties.password = Some(Password(String::new())),
            (Some(SET), value) => {
                let value = value.or_else(|| words.next().map(|word| lossy(&word)));
                options
                    .properties
                    .set
                    .push(assignment(value.unwrap_or_default())?);
            }
            (Some(FIREWALL), None) => options.firewall = Rules::All,
            (Some(NO_FIREWALL), None) => options.firewall = Rules::None,
            (Some(JSON), None) => options.json = true,
            (Some(FOLLOW), None) => options.logs.follow = true,
            (Some(FILES), None) => options.logs.files = true,
            (Some(LINES), value) => {
                let value = value.or_else(|| words.next().map(|word| lossy(&word)));
                let found = value.unwrap_or_default();
                let lines = found.parse().map_err(|_| UsageError::Lines { found })?;
                options.logs.lines = Some(lines);
            }
            (Some(SERVICE), value) => {
                let value = value.or_else(|| words.next().map(|word| lossy(&word)));
                options.service = Some(value.ok_or(UsageError::NoService)?);
            }
            (Some(TIMEOUT), value) => {
                let value = value.or_else(|| words.next().map(|word| lossy(&word)));
                let value = value.ok_or(UsageError::NoTimeout)?;
                options.timeout = Some(Timeout::new(&value).map_err(UsageError::Timeout)?);
            }
            _ => return Err(UsageError::UnknownOption { verb, found: word }),
        }
    }
    Ok(Request::Verb(verb, options))
}

/// Parses the arguments after `update`.
#[cfg(feature = "update")]
fn parse_update(words: impl Iterator<Item = OsString>) -> Result<Request, UsageError> {
    let mut words = words.map(|word| lossy(&word));
    let mut options = UpdateOptions::default();
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        match (name, value) {
            ("--help" | "-h", None) => return Ok(Request::Help),
            (CHECK, None) if options.request != Some(UpdateRequest::Now) => {
                options.request = Some(UpdateRequest::Check);
            }
            (NOW, None) if options.request != Some(UpdateRequest::Check) => {
                options.request = Some(UpdateRequest::Now);
            }
            (JSON, None) => options.json = true,
            (TIMEOUT, value) => {
                let value = value.or_else(|| words.next()).ok_or(UsageError::NoTimeout)?;
                options.timeout = Some(Timeout::new(&value).map_err(UsageError::Timeout)?);
            }
            _ => return Err(UsageError::Update { found: word }),
        }
    }
    Ok(Request::Update(options))
}

fn assignment(found: String) -> Result<Assignment, UsageError> {
    match found.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(UsageError::Set { found }),
    }
}

/// Parses the arguments after `autostart`.
fn parse_autostart(words: impl Iterator<Item = OsString>) -> Result<AutostartChange, UsageError> {
    let mut words = words.map(|word| lossy(&word));
    let (action, name) = (words.next(), words.next().ok_or(UsageError::Autostart)?);
    let mut action = match action.as_deref() {
        Some("add") => AutostartAction::Add,
        Some("remove") => AutostartAction::Remove { keep_disabled: false },
        _ => return Err(UsageError::Autostart),
    };
    let mut set = Vec::new();
    while let Some(word) = words.next() {
        match (&mut action, word.split_once('=')) {
            (AutostartAction::Add, None) if word == SET => {
                set.push(assignment(words.next().unwrap_or_default())?);
            }
            (AutostartAction::Remove { keep_disabled }, Some((KEEP_DISABLED, value))) => {
                // The MSI inserts a property, which is empty if it is not set.
                *keep_disabled = !value.is_empty();
            }
            _ => return Err(UsageError::Autostart),
        }
    }
    Ok(AutostartChange { name, action, set })
}

/// Parses the arguments after `run`: all are the program's, but for `--service` at the beginning.
fn parse_run(mut words: Vec<OsString>) -> Result<Run, UsageError> {
    let mut service = None;
    if let Some(first) = words.first().map(lossy) {
        if let Some(name) = first.strip_prefix("--service=") {
            service = Some(name.to_owned());
            words.remove(0);
        } else if first == SERVICE {
            service = Some(words.get(1).map(lossy).ok_or(UsageError::NoService)?);
            words.drain(..2);
        }
    }
    if words.first().is_some_and(|word| word == "--") {
        words.remove(0);
    }
    Ok(Run {
        service,
        arguments: words,
    })
}

fn lossy(word: &OsString) -> String {
    word.to_string_lossy().into_owned()
}

/// Invalid arguments.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum UsageError {
    NoVerb,
    UnknownVerb {
        found: String,
    },
    UnknownOption {
        verb: Verb,
        found: String,
    },
    NoTimeout,
    NoService,
    NoAccount,
    Timeout(TimeoutError),
    Lines {
        found: String,
    },
    Set {
        found: String,
    },
    Autostart,
    #[cfg(feature = "update")]
    Update {
        found: String,
    },
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVerb => write!(f, "missing subcommand for `{}`", word()),
            Self::UnknownVerb { found } => {
                let verbs = Verb::ALL.map(Verb::as_str).join(", ");
                write!(
                    f,
                    "unknown subcommand {found:?} for `{}`; expected one of {verbs}, {}{RUN}",
                    word(),
                    if cfg!(feature = "update") { "update, " } else { "" }
                )
            }
            Self::UnknownOption { verb, found } => {
                let options = verb.options().join(", ");
                write!(
                    f,
                    "unexpected argument {found:?} for `{} {}`; expected {options}",
                    word(),
                    verb.as_str()
                )
            }
            Self::NoTimeout => write!(f, "missing value for {TIMEOUT}; expected a time such as 30s"),
            Self::NoAccount => write!(
                f,
                "missing value for {ACCOUNT}; expected an account such as DOMAIN\\name"
            ),
            Self::NoService => write!(f, "missing value for {SERVICE}; expected the name of a service"),
            Self::Lines { found } => write!(
                f,
                "invalid value {found:?} for {LINES}; expected a whole number such as 50"
            ),
            Self::Set { found } => write!(
                f,
                "invalid value {found:?} for {SET}; expected a property and its value, such as LISTEN_PORT=9182"
            ),
            Self::Autostart => write!(
                f,
                "invalid arguments for `{} {AUTOSTART}`; expected `add NAME [{SET} NAME=VALUE]` or `remove NAME \
                 [{KEEP_DISABLED}=1]`",
                word()
            ),
            #[cfg(feature = "update")]
            Self::Update { found } => write!(
                f,
                "unexpected argument {found:?} for `{} {UPDATE}`; expected {CHECK} or {NOW}, {TIMEOUT}, {JSON}",
                word()
            ),
            Self::Timeout(error) => write!(f, "{TIMEOUT}: {error}"),
        }
    }
}

#[cfg(test)]
mod tests;
