//! Features: parts of a product that an installation leaves out or adds, and that an upgrade keeps as they are.

use std::path::PathBuf;

use winsvc_tests::fixture::Fixture;
use winsvc_tests::package::unpack;
use winsvc_tests::residue::{Registry, Snapshot};
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

const FEATURES: &str = r#"
[workspace.metadata.winsvc.features]
docs = { title = "Documentation", description = "The manual." }
updates = { title = "Updates" }
desktop = { title = "Desktop", default = false }

[workspace.metadata.winsvc.package]
files = [
    { source = "docs/", feature = "docs" },
    { target = "plugins/", feature = "desktop" },
]

[[workspace.metadata.winsvc.shortcuts]]
name = "Manual"
target = "{install}docs"
feature = "docs"

[[workspace.metadata.winsvc.shortcuts]]
name = "Tray"
program = "suite-tray"

[[workspace.metadata.winsvc.registry]]
key = 'Software\Acme\Tray'
name = "Desktop"
value = "yes"
feature = "desktop"
"#;

/// The event source of the updater.
const EVENT_SOURCE: &str = r"System\CurrentControlSet\Services\EventLog\Application\suite-updater";

/// The agent is always installed; the manual and the updater are by default, the tray is on request.
fn suite() -> Fixture {
    Fixture::new("suite")
        .in_folder("features")
        .write("docs/manual/index.html", "<!doctype html>\n")
        .replace(
            "Cargo.toml",
            "programs = [\"suite-tray\"]\npackage.product-name = \"Acme Suite\"",
            "programs = [{ bin = \"suite-tray\", feature = \"desktop\" }]",
        )
        .replace(
            "Cargo.toml",
            "start = \"manual\"",
            &format!("start = \"manual\"\nfeature = \"updates\"\n{FEATURES}"),
        )
        .replace(
            "Cargo.toml",
            "[workspace.metadata.winsvc.package]",
            "[workspace.metadata.winsvc.package]\nproduct-name = \"Acme Suite\"",
        )
}

/// The features that are installed, by all that belongs to each of them.
///
/// # Panics
///
/// When a part of a feature is installed, and another is not.
fn installed(windows: &Windows) -> Vec<&'static str> {
    let registry = Registry::save(windows);
    let has_value = registry.text(r"HKLM\Software\Acme\Tray", "Desktop").is_some();
    let program = |path: &str| {
        windows
            .drive_c("Program Files/Acme/Acme Suite")
            .join(path)
            .exists()
    };
    let shortcut = |name: &str| menu(windows).join(name).exists();
    assert!(program("suite-agent.exe"));
    windows.service("suite-agent").reaches(State::Running);
    let parts = [
        (
            "docs",
            [
                program("docs/manual/index.html"),
                program("docs"),
                shortcut("Manual.lnk"),
            ],
        ),
        (
            "updates",
            [
                program("suite-updater.exe"),
                windows.service("suite-updater").status().is_some(),
                !registry.values(EVENT_SOURCE).is_empty(),
            ],
        ),
        (
            "desktop",
            [
                program("suite-tray.exe") && program("plugins"),
                shortcut("Tray.lnk"),
                has_value,
            ],
        ),
    ];
    for (feature, parts) in parts {
        assert!(parts.iter().all(|part| *part == parts[0]), "{feature}: {parts:?}");
    }
    let names = parts.into_iter().filter(|(_, parts)| parts[0]);
    names.map(|(feature, _)| feature).collect()
}

/// The product's folder in the start menu: that of all users on Windows, of the only user in Wine.
fn menu(windows: &Windows) -> PathBuf {
    let programs = "Microsoft/Windows/Start Menu/Programs/Acme Suite";
    if cfg!(windows) {
        return windows.drive_c("ProgramData").join(programs);
    }
    let users = std::fs::read_dir(windows.drive_c("users")).unwrap();
    let mut users = users.map(|user| user.unwrap());
    let user = users.find(|user| user.file_name() != "Public").expect("a user");
    user.path().join("AppData/Roaming").join(programs)
}

#[test]
fn features_are_added_and_removed_and_an_upgrade_keeps_which_there_are() {
    let packages = suite().package();
    let newer = suite().version("1.1.0").package();
    let newest = suite().version("1.2.0").package();
    let windows = Windows::new();
    let before = Snapshot::take(&windows);

    windows.install(&packages.msi, &[]).ok();
    assert_eq!(installed(&windows), ["docs", "updates"]);
    windows.install(&packages.msi, &["ADDLOCAL=desktop"]).ok();
    assert_eq!(installed(&windows), ["docs", "updates", "desktop"]);
    windows.install(&packages.msi, &["REMOVE=updates"]).ok();
    assert_eq!(installed(&windows), ["docs", "desktop"]);
    windows
        .install(&packages.msi, &["REINSTALL=ALL", "REINSTALLMODE=amus"])
        .ok();
    assert_eq!(installed(&windows), ["docs", "desktop"]);

    windows.install(&newer.msi, &[]).ok();
    assert_eq!(installed(&windows), ["docs", "desktop"]);
    windows.install(&newest.msi, &["REMOVE=docs"]).ok();
    assert_eq!(installed(&windows), ["desktop"]);

    windows.uninstall(&newest.msi).ok();
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}

#[test]
fn a_first_installation_has_the_features_that_its_command_line_says() {
    let packages = suite().package();
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    for (properties, expected) in [
        (&["REMOVE=updates"][..], &["docs"][..]),
        (&["ADDLOCAL=desktop"], &["desktop"]),
        (&["ADDLOCAL=Complete"], &[]),
        (&["ADDLOCAL=ALL"], &["docs", "updates", "desktop"]),
        (&["ADDLOCAL=ALL", "REMOVE=docs,updates"], &["desktop"]),
    ] {
        windows.install(&packages.msi, properties).ok();
        assert_eq!(installed(&windows), expected, "{properties:?}");
        windows.uninstall(&packages.msi).ok();
        assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
    }
}

/// The removal of the old version keeps services for the new one, which does not have this one.
#[test]
fn an_upgrade_that_leaves_a_service_out_deletes_it() {
    let packages = suite().package();
    let newer = suite().version("1.1.0").package();
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    windows.install(&packages.msi, &[]).ok();
    windows.install(&newer.msi, &["ADDLOCAL=docs"]).ok();
    assert_eq!(installed(&windows), ["docs"]);
    windows.uninstall(&newer.msi).ok();
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}

/// The script of the zip registers the services of a feature as the MSI installs them: by default, or as they are.
#[test]
fn the_zip_s_script_keeps_which_services_are_registered() {
    let packages = suite().package();
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    let folder = windows.drive_c("suite");
    std::fs::create_dir_all(&folder).unwrap();
    unpack(&packages.zip, &folder);
    let script = |name: &str, arguments: &[&str]| {
        let path = format!(r"C:\suite\Acme-Suite-1.0.0-x64\{name}");
        let (code, finished) = windows.exit_code("cmd", &[&["/c", &path], arguments].concat());
        assert_eq!(code, 0, "{finished}");
    };
    let updater = windows.service("suite-updater");
    script("install.cmd", &[]);
    windows.service("suite-agent").reaches(State::Running);
    updater.reaches(State::Stopped);
    script("suite-updater.exe", &["service", "uninstall"]);
    assert_eq!(updater.status(), None);
    script("install.cmd", &[]);
    assert_eq!(updater.status(), None);
    script("suite-updater.exe", &["service", "install"]);
    script("install.cmd", &[]);
    updater.reaches(State::Stopped);
    script("uninstall.cmd", &["--purge"]);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}
