//! How a result is described: its file, what it is made from, and what identifies it.

use std::fmt;

use serde::Serialize;
use winsvc_definition::manifest::Language;

use crate::msi::Rendered;
use crate::product::Product;
use crate::product::identity::braced;
use crate::sign::{Signature, SignedProgram};

/// The description of a result in `--message-format json`.
#[derive(Serialize)]
pub(crate) struct Artifact<'a> {
    pub format: &'a str,
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
    pub package: &'a str,
    pub version: String,
    /// `None` for a file that is about the packages of all targets.
    pub target: Option<&'a str>,
    pub services: Vec<&'a str>,
    pub built: u64,
    pub commit: Option<&'a str>,
    #[serde(flatten)]
    pub codes: Option<&'a Codes>,
    /// The signature of the file itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<&'a Signature>,
    /// The signed programs in a package.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub signed_programs: &'a [SignedProgram],
}

/// What identifies an MSI: its language, and its GUIDs in Windows Installer's notation.
#[derive(Debug, Serialize)]
pub(crate) struct Codes {
    pub(crate) language: &'static str,
    pub(crate) product_code: String,
    pub(crate) package_code: String,
    pub(crate) upgrade_code: String,
    /// Whether the upgrade code is derived from the names of the manufacturer and the product, and changes with them.
    pub(crate) upgrade_code_derived: bool,
}

/// The description of a file that was signed by itself.
#[derive(Serialize)]
pub(crate) struct SignedArtifact<'a> {
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
    pub signature: &'a Signature,
}

impl Codes {
    pub(crate) fn new(product: &Product, language: Language, rendered: &Rendered) -> Self {
        Self {
            language: language.as_str(),
            product_code: braced(&rendered.product_code),
            package_code: braced(&rendered.package_code),
            upgrade_code: braced(&product.upgrade_code),
            upgrade_code_derived: product.upgrade_code_is_derived,
        }
    }
}

impl fmt::Display for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "upgrade code {}", self.upgrade_code)?;
        if self.upgrade_code_derived {
            f.write_str(" (derived from manufacturer and product name; pin it with `upgrade-code`)")?;
        }
        Ok(())
    }
}
