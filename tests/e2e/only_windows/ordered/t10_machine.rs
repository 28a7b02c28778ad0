//! Firewall rules, shortcuts, a URL protocol, a requirement and a command of the product.

use std::fs;
use std::path::PathBuf;

use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::residue::Registry;
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

const KEYS: &str = r#"[package.metadata.winsvc]
url-protocols.hello-1 = "hello"

[package.metadata.winsvc.requires]
windows = "10"
administrator = true

[package.metadata.winsvc.firewall.http]
port = PORT
remote = "local-subnet"
description = "Serves 100% of [it]."

[[package.metadata.winsvc.shortcuts]]
name = "Hello"
target = "{logs}"
folder = "Acme/Hello"

[[package.metadata.winsvc.shortcuts]]
name = "Hello on the web"
url = "https://acme.example"

[[package.metadata.winsvc.commands]]
program = "tools/note.exe"
arguments = ["query", "hello"]
"#;

/// The path of the note that the command leaves: `sc-recorder.c` names it after its own exe.
const NOTE: &str = r"C:\note.txt";

fn packages(version: &str, port: u16) -> Packages {
    let note = fs::read(winsvc_tests::paths::prepared("sc-recorder.exe")).unwrap();
    Fixture::new("hello")
        .in_folder("only-windows/machine")
        .version(version)
        .manifest(&format!(
            "{}\n[package.metadata.winsvc.package]\nfiles = [\"tools/\"]",
            KEYS.replace("PORT", &port.to_string())
        ))
        .write("tools/note.exe", &note)
        .package()
}

/// What the firewall has of the rule; `None` if there is none.
fn rule(windows: &Windows) -> Option<Vec<(String, String)>> {
    let show = "Get-NetFirewallRule -DisplayName 'hello: http' -ErrorAction SilentlyContinue | ForEach-Object { \
        'Enabled=' + $_.Enabled; 'Direction=' + $_.Direction; 'Action=' + $_.Action; 'Profile=' + $_.Profile; \
        'Description=' + $_.Description; \
        'Port=' + ($_ | Get-NetFirewallPortFilter).LocalPort; \
        'Protocol=' + ($_ | Get-NetFirewallPortFilter).Protocol; \
        'Remote=' + ($_ | Get-NetFirewallAddressFilter).RemoteAddress; \
        'Program=' + ($_ | Get-NetFirewallApplicationFilter).Program; \
        'Service=' + ($_ | Get-NetFirewallServiceFilter).Service }";
    let shown = windows
        .run("powershell", &["-NoProfile", "-NonInteractive", "-Command", show])
        .ok();
    let lines = shown.lines();
    let pairs: Vec<(String, String)> = lines
        .iter()
        .filter_map(|line| line.trim().split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    (!pairs.is_empty()).then_some(pairs)
}

fn expected(port: u16) -> Vec<(String, String)> {
    [
        ("Enabled", "True"),
        ("Direction", "Inbound"),
        ("Action", "Allow"),
        ("Profile", "Domain, Private"),
        ("Description", "Serves 100% of [it]."),
        ("Port", &port.to_string()),
        ("Protocol", "TCP"),
        ("Remote", "LocalSubnet"),
        ("Program", r"C:\Program Files\hello\hello.exe"),
        ("Service", "hello"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

fn menu(path: &str) -> PathBuf {
    PathBuf::from(r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs").join(path)
}

#[test]
fn what_a_package_makes_is_there_after_an_installation_and_gone_after_a_removal() {
    let (old, new) = (packages("1.0.0", 9182), packages("1.1.0", 9183));
    let windows = Windows::new();
    let _ = fs::remove_file(NOTE);
    windows.install(&old.msi, &[]).ok();
    windows.service("hello").reaches(State::Running);
    assert_eq!(rule(&windows), Some(expected(9182)));
    assert!(menu(r"Acme\Hello\Hello.lnk").is_file());
    assert!(menu(r"hello\Hello on the web.url").is_file());
    let command = Registry::save(&windows).values(r"Software\Classes\hello-1\shell\open\command");
    assert_eq!(command.len(), 1, "{command:#?}");
    // 1: the service is stopped.
    assert_eq!(fs::read_to_string(NOTE).unwrap().trim(), "<query> <hello> 1");

    windows.install(&new.msi, &[]).ok();
    assert_eq!(
        rule(&windows),
        Some(expected(9183)),
        "one rule, with the new port"
    );
    let exe = r"C:\Program Files\hello\hello.exe";
    let _ = windows.run(exe, &["service", "install"]).ok();
    assert_eq!(rule(&windows), Some(expected(9183)), "the exe adds the same rule");

    windows.uninstall(&new.msi).ok();
    assert_eq!(rule(&windows), None);
    assert!(!menu("Acme").exists());
    assert!(!menu("hello").exists());
    assert!(
        Registry::save(&windows)
            .values(r"Software\Classes\hello-1")
            .is_empty()
    );
    let _ = fs::remove_file(NOTE);
}

#[test]
fn firewall_0_adds_no_rule() {
    let packages = packages("1.0.0", 9182);
    let windows = Windows::new();
    windows.install(&packages.msi, &["FIREWALL=0"]).ok();
    assert_eq!(rule(&windows), None);
    windows.uninstall(&packages.msi).ok();
    let _ = fs::remove_file(NOTE);
}
