//! Tables of targets, laid over the table for all.

use winsvc_definition::manifest::{Compression, FilesEntry};
use winsvc_definition::{NamedText, VariableName};

use crate::build::target::WindowsTarget;
use crate::config::tests::{parse_on, project, source, workspace};
use crate::config::{Config, ConfigError};
use crate::diagnostic::Explain as _;

const GNU: &str = "x86_64-pc-windows-gnu";
const MSVC: &str = "x86_64-pc-windows-msvc";
const X86: &str = "i686-pc-windows-gnu";
const ARM: &str = "aarch64-pc-windows-gnullvm";

fn config(triple: &str, text: &str) -> Config {
    parse_on(triple, &project(), text).unwrap_or_else(|error| panic!("{triple}: {}", plain(&error)))
}

fn plain(error: &ConfigError) -> String {
    anstream::adapter::strip_str(&error.diagnostic().to_string()).to_string()
}

/// What is said of a table when the target `x86_64-pc-windows-gnu` is built.
fn error(text: &str) -> String {
    plain(&parse_on(GNU, &project(), text).unwrap_err())
}

fn lines(text: &str, numbers: std::ops::RangeInclusive<usize>) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[numbers.start() - 1..*numbers.end()].join("\n")
}

#[test]
fn a_triple_wins_over_its_architecture_and_that_over_the_table_for_all() {
    let text = "[package.metadata.winsvc]\nstop-timeout = '1s'\nstart-timeout = '1s'\nwatchdog = '1s'\n\
        [package.metadata.winsvc.target.x64]\nstart-timeout = '2s'\nwatchdog = '2s'\n\
        [package.metadata.winsvc.target.x86_64-pc-windows-msvc]\nwatchdog = '3s'\n";
    for (triple, expected) in [
        (ARM, [("1s", 2), ("1s", 3), ("1s", 4)]),
        (GNU, [("1s", 2), ("2s", 6), ("2s", 7)]),
        (MSVC, [("1s", 2), ("2s", 6), ("3s", 9)]),
    ] {
        let config = config(triple, text);
        let service = &config.services[0];
        let definition = &service.definition;
        let found = [
            (definition.stop_timeout.to_string(), "stop-timeout"),
            (definition.start_timeout.to_string(), "start-timeout"),
            (definition.watchdog.unwrap().to_string(), "watchdog"),
        ];
        let found = found.map(|(value, key)| (value, config.place_in(service, &[key]).line_column().0));
        assert_eq!(
            found,
            expected.map(|(value, line)| (value.to_owned(), line)),
            "{triple}"
        );
    }
}

#[test]
fn tables_are_merged_and_lists_are_replaced_but_files_are_added() {
    let text = "[package.metadata.winsvc]\narguments = ['--all', '--common']\n\
        environment = { A = 'all', B = 'all' }\n\
        properties.PORT = { default = '80', argument = '--port={value}' }\n\
        package.files = ['common.txt', 'more.txt']\n\
        [package.metadata.winsvc.target.x86]\narguments = ['--x86']\nenvironment = { B = 'x86', C = 'x86' }\n\
        properties.PORT.default = '8080'\npackage = { files = ['x86.dll'], install-folder = 'Acme/x86' }\n";
    let config = config(X86, text);
    let service = &config.services[0];
    let arguments: Vec<String> = service
        .definition
        .arguments
        .iter()
        .map(|it| format!("{it:?}"))
        .collect();
    assert_eq!(arguments.len(), 2, "{arguments:?}");
    assert!(
        arguments[0].contains("--x86") && arguments[1].contains("--port="),
        "{arguments:?}"
    );
    let expected = [("A", "all"), ("B", "x86"), ("C", "x86")];
    let expected = expected.map(|(name, text)| (VariableName::new(name).unwrap(), NamedText::literal(text)));
    assert_eq!(service.definition.environment, expected.into());
    assert_eq!(config.properties[0].default, NamedText::literal("8080"));
    let files = config
        .manifest
        .package
        .files
        .iter()
        .enumerate()
        .map(|(index, entry)| {
            let FilesEntry::Source(entry) = entry else {
                panic!("{entry:?}")
            };
            let line = config
                .place_of_entry(&["package", "files"], index)
                .line_column()
                .0;
            (entry.source.as_str(), line)
        });
    assert_eq!(
        files.collect::<Vec<_>>(),
        [("common.txt", 5), ("more.txt", 5), ("x86.dll", 10)]
    );
    let line = |keys: &[&str]| config.place(keys).line_column().0;
    assert_eq!(line(&["properties", "PORT", "argument"]), 4);
    assert_eq!(line(&["properties", "PORT", "default"]), 9);
}

#[test]
fn a_target_may_have_services_and_programs_of_its_own() {
    let text = "[package.metadata.winsvc.package]\nproduct-name = 'Acme'\n\
        [package.metadata.winsvc.services.agent]\n\
        [package.metadata.winsvc.target.x64]\nprograms = ['tool']\n\
        [package.metadata.winsvc.target.x64.services.watcher]\n\
        [package.metadata.winsvc.target.x64.services.agent]\nstart = 'manual'\n";
    let project = workspace(&[("acme", &["acme", "tool"])]);
    let of = |triple: &str| {
        let config = parse_on(triple, &project, text).unwrap();
        let services = config.services.iter();
        let services: Vec<String> = services
            .map(|service| format!("{} {}", service.definition.name, service.definition.start))
            .collect();
        (services.join(", "), config.programs.len())
    };
    assert_eq!(of(GNU), ("agent manual, watcher auto".to_owned(), 2));
    assert_eq!(of(X86), ("agent auto".to_owned(), 1));
}

#[test]
fn a_package_wins_over_the_targets_of_its_workspace() {
    let inherited = "[workspace.metadata.winsvc]\nstop-timeout = '1s'\naccount = 'local-service'\n\
        [workspace.metadata.winsvc.target.x64]\nstop-timeout = '2s'\naccount = 'network-service'\n\
        package.formats = ['zip']\npackage.compression = 'max'\n";
    let own = "[package.metadata.winsvc]\nstop-timeout = '3s'\n";
    let config = Config::parse(
        &project(),
        source("Cargo.toml", own),
        Some(source("../Cargo.toml", inherited)),
        &WindowsTarget::new(GNU).unwrap(),
    );
    let config = config.unwrap();
    let service = &config.services[0];
    assert_eq!(service.definition.stop_timeout.to_string(), "3s");
    assert_eq!(service.definition.account.to_string(), "network-service");
    assert_eq!(config.manifest.package.formats.as_deref().unwrap().len(), 1);
    assert_eq!(config.manifest.package.compression, Some(Compression::Max));
    let place = config.place_in(service, &["account"]);
    assert_eq!(
        (place.path.to_str().unwrap(), place.line_column()),
        ("../Cargo.toml", (6, 11))
    );
}

/// The target that is built is another one.
#[test]
fn every_table_is_checked_whatever_target_is_built() {
    let text = "[package.metadata.winsvc.target.aarch64-pc-windows-msvc.properties.PORT]\nmni = 1\n";
    let unknown = error(text);
    assert!(
        unknown.starts_with("error: unknown field `mni`, expected one of `description`, "),
        "{unknown}"
    );
    assert!(
        unknown.ends_with(" --> Cargo.toml:2:1\n  |\n2 | mni = 1\n  | ^^^\nhelp: did you mean `min`?"),
        "{unknown}"
    );
    let value = error("[package.metadata.winsvc.target.x86]\nstop-timeout = 'soon'\n");
    assert!(
        value.ends_with("2 | stop-timeout = 'soon'\n  |                ^^^^^^"),
        "{value}"
    );
    let no_table = error("[package.metadata.winsvc.target]\nx86 = 5\n");
    assert_eq!(
        no_table,
        "error: invalid type: integer `5`, expected a table with values for one target\n \
         --> Cargo.toml:2:7\n  |\n2 | x86 = 5\n  |       ^"
    );
    // It is laid over the table of its architecture.
    let both = "[package.metadata.winsvc.target]\nx86.properties.PORT.argument = { a = '-a' }\n\
        i686-pc-windows-msvc.properties.PORT.argument = '--port={value'\n";
    let both = error(both);
    assert!(both.contains(" --> Cargo.toml:3:49\n"), "{both}");
}

#[test]
fn an_unknown_target_is_shown_with_the_one_that_is_meant() {
    let said = |name: &str| error(&format!("[package.metadata.winsvc.target.{name}]\n"));
    assert_eq!(
        said("x86_64-pc-windows-mscv"),
        "error: unknown target `x86_64-pc-windows-mscv`; expected `x64`, `x86`, `arm64`, or a triple such as \
         `x86_64-pc-windows-msvc`\n \
         --> Cargo.toml:1:33\n  |\n1 | [package.metadata.winsvc.target.x86_64-pc-windows-mscv]\n  \
         |                                 ^^^^^^^^^^^^^^^^^^^^^^\nhelp: did you mean `x86_64-pc-windows-msvc`?"
    );
    for (name, meant) in [
        ("x86_64", Some("x64")),
        ("amd64", Some("x64")),
        ("i686", Some("x86")),
        ("aarch64", Some("arm64")),
        ("arm46", Some("arm64")),
        ("x86_64-unknown-linux-gnu", None),
        ("'cfg(windows)'", None),
    ] {
        let error = said(name);
        let help = error.split_once("\nhelp: ").map(|(_, help)| help.to_owned());
        assert_eq!(
            help,
            meant.map(|meant| format!("did you mean `{meant}`?")),
            "{error}"
        );
    }
}

#[test]
fn what_identifies_the_product_is_the_same_for_all_targets() {
    for (key, value) in [
        ("name", "'agent32'"),
        ("package.manufacturer", "'Acme'"),
        ("package.product-name", "'Agent'"),
        ("package.version", "'1.2.3'"),
        ("package.version-scheme", "'calendar'"),
    ] {
        let text = format!("[package.metadata.winsvc.target.x86]\n{key} = {value}\n");
        let error = error(&text);
        let first = format!("error: `{key}` cannot differ between targets\n --> Cargo.toml:2:");
        assert!(error.starts_with(&first), "{error}");
    }
    let code = "[package.metadata.winsvc.target.x86.package]\n\
        upgrade-code = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'\n";
    let code = error(code);
    assert_eq!(
        lines(&code, 5..=8),
        "  |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n\
         note: the packages for all targets are the same product, with one name, version and upgrade code\n\
         help: set the key for all targets\n\
         help: list other upgrade codes of earlier packages in `replaces`, which can differ"
    );
    let nested = error("[package.metadata.winsvc.target.x86.target.arm64]\nstart = 'manual'\n");
    assert!(
        nested.starts_with("error: `target` cannot be used in the table of a target\n --> Cargo.toml:1:"),
        "{nested}"
    );
}

#[test]
fn the_default_of_the_product_s_name_is_the_same_for_all_targets() {
    let text = "[package.metadata.winsvc]\ndisplay-name = 'Agent'\n\
        [package.metadata.winsvc.target.x64]\ndisplay-name = 'Agent 64'\n";
    assert_eq!(
        error(text),
        "error: the product's name is `Agent 64` for the target, but `Agent` for others\n \
         --> Cargo.toml:4:16\n  |\n4 | display-name = 'Agent 64'\n  |                ^^^^^^^^^^\n\
         note: the packages for all targets are the same product, with one name, version and upgrade code\n\
         help: set `product-name` in [package.metadata.winsvc.package]"
    );
    config(X86, text);
    config(
        GNU,
        &format!("{text}[package.metadata.winsvc.package]\nproduct-name = 'Agent'\n"),
    );
    let service = "[package.metadata.winsvc.services.agent]\n\
        [package.metadata.winsvc.target.x64.services.watcher]\n";
    let service = error(service);
    let first = "error: the product's name is `acme` for the target, but `agent` for others\n";
    assert!(service.starts_with(first), "{service}");
}
