//! Properties: what an administrator sets at an installation, by msiexec, by the zip's scripts and by the exe.

use std::fs;
use std::path::Path;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::package::unpack;
use winsvc_tests::paths::to_windows;
use winsvc_tests::residue::{Registry, Snapshot};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

/// Writes down its arguments and the token. (Wine does not give a service the variables of its registration.)
const PROGRAM: &str = r#"
#[winsvc::main]
async fn main(service: winsvc::Service) -> std::io::Result<()> {
    let mut lines: Vec<String> = std::env::args().skip(1).collect();
    let token = match service.read_config("token") {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        token => token?,
    };
    lines.push(format!("token={}", String::from_utf8_lossy(&token)));
    let told = service.data_folder()?.join("told.txt");
    std::fs::write(told.with_extension("new"), lines.join("\n"))?;
    std::fs::rename(told.with_extension("new"), told)?;
    service.stop_requested().await;
    Ok(())
}
"#;

const KEYS: &str = r#"[package.metadata.winsvc]
arguments = ["--first={LISTEN_PORT}", '--config={config}\a.toml', "--data={data}", "--name={name} {version}"]
environment = { FOLDER = '{install}\x' }

[package.metadata.winsvc.properties.LISTEN_PORT]
description = "Port to listen on"
argument = "--port={value}"
default = "9182"
min = 1
max = 65535

[package.metadata.winsvc.properties.ADDRESS]
setting = "web.address"
variable = "PLAIN"

[package.metadata.winsvc.properties.COLLECTORS]
argument = "--collectors={value}"

[package.metadata.winsvc.properties.REPORTING]
argument = { no = "--disable-reporting", yes = "" }
default = "yes"

[package.metadata.winsvc.properties.EXTRA_FLAGS]
arguments = true
refuse = { contains = "--port", message = "use LISTEN_PORT" }

[package.metadata.winsvc.properties.TOKEN_FILE]
file = "token"

[[package.metadata.winsvc.registry]]
key = 'Software\Hello properties'
name = "Port"
value = "{LISTEN_PORT}""#;

fn hello(version: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder("properties")
        .version(version)
        .manifest(KEYS)
        .write("src/main.rs", PROGRAM)
}

const TOLD: &str = "ProgramData/hello/data/told.txt";

/// What the service has written down since it was last asked.
fn told(windows: &Windows) -> Vec<String> {
    windows.service("hello").reaches(State::Running);
    let file = windows.drive_c(TOLD);
    let text = until("what the service was told", PATIENCE, || {
        fs::read_to_string(&file)
    });
    fs::remove_file(file).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// What the service is told after a second run. Windows changes the command line of a service that exists; Wine does
/// not, so the exe does it there, with the values that the package has recorded.
fn after_a_second_run(windows: &Windows, port: &str) -> Vec<String> {
    let lines = told(windows);
    if lines.contains(&format!("--port={port}")) {
        return lines;
    }
    let may_be_behind = cfg!(unix);
    assert!(may_be_behind, "{lines:#?}");
    for verb in ["install", "restart"] {
        let exe = r"C:\Program Files\hello\hello.exe";
        let (code, output) = windows.exit_code(exe, &["service", verb]);
        assert_eq!(code, 0, "{output}");
    }
    told(windows)
}

/// What a service of this version is told.
fn with(version: &str, flags: &[&str], port: &str, token: &str) -> Vec<String> {
    let mut lines = vec![
        format!("--first={port}"),
        r"--config=C:\ProgramData\hello\a.toml".to_owned(),
        r"--data=C:\ProgramData\hello\data\".to_owned(),
        format!("--name=hello {version}"),
    ];
    let (before, after): (Vec<&&str>, Vec<&&str>) =
        flags.iter().partition(|flag| flag.starts_with("--collectors"));
    lines.extend(before.iter().map(|flag| (**flag).to_owned()));
    lines.push(format!("--port={port}"));
    lines.extend(after.iter().map(|flag| (**flag).to_owned()));
    lines.push(format!("token={token}"));
    lines
}

/// The variables in the registration.
fn variables(windows: &Windows) -> Vec<String> {
    let values = Registry::save(windows).values(r"System\CurrentControlSet\Services\hello");
    let environment = values.iter().find_map(|value| value.strip_prefix("Environment="));
    let text = environment
        .expect("an environment")
        .trim_start_matches("str(7):")
        .trim_matches('"');
    text.split("\\0")
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

fn with_address(address: &str) -> [String; 3] {
    [
        r"FOLDER=C:\\Program Files\\hello\\x".to_owned(),
        format!("HELLO_WEB__ADDRESS={address}"),
        format!("PLAIN={address}"),
    ]
}

fn registered_port(windows: &Windows) -> Option<String> {
    Registry::save(windows).text(r"HKLM\Software\Hello properties", "Port")
}

#[test]
fn values_flow_are_remembered_and_change_with_a_second_run() {
    let old = hello("1.0.0").package();
    let new = hello("1.1.0").package();
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    windows.install(&old.msi, &[]).ok();
    assert_eq!(told(&windows), with("1.0.0", &[], "9182", ""));
    assert_eq!(registered_port(&windows).as_deref(), Some("9182"));
    assert_eq!(variables(&windows), with_address(""));

    // A second run of the same package.
    let token = windows.drive_c("the token.txt");
    fs::write(&token, "abc").unwrap();
    let changes = [
        "LISTEN_PORT=80",
        "ADDRESS=127.0.0.1 or not",
        "COLLECTORS=cpu, memory",
        "REPORTING=no",
        "EXTRA_FLAGS=--verbose --log=x",
        r"TOKEN_FILE=C:\the token.txt",
    ];
    windows.install(&old.msi, &changes).ok();
    let flags = [
        "--collectors=cpu, memory",
        "--disable-reporting",
        "--verbose",
        "--log=x",
    ];
    assert_eq!(
        after_a_second_run(&windows, "80"),
        with("1.0.0", &flags, "80", "abc")
    );
    assert_eq!(registered_port(&windows).as_deref(), Some("80"));
    assert_eq!(variables(&windows), with_address("127.0.0.1 or not"));
    assert!(!windows.drive_c("ProgramData/hello/token.before").exists());

    // An upgrade without values, and one of the values in a second run.
    windows.install(&new.msi, &[]).ok();
    assert_eq!(told(&windows), with("1.1.0", &flags, "80", "abc"));
    windows.install(&new.msi, &["LISTEN_PORT=81"]).ok();
    assert_eq!(
        after_a_second_run(&windows, "81"),
        with("1.1.0", &flags, "81", "abc")
    );
    assert_eq!(registered_port(&windows).as_deref(), Some("81"));
    // A repair.
    windows
        .install(&new.msi, &["REINSTALL=ALL", "REINSTALLMODE=amus"])
        .ok();
    assert_eq!(
        after_a_second_run(&windows, "81"),
        with("1.1.0", &flags, "81", "abc")
    );
    windows.install(&new.msi, &["FORGET=1", "ADDRESS=here"]).ok();
    assert_eq!(variables(&windows), with_address("here"));
    assert_eq!(registered_port(&windows).as_deref(), Some("9182"));

    windows.purge(&new.msi).ok();
    fs::remove_file(&token).unwrap();
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}

#[test]
fn a_value_that_is_not_allowed_ends_the_installation_before_it_changes_anything() {
    let package = hello("1.0.0").package();
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    for value in [
        "LISTEN_PORT=0",
        "LISTEN_PORT=65536",
        "LISTEN_PORT=http",
        "REPORTING=maybe",
        "REPORTING=ye",
        "EXTRA_FLAGS=--a --port=1",
        r"COLLECTORS=a\",
        "ADDRESS=#1",
    ] {
        let outcome = windows.install(&package.msi, &[value]);
        assert_ne!(outcome.code, win32::SUCCESS, "{value}");
        assert_eq!(
            before.difference(&Snapshot::take(&windows)),
            Vec::<String>::new(),
            "{value}"
        );
    }
    // No file: the copy fails, and with it the installation.
    windows
        .install(&package.msi, &[r"TOKEN_FILE=C:\nowhere.txt"])
        .ends_with(win32::ACTION_FAILED);
    assert_eq!(windows.service("hello").status(), None);
}

fn prompt(windows: &Windows, exe: &Path, arguments: &[&str]) -> (u32, String) {
    let (code, output) = windows.exit_code(&to_windows(exe), arguments);
    (code, output.stdout.clone() + &output.stderr)
}

#[test]
fn the_exe_and_the_zip_s_script_set_the_same_properties() {
    let package = hello("1.0.0").package();
    let windows = Windows::new();
    let folder = unpack(&package.zip, &windows.drive_c("zip"));
    let script = to_windows(&folder.join("install.cmd"));
    let install = |arguments: &[&str]| {
        let words: Vec<&str> = ["/d", "/c", &script]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        let (code, output) = windows.exit_code("cmd", &words);
        assert_eq!(code, 0, "{output}");
    };
    let port = || told(&windows)[0].clone();
    install(&["--set", "LISTEN_PORT=80"]);
    assert_eq!(port(), "--first=80");
    let exe = folder.join("hello.exe");
    let (code, output) = prompt(&windows, &exe, &["service", "install", "--set", "LISTEN_PORT=0"]);
    assert_eq!(code, 2, "{output}");
    assert!(
        output
            .contains("invalid value for the property LISTEN_PORT; expected a whole number from 1 to 65535"),
        "{output}"
    );
    let (code, output) = prompt(&windows, &exe, &["service", "install", "--set=REPORTING=no"]);
    assert_eq!(code, 0, "{output}");
    assert!(output.contains("LISTEN_PORT=80; REPORTING=no"), "{output}");
    let (code, output) = prompt(&windows, &exe, &["service", "restart"]);
    assert_eq!(code, 0, "{output}");
    assert_eq!(port(), "--first=80", "recorded");

    let (code, output) = prompt(&windows, &exe, &["service", "uninstall"]);
    assert_eq!(code, 0, "{output}");
    let records = Registry::save(&windows).values(r"Software\hello\hello\Properties");
    assert_eq!(records, Vec::<String>::new());
}

fn account(windows: &Windows) -> Option<String> {
    Registry::save(windows).text(r"HKLM\System\CurrentControlSet\Services\hello", "ObjectName")
}

#[test]
fn an_account_is_chosen_at_the_installation_and_stays() {
    let old = Fixture::new("hello").package();
    let new = Fixture::new("hello").version("1.1.0").package();
    let windows = Windows::new();
    let service = windows.service("hello");
    windows
        .install(&old.msi, &[r"ACCOUNT=NT AUTHORITY\NetworkService"])
        .ok();
    service.reaches(State::Running);
    let chosen = Some(r"NT AUTHORITY\NetworkService".to_owned());
    assert_eq!(account(&windows), chosen);
    windows.install(&new.msi, &[]).ok();
    service.reaches(State::Running);
    assert_eq!(account(&windows), chosen);
    windows.uninstall(&new.msi).ok();

    // Wine has no accounts that a service could log on as, and ignores the password.
    if cfg!(unix) {
        let outcome = windows.install(&old.msi, &[r"ACCOUNT=.\agent", "PASSWORD=not to be seen"]);
        outcome.ok();
        assert_eq!(account(&windows).as_deref(), Some(r".\agent"));
        windows.uninstall(&old.msi).ok();
    }
}
