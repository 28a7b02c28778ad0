//! The cabinet as something to write to.

use std::io::{self, Seek, SeekFrom, Write};
use std::mem;

use super::folder::{self, Folder};
use super::format::{self, FolderData};
use super::pipeline::{Chunk, Pipeline};
use super::{CabinetError, Level, Member, error};

/// Writes a cabinet: takes the contents of its files in their order, each right after the one before.
///
/// ```
/// use std::io::{Cursor, Write};
///
/// use winsvc_cabinet::{CabinetError, CabinetWriter, DosDateTime, Level, Member};
///
/// # fn main() -> Result<(), CabinetError> {
/// let modified = DosDateTime::from_unix(1_709_210_096);
/// let member = |name: &str, size| Member { name: name.to_owned(), size, modified };
/// let members = vec![member("a.txt", 5), member("b.txt", 6)];
/// let mut writer = CabinetWriter::new(Cursor::new(Vec::new()), members, Level::Default)?;
/// writer.write_all(b"Hello").map_err(CabinetError::Write)?;
/// writer.write_all(b" world").map_err(CabinetError::Write)?;
/// let cabinet = writer.finish()?.into_inner();
/// assert!(cabinet.starts_with(b"MSCF"));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct CabinetWriter<W: Write + Seek> {
    out: W,
    members: Vec<Member>,
    folders: Vec<Folder>,
    /// What was written of each folder.
    data: Vec<FolderData>,
    /// The folder whose data comes next, and how much of it is missing.
    folder: usize,
    missing: u64,
    chunk: Chunk,
    pipeline: Pipeline,
}

impl<W: Write + Seek> CabinetWriter<W> {
    /// Begins a cabinet with these files, at the beginning of `out`.
    pub fn new(out: W, members: Vec<Member>, level: Level) -> Result<Self, CabinetError> {
        let folders = folder::divide(&members, folder::MAX_LEN);
        Self::with_folders(out, members, folders, level)
    }

    pub(super) fn with_folders(
        mut out: W,
        members: Vec<Member>,
        folders: Vec<Folder>,
        level: Level,
    ) -> Result<Self, CabinetError> {
        error::check(&members)?;
        let data = vec![FolderData::default(); folders.len()];
        // The header comes at the end, when all its numbers are known.
        let header = format::header_len(&members, &folders);
        out.seek(SeekFrom::Start(header)).map_err(CabinetError::Write)?;
        Ok(Self {
            out,
            members,
            missing: folders.first().map_or(0, |folder| folder.len),
            folders,
            data,
            folder: 0,
            chunk: Chunk::default(),
            pipeline: Pipeline::new(level),
        })
    }

    /// Hands the chunk to the threads that compress.
    fn submit(&mut self, next: Chunk) -> io::Result<()> {
        let chunk = mem::replace(&mut self.chunk, next);
        self.pipeline.put(chunk);
        self.write_ready(false)
    }

    fn write_ready(&mut self, wants_all: bool) -> io::Result<()> {
        while let Some(compressed) = self.pipeline.take(wants_all) {
            self.out.write_all(&compressed.bytes)?;
            self.data[compressed.folder].add(compressed.bytes.len(), compressed.blocks);
        }
        Ok(())
    }

    /// Goes to the next folder that has data.
    fn skip_empty_folders(&mut self) {
        while self.missing == 0 && self.folder + 1 < self.folders.len() {
            self.folder += 1;
            self.missing = self.folders[self.folder].len;
            self.chunk.folder = self.folder;
        }
    }

    /// Completes the cabinet. Gives `out` back, positioned behind it.
    pub fn finish(mut self) -> Result<W, CabinetError> {
        self.skip_empty_folders();
        let missing: u64 = self
            .folders
            .iter()
            .skip(self.folder + 1)
            .map(|folder| folder.len)
            .sum();
        let missing = self.missing + missing;
        if missing > 0 {
            return Err(CabinetError::Incomplete { missing });
        }
        self.write_ready(true).map_err(CabinetError::Write)?;
        let (header, size) = format::header(&self.members, &self.folders, &self.data)?;
        self.out
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.out.write_all(&header))
            .and_then(|()| self.out.seek(SeekFrom::Start(size)))
            .map_err(CabinetError::Write)?;
        Ok(self.out)
    }
}

impl<W: Write + Seek> Write for CabinetWriter<W> {
    /// Takes contents; an error if all files have theirs.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.skip_empty_folders();
        if self.missing == 0 && !bytes.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the files of a cabinet have more bytes than announced",
            ));
        }
        let missing = usize::try_from(self.missing).unwrap_or(usize::MAX);
        let taken = bytes.len().min(self.chunk.room()).min(missing);
        self.chunk.bytes.extend(&bytes[..taken]);
        self.missing -= taken as u64;
        if self.missing == 0 && taken > 0 {
            self.chunk.is_last = true;
            self.submit(Chunk::default())?;
        } else if self.chunk.room() == 0 {
            self.submit(self.chunk.next())?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::super::DosDateTime;
    use super::*;

    fn members(sizes: &[usize]) -> Vec<Member> {
        let member = |(number, &size): (usize, &usize)| Member {
            name: format!("file-{number}"),
            size: size as u64,
            modified: DosDateTime::from_unix(0),
        };
        sizes.iter().enumerate().map(member).collect()
    }

    /// A real cabinet has folders of half a gibibyte; here they are small.
    #[test]
    fn every_folder_begins_anew() {
        let data: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        let files: Vec<&[u8]> = (0..5).map(|number| &data[number * 7..]).collect();
        let members = members(&files.iter().map(|file| file.len()).collect::<Vec<_>>());
        let folders = folder::divide(&members, 2 * data.len() as u64);
        let out = Cursor::new(Vec::new());
        let mut writer = CabinetWriter::with_folders(out, members.clone(), folders, Level::Default).unwrap();
        for file in &files {
            writer.write_all(file).unwrap();
        }
        let bytes = writer.finish().unwrap().into_inner();
        let mut cabinet = cab::Cabinet::new(Cursor::new(bytes)).expect("a cabinet");
        assert_eq!(cabinet.folder_entries().count(), 3);
        for (member, data) in members.iter().zip(&files) {
            let mut read = Vec::new();
            let mut file = cabinet.read_file(&member.name).expect("the file");
            file.read_to_end(&mut read).expect("its contents");
            assert!(read == *data, "{} differs", member.name);
        }
    }

    /// Machine code in more chunks than there are threads.
    #[test]
    fn the_number_of_threads_makes_no_difference() {
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let program = program.repeat((8 << 20) / program.len() + 1);
        let write = |threads| {
            let out = Cursor::new(Vec::new());
            let mut writer = CabinetWriter::new(out, members(&[program.len()]), Level::Fast).unwrap();
            writer.pipeline = Pipeline::with_threads(Level::Fast, threads);
            writer.write_all(&program).unwrap();
            writer.finish().unwrap().into_inner()
        };
        let cabinet = write(1);
        for threads in [2, 5] {
            assert!(write(threads) == cabinet, "{threads} threads");
        }
    }

    #[test]
    fn contents_have_the_sizes_that_were_announced() {
        let writer = || {
            let out = Cursor::new(Vec::new());
            CabinetWriter::new(out, members(&[0, 3, 0]), Level::Default).unwrap()
        };
        let mut short = writer();
        short.write_all(b"ab").unwrap();
        let error = short.finish().unwrap_err();
        assert!(
            matches!(error, CabinetError::Incomplete { missing: 1 }),
            "{error:?}"
        );
        let mut long = writer();
        assert_eq!(
            long.write_all(b"abcd").unwrap_err().kind(),
            io::ErrorKind::InvalidInput
        );
        let mut exact = writer();
        exact.write_all(b"abc").unwrap();
        exact.write_all(b"").unwrap();
        exact.finish().unwrap();
    }
}
