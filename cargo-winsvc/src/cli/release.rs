//! `cargo winsvc release`.

use std::path::PathBuf;

use cargo_metadata::semver::Version;
use clap::{ArgAction, Args};
use thiserror::Error;
use winsvc_definition::manifest::{SecretSource, WebUrl};
use winsvc_definition::{Deferral, UpdateChannel, UpdateKey, VariableName};

use super::ReportArgs;

/// `cargo winsvc release`.
#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    /// Offer the version to so many of a hundred machines [default: as before, or 100]
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub percent: Option<u8>,
    /// Offer the version to all machines, without waiting for their maintenance windows
    #[arg(long)]
    pub critical: bool,
    /// The lowest version that can be updated to this one
    #[arg(long, value_name = "VERSION")]
    pub minimum: Option<Version>,
    /// Address of a page about the version
    #[arg(long, value_name = "URL")]
    pub notes: Option<WebUrl>,
    /// Withdraw a version; machines that have it go back to the one before
    #[arg(long, value_name = "VERSION", action = ArgAction::Append)]
    pub withdraw: Vec<Version>,
    /// When the manifest must have been replaced by the next one
    #[arg(long, value_name = "TIME", default_value = "30d")]
    pub expires: Deferral,
    /// The channel [default: `channel` in Cargo.toml]
    #[arg(long, value_name = "NAME")]
    pub channel: Option<UpdateChannel>,
    /// The manifest before this one, with its signature beside it [default: the one in --out-dir]
    #[arg(long, value_name = "PATH")]
    pub previous: Option<PathBuf>,
    /// Write the first manifest of the channel
    #[arg(long, conflicts_with = "previous")]
    pub first: bool,
    /// Directory with the packages, and for the manifest [default: `winsvc` in the target directory]
    #[arg(long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Place of minisign's secret key: `env:NAME`, `fd:NUMBER` or `file:PATH` [default: `env:WINSVC_UPDATE_KEY`]
    #[arg(long, value_name = "PLACE", value_parser = SecretOption::parse)]
    pub secret_key: Option<SecretOption>,
    /// Place of its password: `env:NAME`, `fd:NUMBER` or `file:PATH` [default: `env:WINSVC_UPDATE_PASSWORD`]
    #[arg(long, value_name = "PLACE", value_parser = SecretOption::parse)]
    pub password: Option<SecretOption>,
    /// Allow a key to sign manifests from the next one on; needs a key of Cargo.toml
    #[arg(long, value_name = "KEY", action = ArgAction::Append)]
    pub allow_key: Vec<UpdateKey>,
    /// Do not allow a key any more; needs a key of Cargo.toml
    #[arg(long, value_name = "KEY", action = ArgAction::Append)]
    pub revoke_key: Vec<UpdateKey>,
    /// Generate a key, and write nothing else
    #[arg(long, value_name = "PATH", conflicts_with_all = ["percent", "critical", "withdraw", "secret_key", "first", "previous"])]
    pub new_key: Option<PathBuf>,
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
    /// Package to release (see `cargo help pkgid`)
    #[arg(short, long, value_name = "SPEC")]
    pub package: Option<String>,
    #[command(flatten)]
    /// How results and errors are reported.
    pub report: ReportArgs,
}

impl ReleaseArgs {
    /// Whether an option says something of the project's version, beside a withdrawal.
    pub(crate) fn is_about_a_version(&self) -> bool {
        self.percent.is_some() || self.critical || self.minimum.is_some() || self.notes.is_some()
    }
}

/// The place of a secret. clap shows values that it refuses, so a value that may be the secret itself is refused later.
#[derive(Clone, Debug)]
pub(crate) struct SecretOption(Option<SecretSource>);

/// The error for an option that is not the place of a secret.
#[derive(Debug, Error)]
#[error("invalid value of `{option}`; expected `env:NAME`, `fd:NUMBER` or `file:PATH`")]
pub(crate) struct InvalidSecretOption {
    option: &'static str,
}

impl SecretOption {
    #[expect(clippy::unnecessary_wraps, reason = "the type of clap's parsers")]
    fn parse(text: &str) -> Result<Self, std::convert::Infallible> {
        let source = text.split_once(':').and_then(|(kind, place)| match kind {
            "env" => VariableName::new(place).ok().map(SecretSource::Env),
            "fd" => place.parse().ok().map(SecretSource::Fd),
            "file" if !place.is_empty() => Some(SecretSource::File(place.into())),
            _ => None,
        });
        Ok(Self(source))
    }

    /// The place, if it is one.
    pub(crate) fn source(&self, option: &'static str) -> Result<&SecretSource, InvalidSecretOption> {
        self.0.as_ref().ok_or(InvalidSecretOption { option })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_an_option_s_value() {
        let place = |text| {
            let option = SecretOption::parse(text).unwrap();
            let place = option.source("--secret-key").map(ToString::to_string);
            place.map_err(|error| error.to_string())
        };
        assert_eq!(place("env:KEY").unwrap(), "the environment variable `KEY`");
        assert_eq!(place("fd:3").unwrap(), "the file descriptor 3");
        assert_eq!(place("file:C:\\a.key").unwrap(), "the file `C:\\a.key`");
        for text in ["RWRTY0IySecret", "env:", "fd:x", "file:", "pass:Secret"] {
            assert_eq!(
                place(text).unwrap_err(),
                "invalid value of `--secret-key`; expected `env:NAME`, `fd:NUMBER` or `file:PATH`"
            );
        }
    }
}
