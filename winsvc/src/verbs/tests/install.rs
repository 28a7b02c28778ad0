use winsvc_definition::registration::RegistryValue;

use super::machine::{FakeMachine, status};
use super::*;
use crate::sys::machine::{Level, LevelValue, Phase, code};
use crate::verbs::command::{LogOptions, Rules};
use crate::verbs::values::PropertyOptions;

const SERVICE_KEY: &str = r"SYSTEM\CurrentControlSet\Services\acme";
const SOURCE_KEY: &str = r"SYSTEM\CurrentControlSet\Services\EventLog\Application\acme";

const DRY: Options = Options {
    properties: PropertyOptions {
        set: Vec::new(),
        account: None,
        password: None,
        forget: false,
        keep: false,
    },
    service: None,
    dry_run: true,
    purge: false,
    firewall: Rules::Required,
    timeout: None,
    json: false,
    logs: LogOptions {
        lines: None,
        follow: false,
        files: false,
    },
};

const EVERYTHING: &str = r#"  display name          acme
  description           Watches.
  binary path           "C:\Program Files\Acme\agent.exe" --config "a b.toml"
  start type            auto
  delayed start         yes
  account               NT SERVICE\acme
  dependencies          Tcpip; +TDI
  environment           RUST_LOG=info
  event source          EventMessageFile=%SystemRoot%\System32\EventCreate.exe; TypesSupported=7
  folders               C:\ProgramData\acme; C:\ProgramData\acme\data; C:\ProgramData\acme\logs
  recovery              restart after 5s; restart after 30s; restart after 1m; count reset after 1d
  failure on error exit yes
  sid type              unrestricted
  service type          own process
  error control         normal
"#;

#[test]
fn a_new_service_gets_all_settings_of_its_definition() {
    let machine = FakeMachine::default();
    let text = format!("The service \"acme\" is installed.\n{EVERYTHING}");
    assert_eq!(run(&machine, Verb::Install), (0, out(&text)));
    assert_eq!(
        machine.calls(),
        [
            &format!("CreateService {IMAGE}"),
            "ChangeServiceConfig2 DelayedStart(true)",
            "ChangeServiceConfig2 Description(\"Watches.\")",
            "ChangeServiceConfig2 Recovery(FailureActions { reset_period: 86400, actions: [\
             FailureAction { kind: 1, delay: 5000 }, FailureAction { kind: 1, delay: 30000 }, \
             FailureAction { kind: 1, delay: 60000 }] })",
            "ChangeServiceConfig2 FailureFlag(true)",
            "ChangeServiceConfig2 SidType(1)",
            "RegSetValueEx Environment",
            "RegSetValueEx EventMessageFile",
            "RegSetValueEx TypesSupported",
            r"CreateDirectory C:\ProgramData\acme",
            r"CreateDirectory C:\ProgramData\acme\data",
            r"CreateDirectory C:\ProgramData\acme\logs",
        ]
    );
    assert_eq!(
        machine.value(SERVICE_KEY, "Environment"),
        Some(RegistryValue::Strings(vec!["RUST_LOG=info".to_owned()]))
    );
    assert_eq!(
        machine.value(SOURCE_KEY, "EventMessageFile"),
        Some(RegistryValue::ExpandString(
            r"%SystemRoot%\System32\EventCreate.exe".to_owned()
        ))
    );
}

#[test]
fn a_second_installation_changes_nothing() {
    let machine = FakeMachine::default();
    run(&machine, Verb::Install);
    machine.calls();
    let text = "The service \"acme\" is already installed; nothing to change.\n";
    assert_eq!(run(&machine, Verb::Install), (0, out(text)));
    assert_eq!(machine.calls(), Vec::<String>::new());
}

#[test]
fn an_existing_registration_is_changed_in_place() {
    let machine = FakeMachine::with_service(status(Phase::Running));
    let text = r#"The service "acme" is installed; its registration was changed.
  display name          Old -> acme
  description           none -> Watches.
  binary path           C:\old\agent.exe --old -> "C:\Program Files\Acme\agent.exe" --config "a b.toml"
  start type            manual -> auto
  delayed start         no -> yes
  account               LocalSystem -> NT SERVICE\acme
  dependencies          none -> Tcpip; +TDI
  environment           none -> RUST_LOG=info
  event source          none -> EventMessageFile=%SystemRoot%\System32\EventCreate.exe; TypesSupported=7
  folders               none -> C:\ProgramData\acme; C:\ProgramData\acme\data; C:\ProgramData\acme\logs
  recovery              none -> restart after 5s; restart after 30s; restart after 1m; count reset after 1d
  failure on error exit no -> yes
  sid type              none -> unrestricted
"#;
    assert_eq!(run(&machine, Verb::Install), (0, out(text)));
    assert_eq!(
        machine.calls()[..2],
        [
            "ChangeServiceConfig with account",
            "ChangeServiceConfig2 DelayedStart(true)"
        ]
    );
    assert_eq!(
        run(&machine, Verb::Install).1,
        out("The service \"acme\" is already installed; nothing to change.\n")
    );
}

#[test]
fn settings_removed_from_the_definition_are_reset() {
    let machine = FakeMachine::default();
    run(&machine, Verb::Install);
    machine.calls();
    let mut stamp = stamp();
    stamp.definition.start = StartType::Manual;
    stamp.definition.dependencies.clear();
    stamp.definition.environment.clear();
    let (code, output) = prompt(&machine, Verb::Install, &Options::default(), &stamp);
    let text = "The service \"acme\" is installed; its registration was changed.\n  \
        start type            auto -> manual\n  \
        delayed start         yes -> no\n  \
        dependencies          Tcpip; +TDI -> none\n  \
        environment           RUST_LOG=info -> none\n";
    assert_eq!((code, output), (0, out(text)));
    assert_eq!(
        machine.calls(),
        [
            // While the start type is still automatic.
            "ChangeServiceConfig2 DelayedStart(false)",
            "ChangeServiceConfig",
            "RegDeleteValue Environment",
        ]
    );
}

#[test]
fn an_account_is_the_same_however_it_is_spelled() {
    let machine = FakeMachine::default();
    run(&machine, Verb::Install);
    let mut service = machine.service.borrow_mut().take().unwrap();
    service.config.account = r"nt service\ACME".to_owned();
    *machine.service.borrow_mut() = Some(service);
    assert_eq!(
        run(&machine, Verb::Install).1,
        out("The service \"acme\" is already installed; nothing to change.\n")
    );
}

#[test]
fn a_dry_run_changes_nothing() {
    let machine = FakeMachine::default();
    let text = format!("The service \"acme\" would be installed.\n{EVERYTHING}");
    assert_eq!(prompt(&machine, Verb::Install, &DRY, &stamp()), (0, out(&text)));
    run(&machine, Verb::Install);
    machine.calls();

    let mut stamp = stamp();
    stamp.definition.start = StartType::Auto;
    let text = "The service \"acme\" is installed; its registration would be changed.\n  \
        delayed start         yes -> no\n";
    assert_eq!(prompt(&machine, Verb::Install, &DRY, &stamp), (0, out(text)));
    let text = "The service \"acme\" would be stopped and uninstalled.\n";
    assert_eq!(prompt(&machine, Verb::Uninstall, &DRY, &stamp), (0, out(text)));
    assert_eq!(machine.calls(), Vec::<String>::new());
}

#[test]
fn a_level_that_the_system_does_not_support_is_a_warning() {
    let mut machine = FakeMachine::default();
    machine.unknown_levels.insert(Level::SidType);
    let (code, output) = run(&machine, Verb::Install);
    assert_eq!(code, 0);
    assert_eq!(
        output.stderr,
        "warning: this system does not support the setting \"sid type\": error 124 (ChangeServiceConfig2)\n"
    );
    assert!(!output.stdout.contains("sid type"), "{}", output.stdout);
    let (code, output) = run(&machine, Verb::Install);
    assert_eq!(code, 0);
    assert_eq!(
        output.stdout,
        "The service \"acme\" is already installed; nothing to change.\n"
    );
}

#[test]
fn any_other_failure_leaves_no_incomplete_service() {
    for call in ["ChangeServiceConfig2", "RegSetValueEx"] {
        let machine = FakeMachine::default().failing(call, 87);
        let text = format!("error: cannot install the service \"acme\": error 87 ({call})\n");
        assert_eq!(run(&machine, Verb::Install), (1, err(&text)));
        let _ = crate::sys::machine::Machine::status(&machine, "acme");
        assert!(machine.service.borrow().is_none(), "{call}");
    }
}

#[test]
fn a_failed_change_leaves_the_existing_service() {
    let machine = FakeMachine::with_service(status(Phase::Stopped)).failing("RegSetValueEx", 87);
    assert_eq!(run(&machine, Verb::Install).0, 1);
    assert!(!machine.calls().iter().any(|call| call.starts_with("Delete")));
}

#[test]
fn without_elevation_the_error_contains_help() {
    let text = "error: cannot install the service \"acme\": error 5: Access is denied. (CreateService)\n\
        help: run this command in a terminal that was opened with \"Run as administrator\"\n";
    let machine = FakeMachine::default().failing("CreateService", code::ACCESS_DENIED);
    assert_eq!(run(&machine, Verb::Install), (5, err(text)));
    assert_eq!(
        json(&machine, Verb::Install),
        (
            5,
            "{\"verb\":\"install\",\"service\":\"acme\",\"result\":\"not_elevated\",\"error\":{\"message\":\
             \"cannot install the service \\\"acme\\\": error 5: Access is denied. (CreateService)\",\"win32\":5,\"help\":\
             \"run this command in a terminal that was opened with \\\"Run as administrator\\\"\"}}\n"
                .to_owned()
        )
    );
}

#[test]
fn another_program_s_service_is_left_alone() {
    let machine = FakeMachine::with_service(status(Phase::Running));
    let mut service = machine.service.borrow_mut().take().unwrap();
    service.config.binary_path = r"C:\Windows\System32\spoolsv.exe".to_owned();
    *machine.service.borrow_mut() = Some(service);
    let text = "error: the service \"acme\" belongs to another program: C:\\Windows\\System32\\spoolsv.exe\n\
        help: choose another name in Cargo.toml, or remove the other service with `sc.exe delete \"acme\"`\n";
    for verb in [Verb::Install, Verb::Uninstall] {
        assert_eq!(run(&machine, verb), (1, err(text)));
    }
    assert_eq!(machine.calls(), Vec::<String>::new());
}

#[test]
fn an_exe_without_a_definition_is_not_installed() {
    let machine = FakeMachine::default();
    let failure = crate::verbs::on(&machine, Verb::Install, &DRY, &stamp(), false, EXE).unwrap_err();
    assert_eq!(
        failure.message,
        "this exe has no service definition: it was built by Cargo alone"
    );
}

#[test]
fn json_of_an_installation_has_every_change() {
    let machine = FakeMachine::default();
    run(&machine, Verb::Install);
    let mut service = machine.service.borrow_mut().take().unwrap();
    service.config.dependencies.clear();
    service
        .levels
        .insert(Level::DelayedStart, LevelValue::DelayedStart(false));
    *machine.service.borrow_mut() = Some(service);
    assert_eq!(
        json(&machine, Verb::Install),
        (
            0,
            concat!(
                r#"{"verb":"install","service":"acme","result":"done","dry_run":false,"created":false,"changes":["#,
                r#"{"setting":"delayed_start","from":false,"to":true},"#,
                r#"{"setting":"dependencies","from":[],"to":["Tcpip","+TDI"]}],"firewall_rules":[],"autostart":[],"removed_autostart":[],"warnings":[]}"#,
                "\n"
            )
            .to_owned()
        )
    );
}

#[test]
fn uninstalling_stops_deletes_waits_and_clears_up() {
    let machine = FakeMachine::with_service(status(Phase::Running))
        .ahead(&[status(Phase::StopPending), status(Phase::Stopped)]);
    machine.lingers.set(3);
    let source = (SOURCE_KEY.to_owned(), "TypesSupported".to_owned());
    machine
        .registry
        .borrow_mut()
        .insert(source, RegistryValue::Number(7));
    assert_eq!(
        run(&machine, Verb::Uninstall),
        (0, out("The service \"acme\" is uninstalled.\n"))
    );
    assert_eq!(
        machine.calls(),
        ["ControlService stop", "DeleteService", "RegDeleteKey acme"]
    );
    assert!(machine.service.borrow().is_none());
    assert_eq!(
        run(&machine, Verb::Uninstall),
        (0, out("The service \"acme\" is not installed; nothing to do.\n"))
    );
}

#[test]
fn an_event_source_that_was_left_behind_is_removed() {
    let machine = FakeMachine::default();
    let source = (SOURCE_KEY.to_owned(), "TypesSupported".to_owned());
    machine
        .registry
        .borrow_mut()
        .insert(source, RegistryValue::Number(7));
    assert_eq!(
        json(&machine, Verb::Uninstall).1,
        "{\"verb\":\"uninstall\",\"service\":\"acme\",\"result\":\"done\",\"dry_run\":false,\"existed\":false,\
         \"event_source\":true,\"removed_firewall_rules\":[],\"removed_autostart\":[],\"removed_folders\":[],\
         \"warnings\":[]}\n"
    );
    assert_eq!(machine.calls(), ["RegDeleteKey acme"]);
}

/// Event sources of other programs with the service's name, by the value that identifies them.
fn foreign_sources() -> [(&'static str, Vec<(&'static str, RegistryValue)>); 3] {
    let file = |path: &str| RegistryValue::ExpandString(path.to_owned());
    [
        (
            r"EventMessageFile=%SystemRoot%\System32\wer.dll",
            vec![("EventMessageFile", file(r"%SystemRoot%\System32\wer.dll"))],
        ),
        (
            // As written by Go's `InstallAsEventCreate` and Windows' `eventcreate`.
            "CustomSource=1",
            vec![
                ("CustomSource", RegistryValue::Number(1)),
                ("EventMessageFile", file(r"%SystemRoot%\System32\EventCreate.exe")),
                ("TypesSupported", RegistryValue::Number(7)),
            ],
        ),
        (
            "TypesSupported=5",
            vec![
                ("EventMessageFile", file(r"%SystemRoot%\System32\EventCreate.exe")),
                ("TypesSupported", RegistryValue::Number(5)),
            ],
        ),
    ]
}

fn is_left(value: &str) -> String {
    format!(
        "warning: the event source \"acme\" belongs to another program ({value}) and is not changed; if that program is gone, \
         remove the key HKLM\\{SOURCE_KEY}\n"
    )
}

#[test]
fn another_program_s_event_source_is_left_alone() {
    for (value, values) in foreign_sources() {
        let machine = FakeMachine::default();
        let source = values
            .into_iter()
            .map(|(name, value)| ((SOURCE_KEY.to_owned(), name.to_owned()), value));
        machine.registry.borrow_mut().extend(source);
        let before = machine.registry.borrow().clone();
        let sources = |machine: &FakeMachine| {
            let mut registry = machine.registry.borrow().clone();
            registry.retain(|(key, _), _| key == SOURCE_KEY);
            registry
        };

        let (code, output) = run(&machine, Verb::Install);
        assert_eq!((code, output.stderr), (0, is_left(value)));
        assert!(!output.stdout.contains("event source"), "{}", output.stdout);
        assert_eq!(sources(&machine), before);
        let (code, output) = run(&machine, Verb::Install);
        assert_eq!((code, output.stderr), (0, is_left(value)));
        assert!(output.stdout.contains("nothing to change"), "{}", output.stdout);

        let (code, output) = run(&machine, Verb::Uninstall);
        assert_eq!((code, output.stderr), (0, is_left(value)));
        assert_eq!(output.stdout, "The service \"acme\" is uninstalled.\n");
        assert_eq!(sources(&machine), before);
        let (code, output) = run(&machine, Verb::Uninstall);
        assert_eq!((code, output.stderr), (0, is_left(value)));
        assert_eq!(
            output.stdout,
            "The service \"acme\" is not installed; nothing to do.\n"
        );
    }
}

#[test]
fn a_failed_installation_leaves_the_existing_event_source() {
    for (_, values) in foreign_sources() {
        let machine = FakeMachine::default().failing("ChangeServiceConfig2", 87);
        let source = values
            .into_iter()
            .map(|(name, value)| ((SOURCE_KEY.to_owned(), name.to_owned()), value));
        machine.registry.borrow_mut().extend(source);
        let before = machine.registry.borrow().clone();
        assert_eq!(run(&machine, Verb::Install).0, 1);
        assert_eq!(*machine.registry.borrow(), before);
    }
}

#[test]
fn a_service_that_is_open_elsewhere_is_reported_as_marked_for_deletion() {
    let machine = FakeMachine::with_service(status(Phase::Stopped));
    machine.lingers.set(u32::MAX);
    let text = "error: the service \"acme\" is marked for deletion, but another program has it open\n\
        help: close all programs that have it open, such as the Services window\n";
    assert_eq!(run(&machine, Verb::Uninstall), (6, err(text)));
}
