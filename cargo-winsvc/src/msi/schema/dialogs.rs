//! The tables of the dialogs.

use super::Category::{Condition, Formatted, Identifier, Template, Text};
use super::{Column, Table};

/// What the installer is doing, by action.
pub static ACTION_TEXT: Table = Table {
    name: "ActionText",
    columns: &[
        Column::identifier("Action").key().described("Name of action to be described."),
        Column::localized("Description", 0, Text).nullable().described("Localized description displayed in progress dialog and log when action is executing."),
        Column::localized("Template", 0, Template).nullable().described("Optional localized format template used to format action data records for display during action execution."),
    ],
};

/// Pictures and other bytes.
pub static BINARY: Table = Table {
    name: "Binary",
    columns: &[
        Column::identifier("Name").key().described("Unique key identifying the binary data."),
        Column::binary("Data").described("The unformatted binary data."),
    ],
};

/// The values of check boxes.
pub static CHECK_BOX: Table = Table {
    name: "CheckBox",
    columns: &[
        Column::identifier("Property").key().described("A named property to be tied to the item."),
        Column::text("Value", 64, Formatted).nullable().described("The value string associated with the item."),
    ],
};

/// The choices of combo boxes.
pub static COMBO_BOX: Table = Table {
    name: "ComboBox",
    columns: &[
        Column::identifier("Property").key().described("A named property to be tied to this item. All the items tied to the same property become part of the same combobox."),
        Column::short("Order").key().between(1, 32_767).described("A positive integer used to determine the ordering of the items within one list.  The integers do not have to be consecutive."),
        Column::text("Value", 64, Formatted).described("The value string associated with this item. Selecting the line will set the associated property to this value."),
        Column::localized("Text", 64, Formatted).nullable().described("The visible text to be assigned to the item. Optional. If this entry or the entire column is missing, the text is the same as the value."),
    ],
};

/// The controls of windows.
pub static CONTROL: Table = Table {
    name: "Control",
    columns: &[
        Column::identifier("Dialog_").key().refers_to("Dialog").described("External key to the Dialog table, name of the dialog."),
        Column::text("Control", 50, Identifier).key().described("Name of the control. This name must be unique within a dialog, but can repeat on different dialogs. "),
        Column::text("Type", 20, Identifier).described("The type of the control."),
        Column::short("X").between(0, 32_767).described("Horizontal coordinate of the upper left corner of the bounding rectangle of the control."),
        Column::short("Y").between(0, 32_767).described("Vertical coordinate of the upper left corner of the bounding rectangle of the control."),
        Column::short("Width").between(0, 32_767).described("Width of the bounding rectangle of the control."),
        Column::short("Height").between(0, 32_767).described("Height of the bounding rectangle of the control."),
        Column::long("Attributes").nullable().between(0, i32::MAX).described("A 32-bit word that specifies the attribute flags to be applied to this control."),
        Column::text("Property", 72, Identifier).nullable().described("The name of a defined property to be linked to this control. "),
        Column::localized("Text", 0, Formatted).nullable().described("A string used to set the initial text contained within a control (if appropriate)."),
        Column::text("Control_Next", 50, Identifier).nullable().refers_to_column("Control", 2).described("The name of an other control on the same dialog. This link defines the tab order of the controls. The links have to form one or more cycles!"),
        Column::localized("Help", 50, Text).nullable().described("The help strings used with the button. The text is optional. "),
    ],
};

/// The conditions under which controls are shown or active.
pub static CONTROL_CONDITION: Table = Table {
    name: "ControlCondition",
    columns: &[
        Column::identifier("Dialog_").key().refers_to("Dialog").described("A foreign key to the Dialog table, name of the dialog."),
        Column::text("Control_", 50, Identifier).key().refers_to_column("Control", 2).described("A foreign key to the Control table, name of the control."),
        Column::text("Action", 50, Text).key().one_of("Default;Disable;Enable;Hide;Show").described("The desired action to be taken on the specified control."),
        Column::text("Condition", 255, Condition).key().described("A standard conditional statement that specifies under which conditions the action should be triggered."),
    ],
};

/// What controls do.
pub static CONTROL_EVENT: Table = Table {
    name: "ControlEvent",
    columns: &[
        Column::identifier("Dialog_").key().refers_to("Dialog").described("A foreign key to the Dialog table, name of the dialog."),
        Column::text("Control_", 50, Identifier).key().refers_to_column("Control", 2).described("A foreign key to the Control table, name of the control"),
        Column::text("Event", 50, Formatted).key().described("An identifier that specifies the type of the event that should take place when the user interacts with control specified by the first two entries."),
        Column::text("Argument", 255, Formatted).key().described("A value to be used as a modifier when triggering a particular event."),
        Column::text("Condition", 255, Condition).key().nullable().described("A standard conditional statement that specifies under which conditions an event should be triggered."),
        Column::short("Ordering").nullable().between(0, 32_767).described("An integer used to order several events tied to the same control. Can be left blank."),
    ],
};

/// The windows.
pub static DIALOG: Table = Table {
    name: "Dialog",
    columns: &[
        Column::identifier("Dialog").key().described("Name of the dialog."),
        Column::short("HCentering").between(0, 100).described("Horizontal position of the dialog on a 0-100 scale. 0 means left end, 100 means right end of the screen, 50 center."),
        Column::short("VCentering").between(0, 100).described("Vertical position of the dialog on a 0-100 scale. 0 means top end, 100 means bottom end of the screen, 50 center."),
        Column::short("Width").between(0, 32_767).described("Width of the bounding rectangle of the dialog."),
        Column::short("Height").between(0, 32_767).described("Height of the bounding rectangle of the dialog."),
        Column::long("Attributes").nullable().between(0, i32::MAX).described("A 32-bit word that specifies the attribute flags to be applied to this dialog."),
        Column::localized("Title", 128, Formatted).nullable().described("A text string specifying the title to be displayed in the title bar of the dialog's window."),
        Column::text("Control_First", 50, Identifier).refers_to_column("Control", 2).described("Defines the control that has the focus when the dialog is created."),
        Column::text("Control_Default", 50, Identifier).nullable().refers_to_column("Control", 2).described("Defines the default control. Hitting return is equivalent to pushing this button."),
        Column::text("Control_Cancel", 50, Identifier).nullable().refers_to_column("Control", 2).described("Defines the cancel control. Hitting escape or clicking on the close icon on the dialog is equivalent to pushing this button."),
    ],
};

/// The events of an installation that set attributes of controls.
pub static EVENT_MAPPING: Table = Table {
    name: "EventMapping",
    columns: &[
        Column::identifier("Dialog_").key().refers_to("Dialog").described("A foreign key to the Dialog table, name of the Dialog."),
        Column::text("Control_", 50, Identifier).key().refers_to_column("Control", 2).described("A foreign key to the Control table, name of the control."),
        Column::text("Event", 50, Identifier).key().described("An identifier that specifies the type of the event that the control subscribes to."),
        Column::text("Attribute", 50, Identifier).described("The name of the control attribute, that is set when this event is received."),
    ],
};

/// The fonts.
pub static TEXT_STYLE: Table = Table {
    name: "TextStyle",
    columns: &[
        Column::identifier("TextStyle").key().described("Name of the style. The primary key of this table. This name is embedded in the texts to indicate a style change."),
        Column::text("FaceName", 32, Text).described("A string indicating the name of the font used. Required. The string must be at most 31 characters long."),
        Column::short("Size").between(0, 32_767).described("The size of the font used. This size is given in our units (1/12 of the system font height). Assuming that the system font is set to 12 point size, this is equivalent to the point size."),
        Column::long("Color").nullable().between(0, 16_777_215).described("A long integer indicating the color of the string in the RGB format (Red, Green, Blue each 0-255, RGB = R + 256*G + 256^2*B)."),
        Column::short("StyleBits").nullable().between(0, 15).described("A combination of style bits."),
    ],
};

/// What controls show by themselves.
pub static UI_TEXT: Table = Table {
    name: "UIText",
    columns: &[
        Column::text("Key", 72, Identifier).key().described("A unique key that identifies the particular string."),
        Column::localized("Text", 255, Text).nullable().described("The localized version of the string."),
    ],
};
