//! Programs that Windows starts without a service: the values of the Run key, and what registers tasks.

use super::*;

/// The smallest product with this entry of its only program, and with a property.
fn with_entry(line: &str) -> Product {
    let mut product = products::with_properties();
    product.machine.autostart = vec![products::autostart(line, 0)];
    product
}

const TASK: &str = "Acme 100% [x]\tprogram=hello.exe\targument=--port={LISTEN_PORT}\targument={LISTEN_PORT}\t\
                    argument={data}\tat=boot\tfolder=hello\tas=system";

/// The actions for tasks with their type, condition and command, in the order of their places.
fn actions(tables: &str) -> Vec<[String; 4]> {
    let mut actions: Vec<(i16, [String; 4])> = rows(tables, "InstallExecuteSequence")
        .iter()
        .map(|row| row.split(" | ").collect::<Vec<_>>())
        .filter(|cells| cell_of(tables, cells[0], 3).is_some_and(|target| target.contains(" autostart ")))
        .map(|cells| {
            let custom = |index| cell(tables, "CustomAction", cells[0], index);
            let (_, name) = cells[0].rsplit_once('.').unwrap();
            let row = [name, custom(1), cells[1], custom(3)].map(str::to_owned);
            (cells[2].parse().unwrap(), row)
        })
        .collect();
    actions.sort();
    actions.into_iter().map(|(_, row)| row).collect()
}

/// A column of the action, if it is a custom one.
fn cell_of<'a>(tables: &'a str, action: &str, column: usize) -> Option<&'a str> {
    let custom = rows(tables, "CustomAction");
    let row = custom
        .into_iter()
        .find(|row| row.starts_with(&format!("{action} | ")))?;
    row.split(" | ").nth(column)
}

#[test]
fn a_task_is_registered_by_the_main_program_and_removed_with_the_product_and_each_is_undone() {
    let tables = tables(&render(&with_entry(TASK)));
    let command = |words: &str| format!(r#""[INSTALLDIR]hello.exe" service autostart {words}"#);
    let add = command(r#"add "Acme 100% [\[]x[\]]" --set "LISTEN_PORT=[LISTEN_PORT]""#);
    let remove = |property: &str| {
        command(&format!(
            r#"remove "Acme 100% [\[]x[\]]" --keep-disabled="[{property}]""#
        ))
    };
    let removal = "REMOVE~=\"ALL\"";
    // 3106: EXE by directory, in script, as the system; 64: never vital; 256: at a rollback
    assert_eq!(
        actions(&tables),
        [
            ["Back", "3426", removal, &add],
            ["Remove", "3170", removal, &remove("UPGRADINGPRODUCTCODE")],
            ["Undo", "3426", "NOT Installed", &remove("OLDERVERSIONFOUND")],
            ["Add", "3106", "NOT Installed OR Again", &add],
        ]
        .map(|row| row.map(str::to_owned))
    );
    let place = |action: &str| place(&tables, action);
    let named = |end: &str| {
        let sequence = rows(&tables, "InstallExecuteSequence");
        let row = sequence
            .iter()
            .find(|row| row.contains(&format!("{end} | ")) && row.contains("Task"))
            .unwrap();
        place(row.split(" | ").next().unwrap())
    };
    // While the program is there, with the values of its properties.
    assert!(place("StopServices") < named(".Remove") && named(".Remove") < place("RemoveFiles"));
    assert!(place("WriteRegistryValues") < named(".Add") && named(".Add") < place("StartServices"));
}

#[test]
fn a_value_of_the_run_key_is_the_engine_s() {
    let line = "Acme [Tray]\tprogram=hello.exe\targument=--port={LISTEN_PORT}\targument=a b";
    let tables = tables(&render(&with_entry(line)));
    assert_eq!(actions(&tables), Vec::<[String; 4]>::new());
    let registry = rows(&tables, "Registry");
    let key = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Run";
    let row = registry.iter().find(|row| row.contains(key)).unwrap();
    let cells: Vec<&str> = row.split(" | ").collect();
    assert_eq!(cells[1..4], ["2", key, r"Acme [\[]Tray[\]]"]);
    let exe = cell(&tables, "Component", cells[5], 0);
    assert_eq!(exe, cells[0], "its component has no other key path");
    assert_eq!(cells[4], r#""[#hello.exe]" "--port=[LISTEN_PORT]" "a b""#);
}

#[test]
fn a_task_needs_a_program_with_verbs() {
    let mut product = with_entry(TASK);
    product.services[0].verb_word = None;
    let error = cargo_winsvc::msi::contents(&product, winsvc_definition::manifest::Language::English);
    assert_eq!(
        error.unwrap_err().to_string(),
        r"an MSI cannot register the task `\hello\Acme 100% [x]`: the program `hello.exe` has no verbs"
    );
    product.machine.autostart = vec![products::autostart("Tray\tprogram=hello.exe", 0)];
    render(&product);
}

#[test]
fn a_product_without_a_service_has_no_table_of_one_and_its_first_program_registers_tasks() {
    let tables = tables(&render(&products::without_service::without_service()));
    for table in ["ServiceInstall", "ServiceControl"] {
        assert_eq!(rows(&tables, table), Vec::<&str>::new(), "{table}");
    }
    assert!(!tables.contains("ACCOUNT"), "{tables}");
    let commands = actions(&tables);
    assert_eq!(commands.len(), 4, "{commands:?}");
    assert!(
        commands
            .iter()
            .all(|[.., command]| command.starts_with(r#""[INSTALLDIR]hello.exe" autostart autostart "#)),
        "{commands:?}"
    );
    let mut product = products::without_service::without_service();
    product.machine.registrar = None;
    let error = rendered(&product).unwrap_err();
    assert!(
        matches!(
            error,
            MsiError::NoVerbs {
                has_service: false,
                ..
            }
        ),
        "{error:?}"
    );
}
