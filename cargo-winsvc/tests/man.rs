//! The man pages, as `man` shows them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn man(arguments: &[&str]) -> String {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-winsvc"));
    let output = tool.args(["winsvc", "man"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The page as mandoc or groff formats it, without warnings; as it is written where neither is, which may not be on Linux.
fn formatted(page: &Path) -> String {
    let mandoc: &[&str] = &["mandoc", "-T", "utf8", "-W", "error,stop"];
    let groff: &[&str] = &["groff", "-man", "-Tutf8", "-ww", "-P-cbou"];
    for reader in [mandoc, groff] {
        let mut command = Command::new(reader[0]);
        let Ok(output) = command.args(&reader[1..]).arg(page).output() else {
            continue;
        };
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        // Bold letters are written twice, with a backspace between them.
        let mut plain = String::new();
        for character in text.chars() {
            if character == '\u{8}' {
                plain.pop();
            } else {
                plain.push(character);
            }
        }
        return plain;
    }
    assert_ne!(std::env::consts::OS, "linux", "neither mandoc nor groff");
    std::fs::read_to_string(page).unwrap().replace('\\', "")
}

#[test]
fn every_subcommand_has_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let written = man(&["--out-dir", folder.path().to_str().unwrap()]);
    let pages: BTreeSet<&Path> = written.lines().map(Path::new).collect();
    for (subcommand, option) in [
        ("", "--version"),
        ("-build", "--small"),
        ("-package", "--manifest-path"),
        ("-sign", "--sign-config"),
        ("-doctor", "--json"),
        ("-init", "--from-wix"),
        ("-new", "--name"),
        ("-completions", "powershell"),
        ("-man", "--out-dir"),
    ] {
        let page = folder.path().join(format!("cargo-winsvc{subcommand}.1"));
        assert!(pages.contains(&*page), "{written}");
        let text = formatted(&page);
        assert!(text.contains("SYNOPSIS") && text.contains(option), "{text}");
    }
    let printed = man(&["package"]);
    assert_eq!(
        printed,
        std::fs::read_to_string(folder.path().join("cargo-winsvc-package.1")).unwrap()
    );
}

#[test]
fn an_unknown_subcommand_has_none() {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-winsvc"));
    let output = tool.args(["winsvc", "man", "pakage"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.starts_with("error: unknown subcommand `pakage`; expected one of build, package, "),
        "{error}"
    );
}
