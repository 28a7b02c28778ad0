//! The compound file that holds a database's streams.
//!
//! Each stream is written once and whole, so that its sectors lie in a row: osslsigncode takes a chain that leads
//! back to a freed sector 0 for corruption. For the same reason the file's times stay zero, which also makes the
//! bytes a function of the streams alone.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, Write};

use cfb::{CompoundFile, Version};
use uuid::Uuid;

use super::StreamContent;

/// The class of an installation database, which the root storage carries.
const CLASS: Uuid = Uuid::from_u128(0x000c_1084_0000_0000_c000_0000_0000_0046);

/// Writes a compound file with these streams, in the order of their names.
pub(super) fn write(
    streams: &BTreeMap<String, StreamContent>,
    out: &mut (impl Read + Write + Seek),
) -> io::Result<()> {
    // Sectors of 512 bytes, as Windows Installer writes them itself; the tables of sectors take 1 part in 128.
    let mut file = CompoundFile::create_with_version(Version::V3, out)?;
    file.set_storage_clsid("/", CLASS)?;
    for (name, content) in streams {
        let mut stream = file.create_new_stream(name)?;
        content.copy(&mut stream)?;
        stream.flush()?;
    }
    file.flush()
}
