//! Changes of files: shown as a diff, and made together.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use similar::TextDiff;
use tempfile::NamedTempFile;

use crate::output::hidden;

/// A file that gets another text, or that is new.
#[derive(Debug)]
pub(super) struct Change {
    pub path: PathBuf,
    /// None if there is no such file.
    pub old: Option<String>,
    pub new: String,
}

impl fmt::Display for Change {
    /// A unified diff that `git apply` and `patch -p1` take.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display().to_string().replace('\\', "/");
        let old_path = match self.old {
            Some(_) => format!("a/{path}"),
            None => "/dev/null".to_owned(),
        };
        let old = self.old.as_deref().unwrap_or_default();
        let diff = TextDiff::from_lines(old, &self.new);
        write!(
            f,
            "{}",
            diff.unified_diff().header(&old_path, &format!("b/{path}"))
        )
    }
}

/// Writes all files, or none if one cannot be written.
pub(super) fn make(changes: &[Change], root: &Path) -> Result<(), (PathBuf, io::Error)> {
    let mut written = Vec::new();
    for change in changes {
        let path = root.join(&change.path);
        let staged = stage(&path, &change.new).map_err(|error| (change.path.clone(), error))?;
        written.push((staged, path));
    }
    for (file, path) in written {
        file.persist(&path).map_err(|error| (path, error.error))?;
    }
    Ok(())
}

/// The text in a hidden file beside its destination, with the permissions that this has.
fn stage(path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = hidden().tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(metadata) = fs::metadata(path) {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    Ok(file)
}
