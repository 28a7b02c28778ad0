//! A second verification, by openssl: of the signature as a message of CMS, and of its timestamp.

use std::fs;
use std::path::Path;

use crate::deadline::PATIENCE;
use crate::process::{require, run};

/// `SPC_INDIRECT_DATA_OBJID`, the type of the signed content, as it is encoded.
const INDIRECT_DATA: [u8; 12] = [6, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 4];
/// `szOID_RFC3161_counterSign`, the attribute with the timestamp.
const TIMESTAMP: [u8; 12] = [6, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 3, 3, 1];
/// The tag of a sequence, and that of octets.
const SEQUENCE: u8 = 0x30;
const OCTETS: u8 = 4;
/// The length of a signature by RSA with 2048 bits.
const SIGNATURE: usize = 256;

/// Verifies the signature of a file and its timestamp, both by certificates that this one issued. Gives the signed content,
/// which ends with the digest of the file.
///
/// # Panics
///
/// When one of them is not valid.
pub fn verify_by_openssl(file: &Path, authority: &Path) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let mut extract = require("osslsigncode");
    extract.args(["extract-signature", "-in"]).arg(file);
    let _ = run(extract.arg("-out").arg(path("signature")), PATIENCE).ok();
    let mut signature = fs::read(path("signature")).expect("the signature");

    let attribute = find(&signature, &TIMESTAMP);
    // The attribute is the only one that is not signed: it, their set and its sequence have long lengths.
    let end = attribute - 8;
    assert_eq!([signature[end], signature[end + 4]], [0xa1, SEQUENCE]);
    fs::write(path("signed"), &signature[end - SIGNATURE..end]).expect("a file");
    let token = value(&signature, attribute + TIMESTAMP.len());
    fs::write(path("token"), token).expect("a file");
    let mut openssl = require("openssl");
    openssl
        .args(["ts", "-verify", "-token_in", "-in"])
        .arg(path("token"));
    openssl
        .arg("-data")
        .arg(path("signed"))
        .arg("-CAfile")
        .arg(authority);
    let verified = run(&mut openssl, PATIENCE).ok();
    assert!(verified.to_string().contains("Verification: OK"), "{verified}");

    // CMS knows contents as octets only, whose digest is that of the sequence without its header.
    let content = find(&signature, &INDIRECT_DATA) + INDIRECT_DATA.len();
    let content = content + header(&signature, content);
    assert_eq!(signature[content], SEQUENCE);
    signature[content] = OCTETS;
    fs::write(path("message"), &signature).expect("a file");
    let mut openssl = require("openssl");
    openssl.args(["cms", "-verify", "-inform", "DER", "-purpose", "any", "-in"]);
    openssl.arg(path("message")).arg("-CAfile").arg(authority);
    let verified = run(openssl.arg("-out").arg(path("content")), PATIENCE).ok();
    let verdict = "CMS Verification successful";
    assert!(verified.stderr.contains(verdict), "{verified}");
    fs::read(path("content")).expect("the content")
}

fn find(bytes: &[u8], part: &[u8]) -> usize {
    let mut windows = bytes.windows(part.len());
    windows.position(|window| window == part).expect("the part")
}

/// The size of the header at this place: of the tag and the length.
fn header(bytes: &[u8], at: usize) -> usize {
    match bytes[at + 1] {
        long @ 0x80.. => 2 + usize::from(long & 0x7f),
        _ => 2,
    }
}

/// The value at this place, without its header.
fn value(bytes: &[u8], at: usize) -> &[u8] {
    let header = header(bytes, at);
    let length = match header {
        2 => usize::from(bytes[at + 1]),
        _ => bytes[at + 2..at + header]
            .iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte)),
    };
    &bytes[at + header..at + header + length]
}
