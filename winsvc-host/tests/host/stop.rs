//! Stops: nothing is left, whatever the program does.

use std::time::{Duration, Instant};

use winsvc::State;
use winsvc::testing::{End, Request, Started};

use crate::support::{Lab, exists, wait, wait_for_event};

fn stop(service: Started) -> End {
    service.send(Request::Stop).unwrap();
    let end = service.end();
    assert_eq!((end.exit_code, end.is_killed), (0, false), "{:?}", end.events);
    end
}

fn killed(end: &End) -> Option<String> {
    end.events
        .iter()
        .find(|event| event.number == 54)
        .map(|event| event.text.clone())
}

#[test]
fn a_program_that_ignores_everything_is_killed_at_the_deadline() {
    let lab = Lab::new(
        "trap '' INT TERM HUP; echo up; while :; do sleep 0.05; done",
        "ready = { line = 'up' }",
    );
    let service = lab.start(Lab::scm().stop_timeout(Duration::from_secs(2)));
    service.wait_for(State::Running);
    let begun = Instant::now();
    let end = stop(service);
    assert!((Duration::from_secs(1)..Duration::from_millis(2_500)).contains(&begun.elapsed()));
    assert_eq!(
        killed(&end).as_deref(),
        Some("The program was killed: it did not stop in time")
    );
    lab.assert_nothing_runs();
}

#[test]
fn a_tree_of_three_levels_ends_with_the_program() {
    let lab = Lab::new(
        "trap 'exit 0' INT\nif [ $# -lt 3 ]; then \"$0\" \"$@\" x & fi\necho up $#\nwhile :; do sleep 0.05; done",
        "ready = { line = 'up 3' }",
    );
    let service = lab.run();
    assert!(lab.processes().len() >= 3);
    stop(service);
    lab.assert_nothing_runs();
}

#[test]
fn a_program_that_forks_away_leaves_nothing() {
    // The daemon has the mark in its command line, and ignores the signal.
    let lab = Lab::new(
        "if [ \"$2\" ]; then trap '' INT TERM HUP; while :; do sleep 0.05; done; fi\n\"$0\" \"$1\" daemon & sleep 0.3; exit 0",
        "ready = { alive = '1ms' }",
    );
    let service = lab.run();
    let end = service.end();
    assert_eq!(end.exit_code, 0, "the program exited with 0: {:?}", end.events);
    let text = killed(&end).expect("an event");
    assert!(text.contains("were left when it had exited"), "{text}");
    lab.assert_nothing_runs();
}

#[test]
fn a_tree_that_is_left_alone_goes_on() {
    for tree in ["process", "leave"] {
        let lab = Lab::new(
            "if [ \"$2\" ]; then trap '' INT; echo daemon; while :; do sleep 0.05; done; fi\n\"$0\" \"$1\" daemon & trap 'exit 0' INT; while :; do sleep 0.05; done",
            &format!("tree = '{tree}'"),
        );
        let service = lab.run();
        lab.wait_for_log("daemon");
        let begun = Instant::now();
        stop(service);
        // Its pipes are still open, which keeps nobody.
        assert!(begun.elapsed() < Duration::from_secs(4));
        assert!(!lab.processes().is_empty(), "{tree}");
    }
}

#[test]
fn a_command_stops_the_program() {
    let lab = Lab::new(
        "trap '' INT TERM; while ! [ -e \"$(dirname $0)/../stop\" ]; do sleep 0.05; done; echo bye",
        "stop = [{ command = ['bin/ctl', '{name}'] }]",
    );
    lab.script("ctl", "echo $1 $WINSVC_CHILD_ID > stop");
    let service = lab.run();
    let processes = lab.processes();
    let end = stop(service);
    assert_eq!(killed(&end), None);
    assert_eq!(lab.printed(), ["stdout: bye"]);
    let text = std::fs::read_to_string(lab.path("stop")).unwrap();
    let id: u32 = text.trim().strip_prefix("acme ").unwrap().parse().unwrap();
    assert!(processes.contains(&id));
}

#[test]
fn a_stop_while_the_program_waits_for_its_restart_is_immediate() {
    let lab = Lab::new(
        "sleep 0.2; exit 1",
        "ready = { alive = '1ms' }\nrestart.delay = '1h'",
    );
    let service = lab.run();
    wait_for_event(&service, 50);
    let begun = Instant::now();
    stop(service);
    assert!(begun.elapsed() < Duration::from_secs(2));
}

/// A stop that arrives at a stage of a restart, which the program or a hook reports with the file `stage`.
fn stop_at(stage: &str, second_start: &str, hook: &str, table: &str) {
    let lab = Lab::new(
        &format!(
            "cd \"$(dirname $0)/..\"; trap 'exit 0' INT\n\
             if [ -e started ]; then {second_start}; while :; do sleep 0.02; done; fi\n\
             touch started; echo up; sleep 0.2; exit 1"
        ),
        &format!("ready = {{ line = 'up' }}\nrestart.delay = '1ms'\n{table}"),
    );
    lab.script("hook", hook);
    let service = lab.start(Lab::scm().stop_timeout(Duration::from_secs(2)));
    wait(stage, || exists(lab.path("stage")));
    stop(service);
    lab.assert_nothing_runs();
}

#[test]
fn a_stop_at_each_stage_of_a_restart_ends_the_service() {
    let waits = "touch stage; exec sleep 30";
    stop_at(
        "hook before the second start",
        "echo up",
        &format!("[ -e started ] || exit 0; {waits}"),
        "hooks = [{ on = ['before-start'], command = ['bin/hook'] }]",
    );
    stop_at("second start that is not ready", "touch stage", "", "");
    stop_at(
        "hook after the second start",
        "touch again; echo up",
        &format!("[ -e again ] || exit 0; {waits}"),
        "hooks = [{ on = ['after-start'], command = ['bin/hook'] }]",
    );
    stop_at(
        "stop of a program that does not serve",
        "trap 'touch stage' INT; touch again; echo up",
        "[ ! -e again ]",
        "health = { command = ['bin/hook'], interval = '50ms', failures = 1 }",
    );
}

#[test]
fn a_stop_never_restarts_the_program_and_is_never_a_failure() {
    for on in ["always", "failure", "never"] {
        for code in [0, 1, 75] {
            let lab = Lab::new(
                &format!("trap 'exit {code}' INT; echo up; while :; do sleep 0.02; done"),
                &format!(
                    "ready = {{ line = 'up' }}\nrestart = {{ on = '{on}', delay = '1ms', restart-codes = [75] }}"
                ),
            );
            let end = stop(lab.run());
            assert_eq!(lab.printed(), ["stdout: up"], "{on}, {code}");
            assert!(end.events.iter().all(|event| event.number != 50));
        }
    }
}

#[test]
fn a_shutdown_gives_the_program_less_time() {
    let lab = Lab::new(
        "trap '' INT TERM; echo up; while :; do sleep 0.05; done",
        "ready = { line = 'up' }",
    );
    let scm = Lab::scm().stop_timeout(Duration::from_secs(60));
    let service = lab.start(scm.shutdown_limit(Duration::from_secs(2)));
    service.wait_for(State::Running);
    let begun = Instant::now();
    service.send(Request::Shutdown).unwrap();
    assert!(!service.end().is_killed);
    assert!(begun.elapsed() < Duration::from_secs(4));
    lab.assert_nothing_runs();
}

#[test]
fn a_preshutdown_stops_the_program() {
    let lab = Lab::new(
        "trap 'touch \"$(dirname $0)/../flushed\"; exit 0' INT; echo up; while :; do sleep 0.05; done",
        "ready = { line = 'up' }",
    );
    let service = lab.start(Lab::scm().preshutdown_timeout(Duration::from_secs(10)));
    service.wait_for(State::Running);
    service.send(Request::Preshutdown).unwrap();
    assert_eq!(service.end().exit_code, 0);
    wait("the file", || exists(lab.path("flushed")));
}
