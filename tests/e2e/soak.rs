//! The same again and again: what goes wrong once in a thousand times.
//!
//! A few rounds run always; `tests/run soak` runs as many as are asked of a service before it is shipped.

use std::time::Duration;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::http::{self, Response};
use winsvc_tests::service::Cycle;
use winsvc_tests::service::State::{Running, Stopped};
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

/// The number of rounds: the first as a rule, the second for `WINSVC_SOAK=full`.
fn rounds(few: usize, many: usize) -> usize {
    match std::env::var("WINSVC_SOAK").as_deref() {
        Ok("full") => many,
        Ok(other) => panic!("WINSVC_SOAK is `full` or not set, not {other:?}"),
        Err(_) => few,
    }
}

#[test]
fn every_start_ends_in_running_and_every_stop_in_stopped_and_no_process_stays() {
    let packages = Fixture::new("hello").package();
    let prefix = Windows::new();
    let service = prefix.service("hello");
    prefix.install(&packages.msi, &[]).ok();
    service.reaches(Running);
    assert_eq!(service.stop(), win32::SUCCESS);
    service.reaches(Stopped);

    let rounds = rounds(25, 1000);
    let cycles = service.cycle(rounds);
    assert_eq!(cycles.len(), rounds);
    assert_eq!(prefix.processes("hello.exe"), Vec::<String>::new());
    let slowest = |time: fn(&Cycle) -> Duration| cycles.iter().map(time).max().unwrap();
    println!(
        "{rounds} cycles; slowest start {:?}, stop {:?}, end of the process {:?}",
        slowest(|cycle| cycle.running),
        slowest(|cycle| cycle.stopped),
        slowest(|cycle| cycle.ended)
    );
}

#[test]
fn no_stop_under_load_loses_a_request() {
    const REQUESTS: usize = 64;
    let port = http::free_port();
    let packages = Fixture::http_api(port).package();
    let prefix = Windows::new();
    let service = prefix.service("http-api");
    prefix.install(&packages.msi, &[]).ok();

    for round in 1..=rounds(5, 200) {
        service.reaches(Running);
        let requests = http::in_flight(REQUESTS, port, "/slow?ms=1500");
        assert_eq!(service.stop(), win32::SUCCESS, "round {round}");
        for request in requests {
            let answer = request.join().unwrap();
            let expected = Response {
                status: 200,
                body: "waited 1500 ms".to_owned(),
            };
            assert_eq!(answer.unwrap(), expected, "round {round}");
        }
        let stopped = service.reaches(Stopped);
        assert_eq!(
            (stopped.win32, stopped.specific),
            (win32::SUCCESS, 0),
            "round {round}"
        );
        assert_eq!(service.start(), win32::SUCCESS, "round {round}");
    }
    service.reaches(Running);
    assert_eq!(
        prefix.processes("http-api.exe").len(),
        1,
        "the one that was started last"
    );
    assert_eq!(service.stop(), win32::SUCCESS);
    service.reaches(Stopped);
    until("no process left", PATIENCE, || {
        let left = prefix.processes("http-api.exe");
        if left.is_empty() { Ok(()) } else { Err(left) }
    });
}
