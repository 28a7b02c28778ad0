//! The payload: the files and empty folders that the list `files` of Cargo.toml stands for, found on the disk.
//!
//! An entry names a file, a folder or a pattern. This module finds what it stands for before anything is compiled, and
//! gives every file its installed path. The result is sorted by installed path, so that it does not depend on the order in
//! which a file system lists its folders.

mod error;
mod pattern;
mod tree;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use winsvc_definition::manifest::{DEFAULT_SUFFIX, FeatureName, FilesEntry, SourceFiles, Target, TargetPath};

pub(crate) use self::error::PayloadError;
use self::error::Problem;
use self::pattern::{Pattern, Selection};
use self::tree::Tree;
use crate::config::Config;
use crate::project::Project;

/// What `files` stands for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Payload {
    /// The files, sorted by target.
    pub(crate) files: Vec<PayloadFile>,
    /// The folders in which nothing is installed, sorted.
    pub(crate) empty_folders: Vec<PayloadFolder>,
}

/// A file to install.
#[derive(Clone, Debug)]
pub(crate) struct PayloadFile {
    /// The file on this machine.
    pub(crate) path: PathBuf,
    /// The signed program in place of that file.
    pub(crate) signed: Option<Arc<[u8]>>,
    /// Its path below the installation folder.
    pub(crate) target: TargetPath,
    /// How it is treated once it is installed.
    pub(crate) life: Life,
    /// The feature that it belongs to; `None` if it is always installed.
    pub(crate) feature: Option<FeatureName>,
    /// The index of its entry in `files`.
    pub(crate) entry: usize,
}

/// How a file is treated once it is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Each version replaces it.
    Replaced,
    /// It is the administrator's: written where there is none, never replaced and never removed.
    Kept,
    /// The default of a kept file, beside it. Each version replaces it.
    Default,
}

/// A folder to make although nothing is installed in it.
#[derive(Clone, Debug)]
pub(crate) struct PayloadFolder {
    /// Its path below the installation folder.
    pub(crate) target: TargetPath,
    /// The feature that it belongs to; `None` if it is always installed.
    pub(crate) feature: Option<FeatureName>,
    /// The index of its entry in `files`.
    pub(crate) entry: usize,
}

impl Payload {
    /// Finds the files and folders of all entries.
    pub(crate) fn find(project: &Project, config: &Config) -> Result<Self, PayloadError> {
        let finder = Finder {
            root: project.root(),
            target_dir: project.target_dir.canonicalize().ok(),
        };
        let mut payload = Self::default();
        for (index, entry) in config.manifest.package.files.iter().enumerate() {
            let mut found = Found {
                payload: &mut payload,
                entry: index,
                feature: entry.feature(),
            };
            let result = match entry {
                FilesEntry::Source(source) => {
                    let result = finder.source(source, &mut found);
                    result.and_then(|()| {
                        if source.sign {
                            payload.has_programs(index)
                        } else {
                            Ok(())
                        }
                    })
                }
                FilesEntry::EmptyFolder(folder) => {
                    found.empty_folder(folder.target.clone());
                    Ok(())
                }
            };
            result.map_err(|problem| PayloadError {
                problem,
                place: Box::new(config.place_of_entry(&["package", "files"], index)),
            })?;
        }
        payload.sort();
        Ok(payload)
    }

    /// Checks that there is a program among the files of an entry.
    fn has_programs(&self, entry: usize) -> Result<(), Problem> {
        for file in self.files.iter().filter(|file| file.entry == entry) {
            if is_program(&file.path).map_err(|source| Problem::file(&file.path, source))? {
                return Ok(());
            }
        }
        Err(Problem::NoProgram)
    }

    /// Sorts files and folders, and removes folders in which something is installed.
    fn sort(&mut self) {
        let key = |target: &TargetPath| (folded(target), target.to_string());
        self.files.sort_by_cached_key(|file| key(&file.target));
        self.empty_folders
            .sort_by_cached_key(|folder| key(&folder.target));
        self.empty_folders.dedup_by(|folder, before| {
            let is_same = folded(&folder.target) == folded(&before.target);
            if is_same && folder.feature != before.feature {
                before.feature = None;
            }
            is_same
        });
        if self.empty_folders.is_empty() {
            return;
        }
        let files = self.files.iter().map(|file| (&file.target, &file.feature));
        let folders = self.empty_folders.iter();
        let folders = folders.map(|folder| (&folder.target, &folder.feature));
        let used: HashSet<(String, Option<FeatureName>)> = files
            .chain(folders)
            .flat_map(|(target, feature)| {
                let folded = folded(target);
                let ends: Vec<usize> = folded.match_indices('/').map(|(end, _)| end).collect();
                ends.into_iter()
                    .map(move |end| (folded[..end].to_owned(), feature.clone()))
            })
            .collect();
        // What is in a folder makes it, if it is always installed, or whenever the folder is.
        self.empty_folders.retain(|folder| {
            let path = folded(&folder.target);
            let by = |feature: &Option<FeatureName>| used.contains(&(path.clone(), feature.clone()));
            !by(&None) && !by(&folder.feature)
        });
    }
}

/// Whether a file is a program or a library of Windows.
pub(crate) fn is_program(path: &Path) -> io::Result<bool> {
    let mut magic = Vec::new();
    File::open(path)?.take(2).read_to_end(&mut magic)?;
    Ok(magic == b"MZ")
}

/// A path in the form in which Windows compares paths.
pub(crate) fn folded(target: &TargetPath) -> String {
    target.to_string().to_lowercase()
}

/// The part of the payload that one entry stands for.
struct Found<'a> {
    payload: &'a mut Payload,
    entry: usize,
    feature: Option<&'a FeatureName>,
}

impl Found<'_> {
    fn file(&mut self, path: PathBuf, target: TargetPath, keep: bool) -> Result<(), Problem> {
        let (entry, feature) = (self.entry, self.feature.cloned());
        if keep {
            let mut parts = target.parts().to_vec();
            if let Some(name) = parts.last_mut() {
                name.push_str(DEFAULT_SUFFIX);
            }
            let default = TargetPath::from_parts(parts).map_err(|source| Problem::name(&path, source))?;
            self.payload.files.push(PayloadFile {
                path: path.clone(),
                signed: None,
                target: default,
                life: Life::Default,
                feature: feature.clone(),
                entry,
            });
        }
        self.payload.files.push(PayloadFile {
            path,
            signed: None,
            target,
            life: if keep { Life::Kept } else { Life::Replaced },
            feature,
            entry,
        });
        Ok(())
    }

    fn empty_folder(&mut self, target: TargetPath) {
        self.payload.empty_folders.push(PayloadFolder {
            target,
            feature: self.feature.cloned(),
            entry: self.entry,
        });
    }
}

struct Finder<'a> {
    /// The folder of Cargo.toml.
    root: &'a Path,
    /// cargo's target directory, of which nothing is taken by accident.
    target_dir: Option<PathBuf>,
}

impl Finder<'_> {
    fn source(&self, entry: &SourceFiles, found: &mut Found<'_>) -> Result<(), Problem> {
        let written = entry.source.as_str();
        let path = self.root.join(written);
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => self.tree(entry, &tidy(&path), found),
            Ok(_) => single(entry, path, found),
            // A file whose name has characters of a pattern is found before.
            Err(_) if pattern::is_pattern(written) => self.pattern(entry, found),
            Err(source) => Err(Problem::Unreadable {
                what: if written.ends_with('/') { "folder" } else { "file" },
                path,
                source,
                is_listed: true,
            }),
        }
    }

    /// A folder with all that is in it.
    fn tree(&self, entry: &SourceFiles, path: &Path, found: &mut Found<'_>) -> Result<(), Problem> {
        let below = base_target(entry, &entry.source)?;
        let mut selection = Selection::new(None, &entry.exclude)?;
        let tree = Tree::walk(path, self.root, self.target_dir.as_deref(), &mut selection)?;
        if tree.files.is_empty() {
            return Err(Problem::EmptyTree {
                path: path.to_owned(),
                target: below.join("/"),
            });
        }
        for (parts, path) in tree.folders {
            let target = joined(&below, parts, &path)?;
            found.empty_folder(target);
        }
        for (parts, path) in tree.files {
            let target = joined(&below, parts, &path)?;
            found.file(path, target, entry.keep)?;
        }
        selection.all_used(path)
    }

    /// The files that a pattern matches.
    fn pattern(&self, entry: &SourceFiles, found: &mut Found<'_>) -> Result<(), Problem> {
        let pattern = Pattern::new(&entry.source)?;
        let below = base_target(entry, pattern.folder())?;
        let base = tidy(&self.root.join(pattern.folder()));
        let no_match = || Problem::NoMatch {
            pattern: entry.source.clone(),
            base: base.clone(),
        };
        if !base.is_dir() {
            return Err(no_match());
        }
        let mut selection = Selection::new(Some(&pattern), &entry.exclude)?;
        let tree = Tree::walk(&base, self.root, self.target_dir.as_deref(), &mut selection)?;
        selection.all_used(&base)?;
        if tree.files.is_empty() {
            return Err(no_match());
        }
        for (parts, path) in tree.files {
            let target = joined(&below, parts, &path)?;
            found.file(path, target, entry.keep)?;
        }
        Ok(())
    }
}

/// The path without a slash at the end, for messages.
fn tidy(path: &Path) -> PathBuf {
    path.components().collect()
}

/// A file that an entry names.
fn single(entry: &SourceFiles, path: PathBuf, found: &mut Found<'_>) -> Result<(), Problem> {
    if !entry.exclude.is_empty() {
        return Err(Problem::ExcludeOfFile { path });
    }
    tree::readable(&path).map_err(|source| Problem::Unreadable {
        what: "file",
        path: path.clone(),
        source,
        is_listed: true,
    })?;
    let own_name = || {
        entry
            .source
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let target = match &entry.target {
        Some(target) if !target.is_folder() => target.path().cloned(),
        Some(folder) => Some(joined(&parts_of(folder), vec![own_name()], &path)?),
        None => None,
    };
    let target = match target {
        Some(target) => target,
        // Without a target, the file keeps its own name.
        None => joined(&[], vec![own_name()], &path)?,
    };
    found.file(path, target, entry.keep)
}

/// The installed folder of what a folder or a pattern has: the target, or the folder as it is written.
fn base_target(entry: &SourceFiles, folder: &str) -> Result<Vec<String>, Problem> {
    if let Some(target) = &entry.target {
        return Ok(parts_of(target));
    }
    let parts: Vec<&str> = folder
        .split(pattern::SEPARATORS)
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    if parts.contains(&"..") || Path::new(folder).has_root() || Path::new(folder).is_absolute() {
        return Err(Problem::NeedsTarget {
            entry: entry.source.clone(),
        });
    }
    Ok(parts.into_iter().map(str::to_owned).collect())
}

fn parts_of(target: &Target) -> Vec<String> {
    target
        .path()
        .map(|path| path.parts().to_vec())
        .unwrap_or_default()
}

fn joined(below: &[String], parts: Vec<String>, path: &Path) -> Result<TargetPath, Problem> {
    let parts = below.iter().cloned().chain(parts).collect();
    TargetPath::from_parts(parts).map_err(|source| Problem::name(path, source))
}

#[cfg(test)]
mod tests;
