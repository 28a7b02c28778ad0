//! A certificate: what it says, and what it may be used for.

use der::Encode;
use der::asn1::ObjectIdentifier;
use jiff::Timestamp;
use serde::Serialize;
use sha1::{Digest, Sha1};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage};
use x509_cert::time::Time;

use super::hash::oid;
use super::invalid::InvalidSignature;
use crate::hashing::hex;

/// What a certificate is used for: the name in errors, and its extended key usage
/// ([RFC 5280](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12)).
#[derive(Clone, Copy, Debug)]
pub(super) struct Purpose {
    name: &'static str,
    id: ObjectIdentifier,
    /// Whether it must be written in the certificate.
    is_required: bool,
}

/// Signing programs. To Windows, a certificate without any extended key usage is for all purposes.
pub(super) const CODE_SIGNING: Purpose = Purpose {
    name: "code signing",
    id: oid("1.3.6.1.5.5.7.3.3"),
    is_required: false,
};

/// Signing timestamps ([RFC 3161](https://www.rfc-editor.org/rfc/rfc3161#section-2.3)).
pub(super) const TIMESTAMPING: Purpose = Purpose {
    name: "timestamps",
    id: oid("1.3.6.1.5.5.7.3.8"),
    is_required: true,
};

/// A certificate of a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CertificateReport {
    /// Whom it belongs to.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// Its number among the issuer's.
    pub serial: String,
    /// Its SHA-1, by which Windows shows it.
    pub thumbprint: String,
    /// The first second of its validity.
    pub not_before: String,
    /// The last second of its validity.
    pub not_after: String,
}

impl CertificateReport {
    pub(super) fn new(certificate: &Certificate) -> Result<Self, InvalidSignature> {
        let fields = &certificate.tbs_certificate;
        Ok(Self {
            subject: fields.subject.to_string(),
            issuer: fields.issuer.to_string(),
            serial: hex(fields.serial_number.as_bytes()),
            thumbprint: hex(&Sha1::digest(certificate.to_der()?)),
            not_before: text(seconds(fields.validity.not_before)),
            not_after: text(seconds(fields.validity.not_after)),
        })
    }
}

/// Checks that a certificate may be used for a purpose, at a time in seconds since 1970.
pub(super) fn check(certificate: &Certificate, purpose: Purpose, time: i64) -> Result<(), InvalidSignature> {
    let fields = &certificate.tbs_certificate;
    let subject = || fields.subject.to_string();
    let extended = fields.get::<ExtendedKeyUsage>()?;
    let usage = fields.get::<KeyUsage>()?;
    let is_for_purpose = extended.map_or(!purpose.is_required, |(_, extended)| {
        extended.0.contains(&purpose.id)
    });
    if !is_for_purpose || usage.is_some_and(|(_, usage)| !usage.digital_signature()) {
        return Err(InvalidSignature::Purpose {
            subject: subject(),
            purpose: purpose.name,
        });
    }
    let validity = seconds(fields.validity.not_before)..=seconds(fields.validity.not_after);
    if !validity.contains(&time) {
        return Err(InvalidSignature::Validity {
            subject: subject(),
            not_before: text(*validity.start()),
            not_after: text(*validity.end()),
            time: text(time),
        });
    }
    Ok(())
}

fn seconds(time: Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

/// A time in seconds since 1970 as text.
pub(super) fn text(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}
