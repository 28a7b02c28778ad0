//! WiX source that names files that are there, and MSIs that other programs build from it: wixl really, the WiX toolset by
//! programs that stand in for it and record how they are called.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::Fixture;
use winsvc_tests::package::Tables;
use winsvc_tests::process::{require, run};
use winsvc_tests::residue::Snapshot;
use winsvc_tests::service::State;
use winsvc_tests::tool::path;
use winsvc_tests::windows::Windows;

/// The results of `package` in a folder of their own.
fn package(fixture: &Fixture, arguments: &[&str]) -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let out_dir = folder.path().to_str().unwrap();
    let finished = fixture
        .run("package", &[&["--out-dir", out_dir], arguments].concat())
        .ok();
    let files = finished.lines().into_iter().map(PathBuf::from).collect();
    (folder, files)
}

/// The values of an attribute.
fn values(source: &str, attribute: &str) -> Vec<String> {
    let begin = format!(" {attribute}=\"");
    let parts = source.split(&begin).skip(1);
    let values = parts.filter_map(|part| part.split('"').next());
    values.map(str::to_owned).collect()
}

/// The value that a source defines for a variable.
fn defined(source: &str, name: &str) -> String {
    let begin = format!("<?define {name} = \"");
    let (_, after) = source.split_once(&begin).expect("a definition");
    after.split('"').next().unwrap().to_owned()
}

#[test]
fn sources_name_files_that_are_there() {
    let (folder, sources) = package(&Fixture::http_api(8080), &["--format", "wxs,wxs3"]);
    let names: Vec<_> = sources.iter().map(|path| path.file_name().unwrap()).collect();
    assert_eq!(names, ["http-api-1.0.0-x64.wxs", "http-api-1.0.0-x64.v3.wxs"]);
    for path in sources {
        let _ = run(require("xmllint").arg("--noout").arg(&path), PATIENCE).ok();
        let source = fs::read_to_string(&path).unwrap();
        let files = [values(&source, "Source"), values(&source, "SourceFile")].concat();
        assert!(files.len() >= 2, "{files:?}");
        for file in files {
            let file = file
                .replace("$(var.Payload)", &defined(&source, "Payload"))
                .replace("$(var.Project)", &defined(&source, "Project"));
            assert!(folder.path().join(&file).is_file(), "{file}");
        }
    }
    let entries = fs::read_dir(folder.path()).unwrap();
    let left: BTreeSet<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    let expected = [
        "http-api-1.0.0-x64.v3.wxs",
        "http-api-1.0.0-x64.wxs",
        "http-api-1.0.0-x64-wxs",
    ];
    assert_eq!(left, expected.map(OsString::from).into());
}

/// The tables without what the program that builds the MSI decides.
fn comparable(msi: &Path) -> Tables {
    let mut tables = Tables::by_msi_crate(msi);
    let code = tables.property("ProductCode").expect("a product code").to_owned();
    tables.normalise("Property", "Value", |value| {
        value.replace(&code, "[product code]")
    });
    tables.normalise("File", "Sequence", |_| "[sequence]".to_owned());
    // The tables that wixl always writes, and the one that only this tool writes.
    for name in ["Error", "Signature", "_Validation"] {
        tables.remove(name);
    }
    tables
}

#[test]
fn wixl_and_msibuild_build_the_same_tables() {
    let other_letters = "[package.metadata.winsvc]\ndisplay-name = \"Größe\"\n";
    for fixture in [
        Fixture::new("http-api"),
        Fixture::new("exporter"),
        Fixture::new("hello").in_folder("wixl").manifest(other_letters),
    ] {
        let ours = fixture.package();
        let (_folder, files) = package(&fixture, &["--format", "msi", "--msi-backend", "wixl"]);
        let [msi] = &files[..] else {
            panic!("{files:?}");
        };
        let (ours, theirs) = (comparable(&ours.msi), comparable(msi));
        for table in ours.names() {
            assert_eq!(theirs.table(table), ours.table(table), "{table}");
        }
    }
}

#[test]
fn an_msi_by_wixl_installs_starts_and_removes_the_service() {
    let (_folder, files) = package(
        &Fixture::new("hello"),
        &["--format", "msi", "--msi-backend", "wixl"],
    );
    let windows = Windows::new();
    let service = windows.service("hello");
    let before = Snapshot::take(&windows);
    windows.install(&files[0], &[]).ok();
    service.reaches(State::Running);
    windows.uninstall(&files[0]).ok();
    assert_eq!(service.status(), None);
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}

#[test]
fn letters_that_wixl_does_not_write_are_refused() {
    let fixture = Fixture::new("hello")
        .in_folder("wixl")
        .manifest("[package.metadata.winsvc]\ndisplay-name = \"Größe 大\"\n");
    let refused = fixture.refused(&["--format", "msi", "--msi-backend", "wixl"]);
    let (first, rest) = refused.split_once('\n').unwrap();
    assert_eq!(
        first,
        "error: wixl writes only Western European letters, and the name `Größe 大` has others"
    );
    assert!(rest.contains("display-name = \"Größe 大\""), "{rest}");
    assert!(
        rest.ends_with("help: use --msi-backend builtin or wix\n"),
        "{rest}"
    );
}

/// A folder with programs that stand in for a WiX toolset.
struct StandIns {
    folder: TempDir,
}

impl StandIns {
    /// Programs that record their arguments, then run the rest of the script.
    fn new(programs: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, script) in programs {
            let path = folder.path().join(name);
            let record = folder.path().join("calls");
            let script = format!(
                "#!/bin/sh\necho {name} \"$@\" >> '{}'\n{script}\n",
                record.display()
            );
            fs::write(&path, script).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { folder }
    }

    /// A search path in which they come first.
    fn path(&self) -> OsString {
        let others = path();
        let folders = [self.folder.path().to_owned()].into_iter();
        std::env::join_paths(folders.chain(std::env::split_paths(&others))).unwrap()
    }

    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.folder.path().join("calls")).unwrap();
        calls.lines().map(str::to_owned).collect()
    }
}

/// A script that checks the source and gives out an MSI that was built before.
fn gives(msi: &Path, source: &str, result: &str) -> String {
    format!(
        "xmllint --noout '{source}' && test -f payload/hello.exe && cp '{}' '{result}'",
        msi.display()
    )
}

#[test]
fn wix_4_builds_the_msi() {
    let fixture = Fixture::new("hello");
    let ours = fixture.package();
    let script = gives(&ours.msi, "hello-1.0.0-x64.wxs", "hello-1.0.0-x64.msi");
    let wix = StandIns::new(&[("wix", &script)]);
    let fixture = fixture.env("PATH", wix.path());
    let (_folder, files) = package(&fixture, &["--format", "msi", "--msi-backend", "wix"]);
    assert_eq!(fs::read(&files[0]).unwrap(), fs::read(&ours.msi).unwrap());
    assert_eq!(
        wix.calls(),
        ["wix build -arch x64 -pdbtype none -o hello-1.0.0-x64.msi hello-1.0.0-x64.wxs"]
    );
}

#[test]
fn wix_3_builds_the_msi() {
    let fixture = Fixture::new("hello");
    let ours = fixture.package();
    let light = gives(&ours.msi, "hello-1.0.0-x64.v3.wxs", "hello-1.0.0-x64.msi");
    let wix = StandIns::new(&[("candle", "true"), ("light", &light)]);
    let fixture = fixture.env("PATH", wix.path());
    let (_folder, files) = package(&fixture, &["--format", "msi", "--msi-backend", "wix"]);
    assert_eq!(fs::read(&files[0]).unwrap(), fs::read(&ours.msi).unwrap());
    assert_eq!(
        wix.calls(),
        [
            "candle -nologo -arch x64 -o hello-1.0.0-x64.wixobj hello-1.0.0-x64.v3.wxs",
            "light -nologo -spdb -o hello-1.0.0-x64.msi hello-1.0.0-x64.wixobj",
        ]
    );
}

#[test]
fn without_a_wix_nothing_is_compiled() {
    let refused = Fixture::new("hello").refused(&["--format", "msi", "--msi-backend", "wix"]);
    assert_eq!(
        refused,
        "error: no WiX toolset found: there is no `wix`, and no `candle` with `light`, in the search path\n\
         help: install WiX (dotnet tool install --global wix)\n\
         help: or build the MSI without other programs (--msi-backend builtin)\n"
    );
}

#[test]
fn a_licence_is_not_accepted_for_anybody() {
    let script = "echo 'error WIX7015: You must accept the Open Source Maintenance Fee (OSMF) EULA'; exit 1";
    let wix = StandIns::new(&[("wix", script)]);
    let fixture = Fixture::new("hello").env("PATH", wix.path());
    let refused = fixture.refused_by_build(&["--format", "msi", "--msi-backend", "wix"]);
    assert_eq!(
        refused,
        "error: `wix build -arch x64 -pdbtype none -o hello-1.0.0-x64.msi hello-1.0.0-x64.wxs` failed: exit status: 1\n\
         note: error WIX7015: You must accept the Open Source Maintenance Fee (OSMF) EULA\n\
         help: read WiX's licence and accept it yourself, as its message says, or use WiX 6 or earlier\n"
    );
    assert!(wix.calls().iter().all(|call| !call.contains("Eula")));
}
