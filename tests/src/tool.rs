//! `cargo winsvc`, run the way its users run it: as a subcommand of cargo, found on PATH.

use std::ffi::OsString;
#[cfg(unix)]
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::paths;

/// The time that packages made by the tests bear: 14 November 2023.
pub const EPOCH: &str = "1700000000";

/// `cargo winsvc` with the tests' folder for builds.
///
/// It runs outside of the checkout, so that the alias of the checkout does not stand in for the subcommand, and knows
/// nothing of the cargo that runs the tests.
///
/// # Panics
///
/// When the tool has not been built.
pub fn cargo_winsvc() -> Command {
    let mut command = Command::new("cargo");
    as_a_user(&mut command);
    command
        .arg("winsvc")
        .current_dir(elsewhere())
        .env("PATH", path())
        .env("SOURCE_DATE_EPOCH", EPOCH);
    command
}

/// A shell in which `cargo winsvc` is that of [`cargo_winsvc`]; it runs these commands up to the first that fails.
#[cfg(unix)]
pub fn shell(commands: &[String]) -> Command {
    let mut shell = crate::process::require("sh");
    as_a_user(&mut shell);
    shell
        .args(["-e", "-x", "-c", &commands.join("\n")])
        .env("PATH", path())
        .env("SOURCE_DATE_EPOCH", EPOCH);
    shell
}

/// The PATH on which cargo finds the tool.
///
/// # Panics
///
/// When the tool has not been built.
pub fn path() -> OsString {
    let tool = executable();
    let mut path = vec![tool.parent().expect("the tool's folder").to_owned()];
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    std::env::join_paths(path).expect("a PATH")
}

/// A folder with nothing in it, below which no checkout lies: not even one in the folder for temporary files.
fn elsewhere() -> PathBuf {
    let folder = std::env::temp_dir().join("winsvc-tests-elsewhere");
    std::fs::create_dir_all(&folder).expect("a folder outside of the checkout");
    folder
}

/// Lets a command run as if a user had typed it, not a test that cargo runs; but with the tests' folder for builds.
pub fn as_a_user(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if (text.starts_with("CARGO") && text != "CARGO_HOME") || text == "LD_LIBRARY_PATH" {
            command.env_remove(&name);
        }
    }
    command
        .env("CARGO_TARGET_DIR", paths::build())
        // Fixtures lie in the target folder, but are no part of the checkout around it.
        .env("GIT_CEILING_DIRECTORIES", paths::lasting(""));
}

/// The tool's executable: what `WINSVC_TOOL` names, else the one beside the tests.
///
/// # Panics
///
/// When it is not there.
pub fn executable() -> PathBuf {
    let named = std::env::var_os("WINSVC_TOOL").map(PathBuf::from);
    let tool = named.unwrap_or_else(|| {
        let file = format!("cargo-winsvc{}", std::env::consts::EXE_SUFFIX);
        paths::target().join("debug").join(file)
    });
    assert!(
        tool.is_file(),
        "{} is missing: `tests/run prepare` builds it",
        tool.display()
    );
    tool
}

/// The PATH of [`cargo_winsvc`] without the programs whose names contain `part`: one folder, `to`, with links to all others.
///
/// # Panics
///
/// When the links cannot be made.
#[cfg(unix)]
pub fn path_without(part: &str, to: &Path) -> OsString {
    for folder in std::env::split_paths(&path()) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let link = to.join(entry.file_name());
            if !entry.file_name().to_string_lossy().contains(part) && !link.is_symlink() {
                std::os::unix::fs::symlink(entry.path(), link).expect("a link");
            }
        }
    }
    to.as_os_str().to_owned()
}
