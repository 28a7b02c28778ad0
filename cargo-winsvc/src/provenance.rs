//! The provenance of the program: its build time and commit.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use thiserror::Error;

use crate::diagnostic::{Diagnostic, Explain};
use crate::shell::Shell;

/// The time and the commit of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Provenance {
    /// In seconds since 1970.
    ///
    /// `SOURCE_DATE_EPOCH` if it is set, the time of the commit if the work tree is clean, else the time at which the
    /// exe was linked. So the same clean sources always give the same time, and other sources do until the next build.
    pub built: u64,
    /// The commit, with `-dirty` if tracked files differ from it; `None` outside a git work tree.
    pub commit: Option<String>,
}

impl Provenance {
    /// Determines the time from `epoch`, else git, else the newest of the exes.
    pub(crate) fn find(
        root: &Path,
        exes: &[PathBuf],
        epoch: Option<u64>,
        shell: Shell,
    ) -> Result<Self, ProvenanceError> {
        let commit = match git(root, &["rev-parse", "HEAD"]) {
            Ok(commit) => Some(commit),
            Err(refusal) => {
                if refusal.contains("dubious ownership") {
                    shell.warning(&dubious_ownership(root));
                }
                None
            }
        };
        let changes = git(root, &["status", "--porcelain", "--untracked-files=no"]);
        let is_clean = commit.is_some() && changes.as_deref() == Ok("");

        let built = if let Some(epoch) = epoch {
            epoch
        } else {
            let committed = git(root, &["log", "-1", "--format=%ct"])
                .ok()
                .filter(|_| is_clean);
            match committed.and_then(|seconds| seconds.parse().ok()) {
                Some(committed) => committed,
                None => exes
                    .iter()
                    .map(|exe| linked(exe))
                    .try_fold(0, |last, time| time.map(|time| last.max(time)))?,
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

/// The time in `SOURCE_DATE_EPOCH`. Call this before the slow steps
/// (<https://reproducible-builds.org/specs/source-date-epoch/>).
pub(crate) fn epoch() -> Result<Option<u64>, ProvenanceError> {
    let Some(value) = std::env::var_os("SOURCE_DATE_EPOCH") else {
        return Ok(None);
    };
    let value = value.to_string_lossy().into_owned();
    value
        .parse()
        .map(Some)
        .map_err(|_| ProvenanceError::Epoch { value })
}

/// The environment variables that make git use another repository than the folder's (`git rev-parse --local-env-vars`);
/// git sets them for a hook that calls cargo.
const LOCAL_VARIABLES: [&str; 8] = [
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
];

/// The output of a git command in the folder, or its error message.
fn git(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("git");
    for variable in LOCAL_VARIABLES {
        command.env_remove(variable);
    }
    // The error message is parsed.
    command.env("LC_ALL", "C");
    let output = command.arg("-C").arg(root).args(arguments).output();
    let output = output.map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

/// The warning if git refuses to read a repository that belongs to another user.
fn dubious_ownership(root: &Path) -> Diagnostic {
    Diagnostic::warning(format!(
        "git refuses to read the repository of `{}`, which belongs to another user",
        root.display()
    ))
    .note("the package records no commit, and the build time instead of the commit time, so it is not reproducible")
    .help("run `git config --global --add safe.directory <the repository>`, or set SOURCE_DATE_EPOCH")
}

fn linked(exe: &Path) -> Result<u64, ProvenanceError> {
    let modified = std::fs::metadata(exe).and_then(|metadata| metadata.modified());
    let modified = modified.map_err(|source| ProvenanceError::Exe {
        path: exe.to_owned(),
        source,
    })?;
    Ok(modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

/// The error if the provenance cannot be determined.
#[derive(Debug, Error)]
pub(crate) enum ProvenanceError {
    /// `SOURCE_DATE_EPOCH` is not a number.
    #[error("invalid SOURCE_DATE_EPOCH `{value}`; expected a number of seconds since 1970")]
    Epoch {
        /// The value.
        value: String,
    },
    /// The exe, or another file, cannot be read.
    #[error("cannot read `{}`", path.display())]
    Exe {
        /// Its path.
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
