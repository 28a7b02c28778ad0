//! Windows Installer packages, written without Windows Installer.
//!
//! [`render`] turns a [`Product`] into an MSI: `package` says it in rows of tables, [`schema`] knows the tables, and
//! [`database`] knows the file.

pub mod codepage;
pub mod database;
mod names;
mod package;
mod sc;
pub mod schema;
mod sequences;
pub mod summary;

use std::borrow::Cow;

use thiserror::Error;
use uuid::Uuid;
use winsvc_definition::manifest::{ProductVersion, TargetPath};

use self::database::{Database, DatabaseError};
pub use self::sc::UnknownTrigger;
use self::summary::SummaryInformation;
use crate::build::target::Arch;
use crate::cabinet::{self, CabinetError, DosDateTime, Level, Member};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::product::{Product, identity};

/// The custom action that tells the list of installed programs where the product is.
const SET_INSTALL_LOCATION: &str = "SetInstallLocation";

/// An MSI, and the codes by which Windows Installer knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The file.
    pub content: Vec<u8>,
    /// `ProductCode`: what is installed, and by which it is removed.
    pub product_code: Uuid,
    /// The package code of the summary: this very file.
    pub package_code: Uuid,
}

/// Renders the product as an MSI. `progress` is told how many bytes of its files have been compressed.
pub fn render(product: &Product, progress: &mut dyn FnMut(u64)) -> Result<Rendered, MsiError> {
    let version = check_version(&product.version, &product.full_version)?;
    let members: Vec<Member<'_>> = product
        .files
        .iter()
        .map(|file| Member {
            name: package::file_id(file),
            data: Cow::Borrowed(&file.content),
            modified: DosDateTime::from_unix(time(product)),
        })
        .collect();
    let cabinet = cabinet::write(&members, Level::default(), progress)?;

    // The product's code and the package's are functions of everything else in the package.
    let draft = write(product, version, &Uuid::nil(), &Uuid::nil(), cabinet.clone())?;
    let (product_code, package_code) = (identity::product_code(&draft), identity::package_code(&draft));
    Ok(Rendered {
        content: write(product, version, &product_code, &package_code, cabinet)?,
        product_code,
        package_code,
    })
}

/// The version that an MSI of the product has; to be asked for before anything takes long.
pub(crate) fn check_version(
    version: &Result<ProductVersion, Place>,
    full_version: &str,
) -> Result<ProductVersion, MsiError> {
    version.clone().map_err(|place| MsiError::Version {
        version: full_version.to_owned(),
        place,
    })
}

/// Whether an installation can register all of a definition; to be asked before anything takes long.
pub(crate) fn check_definition(config: &Config) -> Result<(), MsiError> {
    let definition = &config.definition;
    let count = definition.dependencies.len();
    if count > package::MOST_DEPENDENCIES {
        return Err(MsiError::Dependencies {
            count,
            place: Box::new(config.place_of_entry(&["dependencies"], package::MOST_DEPENDENCIES)),
        });
    }
    sc::trigger_info(definition)
        .map(drop)
        .map_err(|unknown| MsiError::Trigger {
            unknown,
            place: Some(config.place(&["triggers"])),
        })
}

fn write(
    product: &Product,
    version: ProductVersion,
    product_code: &Uuid,
    package_code: &Uuid,
    cabinet: Vec<u8>,
) -> Result<Vec<u8>, MsiError> {
    let mut database: Database = package::tables(product, version, product_code)?;
    database.stream(package::CABINET, cabinet)?;
    Ok(database.write(&summary(product, package_code))?)
}

/// What to warn of where Explorer does not show all texts of the package as they are.
pub fn summary_warning(product: &Product) -> Option<Diagnostic> {
    let summary = summary(product, &Uuid::nil());
    let substituted = summary.substituted();
    if substituted.is_empty() {
        return None;
    }
    let texts: Vec<String> = substituted.into_iter().map(|text| format!("{text:?}")).collect();
    let warning = Diagnostic::warning(format!(
        "the MSI's summary shows question marks for some characters of {}",
        texts.join(", ")
    ));
    Some(warning.note(
        "Explorer shows the summary, which stores its strings in a single Windows code page; the installed \
         product keeps every character",
    ))
}

/// The summary information stream
/// ([Summary Property Descriptions](https://learn.microsoft.com/windows/win32/msi/summary-property-descriptions)).
fn summary(product: &Product, package_code: &Uuid) -> SummaryInformation {
    let platform = match product.arch {
        Arch::X64 => "x64",
        Arch::X86 => "Intel",
        Arch::Arm64 => "Arm64",
    };
    SummaryInformation {
        title: "Installation Database".to_owned(),
        subject: product.name.clone(),
        author: product.manufacturer.clone(),
        keywords: "Installer".to_owned(),
        comments: format!(
            "This installer database contains the logic and data required to install {}.",
            product.name
        ),
        template: format!("{platform};1033"),
        package_code: *package_code,
        created: time(product),
        saved: time(product),
        // The schema's version: Windows Installer 5.
        page_count: 500,
        // Long file names, compressed, for administrators.
        word_count: 2,
        // Read-only recommended.
        security: 2,
        application: concat!("winsvc ", env!("CARGO_PKG_VERSION")).to_owned(),
    }
}

fn time(product: &Product) -> i64 {
    i64::try_from(product.built).unwrap_or(i64::MAX)
}

impl From<UnknownTrigger> for MsiError {
    fn from(unknown: UnknownTrigger) -> Self {
        Self::Trigger { unknown, place: None }
    }
}

/// Why there is no MSI.
#[derive(Debug, Error)]
pub enum MsiError {
    /// The package's version is higher than MSI's numbers go.
    #[error("the version {version} is too high for an MSI; expected at most 255.255.65535")]
    Version {
        /// The package's version.
        version: String,
        /// Where it stands.
        place: Place,
    },
    /// More dependencies than a row can name.
    #[error(
        "the service has {count} dependencies; an MSI holds at most {}",
        package::MOST_DEPENDENCIES
    )]
    Dependencies {
        /// How many.
        count: usize,
        /// The first one that is too many.
        place: Box<Place>,
    },
    /// A trigger that sc.exe has no option for, and Windows Installer no table.
    #[error(
        "an MSI cannot register the trigger `{}`: it registers triggers with sc.exe, which has no option for this \
         one",
        unknown.trigger
    )]
    Trigger {
        /// The trigger.
        unknown: UnknownTrigger,
        /// Where the triggers stand.
        place: Option<Place>,
    },
    /// A file is too large for any cabinet.
    #[error("the file `{target}` has {size} bytes; a file in an MSI has at most 2147483647")]
    FileSize {
        /// Its path below the installation folder.
        target: TargetPath,
        /// Its size in bytes.
        size: u64,
    },
    /// The files cannot be compressed.
    #[error(transparent)]
    Cabinet(#[from] CabinetError),
    /// The database cannot hold something.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Explain for MsiError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Version { place, .. } => diagnostic.at(place.clone()).help(
                "set another version for the MSI (`version = \"24.11.3\"` in [package.metadata.winsvc.package], \
                 which may be a date), change the package's version, or build only the zip (--format zip)",
            ),
            Self::Dependencies { place, .. } => diagnostic
                .at((**place).clone())
                .help("depend on a load-order group (`+GROUP`), or build only the zip (--format zip)"),
            Self::Trigger { place, .. } => diagnostic.at(place.clone()).help(
                "remove the trigger, or ship the exe from `cargo winsvc build` and register the service with \
                 `NAME.exe service install`",
            ),
            Self::FileSize { .. } => diagnostic.help("remove it from `files`, or build only the zip (--format zip)"),
            Self::Cabinet(_) | Self::Database(_) => diagnostic,
        }
    }
}
