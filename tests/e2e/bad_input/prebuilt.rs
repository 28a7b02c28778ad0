//! Exes that are packaged as they are: those that do not go with Cargo.toml.

use super::*;

/// Under a name of its own, as the tests share the folder for finished exes.
fn renamed(fixture: Fixture) -> Fixture {
    let name = ["name = \"hello\"", "name = \"prebuilt-hello\""];
    fixture.replace("Cargo.toml", name[0], name[1])
}

/// What `package --exe` finds; cargo could not compile it.
fn prebuilt(folder: &str) -> Fixture {
    renamed(broken(&format!("prebuilt-{folder}")))
}

/// Builds `hello` with this table in a folder, and gives the exe's path.
fn build(folder: &std::path::Path, table: &str) -> String {
    let out_dir = folder.join("built");
    let fixture = renamed(hello("prebuilt-right")).manifest(table);
    let built = fixture.run("build", &["--quiet", "--out-dir", out_dir.to_str().unwrap()]);
    built.ok().stdout.trim_end().to_owned()
}

#[test]
fn an_exe_that_does_not_go_with_cargo_toml() {
    let folder = tempfile::tempdir().unwrap();
    let table = "[package.metadata.winsvc]\nstart-timeout = \"25s\"";
    let exe = build(folder.path(), table);
    let anonymous = |text: &str| anonymous(text, &folder.path().join("built"), "[built]");

    let other = "[package.metadata.winsvc]\nstart-timeout = \"21s\"\nstart = \"manual\"";
    let error = prebuilt("definition").manifest(other).refused(&["--exe", &exe]);
    assert_eq!(
        anonymous(&error).replace("[project]/", ""),
        "error: the service definition in the exe `[built]/prebuilt-hello.exe` differs from Cargo.toml\n\
         \x20 --> Cargo.toml:13:9\n\
         \x20  |\n\
         13 | start = \"manual\"\n\
         \x20  |         ^^^^^^^^\n\
         note: `start` is \"auto\" in the exe, \"manual\" in Cargo.toml\n\
         note: `start-timeout` is \"25s\" in the exe, \"21s\" in Cargo.toml\n\
         help: rebuild it with `cargo winsvc build`, and sign it afterwards\n"
    );

    let version = prebuilt("version").manifest(table).version("1.1.0");
    assert_eq!(
        anonymous(&version.refused(&["--exe", &exe])),
        "error: the exe `[built]/prebuilt-hello.exe` was built for the version `1.0.0`, expected `1.1.0`\n\
         \x20--> [project]/Cargo.toml:4:11\n\
         \x20 |\n\
         4 | version = \"1.1.0\"\n\
         \x20 |           ^^^^^^^\n\
         help: rebuild it with `cargo winsvc build`, and sign it afterwards\n"
    );

    let target = prebuilt("target").manifest(table);
    assert_eq!(
        anonymous(&target.refused(&["--exe", &exe, "--target", "i686-pc-windows-gnu"])),
        format!(
            "error: the exe `[built]/prebuilt-hello.exe` was built for the target `{TARGET}`, expected `i686-pc-windows-gnu`\n\
             help: omit --target, or build the exe for this target\n"
        )
    );

    let package = hello("prebuilt-package").manifest(table);
    assert_eq!(
        anonymous(&package.refused(&["--exe", &exe])),
        "error: the exe `[built]/prebuilt-hello.exe` was built for the package `prebuilt-hello`, expected `hello`\n\
         \x20--> [project]/Cargo.toml:2:8\n\
         \x20 |\n\
         2 | name = \"hello\"\n\
         \x20 |        ^^^^^^^\n\
         help: select the exe's package with --package\n"
    );
}

#[test]
fn an_exe_that_was_not_stamped() {
    let folder = tempfile::tempdir().unwrap();
    let exe = folder.path().join("prebuilt-hello.exe");
    let path = exe.to_str().unwrap();
    let refused = || {
        anonymous(
            &prebuilt("unstamped").refused(&["--exe", path]),
            folder.path(),
            "[exe]",
        )
    };
    assert_eq!(
        refused(),
        format!(
            "error: cannot read the exe `[exe]/prebuilt-hello.exe`\nnote: {NO_FILE}\n\
             help: build it with `cargo winsvc build`, or pass another exe to --exe\n"
        )
    );
    // A linked exe that nobody stamped.
    fs::copy(paths::prepared("service.exe"), &exe).unwrap();
    assert_eq!(
        refused(),
        "error: the exe `[exe]/prebuilt-hello.exe` has no winsvc stamp\n\
         help: pass an exe made by `cargo winsvc build` to --exe\n"
    );
    fs::write(&exe, "text").unwrap();
    assert_eq!(
        refused(),
        "error: `[exe]/prebuilt-hello.exe` is not a Windows exe\n\
         note: not a Windows executable: missing signature \"MZ\" at offset 0x0\n\
         help: pass an exe made by `cargo winsvc build` to --exe\n"
    );
}

#[test]
fn no_exe_where_the_build_leaves_it() {
    let error = prebuilt("none")
        .replace("Cargo.toml", "prebuilt-hello", "never-built")
        .refused(&["--no-build"]);
    assert!(error.starts_with("error: cannot read the exe `"), "{error}");
    assert!(
        error.contains(&format!("{TARGET}{}never-built.exe`", std::path::MAIN_SEPARATOR)),
        "{error}"
    );
}
