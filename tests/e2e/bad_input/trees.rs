//! Folders, patterns, links and kept files that cannot be installed.

use std::path::Path;

use tempfile::TempDir;

use super::*;

/// A project that is refused before anything is compiled, with these files and folders, which end in a slash.
fn project(names: &[&str], package: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    write(
        "Cargo.toml",
        &format!(
            "[package]\nname = \"hello\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [package.metadata.winsvc.package]\n{package}\n"
        ),
    );
    write("src/main.rs", "fn main() { nonsense }\n");
    for name in names {
        if name.ends_with('/') {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        } else {
            write(name, "");
        }
    }
    folder
}

/// The message, the place, the notes and the help; `[project]` is the folder.
fn refused(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let out = tempfile::tempdir().unwrap();
    let mut tool = cargo_winsvc();
    tool.arg("package")
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"));
    tool.arg("--out-dir").arg(out.path().join("out"));
    tool.arg("--target-dir").arg(out.path().join("target"));
    let finished = run(tool.args(["--quiet", "--target", TARGET]).args(arguments), BUILD);
    assert_eq!(finished.status.code(), Some(1), "{finished}");
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0, "{finished}");
    let text = anonymous(&finished.stderr, folder, "[project]");
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| {
            ["error:", "-->", "note:", "help:"]
                .iter()
                .any(|start| line.starts_with(start))
        })
        .map(str::to_owned)
        .collect()
}

fn error(names: &[&str], package: &str) -> Vec<String> {
    refused(project(names, package).path(), &[])
}

#[test]
fn entries_that_stand_for_nothing() {
    let names = ["web/a.js", "empty/below/"];
    let help = "help: check the pattern: it is relative to the folder of Cargo.toml, `*` matches files in a folder, \
                `**` also those in the folders below it";
    for (entries, expected) in [
        (
            r#"["web/", "web/*.html"]"#,
            [
                "error: the pattern `web/*.html` matches no file",
                "--> [project]/Cargo.toml:9:18",
                help,
            ],
        ),
        (
            r#"["web/", { source = "web/**", target = "x", exclude = ["*.map"] }]"#,
            [
                "error: the exclusion `*.map` matches nothing in `[project]/web`",
                "--> [project]/Cargo.toml:9:18",
                "help: correct the exclusion, which is relative to that folder, or remove it",
            ],
        ),
        (
            r#"["empty"]"#,
            [
                "error: the folder `[project]/empty` has no files to install",
                "--> [project]/Cargo.toml:9:10",
                "help: to install an empty folder, write `{ target = \"empty/\" }`",
            ],
        ),
        (
            r#"["../*.js"]"#,
            [
                "error: `../*.js` leads out of the folder of Cargo.toml and has no `target`",
                "--> [project]/Cargo.toml:9:10",
                "help: set the installed folder: `{ source = \"../*.js\", target = \"…/\" }`",
            ],
        ),
        (
            r#"[{ source = "web/a.js", exclude = ["b"] }]"#,
            [
                "error: `exclude` has no effect on the single file `[project]/web/a.js`",
                "--> [project]/Cargo.toml:9:10",
                "help: remove `exclude`",
            ],
        ),
        (
            r#"[{ source = "web/", sign = true }]"#,
            [
                "error: none of these files is a program or a library, which `sign = true` is for",
                "--> [project]/Cargo.toml:9:10",
                "help: remove `sign`, or correct the path",
            ],
        ),
    ] {
        assert_eq!(error(&names, &format!("files = {entries}")), expected);
    }
}

#[test]
fn tables_that_are_no_entry() {
    for (entry, message) in [
        ("{ keep = true }", "missing field `source`"),
        (
            "{ target = \"plugins\" }",
            "missing field `source`; only an empty folder has none, with a `target` such as \"plugins/\"",
        ),
        (
            "{ target = \"plugins/\", keep = true }",
            "an empty folder has no `keep`",
        ),
        (
            "{ source = \"a\", exlude = [] }",
            "unknown field `exlude`, expected one of `source`, `target`, `exclude`, `keep`, `sign`, `feature`",
        ),
        (
            "true",
            "invalid type: boolean `true`, expected a path, or a table with `source` and `target`",
        ),
    ] {
        let lines = error(&[], &format!("files = [{entry}]"));
        assert_eq!(lines[0], format!("error: {message}"));
        assert!(lines[1].starts_with("--> [project]/Cargo.toml:9:"), "{lines:?}");
    }
}

#[test]
fn files_of_a_tree_in_each_other_s_way() {
    for (names, package, message) in [
        (
            &["web/a.js", "b"][..],
            r#"files = ["web/", { source = "b", target = "Web/A.js" }]"#,
            "the target `Web/A.js` collides with `web/a.js`, another entry of `files`",
        ),
        (
            &["web/a.js", "b"],
            r#"files = [{ source = "b", target = "WEB" }, "web/*"]"#,
            "the target `web/a.js` collides with `WEB`, another entry of `files`",
        ),
        (
            &["web/a.js", "b"],
            r#"files = [{ source = "b", target = "data" }, { target = "data/x/" }]"#,
            "the target `data/x` collides with `data`, another entry of `files`",
        ),
        (
            &["a.toml", "a.toml.new"],
            r#"files = [{ source = "a.toml", keep = true }, "a.toml.new"]"#,
            "the target `a.toml.new` collides with `a.toml.new`, the default of a kept file",
        ),
        (
            &["web/a.js"],
            "exe-folder = \"bin\"\nfiles = [{ source = \"web/a.js\", target = \"Bin\" }]",
            "the target `Bin` collides with `bin/hello.exe`, a program of the product",
        ),
        (
            &[],
            "exe-folder = \"install.cmd\"",
            "the path `install.cmd/hello.exe` of the exe collides with `install.cmd`, a file that the zip already contains",
        ),
    ] {
        assert_eq!(error(names, package)[0], format!("error: {message}"));
    }
}

#[test]
fn paths_that_the_zip_s_ascii_scripts_cannot_name() {
    for (package, message) in [
        (
            "files = [{ source = \"größe.toml\", keep = true }]",
            "the kept file `größe.toml`",
        ),
        ("exe-folder = \"größe\"", "the exe's folder `größe`"),
    ] {
        let lines = error(&["größe.toml"], package);
        assert_eq!(
            lines[0],
            format!("error: the zip's scripts are ASCII and cannot name {message}")
        );
        assert_eq!(
            lines[2],
            "help: give it an ASCII path, or build only the MSI (--format msi)"
        );
    }
}

/// Windows has none of these names on its disks.
#[cfg(unix)]
#[test]
fn names_of_a_tree_that_windows_cannot_have() {
    let lines = error(&["web/sub/aux.txt", "web/a"], "files = [\"web/\"]");
    assert_eq!(
        lines,
        [
            "error: invalid path \"web/sub/aux.txt\": \"aux.txt\" is not a file name on Windows; expected a path below \
             the installation folder, such as \"conf/agent.toml\"",
            "--> [project]/Cargo.toml:9:10",
            "note: the source is `[project]/web/sub/aux.txt`",
            "help: rename it, leave it out with `exclude`, or set another `target`",
        ]
    );
    let lines = error(&["web/README", "web/Readme"], "files = [\"web/**\"]");
    assert_eq!(
        lines[0],
        "error: the target `web/Readme` collides with `web/README`, another file of the same entry"
    );
}

#[cfg(unix)]
#[test]
fn links_of_a_tree_that_lead_out_in_a_circle_or_nowhere() {
    for (target, message) in [
        ("/etc/hostname", "leads out of the project, to `/etc/hostname`"),
        (".", "leads back to the folder `[project]/web`, in which it is"),
        ("nowhere", "is broken"),
    ] {
        let folder = project(&["web/a"], "files = [\"web/\"]");
        std::os::unix::fs::symlink(target, folder.path().join("web/link")).unwrap();
        let lines = refused(folder.path(), &[]);
        assert_eq!(
            lines[0],
            format!("error: the link `[project]/web/link` {message}")
        );
        assert_eq!(lines[1], "--> [project]/Cargo.toml:9:10");
        assert!(lines.last().unwrap().contains("leave"), "{lines:?}");
    }
}

#[test]
fn an_exe_in_a_folder_that_no_folder_can_be() {
    let lines = error(&[], "exe-folder = \"../bin\"");
    assert_eq!(
        lines,
        [
            "error: invalid path \"../bin\": \"..\" is not a file name on Windows; expected a path below the \
             installation folder, such as \"conf/agent.toml\"",
            "--> [project]/Cargo.toml:9:14",
        ]
    );
}
