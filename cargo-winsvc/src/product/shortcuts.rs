//! The shortcuts of a product.

use winsvc_definition::NamedText;
use winsvc_definition::manifest::{FeatureName, LinkOptions, Opens, ShortcutPlace, WorkingFolder};

use super::{Names, folder_name};
use crate::config::Config;

/// A shortcut.
#[derive(Clone, Debug)]
pub struct Shortcut {
    /// Its name, without an extension.
    pub name: String,
    /// Where it is.
    pub place: ShortcutPlace,
    /// Its folder in the start menu, the outer folder first; empty in other places.
    pub folder: Vec<String>,
    /// What it opens.
    pub target: ShortcutTarget,
    /// The arguments.
    pub arguments: Vec<NamedText>,
    /// The text that Windows shows for it; may be empty.
    pub description: String,
    /// The content of an `.ico` file; `None` for the icon of the target.
    pub icon: Option<Vec<u8>>,
    /// The working folder; `None` for that of the program.
    pub working_folder: Option<WorkingFolder>,
    /// The feature that it belongs to; `None` if it is always created.
    pub feature: Option<FeatureName>,
}

/// What a shortcut opens.
#[derive(Clone, Debug)]
pub enum ShortcutTarget {
    /// An installed file: an index into [`Product::files`](super::Product::files).
    File(usize),
    /// A path.
    Path(NamedText),
    /// An address.
    Url(String),
}

/// Resolves the shortcuts, which have been checked.
pub(super) fn shortcuts(config: &Config, names: &Names) -> Vec<Shortcut> {
    let shortcuts = config.manifest.shortcuts.iter().zip(&config.shortcut_icons);
    let shortcuts = shortcuts.filter_map(|(shortcut, icon)| {
        let target = match &shortcut.opens {
            Opens::Program(binary, _) => ShortcutTarget::File(config.program(binary)?),
            Opens::Path(path, _) => ShortcutTarget::Path(path.clone()),
            Opens::Url(url) => ShortcutTarget::Url(url.as_str().to_owned()),
        };
        let folder = match (shortcut.place, &shortcut.folder) {
            (ShortcutPlace::StartMenu, Some(folder)) => folder.parts().to_vec(),
            (ShortcutPlace::StartMenu, None) => vec![folder_name(&names.product)],
            (ShortcutPlace::Desktop | ShortcutPlace::Startup, _) => Vec::new(),
        };
        let options = shortcut.opens.options().cloned().unwrap_or_default();
        let LinkOptions {
            arguments,
            description,
            working_folder,
            ..
        } = options;
        Some(Shortcut {
            name: shortcut.name.as_str().to_owned(),
            place: shortcut.place,
            folder,
            target,
            arguments,
            description,
            icon: icon.clone(),
            working_folder,
            feature: shortcut.feature.clone(),
        })
    });
    shortcuts.collect()
}
