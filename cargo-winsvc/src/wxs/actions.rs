//! Custom actions, and the order of all actions.

use super::{Element, Writer, WxsError};
use crate::msi::schema::{self, Table};
use crate::msi::{Part, Row};

pub(super) const TABLES: &[&Table] = &[
    &schema::CUSTOM_ACTION,
    &schema::ADMIN_EXECUTE_SEQUENCE,
    &schema::ADMIN_UI_SEQUENCE,
    &schema::ADVT_EXECUTE_SEQUENCE,
    &schema::INSTALL_EXECUTE_SEQUENCE,
    &schema::INSTALL_UI_SEQUENCE,
];

/// The elements of the sequences.
const SEQUENCES: [(&Table, &str); 5] = [
    (&schema::INSTALL_UI_SEQUENCE, "InstallUISequence"),
    (&schema::INSTALL_EXECUTE_SEQUENCE, "InstallExecuteSequence"),
    (&schema::ADMIN_UI_SEQUENCE, "AdminUISequence"),
    (&schema::ADMIN_EXECUTE_SEQUENCE, "AdminExecuteSequence"),
    (&schema::ADVT_EXECUTE_SEQUENCE, "AdvertiseExecuteSequence"),
];

/// The bits of a custom action's type
/// ([Summary List of All Custom Action Types](https://learn.microsoft.com/windows/win32/msi/summary-list-of-all-custom-action-types)):
/// source and target, then what is done with its result, when it runs, and as whom.
const SOURCE_AND_TARGET: i32 = 0x3f;
const RETURN: i32 = 0xc0;
const EXECUTE: i32 = 0x700;
const NO_IMPERSONATE: i32 = 0x800;
const BITS_64: i32 = 0x1000;
const HIDE_TARGET: i32 = 0x2000;
const TERMINAL_SERVER_AWARE: i32 = 0x4000;
const ALL: i32 =
    SOURCE_AND_TARGET | RETURN | EXECUTE | NO_IMPERSONATE | HIDE_TARGET | TERMINAL_SERVER_AWARE | BITS_64;

/// The standard actions that WiX adds by itself, with their numbers and conditions, which are the same in all sequences
/// (`WindowsInstallerStandard.cs`, `actions.xml`).
const STANDARD: [(&str, i32, &str); 37] = [
    ("FindRelatedProducts", 25, ""),
    ("AppSearch", 50, ""),
    ("LaunchConditions", 100, ""),
    ("ValidateProductID", 700, ""),
    ("CostInitialize", 800, ""),
    ("FileCost", 900, ""),
    ("CostFinalize", 1000, ""),
    ("MigrateFeatureStates", 1200, ""),
    ("ExecuteAction", 1300, ""),
    ("InstallValidate", 1400, ""),
    ("InstallInitialize", 1500, ""),
    ("ProcessComponents", 1600, ""),
    ("UnpublishFeatures", 1800, ""),
    ("StopServices", 1900, "VersionNT"),
    ("DeleteServices", 2000, "VersionNT"),
    ("RemoveRegistryValues", 2600, ""),
    ("RemoveIniValues", 3100, ""),
    ("RemoveShortcuts", 3200, ""),
    ("RemoveEnvironmentStrings", 3300, ""),
    ("RemoveFiles", 3500, ""),
    ("RemoveFolders", 3600, ""),
    ("CreateFolders", 3700, ""),
    ("InstallAdminPackage", 3900, ""),
    ("InstallFiles", 4000, ""),
    ("CreateShortcuts", 4500, ""),
    ("WriteRegistryValues", 5000, ""),
    ("WriteIniValues", 5100, ""),
    ("WriteEnvironmentStrings", 5200, ""),
    ("InstallServices", 5800, "VersionNT"),
    ("MsiConfigureServices", 5850, "VersionNT>=600"),
    ("StartServices", 5900, "VersionNT"),
    ("RegisterUser", 6000, ""),
    ("RegisterProduct", 6100, ""),
    ("PublishFeatures", 6300, ""),
    ("PublishProduct", 6400, ""),
    ("InstallExecute", 6500, "NOT Installed"),
    ("InstallFinalize", 6600, ""),
];

impl Writer<'_> {
    /// The custom actions of a part and when they run; with the part of the sequences also the standard actions that differ
    /// from WiX's.
    pub(super) fn actions(&self, part: &'static Part) -> Result<Vec<Element>, WxsError> {
        let rows = self.rows(&schema::CUSTOM_ACTION, part);
        let mut elements = rows
            .map(|row| self.custom_action(row))
            .collect::<Result<Vec<_>, _>>()?;
        for (table, name) in SEQUENCES {
            let mut rows: Vec<&Row> = self.tables.of(table).to_vec();
            // In the order in which they run; those at the end have negative numbers.
            rows.sort_by_key(|row| match row.number("Sequence") {
                Some(number) if number < 0 => i32::from(i16::MAX) - number,
                number => number.unwrap_or_default(),
            });
            let entries = rows.into_iter().filter_map(|row| self.entry(row, part));
            let entries: Vec<Element> = entries.collect();
            if !entries.is_empty() {
                elements.push(Element::new(name).children(entries));
            }
        }
        Ok(elements)
    }

    /// An action in a sequence, if it belongs to the part and WiX does not add it itself.
    fn entry(&self, row: &Row, part: &'static Part) -> Option<Element> {
        let name = row.key();
        let number = row.number("Sequence").unwrap_or_default();
        let condition = row.text("Condition");
        let owner = |table| self.tables.find(table, name).map(|row| row.part);
        let element = if let Some(of) = owner(&schema::CUSTOM_ACTION) {
            (of == part).then(|| Element::new("Custom").attr("Action", name))?
        } else if let Some(of) = owner(&schema::DIALOG) {
            (of == part).then(|| Element::new("Show").attr("Dialog", name))?
        } else {
            let is_standard = STANDARD.contains(&(name, number, condition));
            let name = standard_name(name)?;
            (row.part == part && !is_standard).then(|| Element::new(name))?
        };
        let element = match number {
            -1 => element.attr("OnExit", "success"),
            -2 => element.attr("OnExit", "cancel"),
            -3 => element.attr("OnExit", "error"),
            -4 => element.attr("OnExit", "suspend"),
            number => element.attr("Sequence", number.to_string()),
        };
        Some(self.condition(element, condition))
    }

    fn custom_action(&self, row: &Row) -> Result<Element, WxsError> {
        let kind = row.number("Type").unwrap_or_default();
        if kind & !ALL != 0 || row.number("ExtendedType").is_some() {
            return Err(WxsError::no_element(row));
        }
        let (source, target) = (row.text("Source"), row.text("Target"));
        let element = Element::new("CustomAction").attr("Id", row.key());
        let element = match kind & SOURCE_AND_TARGET {
            1 => element
                .attr(self.name("BinaryKey", "BinaryRef"), source)
                .attr("DllEntry", target),
            2 => element
                .attr(self.name("BinaryKey", "BinaryRef"), source)
                .any("ExeCommand", target),
            17 => element
                .attr(self.name("FileKey", "FileRef"), source)
                .attr("DllEntry", target),
            18 => element
                .attr(self.name("FileKey", "FileRef"), source)
                .any("ExeCommand", target),
            19 => element.attr("Error", target),
            34 => element.attr("Directory", source).any("ExeCommand", target),
            35 => element.attr("Directory", source).any("Value", target),
            50 => element.attr("Property", source).any("ExeCommand", target),
            51 => element.attr("Property", source).any("Value", target),
            _ => return Err(WxsError::no_element(row)),
        };
        let execute = match kind & EXECUTE {
            0 => "",
            0x100 => "firstSequence",
            0x200 => "oncePerProcess",
            0x300 => "secondSequence",
            0x400 => "deferred",
            0x500 => "rollback",
            0x600 => "commit",
            _ => return Err(WxsError::no_element(row)),
        };
        let result = match kind & RETURN {
            0 => "",
            0x40 => "ignore",
            0x80 => "asyncWait",
            _ => "asyncNoWait",
        };
        Ok(element
            .attr("Execute", execute)
            .no("Impersonate", kind & NO_IMPERSONATE != 0)
            .attr("Return", result)
            .yes("HideTarget", kind & HIDE_TARGET != 0)
            .yes("TerminalServerAware", kind & TERMINAL_SERVER_AWARE != 0))
    }
}

/// The name of a standard action's element.
fn standard_name(name: &str) -> Option<&'static str> {
    if name == "RemoveExistingProducts" {
        return Some("RemoveExistingProducts");
    }
    STANDARD
        .iter()
        .map(|(standard, ..)| *standard)
        .find(|it| *it == name)
}
