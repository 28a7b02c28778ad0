//! A program that takes winsvc up keeps the versions in its lock file: the lowest that winsvc allows are enough.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use winsvc_tests::fixture::{BUILD, Fixture, TARGET};
use winsvc_tests::paths;
use winsvc_tests::process::run;
use winsvc_tests::tool::as_a_user;

/// The crates of a lock file with their versions.
fn locked(lock_file: &Path) -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(lock_file).unwrap();
    let value = |line: &str, key: &str| Some(line.strip_prefix(key)?.trim_matches('"').to_owned());
    let lines: Vec<&str> = text.lines().collect();
    let pairs = lines
        .windows(2)
        .filter_map(|pair| Some((value(pair[0], "name = ")?, value(pair[1], "version = ")?)));
    pairs.collect()
}

/// What the crates of a service ask of crates.io, each with the lowest version that they allow.
fn lowest_versions() -> BTreeSet<(String, String)> {
    let mut cargo = Command::new("cargo");
    as_a_user(&mut cargo);
    cargo
        .current_dir(paths::checkout())
        .args(["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&run(&mut cargo, BUILD).ok().stdout).unwrap();
    let mut lowest = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        if !["winsvc", "winsvc-definition", "winsvc-macros"].contains(&package["name"].as_str().unwrap()) {
            continue;
        }
        for dependency in package["dependencies"].as_array().unwrap() {
            // The feature `schema` of the definition is for the tool alone.
            let is_of_tool = dependency["name"] == "schemars";
            if dependency["kind"].is_null() && dependency["path"].is_null() && !is_of_tool {
                let name = dependency["name"].as_str().unwrap().to_owned();
                let requirement = dependency["req"].as_str().unwrap();
                let version = requirement.split(',').next().unwrap();
                let mut numbers = version.trim_start_matches(['^', '>', '=']).split('.');
                let full = [(); 3].map(|()| numbers.next().unwrap_or("0"));
                lowest.insert((name, full.join(".")));
            }
        }
    }
    lowest
}

#[test]
fn the_lock_file_of_the_fixture_has_the_lowest_versions() {
    let lowest = lowest_versions();
    let fixture = locked(&paths::checkout().join("fixtures/lowest/Cargo.lock"));
    let missing: Vec<_> = lowest.difference(&fixture).collect();
    assert!(missing.is_empty(), "fixtures/lowest does not pin {missing:?}");
    assert!(lowest.len() >= 10, "{lowest:?}");
}

#[test]
fn adding_winsvc_changes_no_version_of_a_lock_file() {
    let fixture = Fixture::new("lowest");
    let _lock = paths::lock("build");
    fixture.write_copy();
    let lock_file = fixture.root().join("Cargo.lock");
    let before = locked(&lock_file);

    let build = |arguments: &[&str]| {
        let mut cargo = Command::new("cargo");
        as_a_user(&mut cargo);
        cargo.current_dir(fixture.root()).args(["build", "--quiet"]);
        let _ = run(cargo.args(arguments), BUILD).ok();
    };
    build(&["--target", TARGET]);
    let after = locked(&lock_file);
    let changed: Vec<_> = before.difference(&after).collect();
    assert!(changed.is_empty(), "no longer in the lock file: {changed:?}");
    assert!(after.contains(&("winsvc".to_owned(), env!("CARGO_PKG_VERSION").to_owned())));

    build(&[]);
    assert_eq!(locked(&lock_file), after);
    let exe = format!("debug/lowest{}", std::env::consts::EXE_SUFFIX);
    let mut program = Command::new(paths::build().join(exe));
    let finished = run(program.args(["--workers", "3"]), BUILD).ok();
    assert_eq!(finished.stdout, "3 workers\n");
}
