//! A package is a function of its inputs: the same sources, configuration and time give the same bytes.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::{BUILD, Fixture, Packages, TARGET};
use winsvc_tests::paths;
use winsvc_tests::process::{require, run};
use winsvc_tests::tool::cargo_winsvc;

fn bytes(packages: &Packages) -> (Vec<u8>, Vec<u8>) {
    (fs::read(&packages.msi).unwrap(), fs::read(&packages.zip).unwrap())
}

/// Microsoft's linker writes the time into what it links, unless it is told `/Brepro`.
#[test]
#[cfg_attr(target_env = "msvc", ignore = "the linker writes the time")]
fn a_second_build_gives_the_same_bytes() {
    let fixture = Fixture::new("hello").in_folder("repeat");
    let first = bytes(&fixture.package_again());
    // cargo goes by times: the whole program is compiled and linked again.
    let main = fs::File::options()
        .append(true)
        .open(fixture.root().join("src/main.rs"))
        .unwrap();
    main.set_modified(std::time::SystemTime::now()).unwrap();
    let second = bytes(&fixture.package_again());
    assert!(
        first == second,
        "the MSI is equal: {}, the zip: {}",
        first.0 == second.0,
        first.1 == second.1
    );
}

#[test]
fn another_time_gives_other_bytes() {
    let fixture = Fixture::new("hello").in_folder("repeat");
    let at = |epoch: &str| {
        let packages = fixture.clone().env("SOURCE_DATE_EPOCH", epoch).package();
        fs::read(packages.msi).unwrap()
    };
    assert!(at("1700000000") != at("1700000002"));
}

/// What git says of a repository.
fn git(repository: &Path, arguments: &[&str]) -> String {
    let mut git = require("git");
    git.arg("-C")
        .arg(repository)
        .args(["-c", "user.name=T", "-c", "user.email=t@example.org"]);
    run(git.args(arguments), PATIENCE).ok().stdout
}

/// A fixture in a repository where all of it is committed. To be called with the lock of builds.
fn committed() -> Fixture {
    let fixture = Fixture::new("hello").in_folder("repeat-git/project");
    fixture.write_copy();
    let repository = fixture.root().parent().unwrap().to_owned();
    fs::write(repository.join(".gitignore"), "Cargo.lock\n").unwrap();
    git(&repository, &["init", "--quiet"]);
    git(&repository, &["add", "--all"]);
    git(
        &repository,
        &["commit", "--quiet", "--allow-empty", "--message", "hello"],
    );
    fixture
}

/// Packages without `SOURCE_DATE_EPOCH`, but with a variable: the commit that is reported, and what is said.
fn commit_of(fixture: &Fixture, variable: (&str, &str)) -> (serde_json::Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut tool = package(&fixture.root(), folder.path());
    tool.args(["--quiet", "--format", "zip", "--message-format", "json"])
        .env_remove("SOURCE_DATE_EPOCH")
        .env(variable.0, variable.1);
    let finished = run(&mut tool, BUILD).ok();
    let lines: Vec<serde_json::Value> = finished
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let said = lines.iter().filter_map(|line| line["message"].as_str());
    let artifact = lines.iter().find(|line| line["reason"] == "winsvc-artifact");
    (
        artifact.unwrap()["commit"].clone(),
        said.collect::<Vec<_>>().join("\n"),
    )
}

#[test]
fn the_commit_is_that_of_the_manifest_s_repository_whatever_git_is_told() {
    let _lock = paths::lock("build");
    let fixture = committed();
    let other = tempfile::tempdir().unwrap();
    git(other.path(), &["init", "--quiet"]);
    git(
        other.path(),
        &["commit", "--quiet", "--allow-empty", "--message", "other"],
    );
    let expected = git(&fixture.root(), &["rev-parse", "HEAD"]);
    let folder = other.path().join(".git");
    let (commit, said) = commit_of(&fixture, ("GIT_DIR", folder.to_str().unwrap()));
    assert_eq!(commit, expected.trim());
    assert_eq!(said, "");
}

#[test]
fn a_repository_of_another_user_is_warned_of() {
    let _lock = paths::lock("build");
    let fixture = committed();
    let (commit, said) = commit_of(&fixture, ("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1"));
    assert_eq!(commit, serde_json::Value::Null);
    let warning = format!(
        "git refuses to read the repository of `{}`, which belongs to another user",
        fixture.root().display()
    );
    assert_eq!(said, warning);
}

/// Without `SOURCE_DATE_EPOCH` the time is the commit's.
#[test]
#[cfg_attr(target_env = "msvc", ignore = "the linker writes the time")]
fn a_clean_git_tree_gives_the_same_bytes_at_any_time() {
    let _lock = paths::lock("build");
    let fixture = committed();
    let packages: Vec<(Vec<u8>, Vec<u8>)> = (0..2)
        .map(|_| {
            let main = fs::File::options()
                .append(true)
                .open(fixture.root().join("src/main.rs"))
                .unwrap();
            main.set_modified(std::time::SystemTime::now()).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let mut tool = package(&fixture.root(), folder.path());
            let _ = run(tool.env_remove("SOURCE_DATE_EPOCH"), BUILD).ok();
            let read = |name| fs::read(folder.path().join(name)).unwrap();
            (read("hello-1.0.0-x64.msi"), read("hello-1.0.0-x64.zip"))
        })
        .collect();
    assert!(packages[0] == packages[1]);
}

#[test]
fn a_second_run_is_quick() {
    let fixture = Fixture::new("hello").in_folder("repeat");
    let folder = tempfile::tempdir().unwrap();
    let _lock = paths::lock("build");
    fixture.write_copy();
    let _ = run(&mut package(&fixture.root(), folder.path()), BUILD).ok();

    let start = Instant::now();
    let second = run(&mut package(&fixture.root(), folder.path()), BUILD).ok();
    let took = start.elapsed();
    println!("second run: {took:?}, of which packaging:\n{}", second.stderr);
    // The promise is a second beyond cargo's own check. A machine that tests is busy with other things.
    assert!(took < Duration::from_secs(10), "{took:?}: {second}");
}

fn package(project: &Path, out_dir: &Path) -> Command {
    let mut tool = cargo_winsvc();
    tool.args(["package", "--target", TARGET, "--manifest-path"])
        .arg(project.join("Cargo.toml"));
    tool.arg("--out-dir").arg(out_dir);
    tool
}
