//! Walks a folder for the files in it. Links are followed where they stay inside; whatever cannot be packaged is an error
//! that names it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::error::Problem;
use super::pattern::Selection;

/// A path below the folder, part by part, and where it is on this machine.
pub(super) type Entry = (Vec<String>, PathBuf);

/// What a folder has.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// The selected files.
    pub(super) files: Vec<Entry>,
    /// All folders that are not excluded, if the whole tree is selected.
    pub(super) folders: Vec<Entry>,
}

impl Tree {
    /// Walks `base`. Links may lead to what is below `base` or below `root`. `target_dir` is passed over unless `base` is
    /// inside it.
    pub(super) fn walk(
        base: &Path,
        root: &Path,
        target_dir: Option<&Path>,
        selection: &mut Selection<'_>,
    ) -> Result<Self, Problem> {
        let allowed = [base, root]
            .map(|folder| fs::canonicalize(folder).map_err(|source| Problem::folder(folder, source)));
        let [base_itself, root_itself] = allowed;
        let allowed = [base_itself?, root_itself?];

        let mut tree = Self::default();
        let depth = selection.depth().unwrap_or(usize::MAX);
        let mut walk = WalkDir::new(base)
            .follow_links(true)
            .sort_by_file_name()
            .min_depth(1)
            .max_depth(depth)
            .into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    not_walked(base, error, selection)?;
                    continue;
                }
            };
            let relative = relative(base, entry.path());
            let is_folder = entry.file_type().is_dir();
            if selection.excludes(&relative) || is_folder && is_target_dir(&entry, target_dir) {
                if is_folder {
                    walk.skip_current_dir();
                }
                continue;
            }
            let is_wanted = if is_folder {
                entry.depth() < depth
            } else {
                selection.takes(&relative)
            };
            if !is_wanted {
                continue;
            }
            if entry.path_is_symlink() {
                stays_inside(entry.path(), &allowed)?;
            }
            let path = entry.into_path();
            let parts = parts(base, &path)?;
            if !is_folder {
                readable(&path).map_err(|source| Problem::file(&path, source))?;
                tree.files.push((parts, path));
            } else if selection.is_tree() {
                tree.folders.push((parts, path));
            }
        }
        Ok(tree)
    }
}

/// An entry that could not be walked is an error unless it would not be taken anyway.
fn not_walked(base: &Path, error: walkdir::Error, selection: &mut Selection<'_>) -> Result<(), Problem> {
    let path = error.path().unwrap_or(base).to_owned();
    let relative = relative(base, &path);
    if selection.excludes(&relative) {
        return Ok(());
    }
    if let Some(ancestor) = error.loop_ancestor() {
        // A folder as deep as the pattern goes is not entered.
        if Some(error.depth()) == selection.depth() {
            return Ok(());
        }
        return Err(Problem::LinkCircle {
            ancestor: ancestor.to_owned(),
            path,
        });
    }
    let source = error
        .into_io_error()
        .unwrap_or_else(|| io::Error::from(io::ErrorKind::Other));
    match fs::symlink_metadata(&path) {
        // Whether a file or a folder was to be there is unknown: only a pattern for the name itself counts.
        Ok(metadata) if metadata.is_symlink() && !selection.takes(&relative) => Ok(()),
        Ok(metadata) if metadata.is_symlink() => Err(Problem::BrokenLink { path, source }),
        _ => Err(Problem::folder(&path, source)),
    }
}

/// The path below the folder as patterns are matched against it.
fn relative(base: &Path, path: &Path) -> String {
    let below = path.strip_prefix(base).unwrap_or(path);
    let parts = below.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// The parts of a path below the folder.
fn parts(base: &Path, path: &Path) -> Result<Vec<String>, Problem> {
    let below = path.strip_prefix(base).unwrap_or(path);
    let parts = below.components().map(|part| part.as_os_str().to_str());
    let parts: Option<Vec<&str>> = parts.collect();
    let parts = parts.ok_or_else(|| Problem::NotUtf8 {
        path: path.to_owned(),
    })?;
    Ok(parts.into_iter().map(str::to_owned).collect())
}

/// What cargo builds is no part of the project, though it usually lies inside it: earlier packages are there, too.
fn is_target_dir(entry: &DirEntry, target_dir: Option<&Path>) -> bool {
    let Some(target_dir) = target_dir else {
        return false;
    };
    target_dir.file_name() == Some(entry.file_name())
        && fs::canonicalize(entry.path()).is_ok_and(|path| path == target_dir)
}

fn stays_inside(link: &Path, allowed: &[PathBuf]) -> Result<(), Problem> {
    let path = link.to_owned();
    match fs::canonicalize(link) {
        Ok(target) if allowed.iter().any(|folder| target.starts_with(folder)) => Ok(()),
        Ok(target) => Err(Problem::LinkOut { path, target }),
        Err(source) => Err(Problem::BrokenLink { path, source }),
    }
}

/// Checks that there is a file that can be read, by opening it.
pub(super) fn readable(path: &Path) -> io::Result<()> {
    // Opening a pipe would wait for its other end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    File::open(path).map(drop)
}
