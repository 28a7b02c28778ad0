//! Settings of the machine that a package makes: registry values, environment variables, `PATH`.

use winsvc_tests::fixture::Fixture;
use winsvc_tests::residue::{Registry, Snapshot};
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

const ENVIRONMENT: &str = r"System\CurrentControlSet\Control\Session Manager\Environment";

const KEYS: &str = r##"[package.metadata.winsvc]
path = ["{install}\\bin"]

[package.metadata.winsvc.machine-environment]
HELLO_HOME = "{install}"
HELLO_TEXT = "100% [x] {{y}}"

[[package.metadata.winsvc.registry]]
key = 'Software\Hello [1]'
value = "{install}lib"

[[package.metadata.winsvc.registry]]
key = 'Software\Hello [1]'
name = "Version"
value = "#{version}"

[[package.metadata.winsvc.registry]]
key = 'Software\Hello [1]'
name = "Port"
value = 9182

[[package.metadata.winsvc.registry]]
key = 'Software\Hello [1]'
name = "List"
value = ["a", "b c"]

[[package.metadata.winsvc.registry]]
key = 'Software\Hello [1]'
name = "Temp"
value = { expand = '%TEMP%\hello' }"##;

fn value(registry: &Registry, key: &str, name: &str) -> Option<String> {
    let values = registry.values(key);
    let mut values = values.iter().filter_map(|value| value.split_once('='));
    let found = values.find(|(found, _)| found.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_owned())
}

#[test]
fn they_are_made_and_taken_back_and_the_path_keeps_what_it_had() {
    let fixture = Fixture::new("hello").in_folder("machine").manifest(KEYS);
    let finished = fixture.run("package", &["--format", "zip"]).ok();
    assert!(
        finished
            .stderr
            .contains("warning: the scripts of the zip do not apply `registry`, only the MSI does"),
        "{finished}"
    );
    let packages = fixture.package();
    let windows = Windows::new();
    let before = Snapshot::take(&windows);
    let path = value(&Registry::save(&windows), ENVIRONMENT, "PATH").expect("a PATH");

    windows.install(&packages.msi, &[]).ok();
    windows.service("hello").reaches(State::Running);
    let registry = Registry::save(&windows);
    let key = r"Software\Hello [1]";
    for (name, expected) in [
        ("@", r#""C:\\Program Files\\hello\\lib""#),
        ("Version", r##""#1.0.0""##),
        ("Port", "dword:000023de"),
        ("Temp", r#"str(2):"%TEMP%\\hello""#),
        ("List", r#"str(7):"a\0b c\0""#),
    ] {
        let found = value(&registry, key, name);
        assert_eq!(
            found.as_deref(),
            Some(expected),
            "{name} in {:?}",
            registry.values(key)
        );
    }
    let variable = |name| value(&registry, ENVIRONMENT, name).unwrap_or_default();
    assert_eq!(variable("HELLO_HOME"), r#""C:\\Program Files\\hello\\""#);
    assert_eq!(variable("HELLO_TEXT"), r#""100% [x] {y}""#);
    let longer = format!(r#"{};C:\\Program Files\\hello\\bin""#, path.trim_end_matches('"'));
    assert_eq!(variable("PATH"), longer);

    windows.uninstall(&packages.msi).ok();
    // Wine leaves the separator.
    let after = value(&Registry::save(&windows), ENVIRONMENT, "PATH").expect("a PATH");
    assert_eq!(after.replace(";\"", "\""), path);
    let mut difference = before.difference(&Snapshot::take(&windows));
    difference.retain(|line| !line.contains(r"Session Manager\Environment\\PATH"));
    assert_eq!(difference, Vec::<String>::new());
}
