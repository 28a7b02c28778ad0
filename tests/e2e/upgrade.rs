//! What an upgrade does to the service that is there, and what a removal that is undone gives back.
//!
//! Windows removes the old version with the property UPGRADINGPRODUCTCODE set, and the old version leaves its service where it
//! is. Wine never sets the property, so that an upgrade there deletes the service and makes it again. The tests set it
//! themselves, and remove the old version as an upgrade on Windows does before they install the new one.

use winsvc_tests::fixture::Fixture;
#[cfg(unix)]
use winsvc_tests::fixture::Packages;
use winsvc_tests::installer::Installed;
#[cfg(unix)]
use winsvc_tests::package::with_failing_removal;
use winsvc_tests::residue::Registry;
#[cfg(unix)]
use winsvc_tests::sc;
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

const KEY: &str = r"System\CurrentControlSet\Services\hello";
const SOURCE: &str = r"System\CurrentControlSet\Services\EventLog\Application\hello";

/// What Windows gives the removal of an old version.
const BY_AN_UPGRADE: &str = "UPGRADINGPRODUCTCODE={6BA7B810-9DAD-11D1-80B4-00C04FD430C8}";

/// A value that an administrator wrote into the service's key by hand.
const MARKER: &str = r#"Marker="by hand""#;

fn hello() -> Fixture {
    Fixture::new("hello")
}

fn installed(version: &str) -> [Installed; 1] {
    let [name, version, publisher] = ["hello", version, "hello"].map(str::to_owned);
    [Installed {
        name,
        version,
        publisher,
    }]
}

fn mark(windows: &Windows) {
    let key = format!(r"HKLM\{KEY}");
    let _ = windows
        .run("reg", &["add", &key, "/v", "Marker", "/d", "by hand"])
        .ok();
}

fn is_marked(windows: &Windows) -> bool {
    let values = Registry::save(windows).values(KEY);
    values.iter().any(|value| value == MARKER)
}

#[test]
fn the_service_stays_where_it_is_with_all_that_its_key_has() {
    let old = hello().package();
    let new = hello().version("1.1.0").package();
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&old.msi, &[]).ok();
    let before = service.reaches(State::Running);
    mark(&windows);

    windows.uninstall_with(&old.msi, &[BY_AN_UPGRADE]).ok();
    let stopped = service.status().expect("a service");
    assert_eq!((stopped.state, stopped.pid), (State::Stopped, 0));
    assert!(is_marked(&windows));
    assert_eq!(windows.installed(), []);
    assert_eq!(Registry::save(&windows).values(SOURCE), Vec::<String>::new());

    windows.install(&new.msi, &[]).ok();
    let after = service.reaches(State::Running);
    assert_ne!(after.pid, before.pid);
    assert!(is_marked(&windows), "the new version has taken the service over");
    assert_eq!(windows.installed(), installed("1.1.0"));
    assert_eq!(Registry::save(&windows).values(SOURCE).len(), 2);

    windows.uninstall(&new.msi).ok();
    assert_eq!(service.status(), None, "a removal deletes it");
}

#[test]
fn an_upgrade_in_one_go_leaves_the_new_version_running() {
    let old = hello().package();
    let new = hello().version("1.1.0").package();
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&old.msi, &[]).ok();
    let before = service.reaches(State::Running);
    mark(&windows);
    windows.install(&new.msi, &[]).ok();
    let after = service.reaches(State::Running);
    assert_ne!(after.pid, before.pid);
    assert_eq!(windows.installed(), installed("1.1.0"));
    // Wine deletes the service and makes it again.
    assert_eq!(is_marked(&windows), cfg!(windows));
}

/// Wine brings nothing of the old version back; that Windows does, `only_windows` asks.
#[test]
fn an_upgrade_whose_service_does_not_start_fails() {
    let old = hello().package();
    let new = hello()
        .in_folder("upgrade/failing")
        .version("1.1.0")
        .write(
            "src/main.rs",
            "#[winsvc::main]\nasync fn main(_: winsvc::Starting) -> Result<(), &'static str> {\n    Err(\"no\")\n}\n",
        )
        .package();
    let windows = Windows::new();
    windows.install(&old.msi, &[]).ok();
    windows.service("hello").reaches(State::Running);
    windows.install(&new.msi, &[]).ends_with(win32::ACTION_FAILED);
    let new_one = installed("1.1.0");
    assert!(!windows.installed().contains(&new_one[0]));
}

#[test]
fn a_service_with_another_name_takes_the_place_of_the_one_it_had() {
    let old = hello().package();
    let renamed = hello()
        .in_folder("upgrade/renamed")
        .version("1.1.0")
        .manifest(
            "[package.metadata.winsvc]\nname = \"größe dienst\"\nwas-named = [\"hello\"]\n\
             [package.metadata.winsvc.package]\nproduct-name = \"hello\"",
        )
        .package();
    let windows = Windows::new();
    windows.install(&old.msi, &[]).ok();
    windows.service("hello").reaches(State::Running);
    windows.uninstall_with(&old.msi, &[BY_AN_UPGRADE]).ok();
    assert!(windows.service("hello").status().is_some());

    windows.install(&renamed.msi, &[]).ok();
    windows.service("größe dienst").reaches(State::Running);
    assert_eq!(windows.service("hello").status(), None);
}

/// What the old version set and the new one does not is no part of the new one's tables.
#[cfg(unix)]
#[test]
fn what_the_new_version_does_not_want_is_taken_away_before_it_starts() {
    let old = hello().package();
    let new = hello().version("1.1.0").package();
    let again = hello().version("1.2.0").package();
    let windows = Windows::new();
    sc::listen(&windows);
    windows.install(&old.msi, &[]).ok();
    windows.service("hello").reaches(State::Running);
    // Wine's SCM does not keep these, and its search finds no lists (REG_MULTI_SZ), which they are on Windows.
    let key = format!(r"HKLM\{KEY}");
    let trigger = format!(r"{key}\TriggerInfo\0");
    for (key, value) in [
        (&key, ["DependOnService", "/t", "REG_SZ", "/d", "EventLog"]),
        (
            &key,
            ["RequiredPrivileges", "/t", "REG_SZ", "/d", "SeAuditPrivilege"],
        ),
        (&trigger, ["Action", "/t", "REG_DWORD", "/d", "1"]),
    ] {
        let _ = windows
            .run("reg", &[&["add", key, "/v"][..], &value].concat())
            .ok();
    }
    sc::told(&windows);

    windows.install(&new.msi, &[]).ok();
    assert_eq!(
        sc::told(&windows),
        [
            "<config> <hello> <depend=> </> 1",
            "<privs> <hello> <> 1",
            "<triggerinfo> <hello> <delete> 1",
        ]
    );

    windows.install(&again.msi, &[]).ok();
    assert_eq!(
        sc::told(&windows),
        Vec::<String>::new(),
        "there is nothing to take away"
    );
}

/// A service with something of everything that a rollback has to set again.
#[cfg(unix)]
fn full() -> Packages {
    hello()
        .in_folder("upgrade/full")
        .manifest(
            "[package.metadata.winsvc]\nstart = \"delayed\"\naccount = \"local-system\"\n\
             description = \"Größe [x] & 100% \\\"q\\\"\"\npreshutdown-timeout = \"45s\"\n\
             environment = { A = 'C:\\0data\\01', B = '[x] %PATH% !' }\n\
             privileges = [\"SeBackupPrivilege\", \"SeChangeNotifyPrivilege\"]\n\
             security = \"D:(A;;GA;;;SY)(A;;GA;;;BA)\"\n\
             [[package.metadata.winsvc.triggers]]\non = \"domain-join\"\n",
        )
        .package()
}

/// Installs that service and removes it in a way that fails; what sc.exe is told while that is undone.
#[cfg(unix)]
fn undone(windows: &Windows, properties: &[&str]) -> Vec<String> {
    let failing = with_failing_removal(&full().msi);
    sc::listen(windows);
    windows.install(&failing, &[]).ok();
    windows.service("hello").reaches(State::Running);
    sc::told(windows);
    windows
        .uninstall_with(&failing, properties)
        .ends_with(win32::ACTION_FAILED);
    sc::told(windows)
}

/// What brings the service itself back is Windows Installer's; Wine leaves that out.
#[cfg(unix)]
#[test]
fn a_removal_that_is_undone_sets_again_what_windows_installer_does_not() {
    let windows = Windows::new();
    let told: Vec<String> = undone(&windows, &[])
        .into_iter()
        .map(|line| line.rsplit_once(' ').unwrap().0.to_owned())
        .collect();
    assert_eq!(
        told,
        [
            "<description> <hello> <Größe [x] & 100% \"q\">",
            "<sidtype> <hello> <unrestricted>",
            "<privs> <hello> <SeBackupPrivilege/SeChangeNotifyPrivilege>",
            "<triggerinfo> <hello> <start/domainjoin>",
            "<failureflag> <hello> <1>",
            "<config> <hello> <start=> <delayed-auto>",
            "<failure> <hello> <reset=> <86400> <actions=> <restart/5000/restart/30000/restart/60000>",
            "<sdset> <hello> <D:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)>",
        ]
    );
    let values = Registry::save(&windows).values(KEY);
    for value in [
        r#"Environment=str(7):"A=C:\\0data\\01\0B=[x] %PATH% !\0""#,
        "PreshutdownTimeout=dword:0000afc8",
    ] {
        assert!(values.iter().any(|it| it == value), "{value}: {values:#?}");
    }
}

/// In an upgrade the service is not deleted: what an administrator may have changed, and the new version has not, stays.
#[cfg(unix)]
#[test]
fn an_upgrade_that_is_undone_sets_again_what_the_new_version_may_have_changed() {
    let windows = Windows::new();
    let told = undone(&windows, &[BY_AN_UPGRADE]);
    let commands: Vec<&str> = told.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(
        commands,
        [
            "<description>",
            "<sidtype>",
            "<privs>",
            "<triggerinfo>",
            "<failureflag>",
            "<sdset>"
        ]
    );
    assert!(windows.service("hello").status().is_some());
}

/// Sets a value of the service's key, as the service's console does. Wine reads it when it makes the service again.
#[cfg(unix)]
fn administrator_sets(windows: &Windows, name: &str, kind: &str, data: &str) {
    let key = format!(r"HKLM\{KEY}");
    let _ = windows
        .run("reg", &["add", &key, "/v", name, "/t", kind, "/d", data, "/f"])
        .ok();
}

/// A disabled service cannot start: if the new version tried, the upgrade would be rolled back.
#[cfg(unix)]
#[test]
fn a_service_that_an_administrator_disabled_stays_disabled_and_the_upgrade_succeeds() {
    let old = hello().package();
    let new = hello().version("1.1.0").package();
    let windows = Windows::new();
    sc::listen(&windows);
    windows.install(&old.msi, &[]).ok();
    let service = windows.service("hello");
    service.reaches(State::Running);
    administrator_sets(&windows, "Start", "REG_DWORD", "4");
    sc::told(&windows);
    windows.install(&new.msi, &[]).ok();
    assert_eq!(windows.installed(), installed("1.1.0"));
    // Recovery is as it was, so that it stays, too.
    assert_eq!(sc::told(&windows), ["<config> <hello> <start=> <disabled> 1"]);
    service.reaches(State::Stopped);
}

#[cfg(unix)]
#[test]
fn the_account_that_an_administrator_chose_survives_and_a_new_default_is_taken_otherwise() {
    let package = |version: &str, account: &str| {
        hello()
            .version(version)
            .manifest(&format!("[package.metadata.winsvc]\naccount = \"{account}\""))
            .package()
    };
    let old = package("1.0.0", "virtual");
    let new = package("1.1.0", "local-system");
    let account = |windows: &Windows| {
        let registration = windows.service("hello").registration();
        registration.into_iter().find(|line| line.starts_with("account="))
    };

    let windows = Windows::new();
    windows.install(&old.msi, &[]).ok();
    windows.install(&new.msi, &[]).ok();
    assert_eq!(account(&windows).as_deref(), Some("account=LocalSystem"));
    windows.uninstall(&new.msi).ok();

    windows.install(&old.msi, &[]).ok();
    administrator_sets(&windows, "ObjectName", "REG_SZ", r"NT AUTHORITY\LocalService");
    windows.install(&new.msi, &[]).ok();
    assert_eq!(
        account(&windows).as_deref(),
        Some(r"account=NT AUTHORITY\LocalService")
    );
    let again = package("1.2.0", "local-system");
    windows.install(&again.msi, &[]).ok();
    assert_eq!(
        account(&windows).as_deref(),
        Some(r"account=NT AUTHORITY\LocalService"),
        "it survives the next one, too"
    );
}
