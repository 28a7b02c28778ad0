//! Trees, empty folders and kept files, from the installation of one version over the next to the removal.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::package::by_7zip;
use winsvc_tests::process::{require, run};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

const TABLE: &str = r#"[package.metadata.winsvc.package]
exe-folder = "bin"
files = [
    { source = "web/", exclude = ["**/*.map", "cache/*"] },
    { source = "etc/*.toml", target = "conf", keep = true },
    { source = "read me.txt", target = "doc/" },
    { target = "plugins/" },
]"#;

/// The levels of compression of the two versions are those that no other test installs.
fn fixture(version: &str, compression: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder("files")
        .version(version)
        .manifest(&format!("{TABLE}\ncompression = '{compression}'"))
        .write("web/index.html", version)
        .write("web/js/app.js.map", "")
        .write("web/js/long name.min.js", "")
        .write("web/cache/of the developer", "")
        .write("etc/agent.toml", &format!("default of {version}"))
        .write("read me.txt", "")
}

fn first() -> Packages {
    fixture("1.0.0", "max").write("web/old/page.html", "").package()
}

fn second() -> Packages {
    fixture("1.1.0", "fast").write("web/js/new.js", "").package()
}

/// The files below a folder with their contents, but that of the exe, and the empty folders with a slash.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    fn read(root: &Path, folder: &Path, tree: &mut BTreeMap<String, String>) {
        let name = |path: &Path| {
            let path = path.strip_prefix(root).unwrap();
            path.to_str().unwrap().replace('\\', "/")
        };
        let mut is_empty = true;
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            is_empty = false;
            if path.is_dir() {
                read(root, &path, tree);
            } else {
                let content = fs::read(&path).unwrap();
                let text = String::from_utf8(content).unwrap_or_default();
                tree.insert(name(&path), text);
            }
        }
        if is_empty && folder != root {
            tree.insert(format!("{}/", name(folder)), String::new());
        }
    }
    let mut files = BTreeMap::new();
    read(folder, folder, &mut files);
    files
}

/// Whether the installed exe is the one that the zip of the same version has.
fn has_the_exe_of(folder: &Path, packages: &Packages, version: &str) -> bool {
    let exe = &by_7zip(&packages.zip)[&format!("hello-{version}-x64/bin/hello.exe")];
    fs::read(folder.join("bin/hello.exe")).unwrap() == *exe
}

/// What an installation of a version has beside the kept file.
fn installed(version: &str, own: &str) -> BTreeMap<String, String> {
    let default = format!("default of {version}");
    let files = [
        ("bin/hello.exe", ""),
        ("conf/agent.toml.new", &default),
        ("doc/read me.txt", ""),
        ("plugins/", ""),
        ("web/cache/", ""),
        ("web/index.html", version),
        ("web/js/long name.min.js", ""),
        (own, ""),
    ];
    files
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into()
}

fn with_kept(mut files: BTreeMap<String, String>, content: &str) -> BTreeMap<String, String> {
    files.insert("conf/agent.toml".to_owned(), content.to_owned());
    files
}

#[test]
fn an_msi_follows_the_version_and_leaves_the_administrator_s_file() {
    const REPAIR: [&str; 2] = ["REINSTALL=ALL", "REINSTALLMODE=amus"];
    let (first, second) = (first(), second());
    let windows = Windows::new();
    let service = windows.service("hello");
    let folder = windows.drive_c("Program Files/hello");
    let kept = folder.join("conf/agent.toml");

    windows.install(&first.msi, &[]).ok();
    service.reaches(State::Running);
    let image = r#"image="C:\Program Files\hello\bin\hello.exe""#;
    let registration = service.registration();
    assert!(
        registration
            .iter()
            .any(|line| line.replace('"', "") == image.replace('"', "")),
        "{registration:#?}"
    );
    let one = installed("1.0.0", "web/old/page.html");
    assert_eq!(tree(&folder), with_kept(one.clone(), "default of 1.0.0"));
    assert!(has_the_exe_of(&folder, &first, "1.0.0"));

    fs::write(&kept, "mine").unwrap();
    fs::write(folder.join("web/index.html"), "changed").unwrap();
    windows.install(&first.msi, &REPAIR).ok();
    assert_eq!(tree(&folder), with_kept(one, "mine"), "after a repair");

    windows.install(&second.msi, &[]).ok();
    service.reaches(State::Running);
    let two = installed("1.1.0", "web/js/new.js");
    assert_eq!(tree(&folder), with_kept(two.clone(), "mine"), "after an upgrade");
    assert!(has_the_exe_of(&folder, &second, "1.1.0"));

    fs::remove_file(&kept).unwrap();
    windows.install(&second.msi, &REPAIR).ok();
    assert_eq!(
        tree(&folder),
        with_kept(two.clone(), "default of 1.1.0"),
        "a repair makes it where there is none"
    );

    fs::write(&kept, "mine").unwrap();
    windows.uninstall(&second.msi).ok();
    assert_eq!(
        tree(&folder),
        with_kept(BTreeMap::new(), "mine"),
        "after the removal"
    );
    windows.install(&second.msi, &[]).ok();
    assert_eq!(
        tree(&folder),
        with_kept(two, "mine"),
        "after another installation"
    );
    windows.uninstall(&second.msi).ok();
}

/// The files of the zip, unpacked into a folder over those that are there.
fn unpack_over(zip: &Path, folder: &Path) {
    let unpacked = tempfile::tempdir().unwrap();
    let mut to = OsString::from("-o");
    to.push(unpacked.path());
    let _ = run(require("7z").args(["x", "-y"]).arg(to).arg(zip), PATIENCE).ok();
    let root = unpacked.path().join(zip.file_stem().unwrap());
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(below) = folders.pop() {
        let target = folder.join(below.strip_prefix(&root).unwrap());
        fs::create_dir_all(&target).unwrap();
        for entry in fs::read_dir(&below).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                fs::copy(&path, target.join(path.file_name().unwrap())).unwrap();
            }
        }
    }
}

#[test]
fn a_zip_s_scripts_leave_the_administrator_s_file() {
    let (first, second) = (first(), second());
    let windows = Windows::new();
    let service = windows.service("hello");
    let folder = windows.drive_c("my services/hello");
    let kept = folder.join("conf/agent.toml");
    let script = |name: &str| {
        let path = format!(r"C:\my services\hello\{name}");
        let (code, finished) = windows.exit_code("cmd", &["/c", &path]);
        assert_eq!(code, 0, "{finished}");
    };
    let own = |version: &str, own: &str| {
        let mut files = installed(version, own);
        for name in ["README.txt", "SHA256SUMS", "install.cmd", "uninstall.cmd"] {
            let text = fs::read_to_string(folder.join(name)).unwrap();
            files.insert(name.to_owned(), text);
        }
        files
    };

    unpack_over(&first.zip, &folder);
    assert_eq!(
        tree(&folder),
        own("1.0.0", "web/old/page.html"),
        "no kept file is in it"
    );
    script("install.cmd");
    service.reaches(State::Running);
    let one = own("1.0.0", "web/old/page.html");
    assert_eq!(tree(&folder), with_kept(one, "default of 1.0.0"));

    fs::write(&kept, "mine").unwrap();
    script("install.cmd");
    assert_eq!(service.stop(), win32::SUCCESS);
    service.reaches(State::Stopped);
    unpack_over(&second.zip, &folder);
    fs::remove_dir_all(folder.join("web/old")).unwrap();
    script("install.cmd");
    service.reaches(State::Running);
    let two = own("1.1.0", "web/js/new.js");
    assert_eq!(tree(&folder), with_kept(two.clone(), "mine"), "after an upgrade");

    script("uninstall.cmd");
    assert_eq!(service.status(), None);
    assert_eq!(tree(&folder), with_kept(two, "mine"));
}
