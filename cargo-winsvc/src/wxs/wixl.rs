//! What wixl understands of a source for WiX 3. It stops at elements that it does not know.
//!
//! Source: `tools/wixl/wix.vala` and `builder.vala` of GNOME/msitools, version 0.101, the oldest one that is in use; later
//! versions understand more.

use super::Section;
use super::xml::{Element, Node};

/// An element: its attributes, those that may be left out, and its children.
struct Known {
    name: &'static str,
    attributes: &'static [&'static str],
    dropped: &'static [&'static str],
    children: &'static [&'static str],
}

const fn known(
    name: &'static str,
    attributes: &'static [&'static str],
    dropped: &'static [&'static str],
    children: &'static [&'static str],
) -> Known {
    Known {
        name,
        attributes,
        dropped,
        children,
    }
}

/// The elements that a source may have, by name. Some are left out: a `CreateFolder` always means the folder of its
/// component, and an `UpgradeVersion` needs a lowest version.
const KNOWN: [Known; 27] = [
    known("AdminExecuteSequence", &[], &[], ACTIONS),
    known("AdminUISequence", &[], &[], ACTIONS),
    known("AdvertiseExecuteSequence", &[], &[], ACTIONS),
    known("Binary", &["Id", "SourceFile"], &[], &[]),
    known(
        "Component",
        &["Id", "Guid", "Win64"],
        &[
            "Permanent",
            "NeverOverwrite",
            "Transitive",
            "Shared",
            "SharedDllRefCount",
            "KeyPath",
            "DiskId",
        ],
        &[
            "RegistryValue",
            "File",
            "Shortcut",
            "ServiceControl",
            "ServiceInstall",
        ],
    ),
    known("ComponentRef", &["Id"], &[], &[]),
    known("Condition", &["Message"], &[], &[]),
    known("Custom", &["Action", "Sequence"], &[], &[]),
    known(
        "CustomAction",
        &[
            "Id",
            "Property",
            "Value",
            "FileKey",
            "ExeCommand",
            "Execute",
            "Impersonate",
            "Return",
        ],
        &[],
        &[],
    ),
    known("DeleteServices", &["Sequence"], &[], &[]),
    known("Directory", &["Id", "Name"], &[], &["Directory"]),
    known("DirectoryRef", &["Id"], &[], &["Component"]),
    known(
        "Feature",
        &[
            "Id",
            "Title",
            "Level",
            "Description",
            "Display",
            "ConfigurableDirectory",
            "AllowAdvertise",
            "Absent",
        ],
        &[],
        &["ComponentRef", "Feature"],
    ),
    known(
        "File",
        &["Id", "Name", "Source", "KeyPath", "DiskId"],
        &["Vital", "Checksum"],
        &[],
    ),
    known("Icon", &["Id", "SourceFile"], &[], &[]),
    known("InstallExecuteSequence", &[], &[], ACTIONS),
    known("InstallUISequence", &[], &[], ACTIONS),
    known(
        "Media",
        &["Id", "Cabinet", "EmbedCab"],
        &["CompressionLevel"],
        &[],
    ),
    known(
        "Package",
        &[
            "InstallerVersion",
            "InstallScope",
            "Compressed",
            "SummaryCodepage",
        ],
        &["Platform"],
        &[],
    ),
    known(
        "Property",
        &["Id", "Value"],
        &["Secure", "Hidden"],
        &["RegistrySearch"],
    ),
    known(
        "RegistrySearch",
        &["Id", "Root", "Key", "Name", "Type", "Win64"],
        &[],
        &[],
    ),
    known(
        "RegistryValue",
        &["Id", "Root", "Key", "Name", "Type", "Value", "KeyPath"],
        &[],
        &[],
    ),
    known("RemoveExistingProducts", &["Sequence"], &[], &[]),
    known(
        "ServiceControl",
        &["Id", "Name", "Start", "Stop", "Remove", "Wait"],
        &[],
        &[],
    ),
    known("ServiceDependency", &["Id", "Group"], &[], &[]),
    known(
        "ServiceInstall",
        &[
            "Id",
            "Name",
            "DisplayName",
            "Description",
            "Type",
            "Start",
            "ErrorControl",
            "Vital",
            "Account",
            "Password",
            "Arguments",
        ],
        &[],
        &["ServiceDependency"],
    ),
    known(
        "Shortcut",
        &[
            "Id",
            "Directory",
            "Name",
            "Target",
            "Arguments",
            "Description",
            "Icon",
            "IconIndex",
            "WorkingDirectory",
        ],
        &[],
        &[],
    ),
];

/// The actions in a sequence that wixl does not add by itself.
const ACTIONS: &[&str] = &["Custom", "DeleteServices", "RemoveExistingProducts"];

/// A section with the elements that wixl understands.
pub(super) fn understood(section: &Section) -> Section {
    let elements = section.elements.iter().filter_map(understood_element);
    Section {
        part: section.part,
        elements: elements.collect(),
    }
}

/// An element with what wixl understands of it, or nothing if it would become something else.
fn understood_element(element: &Element) -> Option<Element> {
    let known = KNOWN.iter().find(|known| known.name == element.name)?;
    let mut understood = Element::new(known.name);
    for (name, value) in &element.attributes {
        if known.attributes.contains(name) {
            understood = understood.source(name, value);
        } else if !known.dropped.contains(name) {
            return None;
        }
    }
    // Another time to run than later in the script, or a list, becomes something else.
    let is_other = match (known.name, element.get("Execute"), element.get("Type")) {
        ("CustomAction", Some(execute), _) => execute != "deferred",
        ("RegistryValue", _, Some(kind)) => kind == "multiString",
        _ => false,
    };
    if is_other {
        return None;
    }
    for child in &element.children {
        match child {
            Node::Element(child) if known.children.contains(&child.name) => {
                let child = understood_element(child).map(Node::Element);
                understood.children.extend(child);
            }
            Node::Element(_) | Node::Comment(_) => {}
            Node::Text(text) => understood.children.push(Node::Text(text.clone())),
        }
    }
    Some(understood)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_become_something_else_is_left_out() {
        let action = |name, value| Element::new("CustomAction").attr("Id", "A").attr(name, value);
        assert!(understood_element(&action("Property", "X")).is_some());
        assert!(understood_element(&action("Directory", "X")).is_none());
        assert!(understood_element(&action("Execute", "rollback")).is_none());
        let component = Element::new("Component")
            .attr("Id", "C")
            .yes("Permanent", true)
            .child(Element::new("File").attr("Id", "F"))
            .child(Element::new("IniFile").attr("Id", "I"));
        let expected = Element::new("Component")
            .attr("Id", "C")
            .child(Element::new("File").attr("Id", "F"));
        assert_eq!(understood_element(&component), Some(expected));
    }

    #[test]
    fn elements_are_listed_once_and_by_name() {
        assert!(KNOWN.is_sorted_by(|a, b| a.name < b.name));
    }
}
