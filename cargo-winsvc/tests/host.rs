//! Files of `cargo winsvc package --host` with errors: each is found before anything is compiled.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// What the system says of a file that does not exist.
const NO_FILE: &str = if cfg!(windows) {
    "The system cannot find the file specified. (os error 2)"
} else {
    "No such file or directory (os error 2)"
};

/// A file of a folder `app` with a program.
const RIGHT: &str = "version = \"1.2.3\"\nname = \"acme-agent\"\npackage.manufacturer = \"Acme\"\n\
    package.files = [\"app/**\"]\n[host]\nprogram = \"app/server.exe\"\n";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("app")).unwrap();
    fs::write(folder.path().join("app/server.exe"), "MZ").unwrap();
    folder
}

/// Packages with these arguments, which must fail before anything is compiled.
fn refused_in(folder: &Path, arguments: &[&str]) -> String {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-winsvc"));
    tool.args(["winsvc", "package", "--target", "x86_64-pc-windows-gnu"])
        .args(arguments)
        .current_dir(folder)
        .env_remove("CARGO_TARGET_DIR");
    let output = tool.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{stderr}");
    // The project from which cargo would build the host is the only thing that may be there.
    let target = folder.join("target");
    let built = ["release", "x86_64-pc-windows-gnu"].map(|name| target.join(name));
    let built = built.iter().filter(|path| path.exists());
    assert_eq!(built.count(), 0, "cargo has built: {stderr}");
    let made = fs::read_dir(target.join("winsvc")).into_iter().flatten();
    for entry in made {
        assert_eq!(entry.unwrap().file_name(), "host", "{stderr}");
    }
    // Messages have paths as they were given, or in full.
    let stderr = stderr.replace('\\', "/");
    stderr.replace(&format!("{}/", folder.display()).replace('\\', "/"), "")
}

/// Packages the right file after a change.
fn refused(from: &str, to: &str) -> String {
    assert!(RIGHT.contains(from));
    refused_text(&RIGHT.replacen(from, to, 1))
}

fn refused_text(text: &str) -> String {
    let folder = folder();
    fs::write(folder.path().join("agent.toml"), text).unwrap();
    refused_in(folder.path(), &["--host", "agent.toml"])
}

#[test]
fn a_file_that_cannot_be_read() {
    let folder = folder();
    assert_eq!(
        refused_in(folder.path(), &["--host", "agent.toml"]),
        format!(
            "error: cannot read the file `agent.toml`\n\
             note: {NO_FILE}\n\
             help: pass the path of a file with the table `host` to --host\n"
        )
    );
    let error = refused_in(folder.path(), &["--host", "app"]);
    assert!(
        error.starts_with("error: cannot read the file `app`\nnote: "),
        "{error}"
    );
    fs::write(folder.path().join("agent.toml"), b"name = \"\xff\"").unwrap();
    let error = refused_in(folder.path(), &["--host", "agent.toml"]);
    assert!(
        error.contains("note: stream did not contain valid UTF-8"),
        "{error}"
    );
}

#[test]
fn the_manifest_of_a_rust_project() {
    let folder = folder();
    fs::write(
        folder.path().join("Cargo.toml"),
        "[package]\nname = \"agent\"\nversion = \"1.0.0\"\n",
    )
    .unwrap();
    assert_eq!(
        refused_in(folder.path(), &["--host", "Cargo.toml"]),
        "error: `Cargo.toml` is the manifest of a Rust project\n\
         help: pass it to --manifest-path, or pass the path of a file with the table `host` to --host\n"
    );
}

#[test]
fn both_a_file_and_a_project() {
    let folder = folder();
    for option in [
        ["--manifest-path", "Cargo.toml"],
        ["--package", "agent"],
        ["--bin", "agent"],
        ["--features", "x"],
    ] {
        let error = refused_in(folder.path(), &["--host", "agent.toml", option[0], option[1]]);
        assert!(
            error.contains(&format!(
                "the argument '--host <FILE>' cannot be used with '{}",
                option[0]
            )),
            "{error}"
        );
    }
}

#[test]
fn text_that_is_not_toml() {
    assert_eq!(
        refused("\"acme-agent\"", "acme-agent"),
        "error: string values must be quoted, expected literal string\n\
         \x20--> agent.toml:2:8\n\
         \x20 |\n\
         2 | name = acme-agent\n\
         \x20 |        ^^^^^^^^^^\n"
    );
}

#[test]
fn a_version_that_is_missing_or_invalid() {
    assert_eq!(
        refused("version = \"1.2.3\"\n", ""),
        "error: missing key `version`\n\
         \x20--> agent.toml:1:1\n\
         \x20 |\n\
         1 | name = \"acme-agent\"\n\
         \x20 | ^\n\
         help: add the product's version, such as `version = \"1.0.0\"`\n"
    );
    assert_eq!(
        refused("1.2.3", "1.2"),
        "error: invalid version \"1.2\": unexpected end of input while parsing minor version number\n\
         \x20--> agent.toml:1:11\n\
         \x20 |\n\
         1 | version = \"1.2\"\n\
         \x20 |           ^^^^^\n\
         help: use a semantic version such as \"1.0.0\"\n"
    );
}

#[test]
fn a_key_that_does_not_exist() {
    let error = refused("[host]\n", "[host]\npriorty = \"high\"\n");
    assert!(
        error.starts_with("error: unknown field `priorty`, expected one of "),
        "{error}"
    );
    assert!(
        error.contains(
            " --> agent.toml:6:1\n  |\n6 | priorty = \"high\"\n  | ^^^^^^^\nhelp: did you mean `priority`?\n"
        ),
        "{error}"
    );
    let error = refused("version", "manufacturer = \"Acme\"\nversion");
    assert!(
        error.starts_with("error: unknown field `manufacturer`, expected one of ")
            && error.contains(" --> agent.toml:1:1\n"),
        "{error}"
    );
}

#[test]
fn a_value_that_is_invalid() {
    for (key, expected) in [
        (
            "priority = \"realtime\"",
            "error: unknown variant `realtime`, expected one of ",
        ),
        (
            "restart = { stop-codes = [2], fail-codes = [2] }",
            "error: the exit code 2 is in `stop-codes` and in `fail-codes`\n",
        ),
        (
            "ready = { tcp = 70000 }",
            "error: invalid address \"70000\"; expected a port such as 8080",
        ),
        (
            "ready = {}",
            "error: expected one of `alive`, `line`, `file`, `tcp`, `http`, `command` in `ready`\n",
        ),
        (
            "arguments = [\"{PROT}\"]",
            "error: the property `PROT` is not defined\n",
        ),
        (
            "hooks = [{ on = [\"before-star\"], command = [\"a\"] }]",
            "error: unknown variant `before-star`",
        ),
        ("output.max-size = \"10 MB\"", "error: invalid size \"10 MB\""),
    ] {
        let error = refused("[host]\n", &format!("[host]\n{key}\n"));
        assert!(error.starts_with(expected), "{key}: {error}");
        let place = " --> agent.toml:";
        assert!(error.contains(place), "{key}: {error}");
    }
}

#[test]
fn a_program_that_is_not_installed() {
    assert_eq!(
        refused("app/server.exe", "app/sever.exe"),
        "error: the program `app/sever.exe` is not installed\n\
         \x20--> agent.toml:6:11\n\
         \x20 |\n\
         6 | program = \"app/sever.exe\"\n\
         \x20 |           ^^^^^^^^^^^^^^^\n\
         help: add it to `files` in `package`, or set the full path of a program that the machine has\n"
    );
    let error = refused("app/**", "ap/**");
    assert!(
        error.starts_with("error: ") && error.contains("agent.toml:4:18\n"),
        "{error}"
    );
}

#[test]
fn a_service_without_a_program_of_its_own() {
    assert_eq!(
        refused("[host]\nprogram = \"app/server.exe\"\n", ""),
        "error: the service `acme-agent` has no table `host`\n\
         \x20--> agent.toml:1:1\n\
         \x20 |\n\
         1 | version = \"1.2.3\"\n\
         \x20 | ^\n\
         help: add the table `host` with `program`, the path of the program in the installation folder\n"
    );
    let error = refused_text(
        "version = \"1.2.3\"\npackage.files = [\"app/**\"]\n\
         [services.one.host]\nprogram = \"app/server.exe\"\n[services.two]\n",
    );
    assert!(
        error.starts_with("error: the service `two` has no table `host`\n"),
        "{error}"
    );
    let error = refused("[host]\n", "program = \"server\"\n[host]\n");
    assert!(
        error.starts_with(
            "error: `program` names a binary of a Rust project, which this product does not have\n"
        ) && error.contains(" --> agent.toml:5:11\n"),
        "{error}"
    );
    let error = refused("program = \"app/server.exe\"\n", "");
    assert!(error.starts_with("error: missing field `program`\n"), "{error}");
}
