//! Reads the lines of a service's log files.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};

use crate::places::log_folder::{LogFolder, Place};

/// The extensions of log files: of text, and of JSON.
const EXTENSIONS: [&str; 2] = ["log", "jsonl"];

/// The size of a read.
const BLOCK: u64 = 64 << 10;

/// The files, and the position in them.
pub(super) struct Files {
    folder: LogFolder,
    /// The extension of the current files.
    extension: Option<&'static str>,
    /// The newest file that was read, and how much of it.
    current: Option<(Place, u64)>,
    /// An incomplete last line.
    partial: Vec<u8>,
}

/// Whether a folder contains log files of its service.
pub(super) fn has_any(folder: &LogFolder) -> bool {
    newest_extension(folder).is_ok_and(|newest| newest.is_some())
}

/// The extension of the file that was written last. If the program has changed the format of its logs, the folder
/// contains both.
fn newest_extension(folder: &LogFolder) -> io::Result<Option<&'static str>> {
    let mut newest = None;
    for extension in EXTENSIONS {
        let Some(place) = places(folder, extension)?.pop() else {
            continue;
        };
        let written = fs::metadata(folder.file(place, extension)).and_then(|file| file.modified());
        newest = newest.max(Some((written.ok(), extension)));
    }
    Ok(newest.map(|(_, extension)| extension))
}

/// The places of all files, the oldest first. A missing folder has none.
fn places(folder: &LogFolder, extension: &str) -> io::Result<Vec<Place>> {
    match folder.places(extension) {
        Ok(mut places) => {
            places.sort_unstable();
            Ok(places)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

impl Files {
    pub(super) fn new(folder: LogFolder) -> Self {
        Self {
            folder,
            extension: None,
            current: None,
            partial: Vec::new(),
        }
    }

    /// Whether no file has been found yet.
    pub(super) fn is_none(&self) -> bool {
        self.current.is_none()
    }

    /// Returns the last complete lines, possibly of several files, the oldest first.
    pub(super) fn last(&mut self, count: usize) -> io::Result<Vec<String>> {
        let mut lines = VecDeque::new();
        for place in self.places()?.into_iter().rev() {
            if self.current.is_some() && lines.len() >= count {
                break;
            }
            // The oldest files may be removed at any time.
            let Some(mut file) = self.open(place)? else {
                continue;
            };
            let (tail, end) = tail(&mut file, count.saturating_sub(lines.len()))?;
            let mut own = Vec::new();
            let partial = split(tail, &mut own);
            if self.current.is_none() {
                self.current = Some((place, end));
                self.partial = partial;
            } else if !partial.is_empty() {
                own.push(lossy(&partial));
            }
            for line in own.into_iter().rev() {
                if lines.len() < count {
                    lines.push_front(line);
                }
            }
        }
        Ok(lines.into())
    }

    /// Returns the lines that were written since the last call, including those in newer files.
    pub(super) fn new_ones(&mut self) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        // The list is read first, so that lines written to a file before the next one begins are not missed.
        let places = self.places()?;
        let current = self.current;
        if let Some((place, read)) = current {
            self.read(place, read, &mut lines)?;
        }
        for place in places {
            if current.is_none_or(|(current, _)| place > current) {
                lines.extend(self.rest());
                self.read(place, 0, &mut lines)?;
            }
        }
        Ok(lines)
    }

    /// Takes an incomplete last line.
    pub(super) fn rest(&mut self) -> Vec<String> {
        let partial = std::mem::take(&mut self.partial);
        if partial.is_empty() {
            Vec::new()
        } else {
            vec![lossy(&partial)]
        }
    }

    /// Reads the rest of a file.
    fn read(&mut self, place: Place, from: u64, lines: &mut Vec<String>) -> io::Result<()> {
        let Some(mut file) = self.open(place)? else {
            return Ok(());
        };
        let mut bytes = std::mem::take(&mut self.partial);
        // A file that has become shorter was replaced.
        let from = if file.metadata()?.len() < from { 0 } else { from };
        if from == 0 {
            bytes.clear();
        }
        file.seek(SeekFrom::Start(from))?;
        let more = file.read_to_end(&mut bytes)? as u64;
        self.partial = split(bytes, lines);
        self.current = Some((place, from + more));
        Ok(())
    }

    /// The places of the current files, the oldest first.
    fn places(&mut self) -> io::Result<Vec<Place>> {
        if self.extension.is_none() {
            self.extension = newest_extension(&self.folder)?;
        }
        match self.extension {
            Some(extension) => places(&self.folder, extension),
            None => Ok(Vec::new()),
        }
    }

    /// Opens a file; `None` if it does not exist.
    fn open(&self, place: Place) -> io::Result<Option<File>> {
        let Some(extension) = self.extension else {
            return Ok(None);
        };
        match File::open(self.folder.file(place, extension)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Returns the end of a file with at least the last `count` lines, and the size of the file.
fn tail(file: &mut File, count: usize) -> io::Result<(Vec<u8>, u64)> {
    let end = file.seek(SeekFrom::End(0))?;
    let mut start = end;
    let mut tail: Vec<u8> = Vec::new();
    let mut ends = 0;
    // One more line end is needed: the one before the first of these lines.
    while start > 0 && ends <= count {
        let size = start.min(BLOCK);
        start -= size;
        file.seek(SeekFrom::Start(start))?;
        let mut block = vec![0; size as usize];
        file.read_exact(&mut block)?;
        ends += block.split(|byte| *byte == b'\n').count() - 1;
        block.extend(tail);
        tail = block;
    }
    if start > 0 {
        // The first line may be incomplete.
        let first = tail.iter().position(|byte| *byte == b'\n');
        tail.drain(..first.map_or(tail.len(), |first| first + 1));
    }
    Ok((tail, end))
}

/// Splits bytes into complete lines, and returns the rest.
fn split(mut bytes: Vec<u8>, lines: &mut Vec<String>) -> Vec<u8> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    let partial = bytes.split_off(whole.map_or(0, |end| end + 1));
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        lines.push(lossy(line));
    }
    partial
}

/// The text of a line, without its line end.
fn lossy(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    text.strip_suffix('\r').unwrap_or(text).to_owned()
}
