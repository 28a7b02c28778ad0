//! Signed data of the Cryptographic Message Syntax: a content, its signer and the certificates
//! ([RFC 5652](https://www.rfc-editor.org/rfc/rfc5652#section-5)).

use cms::content_info::ContentInfo;
use cms::signed_data::{EncapsulatedContentInfo, SignerIdentifier, SignerInfo};
use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Encode, Reader, SliceReader, Tag, TagNumber, Tagged};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::pkcs8::DecodePublicKey;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use super::certificate::CertificateReport;
use super::hash::{Hash, oid};
use super::invalid::InvalidSignature;

const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
const RSASSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
const RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = oid("1.2.840.10045.2.1");
const P256: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = oid("1.3.132.0.34");

/// The index of the content among the fields of `SignedData`.
const CONTENT: usize = 2;
/// The tag of the certificates.
const CERTIFICATES: Tag = Tag::ContextSpecific {
    constructed: true,
    number: TagNumber::N0,
};

/// Signed data whose signature belongs to its content and to its signer's certificate.
pub(super) struct Signed {
    /// The content.
    pub(super) content: Any,
    /// The signer's certificate, and after it those that issued it, as far as they are there.
    pub(super) certificates: Vec<Certificate>,
    signer: SignerInfo,
}

impl Signed {
    /// Decodes signed data, which zeros may follow, and verifies its signature.
    pub(super) fn verify(bytes: &[u8], content_type: ObjectIdentifier) -> Result<Self, InvalidSignature> {
        let mut reader = SliceReader::new(bytes)?;
        let info: ContentInfo = reader.decode()?;
        if info.content_type != SIGNED_DATA {
            return Err(InvalidSignature::Missing { part: "signed data" });
        }
        let fields: Vec<Any> = info.content.decode_as()?;
        let content = fields
            .get(CONTENT)
            .ok_or(InvalidSignature::Missing { part: "content" })?;
        let content: EncapsulatedContentInfo = content.decode_as()?;
        let is_content = |_: &Any| content.econtent_type == content_type;
        let content = content.econtent.filter(is_content);
        let content = content.ok_or(InvalidSignature::Missing { part: "content" })?;
        let signers = fields.last().map(entries).transpose()?.unwrap_or_default();
        let signer = signers
            .first()
            .ok_or(InvalidSignature::Missing { part: "signer" })?;
        let signer: SignerInfo = signer.decode_as()?;
        let certificates = fields.iter().find(|field| field.tag() == CERTIFICATES);
        let certificates = certificates.map(entries).transpose()?.unwrap_or_default();
        // Others are no certificates of X.509.
        let certificates = certificates.iter().filter(|entry| entry.tag() == Tag::Sequence);
        let certificates: Result<Vec<Certificate>, _> = certificates.map(Any::decode_as).collect();
        let certificates = chain(certificates?, &signer.sid)?;
        let data = Self {
            content,
            certificates,
            signer,
        };
        data.check(content_type)?;
        Ok(data)
    }

    /// The signer's certificate.
    pub(super) fn certificate(&self) -> &Certificate {
        &self.certificates[0]
    }

    /// What the certificates say.
    pub(super) fn chain(&self) -> Result<Vec<CertificateReport>, InvalidSignature> {
        self.certificates.iter().map(CertificateReport::new).collect()
    }

    /// The signature itself.
    pub(super) fn signature(&self) -> &[u8] {
        self.signer.signature.as_bytes()
    }

    /// The value of an attribute that is not signed.
    pub(super) fn unsigned_attribute(&self, id: ObjectIdentifier) -> Option<&Any> {
        value(self.signer.unsigned_attrs.iter().flat_map(|set| set.iter()), id)
    }

    fn check(&self, content_type: ObjectIdentifier) -> Result<(), InvalidSignature> {
        let hash = Hash::find(self.signer.digest_alg.oid)?;
        let attributes = self.signer.signed_attrs.as_ref();
        let attributes = attributes.ok_or(InvalidSignature::Missing {
            part: "signed attributes",
        })?;
        let attribute = |id| value(attributes.iter(), id);
        let signed_type = attribute(CONTENT_TYPE).and_then(|id| id.decode_as::<ObjectIdentifier>().ok());
        let digest = attribute(MESSAGE_DIGEST).and_then(|digest| digest.decode_as::<OctetString>().ok());
        let digest =
            digest
                .filter(|_| signed_type == Some(content_type))
                .ok_or(InvalidSignature::Missing {
                    part: "digest of its content",
                })?;
        if digest.as_bytes() != hash.digest(self.content.value()) {
            return Err(InvalidSignature::Changed { part: "content" });
        }
        self.check_key(hash, &hash.digest(&attributes.to_der()?))
    }

    /// Checks that the signature of this digest belongs to the certificate's key.
    fn check_key(&self, hash: Hash, digest: &[u8]) -> Result<(), InvalidSignature> {
        let fields = &self.certificate().tbs_certificate;
        let subject = fields.subject.to_string();
        let key = &fields.subject_public_key_info;
        let encoded = key.to_der()?;
        let id = self.signer.signature_algorithm.oid;
        let curve = key.algorithm.parameters.as_ref();
        let curve = curve.and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
        let bad_key = || InvalidSignature::Key {
            subject: subject.clone(),
        };
        let is_valid = match (key.algorithm.oid, curve) {
            (RSA, _) if id != RSASSA_PSS => {
                let key = rsa::PublicKey::from_public_key_der(&encoded).map_err(|_| bad_key())?;
                let scheme = match hash {
                    Hash::Sha256 => rsa::Pkcs1v15Sign::new::<sha2::Sha256>(),
                    Hash::Sha384 => rsa::Pkcs1v15Sign::new::<sha2::Sha384>(),
                    Hash::Sha512 => rsa::Pkcs1v15Sign::new::<sha2::Sha512>(),
                };
                key.verify(scheme, digest, self.signature()).is_ok()
            }
            (EC, Some(P256)) => {
                let key = p256::ecdsa::VerifyingKey::from_public_key_der(&encoded).map_err(|_| bad_key())?;
                let signature = p256::ecdsa::Signature::from_der(self.signature());
                signature.is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok())
            }
            (EC, Some(P384)) => {
                let key = p384::ecdsa::VerifyingKey::from_public_key_der(&encoded).map_err(|_| bad_key())?;
                let signature = p384::ecdsa::Signature::from_der(self.signature());
                signature.is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok())
            }
            _ => return Err(InvalidSignature::Algorithm { id }),
        };
        if is_valid {
            Ok(())
        } else {
            Err(InvalidSignature::OtherKey { subject })
        }
    }
}

/// The entries of a set. Unlike in a set of the crate `cms`, they may be the same, as signing programs add a certificate
/// twice.
fn entries(set: &Any) -> Result<Vec<Any>, InvalidSignature> {
    let mut reader = SliceReader::new(set.value())?;
    let mut entries = Vec::new();
    while !reader.is_finished() {
        entries.push(reader.decode()?);
    }
    Ok(entries)
}

/// The value of the attribute with this identifier.
fn value<'a>(mut attributes: impl Iterator<Item = &'a Attribute>, id: ObjectIdentifier) -> Option<&'a Any> {
    attributes
        .find(|attribute| attribute.oid == id)
        .and_then(|attribute| attribute.values.get(0))
}

/// The signer's certificate, and those that issued it.
fn chain(
    mut certificates: Vec<Certificate>,
    signer: &SignerIdentifier,
) -> Result<Vec<Certificate>, InvalidSignature> {
    let is_signer = |certificate: &Certificate| {
        let fields = &certificate.tbs_certificate;
        match signer {
            SignerIdentifier::IssuerAndSerialNumber(id) => {
                id.issuer == fields.issuer && id.serial_number == fields.serial_number
            }
            SignerIdentifier::SubjectKeyIdentifier(id) => {
                let own = fields.get::<SubjectKeyIdentifier>();
                own.is_ok_and(|own| own.is_some_and(|(_, own)| own == *id))
            }
        }
    };
    let mut chain = Vec::new();
    let mut next = certificates.iter().position(is_signer);
    while let Some(index) = next {
        let certificate = certificates.swap_remove(index);
        let issuer = certificate.tbs_certificate.issuer.clone();
        chain.push(certificate);
        next = certificates
            .iter()
            .position(|certificate| certificate.tbs_certificate.subject == issuer);
    }
    if chain.is_empty() {
        return Err(InvalidSignature::Missing {
            part: "certificate of its signer",
        });
    }
    Ok(chain)
}
