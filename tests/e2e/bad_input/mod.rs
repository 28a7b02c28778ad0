//! Whatever is wrong: one clear error that says what to do, a non-zero exit, and no partial output. `Fixture::refused` sees to
//! it that the error comes before cargo is called; the few errors of cargo's and the compiler's own use `refused_by_build`.

mod channels;
mod definition;
mod files;
mod folders;
mod machine;
mod prebuilt;
mod targets;
mod trees;

use std::fs;

use winsvc_tests::fixture::{BUILD, Fixture, TARGET, anonymous};
use winsvc_tests::paths;
use winsvc_tests::process::{Finished, run};
use winsvc_tests::tool::cargo_winsvc;

/// What the system says of a file in a folder that is not there.
const NO_FOLDER: &str = if cfg!(windows) {
    "The system cannot find the path specified. (os error 3)"
} else {
    "No such file or directory (os error 2)"
};

/// What the system says of a file that is not there.
const NO_FILE: &str = if cfg!(windows) {
    "The system cannot find the file specified. (os error 2)"
} else {
    "No such file or directory (os error 2)"
};

/// `hello`, which each test spoils in a folder of its own.
fn hello(folder: &str) -> Fixture {
    Fixture::new("hello").in_folder(&format!("bad/{folder}"))
}

/// `hello` with a table that is wrong.
fn configured(folder: &str, table: &str) -> Fixture {
    hello(folder).manifest(table)
}

/// `hello`, which does not compile.
fn broken(folder: &str) -> Fixture {
    hello(folder).write("src/main.rs", "fn main() { nonsense }\n")
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
        format!(
            "error: cannot read the manifest `/nonexistent/Cargo.toml`\n\
             note: {NO_FOLDER}\n\
             help: pass the path of a Cargo.toml to --manifest-path\n"
        )
    );
}

#[test]
fn a_folder_for_a_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("Cargo.toml");
    fs::create_dir(&manifest).unwrap();
    let finished = package(manifest.to_str().unwrap());
    assert_eq!(finished.status.code(), Some(1));
    // Windows does not open a folder as it opens a file.
    let reason = if cfg!(windows) {
        "Access is denied. (os error 5)"
    } else {
        "is a directory"
    };
    assert_eq!(
        anonymous(&finished.stderr, folder.path(), "[folder]"),
        format!(
            "error: cannot read the manifest `[folder]/Cargo.toml`\n\
             note: {reason}\n\
             help: pass the path of a Cargo.toml to --manifest-path\n"
        )
    );
}

#[test]
fn a_manifest_that_is_no_toml() {
    let error = hello("no-toml")
        .write("Cargo.toml", "[package\nname = 1")
        .refused(&[]);
    // cargo writes the path from the folder that it runs in.
    let (before, place) = error.split_once("--> ").unwrap();
    let (_, after) = place.split_once("Cargo.toml:").unwrap();
    assert_eq!(
        format!("{before}--> [project]/Cargo.toml:{after}"),
        "error: cargo cannot load the manifest `[project]/Cargo.toml`\n\
         note: unclosed table, expected `]`\n\
         \x20--> [project]/Cargo.toml:1:9\n\
         \x20 |\n\
         1 | [package\n\
         \x20 |         ^\n"
    );
}

#[test]
fn no_manifest_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let finished = run(cargo_winsvc().arg("package").current_dir(folder.path()), BUILD);
    assert_eq!(finished.status.code(), Some(1));
    assert_eq!(
        anonymous(&finished.stderr, folder.path(), "[folder]"),
        "error: could not find `Cargo.toml` in `[folder]` or any parent directory\n\
         help: run the command in a package's directory, or set --manifest-path\n"
    );
}

#[test]
fn a_package_without_a_binary() {
    let library = hello("library").remove("src/main.rs").write("src/lib.rs", "");
    assert_eq!(
        library.refused(&[]),
        "error: the package `hello` has no binary to ship as a service\n\
         help: add `src/main.rs` with `#[winsvc::main]` on its `main` function, or select another package with -p\n"
    );
}

#[test]
fn a_binary_that_the_package_does_not_have() {
    assert_eq!(
        hello("no-such-binary").refused(&["--bin", "other"]),
        "error: the package `hello` has no binary `other`\n\
         note: available binaries: hello\n"
    );
}

#[test]
fn a_program_that_does_not_compile() {
    let error = broken("broken").refused_by_build(&[]);
    // What cargo and rustc say is theirs to say.
    let (_, ours) = error
        .split_once("error: could not compile `hello` (bin \"hello\") due to 1 previous error\n")
        .unwrap();
    assert_eq!(
        ours,
        format!(
            "error: could not build `hello` for `{TARGET}`\n\
             note: see cargo's messages above\n"
        )
    );
}

#[test]
fn a_flag_for_colours_is_one_for_cargo_too() {
    let fixture = broken("colours");
    for (color, is_coloured) in [("always", true), ("never", false)] {
        let error = fixture.refused_by_build(&["--color", color]);
        let rustc = error.lines().find(|line| line.contains("cannot find value"));
        let rustc = rustc.unwrap_or_else(|| panic!("{error}"));
        assert_eq!(rustc.contains('\u{1b}'), is_coloured, "{error}");
        let ours = error
            .lines()
            .find(|line| line.contains("could not build `hello`"));
        assert_eq!(ours.unwrap().contains('\u{1b}'), is_coloured, "{error}");
    }
}

#[test]
fn a_source_date_epoch_that_is_no_number() {
    let fixture = broken("epoch").env("SOURCE_DATE_EPOCH", "yesterday");
    assert_eq!(
        fixture.refused(&[]),
        "error: invalid SOURCE_DATE_EPOCH `yesterday`; expected a number of seconds since 1970\n\
         help: set it to a whole number, such as the output of `git log -1 --format=%ct`\n"
    );
}
