//! Writes cabinets: the compressed files of a Windows Installer package.
//!
//! [`CabinetWriter`] is told the files' names and sizes, and is then written their contents, one file after the other;
//! neither these nor the cabinet are ever in memory as a whole. The compression is LZX with the largest window, which
//! every Windows extracts: frames of 32 KiB that may refer to the two mebibytes before them. Since those are known in
//! advance, chunks of frames are compressed in parallel, even of one large file. The same files give the same bytes, on
//! any number of processors.
//!
//! Source: MS-CAB, <https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-cab/>

mod checksum;
mod error;
mod folder;
mod format;
mod lzx;
mod pipeline;
mod time;
mod writer;

pub use error::{CabinetError, MAX_FILE};
pub use folder::{MAX_CABINET, divide_into_cabinets};
pub use time::DosDateTime;
pub use writer::CabinetWriter;

/// One file of a cabinet.
#[derive(Debug, Clone)]
pub struct Member {
    /// The name in the cabinet; for Windows Installer, the file's key.
    pub name: String,
    /// The size in bytes.
    pub size: u64,
    /// When the file was last changed.
    pub modified: DosDateTime,
}

/// How much time to spend on compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// A fifteenth faster than the default, one part in 65 larger.
    Fast,
    /// As small as 0.45 times the time that wixl takes for MSZIP allows.
    #[default]
    Default,
    /// A tenth as fast as the default, one part in 13 smaller.
    Max,
}
