//! The files of several days, in a temporary folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use super::*;

fn at(days: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + DAY * u32::try_from(20_000 + days).unwrap() // 2024-10-04 and on
}

fn files(folder: &Path) -> Files {
    Files {
        folder: LogFolder::new(folder.join("logs"), "acme-agent"),
        open_folders: 0,
        extension: "log",
        policy: Policy {
            max_size: 10,
            keep_files: 3,
            keep_days: 7,
        },
    }
}

/// Writes a line while both clocks advance equally.
fn write(appender: &Appender, line: &[u8], now: SystemTime) -> io::Result<()> {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    let passed = now.duration_since(at(0)).unwrap();
    appender.write(line, now, *BEGUN.get_or_init(Instant::now) + passed)
}

/// The names and contents of the files.
fn contents(folder: &Path) -> BTreeMap<String, String> {
    fs::read_dir(folder.join("logs"))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

fn expected<const N: usize>(files: [(&str, &str); N]) -> BTreeMap<String, String> {
    let owned = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    owned.into_iter().collect()
}

#[test]
fn a_new_file_begins_when_one_is_full_and_each_day() {
    let folder = tempfile::tempdir().unwrap();
    let appender = Appender::new(files(folder.path()));
    for line in ["first\n", "2nd\n", "third\n"] {
        write(&appender, line.as_bytes(), at(0)).unwrap();
    }
    write(&appender, b"longer than a file\n", at(1)).unwrap();
    assert_eq!(
        contents(folder.path()),
        expected([
            ("acme-agent.2024-10-04.0.log", "first\n2nd\n"),
            ("acme-agent.2024-10-04.1.log", "third\n"),
            ("acme-agent.2024-10-05.0.log", "longer than a file\n"),
        ])
    );
}

#[test]
fn a_restarted_service_continues_its_last_file() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["one\n", "two\n", "three\n"] {
        let appender = Appender::new(files(folder.path()));
        write(&appender, line.as_bytes(), at(0)).unwrap();
    }
    assert_eq!(
        contents(folder.path()),
        expected([
            ("acme-agent.2024-10-04.0.log", "one\ntwo\n"),
            ("acme-agent.2024-10-04.1.log", "three\n"),
        ])
    );
}

#[test]
fn surplus_and_old_files_are_removed_but_no_foreign_files() {
    let folder = tempfile::tempdir().unwrap();
    let appender = Appender::new(files(folder.path()));
    write(&appender, b"line\n", at(0)).unwrap();
    let others = [
        "acme-agent.2024-10-04.log",
        "acme-agent.2024-1-4.0.log",
        "acme-agent.2024-02-30.0.log",
        "acme-agent-2.2024-10-04.0.log",
        "acme-agent.2024-10-04.0.jsonl",
    ];
    for other in others {
        fs::write(folder.path().join("logs").join(other), "").unwrap();
    }
    let ours = || {
        let mut names: Vec<String> = contents(folder.path()).into_keys().collect();
        names.retain(|name| !others.contains(&name.as_str()));
        names
    };
    for day in 1..=3 {
        write(&appender, b"line\n", at(day)).unwrap();
    }
    assert_eq!(
        ours(),
        [
            "acme-agent.2024-10-05.0.log",
            "acme-agent.2024-10-06.0.log",
            "acme-agent.2024-10-07.0.log",
        ]
    );
    write(&appender, b"line\n", at(10)).unwrap();
    assert_eq!(
        ours(),
        ["acme-agent.2024-10-07.0.log", "acme-agent.2024-10-14.0.log"]
    );
    assert_eq!(contents(folder.path()).len(), 2 + others.len());
}

#[test]
fn a_failure_is_reported_once_and_retried_after_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let obstacle = folder.path().join("logs");
    fs::write(&obstacle, "a file where the folder should be").unwrap();
    let appender = Appender::new(files(folder.path()));
    assert!(write(&appender, b"lost\n", at(0)).is_err());
    write(&appender, b"lost\n", at(0)).unwrap();
    write(&appender, b"lost\n", at(0) + PAUSE).unwrap();

    fs::remove_file(&obstacle).unwrap();
    write(&appender, b"lost\n", at(0) + PAUSE).unwrap();
    write(&appender, b"kept\n", at(0) + 2 * PAUSE).unwrap();
    assert_eq!(
        contents(folder.path()),
        expected([("acme-agent.2024-10-04.0.log", "kept\n")])
    );
}

#[test]
fn a_clock_that_is_set_back_does_not_delay_the_next_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let obstacle = folder.path().join("logs");
    fs::write(&obstacle, "a file where the folder should be").unwrap();
    let appender = Appender::new(files(folder.path()));
    let begun = Instant::now();
    assert!(appender.write(b"lost\n", at(1), begun).is_err());
    fs::remove_file(&obstacle).unwrap();
    appender.write(b"lost\n", at(9), begun).unwrap(); // setting the clock forward has no effect
    appender.write(b"kept\n", at(0), begun + PAUSE).unwrap();
    assert_eq!(
        contents(folder.path()),
        expected([("acme-agent.2024-10-04.0.log", "kept\n")])
    );
}

#[test]
fn an_incomplete_line_does_not_run_into_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let appender = Appender::new(files(folder.path()));
    write(&appender, b"1\n", at(0)).unwrap();
    // The result of `write_all` on a full disk.
    let path = folder.path().join("logs").join("acme-agent.2024-10-04.0.log");
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"tw").unwrap();
    *appender.state.lock().unwrap() = State::Failed {
        until: Instant::now(),
    };
    write(&appender, b"3\n", at(0) + 2 * PAUSE).unwrap();
    write(&appender, b"4\n", at(0) + 2 * PAUSE).unwrap();
    assert_eq!(
        contents(folder.path()),
        expected([("acme-agent.2024-10-04.0.log", "1\ntw\n3\n4\n")])
    );
}

#[test]
fn an_incomplete_line_of_a_killed_process_does_not_run_into_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logs").join("acme-agent.2024-10-04.0.log");
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, "cut").unwrap();
    let appender = Appender::new(files(folder.path()));
    write(&appender, b"whole\n", at(0)).unwrap();
    assert_eq!(
        contents(folder.path()),
        expected([("acme-agent.2024-10-04.0.log", "cut\nwhole\n")])
    );
}

/// A disk with this many bytes left.
struct Disk {
    written: Vec<u8>,
    left: usize,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let count = bytes.len().min(self.left);
        self.left -= count;
        self.written.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_next_line_is_complete_whatever_a_full_disk_has_written() {
    for left in 0..12 {
        let mut disk = Disk {
            written: b"cut".to_vec(),
            left,
        };
        // After a failure, each attempt first checks the end of the file, as opening a file does.
        let append = |disk: &mut Disk, line: &[u8]| {
            let ends_whole = disk.written.last() == Some(&b'\n');
            end_cut_line(disk, ends_whole)?;
            disk.write_all(line)
        };
        let first = append(&mut disk, b"first\n");
        disk.left = 100;
        append(&mut disk, b"second\n").unwrap();
        let text = String::from_utf8(disk.written).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!((lines[0], *lines.last().unwrap()), ("cut", "second"), "{text}");
        assert_eq!(
            first.is_ok(),
            lines.contains(&"first") && left >= "\nfirst\n".len()
        );
    }
}

#[cfg(feature = "host")]
#[test]
fn a_new_file_begins_on_request_unless_the_last_one_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let appender = Appender::new(files(folder.path()));
    appender.rotate();
    write(&appender, b"a\n", at(0)).unwrap();
    appender.rotate();
    appender.rotate();
    write(&appender, b"b\n", at(0)).unwrap();
    write(&appender, b"c\n", at(0)).unwrap();
    let contents: Vec<String> = contents(folder.path()).into_values().collect();
    assert_eq!(contents, ["a\n", "b\nc\n"]);
}
