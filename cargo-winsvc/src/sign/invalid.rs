//! What is wrong with a signature.

use der::asn1::ObjectIdentifier;
use thiserror::Error;

use crate::pe::PeError;

/// The reason why a signature is not valid.
#[derive(Debug, Error)]
pub(crate) enum InvalidSignature {
    /// The file is of no type whose signature can be read.
    #[error("the file is not an exe, a DLL, an MSI or a cabinet")]
    FileType,
    /// The exe is damaged.
    #[error(transparent)]
    Pe(#[from] PeError),
    /// The file cannot be read, or its container is damaged.
    #[error("the file cannot be read")]
    Read(#[from] std::io::Error),
    /// The signature does not decode.
    #[error("the signature is malformed")]
    Malformed(#[from] der::Error),
    /// A part of the signature is missing.
    #[error("the signature has no {part}")]
    Missing {
        /// The part.
        part: &'static str,
    },
    /// The file or the signed text is another.
    #[error("the {part} was changed after it was signed")]
    Changed {
        /// What was changed.
        part: &'static str,
    },
    /// An algorithm is unknown, or not safe.
    #[error(
        "unsupported algorithm {id}; expected RSA or ECDSA on P-256 or P-384, with SHA-256, SHA-384 or SHA-512"
    )]
    Algorithm {
        /// Its object identifier.
        id: ObjectIdentifier,
    },
    /// The key does not decode.
    #[error("the public key of the certificate `{subject}` is invalid")]
    Key {
        /// The certificate's subject.
        subject: String,
    },
    /// The signature was made by another key.
    #[error("the signature does not belong to the key of the certificate `{subject}`")]
    OtherKey {
        /// The certificate's subject.
        subject: String,
    },
    /// The certificate may not be used for this.
    #[error("the certificate `{subject}` is not for {purpose}")]
    Purpose {
        /// The certificate's subject.
        subject: String,
        /// What it would be for.
        purpose: &'static str,
    },
    /// The certificate was or will be valid at another time.
    #[error("the certificate `{subject}` is valid from {not_before} to {not_after}, not at {time}")]
    Validity {
        /// The certificate's subject.
        subject: String,
        /// The first second.
        not_before: String,
        /// The last second.
        not_after: String,
        /// The second at which it is needed.
        time: String,
    },
    /// The timestamp is not valid.
    #[error("invalid timestamp")]
    Timestamp(#[source] Box<InvalidSignature>),
}
