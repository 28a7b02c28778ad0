//! Windows, controls and events.
//!
//! Sources: the tables [Dialog](https://learn.microsoft.com/windows/win32/msi/dialog-table),
//! [Control](https://learn.microsoft.com/windows/win32/msi/control-table) and
//! [ControlEvent](https://learn.microsoft.com/windows/win32/msi/controlevent-table).

/// `msidbDialogAttributesVisible`, `…Modal`, `…Minimize`, `…TrackDiskSpace`, `…Error`
const DIALOG_VISIBLE: i32 = 1;
const DIALOG_MODAL: i32 = 2;
const DIALOG_MINIMIZE: i32 = 4;
const DIALOG_TRACK_DISK_SPACE: i32 = 32;
const DIALOG_ERROR: i32 = 65_536;

/// `msidbControlAttributesVisible`, `…Enabled`, `…Sunken`, `…Indirect`
const VISIBLE: i32 = 1;
const ENABLED: i32 = 2;
const SUNKEN: i32 = 4;
const INDIRECT: i32 = 8;
/// Of texts: `msidbControlAttributesTransparent`, `…NoPrefix`
const TRANSPARENT: i32 = 65_536;
const NO_PREFIX: i32 = 131_072;
/// Of inputs: `msidbControlAttributesPasswordInput`
const PASSWORD_INPUT: i32 = 2_097_152;
/// Of combo boxes: `msidbControlAttributesComboList`: the values of the list and no others, and
/// `msidbControlAttributesSorted`: in the order of the table
const COMBO_LIST: i32 = 131_072;
const IN_ORDER: i32 = 65_536;
/// Of volumes: `msidbControlAttributesFixedVolume`, `…RemoteVolume`
const FIXED_AND_REMOTE: i32 = 131_072 + 262_144;
/// Of buttons: `msidbControlAttributesElevationShield`
const ELEVATION_SHIELD: i32 = 8_388_608;

/// A place in a window.
#[derive(Clone, Copy, Debug)]
pub(in crate::msi) struct Area {
    pub(in crate::msi) x: i16,
    pub(in crate::msi) y: i16,
    pub(in crate::msi) width: i16,
    pub(in crate::msi) height: i16,
}

pub(super) const fn area(x: i16, y: i16, width: i16, height: i16) -> Area {
    Area { x, y, width, height }
}

/// A window.
#[derive(Clone, Debug)]
pub(in crate::msi) struct Dialog {
    pub(in crate::msi) name: String,
    pub(in crate::msi) width: i16,
    pub(in crate::msi) height: i16,
    pub(in crate::msi) attributes: i32,
    pub(in crate::msi) title: &'static str,
    /// The control that is active first.
    pub(in crate::msi) first: &'static str,
    /// The controls for the return key and the escape key; none if `None`.
    pub(in crate::msi) default: Option<&'static str>,
    pub(in crate::msi) cancel: Option<&'static str>,
    pub(in crate::msi) controls: Vec<Control>,
}

impl Dialog {
    pub(super) fn new(name: impl Into<String>, (width, height): (i16, i16), title: &'static str) -> Self {
        Self {
            name: name.into(),
            width,
            height,
            attributes: DIALOG_VISIBLE | DIALOG_MODAL | DIALOG_MINIMIZE,
            title,
            first: "",
            default: None,
            cancel: None,
            controls: Vec::new(),
        }
    }

    pub(super) fn keys(mut self, first: &'static str, default: &'static str, cancel: &'static str) -> Self {
        self.first = first;
        self.default = Some(default);
        self.cancel = Some(cancel);
        self
    }

    pub(super) fn controls(mut self, controls: impl IntoIterator<Item = Control>) -> Self {
        self.controls.extend(controls);
        self
    }

    /// Leaves the installation running while it is open.
    pub(super) fn modeless(mut self) -> Self {
        self.attributes &= !DIALOG_MODAL;
        self
    }

    /// A small window over another one, which has the button for minimizing.
    pub(super) fn small(mut self) -> Self {
        self.attributes &= !DIALOG_MINIMIZE;
        self
    }

    pub(super) fn tracking_disk_space(mut self) -> Self {
        self.attributes |= DIALOG_TRACK_DISK_SPACE;
        self
    }

    /// The window of messages: Windows Installer shows the buttons that a message needs, and places them itself.
    pub(super) fn for_errors(mut self, text: &'static str) -> Self {
        self.attributes |= DIALOG_ERROR;
        self.first = text;
        self
    }

    /// For each control the next one that the tab key activates, if it is one of these.
    pub(in crate::msi) fn next_of(&self, index: usize) -> Option<&str> {
        if !self.controls[index].is_tab_stop {
            return None;
        }
        let after = self.controls[index + 1..].iter();
        let next = after.chain(&self.controls).find(|control| control.is_tab_stop);
        next.map(|control| control.name)
            .filter(|next| *next != self.controls[index].name)
    }
}

/// What a control shows or hides by a condition.
#[derive(Clone, Debug)]
pub(in crate::msi) struct ControlCondition {
    pub(in crate::msi) action: &'static str,
    pub(in crate::msi) condition: String,
}

/// What a control does when it is pressed. Events happen in their order.
#[derive(Clone, Debug)]
pub(in crate::msi) struct Event {
    pub(in crate::msi) name: String,
    pub(in crate::msi) argument: String,
    pub(in crate::msi) condition: String,
}

impl Event {
    fn new(event: impl Into<String>, argument: impl Into<String>) -> Self {
        Self {
            name: event.into(),
            argument: argument.into(),
            condition: "1".to_owned(),
        }
    }

    pub(super) fn when(mut self, condition: impl Into<String>) -> Self {
        self.condition = condition.into();
        self
    }
}

/// The standard events ([ControlEvent](https://learn.microsoft.com/windows/win32/msi/control-events)).
pub(super) mod event {
    use super::Event;

    pub(in super::super) fn new_dialog(dialog: impl Into<String>) -> Event {
        Event::new("NewDialog", dialog)
    }

    pub(in super::super) fn spawn(dialog: &str) -> Event {
        Event::new("SpawnDialog", dialog)
    }

    /// Opens a window until the event's condition holds.
    pub(in super::super) fn spawn_wait(dialog: &str) -> Event {
        Event::new("SpawnWaitDialog", dialog)
    }

    /// Closes the window; `how` is `Return`, `Exit` or the answer to a message.
    pub(in super::super) fn end_dialog(how: &str) -> Event {
        Event::new("EndDialog", how)
    }

    pub(in super::super) fn named(event: &str, argument: &str) -> Event {
        Event::new(event, argument)
    }
}

/// The kinds of controls ([Controls](https://learn.microsoft.com/windows/win32/msi/controls)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::msi) enum Kind {
    Bitmap,
    CheckBox,
    ComboBox,
    DirectoryCombo,
    DirectoryList,
    Edit,
    Line,
    PathEdit,
    ProgressBar,
    PushButton,
    ScrollableText,
    Text,
    VolumeCostList,
}

impl Kind {
    pub(in crate::msi) const fn name(self) -> &'static str {
        match self {
            Self::Bitmap => "Bitmap",
            Self::CheckBox => "CheckBox",
            Self::ComboBox => "ComboBox",
            Self::DirectoryCombo => "DirectoryCombo",
            Self::DirectoryList => "DirectoryList",
            Self::Edit => "Edit",
            Self::Line => "Line",
            Self::PathEdit => "PathEdit",
            Self::ProgressBar => "ProgressBar",
            Self::PushButton => "PushButton",
            Self::ScrollableText => "ScrollableText",
            Self::Text => "Text",
            Self::VolumeCostList => "VolumeCostList",
        }
    }
}

/// A control of a window.
#[derive(Clone, Debug)]
pub(in crate::msi) struct Control {
    pub(in crate::msi) name: &'static str,
    pub(in crate::msi) kind: Kind,
    pub(in crate::msi) area: Area,
    pub(in crate::msi) attributes: i32,
    pub(in crate::msi) property: String,
    /// A formatted string, or the name of a picture.
    pub(in crate::msi) text: String,
    /// Whether the tab key activates it, or what a screen reader reads before the input that follows.
    pub(in crate::msi) is_tab_stop: bool,
    pub(in crate::msi) events: Vec<Event>,
    pub(in crate::msi) conditions: Vec<ControlCondition>,
    /// The event of the installation that sets an attribute of the control, and the attribute.
    pub(in crate::msi) mapping: Option<(&'static str, &'static str)>,
}

impl Control {
    fn new(name: &'static str, kind: Kind, area: Area, attributes: i32) -> Self {
        Self {
            name,
            kind,
            area,
            attributes,
            property: String::new(),
            text: String::new(),
            is_tab_stop: false,
            events: Vec::new(),
            conditions: Vec::new(),
            mapping: None,
        }
    }

    /// An input, or something else that the tab key activates.
    fn active(name: &'static str, kind: Kind, area: Area, attributes: i32) -> Self {
        Self {
            is_tab_stop: true,
            ..Self::new(name, kind, area, VISIBLE | ENABLED | attributes)
        }
    }

    fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    fn with_property(mut self, property: impl Into<String>) -> Self {
        self.property = property.into();
        self
    }

    /// A text in which `&` is a character like any other.
    pub(super) fn text(name: &'static str, area: Area, text: impl Into<String>) -> Self {
        let attributes = VISIBLE | ENABLED | NO_PREFIX;
        Self::new(name, Kind::Text, area, attributes).with_text(text)
    }

    /// A text in which `&` marks the key of the next control.
    pub(super) fn label(name: &'static str, area: Area, text: impl Into<String>) -> Self {
        Self::active(name, Kind::Text, area, 0).with_text(text)
    }

    /// A text before an input, which a screen reader reads as its name. `&` is a character like any other.
    pub(super) fn plain_label(name: &'static str, area: Area, text: impl Into<String>) -> Self {
        Self::active(name, Kind::Text, area, NO_PREFIX).with_text(text)
    }

    pub(super) fn bitmap(name: &'static str, area: Area, picture: &str) -> Self {
        Self::new(name, Kind::Bitmap, area, VISIBLE).with_text(picture)
    }

    pub(super) fn line(name: &'static str, y: i16, width: i16) -> Self {
        let line = super::control::area(0, y, width, 0);
        Self::new(name, Kind::Line, line, VISIBLE)
    }

    pub(super) fn button(name: &'static str, area: Area, text: &str) -> Self {
        Self::active(name, Kind::PushButton, area, 0).with_text(text)
    }

    pub(super) fn check_box(name: &'static str, area: Area, property: &str, text: &str) -> Self {
        Self::active(name, Kind::CheckBox, area, 0)
            .with_property(property)
            .with_text(text)
    }

    /// An input of a text of any length that a property can have.
    pub(super) fn edit(name: &'static str, area: Area, property: &str, is_secret: bool) -> Self {
        let attributes = SUNKEN | if is_secret { PASSWORD_INPUT } else { 0 };
        Self::active(name, Kind::Edit, area, attributes).with_property(property)
    }

    /// A choice from the values that the table `ComboBox` has for the property.
    pub(super) fn combo_box(name: &'static str, area: Area, property: &str) -> Self {
        Self::active(name, Kind::ComboBox, area, SUNKEN | COMBO_LIST | IN_ORDER).with_property(property)
    }

    /// An input of the path of the folder that `property` names.
    pub(super) fn path_edit(name: &'static str, area: Area, property: &str) -> Self {
        Self::active(name, Kind::PathEdit, area, SUNKEN | INDIRECT).with_property(property)
    }

    pub(super) fn directory_combo(name: &'static str, area: Area, property: &str) -> Self {
        let attributes = INDIRECT | FIXED_AND_REMOTE;
        Self {
            mapping: Some(("IgnoreChange", "IgnoreChange")),
            ..Self::active(name, Kind::DirectoryCombo, area, attributes).with_property(property)
        }
    }

    pub(super) fn directory_list(name: &'static str, area: Area, property: &str) -> Self {
        Self::active(name, Kind::DirectoryList, area, SUNKEN | INDIRECT).with_property(property)
    }

    pub(super) fn scrollable_text(name: &'static str, area: Area, rtf: &str) -> Self {
        Self::active(name, Kind::ScrollableText, area, SUNKEN).with_text(rtf)
    }

    pub(super) fn volume_cost_list(name: &'static str, area: Area) -> Self {
        let attributes = SUNKEN | FIXED_AND_REMOTE;
        // The widths of the columns in pixels: volume, size, available, required, difference.
        Self::active(name, Kind::VolumeCostList, area, attributes).with_text("{105}{68}{80}{92}{75}")
    }

    pub(super) fn progress_bar(name: &'static str, area: Area) -> Self {
        Self {
            mapping: Some(("SetProgress", "Progress")),
            ..Self::new(name, Kind::ProgressBar, area, VISIBLE)
        }
    }

    /// Shows the picture or colour behind it.
    pub(super) fn transparent(mut self) -> Self {
        self.attributes |= TRANSPARENT;
        self
    }

    /// A button after which Windows asks for an administrator.
    pub(super) fn with_shield(mut self) -> Self {
        self.attributes |= ELEVATION_SHIELD;
        self
    }

    /// The text of the action that the installation performs.
    pub(super) fn showing_action(mut self) -> Self {
        self.mapping = Some(("ActionText", "Text"));
        self
    }

    pub(super) fn on(mut self, events: impl IntoIterator<Item = Event>) -> Self {
        self.events.extend(events);
        self
    }

    /// Enables it while the condition holds, and disables it otherwise.
    pub(super) fn enabled_if(mut self, condition: &str) -> Self {
        self.conditions.extend([
            ControlCondition {
                action: "Disable",
                condition: format!("NOT ({condition})"),
            },
            ControlCondition {
                action: "Enable",
                condition: condition.to_owned(),
            },
        ]);
        self
    }
}
