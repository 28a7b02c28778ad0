//! Authenticode signatures with a key that nobody trusts, by osslsigncode.

use std::path::Path;

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

/// Verifies that a file has a sound signature with this certificate.
///
/// # Panics
///
/// When it has not.
pub fn verify(file: &Path, certificate: &Path) {
    let mut verify = require("osslsigncode");
    verify.arg("verify").arg("-CAfile").arg(certificate);
    let verified = run(verify.arg("-in").arg(file), PATIENCE).ok();
    let verdict = "Signature verification: ok";
    assert!(verified.stdout.contains(verdict), "{verified}");
}
