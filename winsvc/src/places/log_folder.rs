//! The names of log files and their order, for the writer and for the command `logs`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::file_name;
use crate::text::civil::{date_of, day_of};

/// The log files of one service in one folder: `acme-agent.2026-11-21.0.log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogFolder {
    pub(crate) path: PathBuf,
    /// The beginning of the file names.
    pub(crate) stem: String,
}

/// The order of a file: its day, counted from 1970-01-01, and its number on that day.
pub(crate) type Place = (u32, u32);

impl LogFolder {
    /// The log files of this service in this folder.
    pub(crate) fn new(path: PathBuf, service: &str) -> Self {
        Self {
            path,
            stem: file_name(service),
        }
    }

    pub(crate) fn file(&self, (day, number): Place, extension: &str) -> PathBuf {
        let (year, month, date) = date_of(day);
        let stem = &self.stem;
        self.path.join(format!(
            "{stem}.{year:04}-{month:02}-{date:02}.{number}.{extension}"
        ))
    }

    /// The places of all files with this extension, unordered.
    pub(crate) fn places(&self, extension: &str) -> io::Result<Vec<Place>> {
        let mut places = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            places.extend(self.place(Path::new(&entry?.file_name()), extension));
        }
        Ok(places)
    }

    /// The place of a file, if its name is one of ours.
    fn place(&self, name: &Path, extension: &str) -> Option<Place> {
        let rest = name.to_str()?.strip_prefix(&self.stem)?.strip_prefix('.')?;
        let (date, number) = rest.strip_suffix(extension)?.strip_suffix('.')?.split_once('.')?;
        let mut parts = date.splitn(3, '-').map(str::parse);
        let [year, month, date] = [parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?];
        let place = (day_of(year, month, date)?, number.parse().ok()?);
        // Only names that we would write ourselves.
        (self.file(place, extension).file_name()? == name.as_os_str()).then_some(place)
    }
}
