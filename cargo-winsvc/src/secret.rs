//! Secrets: read from their places, passed on by pipes, and hidden in whatever is shown.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};

use thiserror::Error;
use winsvc_definition::VariableName;
use winsvc_definition::manifest::SecretSource;

/// A password or a PIN. It cannot be printed.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// Reads a secret. A line break at its end is not a part of it.
    pub(crate) fn read(source: &SecretSource) -> Result<Self, SecretError> {
        let lines = Self::read_lines(source)?;
        Self::new(lines.0.trim_end_matches(['\r', '\n'])).map_err(|reason| SecretError {
            place: source.to_string(),
            reason,
        })
    }

    /// Reads a secret that may have several lines.
    pub(crate) fn read_lines(source: &SecretSource) -> Result<Self, SecretError> {
        let error = |reason| SecretError {
            place: source.to_string(),
            reason,
        };
        let text = match source {
            SecretSource::Env(name) => variable(name).map_err(error)?,
            SecretSource::Fd(number) if cfg!(unix) => read_all(format!("/dev/fd/{number}")).map_err(error)?,
            SecretSource::Fd(_) => return Err(error(SecretProblem::NoDescriptors)),
            SecretSource::File(path) => read_all(path).map_err(error)?,
        };
        Ok(Self(text))
    }

    /// The value of an environment variable.
    pub(crate) fn of_variable(name: &VariableName) -> Result<Self, SecretError> {
        let value = variable(name).and_then(|text| Self::new(&text));
        value.map_err(|reason| SecretError {
            place: SecretSource::Env(name.clone()).to_string(),
            reason,
        })
    }

    fn new(text: &str) -> Result<Self, SecretProblem> {
        if text.is_empty() {
            Err(SecretProblem::Empty)
        } else if text.contains(['\0', '\r', '\n']) {
            Err(SecretProblem::SeveralLines)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// What is written into the pipe.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The secret itself, for a function that needs it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

fn variable(name: &VariableName) -> Result<String, SecretProblem> {
    match std::env::var_os(name.as_str()).map(OsString::into_string) {
        None => Err(SecretProblem::Unset),
        Some(Err(_)) => Err(SecretProblem::NotText),
        Some(Ok(text)) => Ok(text),
    }
}

fn read_all(path: impl AsRef<std::path::Path>) -> Result<String, SecretProblem> {
    let mut text = String::new();
    let read = File::open(path).and_then(|mut file| file.read_to_string(&mut text));
    read.map_err(SecretProblem::Unreadable)?;
    Ok(text)
}

/// Parts of the names of environment variables that have secrets.
const SECRET_NAMES: [&str; 6] = ["PASSWORD", "PASSPHRASE", "STOREPASS", "SECRET", "TOKEN", "_PIN"];
/// A value that is shorter would hide other text.
const SHORTEST: usize = 4;

/// What must not be shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hidden(Vec<Secret>);

impl Hidden {
    /// These secrets, and what the environment seems to have of them.
    pub(crate) fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let by_name = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.to_string_lossy().to_uppercase();
            let value = value.into_string().ok()?;
            let is_secret = SECRET_NAMES.iter().any(|part| name.contains(part));
            (is_secret && value.len() >= SHORTEST).then_some(Secret(value))
        });
        let mut secrets: Vec<Secret> = secrets.into_iter().chain(by_name).collect();
        // One may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.0.len()));
        Self(secrets)
    }

    /// The text without the secrets.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, secret| text.replace(&secret.0, "***"))
    }
}

/// The error if there is no secret where it should be.
#[derive(Debug, Error)]
#[error("cannot read the secret from {place}")]
pub(crate) struct SecretError {
    place: String,
    #[source]
    reason: SecretProblem,
}

/// Why there is no secret.
#[derive(Debug, Error)]
enum SecretProblem {
    #[error("the variable is not set")]
    Unset,
    #[error("it is not valid Unicode")]
    NotText,
    #[error("it is empty")]
    Empty,
    #[error("it has several lines")]
    SeveralLines,
    #[error("Windows has no file descriptors")]
    NoDescriptors,
    #[error(transparent)]
    Unreadable(io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_without_the_end_of_its_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let read = |content: &str| {
            std::fs::write(&file, content).unwrap();
            let secret = Secret::read(&SecretSource::File(file.path().into()));
            secret
                .map(|secret| secret.0)
                .map_err(|error| error.reason.to_string())
        };
        assert_eq!(read("hunter2\r\n"), Ok("hunter2".to_owned()));
        assert_eq!(read(" a b"), Ok(" a b".to_owned()));
        assert_eq!(read("\n"), Err("it is empty".to_owned()));
        assert_eq!(read("a\nb"), Err("it has several lines".to_owned()));
    }

    #[test]
    fn secrets_are_hidden_the_longer_first() {
        let hidden = Hidden::new(["pin", "pin-of-pin"].map(|text| Secret(text.to_owned())));
        assert_eq!(hidden.hide("the pin-of-pin, pin"), "the ***, ***");
        assert_eq!(format!("{hidden:?}"), "Hidden([Secret, Secret])");
    }
}
