//! The dialogs of a package, as data: windows, their controls, and what these do.
//!
//! [`dialogs`] builds them from a product's [`Dialogs`](crate::product::Dialogs) in one language;
//! `msi::package` writes them into the tables. `control` describes windows and controls with the bits of Windows
//! Installer, `layout` has the frames that pages share, `wizard` the pages of an installation, `maintenance` those of
//! an installed product, `features` the pages that both have, `ends` the last pages, `boxes` the small windows. `texts` has the words, `art` the pictures.
//!
//! Lengths are installer units: 1 unit is 1/72 inch on a screen with the resolution that Windows is set to.
//!
//! Source: [User Interface Reference](https://learn.microsoft.com/windows/win32/msi/user-interface-reference).

mod art;
mod boxes;
mod control;
mod ends;
mod features;
mod layout;
mod maintenance;
mod strings;
mod texts;
mod wizard;

use winsvc_definition::manifest::Language;

pub(super) use self::control::{Control, Dialog};
pub(super) use self::ends::{FAILURE, FINISH, USER_EXIT};
pub(super) use self::features::choice;
pub(super) use self::maintenance::{MAINTENANCE, RESUME};
pub(super) use self::strings::{action_texts, ui_texts};
pub(super) use self::texts::{Texts, texts};
pub(super) use self::wizard::{PROGRESS, WELCOME};
use crate::msi::language;
use crate::product::{self, Feature};

/// The window that Windows Installer fills with its messages.
pub(super) const ERROR: &str = "ErrorDlg";

/// The property with the name of the property of the folder that a page or the window for folders sets. Controls refer
/// to the folder indirectly, so that they take every folder's path.
pub(super) const BROWSE: &str = "BrowseProperty";

/// The property that an accepted license sets.
pub(super) const LICENSE_ACCEPTED: &str = "LicenseAccepted";

/// The property with the account that the service runs under, and the property with its password.
pub(super) const ACCOUNT: &str = "ACCOUNT";
pub(super) const PASSWORD: &str = "PASSWORD";

/// Every window of a package, in the order in which they are in the tables. `features` can be left out.
pub(super) fn dialogs(dialogs: &product::Dialogs, features: &[Feature], language: Language) -> Vec<Dialog> {
    let set = Set {
        dialogs,
        features,
        texts: texts(language),
        banner_width: art::banner_width(dialogs),
    };
    let mut all = set.wizard();
    all.extend(set.maintenance());
    all.extend(set.ends());
    all.extend(set.boxes());
    all
}

/// The pictures by name, as the content of `.bmp` files.
pub(super) fn pictures(dialogs: &product::Dialogs) -> [(&'static str, Vec<u8>); 2] {
    [
        (layout::BANNER, art::banner(dialogs).encode()),
        (layout::SIDE, art::side(dialogs).encode()),
    ]
}

/// A font of the dialogs.
pub(super) struct Font {
    pub(super) name: &'static str,
    pub(super) face: &'static str,
    pub(super) points: i16,
    /// Red in the lowest byte, then green and blue; the colour of windows' text if `None`.
    pub(super) color: Option<i32>,
    /// The style's bits; none if 0.
    pub(super) style: i16,
}

/// The font of controls that name no other.
pub(super) const DEFAULT_FONT: &str = "Normal";

/// The fonts.
pub(super) fn fonts(language: Language) -> [Font; 5] {
    /// `msidbTextStyleStyleBitsBold`
    const BOLD: i16 = 1;
    const WHITE: i32 = 0x00FF_FFFF;
    let (face, points) = language::font(language);
    let font = |name, points, color, style| Font {
        name,
        face,
        points,
        color,
        style,
    };
    [
        font(DEFAULT_FONT, points, None, 0),
        font(layout::TITLE, points + 1, None, BOLD),
        font(layout::HEADING, 12, None, 0),
        font(layout::ON_ART, 12, Some(WHITE), BOLD),
        font(layout::SMALL_ON_ART, points, Some(WHITE), 0),
    ]
}

/// What all windows are built from.
struct Set<'a> {
    dialogs: &'a product::Dialogs,
    /// What the user may leave out.
    features: &'a [Feature],
    texts: &'static Texts,
    /// The width of the picture in the header.
    banner_width: i16,
}
