//! Authenticode signatures with keys that nobody trusts but the tests: certificates, timestamps, verification by
//! osslsigncode and openssl.

mod authority;
mod openssl;
#[cfg(unix)]
mod timestamps;

use std::path::Path;

pub use self::authority::{Authority, Leaf};
pub use self::openssl::verify_by_openssl;
#[cfg(unix)]
pub use self::timestamps::{Answer, TimestampServer};

use crate::deadline::PATIENCE;
use crate::process::{require, run};

/// Makes a key and a certificate for it.
///
/// # Panics
///
/// When openssl fails.
pub fn make_key(key: &Path, certificate: &Path) {
    let mut openssl = require("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes"]);
    openssl.args(["-days", "30", "-subj", "/CN=Tests"]);
    openssl.args(["-addext", "extendedKeyUsage=codeSigning"]);
    openssl.args(["-addext", "keyUsage=digitalSignature"]);
    openssl.arg("-keyout").arg(key).arg("-out").arg(certificate);
    let _ = run(&mut openssl, PATIENCE).ok();
}

/// Verifies that a file has a sound signature with this certificate, and gives what osslsigncode tells of it.
///
/// # Panics
///
/// When it has not.
pub fn verify(file: &Path, certificate: &Path) -> String {
    verify_with(file, &["-CAfile".as_ref(), certificate])
}

/// [`verify`], with a timestamp of a server with this certificate.
///
/// # Panics
///
/// When it has no such timestamp.
pub fn verify_timestamp(file: &Path, certificate: &Path, server: &Path) -> String {
    let options = ["-CAfile".as_ref(), certificate, "-TSA-CAfile".as_ref(), server];
    let text = verify_with(file, &options);
    let verdict = "Timestamp Server Signature verification: ok";
    assert!(text.contains(verdict), "{text}");
    text
}

fn verify_with(file: &Path, options: &[&Path]) -> String {
    let mut verify = require("osslsigncode");
    verify.arg("verify").args(options);
    let verified = run(verify.arg("-in").arg(file), PATIENCE).ok();
    let verdict = "Signature verification: ok";
    assert!(verified.stdout.contains(verdict), "{verified}");
    verified.stdout
}
