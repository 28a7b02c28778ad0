//! The frames that windows share: those of WiX's dialogs, which administrators know.

use super::Set;
use super::control::{Area, Control, Dialog, area, event};

/// The size of a page.
pub(super) const PAGE: (i16, i16) = (370, 270);

/// The question whether to cancel.
pub(super) const CANCEL: &str = "CancelDlg";

/// The pictures.
pub(super) const BANNER: &str = "Banner";
pub(super) const SIDE: &str = "Side";

/// The fonts of titles, of the first and the last page's heading, and of what is written on the picture at the side.
pub(super) const TITLE: &str = "Title";
pub(super) const HEADING: &str = "Heading";
pub(super) const ON_ART: &str = "OnArt";
pub(super) const SMALL_ON_ART: &str = "SmallOnArt";

/// The picture at the side of a large page.
pub(super) const SIDE_ART: Area = area(0, 0, 123, 234);
/// The height of a page's header.
pub(super) const HEADER: i16 = 44;
/// The row of buttons.
const BUTTONS: i16 = 243;
const BUTTON: (i16, i16) = (56, 17);
const BOTTOM_LINE: i16 = 234;

impl Set<'_> {
    /// A page with a header.
    pub(super) fn page(&self, name: impl Into<String>, title: &str, description: &str) -> Dialog {
        let (width, _) = PAGE;
        let banner = area(width - self.banner_width, 0, self.banner_width, HEADER);
        let free = width - self.banner_width;
        Dialog::new(name, PAGE, self.texts.caption).controls([
            Control::bitmap("Banner", banner, BANNER),
            Control::line("HeaderLine", HEADER, width),
            Control::text(
                "Title",
                area(15, 5, free - 20, 14),
                format!("{{\\{TITLE}}}{title}"),
            ),
            Control::text("Description", area(20, 19, free - 25, 24), description),
            Control::line("BottomLine", BOTTOM_LINE, width),
        ])
    }

    /// A large page, with a picture at its side.
    pub(super) fn large(&self, name: &str, title: &str, text: &str) -> Dialog {
        let (width, _) = PAGE;
        let mut dialog = Dialog::new(name, PAGE, self.texts.caption);
        dialog.controls.push(Control::bitmap("Side", SIDE_ART, SIDE));
        if self.dialogs.side.is_none() {
            // The plain picture has the product's name on it.
            dialog.controls.extend([
                Control::text(
                    "ProductName",
                    area(11, 96, 101, 100),
                    format!("{{\\{ON_ART}}}[ProductName]"),
                )
                .transparent(),
                Control::text(
                    "ProductVersion",
                    area(11, 212, 101, 13),
                    format!("{{\\{SMALL_ON_ART}}}[ProductVersion]"),
                )
                .transparent(),
            ]);
        }
        dialog.controls([
            Control::text("Title", area(135, 20, 220, 46), format!("{{\\{HEADING}}}{title}")),
            Control::text("Text", area(135, 72, 220, 130), text),
            Control::line("BottomLine", BOTTOM_LINE, width),
        ])
    }

    /// The button that goes back to a page.
    pub(super) fn back(&self, to: &str) -> Control {
        self.back_at(180, to)
    }

    pub(super) fn back_at(&self, x: i16, to: &str) -> Control {
        Control::button("Back", button(x), self.texts.back).on([event::new_dialog(to)])
    }

    /// The button that goes on.
    pub(super) fn next(&self) -> Control {
        Control::button("Next", button(236), self.texts.next)
    }

    /// The button that asks whether to cancel.
    pub(super) fn cancel(&self) -> Control {
        Control::button("Cancel", button(304), self.texts.cancel).on([event::spawn(CANCEL)])
    }

    /// The button of a last page.
    pub(super) fn finish(&self, how: &str) -> Control {
        Control::button("Finish", wide_button(280, 80), self.texts.finish).on([event::end_dialog(how)])
    }
}

/// A button of the row at the bottom.
pub(super) const fn button(x: i16) -> Area {
    wide_button(x, BUTTON.0)
}

pub(super) const fn wide_button(x: i16, width: i16) -> Area {
    area(x, BUTTONS, width, BUTTON.1)
}

/// A button elsewhere.
pub(super) const fn button_at(x: i16, y: i16, width: i16) -> Area {
    area(x, y, width, BUTTON.1)
}
