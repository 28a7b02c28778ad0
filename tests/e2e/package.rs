//! The packages as other programs read them: Windows Installer, msitools, the `msi` crate, 7-Zip, cabextract,
//! osslsigncode.

use std::fs;
use std::path::{Path, PathBuf};

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::package::{Tables, by_7zip};
#[cfg(windows)]
use winsvc_tests::paths::source;
#[cfg(windows)]
use winsvc_tests::process::powershell;
#[cfg(unix)]
use winsvc_tests::process::require;
use winsvc_tests::process::run;
use winsvc_tests::service::State;
#[cfg(unix)]
use winsvc_tests::signing::{make_key, verify};
use winsvc_tests::windows::Windows;

// The readers beside 7-Zip and Windows Installer: msitools and cabextract are there for Unix alone.
#[cfg(unix)]
use winsvc_tests::package::{by_cabextract as extract, stream};
#[cfg(windows)]
use winsvc_tests::package::{by_expand as extract, stream_by_msi_crate as stream};

/// The tables as msitools reads them where it is; that the `msi` crate reads the same, a test says.
fn tables(msi: &Path) -> Tables {
    if cfg!(windows) {
        Tables::by_msi_crate(msi)
    } else {
        Tables::by_msitools(msi)
    }
}

/// The HTTP API with its own port, so that its packages are the same each time.
fn http_api() -> Packages {
    Fixture::new("http-api").package()
}

/// Puts names in place of what depends on the compiler: the exe's size, and the codes that follow from its content.
fn without_the_exe(tables: &mut Tables) {
    tables.normalise("File", "FileSize", |size| {
        if size.len() > 5 {
            "[size of the exe]".to_owned()
        } else {
            size.to_owned()
        }
    });
    let code = tables.property("ProductCode").expect("a product code").to_owned();
    tables.normalise("Property", "Value", |value| {
        value.replace(&code, "[product code]")
    });
}

#[test]
fn the_tables_of_the_http_api_s_msi() {
    let mut tables = tables(&http_api().msi);
    without_the_exe(&mut tables);
    // What the columns may hold is the schema's, which has tests of its own.
    tables.remove("_Validation");
    insta::assert_snapshot!(tables);
}

#[cfg(unix)]
#[test]
fn two_readers_agree_on_every_cell() {
    let packages = http_api();
    let (msitools, crate_) = (
        Tables::by_msitools(&packages.msi),
        Tables::by_msi_crate(&packages.msi),
    );
    assert_eq!(msitools.names(), crate_.names());
    for name in msitools.names() {
        assert_eq!(msitools.table(name), crate_.table(name), "{name}");
    }
}

/// Windows Installer, in Wine or on Windows itself.
#[test]
fn an_installer_agrees_with_the_other_readers() {
    let packages = http_api();
    let prefix = Windows::new();
    let (installer, crate_) = (
        Tables::by_installer(&prefix, &packages.msi),
        Tables::by_msi_crate(&packages.msi),
    );
    assert_eq!(installer.names(), crate_.names());
    for name in installer.names() {
        assert_eq!(installer.table(name), crate_.table(name), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn the_summary_information() {
    let packages = http_api();
    let summary = run(
        require("msiinfo")
            .arg("suminfo")
            .arg(&packages.msi)
            .env("TZ", "UTC"),
        PATIENCE,
    )
    .ok();
    let code = |line: &str| line.starts_with("Revision number (UUID): ");
    let lines: Vec<&str> = summary.lines().into_iter().filter(|line| !code(line)).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn the_cabinet_holds_the_files_byte_for_byte() {
    let packages = http_api();
    let tables = tables(&packages.msi);
    let media = &tables.table("Media").rows;
    assert_eq!(media.len(), 1);
    let cabinet_name = media[0][3]
        .strip_prefix('#')
        .expect("an embedded cabinet")
        .to_owned();
    let folder = tempfile::tempdir().unwrap();
    let cabinet = folder.path().join("files.cab");
    fs::write(&cabinet, stream(&packages.msi, &cabinet_name)).unwrap();

    let zip = by_7zip(&packages.zip);
    let expected: Vec<(String, &Vec<u8>)> = tables
        .table("File")
        .rows
        .iter()
        .map(|row| {
            let long_name = row[2].rsplit('|').next().unwrap();
            (row[0].clone(), &zip[&format!("http-api-1.0.0-x64/{long_name}")])
        })
        .collect();
    for read in [extract(&cabinet), by_7zip(&cabinet)] {
        let read: Vec<(String, &Vec<u8>)> = read
            .iter()
            .map(|(name, content)| (name.clone(), content))
            .collect();
        assert!(
            read == expected,
            "{:?}",
            read.iter()
                .map(|(name, content)| (name, content.len()))
                .collect::<Vec<_>>()
        );
    }
}

/// Signs a copy of a file in `folder` with a key that nobody trusts but this test, and verifies it.
#[cfg(unix)]
fn sign(file: &Path, folder: &Path) -> PathBuf {
    let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
    make_key(&key, &certificate);

    let signed = folder.join(file.file_name().unwrap());
    let mut sign = require("osslsigncode");
    sign.args(["sign", "-h", "sha256", "-key"]).arg(key);
    sign.arg("-certs").arg(&certificate);
    let _ = run(sign.arg("-in").arg(file).arg("-out").arg(&signed), PATIENCE).ok();

    verify(&signed, &certificate);
    signed
}

/// Signs a copy of a file in `folder` with a key that nobody trusts, and lets Windows look at it.
#[cfg(windows)]
fn sign(file: &Path, folder: &Path) -> PathBuf {
    let signed = folder.join(file.file_name().unwrap());
    fs::copy(file, &signed).unwrap();
    let mut powershell = powershell(&source("sign.ps1"));
    powershell.arg(&signed);
    // The content is what was signed; that nobody knows by whom is all that is wrong.
    assert_eq!(run(&mut powershell, PATIENCE).ok().lines(), ["UnknownError"]);
    signed
}

#[test]
fn the_msi_can_be_signed_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    sign(&http_api().msi, folder.path());
}

#[test]
fn the_exe_can_be_signed_and_verified() {
    let [folder, signed] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let exe = folder.path().join("http-api.exe");
    fs::write(&exe, &by_7zip(&http_api().zip)["http-api-1.0.0-x64/http-api.exe"]).unwrap();
    sign(&exe, signed.path());
}

#[test]
fn a_signed_msi_still_installs() {
    let packages = Fixture::new("hello").package();
    let folder = tempfile::tempdir().unwrap();
    let signed = sign(&packages.msi, folder.path());
    let prefix = Windows::new();
    prefix.install(&signed, &[]).ok();
    prefix.service("hello").reaches(State::Running);
    prefix.uninstall(&signed).ok();
}

/// Links a message table into the exe, as a program does that has one.
#[cfg(unix)]
const BUILD_SCRIPT: &str = r#"use std::process::Command;

fn main() {
    let folder = std::env::var("OUT_DIR").unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(format!("x86_64-w64-mingw32-{program}"));
        assert!(command.current_dir(&folder).args(arguments).status().unwrap().success());
    };
    let messages = "LanguageNames=(English=0x409:MSG00409)\nMessageId=0x7\nLanguage=English\nOurs.\n.\n";
    std::fs::write(format!("{folder}/m.mc"), messages).unwrap();
    run("windmc", &["m.mc"]);
    run("windres", &["m.rc", "m.o"]);
    println!("cargo:rustc-link-arg={folder}/m.o");
}
"#;

#[cfg(unix)]
#[test]
fn an_author_s_message_table_stays_and_is_warned_of() {
    let fixture = Fixture::new("hello")
        .in_folder("package/messages")
        .write("build.rs", BUILD_SCRIPT);
    let folder = tempfile::tempdir().unwrap();
    let out_dir = folder.path().to_str().unwrap();
    let finished = fixture.run("package", &["--quiet", "--out-dir", out_dir]).ok();
    assert_eq!(
        finished.stderr.lines().collect::<Vec<_>>(),
        [
            "warning: the exe has a message table, which the event source `hello` does not use",
            "note: the message file of this source is Windows' EventCreate.exe, which shows the messages that winsvc reports; \
             the Event Log service would hold the exe open as a message file and block upgrades",
            "help: register another event source for the table, with a DLL as its message file",
        ]
    );
    let exe = &by_7zip(&folder.path().join("hello-1.0.0-x64.zip"))["hello-1.0.0-x64/hello.exe"];
    let text: Vec<u8> = "Ours.".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(
        exe.windows(text.len()).any(|window| window == text),
        "the author's message is in the exe"
    );
}
