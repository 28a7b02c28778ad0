//! The services in `fixtures/`, as projects of their own that a test may change and package.

use std::ffi::OsString;
use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::packages::Made;
pub use crate::packages::Packages;
use crate::paths;
use crate::process::{Finished, run};
use crate::schema::accepts_tables;
use crate::tool::cargo_winsvc;

/// How long building and packaging a fixture may take; a first build compiles all dependencies.
pub const BUILD: Duration = Duration::from_mins(15);

/// The target that the tests build for: on Windows the one that they are built for themselves.
pub const TARGET: &str = if cfg!(target_env = "msvc") {
    "x86_64-pc-windows-msvc"
} else {
    "x86_64-pc-windows-gnu"
};

/// A copy of a fixture that is no member of our workspace, with what a test changed in it.
///
/// Copies lie in a lasting folder and share a target folder, so that the dependencies are compiled once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fixture {
    source: PathBuf,
    folder: String,
    changes: Vec<Change>,
    variables: Vec<(String, OsString)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Change {
    Replace { file: String, from: String, to: String },
    Write { file: String, content: Vec<u8> },
    Remove { file: String },
}

impl Fixture {
    /// The fixture `name`, unchanged.
    ///
    /// # Panics
    ///
    /// When there is none of that name.
    pub fn new(name: &str) -> Self {
        let source = paths::checkout().join("fixtures").join(name);
        assert!(source.is_dir(), "{} is no fixture", source.display());
        Self {
            source,
            folder: name.to_owned(),
            changes: Vec::new(),
            variables: Vec::new(),
        }
    }

    /// The fixture `http-api`, configured to listen on `port`.
    pub fn http_api(port: u16) -> Self {
        Self::new("http-api").replace("http-api.toml", "127.0.0.1:8080", &format!("127.0.0.1:{port}"))
    }

    /// In a folder of this name, which may have blanks and letters beyond ASCII, and may be a path.
    #[must_use]
    pub fn in_folder(mut self, folder: &str) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// With this version in place of 1.0.0.
    #[must_use]
    pub fn version(self, version: &str) -> Self {
        self.replace(
            "Cargo.toml",
            "version = \"1.0.0\"",
            &format!("version = \"{version}\""),
        )
    }

    /// With lines added at the end of Cargo.toml.
    #[must_use]
    pub fn manifest(self, lines: &str) -> Self {
        self.replace(
            "Cargo.toml",
            "\n[workspace]\n",
            &format!("\n{lines}\n\n[workspace]\n"),
        )
    }

    /// With `to` where a file has `from`.
    #[must_use]
    pub fn replace(mut self, file: &str, from: &str, to: &str) -> Self {
        let [file, from, to] = [file, from, to].map(str::to_owned);
        self.changes.push(Change::Replace { file, from, to });
        self
    }

    /// With a file of this content.
    #[must_use]
    pub fn write(mut self, file: &str, content: &(impl AsRef<[u8]> + ?Sized)) -> Self {
        self.changes.push(Change::Write {
            file: file.to_owned(),
            content: content.as_ref().to_vec(),
        });
        self
    }

    /// Without a file.
    #[must_use]
    pub fn remove(mut self, file: &str) -> Self {
        self.changes.push(Change::Remove {
            file: file.to_owned(),
        });
        self
    }

    /// With this environment variable for the tool.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// The copy's folder.
    pub fn root(&self) -> PathBuf {
        paths::lasting("fixtures").join(&self.folder)
    }

    /// Runs `cargo winsvc COMMAND --manifest-path … --target … ARGUMENTS`.
    ///
    /// # Panics
    ///
    /// When it cannot be run.
    pub fn run(&self, command: &str, arguments: &[&str]) -> Finished {
        // All copies share the place of the finished exe: one at a time, from writing the sources to the package.
        let _lock = paths::lock("build");
        // What is built elsewhere leaves the shared builds as they are.
        let keep_times = arguments.contains(&"--target-dir") || self.was_copied_last();
        self.write_files(keep_times);
        let host = self.root().join("agent.toml");
        let mut tool = cargo_winsvc();
        tool.arg(command);
        if host.exists() {
            tool.arg("--host").arg(host);
        } else {
            tool.arg("--manifest-path").arg(self.root().join("Cargo.toml"));
        }
        if !arguments.contains(&"--target") {
            tool.args(["--target", TARGET]);
        }
        tool.envs(self.variables.iter().map(|(name, value)| (name, value)));
        run(tool.args(arguments), BUILD)
    }

    /// All packages, in a folder of their own.
    ///
    /// Tests that want the same ones share a run of the tool: it makes the same bytes each time, as the tests in `repeat` show.
    ///
    /// # Panics
    ///
    /// When the tool fails, or does not name one MSI and one zip.
    pub fn package(&self) -> Packages {
        static MADE: Made<Fixture> = Made::new();
        MADE.get(self, || self.package_again())
    }

    /// All packages, made by a run of the tool for this call alone.
    ///
    /// # Panics
    ///
    /// As [`package`](Self::package).
    pub fn package_again(&self) -> Packages {
        let folder = tempfile::tempdir().expect("a folder for the packages");
        let out_dir = folder.path().to_str().expect("a UTF-8 path");
        let finished = self.run("package", &["--out-dir", out_dir]).ok();
        assert_ne!(self.is_valid_for_editors(), Some(false), "{finished}");
        match finished.lines()[..] {
            [msi, zip] if is_a(msi, "msi") && is_a(zip, "zip") => {
                Packages::new(msi.into(), zip.into(), folder)
            }
            _ => panic!("an MSI and a zip were expected: {finished}"),
        }
    }

    /// Runs `cargo winsvc package`, which must fail with exit code 1 before cargo builds anything, and gives what it says.
    ///
    /// In that text the copy's folder is `[project]`, the folder for results `[out]`.
    ///
    /// # Panics
    ///
    /// When it succeeds, leaves anything, or has called `cargo build`, which makes a folder for the target.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let target_dir = tempfile::tempdir().expect("a target folder");
        let flag = target_dir.path().to_str().expect("a UTF-8 path");
        let text = self.refused_by_build(&[&["--target-dir", flag], arguments].concat());
        let left = fs::read_dir(&target_dir).expect("the target folder").count();
        assert_eq!(left, 0, "cargo was called: {text}");
        text
    }

    /// [`refused`](Self::refused), where it is cargo or the compiler that refuses.
    ///
    /// # Panics
    ///
    /// When it succeeds, or leaves anything.
    pub fn refused_by_build(&self, arguments: &[&str]) -> String {
        let folder = tempfile::tempdir().expect("a folder for the packages");
        let out_dir = folder.path().join("out");
        let out_dir = out_dir.to_str().expect("a UTF-8 path");
        let all = [&["--quiet", "--out-dir", out_dir], arguments].concat();
        let finished = self.run("package", &all);
        assert_eq!(finished.status.code(), Some(1), "{finished}");
        assert_eq!(finished.stdout, "", "{finished}");
        let left = fs::read_dir(out_dir).into_iter().flatten().count();
        assert_eq!(left, 0, "files in {out_dir}: {finished}");
        // What is wrong with a key or the form of a value, an editor shows as well.
        let message = finished.stderr.strip_prefix("error: ").unwrap_or_default();
        let is_of_the_form = [
            "unknown field",
            "unknown variant",
            "invalid type",
            "missing field",
        ]
        .iter()
        .any(|kind| message.starts_with(kind));
        if is_of_the_form && !message.lines().next().is_some_and(|line| line.contains(';')) {
            assert_ne!(self.is_valid_for_editors(), Some(true), "{finished}");
        }
        let root = self.root();
        let text = anonymous(&finished.stderr, &root, "[project]");
        anonymous(&text, Path::new(out_dir), "[out]")
    }

    /// Whether the JSON schema accepts the tables in the copy's Cargo.toml; `None` if it is not TOML, or there is none, as of a
    /// program without a Rust project.
    fn is_valid_for_editors(&self) -> Option<bool> {
        let manifest = fs::read_to_string(self.root().join("Cargo.toml")).ok()?;
        accepts_tables(&manifest)
    }

    /// Writes the copy; files that are already as they should be keep their times, which cargo goes by.
    ///
    /// # Panics
    ///
    /// When a change does not fit the fixture.
    pub fn write_copy(&self) {
        self.write_files(self.was_copied_last());
    }

    fn write_files(&self, keep_times: bool) {
        let root = self.root();
        let mut files = Vec::new();
        collect(&self.source, Path::new(""), &mut files);
        let mut files: Vec<(String, Vec<u8>)> = files
            .into_iter()
            .map(|(file, content)| self.adapt(file, content))
            .collect();
        for change in &self.changes {
            apply(change, &mut files);
        }
        remove_others(&root, Path::new(""), &files);
        fs::create_dir_all(&root).expect("the copy's folder");
        self.lock_dependencies();
        for (file, content) in files {
            let path = root.join(file);
            if !keep_times || fs::read(&path).ok().as_ref() != Some(&content) {
                fs::create_dir_all(path.parent().expect("a folder")).expect("a folder of the copy");
                fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            }
        }
    }

    /// Gives a copy the versions of the checkout's own lock file, so that they are compiled once and need no network;
    /// cargo then takes out what the copy does not use.
    fn lock_dependencies(&self) {
        let (ours, copy) = (
            paths::checkout().join("Cargo.lock"),
            self.root().join("Cargo.lock"),
        );
        let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        if changed(&copy) <= changed(&ours) {
            fs::copy(ours, copy).expect("the lock file");
        }
    }

    /// Whether the last copy of this fixture was in the same folder as this one.
    ///
    /// Two packages of one name and version, each the root of its workspace, are the same to cargo wherever they lie:
    /// a copy whose files are older than the other's build would be taken for built.
    fn was_copied_last(&self) -> bool {
        let name = self.source.file_name().expect("a fixture's name");
        let marker = paths::lasting("last-copies").join(name);
        let was = fs::read_to_string(&marker).is_ok_and(|last| last == self.folder);
        fs::write(&marker, &self.folder).expect("a note of the last copy");
        was
    }

    /// Cargo.toml without its ties to the workspace; all else as it is.
    fn adapt(&self, file: String, content: Vec<u8>) -> (String, Vec<u8>) {
        if file != "Cargo.toml" {
            return (file, content);
        }
        let text = String::from_utf8(content).expect("Cargo.toml in UTF-8");
        // A backslash would begin an escape.
        let root = paths::checkout()
            .to_str()
            .expect("a UTF-8 path")
            .replace('\\', "/");
        let text = text.replace("path = \"../../", &format!("path = \"{root}/"));
        assert!(
            !text.contains("workspace = true"),
            "{} stands alone",
            self.source.display()
        );
        let is_workspace = text.contains("\n[workspace]\n");
        let end = if is_workspace { "" } else { "\n[workspace]\n" };
        (file, format!("{text}{end}").into_bytes())
    }
}

/// A fixture built for this machine, in the checkout's own workspace.
///
/// # Panics
///
/// When it does not build.
pub fn native(name: &str) -> Command {
    let _lock = paths::lock("build");
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(paths::checkout())
        .env("CARGO_TARGET_DIR", paths::target());
    let _ = run(cargo.args(["build", "--package", name]), BUILD).ok();
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    Command::new(paths::target().join("debug").join(file))
}

/// A text with `name` in place of a folder's path; what lies in the folder is told with slashes on every host.
///
/// # Panics
///
/// When the path is no UTF-8.
pub fn anonymous(text: &str, folder: &Path, name: &str) -> String {
    let folder = folder.to_str().expect("a UTF-8 path");
    text.replace(folder, name)
        .replace(&format!("{name}{MAIN_SEPARATOR}"), &format!("{name}/"))
}

fn is_a(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|it| it == extension) && Path::new(path).is_file()
}

fn apply(change: &Change, files: &mut Vec<(String, Vec<u8>)>) {
    match change {
        Change::Write { file, content } => {
            files.retain(|(name, _)| name != file);
            files.push((file.clone(), content.clone()));
        }
        Change::Remove { file } => files.retain(|(name, _)| name != file),
        Change::Replace { file, from, to } => {
            let found = files.iter_mut().find(|(name, _)| name == file);
            let (_, content) = found.unwrap_or_else(|| panic!("the fixture has no {file}"));
            let text = String::from_utf8(std::mem::take(content)).expect("a text");
            assert!(text.contains(from.as_str()), "{file} has no {from:?}:\n{text}");
            *content = text.replacen(from, to, 1).into_bytes();
        }
    }
}

fn collect(root: &Path, below: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(root.join(below)).expect("a folder of the fixture") {
        let entry = entry.expect("an entry of the fixture");
        let name = below.join(entry.file_name());
        if entry.path().is_dir() {
            collect(root, &name, files);
        } else {
            let content = fs::read(entry.path()).expect("a file of the fixture");
            let name = name.to_str().expect("a UTF-8 path");
            // Changes name files with slashes, on every host.
            files.push((name.replace(MAIN_SEPARATOR, "/"), content));
        }
    }
}

/// Removes what an earlier test left in the copy, but for the lock file, which is cargo's.
fn remove_others(root: &Path, below: &Path, files: &[(String, Vec<u8>)]) {
    for entry in fs::read_dir(root.join(below)).into_iter().flatten() {
        let entry = entry.expect("an entry of the copy");
        let name = below.join(entry.file_name());
        if entry.path().is_dir() {
            remove_others(root, &name, files);
            // An empty folder is something that a package may have. One that is not empty stays.
            let _ = fs::remove_dir(entry.path());
        } else if !files.iter().any(|(file, _)| Path::new(file) == name) && name != Path::new("Cargo.lock") {
            fs::remove_file(entry.path()).expect("a file to remove");
        }
    }
}
