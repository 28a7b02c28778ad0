//! The compound file that holds a database's streams.
//!
//! Each stream is written once and whole, so that its sectors lie in a row: osslsigncode takes a chain that leads
//! back to a freed sector 0 for corruption. For the same reason the file's times stay zero, which also makes the
//! bytes a function of the streams alone.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Write};

use cfb::{CompoundFile, Version};
use uuid::Uuid;

/// The class of an installation database, which the root storage carries.
const CLASS: Uuid = Uuid::from_u128(0x000c_1084_0000_0000_c000_0000_0000_0046);

/// The bytes of a compound file with these streams, in the order of their names.
pub(super) fn write(streams: &BTreeMap<String, Vec<u8>>) -> io::Result<Vec<u8>> {
    let size: usize = streams.values().map(Vec::len).sum();
    // Sectors of 512 bytes, as Windows Installer writes them itself; the tables of sectors take 1 part in 128.
    let bytes = Cursor::new(Vec::with_capacity(size + size / 64 + 0x1_0000));
    let mut file = CompoundFile::create_with_version(Version::V3, bytes)?;
    file.set_storage_clsid("/", CLASS)?;
    for (name, content) in streams {
        let mut stream = file.create_new_stream(name)?;
        stream.write_all(content)?;
        stream.flush()?;
    }
    file.flush()?;
    Ok(file.into_inner().into_inner())
}
