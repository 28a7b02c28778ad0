//! Manifests that are accepted and refused.

use winsvc_definition::update::manifest::{ArtifactKind, UpdateManifest, comment};
use winsvc_definition::{Guid, UpdateChannel};

use super::keys::{public, sign};
use super::{manifest, release, settings, url};
use crate::text::civil;
use crate::update::manifest::{self as verifying, LARGEST, ManifestError, Trust, Verified};

fn right_comment(sequence: u64) -> String {
    comment(Guid::from_u128(15), &UpdateChannel::default(), sequence)
}

/// Verifies with the root key `root`, after a manifest with the sequence 41, on 2026-11-30.
fn verify(content: &[u8], signature: &str) -> Result<Verified, ManifestError> {
    verify_at(content, signature, "2026-11-30T00:00:00Z")
}

fn verify_at(content: &[u8], signature: &str, now: &str) -> Result<Verified, ManifestError> {
    let mut settings = settings();
    settings.keys = vec![public("root")];
    let trust = Trust {
        settings: &settings,
        signing_keys: &[],
        sequence: 41,
        now: civil::seconds_of(now).unwrap(),
    };
    verifying::verify(content, signature, &url(), trust)
}

fn json(manifest: &UpdateManifest) -> Vec<u8> {
    serde_json::to_vec(manifest).unwrap()
}

/// The message about a manifest that is signed as it should be.
fn refused(manifest: &UpdateManifest) -> String {
    let content = json(manifest);
    let signature = sign(&content, "root", &right_comment(manifest.sequence));
    verify(&content, &signature).unwrap_err().to_string()
}

fn refused_text(text: &str) -> String {
    let signature = sign(text.as_bytes(), "root", &right_comment(42));
    verify(text.as_bytes(), &signature).unwrap_err().to_string()
}

fn changed(change: impl FnOnce(&mut UpdateManifest)) -> UpdateManifest {
    let mut manifest = manifest(vec![release("1.1.0")]);
    change(&mut manifest);
    manifest
}

#[test]
fn a_manifest_by_a_root_key_is_accepted() {
    let manifest = manifest(vec![release("1.1.0")]);
    let content = json(&manifest);
    let verified = verify(&content, &sign(&content, "root", &right_comment(42))).unwrap();
    assert_eq!(verified.manifest, manifest);
    assert!(verified.signing_keys.is_empty());
}

#[test]
fn a_manifest_that_is_not_signed_by_an_accepted_key_is_refused_before_it_is_read() {
    let content = b"not even JSON".as_slice();
    let error = |signature: &str| verify(content, signature).unwrap_err();
    assert_eq!(
        error(&sign(content, "stranger", &right_comment(42))),
        ManifestError::UnknownKey
    );
    assert_eq!(
        error(&sign(b"other", "root", &right_comment(42))),
        ManifestError::Signature
    );
    for signature in ["", "untrusted comment: x\n", "<html>", &"\n".repeat(9)] {
        assert_eq!(error(signature), ManifestError::SignatureForm);
    }
    // The trusted comment is signed too.
    let signature = sign(content, "root", &right_comment(42)).replace("stable 42", "stable 43");
    assert_eq!(error(&signature), ManifestError::Signature);
}

#[test]
fn a_signature_is_bound_to_product_channel_and_sequence() {
    let content = json(&changed(|_| {}));
    for other in [
        right_comment(43),
        comment(Guid::from_u128(16), &UpdateChannel::default(), 42),
        comment(Guid::from_u128(15), &UpdateChannel::new("beta").unwrap(), 42),
        String::new(),
    ] {
        let error = verify(&content, &sign(&content, "root", &other)).unwrap_err();
        assert!(matches!(error, ManifestError::Comment { .. }), "{error}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_a_clear_message() {
    assert_eq!(
        refused(&changed(|it| it.schema = 2)),
        "the update manifest has the unknown schema 2; expected 1"
    );
    assert_eq!(
        refused(&changed(|it| it.product = "{X}".to_owned())),
        "the update manifest is for the product \"{X}\"; expected \"{00000000-0000-0000-0000-00000000000F}\""
    );
    assert_eq!(
        refused(&changed(|it| it.channel = "beta".to_owned())),
        "the update manifest is for the channel \"beta\"; expected \"stable\""
    );
    assert_eq!(
        refused(&changed(|it| it.sequence = 40)),
        "the update manifest 40 is older than 41, which this machine has seen"
    );
    assert_eq!(
        refused(&changed(|it| it.releases[0].rollout.percent = 101)),
        "invalid `percent` in the update manifest: 101 is more than 100"
    );
    assert_eq!(
        refused(&changed(|it| it.releases.push(release("1.1.0")))),
        "invalid `version` in the update manifest: 1.1.0 is listed twice"
    );
    assert_eq!(
        refused(&changed(
            |it| it.releases[0].artifacts[0].sha256 = "ABC".to_owned()
        )),
        "invalid `sha256` in the update manifest: \"ABC\" is not a SHA-256"
    );
    assert_eq!(
        refused(&changed(|it| it.releases[0].artifacts[0].size = 3 << 30)),
        "invalid `size` in the update manifest: 3221225472 is out of range"
    );
    for url in [
        "http://dl.acme.example/a.msi",
        "../a.msi",
        "//other.example/a.msi",
    ] {
        let message = refused(&changed(|it| it.releases[0].artifacts[0].url = url.to_owned()));
        assert!(
            message.starts_with("invalid `url` in the update manifest: "),
            "{message}"
        );
    }
    for time in ["2026-12-25", "never"] {
        let message = refused(&changed(|it| it.expires = time.to_owned()));
        assert!(message.contains("is not a time in UTC"), "{message}");
    }
    let message = refused(&changed(|it| it.keys = vec!["RWQ".to_owned()]));
    assert!(
        message.starts_with("invalid `keys` in the update manifest: "),
        "{message}"
    );
}

#[test]
fn json_is_read_strictly() {
    let text = String::from_utf8(json(&changed(|_| {}))).unwrap();
    for (from, to, expected) in [
        ("\"sequence\"", "\"sequenz\"", "unknown field `sequenz`"),
        ("\"sequence\":42,", "", "missing field `sequence`"),
        (
            "\"percent\"",
            "\"percent\":1,\"percent\"",
            "duplicate field `percent`",
        ),
        ("\"exe\"", "\"zip\"", "unknown variant `zip`"),
        (
            "\"1.1.0\"",
            "\"1.1\"",
            "unexpected end of input while parsing minor version number",
        ),
        ("{\"schema\":1,", "{", "missing field `schema`"),
    ] {
        let message = refused_text(&text.replacen(from, to, 1));
        assert!(
            message.starts_with("invalid update manifest: ") && message.contains(expected),
            "{message}"
        );
    }
    assert!(refused_text(&text[..text.len() / 2]).contains("EOF while parsing"));
    assert!(refused_text(&format!("{text} {{}}")).contains("trailing characters"));
    // A deep nesting is no stack overflow.
    assert!(refused_text(&"[".repeat(100_000)).starts_with("invalid update manifest"));
}

#[test]
fn a_manifest_is_small() {
    let text = " ".repeat(LARGEST as usize + 1);
    assert_eq!(
        refused_text(&text),
        "the update manifest has more than 1048576 bytes"
    );
}

#[test]
fn an_expired_manifest_is_accepted_for_another_day() {
    let content = json(&changed(|_| {}));
    let signature = sign(&content, "root", &right_comment(42));
    assert!(verify_at(&content, &signature, "2026-12-26T10:00:00Z").is_ok());
    assert_eq!(
        verify_at(&content, &signature, "2026-12-26T10:00:01Z")
            .unwrap_err()
            .to_string(),
        "the update manifest has expired at 2026-12-25T10:00:00Z"
    );
}

#[test]
fn a_root_key_allows_other_keys_and_only_a_root_key_does() {
    let settings = super::super::Settings {
        keys: vec![public("root")],
        ..settings()
    };
    let verify = |keys: &[&str], by: &str, allowed: &[&str]| {
        let content = json(&changed(|it| {
            it.keys = keys.iter().map(|key| public(key).to_string()).collect();
        }));
        let allowed: Vec<_> = allowed.iter().map(|key| public(key)).collect();
        let trust = Trust {
            settings: &settings,
            signing_keys: &allowed,
            sequence: 42,
            now: 0,
        };
        let verified = verifying::verify(&content, &sign(&content, by, &right_comment(42)), &url(), trust);
        verified.map(|verified| verified.signing_keys)
    };
    assert_eq!(verify(&["signing"], "root", &[]).unwrap(), [public("signing")]);
    assert_eq!(
        verify(&[], "signing", &[]).unwrap_err(),
        ManifestError::UnknownKey
    );
    assert_eq!(verify(&[], "signing", &["signing"]).unwrap(), [public("signing")]);
    assert_eq!(
        verify(&["stranger"], "signing", &["signing"]).unwrap(),
        [public("signing")]
    );
    assert!(
        verify(&[], "root", &["signing"]).unwrap().is_empty(),
        "a root key takes it back"
    );
}

#[test]
fn kinds_and_architectures_have_the_names_of_packages() {
    let text = String::from_utf8(json(&changed(|_| {}))).unwrap();
    assert!(text.contains(r#""arch":"x64","kind":"exe""#), "{text}");
    assert_eq!(ArtifactKind::Msi.to_string(), "msi");
}
