//! The pages of a product that is installed, or whose installation was interrupted.

use super::Set;
use super::control::{Control, Dialog, area, event};
use super::layout::{button_at, wide_button};

pub(in crate::msi) const MAINTENANCE: &str = "MaintenanceDlg";
pub(in crate::msi) const RESUME: &str = "ResumeDlg";
const REPAIR: &str = "RepairDlg";
const REMOVE: &str = "RemoveDlg";

/// What a repair installs again, as `msiexec /f`: missing and older files, and all registry values.
const REPAIR_MODE: &str = "omus";

/// The condition of a button that a policy or a property of the package may switch off.
const MAY_REPAIR: &str = "NOT ARPNOREPAIR";
const MAY_REMOVE: &str = "NOT ARPNOREMOVE";

impl Set<'_> {
    pub(super) fn maintenance(&self) -> Vec<Dialog> {
        let texts = self.texts;
        let repair = [
            event::named("ReinstallMode", REPAIR_MODE),
            event::named("Reinstall", "ALL"),
        ];
        let remove = [event::named("Remove", "ALL")];
        let choice = |y| area(122, y, 228, 26);
        let choose = |name, y, text, page, condition| {
            Control::button(name, button_at(20, y, 90), text)
                .on([event::new_dialog(page)])
                .enabled_if(condition)
        };
        vec![
            self.page(
                MAINTENANCE,
                texts.maintenance_title,
                texts.maintenance_description,
            )
            .controls([
                choose("Repair", 66, texts.repair, REPAIR, MAY_REPAIR),
                Control::text("RepairText", choice(68), texts.repair_text),
                choose("Remove", 104, texts.remove, REMOVE, MAY_REMOVE),
                Control::text("RemoveText", choice(106), texts.remove_text),
                self.cancel(),
            ])
            .keys("Repair", "Repair", "Cancel"),
            self.ready_to(
                REPAIR,
                (texts.repair_title, ""),
                texts.repair,
                MAINTENANCE,
                repair,
            )
            .controls([explanation(texts.repair_ready)]),
            self.ready_to(
                REMOVE,
                (texts.remove_title, ""),
                texts.remove,
                MAINTENANCE,
                remove,
            )
            .controls([explanation(texts.remove_ready)]),
            self.resume(),
        ]
    }

    fn resume(&self) -> Dialog {
        let texts = self.texts;
        let proceed = Control::button("Start", wide_button(212, 80), texts.resume)
            .with_shield()
            .on([event::end_dialog("Return")]);
        self.large(RESUME, texts.resume_title, texts.resume_text)
            .controls([proceed, self.cancel()])
            .keys("Start", "Start", "Cancel")
    }
}

fn explanation(text: &str) -> Control {
    Control::text("Text", area(20, 60, 330, 60), text)
}
