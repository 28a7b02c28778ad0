//! The code pages in which a package stores its strings.
//!
//! A database has one code page for all its strings, and its summary information another one. Strings of the database
//! are stored exactly; characters of the summary, which is only for display, are replaced if its code page lacks them.
//!
//! Source: <https://learn.microsoft.com/windows/win32/intl/code-page-identifiers>

use encoding_rs::Encoding;

/// A Windows code page: its number and its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codepage {
    /// The code page identifier.
    pub id: u16,
    encoding: &'static Encoding,
}

/// UTF-8, which can encode every string. A database may use it, summary information may not.
pub const UTF_8: Codepage = Codepage::new(65001, encoding_rs::UTF_8);

/// Western European, the default unless the strings need another code page.
pub const WESTERN: Codepage = Codepage::new(1252, encoding_rs::WINDOWS_1252);

/// The ANSI code pages in the order in which they are tried: one byte per character first, since those pages leave no
/// doubt about the language, then the East Asian ones, which also hold Cyrillic and Greek.
pub const ANSI: [Codepage; 14] = [
    WESTERN,
    Codepage::new(1250, encoding_rs::WINDOWS_1250),
    Codepage::new(1251, encoding_rs::WINDOWS_1251),
    Codepage::new(1253, encoding_rs::WINDOWS_1253),
    Codepage::new(1254, encoding_rs::WINDOWS_1254),
    Codepage::new(1255, encoding_rs::WINDOWS_1255),
    Codepage::new(1256, encoding_rs::WINDOWS_1256),
    Codepage::new(1257, encoding_rs::WINDOWS_1257),
    Codepage::new(1258, encoding_rs::WINDOWS_1258),
    Codepage::new(874, encoding_rs::WINDOWS_874),
    Codepage::new(932, encoding_rs::SHIFT_JIS),
    Codepage::new(936, encoding_rs::GBK),
    Codepage::new(949, encoding_rs::EUC_KR),
    Codepage::new(950, encoding_rs::BIG5),
];

impl Codepage {
    const fn new(id: u16, encoding: &'static Encoding) -> Self {
        Self { id, encoding }
    }

    /// Encodes a string; `None` if the code page lacks one of its characters.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        let (bytes, _, replaced) = self.encoding.encode(text);
        // Some encoders accept a character that reads back as another: Shift JIS takes a yen sign for a backslash.
        let exact = !replaced && self.encoding.decode_without_bom_handling(&bytes).0 == text;
        exact.then(|| bytes.into_owned())
    }

    /// Encodes a string, with a question mark for each character that the code page lacks.
    pub fn encode_lossy(self, text: &str) -> Vec<u8> {
        let mut buffer = [0; 4];
        let bytes = text.chars().map(|character| {
            self.encode(character.encode_utf8(&mut buffer))
                .unwrap_or_else(|| vec![b'?'])
        });
        bytes.flatten().collect()
    }

    /// The number of the string's characters that the code page lacks.
    pub fn lost(self, text: &str) -> usize {
        let mut buffer = [0; 4];
        let is_lost = |character: &char| !self.holds(character.encode_utf8(&mut buffer));
        text.chars().filter(is_lost).count()
    }

    /// Whether the code page has all characters of the string.
    pub fn holds(self, text: &str) -> bool {
        text.is_ascii() || self.encode(text).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn western_holds_its_euro_sign_and_nothing_slavic() {
        assert_eq!(WESTERN.encode("10 €"), Some(b"10 \x80".to_vec()));
        assert_eq!(WESTERN.encode("Müller"), Some(b"M\xfcller".to_vec()));
        assert_eq!(WESTERN.encode("Łódź"), None);
    }

    #[test]
    fn a_character_that_would_read_back_as_another_does_not_fit() {
        let japanese = ANSI
            .into_iter()
            .find(|page| page.id == 932)
            .expect("Japanese is an ANSI code page");
        assert_eq!(
            japanese.encode("株式会社"),
            Some(b"\x8a\x94\x8e\xae\x89\xef\x8e\xd0".to_vec())
        );
        assert_eq!(japanese.encode("¥"), None);
    }
}
