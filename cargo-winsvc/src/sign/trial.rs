//! The smallest program that can be signed.

/// Fields of the headers of a PE32+ image without sections: offset and bytes ([PE
/// Format](https://learn.microsoft.com/windows/win32/debug/pe-format)).
const FIELDS: [(usize, &[u8]); 14] = [
    (0x00, b"MZ"),
    // `e_lfanew`
    (0x3c, &[0x40]),
    (0x40, b"PE"),
    // `Machine`: x64
    (0x44, &[0x64, 0x86]),
    // `SizeOfOptionalHeader`
    (0x54, &[0xf0]),
    // `Characteristics`: an executable image
    (0x56, &[0x02]),
    // `Magic`: PE32+
    (0x58, &[0x0b, 0x02]),
    // `SectionAlignment` and `FileAlignment`
    (0x58 + 32, &[0x00, 0x10]),
    (0x58 + 36, &[0x00, 0x02]),
    // `MajorSubsystemVersion`
    (0x58 + 48, &[0x06]),
    // `SizeOfImage` and `SizeOfHeaders`
    (0x58 + 56, &[0x00, 0x10]),
    (0x58 + 60, &[0x00, 0x02]),
    // `Subsystem`: a console program
    (0x58 + 68, &[0x03]),
    // `NumberOfRvaAndSizes`
    (0x58 + 108, &[0x10]),
];

/// The program's file.
pub(super) fn program() -> Vec<u8> {
    let mut file = vec![0; 0x200];
    for (offset, bytes) in FIELDS {
        file[offset..offset + bytes.len()].copy_from_slice(bytes);
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pe::{Image, Machine};

    #[test]
    fn it_is_a_program() {
        let file = program();
        let image = Image::parse(&file).unwrap();
        assert!(image.is_exe() && !image.is_signed());
        assert_eq!(image.machine(), Machine::X64);
    }
}
