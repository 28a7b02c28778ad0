//! The package as a whole: names, media, properties and what sets them, conditions, upgrades, features, pictures.

use std::collections::BTreeSet;

use super::Element;
use super::{Dialect, Writer, WxsError, beside_variable};
use crate::msi::database::Value;
use crate::msi::schema::{self, Table};
use crate::msi::{Part, Row};
use crate::product::{Arch, Content};

pub(super) const TABLES: &[&Table] = &[
    &schema::PROPERTY,
    &schema::APP_SEARCH,
    &schema::REG_LOCATOR,
    &schema::LAUNCH_CONDITION,
    &schema::UPGRADE,
    &schema::MEDIA,
    &schema::FEATURE,
    &schema::FEATURE_COMPONENTS,
    &schema::ICON,
    &schema::BINARY,
];

/// The properties that WiX sets from the attributes of the package, and from `Secure` and `Hidden`.
const OF_PACKAGE: [&str; 9] = [
    "ProductCode",
    "ProductName",
    "ProductVersion",
    "ProductLanguage",
    "Manufacturer",
    "UpgradeCode",
    "ALLUSERS",
    SECURE,
    HIDDEN,
];
const SECURE: &str = "SecureCustomProperties";
const HIDDEN: &str = "MsiHiddenProperties";

/// `msidbUpgradeAttributesMigrateFeatures` and the others, by their attributes.
const UPGRADE_BITS: [(i32, &str); 6] = [
    (1, "MigrateFeatures"),
    (2, "OnlyDetect"),
    (4, "IgnoreRemoveFailure"),
    (256, "IncludeMinimum"),
    (512, "IncludeMaximum"),
    (1024, "ExcludeLanguages"),
];
/// `msidbLocatorTypeRawValue`, `msidbLocatorType64bit`
const RAW_VALUE: i32 = 2;
const IN_64_BIT_REGISTRY: i32 = 16;
/// `msidbFeatureAttributesUIDisallowAbsent` and others.
const FAVOR_SOURCE: i32 = 1;
const FOLLOW_PARENT: i32 = 2;
const FAVOR_ADVERTISE: i32 = 4;
const DISALLOW_ADVERTISE: i32 = 8;
const DISALLOW_ABSENT: i32 = 16;

impl Writer<'_> {
    /// The element around all others, without its end.
    pub(super) fn head(&self) -> Element {
        let property = |name| self.value(name);
        let [codepage, _] = self.contents.codepages;
        let element = match self.dialect {
            Dialect::V3 => Element::new("Product").attr("Id", "*"),
            Dialect::V4 => Element::new("Package"),
        };
        let element = element
            .attr("Name", property("ProductName"))
            .attr("Manufacturer", property("Manufacturer"))
            .attr("Version", property("ProductVersion"))
            .attr("UpgradeCode", property("UpgradeCode").trim_matches(['{', '}']))
            .attr("Language", self.contents.language.to_string())
            .attr("Codepage", codepage.id.to_string());
        match self.dialect {
            Dialect::V3 => element,
            Dialect::V4 => element
                .attr("Scope", "perMachine")
                .attr("InstallerVersion", "500")
                // The upgrades are below.
                .attr("UpgradeStrategy", "none"),
        }
    }

    /// What a section has of the package: its summary, media, icons, features.
    pub(super) fn package(&self, part: &'static Part) -> Vec<Element> {
        let mut elements = Vec::new();
        let is_first = self.contents.rows.first().is_some_and(|row| row.part == part);
        if is_first {
            elements.push(self.summary());
        }
        elements.extend(self.rows(&schema::MEDIA, part).map(media));
        elements.extend(self.rows(&schema::LAUNCH_CONDITION, part).map(|row| {
            let element = Element::new(self.name("Condition", "Launch"));
            let element = element.attr("Message", row.text("Description"));
            self.condition(element, row.text("Condition"))
        }));
        elements.extend(self.upgrades(part));
        let features = self.rows(&schema::FEATURE, part);
        let top = features.filter(|row| row.text("Feature_Parent").is_empty());
        elements.extend(top.map(|row| self.feature(row)));
        for (table, name) in [(&schema::ICON, "Icon"), (&schema::BINARY, "Binary")] {
            elements.extend(self.rows(table, part).map(|row| {
                let source = beside_variable(&picture_name(row));
                Element::new(name)
                    .attr("Id", row.key())
                    .source("SourceFile", &source)
            }));
        }
        elements
    }

    /// Titles and the like are as WiX makes them; their code page is that of the language.
    fn summary(&self) -> Element {
        let [_, codepage] = self.contents.codepages;
        let codepage = codepage.id.to_string();
        match self.dialect {
            Dialect::V4 => Element::new("SummaryInformation").attr("Codepage", codepage),
            Dialect::V3 => Element::new("Package")
                .attr("InstallerVersion", "500")
                .attr("InstallScope", "perMachine")
                .attr("Compressed", "yes")
                .attr("Platform", platform(self.product.arch))
                .attr("SummaryCodepage", codepage),
        }
    }

    /// The upgrade codes, each with its ranges of versions.
    fn upgrades(&self, part: &'static Part) -> Vec<Element> {
        let mut elements: Vec<Element> = Vec::new();
        for row in self.rows(&schema::UPGRADE, part) {
            let attributes = row.number("Attributes").unwrap_or_default();
            let mut version = Element::new("UpgradeVersion")
                .attr("Property", row.text("ActionProperty"))
                .attr("Minimum", row.text("VersionMin"))
                .attr("Maximum", row.text("VersionMax"))
                .attr("Language", row.text("Language"))
                .attr("RemoveFeatures", row.text("Remove"));
            for (bit, name) in UPGRADE_BITS {
                // The minimum is included unless the element says something else.
                version = match name {
                    "IncludeMinimum" => version.no(name, attributes & bit == 0),
                    _ => version.yes(name, attributes & bit != 0),
                };
            }
            let code = row.text("UpgradeCode").trim_matches(['{', '}']).to_owned();
            match elements.iter_mut().find(|it| it.get("Id") == Some(&code)) {
                Some(element) => *element = element.clone().child(version),
                None => elements.push(Element::new("Upgrade").attr("Id", code).child(version)),
            }
        }
        elements
    }

    fn feature(&self, row: &Row) -> Element {
        let attributes = row.number("Attributes").unwrap_or_default();
        let has = |bit| attributes & bit != 0;
        let local = match attributes {
            _ if has(FOLLOW_PARENT) => "followParent",
            _ if has(FAVOR_SOURCE) => "source",
            _ => "",
        };
        let element = Element::new("Feature")
            .attr("Id", row.key())
            .attr("Title", row.text("Title"))
            .attr("Description", row.text("Description"))
            .attr(
                "Display",
                match row.number("Display") {
                    None | Some(0) => "hidden",
                    Some(number) if number % 2 == 0 => "collapse",
                    Some(_) => "expand",
                },
            )
            .number("Level", row.number("Level"))
            .attr("ConfigurableDirectory", row.text("Directory_"))
            .attr("InstallDefault", local)
            .attr(
                "TypicalDefault",
                if has(FAVOR_ADVERTISE) { "advertise" } else { "" },
            )
            .no("AllowAdvertise", has(DISALLOW_ADVERTISE));
        let element = match self.dialect {
            Dialect::V3 => element.attr("Absent", if has(DISALLOW_ABSENT) { "disallow" } else { "" }),
            Dialect::V4 => element.no("AllowAbsent", has(DISALLOW_ABSENT)),
        };
        let children = self.tables.of(&schema::FEATURE).iter();
        let children = children.filter(|child| child.text("Feature_Parent") == row.key());
        element
            .children(self.references(row.key()))
            .children(children.map(|child| self.feature(child)))
    }

    /// A picture for the list of programs, for shortcuts and dialogs.
    pub(super) fn pictures(&self) -> impl Iterator<Item = (String, Content)> {
        let icons = self.tables.of(&schema::ICON).iter();
        let pictures = icons.chain(self.tables.of(&schema::BINARY));
        pictures.filter_map(|row| match row.cells.last() {
            Some(Value::Stream(bytes)) => Some((
                self.beside(&picture_name(row)),
                Content::Bytes(bytes.as_slice().into()),
            )),
            _ => None,
        })
    }

    /// The properties of a part with the searches that set them. Those that are only secure belong to the part of the
    /// lists.
    pub(super) fn properties(&self, part: &'static Part) -> Result<Vec<Element>, WxsError> {
        let rows = self.tables.of(&schema::PROPERTY).iter();
        let set = rows.filter(|row| !OF_PACKAGE.contains(&row.key()));
        let searched = self.tables.of(&schema::APP_SEARCH).iter();
        let mut names: Vec<(&str, &'static Part)> = Vec::new();
        let mut known: BTreeSet<&str> = self.detected();
        for row in set.chain(searched) {
            if known.insert(row.key()) {
                names.push((row.key(), row.part));
            }
        }
        for list in [SECURE, HIDDEN] {
            let Some(row) = self.tables.find(&schema::PROPERTY, list) else {
                continue;
            };
            for name in self.tables.list(list) {
                if known.insert(name) {
                    names.push((name, row.part));
                }
            }
        }
        let of_part = names.into_iter().filter(|(_, of)| *of == part);
        of_part.map(|(name, _)| self.property(name)).collect()
    }

    /// The properties that the detection of other products sets. WiX makes them secure.
    fn detected(&self) -> BTreeSet<&str> {
        let rows = self.tables.of(&schema::UPGRADE).iter();
        rows.map(|row| row.text("ActionProperty")).collect()
    }

    fn property(&self, name: &str) -> Result<Element, WxsError> {
        let element = Element::new("Property")
            .attr("Id", name)
            .attr("Value", self.value(name))
            .yes("Secure", self.tables.list(SECURE).contains(name))
            .yes("Hidden", self.tables.list(HIDDEN).contains(name));
        let searches = self.tables.of(&schema::APP_SEARCH).iter();
        let searches = searches.filter(|row| row.key() == name).map(|row| {
            let signature = row.text("Signature_");
            let locator = self.tables.find(&schema::REG_LOCATOR, signature);
            self.search(locator.ok_or_else(|| WxsError::no_element(row))?)
        });
        Ok(element.children(searches.collect::<Result<Vec<_>, _>>()?))
    }

    fn search(&self, row: &Row) -> Result<Element, WxsError> {
        let kind = row.number("Type").unwrap_or_default();
        let root = match row.number("Root") {
            Some(0) => "HKCR",
            Some(1) => "HKCU",
            Some(2) => "HKLM",
            Some(3) => "HKU",
            _ => return Err(WxsError::no_element(row)),
        };
        if kind & !IN_64_BIT_REGISTRY != RAW_VALUE {
            return Err(WxsError::no_element(row));
        }
        let element = Element::new("RegistrySearch")
            .attr("Id", row.key())
            .attr("Root", root)
            .attr("Key", row.text("Key"))
            .attr("Name", row.text("Name"))
            .attr("Type", "raw");
        Ok(self.bits(element, kind & IN_64_BIT_REGISTRY != 0))
    }

    /// Says whether an element means the 64-bit view of the machine.
    pub(super) fn bits(&self, element: Element, is_64_bit: bool) -> Element {
        match (self.dialect, is_64_bit) {
            (Dialect::V3, true) => element.attr("Win64", "yes"),
            (Dialect::V3, false) => element.attr("Win64", "no"),
            (Dialect::V4, true) => element.attr("Bitness", "always64"),
            (Dialect::V4, false) => element.attr("Bitness", "always32"),
        }
    }

    fn value(&self, property: &str) -> &str {
        let row = self.tables.find(&schema::PROPERTY, property);
        row.map_or("", |row| row.text("Value"))
    }
}

fn media(row: &Row) -> Element {
    let cabinet = row.text("Cabinet");
    let embedded = cabinet.strip_prefix('#');
    Element::new("Media")
        .number("Id", row.number("DiskId"))
        .attr("Cabinet", embedded.unwrap_or(cabinet))
        .attr("CompressionLevel", "high")
        .attr("EmbedCab", if embedded.is_some() { "yes" } else { "no" })
}

/// The architecture in WiX 3.
fn platform(arch: Arch) -> &'static str {
    match arch {
        Arch::X64 => "x64",
        Arch::X86 => "x86",
        Arch::Arm64 => "arm64",
    }
}

/// The name of the file with a picture.
fn picture_name(row: &Row) -> String {
    let id = row.key();
    let begins =
        |begin: &[u8]| matches!(row.cells.last(), Some(Value::Stream(bytes)) if bytes.starts_with(begin));
    let extension = match row.table.name {
        "Binary" if begins(b"BM") => ".bmp",
        "Binary" if begins(&[0xff, 0xd8]) => ".jpg",
        _ => "",
    };
    format!("pictures/{id}{extension}")
}
