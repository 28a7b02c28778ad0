//! The 128-bit names that Windows gives to power settings and kinds of devices.

use std::fmt;

/// A GUID, as Windows names power settings and device interfaces.
///
/// ```
/// use winsvc::Guid;
///
/// /// Whether the machine runs on battery.
/// const ACDC_POWER_SOURCE: Guid = Guid::from_u128(0x5d3e9a59_e9d5_4b00_a6bd_ff34ff516548);
/// assert_eq!(ACDC_POWER_SOURCE.to_string(), "5d3e9a59-e9d5-4b00-a6bd-ff34ff516548");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(u128);

impl Guid {
    /// The GUID with these digits.
    ///
    /// ```
    /// /// `GUID_DEVINTERFACE_VOLUME`
    /// const VOLUME: winsvc::Guid = winsvc::Guid::from_u128(0x53f5630d_b6bf_11d0_94f2_00a0c91efb8b);
    /// # let _ = VOLUME;
    /// ```
    pub const fn from_u128(digits: u128) -> Self {
        Self(digits)
    }

    /// Its digits as a number.
    ///
    /// ```
    /// assert_eq!(winsvc::Guid::from_u128(7).to_u128(), 7);
    /// ```
    pub const fn to_u128(self) -> u128 {
        self.0
    }

    /// Reads the form that a GUID has in memory: three little-endian numbers, then eight bytes.
    pub(crate) fn from_memory(mut bytes: [u8; 16]) -> Self {
        swap_numbers(&mut bytes);
        Self(u128::from_be_bytes(bytes))
    }

    /// The form that it has in memory.
    pub(crate) fn to_memory(self) -> [u8; 16] {
        let mut bytes = self.0.to_be_bytes();
        swap_numbers(&mut bytes);
        bytes
    }
}

/// Turns the bytes of the three numbers round.
fn swap_numbers(bytes: &mut [u8; 16]) {
    bytes[..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", self.0);
        let parts = [
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..],
        ];
        f.write_str(&parts.join("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_has_the_numbers_turned_round() {
        let guid = Guid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
        let memory = *b"\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff";
        assert_eq!(guid.to_memory(), memory);
        assert_eq!(Guid::from_memory(memory), guid);
    }
}
