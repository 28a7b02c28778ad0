//! `cargo winsvc release`: writes and signs the manifest from which installed products update themselves.
//!
//! The manifest is made from the one before and the packages of a version. Packages, product and keys are compared with
//! Cargo.toml first: what installed products would refuse is not signed.

mod error;
mod key;
mod next;
mod packages;

use std::path::{Path, PathBuf};

use serde::Serialize;
use winsvc_definition::manifest::{UpdateTable, UpgradeCode};
use winsvc_definition::update::manifest::{UpdateManifest, comment};
use winsvc_definition::{Guid, UpdateKey};

pub(crate) use self::error::UpdateError;
use self::key::SigningKey;
use self::next::{Change, Identity, NewRelease};
use crate::cli::ReleaseArgs;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::hashing::hex;
use crate::output::{Staging, Written};
use crate::product::{self, Names};
use crate::project::Project;
use crate::shell::Shell;

/// A result in `--message-format json`.
#[derive(Serialize)]
struct Released<'a> {
    format: &'static str,
    path: String,
    bytes: u64,
    sha256: String,
    channel: &'a str,
    sequence: u64,
}

/// A new key in `--message-format json`.
#[derive(Serialize)]
struct NewKey<'a> {
    format: &'static str,
    path: String,
    public_key: &'a str,
}

/// Writes a new key to a file, and the public key beside it.
pub(crate) fn new_key(path: &Path, args: &ReleaseArgs, shell: Shell) -> Result<(), UpdateError> {
    let password = key::password(args.password.as_ref())?;
    if password.is_none() {
        shell.warning(
            &Diagnostic::warning("the secret key is not encrypted").help(
                "set a password by `--password env:NAME`, or keep the file where nobody else can read it",
            ),
        );
    }
    let public = key::generate(path, password)?;
    shell.status(
        "Created",
        format_args!("{} and {}.pub", path.display(), path.display()),
    );
    shell.status(
        "Next",
        format_args!("add `keys = [\"{public}\"]` to [package.metadata.winsvc.update] in Cargo.toml"),
    );
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let key = NewKey {
        format: "key",
        path: path.display().to_string(),
        public_key: public.as_str(),
    };
    shell.artifact(&path, &key);
    Ok(())
}

/// Writes the manifest after the one before, with a version, a withdrawal, or both.
pub(crate) fn release(
    project: &Project,
    config: &Config,
    args: &ReleaseArgs,
    now: u64,
    shell: Shell,
) -> Result<(), UpdateError> {
    let Some(table) = &config.manifest.update else {
        return Err(UpdateError::NoTable {
            manifest: project.manifest.clone(),
        });
    };
    let key = SigningKey::read(args.secret_key.as_ref(), args.password.as_ref())?;
    let folder = args
        .out_dir
        .clone()
        .unwrap_or_else(|| project.target_dir.join("winsvc"));
    let channel = args.channel.clone().unwrap_or_else(|| table.channel.clone());
    let names = Names::new(project, config);
    let (upgrade_code, _) = product::upgrade_code(config, &names);
    let identity = Identity {
        product: Guid::from_u128(upgrade_code.as_u128()),
        channel,
    };
    let path = folder.join(identity.channel.manifest());
    let previous = previous(args, &path, table, &identity)?;
    let is_root = table.keys.contains(key.public());
    check_key(&key, is_root, previous.as_ref(), args)?;

    let mut staging = Staging::open(vec![folder.clone()])?;
    let mut written: Vec<(&'static str, Written)> = Vec::new();
    let mut new = None;
    if args.withdraw.is_empty() || args.is_about_a_version() {
        let product = packages::Product {
            project,
            config,
            upgrade_code: &UpgradeCode(upgrade_code),
            folder: &folder,
        };
        let found = product.find(&mut staging, shell)?;
        written.extend(found.exes.into_iter().map(|exe| ("exe", exe)));
        new = Some(NewRelease {
            version: project.version.clone(),
            artifacts: found.artifacts,
            percent: args.percent,
            is_critical: args.critical,
            minimum: args.minimum.clone(),
            notes: args.notes.clone().map(|notes| notes.as_str().to_owned()),
        });
    }
    let change = Change {
        new,
        withdrawn: &args.withdraw,
        allowed: &args.allow_key,
        revoked: &args.revoke_key,
        valid_for: args.expires.duration().as_secs(),
    };
    let manifest = next::next(previous, &identity, change, now)?;
    let content = serde_json::to_vec_pretty(&manifest).map_err(|source| UpdateError::Json { source })?;
    let comment = comment(identity.product, &identity.channel, manifest.sequence);
    let signature = key.sign(&content, &comment)?;
    written.push(("update-manifest", staging.write(&path, &content)?));
    written.push((
        "signature",
        staging.write(&signature_of(&path), signature.as_bytes())?,
    ));
    staging.publish()?;

    shell.status(
        "Released",
        format_args!(
            "{} {} (expires {})",
            identity.channel, manifest.sequence, manifest.expires
        ),
    );
    for (format, file) in &written {
        let path = std::path::absolute(&file.path).unwrap_or_else(|_| file.path.clone());
        let released = Released {
            format,
            path: path.display().to_string(),
            bytes: file.bytes,
            sha256: hex(&file.sha256),
            channel: identity.channel.as_str(),
            sequence: manifest.sequence,
        };
        shell.artifact(&path, &released);
    }
    Ok(())
}

/// The file with the signature of a manifest.
fn signature_of(manifest: &Path) -> PathBuf {
    let mut name = manifest.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// The manifest before, verified by the keys of Cargo.toml, or else by a key that a root key has allowed in it.
fn previous(
    args: &ReleaseArgs,
    default: &Path,
    table: &UpdateTable,
    identity: &Identity,
) -> Result<Option<UpdateManifest>, UpdateError> {
    let path = args.previous.as_deref().unwrap_or(default);
    if args.first {
        return if path.exists() {
            Err(UpdateError::NotTheFirst {
                path: path.to_owned(),
            })
        } else {
            Ok(None)
        };
    }
    if !path.exists() && args.previous.is_none() {
        return Err(UpdateError::NoPrevious {
            path: path.to_owned(),
        });
    }
    let read = |path: &Path| {
        std::fs::read(path).map_err(|source| UpdateError::Unreadable {
            path: path.to_owned(),
            source,
        })
    };
    let content = read(path)?;
    let signature = read(&signature_of(path))?;
    let manifest: UpdateManifest =
        serde_json::from_slice(&content).map_err(|source| UpdateError::Previous {
            path: path.to_owned(),
            source,
        })?;
    let listed = manifest.keys.iter().filter_map(|key| UpdateKey::new(key).ok());
    let keys: Vec<UpdateKey> = table.keys.iter().cloned().chain(listed).collect();
    let comment = comment(identity.product, &identity.channel, manifest.sequence);
    if !key::verifies(&content, &String::from_utf8_lossy(&signature), &comment, &keys) {
        return Err(UpdateError::PreviousSignature {
            path: path.to_owned(),
        });
    }
    Ok(Some(manifest))
}

/// Installed products accept the key.
fn check_key(
    key: &SigningKey,
    is_root: bool,
    previous: Option<&UpdateManifest>,
    args: &ReleaseArgs,
) -> Result<(), UpdateError> {
    let public = key.public();
    let mut allowed = previous.into_iter().flat_map(|manifest| &manifest.keys);
    if !is_root && !allowed.any(|allowed| allowed == public.as_str()) {
        return Err(UpdateError::UnknownKey { key: public.clone() });
    }
    let changes_keys = !args.allow_key.is_empty() || !args.revoke_key.is_empty();
    if changes_keys && !is_root {
        return Err(UpdateError::NotRoot { key: public.clone() });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
