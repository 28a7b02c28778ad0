//! What the compiler says of a `main` that cannot be a service, and where it points.
//!
//! Each program is really compiled, all of them by one run of Cargo. A program without errors shows what can be a service.
//! Only place and headline of an error are compared: most are this project's own words, and all stay the same from compiler
//! to compiler.
#![cfg(all(feature = "macros", feature = "tokio"))]

mod programs;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use programs::{PROGRAMS, Program, RENAMED};

#[test]
fn the_compiler_says_what_a_main_can_be() {
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("misuse");
    write_workspace(&workspace);
    let output = Command::new(env!("CARGO"))
        .args([
            "check",
            "--workspace",
            "--offline",
            "--keep-going",
            "--quiet",
            "--message-format",
            "short",
        ])
        .current_dir(&workspace)
        .env("CARGO_TARGET_DIR", workspace.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let output = String::from_utf8(output.stderr).unwrap();

    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in output.lines() {
        let error = line
            .split_once(".rs:")
            .filter(|(_, error)| error.contains(": error"));
        if let Some((file, error)) = error {
            let name = Path::new(file).file_name().unwrap().to_str().unwrap();
            // The compiler's own remark on what it looked for follows in the same line.
            found.entry(name).or_default().push(error);
        }
    }
    for (name, _, expected) in PROGRAMS.iter().chain(RENAMED) {
        let found = found.remove(name).unwrap_or_default();
        let is_expected = found.len() == expected.len()
            && found
                .iter()
                .zip(*expected)
                .all(|(found, expected)| found.starts_with(expected));
        assert!(
            is_expected,
            "{name}:\nexpected {expected:#?}\nfound {found:#?}\n{output}"
        );
    }
    assert!(found.is_empty(), "{found:?}");
}

/// Writes a package for each name of the dependency, with the workspace's own versions.
fn write_workspace(workspace: &Path) {
    let this = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = this.display();
    write_package(
        &workspace.join("named"),
        &format!(
            "winsvc = {{ path = '{path}' }}\n\
             tokio = {{ version = '1', features = ['macros', 'rt-multi-thread'] }}\n"
        ),
        PROGRAMS,
    );
    write_package(
        &workspace.join("renamed"),
        &format!("svc = {{ package = 'winsvc', path = '{path}' }}\n"),
        RENAMED,
    );
    let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"named\", \"renamed\"]\n";
    fs::write(workspace.join("Cargo.toml"), manifest).unwrap();
    fs::copy(this.join("../Cargo.lock"), workspace.join("Cargo.lock")).unwrap();
}

/// Writes the programs as binaries of one package.
fn write_package(package: &Path, dependencies: &str, programs: &[Program]) {
    let folder = package.join("src/bin");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let name = package.file_name().unwrap().to_str().unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{dependencies}"
    );
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    for (name, text, _) in programs {
        fs::write(folder.join(name).with_extension("rs"), text).unwrap();
    }
}
