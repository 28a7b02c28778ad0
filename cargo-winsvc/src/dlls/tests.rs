//! Programs that start on every machine, and programs that do not.

use std::path::Path;

use winsvc_definition::manifest::TargetPath;

use super::*;
use crate::config::tests::parse;
use crate::diagnostic::Explain;
use crate::payload::{Life, PayloadFile};
use crate::pe::testing::Sketch;

/// The error about a program that imports these DLLs, and these delayed ones, with these files of the package.
fn refused(table: &str, (imports, delayed): (&[&str], &[&str]), files: &[(&str, Vec<u8>)]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let config = parse(&format!("[package.metadata.winsvc.package]\n{table}")).unwrap();
    let files = files.iter().enumerate().map(|(index, (target, bytes))| {
        let path = folder.path().join(index.to_string());
        std::fs::write(&path, bytes).unwrap();
        file(&path, target, index)
    });
    let payload = Payload {
        files: files.collect(),
        ..Payload::default()
    };
    let exe = Sketch::importing(imports, delayed).build();
    let error = check(&config, &payload, &[exe], None).err()?;
    let diagnostic = error.diagnostic();
    let place = diagnostic
        .place
        .iter()
        .map(|place| format!(":{}", place.line_column().0));
    let lines = [diagnostic.message.clone()]
        .into_iter()
        .chain(place)
        .chain(diagnostic.notes)
        .chain(diagnostic.help);
    Some(lines.collect::<Vec<_>>().join("\n"))
}

fn file(path: &Path, target: &str, entry: usize) -> PayloadFile {
    PayloadFile {
        path: path.to_owned(),
        signed: None,
        target: TargetPath::new(target).unwrap(),
        life: Life::Replaced,
        entry,
        feature: None,
    }
}

fn image(imports: &[&str]) -> Vec<u8> {
    Sketch::importing(imports, &[]).build()
}

const OTHERWISE: &str = "or install it with the program: add its path to `files` in [package.metadata.winsvc.package]\n\
     or, if all machines have it, add its name to `allow-dlls` in [package.metadata.winsvc.package]";

#[test]
fn dlls_of_windows_of_the_package_and_those_that_are_allowed_are_accepted() {
    let imports: (&[&str], &[&str]) = (&["KERNEL32.dll", "Foo.dll", "python312.dll"], &["shell32.dll"]);
    let foo = [("foo.DLL", image(&["KERNEL32.dll"]))];
    assert_eq!(refused("allow-dlls = ['Python312.dll']", imports, &foo), None);
}

#[test]
fn a_dll_that_nobody_has_is_named_with_the_way_out() {
    let imports: (&[&str], &[&str]) = (&["KERNEL32.dll", "libwinpthread-1.dll"], &[]);
    assert_eq!(
        refused("", imports, &[]).unwrap(),
        format!(
            "`acme.exe` imports `libwinpthread-1.dll`, which is neither in the package nor part of Windows\n\
             `libwinpthread-1.dll` is a runtime library of GCC and mingw-w64\n\
             link it statically: print `cargo::rustc-link-lib=static:-bundle=NAME` in the build script that links it\n\
             {OTHERWISE}"
        )
    );
}

#[test]
fn all_dlls_are_named_at_once() {
    let imports: (&[&str], &[&str]) = (&["sqlite3.dll"], &["acme.dll"]);
    assert_eq!(
        refused("", imports, &[]).unwrap(),
        format!(
            "the programs import DLLs that Windows would not find\n\
             `acme.exe` imports `acme.dll`, which is neither in the package nor part of Windows\n\
             `acme.exe` imports `sqlite3.dll`, which is neither in the package nor part of Windows\n\
             `sqlite3.dll` is SQLite\n\
             link it statically\n\
             enable the feature `bundled` of rusqlite or libsqlite3-sys\n\
             {OTHERWISE}"
        )
    );
}

#[test]
fn the_imports_of_the_package_s_dlls_and_exes_are_followed() {
    let files = [
        ("one.dll", image(&["two.dll"])),
        ("two.dll", image(&["one.dll", "vcruntime140.dll"])),
        ("tools/helper.exe", image(&["one.dll"])),
        ("notes.exe", b"not an image".to_vec()),
        ("plugin.dll", image(&["host.dll"])),
    ];
    let error = refused("files = ['1', '2', '3', '4', '5']", (&["one.dll"], &[]), &files).unwrap();
    let expected = [
        "`helper.exe` imports `one.dll`, but the package installs it as `one.dll`",
        "`two.dll` imports `vcruntime140.dll`, which is neither in the package nor part of Windows",
    ];
    assert!(expected.iter().all(|line| error.contains(line)), "{error}");
    assert!(!error.contains("host.dll"), "{error}");
}

#[test]
fn windows_looks_beside_the_exe_unless_the_program_loads_the_dll_itself() {
    let files = [("lib/foo.dll", image(&[]))];
    let table = "exe-folder = 'bin'\nfiles = ['foo.dll']";
    assert_eq!(
        refused(table, (&["foo.dll"], &[]), &files).unwrap(),
        "`acme.exe` imports `foo.dll`, but the package installs it as `lib/foo.dll`\n\
         :3\n\
         Windows looks in the folder of the exe: set `target = \"bin/foo.dll\"` for this entry of `files`"
    );
    assert_eq!(refused(table, (&[], &["foo.dll"]), &files), None);
}

#[test]
fn a_dll_for_another_processor_is_refused() {
    let foo = Sketch {
        machine: 0xaa64,
        ..Sketch::importing(&[], &[])
    };
    assert_eq!(
        refused("", (&["foo.dll"], &[]), &[("foo.dll", foo.build())]).unwrap(),
        "`acme.exe` imports `foo.dll`, which is for arm64, but the exe is for x64\n\
         replace it in `files` by the DLL for x64"
    );
}
