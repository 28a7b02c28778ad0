//! Restarts.

use std::fs;
use std::time::{Duration, Instant};

use winsvc::State;
use winsvc::testing::Request;

use crate::support::{Lab, free_port, kill, python, wait, wait_for_end, wait_for_event};

/// Counts its starts in the file `starts`.
const COUNT: &str = "cd \"$(dirname $0)/..\"; echo >> starts; n=$(wc -l < starts)";

fn starts(lab: &Lab) -> usize {
    fs::read_to_string(lab.path("starts")).map_or(0, |text| text.lines().count())
}

#[test]
fn a_crash_is_followed_by_a_restart_and_an_event() {
    let lab = Lab::new(
        &format!("{COUNT}; [ $n = 1 ] && {{ sleep 0.2; exit 7; }}; echo again; sleep 1000"),
        "ready = { alive = '1ms' }\nrestart.delay = '10ms'",
    );
    let service = lab.run();
    lab.wait_for_log("again");
    let texts = wait_for_event(&service, 50);
    assert!(
        texts[0].starts_with("The program exited with code 7 after running for ")
            && texts[0].contains("; restart 1 follows in 1"),
        "{texts:?}"
    );
    assert_eq!(service.status().state, State::Running);
    assert_eq!(wait_for_event(&service, 40).len(), 2);
    service.send(Request::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
    lab.assert_nothing_runs();
}

#[test]
fn a_killed_program_is_restarted() {
    let lab = Lab::new(
        &format!("{COUNT}; echo start $n; exec sleep 1000.$(echo $1 | tr -dc 0-9)"),
        "ready = { line = 'start' }\nrestart.delay = '10ms'",
    );
    // The mark is an argument of the shell alone.
    let service = lab.run();
    let id = wait_for_event(&service, 40)[0]
        .rsplit(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    kill(id, "KILL");
    lab.wait_for_log("start 2");
    assert!(wait_for_event(&service, 50)[0].contains("The program was ended by signal 9 after"));
    service.send(Request::Stop).unwrap();
    service.end();
}

#[test]
fn a_control_ends_the_delay() {
    let lab = Lab::new(
        &format!("{COUNT}; [ $n = 1 ] && {{ sleep 0.2; exit 1; }}; echo again; sleep 1000"),
        "ready = { alive = '1ms' }\nrestart = { delay = '1h', retry-control = 200 }",
    );
    let service = lab.run();
    wait_for_event(&service, 50);
    wait("the status text", || {
        service
            .status_text()
            .is_some_and(|text| text.starts_with("the program exited with code 1; it restarts in"))
    });
    service.send(Request::Custom(200)).unwrap();
    lab.wait_for_log("again");
    service.send(Request::Stop).unwrap();
    service.end();
}

#[test]
fn the_host_gives_up_with_the_program_s_exit_code() {
    let lab = Lab::new(
        &format!("{COUNT}; sleep 0.1; exit 9"),
        "ready = { alive = '1ms' }\nrestart = { delay = '1ms', max-attempts = 3 }",
    );
    let end = lab.run().end();
    assert_eq!(starts(&lab), 4);
    assert_eq!((end.exit_code, end.service_code), (1066, 9));
    assert!(
        end.events.iter().any(|event| *event
            == "error 60: The program failed again after 3 restarts in a row and is not restarted any more; it exited with code 9"),
        "{:?}",
        end.events
    );
}

#[test]
fn exit_codes_decide() {
    for (code, expected, service_code, restarts) in
        [(0, 0, 0, 0), (2, 0, 0, 0), (78, 1066, 78, 0), (75, 1066, 4, 1)]
    {
        let lab = Lab::new(
            &format!("{COUNT}; sleep 0.1; [ $n = 1 ] && exit {code}; exit 4"),
            "ready = { alive = '1ms' }\nrestart = { on = 'never', delay = '1ms', restart-codes = [75], stop-codes = [2], fail-codes = [78] }",
        );
        let end = lab.run().end();
        assert_eq!(
            (end.exit_code, end.service_code),
            (expected, service_code),
            "{code}"
        );
        assert_eq!(starts(&lab), 1 + restarts, "{code}");
    }
}

#[test]
fn a_program_that_is_lost_between_two_starts_is_tried_again() {
    let lab = Lab::new(
        "rm \"$0\"; sleep 0.2; exit 1",
        "ready = { alive = '1ms' }\nrestart = { delay = '10ms', max-attempts = 2 }",
    );
    let end = lab.run().end();
    assert_eq!((end.exit_code, end.service_code), (1066, 1));
    let restarts: Vec<&str> = end
        .events
        .iter()
        .filter(|event| event.number == 50)
        .map(|event| event.text.split(" after").next().unwrap())
        .collect();
    assert_eq!(
        restarts,
        [
            "The program exited with code 1",
            "The program could not be started: No such file or directory (os error 2)"
        ]
    );
}

#[test]
fn a_program_that_does_not_serve_any_more_is_restarted() {
    let port = free_port();
    let mut lab = Lab::new(
        "",
        &format!(
            "ready = {{ tcp = {port}, interval = '20ms' }}
             health = {{ http = 'http://127.0.0.1:{port}/', interval = '50ms', timeout = '500ms', failures = 2 }}
             restart.delay = '10ms'"
        ),
    );
    lab.argument(&port.to_string());
    // Its first life answers with errors after the first request.
    python(
        &lab,
        "agent",
        "import http.server, os, sys
first = not os.path.exists('first')
open('first', 'w').close()
requests = 0
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global requests
        requests += 1
        self.send_response(500 if first and requests > 1 else 200)
        self.end_headers()
    def log_message(self, *_): pass
class Server(http.server.HTTPServer):
    allow_reuse_address = True
Server(('127.0.0.1', int(sys.argv[2])), Handler).serve_forever()",
    );
    let service = lab.run();
    let text = wait_for_event(&service, 51).remove(0);
    assert_eq!(
        text,
        format!(
            "The program failed 2 health checks in a row and is stopped: 127.0.0.1:{port}: HTTP status 500"
        )
    );
    assert!(wait_for_event(&service, 50)[0].starts_with("The program was stopped after running for"));
    wait("the second start", || wait_for_event(&service, 40).len() == 2);
    service.send(Request::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
    lab.assert_nothing_runs();
}

#[test]
fn a_restarted_program_that_never_gets_ready_is_stopped_and_counts() {
    let lab = Lab::new(
        &format!("{COUNT}; [ $n = 1 ] && {{ echo up; sleep 0.1; exit 1; }}; sleep 1000"),
        "ready = { line = 'up' }\nrestart = { delay = '1ms', max-attempts = 1 }",
    );
    let service = lab.start(Lab::scm().start_timeout(Duration::from_secs(1)));
    let end = service.end();
    assert!(
        end.events.iter().any(|event| *event
            == "warning 52: The program was not ready within 1s and is stopped: it has not printed \"up\""),
        "{:?}",
        end.events
    );
    assert_eq!(end.exit_code, 1066);
    lab.assert_nothing_runs();
}

/// A hundred as a rule; a thousand for `WINSVC_SOAK=full`, as in the end-to-end tests.
#[test]
fn a_thousand_restarts_leave_no_process() {
    let restarts = if std::env::var_os("WINSVC_SOAK").is_some() {
        1000
    } else {
        100
    };
    let lab = Lab::new(
        "sleep 1000 & [ -e first ] || { : > first; sleep 0.3; }; exit 1",
        &format!("ready = {{ alive = '100ms' }}\nrestart = {{ delay = '1ms', max-attempts = {restarts} }}"),
    );
    let begun = Instant::now();
    let service = lab.run();
    wait_for_end(&service);
    println!("{restarts} restarts took {:?}", begun.elapsed());
    let end = service.end();
    assert_eq!((end.exit_code, end.service_code), (1066, 1));
    let starts = end.events.iter().filter(|event| event.number == 40);
    assert_eq!(starts.count(), restarts + 1);
    lab.assert_nothing_runs();
}
