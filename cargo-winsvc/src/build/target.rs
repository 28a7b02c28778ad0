//! The Windows targets.

use std::fmt;

/// The processor architecture of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// 64-bit x86.
    X64,
    /// 32-bit x86.
    X86,
    /// 64-bit ARM.
    Arm64,
}

impl Arch {
    /// All architectures.
    pub(crate) const ALL: [Self; 3] = [Self::X64, Self::X86, Self::Arm64];

    /// The name in the file names of packages, and in Cargo.toml.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X64 => "x64",
            Self::X86 => "x86",
            Self::Arm64 => "arm64",
        }
    }

    /// Whether its programs, folders and registry are the 64-bit ones of Windows.
    pub(crate) const fn is_64_bit(self) -> bool {
        match self {
            Self::X64 | Self::Arm64 => true,
            Self::X86 => false,
        }
    }

    /// The architecture of a triple.
    pub(crate) fn of_triple(triple: &str) -> Option<Self> {
        match triple.split('-').next()? {
            "x86_64" => Some(Self::X64),
            "i686" | "i586" => Some(Self::X86),
            "aarch64" => Some(Self::Arm64),
            _ => None,
        }
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// rustc's Windows targets for which MSI packages exist (`rustc --print target-list`).
pub(crate) const TRIPLES: [&str; 17] = [
    "aarch64-pc-windows-gnullvm",
    "aarch64-pc-windows-msvc",
    "aarch64-uwp-windows-msvc",
    "i686-pc-windows-gnu",
    "i686-pc-windows-gnullvm",
    "i686-pc-windows-msvc",
    "i686-uwp-windows-gnu",
    "i686-uwp-windows-msvc",
    "i686-win7-windows-gnu",
    "i686-win7-windows-msvc",
    "x86_64-pc-windows-gnu",
    "x86_64-pc-windows-gnullvm",
    "x86_64-pc-windows-msvc",
    "x86_64-uwp-windows-gnu",
    "x86_64-uwp-windows-msvc",
    "x86_64-win7-windows-gnu",
    "x86_64-win7-windows-msvc",
];

/// A Windows target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WindowsTarget {
    /// Its triple.
    pub triple: String,
    /// Its processor.
    pub arch: Arch,
}

impl WindowsTarget {
    /// The default on Linux and macOS: every distribution has a linker for it.
    const DEFAULT: &'static str = "x86_64-pc-windows-gnu";

    /// The target with this triple, if it is a Windows target for which MSI packages exist.
    pub(crate) fn new(triple: &str) -> Option<Self> {
        let arch = Arch::of_triple(triple).filter(|_| triple.contains("-windows-"))?;
        Some(Self {
            triple: triple.to_owned(),
            arch,
        })
    }

    /// Each of the targets once, in their order.
    pub(crate) fn distinct(targets: Vec<Self>) -> Vec<Self> {
        let mut distinct = Vec::new();
        for target in targets {
            if !distinct.contains(&target) {
                distinct.push(target);
            }
        }
        distinct
    }

    /// The default triple.
    pub(crate) fn default_triple(host: &str) -> &str {
        if host.contains("-windows-") {
            host
        } else {
            Self::DEFAULT
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_windows_targets_are_taken() {
        assert_eq!(
            WindowsTarget::new("i686-pc-windows-msvc").map(|target| target.arch),
            Some(Arch::X86)
        );
        assert_eq!(WindowsTarget::new("x86_64-unknown-linux-gnu"), None);
        assert_eq!(WindowsTarget::new("thumbv7a-pc-windows-msvc"), None);
        assert_eq!(WindowsTarget::new(""), None);
    }

    /// A list, because a misspelt triple in Cargo.toml must be an error whichever compiler is installed.
    #[test]
    fn the_triples_are_those_of_the_compiler() {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = std::process::Command::new(rustc)
            .args(["--print", "target-list"])
            .output()
            .unwrap();
        let list = String::from_utf8(output.stdout).unwrap();
        let of_rustc: Vec<&str> = list
            .lines()
            .filter(|triple| WindowsTarget::new(triple).is_some())
            .collect();
        let unknown: Vec<&&str> = of_rustc
            .iter()
            .filter(|triple| !TRIPLES.contains(triple))
            .collect();
        assert!(unknown.is_empty(), "not in the list: {unknown:?}");
        assert!(TRIPLES.iter().all(|triple| WindowsTarget::new(triple).is_some()));
    }

    #[test]
    fn the_host_is_the_default_where_it_is_windows() {
        assert_eq!(
            WindowsTarget::default_triple("aarch64-pc-windows-msvc"),
            "aarch64-pc-windows-msvc"
        );
        assert_eq!(
            WindowsTarget::default_triple("x86_64-unknown-linux-gnu"),
            "x86_64-pc-windows-gnu"
        );
    }
}
