//! The next manifest of a channel: pure.

use cargo_metadata::semver::Version;
use winsvc_definition::update::manifest::{Artifact, Release, Rollout, SCHEMA, UpdateManifest, braced};
use winsvc_definition::{Guid, UpdateChannel, UpdateKey};

use super::error::UpdateError;
use crate::texts::rfc3339;

/// What manifests of a channel have in common.
pub(super) struct Identity {
    pub(super) product: Guid,
    pub(super) channel: UpdateChannel,
}

/// What is new.
pub(super) struct Change<'a> {
    pub(super) new: Option<NewRelease>,
    pub(super) withdrawn: &'a [Version],
    pub(super) allowed: &'a [UpdateKey],
    pub(super) revoked: &'a [UpdateKey],
    /// In seconds.
    pub(super) valid_for: u64,
}

/// A version, or what changes of one that is listed.
pub(super) struct NewRelease {
    pub(super) version: Version,
    /// Its packages; empty if they are not there.
    pub(super) artifacts: Vec<Artifact>,
    /// `None`: as before, or all.
    pub(super) percent: Option<u8>,
    pub(super) is_critical: bool,
    pub(super) minimum: Option<Version>,
    pub(super) notes: Option<String>,
}

/// The manifest after `previous`.
pub(super) fn next(
    previous: Option<UpdateManifest>,
    identity: &Identity,
    change: Change<'_>,
    now: u64,
) -> Result<UpdateManifest, UpdateError> {
    let (sequence, mut releases, mut keys) = match previous {
        Some(previous) => (previous.sequence, previous.releases, previous.keys),
        None => (0, Vec::new(), Vec::new()),
    };
    for version in change.withdrawn {
        let known: Vec<Version> = releases.iter().map(|release| release.version.clone()).collect();
        let release = releases.iter_mut().find(|release| release.version == *version);
        let release = release.ok_or_else(|| UpdateError::NotReleased {
            version: version.clone(),
            known,
        })?;
        release.withdrawn = true;
    }
    if let Some(new) = change.new {
        let listed = releases.iter_mut().find(|release| release.version == new.version);
        match listed {
            Some(release) => update(release, new)?,
            None => releases.push(released(new)?),
        }
    }
    releases.sort_by(|a, b| b.version.cmp(&a.version));
    for key in change.allowed {
        if !keys.contains(&key.to_string()) {
            keys.push(key.to_string());
        }
    }
    keys.retain(|key| !change.revoked.iter().any(|revoked| revoked.as_str() == key));
    Ok(UpdateManifest {
        schema: SCHEMA,
        product: braced(identity.product),
        channel: identity.channel.to_string(),
        sequence: sequence + 1,
        published: rfc3339(now),
        expires: rfc3339(now.saturating_add(change.valid_for)),
        releases,
        keys,
    })
}

fn released(new: NewRelease) -> Result<Release, UpdateError> {
    if new.artifacts.is_empty() {
        return Err(UpdateError::NoPackages { version: new.version });
    }
    Ok(Release {
        minimum: new.minimum,
        critical: new.is_critical,
        withdrawn: false,
        rollout: Rollout {
            percent: new.percent.unwrap_or(100),
            // Other machines are first the next time.
            salt: new.version.to_string(),
        },
        notes: new.notes,
        artifacts: new.artifacts,
        version: new.version,
    })
}

/// What is released is not replaced: machines have it already.
fn update(release: &mut Release, new: NewRelease) -> Result<(), UpdateError> {
    if release.withdrawn {
        return Err(UpdateError::Withdrawn { version: new.version });
    }
    let is_same = |one: &Artifact, two: &Artifact| (one.arch, one.kind) == (two.arch, two.kind);
    for artifact in new.artifacts {
        match release
            .artifacts
            .iter_mut()
            .find(|listed| is_same(listed, &artifact))
        {
            Some(listed) if listed.sha256 == artifact.sha256 => listed.url = artifact.url,
            Some(_) => {
                return Err(UpdateError::Changed {
                    version: new.version,
                    url: artifact.url,
                });
            }
            None => release.artifacts.push(artifact),
        }
    }
    if let Some(percent) = new.percent {
        release.rollout.percent = percent;
    }
    release.critical |= new.is_critical;
    release.minimum = new.minimum.or(release.minimum.take());
    release.notes = new.notes.or(release.notes.take());
    Ok(())
}
