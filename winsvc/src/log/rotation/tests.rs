//! Files through time, in a folder of their own.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;

fn at(days: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + DAY * u32::try_from(20_000 + days).unwrap() // 2024-10-04 and on
}

fn files(folder: &Path) -> Files {
    Files {
        folder: LogFolder::new(folder.join("logs"), "acme-agent"),
        extension: "log",
        policy: Policy {
            max_size: 10,
            keep_files: 3,
            keep_days: 7,
        },
    }
}

/// The names of the files and what is in them.
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
fn a_file_is_followed_by_another_when_it_is_full_and_when_the_day_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let appender = Appender::new(files(folder.path()));
    for line in ["first\n", "2nd\n", "third\n"] {
        appender.write(line.as_bytes(), at(0)).unwrap();
    }
    appender.write(b"longer than a file\n", at(1)).unwrap();
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
fn a_service_that_starts_again_goes_on_with_its_last_file() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["one\n", "two\n", "three\n"] {
        let appender = Appender::new(files(folder.path()));
        appender.write(line.as_bytes(), at(0)).unwrap();
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
fn what_is_too_much_or_too_old_goes_and_nobody_elses_files() {
    let folder = tempfile::tempdir().unwrap();
    let appender = Appender::new(files(folder.path()));
    appender.write(b"line\n", at(0)).unwrap();
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
        appender.write(b"line\n", at(day)).unwrap();
    }
    assert_eq!(
        ours(),
        [
            "acme-agent.2024-10-05.0.log",
            "acme-agent.2024-10-06.0.log",
            "acme-agent.2024-10-07.0.log",
        ]
    );
    appender.write(b"line\n", at(10)).unwrap();
    assert_eq!(
        ours(),
        ["acme-agent.2024-10-07.0.log", "acme-agent.2024-10-14.0.log"]
    );
    assert_eq!(contents(folder.path()).len(), 2 + others.len());
}

#[test]
fn a_failure_is_told_once_and_tried_again_after_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let obstacle = folder.path().join("logs");
    fs::write(&obstacle, "a file where the folder should be").unwrap();
    let appender = Appender::new(files(folder.path()));
    assert!(appender.write(b"lost\n", at(0)).is_err());
    appender.write(b"lost\n", at(0)).unwrap();
    appender.write(b"lost\n", at(0) + PAUSE).unwrap();

    fs::remove_file(&obstacle).unwrap();
    appender.write(b"lost\n", at(0) + PAUSE).unwrap();
    appender.write(b"kept\n", at(0) + 2 * PAUSE).unwrap();
    assert_eq!(
        contents(folder.path()),
        expected([("acme-agent.2024-10-04.0.log", "kept\n")])
    );
}
