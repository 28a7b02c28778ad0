//! Checks the folders for settings, data and logs.

use thiserror::Error;
use winsvc_definition::folders;

use crate::config::{Config, ServiceConfig};
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::product::{Names, data_folder};
use crate::project::Project;

/// The longest path of a folder in which every program on Windows can create a file with a short name
/// ([Maximum Path Length](https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation)).
const LONGEST_FOLDER: usize = 247;

/// Where `%ProgramData%` is on Windows.
const PROGRAM_DATA: &str = r"C:\ProgramData";

/// Checks the length of the paths.
pub(super) fn check(project: &Project, config: &Config) -> Result<(), FolderError> {
    let path = data_folder(config, &Names::new(project, config)).join("\\");
    let length = [PROGRAM_DATA, &path, folders::LOGS]
        .join("\\")
        .encode_utf16()
        .count();
    if length <= LONGEST_FOLDER {
        return Ok(());
    }
    let keys = [["package", "data-folder"], ["package", "product-name"]];
    let place = keys.iter().find_map(|key| config.place_if_written(None, key));
    Err(FolderError {
        path,
        length,
        place: place.map(Box::new),
    })
}

/// Warns about a service that has no access to its folders.
pub(super) fn access(config: &Config, service: &ServiceConfig) -> Option<Diagnostic> {
    let definition = &service.definition;
    (!folders::has_access(definition)).then(|| {
        Diagnostic::warning(format!(
            "the service has no access to its folders below %ProgramData%: its process has no service SID, and the \
             SID of `{}` is known only to the domain",
            definition.account
        ))
        .at(config.place_in(service, &["sid-type"]))
        .note("without `sid-type = \"none\"`, the folders grant access to the service itself")
        .help("remove `sid-type`, or grant the account access to the folders after the installation")
    })
}

/// The error for a path that is too long.
#[derive(Debug, Error)]
#[error(
    "the path of the folder `{path}` has {length} characters below {PROGRAM_DATA}; Windows allows at most {LONGEST_FOLDER}"
)]
pub(crate) struct FolderError {
    /// The path below `%ProgramData%`.
    path: String,
    /// The length of the whole path.
    length: usize,
    /// The value that determines it, if it is written.
    place: Option<Box<Place>>,
}

impl Explain for FolderError {
    fn diagnostic(&self) -> Diagnostic {
        Diagnostic::of(self)
            .at(self.place.as_deref().cloned())
            .help("set a shorter `data-folder` in [package.metadata.winsvc.package]")
    }
}
