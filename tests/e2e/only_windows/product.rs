//! The products that these tests install, and what Windows then has of them.

use std::process::Stdio;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::paths::prepared;
use winsvc_tests::process::Running;
use winsvc_tests::residue::Registry;
use winsvc_tests::windows::{Record, Windows};

/// The service's key, below `HKEY_LOCAL_MACHINE`.
pub(crate) const KEY: &str = r"System\CurrentControlSet\Services\hello";

/// The key of its event source.
pub(crate) const SOURCE: &str = r"System\CurrentControlSet\Services\EventLog\Application\hello";

/// The exe where its MSI installs it.
pub(crate) const EXE: &str = r"C:\Program Files\hello\hello.exe";

/// The number of the event with which a service reports that it runs, and its version.
const RUNNING: u32 = 10;

/// Ends with an error on the control 200, and reports the variable `GREETING` before.
const PROGRAM: &str = r#"
use winsvc::Control;

#[winsvc::main]
async fn main(service: winsvc::Service) -> std::io::Result<()> {
    let mut controls = service.controls().accept_custom(200..=200);
    service.progress(&std::env::var("GREETING").unwrap_or_default());
    service.ready();
    match controls.next().await {
        Some(Control::Custom(..)) => Err(std::io::Error::from_raw_os_error(10048)),
        _ => Ok(()),
    }
}
"#;

/// Fails before it is ready.
pub(crate) const FAILING: &str = r"
#[winsvc::main]
async fn main(_: winsvc::Starting) -> std::io::Result<()> {
    Err(std::io::Error::from_raw_os_error(10048))
}
";

/// A definition with a value for each setting that a package can have.
const FULL: &str = r#"
[package.metadata.winsvc]
start = "delayed"
account = "local-system"
privileges = ["SeBackupPrivilege", "SeRestorePrivilege"]
preshutdown-timeout = "45s"
environment = { GREETING = "good day", LEVEL = "3" }
security = "D:(A;;GA;;;SY)(A;;GA;;;BA)(A;;CCLCSWLORCRPWP;;;IU)"

[[package.metadata.winsvc.triggers]]
on = "named-pipe"
pipe = "winsvc hello"

[[package.metadata.winsvc.triggers]]
on = "machine-policy"
"#;

/// The packages of the fixture `hello` with the program above and with `table` in its Cargo.toml.
pub(crate) fn packages(folder: &str, table: &str) -> Packages {
    Fixture::new("hello")
        .in_folder(&format!("only-windows/{folder}"))
        .write("src/main.rs", PROGRAM)
        .manifest(table)
        .package()
}

/// The fixture `hello` without configuration, in this version.
pub(crate) fn default(version: &str) -> Fixture {
    Fixture::new("hello").version(version)
}

/// The fixture `hello` with a value for each setting, in this version.
pub(crate) fn full(version: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder("only-windows/full")
        .version(version)
        .write("src/main.rs", PROGRAM)
        .manifest(FULL)
}

/// The values with these names in a key, in the registry's notation of the tests.
pub(crate) fn values(windows: &Windows, key: &str, names: &[&str]) -> Vec<String> {
    let mut values = Registry::save(windows).values(key);
    values.retain(|value| {
        let (name, _) = value.split_once('=').unwrap_or_default();
        names.contains(&name)
    });
    values
}

/// Whether a key exists.
pub(crate) fn has_key(windows: &Windows, key: &str) -> bool {
    Registry::save(windows).below(key).keys().next().is_some()
}

/// All that Windows has of the service and its event source: what a package can set.
pub(crate) fn registered(windows: &Windows) -> Vec<String> {
    let service = windows.service("hello");
    let of_service = ["DelayedAutostart", "Environment", "PreshutdownTimeout"];
    [
        service.registration(),
        service.settings(),
        values(windows, KEY, &of_service),
        Registry::save(windows).values(SOURCE),
        vec![format!("security={}", security(windows))],
    ]
    .concat()
}

/// The service's discretionary access control list, as `sc sdshow` prints it.
fn security(windows: &Windows) -> String {
    let shown = windows.run("sc", &["sdshow", "hello"]).ok();
    let list = shown.stdout.trim();
    // What follows is for audits, and is not the package's.
    let end = list.find("S:").unwrap_or(list.len());
    list[..end].to_owned()
}

/// Waits until the last start that the event log knows is one of this version.
pub(crate) fn runs(windows: &Windows, version: &str) {
    until(&format!("version {version} runs"), PATIENCE, || {
        let records = windows.records();
        let is_start = |record: &&Record| record.source == "hello" && record.number == RUNNING;
        match records.iter().rfind(is_start) {
            Some(start) if start.text.trim_end().ends_with(&format!(" {version}")) => Ok(()),
            _ => Err(records),
        }
    });
}

/// The process of a service that belongs to Windows.
pub(crate) fn process_of(windows: &Windows, service: &str) -> String {
    let status = windows.run(prepared("probe.exe"), &["status", service]).ok();
    let pid = status
        .stdout
        .split_whitespace()
        .find(|word| word.starts_with("pid="));
    pid.unwrap_or_else(|| panic!("{service}: {status}")).to_owned()
}

/// Starts the probe with a verb that holds something until the probe ends, and gives its first line.
pub(crate) fn holds(windows: &Windows, verb: &str, what: &str) -> (Running, String) {
    let mut command = windows.program(prepared("probe.exe"));
    let mut probe = Running::start(command.args([verb, what]).stdin(Stdio::piped()));
    let line = until(&format!("the line of `probe {verb} {what}`"), PATIENCE, || {
        let said = probe.stdout();
        let line = said.split_once('\n').map(|(line, _)| line.trim_end().to_owned());
        assert!(line.is_some() || probe.is_alive(), "{}", probe.stderr());
        line.ok_or(said)
    });
    (probe, line)
}
