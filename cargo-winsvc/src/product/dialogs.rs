//! What an MSI shows when somebody opens it.

use winsvc_definition::manifest::Languages;

use crate::bitmap::Bitmap;
use crate::config::Config;
use crate::license::License;

/// The dialogs of an MSI.
#[derive(Clone, Debug, Default)]
pub struct Dialogs {
    /// The languages, each of which has an MSI of its own.
    pub languages: Languages,
    /// The license that must be accepted.
    pub license: Option<License>,
    /// The picture at the right end of each page's header, at most twice as wide as it is high.
    pub banner: Option<Bitmap>,
    /// The picture at the left side of the first and the last page, 164 × 312 pixels or a multiple.
    pub side: Option<Bitmap>,
    /// The properties that an administrator may set, in their order.
    pub fields: Vec<Field>,
    /// Whether there is a page with the account and the password that the service runs under: the properties `ACCOUNT`
    /// and `PASSWORD`.
    pub account_page: bool,
}

/// An input field for a public property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The property.
    pub property: String,
    /// The text above the input.
    pub label: String,
    /// The values to choose from; any text if empty.
    pub values: Vec<String>,
    /// Whether the value is hidden on the screen and in logs.
    pub is_secret: bool,
}

/// The dialogs of the configuration.
pub(super) fn resolve(config: &Config) -> Option<Dialogs> {
    let dialogs = config.manifest.package.dialogs.as_ref()?;
    let files = config.dialogs.clone();
    Some(Dialogs {
        languages: dialogs.languages.clone(),
        license: files.license,
        banner: files.banner,
        side: files.side,
        fields: Vec::new(),
        account_page: false,
    })
}
