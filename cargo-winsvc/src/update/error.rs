//! Why no manifest was written.

use std::io;
use std::path::PathBuf;

use cargo_metadata::semver::Version;
use thiserror::Error;
use winsvc_definition::UpdateKey;

use crate::cli::InvalidSecretOption;
use crate::diagnostic::{Diagnostic, Explain};
use crate::output::OutputError;
use crate::secret::SecretError;

/// The variable with the secret key, unless the command line names another place.
pub(super) const KEY_VARIABLE: &str = "WINSVC_UPDATE_KEY";
/// The variable with its password.
pub(super) const PASSWORD_VARIABLE: &str = "WINSVC_UPDATE_PASSWORD";

/// The error of `cargo winsvc release`.
#[derive(Debug, Error)]
pub(crate) enum UpdateError {
    #[error("`{}` has no table [package.metadata.winsvc.update]", manifest.display())]
    NoTable { manifest: PathBuf },
    #[error(transparent)]
    Option(#[from] InvalidSecretOption),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("cannot use the secret key from {place}: {problem}")]
    Key { place: String, problem: KeyProblem },
    #[error("cannot write the key `{}`", path.display())]
    KeyFile { path: PathBuf, source: io::Error },
    #[error("cannot generate a key: the system has no random numbers")]
    Generate,
    #[error("cannot sign the update manifest: the signature does not verify")]
    Sign,
    #[error("products do not accept the key `{key}`")]
    UnknownKey { key: UpdateKey },
    #[error("only a root key may allow and revoke keys; `{key}` is not one")]
    NotRoot { key: UpdateKey },
    #[error("there is no earlier update manifest `{}`", path.display())]
    NoPrevious { path: PathBuf },
    #[error("there is an earlier update manifest `{}`", path.display())]
    NotTheFirst { path: PathBuf },
    #[error("cannot read `{}`", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("invalid update manifest `{}`", path.display())]
    Previous {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("the update manifest `{}` is not signed by a key of this product", path.display())]
    PreviousSignature { path: PathBuf },
    #[error("cannot write the update manifest as JSON")]
    Json { source: serde_json::Error },
    #[error("the version {version} has not been released")]
    NotReleased { version: Version, known: Vec<Version> },
    #[error("the version {version} was withdrawn")]
    Withdrawn { version: Version },
    #[error("the package `{url}` of {version} differs from the released one")]
    Changed { version: Version, url: String },
    #[error("there are no packages of the version {version}")]
    NoPackages { version: Version },
    #[error("`{}` is not an MSI", path.display())]
    NotAnMsi { path: PathBuf },
    #[error("the MSI `{}` is of another product: its upgrade code is {found}", path.display())]
    OtherProduct { path: PathBuf, found: String },
    #[error("the MSI `{}` has cabinets beside it", path.display())]
    Cabinets { path: PathBuf },
    #[error("cannot read the zip `{}`", path.display())]
    Zip {
        path: PathBuf,
        source: zip::result::ZipError,
    },
    #[error("the zip `{}` has no `{exe}`", path.display())]
    NoExe { path: PathBuf, exe: String },
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// Why a secret key cannot be used. No text shows the key.
#[derive(Debug, Error)]
pub(crate) enum KeyProblem {
    #[error("it is not a secret key of minisign")]
    Form,
    #[error("it is encrypted, and there is no password")]
    NoPassword,
    #[error("the password is wrong")]
    Password,
}

impl Explain for UpdateError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::NoTable { .. } => diagnostic.help(
                "add `url` and `keys`; `cargo winsvc release --new-key agent.key` generates a key",
            ),
            Self::Secret(_) => diagnostic.help(format!(
                "set `{KEY_VARIABLE}` to the secret key, or name its place by `--secret-key file:PATH`"
            )),
            Self::Key {
                problem: KeyProblem::NoPassword,
                ..
            } => diagnostic.help(format!(
                "set `{PASSWORD_VARIABLE}`, or name the password's place by `--password file:PATH`"
            )),
            Self::Key {
                problem: KeyProblem::Form,
                ..
            } => diagnostic.help("expected the content of minisign's `.key` file, or its second line"),
            Self::UnknownKey { key } => diagnostic
                .note("they accept the `keys` in Cargo.toml, and keys that a manifest by one of these allows")
                .help(format!("sign with one of them, or allow `{key}` first: `--allow-key {key}`")),
            Self::NoPrevious { .. } => diagnostic
                .note("the sequence of a manifest must be greater than that of the one before")
                .help("download the published one, and name it by `--previous PATH`, or use `--first` if there is none"),
            Self::NotTheFirst { .. } => diagnostic.help("remove `--first`"),
            Self::NotReleased { known, .. } => {
                let known: Vec<String> = known.iter().map(ToString::to_string).collect();
                diagnostic.note(format!("released versions: {}", known.join(", ")))
            }
            Self::Withdrawn { .. } | Self::Changed { .. } => diagnostic
                .note("a version that machines may have is not replaced")
                .help("raise `version` in [package], and package again"),
            Self::NoPackages { .. } => {
                diagnostic.help("run `cargo winsvc package` first, or name its folder by `--out-dir`")
            }
            Self::OtherProduct { .. } => diagnostic.help("package again; pin the code by `upgrade-code`"),
            Self::Cabinets { .. } => {
                diagnostic.note("an update downloads a single file")
            }
            _ => diagnostic,
        }
    }
}
