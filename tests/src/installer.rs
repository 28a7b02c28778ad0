//! Windows Installer: msiexec in a prefix, and what it then says is installed.

use std::path::Path;

use crate::paths::to_windows;
use crate::residue::Registry;
use crate::win32;
use crate::windows::Windows;

/// The key below which the list of installed programs stands.
const UNINSTALL: &str = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\";

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
        self.msiexec("/x", msi, &[])
    }

    /// `msiexec /x` of what was installed into `folder`. Windows finds that by the components' key paths; Wine looks
    /// into the default folder unless it is told again.
    pub fn uninstall_from(&self, msi: &Path, folder: &str) -> Outcome {
        self.msiexec("/x", msi, &[&format!("INSTALLDIR={folder}")])
    }

    /// The installed programs, sorted by their names and versions.
    pub fn installed(&self) -> Vec<Installed> {
        let registry = Registry::save(self);
        let mut installed: Vec<Installed> = registry
            .keys_below(UNINSTALL)
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
        let folder = tempfile::tempdir().expect("a folder for the log");
        let log = folder.path().join("msi.log");
        let (msi, log_path) = (to_windows(msi), to_windows(&log));
        let mut arguments = vec![verb, &msi, "/qn", "/l*v", &log_path];
        arguments.extend(properties);
        let (code, finished) = self.exit_code("msiexec", &arguments);
        let written = std::fs::read(&log).unwrap_or_default();
        Outcome {
            code,
            log: format!("{}\n{}", decode(&written), finished.stderr),
        }
    }
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
