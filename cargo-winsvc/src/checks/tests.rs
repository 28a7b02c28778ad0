//! What the checks say of a table.

use super::*;
use crate::config::tests;

pub(super) fn said(table: &str) -> Result<Vec<String>, String> {
    said_for(table, &Format::ALL)
}

fn said_for(table: &str, formats: &[Format]) -> Result<Vec<String>, String> {
    let text = format!("[package.metadata.winsvc]\n{table}");
    let config = tests::parse(&text).unwrap();
    let plain = |diagnostic: &Diagnostic| anstream::adapter::strip_str(&diagnostic.to_string()).to_string();
    match check(&tests::project(), &config, &Payload::default(), formats) {
        Ok(warnings) => Ok(warnings.iter().map(plain).collect()),
        Err(error) => Err(plain(&error.diagnostic())),
    }
}

/// The first lines: the message and its place.
fn first_lines(warnings: &[String]) -> Vec<(&str, &str)> {
    let lines = warnings.iter().map(|warning| {
        let mut lines = warning.lines();
        (lines.next().unwrap(), lines.next().unwrap())
    });
    lines.collect()
}

#[test]
fn the_defaults_are_no_reason_to_warn() {
    assert_eq!(said(""), Ok(Vec::new()));
    assert_eq!(said("stop-timeout = '5s'\nstart-timeout = '25s'"), Ok(Vec::new()));
}

#[test]
fn a_privilege_that_the_account_lacks_is_an_error_at_its_entry() {
    assert_eq!(
        said("privileges = ['SeChangeNotifyPrivilege', 'SeBackupPrivilege']"),
        Err("error: the account `virtual` does not hold SeBackupPrivilege\n \
             --> Cargo.toml:2:42\n  |\n\
             2 | privileges = ['SeChangeNotifyPrivilege', 'SeBackupPrivilege']\n  \
             |                                          ^^^^^^^^^^^^^^^^^^^\n\
             note: the service control manager refuses to start a service whose account lacks a privilege (error 1297)\n\
             note: `virtual` holds SeChangeNotifyPrivilege, SeCreateGlobalPrivilege, SeImpersonatePrivilege, \
             SeIncreaseWorkingSetPrivilege\n\
             help: remove it, or set `account = \"local-system\"`, which holds nearly all privileges"
            .to_owned())
    );
    for account in ["local-service", "network-service"] {
        let table = format!("account = '{account}'\nprivileges = ['SeBackupPrivilege']");
        assert!(said(&table).unwrap_err().contains("Cargo.toml:3:15"));
    }
    let system = "account = 'local-system'\nprivileges = ['SeBackupPrivilege', 'SeDebugPrivilege']";
    assert_eq!(said(system), Ok(Vec::new()));
    // The domain's administrators may grant it.
    let domain = said("account = 'ACME\\agent$'\nprivileges = ['SeBackupPrivilege']").unwrap();
    assert_eq!(
        first_lines(&domain),
        [(
            "warning: the account `ACME\\agent$` does not hold SeBackupPrivilege on every Windows machine",
            " --> Cargo.toml:3:15"
        )]
    );
}

#[test]
fn a_service_that_cannot_be_named_in_an_access_list_is_hinted_at() {
    let warnings = said("account = 'ACME\\agent$'\nsid-type = 'none'").unwrap();
    assert_eq!(
        first_lines(&warnings),
        [(
            "warning: the service has no access to its folders below %ProgramData%: its process has no service SID, \
             and the SID of `ACME\\agent$` is known only to the domain",
            " --> Cargo.toml:3:12"
        )]
    );
    assert_eq!(
        said("account = 'local-service'\nsid-type = 'none'"),
        Ok(Vec::new())
    );
}

#[test]
fn a_folder_that_windows_cannot_create_is_an_error() {
    let table = format!("package.data-folder = 'a/{}'", "b".repeat(230));
    let error = said(&table).unwrap_err();
    assert!(error.contains("has 252 characters"), "{error}");
    assert!(error.contains("--> Cargo.toml:2:23"), "{error}");
}

#[test]
fn the_service_s_own_name_is_no_former_one() {
    let error = said("name = 'agent'\nwas-named = ['agentd', 'Agent']").unwrap_err();
    let mut lines = error.lines();
    assert_eq!(
        lines.next(),
        Some("error: `was-named` lists `agent`, the current name of the service")
    );
    assert_eq!(lines.next(), Some(" --> Cargo.toml:3:24"));
}

#[test]
fn a_service_does_not_depend_on_itself() {
    let error = said("name = 'agent'\ndependencies = ['Tcpip', 'AGENT']").unwrap_err();
    let mut lines = error.lines();
    assert_eq!(lines.next(), Some("error: the service `agent` depends on itself"));
    assert_eq!(lines.next(), Some(" --> Cargo.toml:3:26"));
    let group = "name = 'agent'\ndependencies = ['+agent']";
    assert_eq!(said(group), Ok(Vec::new()), "a group has a name of its own");
}

#[test]
fn an_msi_has_a_most_of_dependencies() {
    let names: Vec<String> = (0..33).map(|index| format!("a{index}")).collect();
    let table = format!("dependencies = {names:?}");
    let error = said(&table).unwrap_err();
    let expected = "error: the service has 33 dependencies; an MSI holds at most 32\n --> Cargo.toml:2:";
    assert!(error.starts_with(expected), "{error}");
    assert_eq!(said_for(&table, &[Format::Zip]), Ok(Vec::new()));
}

#[test]
fn variables_that_differ_in_case_alone_are_one() {
    let error = said("environment = { PATH = 'a', Path = 'b' }").unwrap_err();
    let mut lines = error.lines();
    assert_eq!(
        lines.next(),
        Some(
            "error: the environment variables `PATH` and `Path` are the same on Windows, where names are \
            case-insensitive"
        )
    );
    assert_eq!(lines.next(), Some(" --> Cargo.toml:2:36"));
}

#[test]
fn a_stop_timeout_that_a_shutdown_does_not_grant_is_hinted_at() {
    let warnings = said("stop-timeout = '20s'").unwrap();
    assert_eq!(
        warnings,
        [
            "warning: the stop timeout of 20s does not apply at a shutdown, where Windows waits 5s\n \
          --> Cargo.toml:2:16\n  |\n2 | stop-timeout = '20s'\n  |                ^^^^^\n\
          help: set `preshutdown-timeout = \"20s\"`: Windows then notifies the service before a shutdown and waits for it"
        ]
    );
    assert_eq!(
        said("stop-timeout = '20s'\npreshutdown-timeout = '20s'"),
        Ok(Vec::new())
    );
}

#[test]
fn timeouts_beyond_what_windows_installer_waits_are_hinted_at_for_an_msi() {
    let table = "stop-timeout = '26s'\npreshutdown-timeout = '26s'\nstart-timeout = '1m'";
    let warnings = said(table).unwrap();
    assert_eq!(
        first_lines(&warnings),
        [
            (
                "warning: the start timeout of 1m exceeds the 30s that Windows Installer waits for a start",
                " --> Cargo.toml:4:17"
            ),
            (
                "warning: the stop timeout of 26s exceeds the 30s that Windows Installer waits for a stop",
                " --> Cargo.toml:2:16"
            ),
        ]
    );
    assert_eq!(said_for(table, &[Format::Zip]), Ok(Vec::new()));
    let manual = "start = 'manual'\nstart-timeout = '1m'";
    assert_eq!(said(manual), Ok(Vec::new()), "the installer does not start it");
}

#[test]
fn pictures_and_a_license_without_dialogs_are_hinted_at() {
    let folder = tempfile::tempdir().unwrap();
    let license = folder.path().join("LICENSE.txt");
    std::fs::write(&license, "Do what you like.").unwrap();
    let table = |dialogs: &str| format!("package.license = {license:?}\n{dialogs}");
    let warnings = said(&table("")).unwrap();
    assert_eq!(
        first_lines(&warnings),
        [(
            "warning: `license` has no effect: the MSI has no dialogs to show it",
            " --> Cargo.toml:2:19"
        )]
    );
    assert_eq!(said(&table("package.dialogs = true")), Ok(Vec::new()));
    assert_eq!(said_for(&table(""), &[Format::Zip]), Ok(Vec::new()));
}

#[test]
fn a_trigger_that_an_msi_cannot_register_is_an_error_before_the_build() {
    let table = "[[package.metadata.winsvc.triggers]]\non = 'domain-leave'";
    let error = said(table).unwrap_err();
    assert!(
        error.starts_with("error: an MSI cannot register the trigger"),
        "{error}"
    );
    assert_eq!(said_for(table, &[Format::Zip]), Ok(Vec::new()));
}

#[test]
fn names_of_several_services_are_different() {
    let services = |agent: &str, updater: &str| {
        format!(
            "[package.metadata.winsvc.services.agent]\n{agent}\n[package.metadata.winsvc.services.Updater]\n{updater}\n"
        )
    };
    let first = |table: &str| said(table).unwrap_err().lines().next().unwrap().to_owned();
    assert_eq!(said(&services("", "")), Ok(Vec::new()));
    assert_eq!(
        first(&services("display-name = 'UPDATER'", "")),
        "error: the services `Updater` and `agent` have the same display name \"UPDATER\""
    );
    assert_eq!(
        first(&services("was-named = ['updater']", "")),
        "error: `was-named` of the service `agent` lists `updater`, which is a name of the service `Updater`"
    );
    assert_eq!(
        first(&services("was-named = ['old']", "was-named = ['Old']")),
        "error: `was-named` of the service `agent` lists `old`, which is a name of the service `Updater`"
    );
    let same = "[package.metadata.winsvc.services.agent]\n[package.metadata.winsvc.services.Agent]\n";
    assert_eq!(
        first(same),
        "error: the services `Agent` and `agent` are the same on Windows, where names are case-insensitive"
    );
}

#[test]
fn a_value_that_services_share_is_warned_about_once() {
    let table =
        "stop-timeout = '20s'\n[package.metadata.winsvc.services.a]\n[package.metadata.winsvc.services.b]\n";
    assert_eq!(said(table).unwrap().len(), 1);
}

fn first_two(table: &str) -> (String, String) {
    let error = said(table).unwrap_err();
    let mut lines = error.lines().map(str::to_owned);
    (lines.next().unwrap(), lines.next().unwrap())
}

#[test]
fn a_property_that_cannot_be_is_an_error_at_its_place() {
    for (table, message, place) in [
        (
            "properties.REINSTALL = { variable = 'A' }",
            "the property `REINSTALL` has a meaning of its own",
            "2:24",
        ),
        (
            "properties.MSIFOO = { variable = 'A' }",
            "the property `MSIFOO` has a meaning of its own",
            "2:21",
        ),
        (
            "properties.PORT = { variable = 'A', default = 'b', values = ['c', 'd'] }",
            "the default \"b\" is not allowed; expected one of c, d",
            "2:47",
        ),
        (
            "properties.PORT = { variable = 'A', default = '70000', max = 65535 }",
            "the default \"70000\" is not allowed; expected a whole number up to 65535",
            "2:47",
        ),
        (
            "properties.PORT = { variable = 'A', min = 2, max = 1 }",
            "no number is at least 2 and at most 1",
            "2:43",
        ),
        (
            "properties.FOLDER = { argument = '--d={value}', default = '{data}' }",
            "the default \"{data}\" is not allowed; expected a value without quotation marks, and without a \
             backslash at its end",
            "2:59",
        ),
        (
            "properties.API_KEY = { variable = 'A' }",
            "every user of the machine could read the value of `API_KEY`",
            "2:22",
        ),
        (
            "properties.NAME = { variable = 'A', secret = true }",
            "every user of the machine could read the value of `NAME`",
            "2:46",
        ),
        (
            "properties.TOKEN_FILE = { file = 'token', default = 'x' }",
            "`default` cannot be used with `file`",
            "2:53",
        ),
        (
            "package.dialogs.fields = ['PORT', 'PROT']\nproperties.PORT = { variable = 'A' }",
            "the field `PROT` of the dialogs is no property",
            "2:35",
        ),
        (
            "package.dialogs = true\nproperties.MODE = { variable = 'A', values = \
             ['a value of which nobody remembers the beginning when they read its end'] }",
            "a dialog offers values of at most 64 characters; found `a value of which nobody remembers the beginning \
             when they read its end`",
            "3:46",
        ),
        (
            "arguments = ['--port={LISTEN_PROT}']\nproperties.LISTEN_PORT = {}",
            "the property `LISTEN_PROT` is not defined",
            "2:14",
        ),
        (
            "path = ['{name}']",
            "the name `{name}` has no value in this text",
            "2:9",
        ),
        (
            "environment = { A = '{value}' }",
            "the name `{value}` has no value in this text",
            "2:21",
        ),
        (
            "properties.PORT = { variable = 'A', default = '{OTHER}' }\nproperties.OTHER = { variable = 'B' }",
            "the name `{OTHER}` has no value in this text",
            "2:47",
        ),
    ] {
        assert_eq!(
            first_two(table),
            (format!("error: {message}"), format!(" --> Cargo.toml:{place}")),
            "{table}"
        );
    }
    let help = said("arguments = ['{LISTEN_PROT}']\nproperties.LISTEN_PORT = {}").unwrap_err();
    assert!(help.contains("help: did you mean `{LISTEN_PORT}`?"), "{help}");
}

#[test]
fn a_property_that_flows_nowhere_is_hinted_at() {
    let warnings = said("properties.PORT = {}").unwrap();
    assert_eq!(
        first_lines(&warnings),
        [(
            "warning: the value of the property `PORT` is not used",
            " --> Cargo.toml:2:19"
        )]
    );
    for table in [
        "properties.PORT = {}\npath = ['{PORT}']",
        "properties.PORT = {}\narguments = ['{PORT}']",
        "properties.TOKEN = { variable = 'A', secret = false }",
        "properties.TOKEN_FILE = { file = 'token' }",
    ] {
        let warnings = said_for(table, &[Format::Msi]);
        assert_eq!(warnings, Ok(Vec::new()), "{table}");
    }
}

const UPDATE: &str = "package = { upgrade-code = '{0A1B2C3D-0000-4000-8000-00000000000F}' }\n[package.metadata.winsvc.update]\n\
    keys = ['RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3']\n";

#[test]
fn self_update_is_warned_of_where_it_cannot_work_for_customers() {
    let said = |keys: &str| said(&format!("{UPDATE}{keys}"));
    assert_eq!(said("url = 'https://dl.acme.example'"), Ok(Vec::new()));
    assert_eq!(
        first_lines(&said("url = 'http://127.0.0.1:8080'\nmax-defer = '7d'").unwrap()),
        [
            (
                "warning: updates come from the machine itself",
                " --> Cargo.toml:5:7"
            ),
            (
                "warning: `max-defer` has no effect without `window`",
                " --> Cargo.toml:6:13"
            ),
        ]
    );
    let error = said("url = 'https://dl.acme.example'\ncheck = '1s'").unwrap_err();
    assert!(
        error.starts_with(
            "error: the time 1s between two checks for updates is too short; expected at least 1m\n --> Cargo.toml:6:9"
        ),
        "{error}"
    );
}

#[test]
fn an_update_needs_a_product_whose_code_does_not_change() {
    let unpinned = UPDATE.lines().skip(1).collect::<Vec<_>>().join("\n");
    let warnings = said(&format!("{unpinned}\nurl = 'https://dl.acme.example'")).unwrap();
    assert!(
        warnings[0].starts_with("warning: the upgrade code"),
        "{}",
        warnings[0]
    );
}

#[test]
fn the_name_of_the_updater_is_taken() {
    let said = |service: &str| {
        said(&format!(
            "{UPDATE}url = 'https://dl.acme.example'\n[package.metadata.winsvc.services.agent]\n\
             [package.metadata.winsvc.services.{service}"
        ))
    };
    let error = said("agent-UPDATE]").unwrap_err();
    assert!(
        error.starts_with(
            "error: the service `agent-UPDATE` has the name of the updater, which `update` adds to the product\n \
             --> Cargo.toml:7:"
        ),
        "{error}"
    );
    let first = |service: &str| said(service).unwrap_err().lines().next().unwrap().to_owned();
    assert_eq!(
        first("other]\ndisplay-name = 'agent updater'"),
        "error: the services `agent-update` and `other` have the same display name \"agent updater\""
    );
    assert_eq!(
        first("other]\nwas-named = ['agent-update']"),
        "error: `was-named` of the service `other` lists `agent-update`, which is a name of the service `agent-update`"
    );
    assert_eq!(said("other]"), Ok(Vec::new()));
}

#[test]
fn an_update_of_a_zip_with_several_files_is_warned_of() {
    let project = tests::workspace(&[("acme", &["acme", "tray"])]);
    let text =
        format!("[package.metadata.winsvc]\nprograms = ['tray']\n{UPDATE}url = 'https://dl.acme.example'");
    let config = tests::parse_for(&project, &text).unwrap();
    let warnings = |formats: &[Format]| {
        let warnings = check(&project, &config, &Payload::default(), formats).unwrap();
        let warnings = warnings.into_iter().map(|warning| warning.message);
        warnings.collect::<Vec<_>>()
    };
    assert_eq!(warnings(&[Format::Msi]), [""; 0]);
    assert_eq!(
        warnings(&Format::DEFAULT),
        ["updates of an installation from the zip replace `acme.exe` alone"]
    );
}
