//! Self-update: an installed product gets its next versions from a server, and goes back from those that do not work.

use std::fs;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::package::unpack;
use winsvc_tests::process::Finished;
use winsvc_tests::residue::Registry;
use winsvc_tests::service::State;
use winsvc_tests::updates::{Answer, Channel};
use winsvc_tests::win32;
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
        .in_folder(&format!("update/{}", channel.name))
        .replace("Cargo.toml", "http://127.0.0.1:8080", &channel.url())
        .replace(
            "Cargo.toml",
            "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3",
            &channel.key,
        )
        .version(version)
}

/// Installs the program of a zip.
fn unpacked<'a>(windows: &'a Windows, packages: &Packages) -> Installation<'a> {
    let folder = unpack(&packages.zip, &windows.drive_c("srv"));
    let name = folder.file_name().unwrap().to_str().unwrap();
    let (code, finished) = windows.exit_code("cmd", &["/c", &format!(r"C:\srv\{name}\install.cmd")]);
    assert_eq!(code, 0, "{finished}");
    let installation = Installation {
        windows,
        exe: format!(r"C:\srv\{name}\updater.exe"),
    };
    installation.runs();
    installation
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

    fn start(&self, words: &[&str]) -> Child {
        let mut command = self.windows.program(&self.exe);
        command.arg("service").args(words).spawn().expect("a command")
    }

    /// By the policy of an administrator.
    fn updates_on_request_only(&self) {
        let key = r"HKLM\Software\Policies\updater\updater\Update";
        let arguments = ["add", key, "/v", "Auto", "/t", "REG_DWORD", "/d", "0"];
        let _ = self.windows.run("reg", &arguments).ok();
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
    let channel = Channel::new("zip");
    let first = updater(&channel, "1.0.0").package();
    let windows = Windows::new();
    let installation = unpacked(&windows, &first);
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

    let (code, finished) = installation.service(&["uninstall"]);
    assert_eq!(code, 0, "{finished}");
    assert!(!windows.program_data().join("updater/update").exists());
}

/// What the server answers instead, or what is published, in a way that no machine may accept, and the reason.
fn is_refused(installation: &Installation<'_>, expected: &str) {
    let status = installation.update(&["--check"]);
    let message = status["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains(expected), "expected {expected}: {status}");
}

#[test]
fn a_manifest_or_a_package_that_is_not_the_author_s_changes_nothing() {
    let channel = Channel::new("refused");
    let first = channel.release(&updater(&channel, "1.0.0"));
    let windows = Windows::new();
    let installation = unpacked(&windows, &first);
    installation.updates_on_request_only();
    let served = channel.served();
    let manifest = |name: &str| served.join(format!("update-stable.json{name}"));
    let read = || ["", ".minisig"].map(|name| fs::read(manifest(name)).unwrap());
    let write = |[content, signature]: &[Vec<u8>; 2]| {
        fs::write(manifest(""), content).unwrap();
        fs::write(manifest(".minisig"), signature).unwrap();
    };
    let old = read();
    let next = updater(&channel, "1.1.0");
    channel.release(&next);
    let good = read();
    assert_eq!(installation.update(&["--check"])["available"], "1.1.0");

    write(&old);
    is_refused(&installation, "is older than");
    let stranger = Channel::new("stranger");
    for file in fs::read_dir(&served).unwrap() {
        let file = file.unwrap().file_name();
        if !file.to_str().unwrap().starts_with("update-stable") {
            fs::copy(served.join(&file), stranger.served().join(&file)).unwrap();
        }
    }
    let other = updater(&stranger, "1.1.0");
    stranger.sign(&other, &stranger.secret_key(), &["--first"], None);
    write(
        &["", ".minisig"]
            .map(|name| fs::read(stranger.served().join(format!("update-stable.json{name}"))).unwrap()),
    );
    is_refused(&installation, "signed by an unknown key");
    let [content, signature] = good.clone();
    let text = String::from_utf8(content).unwrap().replace("1.1.0", "1.1.1");
    write(&[text.into_bytes(), signature]);
    is_refused(&installation, "signature");
    write(&good);
    let long_ago = SystemTime::now() - Duration::from_hours(60 * 24);
    channel.sign(&next, &channel.secret_key(), &[], Some(long_ago));
    is_refused(&installation, "expired");
    write(&good);
    for (answer, expected) in [
        (Answer::Endless, "more than 1048576 bytes"),
        (Answer::Truncated, "the download ended after"),
        (
            Answer::Redirect("http://example.com/update-stable.json".to_owned()),
            "invalid redirect",
        ),
        (Answer::Redirect("/none".to_owned()), "the status 404"),
    ] {
        channel.answer("update-stable.json", Some(answer));
        is_refused(&installation, expected);
    }
    channel.answer("update-stable.json", None);

    let package = "updater-1.1.0-x64.exe";
    let whole = fs::read(served.join(package)).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    for (content, answer, expected) in [
        (
            &changed,
            None,
            "the package is not the one of the update manifest",
        ),
        (&whole, Some(Answer::Truncated), "the download ended after"),
        (&whole, Some(Answer::Endless), "the download has more than"),
        (
            &whole,
            Some(Answer::Redirect("http://example.com/x".to_owned())),
            "invalid redirect",
        ),
    ] {
        fs::write(served.join(package), content).unwrap();
        channel.answer(package, answer);
        let status = installation.update(&["--now"]);
        let message = status["error"]["message"].as_str().unwrap_or_default();
        assert!(
            message.starts_with("1.1.0: not installed: ") && message.contains(expected),
            "{status}"
        );
    }
    channel.answer(package, None);
    assert_eq!(installation.version(), "1.0.0");
    installation.runs();

    // Nothing of that stands in the way of the right one, which two ask for at once.
    let mut both = [
        installation.start(&["update", "--now"]),
        installation.start(&["update", "--now"]),
    ];
    for command in &mut both {
        assert!(command.wait().unwrap().success());
    }
    assert_eq!(installation.version(), "1.1.0");
    installation.runs();
}

#[test]
fn a_process_that_is_killed_while_it_installs_is_replaced() {
    let channel = Channel::new("killed");
    let first = updater(&channel, "1.0.0").package();
    let windows = Windows::new();
    let installation = unpacked(&windows, &first);
    installation.updates_on_request_only();
    channel.release(&updater(&channel, "1.1.0"));
    // Two interruptions are not too many.
    let service = windows.service("updater-update");
    assert_eq!(service.control(128), win32::SUCCESS);
    for delay in [0, 700] {
        let runner = until("a process that installs", PATIENCE, || {
            let folder = windows.program_data().join("updater/update");
            let services = ["updater", "updater-update"]
                .map(|name| windows.service(name).status().map_or(0, |it| it.pid));
            let processes = windows.processes("updater.exe");
            let pids = processes
                .iter()
                .filter_map(|line| line.strip_prefix("pid=")?.parse::<u32>().ok());
            let mut others = pids.filter(|pid| !services.contains(pid));
            others.next().ok_or((processes.clone(), folder))
        });
        sleep(Duration::from_millis(delay));
        let _ = windows.run("taskkill", &["/f", "/pid", &runner.to_string()]);
    }
    until("the end of the update", PATIENCE, || {
        let status = installation.update(&[]);
        match (status["phase"].as_str(), status["last"].as_str()) {
            (Some("idle"), Some("1.1.0")) => Ok(()),
            // An interrupted installation waits for a request again.
            (Some("waiting"), _) => {
                service.control(128);
                Err(status)
            }
            _ => Err(status),
        }
    });
    installation.runs();
    assert_eq!(installation.version(), "1.1.0");
}

/// A value that the updater shows to everybody.
fn shown(windows: &Windows, name: &str) -> String {
    Registry::save(windows)
        .text(r"HKLM\Software\updater\updater\Update", name)
        .unwrap_or_default()
}

#[test]
fn a_product_of_an_msi_updates_itself_by_msi_and_goes_back() {
    let channel = Channel::new("msi");
    let first = updater(&channel, "1.0.0").package();
    let windows = Windows::new();
    windows.install(&first.msi, &[]).ok();
    let installation = Installation {
        windows: &windows,
        exe: String::new(),
    };
    installation.runs();
    let installed = |version: &str| {
        let installed = windows.installed();
        assert_eq!(
            installed.iter().map(|it| it.version.as_str()).collect::<Vec<_>>(),
            [version]
        );
    };

    channel.release(&updater(&channel, "1.1.0"));
    until("the next version", PATIENCE, || {
        let result = shown(&windows, "LastResult");
        if result == "installed" {
            Ok(())
        } else {
            Err(result)
        }
    });
    installed("1.1.0");
    installation.runs();

    channel.release(&updater(&channel, "1.2.0").write("src/main.rs", FAILS));
    until("the version before", PATIENCE, || {
        let result = shown(&windows, "LastResult");
        if result.starts_with("rolled back: the service") {
            Ok(())
        } else {
            Err(result)
        }
    });
    installed("1.1.0");
    installation.runs();
    windows.uninstall(&first.msi);
}
