//! Checks that what is installed has paths that Windows allows and that are distinct.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use thiserror::Error;
use winsvc_cabinet::MAX_FILE;
use winsvc_definition::manifest::{Format, TargetPath};

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::payload::{Life, Payload, PayloadFile};
use crate::product::{Names, install_folder};
use crate::project::Project;
use crate::zip;

/// The longest path that every program on Windows can open (`MAX_PATH`, without the terminating zero).
const LONGEST_PATH: usize = 259;

/// The longest path of a folder for programs on Windows.
const PROGRAM_FILES: &str = r"C:\Program Files (x86)";

/// The most files of an MSI: a cabinet counts them in 16 bits, and each is a component, of which a feature has at most 65,535
/// ([Component table](https://learn.microsoft.com/windows/win32/msi/component-table)).
const MOST_FILES: usize = 0xFFFF;

/// A path that a package uses, as written, and what it is.
#[derive(Clone, Debug)]
struct Owner {
    path: String,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Exe,
    OfZip,
    /// What this entry of `files` stands for.
    Entry(usize),
    DefaultOf(usize),
}

/// The paths below the installation folder that a package uses, in the form in which Windows compares paths.
#[derive(Debug, Default)]
struct Taken {
    files: HashMap<String, Owner>,
    /// The folders, each with something that is in it.
    folders: HashMap<String, Owner>,
}

impl Taken {
    /// Takes the path for a file, or returns what is in its way.
    fn file(&mut self, path: &str, what: What) -> Result<(), (Owner, Collision)> {
        let folded = path.to_lowercase();
        if let Some(same) = self.files.get(&folded) {
            return Err((same.clone(), Collision::Same));
        }
        if let Some(inside) = self.folders.get(&folded) {
            return Err((inside.clone(), Collision::FileAndFolder));
        }
        let owner = Owner {
            path: path.to_owned(),
            what,
        };
        self.parents(&folded, &owner)?;
        self.files.insert(folded, owner);
        Ok(())
    }

    /// Takes the path for an empty folder.
    fn folder(&mut self, path: &str, what: What) -> Result<(), (Owner, Collision)> {
        let owner = Owner {
            path: path.to_owned(),
            what,
        };
        // As if there were something in it.
        self.parents(&format!("{}/", path.to_lowercase()), &owner)
    }

    fn parents(&mut self, folded: &str, owner: &Owner) -> Result<(), (Owner, Collision)> {
        for (end, _) in folded.match_indices('/') {
            let parent = &folded[..end];
            if let Some(file) = self.files.get(parent) {
                return Err((file.clone(), Collision::FileAndFolder));
            }
            if !self.folders.contains_key(parent) {
                self.folders.insert(parent.to_owned(), owner.clone());
            }
        }
        Ok(())
    }
}

/// Checks the payload's paths against each other and against the package's own files.
pub(super) fn check(
    project: &Project,
    config: &Config,
    payload: &Payload,
    formats: &[Format],
) -> Result<(), FileError> {
    let is_msi = formats.iter().any(|format| format.is_for_windows_installer());
    let place_of = |entry: usize| Box::new(config.place_of_entry(&["package", "files"], entry));
    if config.programs.is_empty() && payload.files.is_empty() {
        return Err(FileError::Nothing {
            place: Box::new(config.place(&["services"])),
        });
    }
    let count = payload.files.len() + 1;
    if is_msi && count > MOST_FILES {
        return Err(FileError::TooMany {
            count,
            place: Box::new(config.place(&["package", "files"])),
        });
    }
    let mut taken = Taken::default();
    for program in &config.programs {
        let taken = taken.file(&program.target.to_string(), What::Exe);
        taken.expect("the programs have different names");
    }
    if formats.contains(&Format::Zip) {
        let sbom = formats.contains(&Format::Sbom).then_some(zip::SBOM);
        for name in zip::OWN_FILES.into_iter().chain(sbom) {
            taken
                .file(name, What::OfZip)
                .map_err(|(exe, kind)| FileError::Exe {
                    exe: exe.path,
                    other: name.to_owned(),
                    kind,
                    place: Box::new(config.place(&["package", "exe-folder"])),
                })?;
        }
    }
    let folders = install_folder(config, &Names::new(project, config)).join("/");
    // In the order of the entries: of two that collide, the later one is shown.
    let files = payload.files.iter().map(|file| {
        let what = match file.life {
            Life::Default => What::DefaultOf(file.entry),
            Life::Replaced | Life::Kept => What::Entry(file.entry),
        };
        (file.entry, &file.target, what, Some(&file.path))
    });
    let empty = payload.empty_folders.iter();
    let empty = empty.map(|folder| (folder.entry, &folder.target, What::Entry(folder.entry), None));
    let mut targets: Vec<_> = files.chain(empty).collect();
    targets.sort_by_key(|(entry, ..)| *entry);
    for (entry, target, what, source) in targets {
        let target = target.to_string();
        let length = format!("{PROGRAM_FILES}/{folders}/{target}")
            .encode_utf16()
            .count();
        if is_msi && length > LONGEST_PATH {
            return Err(FileError::TooLong {
                target,
                length,
                place: place_of(entry),
            });
        }
        let size = source
            .and_then(|path| fs::metadata(path).ok())
            .map_or(0, |file| file.len());
        if is_msi && size > MAX_FILE {
            return Err(FileError::TooLarge {
                target,
                size,
                place: place_of(entry),
            });
        }
        let result = if source.is_some() {
            taken.file(&target, what)
        } else {
            taken.folder(&target, what)
        };
        result.map_err(|(other, kind)| FileError::Collision {
            target,
            other: other.path,
            what: match other.what {
                What::Exe => "a program of the product",
                What::OfZip => "a file that the zip already contains",
                What::DefaultOf(_) => "the default of a kept file",
                What::Entry(of) if of == entry => "another file of the same entry",
                What::Entry(_) => "another entry of `files`",
            },
            kind,
            place: place_of(entry),
        })?;
    }
    if formats.contains(&Format::Zip) {
        ascii_scripts(config, payload, place_of)?;
    }
    Ok(())
}

/// The zip's scripts are ASCII, and so is all that they name: the folder of the exes, and kept files. They find an exe with
/// a non-ASCII name by a pattern, which must match only one exe.
fn ascii_scripts(
    config: &Config,
    payload: &Payload,
    place_of: impl Fn(usize) -> Box<Place>,
) -> Result<(), FileError> {
    let exes = config.programs.iter().map(|program| &program.target);
    if let Some(exe) = exes.clone().find(|exe| !exe.folders().concat().is_ascii()) {
        return Err(FileError::NotAscii {
            what: "the exe's folder",
            path: exe.folders().join("/"),
            place: Box::new(config.place(&["package", "exe-folder"])),
        });
    }
    let is_kept = |file: &&PayloadFile| file.life == Life::Kept && !file.target.to_string().is_ascii();
    if let Some(file) = payload.files.iter().find(is_kept) {
        return Err(FileError::NotAscii {
            what: "the kept file",
            path: file.target.to_string(),
            place: place_of(file.entry),
        });
    }
    let Some(exe) = exes.clone().find(|exe| !exe.file_name().is_ascii()) else {
        return Ok(());
    };
    if let Some(other) = exes.clone().find(|other| *other != exe) {
        return Err(FileError::SeveralExes {
            exe: exe.file_name().to_owned(),
            other: other.file_name().to_owned(),
            place: Box::new(config.place(&["programs"])),
        });
    }
    let folder = |target: &TargetPath| target.folders().join("/").to_lowercase();
    let is_exe = |target: &TargetPath| {
        let extension = Path::new(target.file_name()).extension().unwrap_or_default();
        folder(target) == folder(exe) && extension.eq_ignore_ascii_case("exe")
    };
    match payload.files.iter().find(|file| is_exe(&file.target)) {
        Some(file) => Err(FileError::SeveralExes {
            exe: exe.file_name().to_owned(),
            other: file.target.file_name().to_owned(),
            place: place_of(file.entry),
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

impl Collision {
    const fn why(self) -> &'static str {
        match self {
            Self::Same => "file names on Windows are case-insensitive",
            Self::FileAndFolder => "a path cannot be both a file and a folder",
        }
    }
}

/// The error for an invalid entry of `files`.
#[derive(Debug, Error)]
pub(crate) enum FileError {
    /// Nothing is installed.
    #[error("the product has no programs and no files")]
    Nothing {
        /// The place of `services`.
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
    /// The file is larger than a cabinet can hold.
    #[error("the file `{target}` has {size} bytes; a file in an MSI has at most {MAX_FILE}")]
    TooLarge {
        /// The target.
        target: String,
        /// Its size in bytes.
        size: u64,
        /// The entry.
        place: Box<Place>,
    },
    /// There are more files than an MSI can hold.
    #[error("the package has {count} files; an MSI holds at most {MOST_FILES}")]
    TooMany {
        /// The number of files.
        count: usize,
        /// The list.
        place: Box<Place>,
    },
    /// The exe's path collides with a file that the zip already contains.
    #[error("the path `{exe}` of the exe collides with `{other}`, a file that the zip already contains")]
    Exe {
        /// The exe.
        exe: String,
        /// The zip's file.
        other: String,
        /// The kind of collision.
        kind: Collision,
        /// The exe's folder.
        place: Box<Place>,
    },
    /// A script of the zip cannot name a path.
    #[error("the zip's scripts are ASCII and cannot name {what} `{path}`")]
    NotAscii {
        /// What it is.
        what: &'static str,
        /// The path.
        path: String,
        /// Where it is written.
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
        let (Self::Nothing { place }
        | Self::Collision { place, .. }
        | Self::TooLong { place, .. }
        | Self::TooLarge { place, .. }
        | Self::TooMany { place, .. }
        | Self::Exe { place, .. }
        | Self::NotAscii { place, .. }
        | Self::SeveralExes { place, .. }) = self;
        let diagnostic = Diagnostic::of(self).at((**place).clone());
        match self {
            Self::Nothing { .. } => diagnostic.help("add `files` in `package`, or `programs`"),
            Self::Collision { kind, .. } => {
                diagnostic
                    .note(kind.why())
                    .help("install one of them under another path with `{ source = \"…\", target = \"…\" }`")
            }
            Self::TooLong { .. } => diagnostic.help("shorten the target, the product's name or the manufacturer's"),
            Self::TooLarge { .. } => diagnostic.help("split it, leave it out, or build only the zip (--format zip)"),
            Self::TooMany { .. } => diagnostic.help(
                "leave files out with `exclude`, install them as one archive, or build only the zip (--format zip)",
            ),
            Self::Exe { kind, .. } => diagnostic.note(kind.why()).help("choose another `exe-folder`"),
            Self::NotAscii { .. } => {
                diagnostic.help("give it an ASCII path, or build only the MSI (--format msi)")
            }
            Self::SeveralExes { .. } => diagnostic
                .help("give the binary an ASCII name with [[bin]] in Cargo.toml, or put the other exe into a folder"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::config::tests;
    use crate::project::Scope;

    /// A payload of so many files, hundred to a folder.
    fn payload(count: usize) -> Payload {
        let file = |index: usize| PayloadFile {
            feature: None,
            path: PathBuf::new(),
            signed: None,
            target: TargetPath::new(&format!("web/Folder {}/of/File {index}.txt", index / 100)).unwrap(),
            life: Life::Replaced,
            entry: 0,
        };
        Payload {
            files: (0..count).map(file).collect(),
            empty_folders: Vec::new(),
        }
    }

    fn checked(payload: &Payload, formats: &[Format]) -> Result<(), FileError> {
        let config = tests::parse("[package.metadata.winsvc.package]\nfiles = ['web/', 'x']").unwrap();
        check(&tests::project(), &config, payload, formats)
    }

    #[test]
    fn a_product_installs_something() {
        let project = Project {
            scope: Scope::File,
            members: Vec::new(),
            ..tests::project()
        };
        let config = tests::parse_for(&project, "services = {}").unwrap();
        let checked = |payload: &Payload| check(&project, &config, payload, &Format::ALL);
        let error = checked(&payload(0)).unwrap_err();
        assert_eq!(error.to_string(), "the product has no programs and no files");
        assert!(checked(&payload(1)).is_ok());
    }

    #[test]
    fn an_msi_has_a_most_of_files() {
        let error = checked(&payload(0xFFFF), &Format::ALL).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the package has 65536 files; an MSI holds at most 65535"
        );
        assert_eq!(error.diagnostic().place.unwrap().line_column(), (2, 9));
        assert!(checked(&payload(0xFFFE), &Format::ALL).is_ok());
        assert!(checked(&payload(0xFFFF), &[Format::Zip]).is_ok());
    }

    /// A sparse file: it takes no space on the disk.
    #[test]
    fn a_file_has_as_many_bytes_as_a_cabinet_holds() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut payload = payload(1);
        payload.files[0].path = file.path().to_owned();
        file.as_file().set_len(MAX_FILE).unwrap();
        assert!(checked(&payload, &Format::ALL).is_ok());
        file.as_file().set_len(MAX_FILE + 1).unwrap();
        let error = checked(&payload, &Format::ALL).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the file `web/Folder 0/of/File 0.txt` has 2147450881 bytes; a file in an MSI has at most 2147450880"
        );
        assert_eq!(error.diagnostic().place.unwrap().line_column(), (2, 10));
        assert!(checked(&payload, &[Format::Zip]).is_ok());
    }

    /// Comparing each file with each other one would take minutes.
    #[test]
    fn tens_of_thousands_of_files_are_checked_at_once() {
        let mut payload = payload(60_000);
        payload.files.push(PayloadFile {
            target: TargetPath::new("WEB/folder 599/OF").unwrap(),
            entry: 1,
            ..payload.files[0].clone()
        });
        let started = std::time::Instant::now();
        let error = checked(&payload, &Format::ALL).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the target `WEB/folder 599/OF` collides with `web/Folder 599/of/File 59900.txt`, another entry of `files`"
        );
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
