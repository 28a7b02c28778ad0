//! Tables that are valid, and tables that are not.

use std::path::PathBuf;

use winsvc_definition::manifest::FilesEntry;

use super::*;
use crate::diagnostic::Explain as _;
use crate::project::Member;

/// A package with one binary.
pub(crate) fn project() -> Project {
    workspace(&[("acme", &["acme"])])
}

/// The first package of a workspace of packages with these binaries.
pub(crate) fn workspace(members: &[(&str, &[&str])]) -> Project {
    let version = cargo_metadata::semver::Version::new(1, 2, 3);
    let member = |(name, binaries): &(&str, &[&str])| Member {
        name: (*name).to_owned(),
        id: format!("path+file:///{name}#1.2.3"),
        version: version.clone(),
        description: None,
        binaries: binaries.iter().map(|binary| (*binary).to_owned()).collect(),
        sources: std::collections::BTreeMap::new(),
        default_run: binaries.first().map(|binary| (*binary).to_owned()),
        dependencies: ["winsvc".to_owned()].into(),
    };
    Project {
        name: members[0].0.to_owned(),
        version: version.clone(),
        description: None,
        authors: Vec::new(),
        homepage: None,
        repository: None,
        license: None,
        keywords: Vec::new(),
        scope: Scope::Package(0),
        manifest: PathBuf::from("Cargo.toml"),
        cargo_manifest: PathBuf::from("Cargo.toml"),
        workspace_manifest: PathBuf::from("Cargo.toml"),
        members: members.iter().map(member).collect(),
        bin: None,
        target_dir: PathBuf::from("target"),
    }
}

pub(crate) fn parse(text: &str) -> Result<Config, ConfigError> {
    parse_for(&project(), text)
}

pub(crate) fn parse_for(project: &Project, text: &str) -> Result<Config, ConfigError> {
    parse_on("x86_64-pc-windows-gnu", project, text)
}

/// The configuration for a target.
pub(super) fn parse_on(triple: &str, project: &Project, text: &str) -> Result<Config, ConfigError> {
    Config::parse(
        project,
        source("Cargo.toml", text),
        None,
        &WindowsTarget::new(triple).unwrap(),
    )
}

pub(super) fn source(path: &str, text: &str) -> Source {
    Source {
        path: PathBuf::from(path),
        text: text.to_owned(),
    }
}

/// Each example of docs/signing.md is a valid table.
#[test]
fn the_documented_signers_are_valid() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/signing.md");
    let page = std::fs::read_to_string(path).unwrap();
    let examples: Vec<&str> = page
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert_eq!(examples.len(), 6);
    for example in examples {
        let config = parse(&format!("[package]\nname = 'acme'\n{example}")).unwrap();
        let files = config.manifest.package.files.iter();
        let mut sources = files.filter_map(|entry| match entry {
            FilesEntry::Source(source) => Some(source.sign),
            FilesEntry::EmptyFolder(_) => None,
        });
        assert!(
            config.manifest.sign.is_some_and(|sign| sign.engine.is_some()) || sources.any(|signs| signs),
            "{example}"
        );
    }
}

fn error(text: &str) -> String {
    let diagnostic = parse(text).unwrap_err().diagnostic();
    anstream::adapter::strip_str(&diagnostic.to_string()).to_string()
}

#[test]
fn no_table_is_the_default_one() {
    let config = parse("[package]\nname = 'acme'\n").unwrap();
    assert_eq!(config.services[0].definition.name.as_str(), "acme");
    assert_eq!(config.manifest, Manifest::default());
    assert_eq!(
        config.product_version,
        Ok(ProductVersion {
            major: 1,
            minor: 2,
            build: 3
        })
    );
}

#[test]
fn an_unknown_key_is_shown_with_its_line() {
    let text = "[package]\nname = 'acme'\n\n[package.metadata.winsvc]\nstrat = 'auto'\n";
    let error = error(text);
    assert!(
        error.starts_with("error: unknown field `strat`, expected one of `name`, "),
        "{error}"
    );
    assert!(
        error.ends_with(
            " --> Cargo.toml:5:1\n  |\n5 | strat = 'auto'\n  | ^^^^^\nhelp: did you mean `start`?"
        ),
        "{error}"
    );
}

#[test]
fn a_wrong_value_is_shown_with_its_line() {
    let text = "[package.metadata.winsvc]\nstop-timeout = 'soon'\n";
    assert_eq!(
        error(text),
        "error: invalid duration \"soon\"; expected a whole number and its unit, such as \"500ms\", \"20s\", \
         \"2m\" or \"1h\"\n \
         --> Cargo.toml:2:16\n  |\n2 | stop-timeout = 'soon'\n  |                ^^^^^^"
    );
}

#[test]
fn a_wrong_value_in_a_list_is_shown_with_the_list() {
    let text = "[package.metadata.winsvc]\nrecovery.restart = ['5s', '30']\n";
    assert_eq!(
        error(text),
        "error: invalid duration \"30\"; expected a whole number and its unit, such as \"500ms\", \"20s\", \
         \"2m\" or \"1h\"\n \
         --> Cargo.toml:2:20\n  |\n2 | recovery.restart = ['5s', '30']\n  |                    ^^^^^^^^^^^^"
    );
}

#[test]
fn a_wrong_limit_is_shown_with_its_line() {
    let limits = |text: &str| error(&format!("[package.metadata.winsvc]\nlimits.{text}\n"));
    for (text, expected) in [
        (
            "memory = '512'",
            "invalid size \"512\"; expected a whole number and its unit",
        ),
        ("memory = '0MB'", "the size \"0MB\" is out of range"),
        ("cpu = '150%'", "the CPU limit \"150%\" is out of range"),
        (
            "processes = 0",
            "invalid value: integer `0`, expected a nonzero u32",
        ),
        (
            "memroy = '1GB'",
            "unknown field `memroy`, expected one of `memory`, `processes`, `cpu`",
        ),
    ] {
        let error = limits(text);
        assert!(error.starts_with(&format!("error: {expected}")), "{error}");
        assert!(error.contains("--> Cargo.toml:2:"), "{error}");
    }
    assert!(limits("memroy = '1GB'").contains("help: did you mean `memory`?"));
}

#[test]
fn values_are_found_again_for_later_errors() {
    let config = parse("[package.metadata.winsvc.package]\nfiles = ['a']\n").unwrap();
    assert_eq!(config.place(&["package", "files"]).line_column(), (2, 9));
    assert_eq!(config.place(&["package", "missing"]).line_column(), (1, 1));
    let config = parse("[[package.metadata.winsvc.triggers]]\non = 'domain-join'\n").unwrap();
    assert_eq!(config.place(&["triggers"]).line_column(), (1, 1));
    let config =
        parse("[package.metadata.winsvc]\nprivileges = [\n  'SeDebugPrivilege',\n  'SeTcbPrivilege',\n]\n")
            .unwrap();
    let entry = |index| config.place_of_entry(&["privileges"], index).line_column();
    assert_eq!((entry(0), entry(1)), ((3, 3), (4, 3)));
    assert_eq!(entry(2), (2, 14), "the list, where it has no such entry");
}

/// Three packages: the first has two binaries, both others have one with the same name.
fn suite() -> Project {
    workspace(&[
        ("acme", &["acme", "tool"]),
        ("one", &["updater"]),
        ("two", &["updater"]),
    ])
}

fn error_for(project: &Project, text: &str) -> String {
    let diagnostic = parse_for(project, text).unwrap_err().diagnostic();
    anstream::adapter::strip_str(&diagnostic.to_string()).to_string()
}

const SERVICES: &str = "[package.metadata.winsvc]\nprograms = ['tool']\nstop-timeout = '9s'\n\n\
    [package.metadata.winsvc.services.agent]\n\n\
    [package.metadata.winsvc.services.updater]\nprogram = { package = 'two', bin = 'updater' }\n\
    stop-timeout = '8s'\n\n\
    [package.metadata.winsvc.services.watcher]\nprogram = 'acme'\n";

#[test]
fn services_have_programs_and_each_program_comes_once() {
    let config = parse_for(&suite(), SERVICES).unwrap();
    let services: Vec<(&str, usize)> = config
        .services
        .iter()
        .map(|service| (service.definition.name.as_str(), service.program))
        .collect();
    assert_eq!(services, [("agent", 0), ("updater", 1), ("watcher", 0)]);
    let programs: Vec<(&str, String)> = config
        .programs
        .iter()
        .map(|program| (program.program.package.as_str(), program.target.to_string()))
        .collect();
    let expected = [("acme", "acme.exe"), ("two", "updater.exe"), ("acme", "tool.exe")];
    assert_eq!(programs, expected.map(|(package, exe)| (package, exe.to_owned())));
}

#[test]
fn a_value_of_a_service_is_found_in_its_table_or_in_that_of_all() {
    let config = parse_for(&suite(), SERVICES).unwrap();
    let lines: Vec<usize> = config
        .services
        .iter()
        .map(|service| config.place_in(service, &["stop-timeout"]).line_column().0)
        .collect();
    assert_eq!(lines, [3, 9, 3]);
}

#[test]
fn a_package_inherits_from_its_workspace_but_for_what_identifies_a_product() {
    let workspace = "[workspace.metadata.winsvc]\nstop-timeout = '9s'\naccount = 'local-service'\n\
        package = { manufacturer = 'Acme', product-name = 'Suite' }\n";
    let package = "[package.metadata.winsvc]\nstop-timeout = '8s'\n";
    let inherited = Some(source("../Cargo.toml", workspace));
    let gnu = WindowsTarget::new("x86_64-pc-windows-gnu").unwrap();
    let config = Config::parse(&project(), source("Cargo.toml", package), inherited, &gnu).unwrap();
    let service = &config.services[0];
    assert_eq!(service.definition.stop_timeout.to_string(), "8s");
    assert_eq!(service.definition.account.to_string(), "local-service");
    assert!(config.manifest.package.manufacturer.is_some());
    assert_eq!(config.manifest.package.product_name, None);
    let place = |keys: &[&str]| {
        let place = config.place_in(service, keys);
        (place.path.display().to_string(), place.line_column().0)
    };
    assert_eq!(place(&["stop-timeout"]), ("Cargo.toml".to_owned(), 2));
    assert_eq!(place(&["account"]), ("../Cargo.toml".to_owned(), 3));
}

#[test]
fn programs_that_do_not_exist_or_are_not_clear_are_errors_at_their_names() {
    let error = |program: &str| {
        error_for(
            &suite(),
            &format!("[package.metadata.winsvc]\nprogram = {program}\n"),
        )
    };
    assert_eq!(
        error("'agent'"),
        "error: unknown binary `agent`\n --> Cargo.toml:2:11\n  |\n2 | program = 'agent'\n  |           ^^^^^^^\n\
         note: available binaries: acme, tool, updater, updater"
    );
    assert!(error("'updater'").starts_with("error: several packages have a binary `updater`: one, two\n"));
    assert!(
        error("'updater'").ends_with("help: name the package: `{ package = \"one\", bin = \"updater\" }`")
    );
    let wrong = error("{ package = 'on', bin = 'updater' }");
    assert!(
        wrong.starts_with("error: the workspace has no package `on`\n"),
        "{wrong}"
    );
    let wrong = error("{ package = 'one', bin = 'tool' }");
    assert!(wrong.ends_with("note: available binaries: updater"), "{wrong}");
    let both = "[package.metadata.winsvc]\nprograms = [{ package = 'one', bin = 'updater' }, \
        { package = 'two', bin = 'updater' }]\n";
    assert!(
        error_for(&suite(), both)
            .starts_with("error: the packages `one` and `two` both have a program `updater.exe`\n")
    );
}

#[test]
fn a_name_or_a_bin_is_for_one_service() {
    let text = "[package.metadata.winsvc]\nname = 'a'\nservices.agent = {}\n";
    assert_eq!(
        error_for(&suite(), text),
        "error: `name` is set to `a`, but `services` lists the services by name\n --> Cargo.toml:2:8\n  |\n\
         2 | name = 'a'\n  |        ^^^\nhelp: remove `name`"
    );
    let mut project = suite();
    project.bin = Some("tool".to_owned());
    let error = error_for(&project, "[package.metadata.winsvc]\nservices.agent = {}\n");
    assert!(
        error.starts_with("error: `--bin tool` cannot be used with `services`"),
        "{error}"
    );
    let config = parse_for(&project, "[package.metadata.winsvc]\nprogram = 'acme'\n").unwrap();
    assert_eq!(
        config.programs[0].program.binary, "tool",
        "`--bin` is the command's own choice"
    );
}

#[test]
fn a_calendar_version_is_the_one_of_the_msi() {
    let parse = |version: &str, table: &str| {
        let mut project = project();
        project.version = version.parse().unwrap();
        let text = format!("[package.metadata.winsvc.package]\n{table}");
        parse_for(&project, &text)
    };
    let calendar = "version-scheme = 'calendar'";
    for (version, expected) in [("2026.11.25", (26, 11, 25)), ("2026.1.70-rc.1", (26, 1, 70))] {
        let (major, minor, build) = expected;
        let config = parse(version, calendar).unwrap();
        assert_eq!(config.product_version, Ok(ProductVersion { major, minor, build }));
    }
    for version in ["1.2.3", "1999.1.1", "2026.1125.1"] {
        let error = parse(version, calendar).unwrap_err().diagnostic();
        let expected = format!("the version {version} is not a calendar version");
        assert!(error.message.starts_with(&expected), "{}", error.message);
        assert_eq!(error.place.unwrap().line_column(), (2, 18));
    }
    let error = parse("2026.1.1", &format!("{calendar}\nversion = '1.0.0'")).unwrap_err();
    let expected = "`version-scheme` has no effect, because `version` sets the version of the MSI";
    assert_eq!(error.diagnostic().message, expected);
}
