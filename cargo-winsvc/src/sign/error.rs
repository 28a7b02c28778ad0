//! Why nothing was signed.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::invalid::InvalidSignature;
use super::process::CallError;
use crate::diagnostic::{Diagnostic, Explain};
use crate::secret::SecretError;

/// The error if a file could not be signed, or its signature is not valid.
#[derive(Debug, Error)]
pub(crate) enum SignError {
    /// Signing was asked for, but not configured.
    #[error("no signing engine is configured")]
    NoEngine,
    /// `--sign-config` has an error.
    #[error("invalid `--sign-config`: {message}")]
    Option {
        /// The error.
        message: String,
    },
    /// A key, or a file of `--sign-config`, cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A secret is not where it should be.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The program could not be run to its end.
    #[error("cannot sign {subject} by `{}`", program.display())]
    Call {
        /// What was to be signed.
        subject: Subject,
        /// The program.
        program: PathBuf,
        /// What happened.
        source: CallError,
    },
    /// The program failed.
    #[error("cannot sign {subject} by `{}`: {cause}", program.display())]
    Failed {
        /// What was to be signed.
        subject: Subject,
        /// The program.
        program: PathBuf,
        /// What its output says, as far as it is known.
        cause: Cause,
        /// The end of its output.
        output: Vec<String>,
    },
    /// The program reported success, but the file has no signature.
    #[error("`{}` succeeded, but {subject} has no signature", program.display())]
    Unsigned {
        /// What was to be signed.
        subject: Subject,
        /// The program.
        program: PathBuf,
    },
    /// The signature has no timestamp, which was asked for.
    #[error("`{}` succeeded, but the signature of {subject} has no timestamp", program.display())]
    NoTimestamp {
        /// What was to be signed.
        subject: Subject,
        /// The program.
        program: PathBuf,
    },
    /// A signature is not valid.
    #[error("the signature of {subject} is not valid")]
    Invalid {
        /// What has the signature.
        subject: Subject,
        /// What is wrong with it.
        source: InvalidSignature,
    },
    /// No server gave a timestamp.
    #[error("no timestamp server works for {subject}")]
    Timestamp {
        /// What was to be signed.
        subject: Subject,
        /// Each server with the last error.
        failures: Vec<String>,
    },
    /// A file cannot be read or written.
    #[error("cannot sign {subject}")]
    File {
        /// What was to be signed.
        subject: Subject,
        /// The system's reason.
        source: io::Error,
    },
}

/// What is signed.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// The trial before the build.
    Trial,
    /// A file.
    File(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trial => f.write_str("a trial file"),
            Self::File(name) => write!(f, "`{name}`"),
        }
    }
}

/// What a signing program complains about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Password,
    OtherKey,
    Token,
    Unknown(Option<i32>),
}

/// What osslsigncode and OpenSSL print, and what it means.
const CAUSES: [(&str, Cause); 10] = [
    ("wrong password", Cause::Password),
    ("mac verify failure", Cause::Password),
    ("bad decrypt", Cause::Password),
    ("pin incorrect", Cause::Password),
    ("no pin code was entered", Cause::Password),
    ("consistency of a private key", Cause::OtherKey),
    ("key values mismatch", Cause::OtherKey),
    ("no matching initialized token", Cause::Token),
    ("unable to load module", Cause::Token),
    ("key was not found", Cause::Token),
];

impl Cause {
    /// The cause of a failure, by the program's output.
    pub(super) fn find(output: &str, code: Option<i32>) -> Self {
        let output = output.to_lowercase();
        let known = CAUSES.iter().find(|(text, _)| output.contains(text));
        known.map_or(Self::Unknown(code), |(_, cause)| *cause)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password => f.write_str("wrong password or PIN"),
            Self::OtherKey => f.write_str("the key does not belong to the certificate"),
            Self::Token => f.write_str("the token or its key was not found"),
            Self::Unknown(Some(code)) => write!(f, "it failed with exit code {code}"),
            Self::Unknown(None) => f.write_str("it was killed"),
        }
    }
}

impl Explain for SignError {
    fn diagnostic(&self) -> Diagnostic {
        let mut diagnostic = Diagnostic::of(self);
        match self {
            Self::NoEngine => diagnostic.help(
                "add a table such as `sign.osslsigncode = { pkcs12 = \"acme.p12\", password = { env = \"NAME\" } }` to \
                 `[package.metadata.winsvc]`, or set it with --sign-config",
            ),
            Self::Failed { cause, output, .. } => {
                diagnostic.notes.extend(output.iter().cloned());
                match cause {
                    Cause::Password => diagnostic.help("check the secret that `password` names"),
                    Cause::OtherKey => {
                        diagnostic.help("begin the file of `certificate` with the certificate of the key")
                    }
                    Cause::Token => diagnostic.help("check `pkcs11-module`, and the token and object in the URI of `key`"),
                    Cause::Unknown(_) => diagnostic,
                }
            }
            Self::Call {
                source: CallError::NotRun(error),
                program,
                ..
            } if error.kind() == io::ErrorKind::NotFound => {
                diagnostic.help(format!("install `{}`, or package unsigned with --no-sign", program.display()))
            }
            Self::Call {
                source: CallError::Timeout(_),
                ..
            } => diagnostic.help("if the program needs more time, set `sign.timeout`"),
            Self::Timestamp { failures, .. } => {
                diagnostic.notes.extend(failures.iter().cloned());
                diagnostic.help("check the addresses in `sign.timestamp`, or add another server")
            }
            Self::Unreadable { .. } | Self::Secret(_) => {
                diagnostic.help("provide it, or package unsigned with --no-sign")
            }
            _ => diagnostic,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_found_in_the_output() {
        let output =
            "Failed to parse PKCS#12 file: a.p12 (Wrong password?)\nFailed to read key or certificates";
        assert_eq!(Cause::find(output, Some(255)), Cause::Password);
        assert_eq!(
            Cause::find("Succeeded", Some(3)).to_string(),
            "it failed with exit code 3"
        );
    }
}
