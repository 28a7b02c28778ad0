//! Files that cannot be installed.

use super::*;

/// What the system says of a file that is not there.
const NO_FILE: &str = if cfg!(windows) {
    "The system cannot find the file specified. (os error 2)"
} else {
    "No such file or directory (os error 2)"
};

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
        "error: the zip's scripts cannot distinguish `größe.exe` from `tool.exe`: they are ASCII and find an exe with a non-ASCII name by a pattern\n\
         \x20 --> [project]/Cargo.toml:17:3\n\
         \x20  |\n\
         17 |   \"tool.exe\",\n\
         \x20  |   ^^^^^^^^^^\n\
         help: give the binary an ASCII name with [[bin]] in Cargo.toml, or put the other exe into a folder\n"
    );
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
            "error: cannot read the file `[project]/agent.toml`, which `files` lists\n\
             \x20 --> [project]/Cargo.toml:12:10\n\
             \x20  |\n\
             12 | files = [\"agent.toml\"]\n\
             \x20  |          ^^^^^^^^^^^^\n\
             note: {NO_FILE}\n\
             help: check the path: paths in `files` are relative to the folder of Cargo.toml\n"
        )
    );
}

fn with_files(folder: &str, table: &str) -> Fixture {
    broken(folder).manifest(table)
}

#[test]
fn a_file_is_looked_for_before_the_build_and_shown_at_its_own_entry() {
    let fixture = with_files(
        "missing-second",
        "[package.metadata.winsvc.package]\nfiles = [\n  \"README.md\",\n  \"etc/agent.toml\",\n]",
    )
    .write("README.md", "");
    assert_eq!(
        fixture.refused(&[]),
        format!(
            "error: cannot read the file `[project]/etc/agent.toml`, which `files` lists\n\
             \x20 --> [project]/Cargo.toml:14:3\n\
             \x20  |\n\
             14 |   \"etc/agent.toml\",\n\
             \x20  |   ^^^^^^^^^^^^^^^^\n\
             note: {NO_FOLDER}\n\
             help: check the path: paths in `files` are relative to the folder of Cargo.toml\n"
        )
    );
}

#[test]
fn targets_that_are_in_each_other_s_way() {
    let note_same = "note: file names on Windows are case-insensitive";
    let note_both = "note: a path cannot be both a file and a folder";
    for (folder, entries, collision, place, note) in [
        (
            "same",
            r#"["a.txt", { source = "b.txt", target = "A.TXT" }]"#,
            "`A.TXT` collides with `a.txt`, another entry of `files`",
            "12:19",
            note_same,
        ),
        (
            "file-and-folder",
            r#"[{ source = "a.txt", target = "data" }, { source = "b.txt", target = "data/y.txt" }]"#,
            "`data/y.txt` collides with `data`, another entry of `files`",
            "12:49",
            note_both,
        ),
        (
            "folder-and-file",
            r#"[{ source = "a.txt", target = "data/y.txt" }, { source = "b.txt", target = "Data" }]"#,
            "`Data` collides with `data/y.txt`, another entry of `files`",
            "12:55",
            note_both,
        ),
        (
            "below-the-exe",
            r#"[{ source = "a.txt", target = "Hello.exe/x" }]"#,
            "`Hello.exe/x` collides with `hello.exe`, a program of the product",
            "12:10",
            note_both,
        ),
        (
            "a-script",
            r#"[{ source = "a.txt", target = "Install.cmd" }]"#,
            "`Install.cmd` collides with `install.cmd`, a file that the zip already contains",
            "12:10",
            note_same,
        ),
        (
            "below-checksums",
            r#"[{ source = "a.txt", target = "sha256sums/x" }]"#,
            "`sha256sums/x` collides with `SHA256SUMS`, a file that the zip already contains",
            "12:10",
            note_both,
        ),
    ] {
        let fixture = with_files(
            &format!("collisions/{folder}"),
            &format!("[package.metadata.winsvc.package]\nfiles = {entries}"),
        )
        .write("a.txt", "")
        .write("b.txt", "");
        let error = fixture.refused(&[]);
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines[0], format!("error: the target {collision}"), "{error}");
        assert_eq!(lines[1], format!("  --> [project]/Cargo.toml:{place}"), "{error}");
        assert!(lines.contains(&note), "{error}");
    }
}

#[test]
fn a_name_that_the_zip_has_itself_is_free_in_an_msi() {
    let folder = tempfile::tempdir().unwrap();
    let out_dir = folder.path().to_str().unwrap();
    let fixture = configured(
        "msi-alone",
        "[package.metadata.winsvc.package]\nfiles = [\"README.txt\"]",
    )
    .write("README.txt", "ours");
    let _ = fixture
        .run("package", &["--format", "msi", "--out-dir", out_dir])
        .ok();
}

#[test]
fn a_target_whose_installed_path_is_too_long() {
    let name = "n".repeat(240);
    let fixture = with_files(
        "too-long",
        &format!(
            "[package.metadata.winsvc.package]\nfiles = [{{ source = \"a.txt\", target = \"{name}\" }}]"
        ),
    )
    .write("a.txt", "");
    let error = fixture.refused(&[]).replace(&name, "[name]");
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "error: the installed path of the target `[name]` has 269 characters; Windows allows at most 259",
            "  --> [project]/Cargo.toml:12:10"
        ]
    );
}

#[test]
fn a_port_s_name_with_a_superscript() {
    let fixture = with_files(
        "superscript",
        "[package.metadata.winsvc.package]\nfiles = [{ source = \"a.txt\", target = \"COM¹.txt\" }]",
    )
    .write("a.txt", "");
    let error = fixture.refused(&[]);
    assert!(
        error.contains("\"COM¹.txt\" is not a file name on Windows"),
        "{error}"
    );
}

#[test]
fn a_binary_whose_exe_no_file_can_be() {
    let fixture = with_files("con", "[[bin]]\nname = \"con\"\npath = \"src/main.rs\"");
    assert_eq!(
        fixture.refused(&[]),
        "error: the binary's file name `con.exe` is not valid on Windows\n\
         \x20 --> [project]/Cargo.toml:12:8\n\
         \x20  |\n\
         12 | name = \"con\"\n\
         \x20  |        ^^^^^\n\
         help: rename the binary with [[bin]] in Cargo.toml\n"
    );
}

#[test]
fn an_icon_that_is_none() {
    let package = "[package.metadata.winsvc.package]\nicon = \"agent.ico\"";
    let fixture = configured("icon", package).write("agent.ico", b"\x89PNG");
    assert_eq!(
        fixture.refused(&[]),
        "error: the icon `[project]/agent.ico` is not a valid `.ico` file\n\
         \x20 --> [project]/Cargo.toml:12:8\n\
         \x20  |\n\
         12 | icon = \"agent.ico\"\n\
         \x20  |        ^^^^^^^^^^^\n\
         note: not an icon file: it does not begin with the bytes 00 00 01 00 and at least one image\n\
         help: convert the image to `.ico`, with sizes from 16 to 256 pixels\n"
    );
    let fixture = configured("no-icon", package);
    assert!(
        fixture
            .refused(&[])
            .starts_with("error: cannot read the icon `[project]/agent.ico`\n"),
    );
}
