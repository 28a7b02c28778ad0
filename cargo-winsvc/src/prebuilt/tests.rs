//! Exes that were stamped for one Cargo.toml, checked against another.

use super::*;
use crate::config::tests as configured;
use crate::pe::testing::Sketch;
use crate::shell::{MessageFormat, Shell, Verbosity};

const SHELL: Shell = Shell {
    format: MessageFormat::Human,
    verbosity: Verbosity::Quiet,
    color: None,
};

const TABLE: &str = "[package]\nname = 'acme'\nversion = '1.2.3'\n\n[package.metadata.winsvc]\n";

fn target(triple: &str) -> WindowsTarget {
    WindowsTarget::new(triple).unwrap()
}

fn config(table: &str) -> Config {
    configured::parse(&format!("{TABLE}{table}")).unwrap()
}

fn provenance() -> Provenance {
    Provenance {
        built: 1_700_000_000,
        commit: Some("0123abc".to_owned()),
    }
}

/// An exe for this processor, stamped for this table.
fn stamped(machine: u16, table: &str) -> Vec<u8> {
    let linked = Sketch {
        machine,
        ..Sketch::default()
    };
    let target = target("x86_64-pc-windows-gnu");
    let project = configured::project();
    let config = config(table);
    stamp::stamp(&linked.build(), &project, &config, &target, &provenance(), SHELL).unwrap()
}

const X64: u16 = 0x8664;

fn read(exe: Vec<u8>) -> Result<Prebuilt, PrebuiltError> {
    Prebuilt::parse(PathBuf::from("acme.exe"), exe)
}

fn plain(error: &PrebuiltError) -> String {
    anstream::adapter::strip_str(&error.diagnostic().to_string()).to_string()
}

/// What is said of an exe that was stamped for the table `then`, where Cargo.toml has `now`.
fn said(then: &str, now: &str, project: &Project, triple: &str) -> Result<(), String> {
    let prebuilt = read(stamped(X64, then)).unwrap();
    prebuilt
        .check(project, &config(now), &target(triple))
        .map_err(|error| plain(&error))
}

#[test]
fn an_exe_of_the_same_sources_is_taken_with_its_own_time_and_commit() {
    let exe = stamped(X64, "stop-timeout = '25s'");
    let prebuilt = read(exe.clone()).unwrap();
    assert_eq!(prebuilt.target().unwrap(), target("x86_64-pc-windows-gnu"));
    let config = config("stop-timeout = '25s'");
    let target = target("x86_64-pc-windows-gnu");
    prebuilt.check(&configured::project(), &config, &target).unwrap();
    assert_eq!(prebuilt.into_parts(), (exe, provenance()));
}

#[test]
fn every_key_that_differs_is_named_with_both_values() {
    let then = "display-name = 'Acme'\nstop-timeout = '25s'\narguments = ['a', 'b']\nrecovery.restart = ['5s', '30s']";
    let now =
        "display-name = 'Acme'\npreshutdown-timeout = '3m'\narguments = ['a']\nrecovery.restart = ['5s']";
    let error = said(then, now, &configured::project(), "x86_64-pc-windows-gnu").unwrap_err();
    assert_eq!(
        error,
        "error: the service definition in the exe `acme.exe` differs from Cargo.toml\n \
         --> Cargo.toml:8:13\n  |\n8 | arguments = ['a']\n  |             ^^^^^\n\
         note: `arguments` is [\"a\", \"b\"] in the exe, \"a\" in Cargo.toml\n\
         note: `preshutdown-timeout` is not set in the exe, \"3m\" in Cargo.toml\n\
         note: `recovery.restart` is \"5s 30s\" in the exe, \"5s\" in Cargo.toml\n\
         note: `stop-timeout` is \"25s\" in the exe, \"20s\" in Cargo.toml\n\
         help: rebuild it with `cargo winsvc build`, and sign it afterwards"
    );
}

#[test]
fn a_manufacturer_that_differs_shows_in_the_folders() {
    let now = "package.manufacturer = 'Acme Inc'";
    let error = said("", now, &configured::project(), "x86_64-pc-windows-gnu").unwrap_err();
    let note = "note: the folder below %ProgramData% is `acme` in the exe, `Acme Inc\\acme` in Cargo.toml";
    assert!(error.contains(note), "{error}");
}

#[test]
fn another_version_package_binary_or_target_is_refused() {
    let project = configured::project();
    let gnu = "x86_64-pc-windows-gnu";
    let version = Project {
        version: cargo_metadata::semver::Version::new(1, 3, 0),
        ..project.clone()
    };
    assert_eq!(
        said("", "", &version, gnu).unwrap_err(),
        "error: the exe `acme.exe` was built for the version `1.2.3`, expected `1.3.0`\n \
         --> Cargo.toml:3:11\n  |\n3 | version = '1.2.3'\n  |           ^^^^^^^\n\
         help: rebuild it with `cargo winsvc build`, and sign it afterwards"
    );
    let package = Project {
        package: "other".to_owned(),
        ..project.clone()
    };
    let error = said("name = 'acme'", "name = 'acme'", &package, gnu).unwrap_err();
    let first =
        "error: the exe `acme.exe` was built for the package `acme`, expected `other`\n --> Cargo.toml:2:8\n";
    assert!(error.starts_with(first), "{error}");
    let binary = Project {
        binary: "acmed".to_owned(),
        ..project.clone()
    };
    assert_eq!(
        said("", "", &binary, gnu).unwrap_err(),
        "error: the exe `acme.exe` was built for the binary `acme`, expected `acmed`\n\
         help: select the exe's binary with --bin"
    );
    assert_eq!(
        said("", "", &project, "aarch64-pc-windows-gnullvm").unwrap_err(),
        "error: the exe `acme.exe` was built for the target `x86_64-pc-windows-gnu`, expected `aarch64-pc-windows-gnullvm`\n\
         help: omit --target, or build the exe for this target"
    );
}

#[test]
fn a_stamp_on_an_exe_for_another_processor_is_refused() {
    let prebuilt = read(stamped(0xaa64, "")).unwrap();
    let error = prebuilt
        .check(
            &configured::project(),
            &config(""),
            &target("x86_64-pc-windows-gnu"),
        )
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the exe `acme.exe` is for the processor arm64, but its winsvc stamp is for the target `x86_64-pc-windows-gnu`"
    );
}

#[test]
fn what_was_not_stamped_is_refused() {
    assert_eq!(
        plain(&read(Sketch::default().build()).unwrap_err()),
        "error: the exe `acme.exe` has no winsvc stamp\n\
         help: pass an exe made by `cargo winsvc build` to --exe"
    );
    let text = plain(&read(b"text".to_vec()).unwrap_err());
    assert!(
        text.starts_with("error: `acme.exe` is not a Windows exe\nnote: "),
        "{text}"
    );
}

#[test]
fn every_key_of_a_stamp_is_one_of_cargo_toml() {
    let table = "name = 'a'\ndisplay-name = 'A'\ndescription = 'x'\nstart = 'delayed'\naccount = 'local-system'\n\
        dependencies = ['Tcpip']\narguments = ['a']\nenvironment = { A = 'b' }\nstart-timeout = '10s'\n\
        stop-timeout = '10s'\npreshutdown-timeout = '10s'\nwatchdog = '1m'\nsid-type = 'none'\n\
        privileges = ['SeBackupPrivilege']\nsecurity = 'D:(A;;GA;;;BA)'\n\
        recovery = { restart = ['1s'], reset-after = '2d', on-error-exit = false }\n\
        triggers = [{ on = 'domain-join' }]\npackage.data-folder = 'P'";
    let config = config(table);
    let project = configured::project();
    let content = stamp::content(&project, &config, &target("x86_64-pc-windows-gnu"), &provenance());
    let of_the_build = ["version", "built", "commit", "package", "binary", "target"];
    for (key, _) in Stamp::fields(&content).unwrap() {
        if of_the_build.contains(&key.as_str()) {
            continue;
        }
        let key = written_key(&key);
        let keys: Vec<&str> = key.split('.').collect();
        assert!(
            config.place_if_written(&keys).is_some(),
            "`{key}` is no key of Cargo.toml"
        );
    }
}
