//! Tests `service logs` with an event log and with files that change while they are read.

use std::fs;
use std::io;
use std::path::Path;

use winsvc_definition::events::{FAILED, RUNNING, WARNING};

use super::machine::{FakeMachine, Happening, status};
use crate::places::log_folder::LogFolder;
use crate::sys::machine::Phase;
use crate::verbs::command::{LogOptions, Options};
use crate::verbs::failure::{Code, Failure};
use crate::verbs::logs::record::Record;
use crate::verbs::logs::record::tests::encode;
use crate::verbs::logs::{Sink, show};

/// The reader closes the output when this text arrives.
const END: &str = "THE END";

#[derive(Default)]
struct Shown {
    out: String,
    notes: Vec<String>,
}

impl Sink for Shown {
    fn out(&mut self, text: &str) -> io::Result<()> {
        if text.contains(END) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.out.push_str(text);
        Ok(())
    }

    fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }
}

fn machine(records: &[Record]) -> FakeMachine {
    let machine = FakeMachine::with_service(status(Phase::Running));
    machine.records.borrow_mut().extend(records.iter().map(encode));
    machine
}

fn meanwhile(machine: &FakeMachine, happening: impl Fn(&FakeMachine) + 'static) {
    let happening: Happening = Box::new(happening);
    machine.meanwhile.borrow_mut().push_back(happening);
}

fn shown(machine: &FakeMachine, folder: Option<&Path>, options: &Options) -> Result<Shown, Failure> {
    let mut shown = Shown::default();
    let folder = folder.map(|path| LogFolder::new(path.to_owned(), "acme"));
    show(machine, "acme", folder, options, &mut shown).map(|()| shown)
}

fn logs(lines: usize, follow: bool, files: bool) -> Options {
    let lines = Some(lines);
    Options {
        logs: LogOptions { lines, follow, files },
        ..Options::default()
    }
}

const TIME: u32 = 1_700_000_000; // 2023-11-14T22:13:20Z

fn record(number: u32, id: u32, event_type: u16, strings: &[&str]) -> Record {
    Record {
        number,
        time: TIME + number,
        id,
        event_type,
        source: "Acme".to_owned(),
        strings: strings.iter().map(|text| (*text).to_owned()).collect(),
    }
}

/// A warning of the program itself.
fn warning(number: u32, text: &str) -> Record {
    record(number, WARNING.number.into(), 2, &[text])
}

fn a_life() -> [Record; 5] {
    [
        record(
            1,
            RUNNING.number.into(),
            4,
            &["The service is running. Version: 1.4.0"],
        ),
        Record {
            source: "MsiInstaller".to_owned(),
            ..warning(2, "nobody asked")
        },
        warning(3, "a\r\n\r\nb\u{1b}[2J"),
        record(
            4,
            FAILED.number.into(),
            1,
            &["The service failed: no disk\r\ncaused by: \"x\""],
        ),
        // An event of another program under the service's name.
        record(5, 0x4000_03E7, 4, &["x", "y"]),
    ]
}

#[test]
fn events_are_shown_with_their_texts_the_oldest_first() {
    let shown = shown(&machine(&a_life()), None, &Options::default()).unwrap();
    assert_eq!(
        shown.out,
        "\
2023-11-14T22:13:21Z information 10: The service is running. Version: 1.4.0
2023-11-14T22:13:23Z warning 2: a

    b\\u{1b}[2J
2023-11-14T22:13:24Z error 30: The service failed: no disk
    caused by: \"x\"
2023-11-14T22:13:25Z information 999: x
    y
"
    );
    assert_eq!(shown.notes, Vec::<String>::new());
}

#[test]
fn only_the_last_events_are_shown() {
    let shown = shown(&machine(&a_life()), None, &logs(1, false, false)).unwrap();
    assert_eq!(shown.out.lines().count(), 2, "{}", shown.out);
    assert!(shown.out.starts_with("2023-11-14T22:13:25Z information 999"));
}

#[test]
fn an_event_as_json_is_one_line() {
    let mut options = logs(2, false, false);
    options.json = true;
    let shown = shown(&machine(&a_life()), None, &options).unwrap();
    assert_eq!(
        shown.out,
        concat!(
            r#"{"time":"2023-11-14T22:13:24Z","level":"error","event":30,"text":"The service failed: no disk\ncaused by: \"x\""}"#,
            "\n",
            r#"{"time":"2023-11-14T22:13:25Z","level":"information","event":999,"text":"x\ny"}"#,
            "\n"
        )
    );
}

#[test]
fn a_log_without_events_is_empty() {
    let shown = shown(&machine(&[]), None, &Options::default()).unwrap();
    assert_eq!(shown.out, "");
    assert_eq!(shown.notes, ["the event log has no events of the service"]);
}

#[test]
fn a_log_is_followed_after_it_is_cleared() {
    let machine = machine(&[warning(7, "first"), warning(8, "second")]);
    let add = |number, text: &'static str| {
        meanwhile(&machine, move |machine| {
            machine.records.borrow_mut().push(encode(&warning(number, text)));
        });
    };
    meanwhile(&machine, |_| ());
    add(9, "third");
    meanwhile(&machine, |machine| {
        *machine.records.borrow_mut() = vec![encode(&warning(1, "after the clearing"))];
    });
    add(2, "and more");
    meanwhile(&machine, |machine| machine.records.borrow_mut().clear());
    add(3, "from nothing");
    add(4, END);
    let shown = shown(&machine, None, &logs(1, true, false)).unwrap();
    let texts: Vec<&str> = shown
        .out
        .lines()
        .map(|line| line.split("warning 2: ").nth(1).unwrap())
        .collect();
    assert_eq!(
        texts,
        [
            "second",
            "third",
            "after the clearing",
            "and more",
            "from nothing"
        ]
    );
}

#[test]
fn an_unreadable_log_is_an_error_at_once_or_later_after_several_attempts() {
    let denied = machine(&[]).failing("OpenEventLog", 5);
    let failure = shown(&denied, None, &Options::default()).err().unwrap();
    assert_eq!(failure.code, Code::NotElevated);
    assert_eq!(
        failure.message,
        "cannot read the event log of \"acme\": error 5: Access is denied. (OpenEventLog)"
    );

    let restarted = machine(&[]);
    for (times, event) in [(9, "missed by nobody"), (9, END)] {
        meanwhile(&restarted, move |machine| {
            machine.failing.borrow_mut().insert("OpenEventLog", (1722, times));
            let number = machine.records.borrow().len() as u32 + 1;
            machine.records.borrow_mut().push(encode(&warning(number, event)));
        });
        for _ in 0..times {
            meanwhile(&restarted, |_| ());
        }
    }
    let seen = shown(&restarted, None, &logs(0, true, false)).unwrap();
    assert_eq!(seen.out, "2023-11-14T22:13:21Z warning 2: missed by nobody\n");

    let gone = machine(&[]);
    meanwhile(&gone, |machine| {
        machine
            .failing
            .borrow_mut()
            .insert("OpenEventLog", (1722, u32::MAX));
    });
    let failure = shown(&gone, None, &logs(0, true, false)).err().unwrap();
    assert_eq!(failure.win32, Some(1722));
}

/// Writes a log file of the service `acme`.
fn write(folder: &Path, name: &str, content: &str) {
    fs::write(folder.join(name), content).unwrap();
}

#[test]
fn a_note_mentions_the_log_files_besides_the_events() {
    let folder = tempfile::tempdir().unwrap();
    let machine = machine(&a_life());
    assert_eq!(
        shown(&machine, Some(folder.path()), &Options::default())
            .unwrap()
            .notes
            .len(),
        0
    );
    write(folder.path(), "acme.2026-11-21.0.log", "");
    let path = folder.path().display();
    assert_eq!(
        shown(&machine, Some(folder.path()), &Options::default())
            .unwrap()
            .notes,
        [format!(
            "the service also has log files in {path}; show them with `service logs --files`"
        )]
    );
}

#[test]
fn the_last_lines_may_be_in_several_files() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "acme.2026-11-20.9.log", "zero\none\n");
    write(folder, "acme.2026-11-20.10.log", "two\r\nthr\u{1b}ee\n");
    write(folder, "acme.2026-11-21.0.log", "four\n");
    write(folder, "acme-other.2026-11-22.0.log", "no\n");
    let lines = |count| {
        let shown = shown(&machine(&[]), Some(folder), &logs(count, false, true)).unwrap();
        assert_eq!(shown.notes, Vec::<String>::new());
        shown.out
    };
    assert_eq!(lines(1), "four\n");
    assert_eq!(lines(4), "one\ntwo\nthr\\u{1b}ee\nfour\n");
    assert_eq!(lines(99), "zero\none\ntwo\nthr\\u{1b}ee\nfour\n");
    assert_eq!(lines(0), "");
    fs::write(folder.join("acme.2026-11-21.0.log"), b"fo\xffur\nfi").unwrap();
    assert_eq!(lines(1), "fo\u{fffd}ur\nfi\n", "what has no end yet is not lost");
}

#[test]
fn the_end_of_a_large_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..40_000).map(|number| format!("line {number}\n")).collect();
    write(folder.path(), "acme.2026-11-21.0.log", &text);
    for count in [1, 7, 20_000] {
        let shown = shown(&machine(&[]), Some(folder.path()), &logs(count, false, true)).unwrap();
        let expected: String = (40_000 - count..40_000)
            .map(|number| format!("line {number}\n"))
            .collect();
        assert_eq!(shown.out, expected);
    }
}

#[test]
fn files_are_followed_over_rotations() {
    let folder = tempfile::tempdir().unwrap();
    let machine = machine(&[]);
    let path = folder.path().to_owned();
    let then = |changes: &'static [(&'static str, &'static str)]| {
        let path = path.clone();
        meanwhile(&machine, move |_| {
            for (name, content) in changes {
                write(&path, name, content);
            }
        });
    };
    write(&path, "acme.2026-11-20.0.jsonl", "first\nsec");
    then(&[]);
    then(&[("acme.2026-11-20.0.jsonl", "first\nsecond\nthi")]);
    then(&[
        ("acme.2026-11-20.0.jsonl", "first\nsecond\nthird\n"),
        ("acme.2026-11-20.1.jsonl", "fourth\n"),
        ("acme.2026-11-21.0.jsonl", "fifth\n"),
    ]);
    then(&[("acme.2026-11-21.0.jsonl", "fifth\nsixth\n")]);
    then(&[("acme.2026-11-21.0.jsonl", "new\n")]);
    then(&[("acme.2026-11-21.0.jsonl", "new\nTHE END\n")]);
    let mut options = logs(9, true, true);
    options.json = true;
    let shown = shown(&machine, Some(&path), &options).unwrap();
    let expected: String = ["first", "second", "third", "fourth", "fifth", "sixth", "new"]
        .iter()
        .map(|line| format!("{{\"line\":\"{line}\"}}\n"))
        .collect();
    assert_eq!(shown.out, expected);
}

#[test]
fn new_files_are_shown_from_their_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let machine = machine(&[]);
    let path = folder.path().join("logs");
    let made = path.clone();
    meanwhile(&machine, move |_| {
        fs::create_dir(&made).unwrap();
        write(&made, "acme.2026-11-21.0.log", "first\n");
    });
    let made = path.clone();
    meanwhile(&machine, move |_| {
        write(&made, "acme.2026-11-21.1.log", "THE END\n");
    });
    let shown = shown(&machine, Some(&path), &logs(9, true, true)).unwrap();
    assert_eq!(shown.out, "first\n");
    assert_eq!(shown.notes, [format!("no log files in {}", path.display())]);
}

#[test]
fn unreadable_files_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let obstacle = folder.path().join("logs");
    fs::write(&obstacle, "a file where the folder should be").unwrap();
    let failure = shown(&machine(&[]), Some(&obstacle), &logs(9, false, true))
        .err()
        .unwrap();
    assert_eq!(failure.code, Code::Failed);
    assert!(
        failure.message.starts_with("cannot read the log files in "),
        "{}",
        failure.message
    );
}
