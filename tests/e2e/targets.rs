//! Several targets in one run, each with its own values.
//!
//! The standard library for i686 is not on every machine that runs the tests, so a stand-in for cargo answers for that
//! target, with a service written in C. Everything else, and the other target, is cargo's and rustc's own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::{BUILD, Fixture, TARGET};
use winsvc_tests::package::{Tables, by_7zip, read_tree, unpack};
use winsvc_tests::paths;
use winsvc_tests::process::{Finished, require, run};
use winsvc_tests::tool::{EPOCH, as_a_user, cargo_winsvc, executable};
use winsvc_tests::windows::Windows;

const X86: &str = "i686-pc-windows-gnu";

const MANIFEST: &str = r#"[package.metadata.winsvc]
arguments = ["--for=all"]
environment = { A = "all", B = "all" }
package.files = ["common.txt"]

[package.metadata.winsvc.target.x64]
arguments = ["--for=x64"]
package.files = [{ source = "lib/x64.dll", target = "acme.dll" }]

[package.metadata.winsvc.target.x86]
environment.B = "x86"
stop-timeout = "90s"
package.files = [{ source = "lib/x86.dll", target = "acme.dll" }]
package.install-folder = "Acme/Hello"

[package.metadata.winsvc.target.i686-pc-windows-gnu]
environment.C = "i686"

[package.metadata.winsvc.target.i686-pc-windows-msvc]
environment.C = "not for this one""#;

fn fixture(folder: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder(&format!("targets/{folder}"))
        .manifest(MANIFEST)
        .write("common.txt", "for all")
        .write("lib/x64.dll", "for x64")
        .write("lib/x86.dll", "for x86")
}

/// A cargo and a rustc that can build for i686.
struct StandIn {
    folder: TempDir,
}

impl StandIn {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut gcc = require("i686-w64-mingw32-gcc");
        gcc.arg("-o").arg(path("x86.exe")).arg(paths::source("service.c"));
        let _ = run(&mut gcc, PATIENCE).ok();
        fs::create_dir(path("std")).unwrap();
        fs::write(path("std/libstd-0.rlib"), "").unwrap();
        let stand_in = Self { folder };
        stand_in.script(
            "rustc",
            &format!(
                "case \"$*\" in *target-libdir*{X86}*) echo '{}' ;; *) unset RUSTC; exec rustc \"$@\" ;; esac",
                stand_in.path("std")
            ),
        );
        stand_in.script(
            "cargo",
            &format!(
                r#"case "$*" in
build*{X86}*)
    while [ $# -gt 0 ]; do
        case "$1" in --package) id=$2 ;; --bin) bin=$2 ;; esac
        shift
    done
    printf '{{"reason":"compiler-artifact","package_id":"%s","manifest_path":"/Cargo.toml",' "$id"
    printf '"target":{{"kind":["bin"],"crate_types":["bin"],"name":"%s","src_path":"/main.rs","edition":"2024"}},' "$bin"
    printf '"profile":{{"opt_level":"0","debug_assertions":false,"overflow_checks":false,"test":false}},'
    printf '"features":[],"filenames":[],"executable":"{}","fresh":true}}\n' ;;
*) unset CARGO RUSTC; exec cargo "$@" ;;
esac"#,
                stand_in.path("x86.exe")
            ),
        );
        stand_in
    }

    fn script(&self, name: &str, lines: &str) {
        let path = self.path(name);
        fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// The tool with these arguments for both targets. cargo would not leave `CARGO` as it is, so it is no subcommand.
    fn run(&self, fixture: &Fixture, arguments: &[&str]) -> Finished {
        let _lock = paths::lock("build");
        fixture.write_copy();
        let mut tool = Command::new(executable());
        as_a_user(&mut tool);
        tool.args(arguments)
            .args(["--target", TARGET, "--target", X86, "--manifest-path"])
            .arg(fixture.root().join("Cargo.toml"))
            .env("CARGO", self.path("cargo"))
            .env("RUSTC", self.path("rustc"))
            .env("SOURCE_DATE_EPOCH", EPOCH);
        run(&mut tool, BUILD)
    }
}

fn has(content: &[u8], text: &str) -> bool {
    content.windows(text.len()).any(|bytes| bytes == text.as_bytes())
}

/// The values of a column.
fn cells(tables: &Tables, table: &str, column: &str) -> Vec<String> {
    let table = tables.table(table);
    let index = table.columns.iter().position(|name| name == column).unwrap();
    table.rows.iter().map(|row| row[index].clone()).collect()
}

#[test]
fn each_package_has_the_values_of_its_target() {
    let stand_in = StandIn::new();
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let finished = stand_in
        .run(&fixture("both"), &["package", "--out-dir", folder])
        .ok();
    let paths = [
        "hello-1.0.0-x64.msi",
        "hello-1.0.0-x64.zip",
        "hello-1.0.0-x86.msi",
        "hello-1.0.0-x86.zip",
    ]
    .map(|name| out.path().join(name));
    assert_eq!(
        finished.lines(),
        paths.each_ref().map(|path| path.to_str().unwrap())
    );
    let [x64_msi, x64_zip, x86_msi, x86_zip] = &paths;

    let tables = [x64_msi, x86_msi].map(|msi| Tables::by_msitools(msi));
    let of = |table: &str, column: &str| tables.each_ref().map(|tables| cells(tables, table, column));
    assert_eq!(of("ServiceInstall", "Arguments"), [["--for=x64"], ["--for=all"]]);
    let folders = of("Directory", "DefaultDir").map(|names| {
        names
            .iter()
            .any(|name| name.ends_with("|Hello") || name == "Hello")
    });
    assert_eq!(folders, [false, true]);
    let code = |tables: &Tables| tables.property("UpgradeCode").unwrap().to_owned();
    assert_eq!(code(&tables[0]), code(&tables[1]));
    let templates = [x64_msi, x86_msi].map(|msi| {
        let info = run(require("msiinfo").arg("suminfo").arg(msi), PATIENCE).ok();
        info.lines()
            .iter()
            .find(|line| line.starts_with("Template"))
            .unwrap()
            .to_string()
    });
    assert_eq!(templates, ["Template: x64;1033", "Template: Intel;1033"]);

    for (zip, arch) in [(x64_zip, "x64"), (x86_zip, "x86")] {
        let files = by_7zip(zip);
        let file = |name: &str| &files[&format!("hello-1.0.0-{arch}/{name}")];
        assert_eq!(file("common.txt"), b"for all");
        assert_eq!(file("acme.dll"), format!("for {arch}").as_bytes());
        let exe = file("hello.exe");
        let stamped = |x86: &str, x64: &str| has(exe, if arch == "x86" { x86 } else { x64 });
        assert!(stamped(
            "\ntarget=i686-pc-windows-gnu\n",
            "\ntarget=x86_64-pc-windows-gnu\n"
        ));
        assert!(stamped("\nargument=--for=all\n", "\nargument=--for=x64\n"));
        assert!(stamped("\nstop-timeout=90s\n", "\nstop-timeout=20s\n"));
        assert!(stamped("\nenvironment=B=x86\n", "\nenvironment=B=all\n"));
        assert!(has(exe, "\nenvironment=A=all\n"));
        assert_eq!(has(exe, "\nenvironment=C=i686\n"), arch == "x86");
        assert!(!has(exe, "not for this one"));
    }
}

/// The registration by the MSI and that by the exe's own verb are those of the target.
#[test]
fn the_service_is_registered_with_the_values_of_its_target() {
    let packages = fixture("one").package();
    let windows = Windows::new();
    let service = windows.service("hello");
    let has_arguments = || {
        let registration = service.registration();
        registration.iter().any(|line| line.ends_with("--for=x64"))
    };
    windows.install(&packages.msi, &[]).ok();
    assert!(has_arguments(), "{:?}", service.registration());
    windows.uninstall(&packages.msi).ok();

    let folder = unpack(&packages.zip, &windows.drive_c(""));
    let installed = windows.run(folder.join("hello.exe"), &["service", "install"]);
    assert!(has_arguments(), "{installed}");
    assert_eq!(fs::read(folder.join("acme.dll")).unwrap(), b"for x64");
}

#[test]
fn exes_that_are_built_before_give_the_same_packages() {
    let stand_in = StandIn::new();
    // Under a name of its own, as the tests share the folder for finished exes.
    let fixture = fixture("prebuilt").replace("Cargo.toml", "name = \"hello\"", "name = \"targets\"");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let package = |name: &str, arguments: &[&str]| {
        let folder = path(name);
        let arguments = [&["package", "--out-dir", &folder], arguments].concat();
        let _ = stand_in.run(&fixture, &arguments).ok();
    };
    package("built", &[]);
    let in_target = stand_in.run(&fixture, &["build"]).ok();
    let exes = |folder: &Path| {
        [TARGET, X86].map(|triple| {
            folder
                .join(triple)
                .join("targets.exe")
                .to_str()
                .unwrap()
                .to_owned()
        })
    };
    assert_eq!(in_target.lines(), exes(&paths::build().join("winsvc")));
    package("by-target", &["--no-build"]);

    let elsewhere = stand_in
        .run(&fixture, &["build", "--out-dir", &path("exes")])
        .ok();
    let [x64, x86] = exes(&folder.path().join("exes"));
    assert_eq!(elsewhere.lines(), [&x64, &x86]);
    package("by-path", &["--exe", &x86, "--exe", &x64]);
    // The targets are those of the exes.
    let mut tool = cargo_winsvc();
    tool.args([
        "package",
        "--exe",
        &x86,
        "--exe",
        &x64,
        "--out-dir",
        &path("by-stamp"),
    ]);
    let manifest = fixture.root().join("Cargo.toml");
    let _ = run(tool.arg("--manifest-path").arg(manifest), PATIENCE).ok();

    let built = read_tree(&folder.path().join("built"));
    assert_eq!(built.len(), 4, "{:?}", built.keys());
    for name in ["by-target", "by-path", "by-stamp"] {
        assert!(read_tree(&folder.path().join(name)) == built, "{name} differs");
    }

    let only = stand_in.run(&fixture, &["package", "--exe", &x64, "--out-dir", &path("only")]);
    let error = format!(
        "error: no exe for `{X86}` was given for the program `targets` of the package `targets`\n\
         help: pass an exe for each program and target with --exe\n"
    );
    assert_eq!(only.stderr, error);
}

#[test]
fn a_target_that_cannot_be_built_leaves_no_result_of_another() {
    let stand_in = StandIn::new();
    stand_in.script(
        "cargo",
        &format!("case \"$*\" in build*{X86}*) exit 101 ;; *) unset CARGO RUSTC; exec cargo \"$@\" ;; esac"),
    );
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    for command in ["package", "build"] {
        let finished = stand_in.run(&fixture("failing"), &[command, "--out-dir", folder]);
        assert_eq!(finished.status.code(), Some(1), "{finished}");
        assert_eq!(finished.stdout, "", "{finished}");
        let error = format!("error: could not build `hello` for `{X86}`\n");
        assert!(finished.stderr.contains(&error), "{finished}");
        let left = read_tree(out.path());
        assert!(left.is_empty(), "{:?}", left.keys());
    }
}
