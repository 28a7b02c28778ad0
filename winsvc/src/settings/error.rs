//! What is wrong with settings, in words for whoever has to correct them.

use std::error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a setting stands.
///
/// ```
/// # use winsvc::testing::Scm;
/// # use winsvc::settings::{Error, Origin};
/// #[derive(serde::Deserialize)]
/// struct Settings { workers: u16 }
///
/// let service = Scm::new("acme-agent").variable("ACME_AGENT_WORKERS", "4").start(|starting: winsvc::Starting| {
///     let sources = starting.settings().sources().unwrap();
///     let name = "ACME_AGENT_WORKERS".to_owned();
///     assert_eq!(sources, [("workers".to_owned(), Origin::Variable { name })]);
///     # let _ = |it: Settings| it.workers;
/// });
/// assert_eq!(service.end().exit_code, 0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// An argument of this start, as in `sc start acme-agent --listen=…`.
    StartArgument {
        /// With the dashes.
        name: String,
    },
    /// An argument of the command line.
    Argument {
        /// With the dashes.
        name: String,
    },
    /// A variable of the environment.
    Variable {
        /// Its whole name.
        name: String,
    },
    /// A file.
    File {
        /// Which one.
        path: Arc<Path>,
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
    },
    /// The defaults in the program.
    Defaults {
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
    },
}

impl Origin {
    /// Whether a value from there may be shown. Arguments and variables carry what is in no file, and nothing in them tells a
    /// secret from the rest.
    pub(super) fn is_shown(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Defaults { .. })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartArgument { name } => write!(f, "the argument `{name}` of this start"),
            Self::Argument { name } => write!(f, "the argument `{name}`"),
            Self::Variable { name } => write!(f, "the variable `{name}`"),
            Self::File { path, line, column } => {
                write!(f, "{}, line {line}, column {column}", path.display())
            }
            Self::Defaults { line, column } => {
                write!(f, "the defaults in the program, line {line}, column {column}")
            }
        }
    }
}

/// What is wrong with the settings of a service.
///
/// The text says which key, where it stands, what is expected there and what to do. It has no value from an
/// argument or a variable, and none of a key whose name has a word such as `password`, `secret`, `token` or `key`.
///
/// ```
/// # use winsvc::testing::Scm;
/// # use winsvc::settings::{Error, Origin};
/// #[derive(serde::Deserialize)]
/// struct Settings { workers: u16 }
///
/// let service = Scm::new("acme-agent").arguments(["--workers=many"]).start(|starting: winsvc::Starting| {
///     let error = starting.settings().read::<Settings>().map(|it| it.workers).unwrap_err();
///     let text = "`workers` (the argument `--workers`): expected a whole number from 0 to 65535, found text";
///     assert!(error.to_string().starts_with(text), "{error}");
/// });
/// assert_eq!(service.end().exit_code, 0);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file that was named is not there.
    NoFile {
        /// The file.
        path: PathBuf,
        /// Who has named it; nobody but the program itself without this.
        named_by: Option<Origin>,
    },
    /// A file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The administrator's file, or a folder on the way to it, belongs to somebody who need not be an administrator.
    Foreign {
        /// The file.
        path: PathBuf,
        /// What belongs to them: the file, or a folder that it lies in.
        owned: PathBuf,
        /// To whom: the account's name, or its security identifier.
        owner: String,
    },
    /// The administrator's file, or a folder on the way to it, is a link. Whoever may make files there can make one that leads
    /// elsewhere.
    Link {
        /// The file.
        path: PathBuf,
        /// What is a link: the file, or a folder that it lies in.
        link: PathBuf,
    },
    /// A file is not UTF-8.
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// A file is no TOML.
    Syntax {
        /// Where it ceases to be.
        origin: Origin,
        /// What is wrong there.
        message: String,
    },
    /// An argument is not of the form of a setting.
    NotASetting {
        /// Which one, in words.
        argument: String,
    },
    /// An argument or a variable is not Unicode.
    NotUnicode {
        /// Which one.
        origin: Origin,
    },
    /// A setting that the program must have is set nowhere.
    Missing {
        /// Its key, with dots.
        key: String,
        /// The file that an administrator would set it in.
        file: Option<PathBuf>,
        /// The variable that it could be set by.
        variable: String,
    },
    /// A key that the program does not know.
    Unknown {
        /// The key, with dots.
        key: String,
        /// Where it stands.
        origin: Option<Origin>,
        /// What it knows there.
        known: &'static [&'static str],
    },
    /// A value is not what its key takes.
    Value {
        /// The key, with dots; empty where it is about the settings as a whole.
        key: String,
        /// Where the value stands.
        origin: Option<Origin>,
        /// What the key takes.
        expected: String,
        /// What stands there, and what its type says about it where that may be shown.
        found: String,
    },
    /// A check of the program's own has refused a value.
    Refused {
        /// The key, with dots; empty where it is about the settings as a whole.
        key: String,
        /// Where the value stands.
        origin: Option<Origin>,
        /// What the check says, where that may be shown.
        reason: Option<String>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile { path, named_by } => {
                write!(f, "the settings file {} does not exist", path.display())?;
                match named_by {
                    Some(origin) => write!(f, "; {origin} names it"),
                    None => Ok(()),
                }
            }
            Self::Unreadable { path, .. } => {
                write!(f, "the settings file {} cannot be read", path.display())
            }
            Self::Foreign { path, owned, owner } => {
                not_read(f, path, owned)?;
                write!(
                    f,
                    " belongs to {owner}: look into it, then give it to the administrators, by \
                     `icacls PATH /setowner *S-1-5-32-544`"
                )
            }
            Self::Link { path, link } => {
                not_read(f, path, link)?;
                f.write_str(" is a symbolic link or a junction: name the file itself, by `--config PATH`")
            }
            Self::NotText { path } => write!(
                f,
                "the settings file {} is not UTF-8 text; save it in that encoding",
                path.display()
            ),
            Self::Syntax { origin, message } => {
                write!(f, "{origin}: this is not TOML: {message}")?;
                if message.contains("escape") {
                    f.write_str(r"; a path of Windows stands in single quotes, as in 'C:\data'")?;
                }
                Ok(())
            }
            Self::NotASetting { argument } => write!(
                f,
                "{argument} is no setting; these have the form `--key=value`, or `--key value`"
            ),
            Self::NotUnicode { origin } => write!(f, "{origin} is not Unicode"),
            Self::Missing { key, file, variable } => {
                write!(f, "`{key}` is not set; ")?;
                if let Some(file) = file {
                    write!(f, "set it in {}, ", file.display())?;
                } else {
                    f.write_str("set it ")?;
                }
                write!(f, "by the variable `{variable}` or the argument `--{key}`")
            }
            Self::Unknown { key, origin, known } => {
                place(f, key, origin.as_ref())?;
                f.write_str("the program has no such setting")?;
                match known {
                    [] => Ok(()),
                    known => write!(f, "; it has `{}`", known.join("`, `")),
                }
            }
            Self::Value {
                key,
                origin,
                expected,
                found,
            } => {
                place(f, key, origin.as_ref())?;
                write!(f, "expected {expected}, found {found}; correct it there")
            }
            Self::Refused { key, origin, reason } => {
                place(f, key, origin.as_ref())?;
                match reason {
                    Some(reason) => f.write_str(reason),
                    None => f.write_str("the program does not take this value; correct it there"),
                }
            }
        }
    }
}

/// The file, and which part of its path is the reason.
fn not_read(f: &mut fmt::Formatter<'_>, path: &Path, reason: &Path) -> fmt::Result {
    write!(f, "the settings file {} is not read, as ", path.display())?;
    match reason.file_name() {
        Some(folder) if reason != path => write!(f, "its folder `{}`", folder.to_string_lossy()),
        _ => f.write_str("it"),
    }
}

/// What it is about, and where that stands.
fn place(f: &mut fmt::Formatter<'_>, key: &str, origin: Option<&Origin>) -> fmt::Result {
    match (key, origin) {
        ("", _) => f.write_str("the settings: "),
        (key, Some(origin)) => write!(f, "`{key}` ({origin}): "),
        (key, None) => write!(f, "`{key}`: "),
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Unreadable { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl Error {
    /// The whole chain in one line, for an event that has no other place for causes.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Unreadable { error, .. } => format!("{self}: {error}"),
            _ => self.to_string(),
        }
    }
}
