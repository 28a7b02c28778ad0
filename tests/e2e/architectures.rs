//! Packages for the architectures that Wine does not run, and small exes.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use winsvc_tests::fixture::{BUILD, Fixture};
use winsvc_tests::package::{Tables, by_7zip};
use winsvc_tests::paths;
use winsvc_tests::process::{require, run};
use winsvc_tests::tool::path;

/// The `IMAGE_FILE_MACHINE_*` number of an exe.
fn machine(exe: &[u8]) -> u16 {
    let header = u32::from_le_bytes(exe[0x3c..0x40].try_into().unwrap()) as usize;
    u16::from_le_bytes(exe[header + 4..header + 6].try_into().unwrap())
}

/// The platform in the summary information, as msitools reads it.
fn platform(msi: &Path) -> String {
    let summary = run(require("msiinfo").arg("suminfo").arg(msi), BUILD).ok();
    let template = summary
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("Template: "));
    template.unwrap_or_else(|| panic!("{summary}")).to_owned()
}

fn package(fixture: &Fixture, target: &str) -> (tempfile::TempDir, String) {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let finished = fixture
        .run("package", &["--quiet", "--out-dir", folder, "--target", target])
        .ok();
    let stem = finished.lines()[0].strip_suffix(".msi").unwrap().to_owned();
    (out, stem)
}

/// What a package for another processor has of it: the name, the platform, the exe, and 64-bit components or none.
fn check(fixture: &Fixture, target: &str, arch: &str, template: &str, number: u16) {
    let (_folder, stem) = package(fixture, target);
    assert!(stem.ends_with(&format!("hello-1.0.0-{arch}")), "{stem}");
    let (msi, zip) = (format!("{stem}.msi"), format!("{stem}.zip"));
    assert_eq!(platform(Path::new(&msi)), template);
    let exe = &by_7zip(Path::new(&zip))[&format!("hello-1.0.0-{arch}/hello.exe")];
    assert_eq!(machine(exe), number);
    assert!(
        Tables::by_msi_crate(Path::new(&msi))
            .property("ProductCode")
            .is_some()
    );
}

#[test]
fn a_32_bit_package_has_a_32_bit_exe() {
    let fixture = Fixture::new("hello").in_folder("architectures/x86");
    check(&fixture, "i686-pc-windows-gnu", "x86", "Intel;1033", 0x014c);
}

/// Zig links, by cargo-zigbuild.
#[test]
fn an_arm_package_has_an_arm_exe() {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path()).collect();
    let zigbuild = paths::prepared("zig/bin/cargo-zigbuild");
    folders.insert(0, zigbuild.parent().unwrap().to_owned());
    let with_zig: OsString = std::env::join_paths(folders).unwrap();
    let fixture = Fixture::new("hello")
        .in_folder("architectures/arm64")
        .env("PATH", with_zig);
    check(
        &fixture,
        "aarch64-pc-windows-gnullvm",
        "arm64",
        "Arm64;1033",
        0xaa64,
    );
}

/// The profile of the author stays as it is, and so does its exe.
#[test]
fn a_small_exe_is_compared_with_the_usual_one() {
    let fixture = Fixture::new("hello").in_folder("architectures/small");
    let build = |flags: &[&str]| {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().to_str().unwrap();
        let finished = fixture
            .run("build", &[&["--out-dir", folder], flags].concat())
            .ok();
        let exe = fs::read(finished.stdout.trim()).unwrap();
        (exe.len(), finished.stderr)
    };
    let (usual, _) = build(&[]);
    let (small, messages) = build(&["--small"]);
    assert!(small < usual / 2, "{small} of {usual} bytes");
    let line = messages
        .lines()
        .find(|line| line.trim_start().starts_with("Small"));
    let line = line.unwrap_or_else(|| panic!("{messages}"));
    assert!(
        line.contains("hello.exe: ") && line.contains("% less than"),
        "{line}"
    );
    assert!(line.ends_with("of profile `release`"), "{line}");
    assert_eq!(build(&[]).0, usual);
}
