//! The product as the tables of a Windows Installer database.
//!
//! One function a group of tables; each says in rows what [`Product`] says in its own words. Tables and their columns:
//! <https://learn.microsoft.com/windows/win32/msi/database-tables>.

use std::collections::BTreeSet;

use uuid::Uuid;
use winsvc_definition::manifest::ProductVersion;
use winsvc_definition::registration::{self, RegistryValue};
use winsvc_definition::{Dependency, StartType, command_line};

use super::database::{Database, Value, number, text};
use super::names::{formatted, identifier, registry_data, short_and_long};
use super::schema::{self, Table};
use super::sequences::SEQUENCES;
use super::{MsiError, SET_INSTALL_LOCATION};
use crate::build::target::Arch;
use crate::pe::FileVersion;
use crate::product::identity::{braced, file_component};
use crate::product::{File, Product, Service};

/// The stream of the cabinet in the package.
pub(super) const CABINET: &str = "product.cab";

/// The only feature: a service is installed whole.
const FEATURE: &str = "Complete";

/// The folder that `INSTALLDIR=…` on msiexec's command line moves.
const INSTALL_FOLDER: &str = "INSTALLDIR";

/// Set when an older version is found, and when a newer one is.
const OLDER_FOUND: &str = "OLDERVERSIONFOUND";
const NEWER_FOUND: &str = "NEWERVERSIONFOUND";

/// `msidbComponentAttributes64bit`
const COMPONENT_64_BIT: i32 = 256;
/// `msidbFileAttributesVital`: the installation fails if the file cannot be installed.
const FILE_VITAL: i32 = 512;
/// `msidbRegistryRootLocalMachine`
const LOCAL_MACHINE: i32 = 2;
/// `msidbServiceInstallErrorControlVital`: without the service there is no installation.
const SERVICE_VITAL: u32 = 32768;
/// `msidbServiceControlEventStart`
const START_ON_INSTALL: i32 = 1;
/// `msidbServiceControlEventStop`, `…UninstallStop`, `…UninstallDelete`
const STOP_ALWAYS_DELETE_ON_UNINSTALL: i32 = 2 + 32 + 128;
/// `msidbServiceConfigEventInstall`, `…Reinstall`
const CONFIGURE_ALWAYS: i32 = 1 + 4;
/// `msidbUpgradeAttributesMigrateFeatures`, `…VersionMaxInclusive`: the same version counts as older, so that candidates of
/// one release replace each other.
const UPGRADE_UP_TO_SAME: i32 = 1 + 512;
/// `msidbUpgradeAttributesOnlyDetect`
const ONLY_DETECT: i32 = 2;
/// A custom action that sets a property from formatted text.
const SET_PROPERTY: i32 = 51;
/// US English; the package has no texts of its own in any other.
const LANGUAGE: &str = "1033";

/// Fills the tables. `product_code` is the only thing in them that is not the product's to say.
pub(super) fn tables(
    product: &Product,
    version: ProductVersion,
    product_code: &Uuid,
) -> Result<Database, MsiError> {
    let mut package = Package {
        product,
        database: Database::new(),
    };
    package.properties(version, product_code)?;
    package.upgrades(version)?;
    package.folders()?;
    package.files()?;
    for service in &product.services {
        package.service(service)?;
        package.registry(service)?;
    }
    package.sequences()?;
    Ok(package.database)
}

/// A row of `Directory` to be.
struct Folder<'a> {
    id: String,
    name: &'a str,
    parent: String,
}

struct Package<'a> {
    product: &'a Product,
    database: Database,
}

impl Package<'_> {
    fn row<const N: usize>(&mut self, table: &'static Table, cells: [Value<'_>; N]) -> Result<(), MsiError> {
        self.database.insert(table, cells)?;
        Ok(())
    }

    /// What the package says of itself, and what installing it is allowed to be told.
    fn properties(&mut self, version: ProductVersion, product_code: &Uuid) -> Result<(), MsiError> {
        let product = self.product;
        let properties: BTreeSet<(&str, String)> = [
            ("ProductCode", braced(product_code)),
            ("ProductName", product.name.clone()),
            ("ProductVersion", version.to_string()),
            ("ProductLanguage", LANGUAGE.to_owned()),
            ("Manufacturer", product.manufacturer.clone()),
            ("UpgradeCode", braced(&product.upgrade_code)),
            // For the machine: services belong to nobody's profile.
            ("ALLUSERS", "1".to_owned()),
            // Public properties that the elevated half of an installation may be told by the half without rights.
            (
                "SecureCustomProperties",
                format!("{INSTALL_FOLDER};{NEWER_FOUND};{OLDER_FOUND}"),
            ),
            // There is one feature, so there is nothing to change.
            ("ARPNOMODIFY", "1".to_owned()),
            ("ARPCOMMENTS", comments(product, version)),
            ("ARPURLINFOABOUT", product.homepage.clone().unwrap_or_default()),
        ]
        .into();
        for (name, value) in properties.into_iter().filter(|(_, value)| !value.is_empty()) {
            self.row(&schema::PROPERTY, [text(name), text(value)])?;
        }
        Ok(())
    }

    /// An older version is replaced, a newer one is not.
    fn upgrades(&mut self, version: ProductVersion) -> Result<(), MsiError> {
        let code = braced(&self.product.upgrade_code);
        let version = version.to_string();
        // From the lowest version to the highest, both optional.
        let ranges = [
            (NULL, text(&version), UPGRADE_UP_TO_SAME, OLDER_FOUND),
            (text(&version), NULL, ONLY_DETECT, NEWER_FOUND),
        ];
        for (min, max, attributes, property) in ranges {
            self.row(
                &schema::UPGRADE,
                [
                    text(&code),
                    min,
                    max,
                    NULL,
                    number(attributes),
                    NULL,
                    text(property),
                ],
            )?;
        }
        // Without `Installed`, the condition would stop the removal as well.
        let condition = format!("Installed OR NOT {NEWER_FOUND}");
        let description =
            "A newer version of [ProductName] is already installed. Remove it first to go back to this one.";
        self.row(&schema::LAUNCH_CONDITION, [text(condition), text(description)])
    }

    /// From the root to the installation folder, and what lies below that.
    fn folders(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        let programs = program_files(product.arch);
        let mut folders = Vec::new();
        let mut parent = programs.to_owned();
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
            });
            parent = id;
        }
        let below: BTreeSet<&[String]> = product
            .files
            .iter()
            .flat_map(|file| prefixes(file.target.folders()))
            .collect();
        for path in below {
            let (name, above) = path.split_last().expect("prefixes are not empty");
            folders.push(Folder {
                id: folder_id(path),
                name,
                parent: folder_id(above),
            });
        }

        // A folder that is empty after an uninstallation goes too, the inner ones first: Windows Installer takes the rows in
        // the order in which their identifiers were first mentioned.
        let component = file_id(&product.files[0]);
        for folder in folders.iter().rev() {
            self.row(&schema::CREATE_FOLDER, [text(&folder.id), text(&component)])?;
        }
        self.row(&schema::DIRECTORY, [text("TARGETDIR"), NULL, text("SourceDir")])?;
        self.row(&schema::DIRECTORY, [text(programs), text("TARGETDIR"), text(".")])?;
        for Folder { id, name, parent } in &folders {
            self.row(
                &schema::DIRECTORY,
                [text(id), text(parent), text(short_and_long(name, parent))],
            )?;
        }
        let title = truncated(&product.name, 64);
        self.row(
            &schema::FEATURE,
            [
                text(FEATURE),
                NULL,
                text(title),
                NULL,
                number(1),
                number(1),
                text(INSTALL_FOLDER),
                number(0),
            ],
        )
    }

    /// Each file is a component of its own, as its own key path.
    fn files(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        for (file, sequence) in product.files.iter().zip(1..) {
            self.file(file, sequence)?;
        }
        let count = i32::try_from(product.files.len()).unwrap_or(i32::MAX);
        let cabinet = format!("#{CABINET}");
        self.row(
            &schema::MEDIA,
            [number(1), number(count), NULL, text(cabinet), NULL, NULL],
        )
    }

    fn file(&mut self, file: &File, sequence: i32) -> Result<(), MsiError> {
        let product = self.product;
        let (id, folder) = (file_id(file), folder_id(file.target.folders()));
        let path: Vec<String> = product
            .folders
            .iter()
            .chain(file.target.folders())
            .cloned()
            .collect();
        let guid = file_component(program_files(product.arch), &path, file.target.file_name());
        let bits = if product.arch == Arch::X86 {
            0
        } else {
            COMPONENT_64_BIT
        };
        self.row(
            &schema::COMPONENT,
            [
                text(&id),
                text(braced(&guid)),
                text(&folder),
                number(bits),
                NULL,
                text(&id),
            ],
        )?;
        self.row(&schema::FEATURE_COMPONENTS, [text(FEATURE), text(&id)])?;

        let size = i32::try_from(file.content.len()).map_err(|_| MsiError::FileSize {
            target: file.target.clone(),
            size: file.content.len() as u64,
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
        let name = short_and_long(file.target.file_name(), &folder);
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
        // What has no version is compared by its hash; what has one must have no hash (ICE60).
        if file.version.is_none() {
            let part = |n: usize| {
                number(i32::from_le_bytes(
                    [0, 1, 2, 3].map(|byte| file.md5[n * 4 + byte]),
                ))
            };
            self.row(
                &schema::MSI_FILE_HASH,
                [text(&id), number(0), part(0), part(1), part(2), part(3)],
            )?;
        }
        Ok(())
    }

    /// What the SCM is told.
    fn service(&mut self, service: &Service) -> Result<(), MsiError> {
        let definition = &service.definition;
        let component = file_id(&self.product.files[service.file]);
        let id = identifier(definition.name.as_str());
        let name = formatted(definition.name.as_str());
        let start_name = definition
            .account
            .start_name(&definition.name)
            .unwrap_or_default();
        let arguments = command_line::join(&definition.arguments);
        self.row(
            &schema::SERVICE_INSTALL,
            [
                text(&id),
                text(&name),
                text(formatted(definition.display_name.as_str())),
                number(registration::OWN_PROCESS.cast_signed()),
                number(definition.start.code().cast_signed()),
                number((registration::ERROR_NORMAL + SERVICE_VITAL).cast_signed()),
                NULL,
                text(dependencies(&definition.dependencies)),
                text(formatted(&start_name)),
                NULL,
                text(formatted(arguments.trim_start())),
                text(&component),
                text(formatted(&definition.description)),
            ],
        )?;

        let control = |suffix: &str, event| {
            [
                text(format!("{id}.{suffix}")),
                text(&name),
                number(event),
                NULL,
                number(1),
                text(&component),
            ]
        };
        self.row(
            &schema::SERVICE_CONTROL,
            control("Stop", STOP_ALWAYS_DELETE_ON_UNINSTALL),
        )?;
        if definition.start.is_automatic() {
            self.row(&schema::SERVICE_CONTROL, control("Start", START_ON_INSTALL))?;
        }

        let delayed = definition.start == StartType::Delayed;
        // The types of `MsiServiceConfig`: what `ServiceInstall` has no column for.
        let settings = [
            // SERVICE_CONFIG_DELAYED_AUTO_START_INFO
            ("DelayedStart", 3, u32::from(delayed)),
            // SERVICE_CONFIG_FAILURE_ACTIONS_FLAG
            ("FailureFlag", 4, u32::from(registration::FAILURE_FLAG)),
            // SERVICE_CONFIG_SERVICE_SID_INFO
            ("SidType", 5, registration::SID_TYPE),
        ];
        for (suffix, kind, argument) in settings {
            self.row(
                &schema::MSI_SERVICE_CONFIG,
                [
                    text(format!("{id}.{suffix}")),
                    text(&name),
                    number(CONFIGURE_ALWAYS),
                    number(kind),
                    text(argument.to_string()),
                    text(&component),
                ],
            )?;
        }
        Ok(())
    }

    /// The service's event source, and its environment.
    fn registry(&mut self, service: &Service) -> Result<(), MsiError> {
        let definition = &service.definition;
        let file = file_id(&self.product.files[service.file]);
        let id = identifier(definition.name.as_str());
        let name = formatted(definition.name.as_str());
        let source = format!(r"{}\{name}", registration::EVENT_SOURCES_KEY);
        let mut values: Vec<(&str, String, RegistryValue)> =
            registration::event_source(&format!("[#{file}]"))
                .map(|(value, data)| (value, source.clone(), data))
                .into();
        let environment = registration::environment(definition);
        if !environment.is_empty() {
            // The key is the service's own and goes with it.
            let key = format!(r"{}\{name}", registration::SERVICES_KEY);
            let variables = environment.iter().map(|variable| formatted(variable));
            let variables = RegistryValue::Strings(variables.collect());
            values.push((registration::ENVIRONMENT_VALUE, key, variables));
        }
        for (value, key, data) in values {
            let row = text(format!("{id}.{value}"));
            self.row(
                &schema::REGISTRY,
                [
                    row,
                    number(LOCAL_MACHINE),
                    text(key),
                    text(value),
                    text(registry_data(&data)),
                    text(&file),
                ],
            )?;
        }
        Ok(())
    }

    fn sequences(&mut self) -> Result<(), MsiError> {
        self.row(
            &schema::CUSTOM_ACTION,
            [
                text(SET_INSTALL_LOCATION),
                number(SET_PROPERTY),
                text("ARPINSTALLLOCATION"),
                text(format!("[{INSTALL_FOLDER}]")),
                NULL,
            ],
        )?;
        for (table, actions) in SEQUENCES {
            for action in actions {
                self.row(
                    table,
                    [text(action.name), text(action.condition), number(action.sequence)],
                )?;
            }
        }
        Ok(())
    }
}

/// The folder for programs; the one for 64-bit programs has a name of its own.
const fn program_files(arch: Arch) -> &'static str {
    match arch {
        Arch::X64 | Arch::Arm64 => "ProgramFiles64Folder",
        Arch::X86 => "ProgramFilesFolder",
    }
}

/// A folder below the installation folder; that itself for an empty path.
fn folder_id(path: &[String]) -> String {
    if path.is_empty() {
        INSTALL_FOLDER.to_owned()
    } else {
        identifier(&format!("Folder.{}", path.join(".")))
    }
}

/// The folders on the way to a folder, itself included.
fn prefixes(path: &[String]) -> impl Iterator<Item = &[String]> {
    (1..=path.len()).map(|length| &path[..length])
}

/// A file's row, its component's too, and its name in the cabinet.
pub(super) fn file_id(file: &File) -> String {
    identifier(&file.target.to_string())
}

/// What the list of installed programs says beside the name: the full version where MSI's own leaves something out.
fn comments(product: &Product, version: ProductVersion) -> String {
    if product.full_version == version.to_string() {
        product.comments.clone()
    } else {
        format!("Version {}. {}", product.full_version, product.comments)
            .trim_end()
            .to_owned()
    }
}

/// `Name[~]+Group[~][~]`, empty for none.
fn dependencies(dependencies: &[Dependency]) -> String {
    if dependencies.is_empty() {
        return String::new();
    }
    let names = dependencies
        .iter()
        .map(|dependency| format!("{}[~]", formatted(&dependency.to_string())));
    names.collect::<String>() + "[~]"
}

fn truncated(text: &str, longest: usize) -> String {
    text.chars().take(longest).collect()
}

const NULL: Value<'static> = Value::Null;
