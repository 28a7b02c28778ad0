//! The pages of an installation, from the first to the progress.

use super::control::{Control, Dialog, Event, area, event};
use super::layout::{PAGE, button, button_at, wide_button};
use super::{ACCOUNT, BROWSE, LICENSE_ACCEPTED, PASSWORD, Set, boxes};
use crate::msi::names::formatted;
use crate::product::Field;

pub(in crate::msi) const WELCOME: &str = "WelcomeDlg";
pub(in crate::msi) const PROGRESS: &str = "ProgressDlg";
const LICENSE: &str = "LicenseDlg";
const FOLDER: &str = "FolderDlg";
const BROWSE_DIALOG: &str = "BrowseDlg";
const ACCOUNT_DIALOG: &str = "AccountDlg";
const READY: &str = "ReadyDlg";

/// The condition for going on from the license.
const ACCEPTED: &str = "LicenseAccepted=\"1\"";

/// The fields on a page.
const FIELDS_ON_A_PAGE: usize = 4;

/// Where a page's content begins below the header, and its left end and width.
pub(super) const LEFT: i16 = 20;
pub(super) const WIDTH: i16 = 330;

/// The controls of a field: text and input.
const FIELD_NAMES: [(&str, &str); FIELDS_ON_A_PAGE] = [
    ("Label1", "Input1"),
    ("Label2", "Input2"),
    ("Label3", "Input3"),
    ("Label4", "Input4"),
];

impl Set<'_> {
    /// The pages in their order, and the windows that only they open.
    pub(super) fn wizard(&self) -> Vec<Dialog> {
        let fields: Vec<(String, &[Field])> = (1..)
            .zip(self.dialogs.fields.chunks(FIELDS_ON_A_PAGE))
            .map(|(number, fields)| (format!("SettingsDlg{number}"), fields))
            .collect();
        let features = self.feature_pages("FeaturesDlg");
        let mut order = vec![WELCOME];
        order.extend(self.dialogs.license.as_ref().map(|_| LICENSE));
        order.push(FOLDER);
        order.extend(features.iter().map(|(name, _)| name.as_str()));
        order.extend(self.dialogs.account_page.then_some(ACCOUNT_DIALOG));
        order.extend(fields.iter().map(|(name, _)| name.as_str()));
        order.push(READY);
        let neighbors = |page: &str| {
            let index = order
                .iter()
                .position(|name| *name == page)
                .expect("a page of the wizard");
            (
                order[index.saturating_sub(1)],
                order[(index + 1).min(order.len() - 1)],
            )
        };

        let mut pages = vec![self.welcome(neighbors(WELCOME).1)];
        if let Some(license) = &self.dialogs.license {
            pages.push(self.license(license.as_rtf(), neighbors(LICENSE)));
        }
        pages.extend([self.folder(neighbors(FOLDER)), self.browse()]);
        for (name, features) in &features {
            pages.push(self.features(name, features, neighbors(name)));
        }
        if self.dialogs.account_page {
            pages.push(self.account(neighbors(ACCOUNT_DIALOG)));
        }
        for (name, fields) in &fields {
            pages.push(self.fields(name, fields, neighbors(name)));
        }
        pages.extend([self.ready(neighbors(READY).0), self.progress()]);
        pages
    }

    fn welcome(&self, next: &str) -> Dialog {
        let texts = self.texts;
        self.large(WELCOME, texts.welcome_title, texts.welcome_text)
            .controls([self.next().on([event::new_dialog(next)]), self.cancel()])
            .keys("Next", "Next", "Cancel")
    }

    fn license(&self, rtf: &str, (back, next): (&str, &str)) -> Dialog {
        let texts = self.texts;
        self.page(LICENSE, texts.license_title, texts.license_description)
            .controls([
                Control::scrollable_text("License", area(LEFT, 54, WIDTH, 150), rtf),
                Control::check_box(
                    "Accept",
                    area(LEFT, 210, WIDTH, 18),
                    LICENSE_ACCEPTED,
                    texts.license_accept,
                ),
                self.back(back),
                self.next()
                    .on([event::new_dialog(next).when(ACCEPTED)])
                    .enabled_if(ACCEPTED),
                self.cancel(),
            ])
            .keys("License", "Next", "Cancel")
    }

    fn folder(&self, (back, next): (&str, &str)) -> Dialog {
        let texts = self.texts;
        let folder = format!("[{BROWSE}]");
        // Both check the path, and do not go on if it is invalid.
        let check = [
            event::named("CheckTargetPath", &folder),
            event::named("SetTargetPath", &folder),
            event::new_dialog(next),
        ];
        self.page(FOLDER, texts.folder_title, texts.folder_description)
            .controls([
                Control::label("FolderLabel", area(LEFT, 62, WIDTH, 13), texts.folder_label),
                Control::path_edit("Folder", area(LEFT, 77, WIDTH, 17), BROWSE),
                Control::button("Change", button_at(LEFT, 101, 72), texts.change)
                    .on([event::spawn(BROWSE_DIALOG)]),
                self.back(back),
                self.next().on(check),
                self.cancel(),
            ])
            .keys("Folder", "Next", "Cancel")
    }

    fn browse(&self) -> Dialog {
        let texts = self.texts;
        let folder = format!("[{BROWSE}]");
        let list = |name: &str| event::named(name, "0");
        self.page(BROWSE_DIALOG, texts.browse_title, texts.browse_description)
            .controls([
                Control::label("ComboLabel", area(LEFT, 54, 180, 13), texts.look_in),
                Control::directory_combo("Combo", area(LEFT, 68, 170, 80), BROWSE),
                Control::button("Up", button_at(198, 67, 62), texts.up).on([list("DirectoryListUp")]),
                Control::button("NewFolder", button_at(264, 67, 86), texts.new_folder)
                    .on([list("DirectoryListNew")]),
                Control::directory_list("List", area(LEFT, 90, WIDTH, 98), BROWSE),
                Control::label("FolderLabel", area(LEFT, 194, WIDTH, 13), texts.folder_name),
                Control::path_edit("Folder", area(LEFT, 208, WIDTH, 17), BROWSE),
                Control::button("Ok", button(244), texts.ok).on([
                    event::named("SetTargetPath", &folder),
                    event::end_dialog("Return"),
                ]),
                Control::button("Cancel", button(304), texts.cancel)
                    .on([event::named("Reset", "0"), event::end_dialog("Return")]),
            ])
            .keys("Folder", "Ok", "Cancel")
    }

    fn account(&self, (back, next): (&str, &str)) -> Dialog {
        let texts = self.texts;
        self.page(ACCOUNT_DIALOG, texts.account_title, texts.account_description)
            .controls([
                Control::text("Text", area(LEFT, 56, WIDTH, 26), texts.account_text),
                Control::label("UserLabel", area(LEFT, 92, WIDTH, 13), texts.user_name),
                Control::edit("User", area(LEFT, 106, WIDTH, 17), ACCOUNT, false),
                Control::label("PasswordLabel", area(LEFT, 132, WIDTH, 13), texts.password),
                Control::edit("Password", area(LEFT, 146, WIDTH, 17), PASSWORD, true),
                self.back(back),
                self.next().on([event::new_dialog(next)]),
                self.cancel(),
            ])
            .keys("User", "Next", "Cancel")
    }

    fn fields(&self, name: &str, fields: &[Field], (back, next): (&str, &str)) -> Dialog {
        /// From one field to the next.
        const PITCH: i16 = 43;
        let texts = self.texts;
        let mut dialog = self.page(name, texts.fields_title, texts.fields_description);
        for ((field, (label, input)), y) in fields.iter().zip(FIELD_NAMES).zip((52..).step_by(PITCH as usize))
        {
            let place = area(LEFT, y + 15, WIDTH, 17);
            let input = if field.values.is_empty() {
                Control::edit(input, place, &field.property, false)
            } else {
                Control::combo_box(input, place, &field.property)
            };
            let label = Control::plain_label(label, area(LEFT, y, WIDTH, 13), formatted(&field.label));
            dialog = dialog.controls([label, input]);
        }
        dialog
            .controls([
                self.back(back),
                self.next().on([event::new_dialog(next)]),
                self.cancel(),
            ])
            .keys(FIELD_NAMES[0].1, "Next", "Cancel")
    }

    fn ready(&self, back: &str) -> Dialog {
        let texts = self.texts;
        self.ready_to(
            READY,
            (texts.ready_title, texts.ready_text),
            texts.install,
            back,
            [],
        )
        .controls([
            Control::text("FolderLabel", area(LEFT, 60, WIDTH, 26), texts.ready_folder),
            Control::text("Folder", area(LEFT, 90, WIDTH, 60), "[INSTALLDIR]"),
        ])
    }

    /// A page whose button starts an installation, a repair or a removal: first the events, then as soon as the
    /// required space is known to be available the end of the pages.
    pub(super) fn ready_to(
        &self,
        name: &str,
        (title, text): (&str, &str),
        start: &str,
        back: &str,
        events: impl IntoIterator<Item = Event>,
    ) -> Dialog {
        let start = Control::button("Start", wide_button(212, 80), start)
            .with_shield()
            .on(events)
            .on([
                event::spawn_wait(boxes::WAITING).when("CostingComplete = 1"),
                event::spawn(boxes::DISK).when("OutOfDiskSpace = 1"),
                event::end_dialog("Return").when("OutOfDiskSpace <> 1"),
            ]);
        self.page(name, title, text)
            .controls([self.back_at(152, back), start, self.cancel()])
            .keys("Start", "Start", "Cancel")
            .tracking_disk_space()
    }

    fn progress(&self) -> Dialog {
        let texts = self.texts;
        let (width, _) = PAGE;
        self.page(PROGRESS, texts.progress_title, texts.progress_text)
            .controls([
                Control::text("Status", area(LEFT, 92, 60, 13), texts.progress_status),
                Control::text("Action", area(82, 92, width - 102, 13), "").showing_action(),
                Control::progress_bar("Progress", area(LEFT, 110, WIDTH, 12)),
                self.cancel(),
            ])
            .keys("Cancel", "Cancel", "Cancel")
            .modeless()
    }
}
