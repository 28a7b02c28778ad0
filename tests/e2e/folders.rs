//! The folders of a service: where it is installed, its settings, data and logs, and what becomes of them.

use std::fs;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::paths::to_windows;
use winsvc_tests::residue::{Registry, Snapshot};
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

/// Copies a file of the administrator's to its data, and writes down its folders.
const PROGRAM: &str = r#"
#[winsvc::main]
async fn main(starting: winsvc::Starting) -> std::io::Result<()> {
    let greeting = match starting.read_config("greeting.txt") {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        greeting => greeting?,
    };
    let data = starting.data_folder()?;
    std::fs::write(data.join("greeting.txt"), greeting)?;
    let folders = starting.folders();
    let folders = [folders.install(), folders.config(), folders.data(), folders.logs()];
    let folders: Vec<String> = folders.iter().map(|path| path.display().to_string()).collect();
    std::fs::write(data.join("folders.txt"), folders.join("\n"))?;
    let service = starting.ready();
    service.stop_requested().await;
    Ok(())
}
"#;

const KEY: &str = r"Software\Acme\hello";

fn hello(version: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder("folders")
        .version(version)
        .manifest(
            "[package.metadata.winsvc.package]\nmanufacturer = \"Acme\"\ninstall-folder = \"Acme/Hello Agent\"\n\
             data-folder = \"Acme/Größe & Agent\"",
        )
        .write("src/main.rs", PROGRAM)
}

const CONFIG: &str = "ProgramData/Acme/Größe & Agent";

/// What the service has written down, once it runs.
fn told(windows: &Windows) -> Vec<String> {
    windows.service("hello").reaches(State::Running);
    let file = windows.drive_c(CONFIG).join("data/folders.txt");
    let text = until("the folders", PATIENCE, || fs::read_to_string(&file));
    text.lines().map(str::to_owned).collect()
}

#[test]
fn an_installation_makes_the_folders_and_a_removal_keeps_them_unless_it_is_told_otherwise() {
    let packages = hello("1.0.0").package();
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    let file = |name: &str| windows.drive_c(CONFIG).join(name);
    windows.install(&packages.msi, &[]).ok();
    for folder in ["", "data", "logs"] {
        assert!(file(folder).is_dir(), "{folder}");
    }
    assert_eq!(
        told(&windows),
        [
            r"C:\Program Files\Acme\Hello Agent",
            r"C:\ProgramData\Acme\Größe & Agent",
            r"C:\ProgramData\Acme\Größe & Agent\data",
            r"C:\ProgramData\Acme\Größe & Agent\logs",
        ]
    );

    // What the administrator writes is read at the next start.
    fs::write(file("greeting.txt"), "good day").unwrap();
    let service = windows.service("hello");
    service.stop();
    service.reaches(State::Stopped);
    service.start();
    service.reaches(State::Running);
    let greeting = || fs::read_to_string(file("data/greeting.txt")).unwrap();
    assert_eq!(greeting(), "good day");

    // As a repair does, which Wine's msiexec has no option for.
    windows
        .install(&packages.msi, &["REINSTALL=ALL", "REINSTALLMODE=amus"])
        .ok();
    assert_eq!(greeting(), "good day");
    windows.uninstall(&packages.msi).ok();
    assert!(!windows.drive_c("Program Files/Acme").exists());
    assert_eq!(greeting(), "good day");
    assert_eq!(fs::read_to_string(file("greeting.txt")).unwrap(), "good day");
    assert!(!file("logs").exists(), "a folder with nothing in it");

    windows.install(&packages.msi, &[]).ok();
    told(&windows);
    assert_eq!(greeting(), "good day");
    fs::create_dir_all(windows.drive_c("ProgramData/Acme/Other")).unwrap();
    windows.purge(&packages.msi).ok();
    assert!(!windows.drive_c(CONFIG).exists());
    assert!(
        windows.drive_c("ProgramData/Acme/Other").is_dir(),
        "another product's"
    );
    assert_eq!(Registry::save(&windows).values(KEY), Vec::<String>::new());

    windows.install(&packages.msi, &[]).ok();
    told(&windows);
    fs::remove_dir(windows.drive_c("ProgramData/Acme/Other")).unwrap();
    windows.purge(&packages.msi).ok();
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}

#[test]
fn an_upgrade_stays_in_the_folder_that_was_chosen_and_keeps_the_data() {
    let old = hello("1.0.0").package();
    let new = hello("1.1.0").package();
    let newest = hello("1.2.0").package();
    let windows = Windows::new();
    let chosen = windows.drive_c("my services/hello agent");
    let exe = |folder: &std::path::Path| folder.join("hello.exe").is_file();
    windows
        .install(&old.msi, &[r"INSTALLDIR=C:\my services\hello agent"])
        .ok();
    assert_eq!(told(&windows)[0], r"C:\my services\hello agent");
    assert!(exe(&chosen));
    let values = Registry::save(&windows).values(KEY);
    let chosen_value = r#"InstallFolder="C:\\my services\\hello agent\\""#.to_owned();
    assert!(values.contains(&chosen_value), "{values:#?}");
    let kept = windows.drive_c(CONFIG).join("data/kept.txt");
    fs::write(&kept, "kept").unwrap();

    // A newer version without the property: in the same folder, and only there.
    windows.install(&new.msi, &[]).ok();
    assert_eq!(told(&windows)[0], r"C:\my services\hello agent");
    assert!(exe(&chosen));
    assert!(!exe(&windows.drive_c("Program Files/Acme/Hello Agent")));
    assert_eq!(fs::read_to_string(&kept).unwrap(), "kept");
    let values = Registry::save(&windows).values(KEY);
    assert!(values.contains(&chosen_value), "{values:#?}");

    // The property still has the say.
    let other = windows.drive_c("Größe Eins");
    let property = format!("INSTALLDIR={}", to_windows_folder(&windows, "Größe Eins"));
    windows.install(&newest.msi, &[&property]).ok();
    assert!(exe(&other) && !exe(&chosen));
    assert_eq!(fs::read_to_string(&kept).unwrap(), "kept");

    // A removal finds the folder by itself.
    windows.purge(&newest.msi).ok();
    assert!(!exe(&other));
    assert!(!windows.drive_c("ProgramData/Acme").exists());
}

/// A folder of drive C as a Windows program takes it.
fn to_windows_folder(windows: &Windows, folder: &str) -> String {
    if cfg!(windows) {
        to_windows(&windows.drive_c(folder))
    } else {
        format!(r"C:\{folder}")
    }
}
