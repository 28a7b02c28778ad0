//! The dialogs of the MSI, by keyboard: an installation, its end by the user, repair, removal; and that silent
//! installations show none of them.

use winsvc_tests::fixture::Fixture;
use winsvc_tests::residue::Registry;
use winsvc_tests::screen::{Screen, Wizard};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

const DIALOGS: &str = "[package.metadata.winsvc.package]\nlicense = \"LICENSE.txt\"\n";

/// `ERROR_INSTALL_USEREXIT`
const USER_EXIT: u32 = 1602;

fn hello() -> Fixture {
    with("dialogs = true")
}

fn with(dialogs: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder("dialogs/hello")
        .write("LICENSE.txt", "Do [what] you like.\n")
        .manifest(&format!("{DIALOGS}{dialogs}"))
}

#[test]
fn the_whole_wizard_installs_into_the_folder_that_was_entered() {
    let package = hello().package();
    let screen = Screen::new();
    let windows = Windows::on(&screen);
    let wizard = Wizard::open(&windows, &screen, &package.msi, &[]);
    wizard.shows("Welcome to the installation of hello");
    wizard.step("alt+n", "License");
    assert!(
        wizard.texts().contains(&"Do [what] you like.".to_owned()),
        "{:#?}",
        wizard.texts()
    );
    // The next page takes an accepted license.
    wizard.press("alt+n");
    wizard.press("Return");
    wizard.shows("License");
    wizard.press("alt+a");
    wizard.step("alt+n", "Installation folder");
    // The whole path is selected.
    wizard.enter(r"C:\my services\hello");
    wizard.step("alt+n", "Ready to install");
    wizard.shows(r"C:\my services\hello\");
    wizard.step("alt+b", "Installation folder");
    wizard.step("alt+c", "Choose a folder");
    wizard.close("Escape", "Choose a folder");
    wizard.step("alt+n", "Ready to install");
    wizard.shows(r"C:\my services\hello\");
    wizard.step("alt+i", "Setup is complete");
    wizard.press("alt+f");
    assert_eq!(wizard.code(), win32::SUCCESS);
    windows.service("hello").reaches(State::Running);
    assert!(windows.drive_c("my services/hello/hello.exe").is_file());
    assert!(!windows.drive_c("Program Files/hello").exists());
}

#[test]
fn an_upgrade_offers_the_folder_of_the_installed_version() {
    let old = hello().package();
    let new = hello().version("1.1.0").package();
    let screen = Screen::new();
    let windows = Windows::on(&screen);
    windows
        .install(&old.msi, &[r"INSTALLDIR=C:\my services\hello\"])
        .ok();
    let wizard = Wizard::open(&windows, &screen, &new.msi, &[]);
    wizard.shows("Welcome to the installation of hello");
    wizard.step("alt+n", "License");
    wizard.press("alt+a");
    wizard.step("alt+n", "Installation folder");
    wizard.shows(r"C:\my services\hello\");
    wizard.step("alt+n", "Ready to install");
    wizard.step("alt+i", "Setup is complete");
    wizard.press("alt+f");
    assert_eq!(wizard.code(), win32::SUCCESS);
    windows.service("hello").reaches(State::Running);
    assert!(windows.drive_c("my services/hello/hello.exe").is_file());
    let versions: Vec<String> = windows
        .installed()
        .into_iter()
        .map(|product| product.version)
        .collect();
    assert_eq!(versions, ["1.1.0"]);
}

/// The fields show what was set before. One that is emptied means the default.
#[test]
fn the_settings_are_asked_for_and_an_upgrade_offers_those_of_the_installed_version() {
    const SETTINGS: &str = r#"dialogs.fields = ["LISTEN_PORT", "ADDRESS"]

[package.metadata.winsvc.properties]
ADDRESS = { variable = "ADDRESS" }
LISTEN_PORT = { description = "Port to listen on.", default = "9182", max = 65535 }

[[package.metadata.winsvc.registry]]
key = 'Software\Hello settings'
name = "Settings"
value = "{LISTEN_PORT} {ADDRESS}""#;
    let [old, new] = ["1.0.0", "1.1.0"].map(|version| with(SETTINGS).version(version).package());
    let screen = Screen::new();
    let windows = Windows::on(&screen);
    let install = |msi, change: &dyn Fn(&Wizard<'_>)| {
        let wizard = Wizard::open(&windows, &screen, msi, &[]);
        wizard.shows("Welcome to the installation of hello");
        wizard.step("alt+n", "License");
        wizard.press("alt+a");
        wizard.step("alt+n", "Installation folder");
        wizard.step("alt+n", "Port to listen on (9182)");
        change(&wizard);
        wizard.step("alt+n", "Ready to install");
        wizard.step("alt+i", "Setup is complete");
        wizard.press("alt+f");
        assert_eq!(wizard.code(), win32::SUCCESS);
        windows.service("hello").reaches(State::Running);
        let registry = Registry::save(&windows);
        let recorded = |name| registry.text(r"HKLM\Software\hello\hello\Properties", name);
        (
            registry
                .text(r"HKLM\Software\Hello settings", "Settings")
                .unwrap(),
            ["LISTEN_PORT", "ADDRESS"].map(|name| recorded(name).unwrap()),
        )
    };
    let (settings, recorded) = install(&old.msi, &|wizard| {
        wizard.enter("8321");
        wizard.press("Tab");
        wizard.enter("10.0.0.1");
    });
    assert_eq!(settings, "8321 10.0.0.1");
    assert_eq!(recorded, ["8321", "10.0.0.1"]);

    let (settings, recorded) = install(&new.msi, &|wizard| {
        wizard.shows("8321");
        wizard.shows("10.0.0.1");
        for key in ["Home", "shift+End", "Delete"] {
            wizard.press(key);
        }
    });
    assert_eq!(settings, "9182 10.0.0.1");
    assert_eq!(recorded, ["<default>", "10.0.0.1"]);

    windows.uninstall(&new.msi).ok();
}

/// A box is checked for what is installed by default. Wine installs what was chosen before the dialogs.
#[test]
fn the_features_are_asked_for() {
    let features = r#"dialogs = true
files = [{ target = "docs/", feature = "docs" }, { target = "tools/", feature = "tools" }]

[package.metadata.winsvc.features]
docs = { title = "Documentation & more", description = "The manual." }
tools = { default = false }"#;
    let package = with(features).package();
    let screen = Screen::new();
    let windows = Windows::on(&screen);
    let wizard = Wizard::open(&windows, &screen, &package.msi, &[]);
    wizard.shows("Welcome to the installation of hello");
    wizard.step("alt+n", "License");
    wizard.press("alt+a");
    wizard.step("alt+n", "Installation folder");
    wizard.step("alt+n", "Features");
    wizard.shows("Documentation && more");
    wizard.shows("The manual.");
    wizard.step("alt+n", "Ready to install");
    wizard.step("alt+i", "Setup is complete");
    wizard.press("alt+f");
    assert_eq!(wizard.code(), win32::SUCCESS);
    let folder = |name| windows.drive_c("Program Files/hello").join(name).exists();
    assert_eq!((folder("docs"), folder("tools")), (true, false));

    let wizard = Wizard::open(&windows, &screen, &package.msi, &[]);
    wizard.shows("hello is already installed");
    wizard.step("alt+f", "Documentation && more");
    wizard.step("alt+n", "Ready to install");
    wizard.step("alt+b", "Documentation && more");
    wizard.step("alt+b", "hello is already installed");
    cancel(wizard);
    windows.uninstall(&package.msi).ok();
}

/// Leaves the setup from any of its pages.
fn cancel(wizard: Wizard<'_>) {
    wizard.step("Escape", "Cancel the setup of hello?");
    wizard.step("alt+y", "Setup was canceled");
    wizard.press("alt+f");
    assert_eq!(wizard.code(), USER_EXIT);
}

/// The account that is entered replaces the service's own.
#[test]
fn the_account_is_asked_for() {
    let package = with("dialogs.account = true").package();
    let screen = Screen::new();
    let windows = Windows::on(&screen);
    let wizard = Wizard::open(&windows, &screen, &package.msi, &[]);
    wizard.shows("Welcome to the installation of hello");
    wizard.step("alt+n", "License");
    wizard.press("alt+a");
    wizard.step("alt+n", "Installation folder");
    wizard.step("alt+n", "&User name:");
    wizard.enter("LocalSystem");
    wizard.step("alt+n", "Ready to install");
    wizard.step("alt+i", "Setup is complete");
    wizard.press("alt+f");
    assert_eq!(wizard.code(), win32::SUCCESS);
    windows.service("hello").reaches(State::Running);
    let account =
        Registry::save(&windows).text(r"HKLM\System\CurrentControlSet\Services\hello", "ObjectName");
    assert_eq!(account.as_deref(), Some("LocalSystem"));
    windows.uninstall(&package.msi).ok();
}

#[test]
fn a_user_who_cancels_is_asked_and_nothing_is_installed() {
    let package = hello().package();
    let screen = Screen::new();
    let windows = Windows::on(&screen);
    let wizard = Wizard::open(&windows, &screen, &package.msi, &[]);
    wizard.shows("Welcome to the installation of hello");
    wizard.step("Escape", "Cancel the setup of hello?");
    wizard.close("alt+n", "Cancel the setup of hello?");
    wizard.step("alt+n", "License");
    cancel(wizard);
    assert_eq!(windows.service("hello").status(), None);
    assert_eq!(windows.installed(), []);
}

#[test]
fn an_installed_product_is_repaired() {
    let package = hello().package();
    let screen = Screen::new();
    let windows = Windows::on(&screen);
    let service = windows.service("hello");
    windows.install(&package.msi, &[]).ok();
    service.reaches(State::Running);
    assert_eq!(service.stop(), 0);
    service.reaches(State::Stopped);
    let exe = windows.drive_c("Program Files/hello/hello.exe");
    std::fs::remove_file(&exe).unwrap();

    let wizard = Wizard::open(&windows, &screen, &package.msi, &[]);
    wizard.shows("hello is already installed");
    wizard.step("alt+p", "Ready to repair");
    wizard.step("alt+p", "Setup is complete");
    wizard.press("alt+f");
    assert_eq!(wizard.code(), win32::SUCCESS);
    assert!(exe.is_file());

    windows.uninstall(&package.msi).ok();
    assert_eq!(service.status(), None);
    assert_eq!(windows.installed(), []);
}

/// Wine removes nothing that a dialog has chosen: it keeps what it has found before the dialogs. That Windows does is
/// in docs/windows.md.
#[test]
fn an_installed_product_offers_its_removal() {
    let package = hello().package();
    let screen = Screen::new();
    let windows = Windows::on(&screen);
    windows.install(&package.msi, &[]).ok();
    let wizard = Wizard::open(&windows, &screen, &package.msi, &[]);
    wizard.shows("hello is already installed");
    wizard.step("alt+r", "Ready to remove");
    wizard.step("alt+b", "hello is already installed");
    wizard.step("alt+r", "Ready to remove");
    wizard.step("alt+r", "Setup is complete");
    wizard.press("alt+f");
    assert_eq!(wizard.code(), win32::SUCCESS);
}

#[test]
fn a_silent_upgrade_shows_nothing_and_replaces_another_language() {
    let languages = "dialogs.languages = [\"en\", \"de\"]";
    let folder = tempfile::tempdir().unwrap();
    let package = |version: &str| {
        let out_dir = folder.path().join(version);
        let arguments = ["--out-dir", out_dir.to_str().unwrap(), "--format", "msi"];
        let finished = with(languages).version(version).run("package", &arguments).ok();
        let [english, german] = finished.lines()[..] else {
            panic!("two packages: {finished}");
        };
        assert!(
            english.ends_with(&format!("hello-{version}-x64-en.msi")),
            "{english}"
        );
        assert!(
            german.ends_with(&format!("hello-{version}-x64-de.msi")),
            "{german}"
        );
        [english, german].map(std::path::PathBuf::from)
    };
    let ([english, _], [_, german]) = (package("1.0.0"), package("1.1.0"));
    let screen = Screen::new();
    let windows = Windows::on(&screen);
    let service = windows.service("hello");
    windows.install(&english, &[]).ok();
    let before = service.reaches(State::Running);
    windows.install(&german, &[]).ok();
    let after = service.reaches(State::Running);
    assert_ne!(after.pid, before.pid);
    let installed = windows.installed();
    let versions: Vec<&str> = installed.iter().map(|product| product.version.as_str()).collect();
    assert_eq!(versions, ["1.1.0"]);
    windows.uninstall(&german).ok();
    assert_eq!(service.status(), None);
}

/// With `/qb` Windows Installer shows its own progress, and waits for nobody.
#[test]
fn an_installation_with_the_installer_s_own_progress_asks_nothing() {
    let package = hello().package();
    let screen = Screen::new();
    let windows = Windows::on(&screen);
    let wizard = Wizard::open(&windows, &screen, &package.msi, &["/qb"]);
    assert_eq!(wizard.code(), win32::SUCCESS);
    windows.service("hello").reaches(State::Running);
}
