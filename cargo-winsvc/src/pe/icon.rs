//! Icons: an `.ico` file as the resources that Windows expects, one `RT_ICON` for each image and an `RT_GROUP_ICON`
//! that lists them. The two lists differ in the last field of an entry only: the offset of the image in the file, the
//! id of its resource in the group
//! (<https://learn.microsoft.com/windows/win32/menurc/resource-file-formats#icon-resources>).

use super::bytes::{slice, u16_at, u32_at};
use super::{LANGUAGE_NEUTRAL, PeError, ResourceKind, ResourceName, Resources};

/// ICONDIR, which is GRPICONDIR's head too: reserved, type 1, count.
const HEADER: (usize, usize) = (6, 4);
/// The bytes that every icon file starts with: reserved, and the type "icon".
const ICON_FILE: [u8; 4] = [0, 0, 1, 0];
/// ICONDIRENTRY: its length, and where it has its image's length and offset.
const ENTRY: (usize, usize, usize) = (16, 8, 12);

/// An icon, read from an `.ico` file and borrowed from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icon<'a> {
    images: Vec<IconImage<'a>>,
}

/// One size and colour depth of an icon.
#[derive(Debug, Clone, PartialEq, Eq)]
struct IconImage<'a> {
    /// The fields that are the same in the file and the group: sizes, colours, length.
    description: &'a [u8],
    data: &'a [u8],
}

impl<'a> Icon<'a> {
    /// Reads a whole `.ico` file.
    pub fn parse(file: &'a [u8]) -> Result<Self, PeError> {
        if !file.starts_with(&ICON_FILE) {
            return Err(PeError::NotAnIcon);
        }
        let count = usize::from(u16_at(file, HEADER.1, "icon header")?);
        if count == 0 {
            return Err(PeError::NotAnIcon);
        }
        let table = slice(file, HEADER.0, count * ENTRY.0, "icon's list of images")?;
        let image = |entry: &'a [u8]| {
            let field = |offset| u32_at(entry, offset, "icon's list of images").map(|value| value as usize);
            let data = slice(file, field(ENTRY.2)?, field(ENTRY.1)?, "icon image")?;
            Ok(IconImage {
                description: &entry[..ENTRY.2],
                data,
            })
        };
        Ok(Self {
            images: table
                .chunks_exact(ENTRY.0)
                .map(image)
                .collect::<Result<_, PeError>>()?,
        })
    }

    /// Inserts the icon as group `id`, replacing a group with that id; its images get free ids. Explorer shows the
    /// group with the lowest id as the exe's icon.
    pub fn add_to(&self, resources: &mut Resources<'a>, id: u16) {
        remove_group(resources, id);
        let mut group = Vec::new();
        group.extend(ICON_FILE);
        group.extend((self.images.len() as u16).to_le_bytes());
        for image in &self.images {
            let image_id = free_id(resources);
            group.extend(image.description);
            group.extend(image_id.to_le_bytes());
            resources.set(ResourceKind::Icon, image_id, LANGUAGE_NEUTRAL, image.data);
        }
        resources.set(ResourceKind::GroupIcon, id, LANGUAGE_NEUTRAL, group);
    }
}

/// Removes a group and its images.
fn remove_group(resources: &mut Resources<'_>, id: u16) {
    /// GRPICONDIRENTRY: its length, and where it has the image's id.
    const GROUP_ENTRY: (usize, usize) = (14, 12);
    let group = resources.get(ResourceKind::GroupIcon, id).unwrap_or_default();
    let entries = group
        .get(HEADER.0..)
        .unwrap_or_default()
        .chunks_exact(GROUP_ENTRY.0);
    let images: Vec<u16> = entries
        .map(|entry| u16::from_le_bytes([entry[GROUP_ENTRY.1], entry[GROUP_ENTRY.1 + 1]]))
        .collect();
    for image in images {
        resources.remove(ResourceKind::Icon, image);
    }
    resources.remove(ResourceKind::GroupIcon, id);
}

/// The lowest free id for an icon image.
fn free_id(resources: &Resources<'_>) -> u16 {
    let icons = ResourceName::from(ResourceKind::Icon);
    // In the map's order the ids ascend, so that the first gap is the lowest free one.
    resources
        .iter()
        .filter(|entry| *entry.kind == icons)
        .fold(1, |free, entry| match entry.name {
            ResourceName::Id(id) if *id == free => free + 1,
            _ => free,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with images of the given sizes, each filled with its size.
    fn ico(sizes: &[u8]) -> Vec<u8> {
        let mut file = [0, 0, 1, 0, sizes.len() as u8, 0].to_vec();
        let mut offset = HEADER.0 + sizes.len() * ENTRY.0;
        for &size in sizes {
            file.extend([
                size,
                size,
                0,
                0,
                1,
                0,
                32,
                0,
                size,
                0,
                0,
                0,
                offset as u8,
                0,
                0,
                0,
            ]);
            offset += usize::from(size);
        }
        file.extend(sizes.iter().flat_map(|&size| vec![size; size.into()]));
        file
    }

    #[test]
    fn images_take_free_ids_and_the_group_lists_them() {
        let file = ico(&[16, 32]);
        let mut resources = Resources::new();
        resources.set(
            ResourceKind::Icon,
            1,
            LANGUAGE_NEUTRAL,
            b"another group's".as_slice(),
        );

        Icon::parse(&file).unwrap().add_to(&mut resources, 7);

        assert_eq!(resources.get(ResourceKind::Icon, 2), Some([16; 16].as_slice()));
        assert_eq!(resources.get(ResourceKind::Icon, 3), Some([32; 32].as_slice()));
        #[rustfmt::skip]
        assert_eq!(resources.get(ResourceKind::GroupIcon, 7).unwrap(), [
            0, 0, 1, 0, 2, 0,
            16, 16, 0, 0, 1, 0, 32, 0, 16, 0, 0, 0, 2, 0,
            32, 32, 0, 0, 1, 0, 32, 0, 32, 0, 0, 0, 3, 0,
        ]);
    }

    #[test]
    fn a_second_icon_takes_the_place_of_the_first() {
        let (first, second) = (ico(&[16, 32, 48]), ico(&[64]));
        let mut once = Resources::new();
        Icon::parse(&second).unwrap().add_to(&mut once, 1);
        let mut twice = Resources::new();
        Icon::parse(&first).unwrap().add_to(&mut twice, 1);
        Icon::parse(&second).unwrap().add_to(&mut twice, 1);
        assert_eq!(twice, once);
    }

    #[test]
    fn what_is_no_icon_is_an_error() {
        assert_eq!(Icon::parse(b"\x89PNG"), Err(PeError::NotAnIcon));
        assert_eq!(Icon::parse(&[0, 0, 1, 0, 0, 0]), Err(PeError::NotAnIcon));
        let file = ico(&[16]);
        for length in 0..file.len() {
            Icon::parse(&file[..length]).unwrap_err();
        }
    }
}
