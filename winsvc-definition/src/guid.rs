//! GUIDs: the 128-bit identifiers of power settings, device interfaces, event sources and more.

use std::fmt;

use crate::validated_text;

/// A GUID, the identifier of a power setting or a device interface, for example.
///
/// ```
/// # use winsvc_definition as winsvc;
/// use winsvc::Guid;
///
/// /// Whether the machine runs on battery.
/// const ACDC_POWER_SOURCE: Guid = Guid::from_u128(0x5d3e9a59_e9d5_4b00_a6bd_ff34ff516548);
/// assert_eq!(ACDC_POWER_SOURCE.to_string(), "5d3e9a59-e9d5-4b00-a6bd-ff34ff516548");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^\{?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?$")))]
pub struct Guid(u128);

impl Guid {
    /// Creates a GUID from its digits.
    pub const fn from_u128(digits: u128) -> Self {
        Self(digits)
    }

    /// Parses the five groups of digits, with or without braces.
    ///
    /// ```
    /// # use winsvc_definition as winsvc;
    /// let disks = winsvc::Guid::new("{53f56307-b6bf-11d0-94f2-00a0c91efb8b}").unwrap();
    /// assert_eq!(disks.to_u128(), 0x53f56307_b6bf_11d0_94f2_00a0c91efb8b);
    /// ```
    ///
    /// # Errors
    ///
    /// If the string has another form.
    pub fn new(text: &str) -> Result<Self, GuidError> {
        let error = || GuidError {
            found: text.to_owned(),
        };
        let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let groups = inner.unwrap_or(text).split('-');
        let is_hex = |group: &str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !groups.clone().all(is_hex) || !groups.clone().map(str::len).eq([8, 4, 4, 4, 12]) {
            return Err(error());
        }
        let digits: String = groups.collect();
        u128::from_str_radix(&digits, 16).map(Self).map_err(|_| error())
    }

    /// Returns the digits as a number.
    pub const fn to_u128(self) -> u128 {
        self.0
    }

    /// Reads the representation in memory: three little-endian numbers, then eight bytes.
    pub fn from_memory(mut bytes: [u8; 16]) -> Self {
        swap_numbers(&mut bytes);
        Self(u128::from_be_bytes(bytes))
    }

    /// Returns the representation in memory.
    pub fn to_memory(self) -> [u8; 16] {
        let mut bytes = self.0.to_be_bytes();
        swap_numbers(&mut bytes);
        bytes
    }
}

/// Reverses the bytes of the three numbers.
fn swap_numbers(bytes: &mut [u8; 16]) {
    bytes[..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
}

validated_text!(Guid, GuidError);

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

/// The error for a string that is not a GUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuidError {
    found: String,
}

impl fmt::Display for GuidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid GUID {:?}; expected one such as \"53f56307-b6bf-11d0-94f2-00a0c91efb8b\"",
            self.found
        )
    }
}

impl std::error::Error for GuidError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn other_forms_are_no_guids() {
        for text in [
            "",
            "{}",
            "53f56307b6bf11d094f200a0c91efb8b",
            "{53f56307-b6bf-11d0-94f2-00a0c91efb8b",
            "53f56307-b6bf-11d0-94f2-00a0c91efb8",
            "53f56307-b6bf-11d0-94f2-00a0c91efb8g",
            "+3f56307-b6bf-11d0-94f2-00a0c91efb8b",
            "53f56307-b6bf-11d0-94f2-00a0c91efb8b-",
        ] {
            assert!(Guid::new(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_reads_back(digits in any::<u128>()) {
            let guid = Guid::from_u128(digits);
            prop_assert_eq!(Guid::new(&guid.to_string()), Ok(guid));
            prop_assert_eq!(Guid::new(&format!("{{{guid}}}").to_uppercase()), Ok(guid));
            prop_assert_eq!(Guid::from_memory(guid.to_memory()), guid);
        }
    }

    #[test]
    fn memory_has_the_numbers_turned_round() {
        let guid = Guid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
        let memory = *b"\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff";
        assert_eq!(guid.to_memory(), memory);
        assert_eq!(Guid::from_memory(memory), guid);
    }
}
