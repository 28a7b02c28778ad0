//! Replaces some values of the exe's own version resource and keeps all others: other strings, other string tables,
//! translations.

use super::super::bytes::put_u32;
use super::block::{Block, Value};
use super::{
    PeError, STRING_FILE_INFO, TRANSLATION, VAR_FILE_INFO, VersionInfo, field, fixed, parse, put_version,
    table_key, translation, version,
};

/// A version resource after the merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedVersion {
    /// The resource's data.
    pub data: Vec<u8>,
    /// The replaced values, each once.
    pub replaced: Vec<ReplacedValue>,
}

/// A value that another one has replaced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReplacedValue {
    /// The string's key, or `FILEVERSION` and `PRODUCTVERSION` as resource scripts call the numbers.
    pub key: String,
    /// The old value.
    pub old: String,
    /// The new value.
    pub new: String,
}

impl VersionInfo {
    /// Merges the versions, the pre-release flag and the strings of `self` into `data`, a version resource, and fills
    /// in `defaults` if `data` has no or an empty string. Strings are set in every table.
    pub fn merge_into(&self, data: &[u8], defaults: &[(String, String)]) -> Result<MergedVersion, PeError> {
        let (mut root, mut info) = parse(data)?;
        let mut replaced = Vec::new();
        for (key, at, new) in [
            ("FILEVERSION", fixed::FILE_VERSION, self.file_version),
            ("PRODUCTVERSION", fixed::PRODUCT_VERSION, self.product_version),
        ] {
            let old = version(&info, at)?;
            if old != new && old != [0; 4] {
                let text = |version: [u16; 4]| version.map(|number| number.to_string()).join(".");
                replaced.push(ReplacedValue {
                    key: key.to_owned(),
                    old: text(old),
                    new: text(new),
                });
            }
            put_version(&mut info, at, new);
        }
        let flags = field(&info, fixed::FLAGS)? & !fixed::VS_FF_PRERELEASE;
        let prerelease = if self.prerelease {
            fixed::VS_FF_PRERELEASE
        } else {
            0
        };
        put_u32(&mut info, fixed::FLAGS_MASK_AT, fixed::FLAGS_MASK);
        put_u32(&mut info, fixed::FLAGS, flags | prerelease);
        root.value = Value::Binary(info);

        let tables = root.find_or_add(STRING_FILE_INFO);
        if tables.inner.is_empty() {
            tables
                .inner
                .push(Block::new(&table_key(self.language, self.code_page), Vec::new()));
        }
        for table in &mut tables.inner {
            for (key, text) in &self.strings {
                replaced.extend(set(table, key, text));
            }
            for (key, text) in defaults {
                if table.find(key).is_none_or(|string| string.as_text().is_empty()) {
                    set(table, key, text);
                }
            }
        }
        let (language, code_page) =
            of_table_key(&tables.inner[0].key).unwrap_or((self.language, self.code_page));
        let variables = root.find_or_add(VAR_FILE_INFO);
        if variables.find(TRANSLATION).is_none() {
            variables.inner.push(translation(language, code_page));
        }

        let mut data = Vec::new();
        root.encode(&mut data)?;
        replaced.sort();
        replaced.dedup();
        Ok(MergedVersion { data, replaced })
    }
}

/// Sets a string, and returns the old value if it was different.
fn set(table: &mut Block, key: &str, text: &str) -> Option<ReplacedValue> {
    let string = table.find_or_add(key);
    let old = string.as_text();
    // Keep the case of the key.
    *string = Block::text(&string.key, text);
    (!old.is_empty() && old != text).then(|| ReplacedValue {
        key: key.to_owned(),
        old,
        new: text.to_owned(),
    })
}

/// Language and code page of a table of strings, whose key they are in hexadecimal digits.
fn of_table_key(key: &str) -> Option<(u16, u16)> {
    let number = |digits: Option<&str>| u16::from_str_radix(digits?, 16).ok();
    Some((number(key.get(..4))?, number(key.get(4..))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(strings: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(key, text): &(&str, &str)| ((*key).to_owned(), (*text).to_owned());
        strings.iter().map(owned).collect()
    }

    fn ours() -> VersionInfo {
        VersionInfo {
            file_version: [1, 2, 3, 0],
            product_version: [1, 2, 3, 0],
            strings: pairs(&[("FileVersion", "1.2.3"), ("OriginalFilename", "agent.exe")]),
            ..VersionInfo::default()
        }
    }

    fn strings(key: &str, strings: &[(&str, &str)]) -> Block {
        let strings = strings.iter().map(|(key, text)| Block::text(key, text));
        Block::new(key, strings.collect())
    }

    /// A version resource with these tables, and translations for none or two languages.
    fn resource(version: [u16; 4], tables: Vec<Block>, translations: bool) -> Vec<u8> {
        let info = VersionInfo {
            file_version: version,
            product_version: version,
            debug: true,
            prerelease: true,
            ..VersionInfo::default()
        };
        let mut root = info.block();
        root.inner = vec![Block::new(STRING_FILE_INFO, tables)];
        if translations {
            let data = [translation(0x407, 1200).bytes(), translation(0x409, 1252).bytes()].concat();
            let custom = Block::binary("Acme", vec![1, 2, 3], Vec::new());
            let translations = Block::binary(TRANSLATION, data, Vec::new());
            root.inner
                .push(Block::new(VAR_FILE_INFO, vec![custom, translations]));
        }
        let mut data = Vec::new();
        root.encode(&mut data).unwrap();
        data
    }

    fn tree(data: &[u8]) -> Block {
        Block::parse(data).unwrap()
    }

    #[test]
    fn every_table_and_translation_is_kept_and_ours_are_in_each_table() {
        let german = strings(
            "040704b0",
            &[("LegalCopyright", "© Ächme"), ("CompanyName", "Ächme")],
        );
        let english = strings("040904E4", &[("fileversion", "9.9"), ("Comments", "")]);
        let data = resource([9, 9, 0, 0], vec![german, english], true);
        let defaults = pairs(&[("CompanyName", "Acme"), ("ProductName", "Agent")]);

        let merged = ours().merge_into(&data, &defaults).unwrap();

        let german = strings(
            "040704b0",
            &[
                ("LegalCopyright", "© Ächme"),
                ("CompanyName", "Ächme"),
                ("FileVersion", "1.2.3"),
                ("OriginalFilename", "agent.exe"),
                ("ProductName", "Agent"),
            ],
        );
        let english = strings(
            "040904E4",
            &[
                ("fileversion", "1.2.3"),
                ("Comments", ""),
                ("OriginalFilename", "agent.exe"),
                ("CompanyName", "Acme"),
                ("ProductName", "Agent"),
            ],
        );
        let root = tree(&merged.data);
        assert_eq!(root.find(STRING_FILE_INFO).unwrap().inner, [german, english]);
        assert_eq!(root.find(VAR_FILE_INFO), tree(&data).find(VAR_FILE_INFO));
        let info = VersionInfo::read(&merged.data).unwrap();
        assert_eq!(
            (
                info.file_version,
                info.product_version,
                info.debug,
                info.prerelease
            ),
            ([1, 2, 3, 0], [1, 2, 3, 0], true, false)
        );
        let replaced = [
            ("FILEVERSION", "9.9.0.0", "1.2.3.0"),
            ("FileVersion", "9.9", "1.2.3"),
            ("PRODUCTVERSION", "9.9.0.0", "1.2.3.0"),
        ];
        let replaced = replaced.map(|(key, old, new)| ReplacedValue {
            key: key.to_owned(),
            old: old.to_owned(),
            new: new.to_owned(),
        });
        assert_eq!(merged.replaced, replaced);
    }

    #[test]
    fn merging_twice_is_merging_once() {
        let data = resource(
            [9, 9, 0, 0],
            vec![strings("040904B0", &[("Comments", "C")])],
            false,
        );
        let defaults = pairs(&[("CompanyName", "Acme")]);
        let once = ours().merge_into(&data, &defaults).unwrap();
        let twice = ours().merge_into(&once.data, &defaults).unwrap();
        assert_eq!(twice.data, once.data);
        assert_eq!(twice.replaced, []);
    }

    #[test]
    fn what_a_resource_lacks_is_added() {
        let data = resource([0; 4], Vec::new(), false);
        let merged = ours()
            .merge_into(&data, &pairs(&[("CompanyName", "Acme")]))
            .unwrap();
        assert_eq!(merged.replaced, []);
        let info = VersionInfo::read(&merged.data).unwrap();
        assert_eq!((info.language, info.code_page), (0x409, 1200));
        let keys: Vec<&str> = info.strings.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["FileVersion", "OriginalFilename", "CompanyName"]);

        let data = resource([0; 4], vec![strings("040704B0", &[])], false);
        let merged = ours().merge_into(&data, &[]).unwrap();
        let info = VersionInfo::read(&merged.data).unwrap();
        assert_eq!((info.language, info.code_page), (0x407, 1200));
    }

    #[test]
    fn other_data_is_not_merged_into() {
        let other = Block::binary("VS_VERSION_INFO", vec![0; fixed::SIZE], Vec::new());
        let mut data = Vec::new();
        other.encode(&mut data).unwrap();
        assert_eq!(ours().merge_into(&data, &[]), Err(PeError::NotVersionInfo));
        ours().merge_into(&[0; 100], &[]).unwrap_err();
    }
}
