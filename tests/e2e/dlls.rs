//! DLLs that programs import: what no machine has is refused, what the package has is found.

use std::fs;
use std::path::PathBuf;

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::Fixture;
use winsvc_tests::process::{require, run};
use winsvc_tests::service::State::Running;
use winsvc_tests::windows::Windows;

const PROGRAM: &str = "unsafe extern \"C\" {\n    fn pthread_self() -> usize;\n}\n\n\
    #[winsvc::main]\nasync fn main(service: winsvc::Service) {\n\
    \x20   println!(\"{}\", unsafe { pthread_self() });\n    service.stop_requested().await;\n}\n";

/// `hello`, whose build script links mingw-w64's DLL for threads.
fn with_pthreads(folder: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder(&format!("dlls/{folder}"))
        .write("src/main.rs", PROGRAM)
        .write(
            "build.rs",
            "fn main() {\n    println!(\"cargo::rustc-link-lib=dylib=winpthread\");\n}\n",
        )
}

/// The DLL on this machine.
fn dll() -> PathBuf {
    let mut gcc = require("x86_64-w64-mingw32-gcc");
    let path = run(gcc.arg("-print-file-name=libwinpthread-1.dll"), PATIENCE).ok();
    PathBuf::from(path.stdout.trim())
}

const REFUSED: &str = "error: `hello.exe` imports `libwinpthread-1.dll`, which is neither in the package nor part of Windows\n\
    note: `libwinpthread-1.dll` is a runtime library of GCC and mingw-w64\n";
const HELP: &str = "help: link it statically: print `cargo::rustc-link-lib=static:-bundle=NAME` in the build script that links it\n\
    help: or install it with the program: add its path to `files` in [package.metadata.winsvc.package]\n\
    help: or, if all machines have it, add its name to `allow-dlls` in [package.metadata.winsvc.package]\n";

#[test]
fn a_dll_that_only_the_build_machine_has_is_named_with_the_crate_that_links_it() {
    let fixture = with_pthreads("refused");
    assert_eq!(
        fixture.refused_by_build(&[]),
        format!("{REFUSED}note: the crate hello 1.0.0 links `libwinpthread-1.dll`\n{HELP}")
    );

    // Of an exe that was built before, nobody knows the crates.
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let built = fixture.run("build", &["--quiet", "--out-dir", folder]).ok();
    let exe = built.stdout.trim();
    assert_eq!(
        fixture.refused_by_build(&["--exe", exe]),
        format!("{REFUSED}{HELP}")
    );

    let allowed = with_pthreads("allowed")
        .manifest("[package.metadata.winsvc.package]\nallow-dlls = [\"LIBWINPTHREAD-1.dll\"]");
    let packages = allowed.package();
    assert!(packages.msi.is_file());
}

/// What the error advises.
#[test]
fn a_static_library_needs_no_dll() {
    let packages = with_pthreads("static")
        .replace("build.rs", "dylib=winpthread", "static:-bundle=winpthread")
        .package();
    assert!(packages.msi.is_file());
}

#[test]
fn a_dll_of_the_package_is_found_beside_the_exe() {
    let dll = fs::read(dll()).unwrap();
    let entry = |target: &str| {
        format!(
            "[package.metadata.winsvc.package]\nfiles = [{{ source = \"libwinpthread-1.dll\", target = \"{target}\" }}]"
        )
    };
    let elsewhere = with_pthreads("elsewhere")
        .write("libwinpthread-1.dll", &dll)
        .manifest(&entry("lib/"));
    let error = elsewhere.refused_by_build(&[]);
    let first = "error: `hello.exe` imports `libwinpthread-1.dll`, but the package installs it as `lib/libwinpthread-1.dll`\n";
    assert!(error.starts_with(first), "{error}");
    assert!(error.contains(" --> [project]/Cargo.toml:12:10\n"), "{error}");

    let packages = with_pthreads("beside")
        .write("libwinpthread-1.dll", &dll)
        .manifest(&entry("."))
        .package();
    let windows = Windows::new();
    windows.install(&packages.msi, &[]).ok();
    windows.service("hello").reaches(Running);
}
