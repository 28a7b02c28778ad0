//! Starts: what the program gets, when it is ready, and how a start fails.

use std::fs;
use std::time::Duration;

use winsvc::State;
use winsvc::testing::{End, Request};

use crate::support::{Lab, exists, free_port, python, wait};

const FOREVER: &str = "exec sleep 1000.$(echo $1 | tr -dc 0-9)";

fn stopped_cleanly(end: &End) {
    assert_eq!((end.exit_code, end.process_exit_code), (0, 0), "{:?}", end.events);
}

/// Starts the service, and expects that this fails.
fn failed(lab: &Lab) -> End {
    let end = lab.start(Lab::scm().start_timeout(Duration::from_secs(2))).end();
    assert!(
        end.reports.iter().all(|report| report.state != State::Running),
        "{:?}",
        end.reports
    );
    end
}

#[test]
fn a_program_runs_until_the_service_stops() {
    let lab = Lab::new(
        "trap 'echo bye; exit 0' INT; echo hello; while :; do sleep 0.05; done",
        "",
    );
    let service = lab.run();
    lab.wait_for_log("hello");
    service.send(Request::Stop).unwrap();
    let end = service.end();
    stopped_cleanly(&end);
    assert_eq!(lab.printed(), ["stdout: hello", "stdout: bye"]);
    lab.assert_nothing_runs();
}

#[test]
fn a_program_that_exits_at_once_is_a_failed_start_with_its_exit_code() {
    let lab = Lab::new("echo no licence >&2; exit 3", "restart.on = 'always'");
    let end = failed(&lab);
    assert_eq!((end.exit_code, end.service_code), (1066, 3));
    assert!(
        end.events.iter().any(|event| *event
            == "error 30: The service failed: the program exited with code 3 before it was ready"),
        "{:?}",
        end.events
    );
    assert_eq!(lab.printed(), ["stderr: no licence"]);
}

#[test]
fn a_program_that_has_nothing_to_do_is_no_failure() {
    let lab = Lab::new("exit 0", "");
    stopped_cleanly(&failed(&lab));
}

#[test]
fn a_program_that_is_missing_is_a_failed_start_that_names_it() {
    let lab = Lab::new("", "");
    fs::remove_file(lab.path("bin/agent")).unwrap();
    let end = failed(&lab);
    let text = &end.events.iter().find(|event| event.number == 30).unwrap().text;
    assert!(
        text.contains("cannot start `") && text.contains("/bin/agent`\ncaused by: No such file"),
        "{text}"
    );
}

#[test]
fn a_program_that_never_gets_ready_is_a_failed_start_and_is_gone() {
    let lab = Lab::new(
        &format!("echo almost; {FOREVER}"),
        "ready = { line = 'listening' }",
    );
    let end = failed(&lab);
    let text = &end.events.iter().find(|event| event.number == 30).unwrap().text;
    assert_eq!(
        text,
        "The service failed: the program was not ready within 2s: it has not printed \"listening\""
    );
    lab.assert_nothing_runs();
}

#[test]
fn a_line_makes_it_ready_on_either_stream() {
    for stream in ["", ">&2"] {
        let lab = Lab::new(
            &format!("echo now listening on 80 {stream}; {FOREVER}"),
            "ready = { line = 'listening' }\n[host.output]\nstdout = 'null'",
        );
        let service = lab.run();
        service.send(Request::Stop).unwrap();
        stopped_cleanly(&service.end());
        assert_eq!(lab.log(), "");
    }
}

#[test]
fn a_file_makes_it_ready_unless_it_is_an_old_one() {
    let lab = Lab::new(
        &format!("while ! [ -e go ]; do sleep 0.05; done; touch up; {FOREVER}"),
        "ready = { file = '{install}/up' }\nworking-directory = '{install}'",
    );
    fs::write(lab.path("up"), "").unwrap();
    let service = lab.start(Lab::scm());
    wait("the removal of the old file", || !exists(lab.path("up")));
    assert_eq!(service.status().state, State::StartPending);
    fs::write(lab.path("go"), "").unwrap();
    service.wait_for(State::Running);
    service.send(Request::Stop).unwrap();
    stopped_cleanly(&service.end());
}

#[test]
fn a_connection_an_answer_or_a_command_makes_it_ready() {
    let server = "import http.server, os, sys, time
while not os.path.exists('go'): time.sleep(0.02)
http.server.HTTPServer(('127.0.0.1', int(sys.argv[2])), http.server.SimpleHTTPRequestHandler).serve_forever()";
    for ready in [
        "tcp = PORT",
        "tcp = 'localhost:PORT'",
        "http = 'http://127.0.0.1:PORT/'",
        "command = ['bin/check', 'PORT']",
    ] {
        let port = free_port().to_string();
        let ready = ready.replace("PORT", &port);
        let mut lab = Lab::new(
            "",
            &format!("ready = {{ {ready}, interval = '50ms' }}\nworking-directory = '{{install}}'"),
        );
        lab.argument(&port);
        python(&lab, "agent", server);
        python(
            &lab,
            "check",
            "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])))",
        );
        let service = lab.start(Lab::scm());
        wait("the program", || !lab.processes().is_empty());
        assert_eq!(service.status().state, State::StartPending);
        fs::write(lab.path("go"), "").unwrap();
        service.wait_for(State::Running);
        service.send(Request::Stop).unwrap();
        service.end();
        lab.assert_nothing_runs();
    }
}

#[test]
fn an_unready_probe_says_what_it_got() {
    let port = free_port();
    let lab = Lab::new(FOREVER, &format!("ready = {{ tcp = {port}, interval = '50ms' }}"));
    let end = failed(&lab);
    let text = &end.events.iter().find(|event| event.number == 30).unwrap().text;
    assert!(
        text.contains(&format!(
            "not ready within 2s: 127.0.0.1:{port}: Connection refused"
        )),
        "{text}"
    );
}

#[test]
fn the_program_gets_its_arguments_directory_environment_and_priority() {
    let mut lab = Lab::new(
        "shift; echo \"$#|$1|$2|$3|$4|$(pwd)|$A|$B|$HOME\" $(cut -d' ' -f19 /proc/$$/stat) $(grep Cpus_allowed_list /proc/$$/status); sleep 1000",
        "arguments = ['LAB', 'a b', '{name} {version}']
         working-directory = '{install}/bin'
         environment = { A = '%PATH%:{install}x', B = 'b' }
         inherit-environment = false
         priority = 'below-normal'
         affinity = '0'
         pass-start-arguments = true
         ready = { alive = '1ms' }",
    );
    lab.argument("from the command line");
    let service = lab.start(Lab::scm().start_arguments(["from the start"]));
    service.wait_for(State::Running);
    let install = lab.path("").to_str().unwrap().to_owned();
    let path = std::env::var("PATH").unwrap();
    let mark = lab.mark().to_owned();
    let expected = format!(
        "stdout: 5|a b|acme |{mark}|from the command line|{install}bin|{path}:{install}x|b| 10 Cpus_allowed_list: 0"
    );
    lab.wait_for_log("Cpus_allowed");
    assert_eq!(lab.printed(), [expected]);
    service.send(Request::Stop).unwrap();
    service.end();
    lab.assert_nothing_runs();
}

#[test]
fn a_program_is_found_by_its_name_and_has_the_variables_of_the_service() {
    let path = std::env::var("PATH").unwrap();
    // In its own folder; and, found on `PATH`, in the installation folder.
    for (program, folder) in [("bin/agent", "bin"), ("sh", "")] {
        let lab = Lab::new("exec sh \"$@\"", "");
        lab.table(&format!(
            "program = '{program}'\narguments = ['-c', 'pwd; echo $PATH; sleep 1000', '{}']\nready = {{ alive = '1ms' }}",
            lab.mark()
        ));
        let service = lab.run();
        lab.wait_for_log(&path);
        let folder = lab.path(folder);
        let folder = folder.to_str().unwrap().trim_end_matches('/');
        assert_eq!(
            lab.printed(),
            [format!("stdout: {folder}"), format!("stdout: {path}")]
        );
        service.send(Request::Stop).unwrap();
        stopped_cleanly(&service.end());
    }
}

#[test]
fn a_slow_start_reports_start_pending_from_the_beginning() {
    let lab = Lab::new(
        FOREVER,
        "ready = { alive = '1ms' }
         hooks = [{ on = ['before-start'], command = ['/bin/sh', '-c', 'touch began; while ! [ -e go ]; do sleep 0.02; done'] }]",
    );
    let service = lab.start(Lab::scm());
    wait("the hook", || exists(lab.path("began")));
    assert_eq!(service.status().state, State::StartPending);
    fs::write(lab.path("go"), "").unwrap();
    service.wait_for(State::Running);
    service.send(Request::Stop).unwrap();
    let end = service.end();
    stopped_cleanly(&end);
    let pending = end
        .reports
        .iter()
        .take_while(|report| report.state == State::StartPending);
    let pending: Vec<_> = pending.map(|report| report.checkpoint).collect();
    assert!(
        pending.len() > 1 && pending.is_sorted() && pending[0] < pending[pending.len() - 1],
        "{:?}",
        end.reports
    );
}
