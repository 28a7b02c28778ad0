//! Writes cabinets: the compressed files of a Windows Installer package.
//!
//! The renderer of packages hands over the files in the order of their sequence numbers and gets the bytes of one
//! cabinet. The compression is MSZIP, which every Windows extracts: blocks of 32 KiB, each a deflate stream of its own
//! that may refer to the 32 KiB before it. Since those are known in advance, the blocks are compressed in parallel
//! without losing anything. The same files give the same bytes, on any number of processors.
//!
//! Source: MS-CAB, <https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-cab/>

mod block;
mod checksum;
mod error;
mod folder;
mod format;
mod parallel;
mod time;

use std::borrow::Cow;

pub use error::CabinetError;
pub use time::DosDateTime;

use folder::Folder;

/// One file of a cabinet.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// The name in the cabinet; for Windows Installer, the file's key.
    pub name: String,
    /// The contents.
    pub data: Cow<'a, [u8]>,
    /// When the file was last changed.
    pub modified: DosDateTime,
}

/// How much time to spend on compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// Deflate level 4: a tenth faster than the default, one part in sixty larger.
    Fast,
    /// Deflate level 6.
    #[default]
    Default,
    /// Deflate level 9: less than half as fast as the default, one part in seventy smaller.
    Small,
}

/// The bytes of a cabinet with these files, in this order.
///
/// Calls `progress` with the number of bytes of the files that are compressed.
pub fn write(
    members: &[Member<'_>],
    level: Level,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<u8>, CabinetError> {
    error::check(members)?;
    let folders = folder::divide(members, folder::MAX_LEN);
    let blocks = parallel::compress(&folders, level, progress);
    format::assemble(&folders, &blocks)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    /// A real cabinet has folders of half a gibibyte; here they are small.
    #[test]
    fn every_folder_begins_anew() {
        let data: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        let member = |number: usize| Member {
            name: format!("file-{number}"),
            data: Cow::Borrowed(&data[number * 7..]),
            modified: DosDateTime::from_unix(0),
        };
        let members: Vec<_> = (0..5).map(member).collect();
        let folders = folder::divide(&members, 2 * data.len());
        let blocks = parallel::compress(&folders, Level::Default, &mut |_| ());
        let bytes = format::assemble(&folders, &blocks).expect("a small cabinet");

        let mut cabinet = cab::Cabinet::new(Cursor::new(bytes)).expect("a cabinet");
        assert_eq!(cabinet.folder_entries().count(), 3);
        for member in &members {
            let mut read = Vec::new();
            let mut file = cabinet.read_file(&member.name).expect("the file");
            file.read_to_end(&mut read).expect("its contents");
            assert!(read == *member.data, "{} differs", member.name);
        }
    }
}
