//! Keys, and signatures by them.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::OnceLock;

use minisign::KeyPair;
use winsvc_definition::UpdateKey;

/// A root key of the product, a key that it may allow, and one of somebody else.
pub(super) fn key(name: &str) -> &'static KeyPair {
    static KEYS: OnceLock<BTreeMap<&str, KeyPair>> = OnceLock::new();
    let keys = KEYS.get_or_init(|| {
        let names = ["root", "signing", "stranger"].into_iter();
        names
            .map(|name| (name, KeyPair::generate_unencrypted_keypair().unwrap()))
            .collect()
    });
    &keys[name]
}

pub(super) fn public(name: &str) -> UpdateKey {
    UpdateKey::new(&key(name).pk.to_base64()).unwrap()
}

/// The signature of a manifest by one of the keys.
pub(super) fn sign(content: &[u8], by: &str, comment: &str) -> String {
    let keys = key(by);
    let signature = minisign::sign(
        Some(&keys.pk),
        &keys.sk,
        Cursor::new(content),
        Some(comment),
        None,
    );
    signature.unwrap().into_string()
}
