//! The resource tree in a file: three levels of directories, then data
//! (<https://learn.microsoft.com/windows/win32/debug/pe-format#the-rsrc-section>).
//!
//! The written tree depends only on the resources and the address. Its parts, in order: the directories of types, of
//! each type's names, of each name's languages; the data entries; the strings of names; the data, each aligned to 8
//! bytes.

use std::borrow::Cow;

use super::bytes::{pad, slice, u16_at, u32_at, utf16};
use super::image::directory;
use super::resources::Resource;
use super::{Image, PeError, ResourceName, Resources};

/// The length of a directory before its entries, and the offsets of the numbers of entries with strings and with numbers.
const DIRECTORY: (usize, usize, usize) = (16, 12, 14);
/// The length of a directory entry: name, then offset.
const ENTRY: usize = 8;
/// The length of a data entry: address, size, code page, reserved.
const DATA_ENTRY: usize = 16;
/// In an entry's name: it is the offset of a string. In an entry's offset: it points to a directory, not to data.
const HIGH_BIT: u32 = 0x8000_0000;
/// Data starts at multiples of this. Version resources are read as 32-bit fields; 8 suits any data.
const DATA_ALIGNMENT: usize = 8;

impl<'a> Image<'a> {
    /// The resources in it, borrowed from the file.
    pub fn resources(&self) -> Result<Resources<'a>, PeError> {
        match self.directory(directory::RESOURCE) {
            Some(found) => read(self, found.address),
            None => Ok(Resources::new()),
        }
    }
}

/// Reads the tree at `address` of `image`.
fn read<'a>(image: &Image<'a>, address: u32) -> Result<Resources<'a>, PeError> {
    let tree = image.bytes_at(address, "resource directory")?;
    let mut reader = Reader {
        image,
        tree,
        entries_left: tree.len() / ENTRY,
    };
    let mut resources = Resources::new();
    for kind in reader.directory(0)? {
        for name in reader.directory(kind.child()?)? {
            for language in reader.directory(name.child()?)? {
                let key = (kind.name.clone(), name.name.clone(), language.number()?);
                let (data, code_page) = reader.data(language.leaf()?)?;
                if !resources.insert(key, Cow::Borrowed(data), code_page) {
                    return Err(PeError::ResourceTwice { offset: language.at });
                }
            }
        }
    }
    Ok(resources)
}

struct Reader<'r, 'a> {
    image: &'r Image<'a>,
    tree: &'a [u8],
    /// The remaining number of entries. In a valid tree each entry has its own bytes, so the limit stops a tree that
    /// shares directories.
    entries_left: usize,
}

/// An entry of a directory.
struct Entry {
    /// Its own offset.
    at: usize,
    name: ResourceName,
    /// The target's offset, with [`HIGH_BIT`] for a directory.
    target: u32,
}

impl Reader<'_, '_> {
    fn directory(&mut self, offset: usize) -> Result<Vec<Entry>, PeError> {
        let tree = self.tree;
        let count = |field| u16_at(tree, offset + field, "resource directory").map(usize::from);
        let count = count(DIRECTORY.1)? + count(DIRECTORY.2)?;
        self.entries_left = self
            .entries_left
            .checked_sub(count)
            .ok_or(PeError::ResourceCount {
                available: tree.len(),
            })?;
        (0..count)
            .map(|index| self.entry(offset + DIRECTORY.0 + index * ENTRY))
            .collect()
    }

    fn entry(&self, at: usize) -> Result<Entry, PeError> {
        let name = u32_at(self.tree, at, "resource directory entry")?;
        let target = u32_at(self.tree, at + 4, "resource directory entry")?;
        let name = if name & HIGH_BIT == 0 {
            let id = u16::try_from(name).map_err(|_| PeError::ResourceNumber {
                found: name,
                offset: at,
            })?;
            ResourceName::Id(id)
        } else {
            let offset = (name & !HIGH_BIT) as usize;
            let length = usize::from(u16_at(self.tree, offset, "resource name")?) * 2;
            ResourceName::Text(utf16(slice(self.tree, offset + 2, length, "resource name")?))
        };
        Ok(Entry { at, name, target })
    }
}

impl<'a> Reader<'_, 'a> {
    /// The data and the code page of the data entry at `offset`.
    fn data(&self, offset: usize) -> Result<(&'a [u8], u32), PeError> {
        let field = |index: usize| u32_at(self.tree, offset + index * 4, "resource data entry");
        let (address, size, code_page) = (field(0)?, field(1)?, field(2)?);
        if size == 0 {
            return Ok((&[], code_page));
        }
        let data = self.image.bytes_at(address, "resource data")?;
        Ok((slice(data, 0, size as usize, "resource data")?, code_page))
    }
}

impl Entry {
    /// The offset of the directory that it leads to.
    fn child(&self) -> Result<usize, PeError> {
        if self.target & HIGH_BIT == 0 {
            return Err(PeError::ResourceLevel {
                expected: "a directory",
                found: "data",
                offset: self.at,
            });
        }
        Ok((self.target & !HIGH_BIT) as usize)
    }

    /// The offset of the data entry that it leads to.
    fn leaf(&self) -> Result<usize, PeError> {
        if self.target & HIGH_BIT != 0 {
            return Err(PeError::ResourceLevel {
                expected: "data",
                found: "a directory",
                offset: self.at,
            });
        }
        Ok(self.target as usize)
    }

    /// Its number; a string is an error.
    fn number(&self) -> Result<u16, PeError> {
        match self.name {
            ResourceName::Id(id) => Ok(id),
            ResourceName::Text(_) => Err(PeError::ResourceLevel {
                expected: "a language's number",
                found: "a string",
                offset: self.at,
            }),
        }
    }
}

/// Appends the tree of `resources` to `out`, to be loaded at `address`.
pub(super) fn write(resources: &Resources<'_>, address: u32, out: &mut Vec<u8>) -> Result<(), PeError> {
    let all: Vec<Resource<'_>> = resources.iter().collect();
    let directories = directories(&all);
    let data_entries = directories
        .iter()
        .map(|nodes| directory_size(nodes.len()))
        .sum::<usize>();
    let mut texts = Texts {
        start: data_entries + all.len() * DATA_ENTRY,
        bytes: Vec::new(),
    };

    let start = out.len();
    // Breadth first, so that each entry's child directly follows the previous entry's child.
    let mut child = directory_size(directories[0].len());
    for nodes in &directories {
        out.extend([0; DIRECTORY.1]); // characteristics, time, version
        let named = nodes
            .iter()
            .filter(|node| matches!(node.name, ResourceName::Text(_)))
            .count();
        out.extend(count_field(named)?);
        out.extend(count_field(nodes.len() - named)?);
        for node in nodes {
            out.extend(texts.name_field(&node.name)?.to_le_bytes());
            out.extend(node.target_field(child).to_le_bytes());
            child += node.child_size();
        }
    }
    let mut data = texts.start + texts.bytes.len();
    for resource in &all {
        data = data.next_multiple_of(DATA_ALIGNMENT);
        let place = u32::try_from(data)
            .ok()
            .and_then(|offset| address.checked_add(offset))
            .ok_or(TOO_LARGE)?;
        let size = u32::try_from(resource.data.len()).map_err(|_| TOO_LARGE)?;
        for field in [place, size, resource.code_page, 0] {
            out.extend(field.to_le_bytes());
        }
        data += resource.data.len();
    }
    out.extend(texts.bytes);
    for resource in &all {
        pad(out, start, DATA_ALIGNMENT);
        out.extend(resource.data);
    }
    Ok(())
}

const TOO_LARGE: PeError = PeError::TooLarge {
    what: "the resource section",
};

/// A directory entry to be written.
struct Node {
    name: ResourceName,
    /// How many entries the directory has to which it leads; a language leads to data instead.
    children: Option<usize>,
}

impl Node {
    /// What the directory or the data entry takes to which it leads.
    fn child_size(&self) -> usize {
        self.children.map_or(DATA_ENTRY, directory_size)
    }

    /// The entry's offset field.
    fn target_field(&self, child: usize) -> u32 {
        child as u32 | if self.children.is_some() { HIGH_BIT } else { 0 }
    }
}

fn directory_size(entries: usize) -> usize {
    DIRECTORY.0 + entries * ENTRY
}

/// The directories breadth first: that of the types, those of each type's names, those of each name's languages.
fn directories(resources: &[Resource<'_>]) -> Vec<Vec<Node>> {
    let kinds: Vec<&[Resource<'_>]> = resources
        .chunk_by(|left, right| left.kind == right.kind)
        .collect();
    let names: Vec<Vec<&[Resource<'_>]>> = kinds
        .iter()
        .map(|kind| kind.chunk_by(|left, right| left.name == right.name).collect())
        .collect();

    let node = |name: &ResourceName, children| Node {
        name: name.clone(),
        children: Some(children),
    };
    let root = kinds
        .iter()
        .zip(&names)
        .map(|(kind, names)| node(kind[0].kind, names.len()))
        .collect();
    let of_kinds = names
        .iter()
        .map(|names| names.iter().map(|name| node(name[0].name, name.len())).collect());
    let language = |resource: &Resource<'_>| Node {
        name: resource.language.into(),
        children: None,
    };
    let of_names = names
        .iter()
        .flatten()
        .map(|name| name.iter().map(language).collect());
    std::iter::once(root).chain(of_kinds).chain(of_names).collect()
}

/// The field that counts a directory's entries.
fn count_field(count: usize) -> Result<[u8; 2], PeError> {
    u16::try_from(count).map(u16::to_le_bytes).map_err(|_| TOO_LARGE)
}

/// The strings of names, which follow the data entries.
struct Texts {
    start: usize,
    bytes: Vec<u8>,
}

impl Texts {
    /// An entry's name field: the number, or the offset of the string.
    fn name_field(&mut self, name: &ResourceName) -> Result<u32, PeError> {
        match name {
            ResourceName::Id(id) => Ok(u32::from(*id)),
            ResourceName::Text(units) => {
                let place = self.start + self.bytes.len();
                self.bytes.extend(count_field(units.len())?);
                self.bytes
                    .extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
                Ok(place as u32 | HIGH_BIT)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pe::image::directory;
    use crate::pe::testing::{FIRST, Sketch};

    /// An image whose only section holds the 32-bit fields as its resources.
    fn read_tree(fields: &[u32]) -> Result<usize, PeError> {
        let bytes: Vec<u8> = fields.iter().flat_map(|field| field.to_le_bytes()).collect();
        let length = bytes.len() as u32;
        let file = Sketch {
            sections: vec![(".rsrc", bytes)],
            directories: vec![(directory::RESOURCE, FIRST, length)],
            ..Sketch::default()
        }
        .build();
        Image::parse(&file)
            .unwrap()
            .resources()
            .map(|resources| resources.iter().count())
    }

    /// A directory's head with `count` numbered entries.
    fn head(count: u32) -> [u32; 4] {
        [0, 0, 0, count << 16]
    }

    /// A tree with one resource, whose data is the tree's first 4 bytes; its three directories are at 0, 24 and 48, its
    /// data entry at 72.
    fn one() -> Vec<u32> {
        let levels = [[10, HIGH_BIT + 24], [1, HIGH_BIT + 48], [0x409, 72]];
        let mut fields: Vec<u32> = levels
            .iter()
            .flat_map(|entry| [&head(1)[..], entry].concat())
            .collect();
        fields.extend([FIRST, 4, 0, 0]);
        fields
    }

    #[test]
    fn trees_that_are_none_are_errors() {
        let with = |index: usize, value: u32| {
            let mut fields = one();
            fields[index] = value;
            read_tree(&fields)
        };
        assert_eq!(read_tree(&one()), Ok(1));
        assert_eq!(
            with(5, 24),
            Err(PeError::ResourceLevel {
                expected: "a directory",
                found: "data",
                offset: 16
            })
        );
        assert_eq!(
            with(17, HIGH_BIT),
            Err(PeError::ResourceLevel {
                expected: "data",
                found: "a directory",
                offset: 64
            })
        );
        assert_eq!(
            with(16, HIGH_BIT),
            Err(PeError::ResourceLevel {
                expected: "a language's number",
                found: "a string",
                offset: 64
            })
        );
        assert_eq!(
            with(4, 0x1_0000),
            Err(PeError::ResourceNumber {
                found: 0x1_0000,
                offset: 16
            })
        );
        assert_eq!(
            with(18, 0x9000),
            Err(PeError::Unmapped {
                what: "resource data",
                address: 0x9000
            })
        );
        assert!(matches!(
            with(19, 0x9000),
            Err(PeError::Truncated {
                what: "resource data",
                ..
            })
        ));
    }

    #[test]
    fn an_entry_that_stands_twice_is_an_error() {
        let languages = [&head(2)[..], &[0x409, 80, 0x409, 80]].concat();
        let fields = [&one()[..12], &languages, &[FIRST, 4, 0, 0]].concat();
        assert_eq!(read_tree(&fields), Err(PeError::ResourceTwice { offset: 72 }));
    }

    #[test]
    fn directories_that_lead_back_to_themselves_end() {
        let entries = (0..100).flat_map(|id| [id, HIGH_BIT]);
        let fields: Vec<u32> = head(100).into_iter().chain(entries).collect();
        assert!(matches!(read_tree(&fields), Err(PeError::ResourceCount { .. })));
    }
}
