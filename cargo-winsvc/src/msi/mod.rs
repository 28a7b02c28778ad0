//! Windows Installer packages, written without Windows Installer.
//!
//! [`compress`] compresses the files of a [`Product`], and [`render`] makes an MSI in one of its languages from both:
//! `package` converts the product to table rows, `dialogs` has its windows, [`schema`] describes the tables, and
//! [`database`] writes the file.

pub mod codepage;
pub mod database;
mod dialogs;
mod language;
mod names;
mod package;
mod payload;
mod sc;
pub mod schema;
mod sequences;
mod short_names;
pub mod summary;

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use thiserror::Error;
use uuid::Uuid;
use winsvc_cabinet::{CabinetError, MAX_CABINET, MAX_FILE};
use winsvc_definition::manifest::{Compression, Language, PathEntry, ProductVersion, TargetPath};

use self::codepage::Codepage;
use self::database::{Database, DatabaseError, StreamContent};
pub use self::names::file_id;
pub use self::package::{Part, Row};
pub use self::payload::{Payload, compress};
pub use self::sc::UnknownTrigger;
use self::summary::SummaryInformation;
use crate::build::target::Arch;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::product::{ContentError, Product, identity};

/// The custom action that sets the product's location in the list of installed programs.
const SET_INSTALL_LOCATION: &str = "SetInstallLocation";

/// The custom action that sets the installation folder to that of the installed version.
const SET_INSTALL_FOLDER: &str = "SetInstallFolder";

/// How an MSI is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How much time to spend on compression.
    pub compression: Compression,
    /// The most bytes of files in a cabinet, unless a single file is larger.
    pub most_in_cabinet: u64,
    /// The most bytes of cabinets that become part of the MSI; above, they are files beside it. By default
    /// 2,000,000,000: Windows Installer opens packages of up to 2 GiB, which contain the tables as well.
    pub most_embedded: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            compression: Compression::default(),
            most_in_cabinet: MAX_CABINET,
            most_embedded: 2_000_000_000,
        }
    }
}

/// The result of [`render`].
#[derive(Clone, Copy, Debug)]
pub struct Rendered {
    /// `ProductCode`: identifies the installed product.
    pub product_code: Uuid,
    /// The package code in the summary: identifies this file.
    pub package_code: Uuid,
}

/// A cabinet beside a package.
#[derive(Debug)]
pub struct ExternalCabinet {
    /// Its file name.
    pub name: String,
    content: StreamContent,
}

impl ExternalCabinet {
    /// Writes the cabinet.
    pub fn write(&self, out: &mut impl Write) -> Result<(), MsiError> {
        self.content.copy(out).map_err(MsiError::Write)
    }
}

/// Renders the product as an MSI in one of its languages, written to `out`. `payload` has its compressed files.
pub fn render(
    product: &Product,
    language: Language,
    payload: &Payload,
    out: &mut (impl Read + Write + Seek),
) -> Result<Rendered, MsiError> {
    let version = check_version(&product.version, &product.full_version)?;
    let summary = |package_code: &Uuid| summary(product, language, package_code);
    let database = |product_code: &Uuid| database(product, version, language, product_code, payload);

    // The product code and the package code are derived from everything else in the package.
    let digest = database(&Uuid::nil())?.digest(&summary(&Uuid::nil()))?;
    let (product_code, package_code) = (identity::product_code(&digest), identity::package_code(&digest));
    database(&product_code)?.write(&summary(&package_code), out)?;
    Ok(Rendered {
        product_code,
        package_code,
    })
}

/// The content of an MSI in one of its languages, for formats that say the same in other words.
#[derive(Debug)]
pub struct Contents {
    /// The rows of all tables.
    pub rows: Vec<Row>,
    /// The language identifier.
    pub language: u16,
    /// The code pages of the database and of its summary.
    pub codepages: [Codepage; 2],
}

/// The content of the MSI of the product in one of its languages, without the hashes of files.
pub fn contents(product: &Product, language: Language) -> Result<Contents, MsiError> {
    contents_of(product, language, &Payload::planned(product))
}

/// The same with the hashes of files.
pub fn hashed_contents(product: &Product, language: Language) -> Result<Contents, MsiError> {
    contents_of(product, language, &Payload::hashed(product)?)
}

fn contents_of(product: &Product, language: Language, payload: &Payload) -> Result<Contents, MsiError> {
    let version = check_version(&product.version, &product.full_version)?;
    let (rows, codepage) = package::rows(product, version, language, payload)?;
    Ok(Contents {
        rows,
        language: language::id(language),
        codepages: [codepage, language::codepage(language)],
    })
}

impl Payload {
    /// The cabinets that must be in the folder of the packages, if these would be too large with them.
    pub fn external_cabinets(&self) -> Vec<ExternalCabinet> {
        let external = self.cabinets.iter().filter(|_| self.is_external);
        let external = external.map(|cabinet| ExternalCabinet {
            name: cabinet.name.clone(),
            content: cabinet.content.clone(),
        });
        external.collect()
    }

    /// Replaces a cabinet beside the package by the signed one. Windows Installer then installs it only if it has a valid
    /// signature by this certificate.
    pub fn replace_by_signed(&mut self, name: &str, file: File, certificate: &[u8]) -> Result<(), MsiError> {
        let content = StreamContent::of_file(file).map_err(MsiError::Write)?;
        if let Some(cabinet) = self.cabinets.iter_mut().find(|cabinet| cabinet.name == name) {
            cabinet.content = content;
            cabinet.certificate = Some(certificate.to_owned());
        }
        Ok(())
    }
}

/// The version of an MSI of the product. Call this before the slow steps.
pub(crate) fn check_version(
    version: &Result<ProductVersion, Place>,
    full_version: &str,
) -> Result<ProductVersion, MsiError> {
    version.clone().map_err(|place| MsiError::Version {
        version: full_version.to_owned(),
        place,
    })
}

/// Checks that an installation can register the whole definition. Call this before the slow steps.
pub(crate) fn check_definition(config: &Config) -> Result<(), MsiError> {
    check_variables(config)?;
    check_firewall(config)?;
    check_arguments(config)?;
    for service in &config.services {
        let count = service.definition.dependencies.len();
        if count > package::MOST_DEPENDENCIES {
            let (keys, first) = (["dependencies"], package::MOST_DEPENDENCIES);
            return Err(MsiError::Dependencies {
                count,
                place: Box::new(config.place_of_entry_in(service, &keys, first)),
            });
        }
        sc::trigger_info(&service.definition).map_err(|unknown| MsiError::Trigger {
            unknown,
            place: Some(config.place_in(service, &["triggers"])),
        })?;
    }
    Ok(())
}

/// Checks that the values of the machine's variables fit their column.
fn check_variables(config: &Config) -> Result<(), MsiError> {
    let manifest = &config.manifest;
    let too_long = |excess: usize, place| match excess {
        0 => Ok(()),
        excess => Err(MsiError::Variable {
            excess,
            place: Box::new(place),
        }),
    };
    for (name, value) in &manifest.machine_environment {
        let place = config.place(&["machine-environment", name.as_str()]);
        too_long(package::excess(value, false), place)?;
    }
    for (index, PathEntry { folder, .. }) in manifest.path.iter().enumerate() {
        let place = config.place_of_entry(&["path"], index);
        too_long(package::excess(folder, true), place)?;
    }
    Ok(())
}

/// Checks that the commands for the rules of the firewall fit their column.
fn check_firewall(config: &Config) -> Result<(), MsiError> {
    for (name, table) in &config.manifest.firewall {
        // As long as a name in the rule can make it: text has no limit, references have.
        let rule = table.rule(String::new(), &[], None);
        if !package::fits(&rule, Arch::X64) {
            let name = name.as_str();
            return Err(MsiError::References {
                what: format!("the firewall rule `{name}`"),
                place: Box::new(config.place(&["firewall", name])),
            });
        }
    }
    Ok(())
}

/// Checks that the arguments of shortcuts, commands and autostart entries fit their columns.
fn check_arguments(config: &Config) -> Result<(), MsiError> {
    let manifest = &config.manifest;
    let shortcuts = manifest.shortcuts.iter().map(|shortcut| shortcut.opens.options());
    let shortcuts = shortcuts.map(|options| options.map_or(&[][..], |options| &options.arguments));
    let commands = manifest.commands.iter().map(|command| &command.arguments[..]);
    let shortcuts = shortcuts
        .enumerate()
        .map(|(index, list)| ("shortcuts", index, list));
    let commands = commands
        .enumerate()
        .map(|(index, list)| ("commands", index, list));
    let autostart = manifest.autostart.iter().enumerate();
    let autostart = autostart.map(|(index, entry)| ("autostart", index, &entry.arguments[..]));
    for (key, index, arguments) in shortcuts.chain(commands).chain(autostart) {
        if !package::arguments_fit(arguments) {
            return Err(MsiError::References {
                what: "the list `arguments`".to_owned(),
                place: Box::new(config.place_of_entry(&[key], index)),
            });
        }
    }
    Ok(())
}

fn database(
    product: &Product,
    version: ProductVersion,
    language: Language,
    product_code: &Uuid,
    payload: &Payload,
) -> Result<Database, MsiError> {
    let mut database = package::tables(product, version, language, product_code, payload)?;
    for cabinet in payload.cabinets.iter().filter(|_| !payload.is_external) {
        database.stream(&cabinet.name, cabinet.content.clone())?;
    }
    Ok(database)
}

/// The warning if Explorer cannot show all strings of the summary correctly.
pub fn summary_warning(product: &Product) -> Option<Diagnostic> {
    let summary = summary(product, Language::English, &Uuid::nil());
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
fn summary(product: &Product, language: Language, package_code: &Uuid) -> SummaryInformation {
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
        template: format!("{platform};{}", language::id(language)),
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
        preferred_codepage: language::codepage(language),
    }
}

fn time(product: &Product) -> i64 {
    i64::try_from(product.built).unwrap_or(i64::MAX)
}

impl From<DatabaseError> for MsiError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Container(error) => Self::Write(error),
            error => Self::Database(error),
        }
    }
}

impl From<UnknownTrigger> for MsiError {
    fn from(unknown: UnknownTrigger) -> Self {
        Self::Trigger { unknown, place: None }
    }
}

/// The error if the MSI cannot be made.
#[derive(Debug, Error)]
pub enum MsiError {
    /// The package's version is too high for an MSI.
    #[error("the version {version} is too high for an MSI; expected at most 255.255.65535")]
    Version {
        /// The package's version.
        version: String,
        /// Its place.
        place: Place,
    },
    /// The service has more dependencies than a row can hold.
    #[error(
        "the service has {count} dependencies; an MSI holds at most {}",
        package::MOST_DEPENDENCIES
    )]
    Dependencies {
        /// The number of dependencies.
        count: usize,
        /// The first dependency over the limit.
        place: Box<Place>,
    },
    /// sc.exe has no option for the trigger, and Windows Installer no table.
    #[error(
        "an MSI cannot register the trigger `{}`: it registers triggers with sc.exe, which has no option for this \
         one",
        unknown.trigger
    )]
    Trigger {
        /// The trigger.
        unknown: UnknownTrigger,
        /// The place of the triggers.
        place: Option<Place>,
    },
    /// The value of a variable of the machine is too long.
    #[error("the value is too long for an MSI by {excess} characters")]
    Variable {
        /// By how many characters.
        excess: usize,
        /// Its place.
        place: Box<Place>,
    },
    /// A command line has more names than its column holds.
    #[error("{what} has more names of folders and properties than a command line of an MSI can hold")]
    References {
        /// What has them.
        what: String,
        /// Its place.
        place: Box<Place>,
    },
    /// The main program cannot register tasks.
    #[error("an MSI cannot register the task `{task}`: the program `{program}` has no verbs")]
    NoVerbs {
        /// The task.
        task: String,
        /// The file name of the main program.
        program: String,
        /// Whether it is the program of a service.
        has_service: bool,
    },
    /// A file is too large for any cabinet.
    #[error("the file `{target}` has {size} bytes; a file in an MSI has at most {MAX_FILE}")]
    FileSize {
        /// Its path below the installation folder.
        target: TargetPath,
        /// Its size in bytes.
        size: u64,
    },
    /// A file of the product cannot be read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The files cannot be compressed.
    #[error(transparent)]
    Cabinet(CabinetError),
    /// The database cannot store a value.
    #[error(transparent)]
    Database(DatabaseError),
    /// The package, or a temporary file beside it, cannot be written.
    #[error("cannot write the MSI")]
    Write(#[source] io::Error),
}

impl Explain for MsiError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Version { place, .. } => diagnostic.at(place.clone()).help(
                "if the version begins with a year, set `version-scheme = \"calendar\"` in \
                 [package.metadata.winsvc.package]; otherwise set another version for the MSI there (`version = \
                 \"24.11.3\"`), change the package's version, or build only the zip (--format zip)",
            ),
            Self::Dependencies { place, .. } => diagnostic
                .at((**place).clone())
                .help("depend on a load-order group (`+GROUP`), or build only the zip (--format zip)"),
            Self::Trigger { place, .. } => diagnostic.at(place.clone()).help(
                "remove the trigger, or ship the exe from `cargo winsvc build` and register the service with \
                 `NAME.exe service install`",
            ),
            Self::Variable { place, .. } => diagnostic.at((**place).clone()).help("shorten the value"),
            Self::References { place, .. } => diagnostic
                .at((**place).clone())
                .help("use fewer names"),
            Self::NoVerbs { has_service, .. } => diagnostic
                .note("Windows Installer has no table for tasks; the main program's own command registers them")
                .help(if *has_service {
                    "build the program with the feature `verbs` of winsvc, which is on by default"
                } else {
                    "call `winsvc::autostart!()` in the `main` of the program"
                }),
            Self::FileSize { .. } => diagnostic.help("remove it from `files`, or build only the zip (--format zip)"),
            Self::Content(error) => error.diagnostic(),
            Self::Cabinet(_) | Self::Database(_) | Self::Write(_) => diagnostic,
        }
    }
}
