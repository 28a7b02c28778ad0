//! The security identifier (SID) of a service.
//!
//! Windows derives it from the service's name, so it is known before the service exists
//! ([RtlCreateServiceSid](https://learn.microsoft.com/windows/win32/devnotes/rtlcreateservicesid)).

use crate::ServiceName;

/// The SID of `NT SERVICE\<name>`: `S-1-5-80-` and the SHA-1 of the name in capitals as UTF-16, as five numbers.
///
/// ```
/// use winsvc_definition::{ServiceName, service_sid};
///
/// // A well-known SID of Windows.
/// let name = ServiceName::new("TrustedInstaller").unwrap();
/// assert_eq!(service_sid(&name), "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464");
/// ```
pub fn service_sid(name: &ServiceName) -> String {
    let units = name.as_str().encode_utf16().map(upper_case);
    let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    let numbers = sha1(&bytes).map(|word| word.swap_bytes().to_string());
    format!("S-1-5-80-{}", numbers.join("-"))
}

/// A unit in the capitals of Windows, which maps each UTF-16 unit to one other: `ß` stays as it is.
fn upper_case(unit: u16) -> u16 {
    let Some(character) = char::from_u32(unit.into()) else {
        return unit;
    };
    let mut capitals = character.to_uppercase();
    match (capitals.next().map(u32::from), capitals.next()) {
        (Some(capital), None) => u16::try_from(capital).unwrap_or(unit),
        _ => unit,
    }
}

/// SHA-1 (FIPS 180-4). Nothing secret depends on it; it is what Windows uses here.
#[expect(clippy::many_single_char_names, reason = "the names of the standard")]
fn sha1(message: &[u8]) -> [u32; 5] {
    const BLOCK: usize = 64;
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % BLOCK != BLOCK - 8 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_be_bytes());

    let mut state: [u32; 5] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
    for block in padded.chunks_exact(BLOCK) {
        let mut words = [0_u32; 80];
        for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
            *word = bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
        }
        for at in 16..words.len() {
            words[at] = (words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1);
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (round, word) in words.into_iter().enumerate() {
            let (mix, constant) = match round / 20 {
                0 => ((b & c) | (!b & d), 0x5A82_7999),
                1 => (b ^ c ^ d, 0x6ED9_EBA1),
                2 => ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC),
                _ => (b ^ c ^ d, 0xCA62_C1D6_u32),
            };
            let next = a.rotate_left(5).wrapping_add(mix).wrapping_add(e);
            let next = next.wrapping_add(constant).wrapping_add(word);
            (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
        }
        for (sum, word) in state.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(word);
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_standard() {
        assert_eq!(
            sha1(b"abc"),
            [0xA999_3E36, 0x4706_816A, 0xBA3E_2571, 0x7850_C26C, 0x9CD0_D89D]
        );
        // Two blocks, of which the second has only padding.
        let long = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(
            sha1(long),
            [0x8498_3E44, 0x1C3B_D26E, 0xBAAE_4AA1, 0xF951_29E5, 0xE546_70F1]
        );
    }

    #[test]
    fn the_case_of_a_name_makes_no_difference() {
        let sid = |name: &str| service_sid(&ServiceName::new(name).unwrap());
        assert_eq!(sid("größe dienst"), sid("GRÖßE Dienst"));
        assert_eq!(
            sid("größe dienst"),
            "S-1-5-80-1960546774-4077317572-133767027-2147587145-2242745936"
        );
        assert_ne!(sid("hello"), sid("hello2"));
    }
}
