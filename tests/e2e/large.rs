//! Packages of gigabytes: made, extracted by msitools, installed in Wine, and compared byte by byte.
//!
//! They take minutes and up to 20 GB of disk, so they run on demand only: `tests/run large`.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use winsvc_tests::fixture::{BUILD, Fixture, TARGET};
use winsvc_tests::package::Tables;
use winsvc_tests::process::{require, run};
use winsvc_tests::windows::Windows;
use winsvc_tests::{paths, tool};

/// The largest file of a cabinet: as many blocks of 32 KiB as a folder counts in 16 bits.
const LARGEST: u64 = 0x7FFF_8000;

/// The most memory in bytes that the tool may take. The payload is never in memory, whatever its size.
const MOST_MEMORY: u64 = 100_000_000;

/// How many bytes of a file are generated at a time.
const PIECE: usize = 1 << 20;

/// What a file consists of.
#[derive(Clone, Copy)]
enum Kind {
    /// Words, and some noise in each page, so that no two pages are the same.
    Words,
    Noise,
}

/// A file of the payload. Its content follows from its number and its kind.
struct Generated {
    name: String,
    number: u64,
    size: u64,
    kind: Kind,
}

impl Generated {
    /// The content, in pieces.
    fn pieces(&self) -> impl Iterator<Item = Vec<u8>> {
        let (number, size, kind) = (self.number, self.size, self.kind);
        (0..size.div_ceil(PIECE as u64)).map(move |index| {
            let mut piece = piece(kind, number << 32 | index);
            piece.truncate((size - index * PIECE as u64).min(PIECE as u64) as usize);
            piece
        })
    }

    fn write(&self, folder: &Path) {
        let path = folder.join(&self.name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = BufWriter::new(File::create(path).unwrap());
        for piece in self.pieces() {
            file.write_all(&piece).unwrap();
        }
        file.flush().unwrap();
    }

    fn assert_in(&self, folder: &Path) {
        let path = folder.join(&self.name);
        let mut file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(file.metadata().unwrap().len(), self.size, "{}", path.display());
        for (index, expected) in self.pieces().enumerate() {
            let mut piece = vec![0; expected.len()];
            file.read_exact(&mut piece).unwrap();
            assert!(piece == expected, "{} differs in piece {index}", path.display());
        }
    }
}

fn piece(kind: Kind, seed: u64) -> Vec<u8> {
    const PAGE: usize = 4096;
    const NOISE: usize = 256;
    const SENTENCE: &[u8] = b"the quick service installs a package over the lazy rollback\r\n";
    match kind {
        Kind::Noise => noise(seed, PIECE),
        Kind::Words => {
            let words = SENTENCE.repeat(PAGE / SENTENCE.len() + 1);
            let mut piece = Vec::with_capacity(PIECE);
            for (page, noise) in noise(seed, PIECE / PAGE * NOISE).chunks_exact(NOISE).enumerate() {
                piece.extend_from_slice(noise);
                piece.extend_from_slice(&words[page % SENTENCE.len()..][..PAGE - NOISE]);
            }
            piece
        }
    }
}

/// Bytes without a pattern, the same for the same seed (`SplitMix64`).
fn noise(seed: u64, len: usize) -> Vec<u8> {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    // Mixed, as seeds that differ by a few steps would give the same bytes a few steps later.
    let mut state = mixed(seed.wrapping_add(STEP));
    let mut noise = Vec::with_capacity(len);
    while noise.len() < len {
        state = state.wrapping_add(STEP);
        noise.extend_from_slice(&mixed(state).to_le_bytes());
    }
    noise
}

fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// A package with these files, in a folder of its own.
struct Package {
    files: Vec<Generated>,
    msi: PathBuf,
    folder: TempDir,
}

impl Package {
    fn new(kind: Kind, compression: &str, sizes: impl IntoIterator<Item = u64>) -> Self {
        // Not in the folder for temporary files, which may be in memory.
        let folder = tempfile::tempdir_in(paths::lasting("large")).unwrap();
        let files = sizes.into_iter().zip(0..).map(|(size, number)| Generated {
            name: format!("{:02}/file-{number:04}.bin", number / 100),
            number,
            size,
            kind,
        });
        let files: Vec<Generated> = files.collect();
        let payload = folder.path().join("payload");
        for file in &files {
            file.write(&payload);
        }
        let fixture = Fixture::new("hello").in_folder("large").manifest(&format!(
            "[package.metadata.winsvc.package]\ncompression = '{compression}'\nfiles = [{{ source = '{}/', target = 'payload/' }}]",
            payload.display()
        ));
        let _ = fixture.run("build", &[]).ok();
        let msi = package(&fixture, folder.path());
        fs::remove_dir_all(payload).unwrap();
        Self { files, msi, folder }
    }

    /// The names of the cabinets in the table `Media`, and how many bytes all files of the package have.
    fn cabinets(&self) -> (Vec<String>, u64) {
        let tables = Tables::by_msitools(&self.msi);
        let media = tables.table("Media");
        let column = media.columns.iter().position(|name| name == "Cabinet").unwrap();
        let cabinets = media.rows.iter().map(|row| row[column].clone()).collect();
        let beside = fs::read_dir(self.msi.parent().unwrap()).unwrap();
        let bytes = beside.map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
        (cabinets, bytes)
    }

    fn assert_extracted(&self) {
        let folder = self.folder.path().join("extracted");
        let mut msiextract = require("msiextract");
        let _ = run(msiextract.arg("-C").arg(&folder).arg(&self.msi), BUILD).ok();
        self.assert_in(&folder.join("hello/payload"));
        fs::remove_dir_all(folder).unwrap();
    }

    fn assert_installed(&self) {
        let windows = Windows::new();
        let mut msiexec = windows.program("msiexec");
        msiexec.args(["/i", &paths::to_windows(&self.msi), "/qn", "START=0"]);
        let _ = run(&mut msiexec, BUILD).ok();
        self.assert_in(&windows.drive_c("Program Files/hello/payload"));
    }

    fn assert_in(&self, folder: &Path) {
        for file in &self.files {
            file.assert_in(folder);
        }
    }
}

/// Packages a fixture that is built. Prints how long that takes, and checks how much memory.
fn package(fixture: &Fixture, folder: &Path) -> PathBuf {
    let report = folder.join("time");
    let mut time = require("time");
    tool::as_a_user(&mut time);
    time.args(["--quiet", "--format=%e %M", "--output"]).arg(&report);
    time.arg(tool::executable())
        .args([
            "winsvc",
            "package",
            "--no-build",
            "--format",
            "msi",
            "--target",
            TARGET,
        ])
        .arg("--manifest-path")
        .arg(fixture.root().join("Cargo.toml"))
        .arg("--out-dir")
        .arg(folder.join("out"));
    let finished = run(&mut time, BUILD).ok();
    let msi = PathBuf::from(finished.lines()[0]);

    let report = fs::read_to_string(report).unwrap();
    let (seconds, kibibytes) = report.trim_end().split_once(' ').unwrap();
    let memory = kibibytes.parse::<u64>().unwrap() * 1024;
    println!("packaged in {seconds} s with {} MB of memory", memory / 1_000_000);
    assert!(memory <= MOST_MEMORY, "{memory} bytes of memory");
    msi
}

#[test]
#[ignore = "takes minutes and 15 GB of disk; `tests/run large` runs it"]
fn five_gigabytes_are_in_several_cabinets_of_one_msi() {
    let sizes = [LARGEST, 1_000_000_000, 1_000_000_000];
    let package = Package::new(Kind::Words, "default", sizes.into_iter().chain([1_100_001; 800]));
    let (cabinets, bytes) = package.cabinets();
    println!("{bytes} bytes in {cabinets:?}");
    assert_eq!(cabinets, ["#product.cab", "#product2.cab", "#product3.cab"]);
    package.assert_extracted();
    package.assert_installed();
}

#[test]
#[ignore = "takes minutes and 15 GB of disk; `tests/run large` runs it"]
fn more_than_an_msi_can_hold_is_in_cabinets_beside_it() {
    let package = Package::new(
        Kind::Noise,
        "default",
        [1_900_000_000].into_iter().chain([1_100_001; 600]),
    );
    let (cabinets, bytes) = package.cabinets();
    println!("{bytes} bytes in {cabinets:?}");
    assert!(bytes > 2 << 30, "{bytes} bytes");
    assert_eq!(cabinets.len(), 2);
    let folder = package.msi.parent().unwrap();
    for cabinet in &cabinets {
        assert!(folder.join(cabinet).is_file(), "{cabinet}");
    }
    package.assert_extracted();
    package.assert_installed();
}

#[test]
#[ignore = "takes minutes and 7 GB of disk; `tests/run large` runs it"]
fn the_largest_file_is_compressed_at_the_highest_level() {
    let package = Package::new(Kind::Words, "max", [LARGEST]);
    let (cabinets, bytes) = package.cabinets();
    println!("{bytes} bytes in {cabinets:?}");
    assert_eq!(cabinets, ["#product.cab", "#product2.cab"]);
    package.assert_extracted();
    package.assert_installed();
}
