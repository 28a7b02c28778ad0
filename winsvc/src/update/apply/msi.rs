//! Windows Installer: its command line, and what its exit codes mean.

use std::path::Path;

/// The command that installs an MSI without a window and without a restart, with a log. Upgrading is the MSI's own work,
/// and a transaction: if it fails, the old version is as before.
pub(in super::super) fn command(msi: &Path, log: &Path, is_older: bool) -> Vec<String> {
    let path = |path: &Path| path.display().to_string();
    let mut command: Vec<String> = ["msiexec.exe", "/i", &path(msi)].map(str::to_owned).into();
    command.extend(["/qn", "/norestart", "/l*v", &path(log)].map(str::to_owned));
    command.push("REBOOT=ReallySuppress".to_owned());
    if is_older {
        command.push(ROLLBACK.to_owned());
    }
    command
}

/// The property that allows an older version over a newer one.
const ROLLBACK: &str = "WINSVC_ROLLBACK=1";

/// What an exit code means for an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Meaning {
    /// The new version is installed.
    Installed,
    /// The new version is installed; some files are replaced when the machine restarts.
    InstalledAtRestart,
    /// Another installation is running: nothing was changed.
    Busy,
    /// The old version is installed as before. `is_final`: it would fail in the same way again.
    NotInstalled { reason: &'static str, is_final: bool },
}

/// The exit codes of msiexec (<https://learn.microsoft.com/windows/win32/msi/error-codes>), without those of success.
const FAILURES: [(u32, &str, bool); 9] = [
    (1601, "the Windows Installer service cannot be reached", false),
    (1602, "the installation was cancelled", false),
    (
        1603,
        "a fatal error occurred during the installation; it was rolled back",
        true,
    ),
    (1619, "the package cannot be opened", false),
    (1620, "the package is not one of Windows Installer", true),
    (1625, "a policy of the system forbids the installation", true),
    (1633, "the package is for another processor", true),
    (1638, "another version of the product is installed", true),
    (1925, "installing for all users needs administrator rights", true),
];

const SUCCESS: u32 = 0;
const INSTALL_ALREADY_RUNNING: u32 = 1618;
const SUCCESS_REBOOT_INITIATED: u32 = 1641;
const SUCCESS_REBOOT_REQUIRED: u32 = 3010;

/// What an exit code means. One that is not known counts as a failure of the version.
pub(in super::super) fn meaning(exit_code: u32) -> Meaning {
    match exit_code {
        SUCCESS => Meaning::Installed,
        SUCCESS_REBOOT_REQUIRED | SUCCESS_REBOOT_INITIATED => Meaning::InstalledAtRestart,
        INSTALL_ALREADY_RUNNING => Meaning::Busy,
        code => {
            let known = FAILURES.iter().find(|(known, ..)| *known == code);
            let (reason, is_final) = known.map_or(("the installation failed", true), |it| (it.1, it.2));
            Meaning::NotInstalled { reason, is_final }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_silent_and_restarts_nothing() {
        let command = |is_older| command(Path::new("a b.msi"), Path::new("a.log"), is_older).join("|");
        assert_eq!(
            command(false),
            "msiexec.exe|/i|a b.msi|/qn|/norestart|/l*v|a.log|REBOOT=ReallySuppress"
        );
        assert!(command(true).ends_with("|WINSVC_ROLLBACK=1"));
    }

    #[test]
    fn exit_codes_are_success_busy_or_failure() {
        assert_eq!(meaning(0), Meaning::Installed);
        assert_eq!(
            [meaning(3010), meaning(1641)],
            [Meaning::InstalledAtRestart, Meaning::InstalledAtRestart]
        );
        assert_eq!(meaning(1618), Meaning::Busy);
        for (code, expected) in [(1602, false), (1603, true), (1638, true), (1925, true), (1, true)] {
            assert!(
                matches!(meaning(code), Meaning::NotInstalled { is_final, .. } if is_final == expected),
                "{code}"
            );
        }
    }
}
