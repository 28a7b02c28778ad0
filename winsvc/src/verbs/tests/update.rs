//! `update`: the status, and requests to the updater.

use winsvc_definition::{Guid, Role, Stamp, Update, UpdateKey, UpdateUrl};

use super::machine::{FakeMachine, status};
use super::stamp;
use crate::sys::machine::{Machine as _, Phase, code};
use crate::update::{Activity, UpdateStatus};
use crate::verbs::command::{UpdateOptions, UpdateRequest};
use crate::verbs::report::Output;
use crate::verbs::update::update;

const KEY: &str = r"Software\Acme\Agent\Update";

fn stamps() -> [Stamp; 2] {
    let mut main = stamp();
    main.layout.registry_key = r"Software\Acme\Agent".to_owned();
    main.update = Some(Update::new(
        Guid::from_u128(15),
        UpdateUrl::new("https://dl.acme.example").unwrap(),
        vec![UpdateKey::new("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3").unwrap()],
    ));
    let mut updater = main.clone();
    updater.role = Role::Updater;
    [main, updater]
}

fn set(machine: &FakeMachine, status: &UpdateStatus) {
    for (name, value) in status.values() {
        machine.set_registry_value(KEY, name, &value).unwrap();
    }
}

fn known() -> UpdateStatus {
    UpdateStatus {
        checked: Some("2026-11-30T10:00:00Z".to_owned()),
        last: Some("1.0.0".to_owned()),
        last_result: Some("installed".to_owned()),
        runs: 1,
        ..UpdateStatus::default()
    }
}

fn run(machine: &FakeMachine, request: Option<UpdateRequest>, json: bool) -> (u8, Output) {
    let options = UpdateOptions {
        request,
        timeout: None,
        json,
    };
    let report = update(machine, options, &stamps());
    (report.code() as u8, report.render(json))
}

/// A machine whose updater has this status after a request.
fn answering(after: UpdateStatus) -> FakeMachine {
    let machine = FakeMachine::with_service(status(Phase::Running));
    set(&machine, &known());
    machine.calls();
    let answer: Box<dyn Fn(&FakeMachine)> = Box::new(move |machine| set(machine, &after));
    machine.meanwhile.borrow_mut().push_back(answer);
    machine
}

#[test]
fn the_status_is_shown() {
    let machine = FakeMachine::with_service(status(Phase::Running));
    set(
        &machine,
        &UpdateStatus {
            activity: Activity::Waiting,
            available: Some("1.1.0".to_owned()),
            ..known()
        },
    );
    let (code, output) = run(&machine, None, false);
    let expected = "The updater \"acme\" is waiting to install a new version.\n  installed version     1.0.0\n  \
                    available version     1.1.0\n  last update           1.0.0: installed\n  \
                    last check            2026-11-30T10:00:00Z\n";
    assert_eq!((code, output.stdout.as_str()), (0, expected));
    let (_, output) = run(&machine, None, true);
    assert_eq!(
        output.stdout,
        "{\"verb\":\"update\",\"service\":\"acme\",\"result\":\"done\",\"installed\":\"1.0.0\",\"phase\":\"waiting\",\
         \"available\":\"1.1.0\",\"last\":\"1.0.0\",\"last_result\":\"installed\",\
         \"checked\":\"2026-11-30T10:00:00Z\",\"error\":null}\n"
    );
}

#[test]
fn a_request_ends_with_the_updater_s_result() {
    let machine = answering(UpdateStatus {
        available: Some("1.1.0".to_owned()),
        runs: 2,
        ..known()
    });
    let (code, output) = run(&machine, Some(UpdateRequest::Check), false);
    assert_eq!(code, 0);
    assert!(
        output.stdout.contains("available version     1.1.0"),
        "{output:?}"
    );
    assert_eq!(machine.calls()[0], "ControlService 129");

    let machine = answering(UpdateStatus {
        last: Some("1.1.0".to_owned()),
        runs: 2,
        ..known()
    });
    let (code, output) = run(&machine, Some(UpdateRequest::Now), false);
    assert_eq!(code, 0);
    assert!(
        output.stdout.contains("installed version     1.1.0"),
        "{output:?}"
    );
    assert_eq!(machine.calls()[0], "ControlService 128");

    let machine = answering(UpdateStatus {
        last: Some("1.1.0".to_owned()),
        last_result: Some("rolled back: it stopped".to_owned()),
        runs: 2,
        ..known()
    });
    let (code, output) = run(&machine, Some(UpdateRequest::Now), false);
    assert_eq!(
        (code, output.stderr.as_str()),
        (1, "error: 1.1.0: rolled back: it stopped\n")
    );

    let machine = answering(UpdateStatus {
        error: Some("no server".to_owned()),
        runs: 2,
        ..known()
    });
    let (code, output) = run(&machine, Some(UpdateRequest::Check), false);
    assert_eq!((code, output.stderr.as_str()), (1, "error: no server\n"));
}

#[test]
fn an_updater_that_does_not_answer_or_is_not_there_is_an_error() {
    let machine = FakeMachine::with_service(status(Phase::Running));
    let (code, output) = run(&machine, Some(UpdateRequest::Check), false);
    assert_eq!(code, 6);
    assert!(
        output
            .stderr
            .starts_with("error: the updater is still idle after 300 s\n"),
        "{output:?}"
    );

    assert_eq!(run(&FakeMachine::default(), None, false).0, 4);
    assert_eq!(run(&FakeMachine::default(), Some(UpdateRequest::Now), false).0, 4);
    let stopped = FakeMachine::with_service(status(Phase::Stopped));
    let stopped = stopped.failing("ControlService", code::SERVICE_NOT_ACTIVE);
    let (code, output) = run(&stopped, Some(UpdateRequest::Now), false);
    assert_eq!(code, 1);
    assert!(
        output
            .stderr
            .contains("help: check that the service \"acme\" is running\n"),
        "{output:?}"
    );
    let denied = FakeMachine::with_service(status(Phase::Running));
    let denied = denied.failing("ControlService", code::ACCESS_DENIED);
    assert_eq!(run(&denied, Some(UpdateRequest::Now), false).0, 5);
}

#[test]
fn a_program_without_an_updater_says_so() {
    let report = update(&FakeMachine::default(), UpdateOptions::default(), &[stamp()]);
    let output = report.render(false);
    assert!(
        output
            .stderr
            .starts_with("error: this program does not update itself\nhelp: "),
        "{output:?}"
    );
}
