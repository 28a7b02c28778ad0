//! The resources of an image as a map: type, name and language to data.
//!
//! The order of the map is the order of the tree in the file, so that it can be written in a single pass.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The language "neutral": `MAKELANGID(LANG_NEUTRAL, SUBLANG_NEUTRAL)`.
pub const LANGUAGE_NEUTRAL: u16 = 0x0000;
/// The language "English (United States)".
pub const LANGUAGE_EN_US: u16 = 0x0409;

/// The resource types that the tool writes or reads, by their `RT_*` numbers
/// (<https://learn.microsoft.com/windows/win32/menurc/resource-types>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum ResourceKind {
    /// `RT_ICON`: one image of an icon.
    Icon = 3,
    /// `RT_RCDATA`: application-defined data.
    RcData = 10,
    /// `RT_MESSAGETABLE`: messages of events and errors.
    MessageTable = 11,
    /// `RT_GROUP_ICON`: an icon as a list of images.
    GroupIcon = 14,
    /// `RT_VERSION`: the version resource; its id is 1.
    Version = 16,
    /// `RT_MANIFEST`: the application manifest; its id is 1 in an exe, 2 in a DLL.
    Manifest = 24,
}

/// The type or the name of a resource. Strings come before numbers, as in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceName {
    /// UTF-16 code units, upper-case if a resource compiler wrote them.
    Text(Vec<u16>),
    /// A number.
    Id(u16),
}

impl From<u16> for ResourceName {
    fn from(id: u16) -> Self {
        Self::Id(id)
    }
}

impl From<ResourceKind> for ResourceName {
    fn from(kind: ResourceKind) -> Self {
        Self::Id(kind as u16)
    }
}

/// A resource: its key, and its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource<'r> {
    /// Its type.
    pub kind: &'r ResourceName,
    /// Its name, mostly a number.
    pub name: &'r ResourceName,
    /// Its `LANGID`.
    pub language: u16,
    /// Its data.
    pub data: &'r [u8],
    /// The code page of the data's strings, from the resource compiler; Windows does not read it.
    pub code_page: u32,
}

/// Type, name, language.
pub(super) type Key = (ResourceName, ResourceName, u16);

/// Data and code page.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Value<'a> {
    data: Cow<'a, [u8]>,
    code_page: u32,
}

/// All resources of an image. Data read from a file is borrowed from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resources<'a> {
    entries: BTreeMap<Key, Value<'a>>,
}

impl<'a> Resources<'a> {
    /// No resources.
    pub fn new() -> Self {
        Self::default()
    }

    /// Inserts `data` and removes all other languages of the same type and name: Windows selects the user's language,
    /// so a remaining one would hide the new resource from some users.
    pub fn set(
        &mut self,
        kind: impl Into<ResourceName>,
        name: impl Into<ResourceName>,
        language: u16,
        data: impl Into<Cow<'a, [u8]>>,
    ) {
        let (kind, name) = (kind.into(), name.into());
        self.remove(kind.clone(), name.clone());
        self.insert((kind, name, language), data.into(), 0);
    }

    /// Inserts `data` for one language, and keeps other languages of the same type and name.
    pub fn set_language(
        &mut self,
        kind: impl Into<ResourceName>,
        name: impl Into<ResourceName>,
        language: u16,
        data: impl Into<Cow<'a, [u8]>>,
    ) {
        self.insert((kind.into(), name.into(), language), data.into(), 0);
    }

    /// The languages and data of a type and name.
    pub fn languages(
        &self,
        kind: impl Into<ResourceName>,
        name: impl Into<ResourceName>,
    ) -> Vec<(u16, Vec<u8>)> {
        let (kind, name) = (kind.into(), name.into());
        self.iter()
            .filter(|entry| (entry.kind, entry.name) == (&kind, &name))
            .map(|entry| (entry.language, entry.data.to_vec()))
            .collect()
    }

    /// Adds an entry; returns `false` if it already exists.
    pub(super) fn insert(&mut self, key: Key, data: Cow<'a, [u8]>, code_page: u32) -> bool {
        self.entries.insert(key, Value { data, code_page }).is_none()
    }

    /// Removes all languages of a type and name.
    pub fn remove(&mut self, kind: impl Into<ResourceName>, name: impl Into<ResourceName>) {
        let (kind, name) = (kind.into(), name.into());
        self.entries.retain(|key, _| (&key.0, &key.1) != (&kind, &name));
    }

    /// Whether there is any resource of a type.
    pub fn has_any(&self, kind: impl Into<ResourceName>) -> bool {
        let kind = kind.into();
        self.entries.keys().any(|key| key.0 == kind)
    }

    /// Whether there is a resource with this type and name, in any language.
    pub fn contains(&self, kind: impl Into<ResourceName>, name: impl Into<ResourceName>) -> bool {
        self.get(kind, name).is_some()
    }

    /// The data under a type and name: the neutral one, else the US English, else the first by language number.
    pub fn get(&self, kind: impl Into<ResourceName>, name: impl Into<ResourceName>) -> Option<&[u8]> {
        let (kind, name) = (kind.into(), name.into());
        let found = || {
            self.iter()
                .filter(|entry| *entry.kind == kind && *entry.name == name)
        };
        [LANGUAGE_NEUTRAL, LANGUAGE_EN_US]
            .iter()
            .find_map(|&language| found().find(|entry| entry.language == language))
            .or_else(|| found().next())
            .map(|entry| entry.data)
    }

    /// All resources, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = Resource<'_>> {
        self.entries
            .iter()
            .map(|((kind, name, language), value)| Resource {
                kind,
                name,
                language: *language,
                data: &value.data,
                code_page: value.code_page,
            })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_replaces_all_languages_of_the_same_name_and_nothing_else() {
        let mut resources = Resources::new();
        for (kind, name, language) in [(16, 1, 0), (16, 1, 0x407), (16, 2, 0), (24, 1, 0)] {
            resources.insert(
                (kind.into(), name.into(), language),
                Cow::Borrowed(b"theirs"),
                1252,
            );
        }

        resources.set(ResourceKind::Version, 1, LANGUAGE_EN_US, b"ours".as_slice());

        let left: Vec<_> = resources
            .iter()
            .map(|entry| (entry.kind.clone(), entry.name.clone(), entry.language))
            .collect();
        let id = ResourceName::Id;
        assert_eq!(
            left,
            [(id(16), id(1), 0x409), (id(16), id(2), 0), (id(24), id(1), 0)]
        );
        assert_eq!(resources.get(ResourceKind::Version, 1), Some(b"ours".as_slice()));
    }

    #[test]
    fn get_prefers_neutral_then_english_then_the_lowest_number() {
        let mut resources = Resources::new();
        let mut get_after = |language: u16, data: &'static [u8]| {
            resources.insert((16.into(), 1.into(), language), Cow::Borrowed(data), 0);
            resources.get(ResourceKind::Version, 1).unwrap().to_vec()
        };
        assert_eq!(get_after(0x040c, b"french"), b"french");
        assert_eq!(get_after(0x0407, b"german"), b"german");
        assert_eq!(get_after(0x0409, b"english"), b"english");
        assert_eq!(get_after(0x0000, b"neutral"), b"neutral");
    }

    #[test]
    fn texts_come_before_numbers() {
        let text = ResourceName::Text("ZETA".encode_utf16().collect());
        assert!(text < ResourceName::Id(0));
    }
}
