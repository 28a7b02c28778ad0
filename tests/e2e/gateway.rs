//! The gateway: a web server with 500 files and an administrator, from its installation to its removal.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::http;
use winsvc_tests::package::read_tree;
use winsvc_tests::residue::Snapshot;
use winsvc_tests::sc;
use winsvc_tests::service::{Service, State};
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

const SC: &str = "sc";
const NETSH: &str = "netsh";
const SET_TO_MANUAL: [&str; 9] = [
    "add",
    r"HKLM\System\CurrentControlSet\Services\gateway",
    "/v",
    "Start",
    "/t",
    "REG_DWORD",
    "/d",
    "3",
    "/f",
];
const REPAIR: [&str; 2] = ["REINSTALL=ALL", "REINSTALLMODE=amus"];

/// The page that the new version does not have, and the one that only the new version has.
const REMOVED: &str = "pages/0.html";
const ADDED: &str = "pages/new.html";

/// The pages of the first version: with the fixture's own files, 500.
fn pages() -> BTreeSet<String> {
    (0..497).map(|number| format!("pages/{number}.html")).collect()
}

fn package(version: &str, pages: &BTreeSet<String>) -> Packages {
    let mut gateway = Fixture::new("gateway").version(version);
    for page in pages {
        gateway = gateway.write(&format!("web/{page}"), &text(page, version));
    }
    gateway.package()
}

fn text(page: &str, version: &str) -> String {
    format!("<!doctype html>\n<title>{page}</title>\n{version}\n")
}

/// The gateway on a machine.
struct Gateway<'a> {
    windows: &'a Windows,
}

impl<'a> Gateway<'a> {
    fn service(&self) -> Service<'a> {
        self.windows.service("gateway")
    }

    /// A file below the installation folder.
    fn installed(&self, file: &str) -> PathBuf {
        self.windows.drive_c("Program Files/gateway").join(file)
    }

    /// A file below the folder of settings, data and logs.
    fn stored(&self, file: &str) -> PathBuf {
        let folder = self.windows.drive_c("ProgramData/Acme/Acme gateway");
        folder.join(file)
    }

    /// The paths of the files of the installed tree.
    fn tree(&self) -> BTreeSet<String> {
        read_tree(&self.installed("web")).into_keys().collect()
    }

    /// The lines that the commands have written since the last call.
    fn commands(&self) -> Vec<String> {
        let log = self.stored("logs/setup.log");
        let text = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(log);
        text.lines().map(str::to_owned).collect()
    }

    /// What the firewall was told since the last call.
    fn firewall(&self) -> Vec<String> {
        sc::told_to(self.windows, NETSH)
    }
}

/// The body of a page.
fn get(port: u16, page: &str) -> String {
    let response = http::answers(port, &format!("/{page}"));
    assert_eq!(response.status, 200, "{page}: {}", response.body);
    response.body
}

/// What the firewall is told to delete the gateway's rule.
const DELETE: &str = "<advfirewall> <firewall> <delete> <rule> <name=Acme gateway: http> 0";

/// What it is told to add the rule for a port.
fn add(port: u16) -> String {
    format!(
        "<advfirewall> <firewall> <add> <rule> <name=Acme gateway: http> <dir=in> <action=allow> \
         <program=C:\\Program Files\\gateway\\gateway.exe> <service=gateway> <protocol=tcp> <localport={port}> \
         <profile=domain,private> <remoteip=localsubnet> <enable=yes> 0"
    )
}

#[test]
fn what_an_administrator_changed_survives_everything_but_a_purge() {
    let first = pages();
    let mut second = first.clone();
    second.remove(REMOVED);
    second.insert(ADDED.to_owned());
    let old = package("1.0.0", &first);
    let new = package("1.1.0", &second);
    let windows = Windows::new();
    let gateway = Gateway { windows: &windows };
    let service = gateway.service();
    for program in [SC, NETSH] {
        sc::listen_as(&windows, program);
    }
    let before = Snapshot::take(&windows);
    let [port, other] = [http::free_port(), http::free_port()];

    // An installation.
    windows.install(&old.msi, &[&format!("LISTEN_PORT={port}")]).ok();
    service.reaches(State::Running);
    let registration = service.registration();
    let account = r"account=NT AUTHORITY\NetworkService";
    assert!(
        registration.iter().any(|line| line == account),
        "{registration:#?}"
    );
    let index = get(port, "");
    assert!(index.contains("The gateway is open"), "{index}");
    assert_eq!(gateway.tree().len(), 500);
    for page in &first {
        assert_eq!(get(port, page), text(page, "1.0.0"));
    }
    assert_eq!(gateway.firewall(), [DELETE, &add(port)]);
    assert_eq!(gateway.commands(), ["installed 1.0.0"]);
    let requests = fs::read_to_string(gateway.stored("data/requests.log")).unwrap();
    assert_eq!(requests.lines().count(), 1 + first.len());
    let settings = gateway.installed("gateway.toml");
    let default = fs::read_to_string(&settings).unwrap();
    assert!(default.contains("index = \"index.html\""), "{default}");
    sc::told(&windows);

    // What the administrator changes.
    let changed = default.replace("index.html", "maintenance.html");
    fs::write(&settings, &changed).unwrap();
    let note = gateway.stored("data/note.txt");
    fs::write(&note, "do not delete").unwrap();
    let _ = windows.run("reg", &SET_TO_MANUAL).ok();

    // An upgrade.
    windows.install(&new.msi, &[]).ok();
    // The start type is set again, the recovery is not touched, and a manual service is not started.
    assert_eq!(sc::told(&windows), ["<config> <gateway> <start=> <demand> 1"]);
    service.reaches(State::Stopped);
    assert_eq!(service.start(), win32::SUCCESS);
    let index = get(port, "");
    assert!(index.contains("closed for maintenance"), "{index}");
    assert_eq!(get(port, ADDED), text(ADDED, "1.1.0"));
    assert_eq!(http::answers(port, &format!("/{REMOVED}")).status, 404);
    assert_eq!(gateway.tree().len(), 500);
    assert!(!gateway.installed("web").join(REMOVED).exists());
    assert_eq!(gateway.firewall(), [DELETE, DELETE, &add(port)]);
    println!("{:#?}", gateway.commands());
    assert_eq!(fs::read_to_string(&settings).unwrap(), changed);
    assert_eq!(
        fs::read_to_string(gateway.installed("gateway.toml.new")).unwrap(),
        default
    );
    assert_eq!(fs::read_to_string(&note).unwrap(), "do not delete");

    // A repair.
    fs::remove_file(gateway.installed("web").join(ADDED)).unwrap();
    windows.install(&new.msi, &REPAIR).ok();
    println!("{:#?} {:#?}", service.status(), service.registration());
    assert_eq!(get(port, ADDED), text(ADDED, "1.1.0"));
    assert_eq!(fs::read_to_string(&settings).unwrap(), changed);
    assert_eq!(gateway.firewall(), Vec::<String>::new());
    assert_eq!(gateway.commands(), Vec::<String>::new());
    println!("{:#?}", sc::told(&windows));

    // A second run with another port. Wine does not change the command line of a service that exists.
    windows.install(&new.msi, &[&format!("LISTEN_PORT={other}")]).ok();
    println!("{:#?} {:#?}", service.status(), service.registration());
    println!(
        "{:#?} {:#?} {:#?}",
        gateway.firewall(),
        gateway.commands(),
        sc::told(&windows)
    );
    for verb in ["install", "restart"] {
        let exe = r"C:\Program Files\gateway\gateway.exe";
        let (code, output) = windows.exit_code(exe, &["service", verb]);
        assert_eq!(code, 0, "{output}");
    }
    println!("{:#?}", gateway.firewall());
    let index = get(other, "");
    assert!(index.contains("closed for maintenance"), "{index}");
    assert!(!http::listens(port));

    // A removal keeps what the administrator and the service wrote.
    windows.uninstall(&new.msi).ok();
    assert_eq!(service.status(), None);
    assert_eq!(gateway.firewall(), [DELETE]);
    assert_eq!(gateway.commands(), ["removed 1.1.0"]);
    assert_eq!(fs::read_to_string(&settings).unwrap(), changed);
    assert_eq!(fs::read_to_string(&note).unwrap(), "do not delete");
    assert!(gateway.stored("data/requests.log").is_file());
    assert!(!gateway.installed("web").exists());

    // A purge removes the folder of settings, data and logs; the kept file stays.
    windows.install(&new.msi, &[&format!("LISTEN_PORT={port}")]).ok();
    let index = get(port, "");
    assert!(index.contains("closed for maintenance"), "{index}");
    windows.purge(&new.msi).ok();
    fs::remove_file(settings).unwrap();
    fs::remove_dir(gateway.installed("")).unwrap();
    gateway.firewall();
    sc::told(&windows);
    let mut difference = before.difference(&Snapshot::take(&windows));
    // Its component is permanent.
    difference.retain(|line| !line.contains(r"UserData\S-1-5-18\Components"));
    assert_eq!(difference, Vec::<String>::new());
}
