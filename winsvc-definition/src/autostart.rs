//! Programs that Windows starts without a service: by the Run key of the registry, or by a task of the Task Scheduler.
//!
//! The MSI and the exe's own commands register the same entries. The Run key starts a program at each user's logon, with
//! that user's rights ([Run and RunOnce Registry
//! Keys](https://learn.microsoft.com/windows/win32/setupapi/run-and-runonce-registry-keys)); a task can also start at
//! boot or at a time of day, later, and as the system.

mod stamped;
#[cfg(any(test, feature = "registration"))]
mod task_xml;

use std::fmt;

pub use stamped::AutostartError;
#[cfg(any(test, feature = "registration"))]
pub use task_xml::task_xml;

use crate::words::words;
use crate::{NamedText, Timeout, validated_text};

/// The registry key below `HKEY_LOCAL_MACHINE` whose values are the command lines that Windows runs at each logon.
pub const RUN_KEY: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Run";

/// A program that Windows starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Autostart {
    /// The name: that of the value in the Run key, or of the task.
    pub name: String,
    /// The path of the program's exe below the installation folder, the outer folder first.
    pub program: Vec<String>,
    /// Its arguments.
    pub arguments: Vec<NamedText>,
    /// The task; `None` for a value in the Run key.
    pub task: Option<Task>,
    /// Whether it is registered only on request: it belongs to a feature that is not installed by default.
    pub optional: bool,
}

/// A task of the Task Scheduler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its folder in the Task Scheduler, the outer folder first: the product's, which contains no other tasks.
    pub folder: Vec<String>,
    /// When it starts.
    pub at: TaskStart,
    /// The time between that and the start.
    pub delay: Option<Timeout>,
    /// The longest random time between that and the start.
    pub random_delay: Option<Timeout>,
    /// The account that it runs under.
    pub account: TaskAccount,
    /// Whether it has an administrator's rights if the user is one.
    pub elevated: bool,
    /// Whether it is started again after a failure.
    pub restart: Option<TaskRestart>,
    /// Whether the Task Scheduler shows it only on request.
    pub hidden: bool,
}

impl Task {
    /// The path of the task with this name in the Task Scheduler, such as `\Acme\Agent\Tray`.
    pub fn path(&self, name: &str) -> String {
        format!(r"{}\{name}", self.folder_path())
    }

    /// The path of its folder in the Task Scheduler, such as `\Acme\Agent`.
    pub fn folder_path(&self) -> String {
        let folders = self.folder.iter().map(|folder| format!(r"\{folder}"));
        folders.collect()
    }
}

/// When a task starts: `logon`, `boot`, or `daily` and a local time.
///
/// ```
/// use winsvc_definition::TaskStart;
///
/// assert_eq!(TaskStart::new("daily 02:30"), Ok(TaskStart::Daily { hour: 2, minute: 30 }));
/// assert!(TaskStart::new("daily 24:00").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^(logon|boot|daily [0-2][0-9]:[0-5][0-9])$")))]
pub enum TaskStart {
    /// When a user logs on.
    Logon,
    /// When Windows has started.
    Boot,
    /// Each day at this local time.
    Daily {
        /// From 0 to 23.
        hour: u8,
        /// From 0 to 59.
        minute: u8,
    },
}

impl TaskStart {
    /// Parses the word, or the word and the time.
    pub fn new(text: &str) -> Result<Self, TaskStartError> {
        let two_digits = |text: &str, limit: u8| {
            let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse().ok().filter(|_| is_number);
            number.filter(|number| *number < limit)
        };
        let daily = || {
            let (hour, minute) = text.strip_prefix("daily ")?.split_once(':')?;
            Some(Self::Daily {
                hour: two_digits(hour, 24)?,
                minute: two_digits(minute, 60)?,
            })
        };
        match text {
            "logon" => Ok(Self::Logon),
            "boot" => Ok(Self::Boot),
            _ => daily().ok_or_else(|| TaskStartError {
                found: text.to_owned(),
            }),
        }
    }
}

impl fmt::Display for TaskStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Logon => f.write_str("logon"),
            Self::Boot => f.write_str("boot"),
            Self::Daily { hour, minute } => write!(f, "daily {hour:02}:{minute:02}"),
        }
    }
}

validated_text!(TaskStart, TaskStartError);

/// The error for a string that is not the start of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskStartError {
    found: String,
}

impl fmt::Display for TaskStartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown start {:?}; expected \"logon\", \"boot\", or a time of day such as \"daily 02:00\"",
            self.found
        )
    }
}

impl std::error::Error for TaskStartError {}

words! {
    /// The account of a task. None of them has a password.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum TaskAccount {
        /// The user who is logged on.
        User = "user",
        /// `NT AUTHORITY\SYSTEM`
        System = "system",
        /// `NT AUTHORITY\LOCAL SERVICE`
        LocalService = "local-service",
    }
    error TaskAccountError("account of a task");
}

/// How a task is started again after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "manifest",
    derive(serde::Deserialize),
    serde(deny_unknown_fields, try_from = "RestartFields")
)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "RestartFields")
)]
pub struct TaskRestart {
    /// The time between the failure and the start.
    pub every: Timeout,
    /// How often.
    pub times: u8,
}

impl TaskRestart {
    /// The shortest time, in milliseconds
    /// ([Interval](https://learn.microsoft.com/windows/win32/taskschd/taskschedulerschema-interval-restarttype-element)).
    const SHORTEST: u32 = 60_000;

    /// Checks the limits of the Task Scheduler.
    pub fn new(every: Timeout, times: u8) -> Result<Self, TaskRestartError> {
        if every.milliseconds() < Self::SHORTEST || every.milliseconds() % 1000 != 0 {
            return Err(TaskRestartError::Every { found: every });
        }
        if times == 0 {
            return Err(TaskRestartError::Times);
        }
        Ok(Self { every, times })
    }
}

/// The keys of a table.
#[cfg(feature = "manifest")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct RestartFields {
    /// The time between the failure and the start: at least `1m`.
    every: Timeout,
    /// How often.
    times: u8,
}

#[cfg(feature = "manifest")]
impl TryFrom<RestartFields> for TaskRestart {
    type Error = TaskRestartError;

    fn try_from(fields: RestartFields) -> Result<Self, TaskRestartError> {
        Self::new(fields.every, fields.times)
    }
}

/// The error for a restart that the Task Scheduler does not support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskRestartError {
    /// The time is too short, or has a part of a second.
    Every {
        /// The time.
        found: Timeout,
    },
    /// It is started again 0 times.
    Times,
}

impl fmt::Display for TaskRestartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every { found } => write!(
                f,
                "a task restarts after whole seconds, at least \"1m\"; found \"{found}\""
            ),
            Self::Times => f.write_str("a task restarts at least once; remove `restart` if it should not"),
        }
    }
}

impl std::error::Error for TaskRestartError {}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An entry of the Run key.
    pub(crate) fn run() -> Autostart {
        Autostart {
            name: "Acme Tray".to_owned(),
            program: vec!["bin".to_owned(), "tray.exe".to_owned()],
            arguments: vec![NamedText::new("--port={LISTEN_PORT}").unwrap()],
            task: None,
            optional: false,
        }
    }

    /// A task with this start.
    pub(crate) fn task(at: &str) -> Autostart {
        Autostart {
            name: "Acme Updates".to_owned(),
            program: vec!["update.exe".to_owned()],
            arguments: Vec::new(),
            task: Some(Task {
                folder: vec!["Acme".to_owned(), "Agent".to_owned()],
                at: TaskStart::new(at).unwrap(),
                delay: None,
                random_delay: None,
                account: TaskAccount::LocalService,
                elevated: false,
                restart: None,
                hidden: false,
            }),
            optional: false,
        }
    }

    #[test]
    fn a_start_is_a_word_or_a_time_of_day() {
        for text in ["logon", "boot", "daily 00:00", "daily 23:59"] {
            assert_eq!(TaskStart::new(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "Logon",
            "daily",
            "daily 2:00",
            "daily 24:00",
            "daily 02:60",
            "daily +1:00",
        ] {
            let error = TaskStart::new(text).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("unknown start {text:?}; expected")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_restart_has_the_limits_of_the_task_scheduler() {
        let restart = |every: &str, times| {
            let restart = TaskRestart::new(Timeout::new(every).unwrap(), times);
            restart
                .map(|restart| restart.times)
                .map_err(|error| error.to_string())
        };
        assert_eq!(restart("1m", 255), Ok(255));
        for every in ["59s", "60500ms"] {
            let error = restart(every, 3).unwrap_err();
            assert!(error.contains("whole seconds, at least \"1m\""), "{error}");
        }
        assert!(restart("1m", 0).unwrap_err().contains("at least once"));
    }

    #[test]
    fn a_task_is_in_the_folder_of_its_product() {
        let entry = task("boot");
        let task = entry.task.unwrap();
        assert_eq!(task.path(&entry.name), r"\Acme\Agent\Acme Updates");
        assert_eq!(task.folder_path(), r"\Acme\Agent");
    }
}
