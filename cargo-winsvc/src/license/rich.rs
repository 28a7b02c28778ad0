//! A license that is RTF already.

use std::path::Path;

use super::{LicenseError, place};

pub(super) const BEGINNING: &[u8] = br"{\rtf";

/// Checks that the text is ASCII, and replaces brackets by their escapes.
pub(super) fn seven_bit(path: &Path, bytes: &[u8]) -> Result<String, LicenseError> {
    // WordPad ends a file with a NUL.
    let end = bytes
        .iter()
        .rposition(|byte| *byte == b'}')
        .map_or(bytes.len(), |last| last + 1);
    let bytes = &bytes[..end];
    let mut rtf = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        let at = bytes.len() - rest.len();
        match byte {
            b'\\' => {
                let len = control_len(after);
                let control = String::from_utf8_lossy(&rest[..=len]).into_owned();
                let is_binary = control
                    .strip_prefix(r"\bin")
                    .is_some_and(|count| !count.starts_with(|c: char| c.is_ascii_alphabetic()));
                // A bracket after a backslash has no meaning; its escape would have another one.
                if is_binary || [r"\[", r"\]"].contains(&&*control) {
                    return Err(LicenseError::Unsupported {
                        place: Box::new(place(path, bytes, at..at + 1)),
                        found: control,
                    });
                }
                if !control.is_ascii() {
                    return Err(not_ascii(path, bytes, at + 1));
                }
                rtf.push_str(&control);
                rest = &after[len..];
                continue;
            }
            b'[' => rtf.push_str(r"\'5b"),
            b']' => rtf.push_str(r"\'5d"),
            0x01..0x80 => rtf.push(char::from(byte)),
            _ => return Err(not_ascii(path, bytes, at)),
        }
        rest = after;
    }
    Ok(rtf)
}

/// The length of a control word or symbol without its backslash.
fn control_len(after: &[u8]) -> usize {
    let letters = after.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    if letters == 0 {
        return after.len().min(1);
    }
    let number = after[letters..]
        .iter()
        .enumerate()
        .take_while(|(index, byte)| byte.is_ascii_digit() || (*index == 0 && **byte == b'-'))
        .count();
    letters + number
}

fn not_ascii(path: &Path, bytes: &[u8], at: usize) -> LicenseError {
    LicenseError::NotAscii {
        place: Box::new(place(path, bytes, at..at + 1)),
    }
}
