//! Signing, by osslsigncode with keys of the tests' own authority; read back by osslsigncode.

mod engines;
mod faults;
mod files;
mod package;
mod release;
mod timestamps;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;
use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::Fixture;
use winsvc_tests::process::{Finished, require, run};
use winsvc_tests::signing::{Authority, Leaf};
use winsvc_tests::tool::cargo_winsvc;

/// The password of all keys, which must not be seen anywhere.
const PASSWORD: &str = "hunter2-Geheim";

/// An authority in a folder of its own, with a key `Acme` and the same as a PKCS#12 file.
struct Keys {
    authority: Authority,
    folder: TempDir,
}

impl Keys {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new(folder.path());
        authority.issue(&Leaf::default());
        authority.export("Acme", PASSWORD);
        Self { authority, folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// `--sign-config` for the PKCS#12 file.
    fn pkcs12(&self) -> String {
        let file = self.path("Acme.p12");
        format!("osslsigncode = {{ pkcs12 = '{file}', password = {{ env = 'P12_PASSWORD' }} }}")
    }

    /// A script in the folder.
    fn script(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }
}

/// An unsigned exe, built once for all tests.
fn exe() -> &'static Path {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = BUILT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().to_str().unwrap();
        let _ = Fixture::new("hello")
            .run("build", &["--no-sign", "--out-dir", out])
            .ok();
        let path = folder.path().join("hello.exe");
        (folder, path)
    });
    path
}

/// A copy of the exe in a folder of its own.
fn copy() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello.exe");
    fs::copy(exe(), &path).unwrap();
    (folder, path)
}

/// `cargo winsvc sign` with these keys, for a file.
fn sign(config: &[&str], file: &Path) -> Finished {
    let mut tool = cargo_winsvc();
    tool.arg("sign").env("P12_PASSWORD", PASSWORD);
    for key in config {
        tool.args(["--sign-config", key]);
    }
    run(tool.arg(file), PATIENCE)
}

/// The arguments of all programs that `cargo winsvc sign` starts for a file, and of those that these start. The password,
/// which is in variables of these names, must not be among them.
fn traced(config: &[&str], variables: &[(&str, &str)], file: &Path) -> String {
    let tool = cargo_winsvc();
    let trace = tempfile::NamedTempFile::new().unwrap();
    let mut strace = require("strace");
    strace.args(["-f", "-qq", "--seccomp-bpf", "-s", "65535"]);
    strace
        .args(["-e", "trace=execve,execveat", "-o"])
        .arg(trace.path());
    strace.args(["cargo", "winsvc", "sign"]);
    for key in config {
        strace.args(["--sign-config", key]);
    }
    strace.arg(file);
    strace.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    strace.current_dir(tool.get_current_dir().unwrap());
    strace.envs(variables.iter().copied());
    let finished = run(&mut strace, PATIENCE).ok();
    let trace = fs::read_to_string(trace.path()).unwrap();
    for text in [&trace, &finished.to_string()] {
        assert!(!text.contains(PASSWORD), "{text}");
    }
    trace
}

/// What `cargo winsvc sign` says of a file that it must not sign, without the names of folders. Neither the file nor its
/// folder is changed, and the password is not shown.
fn refused(config: &[&str]) -> String {
    let (folder, path) = copy();
    let finished = sign(config, &path);
    assert_eq!(finished.status.code(), Some(1), "{finished}");
    assert!(fs::read(&path).unwrap() == fs::read(exe()).unwrap(), "{finished}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{finished}");
    assert!(!finished.to_string().contains(PASSWORD), "{finished}");
    finished.stderr.replace(path.to_str().unwrap(), "[exe]")
}

/// `cargo winsvc package` of the fixture `hello` with more lines in Cargo.toml.
fn package(fixture: &Fixture, arguments: &[&str], out: &Path) -> Finished {
    let all = [&["--out-dir", out.to_str().unwrap()], arguments].concat();
    fixture.run("package", &all)
}
