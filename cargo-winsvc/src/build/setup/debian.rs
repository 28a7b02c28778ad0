//! `--setup` on Debian: packages from apt-get, and a target's std from the distribution's compiler and sources.

use std::io;
use std::path::{Path, PathBuf};

use super::{SetupError, as_root, run};
use crate::build::Toolchain;
use crate::shell::Shell;

/// Debian's compiler, cargo and std sources.
const DEBIAN_RUST: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// Installs the packages, compiles the target's std and installs it where Debian's compiler looks for it.
pub(super) fn install_std(triple: &str, shell: Shell) -> Result<(), SetupError> {
    install_packages(&DEBIAN_RUST, shell)?;
    let toolchain = Toolchain::distribution().ok_or_else(|| SetupError::NoStd {
        triple: triple.to_owned(),
    })?;
    build_std(&toolchain, triple, shell)
}

pub(super) fn install_packages(packages: &[&str], shell: Shell) -> Result<(), SetupError> {
    shell.status("Installing", format_args!("{} (apt-get)", packages.join(" ")));
    run(as_root("apt-get")?.args(["update", "-qq"]), shell)?;
    run(
        as_root("apt-get")?
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(packages),
        shell,
    )
}

/// Compiles std as a dependency of an empty crate, and installs the libraries where rustc looks for the target's.
fn build_std(toolchain: &Toolchain, triple: &str, shell: Shell) -> Result<(), SetupError> {
    let seed = tempfile::tempdir().map_err(|source| SetupError::Seed { source })?;
    let folder = seed.path();
    let manifest = "[package]\nname = \"seed\"\nversion = \"0.0.0\"\nedition = \"2021\"\n";
    std::fs::write(folder.join("Cargo.toml"), manifest)
        .and_then(|()| std::fs::create_dir(folder.join("src")))
        .and_then(|()| std::fs::write(folder.join("src/lib.rs"), ""))
        .map_err(|source| SetupError::Seed { source })?;

    shell.status("Compiling", format_args!("std for {triple} (once, some minutes)"));
    run(
        toolchain
            .cargo()
            .current_dir(folder)
            .args(["build", "--quiet", "--release", "--target", triple])
            .args([
                "--target-dir",
                "target",
                "-Zbuild-std=std,panic_abort,panic_unwind,proc_macro,test",
            ])
            // Allows -Zbuild-std on a stable compiler. It compiles its own sources, so the versions always match.
            .env("RUSTC_BOOTSTRAP", "1"),
        shell,
    )?;

    let built = folder.join("target").join(triple).join("release/deps");
    let mut parts = libraries(&built).map_err(|source| SetupError::Seed { source })?;
    for name in STARTUP {
        parts.extend(build_startup_object(toolchain, triple, name, folder, shell)?);
    }
    let destination = toolchain.std_folder(triple)?;
    run(as_root("install")?.arg("-d").arg(&destination), shell)?;
    run(
        as_root("install")?
            .args(["-m", "644", "-t"])
            .arg(&destination)
            .args(parts),
        shell,
    )
}

/// The objects that rustc links first and last for the -gnu targets: 32-bit programs register their unwinding tables
/// with them.
const STARTUP: [&str; 2] = ["rsbegin", "rsend"];

/// Compiles one of these objects, if the sources of this std have it.
fn build_startup_object(
    toolchain: &Toolchain,
    triple: &str,
    name: &str,
    folder: &Path,
    shell: Shell,
) -> Result<Option<PathBuf>, SetupError> {
    let source = toolchain
        .sysroot()?
        .join("lib/rustlib/src/rust/library/rtstartup")
        .join(format!("{name}.rs"));
    if !triple.ends_with("-windows-gnu") || !source.is_file() {
        return Ok(None);
    }
    let object = folder.join(format!("{name}.o"));
    let mut command = toolchain.rustc();
    command
        .args(["--target", triple, "--emit=obj", "-o"])
        .arg(&object)
        .arg(source);
    run(command.env("RUSTC_BOOTSTRAP", "1"), shell)?;
    Ok(Some(object))
}

fn libraries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut libraries = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let is_ours = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("libseed-"));
        if path.extension().is_some_and(|extension| extension == "rlib") && !is_ours {
            libraries.push(path);
        }
    }
    Ok(libraries)
}
