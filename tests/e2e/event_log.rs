//! What a service tells: in the event log, and in its log files.

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::http;
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::{Event, Windows};

use Event::{Error, Information, Warning};

fn information(text: &str) -> Event {
    Information(text.to_owned())
}

fn error(text: &str) -> Event {
    Error(text.to_owned())
}

/// What the runtime says at readiness and at the end.
fn running() -> Event {
    information("1.0.0")
}

fn stopped() -> Event {
    information("Stop")
}

/// Waits for what is to be told, and for nothing else; Windows' log is not always at once where it is asked.
fn told(windows: &Windows, expected: &[Event]) {
    until("what is to be told", PATIENCE, || {
        let events = windows.events();
        if events == expected { Ok(()) } else { Err(events) }
    });
}

#[test]
fn a_service_tells_what_it_does_and_what_was_too_much() {
    let packages = Fixture::new("logs").package();
    let prefix = Windows::new();
    let service = prefix.service("logs");
    prefix.install(&packages.msi, &[]).ok();
    service.reaches(State::Running);
    assert_eq!(service.stop(), win32::SUCCESS);
    service.reaches(State::Stopped);

    // The value that tells something itself is told twice: to the event log, and to the file.
    let mut expected = vec![
        error("no answer from fe80::1% 5 attempt=3\n\nlogs, in request{id=7}"),
        information("inner\n\nlogs"),
        information("outer\n\nlogs"),
        information("inner\n\nlogs"),
    ];
    expected.extend((1..=100).map(|number| Warning(format!("warning {number}\n\nlogs"))));
    expected.extend([running(), stopped(), Warning("4900 of event 2".to_owned())]);
    told(&prefix, &expected);
    #[cfg(windows)]
    {
        let records = prefix.records();
        let [.., running, stopped, left_out] = &records[..] else {
            panic!("{records:?}")
        };
        let seen =
            [running, stopped, left_out].map(|record| (record.number, record.level, record.text.trim_end()));
        assert_eq!(
            seen,
            [
                (10, 4, "The service is running. Version: 1.0.0"),
                (11, 4, "The service has stopped. Reason: Stop"),
                (
                    22,
                    3,
                    "More events came than the event log is to take, and were left out: 4900 of event 2"
                ),
            ]
        );
    }

    let folder = prefix.program_data().join("Acme/Logs/logs");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert_eq!(files.len(), 3, "256 KiB each: {files:?}");
    let lines: String = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    assert_eq!(lines.lines().count(), 5_006, "nothing is too much for a file");
    let last = lines.lines().last().unwrap();
    let fields =
        r#""fields":{"message":"the service has stopped. Reason: Stop","event":11},"target":"winsvc"}"#;
    assert!(last.ends_with(fields), "{last}");
}

#[test]
fn a_failed_start_is_told_with_its_causes() {
    let port = http::free_port();
    let packages = Fixture::http_api(port).package();
    let prefix = Windows::new();
    let _taken = http::occupy(port);
    prefix.install(&packages.msi, &[]).ends_with(win32::ACTION_FAILED);
    let told = until("the failure", PATIENCE, || match &prefix.events()[..] {
        [Error(told)] => Ok(told.clone()),
        // Windows may try the start more than once.
        [Error(told), again @ ..] if cfg!(windows) && again.iter().all(|it| it == &error(told)) => {
            Ok(told.clone())
        }
        other => Err(other.to_vec()),
    });
    let (failure, cause) = told.split_once('\n').unwrap();
    assert_eq!(failure, format!("cannot listen on 127.0.0.1:{port}"));
    assert!(
        cause.starts_with("caused by: ") && cause.ends_with("(os error 10048)"),
        "{cause}"
    );
}

const PANICS: &str = r#"
struct Connection;

impl Drop for Connection {
    fn drop(&mut self) {
        panic!("not closed");
    }
}

#[winsvc::main]
async fn main(service: winsvc::Service) {
    let thread = std::thread::Builder::new().name("sampler".to_owned());
    let _ = thread.spawn(|| panic!("no sample: {}", 7)).unwrap().join();
    let _connection = Connection;
    service.stopped().await;
    panic!("no more");
}
"#;

/// The strings of a panic: message, thread, place, no backtrace.
fn panic(message: &str, thread: &str, place: &str) -> [Event; 4] {
    // As the compiler's host writes paths.
    let place = place.replace('/', std::path::MAIN_SEPARATOR_STR);
    [message, thread, &place, ""].map(error)
}

#[test]
fn panics_are_told_with_their_place_wherever_they_happen() {
    let packages = Fixture::new("hello").write("src/main.rs", PANICS).package();
    let prefix = Windows::new();
    let service = prefix.service("hello");
    prefix.install(&packages.msi, &[]).ok();
    service.reaches(State::Running);
    let mut expected = panic("no sample: 7", "sampler", "src/main.rs:13:29").to_vec();
    expected.push(running());
    // A thread's panic is not the service's end.
    told(&prefix, &expected);

    // The second panic, while the first unwinds, ends the process before it can say anything to the SCM.
    service.stop();
    expected.extend(panic("no more", "(unnamed)", "src/main.rs:16:5"));
    expected.extend(panic("not closed", "(unnamed)", "src/main.rs:6:9"));
    until("the last words", PATIENCE, || {
        let events = prefix.events();
        if events.starts_with(&expected) {
            Ok(())
        } else {
            Err(events)
        }
    });
    #[cfg(windows)]
    assert_eq!(
        prefix.records()[0].text.trim_end(),
        "A thread of the service has panicked: no sample: 7\n\nThread: sampler\nPlace: src\\main.rs:13:29"
    );
}
