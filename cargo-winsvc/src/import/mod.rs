//! Reads the service of another host: what a program that runs under NSSM or WinSW keeps when `winsvc-host` runs it.
//!
//! NSSM has its configuration in the registry, so its source is an export of the service's key (`reg export`). WinSW has an XML
//! file. What has no key is named, so that the author decides about it.

mod nssm;
mod registry_file;
mod table;
mod winsw;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use thiserror::Error;
use toml::Table;

use self::registry_file::RegistryFileError;
use crate::diagnostic::{Diagnostic, Explain};

/// A service that another host runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The name of the service.
    pub name: String,
    /// The keys of a file for `cargo winsvc package --host`.
    pub keys: Table,
    /// What is not taken over, or differs.
    pub left: BTreeSet<String>,
}

/// Reads an export of the registry, or an XML file of WinSW.
pub fn read(source: &[u8]) -> Result<Imported, ImportError> {
    let text = registry_file::decode(source).ok_or(ImportError::Encoding)?;
    if registry_file::is_one(&text) {
        return nssm::read(&text);
    }
    if text.trim_start().starts_with('<') {
        return winsw::read(&text);
    }
    Err(ImportError::Unknown)
}

impl Imported {
    /// The file for `cargo winsvc package --host`, with what is not taken over as comments.
    pub fn file(&self, source: &str) -> String {
        let mut file = format!("# Taken over from {source}. docs/host.md describes the keys.\n");
        for left in &self.left {
            // Writing to a string does not fail.
            let _ = writeln!(file, "# Not taken over: {left}");
        }
        // Tables of texts, numbers and lists can always be written.
        file + "\n" + &toml::to_string_pretty(&self.keys).unwrap_or_default()
    }
}

/// Why nothing is taken over.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The text is not in an encoding of Windows.
    #[error("the file is neither UTF-16 nor UTF-8")]
    Encoding,
    /// The file is something else.
    #[error("the file is neither an export of the registry nor XML")]
    Unknown,
    /// The export cannot be read.
    #[error(transparent)]
    Registry(#[from] RegistryFileError),
    /// No service of the export runs under NSSM.
    #[error("the export has no key of a service with the value `Parameters\\Application`")]
    NoService,
    /// Several services of the export run under NSSM.
    #[error("the export has several services: {}", names.join(", "))]
    SeveralServices {
        /// Their names.
        names: Vec<String>,
    },
    /// It is no XML.
    #[error(transparent)]
    Xml(#[from] roxmltree::Error),
    /// It is another XML.
    #[error("the root element is `{found}`; expected `service`")]
    NotWinsw {
        /// The root's name.
        found: String,
    },
    /// An element is missing that each file of WinSW has.
    #[error("there is no element `{name}`")]
    Missing {
        /// Its name.
        name: &'static str,
    },
}

impl Explain for ImportError {
    fn diagnostic(&self) -> Diagnostic {
        let export = r"export the key of the service: `reg export HKLM\SYSTEM\CurrentControlSet\Services\NAME name.reg`";
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::NoService | Self::SeveralServices { .. } => diagnostic.help(export),
            Self::Encoding | Self::Unknown => diagnostic.help(export).help("or pass the XML file of WinSW"),
            Self::Registry(_) | Self::Xml(_) | Self::NotWinsw { .. } | Self::Missing { .. } => diagnostic,
        }
    }
}
