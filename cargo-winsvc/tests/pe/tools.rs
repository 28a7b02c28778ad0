//! The programs that these tests build exes with and look at them with. A missing one fails the test that needs it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The tests' C sources.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pe");

/// A cross compiler's family of programs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Toolchain {
    X64,
    X86,
}

impl Toolchain {
    /// The name of one of its programs, and the Debian package that has it.
    fn program(self, name: &str) -> (String, &'static str) {
        match self {
            Self::X64 => (format!("x86_64-w64-mingw32-{name}"), "gcc-mingw-w64-x86-64-posix"),
            Self::X86 => (format!("i686-w64-mingw32-{name}"), "gcc-mingw-w64-i686-posix"),
        }
    }

    /// Runs one of its programs in `lab` and gives what it printed.
    pub(crate) fn run(self, lab: &Lab, name: &str, arguments: &[&str]) -> String {
        let (program, package) = self.program(name);
        lab.run(&program, package, arguments)
    }
}

/// A folder of its own, with the sources in reach.
pub(crate) struct Lab {
    folder: TempDir,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for entry in std::fs::read_dir(SOURCES).expect("the sources are there") {
            let path = entry.expect("the sources can be listed").path();
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn write(&self, name: &str, contents: &[u8]) {
        std::fs::write(self.path(name), contents).unwrap();
    }

    /// Compiles and links into `name`.
    pub(crate) fn build(&self, toolchain: Toolchain, name: &str, arguments: &[&str]) -> Vec<u8> {
        toolchain.run(self, "gcc", &[arguments, &["-o", name]].concat());
        self.read(name)
    }

    /// Runs a program in the folder and gives what it printed; its failure fails the test.
    pub(crate) fn run(&self, program: &str, package: &str, arguments: &[&str]) -> String {
        let output = output(
            Command::new(program)
                .args(arguments)
                .current_dir(self.folder.path()),
            package,
        );
        assert!(
            output.status.success(),
            "{program} {arguments:?} failed:\n{}",
            all_text(&output)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The same for a program that may fail: gives whatever it said.
    pub(crate) fn attempt(&self, program: &str, package: &str, arguments: &[&str]) -> String {
        all_text(&output(
            Command::new(program)
                .args(arguments)
                .current_dir(self.folder.path()),
            package,
        ))
    }
}

/// Runs a command to its end; a missing program fails the test.
fn output(command: &mut Command, package: &str) -> Output {
    let program = command.get_program().to_string_lossy().into_owned();
    command
        .output()
        .unwrap_or_else(|error| missing(&program, package, &error))
}

fn missing(program: &str, package: &str, error: &std::io::Error) -> ! {
    panic!("{program} cannot be run ({error}); Debian has it in {package}")
}

fn all_text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// A Wine prefix in a folder of its own, ended with the value.
pub(crate) struct Wine {
    prefix: TempDir,
}

impl Wine {
    pub(crate) fn new() -> Self {
        Self {
            prefix: tempfile::tempdir().expect("a temporary folder can be made"),
        }
    }

    /// Runs an exe; gives its exit code and what it printed.
    pub(crate) fn run(&self, exe: &Path, arguments: &[&OsStr]) -> (i32, String) {
        // Through a file, for Wine's services inherit the output and outlive the exe: a pipe would end with them.
        let path = self.prefix.path().join("output.txt");
        let file = std::fs::File::create(&path).unwrap();
        let mut command = self.command("wine");
        command
            .arg(exe)
            .args(arguments)
            .stdout(file)
            .stderr(Stdio::null());
        let status = command
            .status()
            .unwrap_or_else(|error| missing("wine", "wine", &error));
        let text = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&text).replace("\r\n", "\n");
        (status.code().unwrap_or(-1), text)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("WINEPREFIX", self.prefix.path())
            .env("WINEDEBUG", "-all");
        // Wine's .NET and HTML engines would be asked for at the prefix's first start.
        command.env("WINEDLLOVERRIDES", "mscoree,mshtml=");
        command
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        let _ = self.command("wineserver").args(["--kill"]).status();
        let _ = self.command("wineserver").args(["--wait"]).status();
    }
}
