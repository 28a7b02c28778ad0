//! The checks. What more of Cargo.toml needs is a function here and a line in [`run`](super::run).

use std::path::{Path, PathBuf};
use std::process::Command;

use super::check::{Check, State};
use winsvc_definition::manifest::SignEngine;

use crate::build::install::{BUILD_TOOLS, GIT, OSSLSIGNCODE, RUST, SIGNTOOL, System, std_command};
use crate::build::target::WindowsTarget;
use crate::build::{self, Driver, Linker, Toolchain, ToolchainError, toolchain};
use crate::shell::Shell;
use crate::sign;

/// cargo.
pub(super) fn cargo() -> Check {
    program("cargo", &Toolchain::current().cargo).install([RUST.command(System::current())])
}

/// The compiler.
pub(super) fn rustc() -> Check {
    program("rustc", &Toolchain::current().rustc).install([RUST.command(System::current())])
}

/// git.
pub(super) fn git() -> Check {
    let check = program("git", Path::new("git")).install([GIT.command(System::current())]);
    if check.state.is_good() {
        return check;
    }
    Check {
        is_needed: false,
        ..check.note("without it, packages record no commit, and their times are those of the build")
    }
}

/// The program that signs the results, as Cargo.toml asks for.
pub(super) fn signing(engine: &SignEngine) -> Check {
    const NAME: &str = "signing program";
    let path = sign::program(engine);
    // Only osslsigncode is known to do nothing but print its version.
    let without_version = || match find(&path) {
        Some(path) => Check::new(
            NAME,
            State::Found {
                version: None,
                path: Some(path),
            },
        ),
        None => Check::new(NAME, State::Missing),
    };
    match engine {
        SignEngine::Osslsigncode(_) => {
            program(NAME, &path).install([OSSLSIGNCODE.command(System::current())])
        }
        SignEngine::Signtool(_) => without_version().install([SIGNTOOL.command(System::current())]),
        SignEngine::Command(_) => without_version(),
    }
}

/// What the target needs: its standard library, a linker, and both together.
pub(super) fn target(
    target: &WindowsTarget,
    config_flags: &[String],
    shell: Shell,
) -> Result<Vec<Check>, ToolchainError> {
    let Ok(rustc) = Toolchain::current().version() else {
        let without = "cannot be checked without rustc";
        let std = Check::new(STD, State::Unchecked).note(without);
        let linker = default_linker(target).filter(|_| cfg!(not(windows)));
        let checks = [std].into_iter().chain(linker);
        return Ok(checks.map(|check| of_target(check, target)).collect());
    };
    let toolchain = toolchain::with_std(target)?;
    let std = match &toolchain {
        Some(toolchain) => State::Found {
            version: Some(toolchain.version()?.release),
            path: Some(toolchain.std_folder(&target.triple)?),
        },
        None => State::Missing,
    };
    let std = Check::new(STD, std).install([std_command(&target.triple)]);
    let linker = linker(target, &rustc.host)?;
    let is_linker_missing = linker.as_ref().is_some_and(|linker| !linker.state.is_good());
    let trial = match &toolchain {
        // A linker that only `--config` names is not seen otherwise.
        Some(toolchain) if !is_linker_missing || !config_flags.is_empty() => {
            trial(target, toolchain, &rustc.host, config_flags, shell)
        }
        _ => Check::new(TRIAL, State::Unchecked),
    };
    let linker = linker.filter(|_| !is_linker_missing || trial.state != State::Works);
    let checks = [Some(std), linker, Some(trial)].into_iter().flatten();
    Ok(checks.map(|check| of_target(check, target)).collect())
}

fn of_target(check: Check, target: &WindowsTarget) -> Check {
    Check {
        target: Some(target.triple.clone()),
        ..check
    }
}

const STD: &str = "standard library";
const LINKER: &str = "linker";
const TRIAL: &str = "empty program";

/// The linker that a build uses; `None` if only rustc knows how to find it, as on Windows.
fn linker(target: &WindowsTarget, host: &str) -> Result<Option<Check>, ToolchainError> {
    if let Some(configured) = toolchain::configured_linker(&target.triple) {
        let check = program(LINKER, &configured);
        return Ok(Some(match check.state {
            State::Missing => check.note(format!(
                "cargo's configuration names `{}`, which is not there",
                configured.display()
            )),
            _ => check,
        }));
    }
    if host.contains("-windows-") {
        return Ok(None);
    }
    let driver = toolchain::driver(target)?;
    if driver == Driver::Cargo {
        return Ok(default_linker(target));
    }
    let mut check = program(LINKER, Path::new(driver.program()));
    if let State::Found {
        version: Some(version),
        ..
    } = &mut check.state
    {
        *version = format!("of {} {version}", driver.program());
    }
    Ok(Some(check.install([driver.install().to_owned()])))
}

/// The linker that rustc calls by default on other systems than Windows.
fn default_linker(target: &WindowsTarget) -> Option<Check> {
    let linker = Linker::of(&target.triple)?;
    let check = program(LINKER, Path::new(linker.program)).install(linker.commands(System::current()));
    Some(match check.state {
        State::Missing => check.note(format!("`{}` is not on PATH", linker.program)),
        _ => check,
    })
}

/// The path of a program of this name or path.
fn find(program: &Path) -> Option<PathBuf> {
    if program.components().count() > 1 {
        Some(program.to_owned()).filter(|path| path.is_file())
    } else {
        toolchain::find_on_path(&program.to_string_lossy())
    }
}

/// A program of the name or path, with the version that it prints.
fn program(name: &'static str, program: &Path) -> Check {
    let Some(path) = find(program) else {
        return Check::new(name, State::Missing);
    };
    let output = Command::new(&path).arg("--version").output();
    match output {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            let version = version_in(&text).map(str::to_owned);
            Check::new(
                name,
                State::Found {
                    version,
                    path: Some(path),
                },
            )
        }
        // Microsoft's linker prints its version nowhere.
        Ok(output) if output.stderr.is_empty() || !output.stdout.is_empty() => Check::new(
            name,
            State::Found {
                version: None,
                path: Some(path),
            },
        ),
        Ok(output) => {
            let reason = String::from_utf8_lossy(&output.stderr);
            let first = reason.lines().next().unwrap_or_default().to_owned();
            Check::new(name, State::Broken).note(format!("{}: {first}", path.display()))
        }
        Err(error) => Check::new(name, State::Broken).note(format!("{}: {error}", path.display())),
    }
}

/// The first word that begins with a digit, in the first line of what `--version` prints.
fn version_in(text: &str) -> Option<&str> {
    let line = text.lines().next()?;
    let mut words = line.split([' ', '(', ')', ',']);
    words.find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
}

/// Compiles and links an empty program as a build would.
fn trial(
    target: &WindowsTarget,
    toolchain: &Toolchain,
    host: &str,
    config_flags: &[String],
    shell: Shell,
) -> Check {
    let install = Linker::of(&target.triple).map(|linker| linker.commands(System::current()));
    let install = match install {
        _ if host.contains("-windows-msvc") => vec![BUILD_TOOLS.to_owned()],
        install => install.unwrap_or_default(),
    };
    let waiting = shell.waiting();
    let result = build::try_out(target, toolchain, config_flags);
    waiting.finish_and_clear();
    match result {
        Ok(()) => Check::new(TRIAL, State::Works),
        Err(reason) => reason
            .lines()
            .filter(|line| !line.trim().is_empty())
            .take(LINES)
            .fold(Check::new(TRIAL, State::Broken), Check::note)
            .install(install),
    }
}

/// How much of the compiler's messages is shown.
const LINES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        for (text, version) in [
            ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)\n", "1.95.0"),
            ("git version 2.39.5\n", "2.39.5"),
            (
                "x86_64-w64-mingw32-gcc (GCC) 12-posix\nCopyright (C) 2022",
                "12-posix",
            ),
            ("cargo-zigbuild 0.24.0\n", "0.24.0"),
            ("LLD 14.0.6 (compatible with GNU linkers)\n", "14.0.6"),
        ] {
            assert_eq!(version_in(text), Some(version), "{text}");
        }
        assert_eq!(version_in("usage: link\n"), None);
    }

    #[test]
    fn a_program_is_found_by_its_path_or_not_at_all() {
        let missing = program(LINKER, Path::new("/no/such/linker"));
        assert_eq!(missing.state, State::Missing);
        let named = program(LINKER, Path::new("no-such-program"));
        assert_eq!(named.state, State::Missing);
    }
}
