//! A product that updates itself: the service for that, its folder, and the way back to an older version.

use super::{cell, place, products, render, rows, smallest, tables};
use crate::products::with_updates;

#[test]
fn a_product_that_updates_itself_has_these_tables() {
    insta::assert_snapshot!(tables(&render(&with_updates())));
}

#[test]
fn an_older_version_replaces_a_newer_one_on_request_alone() {
    let tables = tables(&render(&with_updates()));
    // msidbCustomActionTypeTextData + …Property
    let action = [1, 2, 3].map(|column| cell(&tables, "CustomAction", "ReplaceNewer", column));
    assert_eq!(action, ["51", "OLDERVERSIONFOUND", "[NEWERVERSIONFOUND]"]);
    for table in ["InstallExecuteSequence", "InstallUISequence"] {
        let sequence = |action: &str| cell(&tables, table, action, 2).parse::<i16>().unwrap();
        assert_eq!(
            cell(&tables, table, "ReplaceNewer", 1),
            "WINSVC_ROLLBACK=\"1\" AND NEWERVERSIONFOUND"
        );
        let order = [
            "FindRelatedProducts",
            "ReplaceNewer",
            "AppSearch",
            "LaunchConditions",
        ];
        assert!(order.map(sequence).is_sorted(), "{table}");
    }
    let conditions = rows(&tables, "LaunchCondition");
    let condition = "Installed OR NOT NEWERVERSIONFOUND OR WINSVC_ROLLBACK=\"1\" | ";
    assert!(conditions[0].starts_with(condition), "{conditions:?}");
    let secure = cell(&tables, "Property", "SecureCustomProperties", 1);
    assert!(
        secure.split(';').any(|name| name == "WINSVC_ROLLBACK"),
        "{secure}"
    );

    for product in products() {
        assert!(!super::tables(&render(&product)).contains("WINSVC_ROLLBACK"));
    }
}

#[test]
fn the_updater_is_the_system_s_whatever_account_an_administrator_chooses() {
    let tables = tables(&render(&with_updates()));
    let password = |id: &str| cell(&tables, "ServiceInstall", id, 9);
    assert_eq!(
        (password("hello"), password("_hello_update.Z6NKU32V")),
        ("[PASSWORD]", "")
    );
    let changes: Vec<&str> = rows(&tables, "CustomAction")
        .into_iter()
        .filter(|row| row.starts_with("UseAccount"))
        .collect();
    assert_eq!(changes, ["UseAccount0 | 51 | Account0 | [ACCOUNT] | "]);
}

#[test]
fn an_installation_does_not_wait_for_the_updater_to_start() {
    let tables = tables(&render(&with_updates()));
    let wait = |id: &str| cell(&tables, "ServiceControl", id, 4).to_owned();
    let updater = "_hello_update.Z6NKU32V";
    assert_eq!(
        ["hello.Start", "hello.Stop"].map(wait),
        ["1", "1"],
        "the author's service"
    );
    let waits = ["Start", "Stop"].map(|event| wait(&format!("{updater}.{event}")));
    assert_eq!(waits, ["0", "1"]);
}

#[test]
fn what_the_updater_has_stored_goes_with_the_product_and_not_in_an_upgrade() {
    let tables = tables(&render(&with_updates()));
    assert_eq!(
        cell(&tables, "MsiLockPermissionsEx", "UpdateFolder", 3),
        "O:BAG:SYD:PAI(A;OICI;0x1f01ff;;;SY)(A;OICI;0x1f01ff;;;BA)",
        "the system and administrators"
    );
    for (action, kind, command) in [
        // A command as the system (34 + 1024 + 2048), that may fail (64), at the commit (512).
        (
            "RemoveUpdates",
            "3682",
            r#"/c "del /f /q "[UpdateFolder]lock" & if not exist "[UpdateFolder]lock" rd /s /q "[UpdateFolder]" & rd "[ConfigFolder]"""#,
        ),
        (
            "RemoveUpdateState",
            "3170",
            r#"reg.exe" delete HKLM\Software\hello\hello\Update /f"#,
        ),
    ] {
        assert_eq!(
            cell(&tables, "InstallExecuteSequence", action, 1),
            "REMOVE~=\"ALL\" AND NOT UPGRADINGPRODUCTCODE"
        );
        assert_eq!(cell(&tables, "CustomAction", action, 1), kind);
        let target = cell(&tables, "CustomAction", action, 3);
        assert!(target.ends_with(command), "{target}");
    }
    let order = [
        "StopServices",
        "RemoveUpdateState",
        "RemoveRegistryValues",
        "RemoveUpdates",
    ];
    assert!(order.map(|action| place(&tables, action)).is_sorted());
    let installed_by = "Folders.Memory.InstalledBy";
    let value = [3, 4].map(|column| cell(&tables, "Registry", installed_by, column));
    assert_eq!(value, ["InstalledBy", "msi"]);

    let without = super::tables(&render(&smallest()));
    for absent in ["UpdateFolder", "RemoveUpdate", "InstalledBy"] {
        assert!(!without.contains(absent), "{absent}");
    }
}
