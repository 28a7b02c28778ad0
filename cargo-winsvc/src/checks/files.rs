//! The files to install: that they are there, and that each has a place of its own.

use std::path::{Path, PathBuf};

use thiserror::Error;
use winsvc_definition::manifest::Format;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::product::Names;
use crate::project::Project;
use crate::zip;

/// The longest path of a file that every program on Windows can open (`MAX_PATH`, without the zero at its end).
const LONGEST_PATH: usize = 259;

/// The longest of the folders that Windows has for programs.
const PROGRAM_FILES: &str = r"C:\Program Files (x86)";

/// Something that takes a place in a package: a path below the installation folder.
struct Taken {
    /// With slashes, as it is written.
    path: String,
    /// As Windows compares paths.
    folded: String,
    what: &'static str,
}

impl Taken {
    fn new(path: String, what: &'static str) -> Self {
        let folded = path.to_lowercase();
        Self { path, folded, what }
    }
}

/// Looks at each entry of `files`, and at what the package has itself.
pub(super) fn check(project: &Project, config: &Config, formats: &[Format]) -> Result<(), FileError> {
    let mut taken = vec![Taken::new(project.exe_name(), "the service's program")];
    if formats.contains(&Format::Zip) {
        taken.extend(
            zip::OWN_FILES.map(|name| Taken::new(name.to_owned(), "a file that the zip already contains")),
        );
    }
    let folders = Names::new(project, config).folders().join("/");
    for (index, file) in config.manifest.package.files.iter().enumerate() {
        let place = || Box::new(config.place_of_entry(&["package", "files"], index));
        let path = project.root().join(&file.source);
        readable(&path).map_err(|source| FileError::Unreadable {
            path,
            source,
            place: place(),
        })?;
        let target = file.target.to_string();
        let installed = format!("{PROGRAM_FILES}/{folders}/{target}");
        let length = installed.encode_utf16().count();
        if formats.contains(&Format::Msi) && length > LONGEST_PATH {
            return Err(FileError::TooLong {
                target,
                length,
                place: place(),
            });
        }
        let new = Taken::new(target, "another entry of `files`");
        for other in &taken {
            if let Some(kind) = collision(&new.folded, &other.folded) {
                return Err(FileError::Collision {
                    target: new.path,
                    other: other.path.clone(),
                    what: other.what,
                    kind,
                    place: place(),
                });
            }
        }
        taken.push(new);
    }
    one_exe(project, config, formats)
}

/// Opens the file, as only that shows whether it can be read.
fn readable(path: &Path) -> std::io::Result<()> {
    if std::fs::File::open(path)?.metadata()?.is_dir() {
        return Err(std::io::ErrorKind::IsADirectory.into());
    }
    Ok(())
}

/// How two files are in each other's way, if they are.
fn collision(one: &str, two: &str) -> Option<Collision> {
    let is_below = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    if one == two {
        Some(Collision::Same)
    } else if is_below(one, two) || is_below(two, one) {
        Some(Collision::FileAndFolder)
    } else {
        None
    }
}

/// The zip's scripts are ASCII, and find an exe whose name is not by a pattern.
fn one_exe(project: &Project, config: &Config, formats: &[Format]) -> Result<(), FileError> {
    if project.binary.is_ascii() || !formats.contains(&Format::Zip) {
        return Ok(());
    }
    let files = &config.manifest.package.files;
    let is_exe = |target: &str| {
        let extension = Path::new(target).extension().unwrap_or_default();
        !target.contains('/') && extension.eq_ignore_ascii_case("exe")
    };
    match files.iter().position(|file| is_exe(&file.target.to_string())) {
        Some(index) => Err(FileError::SeveralExes {
            exe: project.exe_name(),
            other: files[index].target.to_string(),
            place: Box::new(config.place_of_entry(&["package", "files"], index)),
        }),
        None => Ok(()),
    }
}

/// How two targets are in each other's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collision {
    /// They are one path on Windows, where case does not count.
    Same,
    /// One is a file, and a folder on the way to the other.
    FileAndFolder,
}

/// What is wrong with an entry of `files`.
#[derive(Debug, Error)]
pub(crate) enum FileError {
    /// It cannot be read.
    #[error("cannot read the file `{}`, which `files` lists", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
        /// The entry.
        place: Box<Place>,
    },
    /// Its place is another file's.
    #[error("the target `{target}` collides with `{other}`, {what}")]
    Collision {
        /// Where it goes.
        target: String,
        /// Where the other one goes.
        other: String,
        /// What the other one is.
        what: &'static str,
        /// How.
        kind: Collision,
        /// The entry.
        place: Box<Place>,
    },
    /// Its installed path is longer than most programs can open.
    #[error(
        "the installed path of the target `{target}` has {length} characters; Windows allows at most {LONGEST_PATH}"
    )]
    TooLong {
        /// Where it goes.
        target: String,
        /// The length of the whole path.
        length: usize,
        /// The entry.
        place: Box<Place>,
    },
    /// It is an exe beside one whose name is not ASCII.
    #[error(
        "the zip's scripts cannot distinguish `{exe}` from `{other}`: they are ASCII and find an exe with a \
         non-ASCII name by a pattern"
    )]
    SeveralExes {
        /// The service's program.
        exe: String,
        /// The other exe.
        other: String,
        /// The entry.
        place: Box<Place>,
    },
}

impl Explain for FileError {
    fn diagnostic(&self) -> Diagnostic {
        let (Self::Unreadable { place, .. }
        | Self::Collision { place, .. }
        | Self::TooLong { place, .. }
        | Self::SeveralExes { place, .. }) = self;
        let diagnostic = Diagnostic::of(self).at((**place).clone());
        match self {
            Self::Unreadable { .. } => diagnostic.help("check the path: paths in `files` are relative to the \
                folder of Cargo.toml"),
            Self::Collision { kind, .. } => {
                let why = match kind {
                    Collision::Same => "file names on Windows are case-insensitive",
                    Collision::FileAndFolder => "a path cannot be both a file and a folder",
                };
                diagnostic
                    .note(why)
                    .help("install one of them under another path with `{ source = \"…\", target = \"…\" }`")
            }
            Self::TooLong { .. } => diagnostic.help("shorten the target, the product's name or the manufacturer's"),
            Self::SeveralExes { .. } => diagnostic
                .help("give the binary an ASCII name with [[bin]] in Cargo.toml, or put the other exe into a folder"),
        }
    }
}
