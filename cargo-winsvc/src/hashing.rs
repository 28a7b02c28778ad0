//! Counts and hashes data on its way.

use std::io::{self, Read, Write};

use md5::Digest;
use sha2::Sha256;

/// A writer that reports how much it passes on.
pub(crate) struct Counting<'a, W> {
    out: W,
    count: &'a mut dyn FnMut(u64),
}

impl<'a, W: Write> Counting<'a, W> {
    /// Passes everything on to `out`. Calls `count` with the number of bytes of each piece.
    pub(crate) fn new(out: W, count: &'a mut dyn FnMut(u64)) -> Self {
        Self { out, count }
    }
}

impl<W: Write> Write for Counting<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        (self.count)(count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A writer that hashes what it passes on.
pub(crate) struct Hashing<W, D> {
    out: W,
    hash: D,
}

impl<W: Write, D: Digest> Hashing<W, D> {
    /// Passes everything on to `out`.
    pub(crate) fn new(out: W) -> Self {
        Self { out, hash: D::new() }
    }

    /// The hash of everything.
    pub(crate) fn finish<const N: usize>(self) -> [u8; N]
    where
        md5::digest::Output<D>: Into<[u8; N]>,
    {
        self.hash.finalize().into()
    }
}

impl<W: Write, D: Digest> Write for Hashing<W, D> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The number of bytes that remain to be read, and their SHA-256.
pub(crate) fn sha256_of(mut from: impl Read) -> io::Result<(u64, [u8; 32])> {
    let mut hashing: Hashing<_, Sha256> = Hashing::new(io::sink());
    let len = io::copy(&mut from, &mut hashing)?;
    Ok((len, hashing.finish()))
}

/// Formats a digest in hexadecimal.
pub(crate) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
