//! How the programs that a build needs are installed.

use std::path::Path;

/// A kind of system, by how programs are installed on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    /// Debian, Ubuntu and their like.
    Debian,
    /// Fedora and its like.
    Fedora,
    /// Arch Linux and its like.
    Arch,
    /// macOS with Homebrew.
    MacOs,
    /// Windows with winget.
    Windows,
    /// Any other.
    Other,
}

impl System {
    /// The system of this machine. It does not depend on PATH.
    pub(crate) fn current() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::MacOs
        } else {
            let release = std::fs::read_to_string(Path::new("/etc/os-release"));
            Self::of_release(&release.unwrap_or_default())
        }
    }

    /// The system of an [os-release file](https://www.freedesktop.org/software/systemd/man/latest/os-release.html).
    fn of_release(text: &str) -> Self {
        let value = |key: &str| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
        };
        let names = format!("{} {}", value("ID"), value("ID_LIKE"));
        let system = names.split_whitespace().find_map(|name| match name {
            "debian" | "ubuntu" => Some(Self::Debian),
            "fedora" | "rhel" => Some(Self::Fedora),
            "arch" => Some(Self::Arch),
            _ => None,
        });
        system.unwrap_or(Self::Other)
    }
}

/// How a program is installed: its package on each kind of system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Install {
    /// Debian's package.
    pub(crate) debian: Option<&'static str>,
    /// Fedora's package.
    pub(crate) fedora: Option<&'static str>,
    /// Arch's package.
    pub(crate) arch: Option<&'static str>,
    /// Homebrew's formula.
    pub(crate) brew: Option<&'static str>,
    /// The command on Windows.
    pub(crate) windows: Option<&'static str>,
    /// The command, or an instruction, on systems without a package.
    pub(crate) elsewhere: &'static str,
}

impl Install {
    /// The same instruction on all systems.
    pub(crate) const fn everywhere(elsewhere: &'static str) -> Self {
        Self {
            debian: None,
            fedora: None,
            arch: None,
            brew: None,
            windows: None,
            elsewhere,
        }
    }

    /// The command that installs the program on this kind of system, or an instruction.
    pub(crate) fn command(&self, system: System) -> String {
        let (manager, package) = match system {
            System::Debian => ("apt-get install ", self.debian),
            System::Fedora => ("dnf install ", self.fedora),
            System::Arch => ("pacman -S ", self.arch),
            System::MacOs => ("brew install ", self.brew),
            System::Windows => ("", self.windows),
            System::Other => ("", None),
        };
        match package {
            Some(package) => format!("{manager}{package}"),
            None => self.elsewhere.to_owned(),
        }
    }
}

/// cargo and rustc.
pub(crate) const RUST: Install = Install {
    windows: Some("winget install Rustlang.Rustup"),
    brew: Some("rustup"),
    ..Install::everywhere("curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh")
};

/// git.
pub(crate) const GIT: Install = Install {
    debian: Some("git"),
    fedora: Some("git"),
    arch: Some("git"),
    brew: Some("git"),
    windows: Some("winget install Git.Git"),
    ..Install::everywhere("install git from https://git-scm.com")
};

/// osslsigncode.
pub(crate) const OSSLSIGNCODE: Install = Install {
    debian: Some("osslsigncode"),
    fedora: Some("osslsigncode"),
    brew: Some("osslsigncode"),
    ..Install::everywhere("install osslsigncode from https://github.com/mtrojnar/osslsigncode/releases")
};

/// signtool.
pub(crate) const SIGNTOOL: Install = Install::everywhere(
    "install the Windows SDK from https://developer.microsoft.com/windows/downloads/windows-sdk",
);

/// The linker of the -msvc targets on Windows.
pub(crate) const BUILD_TOOLS: &str = "winget install Microsoft.VisualStudio.2022.BuildTools --override \"--add Microsoft.VisualStudio.Workload.VCTools\"";

/// The command that installs a target's std.
pub(crate) fn std_command(triple: &str) -> String {
    format!("rustup target add {triple}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_that_of_os_release() {
        for (text, system) in [
            ("ID=debian\n", System::Debian),
            (
                "NAME=x\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n",
                System::Debian,
            ),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", System::Fedora),
            ("ID=manjaro\nID_LIKE=arch\n", System::Arch),
            ("ID=nixos\n", System::Other),
            ("", System::Other),
        ] {
            assert_eq!(System::of_release(text), system, "{text}");
        }
    }

    #[test]
    fn a_command_is_that_of_the_system() {
        assert_eq!(GIT.command(System::Debian), "apt-get install git");
        assert_eq!(GIT.command(System::Windows), "winget install Git.Git");
        assert_eq!(GIT.command(System::Other), "install git from https://git-scm.com");
        assert_eq!(RUST.command(System::Debian), RUST.elsewhere);
    }
}
