//! The dialogs: their tables, the properties that they need, and their places in the sequences.

use super::super::database::{Value, number, stream, text};
use super::super::dialogs::{self, BROWSE, Control, DEFAULT_FONT, Dialog, ERROR, LICENSE_ACCEPTED};
use super::super::names::formatted;
use super::super::schema;
use super::super::sequences::{ADMIN_DIALOGS, Phase};
use super::conditions::is_present;
use super::properties::FORGET;
use super::{INSTALL_FOLDER, MsiError, NULL, Package};
use crate::product::{self, Field};

/// In the middle of the screen, in per cent.
const CENTER: i16 = 50;

impl Package<'_> {
    /// Adds the dialogs, if the product has them.
    ///
    /// There is no `FilesInUse` window and no table `ListBox`: with them, Windows Installer asks about programs that
    /// use a file, also about those that it stops itself, and in a silent upgrade waits for an answer.
    pub(super) fn dialogs(&mut self) -> Result<(), MsiError> {
        let Some(dialogs) = &self.product.dialogs else {
            return Ok(());
        };
        for dialog in dialogs::dialogs(dialogs, &self.product.features, self.language) {
            self.dialog(&dialog)?;
        }
        for (name, picture) in dialogs::pictures(dialogs) {
            self.row(&schema::BINARY, [text(name), stream(picture)])?;
        }
        self.dialog_properties(dialogs)?;
        self.dialog_texts()?;
        for action in ADMIN_DIALOGS {
            let cells = [text(action.name), text(action.condition), number(action.sequence)];
            self.row(&schema::ADMIN_UI_SEQUENCE, cells)?;
        }
        self.fields_count()
    }

    /// What the fields say is all that counts, once they have shown what was remembered: a field that somebody has
    /// emptied means the default. An installed product has no fields.
    fn fields_count(&mut self) -> Result<(), MsiError> {
        if self.product.properties.is_empty() {
            return Ok(());
        }
        let action = "Forget.Dialogs";
        self.set_formatted(action, FORGET, "1")?;
        self.show_in_dialogs(action, "NOT Installed", Phase::AfterSearch);
        Ok(())
    }

    fn dialog(&mut self, dialog: &Dialog) -> Result<(), MsiError> {
        let cells = [
            text(&dialog.name),
            number(CENTER),
            number(CENTER),
            number(dialog.width),
            number(dialog.height),
            number(dialog.attributes),
            text(dialog.title),
            text(dialog.first),
            Value::from(dialog.default),
            Value::from(dialog.cancel),
        ];
        self.row(&schema::DIALOG, cells)?;
        for (index, control) in dialog.controls.iter().enumerate() {
            self.dialog_control(dialog, control, dialog.next_of(index))?;
        }
        Ok(())
    }

    fn dialog_control(
        &mut self,
        dialog: &Dialog,
        control: &Control,
        next: Option<&str>,
    ) -> Result<(), MsiError> {
        let (name, key) = (|| text(&dialog.name), || text(control.name));
        let cells = [
            name(),
            key(),
            text(control.kind.name()),
            number(control.area.x),
            number(control.area.y),
            number(control.area.width),
            number(control.area.height),
            number(control.attributes),
            text(&control.property),
            text(&control.text),
            Value::from(next),
            NULL,
        ];
        self.row(&schema::CONTROL, cells)?;
        for (event, order) in control.events.iter().zip(1..) {
            let (what, argument) = (text(&event.name), text(&event.argument));
            let cells = [
                name(),
                key(),
                what,
                argument,
                text(&event.condition),
                number(order),
            ];
            self.row(&schema::CONTROL_EVENT, cells)?;
        }
        for condition in &control.conditions {
            let cells = [name(), key(), text(condition.action), text(&condition.condition)];
            self.row(&schema::CONTROL_CONDITION, cells)?;
        }
        if let Some((event, attribute)) = control.mapping {
            self.row(
                &schema::EVENT_MAPPING,
                [name(), key(), text(event), text(attribute)],
            )?;
        }
        Ok(())
    }

    fn dialog_properties(&mut self, dialogs: &product::Dialogs) -> Result<(), MsiError> {
        for (property, value) in [
            ("DefaultUIFont", DEFAULT_FONT),
            ("ErrorDialog", ERROR),
            (BROWSE, INSTALL_FOLDER),
        ] {
            self.row(&schema::PROPERTY, [text(property), text(value)])?;
        }
        if dialogs.license.is_some() {
            self.row(&schema::CHECK_BOX, [text(LICENSE_ACCEPTED), text("1")])?;
        }
        for (index, feature) in self.product.features.iter().enumerate() {
            // Checked if it is installed, or if the installation has chosen it.
            let (property, action) = (dialogs::choice(feature), format!("ShowFeature{index}"));
            self.row(&schema::CHECK_BOX, [text(&property), text("1")])?;
            self.set_formatted(&action, &property, "1")?;
            self.show_in_dialogs(&action, &is_present(&feature.name), Phase::BeforeDialogs);
        }
        for field in &dialogs.fields {
            self.secure.insert(field.property.clone());
            self.choices(field)?;
        }
        Ok(())
    }

    fn choices(&mut self, field: &Field) -> Result<(), MsiError> {
        for (value, order) in field.values.iter().zip(1..) {
            let value = text(formatted(value));
            let cells = [text(&field.property), number(order), value.clone(), value];
            self.row(&schema::COMBO_BOX, cells)?;
        }
        Ok(())
    }

    fn dialog_texts(&mut self) -> Result<(), MsiError> {
        for font in dialogs::fonts(self.language) {
            let cells = [
                text(font.name),
                text(font.face),
                number(font.points),
                font.color.map_or(NULL, number),
                if font.style == 0 { NULL } else { number(font.style) },
            ];
            self.row(&schema::TEXT_STYLE, cells)?;
        }
        for (key, value) in dialogs::ui_texts(self.texts()) {
            self.row(&schema::UI_TEXT, [text(key), text(value)])?;
        }
        for (action, description) in dialogs::action_texts(self.texts()) {
            self.row(&schema::ACTION_TEXT, [text(action), text(description), NULL])?;
        }
        Ok(())
    }
}
