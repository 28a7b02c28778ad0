//! The same again and again: what goes wrong once in a thousand times.
//!
//! A few rounds run always; `tests/run soak` runs as many as are asked of a service before it is shipped.

use std::fs;
use std::time::{Duration, Instant};

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::http::{self, Response};
use winsvc_tests::paths::prepared;
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

/// The fixture `node-like` without its batch file.
fn hosted(name: &str, service: &str, host: &str) -> Packages {
    let server = fs::read(prepared("foreign.exe")).unwrap();
    let keys = format!(
        "version = \"1.0.0\"\nname = \"node-like\"\n{service}\n\
         [package]\nmanufacturer = \"Acme\"\nfiles = [\"app/**\"]\n\
         [host]\nprogram = \"{{install}}/app/server.exe\"\nworking-directory = \"{{data}}\"\n\
         ready = {{ line = \"listening\" }}\n{host}\n"
    );
    Fixture::new("node-like")
        .in_folder(&format!("soak/{name}"))
        .write("agent.toml", &keys)
        .write("app/server.exe", &server)
        .package()
}

/// A host starts its program again each time, and each time kills what the program has left behind.
#[test]
fn a_program_that_crashes_is_restarted_each_time_and_leaves_no_process() {
    let restarts = rounds(20, 1000);
    let packages = hosted(
        "crashes",
        "recovery.restart = []",
        &format!(
            "restart = {{ delay = \"1ms\", max-attempts = {restarts} }}\n\
             hooks = [{{ on = [\"give-up\"], \
             command = [\"cmd.exe\", \"/c\", \"set WINSVC_HOOK_RESTARTS>{{data}}given-up\"] }}]"
        ),
    );
    let prefix = Windows::new();
    let service = prefix.service("node-like");
    prefix.install(&packages.msi, &[]).ok();
    service.reaches(Running);

    let folder = prefix.program_data().join("Acme/node-like");
    let starts = || {
        let files = fs::read_dir(folder.join("logs")).unwrap();
        let lines = files.map(|file| {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            text.matches("listening in mode").count()
        });
        lines.sum::<usize>()
    };
    let begun = Instant::now();
    fs::write(folder.join("data/crashes"), "").unwrap();
    let patience = PATIENCE + restarts as u32 * Duration::from_secs(1);
    let given_up = until("the last restart", patience, || {
        match fs::read_to_string(folder.join("data/given-up")) {
            Ok(text) if text.ends_with('\n') => Ok(text),
            _ => Err("not given up"),
        }
    });
    assert_eq!(given_up.trim_end(), format!("WINSVC_HOOK_RESTARTS={restarts}"));
    let stopped = service.reaches(Stopped);
    let took = begun.elapsed();
    assert_eq!(
        (stopped.win32, stopped.specific),
        (win32::SERVICE_SPECIFIC_ERROR, 7)
    );
    // On a busy machine, Wine now and then ends a program before it begins.
    assert!(starts() + restarts / 200 > restarts, "{} starts", starts());
    for exe in ["server.exe", "node-like.exe"] {
        assert_eq!(prefix.processes(exe), Vec::<String>::new(), "{exe}");
    }
    println!(
        "{restarts} restarts in {took:?}, {:?} each",
        took / restarts as u32
    );
}

#[cfg(windows)]
fn windows_with_windows() -> Windows {
    Windows::new()
}

/// Without a screen, Wine makes windows only if it is told to before its services start.
#[cfg(unix)]
fn windows_with_windows() -> Windows {
    let mut windows = Windows::new();
    let drivers = r"HKCU\Software\Wine\Drivers";
    let _ = windows
        .run("reg", &["add", drivers, "/v", "Graphics", "/d", "null"])
        .ok();
    windows.reboot();
    windows
}

/// Each stop waits for a tree of three processes, of which two print without a pause. They stop at Ctrl-C; then the last one
/// ignores that and is killed; then it has a window, which is closed.
#[test]
fn every_stop_under_load_ends_a_tree_of_three_levels() {
    let rounds = rounds(6, 200);
    let packages = hosted(
        "tree",
        "stop-timeout = \"2s\"",
        "arguments = [\"--levels=3\"]\noutput = { max-size = \"1MB\", keep-files = 2 }",
    );
    let prefix = windows_with_windows();
    let service = prefix.service("node-like");
    prefix.install(&packages.msi, &[]).ok();
    service.reaches(Running);
    assert_eq!(prefix.processes("server.exe").len(), 3);
    assert_eq!(service.stop(), win32::SUCCESS);
    service.reaches(Stopped);

    let folder = prefix.program_data().join("Acme/node-like");
    let cycle = |count| {
        let cycles = service.cycle(count);
        for exe in ["server.exe", "node-like.exe"] {
            assert_eq!(prefix.processes(exe), Vec::<String>::new(), "{exe}");
        }
        let mut stops: Vec<Duration> = cycles.iter().map(|cycle| cycle.stopped).collect();
        stops.sort();
        println!("{count} stops in {:?} to {:?}", stops[0], stops[count - 1]);
        stops
    };
    let part = rounds / 6;
    cycle(rounds - 2 * part);
    fs::write(folder.join("data/stubborn"), "").unwrap();
    // Ctrl-C has half of what a tenth of the stop timeout leaves, 0.9 s; there is no window to close.
    assert!(cycle(part)[0] > Duration::from_millis(800));
    fs::rename(folder.join("data/stubborn"), folder.join("data/window")).unwrap();
    cycle(part);
    let logs = fs::read_dir(folder.join("logs")).unwrap();
    let mut logs = logs.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    assert!(logs.any(|log| log.contains("stopped by WM_CLOSE")));
}
