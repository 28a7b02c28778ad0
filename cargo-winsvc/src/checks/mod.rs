//! Checks for problems on Windows, before anything is compiled.
//!
//! A setting that cannot work is an error; a setting that works with a limit is a warning. Both show the value in
//! Cargo.toml. Warnings are only about values that are written there, never about defaults.

mod dialogs;
mod earlier;
mod files;
mod folders;
mod machine;
mod names;
mod privileges;
mod timeouts;

use thiserror::Error;
use winsvc_definition::manifest::Format;

pub(crate) use self::earlier::higher_version;
pub(crate) use self::files::FileError;
pub(crate) use self::folders::FolderError;
pub(crate) use self::machine::MachineError;
pub(crate) use self::names::NameConflict;
pub(crate) use self::privileges::PrivilegeError;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain};
use crate::msi::{self, MsiError};
use crate::payload::Payload;
use crate::project::Project;

/// Checks the configuration for packages of these formats. Returns the warnings.
pub(crate) fn check(
    project: &Project,
    config: &Config,
    payload: &Payload,
    formats: &[Format],
) -> Result<Vec<Diagnostic>, CheckError> {
    names::check(config)?;
    machine::check(config)?;
    let mut warnings = privileges::check(config)?;
    let mut add = |warning: Diagnostic| {
        // Services that inherit a value share its place.
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    };
    let services = || config.services.iter();
    services()
        .filter_map(|service| timeouts::at_a_shutdown(config, service))
        .for_each(&mut add);
    folders::check(project, config)?;
    services()
        .filter_map(|service| folders::access(config, service))
        .for_each(&mut add);
    if !formats.is_empty() {
        files::check(project, config, payload, formats)?;
    }
    if formats.contains(&Format::Zip) {
        machine::in_a_zip(config).into_iter().for_each(&mut add);
    }
    if formats.contains(&Format::Msi) {
        msi::check_version(&config.product_version, &project.version.to_string())?;
        msi::check_definition(config)?;
        dialogs::check(config).into_iter().for_each(&mut add);
        services()
            .flat_map(|service| timeouts::in_an_installation(config, service))
            .for_each(&mut add);
    }
    Ok(warnings)
}

/// An error found by a check.
#[derive(Debug, Error)]
#[error(transparent)]
pub(crate) enum CheckError {
    /// Names that contradict each other.
    Names(#[from] NameConflict),
    /// A setting of the machine is invalid.
    Machine(#[from] MachineError),
    /// The account does not hold a privilege.
    Privilege(#[from] PrivilegeError),
    /// A file cannot be installed.
    File(#[from] FileError),
    /// A folder cannot be created.
    Folder(#[from] FolderError),
    /// An MSI does not support a setting.
    Msi(#[from] MsiError),
}

impl Explain for CheckError {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Names(error) => error.diagnostic(),
            Self::Machine(error) => error.diagnostic(),
            Self::Privilege(error) => error.diagnostic(),
            Self::File(error) => error.diagnostic(),
            Self::Folder(error) => error.diagnostic(),
            Self::Msi(error) => error.diagnostic(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests;

    fn said(table: &str) -> Result<Vec<String>, String> {
        said_for(table, &Format::ALL)
    }

    fn said_for(table: &str, formats: &[Format]) -> Result<Vec<String>, String> {
        let text = format!("[package.metadata.winsvc]\n{table}");
        let config = tests::parse(&text).unwrap();
        let plain =
            |diagnostic: &Diagnostic| anstream::adapter::strip_str(&diagnostic.to_string()).to_string();
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
        let table = "stop-timeout = '20s'\n[package.metadata.winsvc.services.a]\n[package.metadata.winsvc.services.b]\n";
        assert_eq!(said(table).unwrap().len(), 1);
    }
}
