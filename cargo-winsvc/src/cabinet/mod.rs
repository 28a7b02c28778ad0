//! Writes cabinets: the compressed files of a Windows Installer package.
//!
//! [`CabinetWriter`] is told the files' names and sizes, and is then written their contents, one file after the other;
//! neither these nor the cabinet are ever in memory as a whole. The compression is MSZIP, which every Windows
//! extracts: blocks of 32 KiB, each a deflate stream of its own that may refer to the 32 KiB before it. Since those are
//! known in advance, the blocks are compressed in parallel without losing anything. The same files give the same
//! bytes, on any number of processors.
//!
//! Source: MS-CAB, <https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-cab/>

mod block;
mod checksum;
mod deflate;
mod error;
mod folder;
mod format;
mod pipeline;
mod time;
mod writer;

pub use error::CabinetError;
pub use folder::divide_into_cabinets;
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
    /// Little faster than the default, one part in eighty larger.
    Fast,
    /// As small as 0.45 times the time that wixl takes allows.
    #[default]
    Default,
    /// A third as fast as the default, one part in seventy smaller.
    Small,
}
