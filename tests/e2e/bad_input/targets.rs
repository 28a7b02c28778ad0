//! Targets that cannot be built for.

#[cfg(unix)]
use winsvc_tests::process::find;
#[cfg(unix)]
use winsvc_tests::tool::path_without;

use super::*;

#[test]
fn a_target_that_is_not_windows() {
    assert_eq!(
        hello("not-windows").refused(&["--target", "x86_64-unknown-linux-gnu"]),
        "error: unsupported target `x86_64-unknown-linux-gnu`: not a Windows target\n\
         help: select one with --target, such as x86_64-pc-windows-gnu; `rustc --print target-list` lists all targets\n"
    );
}

#[test]
fn a_target_that_the_compiler_does_not_know() {
    assert_eq!(
        hello("no-target").refused(&["--target", "x86_64-acme-windows-gnu"]),
        "error: unknown target `x86_64-acme-windows-gnu`\n\
         help: select one with --target, such as x86_64-pc-windows-gnu; `rustc --print target-list` lists all targets\n"
    );
}

/// What is said of `hello` without `--target`, in a folder with this configuration of cargo's and under this value of its
/// variable.
fn without_target(config: &str, flags: &[&str], variable: Option<&str>) -> String {
    let fixture = hello("without-target");
    let _lock = paths::lock("build");
    fixture.write_copy();
    let current = tempfile::tempdir().unwrap();
    fs::create_dir(current.path().join(".cargo")).unwrap();
    fs::write(current.path().join(".cargo/config.toml"), config).unwrap();
    let mut tool = cargo_winsvc();
    tool.current_dir(current.path())
        .args(["package", "--quiet", "--out-dir", "out", "--manifest-path"])
        .arg(fixture.root().join("Cargo.toml"))
        .args(flags)
        .envs(variable.map(|triple| ("CARGO_BUILD_TARGET", triple)));
    let finished = run(&mut tool, BUILD);
    assert_eq!(finished.status.code(), Some(1), "{finished}");
    finished.stderr
}

/// The triple that the compiler does not know shows where it came from.
#[test]
fn the_target_of_cargos_configuration_is_taken() {
    let unknown = |arch: &str| {
        format!(
            "error: unknown target `{arch}-acme-windows-gnu`\n\
             help: select one with --target, such as x86_64-pc-windows-gnu; `rustc --print target-list` lists all targets\n"
        )
    };
    let file = "[build]\ntarget = \"i686-acme-windows-gnu\"\n";
    assert_eq!(without_target(file, &[], None), unknown("i686"));
    let variable = Some("aarch64-acme-windows-gnu");
    assert_eq!(without_target(file, &[], variable), unknown("aarch64"));
    let flag = ["--config", "build.target = 'x86_64-acme-windows-gnu'"];
    assert_eq!(without_target(file, &flag, variable), unknown("x86_64"));
}

/// Each of them is; the second one is unknown.
#[test]
fn several_targets_of_cargos_configuration_are_taken() {
    let targets = format!("build.target = ['{TARGET}', 'i686-acme-windows-gnu']");
    assert_eq!(
        without_target("", &["--config", &targets], None),
        "error: unknown target `i686-acme-windows-gnu`\n\
         help: select one with --target, such as x86_64-pc-windows-gnu; `rustc --print target-list` lists all targets\n"
    );
}

#[test]
fn two_targets_of_one_architecture() {
    let both = [
        "--target",
        "x86_64-pc-windows-msvc",
        "--target",
        "x86_64-pc-windows-gnu",
    ];
    assert_eq!(
        hello("one-architecture").refused(&both),
        "error: the targets `x86_64-pc-windows-msvc` and `x86_64-pc-windows-gnu` have the same architecture x64, and \
         so their packages the same file names\n\
         help: package each of them in a run of its own, with its own --out-dir\n"
    );
}

/// `refused` sees to it that nothing is compiled for the first target.
#[test]
fn a_second_target_that_is_wrong() {
    let error = hello("second-unknown").refused(&["--target", TARGET, "--target", "i686-acme-windows-gnu"]);
    assert!(
        error.starts_with("error: unknown target `i686-acme-windows-gnu`\n"),
        "{error}"
    );
    let table = "[package.metadata.winsvc.target.x86.package]\nfiles = [\"missing.dll\"]";
    let error =
        configured("second-files", table).refused(&["--target", TARGET, "--target", "i686-pc-windows-gnu"]);
    let (message, place) = error.split_once('\n').unwrap();
    assert!(
        message.starts_with("error: ") && message.contains("missing.dll"),
        "{error}"
    );
    assert!(place.contains("[project]/Cargo.toml:12:10\n"), "{error}");
}

#[test]
fn a_table_of_no_target() {
    let table = "[package.metadata.winsvc.target.x86_64-pc-windows-mscv]\nstart = \"manual\"";
    assert_eq!(
        configured("no-such-target", table).refused(&[]),
        "error: unknown target `x86_64-pc-windows-mscv`; expected `x64`, `x86`, `arm64`, or a triple such as \
         `x86_64-pc-windows-msvc`\n\
         \x20 --> [project]/Cargo.toml:11:33\n\
         \x20  |\n\
         11 | [package.metadata.winsvc.target.x86_64-pc-windows-mscv]\n\
         \x20  |                                 ^^^^^^^^^^^^^^^^^^^^^^\n\
         help: did you mean `x86_64-pc-windows-msvc`?\n"
    );
}

#[test]
fn a_value_that_another_target_cannot_have() {
    let table = "[package.metadata.winsvc.target.arm64]\nstop-timeout = \"soon\"";
    assert_eq!(
        configured("value-of-target", table).refused(&[]),
        "error: invalid duration \"soon\"; expected a whole number and its unit, such as \"500ms\", \"20s\", \
         \"2m\" or \"1h\"\n\
         \x20 --> [project]/Cargo.toml:12:16\n\
         \x20  |\n\
         12 | stop-timeout = \"soon\"\n\
         \x20  |                ^^^^^^\n"
    );
    let table = "[package.metadata.winsvc.target.x86.package]\n\
        upgrade-code = \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"";
    assert_eq!(
        configured("code-of-target", table).refused(&[]),
        "error: `package.upgrade-code` cannot differ between targets\n\
         \x20 --> [project]/Cargo.toml:12:16\n\
         \x20  |\n\
         12 | upgrade-code = \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"\n\
         \x20  |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n\
         note: the packages for all targets are the same product, with one name, version and upgrade code\n\
         help: set the key for all targets\n\
         help: list other upgrade codes of earlier packages in `replaces`, which can differ\n"
    );
}

#[test]
fn a_target_without_its_standard_library_and_linker() {
    let linker = "note: to get a linker: unpack llvm-mingw from https://github.com/mstorsjo/llvm-mingw/releases and \
        add its `bin` folder to PATH; or: pip install cargo-zigbuild\n";
    // What links on Windows for Windows, rustc knows better than the tool.
    let (missing, last) = if cfg!(windows) {
        (
            "its standard library is",
            "help: run the command with --setup to install them\n",
        )
    } else {
        (
            "its standard library and the linker `i686-w64-mingw32-clang` are",
            linker,
        )
    };
    assert_eq!(
        hello("no-std").refused(&["--target", "i686-pc-windows-gnullvm"]),
        format!(
            "error: this machine cannot build for `i686-pc-windows-gnullvm`: {missing} missing\n\
             note: to get the standard library: rustup target add i686-pc-windows-gnullvm\n\
             {last}"
        )
    );
}

/// The tool looks for a linker only where it builds for another system.
#[cfg(unix)]
#[test]
fn a_target_without_its_linker() {
    let programs = tempfile::tempdir().unwrap();
    let fixture = hello("no-linker").env("PATH", path_without("mingw32-gcc", programs.path()));
    let error = fixture.refused_by_build(&[]);
    let (cargo, tool) = error.split_once("error: could not build").unwrap();
    assert!(
        cargo.contains("linker `x86_64-w64-mingw32-gcc` not found"),
        "{error}"
    );
    assert_eq!(
        tool,
        " `hello` for `x86_64-pc-windows-gnu`\n\
         note: see cargo's messages above\n\
         note: the linker `x86_64-w64-mingw32-gcc` is not on PATH\n\
         note: to get a linker: apt-get install gcc-mingw-w64-x86-64-posix; or: pip install cargo-zigbuild\n\
         help: run the command with --setup to install it\n"
    );
}

/// As cargo is told on its command line, where no file and no variable shows it.
#[cfg(unix)]
#[test]
fn a_linker_that_only_cargo_knows_of() {
    let linker = find("x86_64-w64-mingw32-gcc");
    let linker = format!("target.{TARGET}.linker='{}'", linker.display());
    let programs = tempfile::tempdir().unwrap();
    let fixture = hello("own-linker").env("PATH", path_without("mingw32-gcc", programs.path()));
    let out = tempfile::tempdir().unwrap();
    let out_dir = out.path().to_str().unwrap();
    let arguments = ["--quiet", "--out-dir", out_dir, "--config", &linker];
    let _ = fixture.run("package", &arguments).ok();
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 2);
}
