//! The help texts of the command line, as users see them.

use std::process::Command;

/// What `cargo winsvc ARGUMENTS` prints.
fn help(arguments: &[&str]) -> String {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-winsvc"));
    // The width of a terminal of its own would wrap them elsewhere.
    tool.env("COLUMNS", "100");
    let output = tool.arg("winsvc").args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_tool_lists_its_subcommands() {
    insta::assert_snapshot!(help(&["--help"]));
}

#[test]
fn build_describes_its_options_as_cargo_does() {
    insta::assert_snapshot!(help(&["build", "--help"]));
}

#[test]
fn sign_describes_its_options() {
    insta::assert_snapshot!(help(&["sign", "--help"]));
}

#[test]
fn package_describes_its_options_as_cargo_does() {
    insta::assert_snapshot!(help(&["package", "--help"]));
}

#[test]
fn doctor_describes_its_options_as_cargo_does() {
    insta::assert_snapshot!(help(&["doctor", "--help"]));
}
