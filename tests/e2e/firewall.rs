//! The rules of the firewall, by the MSI and by the exe's own commands. A program that writes down what it is told is in the
//! place of Wine's netsh.exe, which does nothing.

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::package::unpack;
use winsvc_tests::sc::{listen_as, take_away_program, told_to};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

const NETSH: &str = "netsh";

const CLEAR: &str = "<advfirewall> <firewall> <delete> <rule> <name=hello: http> 0";

fn hello(version: &str, rules: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder("firewall")
        .version(version)
        .manifest(rules)
}

fn rule(port: &str) -> String {
    format!(
        "[package.metadata.winsvc.firewall.http]\nport = {port}\nremote = \"local-subnet\"\ndescription = \"100% [x] {{y}}\"\n\
         [package.metadata.winsvc.firewall.admin]\nprogram = \"hello\"\nprotocol = \"icmpv4\"\noptional = true\n"
    )
}

fn add(folder: &str, port: &str) -> String {
    format!(
        "<advfirewall> <firewall> <add> <rule> <name=hello: http> <dir=in> <action=allow> \
         <program={folder}hello.exe> <service=hello> <protocol=tcp> <localport={port}> <profile=domain,private> \
         <remoteip=localsubnet> <enable=yes> <description=100% [x] {{y}}> 0"
    )
}

fn admin(folder: &str) -> String {
    format!(
        "<advfirewall> <firewall> <add> <rule> <name=hello: admin> <dir=in> <action=allow> \
         <program={folder}hello.exe> <protocol=icmpv4> <profile=domain,private> <enable=yes> 0"
    )
}

fn clear_admin() -> String {
    CLEAR.replace("http", "admin")
}

#[test]
fn an_installation_adds_the_rules_an_upgrade_replaces_them_and_a_removal_deletes_them() {
    let old = hello("1.0.0", &rule("8080")).package();
    let new = hello("1.1.0", &rule("[8080, \"9000-9010\"]")).package();
    let windows = Windows::new();
    listen_as(&windows, NETSH);
    let folder = r"C:\my services\hello agent\";
    let told = || told_to(&windows, NETSH);
    windows
        .install(&old.msi, &[r"INSTALLDIR=C:\my services\hello agent"])
        .ok();
    assert_eq!(told(), [CLEAR.to_owned(), add(folder, "8080")]);

    windows
        .install(&old.msi, &["REINSTALL=ALL", "REINSTALLMODE=amus"])
        .ok();
    assert_eq!(told(), Vec::<String>::new(), "after a repair");

    windows.install(&new.msi, &[]).ok();
    windows.service("hello").reaches(State::Running);
    assert_eq!(
        told(),
        [CLEAR.to_owned(), CLEAR.to_owned(), add(folder, "8080,9000-9010")],
        "the old version's removal, and the new one"
    );
    windows.uninstall(&new.msi).ok();
    assert_eq!(told(), [CLEAR]);
}

#[test]
fn the_command_line_decides_for_the_versions_that_follow() {
    let old = hello("1.0.0", &rule("8080")).package();
    let new = hello("1.1.0", &rule("8080")).package();
    let windows = Windows::new();
    listen_as(&windows, NETSH);
    let folder = r"C:\Program Files\hello\";
    let told = || told_to(&windows, NETSH);
    windows.install(&old.msi, &["FIREWALL=0"]).ok();
    windows.install(&new.msi, &[]).ok();
    windows.uninstall(&new.msi).ok();
    assert_eq!(told(), Vec::<String>::new());

    windows.install(&old.msi, &["FIREWALL=1"]).ok();
    let all = [
        clear_admin(),
        admin(folder),
        CLEAR.to_owned(),
        add(folder, "8080"),
    ];
    assert_eq!(told(), all);
    windows.install(&new.msi, &[]).ok();
    assert_eq!(told(), [&[clear_admin(), CLEAR.to_owned()], &all[..]].concat());
    // A second run.
    windows.install(&new.msi, &["FIREWALL=0"]).ok();
    assert_eq!(told(), [clear_admin(), CLEAR.to_owned()]);
    windows.uninstall(&new.msi).ok();
    assert_eq!(told(), Vec::<String>::new());
}

#[test]
fn a_firewall_that_does_not_answer_is_no_reason_to_fail() {
    let packages = hello("1.0.0", &rule("8080")).package();
    let windows = Windows::new();
    take_away_program(&windows, NETSH);
    windows.install(&packages.msi, &[]).ok();
    windows.service("hello").reaches(State::Running);
    windows.uninstall(&packages.msi).ok();
}

#[test]
fn an_installation_that_fails_takes_its_rules_back() {
    let packages = hello("1.0.0", &rule("8080"))
        .write(
            "src/main.rs",
            "#[winsvc::main]\nasync fn main(_: winsvc::Starting) -> Result<(), &'static str> { Err(\"no\") }",
        )
        .package();
    let windows = Windows::new();
    listen_as(&windows, NETSH);
    windows
        .install(&packages.msi, &[])
        .ends_with(win32::ACTION_FAILED);
    let added = add(r"C:\Program Files\hello\", "8080");
    assert_eq!(told_to(&windows, NETSH), [CLEAR, &added, CLEAR]);
}

#[test]
fn the_exe_s_own_commands_and_the_zip_s_scripts_do_the_same() {
    let packages = hello("1.0.0", &rule("8080")).package();
    let windows = Windows::new();
    listen_as(&windows, NETSH);
    let told = || told_to(&windows, NETSH);
    windows.install(&packages.msi, &["START=0"]).ok();
    told();
    let exe = r"C:\Program Files\hello\hello.exe";
    let folder = r"C:\Program Files\hello\";
    let run = |arguments: &[&str]| windows.run(exe, &[&["service"], arguments].concat());
    let installed = run(&["install", "--firewall"]).ok();
    assert!(
        installed.stdout.contains("firewall rule         hello: http"),
        "{installed}"
    );
    assert_eq!(
        told(),
        [
            clear_admin(),
            admin(folder),
            CLEAR.to_owned(),
            add(folder, "8080")
        ]
    );
    let dry = run(&["install", "--dry-run"]).ok();
    assert!(dry.stdout.contains("firewall rule         hello: http"), "{dry}");
    let _ = run(&["install", "--no-firewall"]).ok();
    assert_eq!(told(), Vec::<String>::new());
    let _ = run(&["uninstall"]).ok();
    assert_eq!(told(), [clear_admin(), CLEAR.to_owned()]);
    until("no service", PATIENCE, || {
        match windows.service("hello").status() {
            None => Ok(()),
            Some(status) => Err(status),
        }
    });

    unpack(&packages.zip, &windows.drive_c("my services"));
    let script = |name: &str| format!(r"C:\my services\hello-1.0.0-x64\{name}.cmd");
    let (code, finished) = windows.exit_code("cmd", &["/c", &script("install")]);
    assert_eq!(code, 0, "{finished}");
    let unpacked = r"C:\my services\hello-1.0.0-x64\";
    assert_eq!(told(), [CLEAR.to_owned(), add(unpacked, "8080")]);
    let (code, finished) = windows.exit_code("cmd", &["/c", &script("install"), "--no-firewall"]);
    assert_eq!(code, 0, "{finished}");
    assert_eq!(told(), Vec::<String>::new());
    let (code, finished) = windows.exit_code("cmd", &["/c", &script("uninstall")]);
    assert_eq!(code, 0, "{finished}");
    assert_eq!(told(), [clear_admin(), CLEAR.to_owned()]);
}
