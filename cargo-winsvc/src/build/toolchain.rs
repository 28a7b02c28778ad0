//! Finds a cargo that can build for the target, or what is missing for one.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::configured::{self, configured_targets};
use super::driver::Driver;
use super::linker::Linker;
use super::target::WindowsTarget;
use super::toolchain_error::{Missing, ToolchainError};
use crate::shell::Shell;

/// A cargo and the rustc that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toolchain {
    /// The path of cargo.
    pub cargo: PathBuf,
    /// The path of rustc.
    pub rustc: PathBuf,
}

/// The output of `rustc -vV`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RustcVersion {
    /// The first line, such as `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub name: String,
    /// The host triple.
    pub host: String,
    /// The release, such as `1.95.0`.
    pub release: String,
}

impl Toolchain {
    /// The toolchain of this process: cargo passes its own path to subcommands.
    pub(crate) fn current() -> Self {
        let from = |variable, default: &str| {
            PathBuf::from(std::env::var_os(variable).unwrap_or_else(|| default.into()))
        };
        Self {
            cargo: from("CARGO", "cargo"),
            rustc: from("RUSTC", "rustc"),
        }
    }

    /// The distribution's toolchain (`rustc-web`, `cargo-web` on Debian). A target's std can be added to it even if
    /// rustup's server cannot be reached.
    pub(crate) fn distribution() -> Option<Self> {
        let toolchain = Self {
            cargo: PathBuf::from("/usr/bin/cargo"),
            rustc: PathBuf::from("/usr/bin/rustc"),
        };
        (toolchain.cargo.is_file() && toolchain.rustc.is_file()).then_some(toolchain)
    }

    /// A command that runs this toolchain's cargo, whichever toolchain rustup would select.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        if *self != Self::current() {
            command
                .env("RUSTC", &self.rustc)
                .env_remove("RUSTUP_TOOLCHAIN")
                .env_remove("CARGO");
        }
        command
    }

    /// The version of rustc.
    pub(crate) fn version(&self) -> Result<RustcVersion, ToolchainError> {
        let output = self.ask_rustc(&["-vV"])?;
        let text = String::from_utf8_lossy(&output.stdout);
        let field = |key| text.lines().find_map(|line| line.strip_prefix(key));
        let value = |key| field(key).unwrap_or_default().to_owned();
        Ok(RustcVersion {
            name: text.lines().next().unwrap_or_default().to_owned(),
            host: value("host: "),
            release: value("release: "),
        })
    }

    /// The folder of a target's std, which may not exist.
    pub(crate) fn std_folder(&self, triple: &str) -> Result<PathBuf, ToolchainError> {
        let output = self.ask_rustc(&["--print", "target-libdir", "--target", triple])?;
        if !output.status.success() {
            return Err(ToolchainError::UnknownTarget {
                triple: triple.to_owned(),
            });
        }
        Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    }

    /// Whether the toolchain has a target's std.
    pub(crate) fn has_std(&self, triple: &str) -> Result<bool, ToolchainError> {
        let folder = self.std_folder(triple)?;
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Ok(false);
        };
        let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names.any(|name| name.starts_with("libstd-")))
    }

    /// The toolchain's sysroot.
    pub(crate) fn sysroot(&self) -> Result<PathBuf, ToolchainError> {
        let output = self.ask_rustc(&["--print", "sysroot"])?;
        Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    }

    /// A command that runs this toolchain's rustc.
    pub(crate) fn rustc(&self) -> Command {
        let mut command = Command::new(&self.rustc);
        if *self != Self::current() {
            command.env_remove("RUSTUP_TOOLCHAIN");
        }
        command
    }

    fn ask_rustc(&self, arguments: &[&str]) -> Result<Output, ToolchainError> {
        self.rustc()
            .args(arguments)
            .output()
            .map_err(|source| ToolchainError::Rustc {
                path: self.rustc.clone(),
                source,
            })
    }
}

/// Selects the targets, each once: from `--target`, from cargo's configuration, or the default of the host.
pub(crate) fn pick_targets(
    named: &[String],
    config_flags: &[String],
    shell: Shell,
) -> Result<Vec<WindowsTarget>, ToolchainError> {
    if !named.is_empty() {
        let targets: Result<Vec<_>, _> = named.iter().map(|triple| windows_target(triple)).collect();
        return targets.map(WindowsTarget::distinct);
    }
    let (configured, others) = configured_targets(config_flags)?;
    if !configured.is_empty() {
        return Ok(WindowsTarget::distinct(configured));
    }
    let host = Toolchain::current().version()?.host;
    let default = WindowsTarget::default_triple(&host);
    if !others.is_empty() {
        shell.status(
            "Target",
            format_args!(
                "{default} (`build.target` in cargo's configuration is not a Windows target: {})",
                others.join(", ")
            ),
        );
    }
    Ok(vec![windows_target(default)?])
}

/// Whether these `--config` flags select targets.
pub(crate) fn are_configured_by(config_flags: &[String]) -> bool {
    configured::by_flags(config_flags).is_some()
}

/// Whether cargo's files and variables select Windows targets.
pub(crate) fn are_configured_by_files() -> bool {
    configured_targets(&[]).is_ok_and(|(windows, _)| !windows.is_empty())
}

fn windows_target(triple: &str) -> Result<WindowsTarget, ToolchainError> {
    WindowsTarget::new(triple).ok_or_else(|| ToolchainError::NotWindows {
        triple: triple.to_owned(),
    })
}

/// Finds a toolchain with the target's std. Does not check the linker: there are more ways to configure one than this
/// module knows, so cargo reports a missing one.
pub(crate) fn find(target: &WindowsTarget) -> Result<Toolchain, ToolchainError> {
    match with_std(target)? {
        Some(toolchain) => Ok(toolchain),
        None => Err(ToolchainError::Missing {
            triple: target.triple.clone(),
            missing: missing(target)?,
        }),
    }
}

/// The toolchain that has the target's std, which a build uses.
pub(crate) fn with_std(target: &WindowsTarget) -> Result<Option<Toolchain>, ToolchainError> {
    let current = Toolchain::current();
    if current.has_std(&target.triple)? {
        return Ok(Some(current));
    }
    let distribution = Toolchain::distribution();
    Ok(distribution.filter(|toolchain| toolchain.has_std(&target.triple).unwrap_or(false)))
}

/// The components that are missing for building for the target.
pub(crate) fn missing(target: &WindowsTarget) -> Result<Vec<Missing>, ToolchainError> {
    let std = with_std(target)?.is_none().then_some(Missing::Std);
    let linker = unseen_linker(target)?.map(Missing::Linker);
    Ok(std.into_iter().chain(linker).collect())
}

/// The default linker, if it is not on PATH and no other one seems to be configured or brought by a subcommand of cargo.
pub(crate) fn unseen_linker(target: &WindowsTarget) -> Result<Option<&'static Linker>, ToolchainError> {
    let linker = unseen_default_linker(target)?;
    Ok(linker.filter(|linker| other_driver(linker).is_none()))
}

/// The subcommand of cargo that builds for the target: cargo's own, unless only another one has a linker.
pub(crate) fn driver(target: &WindowsTarget) -> Result<Driver, ToolchainError> {
    let other = unseen_default_linker(target)?.and_then(other_driver);
    Ok(other.unwrap_or(Driver::Cargo))
}

fn unseen_default_linker(target: &WindowsTarget) -> Result<Option<&'static Linker>, ToolchainError> {
    let is_cross = !Toolchain::current().version()?.host.contains("-windows-");
    let linker = Linker::of(&target.triple).filter(|_| is_cross);
    Ok(linker.filter(|linker| !on_path(linker.program) && configured_linker(&target.triple).is_none()))
}

fn other_driver(linker: &Linker) -> Option<Driver> {
    linker.driver.filter(|driver| on_path(driver.program()))
}

/// Whether a program is on PATH.
pub(crate) fn on_path(program: &str) -> bool {
    find_on_path(program).is_some()
}

/// The path of a program on PATH.
pub(crate) fn find_on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // An empty entry is the current folder to a shell, but not to the ways in which programs are started here.
    let mut folders = std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty());
    folders.find_map(|folder| find_in(&folder, program))
}

/// The path of a program in a folder.
pub(crate) fn find_in(folder: &Path, program: &str) -> Option<PathBuf> {
    let path = folder.join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    path.is_file().then_some(path)
}

/// The linker that cargo's environment variables or files configure, by the triple or by a matching `cfg`.
pub(crate) fn configured_linker(triple: &str) -> Option<PathBuf> {
    let linker = cargo_config2::Config::load().and_then(|config| config.linker(triple));
    linker.ok().flatten()
}
