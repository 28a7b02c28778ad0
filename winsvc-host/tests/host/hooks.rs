//! Hooks.

use std::fs;
use std::time::{Duration, Instant};

use winsvc::testing::Request;
use winsvc::{PowerEvent, State};

use crate::support::{Lab, wait, wait_for_event};

/// Appends its event and what it learns to the file `hooks`.
const NOTE: &str = "cd \"$(dirname $0)/..\"
echo $WINSVC_HOOK_EVENT exit=$WINSVC_HOOK_EXIT_CODE restarts=$WINSVC_HOOK_RESTARTS pid=${WINSVC_HOOK_PROCESS_ID:+yes} ran=${WINSVC_HOOK_RUNTIME_MS:+yes} >> hooks";

fn noted(lab: &Lab) -> Vec<String> {
    let text = fs::read_to_string(lab.path("hooks")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn each_event_runs_its_hooks() {
    let lab = Lab::new(
        "trap 'exit 5' INT; echo up; while :; do sleep 0.02; done",
        "ready = { line = 'up' }
         [[host.hooks]]
         on = ['before-start', 'after-start', 'before-stop', 'after-exit', 'pause', 'continue', 'reload', 'suspend', 'resume']
         command = ['bin/note']",
    );
    lab.script("note", NOTE);
    let service = lab.run();
    wait("the hook after the start", || noted(&lab).len() == 2);
    service.send(Request::Pause).unwrap();
    service.wait_for(State::Paused);
    service.send(Request::Continue).unwrap();
    service.wait_for(State::Running);
    service.send(Request::ParamChange).unwrap();
    wait("the hook of the reload", || noted(&lab).len() == 5);
    service.send(Request::Power(PowerEvent::Suspend)).unwrap();
    service.send(Request::Power(PowerEvent::ResumeAutomatic)).unwrap();
    wait("the hooks of the sleep", || noted(&lab).len() == 7);
    service.send(Request::Stop).unwrap();
    service.end();
    assert_eq!(
        noted(&lab),
        [
            "before-start exit= restarts=0 pid= ran=",
            "after-start exit= restarts=0 pid=yes ran=yes",
            "pause exit= restarts=0 pid=yes ran=yes",
            "continue exit= restarts=0 pid=yes ran=yes",
            "reload exit= restarts=0 pid=yes ran=yes",
            "suspend exit= restarts=0 pid=yes ran=yes",
            "resume exit= restarts=0 pid=yes ran=yes",
            "before-stop exit= restarts=0 pid=yes ran=yes",
            "after-exit exit=5 restarts=0 pid=yes ran=yes",
        ]
    );
}

#[test]
fn a_failed_hook_before_the_start_fails_the_start_after_its_retries() {
    let table = |more: &str| {
        format!(
            "ready = {{ alive = '1ms' }}\n[[host.hooks]]\non = ['before-start']\ncommand = ['bin/note']\nretries = 2\n{more}"
        )
    };
    let lab = Lab::new("touch ran; sleep 1000", &table(""));
    lab.script("note", &format!("{NOTE}; echo why >&2; exit 4"));
    let end = lab.start(Lab::scm()).end();
    assert_ne!(end.exit_code, 0);
    assert_eq!(noted(&lab).len(), 3);
    assert!(!lab.path("bin/ran").exists());
    assert!(
        end.events
            .iter()
            .any(|event| *event
                == "warning 53: The hook of before-start failed: the command exited with code 4"),
        "{:?}",
        end.events
    );
    assert!(
        lab.printed().contains(&"before-start: why".to_owned()),
        "{:?}",
        lab.printed()
    );

    lab.table(&format!(
        "program = 'bin/agent'\n{}",
        table("ignore-failure = true")
    ));
    let service = lab.run();
    service.send(Request::Stop).unwrap();
    service.end();
}

#[test]
fn a_hook_that_hangs_is_killed_with_its_children() {
    let lab = Lab::new(
        "trap 'exit 0' INT; while :; do sleep 0.05; done",
        "ready = { alive = '1ms' }\n[[host.hooks]]\non = ['after-start']\ncommand = ['bin/hang', 'MARK']\ntimeout = '300ms'",
    );
    lab.script("hang", "sleep 1000 & sleep 1000");
    let text = fs::read_to_string(lab.config())
        .unwrap()
        .replace("MARK", lab.mark());
    fs::write(lab.config(), text).unwrap();
    let service = lab.run();
    assert_eq!(
        wait_for_event(&service, 53),
        ["The hook of after-start failed: the command did not end within 300ms"]
    );
    service.send(Request::Stop).unwrap();
    service.end();
    lab.assert_nothing_runs();
}

#[test]
fn a_stop_ends_a_hook_early() {
    let lab = Lab::new(
        "trap 'exit 0' INT; while :; do sleep 0.05; done",
        "ready = { alive = '1ms' }\n[[host.hooks]]\non = ['reload', 'before-stop']\ncommand = ['/bin/sleep', '1000']\ntimeout = '1h'",
    );
    let service = lab.run();
    service.send(Request::ParamChange).unwrap();
    let begun = Instant::now();
    service.send(Request::Stop).unwrap();
    let end = service.end();
    assert_eq!((end.exit_code, end.is_killed), (0, false));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn giving_up_runs_a_hook() {
    let lab = Lab::new(
        "sleep 0.1; exit 6",
        "ready = { alive = '1ms' }\nrestart = { max-attempts = 0, give-up = 'stop' }\n[[host.hooks]]\non = ['give-up']\ncommand = ['bin/note']",
    );
    lab.script("note", NOTE);
    let end = lab.run().end();
    assert_eq!(end.exit_code, 0);
    assert_eq!(noted(&lab), ["give-up exit=6 restarts=0 pid= ran=yes"]);
}

#[test]
fn controls_without_a_hook_are_refused() {
    let lab = Lab::new("sleep 1000", "ready = { alive = '1ms' }");
    let service = lab.run();
    assert!(service.send(Request::Pause).is_err());
    assert!(service.send(Request::ParamChange).is_err());
    assert!(service.send(Request::Custom(128)).is_ok());
    service.send(Request::Stop).unwrap();
    service.end();
}

#[test]
fn a_hook_runs_in_the_installation_folder_with_the_variables_of_the_service() {
    let lab = Lab::new(
        "echo up; sleep 1000",
        "ready = { line = 'up' }
         environment = { ONLY_THE_PROGRAM_S = '1' }
         hooks = [{ on = ['before-start'], command = ['/bin/sh', '-c', 'echo \"$(pwd)|$PATH|$ONLY_THE_PROGRAM_S|$WINSVC_HOOK_EVENT\" > found'] }]",
    );
    let service = lab.run();
    service.send(Request::Stop).unwrap();
    service.end();
    let folder = lab.path("");
    let path = std::env::var("PATH").unwrap();
    assert_eq!(
        fs::read_to_string(lab.path("found")).unwrap(),
        format!(
            "{}|{path}||before-start\n",
            folder.to_str().unwrap().trim_end_matches('/')
        )
    );
}
