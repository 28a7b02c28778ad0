//! The program's output.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Instant;

use winsvc::State;
use winsvc::testing::Request;

use crate::support::{Lab, wait, wait_for_end, wait_for_event};

#[test]
fn lines_have_their_time_and_stream() {
    let lab = Lab::new("echo a b; echo c >&2; printf 'no end'; sleep 1000", "");
    let service = lab.run();
    service.send(Request::Stop).unwrap();
    service.end();
    let mut printed = lab.printed();
    printed.sort();
    assert_eq!(printed, ["stderr: c", "stdout: a b", "stdout: no end"]);
    assert!(lab.log().starts_with("20") && lab.log().contains("Z  INFO stdout: a b\n"));
}

#[test]
fn a_line_is_json_and_stderr_has_files_of_its_own() {
    let lab = Lab::new(
        "echo 'a \"b\"'; echo c >&2; sleep 1000",
        "[host.output]\nstderr = 'file'\nformat = 'json'",
    );
    let service = lab.run();
    service.send(Request::Stop).unwrap();
    service.end();
    let out = lab.logs("acme.2").concat();
    assert!(
        out.contains(r#""fields":{"message":"a \"b\""},"target":"stdout"}"#) && out.lines().count() == 1,
        "{out}"
    );
    assert!(lab.logs("acme.stderr.2").concat().contains(r#"{"message":"c"}"#));
}

#[test]
fn lines_without_times_are_as_the_program_printed_them() {
    let lab = Lab::new("echo 'a %1'; sleep 1000", "[host.output]\ntimestamps = false");
    let service = lab.run();
    lab.wait_for_log("\n");
    service.send(Request::Stop).unwrap();
    service.end();
    assert_eq!(lab.log(), "a %1\n");
}

#[test]
fn a_control_or_a_start_begins_new_files() {
    let lab = Lab::new(
        "echo start; read x < \"$(dirname $0)/../pipe\"; echo $x; read x < \"$(dirname $0)/../pipe\"; exit 0",
        "ready = { line = 'start' }
         stop = []
         hooks = [{ on = ['after-rotate'], command = ['/bin/sh', '-c', 'echo > rotated'] }]
         [host.output]
         timestamps = false
         rotate-on-start = true",
    );
    assert!(
        std::process::Command::new("mkfifo")
            .arg(lab.path("pipe"))
            .status()
            .unwrap()
            .success()
    );
    let service = lab.run();
    service.send(Request::Custom(128)).unwrap();
    wait("the hook", || lab.path("rotated").exists());
    fs::write(lab.path("pipe"), "next\n").unwrap();
    wait("the second file", || lab.logs("acme.2").len() == 2);
    fs::write(lab.path("pipe"), "end\n").unwrap();
    service.end();
    assert_eq!(lab.logs("acme.2"), ["start\n", "next\n"]);
    let service = lab.start(Lab::scm());
    service.wait_for(State::Running);
    service.send(Request::Stop).unwrap();
    service.end();
    assert_eq!(lab.logs("acme.2")[2], "start\n");
}

#[test]
fn a_program_that_closes_its_pipes_goes_on() {
    let lab = Lab::new(
        "exec >&- 2>&-; trap 'exit 0' INT; while :; do sleep 0.05; done",
        "",
    );
    let service = lab.run();
    assert!(!lab.processes().is_empty());
    service.send(Request::Stop).unwrap();
    let end = service.end();
    assert_eq!(end.exit_code, 0);
    assert!(
        end.events.iter().all(|event| event.number != 54),
        "{:?}",
        end.events
    );
}

#[test]
fn a_flood_is_taken_as_fast_as_the_disk_takes_it() {
    // 200 MB in lines of 100 bytes.
    let lab = Lab::new(
        "yes \"$(printf '%099d' 7)\" | head -c 200000000; echo last",
        "ready = { alive = '1ms' }\n[host.output]\ntimestamps = false\nmax-size = '64MB'\nkeep-files = 10",
    );
    let begun = Instant::now();
    let service = lab.start(Lab::scm());
    wait_for_end(&service);
    let end = service.end();
    println!("200 MB took {:?}", begun.elapsed());
    assert_eq!(end.exit_code, 0);
    let logs = lab.logs("acme.2");
    assert_eq!(logs.iter().map(String::len).sum::<usize>(), 200_000_005);
    assert!(logs.last().unwrap().ends_with("7\nlast\n"));
}

#[test]
fn a_full_disk_loses_lines_with_an_event_and_keeps_nobody() {
    let lab = Lab::new(
        "trap 'exit 0' INT; head -c 1000000 /dev/zero | tr '\\0' '\\n'; touch \"$(dirname $0)/../printed\"; while :; do sleep 0.05; done",
        "",
    );
    fs::create_dir(lab.path("logs")).unwrap();
    // Today's file, and tomorrow's in case of midnight.
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    for day in [now, now + 86_400] {
        let date = std::process::Command::new("date")
            .args(["-u", "+%F", "-d", &format!("@{day}")])
            .output();
        let date = String::from_utf8(date.unwrap().stdout).unwrap();
        symlink("/dev/full", lab.path(&format!("logs/acme.{}.0.log", date.trim()))).unwrap();
    }
    let service = lab.run();
    wait("the end of the output", || lab.path("printed").exists());
    let texts = wait_for_event(&service, 24);
    assert!(texts[0].contains("No space left on device"), "{texts:?}");
    assert_eq!(texts.len(), 1);
    service.send(Request::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
}

#[test]
fn a_restart_continues_the_last_file_and_surplus_files_are_removed() {
    let lab = Lab::new(
        "echo life; sleep 1000",
        "ready = { line = 'life' }\n[host.output]\ntimestamps = false\nmax-size = '64KB'\nkeep-files = 2",
    );
    for _ in 0..2 {
        let service = lab.run();
        service.send(Request::Stop).unwrap();
        service.end();
    }
    assert_eq!(lab.logs("acme.2"), ["life\nlife\n"]);

    lab.script("agent", "yes | head -c 500000; echo life; sleep 1000");
    let service = lab.run();
    service.send(Request::Stop).unwrap();
    service.end();
    let logs = lab.logs("acme.2");
    assert_eq!(logs.len(), 2);
    assert!(
        logs.iter().all(|log| log.len() <= 64 << 10) && logs[1].ends_with("y\nlife\n"),
        "{:?}",
        logs.iter().map(String::len).collect::<Vec<_>>()
    );
}

#[test]
fn lines_go_to_the_event_log_or_nowhere() {
    let lab = Lab::new(
        "echo a; echo; echo b >&2; echo end; sleep 1000",
        "ready = { line = 'end' }\n[host.output]\nstdout = 'event-log'",
    );
    let service = lab.run();
    service.send(Request::Stop).unwrap();
    let end = service.end();
    let mut texts: Vec<String> = end.events.iter().map(ToString::to_string).collect();
    texts.retain(|text| {
        [": a", ": b", ": end", ": "]
            .iter()
            .any(|line| text.ends_with(line))
    });
    texts.sort();
    assert_eq!(texts, ["information 1: a", "information 1: end", "warning 2: b"]);

    let lab = Lab::new(
        "echo a; echo b >&2; echo end; sleep 1000",
        "ready = { line = 'end' }\n[host.output]\nstdout = 'null'\nstderr = 'file'\ntimestamps = false",
    );
    let service = lab.run();
    service.send(Request::Stop).unwrap();
    service.end();
    assert_eq!(lab.log(), "");
    assert_eq!(lab.logs("acme.stderr.2"), ["b\n"]);
}
