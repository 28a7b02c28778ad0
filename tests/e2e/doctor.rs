//! What `cargo winsvc doctor` says of this machine, and of one that has nothing.

use std::process::Command;

use serde_json::{Value, json};
use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::{BUILD, Fixture, TARGET};
use winsvc_tests::process::{Finished, run};
use winsvc_tests::tool::{cargo_winsvc, executable};

fn checks(finished: &Finished) -> Vec<Value> {
    let lines = finished.stdout.lines();
    let values = lines.map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{finished}")));
    values.collect()
}

fn states(checks: &[Value]) -> Vec<(&str, &str)> {
    let checks = checks.iter().filter(|check| check["reason"] == "winsvc-check");
    let texts = checks.map(|check| (check["name"].as_str().unwrap(), check["state"].as_str().unwrap()));
    texts.collect()
}

#[test]
fn this_machine_has_everything() {
    let doctor = |flags: &[&str]| {
        let mut tool = cargo_winsvc();
        run(tool.args(["doctor", "--target", TARGET]).args(flags), BUILD).ok()
    };
    let finished = doctor(&["--json"]);
    let checks = checks(&finished);
    assert_eq!(
        states(&checks),
        [
            ("cargo", "found"),
            ("rustc", "found"),
            ("standard library", "found"),
            ("linker", "found"),
            ("empty program", "works"),
            ("git", "found"),
        ]
    );
    let version = run(Command::new("rustc").arg("--version"), PATIENCE).ok();
    let of_rustc = checks[1]["version"].as_str().unwrap();
    assert!(
        version.stdout.contains(of_rustc),
        "{of_rustc}: {}",
        version.stdout
    );
    assert_eq!(checks[3]["target"], TARGET);

    let finished = doctor(&[]);
    assert!(
        finished
            .stdout
            .contains(&format!("       Built empty program for {TARGET}\n")),
        "{finished}"
    );
    assert_eq!(finished.stderr, "");
}

/// The tool itself, as cargo is not there either.
fn without_programs(flags: &[&str]) -> Finished {
    let folder = tempfile::tempdir().unwrap();
    let mut tool = Command::new(executable());
    tool.env_clear().env("PATH", "").current_dir(folder.path());
    run(tool.arg("doctor").args(flags), PATIENCE)
}

#[test]
fn a_machine_with_an_empty_path_lacks_everything() {
    let finished = without_programs(&["--json", "--target", "x86_64-pc-windows-gnu"]);
    assert_eq!(finished.status.code(), Some(1), "{finished}");
    let checks = checks(&finished);
    assert_eq!(
        states(&checks),
        [
            ("cargo", "missing"),
            ("rustc", "missing"),
            ("standard library", "unchecked"),
            ("linker", "missing"),
            ("git", "missing"),
        ]
    );
    assert_eq!(checks[4]["needed"], json!(false));
    let error = "this machine lacks what a build needs: cargo, rustc, standard library for x86_64-pc-windows-gnu, \
        linker for x86_64-pc-windows-gnu";
    assert_eq!(checks[5]["message"], error);
    assert_eq!(finished.stderr, format!("error: {error}\n"));
}

#[test]
fn what_is_missing_is_named_with_the_command_that_installs_it() {
    let finished = without_programs(&[]);
    for line in [
        "     Missing cargo\n             to install it: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh\n",
        "     Missing linker for x86_64-pc-windows-gnu\n             `x86_64-w64-mingw32-gcc` is not on PATH\n             \
         to install it: apt-get install gcc-mingw-w64-x86-64-posix\n             or: pip install cargo-zigbuild\n",
        "     Missing git\n",
    ] {
        assert!(finished.stdout.contains(line), "{line}{finished}");
    }
}

/// The linker is there by its name alone: only a build shows that it does not work.
#[test]
fn a_linker_that_does_not_work_is_found_out() {
    let mut tool = cargo_winsvc();
    tool.args(["doctor", "--json", "--target", TARGET])
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", "/bin/false");
    let finished = run(&mut tool, BUILD);
    assert_eq!(finished.status.code(), Some(1), "{finished}");
    let broken: Vec<Value> = checks(&finished)
        .into_iter()
        .filter(|check| check["state"] == "broken")
        .collect();
    assert!(!broken.is_empty(), "{finished}");
}

#[test]
fn a_target_that_is_not_windows_is_refused() {
    let mut tool = cargo_winsvc();
    let finished = run(
        tool.args(["doctor", "--target", "x86_64-unknown-linux-gnu"]),
        PATIENCE,
    );
    assert_eq!(finished.status.code(), Some(1));
    assert!(
        finished
            .stderr
            .starts_with("error: unsupported target `x86_64-unknown-linux-gnu`"),
        "{finished}"
    );
}

#[test]
fn the_program_that_signs_is_one_of_the_checks() {
    let missing = "[package.metadata.winsvc.sign]\nosslsigncode = { program = \"/no/such/signer\", pkcs12 = \"key.p12\" }";
    for (manifest, state, code) in [
        (missing, "missing", 1),
        (
            &missing.replace("program = \"/no/such/signer\", ", ""),
            "found",
            0,
        ),
    ] {
        let fixture = Fixture::new("hello").in_folder("doctor/sign").manifest(manifest);
        let finished = fixture.run("doctor", &["--json"]);
        assert_eq!(finished.status.code(), Some(code), "{finished}");
        let checks = checks(&finished);
        assert!(
            states(&checks).contains(&("signing program", state)),
            "{finished}"
        );
    }
}
