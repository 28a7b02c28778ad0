//! The hash functions of signatures.

use std::io;

use der::asn1::ObjectIdentifier;
use sha2::digest::DynDigest;
use sha2::{Sha256, Sha384, Sha512};

use super::invalid::InvalidSignature;

/// A hash function that signatures may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// The functions by their object identifiers ([RFC 5754](https://www.rfc-editor.org/rfc/rfc5754#section-2)).
const HASHES: [(ObjectIdentifier, Hash, &str); 3] = [
    (oid("2.16.840.1.101.3.4.2.1"), Hash::Sha256, "sha256"),
    (oid("2.16.840.1.101.3.4.2.2"), Hash::Sha384, "sha384"),
    (oid("2.16.840.1.101.3.4.2.3"), Hash::Sha512, "sha512"),
];

/// An object identifier.
pub(super) const fn oid(dotted: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(dotted)
}

impl Hash {
    /// The function with this identifier.
    pub(super) fn find(id: ObjectIdentifier) -> Result<Self, InvalidSignature> {
        let found = HASHES.iter().find(|(known, ..)| *known == id);
        found
            .map(|(_, hash, _)| *hash)
            .ok_or(InvalidSignature::Algorithm { id })
    }

    /// Its name in reports.
    pub(super) fn name(self) -> &'static str {
        let found = HASHES.iter().find(|(_, hash, _)| *hash == self);
        found.map_or("", |(.., name)| name)
    }

    /// Begins a digest.
    pub(super) fn begin(self) -> Box<dyn DynDigest> {
        match self {
            Self::Sha256 => Box::new(Sha256::default()),
            Self::Sha384 => Box::new(Sha384::default()),
            Self::Sha512 => Box::new(Sha512::default()),
        }
    }

    /// The digest of some bytes.
    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let mut digest = self.begin();
        digest.update(bytes);
        digest.finalize().into_vec()
    }
}

/// Adds all bytes of a reader to a digest.
pub(super) fn add_all(mut reader: impl io::Read, digest: &mut dyn DynDigest) -> Result<(), InvalidSignature> {
    let mut piece = vec![0; 0x1_0000];
    loop {
        match reader.read(&mut piece)? {
            0 => return Ok(()),
            count => digest.update(&piece[..count]),
        }
    }
}
