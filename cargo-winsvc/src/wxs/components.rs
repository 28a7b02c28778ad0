//! The components with what each installs: files, folders, registry values, variables, shortcuts.

use super::tables::long_name;
use super::xml::Node;
use super::{Dialect, Element, Writer, WxsError, beside_variable, part_comment};
use crate::msi::schema::{self, Table};
use crate::msi::{Part, Row};
use crate::product::Content;

pub(super) const TABLES: &[&Table] = &[
    &schema::COMPONENT,
    &schema::FILE,
    &schema::CREATE_FOLDER,
    &schema::REMOVE_FILE,
    &schema::REGISTRY,
    &schema::ENVIRONMENT,
    &schema::INI_FILE,
    &schema::SHORTCUT,
    &schema::MSI_LOCK_PERMISSIONS_EX,
];

/// The attributes of components by their bits: `msidbComponentAttributesPermanent` and others.
const COMPONENT_BITS: [(i32, &str); 5] = [
    (8, "SharedDllRefCount"),
    (16, "Permanent"),
    (64, "Transitive"),
    (128, "NeverOverwrite"),
    (2048, "Shared"),
];
/// `msidbComponentAttributes64bit`
const COMPONENT_64_BIT: i32 = 256;
/// `msidbFileAttributesVital`, `…Checksum`
const FILE_VITAL: i32 = 512;
const FILE_CHECKSUM: i32 = 1024;

impl<'a> Writer<'a> {
    /// The components of a part: a group in WiX 4, by folders in WiX 3.
    pub(super) fn components(&self, part: &'static Part) -> Result<Vec<Element>, WxsError> {
        let mut elements: Vec<Element> = Vec::new();
        for row in self.rows(&schema::COMPONENT, part) {
            let (parent, id) = match self.dialect {
                Dialect::V4 => ("ComponentGroup", self.group_of(row)),
                Dialect::V3 => ("DirectoryRef", row.text("Directory_").to_owned()),
            };
            let component = Node::Element(self.component(row)?);
            if let Some(element) = elements.iter_mut().find(|it| it.get("Id") == Some(&id)) {
                element.children.push(component);
            } else {
                let mut element = Element::new(parent).attr("Id", id);
                element.children.push(component);
                elements.push(element);
            }
        }
        Ok(elements)
    }

    /// The group of a component: its part, and its features where they are several.
    fn group_of(&self, component: &Row) -> String {
        let rows = self
            .tables
            .of_component(&schema::FEATURE_COMPONENTS, component.key());
        let features: Vec<&str> = rows.iter().map(|row| row.text("Feature_")).collect();
        match self.tables.of(&schema::FEATURE) {
            [_] => component.part.id.to_owned(),
            _ => [&[component.part.id], &features[..]].concat().join("."),
        }
    }

    /// What a feature refers to: groups of components in WiX 4, components in WiX 3.
    pub(super) fn references(&self, feature: &str) -> Vec<Element> {
        let rows = self.tables.of(&schema::FEATURE_COMPONENTS).iter();
        let components = rows.filter(|row| row.text("Feature_") == feature);
        let components = components.map(|row| row.text("Component_"));
        if self.dialect == Dialect::V3 {
            return components
                .map(|id| Element::new("ComponentRef").attr("Id", id))
                .collect();
        }
        let mut groups: Vec<String> = Vec::new();
        for component in components {
            let row = self.tables.find(&schema::COMPONENT, component);
            if let Some(group) = row.map(|row| self.group_of(row))
                && !groups.contains(&group)
            {
                groups.push(group);
            }
        }
        let groups = groups.into_iter();
        groups
            .map(|id| Element::new("ComponentGroupRef").attr("Id", id))
            .collect()
    }

    fn component(&self, row: &'a Row) -> Result<Element, WxsError> {
        let id = row.key();
        let attributes = row.number("Attributes").unwrap_or_default();
        let mut element = Element::new("Component").attr("Id", id);
        if self.dialect == Dialect::V4 {
            element = element.attr("Directory", row.text("Directory_"));
        }
        element = element.attr("Guid", row.text("ComponentId").trim_matches(['{', '}']));
        element = self.bits(element, attributes & COMPONENT_64_BIT != 0);
        for (bit, name) in COMPONENT_BITS {
            element = element.yes(name, attributes & bit != 0);
        }
        let disk = self.disk_of(id);
        element = element.number("DiskId", disk.filter(|disk| *disk > 1));
        element = element.yes("KeyPath", row.text("KeyPath").is_empty());
        let condition = row.text("Condition");
        element = match self.dialect {
            Dialect::V4 => element.attr("Condition", condition),
            Dialect::V3 if condition.is_empty() => element,
            Dialect::V3 => element.child(Element::new("Condition").content(condition)),
        };
        let mut children = self.simple_children(row)?;
        children.extend(self.service_children(id)?);
        // Each part has its rows together, in the order of the parts.
        let mut last = row.part;
        let order = |part: &'static Part| self.order_of(part);
        children.sort_by_key(|(part, _)| (*part != row.part, order(part)));
        for (part, child) in children {
            if part != last {
                element.children.push(part_comment(part));
                last = part;
            }
            element.children.push(Node::Element(child));
        }
        Ok(element)
    }

    /// Where a part is among the parts.
    fn order_of(&self, part: &'static Part) -> usize {
        let rows = &self.contents.rows;
        rows.iter().position(|row| row.part == part).unwrap_or(rows.len())
    }

    /// The children that need nothing else.
    fn simple_children(&self, component: &'a Row) -> Result<Vec<(&'static Part, Element)>, WxsError> {
        let rows = |table| self.tables.of_component(table, component.key());
        let mut children = Vec::new();
        for row in rows(&schema::FILE) {
            children.push((row.part, self.file(row, component)?));
        }
        for row in rows(&schema::CREATE_FOLDER) {
            let directory = row.text("Directory_");
            let element = Element::new("CreateFolder").attr("Directory", directory);
            children.push((
                row.part,
                self.protected(element, &schema::CREATE_FOLDER, directory),
            ));
        }
        for row in rows(&schema::REMOVE_FILE) {
            children.push((row.part, self.removal(row)?));
        }
        for row in rows(&schema::REGISTRY) {
            children.push((row.part, self.registry_value(row, component)?));
        }
        for row in rows(&schema::ENVIRONMENT) {
            children.push((row.part, variable(row)?));
        }
        for row in rows(&schema::INI_FILE) {
            children.push((row.part, ini_file(row)?));
        }
        for row in rows(&schema::SHORTCUT) {
            children.push((row.part, shortcut(row)?));
        }
        Ok(children)
    }

    fn file(&self, row: &Row, component: &Row) -> Result<Element, WxsError> {
        let attributes = row.number("Attributes").unwrap_or_default();
        let file = self
            .files
            .get(row.key())
            .ok_or_else(|| WxsError::no_element(row))?;
        let source = match &file.content {
            Content::Bytes(_) => beside_variable(&file.target.to_string()),
            Content::File(path) => self.source_of(path),
        };
        let element = Element::new("File")
            .attr("Id", row.key())
            .attr("Name", long_name(row.text("FileName")))
            .source("Source", &source)
            .yes("KeyPath", component.text("KeyPath") == row.key())
            .no("Vital", attributes & FILE_VITAL == 0)
            .yes("Checksum", attributes & FILE_CHECKSUM != 0);
        Ok(self.protected(element, &schema::FILE, row.key()))
    }

    /// The number of the cabinet that the component's files are in.
    fn disk_of(&self, component: &str) -> Option<i32> {
        let file = self.tables.of_component(&schema::FILE, component).first()?;
        let sequence = file.number("Sequence")?;
        let mut media = self.tables.of(&schema::MEDIA).iter();
        let media = media.find(|row| row.number("LastSequence") >= Some(sequence))?;
        media.number("DiskId")
    }

    /// Adds the security descriptors of an object.
    pub(super) fn protected(&self, element: Element, table: &Table, object: &str) -> Element {
        let rows = self.tables.of(&schema::MSI_LOCK_PERMISSIONS_EX).iter();
        let rows = rows.filter(|row| row.text("Table") == table.name && row.text("LockObject") == object);
        element.children(rows.map(|row| {
            let element = Element::new("PermissionEx")
                .attr("Id", row.key())
                .attr("Sddl", row.text("SDDLText"));
            match (self.dialect, row.text("Condition")) {
                (_, "") => element,
                (Dialect::V4, condition) => element.attr("Condition", condition),
                (Dialect::V3, condition) => element.child(Element::new("Condition").content(condition)),
            }
        }))
    }

    /// Files and folders that a removal removes.
    fn removal(&self, row: &Row) -> Result<Element, WxsError> {
        let name = row.text("FileName");
        let element = match name {
            "" => Element::new("RemoveFolder"),
            _ => Element::new("RemoveFile").attr("Name", long_name(name)),
        };
        let place = row.text("DirProperty");
        let is_directory = self.tables.find(&schema::DIRECTORY, place).is_some();
        let on = match row.number("InstallMode") {
            Some(1) => "install",
            Some(2) => "uninstall",
            Some(3) => "both",
            _ => return Err(WxsError::no_element(row)),
        };
        Ok(element
            .attr("Id", row.key())
            .attr(if is_directory { "Directory" } else { "Property" }, place)
            .attr("On", on))
    }

    fn registry_value(&self, row: &Row, component: &Row) -> Result<Element, WxsError> {
        let root = match row.number("Root") {
            Some(-1) => "HKMU",
            Some(0) => "HKCR",
            Some(1) => "HKCU",
            Some(2) => "HKLM",
            Some(3) => "HKU",
            _ => return Err(WxsError::no_element(row)),
        };
        let (name, value) = (row.text("Name"), row.text("Value"));
        if value.is_empty() && ["+", "-", "*"].contains(&name) {
            let element = Element::new("RegistryKey")
                .attr("Id", row.key())
                .attr("Root", root)
                .attr("Key", row.text("Key"))
                .yes("ForceCreateOnInstall", name != "-")
                .yes("ForceDeleteOnUninstall", name != "+");
            return Ok(element);
        }
        let element = Element::new("RegistryValue")
            .attr("Id", row.key())
            .attr("Root", root)
            .attr("Key", row.text("Key"))
            .attr("Name", name);
        let key_path = component.text("KeyPath") == row.key();
        let element = self.data(element, value).yes("KeyPath", key_path);
        Ok(self.protected(element, &schema::REGISTRY, row.key()))
    }

    /// The data of a registry value, whose type is in its first characters
    /// ([Registry](https://learn.microsoft.com/windows/win32/msi/registry-table)).
    fn data(&self, element: Element, value: &str) -> Element {
        const SEPARATOR: &str = "[~]";
        let typed = |kind, value| element.clone().attr("Type", kind).any("Value", value);
        if let Some(value) = value.strip_prefix("#x") {
            return typed("binary", value);
        }
        if let Some(value) = value.strip_prefix("#%") {
            return typed("expandable", value);
        }
        match value.strip_prefix('#') {
            Some(text) if text.starts_with('#') => typed("string", text),
            Some(number) => typed("integer", number),
            None if value.contains(SEPARATOR) => {
                let (begins, ends) = (value.starts_with(SEPARATOR), value.ends_with(SEPARATOR));
                let action = match (begins, ends) {
                    (true, false) => "append",
                    (false, true) => "prepend",
                    _ => "",
                };
                let list = value.strip_prefix(SEPARATOR).unwrap_or(value);
                let list = list.strip_suffix(SEPARATOR).unwrap_or(list);
                let strings = list.split(SEPARATOR).filter(|text| !text.is_empty());
                let name = self.name("MultiStringValue", "MultiString");
                let strings = strings.map(|text| self.text_of(Element::new(name), "Value", text));
                let element = element.attr("Type", "multiString").attr("Action", action);
                element.children(strings)
            }
            None => typed("string", value),
        }
    }
}

/// A variable, whose action is in the first characters of its name, and its place among others in its value
/// ([Environment](https://learn.microsoft.com/windows/win32/msi/environment-table)).
fn variable(row: &Row) -> Result<Element, WxsError> {
    const OTHERS: &str = "[~]";
    let name = row.text("Name").trim_start_matches(['=', '+', '-', '!', '*']);
    let marks = row.text("Name").strip_suffix(name).unwrap_or_default();
    let action = match marks {
        _ if marks.contains('!') => "remove",
        _ if marks.contains('+') => "create",
        _ if marks.contains('=') => "set",
        _ => return Err(WxsError::no_element(row)),
    };
    let value = row.text("Value");
    let (part, value) = if let Some(value) = value.strip_prefix(&format!("{OTHERS};")) {
        ("last", value)
    } else if let Some(value) = value.strip_suffix(&format!(";{OTHERS}")) {
        ("first", value)
    } else {
        ("", value)
    };
    if value.contains(OTHERS) {
        return Err(WxsError::no_element(row));
    }
    Ok(Element::new("Environment")
        .attr("Id", row.key())
        .attr("Name", name)
        .attr("Action", action)
        .attr("Part", part)
        .attr("Value", value)
        .yes("System", marks.contains('*'))
        .yes("Permanent", !marks.contains('-') && action != "remove"))
}

fn ini_file(row: &Row) -> Result<Element, WxsError> {
    // `msidbIniFileActionAddLine` and others.
    let action = match row.number("Action") {
        Some(0) => "addLine",
        Some(1) => "createLine",
        Some(2) => "removeLine",
        Some(3) => "addTag",
        Some(4) => "removeTag",
        _ => return Err(WxsError::no_element(row)),
    };
    Ok(Element::new("IniFile")
        .attr("Id", row.key())
        .attr("Directory", row.text("DirProperty"))
        .attr("Name", long_name(row.text("FileName")))
        .attr("Section", row.text("Section"))
        .attr("Key", row.text("Key"))
        .attr("Value", row.text("Value"))
        .attr("Action", action))
}

fn shortcut(row: &Row) -> Result<Element, WxsError> {
    // `SW_SHOWNORMAL` and others.
    let show = match row.number("ShowCmd") {
        None => "",
        Some(1) => "normal",
        Some(3) => "maximized",
        Some(7) => "minimized",
        Some(_) => return Err(WxsError::no_element(row)),
    };
    Ok(Element::new("Shortcut")
        .attr("Id", row.key())
        .attr("Directory", row.text("Directory_"))
        .attr("Name", long_name(row.text("Name")))
        .attr("Target", row.text("Target"))
        .attr("Arguments", row.text("Arguments"))
        .attr("Description", row.text("Description"))
        .number("Hotkey", row.number("Hotkey"))
        .attr("Icon", row.text("Icon_"))
        .number("IconIndex", row.number("IconIndex"))
        .attr("Show", show)
        .attr("WorkingDirectory", row.text("WkDir"))
        .attr("DisplayResourceDll", row.text("DisplayResourceDLL"))
        .number("DisplayResourceId", row.number("DisplayResourceId"))
        .attr("DescriptionResourceDll", row.text("DescriptionResourceDLL"))
        .number("DescriptionResourceId", row.number("DescriptionResourceId")))
}
