//! Hashes data on its way.

use std::io::{self, Read, Write};

use md5::Digest;
use sha2::Sha256;

/// A writer that hashes what it passes on, and reports how much.
pub(crate) struct Hashing<'a, W, D> {
    out: W,
    hash: D,
    count: &'a mut dyn FnMut(u64),
}

impl<'a, W: Write, D: Digest> Hashing<'a, W, D> {
    /// Passes everything on to `out`. Calls `count` with the number of bytes of each piece.
    pub(crate) fn new(out: W, count: &'a mut dyn FnMut(u64)) -> Self {
        Self {
            out,
            hash: D::new(),
            count,
        }
    }

    /// The hash of everything.
    pub(crate) fn finish<const N: usize>(self) -> [u8; N]
    where
        md5::digest::Output<D>: Into<[u8; N]>,
    {
        self.hash.finalize().into()
    }
}

impl<W: Write, D: Digest> Write for Hashing<'_, W, D> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hash.update(&bytes[..count]);
        (self.count)(count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The number of bytes that remain to be read, and their SHA-256.
pub(crate) fn sha256_of(mut from: impl Read) -> io::Result<(u64, [u8; 32])> {
    let mut nothing = |_| ();
    let mut hashing: Hashing<'_, _, Sha256> = Hashing::new(io::sink(), &mut nothing);
    let len = io::copy(&mut from, &mut hashing)?;
    Ok((len, hashing.finish()))
}

/// Formats a digest in hexadecimal.
pub(crate) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
