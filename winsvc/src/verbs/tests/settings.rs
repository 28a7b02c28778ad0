//! Tests the settings other than those of `CreateService`: setting, displaying and resetting them, and unsupported
//! ones.

use winsvc_definition::registration::{FailureAction, FailureActions};

use super::machine::{FakeMachine, SECURITY};
use super::*;
use crate::sys::machine::{Level, LevelValue, code};

#[test]
fn a_level_that_is_accepted_but_not_kept_is_a_warning_each_time() {
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
fn manual_changes_of_the_recovery_are_reverted() {
    let machine = FakeMachine::default();
    let mut stamp = stamp();
    stamp.definition.recovery.restart.clear();
    let (_, output) = prompt(&machine, Verb::Install, &Options::default(), &stamp);
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
    let (_, output) = prompt(&machine, Verb::Install, &Options::default(), &stamp);
    let text = "The service \"acme\" is installed; its registration was changed.\n  \
        recovery              nothing; restart after 1500ms; reboot after 90s; run a command after 2h; \
        action 9 after 1ms; count never reset -> none\n";
    assert_eq!(output, out(text));
}

#[test]
fn privileges_are_set_changed_and_reset() {
    let machine = FakeMachine::default();
    let mut stamp = stamp();
    let mut install = |privileges: &[&str]| {
        let privileges = privileges.iter().map(|name| Privilege::new(name).unwrap());
        stamp.definition.privileges = privileges.collect();
        let (_, output) = prompt(&machine, Verb::Install, &Options::default(), &stamp);
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
fn triggers_are_displayed_in_words_and_removed() {
    let machine = FakeMachine::default();
    let mut stamp = stamp();
    stamp.definition.triggers = [
        "start\tfirst-ip-address",
        "stop\tfirewall-port-close\tport=5001\tprotocol=udp",
    ]
    .map(|line| Trigger::new(line).unwrap())
    .into();
    let (_, output) = prompt(&machine, Verb::Install, &Options::default(), &stamp);
    let text = "  triggers              start on first-ip-address; stop on firewall-port-close: 5001 UDP\n";
    assert!(output.stdout.contains(text), "{}", output.stdout);
    stamp.definition.triggers.clear();
    let (_, output) = prompt(&machine, Verb::Install, &Options::default(), &stamp);
    assert_eq!(
        output.stdout,
        "The service \"acme\" is installed; its registration was changed.\n  triggers              \
         start on first-ip-address; stop on firewall-port-close: 5001 UDP -> none\n"
    );
    machine.calls();
    let (_, output) = prompt(&machine, Verb::Install, &Options::default(), &stamp);
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

/// The definition with access rights for users.
fn secured() -> Stamp {
    let mut stamp = stamp();
    let security = "D:(A;;GA;;;SY)(A;;RPLC;;;BU)";
    stamp.definition.security = Some(SecurityDescriptor::new(security).unwrap());
    stamp
}

const SECURED: &str = "D:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;SY)(A;;LCRP;;;BU)";

#[test]
fn access_rights_are_set_last_and_compared_in_the_format_of_windows() {
    let machine = FakeMachine::default();
    let (_, output) = prompt(&machine, Verb::Install, &Options::default(), &secured());
    let line = format!("  security              {SECURED}\n");
    assert!(output.stdout.contains(&line), "{}", output.stdout);
    assert_eq!(
        machine.calls().pop().unwrap(),
        format!("SetServiceObjectSecurity {SECURED}")
    );
    let nothing = "The service \"acme\" is already installed; nothing to change.\n";
    assert_eq!(
        prompt(&machine, Verb::Install, &Options::default(), &secured()).1,
        out(nothing)
    );

    // Without the key, the access rights are not changed.
    machine.service.borrow_mut().as_mut().unwrap().security = SECURITY.to_owned();
    assert_eq!(run(&machine, Verb::Install).1, out(nothing));

    let text = format!(
        "The service \"acme\" is installed; its registration was changed.\n  security              {SECURITY} -> {SECURED}\n"
    );
    assert_eq!(
        prompt(&machine, Verb::Install, &Options::default(), &secured()).1,
        out(&text)
    );
}

#[test]
fn unreadable_access_rights_are_set_anyway() {
    let machine = FakeMachine::default().failing("QueryServiceObjectSecurity", code::ACCESS_DENIED);
    for _ in 0..2 {
        let (code, output) = prompt(&machine, Verb::Install, &Options::default(), &secured());
        assert_eq!((code, output.stderr.as_str()), (0, ""));
        assert!(output.stdout.contains(SECURED), "{}", output.stdout);
    }
}

#[test]
fn access_rights_that_windows_cannot_parse_change_nothing() {
    let call = "ConvertStringSecurityDescriptorToSecurityDescriptor";
    let machine = FakeMachine::default().failing(call, 1337);
    let text = format!("error: cannot install the service \"acme\": error 1337 ({call})\n");
    assert_eq!(
        prompt(&machine, Verb::Install, &Options::default(), &secured()),
        (1, err(&text))
    );
    assert_eq!(machine.calls(), Vec::<String>::new());
}

#[test]
fn an_unsupported_setting_that_the_definition_does_not_use_is_not_mentioned() {
    let mut machine = FakeMachine::default();
    machine.unknown_levels.insert(Level::Privileges);
    run(&machine, Verb::Install);
    assert_eq!(
        run(&machine, Verb::Install).1,
        out("The service \"acme\" is already installed; nothing to change.\n")
    );
}

#[test]
fn a_preshutdown_timeout_is_registered_if_the_definition_has_one() {
    let machine = FakeMachine::default();
    let mut stamp = stamp();
    stamp.definition.preshutdown_timeout = Some(Timeout::new("5m").unwrap());
    let (code, output) = prompt(&machine, Verb::Install, &Options::default(), &stamp);
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
    let (_, output) = prompt(&machine, Verb::Install, &Options::default(), &stamp);
    assert_eq!(
        output.stdout,
        "The service \"acme\" is already installed; nothing to change.\n"
    );
}
