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

/// The shipped settings.
const DEFAULT: &str = include_str!("../../fixtures/gateway/gateway.toml");

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

/// What the administrator makes of the settings.
fn changed() -> String {
    DEFAULT.replace("index.html", "maintenance.html")
}

/// The content of a file that the administrator adds to the data.
const NOTE: &str = "do not delete\n";

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

/// The body of a page.
fn get(port: u16, page: &str) -> String {
    let response = http::answers(port, &format!("/{page}"));
    assert_eq!(response.status, 200, "{page}: {}", response.body);
    response.body
}

/// The gateway on a machine.
struct Gateway<'a> {
    windows: &'a Windows,
    port: u16,
}

impl<'a> Gateway<'a> {
    fn service(&self) -> Service<'a> {
        self.windows.service("gateway")
    }

    /// Runs the MSI, with values of properties.
    fn install(&self, packages: &Packages, properties: &[&str]) {
        self.windows.install(&packages.msi, properties).ok();
    }

    /// `LISTEN_PORT=…`
    fn listen_port(&self) -> String {
        format!("LISTEN_PORT={}", self.port)
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

    /// Edits the settings, adds a file to the data, and lets the service be started by hand.
    fn administrate(&self) {
        fs::write(self.installed("gateway.toml"), changed()).unwrap();
        fs::write(self.stored("data/note.txt"), NOTE).unwrap();
        self.set_to_manual();
    }

    fn set_to_manual(&self) {
        let _ = self.windows.run("reg", &SET_TO_MANUAL).ok();
    }

    /// The administrator's files are as they were left.
    fn has_the_administrator_s_files(&self) {
        let settings = fs::read_to_string(self.installed("gateway.toml")).unwrap();
        assert_eq!(settings, changed());
        let note = fs::read_to_string(self.stored("data/note.txt")).unwrap();
        assert_eq!(note, NOTE);
    }

    /// The service runs with the administrator's settings.
    fn serves_what_the_administrator_wants(&self) {
        self.service().reaches(State::Running);
        let index = get(self.port, "");
        assert!(index.contains("closed for maintenance"), "{index}");
    }
}

#[test]
fn what_an_administrator_changed_stays_until_a_purge() {
    let first = pages();
    let mut second = first.clone();
    second.remove(REMOVED);
    second.insert(ADDED.to_owned());
    let old = package("1.0.0", &first);
    let new = package("1.1.0", &second);
    let windows = Windows::new();
    for program in [SC, NETSH] {
        sc::listen_as(&windows, program);
    }
    let before = Snapshot::take(&windows);
    let mut gateway = Gateway {
        windows: &windows,
        port: http::free_port(),
    };

    an_installation_serves_the_tree(&gateway, &old, &first);
    gateway.administrate();
    an_upgrade_serves_the_new_tree(&gateway, &new);
    a_repair_brings_a_page_back(&gateway, &new);
    let former = gateway.port;
    gateway.port = http::free_port();
    a_second_run_changes_the_port(&gateway, &new);
    assert!(!http::listens(former));
    a_removal_leaves_what_others_wrote(&gateway, &new);

    gateway.install(&new, &[&gateway.listen_port()]);
    gateway.serves_what_the_administrator_wants();
    windows.purge(&new.msi).ok();
    // The kept file is the administrator's.
    fs::remove_file(gateway.installed("gateway.toml")).unwrap();
    fs::remove_dir(gateway.installed("")).unwrap();
    gateway.firewall();
    sc::told(&windows);
    let mut difference = before.difference(&Snapshot::take(&windows));
    // Its component is permanent.
    difference.retain(|line| !line.contains(r"UserData\S-1-5-18\Components"));
    assert_eq!(difference, Vec::<String>::new());
}

fn an_installation_serves_the_tree(gateway: &Gateway<'_>, old: &Packages, pages: &BTreeSet<String>) {
    gateway.install(old, &[&gateway.listen_port()]);
    gateway.service().reaches(State::Running);
    let registration = gateway.service().registration();
    let account = r"account=NT AUTHORITY\NetworkService";
    assert!(
        registration.iter().any(|line| line == account),
        "{registration:#?}"
    );
    let index = get(gateway.port, "");
    assert!(index.contains("The gateway is open"), "{index}");
    assert_eq!(gateway.tree().len(), 500);
    for page in pages {
        assert_eq!(get(gateway.port, page), text(page, "1.0.0"));
    }
    let requests = fs::read_to_string(gateway.stored("data/requests.log")).unwrap();
    assert_eq!(requests.lines().count(), 1 + pages.len());
    let settings = fs::read_to_string(gateway.installed("gateway.toml")).unwrap();
    assert_eq!(settings, DEFAULT);
    assert_eq!(gateway.firewall(), [DELETE, &add(gateway.port)]);
    assert_eq!(gateway.commands(), ["installed 1.0.0"]);
    sc::told(gateway.windows);
}

fn an_upgrade_serves_the_new_tree(gateway: &Gateway<'_>, new: &Packages) {
    gateway.install(new, &[]);
    // The start type is set again, recovery is not, and a service that is started by hand is not started.
    assert_eq!(
        sc::told(gateway.windows),
        ["<config> <gateway> <start=> <demand> 1"]
    );
    gateway.service().reaches(State::Stopped);
    assert_eq!(gateway.service().start(), win32::SUCCESS);
    gateway.serves_what_the_administrator_wants();
    assert_eq!(get(gateway.port, ADDED), text(ADDED, "1.1.0"));
    let removed = http::answers(gateway.port, &format!("/{REMOVED}"));
    assert_eq!(removed.status, 404);
    let tree = gateway.tree();
    assert!(tree.len() == 500 && !tree.contains(REMOVED), "{tree:#?}");
    gateway.has_the_administrator_s_files();
    let default = fs::read_to_string(gateway.installed("gateway.toml.new")).unwrap();
    assert_eq!(default, DEFAULT);
    assert_eq!(gateway.firewall(), [DELETE, DELETE, &add(gateway.port)]);
    // The old version's command does not run in an upgrade on Windows. In Wine it does.
    assert_eq!(gateway.commands(), ["removed 1.0.0", "upgraded to 1.1.0"]);
}

fn a_repair_brings_a_page_back(gateway: &Gateway<'_>, new: &Packages) {
    fs::remove_file(gateway.installed("web").join(ADDED)).unwrap();
    gateway.install(new, &REPAIR);
    gateway.serves_what_the_administrator_wants();
    assert_eq!(get(gateway.port, ADDED), text(ADDED, "1.1.0"));
    gateway.has_the_administrator_s_files();
    assert_eq!(gateway.firewall(), Vec::<String>::new());
    assert_eq!(gateway.commands(), Vec::<String>::new());
    assert_eq!(sc::told(gateway.windows), Vec::<String>::new());
}

fn a_second_run_changes_the_port(gateway: &Gateway<'_>, new: &Packages) {
    // Wine's SCM has written the start type that it knew since.
    gateway.set_to_manual();
    gateway.install(new, &[&gateway.listen_port()]);
    assert_eq!(gateway.firewall(), [DELETE, &add(gateway.port)]);
    assert_eq!(gateway.commands(), Vec::<String>::new());
    // The start type is set again, and a service that is started by hand is not started.
    assert_eq!(
        sc::told(gateway.windows),
        ["<config> <gateway> <start=> <demand> 1"]
    );
    gateway.service().reaches(State::Stopped);
    // Wine does not change the command line of a service that exists; the exe does it with the recorded value.
    for verb in ["install", "restart"] {
        let exe = r"C:\Program Files\gateway\gateway.exe";
        let (code, output) = gateway.windows.exit_code(exe, &["service", verb]);
        assert_eq!(code, 0, "{output}");
    }
    gateway.serves_what_the_administrator_wants();
    gateway.has_the_administrator_s_files();
    assert_eq!(gateway.firewall(), [DELETE, &add(gateway.port)]);
}

fn a_removal_leaves_what_others_wrote(gateway: &Gateway<'_>, new: &Packages) {
    gateway.windows.uninstall(&new.msi).ok();
    assert_eq!(gateway.service().status(), None);
    assert!(!gateway.installed("web").exists());
    gateway.has_the_administrator_s_files();
    assert!(gateway.stored("data/requests.log").is_file());
    assert_eq!(gateway.firewall(), [DELETE]);
    assert_eq!(gateway.commands(), ["removed 1.1.0"]);
}
