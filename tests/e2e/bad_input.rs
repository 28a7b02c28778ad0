//! Whatever is wrong: one clear error that says what to do, a non-zero exit, and no partial output.

use std::fs;

use winsvc_tests::fixture::{BUILD, Fixture, TARGET};
use winsvc_tests::process::{Finished, run};
use winsvc_tests::tool::{cargo_winsvc, path_without};

/// `hello`, which each test spoils in a folder of its own.
fn hello(folder: &str) -> Fixture {
    Fixture::new("hello").in_folder(&format!("bad/{folder}"))
}

/// `hello` with a table that is wrong.
fn configured(folder: &str, table: &str) -> Fixture {
    hello(folder).manifest(table)
}

fn package(manifest: &str) -> Finished {
    run(
        cargo_winsvc().args(["package", "--target", TARGET, "--manifest-path", manifest]),
        BUILD,
    )
}

#[test]
fn a_missing_manifest() {
    let finished = package("/nonexistent/Cargo.toml");
    assert_eq!(finished.status.code(), Some(1));
    assert_eq!(
        finished.stderr,
        "error: cannot read the manifest `/nonexistent/Cargo.toml`\n\
         note: No such file or directory (os error 2)\n\
         help: --manifest-path takes the path of a Cargo.toml\n"
    );
}

#[test]
fn a_folder_for_a_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("Cargo.toml");
    fs::create_dir(&manifest).unwrap();
    let finished = package(manifest.to_str().unwrap());
    assert_eq!(finished.status.code(), Some(1));
    assert_eq!(finished.stderr, "");
}

#[test]
fn a_manifest_that_is_no_toml() {
    assert_eq!(
        hello("no-toml")
            .write("Cargo.toml", "[package\nname = 1")
            .refused(&[]),
        ""
    );
}

#[test]
fn no_manifest_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let finished = run(cargo_winsvc().arg("package").current_dir(folder.path()), BUILD);
    assert_eq!(finished.status.code(), Some(1));
    assert_eq!(
        finished
            .stderr
            .replace(folder.path().to_str().unwrap(), "[folder]"),
        ""
    );
}

#[test]
fn a_package_without_a_binary() {
    let library = hello("library").remove("src/main.rs").write("src/lib.rs", "");
    assert_eq!(library.refused(&[]), "");
}

#[test]
fn a_binary_that_the_package_does_not_have() {
    assert_eq!(hello("no-such-binary").refused(&["--bin", "other"]), "");
}

#[test]
fn an_unknown_key() {
    let fixture = configured("unknown-key", "[package.metadata.winsvc]\nstrat = \"auto\"");
    assert_eq!(fixture.refused(&[]), "");
}

#[test]
fn a_value_of_the_wrong_type() {
    let fixture = configured("wrong-type", "[package.metadata.winsvc]\nname = 5");
    assert_eq!(fixture.refused(&[]), "");
}

#[test]
fn a_value_that_the_key_does_not_know() {
    let fixture = configured("wrong-value", "[package.metadata.winsvc]\nstart = \"boot\"");
    assert_eq!(fixture.refused(&[]), "");
}

#[test]
fn a_timeout_that_is_none() {
    let fixture = configured(
        "wrong-timeout",
        "[package.metadata.winsvc]\nstop-timeout = \"soon\"",
    );
    assert_eq!(fixture.refused(&[]), "");
}

#[test]
fn a_service_name_of_257_characters() {
    let name = "n".repeat(257);
    let fixture = configured(
        "long-name",
        &format!("[package.metadata.winsvc]\nname = \"{name}\""),
    );
    assert_eq!(
        fixture
            .refused(&[])
            .replace(&name, "[name]")
            .replace(&"^".repeat(257), "[mark]"),
        ""
    );
}

#[test]
fn a_service_name_with_a_slash() {
    let fixture = configured("slash", "[package.metadata.winsvc]\nname = \"acme/agent\"");
    assert_eq!(fixture.refused(&[]), "");
}

#[test]
fn a_service_name_with_a_backslash() {
    let fixture = configured("backslash", "[package.metadata.winsvc]\nname = 'acme\\agent'");
    assert_eq!(fixture.refused(&[]), "");
}

#[test]
fn a_version_that_msi_cannot_hold() {
    assert_eq!(hello("version").version("300.0.0").refused(&[]), "");
}

#[test]
fn a_version_that_msi_cannot_hold_is_none_of_the_zip_s_business() {
    let folder = tempfile::tempdir().unwrap();
    let out_dir = folder.path().to_str().unwrap();
    let fixture = hello("version").version("300.0.0");
    let finished = fixture
        .run("package", &["--format", "zip", "--out-dir", out_dir])
        .ok();
    assert_eq!(finished.lines(), [format!("{out_dir}/hello-300.0.0-x64.zip")]);
}

#[test]
fn a_file_to_install_that_is_not_there() {
    let fixture = configured(
        "no-such-file",
        "[package.metadata.winsvc.package]\nfiles = [\"agent.toml\"]",
    );
    assert_eq!(fixture.refused(&[]), "");
}

#[test]
fn a_target_that_is_not_windows() {
    assert_eq!(
        hello("not-windows").refused(&["--target", "x86_64-unknown-linux-gnu"]),
        ""
    );
}

#[test]
fn a_target_that_the_compiler_does_not_know() {
    assert_eq!(
        hello("no-target").refused(&["--target", "x86_64-acme-windows-gnu"]),
        ""
    );
}

#[test]
fn a_target_without_its_standard_library_and_linker() {
    assert_eq!(
        hello("no-std").refused(&["--target", "aarch64-pc-windows-gnullvm"]),
        ""
    );
}

#[test]
fn a_target_without_its_linker() {
    let programs = tempfile::tempdir().unwrap();
    let out = programs.path().join("out");
    let fixture = hello("no-linker");
    fixture.write_copy();
    let mut tool = cargo_winsvc();
    let path = tool
        .get_envs()
        .find(|(name, _)| *name == "PATH")
        .unwrap()
        .1
        .unwrap()
        .to_owned();
    tool.env("PATH", path_without("mingw32", &path, programs.path()))
        .args(["package", "--quiet", "--target", TARGET]);
    tool.arg("--manifest-path")
        .arg(fixture.root().join("Cargo.toml"))
        .arg("--out-dir")
        .arg(&out);
    let finished = run(&mut tool, BUILD);
    assert_eq!(finished.status.code(), Some(1), "{finished}");
    assert_eq!(finished.stderr, "");
    assert!(!out.exists());
}

#[test]
fn a_program_that_does_not_compile() {
    let error = hello("broken")
        .write("src/main.rs", "fn main() { nonsense }\n")
        .refused(&[]);
    assert!(
        error.contains("cannot find value `nonsense` in this scope"),
        "{error}"
    );
    let own = error
        .lines()
        .skip_while(|line| !line.starts_with("error: could not build"));
    assert_eq!(own.collect::<Vec<_>>(), [""]);
}

#[test]
fn a_source_date_epoch_that_is_no_number() {
    let fixture = hello("epoch");
    fixture.write_copy();
    let mut tool = cargo_winsvc();
    tool.env("SOURCE_DATE_EPOCH", "yesterday")
        .args(["package", "--quiet", "--target", TARGET]);
    let finished = run(
        tool.arg("--manifest-path").arg(fixture.root().join("Cargo.toml")),
        BUILD,
    );
    assert_eq!(finished.status.code(), Some(1), "{finished}");
    assert_eq!(finished.stderr, "");
}
