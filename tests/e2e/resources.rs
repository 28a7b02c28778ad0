//! An exe with resources of its own, linked in by its build script: what `cargo winsvc build` makes of them, as the `pelite`
//! crate reads it.

use std::collections::BTreeMap;
use std::fs;

use pelite::PeFile;
use winsvc_tests::fixture::Fixture;
use winsvc_tests::process::Finished;
use winsvc_tests::residue::Registry;
use winsvc_tests::windows::Windows;

const BUILD_SCRIPT: &str = r#"fn main() {
    let object = format!("{}/author.o", std::env::var("OUT_DIR").unwrap());
    let mut windres = std::process::Command::new("x86_64-w64-mingw32-windres");
    windres.args(["--codepage", "65001", "author.rc", &object]);
    assert!(windres.status().unwrap().success());
    println!("cargo:rustc-link-arg={object}");
}
"#;

/// Two tables of strings, of which the second has no company; versions that are not those of Cargo.toml.
const SCRIPT: &str = r#"1 VERSIONINFO
FILEVERSION 9,8,7,6
PRODUCTVERSION 1,0,0,0
FILEFLAGSMASK 0x3f
FILEFLAGS 0x8
FILEOS 0x40004
FILETYPE 0x1
BEGIN
  BLOCK "StringFileInfo"
  BEGIN
    BLOCK "040904b0"
    BEGIN
      VALUE "Comments", "Built by hand"
      VALUE "CompanyName", "Ächme"
      VALUE "FileVersion", "9.8.7.6"
      VALUE "LegalCopyright", "© Ächme"
      VALUE "PrivateBuild", "42"
    END
    BLOCK "040704b0"
    BEGIN
      VALUE "LegalCopyright", "Alle Rechte bei Ächme"
    END
  END
  BLOCK "VarFileInfo"
  BEGIN
    VALUE "Translation", 0x409, 1200, 0x407, 1200
  END
END

7 ICON "author.ico"
1 24 "author.manifest"
"#;

/// Without `supportedOS` and what follows it.
const MANIFEST: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3">
    <security>
      <requestedPrivileges>
        <requestedExecutionLevel level="requireAdministrator" uiAccess="false"/>
      </requestedPrivileges>
    </security>
  </trustInfo>
</assembly>
"#;

/// An icon file with one image of a pixel.
fn icon() -> Vec<u8> {
    let mut image = vec![40, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 32, 0];
    image.resize(40, 0);
    image.extend([1, 2, 3, 255, 0, 0, 0, 0]);
    let mut file = vec![0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 32, 0];
    file.extend((image.len() as u32).to_le_bytes());
    file.extend([22, 0, 0, 0]);
    file.extend(image);
    file
}

fn author(folder: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder(&format!("resources/{folder}"))
        .write("build.rs", BUILD_SCRIPT)
        .write("author.rc", SCRIPT)
        .write("author.ico", &icon())
        .write("author.manifest", MANIFEST)
}

#[test]
fn an_icon_and_links_are_in_the_list_of_installed_programs() {
    let keys = "[package.metadata.winsvc.package]\nicon = \"hello.ico\"\n\
        help-url = \"mailto:help@acme.example\"\nupdate-url = \"https://acme.example/updates\"";
    let fixture = Fixture::new("hello")
        .in_folder("resources/icon")
        .manifest(keys)
        .write("hello.ico", &icon());
    let (exe, _) = build(&fixture);
    let resources = PeFile::from_bytes(&exe).unwrap().resources().unwrap();
    assert_eq!(resources.icons().count(), 1, "the exe had none of its own");

    let packages = fixture.package();
    let windows = Windows::new();
    windows.install(&packages.msi, &[]).ok();
    let uninstall = r"Software\Microsoft\Windows\CurrentVersion\Uninstall";
    let registry = Registry::save(&windows);
    let key = registry
        .keys_below(uninstall)
        .find(|key| registry.text(key, "DisplayName").as_deref() == Some("hello"))
        .expect("the product");
    let text = |value| registry.text(key, value).unwrap_or_default();
    assert_eq!(text("HelpLink"), "mailto:help@acme.example");
    assert_eq!(text("URLUpdateInfo"), "https://acme.example/updates");
    // Windows names this file in `DisplayIcon`; Wine writes only the file.
    let code = key.rsplit('\\').next().unwrap();
    let shown = windows.drive_c(&format!("windows/Installer/{code}/Product.ico"));
    assert_eq!(fs::read(&shown).unwrap(), icon());
    windows.uninstall(&packages.msi).ok();
    assert!(!shown.exists());
}

/// Builds it, and gives the exe and what the tool said.
fn build(fixture: &Fixture) -> (Vec<u8>, Finished) {
    let out = tempfile::tempdir().unwrap();
    let finished = fixture
        .run("build", &["--out-dir", out.path().to_str().unwrap()])
        .ok();
    (fs::read(out.path().join("hello.exe")).unwrap(), finished)
}

/// The strings of each table by its language.
fn strings(exe: &[u8]) -> BTreeMap<u16, BTreeMap<String, String>> {
    let resources = PeFile::from_bytes(exe).unwrap().resources().unwrap();
    let version = resources.version_info().unwrap();
    let table = |language| {
        let mut strings = BTreeMap::new();
        version.strings(language, |key, text| {
            strings.insert(key.to_owned(), text.to_owned());
        });
        (language.lang_id, strings)
    };
    version.translation().iter().copied().map(table).collect()
}

/// The tool's own lines, without cargo's.
fn said(finished: &Finished) -> Vec<&str> {
    let ours = ["warning: ", "note: ", "help: ", "    Manifest"];
    let lines = finished.stderr.lines();
    lines
        .filter(|line| ours.iter().any(|start| line.starts_with(start)))
        .collect()
}

#[test]
fn what_an_author_linked_in_is_kept_and_what_is_replaced_is_said() {
    let (exe, finished) = build(&author("kept"));
    assert_eq!(
        said(&finished),
        [
            "warning: the exe's own version resource differs from Cargo.toml; its values were replaced",
            "note: `FILEVERSION` was \"9.8.7.6\", is now \"1.0.0.0\"",
            "note: `FileVersion` was \"9.8.7.6\", is now \"1.0.0\"",
            "help: remove these values from the resource script",
            "    Manifest kept the exe's own manifest, which lacks supportedOS, longPathAware, activeCodePage",
            "warning: the exe's manifest asks for `requireAdministrator`, but the service's account `virtual` is not an administrator",
            "note: Windows does not start such a program without administrator rights (error 740)",
            "help: use `asInvoker` in the manifest, or `account = \"local-system\"`",
        ]
    );

    let common = [
        ("FileDescription", "The smallest service that winsvc makes"),
        ("FileVersion", "1.0.0"),
        ("InternalName", "hello"),
        ("OriginalFilename", "hello.exe"),
        ("ProductName", "hello"),
        ("ProductVersion", "1.0.0"),
    ];
    let table = |own: &[(&str, &str)]| -> BTreeMap<String, String> {
        let all = common.iter().chain(own);
        all.map(|&(key, text)| (key.to_owned(), text.to_owned()))
            .collect()
    };
    let english = table(&[
        ("Comments", "Built by hand"),
        ("CompanyName", "Ächme"),
        ("LegalCopyright", "© Ächme"),
        ("PrivateBuild", "42"),
    ]);
    let german = table(&[
        ("CompanyName", "hello"),
        ("LegalCopyright", "Alle Rechte bei Ächme"),
    ]);
    assert_eq!(strings(&exe), BTreeMap::from([(0x409, english), (0x407, german)]));

    let resources = PeFile::from_bytes(&exe).unwrap().resources().unwrap();
    let fixed = resources.version_info().unwrap().fixed().unwrap();
    let version = fixed.dwFileVersion;
    assert_eq!(
        (version.Major, version.Minor, version.Patch, version.Build),
        (1, 0, 0, 0)
    );
    assert_eq!(fixed.dwFileFlags, 8, "VS_FF_PRIVATEBUILD");
    assert_eq!(resources.manifest().unwrap(), MANIFEST);
    let icons: Vec<_> = resources.icons().map(Result::unwrap).collect();
    let [(name, group)] = &icons[..] else {
        panic!("{} icons", icons.len());
    };
    let mut file = Vec::new();
    group.write(&mut file).unwrap();
    assert_eq!((name.to_string(), file), ("#7".to_owned(), icon()));
}

#[test]
fn a_key_of_cargo_toml_wins() {
    let table = "[package.metadata.winsvc]\ndescription = \"Watches.\"\naccount = \"local-system\"\n\
                 package = { manufacturer = \"Acme\", product-name = \"Agent\" }";
    let fixture = author("keys")
        .manifest(table)
        .replace("author.rc", "9,8,7,6", "1,0,0,0")
        .replace("author.rc", "\"9.8.7.6\"", "\"1.0.0\"");
    let (exe, finished) = build(&fixture);
    assert_eq!(
        said(&finished),
        [
            "warning: the exe's own version resource differs from Cargo.toml; its values were replaced",
            "note: `CompanyName` was \"Ächme\", is now \"Acme\"",
            "help: remove these values from the resource script",
            "    Manifest kept the exe's own manifest, which lacks supportedOS, longPathAware, activeCodePage",
        ]
    );
    for table in strings(&exe).values() {
        let texts = ["CompanyName", "FileDescription", "ProductName"].map(|key| table[key].as_str());
        assert_eq!(texts, ["Acme", "Watches.", "Agent"]);
    }
}
