//! What can be known to go wrong on Windows, before anything is compiled.
//!
//! What cannot work is an error, what works with a limit that the author may not know is a warning; both show the value in
//! Cargo.toml. Only what somebody wrote there is warned of: the defaults are known to be what they are.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use thiserror::Error;
use winsvc_definition::manifest::{Format, TargetPath};
use winsvc_definition::registration::{self, DEFAULT_SHUTDOWN_TIMEOUT};
use winsvc_definition::{Account, Holding, Privilege, ServiceName, Timeout};

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::msi::{self, MsiError};
use crate::project::Project;

/// How long Windows Installer waits for a service to start or to stop
/// ([ServiceControl](https://learn.microsoft.com/windows/win32/msi/servicecontrol-table)).
const INSTALLER_WAITS: Duration = Duration::from_secs(30);

/// The longest timeout that leaves the installer time to notice.
const SAFE_WITH_INSTALLER: Duration = Duration::from_secs(25);

/// Looks at the configuration for packages of these formats, and gives what is to be warned of.
pub fn check(
    project: &Project,
    config: &Config,
    formats: &BTreeSet<Format>,
) -> Result<Vec<Diagnostic>, CheckError> {
    former_names(config)?;
    let mut warnings = privileges(config)?;
    warnings.extend(shutdown(config));
    if formats.contains(&Format::Zip) {
        one_exe(project, config)?;
    }
    if formats.contains(&Format::Msi) {
        msi::check_version(&config.product_version, &project.version.to_string())?;
        msi::check_definition(&config.definition, || config.place(&["triggers"]))?;
        warnings.extend(installer_waits(config));
    }
    Ok(warnings)
}

/// An installation would delete the service that it has to install.
fn former_names(config: &Config) -> Result<(), CheckError> {
    let name = &config.definition.name;
    let is_it = |former: &ServiceName| former.as_str().to_lowercase() == name.as_str().to_lowercase();
    match config.manifest.was_named.iter().position(is_it) {
        Some(index) => Err(CheckError::FormerName {
            name: name.clone(),
            place: Box::new(config.place_of_entry(&["was-named"], index)),
        }),
        None => Ok(()),
    }
}

/// The SCM starts no service that needs a privilege which its account does not hold.
fn privileges(config: &Config) -> Result<Vec<Diagnostic>, CheckError> {
    let definition = &config.definition;
    let account = &definition.account;
    let mut warnings = Vec::new();
    for (index, privilege) in definition.privileges.iter().enumerate() {
        let place = || config.place_of_entry(&["privileges"], index);
        match account.holds(*privilege) {
            Holding::Always => {}
            Holding::Sometimes => warnings.push(
                Diagnostic::warning(format!(
                    "the account `{account}` does not hold {privilege} on every Windows"
                ))
                .at(Some(place()))
                .note(REFUSED)
                .help("grant it to the account by policy before the installation, or leave it out"),
            ),
            Holding::Never => {
                return Err(CheckError::Privilege {
                    privilege: *privilege,
                    account: account.clone(),
                    place: Box::new(place()),
                });
            }
        }
    }
    Ok(warnings)
}

/// The zip's scripts are ASCII, and find an exe whose name is not by a pattern.
fn one_exe(project: &Project, config: &Config) -> Result<(), CheckError> {
    if project.binary.is_ascii() {
        return Ok(());
    }
    let is_exe = |target: &TargetPath| {
        let target = target.to_string();
        let extension = Path::new(&target).extension().unwrap_or_default();
        !target.contains('/') && extension.eq_ignore_ascii_case("exe")
    };
    let files = &config.manifest.package.files;
    match files.iter().position(|file| is_exe(&file.target)) {
        Some(index) => Err(CheckError::SeveralExes {
            exe: format!("{}.exe", project.binary),
            other: files[index].target.clone(),
            place: Box::new(config.place_of_entry(&["package", "files"], index)),
        }),
        None => Ok(()),
    }
}

const REFUSED: &str =
    "where the account lacks it, the service control manager refuses to start the service (error 1297)";

/// At a shutdown Windows waits less for a service than the author grants it.
fn shutdown(config: &Config) -> Option<Diagnostic> {
    let stop_timeout = config.manifest.stop_timeout?;
    let is_had =
        stop_timeout.duration() <= DEFAULT_SHUTDOWN_TIMEOUT || config.manifest.preshutdown_timeout.is_some();
    (!is_had).then(|| {
        let waits = in_words(DEFAULT_SHUTDOWN_TIMEOUT);
        Diagnostic::warning(format!(
            "the stop timeout of {stop_timeout} does not apply at a shutdown, where Windows waits {waits}"
        ))
        .at(Some(config.place(&["stop-timeout"])))
        .help(format!(
            "set `preshutdown-timeout = \"{stop_timeout}\"` to be told before a shutdown begins, and to be waited for"
        ))
    })
}

/// Windows Installer waits less for the service than the author grants it.
fn installer_waits(config: &Config) -> Vec<Diagnostic> {
    let manifest = &config.manifest;
    let waits = in_words(INSTALLER_WAITS);
    let is_long = |timeout: &Timeout| timeout.duration() > SAFE_WITH_INSTALLER;
    let mut warnings = Vec::new();
    let start_timeout = manifest.start_timeout.filter(is_long);
    // The installer starts no other.
    if let Some(timeout) = start_timeout.filter(|_| config.definition.start.is_automatic()) {
        warnings.push(
            Diagnostic::warning(format!(
                "the start timeout of {timeout} is more than Windows Installer waits for a start, which is {waits}"
            ))
            .at(Some(config.place(&["start-timeout"])))
            .note("an installation whose service is not running by then fails with error 1920, and is undone")
            .help(
                "report readiness within 25s and do the rest afterwards, or use `start = \"manual\"`, which the installer \
                 does not start",
            ),
        );
    }
    if let Some(timeout) = manifest.stop_timeout.filter(is_long) {
        warnings.push(
            Diagnostic::warning(format!(
                "the stop timeout of {timeout} is more than Windows Installer waits for a stop, which is {waits}"
            ))
            .at(Some(config.place(&["stop-timeout"])))
            .note("an upgrade goes on while the service still runs: its files are in use, and Windows asks for a restart")
            .help("stop within 25s, or stop the service before the upgrade: `NAME.exe service stop` waits as long as it takes"),
        );
    }
    warnings
}

fn in_words(time: Duration) -> String {
    registration::length(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// What cannot work.
#[derive(Debug, Error)]
pub enum CheckError {
    /// A privilege that the account does not hold.
    #[error("the account `{account}` does not hold {privilege}")]
    Privilege {
        /// The privilege.
        privilege: Privilege,
        /// The account.
        account: Account,
        /// Where the privilege stands.
        place: Box<Place>,
    },
    /// A former name that is the present one.
    #[error("`{name}` is the name of the service, and cannot be one that it had before")]
    FormerName {
        /// The name.
        name: ServiceName,
        /// Where it stands among the former ones.
        place: Box<Place>,
    },
    /// An exe beside one whose name is not ASCII.
    #[error(
        "the zip's scripts cannot tell `{exe}` from `{other}`: the first is not ASCII, as the scripts are"
    )]
    SeveralExes {
        /// The service's program.
        exe: String,
        /// The other exe.
        other: TargetPath,
        /// Where the other one is listed.
        place: Box<Place>,
    },
    /// What an MSI cannot hold.
    #[error(transparent)]
    Msi(#[from] MsiError),
}

impl Explain for CheckError {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Privilege { account, place, .. } => {
                let held = account.privileges().collect::<Vec<_>>().join(", ");
                let diagnostic = Diagnostic::of(self)
                    .at(Some((**place).clone()))
                    .note("the service control manager refuses to start a service whose account lacks a privilege (error 1297)")
                    .note(format!("`{account}` holds {held}"));
                match account {
                    Account::LocalSystem => diagnostic.help("leave it out"),
                    _ => diagnostic.help("leave it out, or use `account = \"local-system\"`, which holds nearly all"),
                }
            }
            Self::FormerName { place, .. } => Diagnostic::of(self)
                .at(Some((**place).clone()))
                .help("list the names of earlier versions alone: an installation removes services of these names"),
            Self::SeveralExes { place, .. } => Diagnostic::of(self)
                .at(Some((**place).clone()))
                .help("give the binary an ASCII name with [[bin]] in Cargo.toml, or put the other exe into a folder"),
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
        match check(&tests::project(), &config, &formats.iter().copied().collect()) {
            Ok(warnings) => Ok(warnings.iter().map(plain).collect()),
            Err(error) => Err(plain(&error.diagnostic())),
        }
    }

    /// The first lines: what is wrong, and where.
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
                 help: leave it out, or use `account = \"local-system\"`, which holds nearly all"
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
                "warning: the account `ACME\\agent$` does not hold SeBackupPrivilege on every Windows",
                " --> Cargo.toml:3:15"
            )]
        );
    }

    #[test]
    fn the_service_s_own_name_is_no_former_one() {
        let error = said("name = 'agent'\nwas-named = ['agentd', 'Agent']").unwrap_err();
        let mut lines = error.lines();
        assert_eq!(
            lines.next(),
            Some("error: `agent` is the name of the service, and cannot be one that it had before")
        );
        assert_eq!(lines.next(), Some(" --> Cargo.toml:3:24"));
    }

    #[test]
    fn a_stop_timeout_that_a_shutdown_does_not_grant_is_hinted_at() {
        let warnings = said("stop-timeout = '20s'").unwrap();
        assert_eq!(
            warnings,
            [
                "warning: the stop timeout of 20s does not apply at a shutdown, where Windows waits 5s\n \
              --> Cargo.toml:2:16\n  |\n2 | stop-timeout = '20s'\n  |                ^^^^^\n\
              help: set `preshutdown-timeout = \"20s\"` to be told before a shutdown begins, and to be waited for"
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
                    "warning: the start timeout of 1m is more than Windows Installer waits for a start, which is 30s",
                    " --> Cargo.toml:4:17"
                ),
                (
                    "warning: the stop timeout of 26s is more than Windows Installer waits for a stop, which is 30s",
                    " --> Cargo.toml:2:16"
                ),
            ]
        );
        assert_eq!(said_for(table, &[Format::Zip]), Ok(Vec::new()));
        let manual = "start = 'manual'\nstart-timeout = '1m'";
        assert_eq!(said(manual), Ok(Vec::new()), "the installer does not start it");
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
}
