//! Where the program comes from: when it was built, and from which commit.

use std::path::Path;
use std::process::Command;
use std::time::UNIX_EPOCH;

use thiserror::Error;

use crate::diagnostic::{Diagnostic, Explain};

/// The time and the commit of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// In seconds since 1970.
    ///
    /// `SOURCE_DATE_EPOCH` where it is set; of a clean work tree the time of its commit; else the time at which the
    /// exe was linked. So the same sources give the same time, and without a new build so does everything.
    pub built: u64,
    /// The commit, with `-dirty` where tracked files differ from it; nothing outside a git work tree.
    pub commit: Option<String>,
}

impl Provenance {
    /// Asks the environment, git and the exe, in this order.
    pub fn find(root: &Path, exe: &Path) -> Result<Self, ProvenanceError> {
        let commit = git(root, &["rev-parse", "HEAD"]);
        let changes = git(root, &["status", "--porcelain", "--untracked-files=no"]);
        let is_clean = commit.is_some() && changes.as_deref() == Some("");

        let built = if let Some(epoch) = epoch()? {
            epoch
        } else {
            let committed = git(root, &["log", "-1", "--format=%ct"]).filter(|_| is_clean);
            match committed.and_then(|seconds| seconds.parse().ok()) {
                Some(committed) => committed,
                None => linked(exe)?,
            }
        };
        let commit = commit.map(|commit| {
            if is_clean {
                commit
            } else {
                format!("{commit}-dirty")
            }
        });
        Ok(Self { built, commit })
    }
}

/// <https://reproducible-builds.org/specs/source-date-epoch/>
fn epoch() -> Result<Option<u64>, ProvenanceError> {
    let Some(value) = std::env::var_os("SOURCE_DATE_EPOCH") else {
        return Ok(None);
    };
    let value = value.to_string_lossy().into_owned();
    value
        .parse()
        .map(Some)
        .map_err(|_| ProvenanceError::Epoch { value })
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn linked(exe: &Path) -> Result<u64, ProvenanceError> {
    let modified = std::fs::metadata(exe).and_then(|metadata| metadata.modified());
    let modified = modified.map_err(|source| ProvenanceError::Exe {
        path: exe.to_owned(),
        source,
    })?;
    Ok(modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

/// Why nobody knows.
#[derive(Debug, Error)]
pub enum ProvenanceError {
    /// The variable is set to something else.
    #[error("SOURCE_DATE_EPOCH is `{value}`, which is no number of seconds since 1970")]
    Epoch {
        /// The value.
        value: String,
    },
    /// The exe has gone.
    #[error("cannot read the exe `{}`", path.display())]
    Exe {
        /// The exe.
        path: std::path::PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl Explain for ProvenanceError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Epoch { .. } => {
                diagnostic.help("set it to a whole number, such as the output of `git log -1 --format=%ct`")
            }
            Self::Exe { .. } => diagnostic,
        }
    }
}
