//! The pages with the features: in an installation, and to change an installed product.
//!
//! Each feature is a check box. "Next" passes what is checked on to Windows Installer, which has the states.

use super::Set;
use super::control::{Control, Dialog, Event, area, event};
use super::wizard::{LEFT, WIDTH};
use crate::msi::names::formatted;
use crate::product::Feature;

/// The features on a page.
pub(super) const ON_A_PAGE: usize = 4;

/// The controls of a feature: check box and description.
const NAMES: [(&str, &str); ON_A_PAGE] = [
    ("Choice1", "Description1"),
    ("Choice2", "Description2"),
    ("Choice3", "Description3"),
    ("Choice4", "Description4"),
];

/// The most characters of a description, which has two lines.
const LONGEST_DESCRIPTION: usize = 120;

/// The property of a feature's check box.
pub(in crate::msi) fn choice(feature: &Feature) -> String {
    format!("Choice.{}", feature.name)
}

impl Set<'_> {
    /// The names of the pages, and the features on each.
    pub(super) fn feature_pages(&self, prefix: &str) -> Vec<(String, &[Feature])> {
        let pages = self.features.chunks(ON_A_PAGE);
        (1..)
            .zip(pages)
            .map(|(number, features)| (format!("{prefix}{number}"), features))
            .collect()
    }

    pub(super) fn features(&self, name: &str, features: &[Feature], (back, next): (&str, &str)) -> Dialog {
        /// From one feature to the next.
        const PITCH: i16 = 44;
        /// From the left of a check box to its text.
        const INDENT: i16 = 13;
        let texts = self.texts;
        let mut dialog = self.page(name, texts.features_title, texts.features_description);
        for ((feature, (control, description)), y) in
            features.iter().zip(NAMES).zip((54..).step_by(PITCH as usize))
        {
            // `&` would mark a key.
            let title = formatted(&feature.title).replace('&', "&&");
            let place = area(LEFT, y, WIDTH, 14);
            dialog = dialog.controls([Control::check_box(control, place, &choice(feature), &title)]);
            let text = &feature.description;
            if !text.is_empty() && text.chars().count() <= LONGEST_DESCRIPTION {
                let place = area(LEFT + INDENT, y + 15, WIDTH - INDENT, 26);
                dialog = dialog.controls([Control::text(description, place, formatted(text))]);
            }
        }
        let next = features.iter().flat_map(states).chain([event::new_dialog(next)]);
        dialog
            .controls([self.back(back), self.next().on(next), self.cancel()])
            .keys(NAMES[0].0, "Next", "Cancel")
    }
}

/// The events that give a feature the state of its check box.
fn states(feature: &Feature) -> [Event; 2] {
    let is_checked = format!("{}=\"1\"", choice(feature));
    let name = feature.name.as_str();
    [
        event::named("AddLocal", name).when(is_checked.as_str()),
        event::named("Remove", name).when(format!("NOT {is_checked}")),
    ]
}
