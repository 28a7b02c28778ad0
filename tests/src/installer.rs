//! Windows Installer: msiexec, and what is installed thereafter.

#[cfg(unix)]
use std::collections::BTreeSet;
use std::path::Path;

use crate::paths::to_windows;
use crate::process::Finished;
use crate::residue::{Registry, UNINSTALL};
#[cfg(unix)]
use crate::service::State;
use crate::win32;
use crate::windows::{Belongings, Windows};

/// How long a transaction may take. Windows Installer tries a start that fails again for some minutes.
#[cfg(windows)]
const TRANSACTION: std::time::Duration = std::time::Duration::from_mins(15);

/// How a run of msiexec ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// msiexec's exit code.
    pub code: u32,
    /// What it wrote into its log, and what Wine warned of meanwhile.
    pub log: String,
}

impl Outcome {
    /// The run of a transaction that must succeed.
    ///
    /// # Panics
    ///
    /// When it did not, with the installer's log.
    pub fn ok(&self) {
        self.ends_with(win32::SUCCESS);
    }

    /// The run of a transaction that must end with `code`.
    ///
    /// # Panics
    ///
    /// When it ended with another, with the installer's log.
    pub fn ends_with(&self, code: u32) {
        assert_eq!(self.code, code, "msiexec's exit code; its log:\n{}", self.log);
    }
}

/// An entry of the list of installed programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// `DisplayName`
    pub name: String,
    /// `DisplayVersion`
    pub version: String,
    /// `Publisher`
    pub publisher: String,
}

impl Windows {
    /// `msiexec /i`, without a window; `properties` are `NAME=value`.
    pub fn install(&self, msi: &Path, properties: &[&str]) -> Outcome {
        self.msiexec("/i", msi, properties)
    }

    /// `msiexec /x`, without a window.
    pub fn uninstall(&self, msi: &Path) -> Outcome {
        self.uninstall_with(msi, &[])
    }

    /// `msiexec /x`, without a window; `properties` are `NAME=value`.
    pub fn uninstall_with(&self, msi: &Path, properties: &[&str]) -> Outcome {
        // Windows Installer waits until a service that it stops has stopped. Wine's sends the control and goes on: on a
        // busy machine the process still runs when its exe is to be removed, and the exe stays.
        #[cfg(unix)]
        self.stop_services(msi);
        self.uninstall_running(msi, properties)
    }

    /// `msiexec /x` that has to stop the services itself; in Wine files of theirs may stay behind.
    pub fn uninstall_running(&self, msi: &Path, properties: &[&str]) -> Outcome {
        self.msiexec("/x", msi, properties)
    }

    /// Stops those services that a removal of the package stops.
    #[cfg(unix)]
    fn stop_services(&self, msi: &Path) {
        for name in stopped_services(msi) {
            let service = self.service(&name);
            let state = service.status().map(|status| status.state);
            if state.is_some_and(|state| state != State::Stopped) {
                service.stop();
                service.reaches(State::Stopped);
            }
        }
    }

    /// `msiexec /x` of what was installed into `folder`. Windows finds that by the components' key paths; Wine looks
    /// into the default folder unless it is told again.
    pub fn uninstall_from(&self, msi: &Path, folder: &str) -> Outcome {
        self.uninstall_with(msi, &[&format!("INSTALLDIR={folder}")])
    }

    /// `msiexec /x … PURGE=1`: with the settings, data and logs.
    pub fn purge(&self, msi: &Path) -> Outcome {
        self.uninstall_with(msi, &["PURGE=1"])
    }

    /// `msiexec /f`, without a window: what is missing or older is installed again, as from the list of installed programs.
    pub fn repair(&self, msi: &Path) -> Outcome {
        self.msiexec("/f", msi, &[])
    }

    /// The programs that were installed since this value was made, sorted by their names and versions.
    pub fn installed(&self) -> Vec<Installed> {
        let registry = Registry::save(self);
        let mut installed: Vec<Installed> = registry
            .keys_below(UNINSTALL)
            .filter(|key| self.machine().is_new(key))
            .map(|key| {
                let text = |name| registry.text(key, name).unwrap_or_default();
                Installed {
                    name: text("DisplayName"),
                    version: text("DisplayVersion"),
                    publisher: text("Publisher"),
                }
            })
            .collect();
        installed.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        installed
    }

    fn msiexec(&self, verb: &str, msi: &Path, properties: &[&str]) -> Outcome {
        if let Some(name) = product_name(msi) {
            Belongings::require_product(&name);
        }
        let folder = tempfile::tempdir().expect("a folder for the log");
        let log = folder.path().join("msi.log");
        let (code, finished) = self.run_msiexec(verb, &to_windows(msi), &to_windows(&log), properties);
        let written = std::fs::read(&log).unwrap_or_default();
        Outcome {
            code,
            log: format!("{}\n{}", decode(&written), finished.stderr),
        }
    }

    #[cfg(unix)]
    fn run_msiexec(&self, verb: &str, msi: &str, log: &str, properties: &[&str]) -> (u32, Finished) {
        let mut arguments = vec![verb, msi, "/qn", "/norestart", "/l*v", log];
        arguments.extend(properties);
        self.exit_code("msiexec", &arguments)
    }

    #[cfg(windows)]
    fn run_msiexec(&self, verb: &str, msi: &str, log: &str, properties: &[&str]) -> (u32, Finished) {
        use std::os::windows::process::CommandExt as _;

        use crate::deadline::{PATIENCE, until};
        use crate::process::run;

        until("the turn of this installation", PATIENCE, || {
            let mut msiexec = self.program("msiexec");
            msiexec.raw_arg(format!(r#"{verb} "{msi}" /qn /norestart /l*v "{log}""#));
            msiexec.raw_arg(
                properties
                    .iter()
                    .map(|it| quoted(it))
                    .collect::<Vec<_>>()
                    .join(" "),
            );
            let finished = run(&mut msiexec, TRANSACTION);
            match finished.status.code().map(i32::cast_unsigned) {
                // Something else of this machine installs itself.
                Some(win32::INSTALL_ALREADY_RUNNING) => Err("another installation"),
                code => Ok((code.expect("an exit code"), finished)),
            }
        })
    }
}

/// The name of a package's product; none where the file is no package.
fn product_name(msi: &Path) -> Option<String> {
    let mut package = msi::open(msi).ok()?;
    let rows = package.select_rows(msi::Select::table("Property")).ok()?;
    let mut properties = rows.map(|row| {
        (
            row[0].as_str().map(str::to_owned),
            row[1].as_str().map(str::to_owned),
        )
    });
    properties
        .find(|(name, _)| name.as_deref() == Some("ProductName"))?
        .1
}

/// The services that a removal of the package stops; none where the file is no package.
#[cfg(unix)]
fn stopped_services(msi: &Path) -> BTreeSet<String> {
    /// `msidbServiceControlEventUninstallStop`
    const UNINSTALL_STOP: i32 = 0x20;
    let Ok(mut package) = msi::open(msi) else {
        return BTreeSet::new();
    };
    let Ok(rows) = package.select_rows(msi::Select::table("ServiceControl")) else {
        return BTreeSet::new();
    };
    rows.filter(|row| {
        row["Event"]
            .as_int()
            .is_some_and(|event| event & UNINSTALL_STOP != 0)
    })
    .filter_map(|row| row["Name"].as_str().map(str::to_owned))
    .collect()
}

/// A property as msiexec reads it from its command line: in quotation marks is the value, not the whole word, and a
/// quotation mark within it stands twice (<https://learn.microsoft.com/windows/win32/msi/command-line-options>). Any
/// other way it shows a window with its options, even with `/qn`, and waits for somebody to close it.
#[cfg(any(windows, test))]
fn quoted(property: &str) -> String {
    let (name, value) = property.split_once('=').expect("NAME=value");
    format!("{name}=\"{}\"", value.replace('"', "\"\""))
}

/// A log is UTF-16 on Windows; Wine writes bytes.
fn decode(bytes: &[u8]) -> String {
    let Some(utf16) = bytes.strip_prefix(&[0xff, 0xfe]) else {
        return String::from_utf8_lossy(bytes).into_owned();
    };
    let units: Vec<u16> = utf16
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_is_quoted_as_msiexec_reads_it() {
        assert_eq!(
            quoted(r"INSTALLDIR=C:\Größe Eins\svc zwei\"),
            r#"INSTALLDIR="C:\Größe Eins\svc zwei\""#
        );
        assert_eq!(quoted(r#"NAME=a "b"=c"#), r#"NAME="a ""b""=c""#);
    }

    #[test]
    fn a_log_of_windows_s_and_one_of_wine_s_are_read() {
        assert_eq!(decode(&[0xff, 0xfe, b'a', 0, 0xf6, 0]), "aö");
        assert_eq!(decode("aö".as_bytes()), "aö");
    }
}
