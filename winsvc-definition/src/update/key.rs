//! The public keys that sign manifests.

use std::fmt;

use crate::validated_text;

/// A public key of minisign: the second line of its `.pub` file
/// (<https://jedisct1.github.io/minisign/#public-key-format>).
///
/// ```
/// use winsvc_definition::UpdateKey;
///
/// let key = UpdateKey::new("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3").unwrap();
/// assert_eq!(key.id(), "E7620F1842B4E81F");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^RW[A-Za-z0-9+/]{54}$")))]
pub struct UpdateKey(String);

/// What the decoded key begins with: the name of the algorithm, Ed25519.
const ALGORITHM: &[u8] = b"Ed";
/// The length of the algorithm's name, of the key's identifier and of the key.
const LENGTH: usize = 2 + 8 + 32;

impl UpdateKey {
    /// Checks the key's form.
    pub fn new(text: &str) -> Result<Self, UpdateKeyError> {
        match decoded(text) {
            Some(bytes) if bytes.len() == LENGTH && bytes.starts_with(ALGORITHM) => Ok(Self(text.to_owned())),
            _ => Err(UpdateKeyError {
                found: text.to_owned(),
            }),
        }
    }

    /// The key in base64.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key's identifier as minisign prints it.
    pub fn id(&self) -> String {
        let bytes = decoded(&self.0).unwrap_or_default();
        let id = bytes.iter().skip(ALGORITHM.len()).take(8);
        id.rev().map(|byte| format!("{byte:02X}")).collect()
    }
}

/// The bytes of base64 with padding, unless it is invalid.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if text.len() % 4 != 0 || text.len() - digits.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    // What is left over encodes nothing.
    (bits == 0).then_some(bytes)
}

validated_text!(UpdateKey, UpdateKeyError);

impl fmt::Display for UpdateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UpdateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UpdateKey({})", self.0)
    }
}

/// The error for a string that is not a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateKeyError {
    found: String,
}

impl fmt::Display for UpdateKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A secret key must not be shown, and is much longer.
        let shown: String = self.found.chars().take(4).collect();
        write!(
            f,
            "invalid public key \"{shown}…\"; expected the second line of minisign's `.pub` file, 56 characters that \
             begin with `RW`"
        )
    }
}

impl std::error::Error for UpdateKeyError {}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    #[test]
    fn a_key_has_an_algorithm_an_identifier_and_32_bytes() {
        assert_eq!(UpdateKey::new(KEY).unwrap().as_str(), KEY);
        for text in [
            "",
            "RWQ",
            "untrusted comment: minisign public key",
            &KEY[..52],
            &format!("{KEY}AAAA"),
            &KEY.replace("RW", "RU"),
            &KEY.replace('f', "*"),
            &format!("{KEY}\n"),
        ] {
            assert!(UpdateKey::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_secret_key_is_not_shown() {
        let error = UpdateKey::new("RWRTY0IySecretSecretSecret")
            .unwrap_err()
            .to_string();
        assert!(!error.contains("Secret"), "{error}");
    }

    #[test]
    fn base64_is_read_strictly() {
        assert_eq!(decoded("TWFu").unwrap(), b"Man");
        assert_eq!(decoded("TWE=").unwrap(), b"Ma");
        assert_eq!(decoded("TQ==").unwrap(), b"M");
        for text in ["TWF", "TWE", "TQ=", "T===", "TR==", "T Q="] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }
}
