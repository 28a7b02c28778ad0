//! A package's summary information, which Explorer shows and Windows Installer reads before the database.
//!
//! It is a property set next to the database's tables, in an ANSI code page chosen by its strings. The strings are only
//! for display: characters that the code page lacks are shown as question marks. The database is UTF-8 in that case,
//! and the installed product has every character.
//!
//! Sources: <https://learn.microsoft.com/windows/win32/msi/summary-information-stream-property-set> for the properties,
//! MS-OLEPS for the bytes.

use uuid::Uuid;

use super::codepage::{ANSI, Codepage, WESTERN};

/// The summary information of one package.
///
/// Empty strings are omitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryInformation {
    /// What kind of file this is: "Installation Database".
    pub title: String,
    /// The product's name.
    pub subject: String,
    /// The product's manufacturer.
    pub author: String,
    /// Search keywords.
    pub keywords: String,
    /// Comments.
    pub comments: String,
    /// The platform and the languages: `x64;1033`.
    pub template: String,
    /// The package code, different for every different content.
    pub package_code: Uuid,
    /// When the package was made, in seconds since 1970-01-01 UTC.
    pub created: i64,
    /// When the package was last saved, in seconds since 1970-01-01 UTC.
    pub saved: i64,
    /// The minimum version of Windows Installer, times 100.
    pub page_count: i32,
    /// How the files are stored and whether elevation is needed, as bits.
    pub word_count: i32,
    /// The program that made the package.
    pub application: String,
    /// Whether the package may be edited: 2 recommends read-only.
    pub security: i32,
    /// The code page to use if it has all characters of the strings.
    pub preferred_codepage: Codepage,
}

/// The numbers of the properties, by their Windows names.
mod pid {
    pub(super) const CODEPAGE: u32 = 1;
    pub(super) const TITLE: u32 = 2;
    pub(super) const SUBJECT: u32 = 3;
    pub(super) const AUTHOR: u32 = 4;
    pub(super) const KEYWORDS: u32 = 5;
    pub(super) const COMMENTS: u32 = 6;
    pub(super) const TEMPLATE: u32 = 7;
    pub(super) const REVNUMBER: u32 = 9;
    pub(super) const CREATE_DTM: u32 = 12;
    pub(super) const LASTSAVE_DTM: u32 = 13;
    pub(super) const PAGECOUNT: u32 = 14;
    pub(super) const WORDCOUNT: u32 = 15;
    pub(super) const APPNAME: u32 = 18;
    pub(super) const SECURITY: u32 = 19;
}

/// The types of the properties' values, by their Windows names.
mod vt {
    pub(super) const I2: u32 = 2;
    pub(super) const I4: u32 = 3;
    pub(super) const LPSTR: u32 = 30;
    pub(super) const FILETIME: u32 = 64;
}

/// The byte order mark of a property set.
const LITTLE_ENDIAN: u16 = 0xFFFE;
/// The version of the property set's format that every Windows reads.
const FORMAT_VERSION: u16 = 0;
/// The system that wrote the property set: Windows (2 in the upper half) 6.2.
const SYSTEM: u32 = 0x0002_0206;
/// `FMTID_SummaryInformation`.
const FORMAT: Uuid = Uuid::from_u128(0xf29f_85e0_4ff9_1068_ab91_0800_2b27_b3d9);
/// Where the one section begins: after the header, which names its format and this offset.
const SECTION_OFFSET: u32 = 48;

/// A property's value, ready to write.
enum Value<'a> {
    I2(u16),
    I4(i32),
    Text(&'a str),
    Time(i64),
}

impl SummaryInformation {
    /// The preferred code page or the first one that has all characters of the strings, or else the one that has most.
    pub fn codepage(&self) -> Codepage {
        let lost = |page: &Codepage| -> usize { self.texts().iter().map(|text| page.lost(text)).sum() };
        let pages = [self.preferred_codepage].into_iter().chain(ANSI);
        pages.min_by_key(lost).unwrap_or(WESTERN)
    }

    /// The strings with characters that the code page lacks, which are shown as question marks.
    pub fn substituted(&self) -> Vec<&str> {
        let page = self.codepage();
        self.texts()
            .into_iter()
            .filter(|text| !page.holds(text))
            .collect()
    }

    /// The bytes of the `\u{5}SummaryInformation` stream.
    pub fn encode(&self) -> Vec<u8> {
        let codepage = self.codepage();
        let mut index = Vec::new();
        let mut values = Vec::new();
        let package_code = self.package_code.braced().to_string().to_uppercase();
        let properties = self.properties(codepage, &package_code);
        let index_len = 8 + 8 * properties.len();
        for (id, value) in properties {
            index.extend(id.to_le_bytes());
            index.extend(((index_len + values.len()) as u32).to_le_bytes());
            value.encode(codepage, &mut values);
        }

        let mut stream = Vec::with_capacity(SECTION_OFFSET as usize + index_len + values.len());
        stream.extend(LITTLE_ENDIAN.to_le_bytes());
        stream.extend(FORMAT_VERSION.to_le_bytes());
        stream.extend(SYSTEM.to_le_bytes());
        stream.extend(Uuid::nil().to_bytes_le());
        stream.extend(1u32.to_le_bytes()); // one section
        stream.extend(FORMAT.to_bytes_le());
        stream.extend(SECTION_OFFSET.to_le_bytes());
        stream.extend(((index_len + values.len()) as u32).to_le_bytes());
        stream.extend(((index.len() / 8) as u32).to_le_bytes());
        stream.extend(index);
        stream.extend(values);
        stream
    }

    fn texts(&self) -> [&str; 7] {
        [
            &self.title,
            &self.subject,
            &self.author,
            &self.keywords,
            &self.comments,
            &self.template,
            &self.application,
        ]
    }

    fn properties<'a>(&'a self, codepage: Codepage, package_code: &'a str) -> Vec<(u32, Value<'a>)> {
        let mut properties = vec![
            (pid::CODEPAGE, Value::I2(codepage.id)),
            (pid::TITLE, Value::Text(&self.title)),
            (pid::SUBJECT, Value::Text(&self.subject)),
            (pid::AUTHOR, Value::Text(&self.author)),
            (pid::KEYWORDS, Value::Text(&self.keywords)),
            (pid::COMMENTS, Value::Text(&self.comments)),
            (pid::TEMPLATE, Value::Text(&self.template)),
            (pid::REVNUMBER, Value::Text(package_code)),
            (pid::CREATE_DTM, Value::Time(self.created)),
            (pid::LASTSAVE_DTM, Value::Time(self.saved)),
            (pid::PAGECOUNT, Value::I4(self.page_count)),
            (pid::WORDCOUNT, Value::I4(self.word_count)),
            (pid::APPNAME, Value::Text(&self.application)),
            (pid::SECURITY, Value::I4(self.security)),
        ];
        properties.retain(|(_, value)| !matches!(value, Value::Text("")));
        properties
    }
}

impl Value<'_> {
    /// Appends the value, padded to a multiple of four bytes.
    fn encode(&self, codepage: Codepage, out: &mut Vec<u8>) {
        match *self {
            Self::I2(number) => {
                out.extend(vt::I2.to_le_bytes());
                out.extend(u32::from(number).to_le_bytes());
            }
            Self::I4(number) => {
                out.extend(vt::I4.to_le_bytes());
                out.extend(number.to_le_bytes());
            }
            Self::Text(text) => {
                let mut bytes = codepage.encode_lossy(text);
                bytes.push(0);
                out.extend(vt::LPSTR.to_le_bytes());
                // The length counts encoded bytes including the terminating zero, without the padding.
                out.extend((bytes.len() as u32).to_le_bytes());
                bytes.resize(bytes.len().next_multiple_of(4), 0);
                out.extend(bytes);
            }
            Self::Time(seconds) => {
                out.extend(vt::FILETIME.to_le_bytes());
                out.extend(filetime(seconds).to_le_bytes());
            }
        }
    }
}

/// The `FILETIME` of a unix time: tenths of microseconds since 1601. Times before that are 1601.
fn filetime(unix_seconds: i64) -> u64 {
    const SECONDS_FROM_1601_TO_1970: i64 = 11_644_473_600;
    const TICKS_PER_SECOND: u64 = 10_000_000;
    let seconds = unix_seconds
        .saturating_add(SECONDS_FROM_1601_TO_1970)
        .max(0)
        .unsigned_abs();
    seconds.saturating_mul(TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(author: &str, comments: &str) -> SummaryInformation {
        SummaryInformation {
            title: "Installation Database".to_owned(),
            subject: "Agent".to_owned(),
            author: author.to_owned(),
            keywords: "Installer".to_owned(),
            comments: comments.to_owned(),
            template: "x64;1033".to_owned(),
            package_code: Uuid::from_u128(0xabc),
            created: 0,
            saved: 0,
            page_count: 500,
            word_count: 2,
            application: "winsvc".to_owned(),
            security: 2,
            preferred_codepage: WESTERN,
        }
    }

    #[test]
    fn the_texts_choose_the_code_page() {
        let chosen = |author| summary(author, "").codepage().id;
        assert_eq!(chosen("Acme"), 1252);
        assert_eq!(chosen("Müller & Söhne"), 1252);
        assert_eq!(chosen("Łódzkie Zakłady"), 1250);
        assert_eq!(chosen("Яндекс"), 1251);
        assert_eq!(chosen("Ελλάδα"), 1253);
        assert_eq!(chosen("株式会社ワイン"), 932);
        assert_eq!(chosen("삼성전자"), 949);
    }

    #[test]
    fn what_no_code_page_holds_is_a_question_mark() {
        let stream = |author: &str, comments: &str| {
            let summary = summary(author, comments);
            let substituted: Vec<String> = summary.substituted().into_iter().map(str::to_owned).collect();
            (summary.codepage().id, substituted, summary.encode())
        };
        let contains = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);

        let (page, substituted, bytes) = stream("Acme 🦀", "");
        assert_eq!((page, &substituted[..]), (1252, &["Acme 🦀".to_owned()][..]));
        assert!(contains(&bytes, b"Acme ?\0"));

        // Georgian is in no ANSI code page.
        let (page, substituted, bytes) = stream("გიორგი", "Größe");
        assert_eq!((page, &substituted[..]), (1252, &["გიორგი".to_owned()][..]));
        assert!(contains(&bytes, b"??????\0") && contains(&bytes, b"Gr\xf6\xdfe\0"));

        // The Chinese name has more characters than the sign.
        let (page, substituted, _) = stream("北京软件公司", "Kittens®");
        assert_eq!((page, &substituted[..]), (936, &["Kittens®".to_owned()][..]));

        let (_, substituted, _) = stream("Яндекс", "");
        assert_eq!(substituted, Vec::<String>::new());
    }

    #[test]
    fn times_count_from_1601() {
        assert_eq!(filetime(0), 116_444_736_000_000_000);
        assert_eq!(filetime(i64::MIN), 0);
    }
}
