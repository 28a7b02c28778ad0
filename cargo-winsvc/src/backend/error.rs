//! The errors of building an MSI with another program.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use thiserror::Error;

use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::wxs::WxsError;

/// The error if another program does not build the MSI.
#[derive(Debug, Error)]
pub(crate) enum BackendError {
    /// There is no program for it.
    #[error("no {what} found: there is no {programs} in the search path")]
    NoProgram {
        what: &'static str,
        programs: &'static str,
        /// How it is installed.
        help: &'static str,
    },
    /// It does not build for the architecture.
    #[error("wixl cannot build an MSI for {arch}")]
    Arch { arch: &'static str },
    /// It does not write the letters of a name: wixl 0.101 crashes.
    #[error("wixl writes only Western European letters, and the name `{name}` has others")]
    Letters { name: String, place: Box<Place> },
    /// The source cannot be made.
    #[error(transparent)]
    Wxs(#[from] WxsError),
    /// The folder for source and result cannot be used.
    #[error("cannot write the source of the MSI, or copy the MSI")]
    Scratch(#[source] io::Error),
    /// The program does not start.
    #[error("cannot start `{program}`")]
    Start {
        program: String,
        #[source]
        source: io::Error,
    },
    /// The program fails.
    #[error("`{command}` failed: {status}")]
    Failed {
        command: String,
        status: ExitStatus,
        output: String,
    },
    /// It has made something else.
    #[error("cannot read the MSI `{}`", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// It cannot express a row.
    #[error("wixl and msibuild cannot express the row `{row}` of the table `{table}`")]
    Differs {
        table: &'static str,
        row: String,
        keys: &'static [&'static str],
    },
}

/// What always helps.
const BUILTIN: &str = "or build the MSI without other programs (--msi-backend builtin)";

/// WiX 7 and later ask for it.
const LICENSE_NOT_ACCEPTED: &str = "WIX7015";

impl Explain for BackendError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::NoProgram { help, .. } => diagnostic.help(*help).help(BUILTIN),
            Self::Arch { .. } => diagnostic.help("use --msi-backend builtin or wix"),
            Self::Letters { place, .. } => diagnostic
                .at((**place).clone())
                .help("use --msi-backend builtin or wix"),
            Self::Wxs(error) => error.diagnostic(),
            Self::Failed { output, .. } => {
                let lines = output.lines().map(str::trim_end).filter(|line| !line.is_empty());
                let diagnostic = lines.fold(diagnostic, Diagnostic::note);
                if output.contains(LICENSE_NOT_ACCEPTED) {
                    diagnostic
                        .help("read WiX's licence and accept it yourself, as its message says, or use WiX 6 or earlier")
                } else {
                    diagnostic
                }
            }
            Self::Differs { keys, .. } => {
                let diagnostic = match keys {
                    [] => diagnostic,
                    keys => diagnostic.note(format!("it comes from {}", keys.join(", "))),
                };
                diagnostic.help("use --msi-backend builtin or wix")
            }
            Self::Scratch(_) | Self::Start { .. } | Self::Unreadable { .. } => diagnostic,
        }
    }
}
