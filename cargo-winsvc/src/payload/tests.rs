mod features;

use std::collections::BTreeSet;
use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::config::tests;
use crate::diagnostic::Explain as _;

/// A project with these files; a name that ends in a slash is a folder.
fn project_with(names: &[&str]) -> (TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
    }
    let project = Project {
        manifest: folder.path().join("Cargo.toml"),
        target_dir: folder.path().join("target"),
        ..tests::project()
    };
    (folder, project)
}

fn find(project: &Project, entries: &str) -> Result<Payload, PayloadError> {
    let text = format!("[package.metadata.winsvc.package]\nfiles = [{entries}]\n");
    Payload::find(project, &tests::parse(&text).unwrap())
}

/// The installed paths: of files, each with its source where that has another path, and of empty folders with a slash.
fn found(names: &[&str], entries: &str) -> Vec<String> {
    let (folder, project) = project_with(names);
    let payload = find(&project, entries).unwrap_or_else(|error| panic!("{}", said(&folder, &error)));
    let root = folder.path();
    let files = payload.files.iter().map(|file| {
        let target = file.target.to_string();
        let source = file.path.strip_prefix(root).unwrap().to_str().unwrap();
        let source = source.replace('\\', "/");
        match file.life {
            Life::Replaced if source == target => target,
            Life::Replaced => format!("{target} = {source}"),
            Life::Kept => format!("{target} kept"),
            Life::Default => format!("{target} of {source}"),
        }
    });
    let folders = payload
        .empty_folders
        .iter()
        .map(|folder| format!("{}/", folder.target));
    files.chain(folders).collect()
}

/// The error without colours, and with `[project]` for the project's folder.
fn said(folder: &TempDir, error: &PayloadError) -> String {
    let text = anstream::adapter::strip_str(&error.diagnostic().to_string()).to_string();
    let root = folder.path().to_str().unwrap();
    text.replace(root, "[project]")
        .replace("[project]\\", "[project]/")
}

/// The message, the place and the help of the error.
fn error(names: &[&str], entries: &str) -> Vec<String> {
    let (folder, project) = project_with(names);
    error_in(&folder, &project, entries)
}

fn error_in(folder: &TempDir, project: &Project, entries: &str) -> Vec<String> {
    let text = said(folder, &find(project, entries).unwrap_err());
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

#[test]
fn a_file_keeps_its_name_and_a_folder_s_files_keep_their_paths() {
    let names = [
        "etc/agent.toml",
        "web/index.html",
        "web/js/app.js",
        "web/.hidden",
        "other",
    ];
    assert_eq!(
        found(&names, "'etc/agent.toml', 'web/'"),
        [
            "agent.toml = etc/agent.toml",
            "web/.hidden",
            "web/index.html",
            "web/js/app.js"
        ]
    );
    assert_eq!(found(&names, "'./web'").len(), 3);
    assert_eq!(found(&names, "'web/js'"), ["web/js/app.js"]);
}

#[test]
fn a_pattern_s_files_keep_their_paths() {
    let names = [
        "assets/a.png",
        "assets/b/c.png",
        "assets/b/d.txt",
        "etc/x.toml",
        "etc/b/y.toml",
    ];
    assert_eq!(
        found(&names, "'assets/**'"),
        ["assets/a.png", "assets/b/c.png", "assets/b/d.txt"]
    );
    assert_eq!(found(&names, "'./etc/*.toml'"), ["etc/x.toml"]);
    assert_eq!(found(&names, "'**/*.{png,toml}'").len(), 4);
    assert_eq!(found(&names, "'*/b/?.t[x]t'"), ["assets/b/d.txt"]);
}

#[test]
fn a_target_is_the_folder_of_what_is_below_the_first_wildcard() {
    let names = [
        "assets/img/a.png",
        "assets/img/b/c.png",
        "web/d/index.html",
        "e.txt",
    ];
    for target in ["static", "static/"] {
        assert_eq!(
            found(
                &names,
                &format!("{{ source = 'assets/img/**', target = '{target}' }}")
            ),
            [
                "static/a.png = assets/img/a.png",
                "static/b/c.png = assets/img/b/c.png"
            ]
        );
    }
    assert_eq!(
        found(&names, "{ source = 'web', target = '.' }"),
        ["d/index.html = web/d/index.html"]
    );
    assert_eq!(
        found(
            &names,
            "{ source = 'e.txt', target = 'doc/' }, { source = 'e.txt', target = 'f' }"
        ),
        ["doc/e.txt = e.txt", "f = e.txt"]
    );
}

#[test]
fn exclusions_leave_out_files_and_folders() {
    let names = [
        "web/a.js",
        "web/a.js.map",
        "web/b/c.js.map",
        "web/node/x",
        "web/node/y/z",
    ];
    assert_eq!(
        found(&names, "{ source = 'web', exclude = ['**/*.map', 'node'] }"),
        ["web/a.js", "web/b/"],
        "a folder is made though nothing is left in it"
    );
    assert_eq!(
        found(&names, "{ source = 'web/**', exclude = ['./*.map', 'node/'] }"),
        ["web/a.js", "web/b/c.js.map"]
    );
}

#[test]
fn empty_folders_are_made() {
    let names = ["web/a", "web/empty/", "web/deep/er/", "b/"];
    assert_eq!(
        found(
            &names,
            "'web', { target = 'plugins/' }, { target = 'Plugins/x/' }, { target = 'web/' }"
        ),
        ["web/a", "Plugins/x/", "web/deep/er/", "web/empty/"],
        "but not where something is in them anyway"
    );
    assert_eq!(found(&names, "'web/**'"), ["web/a"], "a pattern is for files");
}

#[test]
fn a_kept_file_has_its_default_beside_it() {
    assert_eq!(
        found(
            &["etc/a.toml", "etc/b/c.toml"],
            "{ source = 'etc/', target = 'conf', keep = true }"
        ),
        [
            "conf/a.toml kept",
            "conf/a.toml.new of etc/a.toml",
            "conf/b/c.toml kept",
            "conf/b/c.toml.new of etc/b/c.toml"
        ]
    );
}

#[test]
fn files_are_sorted_by_their_paths_in_lower_case() {
    assert_eq!(
        found(
            &["w/b", "w/A", "w/Z/a", "w/c.d", "w/c/d"],
            "'w', { source = 'w/b', target = 'a' }"
        ),
        ["a = w/b", "w/A", "w/b", "w/c.d", "w/c/d", "w/Z/a"]
    );
}

#[test]
fn a_name_with_wildcards_is_a_file_s_where_there_is_one() {
    let names = ["pages/[id].html", "pages/i.html"];
    assert_eq!(
        found(&names, "'pages/[id].html'"),
        ["[id].html = pages/[id].html"]
    );
    assert_eq!(found(&names[1..], "'pages/[id].html'"), ["pages/i.html"]);
    if cfg!(not(windows)) {
        assert_eq!(found(&names, r"'pages/\[id].*'"), ["pages/[id].html"]);
    }
}

#[test]
fn what_cargo_builds_is_no_part_of_the_project() {
    let names = ["a.md", "target/b.md", "doc/target/c.md"];
    assert_eq!(found(&names, "'**/*.md'"), ["a.md", "doc/target/c.md"]);
    assert_eq!(found(&names, "'target/*.md'"), ["target/b.md"]);
}

#[test]
fn what_matches_nothing_is_an_error_at_its_entry() {
    let names = ["a/b.txt"];
    assert_eq!(
        error(&names, "'a/b.txt', 'a/*.toml'"),
        [
            "error: the pattern `a/*.toml` matches no file",
            "--> Cargo.toml:2:21",
            "help: check the pattern: it is relative to the folder of Cargo.toml, `*` matches files in a folder, `**` \
             also those in the folders below it"
        ]
    );
    let no_folder = error(&names, "'c/**'");
    assert_eq!(no_folder[0], "error: the pattern `c/**` matches no file");
    assert_eq!(no_folder[2], "note: `[project]/c` is not a folder");
    let backslash = error(&names, r"'a\*.txt'");
    assert_eq!(
        backslash[2],
        r"note: in a pattern, `/` separates folders, and `\` makes the next character literal"
    );
    assert_eq!(
        error(&names, "{ source = 'a/', exclude = ['*.map'] }"),
        [
            "error: the exclusion `*.map` matches nothing in `[project]/a`",
            "--> Cargo.toml:2:10",
            "help: correct the exclusion, which is relative to that folder, or remove it"
        ]
    );
    assert_eq!(
        error(&["a/b/"], "{ source = 'a', target = 'x' }"),
        [
            "error: the folder `[project]/a` has no files to install",
            "--> Cargo.toml:2:10",
            "help: to install an empty folder, write `{ target = \"x/\" }`"
        ]
    );
    assert_eq!(
        error(&names, "{ source = 'a/b.txt', exclude = ['x'] }")[0],
        "error: `exclude` has no effect on the single file `[project]/a/b.txt`"
    );
    assert_eq!(
        error(&names, "'c/'")[0],
        "error: cannot read the folder `[project]/c/`, which `files` lists"
    );
    assert_eq!(
        error(&names, "'a/[b'"),
        [
            "error: invalid pattern `a/[b`: unclosed character class; missing ']'",
            "--> Cargo.toml:2:10",
            "note: patterns have `*`, `**`, `?`, `[…]` and `{a,b}`; a backslash before one of them makes it literal"
        ]
    );
}

#[test]
fn what_leads_out_needs_a_target() {
    let (folder, mut project) = project_with(&["shared/web/a", "member/x"]);
    project.manifest = folder.path().join("member/Cargo.toml");
    for source in ["../shared/web/", "../shared/**", "x/../../shared"] {
        let path = folder.path().join("member/x");
        if source.starts_with('x') {
            fs::remove_file(&path).unwrap();
            fs::create_dir(&path).unwrap();
        }
        assert_eq!(
            error_in(&folder, &project, &format!("'{source}'")),
            [
                format!("error: `{source}` leads out of the folder of Cargo.toml and has no `target`"),
                "--> Cargo.toml:2:10".to_owned(),
                format!("help: set the installed folder: `{{ source = \"{source}\", target = \"…/\" }}`")
            ]
        );
    }
    let payload = find(&project, "{ source = '../shared/**', target = 's' }").unwrap();
    assert_eq!(payload.files[0].target.to_string(), "s/web/a");
}

#[test]
fn a_name_that_windows_cannot_have_is_an_error() {
    if cfg!(windows) {
        return;
    }
    for name in ["aux.txt", "a:b", "dot.", r"a\b", "COM¹"] {
        let file = format!("w/x/{name}");
        let lines = error(&["w/ok", &file], "'w'");
        assert!(
            lines[0].ends_with(
                "is not a file name on Windows; expected a path below the installation folder, such as \
                \"conf/agent.toml\""
            ),
            "{lines:?}"
        );
        assert_eq!(lines[2], format!("note: the source is `[project]/{file}`"));
    }
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_inside_the_folder_and_inside_the_project() {
        let (folder, project) = project_with(&["web/a", "other/b", "etc/c"]);
        let root = folder.path();
        symlink("a", root.join("web/link")).unwrap();
        symlink("../other", root.join("web/folder")).unwrap();
        let payload = find(&project, "'web'").unwrap();
        let targets: Vec<String> = payload.files.iter().map(|file| file.target.to_string()).collect();
        assert_eq!(targets, ["web/a", "web/folder/b", "web/link"]);
    }

    #[test]
    fn a_link_that_leads_out_in_a_circle_or_nowhere_is_named() {
        let outside = tempfile::tempdir().unwrap();
        let outside = outside.path().canonicalize().unwrap();
        fs::write(outside.join("secret"), "").unwrap();
        for (target, message, help) in [
            (
                outside.join("secret"),
                format!(
                    "error: the link `[project]/web/link` leads out of the project, to `{}`",
                    outside.join("secret").display()
                ),
                "help: list what it leads to as an entry of its own, or leave the link out with `exclude`",
            ),
            (
                outside.clone(),
                format!(
                    "error: the link `[project]/web/link` leads out of the project, to `{}`",
                    outside.display()
                ),
                "help: list what it leads to as an entry of its own, or leave the link out with `exclude`",
            ),
            (
                PathBuf::from(".."),
                "error: the link `[project]/web/link` leads back to the folder `[project]`, in which it is"
                    .to_owned(),
                "help: leave the link out with `exclude`",
            ),
            (
                PathBuf::from("."),
                "error: the link `[project]/web/link` leads back to the folder `[project]/web`, in which it is".to_owned(),
                "help: leave the link out with `exclude`",
            ),
            (
                PathBuf::from("nowhere"),
                "error: the link `[project]/web/link` is broken".to_owned(),
                "help: repair the link, or leave it out with `exclude`",
            ),
            (
                PathBuf::from("link"),
                "error: the link `[project]/web/link` is broken".to_owned(),
                "help: repair the link, or leave it out with `exclude`",
            ),
        ] {
            let (folder, project) = project_with(&["web/a", "Cargo.toml"]);
            symlink(&target, folder.path().join("web/link")).unwrap();
            for entry in ["'web'", "'web/**'"] {
                let lines = error_in(&folder, &project, entry);
                assert_eq!((&lines[0], lines.last().unwrap().as_str()), (&message, help));
            }
            // What is left out, or not asked for, does not matter.
            let payload = find(&project, "{ source = 'web', exclude = ['link'] }").unwrap();
            assert_eq!(payload.files.len(), 1, "{}", target.display());
            assert!(find(&project, "'web/a*'").is_ok(), "{}", target.display());
        }
    }

    #[test]
    fn a_file_that_an_entry_names_may_be_a_link_to_anywhere() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("LICENSE"), "").unwrap();
        let (folder, project) = project_with(&["a"]);
        symlink(outside.path().join("LICENSE"), folder.path().join("LICENSE")).unwrap();
        assert!(find(&project, "'LICENSE'").is_ok());
        assert!(find(&project, "'LICEN*'").is_err());
    }

    #[test]
    fn a_name_that_is_no_utf8_is_an_error() {
        let (folder, project) = project_with(&["w/a"]);
        let name = folder.path().join("w").join(OsStr::from_bytes(b"x\xff"));
        if fs::write(&name, "").is_err() {
            return; // The file system takes no such name.
        }
        assert_eq!(
            error_in(&folder, &project, "'w'"),
            [
                "error: the name of `[project]/w/x\u{fffd}` is not UTF-8",
                "--> Cargo.toml:2:10",
                "help: rename it, or leave it out with `exclude`"
            ]
        );
        assert!(find(&project, "'w/a'").is_ok());
        assert!(find(&project, "'w/a*'").is_ok());
        assert!(find(&project, "{ source = 'w', exclude = ['x*'] }").is_ok());
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        use std::os::unix::net::UnixListener;

        let (folder, project) = project_with(&["w/a"]);
        let _socket = UnixListener::bind(folder.path().join("w/socket")).unwrap();
        assert_eq!(
            error_in(&folder, &project, "'w/'"),
            [
                "error: cannot read the file `[project]/w/socket`, which `files` lists",
                "--> Cargo.toml:2:10",
                "note: not a regular file",
                "help: make it readable, or leave it out with `exclude`"
            ]
        );
    }
}

/// Paths whose parts Windows can have, none of which differ from another in case alone.
fn paths() -> impl Strategy<Value = BTreeSet<String>> {
    let part = "[a-d.][a-dü _-]{0,3}[a-d]";
    let path = prop::collection::vec(part, 1..4).prop_map(|parts| parts.join("/"));
    prop::collection::btree_set(path, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_payload_has_what_the_folder_has(paths in paths()) {
        let folder = tempfile::tempdir().unwrap();
        let mut files = BTreeSet::new();
        for path in &paths {
            let on_disk = folder.path().join("w").join(path);
            // A path may be the folder of another one, or below a file.
            let made = fs::create_dir_all(on_disk.parent().unwrap()).and_then(|()| {
                if on_disk.is_dir() { Err(std::io::ErrorKind::IsADirectory.into()) } else { fs::write(&on_disk, path) }
            });
            if made.is_ok() {
                files.insert(format!("w/{path}"));
            }
        }
        let project = Project { manifest: folder.path().join("Cargo.toml"), ..tests::project() };
        for entry in ["'w'", "'w/**'", "{ source = 'w/**', target = 'w' }"] {
            let payload = find(&project, entry).unwrap();
            let targets: BTreeSet<String> = payload.files.iter().map(|file| file.target.to_string()).collect();
            prop_assert_eq!(&targets, &files);
            prop_assert_eq!(payload.files.len(), files.len());
            prop_assert!(payload.files.is_sorted_by_key(|file| folded(&file.target)));
            for file in &payload.files {
                prop_assert!(fs::read(&file.path).unwrap() == file.target.to_string().as_bytes()[2..]);
            }
        }
    }
}
