//! The errors of writing WiX source.

use thiserror::Error;

use crate::diagnostic::{Diagnostic, Explain};
use crate::msi::{MsiError, Row};

/// The error if the source cannot be written.
#[derive(Debug, Error)]
pub enum WxsError {
    /// The content of the MSI cannot be made.
    #[error(transparent)]
    Msi(#[from] MsiError),
    /// WiX has no element for a row.
    #[error("WiX has no element for the row `{row}` of the table `{table}`")]
    NoElement {
        /// The table.
        table: &'static str,
        /// The row's key.
        row: String,
        /// The keys of Cargo.toml that it comes from.
        keys: &'static [&'static str],
    },
    /// The template does not render.
    #[error("cannot render the template of WiX source")]
    Template(#[from] tera::Error),
}

impl WxsError {
    pub(super) fn no_element(row: &Row) -> Self {
        Self::NoElement {
            table: row.table.name,
            row: row.key().to_owned(),
            keys: row.part.keys,
        }
    }
}

impl Explain for WxsError {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Msi(error) => error.diagnostic(),
            Self::NoElement { keys, .. } => {
                let diagnostic = Diagnostic::of(self);
                let diagnostic = match keys {
                    [] => diagnostic,
                    keys => diagnostic.note(format!("it comes from {}", keys.join(", "))),
                };
                diagnostic.help("build the MSI without WiX (--format msi)")
            }
            Self::Template(_) => Diagnostic::of(self),
        }
    }
}
