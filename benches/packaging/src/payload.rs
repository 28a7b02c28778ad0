//! The files that are packaged: the same on every machine with the same wine.

use std::collections::HashSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{fs, str};

use crate::random::Random;

/// 200 MB, of which at most 120 are programs.
const TOTAL: usize = 200_000_000;
const PROGRAMS: usize = 120_000_000;
const FILES: usize = 3000;
/// Of the files that are no programs, two fifths each are JSON and text, and the rest is noise; so many bytes of each.
const JSON: usize = 32_000_000;
const TEXT: usize = 32_000_000;
const FOLDERS: usize = 40;

/// A file: where it is, and where it is installed.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) source: PathBuf,
    pub(crate) target: String,
}

struct Payload<'a> {
    folder: &'a Path,
    files: Vec<File>,
    bytes: usize,
}

impl Payload<'_> {
    fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        let target = format!("d{:02}/{name}", self.files.len() % FOLDERS);
        self.write(target, content)
    }

    fn write(&mut self, target: String, content: &[u8]) -> io::Result<()> {
        let source = self.folder.join(&target);
        fs::create_dir_all(source.parent().expect("it has a folder"))?;
        fs::write(&source, content)?;
        self.files.push(File { source, target });
        self.bytes += content.len();
        Ok(())
    }

    /// The files in the order of their names, and how many bytes they have.
    fn finish(mut self) -> (Vec<File>, usize) {
        self.files.sort_by(|a, b| a.target.cmp(&b.target));
        (self.files, self.bytes)
    }
}

/// Makes 3,000 files: programs of wine, JSON, text, and noise for what is compressed already.
pub(crate) fn mixed(folder: &Path, programs: &Path) -> io::Result<(Vec<File>, usize)> {
    let mut payload = Payload {
        folder,
        files: Vec::new(),
        bytes: 0,
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(programs)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    let mut names = HashSet::new();
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let content = fs::read(&path)?;
        if payload.bytes + content.len() <= PROGRAMS && names.insert(name.to_lowercase()) {
            payload.add(&name, &content)?;
        }
    }
    let rest = FILES.saturating_sub(payload.files.len());
    let (json_files, text_files) = (rest * 2 / 5, rest * 2 / 5);
    let noise_files = rest - json_files - text_files;
    let noise = TOTAL.saturating_sub(payload.bytes + JSON + TEXT);
    let words = words();
    let mut random = Random::new(7);
    for number in 0..json_files {
        payload.add(
            &format!("j{number:04}.json"),
            &json(&mut random, &words, JSON / json_files),
        )?;
    }
    for number in 0..text_files {
        payload.add(
            &format!("t{number:04}.txt"),
            &text(&mut random, &words, TEXT / text_files),
        )?;
    }
    for number in 0..noise_files {
        let bytes: Vec<u8> = (0..noise / noise_files).map(|_| random.next() as u8).collect();
        payload.add(&format!("n{number:04}.bin"), &bytes)?;
    }
    Ok(payload.finish())
}

/// Makes many files of some bytes each, 200 in a folder.
pub(crate) fn small(folder: &Path, count: usize) -> io::Result<(Vec<File>, usize)> {
    let mut payload = Payload {
        folder,
        files: Vec::new(),
        bytes: 0,
    };
    for number in 0..count {
        let target = format!("d{:03}/file-{number:05}.txt", number / 200);
        payload.write(target, format!("{number} {}", "x".repeat(number % 97)).as_bytes())?;
    }
    Ok(payload.finish())
}

fn words() -> Vec<String> {
    let common = "service package install rollback windows agent config network metric value listen address error \
                  warning stop start";
    let numbered = (0..3000).map(|number| format!("w{number}"));
    common
        .split_whitespace()
        .map(str::to_owned)
        .chain(numbered)
        .collect()
}

fn json(random: &mut Random, words: &[String], size: usize) -> Vec<u8> {
    let mut json = b"[\n".to_vec();
    while json.len() < size {
        let id = random.below(1_000_000);
        let value = random.below(1 << 53) as f64 / (1_u64 << 53) as f64;
        let [name, a, b, c, d] = std::array::from_fn(|_| random.pick(words));
        let _ = writeln!(
            json,
            r#"{{"id": {id}, "name": "{name}", "value": {value}, "tags": ["{a}", "{b}", "{c}", "{d}"]}},"#
        );
    }
    json.truncate(size);
    json
}

fn text(random: &mut Random, words: &[String], size: usize) -> Vec<u8> {
    let mut text = Vec::new();
    while text.len() < size {
        text.extend(random.pick(words).bytes());
        text.push(b' ');
    }
    text.truncate(size);
    text
}
