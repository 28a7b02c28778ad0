//! Rotates log files by day and size, and removes the oldest.
//!
//! No well-maintained crate does both: tracing-appender rotates only by time
//! (<https://github.com/tokio-rs/tracing/issues/1940>), file-rotate and logroller by either time or size, and each of them adds
//! a time library and a compression library.
//!
//! A file has its final name from the beginning (`acme-agent.2026-11-21.0.log`), because on Windows a file that is
//! being read cannot always be renamed. Days are in UTC.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::places::log_folder::{LogFolder, Place};
use crate::places::trust;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to wait after a failure before the next attempt.
const PAUSE: Duration = Duration::from_secs(60);

/// When a new file begins, and how many files are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) max_size: u64,
    pub(crate) keep_files: usize,
    pub(crate) keep_days: u32,
}

/// The files of one service in one folder.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) folder: LogFolder,
    /// How many folders of the path, including the last one, any user could have created.
    pub(crate) open_folders: usize,
    /// The file name extension.
    pub(crate) extension: &'static str,
    pub(crate) policy: Policy,
}

/// Appends lines to the files.
#[derive(Debug)]
pub(crate) struct Appender {
    files: Files,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// Nothing has been written yet.
    Closed,
    Open {
        file: File,
        place: Place,
        size: u64,
    },
    /// The last file is complete, unless it is empty.
    #[cfg(feature = "host")]
    Complete,
    /// The last attempt failed; the next one is due at this time, by a monotonic clock.
    Failed {
        until: Instant,
    },
}

impl Appender {
    pub(crate) fn new(files: Files) -> Self {
        Self {
            files,
            state: Mutex::new(State::Closed),
        }
    }

    /// Begins a new file with the next line, unless the current one is empty.
    #[cfg(feature = "host")]
    pub(crate) fn rotate(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*state, State::Failed { .. }) {
            *state = State::Complete;
        }
    }

    /// Writes a line, or several. Returns only the first error after a success; until the next attempt, lines are dropped silently.
    /// `time` determines the day, `now` the next attempt.
    pub(crate) fn write(&self, line: &[u8], time: SystemTime, now: Instant) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let had_failed = match *state {
            State::Failed { until } if now < until => return Ok(()),
            State::Failed { .. } => true,
            _ => false,
        };
        let result = self.files.write(&mut state, line, day(time));
        if result.is_err() {
            *state = State::Failed { until: now + PAUSE };
        }
        if had_failed { Ok(()) } else { result }
    }
}

impl Files {
    fn write(&self, state: &mut State, line: &[u8], today: u32) -> io::Result<()> {
        let length = line.len() as u64;
        let fits = |place: Place, size: u64| {
            place.0 == today && (size == 0 || size + length <= self.policy.max_size)
        };
        match state {
            State::Open { place, size, .. } if fits(*place, *size) => {}
            State::Open { place, .. } => {
                let next = if place.0 == today { place.1 + 1 } else { 0 };
                *state = self.open((today, next))?;
            }
            State::Closed | State::Failed { .. } => *state = self.open_latest(today, fits)?,
            #[cfg(feature = "host")]
            State::Complete => *state = self.open_latest(today, |_, size| size == 0)?,
        }
        if let State::Open { file, size, .. } = state {
            file.write_all(line)?;
            *size += length;
        }
        Ok(())
    }

    /// Continues today's last file, or begins the next.
    fn open_latest(&self, today: u32, fits: impl Fn(Place, u64) -> bool) -> io::Result<State> {
        trust::make_folder(&self.folder.path, self.open_folders)?;
        let latest = self
            .folder
            .places(self.extension)?
            .into_iter()
            .filter(|place| place.0 == today)
            .max();
        let Some(latest) = latest else {
            return self.open((today, 0));
        };
        let size = fs::metadata(self.path_of(latest))?.len();
        self.open(if fits(latest, size) {
            latest
        } else {
            (today, latest.1 + 1)
        })
    }

    fn path_of(&self, place: Place) -> PathBuf {
        self.folder.file(place, self.extension)
    }

    fn open(&self, place: Place) -> io::Result<State> {
        let path = self.path_of(place);
        let mut file = trust::append(&path, self.open_folders)?;
        let mut size = file.metadata()?.len();
        let ends_whole = size == 0 || ends_with_a_line(&path).unwrap_or(true);
        size += end_cut_line(&mut file, ends_whole)?;
        // A file that cannot be removed, because it is being read, is removed the next time.
        let _ = self.clean_up(place);
        Ok(State::Open { file, place, size })
    }

    /// Removes files that are too old or too many, but not the file at `current`.
    fn clean_up(&self, current: Place) -> io::Result<()> {
        let mut places = self.folder.places(self.extension)?;
        places.sort_unstable();
        let surplus = places.len().saturating_sub(self.policy.keep_files.max(1));
        for (index, place) in places.into_iter().enumerate() {
            let is_old = place.0.saturating_add(self.policy.keep_days) < current.0;
            if (index < surplus || is_old) && place != current {
                let _ = fs::remove_file(self.path_of(place));
            }
        }
        Ok(())
    }
}

/// Ends a line that is incomplete, because a disk was full or a process was killed; returns the number of bytes
/// written. The file cannot be truncated to its last complete line instead: on Windows, a file that is opened for
/// appending cannot be truncated.
fn end_cut_line(file: &mut impl Write, ends_whole: bool) -> io::Result<u64> {
    if ends_whole {
        return Ok(0);
    }
    file.write_all(b"\n")?;
    Ok(1)
}

/// Whether the last byte of a file is a line end.
fn ends_with_a_line(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn day(time: SystemTime) -> u32 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs() / DAY.as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
