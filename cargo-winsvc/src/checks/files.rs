//! Checks that the files to install exist and have distinct targets.

use std::path::{Path, PathBuf};

use thiserror::Error;
use winsvc_definition::manifest::Format;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::product::{Names, install_folder};
use crate::project::Project;
use crate::zip;

/// The longest path that every program on Windows can open (`MAX_PATH`, without the terminating zero).
const LONGEST_PATH: usize = 259;

/// The longest path of a folder for programs on Windows.
const PROGRAM_FILES: &str = r"C:\Program Files (x86)";

/// A path below the installation folder that a package uses.
struct Taken {
    /// The path with slashes, as written.
    path: String,
    /// The path in the form in which Windows compares paths.
    folded: String,
    what: &'static str,
}

impl Taken {
    fn new(path: String, what: &'static str) -> Self {
        let folded = path.to_lowercase();
        Self { path, folded, what }
    }
}

/// Checks each entry of `files` against the other entries and the package's own files.
pub(super) fn check(project: &Project, config: &Config, formats: &[Format]) -> Result<(), FileError> {
    let mut taken = vec![Taken::new(project.exe_name(), "the service's program")];
    if formats.contains(&Format::Zip) {
        taken.extend(
            zip::OWN_FILES.map(|name| Taken::new(name.to_owned(), "a file that the zip already contains")),
        );
    }
    let folders = install_folder(config, &Names::new(project, config)).join("/");
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

/// Checks that the file can be read, by opening it.
fn readable(path: &Path) -> std::io::Result<()> {
    if std::fs::File::open(path)?.metadata()?.is_dir() {
        return Err(std::io::ErrorKind::IsADirectory.into());
    }
    Ok(())
}

/// The collision of two paths, if there is one.
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

/// The zip's scripts are ASCII: they find an exe with a non-ASCII name by a pattern, which must match only one exe.
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

/// How two targets collide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collision {
    /// They are the same path on Windows, which ignores case.
    Same,
    /// One is a file, and also a parent folder of the other.
    FileAndFolder,
}

/// The error for an invalid entry of `files`.
#[derive(Debug, Error)]
pub(crate) enum FileError {
    /// The file cannot be read.
    #[error("cannot read the file `{}`, which `files` lists", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
        /// The entry.
        place: Box<Place>,
    },
    /// The target collides with another file.
    #[error("the target `{target}` collides with `{other}`, {what}")]
    Collision {
        /// The target.
        target: String,
        /// The other target.
        other: String,
        /// A description of the other file.
        what: &'static str,
        /// The kind of collision.
        kind: Collision,
        /// The entry.
        place: Box<Place>,
    },
    /// The installed path is longer than most programs can open.
    #[error(
        "the installed path of the target `{target}` has {length} characters; Windows allows at most {LONGEST_PATH}"
    )]
    TooLong {
        /// The target.
        target: String,
        /// The length of the whole path.
        length: usize,
        /// The entry.
        place: Box<Place>,
    },
    /// The zip has another exe besides one with a non-ASCII name.
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
