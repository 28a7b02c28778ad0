//! Exes that were stamped for one Cargo.toml, checked against another.

use winsvc_definition::Role;

use super::difference::{ACCESS, written_key};
use super::*;
use crate::config::tests as configured;
use crate::diagnostic::Explain as _;
use crate::pe::testing::Sketch;
use crate::shell::{MessageFormat, Shell, Verbosity};

const SHELL: Shell = Shell {
    format: MessageFormat::Human,
    verbosity: Verbosity::Quiet,
    color: None,
    deny_warnings: false,
};

const TABLE: &str = "[package]\nname = 'acme'\nversion = '1.2.3'\n\n[package.metadata.winsvc]\n";

fn target(triple: &str) -> WindowsTarget {
    WindowsTarget::new(triple).unwrap()
}

fn config(table: &str) -> Config {
    config_for(&configured::project(), table)
}

fn config_for(project: &Project, table: &str) -> Config {
    configured::parse_for(project, &format!("{TABLE}{table}")).unwrap()
}

fn provenance() -> Provenance {
    Provenance {
        built: 1_700_000_000,
        commit: Some("0123abc".to_owned()),
    }
}

/// An exe for this processor, stamped for this table.
fn stamped(machine: u16, table: &str) -> Vec<u8> {
    stamp_linked(
        &Sketch {
            machine,
            ..Sketch::default()
        },
        table,
    )
    .unwrap()
}

/// The exe that the linker left, stamped for this table.
fn stamp_linked(linked: &Sketch, table: &str) -> Result<Vec<u8>, stamp::StampError> {
    let target = target("x86_64-pc-windows-gnu");
    let project = configured::project();
    let config = config(table);
    stamp::stamp(
        &linked.build(),
        &project,
        &config,
        0,
        &target,
        &provenance(),
        SHELL,
    )
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
        .check(project, &config_for(project, now), 0, &target(triple))
        .map_err(|error| plain(&error))
}

#[test]
fn an_exe_of_the_same_sources_is_taken_with_its_own_time_and_commit() {
    let exe = stamped(X64, "stop-timeout = '25s'");
    let prebuilt = read(exe.clone()).unwrap();
    assert_eq!(prebuilt.target().unwrap(), target("x86_64-pc-windows-gnu"));
    let config = config("stop-timeout = '25s'");
    let target = target("x86_64-pc-windows-gnu");
    prebuilt
        .check(&configured::project(), &config, 0, &target)
        .unwrap();
    let exes = of_programs(vec![prebuilt], &config, &target).unwrap();
    assert_eq!(into_parts(exes), (vec![exe], Some(provenance())));
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
    let mut version = project.clone();
    version.version = cargo_metadata::semver::Version::new(1, 3, 0);
    version.members[0].version = version.version.clone();
    assert_eq!(
        said("", "", &version, gnu).unwrap_err(),
        "error: the exe `acme.exe` was built for the version `1.2.3`, expected `1.3.0`\n \
         --> Cargo.toml:3:11\n  |\n3 | version = '1.2.3'\n  |           ^^^^^^^\n\
         help: rebuild it with `cargo winsvc build`, and sign it afterwards"
    );
    let package = configured::workspace(&[("other", &["acme"])]);
    let error = said("name = 'acme'", "name = 'acme'", &package, gnu).unwrap_err();
    let first =
        "error: the exe `acme.exe` was built for the package `acme`, expected `other`\n --> Cargo.toml:2:8\n";
    assert!(error.starts_with(first), "{error}");
    let binary = configured::workspace(&[("acme", &["acmed"])]);
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

/// An exe for this target, stamped for an empty table.
fn stamped_for(triple: &str) -> Prebuilt {
    let (project, config, target) = (configured::project(), config(""), target(triple));
    let exe = Sketch::default().build();
    let exe = stamp::stamp(&exe, &project, &config, 0, &target, &provenance(), SHELL).unwrap();
    read(exe).unwrap()
}

#[test]
fn exes_are_grouped_by_the_targets_that_they_were_built_for() {
    let [gnu, x86, msvc] = [
        "x86_64-pc-windows-gnu",
        "i686-pc-windows-gnu",
        "x86_64-pc-windows-msvc",
    ];
    let exes = || [x86, gnu, x86].map(stamped_for).to_vec();
    let in_order = targets(&exes()).unwrap();
    assert_eq!(in_order, [x86, gnu].map(target));
    let groups = of_targets(exes(), &[gnu, msvc, x86].map(target)).unwrap();
    let groups: Vec<Vec<&str>> = groups
        .iter()
        .map(|group| group.iter().map(|exe| exe.origin.target.as_str()).collect())
        .collect();
    assert_eq!(groups, [vec![gnu], vec![], vec![x86, x86]]);
    let error = of_targets(exes(), &[gnu, msvc].map(target)).unwrap_err();
    assert_eq!(
        plain(&error),
        "error: the exe `acme.exe` was built for the target `i686-pc-windows-gnu`, expected `x86_64-pc-windows-gnu` \
         or `x86_64-pc-windows-msvc`\nhelp: omit --target, or build the exe for this target"
    );
}

#[test]
fn a_stamp_on_an_exe_for_another_processor_is_refused() {
    let prebuilt = read(stamped(0xaa64, "")).unwrap();
    let error = prebuilt
        .check(
            &configured::project(),
            &config(""),
            0,
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
        stop-timeout = '10s'\npreshutdown-timeout = '10s'\nwatchdog = '1m'\nlimits = { memory = '1GB', processes = 9, cpu = '5%' }\nsid-type = 'none'\n\
        privileges = ['SeBackupPrivilege']\nsecurity = 'D:(A;;GA;;;BA)'\n\
        recovery = { restart = ['1s'], reset-after = '2d', on-error-exit = false, give-up = true }\n\
        triggers = [{ on = 'domain-join' }]\npackage = { data-folder = 'P', product-name = 'P' }\n\
        properties.FLAGS = { arguments = true, argument = { a = 'b' } }";
    let config = config(table);
    let project = configured::project();
    let target = target("x86_64-pc-windows-gnu");
    let [(_, content)] = &stamp::contents(&project, &config, 0, &target, &provenance())[..] else {
        panic!("one service has one stamp");
    };
    let of_the_build = [
        "version", "built", "commit", "package", "binary", "target", ACCESS,
    ];
    for (key, _) in Stamp::fields(content).unwrap() {
        if of_the_build.contains(&key.as_str()) {
            continue;
        }
        let key = written_key(&key);
        let keys: Vec<&str> = key.split('.').collect();
        assert!(
            config.place_if_written(None, &keys).is_some(),
            "`{key}` is no key of Cargo.toml"
        );
    }
}

/// A package with two programs: one of two services, one of none.
const SUITE: &str = "programs = ['tray']\n\n[package.metadata.winsvc.services.agent]\n\n\
    [package.metadata.winsvc.services.updater]\nstart = 'manual'\n";

fn suite() -> Project {
    configured::workspace(&[("acme", &["acme", "tray"])])
}

fn stamped_suite(program: usize, table: &str) -> Prebuilt {
    let (project, target) = (suite(), target("x86_64-pc-windows-gnu"));
    let config = config_for(&project, table);
    let exe = Sketch::default().build();
    let exe = stamp::stamp(&exe, &project, &config, program, &target, &provenance(), SHELL).unwrap();
    read(exe).unwrap()
}

#[test]
fn an_exe_has_a_stamp_for_each_of_its_services() {
    let target = target("x86_64-pc-windows-gnu");
    let config = config_for(&suite(), SUITE);
    for program in [0, 1] {
        let exe = stamped_suite(program, SUITE);
        exe.check(&suite(), &config, program, &target).unwrap();
        let ids: Vec<u16> = exe.stamps.keys().copied().collect();
        assert_eq!(ids, [&[7701, 7702][..], &[7700]][program]);
    }
    let other = config_for(&suite(), &SUITE.replace("manual", "delayed"));
    let error = stamped_suite(0, SUITE)
        .check(&suite(), &other, 0, &target)
        .unwrap_err();
    let error = plain(&error);
    assert!(error.contains(" --> Cargo.toml:11:9"), "{error}");
    assert!(
        error.contains("note: `start` is \"manual\" in the exe, \"delayed\" in Cargo.toml"),
        "{error}"
    );

    let fewer = config_for(
        &suite(),
        "programs = ['tray']\n[package.metadata.winsvc.services.agent]",
    );
    let error = stamped_suite(0, SUITE)
        .check(&suite(), &fewer, 0, &target)
        .unwrap_err();
    assert_eq!(
        plain(&error),
        "error: the services of the exe `acme.exe` are agent, updater, expected agent\n\
         help: rebuild it with `cargo winsvc build`, and sign it afterwards"
    );
}

#[test]
fn exes_are_found_for_the_programs_whatever_their_order() {
    let (config, target) = (config_for(&suite(), SUITE), target("x86_64-pc-windows-gnu"));
    let exes = || vec![stamped_suite(1, SUITE), stamped_suite(0, SUITE)];
    let sorted = of_programs(exes(), &config, &target).unwrap();
    let binaries: Vec<&str> = sorted.iter().map(|exe| exe.origin.binary.as_str()).collect();
    assert_eq!(binaries, ["acme", "tray"]);

    let missing = of_programs(exes().split_off(1), &config, &target).unwrap_err();
    assert_eq!(
        plain(&missing),
        "error: no exe for `x86_64-pc-windows-gnu` was given for the program `tray` of the package `acme`\n\
         help: pass an exe for each program and target with --exe"
    );
    let mut three = exes();
    three.extend(exes());
    let error = of_programs(three, &config, &target).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the exe `acme.exe` was not built from a program of this product, or is the second one"
    );
}

const UPDATE: &str = "update = { url = 'https://dl.acme.example', \
    keys = ['RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3'] }";

/// The mark of an exe with the updater.
const MARK: &[u8] = b"winsvc updater 1\0";

#[test]
fn an_exe_without_the_updater_cannot_be_of_a_product_that_updates_itself() {
    let error = stamp_linked(&Sketch::default(), UPDATE).unwrap_err();
    let shown = anstream::adapter::strip_str(&error.diagnostic().to_string()).to_string();
    assert!(
        shown.starts_with(
            "error: the program `acme` cannot update itself: it was built without the feature `update` of winsvc\n \
             --> Cargo.toml:6:10\n"
        ),
        "{shown}"
    );
    assert!(
        shown.contains("\nhelp: run `cargo add winsvc --features update`, or"),
        "{shown}"
    );

    let mut linked = Sketch::default();
    linked.sections.push((".rdata", MARK.to_owned()));
    let exe = stamp_linked(&linked, UPDATE).unwrap();
    let (project, config) = (configured::project(), config(UPDATE));
    let check = |exe: Vec<u8>| {
        let exe = read(exe).unwrap();
        exe.check(&project, &config, 0, &target("x86_64-pc-windows-gnu"))
    };
    check(exe.clone()).unwrap();
    let stamps = read(exe.clone()).unwrap().stamps;
    let roles = stamps.values().map(|content| {
        let stamp = Stamp::decode(content).unwrap();
        (stamp.definition.name.to_string(), stamp.role)
    });
    let expected = [("acme", Role::Service), ("acme-update", Role::Updater)];
    assert_eq!(
        roles.collect::<Vec<_>>(),
        expected.map(|(name, role)| (name.to_owned(), role))
    );

    let mut without = exe;
    let place = without.windows(MARK.len()).position(|window| window == MARK);
    without[place.unwrap()] = 0;
    let error = check(without).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the exe `acme.exe` cannot update itself: it was built without the feature `update` of winsvc"
    );
}
