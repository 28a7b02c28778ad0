//! The errors of settings, and where a setting comes from.

use std::error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The source of a setting.
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
        /// The name, with the dashes.
        name: String,
    },
    /// An argument of the command line.
    Argument {
        /// With the dashes.
        name: String,
    },
    /// An environment variable.
    Variable {
        /// The full name.
        name: String,
    },
    /// A file.
    File {
        /// The path of the file.
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
    /// Whether error messages may show a value from this source. Arguments and variables often contain secrets, which
    /// cannot be distinguished from other values.
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

/// An error in the settings of a service.
///
/// The message names the key, its source, the expected value and what to do. It never contains a value from an argument or a
/// variable, nor the value of a key whose name contains a word such as `password`, `secret`, `token` or `key`.
///
/// ```
/// # use winsvc::testing::Scm;
/// # use winsvc::settings::{Error, Origin};
/// #[derive(serde::Deserialize)]
/// struct Settings { workers: u16 }
///
/// let service = Scm::new("acme-agent").arguments(["--workers=many"]).start(|starting: winsvc::Starting| {
///     let error = starting.settings().read::<Settings>().map(|it| it.workers).unwrap_err();
///     let text = "`workers` (the argument `--workers`): expected a whole number from 0 to 65535, found a string";
///     assert!(error.to_string().starts_with(text), "{error}");
/// });
/// assert_eq!(service.end().exit_code, 0);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file that was specified does not exist.
    NoFile {
        /// The file.
        path: PathBuf,
        /// The setting that specifies it; `None` if the program does.
        named_by: Option<Origin>,
    },
    /// A file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error.
        error: io::Error,
    },
    /// The administrator's file, or a folder on the way to it, has an owner who may not be an administrator.
    Foreign {
        /// The file.
        path: PathBuf,
        /// What has this owner: the file, or a folder on the way to it.
        owned: PathBuf,
        /// The owner: the name of the account, or its security identifier.
        owner: String,
    },
    /// The administrator's file, or a folder on the way to it, is a link. A user who may create files there could create one that
    /// points elsewhere.
    Link {
        /// The file.
        path: PathBuf,
        /// The link: the file, or a folder on the way to it.
        link: PathBuf,
    },
    /// A file is not UTF-8.
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// A file is not valid TOML.
    Syntax {
        /// The location of the error.
        origin: Origin,
        /// The message of the parser.
        message: String,
    },
    /// An argument does not have the form of a setting.
    NotASetting {
        /// A description of the argument.
        argument: String,
    },
    /// An argument or a variable is not Unicode.
    NotUnicode {
        /// The argument or the variable.
        origin: Origin,
    },
    /// A required setting is missing.
    Missing {
        /// Its key, with dots.
        key: String,
        /// The administrator's file, where it can be set.
        file: Option<PathBuf>,
        /// The variable with which it can be set.
        variable: String,
    },
    /// An unknown key.
    Unknown {
        /// The key, with dots.
        key: String,
        /// The place of the key.
        origin: Option<Origin>,
        /// The known keys at this place.
        known: &'static [&'static str],
    },
    /// A value that is not valid for its key.
    Value {
        /// The key, with dots; empty where it is about the settings as a whole.
        key: String,
        /// The place of the value.
        origin: Option<Origin>,
        /// What the key expects.
        expected: String,
        /// What was found, with the message of its type if it may be shown.
        found: String,
    },
    /// A value that a check of the program rejected.
    Refused {
        /// The key, with dots; empty where it is about the settings as a whole.
        key: String,
        /// The place of the value.
        origin: Option<Origin>,
        /// The message of the check, if it may be shown.
        reason: Option<String>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile { path, named_by } => {
                write!(f, "the settings file {} does not exist", path.display())?;
                match named_by {
                    Some(origin) => write!(f, "; it is specified by {origin}"),
                    None => Ok(()),
                }
            }
            Self::Unreadable { path, .. } => {
                write!(f, "cannot read the settings file {}", path.display())
            }
            Self::Foreign { path, owned, owner } => {
                not_read(f, path, owned)?;
                write!(
                    f,
                    " belongs to {owner}; inspect it, then make the administrators its owner with \
                     `icacls PATH /setowner *S-1-5-32-544`"
                )
            }
            Self::Link { path, link } => {
                not_read(f, path, link)?;
                f.write_str(" is a symbolic link or a junction; specify the file itself with `--config PATH`")
            }
            Self::NotText { path } => write!(
                f,
                "the settings file {} is not UTF-8; save it as UTF-8",
                path.display()
            ),
            Self::Syntax { origin, message } => {
                write!(f, "{origin}: invalid TOML: {message}")?;
                if message.contains("escape") {
                    f.write_str(r"; write a Windows path in single quotes, as in 'C:\data'")?;
                }
                Ok(())
            }
            Self::NotASetting { argument } => write!(
                f,
                "{argument} is not a setting; expected `--key=value` or `--key value`"
            ),
            Self::NotUnicode { origin } => write!(f, "{origin} is not Unicode"),
            Self::Missing { key, file, variable } => {
                write!(f, "`{key}` is not set; ")?;
                if let Some(file) = file {
                    write!(f, "set it in {}, ", file.display())?;
                } else {
                    f.write_str("set it ")?;
                }
                write!(f, "with the variable `{variable}` or the argument `--{key}`")
            }
            Self::Unknown { key, origin, known } => {
                place(f, key, origin.as_ref())?;
                f.write_str("unknown setting")?;
                match known {
                    [] => Ok(()),
                    known => write!(f, "; expected one of `{}`", known.join("`, `")),
                }
            }
            Self::Value {
                key,
                origin,
                expected,
                found,
            } => {
                place(f, key, origin.as_ref())?;
                write!(f, "expected {expected}, found {found}")
            }
            Self::Refused { key, origin, reason } => {
                place(f, key, origin.as_ref())?;
                match reason {
                    Some(reason) => f.write_str(reason),
                    None => f.write_str("the program rejected this value"),
                }
            }
        }
    }
}

/// The file, and the part of its path that is the reason.
fn not_read(f: &mut fmt::Formatter<'_>, path: &Path, reason: &Path) -> fmt::Result {
    write!(f, "refusing to read the settings file {}: ", path.display())?;
    match reason.file_name() {
        Some(folder) if reason != path => write!(f, "its folder `{}`", folder.to_string_lossy()),
        _ => f.write_str("it"),
    }
}

/// The key and its source.
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
    /// The message with its sources on one line.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Unreadable { error, .. } => format!("{self}: {error}"),
            _ => self.to_string(),
        }
    }
}
