//! The rules of the firewall.

use winsvc_definition::{FirewallRule, FirewallTraffic, NamedText, Property, PropertyName, ServiceName};

use super::machine::{FakeMachine, status};
use super::*;
use crate::sys::machine::{Phase, code};
use crate::verbs::command::Rules;

const CLEAR: &str = "netsh.exe advfirewall|firewall|delete|rule|name=Acme: http";
const ADD: &str = r"netsh.exe advfirewall|firewall|add|rule|name=Acme: http|dir=in|action=allow|program=C:\Program Files\Acme\agent.exe|service=acme|protocol=tcp|localport=8080|profile=domain,private|enable=yes";
const CLEAR_OPTIONAL: &str = "netsh.exe advfirewall|firewall|delete|rule|name=Acme: admin";

/// A service with a rule and an optional one.
fn with_rules() -> Stamp {
    let rule = |name: &str, optional| FirewallRule {
        name: name.to_owned(),
        program: vec!["agent.exe".to_owned()],
        service: Some(ServiceName::new("acme").unwrap()),
        traffic: FirewallTraffic {
            ports: vec![NamedText::literal("8080")],
            ..FirewallTraffic::default()
        },
        description: String::new(),
        optional,
    };
    let mut stamp = stamp();
    stamp.firewall = vec![rule("Acme: http", false), rule("Acme: admin", true)];
    stamp
}

fn netsh(machine: &FakeMachine) -> Vec<String> {
    let mut calls = machine.calls();
    calls.retain(|call| call.starts_with("netsh.exe"));
    calls
}

fn install(machine: &FakeMachine, options: &Options) -> (u8, Output) {
    prompt(machine, Verb::Install, options, &with_rules())
}

#[test]
fn an_installation_adds_each_rule_once_and_optional_ones_on_request() {
    let machine = FakeMachine::default();
    machine.delete_code.set(1);
    let (code, output) = install(&machine, &Options::default());
    assert_eq!((code, output.stderr), (0, String::new()));
    assert!(
        output.stdout.ends_with("  firewall rule         Acme: http\n"),
        "{}",
        output.stdout
    );
    let calls = machine.calls();
    assert_eq!(
        calls[calls.len() - 2..],
        [CLEAR, ADD],
        "after the service was created"
    );

    // An upgrade may have another port.
    machine.delete_code.set(0);
    let text =
        "The service \"acme\" is already installed; nothing to change.\n  firewall rule         Acme: http\n";
    assert_eq!(install(&machine, &Options::default()), (0, out(text)));
    assert_eq!(netsh(&machine), [CLEAR, ADD]);

    let all = Options {
        firewall: Rules::All,
        ..Options::default()
    };
    install(&machine, &all);
    let add_optional = ADD.replace("http", "admin");
    assert_eq!(netsh(&machine), [CLEAR, ADD, CLEAR_OPTIONAL, &add_optional]);

    let none = Options {
        firewall: Rules::None,
        ..Options::default()
    };
    let text = "The service \"acme\" is already installed; nothing to change.\n";
    assert_eq!(install(&machine, &none), (0, out(text)));
    assert_eq!(netsh(&machine), Vec::<String>::new());
}

#[test]
fn a_dry_run_shows_the_rules_and_runs_nothing() {
    let machine = FakeMachine::default();
    let dry = Options {
        dry_run: true,
        ..Options::default()
    };
    let (_, output) = install(&machine, &dry);
    assert!(
        output.stdout.ends_with("  firewall rule         Acme: http\n"),
        "{}",
        output.stdout
    );
    let text = "The service \"acme\" is not installed.\n  would be removed      Acme: http\n  would be removed      \
        Acme: admin\n";
    assert_eq!(
        prompt(&machine, Verb::Uninstall, &dry, &with_rules()),
        (0, out(text))
    );
    assert_eq!(machine.calls(), Vec::<String>::new());
}

#[test]
fn a_rule_that_cannot_be_added_is_a_warning() {
    let machine = FakeMachine::default();
    machine.add_code.set(1);
    let (code, output) = install(&machine, &Options::default());
    let warning = "warning: cannot add the firewall rule \"Acme: http\": netsh.exe ended with exit code 1\n";
    assert_eq!((code, output.stderr.as_str()), (0, warning));
    assert!(!output.stdout.contains("firewall rule"), "{}", output.stdout);

    let machine = FakeMachine::default().failing("CreateProcess", code::ACCESS_DENIED);
    let (code, output) = install(&machine, &Options::default());
    let warning =
        "warning: cannot add the firewall rule \"Acme: http\": error 5: Access is denied. (CreateProcess)\n";
    assert_eq!((code, output.stderr.as_str()), (0, warning));
}

#[test]
fn a_rule_has_the_values_of_properties() {
    let machine = FakeMachine::default();
    let mut stamp = with_rules();
    stamp.firewall[0].traffic.ports = vec![NamedText::new("{LISTEN_PORT}").unwrap()];
    stamp.properties = vec![Property {
        default: NamedText::literal("8080"),
        ..Property::new(PropertyName::new("LISTEN_PORT").unwrap())
    }];
    let (_, output) = prompt(&machine, Verb::Install, &Options::default(), &stamp);
    assert_eq!(
        (output.stderr.as_str(), netsh(&machine)),
        ("", vec![CLEAR.to_owned(), ADD.to_owned()])
    );
}

#[test]
fn an_uninstallation_deletes_all_rules_and_names_those_that_existed() {
    let machine = FakeMachine::with_service(status(Phase::Stopped));
    let text = "The service \"acme\" is uninstalled.\n  removed               Acme: http\n  removed               \
        Acme: admin\n";
    let uninstall = |options: &Options| prompt(&machine, Verb::Uninstall, options, &with_rules());
    assert_eq!(uninstall(&Options::default()), (0, out(text)));
    assert_eq!(netsh(&machine), [CLEAR, CLEAR_OPTIONAL]);

    machine.delete_code.set(1);
    let text = "The service \"acme\" is not installed; nothing to do.\n";
    assert_eq!(uninstall(&Options::default()), (0, out(text)));
    let json = Options {
        json: true,
        ..Options::default()
    };
    let (_, output) = uninstall(&json);
    assert!(
        output.stdout.contains(r#""removed_firewall_rules":[]"#),
        "{}",
        output.stdout
    );
}
