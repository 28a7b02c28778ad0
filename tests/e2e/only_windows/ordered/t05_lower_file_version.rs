//! A newer product may have a file of a lower version.

use std::fs;

use winsvc_tests::fixture::Fixture;
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

/// A file whose version resource has this version: an exe of the fixture's, of which only that counts here.
fn file(version: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let out_dir = folder.path().to_str().unwrap();
    let fixture = Fixture::new("hello")
        .in_folder("only-windows/file")
        .version(version);
    let built = fixture.run("build", &["--out-dir", out_dir]).ok();
    fs::read(built.stdout.trim_end()).unwrap()
}

/// The product with such a file beside its exe.
fn product(version: &str, file: &[u8]) -> Fixture {
    Fixture::new("hello")
        .in_folder("only-windows/with-file")
        .version(version)
        .write("helper.dll", file)
        .manifest("[package.metadata.winsvc.package]\nfiles = [\"helper.dll\"]")
}

#[test]
fn an_upgrade_and_a_repair_install_the_file_of_the_newer_product() {
    let (high, low) = (file("2.0.0"), file("1.0.0"));
    assert_ne!(high, low);
    let old = product("1.0.0", &high).package();
    let new = product("1.1.0", &low).package();
    let windows = Windows::new();
    let service = windows.service("hello");
    let installed = windows.drive_c("Program Files/hello/helper.dll");
    // Not by `assert_eq`, which would print both files.
    let is = |expected: &[u8]| fs::read(&installed).is_ok_and(|content| content == expected);
    windows.install(&old.msi, &[]).ok();
    assert!(is(&high), "{}", installed.display());

    let upgrade = windows.install(&new.msi, &[]);
    upgrade.ok();
    assert!(is(&low), "{}", upgrade.log);
    service.reaches(State::Running);

    fs::remove_file(&installed).unwrap();
    let repair = windows.repair(&new.msi);
    repair.ok();
    assert!(is(&low), "{}", repair.log);
    service.reaches(State::Running);
}
