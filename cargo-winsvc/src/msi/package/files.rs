//! Folders and files.

use std::collections::{BTreeMap, BTreeSet};

use winsvc_definition::manifest::FeatureName;

use super::super::MsiError;
use super::super::database::{number, stream, text};
use super::super::names::{file_id, path_identifier};
use super::super::schema;
use super::super::short_names::ShortNames;
use super::rows::Component;
use super::{INSTALL_FOLDER, NULL, Package};
use crate::build::target::Arch;
use crate::pe::FileVersion;
use crate::product::identity::file_component;
use crate::product::{File, Product};

/// `msidbFileAttributesVital`: the installation fails if the file cannot be installed.
const FILE_VITAL: i32 = 512;

/// `msidbComponentAttributesPermanent`: an uninstallation, also that of the old version in an upgrade, leaves the file.
const PERMANENT: i32 = 16;
/// `msidbComponentAttributesNeverOverwrite`: where there is a file already, it stays, whatever `REINSTALLMODE` says.
const NEVER_OVERWRITE: i32 = 128;

/// A future row of `Directory`.
struct Folder<'a> {
    id: String,
    name: &'a str,
    parent: String,
    /// The feature of all that is in it; `None` if it is always made.
    feature: Option<&'a FeatureName>,
}

/// All folders that the package makes, outer ones first.
fn all_folders(product: &Product) -> Vec<Folder<'_>> {
    let mut folders = Vec::new();
    let mut parent = program_files(product.arch).to_owned();
    for (depth, name) in product.folders.iter().enumerate() {
        let is_last = depth + 1 == product.folders.len();
        let id = if is_last {
            INSTALL_FOLDER.to_owned()
        } else {
            format!("ParentFolder{depth}")
        };
        folders.push(Folder {
            id: id.clone(),
            name,
            parent,
            feature: None,
        });
        parent = id;
    }
    let of_files = product.files.iter();
    let of_files = of_files.map(|file| (file.target.folders(), file.feature.as_ref()));
    let empty = product.empty_folders.iter();
    let empty = empty.map(|folder| (folder.target.parts(), folder.feature.as_ref()));
    let mut below: BTreeMap<&[String], BTreeSet<Option<&FeatureName>>> = BTreeMap::new();
    for (path, feature) in of_files.chain(empty) {
        for path in prefixes(path) {
            below.entry(path).or_default().insert(feature);
        }
    }
    for (path, features) in below {
        let (name, above) = path.split_last().expect("prefixes are not empty");
        folders.push(Folder {
            id: folder_id(path),
            name,
            parent: folder_id(above),
            feature: if features.len() == 1 {
                features.into_iter().next().flatten()
            } else {
                None
            },
        });
    }
    folders
}

/// The short names of all files and folders.
pub(super) fn short_names(product: &Product) -> ShortNames {
    let folders = all_folders(product);
    let mut names: Vec<(String, &str)> = folders
        .into_iter()
        .map(|folder| (folder.parent, folder.name))
        .collect();
    let files = product.files.iter();
    names.extend(files.map(|file| (folder_id(file.target.folders()), file.target.file_name())));
    ShortNames::of(names.iter().map(|(folder, name)| (folder.as_str(), *name)))
}

impl Package<'_> {
    /// Adds the folders from the root to the installation folder, and those below it.
    pub(super) fn folders(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        let programs = program_files(product.arch);
        let folders = all_folders(product);
        // An uninstallation also removes empty folders, inner ones first: Windows Installer processes the rows in the
        // order in which their identifiers first occur.
        for folder in folders.iter().rev() {
            let component = self.component_of(folder.feature);
            self.row(&schema::CREATE_FOLDER, [text(&folder.id), text(&component)])?;
        }
        self.row(&schema::DIRECTORY, [text("TARGETDIR"), NULL, text("SourceDir")])?;
        self.row(&schema::DIRECTORY, [text(programs), text("TARGETDIR"), text(".")])?;
        for Folder { id, name, parent, .. } in &folders {
            let name = self.short_names.short_and_long(parent, name);
            self.row(&schema::DIRECTORY, [text(id), text(parent), text(name)])?;
        }
        Ok(())
    }

    /// Each file is a separate component with itself as the key path.
    pub(super) fn files(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        let payload = self.payload;
        for ((file, hash), &sequence) in product.files.iter().zip(&payload.hashes).zip(&payload.sequences) {
            self.file(file, hash.as_ref(), sequence)?;
        }
        for (cabinet, disk) in payload.cabinets.iter().zip(1..) {
            let last = i32::try_from(cabinet.files.end).unwrap_or(i32::MAX);
            let reference = cabinet.reference(payload.is_external);
            self.row(
                &schema::MEDIA,
                [number(disk), number(last), NULL, text(reference), NULL, NULL],
            )?;
        }
        self.signatures()
    }

    /// The certificates that the cabinets beside the package must be signed by. As WiX, this leaves out the hashes, so that
    /// the signature may be another one by the same certificate.
    fn signatures(&mut self) -> Result<(), MsiError> {
        let mut certificates: Vec<&[u8]> = Vec::new();
        for (cabinet, disk) in self.payload.cabinets.iter().zip(1_i32..) {
            let Some(certificate) = &cabinet.certificate else {
                continue;
            };
            let known = certificates.iter().position(|known| known == certificate);
            let index = known.unwrap_or(certificates.len());
            let id = format!("Certificate{}", index + 1);
            if known.is_none() {
                certificates.push(certificate);
                let cells = [text(&id), stream(certificate.clone())];
                self.row(&schema::MSI_DIGITAL_CERTIFICATE, cells)?;
            }
            let cells = [text(schema::MEDIA.name), text(disk.to_string()), text(&id), NULL];
            self.row(&schema::MSI_DIGITAL_SIGNATURE, cells)?;
        }
        Ok(())
    }

    fn file(&mut self, file: &File, hash: Option<&[u8; 16]>, sequence: i32) -> Result<(), MsiError> {
        let product = self.product;
        let (id, folder) = (file_id(file), folder_id(file.target.folders()));
        let path: Vec<String> = product
            .folders
            .iter()
            .chain(file.target.folders())
            .cloned()
            .collect();
        let guid = file_component(program_files(product.arch), &path, file.target.file_name());
        let attributes = if file.is_kept {
            PERMANENT | NEVER_OVERWRITE
        } else {
            0
        };
        self.component(&Component {
            id: &id,
            guid,
            directory: &folder,
            attributes,
            condition: "",
            key_path: &id,
            feature: file.feature.as_ref(),
        })?;

        let size = i32::try_from(file.size).map_err(|_| MsiError::FileSize {
            target: file.target.clone(),
            size: file.size,
        })?;
        let (version, language) = match &file.version {
            Some(FileVersion {
                version: [major, minor, build, revision],
                language,
            }) => (
                text(format!("{major}.{minor}.{build}.{revision}")),
                text(language.to_string()),
            ),
            None => (NULL, NULL),
        };
        let name = self.short_names.short_and_long(&folder, file.target.file_name());
        self.row(
            &schema::FILE,
            [
                text(&id),
                text(&id),
                text(name),
                number(size),
                version,
                language,
                number(FILE_VITAL),
                number(sequence),
            ],
        )?;
        // A file without a version is compared by its hash; a file with a version must not have a hash (ICE60).
        if let Some(hash) = hash {
            let part = |n: usize| number(i32::from_le_bytes([0, 1, 2, 3].map(|byte| hash[n * 4 + byte])));
            self.row(
                &schema::MSI_FILE_HASH,
                [text(&id), number(0), part(0), part(1), part(2), part(3)],
            )?;
        }
        Ok(())
    }
}

/// The folder for programs; its name depends on the architecture.
const fn program_files(arch: Arch) -> &'static str {
    if arch.is_64_bit() {
        "ProgramFiles64Folder"
    } else {
        "ProgramFilesFolder"
    }
}

/// A folder below the installation folder, or the installation folder for an empty path.
pub(super) fn folder_id(path: &[String]) -> String {
    if path.is_empty() {
        INSTALL_FOLDER.to_owned()
    } else {
        // No part of a path contains a slash, nor does an identifier: the hash distinguishes this one from others.
        path_identifier(&format!("Folder.{}", path.join("/")))
    }
}

/// A folder's ancestors and the folder itself.
fn prefixes(path: &[String]) -> impl Iterator<Item = &[String]> {
    (1..=path.len()).map(|length| &path[..length])
}
