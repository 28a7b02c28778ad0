//! The owners and access lists of the folders below `%ProgramData%`, and what a user has put there before.

use std::fs;
use std::path::Path;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

/// Stores something in its data folder, which it checks.
const PROGRAM: &str = r#"
#[winsvc::main]
async fn main(starting: winsvc::Starting) -> std::io::Result<()> {
    std::fs::write(starting.data_folder()?.join("state.txt"), "1")?;
    let service = starting.ready();
    service.stop_requested().await;
    Ok(())
}
"#;

const FOLDER: &str = r"C:\ProgramData\Acme\hello";
const STATE: &str = r"C:\ProgramData\Acme\hello\data\state.txt";

/// The SID of `NT SERVICE\hello`.
const HELLO: &str = "S-1-5-80-2646819945-2007802563-3330417993-342588509-2031221568";

fn hello(version: &str) -> Packages {
    Fixture::new("hello")
        .in_folder("only-windows/folders")
        .version(version)
        .manifest("[package.metadata.winsvc.package]\nmanufacturer = \"Acme\"")
        .write("src/main.rs", PROGRAM)
        .package()
}

fn powershell(windows: &Windows, command: &str) -> String {
    let finished = windows
        .run(
            "powershell",
            &["-NoProfile", "-NonInteractive", "-Command", command],
        )
        .ok();
    finished.stdout.trim().to_owned()
}

/// The owner of a folder and the entries of its access list, if it inherits nothing.
fn access(windows: &Windows, folder: &str) -> String {
    let security = powershell(windows, &format!("(Get-Acl -LiteralPath '{folder}').Sddl"));
    let (owner, rest) = security.split_once("G:").expect("a group");
    let (_, list) = rest.split_once("D:").expect("an access list");
    let (flags, entries) = list.split_at(list.find('(').unwrap_or(list.len()));
    assert!(flags.contains('P'), "{folder} inherits: {security}");
    format!("{owner} {entries}")
}

fn has_its_access_lists(windows: &Windows) {
    const ADMINISTRATORS: &str = "O:BA (A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
    let [read, change] =
        ["0x1200a9", "0x1301bf"].map(|rights| format!("{ADMINISTRATORS}(A;OICI;{rights};;;{HELLO})"));
    for (folder, expected) in [
        (
            r"C:\ProgramData\Acme",
            format!("{ADMINISTRATORS}(A;OICI;0x1200a9;;;BU)"),
        ),
        (FOLDER, read),
        (r"C:\ProgramData\Acme\hello\data", change.clone()),
        (r"C:\ProgramData\Acme\hello\logs", change),
    ] {
        assert_eq!(access(windows, folder), expected, "{folder}");
    }
}

fn stores_its_state(windows: &Windows) {
    windows.service("hello").reaches(State::Running);
    until("the service's state", PATIENCE, || fs::read_to_string(STATE));
}

#[test]
fn every_installation_upgrade_and_repair_protects_the_folders() {
    let (old, new) = (hello("1.0.0"), hello("1.1.0"));
    let windows = Windows::new();
    windows.install(&old.msi, &[]).ok();
    stores_its_state(&windows);
    has_its_access_lists(&windows);
    let open = || {
        for folder in [FOLDER, r"C:\ProgramData\Acme\hello\data"] {
            let _ = windows
                .run("icacls", &[folder, "/grant", "*S-1-5-32-545:(OI)(CI)M"])
                .ok();
        }
    };
    open();
    windows.install(&new.msi, &[]).ok();
    has_its_access_lists(&windows);
    open();
    windows.repair(&new.msi).ok();
    has_its_access_lists(&windows);

    // The verbs want the same.
    let exe = r"C:\Program Files\Acme\hello\hello.exe";
    let nothing = "The service \"hello\" is already installed; nothing to change.";
    let install = || windows.run(exe, &["service", "install"]).ok().lines().join("\n");
    assert_eq!(install(), nothing);
    open();
    assert!(install().contains("folders"), "they correct the folders, too");
    has_its_access_lists(&windows);
    assert_eq!(install(), nothing);

    windows.uninstall(&new.msi).ok();
    assert_eq!(fs::read_to_string(STATE).unwrap(), "1");
    windows.install(&new.msi, &[]).ok();
    windows.purge(&new.msi).ok();
    assert!(!Path::new(r"C:\ProgramData\Acme").exists());
}

#[test]
fn folders_that_a_user_has_created_before_are_taken_over() {
    let packages = hello("1.0.0");
    let windows = Windows::new();
    let folder = windows.drive_c("ProgramData/Acme/hello/data");
    fs::create_dir_all(&folder).unwrap();
    for folder in folder.ancestors().take(3) {
        windows.give_away(folder);
    }
    windows.install(&packages.msi, &[]).ok();
    has_its_access_lists(&windows);
    stores_its_state(&windows);
    windows.purge(&packages.msi).ok();
}

#[test]
fn a_junction_in_the_place_of_a_folder_and_one_in_the_data_lead_nowhere() {
    let packages = hello("1.0.0");
    let windows = Windows::new();
    let left = windows.drive_c("Left");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("kept.txt"), "kept").unwrap();
    let security = || powershell(&windows, r"(Get-Acl -LiteralPath 'C:\Left').Sddl");
    let before = security();
    let junction = |path: &str| {
        let _ = windows.run("cmd", &["/c", "mklink", "/J", path, r"C:\Left"]).ok();
    };

    // Whether the installation succeeds or not.
    fs::create_dir_all(FOLDER).unwrap();
    junction(r"C:\ProgramData\Acme\hello\logs");
    let outcome = windows.install(&packages.msi, &[]);
    println!("the installation over a junction ended with {}", outcome.code);
    assert_eq!(security(), before);
    let _ = windows.purge(&packages.msi);
    assert!(left.join("kept.txt").is_file());
    let _ = fs::remove_dir_all(r"C:\ProgramData\Acme");

    windows.install(&packages.msi, &[]).ok();
    stores_its_state(&windows);
    junction(r"C:\ProgramData\Acme\hello\data\link");
    windows.purge(&packages.msi).ok();
    assert!(!Path::new(FOLDER).exists());
    assert!(left.join("kept.txt").is_file(), "what a link leads to stays");
}

#[test]
fn the_sid_of_a_service_is_the_one_that_windows_gives_it() {
    let windows = Windows::new();
    for (name, sid) in [
        ("hello", HELLO),
        // As the unit tests of the definition compute it.
        (
            "größe dienst",
            "S-1-5-80-1960546774-4077317572-133767027-2147587145-2242745936",
        ),
    ] {
        let shown = windows.run("sc", &["showsid", name]).ok();
        assert!(shown.stdout.contains(sid), "{shown}");
    }
}
