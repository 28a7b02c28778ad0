//! Shortcuts and URL protocols that a package creates and removes.

use std::fs;
use std::path::PathBuf;

use winsvc_tests::fixture::Fixture;
use winsvc_tests::residue::{Registry, Snapshot};
use winsvc_tests::windows::Windows;

const KEYS: &str = r#"[[package.metadata.winsvc.shortcuts]]
name = "Hello Größe"
program = "hello"
arguments = ["service", "run", "--", "{data}"]
description = "Runs it."
folder = "Acme/Hello"

[[package.metadata.winsvc.shortcuts]]
name = "Logs"
target = "{logs}"
place = "desktop"

[[package.metadata.winsvc.shortcuts]]
name = "Hello"
program = "hello"
place = "startup"
working-folder = "data"

[[package.metadata.winsvc.shortcuts]]
name = "Acme on the web"
url = "https://acme.example/?a=%20[1]"
"#;

/// Where all users see them, and where the user of Wine does: Wine takes the user's folders in any case.
const MENUS: [&str; 2] = [
    "ProgramData/Microsoft/Windows/Start Menu/Programs",
    "AppData/Roaming/Microsoft/Windows/Start Menu/Programs",
];
const DESKTOPS: [&str; 2] = ["users/Public/Desktop", "Desktop"];

/// The folder for all users on Windows, for the only user in Wine.
fn folder(windows: &Windows, [of_all, of_user]: [&str; 2]) -> PathBuf {
    if cfg!(windows) {
        return windows.drive_c(of_all);
    }
    let users = fs::read_dir(windows.drive_c("users")).unwrap();
    let mut users = users.map(|user| user.unwrap());
    let user = users.find(|user| user.file_name() != "Public").expect("a user");
    user.path().join(of_user)
}

/// Whether a shortcut has a string: its path is one of bytes, the others are UTF-16.
fn has(link: &[u8], text: &str) -> bool {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [text.as_bytes(), &units]
        .into_iter()
        .any(|text| link.windows(text.len()).any(|part| part == text))
}

#[test]
fn a_url_protocol_names_the_program_that_opens_its_addresses() {
    let key = "[package.metadata.winsvc]\nurl-protocols.hello-1 = \"hello\"";
    let packages = Fixture::new("hello")
        .in_folder("protocols")
        .manifest(key)
        .package();
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    windows.install(&packages.msi, &["START=0"]).ok();
    let registry = Registry::save(&windows);
    let values = |below: &str| registry.values(&format!(r"Software\Classes\hello-1{below}"));
    assert_eq!(values(""), [r#"@="URL:hello""#, r#"URL Protocol="""#]);
    assert_eq!(
        values(r"\DefaultIcon"),
        [r#"@="C:\\Program Files\\hello\\hello.exe,0""#]
    );
    assert_eq!(
        values(r"\shell\open\command"),
        [r#"@="\"C:\\Program Files\\hello\\hello.exe\" \"%1\"""#]
    );
    windows.uninstall(&packages.msi).ok();
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}

#[test]
fn they_open_what_they_name_and_a_removal_takes_them_away() {
    let packages = Fixture::new("hello")
        .in_folder("shortcuts")
        .manifest(KEYS)
        .package();
    let windows = Windows::new();
    // Windows has such a file there; without one, Wine removes the folder when it is empty.
    for folder in [
        folder(&windows, MENUS).join("StartUp"),
        folder(&windows, DESKTOPS),
    ] {
        let settings = folder.join("desktop.ini");
        if !settings.exists() {
            fs::write(settings, "").unwrap();
        }
    }
    let before = Snapshot::take(&windows);
    windows.install(&packages.msi, &["START=0"]).ok();

    let menu = |path: &str| folder(&windows, MENUS).join(path);
    let link = fs::read(menu("Acme/Hello/Hello Größe.lnk")).unwrap();
    for text in [
        r"C:\Program Files\hello\hello.exe",
        r#"service run -- "C:\ProgramData\hello\data\\""#,
        "Runs it.",
        r"C:\Program Files\hello\",
    ] {
        assert!(has(&link, text), "{text}: {}", String::from_utf8_lossy(&link));
    }
    let link = fs::read(menu("StartUp/Hello.lnk")).unwrap();
    assert!(has(&link, r"C:\ProgramData\hello\data\"));
    let link = fs::read(folder(&windows, DESKTOPS).join("Logs.lnk")).unwrap();
    assert!(has(&link, r"C:\ProgramData\hello\logs\"));
    let url = fs::read_to_string(menu("hello/Acme on the web.url")).unwrap();
    assert_eq!(
        url.replace("\r\n", "\n").trim(),
        "[InternetShortcut]\nURL=https://acme.example/?a=%20[1]"
    );

    windows.uninstall(&packages.msi).ok();
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}
