//! Writes WiX source and the files that it refers to into the folder for results.

use std::collections::BTreeSet;
use std::path::{Path, absolute};

use thiserror::Error;

use crate::diagnostic::{Diagnostic, Explain};
use crate::output::{OutputError, Staging, Written};
use crate::product::{CopyError, Product};
use crate::project::Project;
use crate::wxs::{self, Dialect, Paths, WxsError};

/// The sources of a product, which share the files beside them.
#[derive(Debug)]
pub(crate) struct Sources {
    /// The folder of these files.
    payload: String,
    /// Those that are written.
    written: BTreeSet<String>,
}

impl Sources {
    /// The sources whose names begin with `stem`.
    pub(crate) fn new(stem: &str) -> Self {
        Self {
            payload: format!("{stem}-wxs"),
            written: BTreeSet::new(),
        }
    }

    /// Writes the source in each language of the product into a folder. `names` are the names of its MSIs.
    pub(crate) fn write(
        &mut self,
        project: &Project,
        product: &Product,
        dialect: Dialect,
        (folder, names): (&Path, &[String]),
        staging: &mut Staging,
    ) -> Result<Vec<Written>, SourcesError> {
        let mut results = Vec::new();
        for (&language, name) in product.languages().iter().zip(names) {
            let paths = Paths {
                stem: name.trim_end_matches(".msi").to_owned(),
                folder: absolute(folder).unwrap_or_else(|_| folder.to_owned()),
                payload: self.payload.clone(),
                project: absolute(project.root()).unwrap_or_else(|_| project.root().to_owned()),
            };
            let source = wxs::render(product, language, dialect, &paths)?;
            let path = folder.join(dialect.file_name(&paths.stem));
            results.push(staging.write(&path, source.text.as_bytes())?);
            for (name, content) in source.files {
                if self.written.insert(name.clone()) {
                    staging.create(&folder.join(name), |out| {
                        content.write(out).map_err(SourcesError::Copy)
                    })?;
                }
            }
        }
        Ok(results)
    }
}

/// The error if a source cannot be written.
#[derive(Debug, Error)]
pub(crate) enum SourcesError {
    /// The source cannot be made.
    #[error(transparent)]
    Wxs(#[from] WxsError),
    /// A file beside it cannot be copied.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// It cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl Explain for SourcesError {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Wxs(error) => error.diagnostic(),
            Self::Copy(_) => Diagnostic::of(self),
            Self::Output(error) => error.diagnostic(),
        }
    }
}
