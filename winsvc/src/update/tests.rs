//! The updater as a whole, and what its tests have in common.

mod crashes;
mod keys;
mod manifests;
mod msi;
mod world;

use semver::Version;
use winsvc_definition::update::manifest::{
    Artifact, ArtifactKind, Release, Rollout, SCHEMA, UpdateArch, UpdateManifest, braced,
};
use winsvc_definition::{Guid, Update, UpdateKey, UpdateUrl};

/// A key of minisign's own documentation, for tests without signatures.
const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

pub(super) fn version(text: &str) -> Version {
    text.parse().unwrap()
}

/// The address of the manifest.
pub(super) fn url() -> UpdateUrl {
    UpdateUrl::new("https://dl.acme.example/agent/update-stable.json").unwrap()
}

pub(super) fn settings() -> Update {
    let url = UpdateUrl::new("https://dl.acme.example/agent").unwrap();
    Update::new(Guid::from_u128(15), url, vec![UpdateKey::new(KEY).unwrap()])
}

pub(super) fn manifest(releases: Vec<Release>) -> UpdateManifest {
    UpdateManifest {
        schema: SCHEMA,
        product: braced(Guid::from_u128(15)),
        channel: "stable".to_owned(),
        sequence: 42,
        published: "2026-11-25T10:00:00Z".to_owned(),
        expires: "2026-12-25T10:00:00Z".to_owned(),
        releases,
        keys: Vec::new(),
    }
}

/// A release whose package has its version as its content.
pub(super) fn release(text: &str) -> Release {
    Release {
        version: version(text),
        minimum: None,
        critical: false,
        withdrawn: false,
        rollout: Rollout {
            percent: 100,
            salt: text.to_owned(),
        },
        notes: None,
        artifacts: vec![Artifact {
            arch: UpdateArch::X64,
            kind: ArtifactKind::Exe,
            url: format!("agent-{text}-x64.exe"),
            size: text.len() as u64,
            sha256: world::sha256(text.as_bytes()),
            product_code: None,
        }],
    }
}
