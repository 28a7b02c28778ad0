//! What is wrong with an entry of `files`.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use winsvc_definition::manifest::TargetPathError;

use crate::diagnostic::{Diagnostic, Explain, Place};

/// The error for an entry of `files` whose files cannot be found or packaged.
#[derive(Debug, Error)]
#[error("{problem}")]
pub(crate) struct PayloadError {
    pub(super) problem: Problem,
    pub(super) place: Box<Place>,
}

#[derive(Debug, Error)]
pub(super) enum Problem {
    /// A file or a folder cannot be read.
    #[error("cannot read the {what} `{}`, which `files` lists", path.display())]
    Unreadable {
        what: &'static str,
        path: PathBuf,
        source: io::Error,
        /// Whether the entry names it, rather than a folder or a pattern that it belongs to.
        is_listed: bool,
    },
    /// A name in no encoding that Windows could be given.
    #[error("the name of `{}` is not UTF-8", path.display())]
    NotUtf8 { path: PathBuf },
    /// A name that no file on Windows can have.
    #[error("{error}")]
    Name { path: PathBuf, error: TargetPathError },
    /// A pattern with a syntax error.
    #[error("invalid pattern `{pattern}`: {reason}")]
    Pattern { pattern: String, reason: String },
    /// A pattern without a match.
    #[error("the pattern `{pattern}` matches no file")]
    NoMatch { pattern: String, base: PathBuf },
    /// An exclusion without a match.
    #[error("the exclusion `{pattern}` matches nothing in `{}`", base.display())]
    NoExclusion { pattern: String, base: PathBuf },
    /// Exclusions from a file.
    #[error("`exclude` has no effect on the single file `{}`", path.display())]
    ExcludeOfFile { path: PathBuf },
    /// Files of which none is a program.
    #[error("none of these files is a program or a library, which `sign = true` is for")]
    NoProgram,
    /// A folder without files.
    #[error("the folder `{}` has no files to install", path.display())]
    EmptyTree {
        path: PathBuf,
        /// The installed folder.
        target: String,
    },
    /// A folder or pattern outside, whose path is no installed path.
    #[error("`{entry}` leads out of the folder of Cargo.toml and has no `target`")]
    NeedsTarget { entry: String },
    /// A link out of the project.
    #[error("the link `{}` leads out of the project, to `{}`", path.display(), target.display())]
    LinkOut { path: PathBuf, target: PathBuf },
    /// A link to a folder that it is in.
    #[error("the link `{}` leads back to the folder `{}`, in which it is", path.display(), ancestor.display())]
    LinkCircle { path: PathBuf, ancestor: PathBuf },
    /// A link to nothing.
    #[error("the link `{}` is broken", path.display())]
    BrokenLink { path: PathBuf, source: io::Error },
}

impl Problem {
    pub(super) fn name(path: &Path, error: TargetPathError) -> Self {
        Self::Name {
            path: path.to_owned(),
            error,
        }
    }

    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        Self::Unreadable {
            what: "file",
            path: path.to_owned(),
            source,
            is_listed: false,
        }
    }

    pub(super) fn folder(path: &Path, source: io::Error) -> Self {
        Self::Unreadable {
            what: "folder",
            path: path.to_owned(),
            source,
            is_listed: false,
        }
    }
}

impl Explain for PayloadError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(&self.problem).at((*self.place).clone());
        match &self.problem {
            Problem::Unreadable { is_listed: true, .. } => {
                diagnostic.help("check the path: paths in `files` are relative to the folder of Cargo.toml")
            }
            Problem::Unreadable { is_listed: false, .. } => {
                diagnostic.help("make it readable, or leave it out with `exclude`")
            }
            Problem::NotUtf8 { .. } => diagnostic.help("rename it, or leave it out with `exclude`"),
            Problem::Name { path, .. } => diagnostic
                .note(format!("the source is `{}`", path.display()))
                .help("rename it, leave it out with `exclude`, or set another `target`"),
            Problem::Pattern { .. } => diagnostic
                .note("patterns have `*`, `**`, `?`, `[…]` and `{a,b}`; a backslash before one of them makes it literal"),
            Problem::NoMatch { pattern, base } => {
                let mut diagnostic = diagnostic;
                if !base.is_dir() {
                    diagnostic = diagnostic.note(format!("`{}` is not a folder", base.display()));
                }
                if pattern.contains('\\') {
                    diagnostic = diagnostic.note("in a pattern, `/` separates folders, and `\\` makes the next character literal");
                }
                diagnostic.help(
                    "check the pattern: it is relative to the folder of Cargo.toml, `*` matches files in a folder, \
                     `**` also those in the folders below it",
                )
            }
            Problem::NoExclusion { .. } => diagnostic.help("correct the exclusion, which is relative to that folder, or remove it"),
            Problem::ExcludeOfFile { .. } => diagnostic.help("remove `exclude`"),
            Problem::NoProgram => diagnostic.help("remove `sign`, or correct the path"),
            Problem::EmptyTree { target, .. } => {
                diagnostic.help(format!("to install an empty folder, write `{{ target = \"{target}/\" }}`"))
            }
            Problem::NeedsTarget { entry } => {
                diagnostic.help(format!("set the installed folder: `{{ source = {entry:?}, target = \"…/\" }}`"))
            }
            Problem::LinkOut { .. } => {
                diagnostic.help("list what it leads to as an entry of its own, or leave the link out with `exclude`")
            }
            Problem::LinkCircle { .. } => diagnostic.help("leave the link out with `exclude`"),
            Problem::BrokenLink { .. } => diagnostic.help("repair the link, or leave it out with `exclude`"),
        }
    }
}
