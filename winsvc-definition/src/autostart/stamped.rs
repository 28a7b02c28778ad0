//! The form of an entry in a stamp.

use std::fmt;

use super::{
    Autostart, Task, TaskAccount, TaskAccountError, TaskRestart, TaskRestartError, TaskStart, TaskStartError,
};
use crate::{NamedText, NamedTextError, Timeout, TimeoutError};

/// The form in a stamp: the name and the other values, each after a tab. A task has a start, a value of the Run key has
/// none.
impl fmt::Display for Autostart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\tprogram={}", self.name, self.program.join("\\"))?;
        for argument in &self.arguments {
            write!(f, "\targument={}", argument.as_written())?;
        }
        if let Some(task) = &self.task {
            write!(
                f,
                "\tat={}\tfolder={}\tas={}\televated={}\thidden={}",
                task.at,
                task.folder.join("\\"),
                task.account,
                task.elevated,
                task.hidden
            )?;
            for (key, time) in [("delay", task.delay), ("random-delay", task.random_delay)] {
                if let Some(time) = time {
                    write!(f, "\t{key}={time}")?;
                }
            }
            if let Some(TaskRestart { every, times }) = task.restart {
                write!(f, "\trestart={every} {times}")?;
            }
        }
        write!(f, "\toptional={}", self.optional)
    }
}

impl std::str::FromStr for Autostart {
    type Err = AutostartError;

    /// Parses the form in a stamp.
    fn from_str(text: &str) -> Result<Self, AutostartError> {
        let mut fields = text.split('\t');
        let mut entry = Self {
            name: fields.next().unwrap_or_default().to_owned(),
            program: Vec::new(),
            arguments: Vec::new(),
            task: None,
            optional: false,
        };
        let folders = |value: &str| value.split('\\').map(str::to_owned).collect();
        for field in fields {
            let (key, value) = field.split_once('=').unwrap_or((field, ""));
            match (key, &mut entry.task) {
                ("program", _) => entry.program = folders(value),
                ("argument", _) => entry.arguments.push(NamedText::new(value)?),
                ("optional", _) => entry.optional = value == "true",
                ("at", task) => {
                    *task = Some(Task {
                        folder: Vec::new(),
                        at: TaskStart::new(value)?,
                        delay: None,
                        random_delay: None,
                        account: TaskAccount::User,
                        elevated: false,
                        restart: None,
                        hidden: false,
                    });
                }
                ("folder", Some(task)) => task.folder = folders(value),
                ("as", Some(task)) => task.account = value.parse()?,
                ("elevated", Some(task)) => task.elevated = value == "true",
                ("hidden", Some(task)) => task.hidden = value == "true",
                ("delay", Some(task)) => task.delay = Some(Timeout::new(value)?),
                ("random-delay", Some(task)) => task.random_delay = Some(Timeout::new(value)?),
                ("restart", Some(task)) => task.restart = Some(restart(value)?),
                _ => return Err(AutostartError::Key { key: key.to_owned() }),
            }
        }
        Ok(entry)
    }
}

fn restart(value: &str) -> Result<TaskRestart, AutostartError> {
    let (every, times) = value.split_once(' ').unwrap_or((value, ""));
    let times = times.parse().unwrap_or_default();
    Ok(TaskRestart::new(Timeout::new(every)?, times)?)
}

/// The error for an entry in a stamp that this version cannot read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AutostartError {
    /// A key is unknown.
    Key {
        /// The key.
        key: String,
    },
    /// The start is unknown.
    Start(TaskStartError),
    /// The account is unknown.
    Account(TaskAccountError),
    /// A time is invalid.
    Time(TimeoutError),
    /// The restart is invalid.
    Restart(TaskRestartError),
    /// An argument is invalid.
    Text(NamedTextError),
}

impl fmt::Display for AutostartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { key } => write!(f, "unknown key {key:?} of an autostart entry"),
            Self::Start(error) => error.fmt(f),
            Self::Account(error) => error.fmt(f),
            Self::Time(error) => error.fmt(f),
            Self::Restart(error) => error.fmt(f),
            Self::Text(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AutostartError {}

/// Implements `From` for the error of each kind of value.
macro_rules! errors {
    ($($variant:ident($error:ty),)+) => {
        $(
            impl From<$error> for AutostartError {
                fn from(error: $error) -> Self {
                    Self::$variant(error)
                }
            }
        )+
    };
}

errors! {
    Start(TaskStartError),
    Account(TaskAccountError),
    Time(TimeoutError),
    Restart(TaskRestartError),
    Text(NamedTextError),
}

#[cfg(test)]
mod tests {
    use super::super::tests::{run, task};
    use super::*;

    #[test]
    fn an_entry_is_read_back_from_its_form_in_a_stamp() {
        assert_eq!(
            run().to_string(),
            "Acme Tray\tprogram=bin\\tray.exe\targument=--port={LISTEN_PORT}\toptional=false"
        );
        let mut full = task("daily 02:00");
        full.optional = true;
        let settings = full.task.as_mut().unwrap();
        settings.delay = Some(Timeout::new("30s").unwrap());
        settings.random_delay = Some(Timeout::new("1h").unwrap());
        settings.elevated = true;
        settings.hidden = true;
        settings.restart = Some(TaskRestart::new(Timeout::new("1m").unwrap(), 3).unwrap());
        assert_eq!(
            full.to_string(),
            "Acme Updates\tprogram=update.exe\tat=daily 02:00\tfolder=Acme\\Agent\tas=local-service\televated=true\t\
             hidden=true\tdelay=30s\trandom-delay=1h\trestart=1m 3\toptional=true"
        );
        for entry in [run(), task("boot"), full] {
            assert_eq!(entry.to_string().parse(), Ok(entry));
        }
    }

    #[test]
    fn a_key_or_a_value_of_a_newer_version_is_an_error() {
        for (line, message) in [
            ("a\tsession=0", "unknown key \"session\" of an autostart entry"),
            // Only a task has it.
            ("a\tdelay=1s", "unknown key \"delay\" of an autostart entry"),
            ("a\tat=boot\trestart=1m", "a task restarts at least once"),
            ("a\tat=idle", "unknown start \"idle\""),
            ("a\tat=boot\tas=root", "unknown account of a task \"root\""),
        ] {
            let error = line.parse::<Autostart>().unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
