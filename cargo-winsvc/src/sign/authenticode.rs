//! Reads and verifies the Authenticode signature of an exe, a DLL, an MSI or a cabinet.
//!
//! What is verified is everything but the trust in the root, which the machines decide that install the file: the digest
//! of the file, the signature of that digest, the purpose and the validity of the signer's certificate, and the
//! timestamp. The layouts are those of *Windows Authenticode Portable Executable Signature Format*
//! (`Authenticode_PE.docx`), and for MSIs, which it does not describe, of osslsigncode and jsign.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use cfb::CompoundFile;
use der::asn1::{Any, GeneralizedTime, Int, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence, Tagged};
use jiff::Timestamp;
use serde::Serialize;
use sha2::digest::DynDigest;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::cabinet::{self, SignedCabinet};
use super::certificate::{self, CODE_SIGNING, CertificateReport, TIMESTAMPING};
use super::hash::{Hash, add_all, oid};
use super::invalid::InvalidSignature;
use super::signed_data::Signed;
use crate::hashing::hex;
use crate::pe::Image;

/// `SPC_INDIRECT_DATA_OBJID`: the content of an Authenticode signature.
const INDIRECT_DATA: ObjectIdentifier = oid("1.3.6.1.4.1.311.2.1.4");
/// `szOID_RFC3161_counterSign`: the attribute with the timestamp.
const TIMESTAMP: ObjectIdentifier = oid("1.3.6.1.4.1.311.3.3.1");
/// `id-ct-TSTInfo`: the content of a timestamp.
const TIMESTAMP_INFO: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.4");
/// The streams of an MSI that its signature does not cover; the second one is its beginning.
const SIGNATURE_STREAM: &str = "\u{5}DigitalSignature";
const EXTENDED_STREAM: &str = "\u{5}MsiDigitalSignatureEx";

/// A valid signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Signature {
    /// The hash function.
    algorithm: &'static str,
    /// The digest of the file, without the signature.
    digest: String,
    /// Whom the signer's certificate belongs to.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// The signer's certificate, and after it those that issued it, as far as they are in the signature.
    pub chain: Vec<CertificateReport>,
    /// The signer's certificate, as it is encoded.
    #[serde(skip)]
    pub certificate: Vec<u8>,
    /// The timestamp.
    pub timestamp: Option<Timestamped>,
}

/// A timestamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Timestamped {
    /// When the file was signed at the latest.
    pub time: String,
    /// Whom the certificate of the timestamp server belongs to.
    subject: String,
    /// Who issued it.
    issuer: String,
}

/// The signature of a file; `None` if it has none.
pub(crate) fn read(path: &Path) -> Result<Option<Signature>, InvalidSignature> {
    let mut file = File::open(path)?;
    let mut magic = Vec::new();
    file.by_ref().take(8).read_to_end(&mut magic)?;
    file.seek(SeekFrom::Start(0))?;
    if magic.starts_with(b"MZ") {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        return read_pe(&bytes);
    }
    if magic == [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1] {
        return read_msi(&mut CompoundFile::open(file)?);
    }
    if magic.starts_with(cabinet::MAGIC) {
        return read_cabinet(file);
    }
    Err(InvalidSignature::FileType)
}

/// The signature of an exe or a DLL.
pub(crate) fn read_pe(bytes: &[u8]) -> Result<Option<Signature>, InvalidSignature> {
    let image = Image::parse(bytes)?;
    let Some(signature) = image.signature()? else {
        return Ok(None);
    };
    let parts = image.signed_parts()?;
    let digest = |digest: &mut dyn DynDigest| {
        for part in parts {
            digest.update(part);
        }
        Ok(())
    };
    verify(signature, digest).map(Some)
}

fn read_msi<F: Read + Seek>(file: &mut CompoundFile<F>) -> Result<Option<Signature>, InvalidSignature> {
    if !file.exists(SIGNATURE_STREAM) {
        return Ok(None);
    }
    let mut signature = Vec::new();
    file.open_stream(SIGNATURE_STREAM)?.read_to_end(&mut signature)?;
    let digest = |digest: &mut dyn DynDigest| {
        if file.exists(EXTENDED_STREAM) {
            add_stream(file, Path::new(EXTENDED_STREAM), digest)?;
        }
        add_storage(file, Path::new("/"), digest)
    };
    verify(&signature, digest).map(Some)
}

fn read_cabinet(file: File) -> Result<Option<Signature>, InvalidSignature> {
    let Some(mut cabinet) = SignedCabinet::open(file)? else {
        return Ok(None);
    };
    let signature = std::mem::take(&mut cabinet.signature);
    verify(&signature, |digest| cabinet.fill(digest)).map(Some)
}

/// Adds the entries of a storage in the order of their names' bytes, and then its class.
fn add_storage<F: Read + Seek>(
    file: &mut CompoundFile<F>,
    storage: &Path,
    digest: &mut dyn DynDigest,
) -> Result<(), InvalidSignature> {
    let is_root = storage == Path::new("/");
    let mut entries: Vec<_> = file.read_storage(storage)?.collect();
    entries.sort_by_cached_key(|entry| {
        let units = entry.name().encode_utf16();
        units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    });
    for entry in entries {
        if is_root && [SIGNATURE_STREAM, EXTENDED_STREAM].contains(&entry.name()) {
            continue;
        }
        if entry.is_storage() {
            add_storage(file, entry.path(), digest)?;
        } else {
            add_stream(file, entry.path(), digest)?;
        }
    }
    digest.update(&file.entry(storage)?.clsid().to_bytes_le());
    Ok(())
}

fn add_stream<F: Read + Seek>(
    file: &mut CompoundFile<F>,
    path: &Path,
    digest: &mut dyn DynDigest,
) -> Result<(), InvalidSignature> {
    add_all(file.open_stream(path)?, digest)
}

/// `SpcIndirectDataContent`
#[derive(Sequence)]
struct IndirectData {
    data: Any,
    message_digest: DigestInfo,
}

#[derive(Sequence)]
struct DigestInfo {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

/// Verifies the signature of a file whose content `fill` gives.
fn verify(
    signature: &[u8],
    fill: impl FnOnce(&mut dyn DynDigest) -> Result<(), InvalidSignature>,
) -> Result<Signature, InvalidSignature> {
    let signed = Signed::verify(signature, INDIRECT_DATA)?;
    let data: IndirectData = signed.content.decode_as()?;
    let DigestInfo { algorithm, digest } = data.message_digest;
    let hash = Hash::find(algorithm.oid)?;
    let mut actual = hash.begin();
    fill(actual.as_mut())?;
    if *actual.finalize() != *digest.as_bytes() {
        return Err(InvalidSignature::Changed { part: "file" });
    }
    let timestamp = timestamp(&signed).map_err(|error| InvalidSignature::Timestamp(Box::new(error)))?;
    let (time, timestamp) = timestamp.unzip();
    let time = time.unwrap_or_else(|| Timestamp::now().as_second());
    certificate::check(signed.certificate(), CODE_SIGNING, time)?;
    let chain = signed.chain()?;
    Ok(Signature {
        algorithm: hash.name(),
        digest: hex(digest.as_bytes()),
        subject: chain[0].subject.clone(),
        issuer: chain[0].issuer.clone(),
        certificate: signed.certificate().to_der()?,
        chain,
        timestamp,
    })
}

/// The beginning of `TSTInfo` ([RFC 3161](https://www.rfc-editor.org/rfc/rfc3161#section-2.4.2)).
struct TimestampInfo {
    imprint: DigestInfo,
    time: GeneralizedTime,
}

impl TimestampInfo {
    fn decode(bytes: &[u8]) -> Result<Self, der::Error> {
        let fields = Vec::<Any>::from_der(bytes)?;
        let mut fields = fields.into_iter().skip(2);
        let mut next = || fields.next().ok_or_else(|| der::ErrorKind::Failed.into());
        let imprint = next().and_then(|field| field.decode_as())?;
        let _serial: Int = next().and_then(|field| field.decode_as())?;
        let time = next().and_then(|field| whole_seconds(&field))?;
        Ok(Self { imprint, time })
    }
}

/// A time of RFC 3161, which unlike those of certificates may have fractions of a second.
fn whole_seconds(time: &Any) -> Result<GeneralizedTime, der::Error> {
    let text = time
        .value()
        .split(|byte| *byte == b'.')
        .next()
        .unwrap_or_default();
    let text = text.strip_suffix(b"Z").unwrap_or(text);
    Any::new(time.tag(), [text, b"Z"].concat())?.decode_as()
}

/// The time in seconds since 1970 that the timestamp confirms, and who does.
fn timestamp(signed: &Signed) -> Result<Option<(i64, Timestamped)>, InvalidSignature> {
    let Some(token) = signed.unsigned_attribute(TIMESTAMP) else {
        return Ok(None);
    };
    let token = Signed::verify(&token.to_der()?, TIMESTAMP_INFO)?;
    let info: OctetString = token.content.decode_as()?;
    let info = TimestampInfo::decode(info.as_bytes())?;
    let hash = Hash::find(info.imprint.algorithm.oid)?;
    if info.imprint.digest.as_bytes() != hash.digest(signed.signature()) {
        return Err(InvalidSignature::Changed { part: "signature" });
    }
    let time = i64::try_from(info.time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    certificate::check(token.certificate(), TIMESTAMPING, time)?;
    let server = CertificateReport::new(token.certificate())?;
    let timestamped = Timestamped {
        time: certificate::text(time),
        subject: server.subject,
        issuer: server.issuer,
    };
    Ok(Some((time, timestamped)))
}
