//! What the definition of a service or its package cannot be.

use super::*;

#[test]
fn an_unknown_key() {
    let fixture = configured("unknown-key", "[package.metadata.winsvc]\nstrat = \"auto\"");
    let error = fixture.refused(&[]);
    let (message, rest) = error.split_once('\n').unwrap();
    // The list has every key, and grows with them.
    let message = message.strip_prefix("error: unknown field `strat`, expected one of `name`, ");
    assert!(
        message.is_some_and(|known| known.contains("`start`, ")),
        "{error}"
    );
    assert_eq!(
        rest,
        "\x20 --> [project]/Cargo.toml:12:1\n\
         \x20  |\n\
         12 | strat = \"auto\"\n\
         \x20  | ^^^^^\n\
         help: did you mean `start`?\n"
    );
}

#[test]
fn a_value_of_the_wrong_type() {
    let fixture = configured("wrong-type", "[package.metadata.winsvc]\nname = 5");
    assert_eq!(
        fixture.refused(&[]),
        "error: invalid type: integer `5`, expected a string\n\
         \x20 --> [project]/Cargo.toml:12:8\n\
         \x20  |\n\
         12 | name = 5\n\
         \x20  |        ^\n"
    );
}

#[test]
fn a_value_that_the_key_does_not_know() {
    let fixture = configured("wrong-value", "[package.metadata.winsvc]\nstart = \"boot\"");
    assert_eq!(
        fixture.refused(&[]),
        "error: unknown variant `boot`, expected one of `auto`, `delayed`, `manual`, `disabled`\n\
         \x20 --> [project]/Cargo.toml:12:9\n\
         \x20  |\n\
         12 | start = \"boot\"\n\
         \x20  |         ^^^^^^\n"
    );
}

#[test]
fn a_trigger_that_an_msi_cannot_register() {
    let table = "[[package.metadata.winsvc.triggers]]\non = \"domain-leave\"";
    assert_eq!(
        configured("triggers", table).refused(&[]),
        "error: an MSI cannot register the trigger `start domain-leave`: it registers triggers with sc.exe, which has no option for this one\n\
         \x20 --> [project]/Cargo.toml:11:1\n\
         \x20  |\n\
         11 | [[package.metadata.winsvc.triggers]]\n\
         \x20  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n\
         help: remove the trigger, or ship the exe from `cargo winsvc build` and register the service with \
         `NAME.exe service install`\n"
    );
}

#[test]
fn a_trigger_without_what_it_needs() {
    let table = "[[package.metadata.winsvc.triggers]]\non = \"etw\"";
    assert_eq!(
        configured("half-a-trigger", table).refused(&[]),
        "error: missing key `provider` for this trigger\n\
         \x20 --> [project]/Cargo.toml:11:1\n\
         \x20  |\n\
         11 | [[package.metadata.winsvc.triggers]]\n\
         \x20  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
    );
}

#[test]
fn a_timeout_that_is_none() {
    let fixture = configured(
        "wrong-timeout",
        "[package.metadata.winsvc]\nstop-timeout = \"soon\"",
    );
    assert_eq!(
        fixture.refused(&[]),
        "error: invalid duration \"soon\"; expected a whole number and its unit, such as \"500ms\", \"20s\", \"2m\" or \"1h\"\n\
         \x20 --> [project]/Cargo.toml:12:16\n\
         \x20  |\n\
         12 | stop-timeout = \"soon\"\n\
         \x20  |                ^^^^^^\n"
    );
}

#[test]
fn a_service_name_of_257_characters() {
    let name = "n".repeat(257);
    let fixture = configured(
        "long-name",
        &format!("[package.metadata.winsvc]\nname = \"{name}\""),
    );
    assert_eq!(
        fixture
            .refused(&[])
            .replace(&name, "[name]")
            .replace(&"^".repeat(257), "[mark]"),
        "error: the service name has 257 characters; expected at most 256\n\
         \x20 --> [project]/Cargo.toml:12:8\n\
         \x20  |\n\
         12 | ... = \"[name]\"\n\
         \x20  |       [mark]^^\n"
    );
}

#[test]
fn a_service_name_with_a_slash() {
    let fixture = configured("slash", "[package.metadata.winsvc]\nname = \"acme/agent\"");
    assert_eq!(
        fixture.refused(&[]),
        "error: invalid character '/' in the service name\n\
         \x20 --> [project]/Cargo.toml:12:8\n\
         \x20  |\n\
         12 | name = \"acme/agent\"\n\
         \x20  |        ^^^^^^^^^^^^\n"
    );
}

#[test]
fn a_service_name_with_a_backslash() {
    let fixture = configured("backslash", "[package.metadata.winsvc]\nname = 'acme\\agent'");
    assert_eq!(
        fixture.refused(&[]),
        "error: invalid character '\\\\' in the service name\n\
         \x20 --> [project]/Cargo.toml:12:8\n\
         \x20  |\n\
         12 | name = 'acme\\agent'\n\
         \x20  |        ^^^^^^^^^^^^\n"
    );
}

#[test]
fn a_privilege_that_the_account_does_not_hold() {
    let fixture = configured(
        "privilege",
        "[package.metadata.winsvc]\nprivileges = [\n  \"SeChangeNotifyPrivilege\",\n  \"SeBackupPrivilege\",\n]",
    );
    assert_eq!(
        fixture.refused(&[]),
        "error: the account `virtual` does not hold SeBackupPrivilege\n\
         \x20 --> [project]/Cargo.toml:14:3\n\
         \x20  |\n\
         14 |   \"SeBackupPrivilege\",\n\
         \x20  |   ^^^^^^^^^^^^^^^^^^^\n\
         note: the service control manager refuses to start a service whose account lacks a privilege (error 1297)\n\
         note: `virtual` holds SeChangeNotifyPrivilege, SeCreateGlobalPrivilege, SeImpersonatePrivilege, \
         SeIncreaseWorkingSetPrivilege\n\
         help: remove it, or set `account = \"local-system\"`, which holds nearly all privileges\n"
    );
}

/// What the tool warns of, quietly, while it makes the packages.
fn warned(fixture: &Fixture) -> String {
    let folder = tempfile::tempdir().unwrap();
    let out_dir = folder.path().to_str().unwrap();
    let finished = fixture.run("package", &["--quiet", "--out-dir", out_dir]).ok();
    anonymous(&finished.stderr, &fixture.root(), "[project]")
}

#[test]
fn timeouts_that_windows_does_not_grant_are_warned_of() {
    let fixture = configured(
        "timeouts",
        "[package.metadata.winsvc]\nstart-timeout = \"1m\"\nstop-timeout = \"40s\"",
    );
    assert_eq!(
        warned(&fixture),
        "warning: the stop timeout of 40s does not apply at a shutdown, where Windows waits 5s\n\
         \x20 --> [project]/Cargo.toml:13:16\n\
         \x20  |\n\
         13 | stop-timeout = \"40s\"\n\
         \x20  |                ^^^^^\n\
         help: set `preshutdown-timeout = \"40s\"`: Windows then notifies the service before a shutdown and waits for it\n\
         warning: the start timeout of 1m exceeds the 30s that Windows Installer waits for a start\n\
         \x20 --> [project]/Cargo.toml:12:17\n\
         \x20  |\n\
         12 | start-timeout = \"1m\"\n\
         \x20  |                 ^^^^\n\
         note: if the service is not running by then, the installation fails with error 1920 and is rolled back\n\
         help: report ready within 25s and continue the initialization afterwards, or set `start = \"manual\"`: the installer does not start such a service\n\
         warning: the stop timeout of 40s exceeds the 30s that Windows Installer waits for a stop\n\
         \x20 --> [project]/Cargo.toml:13:16\n\
         \x20  |\n\
         13 | stop-timeout = \"40s\"\n\
         \x20  |                ^^^^^\n\
         note: an upgrade continues while the service is still running: its files are in use, and Windows asks for a restart\n\
         help: stop within 25s, or stop the service before the upgrade with `NAME.exe service stop`, which waits until it has stopped\n"
    );
}

#[test]
fn a_version_that_msi_cannot_hold() {
    assert_eq!(
        hello("version").version("300.0.0").refused(&[]),
        "error: the version 300.0.0 is too high for an MSI; expected at most 255.255.65535\n\
         \x20--> [project]/Cargo.toml:4:11\n\
         \x20 |\n\
         4 | version = \"300.0.0\"\n\
         \x20 |           ^^^^^^^^^\n\
         help: if the version begins with a year, set `version-scheme = \"calendar\"` in [package.metadata.winsvc.package]; otherwise set another version for the MSI there (`version = \"24.11.3\"`), change the package's version, or build only the zip (--format zip)\n"
    );
}

#[test]
fn a_version_that_msi_cannot_hold_is_none_of_the_zip_s_business() {
    let folder = tempfile::tempdir().unwrap();
    let out_dir = folder.path().to_str().unwrap();
    let fixture = hello("version").version("300.0.0");
    let finished = fixture
        .run("package", &["--format", "zip", "--out-dir", out_dir])
        .ok();
    let zip = folder.path().join("hello-300.0.0-x64.zip");
    assert_eq!(finished.lines(), [zip.to_str().unwrap()]);
}

#[test]
fn a_version_below_that_of_an_earlier_package_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let out_dir = folder.path().to_str().unwrap();
    let arguments = ["--quiet", "--format", "msi", "--out-dir", out_dir];
    let table = |version: &str| format!("[package.metadata.winsvc.package]\nversion = \"{version}\"");
    let package = |fixture: Fixture| {
        let finished = fixture.run("package", &arguments).ok();
        let text = anonymous(&finished.stderr, &fixture.root(), "[project]");
        anonymous(&text, folder.path(), "[out]")
    };
    // The crate's version goes up, the MSI's down.
    let first = hello("backwards").version("1.0.0").manifest(&table("24.1.0"));
    assert_eq!(package(first), "");
    let second = hello("backwards").version("1.1.0").manifest(&table("3.1.0"));
    assert_eq!(
        package(second),
        "warning: the MSI version 3.1.0 is lower than the version 24.1.0 of an earlier package\n\
         \x20 --> [project]/Cargo.toml:12:11\n\
         \x20  |\n\
         12 | version = \"3.1.0\"\n\
         \x20  |           ^^^^^^^\n\
         note: the earlier package is `[out]/hello-1.0.0-x64.msi`\n\
         note: Windows Installer does not install a lower version over a higher one\n\
         help: raise `version` in [package.metadata.winsvc.package]\n"
    );
    // Another product, whatever its versions.
    let other = "upgrade-code = \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"";
    let other = hello("backwards")
        .version("1.2.0")
        .manifest(&format!("{}\n{other}", table("2.0.0")));
    assert_eq!(package(other), "");
}

#[test]
fn settings_of_the_machine_that_cannot_be() {
    for (keys, message, line) in [
        (
            "path = [\"{install}\", \"{name}\"]",
            "the name `{name}` has no value in this text",
            12,
        ),
        (
            "machine-environment = { A = \"{PORT}\" }",
            "the property `PORT` is not defined",
            12,
        ),
        (
            "[[package.metadata.winsvc.registry]]\nkey = 'HKLM\\Software'\nvalue = 1",
            "invalid registry key \"HKLM\\\\Software\"; expected a path below HKEY_LOCAL_MACHINE without its name, \
             such as 'Software\\Acme'",
            13,
        ),
        (
            "[[package.metadata.winsvc.registry]]\nkey = 'Software'\nvalue = 1\n\
             [[package.metadata.winsvc.registry]]\nkey = 'SOFTWARE'\nname = ''\nvalue = 1",
            "two entries of `registry` set the value `` of the key `SOFTWARE`",
            15,
        ),
    ] {
        let fixture = configured("machine", &format!("[package.metadata.winsvc]\n{keys}"));
        let error = fixture.refused(&[]);
        let mut lines = error.lines();
        assert_eq!(lines.next(), Some(format!("error: {message}").as_str()));
        let place = lines.next().unwrap();
        assert!(place.contains(&format!("Cargo.toml:{line}:")), "{error}");
    }
    let long = "x".repeat(260);
    let fixture = configured(
        "machine",
        &format!("[package.metadata.winsvc]\nmachine-environment = {{ A = \"{long}\" }}"),
    );
    let error = fixture.refused(&[]);
    assert!(
        error.starts_with("error: the value is too long for an MSI by 5 characters\n"),
        "{error}"
    );
}

#[test]
fn a_feature_that_cannot_be() {
    for (folder, lines, expected) in [
        (
            "feature-name",
            "features.the-docs = {}",
            "error: invalid feature name \"the-docs\"; expected at most 38 letters, digits, `_` and `.`, a letter or `_` \
             first, and none of ALL, Complete, AND, OR, NOT, XOR, EQV, IMP\n\
             \x20 --> [project]/Cargo.toml:12:10\n\
             \x20  |\n\
             12 | features.the-docs = {}\n\
             \x20  |          ^^^^^^^^\n",
        ),
        (
            "feature-unknown",
            "features.docs = {}\npath = [{ folder = \"{install}\", feature = \"dosc\" }]",
            "error: unknown feature `dosc`, expected `docs`\n\
             \x20 --> [project]/Cargo.toml:13:9\n\
             \x20  |\n\
             13 | path = [{ folder = \"{install}\", feature = \"dosc\" }]\n\
             \x20  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n\
             help: did you mean `docs`?\n",
        ),
        (
            "feature-service",
            "features.all_of_it = {}\nservices.hello.feature = \"all_of_it\"",
            "error: every service belongs to a feature; expected one that is always installed\n\
             \x20 --> [project]/Cargo.toml:13:26\n\
             \x20  |\n\
             13 | services.hello.feature = \"all_of_it\"\n\
             \x20  |                          ^^^^^^^^^^^\n\
             help: remove `feature` from the product's main service, which is always installed\n",
        ),
    ] {
        let fixture = configured(folder, &format!("[package.metadata.winsvc]\n{lines}"));
        assert_eq!(fixture.refused(&[]), expected);
    }
}
