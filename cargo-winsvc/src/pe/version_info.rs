//! The version resource (`RT_VERSION`, id 1), which Explorer shows, and by which Windows Installer decides whether a
//! file is newer.
//!
//! [`VersionInfo`] creates a new one; [`VersionInfo::merge_into`] changes an existing one and keeps everything else.

mod block;
mod merge;

use self::block::Block;
use super::bytes::{put_u32, u16_at, u32_at};
use super::{Image, LANGUAGE_EN_US, LANGUAGE_NEUTRAL, PeError, ResourceKind};

pub use merge::{MergedVersion, ReplacedValue};

/// The key of the outermost block.
const ROOT: &str = "VS_VERSION_INFO";
/// The block of the tables of strings.
const STRING_FILE_INFO: &str = "StringFileInfo";
/// The block of the translation.
const VAR_FILE_INFO: &str = "VarFileInfo";
/// The block of languages and code pages.
const TRANSLATION: &str = "Translation";
/// The code page of the strings' translation: UTF-16.
const UTF_16: u16 = 1200;

/// `VS_FIXEDFILEINFO` (<https://learn.microsoft.com/windows/win32/api/verrsrc/ns-verrsrc-vs_fixedfileinfo>).
mod fixed {
    pub(super) const SIGNATURE: u32 = 0xfeef_04bd;
    pub(super) const STRUCTURE_VERSION: u32 = 0x0001_0000;
    /// The mask of the defined flags.
    pub(super) const FLAGS_MASK: u32 = 0x3f;
    pub(super) const VS_FF_DEBUG: u32 = 0x01;
    pub(super) const VS_FF_PRERELEASE: u32 = 0x02;
    pub(super) const VOS_NT_WINDOWS32: u32 = 0x0004_0004;
    pub(super) const SIZE: usize = 52;
    // Offsets of the fields that are read.
    pub(super) const FILE_VERSION: usize = 8;
    pub(super) const PRODUCT_VERSION: usize = 16;
    pub(super) const FLAGS_MASK_AT: usize = 24;
    pub(super) const FLAGS: usize = 28;
    pub(super) const FILE_TYPE: usize = 36;
}

/// The contents of a version resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionInfo {
    /// The file's version, which installers compare.
    pub file_version: [u16; 4],
    /// The version of the product that the file belongs to.
    pub product_version: [u16; 4],
    /// Keys and values, in order. Windows knows `CompanyName`, `FileDescription`, `FileVersion`, `InternalName`,
    /// `LegalCopyright`, `OriginalFilename`, `ProductName`, `ProductVersion`, `Comments`, `LegalTrademarks`,
    /// `PrivateBuild` and `SpecialBuild`; others are kept as well.
    pub strings: Vec<(String, String)>,
    /// The strings' language, a `LANGID`.
    pub language: u16,
    /// The strings' code page.
    pub code_page: u16,
    /// The version is a pre-release (`VS_FF_PRERELEASE`).
    pub prerelease: bool,
    /// The file was built for debugging (`VS_FF_DEBUG`).
    pub debug: bool,
    /// The type of the file.
    pub file_type: FileType,
}

/// The file type in a version resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileType {
    /// `VFT_APP`.
    Application,
    /// `VFT_DLL`.
    Library,
    /// Another of the `VFT_*` numbers.
    Other(u32),
}

impl FileType {
    fn number(self) -> u32 {
        match self {
            Self::Application => 1,
            Self::Library => 2,
            Self::Other(number) => number,
        }
    }

    fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Application,
            2 => Self::Library,
            other => Self::Other(other),
        }
    }
}

/// Version 0.0.0.0 of a released application, strings in US English.
impl Default for VersionInfo {
    fn default() -> Self {
        Self {
            file_version: [0; 4],
            product_version: [0; 4],
            strings: Vec::new(),
            language: LANGUAGE_EN_US,
            code_page: UTF_16,
            prerelease: false,
            debug: false,
            file_type: FileType::Application,
        }
    }
}

impl VersionInfo {
    /// The resource's data.
    pub fn encode(&self) -> Result<Vec<u8>, PeError> {
        let mut out = Vec::new();
        self.block().encode(&mut out)?;
        Ok(out)
    }

    fn block(&self) -> Block {
        let strings = self.strings.iter();
        let strings = strings.map(|(key, text)| Block::text(key, text)).collect();
        let table = Block::new(&table_key(self.language, self.code_page), strings);
        let tables = Block::new(STRING_FILE_INFO, vec![table]);
        let translation = translation(self.language, self.code_page);
        let variables = Block::new(VAR_FILE_INFO, vec![translation]);
        Block::binary(ROOT, self.fixed_info(), vec![tables, variables])
    }

    fn fixed_info(&self) -> Vec<u8> {
        let flags = if self.debug { fixed::VS_FF_DEBUG } else { 0 }
            | if self.prerelease {
                fixed::VS_FF_PRERELEASE
            } else {
                0
            };
        let [file_high, file_low] = halves(self.file_version);
        let [product_high, product_low] = halves(self.product_version);
        [
            fixed::SIGNATURE,
            fixed::STRUCTURE_VERSION,
            file_high,
            file_low,
            product_high,
            product_low,
            fixed::FLAGS_MASK,
            flags,
            fixed::VOS_NT_WINDOWS32,
            self.file_type.number(),
            0, // no subtype
            0, // no date, here and below: nothing shows it, and it would have to be the same for the same inputs
            0,
        ]
        .iter()
        .flat_map(|field| field.to_le_bytes())
        .collect()
    }

    /// Parses a version resource; if it has several string tables, the first is used.
    pub fn read(data: &[u8]) -> Result<Self, PeError> {
        let (root, info) = parse(data)?;
        let info = &info[..];
        let flags = field(info, fixed::FLAGS)?;
        let translation = root.find(VAR_FILE_INFO).and_then(|vars| vars.find(TRANSLATION));
        let translation = translation.map(Block::bytes).filter(|value| value.len() >= 4);
        let tables = root.find(STRING_FILE_INFO);
        let table = tables.and_then(|tables| tables.inner.first());
        let strings = table.map(|table| table.inner.as_slice()).unwrap_or_default();
        let (language, code_page) = match translation {
            Some(value) => (u16_at(&value, 0, TRANSLATION)?, u16_at(&value, 2, TRANSLATION)?),
            None => (LANGUAGE_NEUTRAL, 0),
        };
        Ok(Self {
            file_version: version(info, fixed::FILE_VERSION)?,
            product_version: version(info, fixed::PRODUCT_VERSION)?,
            strings: strings
                .iter()
                .map(|string| (string.key.clone(), string.as_text()))
                .collect(),
            language,
            code_page,
            prerelease: flags & fixed::VS_FF_PRERELEASE != 0,
            debug: flags & fixed::VS_FF_DEBUG != 0,
            file_type: FileType::from_number(field(info, fixed::FILE_TYPE)?),
        })
    }
}

/// The version that Windows Installer records of a file: `Version` and `Language` of the File table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileVersion {
    /// `VS_FIXEDFILEINFO`'s file version.
    pub version: [u16; 4],
    /// The translation's `LANGID`; 0 (neutral) if there is none.
    pub language: u16,
}

/// Reads the version of any file. `None` for a file without a version resource or one that is not a portable
/// executable, which Windows Installer treats as unversioned. A damaged executable is an error.
pub fn read_version(file: &[u8]) -> Result<Option<FileVersion>, PeError> {
    let image = match Image::parse(file) {
        Err(PeError::NotAnImage { .. }) => return Ok(None),
        image => image?,
    };
    let resources = image.resources()?;
    let Some(data) = resources.get(ResourceKind::Version, 1) else {
        return Ok(None);
    };
    let info = VersionInfo::read(data)?;
    Ok(Some(FileVersion {
        version: info.file_version,
        language: info.language,
    }))
}

fn field(info: &[u8], at: usize) -> Result<u32, PeError> {
    u32_at(info, at, "fixed file information")
}

/// A version's two fields, the higher numbers first.
fn halves([a, b, c, d]: [u16; 4]) -> [u32; 2] {
    [(a, b), (c, d)].map(|(high, low)| u32::from(high) << 16 | u32::from(low))
}

/// The version in these two fields of the fixed information.
fn version(info: &[u8], at: usize) -> Result<[u16; 4], PeError> {
    let (high, low) = (field(info, at)?, field(info, at + 4)?);
    Ok([(high >> 16) as u16, high as u16, (low >> 16) as u16, low as u16])
}

/// Overwrites the version in these two fields.
fn put_version(info: &mut [u8], at: usize, version: [u16; 4]) {
    let [high, low] = halves(version);
    put_u32(info, at, high);
    put_u32(info, at + 4, low);
}

/// The key of a table of strings.
fn table_key(language: u16, code_page: u16) -> String {
    format!("{language:04X}{code_page:04X}")
}

/// The block that names a table of strings.
fn translation(language: u16, code_page: u16) -> Block {
    let data = [language.to_le_bytes(), code_page.to_le_bytes()].concat();
    Block::binary(TRANSLATION, data, Vec::new())
}

/// The root block and its fixed information.
fn parse(data: &[u8]) -> Result<(Block, Vec<u8>), PeError> {
    let root = Block::parse(data)?;
    let info = root.bytes();
    if root.key != ROOT || info.len() < fixed::SIZE || field(&info, 0)? != fixed::SIGNATURE {
        return Err(PeError::NotVersionInfo);
    }
    Ok((root, info))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn agent() -> VersionInfo {
        VersionInfo {
            file_version: [1, 2, 3, 4],
            product_version: [1, 2, 65535, 0],
            strings: vec![
                ("CompanyName".into(), "Äcme 株式会社".into()),
                ("Comments".into(), String::new()),
            ],
            prerelease: true,
            ..VersionInfo::default()
        }
    }

    #[test]
    fn what_was_encoded_is_read_back() {
        assert_eq!(VersionInfo::read(&agent().encode().unwrap()), Ok(agent()));
    }

    #[test]
    fn blocks_lie_as_documented() {
        let info = VersionInfo {
            strings: vec![("A".into(), "bc".into())],
            ..agent()
        };
        let data = info.encode().unwrap();
        let hex = |range: std::ops::Range<usize>| {
            data[range]
                .chunks(4)
                .map(|word| format!("{:08x}", u32::from_le_bytes(word.try_into().unwrap())))
                .collect::<Vec<_>>()
        };
        // Length 0xf0, value's 0x34, binary, key from 6 to 38, value from 40.
        assert_eq!((data.len(), hex(0..4)), (0xf0, vec!["003400f0".into()]));
        assert_eq!(
            hex(40..92),
            [
                "feef04bd", "00010000", "00010002", "00030004", "00010002", "ffff0000", "0000003f",
                "00000002", "00040004", "00000001", "00000000", "00000000", "00000000"
            ]
        );
        // StringFileInfo and its table have no value; the string has 3 UTF-16 units.
        assert_eq!(hex(92..100), ["0000004e", "00530001"]);
        assert_eq!(hex(128..136), ["0000002a", "00300001"]);
        assert_eq!(
            hex(152..172),
            ["00030012", "00410001", "00000000", "00630062", "00000000"]
        );
        // VarFileInfo and its Translation, which ends in language and code page.
        assert_eq!(hex(172..176), ["00000044"]);
        assert_eq!(hex(204..208), ["00040024"]);
        assert_eq!(hex(236..240), ["04b00409"]);
    }

    #[test]
    fn texts_that_do_not_fit_are_errors() {
        let encode = |text: &str| {
            VersionInfo {
                strings: vec![("K".into(), text.into())],
                ..agent()
            }
            .encode()
        };
        assert!(matches!(
            encode(&"x".repeat(40_000)),
            Err(PeError::TextTooLong { limit: 65_535, .. })
        ));
        assert!(matches!(encode("a\0b"), Err(PeError::TextHasNul { .. })));
    }

    #[test]
    fn other_data_is_no_version_resource() {
        assert_eq!(
            VersionInfo::read(b"\x40\0\x34\0\0\0V\0S\0\0\0").unwrap_err(),
            PeError::NotVersionInfo
        );
        VersionInfo::read(b"").unwrap_err();
    }

    proptest! {
        #[test]
        fn any_strings_are_read_back(strings in proptest::collection::vec(("[^\0]{0,12}", "[^\0]{0,40}"), 0..8)) {
            let info = VersionInfo { strings, ..VersionInfo::default() };
            prop_assert_eq!(VersionInfo::read(&info.encode().unwrap()), Ok(info));
        }

        #[test]
        fn damaged_data_never_panics(at in 0_usize..300, byte: u8, length in 0_usize..300) {
            let mut data = agent().encode().unwrap();
            let at = at % data.len();
            data[at] = byte;
            data.truncate(length);
            let _ = VersionInfo::read(&data);
        }
    }
}
