//! What a service tells: in the event log, and in its log files.

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
#[cfg(unix)]
use winsvc_tests::fixture::native;
use winsvc_tests::http;
use winsvc_tests::process::{Running, run};
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
    information("The service is running. Version: 1.0.0")
}

fn stopped() -> Event {
    information("The service has stopped. Reason: Stop")
}

fn left_out() -> Event {
    Warning("Event rate limit reached; dropped events: 4900 of event 2".to_owned())
}

/// Waits for what is to be told, and for nothing else; Windows' log is not always at once where it is asked.
fn told(windows: &Windows, expected: &[Event]) {
    until("what is to be told", PATIENCE, || {
        let events = windows.events();
        if events == expected { Ok(()) } else { Err(events) }
    });
}

/// What the service prints when all is told, as a log file has it.
const READY: &str = r#""fields":{"message":"ready"},"target":"stdout"}"#;

/// What is in the log files, the oldest first.
fn log_files(windows: &Windows) -> Vec<String> {
    let folder = windows.program_data().join("Acme/Logs/logs");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect()
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
        error("no disk\n\nlibrary"),
    ];
    expected.extend((1..=100).map(|number| Warning(format!("warning {number}\n\nlogs"))));
    expected.extend([running(), stopped(), left_out()]);
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
                (22, 3, "Event rate limit reached; dropped events: 4900 of event 2"),
            ]
        );
    }

    let files = log_files(&prefix);
    assert_eq!(files.len(), 4, "256 KiB each");
    let lines = files.concat();
    let (printed, told): (Vec<&str>, Vec<&str>) =
        lines.lines().partition(|line| line.contains(r#","target":"std"#));
    assert_eq!(told.len(), 5_007, "nothing is too much for a file");
    let cut = format!("{}…", "x".repeat(32 << 10));
    let mut expected = vec!["to stdout".to_owned()];
    expected.extend((1..=2_000).map(|number| format!("printed {number}")));
    expected.extend([
        "no text: \u{fffd}".to_owned(),
        cut,
        "ready".to_owned(),
        "the last words, without an end".to_owned(),
    ]);
    let printed_to = |stream: &str| -> Vec<&str> {
        let target = format!(r#""}},"target":"{stream}"}}"#);
        printed
            .iter()
            .filter_map(|line| {
                line.strip_suffix(&target)?
                    .split_once(r#""level":"INFO","fields":{"message":""#)
            })
            .map(|(_, message)| message)
            .collect()
    };
    assert_eq!(printed_to("stdout"), expected);
    assert_eq!(printed_to("stderr"), ["to stderr"]);
    let last = lines.lines().last().unwrap();
    let fields =
        r#""fields":{"message":"the service has stopped. Reason: Stop","event":11},"target":"winsvc"}"#;
    assert!(last.ends_with(fields), "{last}");
}

/// `logs.exe service logs …`.
fn logs(prefix: &Windows, words: &str) -> std::process::Command {
    let mut command = prefix.program(r"C:\Program Files\Acme\Logs\logs.exe");
    command.args(["service", "logs"]).args(words.split_whitespace());
    command
}

#[test]
fn the_exe_shows_and_follows_its_log_files() {
    let packages = Fixture::new("logs").package();
    let prefix = Windows::new();
    let service = prefix.service("logs");
    prefix.install(&packages.msi, &[]).ok();
    service.reaches(State::Running);

    let shown = run(&mut logs(&prefix, ""), PATIENCE).ok();
    assert_eq!(
        shown.stderr.replace('\r', ""),
        "note: the event log has no events of the service\n\
         note: the service also has log files in C:\\ProgramData\\Acme\\Logs\\logs; show them with `service logs --files`\n"
    );
    // What is printed comes to the files by a thread of its own.
    until("the last of what is printed", PATIENCE, || {
        let text = log_files(&prefix).concat();
        let is_there = text.contains(READY);
        is_there.then_some(()).ok_or("not there")
    });
    // The last file alone has fewer lines.
    let shown = run(&mut logs(&prefix, "--files --lines 4000"), PATIENCE).ok();
    let written = log_files(&prefix).concat();
    let written: Vec<&str> = written.lines().collect();
    assert_eq!(
        (shown.lines(), shown.stderr.as_str()),
        (written[written.len() - 4_000..].to_vec(), "")
    );

    let follower = Running::start(&mut logs(&prefix, "--files --lines 1 --follow"));
    let follows = |expected: &str| {
        until(expected, PATIENCE, || {
            let shown = follower.stdout();
            if shown.contains(expected) {
                Ok(())
            } else {
                Err(shown)
            }
        });
    };
    follows(written[written.len() - 1]);
    assert_eq!(service.stop(), win32::SUCCESS);
    follows(r#""event":11}"#);
    let output = follower.stdout();
    let shown: Vec<&str> = output.lines().collect();
    assert_eq!(shown.len(), 3, "{shown:#?}");
    assert!(shown[1].contains("the last words, without an end"), "{shown:#?}");
    follower.interrupt();
    // Wine's exit code for it says nothing.
    follower.finish(PATIENCE);
}

#[cfg(unix)]
#[test]
fn in_a_terminal_what_is_printed_stays_there() {
    let mut command = native("logs");
    let logs = Running::start(command.stdin(std::process::Stdio::null()));
    until("what is printed last", PATIENCE, || {
        let shown = logs.stdout();
        if shown.contains("\nready\n") {
            Ok(())
        } else {
            Err(shown)
        }
    });
    logs.signal("TERM");
    let ended = logs.finish(PATIENCE).ok();
    assert_eq!(ended.lines()[..2], ["to stdout", "printed 1"]);
    assert_eq!(ended.lines().last(), Some(&"the last words, without an end"));
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
    assert_eq!(
        failure,
        format!("The service failed: cannot listen on 127.0.0.1:{port}")
    );
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
    service.stop_requested().await;
    panic!("no more");
}
"#;

/// The event of a panic: message, thread, location, no backtrace.
fn panic(message: &str, thread: &str, place: &str) -> Event {
    // As the compiler's host writes paths.
    let place = place.replace('/', std::path::MAIN_SEPARATOR_STR);
    error(&format!(
        "A thread of the service panicked: {message}\n\nThread: {thread}\nLocation: {place}"
    ))
}

#[test]
fn panics_are_told_with_their_place_wherever_they_happen() {
    let packages = Fixture::new("hello").write("src/main.rs", PANICS).package();
    let prefix = Windows::new();
    let service = prefix.service("hello");
    prefix.install(&packages.msi, &[]).ok();
    service.reaches(State::Running);
    let mut expected = vec![panic("no sample: 7", "sampler", "src/main.rs:13:29"), running()];
    // A thread's panic is not the service's end.
    told(&prefix, &expected);

    // The second panic, while the first unwinds, ends the process before it can say anything to the SCM.
    service.stop();
    expected.push(panic("no more", "(unnamed)", "src/main.rs:16:5"));
    expected.push(panic("not closed", "(unnamed)", "src/main.rs:6:9"));
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
        "A thread of the service panicked: no sample: 7\n\nThread: sampler\nLocation: src\\main.rs:13:29"
    );
}

#[cfg(unix)]
#[test]
fn colours_are_for_terminals() {
    let stderr = |variables: &[(&str, &str)]| {
        let mut command = native("logs");
        command.envs(variables.iter().copied());
        let logs = Running::start(command.stdin(std::process::Stdio::null()));
        until("what is printed last", PATIENCE, || {
            let is_there = logs.stdout().contains("\nready\n");
            is_there.then_some(()).ok_or("not there")
        });
        logs.signal("TERM");
        logs.finish(PATIENCE).ok().stderr
    };
    let line = " library: no disk\n";
    assert!(stderr(&[]).contains(&format!(" ERROR{line}")), "a pipe");
    let coloured = "\x1b[31mERROR\x1b[0m \x1b[2mlibrary:\x1b[0m no disk\n";
    assert!(stderr(&[("CLICOLOR_FORCE", "1")]).contains(coloured));
    let both = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
    assert!(stderr(&both).contains(&format!(" ERROR{line}")));
}

/// Whoever may make folders in `%ProgramData%` may have made that of the logs, and may put links in it. An installation
/// takes such a folder over, so that it comes into somebody's hands here later.
#[test]
fn logs_are_not_written_into_the_folder_of_a_user() {
    let packages = Fixture::new("logs").package();
    let prefix = Windows::new();
    let product = prefix.program_data().join("Acme/Logs");
    let service = prefix.service("logs");
    prefix.install(&packages.msi, &[]).ok();
    service.reaches(State::Running);
    let stop = || {
        assert_eq!(service.stop(), win32::SUCCESS);
        service.reaches(State::Stopped);
    };
    stop();
    let logs = product.join("logs");
    std::fs::remove_dir_all(&logs).unwrap();
    std::fs::create_dir(&logs).unwrap();
    prefix.give_away(&product);
    assert_eq!(service.start(), win32::SUCCESS);
    service.reaches(State::Running);
    stop();

    let begin = "Cannot write the service's log file; retrying every minute: ";
    let events = prefix.events();
    let refusals: Vec<&String> = events
        .iter()
        .filter_map(|event| match event {
            Warning(text) => Some(text).filter(|text| text.starts_with(begin)),
            _ => None,
        })
        .collect();
    assert_eq!(refusals.len(), 1, "{events:#?}");
    // Wine shows the beginning of a long text.
    assert!(refusals[0].contains(r"\Acme\Logs belongs to "), "{refusals:?}");
    assert!(events.contains(&stopped()), "{events:#?}");
    assert_eq!(std::fs::read_dir(&logs).unwrap().count(), 0);
}
