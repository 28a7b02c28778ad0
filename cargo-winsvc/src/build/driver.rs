//! The cargo subcommand that compiles: cargo's own, or one that brings a linker for Windows.

/// A subcommand that takes the arguments of `cargo build`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Driver {
    /// `cargo build`.
    Cargo,
    /// [cargo-zigbuild](https://github.com/rust-cross/cargo-zigbuild): the linker is zig's.
    Zigbuild,
    /// [cargo-xwin](https://github.com/rust-cross/cargo-xwin): the linker is LLVM's, with Microsoft's CRT and SDK.
    Xwin,
}

impl Driver {
    /// The words after `cargo`.
    pub(crate) const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Cargo => &["build"],
            Self::Zigbuild => &["zigbuild"],
            Self::Xwin => &["xwin", "build"],
        }
    }

    /// The program of the subcommand.
    pub(crate) const fn program(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Zigbuild => "cargo-zigbuild",
            Self::Xwin => "cargo-xwin",
        }
    }

    /// The command that installs it; the first brings zig.
    pub(crate) const fn install(self) -> &'static str {
        match self {
            Self::Cargo => super::install::RUST.elsewhere,
            Self::Zigbuild => "pip install cargo-zigbuild",
            Self::Xwin => "cargo install --locked cargo-xwin",
        }
    }
}
