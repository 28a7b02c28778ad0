//! The commands of a program in a product without a service.

use winsvc_definition::RUN_KEY;
use winsvc_definition::registration::RegistryValue;

use super::autostart::with;
use super::machine::FakeMachine;
use super::*;
use crate::sys::machine::{Machine as _, code};
use crate::verbs::product::{self, Done};
use crate::verbs::values::PropertyOptions;

const TRAY: &str = "Acme Tray\tprogram=tray.exe\targument=--port={PORT}";
const UPDATES: &str = "Acme Updates\tprogram=update.exe\tat=daily 02:00\tfolder=Acme\\Agent\tas=system";
const RECORDS: &str = r"Software\Acme\Agent\Properties";

/// The exit code and the output of a command.
fn prompt(machine: &FakeMachine, verb: Verb, options: &Options) -> (u8, Output) {
    let outcome = product::on(machine, verb, options, &with(&[TRAY, UPDATES]), EXE);
    let (output, code) = product::render(verb, "Agent", &outcome, options.json);
    (code as u8, output)
}

fn run_value(machine: &FakeMachine) -> Option<RegistryValue> {
    machine.value(RUN_KEY, "Acme Tray")
}

#[test]
fn entries_are_registered_shown_and_removed_with_the_values_of_properties() {
    let machine = FakeMachine::default();
    let none = Options::default();
    let states = |state: &str| {
        format!("The autostart entries of \"Agent\":\n  {state:<22}Acme Tray\n  {state:<22}Acme Updates\n")
    };
    assert_eq!(
        prompt(&machine, Verb::Status, &none),
        (4, out(&states("not registered")))
    );
    let set = Options {
        properties: PropertyOptions {
            set: vec![("PORT".to_owned(), "81".to_owned())],
            ..PropertyOptions::default()
        },
        ..Options::default()
    };
    let registered = "The autostart entries of \"Agent\" are registered.\n\
        \x20 autostart             Acme Tray\n\x20 autostart             Acme Updates\n";
    assert_eq!(prompt(&machine, Verb::Install, &set), (0, out(registered)));
    // The value is remembered.
    assert_eq!(prompt(&machine, Verb::Install, &none), (0, out(registered)));
    let line = r#""C:\Program Files\Acme\tray.exe" --port=81"#;
    assert_eq!(run_value(&machine), Some(RegistryValue::String(line.to_owned())));
    assert_eq!(
        prompt(&machine, Verb::Status, &none),
        (0, out(&states("registered")))
    );

    let removed = "The autostart entries of \"Agent\" are removed.\n\
        \x20 autostart removed     Acme Tray\n\x20 autostart removed     Acme Updates\n";
    assert_eq!(prompt(&machine, Verb::Uninstall, &none), (0, out(removed)));
    assert_eq!(run_value(&machine), None);
    assert_eq!(machine.registry_values(RECORDS).unwrap(), None);
    assert_eq!(
        prompt(&machine, Verb::Uninstall, &none).1,
        out("The autostart entries of \"Agent\" are not registered; nothing to do.\n")
    );
}

#[test]
fn a_dry_run_changes_nothing_and_json_has_the_names() {
    let machine = FakeMachine::default();
    let dry = Options {
        dry_run: true,
        json: true,
        ..Options::default()
    };
    let (code, output) = prompt(&machine, Verb::Install, &dry);
    assert_eq!(
        (code, output.stdout.as_str()),
        (
            0,
            "{\"verb\":\"install\",\"product\":\"Agent\",\"result\":\"done\",\"dry_run\":true,\
             \"autostart\":[\"Acme Tray\",\"Acme Updates\"],\"removed_autostart\":[]}\n"
        )
    );
    assert_eq!(run_value(&machine), None);
    let states = product::on(&machine, Verb::Status, &dry, &with(&[TRAY]), EXE);
    assert_eq!(states, Ok(Done::Status(vec![("Acme Tray".to_owned(), false)])));
}

#[test]
fn an_entry_that_cannot_be_registered_is_a_failure() {
    let machine = FakeMachine::default().failing("RegSetValueEx", code::ACCESS_DENIED);
    let (code, output) = prompt(&machine, Verb::Install, &Options::default());
    assert_eq!(code, 5, "{output:?}");
    assert!(
        output
            .stderr
            .starts_with("error: cannot register the autostart entry \"Acme Tray\": "),
        "{output:?}"
    );
}

#[test]
fn what_needs_a_service_is_refused() {
    let supported = |words: &str| {
        let request = super::super::command::parse(words.split(' ').map(Into::into)).unwrap();
        product::supported(request).is_some()
    };
    for words in [
        "install",
        "install --set PORT=1 --dry-run --json --forget",
        "uninstall",
        "status --json",
        "autostart add Tray",
        "--help",
    ] {
        assert!(supported(words), "{words}");
    }
    for words in [
        "start",
        "logs",
        "run",
        "install --account a",
        "uninstall --purge",
        "status --service a",
        "install --no-firewall",
    ] {
        assert!(!supported(words), "{words}");
    }
}
