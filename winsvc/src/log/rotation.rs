//! A file that is followed by another when it is old or big enough, and the removal of the oldest ones.
//!
//! Written here because no well-kept crate does it: tracing-appender rotates by time alone
//! (<https://github.com/tokio-rs/tracing/issues/1940>), file-rotate and logroller by either time or size, and each of these brings
//! a time library and a compressor along.
//!
//! A file has its final name from the beginning (`acme-agent.2026-11-21.0.log`), because on Windows a file that somebody
//! reads cannot always be renamed. Days are those of UTC.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long nothing is tried after a failure.
const PAUSE: Duration = Duration::from_secs(60);

/// When a file is followed by another, and how many stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    pub(super) max_size: u64,
    pub(super) keep_files: usize,
    pub(super) keep_days: u32,
}

/// The files of one service in one folder.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) folder: PathBuf,
    /// The beginning of their names.
    pub(super) stem: String,
    /// The end of their names.
    pub(super) extension: &'static str,
    pub(super) policy: Policy,
}

/// A file's place in the order of all: its day, since 1970-01-01, and its number on that day.
type Place = (u32, u32);

/// Writes lines.
#[derive(Debug)]
pub(super) struct Appender {
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
    /// The last try failed, and the next comes then.
    Failed {
        until: SystemTime,
    },
}

impl Appender {
    pub(super) fn new(files: Files) -> Self {
        Self {
            files,
            state: Mutex::new(State::Closed),
        }
    }

    /// Writes a line. An error is the first after a success; until the next try, lines are lost without a word.
    pub(super) fn write(&self, line: &[u8], now: SystemTime) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let had_failed = match *state {
            State::Failed { until } if now < until => return Ok(()),
            State::Failed { .. } => true,
            State::Closed | State::Open { .. } => false,
        };
        let result = self.files.write(&mut state, line, day(now));
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
        }
        if let State::Open { file, size, .. } = state {
            file.write_all(line)?;
            *size += length;
        }
        Ok(())
    }

    /// Goes on with today's last file, or begins the next.
    fn open_latest(&self, today: u32, fits: impl Fn(Place, u64) -> bool) -> io::Result<State> {
        fs::create_dir_all(&self.folder)?;
        let latest = self.places()?.into_iter().filter(|place| place.0 == today).max();
        let Some(latest) = latest else {
            return self.open((today, 0));
        };
        let size = fs::metadata(self.path(latest))?.len();
        self.open(if fits(latest, size) {
            latest
        } else {
            (today, latest.1 + 1)
        })
    }

    fn open(&self, place: Place) -> io::Result<State> {
        fs::create_dir_all(&self.folder)?;
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path(place))?;
        let size = file.metadata()?.len();
        // What cannot be removed, because somebody reads it, goes the next time.
        let _ = self.clean_up(place);
        Ok(State::Open { file, place, size })
    }

    /// Removes what is too old or too much. The file at `current` stays.
    fn clean_up(&self, current: Place) -> io::Result<()> {
        let mut places = self.places()?;
        places.sort_unstable();
        let surplus = places.len().saturating_sub(self.policy.keep_files.max(1));
        for (index, place) in places.into_iter().enumerate() {
            let is_old = place.0.saturating_add(self.policy.keep_days) < current.0;
            if (index < surplus || is_old) && place != current {
                let _ = fs::remove_file(self.path(place));
            }
        }
        Ok(())
    }

    fn places(&self) -> io::Result<Vec<Place>> {
        let mut places = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            places.extend(self.place(Path::new(&entry?.file_name())));
        }
        Ok(places)
    }

    fn path(&self, (day, number): Place) -> PathBuf {
        let (year, month, date) = civil(day);
        let Self { stem, extension, .. } = self;
        self.folder.join(format!(
            "{stem}.{year:04}-{month:02}-{date:02}.{number}.{extension}"
        ))
    }

    /// The place of a file that is ours by its name.
    fn place(&self, name: &Path) -> Option<Place> {
        let rest = name.to_str()?.strip_prefix(&self.stem)?.strip_prefix('.')?;
        let (date, number) = rest
            .strip_suffix(self.extension)?
            .strip_suffix('.')?
            .split_once('.')?;
        let mut parts = date.splitn(3, '-').map(str::parse);
        let [year, month, date] = [parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?];
        let place = (day_of(year, month, date)?, number.parse().ok()?);
        // Nothing but what we would write ourselves.
        (self.path(place).file_name()? == name.as_os_str()).then_some(place)
    }
}

fn day(time: SystemTime) -> u32 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs() / DAY.as_secs()).unwrap_or(u32::MAX)
}

/// Year, month and day of the month of a day since 1970-01-01
/// (<https://howardhinnant.github.io/date_algorithms.html#civil_from_days>).
fn civil(day: u32) -> (u32, u32, u32) {
    let day = u64::from(day) + 719_468; // from 0000-03-01 on
    let era = day / 146_097;
    let of_era = day % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year as u32, month as u32, date as u32)
}

/// The day since 1970-01-01 of a date, if there is such a date in these centuries.
fn day_of(year: u32, month: u32, date: u32) -> Option<u32> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&date) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let month_from_march = (month + 9) % 12;
    let of_year = (153 * month_from_march + 2) / 5 + date - 1;
    let day = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    day.checked_sub(719_468)
}

#[cfg(test)]
mod tests;
