//! The folders below `%ProgramData%`, and the installation folder that an upgrade keeps.

use super::{cell, fullest, place, products, render, rows, smallest, tables};

#[test]
fn each_folder_has_an_owner_and_an_access_list_of_its_own() {
    for product in products() {
        let tables = tables(&render(&product));
        let bits = if tables.contains("ProgramFiles64Folder") {
            256
        } else {
            0
        };
        let folders: Vec<&str> = rows(&tables, "MsiLockPermissionsEx")
            .into_iter()
            .map(|row| row.split(" | ").next().unwrap())
            .filter(|id| id.ends_with("Folder") || id.starts_with("SharedFolder"))
            .collect();
        for id in ["ConfigFolder", "DataFolder", "LogsFolder"] {
            assert!(folders.contains(&id), "{folders:?}");
        }
        for folder in folders {
            assert_eq!(cell(&tables, "Component", folder, 2), folder);
            // A registry key path; not permanent, so that it is installed again each time.
            assert_eq!(cell(&tables, "Component", folder, 3), (bits + 4).to_string());
            assert_eq!(cell(&tables, "Registry", folder, 5), folder);
            assert_eq!(cell(&tables, "CreateFolder", folder, 1), folder);
            assert_eq!(cell(&tables, "MsiLockPermissionsEx", folder, 2), "CreateFolder");
            let security = cell(&tables, "MsiLockPermissionsEx", folder, 3);
            assert!(
                security.starts_with("O:BAG:SYD:PAI(A;OICI;0x1f01ff;;;SY)(A;OICI;0x1f01ff;;;BA)"),
                "{security}"
            );
            // A private name: the command line cannot move it away from where the service looks.
            assert!(folder.contains(char::is_lowercase), "{folder}");
        }
        assert!(place(&tables, "CreateFolders") < place(&tables, "InstallServices"));
    }
}

#[test]
fn the_identifiers_of_two_products_in_one_folder_differ_and_those_of_two_versions_do_not() {
    let ids = |product| {
        let tables = tables(&render(&product));
        ["SharedFolder1", "ConfigFolder"].map(|id| cell(&tables, "Component", id, 1).to_owned())
    };
    let mut version = fullest();
    version.full_version = "1.1.0".to_owned();
    assert_eq!(ids(fullest()), ids(version));
    let mut other = fullest();
    other.name = "Other".to_owned();
    let (one, two) = (ids(fullest()), ids(other));
    assert!(one[0] != two[0] && one[1] != two[1], "{one:?} {two:?}");
}

#[test]
fn data_is_removed_on_request_alone_and_when_all_else_has_succeeded() {
    for product in products() {
        let tables = tables(&render(&product));
        let action = "PurgeFolders";
        assert_eq!(
            cell(&tables, "InstallExecuteSequence", action, 1),
            r#"REMOVE~="ALL" AND NOT UPGRADINGPRODUCTCODE AND PURGE="1""#
        );
        // A command as the system (34 + 1024 + 2048), at the commit (512), that may fail (64).
        assert_eq!(cell(&tables, "CustomAction", action, 1), "3682");
        let at = place(&tables, action);
        assert!(place(&tables, "PublishProduct") < at && at < place(&tables, "InstallFinalize"));
        // Other products may have their folders below a folder with one name.
        let command = cell(&tables, "CustomAction", "PurgeFolders", 3);
        let is_shared = rows(&tables, "Directory")
            .iter()
            .any(|row| row.starts_with("SharedFolder1 |"));
        assert_eq!(
            command.contains("rd /s /q \"[ConfigFolder]\""),
            is_shared,
            "{command}"
        );
    }
}

#[test]
fn an_upgrade_keeps_the_installation_folder_unless_the_command_line_has_another() {
    for product in products() {
        let tables = tables(&render(&product));
        let condition = "NOT INSTALLDIR AND WINSVC_INSTALLDIR";
        for table in ["InstallExecuteSequence", "InstallUISequence"] {
            assert_eq!(cell(&tables, table, "AppSearch", 2), "50");
            assert_eq!(cell(&tables, table, "SetInstallFolder", 1), condition);
            assert_eq!(cell(&tables, table, "SetInstallFolder", 2), "51");
        }
        assert_eq!(
            cell(&tables, "CustomAction", "SetInstallFolder", 3),
            "[WINSVC_INSTALLDIR]"
        );
        let [locator, value] = [
            ("RegLocator", "WINSVC_INSTALLDIR"),
            ("Registry", "Folders.Memory.InstallFolder"),
        ]
        .map(|(table, key)| [2, 3].map(|index| cell(&tables, table, key, index)));
        assert_eq!(locator, value, "what is searched for is what is written");
        // Windows Installer searches once, in the unprivileged part if there is one.
        let secure = cell(&tables, "Property", "SecureCustomProperties", 1);
        for row in rows(&tables, "AppSearch") {
            let property = row.split(" | ").next().unwrap();
            assert!(
                secure.split(';').any(|name| name == property),
                "{property}: {secure}"
            );
        }
    }
}

#[test]
fn long_names_of_manufacturer_and_product_fit_into_every_column() {
    let mut product = smallest();
    product.manufacturer = "[M] ".repeat(60);
    product.name = "Ü".repeat(200);
    product.data_folder = vec!["m".repeat(200), "p".repeat(200)];
    let tables = tables(&render(&product));
    let key = cell(&tables, "RegLocator", "WINSVC_INSTALLDIR", 2);
    assert_eq!(key, r"Software\[ProductKeyText1]\[ProductKeyText2]");
    assert_eq!(
        cell(&tables, "Property", "ProductKeyText1", 1),
        product.manufacturer.trim_end()
    );
}
