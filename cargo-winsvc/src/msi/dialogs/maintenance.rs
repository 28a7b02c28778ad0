//! The pages of a product that is installed, or whose installation was interrupted.

use super::Set;
use super::control::{Control, Dialog, area, event};
use super::layout::{button_at, wide_button};

pub(in crate::msi) const MAINTENANCE: &str = "MaintenanceDlg";
pub(in crate::msi) const RESUME: &str = "ResumeDlg";
const REPAIR: &str = "RepairDlg";
const REMOVE: &str = "RemoveDlg";
const CHANGE: &str = "ChangeDlg";

/// What a repair installs again, as `msiexec /f`: missing and older files, and all registry values.
const REPAIR_MODE: &str = "omus";

/// The condition of a button that a policy or a property of the package may switch off.
const MAY_REPAIR: &str = "NOT ARPNOREPAIR";
const MAY_REMOVE: &str = "NOT ARPNOREMOVE";
const MAY_CHANGE: &str = "NOT ARPNOMODIFY";

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
        let mut first = self.page(
            MAINTENANCE,
            texts.maintenance_title,
            texts.maintenance_description,
        );
        let pages = self.change();
        first = first.controls([
            choose("Repair", 66, texts.repair, REPAIR, MAY_REPAIR),
            Control::text("RepairText", choice(68), texts.repair_text),
            choose("Remove", 104, texts.remove, REMOVE, MAY_REMOVE),
            Control::text("RemoveText", choice(106), texts.remove_text),
        ]);
        if let Some(page) = pages.first() {
            first = first.controls([
                choose("Features", 142, texts.features, &page.name, MAY_CHANGE),
                Control::text("FeaturesText", choice(144), texts.change_text),
            ]);
        }
        let mut all = vec![
            first.controls([self.cancel()]).keys("Repair", "Repair", "Cancel"),
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
        ];
        all.extend(pages);
        all
    }

    /// The pages that add and remove features; none if there are no features.
    fn change(&self) -> Vec<Dialog> {
        let pages = self.feature_pages("ChangeFeaturesDlg");
        let (Some((last, _)), texts) = (pages.last(), self.texts) else {
            return Vec::new();
        };
        let names = pages.iter().map(|(name, _)| name.as_str());
        let order: Vec<&str> = [MAINTENANCE].into_iter().chain(names).chain([CHANGE]).collect();
        let dialogs = pages.iter().zip(order.windows(3));
        let dialogs =
            dialogs.map(|((name, features), around)| self.features(name, features, (around[0], around[2])));
        let ready = self
            .ready_to(
                CHANGE,
                (texts.ready_title, texts.ready_text),
                texts.install,
                last,
                [],
            )
            .controls([explanation(texts.change_text)]);
        dialogs.chain([ready]).collect()
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
