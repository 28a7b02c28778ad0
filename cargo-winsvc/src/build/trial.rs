//! A build of an empty program, which shows whether this machine can build for a target.

use std::path::Path;
use std::process::Stdio;

use super::target::WindowsTarget;
use super::toolchain::{self, Toolchain};

/// Compiles and links an empty program as [`build`](super::build) would.
///
/// It runs in the current folder, so that cargo's configuration is that of a build. The error is what cargo has written.
pub(crate) fn try_out(
    target: &WindowsTarget,
    toolchain: &Toolchain,
    config_flags: &[String],
) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let folder = folder.path();
    write_program(folder).map_err(|error| error.to_string())?;
    let driver = toolchain::driver(target).map_err(|error| error.to_string())?;
    let mut command = toolchain.cargo();
    command
        .args(driver.words())
        .args(["--quiet", "--offline", "--color", "never"])
        .args(["--target", &target.triple])
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(folder.join("target"));
    for flag in config_flags {
        command.args(["--config", flag]);
    }
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(())
}

fn write_program(folder: &Path) -> std::io::Result<()> {
    let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n";
    std::fs::write(folder.join("Cargo.toml"), manifest)?;
    std::fs::create_dir(folder.join("src"))?;
    std::fs::write(folder.join("src/main.rs"), "fn main() {}\n")
}
