//! The folders below `%ProgramData%`.

use winsvc_definition::{Guid, Role, Update, UpdateKey, UpdateUrl};

use super::machine::{FakeMachine, status};
use super::*;
use crate::sys::machine::{Folder, Phase, code};
use crate::verbs::values::PropertyOptions;

const FOLDERS: [&str; 4] = [
    r"C:\ProgramData\Acme",
    r"C:\ProgramData\Acme\Agent",
    r"C:\ProgramData\Acme\Agent\data",
    r"C:\ProgramData\Acme\Agent\logs",
];

const PURGE: Options = Options {
    properties: PropertyOptions {
        set: Vec::new(),
        account: None,
        password: None,
        forget: false,
        keep: false,
    },
    service: None,
    dry_run: false,
    purge: true,
    firewall: crate::verbs::command::Rules::Required,
    timeout: None,
    json: false,
    logs: crate::verbs::command::LogOptions {
        lines: None,
        follow: false,
        files: false,
    },
};

/// A product of a manufacturer with another name.
fn of_a_manufacturer() -> Stamp {
    let mut stamp = stamp();
    stamp.layout.data_folder = vec!["Acme".to_owned(), "Agent".to_owned()];
    stamp.layout.folder_access = vec!["S-1-5-80-1-2-3-4-5".to_owned()];
    stamp
}

fn install(machine: &FakeMachine) -> (u8, Output) {
    prompt(machine, Verb::Install, &Options::default(), &of_a_manufacturer())
}

fn put(machine: &FakeMachine, path: &str, is_link: bool, security: &str) {
    let security = security.to_owned();
    let folder = Folder { is_link, security };
    machine.folders.borrow_mut().insert(path.to_owned(), folder);
}

/// The calls that change folders.
fn calls(machine: &FakeMachine) -> Vec<String> {
    let calls = machine.calls().into_iter();
    calls
        .filter(|call| call.contains("Directory") || call.contains("SetSecurityInfo"))
        .collect()
}

#[test]
fn each_folder_gets_its_owner_and_access_list() {
    let machine = FakeMachine::default();
    let (code, output) = install(&machine);
    assert_eq!((code, output.stderr), (0, String::new()));
    assert_eq!(
        calls(&machine),
        FOLDERS.map(|path| format!("CreateDirectory {path}"))
    );
    let own = "S-1-5-80-1-2-3-4-5)";
    let folders = machine.folders.borrow();
    for (path, account, rights) in [
        (FOLDERS[0], "BU)", "0x1200a9"),
        (FOLDERS[1], own, "0x1200a9"),
        (FOLDERS[2], own, "0x1301bf"),
        (FOLDERS[3], own, "0x1301bf"),
    ] {
        let expected = format!("O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;{rights};;;{account}");
        assert!(
            folders[path].security.starts_with(&expected),
            "{path}: {:?}",
            folders[path]
        );
    }
}

#[test]
fn a_folder_that_a_user_has_created_is_taken_over() {
    let machine = FakeMachine::default();
    install(&machine);
    machine.calls();
    put(
        &machine,
        FOLDERS[2],
        false,
        "O:S-1-5-21-1-2-3-1001D:AI(A;OICIID;FA;;;SY)",
    );
    let (code, output) = install(&machine);
    let text = "The service \"acme\" is installed; its registration was changed.\n  \
        folders               C:\\ProgramData\\Acme; C:\\ProgramData\\Acme\\Agent; C:\\ProgramData\\Acme\\Agent\\logs -> \
        C:\\ProgramData\\Acme; C:\\ProgramData\\Acme\\Agent; C:\\ProgramData\\Acme\\Agent\\data; \
        C:\\ProgramData\\Acme\\Agent\\logs\n";
    assert_eq!((code, output), (0, out(text)));
    assert_eq!(calls(&machine), [format!("SetSecurityInfo {}", FOLDERS[2])]);
    assert!(install(&machine).1.stdout.contains("nothing to change"));
}

#[test]
fn a_link_in_the_place_of_a_folder_is_refused_before_anything_is_changed() {
    let machine = FakeMachine::default();
    put(&machine, FOLDERS[1], true, "O:BAD:P");
    let text = "error: C:\\ProgramData\\Acme\\Agent is a symbolic link or a junction; expected a folder\n\
        help: inspect the link, and remove it\n";
    assert_eq!(install(&machine), (1, err(text)));
    assert_eq!(machine.calls(), Vec::<String>::new());

    let machine = FakeMachine::with_service(status(Phase::Stopped));
    install(&machine);
    put(&machine, FOLDERS[1], true, "O:BAD:P");
    machine.calls();
    let purge = prompt(&machine, Verb::Uninstall, &PURGE, &of_a_manufacturer());
    assert_eq!(purge, (1, err(text)));
    assert_eq!(machine.calls(), Vec::<String>::new());
}

#[test]
fn a_system_that_keeps_no_access_lists_is_a_warning() {
    let mut machine = FakeMachine::default();
    machine.forgets_security = true;
    for _ in 0..2 {
        let (code, output) = install(&machine);
        assert_eq!(code, 0);
        assert_eq!(
            output.stderr,
            "warning: this system did not keep the setting \"folders\"\n"
        );
        assert!(!output.stdout.contains("folders"), "{}", output.stdout);
    }
}

#[test]
fn a_folder_that_cannot_be_protected_fails_the_installation() {
    let machine = FakeMachine::default().failing("CreateDirectory", code::ACCESS_DENIED);
    let (code, output) = install(&machine);
    assert_eq!(code, 5);
    let first = output.stderr.lines().next();
    let expected = "error: cannot install the service \"acme\": error 5: Access is denied. (CreateDirectory)";
    assert_eq!(first, Some(expected));
}

#[test]
fn an_uninstallation_keeps_the_folders_unless_it_is_told_to_remove_them() {
    let machine = FakeMachine::default();
    install(&machine);
    let uninstall = |options: &Options| prompt(&machine, Verb::Uninstall, options, &of_a_manufacturer());
    assert_eq!(
        uninstall(&Options::default()),
        (0, out("The service \"acme\" is uninstalled.\n"))
    );
    assert_eq!(machine.folders.borrow().len(), 4);
    machine.calls();

    let rows = |what: &str| {
        FOLDERS[1..]
            .iter()
            .map(|path| format!("  {what:<22}{path}\n"))
            .collect::<String>()
    };
    let dry = Options {
        dry_run: true,
        ..PURGE
    };
    let text = format!(
        "The service \"acme\" is not installed.\n{}",
        rows("would be removed")
    );
    assert_eq!(uninstall(&dry), (0, out(&text)));
    assert_eq!(machine.calls(), Vec::<String>::new());

    let text = format!("The service \"acme\" is not installed.\n{}", rows("removed"));
    assert_eq!(uninstall(&PURGE), (0, out(&text)));
    assert!(machine.folders.borrow().is_empty());
    assert_eq!(
        calls(&machine),
        [
            r"RemoveDirectory C:\ProgramData\Acme\Agent\logs All",
            r"RemoveDirectory C:\ProgramData\Acme\Agent\data All",
            r"RemoveDirectory C:\ProgramData\Acme\Agent All",
            r"RemoveDirectory C:\ProgramData\Acme IfEmpty",
        ]
    );
    let text = "The service \"acme\" is not installed; nothing to do.\n";
    assert_eq!(uninstall(&PURGE), (0, out(text)));
}

#[test]
fn the_folder_of_another_product_of_the_manufacturer_stays() {
    let machine = FakeMachine::with_service(status(Phase::Stopped));
    install(&machine);
    put(&machine, r"C:\ProgramData\Acme\Other", false, "");
    prompt(&machine, Verb::Uninstall, &PURGE, &of_a_manufacturer());
    let left: Vec<String> = machine.folders.borrow().keys().cloned().collect();
    assert_eq!(left, [r"C:\ProgramData\Acme", r"C:\ProgramData\Acme\Other"]);

    // A product whose folder could be a manufacturer's: only its own subfolders and its files go.
    let machine = FakeMachine::default();
    run(&machine, Verb::Install);
    put(&machine, r"C:\ProgramData\acme\Other", false, "");
    prompt(&machine, Verb::Uninstall, &PURGE, &stamp());
    let left: Vec<String> = machine.folders.borrow().keys().cloned().collect();
    assert_eq!(left, [r"C:\ProgramData\acme", r"C:\ProgramData\acme\Other"]);
}

#[test]
fn json_names_the_removed_folders() {
    let machine = FakeMachine::default();
    install(&machine);
    let options = Options { json: true, ..PURGE };
    let (_, output) = prompt(&machine, Verb::Uninstall, &options, &of_a_manufacturer());
    let expected = r#""removed_folders":["C:\\ProgramData\\Acme\\Agent","C:\\ProgramData\\Acme\\Agent\\data","C:\\ProgramData\\Acme\\Agent\\logs"]"#;
    assert!(output.stdout.contains(expected), "{}", output.stdout);
}

#[test]
fn the_folder_of_updates_is_for_administrators_alone_and_goes_with_the_updater() {
    const UPDATE: &str = r"C:\ProgramData\Acme\Agent\update";
    let mut updater = of_a_manufacturer();
    updater.layout.registry_key = r"Software\Acme\Agent".to_owned();
    updater.update = Some(Update::new(
        Guid::from_u128(15),
        UpdateUrl::new("https://dl.acme.example").unwrap(),
        vec![UpdateKey::new("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3").unwrap()],
    ));
    let main = updater.clone();
    updater.role = Role::Updater;

    let machine = FakeMachine::default();
    prompt(&machine, Verb::Install, &Options::default(), &main);
    assert_eq!(
        machine.folders.borrow()[UPDATE].security,
        "O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
    );
    machine.calls();
    prompt(&machine, Verb::Uninstall, &Options::default(), &main);
    assert_eq!(calls(&machine), [""; 0]);

    let (code, output) = prompt(&machine, Verb::Uninstall, &Options::default(), &updater);
    let text = format!(
        "The service \"acme\" is not installed.\n  {:<22}{UPDATE}\n",
        "removed"
    );
    assert_eq!((code, output), (0, out(&text)));
    assert_eq!(
        machine.calls(),
        [
            "RegDeleteKey Properties".to_owned(),
            "RegDeleteKey Update".to_owned(),
            format!("RemoveDirectory {UPDATE} All"),
        ]
    );
    assert_eq!(machine.folders.borrow().len(), 4);
}
