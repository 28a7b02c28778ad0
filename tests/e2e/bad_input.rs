//! Whatever is wrong: one clear error that says what to do, a non-zero exit, and no partial output.

use std::fs;

use winsvc_tests::fixture::{BUILD, Fixture, TARGET, anonymous};
use winsvc_tests::process::{Finished, run};
use winsvc_tests::tool::cargo_winsvc;
#[cfg(unix)]
use winsvc_tests::tool::path_without;

/// What the system says of a file that is not there.
const NO_FILE: &str = if cfg!(windows) {
    "The system cannot find the file specified. (os error 2)"
} else {
    "No such file or directory (os error 2)"
};

/// What the system says of a file in a folder that is not there.
const NO_FOLDER: &str = if cfg!(windows) {
    "The system cannot find the path specified. (os error 3)"
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
             help: --manifest-path takes the path of a Cargo.toml\n"
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
             help: --manifest-path takes the path of a Cargo.toml\n"
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
        "error: no Cargo.toml in `[folder]` or any folder above it\n\
         help: run the command in a package's folder, or name its manifest with --manifest-path\n"
    );
}

#[test]
fn a_package_without_a_binary() {
    let library = hello("library").remove("src/main.rs").write("src/lib.rs", "");
    assert_eq!(
        library.refused(&[]),
        "error: the package `hello` has no binary, so there is no service to ship\n\
         help: add `src/main.rs` with `#[winsvc::main]` on its main function, or choose a package with -p\n"
    );
}

#[test]
fn a_binary_that_the_package_does_not_have() {
    assert_eq!(
        hello("no-such-binary").refused(&["--bin", "other"]),
        "error: the package `hello` has no binary `other`\n\
         note: there are: hello\n"
    );
}

#[test]
fn an_unknown_key() {
    let fixture = configured("unknown-key", "[package.metadata.winsvc]\nstrat = \"auto\"");
    assert_eq!(
        fixture.refused(&[]),
        "error: unknown field `strat`, expected one of `name`, `was-named`, `display-name`, `description`, `start`, `account`, `dependencies`, `arguments`, `environment`, `start-timeout`, `stop-timeout`, `preshutdown-timeout`, `watchdog`, `sid-type`, `privileges`, `security`, `triggers`, `recovery`, `package`\n\
         \x20 --> [project]/Cargo.toml:12:1\n\
         \x20  |\n\
         12 | strat = \"auto\"\n\
         \x20  | ^^^^^\n"
    );
}

#[test]
fn a_value_of_the_wrong_type() {
    let fixture = configured("wrong-type", "[package.metadata.winsvc]\nname = 5");
    assert_eq!(
        fixture.refused(&[]),
        "error: invalid type: integer `5`, expected a string\n\
         \x20 --> [project]/Cargo.toml:12:8\n\
         \x20  |\n\
         12 | name = 5\n\
         \x20  |        ^\n"
    );
}

#[test]
fn a_value_that_the_key_does_not_know() {
    let fixture = configured("wrong-value", "[package.metadata.winsvc]\nstart = \"boot\"");
    assert_eq!(
        fixture.refused(&[]),
        "error: unknown variant `boot`, expected one of `auto`, `delayed`, `manual`, `disabled`\n\
         \x20 --> [project]/Cargo.toml:12:9\n\
         \x20  |\n\
         12 | start = \"boot\"\n\
         \x20  |         ^^^^^^\n"
    );
}

#[test]
fn a_trigger_that_an_msi_cannot_register() {
    let table = "[[package.metadata.winsvc.triggers]]\non = \"domain-leave\"";
    assert_eq!(
        configured("triggers", table).refused(&[]),
        "error: an MSI cannot register the trigger `start domain-leave`: sc.exe, which it runs for that, has no option for it\n\
         \x20 --> [project]/Cargo.toml:11:1\n\
         \x20  |\n\
         11 | [[package.metadata.winsvc.triggers]]\n\
         \x20  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n\
         help: leave it out of the packages: `NAME.exe service install` of a build that has it registers it; ship what \
         `cargo winsvc build` makes\n"
    );
}

#[test]
fn a_trigger_without_what_it_needs() {
    let table = "[[package.metadata.winsvc.triggers]]\non = \"etw\"";
    assert_eq!(
        configured("half-a-trigger", table).refused(&[]),
        "error: this trigger needs the key `provider`\n\
         \x20 --> [project]/Cargo.toml:11:1\n\
         \x20  |\n\
         11 | [[package.metadata.winsvc.triggers]]\n\
         \x20  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
    );
}

#[test]
fn a_timeout_that_is_none() {
    let fixture = configured(
        "wrong-timeout",
        "[package.metadata.winsvc]\nstop-timeout = \"soon\"",
    );
    assert_eq!(
        fixture.refused(&[]),
        "error: expected a whole number and its unit, such as \"500ms\", \"20s\", \"2m\" or \"1h\"; found \"soon\"\n\
         \x20 --> [project]/Cargo.toml:12:16\n\
         \x20  |\n\
         12 | stop-timeout = \"soon\"\n\
         \x20  |                ^^^^^^\n"
    );
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
        "error: a service's name has at most 256 characters; this one has 257\n\
         \x20 --> [project]/Cargo.toml:12:8\n\
         \x20  |\n\
         12 | ... = \"[name]\"\n\
         \x20  |       [mark]^^\n"
    );
}

#[test]
fn a_service_name_with_a_slash() {
    let fixture = configured("slash", "[package.metadata.winsvc]\nname = \"acme/agent\"");
    assert_eq!(
        fixture.refused(&[]),
        "error: a service's name cannot contain the character '/'\n\
         \x20 --> [project]/Cargo.toml:12:8\n\
         \x20  |\n\
         12 | name = \"acme/agent\"\n\
         \x20  |        ^^^^^^^^^^^^\n"
    );
}

#[test]
fn a_service_name_with_a_backslash() {
    let fixture = configured("backslash", "[package.metadata.winsvc]\nname = 'acme\\agent'");
    assert_eq!(
        fixture.refused(&[]),
        "error: a service's name cannot contain the character '\\\\'\n\
         \x20 --> [project]/Cargo.toml:12:8\n\
         \x20  |\n\
         12 | name = 'acme\\agent'\n\
         \x20  |        ^^^^^^^^^^^^\n"
    );
}

#[test]
fn a_privilege_that_the_account_does_not_hold() {
    let fixture = configured(
        "privilege",
        "[package.metadata.winsvc]\nprivileges = [\n  \"SeChangeNotifyPrivilege\",\n  \"SeBackupPrivilege\",\n]",
    );
    assert_eq!(
        fixture.refused(&[]),
        "error: the account `virtual` does not hold SeBackupPrivilege\n\
         \x20 --> [project]/Cargo.toml:14:3\n\
         \x20  |\n\
         14 |   \"SeBackupPrivilege\",\n\
         \x20  |   ^^^^^^^^^^^^^^^^^^^\n\
         note: the service control manager refuses to start a service whose account lacks a privilege (error 1297)\n\
         note: `virtual` holds SeChangeNotifyPrivilege, SeCreateGlobalPrivilege, SeImpersonatePrivilege, \
         SeIncreaseWorkingSetPrivilege\n\
         help: leave it out, or use `account = \"local-system\"`, which holds nearly all\n"
    );
}

/// What the tool warns of, quietly, while it makes the packages.
fn warned(fixture: &Fixture) -> String {
    let folder = tempfile::tempdir().unwrap();
    let out_dir = folder.path().to_str().unwrap();
    let finished = fixture.run("package", &["--quiet", "--out-dir", out_dir]).ok();
    anonymous(&finished.stderr, &fixture.root(), "[project]")
}

#[test]
fn timeouts_that_windows_does_not_grant_are_warned_of() {
    let fixture = configured(
        "timeouts",
        "[package.metadata.winsvc]\nstart-timeout = \"1m\"\nstop-timeout = \"40s\"",
    );
    assert_eq!(
        warned(&fixture),
        "warning: the stop timeout of 40s does not apply at a shutdown, where Windows waits 5s\n\
         \x20 --> [project]/Cargo.toml:13:16\n\
         \x20  |\n\
         13 | stop-timeout = \"40s\"\n\
         \x20  |                ^^^^^\n\
         help: set `preshutdown-timeout = \"40s\"` to be told before a shutdown begins, and to be waited for\n\
         warning: the start timeout of 1m is more than Windows Installer waits for a start, which is 30s\n\
         \x20 --> [project]/Cargo.toml:12:17\n\
         \x20  |\n\
         12 | start-timeout = \"1m\"\n\
         \x20  |                 ^^^^\n\
         note: an installation whose service is not running by then fails with error 1920, and is undone\n\
         help: report readiness within 25s and do the rest afterwards, or use `start = \"manual\"`, which the installer does not start\n\
         warning: the stop timeout of 40s is more than Windows Installer waits for a stop, which is 30s\n\
         \x20 --> [project]/Cargo.toml:13:16\n\
         \x20  |\n\
         13 | stop-timeout = \"40s\"\n\
         \x20  |                ^^^^^\n\
         note: an upgrade goes on while the service still runs: its files are in use, and Windows asks for a restart\n\
         help: stop within 25s, or stop the service before the upgrade: `NAME.exe service stop` waits as long as it takes\n"
    );
}

#[test]
fn a_second_exe_in_the_zip_of_one_whose_name_is_not_ascii() {
    let fixture = configured(
        "exes",
        "[[bin]]\nname = \"größe\"\npath = \"src/main.rs\"\n\
         [package.metadata.winsvc.package]\nfiles = [\n  \"README.md\",\n  \"tool.exe\",\n]",
    )
    .write("tool.exe", "")
    .write("README.md", "");
    assert_eq!(
        fixture.refused(&[]),
        "error: the zip's scripts cannot tell `größe.exe` from `tool.exe`: the first is not ASCII, as the scripts are\n\
         \x20 --> [project]/Cargo.toml:17:3\n\
         \x20  |\n\
         17 |   \"tool.exe\",\n\
         \x20  |   ^^^^^^^^^^\n\
         help: give the binary an ASCII name with [[bin]] in Cargo.toml, or put the other exe into a folder\n"
    );
}

#[test]
fn a_version_that_msi_cannot_hold() {
    assert_eq!(
        hello("version").version("300.0.0").refused(&[]),
        "error: an MSI cannot have the version 300.0.0: its numbers end at 255.255.65535\n\
         \x20--> [project]/Cargo.toml:4:11\n\
         \x20 |\n\
         4 | version = \"300.0.0\"\n\
         \x20 |           ^^^^^^^^^\n\
         help: give the MSI a version of its own (`version = \"24.11.3\"` in [package.metadata.winsvc.package], which may be a date), change the package's, or make only the zip (--format zip)\n"
    );
}

#[test]
fn a_version_that_msi_cannot_hold_is_none_of_the_zip_s_business() {
    let folder = tempfile::tempdir().unwrap();
    let out_dir = folder.path().to_str().unwrap();
    let fixture = hello("version").version("300.0.0");
    let finished = fixture
        .run("package", &["--format", "zip", "--out-dir", out_dir])
        .ok();
    let zip = folder.path().join("hello-300.0.0-x64.zip");
    assert_eq!(finished.lines(), [zip.to_str().unwrap()]);
}

#[test]
fn a_file_to_install_that_is_not_there() {
    let fixture = configured(
        "no-such-file",
        "[package.metadata.winsvc.package]\nfiles = [\"agent.toml\"]",
    );
    assert_eq!(
        fixture.refused(&[]),
        format!(
            "error: cannot read `[project]/agent.toml`, which the package is to install\n\
             \x20 --> [project]/Cargo.toml:12:9\n\
             \x20  |\n\
             12 | files = [\"agent.toml\"]\n\
             \x20  |         ^^^^^^^^^^^^^^\n\
             note: {NO_FILE}\n\
             help: paths in `files` are relative to the folder of Cargo.toml\n"
        )
    );
}

#[test]
fn a_target_that_is_not_windows() {
    assert_eq!(
        hello("not-windows").refused(&["--target", "x86_64-unknown-linux-gnu"]),
        "error: `x86_64-unknown-linux-gnu` is no Windows target that a service can be packaged for\n\
         help: choose one with --target, such as x86_64-pc-windows-gnu; `rustc --print target-list` shows all\n"
    );
}

#[test]
fn a_target_that_the_compiler_does_not_know() {
    assert_eq!(
        hello("no-target").refused(&["--target", "x86_64-acme-windows-gnu"]),
        "error: the compiler knows no target `x86_64-acme-windows-gnu`\n\
         help: choose one with --target, such as x86_64-pc-windows-gnu; `rustc --print target-list` shows all\n"
    );
}

#[test]
fn a_target_without_its_standard_library_and_linker() {
    let linker = "note: in place of `aarch64-w64-mingw32-clang`, or to get it: \
        https://github.com/mstorsjo/llvm-mingw/releases, with its `bin` on PATH\n";
    // What links on Windows for Windows, rustc knows better than the tool.
    let (missing, last) = if cfg!(windows) {
        (
            "its standard library is",
            "help: repeat the command with --setup to have them installed\n",
        )
    } else {
        (
            "its standard library and the linker `aarch64-w64-mingw32-clang` are",
            linker,
        )
    };
    assert_eq!(
        hello("no-std").refused(&["--target", "aarch64-pc-windows-gnullvm"]),
        format!(
            "error: this machine cannot build for `aarch64-pc-windows-gnullvm`: {missing} missing\n\
             note: the standard library comes with `rustup target add aarch64-pc-windows-gnullvm`\n\
             {last}"
        )
    );
}

/// The tool looks for a linker only where it builds for another system.
#[cfg(unix)]
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
    assert_eq!(fs::read_dir(&out).into_iter().flatten().count(), 0);
    assert_eq!(
        finished.stderr,
        "error: this machine cannot build for `x86_64-pc-windows-gnu`: the linker `x86_64-w64-mingw32-gcc` is missing\n\
         note: `x86_64-w64-mingw32-gcc` comes with Debian's package gcc-mingw-w64-x86-64-posix, elsewhere with your distribution's mingw-w64 (Fedora: mingw64-gcc, Arch: mingw-w64-gcc, Homebrew: mingw-w64)\n\
         help: repeat the command with --setup to have them installed\n"
    );
}

#[test]
fn a_program_that_does_not_compile() {
    let error = hello("broken")
        .write("src/main.rs", "fn main() { nonsense }\n")
        .refused(&[]);
    // What cargo and rustc say is theirs to say.
    let (_, ours) = error
        .split_once("error: could not compile `hello` (bin \"hello\") due to 1 previous error\n")
        .unwrap();
    assert_eq!(
        ours,
        "error: could not build `hello` for Windows\n\
         note: cargo's messages above say why\n"
    );
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
    assert_eq!(
        finished.stderr,
        "error: SOURCE_DATE_EPOCH is `yesterday`, which is no number of seconds since 1970\n\
         help: set it to a whole number, such as the output of `git log -1 --format=%ct`\n"
    );
}
