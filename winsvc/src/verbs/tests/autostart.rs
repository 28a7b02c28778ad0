//! The programs that Windows starts without a service.

use winsvc_definition::registration::RegistryValue;
use winsvc_definition::{NamedText, Property, PropertyName, RUN_KEY};

use super::machine::{FakeMachine, status};
use super::*;
use crate::sys::machine::{Machine as _, Phase, code};
use crate::verbs::autostart;
use crate::verbs::command::{AutostartAction, AutostartChange};

const TRAY: &str = "Acme Tray\tprogram=bin\\tray.exe\targument=--port={PORT}\targument=a b";
const UPDATES: &str =
    "Acme Updates\tprogram=update.exe\tat=daily 02:00\tfolder=Acme\\Agent\tas=system\trandom-delay=1h";
const LINE: &str = r#""C:\Program Files\Acme\bin\tray.exe" --port=80 "a b""#;
const TASK: &str = r"\Acme\Agent\Acme Updates";
const RECORDS: &str = r"Software\Acme\Agent\Autostart";

/// A stamp with these autostart entries, and a property for them.
pub(super) fn with(entries: &[&str]) -> Stamp {
    let mut stamp = stamp();
    stamp.layout.registry_key = r"Software\Acme\Agent".to_owned();
    stamp.properties = vec![Property {
        default: NamedText::literal("80"),
        ..Property::new(PropertyName::new("PORT").unwrap())
    }];
    stamp.autostart = entries.iter().map(|entry| entry.parse().unwrap()).collect();
    stamp
}

fn installed(machine: &FakeMachine, entries: &[&str]) -> Output {
    let (code, output) = prompt(machine, Verb::Install, &Options::default(), &with(entries));
    assert_eq!(code, 0, "{output:?}");
    output
}

fn uninstalled(machine: &FakeMachine, entries: &[&str]) -> Output {
    let (code, output) = prompt(machine, Verb::Uninstall, &Options::default(), &with(entries));
    assert_eq!(code, 0, "{output:?}");
    output
}

fn run_value(machine: &FakeMachine) -> Option<String> {
    machine.value(RUN_KEY, "Acme Tray").map(|value| match value {
        RegistryValue::String(line) => line,
        other => panic!("{other:?}"),
    })
}

/// What the MSI runs.
fn change(
    machine: &FakeMachine,
    name: &str,
    action: AutostartAction,
    set: &[(&str, &str)],
) -> Result<(), String> {
    let change = AutostartChange {
        name: name.to_owned(),
        action,
        set: set
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    };
    let stamps = [with(&[TRAY, UPDATES])];
    autostart::change(machine, &change, &stamps, EXE).map_err(|failure| failure.message)
}

const LEAVE_DISABLED: AutostartAction = AutostartAction::Remove { keep_disabled: true };

#[test]
fn an_installation_registers_the_entries_and_an_uninstallation_removes_them() {
    let machine = FakeMachine::default();
    let output = installed(&machine, &[TRAY, UPDATES]);
    assert!(
        output
            .stdout
            .ends_with("  autostart             Acme Tray\n  autostart             Acme Updates\n"),
        "{}",
        output.stdout
    );
    assert_eq!(run_value(&machine).as_deref(), Some(LINE));
    assert_eq!(machine.tasks.calls(), [format!("register {TASK} as system")]);
    let xml = machine.tasks.xml.borrow()[TASK].clone();
    assert!(
        xml.contains(r"<Command>C:\Program Files\Acme\update.exe</Command>"),
        "{xml}"
    );

    let output = uninstalled(&machine, &[TRAY, UPDATES]);
    assert!(
        output
            .stdout
            .ends_with("  removed               Acme Tray\n  removed               Acme Updates\n"),
        "{}",
        output.stdout
    );
    assert_eq!(run_value(&machine), None);
    assert_eq!(machine.registry_values(RECORDS).unwrap(), None);
    let removed = [
        format!("delete {TASK}"),
        r"remove \Acme\Agent".to_owned(),
        r"remove \Acme".to_owned(),
    ];
    assert_eq!(machine.tasks.calls(), removed);
    let (_, output) = json(&machine, Verb::Uninstall);
    assert!(output.contains(r#""removed_autostart":[]"#), "{output}");
}

#[test]
fn a_dry_run_changes_nothing() {
    let machine = FakeMachine::default();
    let dry = Options {
        dry_run: true,
        ..Options::default()
    };
    for (verb, line) in [
        (Verb::Install, "  autostart             Acme Tray\n"),
        (Verb::Uninstall, "is not installed; nothing to do.\n"),
    ] {
        let (_, output) = prompt(&machine, verb, &dry, &with(&[TRAY]));
        assert!(output.stdout.contains(line), "{}", output.stdout);
    }
    assert_eq!((machine.calls(), machine.tasks.calls()), (Vec::new(), Vec::new()));
}

#[test]
fn a_later_version_removes_what_it_no_longer_has() {
    let machine = FakeMachine::default();
    installed(&machine, &[TRAY, UPDATES]);
    let other = "Other\tprogram=other.exe\tat=boot\tfolder=Acme\\Agent\tas=local-service";
    let output = installed(&machine, &[other]);
    assert!(
        output.stdout.ends_with(
            "  autostart             Other\n  autostart removed     Acme Tray\n  autostart removed     Acme Updates\n"
        ),
        "{}",
        output.stdout
    );
    assert_eq!(run_value(&machine), None);
    assert_eq!(machine.tasks.paths(), [r"\Acme\Agent\Other"]);
    let records = machine.registry_values(RECORDS).unwrap().unwrap();
    assert_eq!(records.len(), 1);
}

#[test]
fn a_task_that_an_administrator_has_disabled_stays_disabled() {
    let machine = FakeMachine::default();
    installed(&machine, &[UPDATES]);
    machine.tasks.disable(TASK);
    let changed = UPDATES.replace("02:00", "03:00");
    installed(&machine, &[&changed]);
    let xml = machine.tasks.xml.borrow()[TASK].clone();
    assert!(
        xml.contains("T03:00:00") && xml.contains("<Enabled>false</Enabled>"),
        "{xml}"
    );
    uninstalled(&machine, &[&changed]);
    assert_eq!(machine.tasks.paths(), Vec::<String>::new());
}

#[test]
fn the_removal_of_an_old_version_leaves_a_disabled_task_for_the_new_one() {
    let machine = FakeMachine::default();
    change(&machine, "Acme Updates", AutostartAction::Add, &[]).unwrap();
    change(&machine, "Acme Updates", LEAVE_DISABLED, &[]).unwrap();
    assert_eq!(
        machine.tasks.paths(),
        Vec::<String>::new(),
        "an enabled one is removed"
    );

    change(&machine, "Acme Updates", AutostartAction::Add, &[]).unwrap();
    machine.tasks.disable(TASK);
    change(&machine, "Acme Updates", LEAVE_DISABLED, &[]).unwrap();
    change(&machine, "Acme Updates", AutostartAction::Add, &[]).unwrap();
    assert!(machine.tasks.xml.borrow()[TASK].contains("<Enabled>false</Enabled>"));
    let removal = AutostartAction::Remove { keep_disabled: false };
    change(&machine, "Acme Updates", removal, &[]).unwrap();
    assert_eq!(machine.tasks.paths(), Vec::<String>::new());
}

#[test]
fn the_msi_gives_the_values_of_properties() {
    let machine = FakeMachine::default();
    change(&machine, "Acme Tray", AutostartAction::Add, &[("PORT", "9000")]).unwrap();
    assert!(run_value(&machine).unwrap().contains("--port=9000"));
    let unknown = change(&machine, "Tray", AutostartAction::Add, &[]).unwrap_err();
    assert_eq!(unknown, "this program has no autostart entry \"Tray\"");
}

#[test]
fn the_program_of_a_task_has_ended_before_its_files_are_replaced() {
    let machine = FakeMachine::default();
    installed(&machine, &[UPDATES]);
    machine.tasks.calls();
    machine.tasks.runs_for.set(Some(3));
    uninstalled(&machine, &[UPDATES]);
    assert_eq!(
        machine.tasks.calls()[..2],
        [format!("stop {TASK}"), format!("delete {TASK}")]
    );
    assert_eq!(machine.tasks.runs_for.get(), None, "it was waited for");
}

#[test]
fn an_entry_of_a_feature_that_is_left_out_is_only_updated() {
    let machine = FakeMachine::default();
    let optional = [
        format!("{TRAY}\toptional=true"),
        format!("{UPDATES}\toptional=true"),
    ];
    let optional = optional.each_ref().map(String::as_str);
    let output = installed(&machine, &optional);
    assert!(!output.stdout.contains("autostart"), "{}", output.stdout);
    change(&machine, "Acme Tray", AutostartAction::Add, &[("PORT", "1")]).unwrap();
    let output = installed(&machine, &optional);
    assert!(
        output.stdout.ends_with("  autostart             Acme Tray\n"),
        "{}",
        output.stdout
    );
    assert_eq!(run_value(&machine).as_deref(), Some(LINE));
}

#[test]
fn a_value_of_another_program_is_taken_over_but_not_removed() {
    let machine = FakeMachine::with_service(status(Phase::Stopped));
    let other = RegistryValue::String(r"C:\other\tray.exe".to_owned());
    machine.set_registry_value(RUN_KEY, "Acme Tray", &other).unwrap();
    uninstalled(&machine, &[TRAY]);
    assert_eq!(run_value(&machine).as_deref(), Some(r"C:\other\tray.exe"));
    installed(&machine, &[TRAY]);
    assert_eq!(run_value(&machine).as_deref(), Some(LINE));
}

#[test]
fn an_entry_that_cannot_be_registered_is_a_warning_and_for_the_msi_an_error() {
    let machine = FakeMachine::default();
    machine.tasks.refusal.set(Some(code::ACCESS_DENIED));
    let output = installed(&machine, &[TRAY, UPDATES]);
    let reason = "error 5: Access is denied. (ITaskFolder::RegisterTask)";
    assert_eq!(
        output.stderr,
        format!("warning: cannot register the autostart entry \"Acme Updates\": {reason}\n")
    );
    assert!(
        output.stdout.ends_with("  autostart             Acme Tray\n"),
        "{}",
        output.stdout
    );
    assert_eq!(
        change(&machine, "Acme Updates", AutostartAction::Add, &[]),
        Err(format!(
            "cannot register the autostart entry \"Acme Updates\": {reason}"
        ))
    );

    // A product without tasks does not connect to the Task Scheduler.
    let machine = FakeMachine::default().failing("ITaskService::Connect", code::ACCESS_DENIED);
    assert_eq!(installed(&machine, &[TRAY]).stderr, "");
    assert!(
        installed(&machine, &[UPDATES])
            .stderr
            .contains("ITaskService::Connect")
    );
}
