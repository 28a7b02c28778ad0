//! The settings beside `CreateService`'s: what is set, told, taken back, and what a system does without.

use winsvc_definition::registration::{FailureAction, FailureActions};

use super::machine::{FakeMachine, SECURITY};
use super::*;
use crate::sys::machine::{Level, LevelValue, code};

#[test]
fn a_level_that_the_system_takes_and_forgets_is_a_warning_each_time() {
    let mut machine = FakeMachine::default();
    machine.forgotten_levels.insert(Level::Recovery);
    let warning = "warning: this system did not keep the setting \"recovery\"\n";
    let (code, output) = run(&machine, Verb::Install);
    assert_eq!((code, output.stderr.as_str()), (0, warning));
    assert!(!output.stdout.contains("recovery"), "{}", output.stdout);
    let nothing = "The service \"acme\" is already installed; nothing to change.\n";
    assert_eq!(
        run(&machine, Verb::Install),
        (
            0,
            Output {
                stdout: nothing.to_owned(),
                stderr: warning.to_owned()
            }
        )
    );
}

#[test]
fn recovery_by_hand_goes_back_to_the_definition_s() {
    let machine = FakeMachine::default();
    let mut stamp = stamp();
    stamp.definition.recovery.restart.clear();
    let (_, output) = prompt(&machine, Verb::Install, Options::default(), &stamp);
    assert!(!output.stdout.contains("recovery"), "{}", output.stdout);

    let by_hand = FailureActions {
        reset_period: u32::MAX,
        actions: [(0, 0), (1, 1_500), (2, 90_000), (3, 7_200_000), (9, 1)]
            .map(|(kind, delay)| FailureAction { kind, delay })
            .into(),
    };
    let mut service = machine.service.borrow_mut().take().unwrap();
    service
        .levels
        .insert(Level::Recovery, LevelValue::Recovery(by_hand));
    *machine.service.borrow_mut() = Some(service);
    let (_, output) = prompt(&machine, Verb::Install, Options::default(), &stamp);
    let text = "The service \"acme\" is installed; its registration was changed.\n  \
        recovery              nothing after 0ms; restart after 1500ms; reboot after 90s; run a command after 2h; \
        action 9 after 1ms; count never reset -> none\n";
    assert_eq!(output, out(text));
}

#[test]
fn privileges_are_set_changed_and_given_back() {
    let machine = FakeMachine::default();
    let mut stamp = stamp();
    let mut install = |privileges: &[&str]| {
        let privileges = privileges.iter().map(|name| Privilege::new(name).unwrap());
        stamp.definition.privileges = privileges.collect();
        let (_, output) = prompt(&machine, Verb::Install, Options::default(), &stamp);
        let mut lines = output.stdout.lines();
        lines
            .find(|line| line.starts_with("  privileges"))
            .map(str::to_owned)
    };
    assert_eq!(
        install(&["SeBackupPrivilege"]).unwrap(),
        "  privileges            SeBackupPrivilege"
    );
    assert_eq!(
        install(&["SeBackupPrivilege", "SeRestorePrivilege"]).unwrap(),
        "  privileges            SeBackupPrivilege -> SeBackupPrivilege; SeRestorePrivilege"
    );
    assert_eq!(
        install(&[]).unwrap(),
        "  privileges            SeBackupPrivilege; SeRestorePrivilege -> none"
    );
    assert_eq!(install(&[]), None);
}

#[test]
fn triggers_are_told_in_words_and_taken_away_again() {
    let machine = FakeMachine::default();
    let mut stamp = stamp();
    stamp.definition.triggers = [
        "start\tfirst-ip-address",
        "stop\tfirewall-port-close\tport=5001\tprotocol=udp",
    ]
    .map(|line| Trigger::new(line).unwrap())
    .into();
    let (_, output) = prompt(&machine, Verb::Install, Options::default(), &stamp);
    let text = "  triggers              start on first-ip-address; stop on firewall-port-close: 5001 UDP\n";
    assert!(output.stdout.contains(text), "{}", output.stdout);
    stamp.definition.triggers.clear();
    let (_, output) = prompt(&machine, Verb::Install, Options::default(), &stamp);
    assert_eq!(
        output.stdout,
        "The service \"acme\" is installed; its registration was changed.\n  triggers              \
         start on first-ip-address; stop on firewall-port-close: 5001 UDP -> none\n"
    );
    machine.calls();
    let (_, output) = prompt(&machine, Verb::Install, Options::default(), &stamp);
    assert!(
        output.stdout.ends_with("nothing to change.\n"),
        "{}",
        output.stdout
    );
    assert_eq!(
        machine.calls(),
        Vec::<String>::new(),
        "Windows refuses to take away triggers where there are none"
    );
}

/// The definition with rights for users.
fn secured() -> Stamp {
    let mut stamp = stamp();
    let security = "D:(A;;GA;;;SY)(A;;RPLC;;;BU)";
    stamp.definition.security = Some(SecurityDescriptor::new(security).unwrap());
    stamp
}

const SECURED: &str = "D:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;SY)(A;;LCRP;;;BU)";

#[test]
fn rights_are_set_last_and_compared_as_windows_writes_them() {
    let machine = FakeMachine::default();
    let (_, output) = prompt(&machine, Verb::Install, Options::default(), &secured());
    let line = format!("  security              {SECURED}\n");
    assert!(output.stdout.contains(&line), "{}", output.stdout);
    assert_eq!(
        machine.calls().pop().unwrap(),
        format!("SetServiceObjectSecurity {SECURED}")
    );
    let nothing = "The service \"acme\" is already installed; nothing to change.\n";
    assert_eq!(
        prompt(&machine, Verb::Install, Options::default(), &secured()).1,
        out(nothing)
    );

    // Without the key, nobody's rights are touched.
    machine.service.borrow_mut().as_mut().unwrap().security = SECURITY.to_owned();
    assert_eq!(run(&machine, Verb::Install).1, out(nothing));

    let text = format!(
        "The service \"acme\" is installed; its registration was changed.\n  security              {SECURITY} -> {SECURED}\n"
    );
    assert_eq!(
        prompt(&machine, Verb::Install, Options::default(), &secured()).1,
        out(&text)
    );
}

#[test]
fn rights_that_nobody_may_see_are_set_all_the_same() {
    let machine = FakeMachine::default().failing("QueryServiceObjectSecurity", code::ACCESS_DENIED);
    for _ in 0..2 {
        let (code, output) = prompt(&machine, Verb::Install, Options::default(), &secured());
        assert_eq!((code, output.stderr.as_str()), (0, ""));
        assert!(output.stdout.contains(SECURED), "{}", output.stdout);
    }
}

#[test]
fn rights_that_windows_does_not_read_change_nothing() {
    let call = "ConvertStringSecurityDescriptorToSecurityDescriptor";
    let machine = FakeMachine::default().failing(call, 1337);
    let text = format!("error: cannot install the service \"acme\": error 1337 ({call})\n");
    assert_eq!(
        prompt(&machine, Verb::Install, Options::default(), &secured()),
        (1, err(&text))
    );
    assert_eq!(machine.calls(), Vec::<String>::new());
}

#[test]
fn what_the_system_does_not_know_and_the_definition_does_not_have_is_not_spoken_of() {
    let mut machine = FakeMachine::default();
    machine.unknown_levels.insert(Level::Privileges);
    run(&machine, Verb::Install);
    assert_eq!(
        run(&machine, Verb::Install).1,
        out("The service \"acme\" is already installed; nothing to change.\n")
    );
}

#[test]
fn a_preshutdown_timeout_is_registered_where_the_definition_has_one() {
    let machine = FakeMachine::default();
    let mut stamp = stamp();
    stamp.definition.preshutdown_timeout = Some(Timeout::new("5m").unwrap());
    let (code, output) = prompt(&machine, Verb::Install, Options::default(), &stamp);
    assert_eq!(code, 0);
    assert!(
        output.stdout.contains("  preshutdown timeout   300000 ms\n"),
        "{}",
        output.stdout
    );
    assert!(
        machine
            .calls()
            .contains(&"ChangeServiceConfig2 Preshutdown(300000)".to_owned())
    );
    let (_, output) = prompt(&machine, Verb::Install, Options::default(), &stamp);
    assert_eq!(
        output.stdout,
        "The service \"acme\" is already installed; nothing to change.\n"
    );
}
