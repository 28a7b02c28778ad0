//! The linkers of the Windows targets on other systems.

use super::driver::Driver;
use super::install::{Install, System};

/// The linker that rustc calls by default for a target on a host other than Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Linker {
    /// The target.
    pub triple: &'static str,
    /// The program.
    pub program: &'static str,
    /// How it is installed; `None` if it is only for Windows.
    pub install: Option<Install>,
    /// The subcommand of cargo that brings another linker.
    pub driver: Option<Driver>,
}

impl Linker {
    /// The linker of a target.
    pub(crate) fn of(triple: &str) -> Option<&'static Self> {
        LINKERS.iter().find(|linker| linker.triple == triple)
    }

    /// The commands that install it, or another way to link, on this kind of system.
    pub(crate) fn commands(&self, system: System) -> Vec<String> {
        let own = self.install.map(|install| install.command(system));
        let driver = self.driver.map(|driver| driver.install().to_owned());
        own.into_iter().chain(driver).collect()
    }

    /// How to get it, as a note.
    pub(crate) fn origin(&self) -> String {
        format!(
            "to get a linker: {}",
            self.commands(System::current()).join("; or: ")
        )
    }

    /// Whether `--setup` installs it.
    pub(crate) fn can_set_up(&self) -> bool {
        self.debian_package().is_some()
    }

    /// Debian's package of it.
    pub(crate) fn debian_package(&self) -> Option<&'static str> {
        self.install?.debian
    }
}

/// rustc's default linkers (`rustc --print target-spec-json`) and how to get them.
static LINKERS: [Linker; 8] = [
    Linker {
        driver: Some(Driver::Zigbuild),
        ..mingw(
            "x86_64-pc-windows-gnu",
            "x86_64-w64-mingw32-gcc",
            "gcc-mingw-w64-x86-64-posix",
            "mingw64-gcc",
        )
    },
    mingw(
        "i686-pc-windows-gnu",
        "i686-w64-mingw32-gcc",
        "gcc-mingw-w64-i686-posix",
        "mingw32-gcc",
    ),
    llvm_mingw("x86_64-pc-windows-gnullvm", "x86_64-w64-mingw32-clang"),
    llvm_mingw("i686-pc-windows-gnullvm", "i686-w64-mingw32-clang"),
    llvm_mingw("aarch64-pc-windows-gnullvm", "aarch64-w64-mingw32-clang"),
    msvc("x86_64-pc-windows-msvc"),
    msvc("i686-pc-windows-msvc"),
    msvc("aarch64-pc-windows-msvc"),
];

const fn mingw(
    triple: &'static str,
    program: &'static str,
    debian: &'static str,
    fedora: &'static str,
) -> Linker {
    let install = Install {
        debian: Some(debian),
        fedora: Some(fedora),
        arch: Some("mingw-w64-gcc"),
        brew: Some("mingw-w64"),
        ..Install::everywhere("install mingw-w64 from https://www.mingw-w64.org")
    };
    Linker {
        triple,
        program,
        install: Some(install),
        driver: None,
    }
}

const fn llvm_mingw(triple: &'static str, program: &'static str) -> Linker {
    Linker {
        triple,
        program,
        install: Some(Install::everywhere(
            "unpack llvm-mingw from https://github.com/mstorsjo/llvm-mingw/releases and add its `bin` folder to PATH",
        )),
        driver: Some(Driver::Zigbuild),
    }
}

const fn msvc(triple: &'static str) -> Linker {
    Linker {
        triple,
        program: "link.exe",
        install: None,
        driver: Some(Driver::Xwin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_way_to_link_on_every_system() {
        for linker in &LINKERS {
            for system in [System::Debian, System::Fedora, System::MacOs, System::Other] {
                assert!(!linker.commands(system).is_empty(), "{}", linker.triple);
            }
        }
        let commands = |triple: &str, system| Linker::of(triple).unwrap().commands(system);
        assert_eq!(
            commands("i686-pc-windows-gnu", System::Fedora),
            ["dnf install mingw32-gcc"]
        );
        assert_eq!(
            commands("x86_64-pc-windows-gnu", System::Debian),
            [
                "apt-get install gcc-mingw-w64-x86-64-posix",
                "pip install cargo-zigbuild"
            ]
        );
        assert_eq!(
            commands("aarch64-pc-windows-msvc", System::MacOs),
            ["cargo install --locked cargo-xwin"]
        );
    }
}
