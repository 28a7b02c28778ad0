use super::machine::{FakeMachine, status, stopped_with};
use super::*;
use crate::sys::machine::{Machine, Phase, Status, code};

const PENDING: Status = Status {
    phase: Phase::StopPending,
    win32_exit_code: 0,
    service_exit_code: 0,
    checkpoint: 4,
    wait_hint: 2000,
    pid: 42,
};

#[test]
fn a_start_ends_when_the_service_is_running() {
    let machine = FakeMachine::with_service(stopped_with(code::SERVICE_NEVER_STARTED, 0)).ahead(&[
        status(Phase::StartPending),
        status(Phase::StartPending),
        status(Phase::Running),
    ]);
    assert_eq!(
        run(&machine, Verb::Start),
        (0, out("The service \"acme\" is running (process 42).\n"))
    );
    assert_eq!(
        run(&machine, Verb::Start),
        (0, out("The service \"acme\" is already running (process 42).\n"))
    );
    assert_eq!(machine.calls(), ["StartService"]);
}

#[test]
fn a_start_waits_for_the_stop_that_is_under_way() {
    let machine = FakeMachine::with_service(PENDING).ahead(&[
        PENDING,
        status(Phase::Stopped),
        status(Phase::StartPending),
        status(Phase::Running),
    ]);
    assert_eq!(
        json(&machine, Verb::Start),
        (
            0,
            "{\"verb\":\"start\",\"service\":\"acme\",\"result\":\"done\",\"already\":false,\"pid\":42,\"warnings\":[]}\n"
                .to_owned()
        )
    );
}

#[test]
fn a_failed_start_contains_the_reason() {
    for (end, reason) in [
        (stopped_with(1064, 0), "failed to start: error 1064"),
        (
            stopped_with(1066, 3),
            "failed to start: service-specific error 3 (1066)",
        ),
        (stopped_with(0, 0), "stopped immediately, without an error"),
    ] {
        let machine =
            FakeMachine::with_service(status(Phase::Stopped)).ahead(&[status(Phase::StartPending), end]);
        let text = format!(
            "error: the service \"acme\" {reason}\n\
             help: see its messages in the event log with `service logs`, or run it in this terminal with `service run`\n"
        );
        assert_eq!(run(&machine, Verb::Start), (1, err(&text)));
    }
}

#[test]
fn an_argument_for_the_service_itself_is_an_error_that_names_sc() {
    let list = "run `acme.exe service --help` to list all subcommands";
    for words in ["start --port 7009", "restart --port=7009"] {
        assert_eq!(
            usage_help(words, &["acme"]),
            format!("pass arguments to the service with `sc.exe start \"acme\" --port=VALUE`; {list}")
        );
    }
    assert_eq!(
        usage_help("start --port", &["one", "two"]),
        format!("pass arguments to the service with `sc.exe start \"NAME\" --port=VALUE`; {list}")
    );
    for words in ["start now", "stop --port=7009", "remove"] {
        assert_eq!(usage_help(words, &["acme"]), list);
    }
}

#[test]
fn a_start_is_retried_while_the_scm_is_busy() {
    let machine = FakeMachine::with_service(status(Phase::Stopped))
        .failing_times("StartService", code::SERVICE_DATABASE_LOCKED, 2)
        .ahead(&[
            status(Phase::Stopped),
            status(Phase::Stopped),
            status(Phase::StartPending),
            status(Phase::Running),
        ]);
    assert_eq!(run(&machine, Verb::Start).0, 0);
    let machine = FakeMachine::with_service(status(Phase::Stopped))
        .failing("StartService", code::SERVICE_DATABASE_LOCKED);
    assert_eq!(
        run(&machine, Verb::Start),
        (
            1,
            err("error: cannot start the service \"acme\": error 1055 (StartService)\n")
        )
    );
}

#[test]
fn a_disabled_service_and_a_paused_one_are_not_started() {
    let machine =
        FakeMachine::with_service(status(Phase::Stopped)).failing("StartService", code::SERVICE_DISABLED);
    let text = "error: cannot start the service \"acme\": error 1058 (StartService)\n\
        help: check the start types of the service and of the services that it depends on: one of them is \"disabled\"\n";
    assert_eq!(run(&machine, Verb::Start), (1, err(text)));

    let machine = FakeMachine::with_service(status(Phase::Paused));
    let text = "error: the service \"acme\" is paused\n\
        help: resume it with `sc.exe continue \"acme\"`, or restart it with `service restart`\n";
    assert_eq!(run(&machine, Verb::Start), (1, err(text)));
}

#[test]
fn a_stop_is_sent_once_and_waited_for() {
    // Some services take time to report the stop.
    let machine = FakeMachine::with_service(status(Phase::Running)).ahead(&[
        status(Phase::Running),
        PENDING,
        status(Phase::Stopped),
    ]);
    assert_eq!(
        run(&machine, Verb::Stop),
        (0, out("The service \"acme\" has stopped.\n"))
    );
    assert_eq!(machine.calls(), ["ControlService stop"]);
    assert_eq!(
        run(&machine, Verb::Stop),
        (0, out("The service \"acme\" was not running.\n"))
    );
}

#[test]
fn a_stop_of_a_starting_service_waits_until_it_can_be_sent() {
    let machine = FakeMachine::with_service(status(Phase::StartPending)).ahead(&[
        status(Phase::StartPending),
        status(Phase::Running),
        PENDING,
        status(Phase::Stopped),
    ]);
    assert_eq!(run(&machine, Verb::Stop).0, 0);
    assert_eq!(machine.calls(), ["ControlService stop"]);
}

#[test]
fn a_stop_with_an_error_is_a_stop_with_a_warning() {
    let machine = FakeMachine::with_service(status(Phase::Running)).ahead(&[stopped_with(1460, 0)]);
    let (code, output) = run(&machine, Verb::Stop);
    assert_eq!(
        (code, output.stdout.as_str()),
        (0, "The service \"acme\" has stopped.\n")
    );
    assert_eq!(
        output.stderr,
        "warning: the service \"acme\" stopped with a failure: error 1460\n"
    );
}

/// `ControlService` fails if the state of the service changes during the call, or its process ends before the answer.
#[test]
fn a_service_that_ends_during_the_call_has_stopped() {
    for error in [
        code::BROKEN_PIPE,
        code::NO_DATA,
        code::PIPE_NOT_CONNECTED,
        code::SERVICE_CANNOT_ACCEPT_CTRL,
        code::SERVICE_NOT_ACTIVE,
    ] {
        let machine = FakeMachine::with_service(status(Phase::Running))
            .failing_times("ControlService", error, 1)
            .ahead(&[PENDING, status(Phase::Stopped)]);
        assert_eq!(
            run(&machine, Verb::Stop),
            (0, out("The service \"acme\" has stopped.\n")),
            "{error}"
        );
        let machine = FakeMachine::with_service(status(Phase::Running)).failing("ControlService", error);
        let text = format!("error: cannot stop the service \"acme\": error {error} (ControlService)\n");
        assert_eq!(run(&machine, Verb::Stop), (1, err(&text)), "it still runs");
        assert_eq!(machine.now().as_secs(), 25, "as long as a stop is waited for");
    }
}

#[test]
fn a_process_that_outlives_its_service_is_a_warning() {
    let machine = FakeMachine::with_service(status(Phase::Running)).ahead(&[status(Phase::Stopped)]);
    machine.process_stays.set(true);
    let (code, output) = run(&machine, Verb::Stop);
    assert_eq!(
        (code, output.stdout.as_str()),
        (0, "The service \"acme\" has stopped.\n")
    );
    assert_eq!(
        output.stderr,
        "warning: the process of the service is still running; its exe cannot be replaced yet\n"
    );
}

#[test]
fn a_stop_that_takes_too_long_is_timed_out() {
    let machine = FakeMachine::with_service(status(Phase::Running)).ahead(&[PENDING]);
    let text = "error: the service \"acme\" is still stopping after 25000 ms (checkpoint 4, wait hint 2000 ms)\n\
        help: check its state with `service status`, or wait longer with `--timeout`\n";
    assert_eq!(run(&machine, Verb::Stop), (6, err(text)));
    assert_eq!(
        machine.now().as_secs(),
        25,
        "the stop timeout of the definition, and five seconds"
    );

    let options = Options {
        timeout: Some(Timeout::new("500ms").unwrap()),
        ..Options::default()
    };
    let (code, output) = prompt(&machine, Verb::Stop, &options, &stamp());
    assert_eq!(code, 6);
    assert!(output.stderr.contains("after 500 ms"), "{}", output.stderr);
}

#[test]
fn running_dependents_are_named() {
    let machine = FakeMachine::with_service(status(Phase::Running))
        .failing("ControlService", code::DEPENDENT_SERVICES_RUNNING);
    let text = "error: cannot stop the service \"acme\": services that depend on it are running: \"web\", \"mail\"\n\
        help: stop these services first\n";
    for verb in [Verb::Stop, Verb::Restart, Verb::Uninstall] {
        assert_eq!(run(&machine, verb), (1, err(text)));
    }
    assert_eq!(machine.calls(), Vec::<String>::new());
}

#[test]
fn a_restart_is_a_stop_and_a_start() {
    let machine = FakeMachine::with_service(status(Phase::Running)).ahead(&[
        PENDING,
        status(Phase::Stopped),
        status(Phase::StartPending),
        status(Phase::Running),
    ]);
    assert_eq!(
        run(&machine, Verb::Restart),
        (0, out("The service \"acme\" is running (process 42).\n"))
    );
    assert_eq!(machine.calls(), ["ControlService stop", "StartService"]);
}

#[test]
fn a_missing_service_has_its_own_exit_code() {
    let machine = FakeMachine::default();
    let text = "error: the service \"acme\" is not installed\n\
        help: install it with `service install`\n";
    for verb in [Verb::Start, Verb::Stop, Verb::Restart, Verb::Status, Verb::Logs] {
        assert_eq!(run(&machine, verb), (4, err(text)), "{verb:?}");
    }
}

#[test]
fn the_status_shows_state_and_registration() {
    let machine = FakeMachine::with_service(status(Phase::Running));
    let registration = "  display name          Old\n  \
        binary path           C:\\old\\agent.exe --old\n  \
        start type            manual\n  \
        delayed start         no\n  \
        account               LocalSystem\n";
    let text = format!("The service \"acme\" is running (process 42).\n{registration}");
    assert_eq!(run(&machine, Verb::Status), (0, out(&text)));

    for (now, first) in [
        (status(Phase::Stopped), "is stopped.\n"),
        (
            stopped_with(code::SERVICE_NEVER_STARTED, 0),
            "is stopped; it has not run since Windows started.\n",
        ),
        (
            stopped_with(5, 0),
            "is stopped.\n  last run              error 5: Access is denied.\n",
        ),
        (
            PENDING,
            "is stopping (process 42).\n  progress              checkpoint 4, the next within 2000 ms\n",
        ),
    ] {
        let machine = FakeMachine::with_service(now);
        let text = format!("The service \"acme\" {first}{registration}");
        assert_eq!(run(&machine, Verb::Status), (3, out(&text)));
    }
}

#[test]
fn the_status_as_json() {
    let machine = FakeMachine::with_service(stopped_with(1066, 3));
    assert_eq!(
        json(&machine, Verb::Status),
        (
            3,
            concat!(
                r#"{"verb":"status","service":"acme","result":"not_running","state":"stopped","pid":0,"checkpoint":0,"#,
                r#""wait_hint_ms":0,"win32_exit_code":1066,"service_exit_code":3,"#,
                r#""exit":"service-specific error 3 (1066)","status_text":null,"display_name":"Old","#,
                r#""binary_path":"C:\\old\\agent.exe --old","start_type":"manual","delayed_start":false,"#,
                r#""account":"LocalSystem","warnings":[]}"#,
                "\n"
            )
            .to_owned()
        )
    );
}

#[test]
fn the_status_shows_the_status_text_of_a_running_service() {
    let mut machine = FakeMachine::with_service(status(Phase::Running));
    machine.status_text = Some("serving \u{1b}[31m12\u{1b}[0m clients");
    let (code, output) = run(&machine, Verb::Status);
    let second = output.stdout.lines().nth(1).unwrap();
    assert_eq!(
        (code, second),
        (
            0,
            "  status                serving \\u{1b}[31m12\\u{1b}[0m clients"
        )
    );
    let (_, text) = json(&machine, Verb::Status);
    let expected = r#""exit":null,"status_text":"serving \u001b[31m12\u001b[0m clients","display_name":"#;
    assert!(text.contains(expected), "{text}");
}
