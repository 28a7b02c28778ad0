//! The manifest of a channel: its signature, its form, and whether it is for this product and still current.
//!
//! Nothing of a manifest is read before its signature is verified.

use std::fmt;

use minisign_verify::{Error as MinisignError, PublicKey, Signature};
use winsvc_definition::update::manifest::{SCHEMA, UpdateManifest, braced, comment};
use winsvc_definition::{Update, UpdateKey, UpdateUrl};

use crate::text::civil;

/// The most bytes of a manifest.
pub(super) const LARGEST: u64 = 1 << 20;
/// The most bytes of a signature, which has four lines.
pub(super) const LARGEST_SIGNATURE: u64 = 4096;
/// The most bytes of a package.
const LARGEST_PACKAGE: u64 = 2 << 30;
/// How long a manifest is accepted after it has expired, because clocks differ.
const GRACE: u64 = 24 * 60 * 60;

/// What a manifest is verified against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trust<'a> {
    /// The settings in the exe, with the root keys.
    pub(super) settings: &'a Update,
    /// The keys that a manifest by a root key has allowed.
    pub(super) signing_keys: &'a [UpdateKey],
    /// The sequence of the newest manifest so far.
    pub(super) sequence: u64,
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    pub(super) now: u64,
}

/// A manifest that has passed all checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verified {
    pub(super) manifest: UpdateManifest,
    /// The keys that may sign the next manifest, beside the root keys.
    pub(super) signing_keys: Vec<UpdateKey>,
}

/// Verifies a manifest. `url` is its address, which the addresses in it are relative to.
pub(super) fn verify(
    content: &[u8],
    signature: &str,
    url: &UpdateUrl,
    trust: Trust<'_>,
) -> Result<Verified, ManifestError> {
    if content.len() as u64 > LARGEST {
        return Err(ManifestError::TooLarge);
    }
    let (trusted_comment, is_by_root) = verify_signature(content, signature, trust)?;
    let schema: Schema = read(content)?;
    if schema.schema != SCHEMA {
        return Err(ManifestError::Schema { found: schema.schema });
    }
    let manifest: UpdateManifest = read(content)?;
    let expected = braced(trust.settings.product);
    if manifest.product != expected {
        return Err(ManifestError::Product {
            found: manifest.product,
            expected,
        });
    }
    let channel = &trust.settings.channel;
    if manifest.channel != channel.as_str() {
        return Err(ManifestError::Channel {
            found: manifest.channel,
            expected: channel.to_string(),
        });
    }
    let expected = comment(trust.settings.product, channel, manifest.sequence);
    if trusted_comment != expected {
        return Err(ManifestError::Comment {
            found: trusted_comment,
            expected,
        });
    }
    if manifest.sequence < trust.sequence {
        return Err(ManifestError::Older {
            found: manifest.sequence,
            seen: trust.sequence,
        });
    }
    time(&manifest.published)?;
    if time(&manifest.expires)?.saturating_add(GRACE) < trust.now {
        return Err(ManifestError::Expired {
            since: manifest.expires,
        });
    }
    check_values(&manifest, url)?;
    let keys: Result<Vec<UpdateKey>, _> = manifest.keys.iter().map(|key| UpdateKey::new(key)).collect();
    let keys = keys.map_err(|error| ManifestError::value("keys", error))?;
    Ok(Verified {
        manifest,
        signing_keys: if is_by_root {
            keys
        } else {
            trust.signing_keys.to_vec()
        },
    })
}

/// Returns the trusted comment, and whether a root key has signed.
fn verify_signature(content: &[u8], text: &str, trust: Trust<'_>) -> Result<(String, bool), ManifestError> {
    let signature = Signature::decode(text).map_err(|_| ManifestError::SignatureForm)?;
    let roots = trust.settings.keys.iter().map(|key| (key, true));
    let keys = roots.chain(trust.signing_keys.iter().map(|key| (key, false)));
    let mut error = ManifestError::UnknownKey;
    for (key, is_root) in keys {
        let Ok(key) = PublicKey::from_base64(key.as_str()) else {
            continue;
        };
        match key.verify(content, &signature, false) {
            Ok(()) => return Ok((signature.trusted_comment().to_owned(), is_root)),
            Err(MinisignError::UnexpectedKeyId) => {}
            Err(MinisignError::UnsupportedLegacyMode) => error = ManifestError::NotPrehashed,
            Err(_) => error = ManifestError::Signature,
        }
    }
    Err(error)
}

/// The schema's number, which is read before the rest.
#[derive(serde::Deserialize)]
struct Schema {
    schema: u32,
}

fn read<'de, T: serde::Deserialize<'de>>(content: &'de [u8]) -> Result<T, ManifestError> {
    serde_json::from_slice(content).map_err(|error| ManifestError::Form {
        message: error.to_string(),
    })
}

/// The values that their types do not check.
fn check_values(manifest: &UpdateManifest, url: &UpdateUrl) -> Result<(), ManifestError> {
    for (index, release) in manifest.releases.iter().enumerate() {
        if manifest.releases[..index]
            .iter()
            .any(|other| other.version == release.version)
        {
            return Err(ManifestError::value(
                "version",
                format!("{} is listed twice", release.version),
            ));
        }
        if release.rollout.percent > 100 {
            let percent = release.rollout.percent;
            return Err(ManifestError::value(
                "percent",
                format!("{percent} is more than 100"),
            ));
        }
        for artifact in &release.artifacts {
            url.beside(&artifact.url)
                .map_err(|error| ManifestError::value("url", error))?;
            if !(1..=LARGEST_PACKAGE).contains(&artifact.size) {
                let size = artifact.size;
                return Err(ManifestError::value("size", format!("{size} is out of range")));
            }
            let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            if artifact.sha256.len() != 64 || !artifact.sha256.bytes().all(is_digit) {
                let sha256 = &artifact.sha256;
                return Err(ManifestError::value(
                    "sha256",
                    format!("{sha256:?} is not a SHA-256"),
                ));
            }
        }
    }
    Ok(())
}

/// The seconds since 1970-01-01T00:00:00Z.
fn time(text: &str) -> Result<u64, ManifestError> {
    civil::seconds_of(text).ok_or_else(|| {
        ManifestError::value("published` or `expires", format!("{text:?} is not a time in UTC"))
    })
}

/// Why a manifest is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestError {
    /// It has more than 1 MiB.
    TooLarge,
    /// The file with the signature is not one of minisign's.
    SignatureForm,
    /// It is not signed by a key that is accepted.
    UnknownKey,
    /// The signature is not one of this content.
    Signature,
    /// The signature is of minisign's old form.
    NotPrehashed,
    /// The signature is for another manifest.
    Comment {
        /// The trusted comment.
        found: String,
        /// The expected one.
        expected: String,
    },
    /// It has a schema of the future.
    Schema {
        /// The schema's number.
        found: u32,
    },
    /// It is not JSON, or has a key too many or too few.
    Form {
        /// What is wrong, and where.
        message: String,
    },
    /// It is for another product.
    Product {
        /// Its product.
        found: String,
        /// This product.
        expected: String,
    },
    /// It is for another channel.
    Channel {
        /// Its channel.
        found: String,
        /// The channel that is followed.
        expected: String,
    },
    /// It is older than one that this machine has seen.
    Older {
        /// Its sequence.
        found: u64,
        /// The greatest sequence so far.
        seen: u64,
    },
    /// It should have been replaced by now.
    Expired {
        /// Its last moment.
        since: String,
    },
    /// A value is invalid.
    Value {
        /// Its key.
        key: &'static str,
        /// What is wrong.
        message: String,
    },
}

impl ManifestError {
    fn value(key: &'static str, message: impl fmt::Display) -> Self {
        Self::Value {
            key,
            message: message.to_string(),
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "the update manifest has more than {LARGEST} bytes"),
            Self::SignatureForm => f.write_str("the signature of the update manifest is not one of minisign"),
            Self::UnknownKey => f.write_str("the update manifest is signed by an unknown key"),
            Self::Signature => f.write_str("the signature does not match the update manifest"),
            Self::NotPrehashed => f.write_str("the signature of the update manifest is not prehashed"),
            Self::Comment { found, expected } => write!(
                f,
                "the signature is for another update manifest: its comment is {found:?}; expected {expected:?}"
            ),
            Self::Schema { found } => write!(
                f,
                "the update manifest has the unknown schema {found}; expected {SCHEMA}"
            ),
            Self::Form { message } => write!(f, "invalid update manifest: {message}"),
            Self::Product { found, expected } => write!(
                f,
                "the update manifest is for the product {found:?}; expected {expected:?}"
            ),
            Self::Channel { found, expected } => write!(
                f,
                "the update manifest is for the channel {found:?}; expected {expected:?}"
            ),
            Self::Older { found, seen } => write!(
                f,
                "the update manifest {found} is older than {seen}, which this machine has seen"
            ),
            Self::Expired { since } => write!(f, "the update manifest has expired at {since}"),
            Self::Value { key, message } => write!(f, "invalid `{key}` in the update manifest: {message}"),
        }
    }
}

impl std::error::Error for ManifestError {}
