//! The dialogs: windows, controls, events, fonts and texts.

use super::{Dialect, Element, Writer, WxsError, beside_variable};
use crate::msi::schema::{self, Table};
use crate::msi::{Part, Row};
use crate::product::Content;

pub(super) const TABLES: &[&Table] = &[
    &schema::DIALOG,
    &schema::CONTROL,
    &schema::CONTROL_CONDITION,
    &schema::CONTROL_EVENT,
    &schema::EVENT_MAPPING,
    &schema::CHECK_BOX,
    &schema::COMBO_BOX,
    &schema::TEXT_STYLE,
    &schema::UI_TEXT,
    &schema::ACTION_TEXT,
];

/// The attributes of windows: `msidbDialogAttributesVisible`, `…Modal`, `…Minimize`, and those that are set.
const DIALOG_VISIBLE: i32 = 1;
const DIALOG_MODAL: i32 = 2;
const DIALOG_MINIMIZE: i32 = 4;
const DIALOG_BITS: [(i32, &str); 8] = [
    (8, "SystemModal"),
    (16, "KeepModeless"),
    (32, "TrackDiskSpace"),
    (64, "CustomPalette"),
    (128, "RightToLeft"),
    (256, "RightAligned"),
    (512, "LeftScroll"),
    (65_536, "ErrorDialog"),
];
/// The attributes of all controls: `msidbControlAttributesVisible`, `…Enabled`, and those that are set.
const CONTROL_VISIBLE: i32 = 1;
const CONTROL_ENABLED: i32 = 2;
const CONTROL_BITS: [(i32, &str); 6] = [
    (4, "Sunken"),
    (8, "Indirect"),
    (16, "Integer"),
    (32, "RightToLeft"),
    (64, "RightAligned"),
    (128, "LeftScroll"),
];
/// The center of the screen, in per cent: WiX's default.
const CENTER: i32 = 50;

/// The attributes of a type of control, from bit 16.
fn special_attributes(kind: &str) -> &'static [&'static str] {
    match kind {
        "Text" => &["Transparent", "NoPrefix", "NoWrap", "FormatSize", "UserLanguage"],
        "Edit" | "PathEdit" | "MaskedEdit" => &["Multiline", "", "", "", "", "Password"],
        "ProgressBar" => &["ProgressBlocks"],
        "DirectoryCombo" | "VolumeCostList" | "VolumeSelectCombo" => &[
            "Removable",
            "Fixed",
            "Remote",
            "CDROM",
            "RAMDisk",
            "Floppy",
            "ShowRollbackCost",
        ],
        "ComboBox" => &["Sorted", "ComboList", "", "", "UserLanguage"],
        "PushButton" => &[
            "Image",
            "",
            "Bitmap",
            "Icon",
            "FixedSize",
            "",
            "",
            "ElevationShield",
        ],
        "Bitmap" => &["Image", "", "", "", "FixedSize"],
        "CheckBox" => &["", "PushLike", "Bitmap", "Icon", "FixedSize"],
        _ => &[],
    }
}

impl Writer<'_> {
    /// The windows of a part.
    pub(super) fn dialogs(&self, part: &'static Part) -> Result<Vec<Element>, WxsError> {
        let mut children = Vec::new();
        for row in self.rows(&schema::TEXT_STYLE, part) {
            children.push(text_style(row));
        }
        for row in self.rows(&schema::DIALOG, part) {
            children.push(self.dialog(row)?);
        }
        children.extend(self.combo_boxes(part));
        for row in self.rows(&schema::UI_TEXT, part) {
            let element = Element::new("UIText").attr("Id", row.key());
            children.push(self.text_of(element, "Value", row.text("Text")));
        }
        for row in self.rows(&schema::ACTION_TEXT, part) {
            let element = Element::new("ProgressText").attr("Action", row.key());
            let element = element.attr("Template", row.text("Template"));
            children.push(self.text_of(element, "Message", row.text("Description")));
        }
        Ok(match &children[..] {
            [] => Vec::new(),
            _ => vec![Element::new("UI").children(children)],
        })
    }

    fn dialog(&self, row: &Row) -> Result<Element, WxsError> {
        let attributes = row.number("Attributes").unwrap_or_default();
        let aside = |column| row.number(column).filter(|place| *place != CENTER);
        let mut element = Element::new("Dialog")
            .attr("Id", row.key())
            .number("X", aside("HCentering"))
            .number("Y", aside("VCentering"))
            .number("Width", row.number("Width"))
            .number("Height", row.number("Height"))
            .attr("Title", row.text("Title"))
            .yes("Hidden", attributes & DIALOG_VISIBLE == 0)
            .yes("Modeless", attributes & DIALOG_MODAL == 0)
            .yes("NoMinimize", attributes & DIALOG_MINIMIZE == 0);
        for (bit, name) in DIALOG_BITS {
            element = element.yes(name, attributes & bit != 0);
        }
        for control in self.in_tab_order(row) {
            element = element.child(self.control(control, row)?);
        }
        Ok(element)
    }

    /// The controls of a window: those that the tab key passes over, then the others in its order, which WiX takes from the
    /// order of the elements.
    fn in_tab_order<'b>(&'b self, dialog: &'b Row) -> Vec<&'b Row> {
        let (mut stops, mut others) = (Vec::new(), Vec::new());
        for row in self.of_control(&schema::CONTROL, dialog.key()) {
            match row.text("Control_Next") {
                "" => others.push(row),
                _ => stops.push(row),
            }
        }
        let mut next = dialog.text("Control_First");
        let mut ordered = Vec::new();
        while let Some(index) = stops.iter().position(|row| row.text("Control") == next) {
            let row = stops.remove(index);
            next = row.text("Control_Next");
            ordered.push(row);
        }
        let (first, others): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|row| row.text("Control") == next);
        // A window with a single stop has no next one.
        if ordered.is_empty() {
            [others, stops, first].concat()
        } else {
            [others, first, ordered, stops].concat()
        }
    }

    /// The rows of a table for a window, or for one of its controls.
    fn of_control<'b>(&'b self, table: &Table, dialog: &'b str) -> impl Iterator<Item = &'b Row> {
        let rows = self.tables.of(table).iter().copied();
        rows.filter(move |row| row.text("Dialog_") == dialog)
    }

    fn control(&self, row: &Row, dialog: &Row) -> Result<Element, WxsError> {
        let (id, kind) = (row.text("Control"), row.text("Type"));
        let attributes = row.number("Attributes").unwrap_or_default();
        let mut element = Element::new("Control")
            .attr("Id", id)
            .attr("Type", kind)
            .number("X", row.number("X"))
            .number("Y", row.number("Y"))
            .number("Width", row.number("Width"))
            .number("Height", row.number("Height"))
            .attr("Property", row.text("Property"));
        let is_stop = !row.text("Control_Next").is_empty() || dialog.text("Control_First") == id;
        element = element
            .yes("TabSkip", !is_stop)
            .yes("Default", dialog.text("Control_Default") == id)
            .yes("Cancel", dialog.text("Control_Cancel") == id)
            .yes("Hidden", attributes & CONTROL_VISIBLE == 0)
            .yes("Disabled", attributes & CONTROL_ENABLED == 0 && !is_passive(kind));
        for (bit, name) in CONTROL_BITS {
            element = element.yes(name, attributes & bit != 0);
        }
        let special = special_attributes(kind);
        for bit in 16..31 {
            if attributes & (1 << bit) != 0 {
                let name = special.get(bit - 16).copied().unwrap_or_default();
                if name.is_empty() {
                    return Err(WxsError::no_element(row));
                }
                element = element.attr(name, "yes");
            }
        }
        if let Some(check_box) = self.tables.find(&schema::CHECK_BOX, row.text("Property"))
            && kind == "CheckBox"
        {
            element = element.attr("CheckBoxValue", check_box.text("Value"));
        }
        let text = row.text("Text");
        element = match license_name(row) {
            Some(name) => {
                let source = beside_variable(&name);
                element.child(Element::new("Text").source("SourceFile", &source))
            }
            None => element.attr("Text", text),
        };
        Ok(self.reactions(element, dialog.key(), id))
    }

    /// What a control does, listens to and depends on.
    fn reactions(&self, mut element: Element, dialog: &str, control: &str) -> Element {
        let of = |table| {
            let rows = self.of_control(table, dialog);
            rows.filter(move |row| row.text("Control_") == control)
        };
        for row in of(&schema::CONTROL_CONDITION) {
            let (action, condition) = (row.text("Action"), row.text("Condition"));
            element = match self.dialect {
                Dialect::V4 => element.attr(condition_name(action), condition),
                Dialect::V3 => {
                    let child = Element::new("Condition").attr("Action", action.to_lowercase());
                    element.child(child.content(condition))
                }
            };
        }
        for row in of(&schema::EVENT_MAPPING) {
            let child = Element::new("Subscribe")
                .attr("Event", row.text("Event"))
                .attr("Attribute", row.text("Attribute"));
            element = element.child(child);
        }
        let mut events: Vec<&Row> = of(&schema::CONTROL_EVENT).collect();
        events.sort_by_key(|row| row.number("Ordering"));
        for row in events {
            let (event, argument) = (row.text("Event"), row.text("Argument"));
            let child = match event.strip_prefix('[').and_then(|event| event.strip_suffix(']')) {
                Some(property) => Element::new("Publish").attr("Property", property),
                None => Element::new("Publish").attr("Event", event),
            };
            let child = child
                .attr("Value", argument)
                .number("Order", row.number("Ordering"));
            element = element.child(self.condition(child, row.text("Condition")));
        }
        element
    }

    /// The values of combo boxes.
    fn combo_boxes(&self, part: &'static Part) -> Vec<Element> {
        let mut elements: Vec<Element> = Vec::new();
        for row in self.rows(&schema::COMBO_BOX, part) {
            let item = Element::new("ListItem")
                .attr("Value", row.text("Value"))
                .attr("Text", row.text("Text"));
            match elements
                .last_mut()
                .filter(|it| it.get("Property") == Some(row.key()))
            {
                Some(element) => *element = element.clone().child(item),
                None => elements.push(Element::new("ComboBox").attr("Property", row.key()).child(item)),
            }
        }
        elements
    }

    /// The licenses that windows show, as files that can be edited.
    pub(super) fn licenses(&self) -> impl Iterator<Item = (String, Content)> {
        let rows = self.tables.of(&schema::CONTROL).iter();
        rows.filter_map(|row| {
            let content = Content::Bytes(row.text("Text").as_bytes().into());
            Some((self.beside(&license_name(row)?), content))
        })
    }
}

/// The name of the file for a text in Rich Text Format.
fn license_name(row: &Row) -> Option<String> {
    let is_rich = row.text("Type") == "ScrollableText" && row.text("Text").starts_with("{\\rtf");
    is_rich.then(|| format!("pictures/{}.rtf", row.text("Control")))
}

/// Whether nobody can do anything with a control of the type, so that WiX does not mind whether it is enabled.
fn is_passive(kind: &str) -> bool {
    ["Bitmap", "Line", "ProgressBar", "Icon", "GroupBox"].contains(&kind)
}

fn condition_name(action: &str) -> &'static str {
    match action {
        "Disable" => "DisableCondition",
        "Enable" => "EnableCondition",
        "Hide" => "HideCondition",
        "Show" => "ShowCondition",
        _ => "DefaultCondition",
    }
}

fn text_style(row: &Row) -> Element {
    let color = row.number("Color");
    let part = |shift: i32| color.map(|color| (color >> shift) & 0xff);
    // `msidbTextStyleStyleBitsBold` and others.
    let bits = row.number("StyleBits").unwrap_or_default();
    Element::new("TextStyle")
        .attr("Id", row.key())
        .attr("FaceName", row.text("FaceName"))
        .number("Size", row.number("Size"))
        .number("Red", part(0))
        .number("Green", part(8))
        .number("Blue", part(16))
        .yes("Bold", bits & 1 != 0)
        .yes("Italic", bits & 2 != 0)
        .yes("Underline", bits & 4 != 0)
        .yes("Strike", bits & 8 != 0)
}
