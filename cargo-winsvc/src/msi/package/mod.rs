//! The product as the tables of a Windows Installer database.
//!
//! Each function fills a group of tables from a part of the [`Product`]: this module the package as a whole, the
//! modules `account`, `commands`, `data_folders`, `dialogs`, `features`, `files`, `firewall`, `kept`, `leftovers`, `machine`,
//! `memory`, `own_commands`, `properties`, `protocols`, `requires`, `service`, `shortcuts` and `update` the rest, with the rows
//! that they share in `rows`, their conditions in `conditions`, and their strings in `texts` and `template`. Tables and their columns:
//! <https://learn.microsoft.com/windows/win32/msi/database-tables>.

mod account;
mod autostart;
mod commands;
mod conditions;
mod data_folders;
mod dialogs;
mod features;
mod files;
mod firewall;
mod kept;
mod leftovers;
mod machine;
mod memory;
mod own_commands;
mod parts;
mod properties;
mod protocols;
mod requires;
mod rows;
mod service;
mod shortcuts;
mod template;
mod texts;
mod update;

use std::collections::BTreeSet;

use uuid::Uuid;
use winsvc_definition::Definition;
use winsvc_definition::manifest::{Language, ProductVersion};

use super::codepage::Codepage;
use super::database::{Database, Value, number, stream, text};
use super::dialogs::{Texts, texts};
use super::language;
use super::names::{formatted, identifier};
use super::payload::Payload;
use super::schema;
use super::sequences::{Action, CustomAction, SEQUENCES, install_execute, install_ui};
use super::short_names::ShortNames;
use super::{MsiError, SET_INSTALL_FOLDER, SET_INSTALL_LOCATION};
use crate::product::Product;
use crate::product::identity::braced;

pub(super) use firewall::fits;
pub(super) use machine::excess;
pub(super) use own_commands::arguments_fit;
pub use parts::Part;
pub use rows::Row;
pub(super) use service::MOST_DEPENDENCIES;

/// The installation folder, which `INSTALLDIR=…` on msiexec's command line overrides.
const INSTALL_FOLDER: &str = "INSTALLDIR";

/// The directory of the product's folder. Like the others below `%ProgramData%`, it has lower-case letters, so it is
/// private and cannot be set on the command line: the service must find it.
const CONFIG_FOLDER: &str = "ConfigFolder";
const DATA_FOLDER: &str = "DataFolder";
const LOGS_FOLDER: &str = "LogsFolder";
const UPDATE_FOLDER: &str = "UpdateFolder";

/// The installation folder of the installed version.
const PREVIOUS_INSTALL_FOLDER: &str = "WINSVC_INSTALLDIR";

/// With `START=0`, an installation does not start the services.
const START_SERVICES: &str = "START";

/// With `PURGE=1`, a removal also removes settings, data and logs.
const PURGE: &str = "PURGE";

/// With `FIREWALL=0`, an installation adds no rules of the firewall; with `FIREWALL=1`, it adds optional ones too.
const FIREWALL: &str = "FIREWALL";

/// The icon of the product. Windows takes the format from the name.
const ICON: &str = "Product.ico";

/// With `WINSVC_ROLLBACK=1`, an older version replaces a newer one.
const ROLLBACK_TO_OLDER: &str = "WINSVC_ROLLBACK";

/// Set in a second run of a package with other values.
const SECOND_RUN: &str = "Again";

/// Set when an older version is found, and when a newer one is.
const OLDER_FOUND: &str = "OLDERVERSIONFOUND";
const NEWER_FOUND: &str = "NEWERVERSIONFOUND";

/// `msidbUpgradeAttributesMigrateFeatures`, `…VersionMaxInclusive`: the same version counts as older, so that candidates of
/// one release replace each other.
const UPGRADE_UP_TO_SAME: i32 = 1 + 512;
/// `msidbUpgradeAttributesVersionMinInclusive`
const FROM_MIN: i32 = 256;
/// `msidbUpgradeAttributesOnlyDetect`
const ONLY_DETECT: i32 = 2;
/// `msidbCustomActionTypeContinue`: a failure is logged, and the installation continues.
const CONTINUE: i32 = 64;
/// The maximum number of UTF-16 units in a formatted column.
const FORMATTED: usize = 255;
/// The maximum for a name in a column that also contains a registry key.
const FORMATTED_NAME: usize = 160;

/// Fills the tables. `product_code` is the only value that comes neither from the product nor from its compressed files.
pub(super) fn tables(
    product: &Product,
    version: ProductVersion,
    language: Language,
    product_code: &Uuid,
    payload: &Payload,
) -> Result<Database, MsiError> {
    let mut package = Package::new(product, language, payload);
    package.fill_all(version, product_code)?;
    Ok(package.database)
}

/// The rows of the tables, each with the part of the package that it belongs to, in the order in which they are added,
/// and the code page that can encode them.
pub(super) fn rows(
    product: &Product,
    version: ProductVersion,
    language: Language,
    payload: &Payload,
) -> Result<(Vec<Row>, Codepage), MsiError> {
    let mut package = Package::new(product, language, payload);
    package.record = Some(Vec::new());
    package.fill_all(version, &Uuid::nil())?;
    Ok((package.record.unwrap_or_default(), package.database.codepage()))
}

struct Package<'a> {
    product: &'a Product,
    payload: &'a Payload,
    /// The language of the package's own strings.
    language: Language,
    database: Database,
    short_names: ShortNames,
    /// The properties with strings that are too long for columns.
    long_texts: BTreeSet<String>,
    /// The public properties that are passed from the unprivileged to the elevated part of an installation.
    secure: BTreeSet<String>,
    /// The properties whose values Windows Installer keeps out of its log.
    hidden: BTreeSet<String>,
    /// The custom actions of an installation.
    custom_actions: Vec<CustomAction>,
    /// The custom actions before the dialogs.
    dialog_actions: Vec<CustomAction>,
    /// The standard actions that only some packages need.
    standard_actions: Vec<Action>,
    /// The part that is being filled.
    part: &'static Part,
    /// The rows, if somebody wants them.
    record: Option<Vec<Row>>,
}

impl<'a> Package<'a> {
    fn new(product: &'a Product, language: Language, payload: &'a Payload) -> Self {
        Self {
            product,
            payload,
            language,
            database: Database::with_codepage(language::codepage(language)),
            short_names: files::short_names(product),
            long_texts: BTreeSet::new(),
            secure: [INSTALL_FOLDER, PURGE, START_SERVICES, NEWER_FOUND, OLDER_FOUND]
                .map(str::to_owned)
                .into(),
            hidden: BTreeSet::new(),
            custom_actions: Vec::new(),
            dialog_actions: Vec::new(),
            standard_actions: Vec::new(),
            part: &parts::PRODUCT,
            record: None,
        }
    }

    fn fill_all(&mut self, version: ProductVersion, product_code: &Uuid) -> Result<(), MsiError> {
        self.fill(&parts::PRODUCT, |it| it.properties(version, product_code))?;
        self.fill(&parts::UPGRADES, |it| it.upgrades(version))?;
        self.fill(&parts::REQUIRES, Self::requires)?;
        self.fill(&parts::FILES, Self::folders)?;
        self.fill(&parts::FEATURES, Self::features)?;
        self.fill(&parts::FILES, Self::files)?;
        self.fill(&parts::SERVICES, |it| {
            for (index, service) in it.product.services.iter().enumerate() {
                it.service(index, service)?;
                it.registry(service)?;
            }
            Ok(())
        })?;
        self.fill(&parts::MACHINE, Self::machine)?;
        self.fill(&parts::SERVICE_SETTINGS, Self::commands)?;
        self.fill(&parts::FIREWALL, Self::firewall)?;
        self.fill(&parts::AUTOSTART, Self::autostart)?;
        self.fill(&parts::COMMANDS, Self::own_commands)?;
        self.fill(&parts::SHORTCUTS, Self::shortcuts)?;
        self.fill(&parts::PROTOCOLS, Self::protocols)?;
        self.fill(&parts::KEPT, Self::kept)?;
        self.fill(&parts::DATA_FOLDERS, Self::data_folders)?;
        self.fill(&parts::MEMORY, Self::memory)?;
        self.fill(&parts::UPDATE, Self::updates)?;
        self.fill(&parts::ACCOUNT, Self::account)?;
        self.fill(&parts::PROPERTIES, Self::administrator_properties)?;
        self.fill(&parts::DIALOGS, Self::dialogs)?;
        self.fill(&parts::PRODUCT, Self::property_lists)?;
        self.fill(&parts::SEQUENCES, Self::sequences)
    }

    /// Adds the rows of a part.
    fn fill(
        &mut self,
        part: &'static Part,
        rows: impl FnOnce(&mut Self) -> Result<(), MsiError>,
    ) -> Result<(), MsiError> {
        self.part = part;
        rows(self)
    }

    fn texts(&self) -> &'static Texts {
        texts(self.language)
    }

    /// A string in a formatted column.
    fn formatted(&mut self, id: &str, raw: &str) -> Result<String, MsiError> {
        self.short_or_property(id, raw, FORMATTED)
    }

    /// A service's name as a part of a formatted column, for example of a registry key.
    fn service_name(&mut self, definition: &Definition) -> Result<String, MsiError> {
        let name = definition.name.as_str();
        self.short_or_property(&format!("{}.NameText", identifier(name)), name, FORMATTED_NAME)
    }

    /// A string for a formatted column. A string of more than `limit` UTF-16 units is stored in a property, to which
    /// the column refers: a property's value has no length limit and is inserted unchanged. The property's name has
    /// lower-case letters, so the property is private and cannot be set from outside.
    fn short_or_property(&mut self, id: &str, raw: &str, limit: usize) -> Result<String, MsiError> {
        let short = formatted(raw);
        if short.encode_utf16().count() <= limit {
            return Ok(short);
        }
        if self.long_texts.insert(id.to_owned()) {
            self.row(&schema::PROPERTY, [text(id), text(raw)])?;
        }
        Ok(format!("[{id}]"))
    }

    /// The package's properties, and the properties that its user may set.
    fn properties(&mut self, version: ProductVersion, product_code: &Uuid) -> Result<(), MsiError> {
        let product = self.product;
        let properties: BTreeSet<(&str, String)> = [
            ("ProductCode", braced(product_code)),
            ("ProductName", product.name.clone()),
            ("ProductVersion", version.to_string()),
            ("ProductLanguage", language::id(self.language).to_string()),
            ("Manufacturer", product.manufacturer.clone()),
            ("UpgradeCode", braced(&product.upgrade_code)),
            // Per machine: services do not belong to a user profile.
            ("ALLUSERS", "1".to_owned()),
            // The Restart Manager would stop and start services too, which this package does itself.
            ("MSIRESTARTMANAGERCONTROL", "Disable".to_owned()),
            // Always install this version's files, even if the old file has a higher version: Windows Installer would
            // skip the new file and then remove the old one with the old product.
            ("REINSTALLMODE", "amus".to_owned()),
            ("ARPNOMODIFY", no_modify(product)),
            ("ARPCOMMENTS", comments(product, version)),
            (
                "ARPURLINFOABOUT",
                product.links.homepage.clone().unwrap_or_default(),
            ),
            ("ARPHELPLINK", product.links.help.clone().unwrap_or_default()),
            (
                "ARPURLUPDATEINFO",
                product.links.update.clone().unwrap_or_default(),
            ),
            (
                "ARPPRODUCTICON",
                product.icon.iter().map(|_| ICON.to_owned()).collect(),
            ),
        ]
        .into();
        for (name, value) in properties.into_iter().filter(|(_, value)| !value.is_empty()) {
            self.row(&schema::PROPERTY, [text(name), text(value)])?;
        }
        if let Some(icon) = &product.icon {
            self.row(&schema::ICON, [text(ICON), stream(icon.clone())])?;
        }
        Ok(())
    }

    /// The properties that are passed on, and those that are not logged.
    fn property_lists(&mut self) -> Result<(), MsiError> {
        for (list, names) in [
            ("SecureCustomProperties", std::mem::take(&mut self.secure)),
            ("MsiHiddenProperties", std::mem::take(&mut self.hidden)),
        ] {
            if names.is_empty() {
                continue;
            }
            let names: Vec<String> = names.into_iter().collect();
            self.row(&schema::PROPERTY, [text(list), text(names.join(";"))])?;
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
        // All versions of other products. Their features are not migrated.
        for (index, code) in self.product.replaces.iter().enumerate() {
            let property = format!("REPLACED{index}");
            self.row(
                &schema::UPGRADE,
                [
                    text(braced(code)),
                    text("0.0.0"),
                    NULL,
                    NULL,
                    number(FROM_MIN),
                    NULL,
                    text(&property),
                ],
            )?;
            self.secure.insert(property);
        }
        // Without `Installed`, the condition would stop the removal as well.
        let condition = format!("Installed OR {}", self.no_newer_version());
        let description = self.texts().newer_installed;
        self.row(&schema::LAUNCH_CONDITION, [text(condition), text(description)])
    }

    fn sequences(&mut self) -> Result<(), MsiError> {
        for (action, property, from) in [
            (SET_INSTALL_FOLDER, INSTALL_FOLDER, PREVIOUS_INSTALL_FOLDER),
            (SET_INSTALL_LOCATION, "ARPINSTALLLOCATION", INSTALL_FOLDER),
        ] {
            self.set_property(action, property, from)?;
        }
        let custom = std::mem::take(&mut self.custom_actions);
        let more = std::mem::take(&mut self.standard_actions);
        let in_dialogs = std::mem::take(&mut self.dialog_actions);
        for (table, actions) in [
            (&schema::INSTALL_EXECUTE_SEQUENCE, install_execute(&custom, &more)),
            (
                &schema::INSTALL_UI_SEQUENCE,
                install_ui(&in_dialogs, self.product.dialogs.is_some()),
            ),
        ] {
            for (name, condition, sequence) in actions {
                self.row(table, [text(name), text(condition), number(sequence)])?;
            }
        }
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

/// Whether the list of installed programs offers no change: without features there is nothing to change, and without
/// dialogs nothing would ask.
fn no_modify(product: &Product) -> String {
    if product.features.is_empty() || product.dialogs.is_none() {
        "1".to_owned()
    } else {
        String::new()
    }
}

/// The comment in the list of installed programs: the full version, if the MSI's version omits a part of it.
fn comments(product: &Product, version: ProductVersion) -> String {
    if product.full_version == version.to_string() {
        product.comments.clone()
    } else {
        format!("Version {}. {}", product.full_version, product.comments)
            .trim_end()
            .to_owned()
    }
}

const NULL: Value<'static> = Value::Null;
