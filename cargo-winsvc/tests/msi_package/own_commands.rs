//! Programs of the product that an installation runs.

use cargo_winsvc::product::OwnCommand;
use winsvc_definition::manifest::{CommandEvent, CommandPosition};

use super::*;

/// The actions of these commands with their types and conditions, in the order of their places.
fn actions(commands: Vec<OwnCommand>) -> (String, Vec<[String; 3]>) {
    let mut product = smallest();
    product.machine.commands = commands;
    let tables = tables(&render(&product));
    let mut actions: Vec<(i16, [String; 3])> = rows(&tables, "InstallExecuteSequence")
        .into_iter()
        .filter(|row| row.starts_with("Command"))
        .map(|row| {
            let cells: Vec<&str> = row.split(" | ").collect();
            let kind = cell(&tables, "CustomAction", cells[0], 1);
            (
                cells[2].parse().unwrap(),
                [cells[0], kind, cells[1]].map(str::to_owned),
            )
        })
        .collect();
    actions.sort();
    let actions = actions.into_iter().map(|(_, action)| action).collect();
    (tables, actions)
}

#[test]
fn each_event_has_its_action_and_its_condition() {
    use CommandEvent::{Install, Rollback, Uninstall, Upgrade};

    let (tables, actions) = actions(vec![
        products::command(vec![Install]),
        products::command(vec![Upgrade]),
        OwnCommand {
            position: CommandPosition::AfterStart,
            ignore_failure: true,
            ..products::command(vec![Install, Upgrade, Uninstall, Rollback])
        },
    ]);
    // 3106: EXE by directory, in script, as the system; 64: never vital; 256: at a rollback
    let removal = "REMOVE~=\"ALL\" AND NOT UPGRADINGPRODUCTCODE";
    assert_eq!(
        actions,
        [
            ["Command2.Remove", "3170", removal],
            [
                "Command0.Install",
                "3106",
                "NOT Installed AND NOT OLDERVERSIONFOUND"
            ],
            ["Command1.Install", "3106", "NOT Installed AND OLDERVERSIONFOUND"],
            ["Command2.Undo", "3426", "NOT Installed"],
            ["Command2.Install", "3170", "NOT Installed"],
        ]
        .map(|row| row.map(str::to_owned))
    );
    let place = |action| place(&tables, action);
    assert!(place("StopServices") < place("Command2.Remove"));
    assert!(place("Command2.Remove") < place("DeleteServices"));
    assert!(place("MsiConfigureServices") < place("Command0.Install"));
    assert!(place("Command1.Install") < place("StartServices"));
    assert!(place("StartServices") < place("Command2.Undo"));
    let source = cell(&tables, "CustomAction", "Command0.Install", 2);
    let target = cell(&tables, "CustomAction", "Command0.Install", 3);
    assert_eq!(source, "INSTALLDIR", "the working folder");
    assert_eq!(
        target,
        r#""[INSTALLDIR]hello.exe" "--data=[DataFolder]\" [\[]x[\]]"#
    );
}
