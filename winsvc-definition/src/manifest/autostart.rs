//! Programs that Windows starts without a service.

use std::fmt;

use super::{FeatureName, TextError, is_file_name};
use crate::words::words;
use crate::{NamedText, Task, TaskAccount, TaskRestart, TaskStart, Timeout, validated_text};

/// A table in `autostart`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "Fields")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "Fields"))]
pub struct AutostartTable {
    /// Its name: that of the value in the Run key, or of the task.
    pub name: AutostartName,
    /// The program: a binary's name, or the path of an installed file.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<NamedText>,
    /// The task, in no folder; `None` for a value in the Run key.
    pub task: Option<Task>,
    /// The feature that it belongs to; `None` for that of its program.
    pub feature: Option<FeatureName>,
}

words! {
    /// What starts a program.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum AutostartKind {
        /// The Run key of the registry.
        Run = "run",
        /// A task of the Task Scheduler.
        Task = "task",
    }
}

/// The name of an entry: without characters that a task's name cannot have.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1, "maxLength" = 100)))]
pub struct AutostartName(String);

impl AutostartName {
    /// So that it fits into the commands of an MSI.
    const LONGEST: usize = 100;

    /// Checks the name.
    pub fn new(text: &str) -> Result<Self, TextError> {
        if is_file_name(text) && text.trim() == text && text.encode_utf16().count() <= Self::LONGEST {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextError {
                expected: "a name of at most 100 characters that could be a file's",
                found: text.to_owned(),
            })
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

validated_text!(AutostartName, TextError);

/// The keys of a table.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Fields {
    /// Its name: that of the value in the Run key, or of the task.
    name: AutostartName,
    /// The Run key or a task; default: `run`, unless another key needs a task.
    kind: Option<AutostartKind>,
    /// The program: a binary's name, or the path of an installed exe.
    program: String,
    /// Its arguments.
    #[serde(default)]
    arguments: Vec<NamedText>,
    /// When it starts: `logon`, `boot`, or a time of day such as `daily 02:00`; default: `logon`.
    at: Option<TaskStart>,
    /// For `logon` and `boot`: the time between that and the start.
    delay: Option<Timeout>,
    /// For a time of day: the longest random time between that and the start.
    random_delay: Option<Timeout>,
    /// The account; default: `user` for `logon`, else `local-service`.
    r#as: Option<TaskAccount>,
    /// For `as = "user"`: whether an administrator has all rights; default: `false`.
    #[serde(default)]
    elevated: bool,
    /// How it is started again after a failure; default: not.
    restart: Option<TaskRestart>,
    /// Whether the Task Scheduler shows it only on request; default: `false`.
    #[serde(default)]
    hidden: bool,
    /// The feature that it belongs to; default: that of its program.
    feature: Option<FeatureName>,
}

impl Fields {
    /// The first key that the Run key has nothing for.
    fn key_of_tasks(&self) -> Option<&'static str> {
        let keys = [
            ("at", self.at.is_some_and(|at| at != TaskStart::Logon)),
            (
                "as",
                self.r#as.is_some_and(|account| account != TaskAccount::User),
            ),
            ("delay", self.delay.is_some()),
            ("random-delay", self.random_delay.is_some()),
            ("elevated", self.elevated),
            ("restart", self.restart.is_some()),
            ("hidden", self.hidden),
        ];
        keys.into_iter().find_map(|(key, is_set)| is_set.then_some(key))
    }

    fn task(&self) -> Result<Option<Task>, AutostartTableError> {
        match (self.kind, self.key_of_tasks()) {
            (Some(AutostartKind::Run), Some(key)) => return Err(AutostartTableError::OfTasks { key }),
            (Some(AutostartKind::Run) | None, None) => return Ok(None),
            (Some(AutostartKind::Task), _) | (None, Some(_)) => {}
        }
        let at = self.at.unwrap_or(TaskStart::Logon);
        let account = self.r#as.unwrap_or(match at {
            TaskStart::Logon => TaskAccount::User,
            TaskStart::Boot | TaskStart::Daily { .. } => TaskAccount::LocalService,
        });
        let is_daily = matches!(at, TaskStart::Daily { .. });
        if self.delay.is_some() && is_daily {
            return Err(AutostartTableError::Delay { at });
        }
        if self.random_delay.is_some() && !is_daily {
            return Err(AutostartTableError::RandomDelay { at });
        }
        if account == TaskAccount::User && at == TaskStart::Boot {
            return Err(AutostartTableError::NoUser);
        }
        if self.elevated && account != TaskAccount::User {
            return Err(AutostartTableError::Elevated { account });
        }
        for (key, time) in [("delay", self.delay), ("random-delay", self.random_delay)] {
            if let Some(time) = time.filter(|time| time.milliseconds() % 1000 != 0) {
                return Err(AutostartTableError::Seconds { key, time });
            }
        }
        Ok(Some(Task {
            folder: Vec::new(),
            at,
            delay: self.delay,
            random_delay: self.random_delay,
            account,
            elevated: self.elevated,
            restart: self.restart,
            hidden: self.hidden,
        }))
    }
}

impl TryFrom<Fields> for AutostartTable {
    type Error = AutostartTableError;

    fn try_from(fields: Fields) -> Result<Self, AutostartTableError> {
        Ok(Self {
            task: fields.task()?,
            name: fields.name,
            program: fields.program,
            arguments: fields.arguments,
            feature: fields.feature,
        })
    }
}

/// The error for a table of an entry: a combination that Windows does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
enum AutostartTableError {
    /// The Run key has nothing for a key.
    OfTasks {
        /// The key.
        key: &'static str,
    },
    /// A time of day has no fixed delay.
    Delay {
        /// The start.
        at: TaskStart,
    },
    /// Only a time of day has a random delay.
    RandomDelay {
        /// The start.
        at: TaskStart,
    },
    /// No user is logged on at boot.
    NoUser,
    /// The account has its rights in any case.
    Elevated {
        /// The account.
        account: TaskAccount,
    },
    /// The Task Scheduler counts in seconds.
    Seconds {
        /// The key.
        key: &'static str,
        /// The time.
        time: Timeout,
    },
}

impl fmt::Display for AutostartTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfTasks { key } => write!(
                f,
                "unexpected `{key}` for `kind = \"run\"`, which starts a program when a user logs on; only `kind = \
                 \"task\"` has it"
            ),
            Self::Delay { at } => write!(
                f,
                "unexpected `delay` for `at = \"{at}\"`; use a later time, or `random-delay`"
            ),
            Self::RandomDelay { at } => write!(
                f,
                "unexpected `random-delay` for `at = \"{at}\"`; only a time of day has one, use `delay`"
            ),
            Self::NoUser => f.write_str(
                "no user is logged on `at = \"boot\"`; use `as = \"system\"` or `as = \"local-service\"`",
            ),
            Self::Elevated { account } => write!(
                f,
                "unexpected `elevated` for `as = \"{account}\"`; only `as = \"user\"` has it"
            ),
            Self::Seconds { key, time } => {
                write!(f, "the `{key}` of a task is whole seconds; found \"{time}\"")
            }
        }
    }
}

impl std::error::Error for AutostartTableError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AutostartTable, String> {
        toml::from_str(&format!("name = 'Tray'\nprogram = 'tray'\n{text}"))
            .map_err(|error: toml::de::Error| error.message().to_owned())
    }

    fn task(text: &str) -> Task {
        read(text).unwrap().task.unwrap()
    }

    #[test]
    fn a_program_is_started_by_the_run_key_unless_only_a_task_can() {
        for text in [
            "",
            "at = 'logon'",
            "kind = 'run'\nas = 'user'",
            "elevated = false",
        ] {
            assert_eq!(read(text).unwrap().task, None, "{text}");
        }
        for text in [
            "kind = 'task'",
            "delay = '30s'",
            "elevated = true",
            "hidden = true",
        ] {
            let task = task(text);
            assert_eq!(
                (task.at, task.account),
                (TaskStart::Logon, TaskAccount::User),
                "{text}"
            );
        }
        let boot = task("at = 'boot'\nrestart = { every = '1m', times = 3 }");
        assert_eq!(boot.account, TaskAccount::LocalService);
        assert_eq!(boot.restart.map(|restart| restart.times), Some(3));
        let daily = task("at = 'daily 02:00'\nas = 'system'\nrandom-delay = '1h'");
        assert_eq!((daily.account, daily.delay), (TaskAccount::System, None));
    }

    #[test]
    fn a_combination_that_windows_does_not_have_names_its_key() {
        for (text, message) in [
            (
                "kind = 'run'\ndelay = '30s'",
                "unexpected `delay` for `kind = \"run\"`",
            ),
            (
                "kind = 'run'\nat = 'boot'",
                "unexpected `at` for `kind = \"run\"`",
            ),
            (
                "kind = 'run'\nas = 'system'",
                "unexpected `as` for `kind = \"run\"`",
            ),
            (
                "at = 'daily 02:00'\ndelay = '1m'",
                "unexpected `delay` for `at = \"daily 02:00\"`",
            ),
            (
                "at = 'boot'\nrandom-delay = '1m'",
                "unexpected `random-delay` for `at = \"boot\"`",
            ),
            ("at = 'boot'\nas = 'user'", "no user is logged on `at = \"boot\"`"),
            (
                "at = 'boot'\nelevated = true",
                "unexpected `elevated` for `as = \"local-service\"`",
            ),
            (
                "delay = '1500ms'",
                "the `delay` of a task is whole seconds; found \"1500ms\"",
            ),
            ("at = 'idle'", "unknown start \"idle\"; expected"),
            (
                "restart = { every = '1s', times = 3 }",
                "a task restarts after whole seconds, at least \"1m\"",
            ),
            ("retry = 3", "unknown field `retry`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }

    #[test]
    fn a_name_could_be_a_file_s() {
        assert!(AutostartName::new("Acme Tray").is_ok());
        for text in ["", " Tray", r"Acme\Tray", "a:b", &"a".repeat(101)] {
            assert!(AutostartName::new(text).is_err(), "{text}");
        }
    }
}
