//! Self-update: an installed product gets its next versions from a server, and goes back from those that do not work.

use serde_json::Value;
use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::package::unpack;
use winsvc_tests::process::Finished;
use winsvc_tests::service::State;
use winsvc_tests::updates::Channel;
use winsvc_tests::windows::Windows;

/// A version whose service fails two seconds after its start.
const FAILS: &str = r#"
#[winsvc::main]
async fn main(starting: winsvc::Starting) -> Result<(), &'static str> {
    let service = starting.ready();
    std::thread::sleep(std::time::Duration::from_secs(2));
    drop(service);
    Err("no licence")
}
"#;

/// A version whose service does not start.
const DOES_NOT_START: &str = r#"
#[winsvc::main]
async fn main(_: winsvc::Starting) -> Result<(), &'static str> {
    Err("no licence")
}
"#;

/// The fixture, with updates from this channel.
fn updater(channel: &Channel, version: &str) -> Fixture {
    Fixture::new("updater")
        .replace("Cargo.toml", "http://127.0.0.1:8080", &channel.url())
        .replace(
            "Cargo.toml",
            "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3",
            &channel.key,
        )
        .version(version)
}

/// An installation.
struct Installation<'a> {
    windows: &'a Windows,
    exe: String,
}

impl Installation<'_> {
    fn service(&self, words: &[&str]) -> (u32, Finished) {
        self.windows.exit_code(&self.exe, &[&["service"], words].concat())
    }

    /// `service update … --json`
    fn update(&self, request: &[&str]) -> Value {
        let (_, finished) = self.service(&[&["update", "--json"], request].concat());
        let line = finished.stdout.lines().next().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {finished}"))
    }

    fn version(&self) -> String {
        self.update(&[])["installed"].as_str().unwrap().to_owned()
    }

    /// Both services run.
    fn runs(&self) {
        self.windows.service("updater").reaches(State::Running);
        self.windows.service("updater-update").reaches(State::Running);
    }
}

#[test]
fn a_program_in_a_zip_updates_itself_and_goes_back_from_versions_that_fail() {
    let channel = Channel::new();
    let first = updater(&channel, "1.0.0").package();
    let windows = Windows::new();
    let folder = unpack(&first.zip, &windows.drive_c("srv"));
    let name = folder.file_name().unwrap().to_str().unwrap();
    let installation = Installation {
        windows: &windows,
        exe: format!(r"C:\srv\{name}\updater.exe"),
    };
    let (code, finished) = windows.exit_code("cmd", &["/c", &format!(r"C:\srv\{name}\install.cmd")]);
    assert_eq!(code, 0, "{finished}");
    installation.runs();
    assert_eq!(installation.version(), "1.0.0");

    // By itself, at the first check.
    channel.release(&updater(&channel, "1.1.0"));
    until("the next version", PATIENCE, || {
        let status = installation.update(&[]);
        let is_done = status["last"] == "1.1.0" && status["phase"] == "idle";
        if is_done { Ok(()) } else { Err(status) }
    });
    assert_eq!(installation.version(), "1.1.0");
    installation.runs();

    channel.release(&updater(&channel, "1.2.0").write("src/main.rs", FAILS));
    let (code, finished) = installation.service(&["update", "--now"]);
    assert_eq!(code, 1, "{finished}");
    assert!(
        finished
            .stderr
            .starts_with("error: 1.2.0: rolled back: the service "),
        "{finished}"
    );
    assert_eq!(installation.version(), "1.1.0");
    installation.runs();

    channel.release(&updater(&channel, "1.2.1").write("src/main.rs", DOES_NOT_START));
    let (code, finished) = installation.service(&["update", "--now"]);
    assert_eq!(code, 1, "{finished}");
    assert!(
        finished
            .stderr
            .contains("1.2.1: rolled back: the service did not start"),
        "{finished}"
    );
    assert_eq!(installation.version(), "1.1.0");
    installation.runs();

    let (code, finished) = windows.exit_code("cmd", &["/c", &format!(r"C:\srv\{name}\uninstall.cmd")]);
    assert_eq!(code, 0, "{finished}");
    assert!(!windows.program_data().join("updater/update").exists());
}
