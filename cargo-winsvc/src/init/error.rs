//! Why a program is not made a service.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::source::Unfit;
use crate::build::BuildError;
use crate::config::ConfigError;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::from_wix::FromWixError;
use crate::import::ImportError;
use crate::project::ProjectError;

/// The error of `init` and `new`. No file is changed then.
#[derive(Debug, Error)]
pub(crate) enum InitError {
    /// There is no program to make a service of.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The table that is there already has a mistake.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// cargo's configuration names a target that is none.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The command line means a workspace.
    #[error("the product of this workspace has services of several packages")]
    Workspace,
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    /// Cargo.toml cannot be parsed.
    #[error("{message}")]
    Manifest { message: String, place: Box<Place> },
    /// The source for WiX is none.
    #[error("cannot take over `{}`", path.display())]
    Wix {
        path: PathBuf,
        #[source]
        error: FromWixError,
    },
    /// The service of another host cannot be read.
    #[error("cannot take over `{}`", path.display())]
    Import {
        path: PathBuf,
        #[source]
        error: ImportError,
    },
    /// The file that would be written is there.
    #[error("`{}` exists already", path.display())]
    FileExists { path: PathBuf },
    /// There is a table already, which a source for WiX would replace.
    #[error("Cargo.toml has a table [package.metadata.winsvc] already")]
    TableExists { wix: PathBuf },
    /// The template of the workflow cannot be rendered.
    #[error("cannot write the workflow")]
    Template(#[from] tera::Error),
    /// The file with `main` is not changed.
    #[error("cannot put `#[winsvc::main]` on `main` in `{}`", path.display())]
    Main {
        path: PathBuf,
        text: String,
        error: Box<Unfit>,
    },
    /// cargo cannot be run.
    #[error("cannot run `cargo new`")]
    Cargo(#[source] io::Error),
    /// cargo has said why.
    #[error("`cargo new` failed")]
    New,
    /// Standard input is no terminal.
    #[error("there is no terminal to ask whether to change files")]
    NobodyToAsk,
    /// The answer was no.
    #[error("nothing was changed")]
    Declined,
    /// Standard output cannot be written.
    #[error("cannot print the changes")]
    Stdout(#[source] io::Error),
}

impl Explain for InitError {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Project(error) => error.diagnostic(),
            Self::Config(error) => error.diagnostic(),
            Self::Build(error) => error.diagnostic(),
            Self::Workspace => Diagnostic::of(self).help("name one of the packages with `--package`"),
            Self::Manifest { place, .. } => Diagnostic::of(self).at(Place::clone(place)),
            Self::Main { path, text, error } => {
                let at = |span: &std::ops::Range<usize>| Place {
                    path: path.clone(),
                    text: text.clone(),
                    span: span.clone(),
                };
                let diagnostic = Diagnostic::of(self).note(error.to_string());
                match &**error {
                    Unfit::Syntax { at: span, .. } => diagnostic.at(at(span)),
                    Unfit::NoMain => diagnostic.help("if a macro or a module has `main`, put the attribute there by hand"),
                    Unfit::OtherRuntime { at: span, .. } => diagnostic
                        .at(at(span))
                        .help("`#[winsvc::main]` starts tokio; a plain `fn main` can start any other runtime (docs/entry.md)"),
                    Unfit::Option { at: span, .. } => diagnostic
                        .at(at(span))
                        .help("remove the option; `#[winsvc::main]` takes `flavor` and `worker_threads`"),
                }
            }
            Self::TableExists { wix } => Diagnostic::of(self).help(format!(
                "remove the table to take over `{}`, or leave out `--from-wix`",
                wix.display()
            )),
            Self::Import { error, .. } => Diagnostic {
                help: error.diagnostic().help,
                ..Diagnostic::of(self)
            },
            Self::FileExists { .. } => {
                Diagnostic::of(self).help("remove it, or run the command in another folder")
            }
            Self::NobodyToAsk => Diagnostic::of(self)
                .help("`--yes` changes them without asking, `--dry-run` shows the changes"),
            Self::Unreadable { .. }
            | Self::Unwritable { .. }
            | Self::Wix { .. }
            | Self::Template(_)
            | Self::Cargo(_)
            | Self::New
            | Self::Declined
            | Self::Stdout(_) => Diagnostic::of(self),
        }
    }
}
