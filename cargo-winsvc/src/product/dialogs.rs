//! What an MSI shows when somebody opens it.

use winsvc_definition::manifest::Languages;
use winsvc_definition::{Property, PropertyName};

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
}

/// The most characters of a label, which has one line.
const LONGEST_LABEL: usize = 60;

impl Field {
    /// The field of a property. It is empty if the property has its default, so that a later version may have another
    /// default; the label shows the default.
    fn new(property: &Property) -> Self {
        let description = property.description.trim_end_matches('.');
        let default = property
            .default
            .as_written()
            .replace("{{", "{")
            .replace("}}", "}");
        let shown = [description.to_owned(), property.name.to_string()].map(|label| {
            if default.is_empty() {
                label
            } else {
                format!("{label} ({default})")
            }
        });
        let fits = |label: &&String| !description.is_empty() && label.chars().count() <= LONGEST_LABEL;
        let [described, named] = &shown;
        Self {
            property: property.name.to_string(),
            label: Some(described).filter(fits).unwrap_or(named).clone(),
            values: property.values.clone(),
        }
    }
}

/// The dialogs of the configuration.
pub(super) fn resolve(config: &Config) -> Option<Dialogs> {
    let dialogs = config.manifest.package.dialogs.as_ref()?;
    let files = config.dialogs.clone();
    let fields = match &dialogs.fields {
        Some(names) => {
            let property =
                |name: &PropertyName| config.properties.iter().find(|property| property.name == *name);
            names.iter().filter_map(property).map(Field::new).collect()
        }
        None => config.properties.iter().map(Field::new).collect(),
    };
    Some(Dialogs {
        languages: dialogs.languages.clone(),
        license: files.license,
        banner: files.banner,
        side: files.side,
        fields,
        account_page: dialogs.account,
    })
}

#[cfg(test)]
mod tests {
    use winsvc_definition::NamedText;

    use super::*;

    #[test]
    fn a_label_says_what_a_property_is_for_and_what_an_empty_field_means() {
        let label = |description: &str, default: &str| {
            let property = Property {
                description: description.to_owned(),
                default: NamedText::new(default).unwrap(),
                ..Property::new(PropertyName::new("LISTEN_PORT").unwrap())
            };
            Field::new(&property).label
        };
        assert_eq!(label("Port to listen on.", ""), "Port to listen on");
        assert_eq!(label("Port to listen on", "9182"), "Port to listen on (9182)");
        assert_eq!(label("Folder", r"{install}\a{{b"), r"Folder ({install}\a{b)");
        assert_eq!(label("", "9182"), "LISTEN_PORT (9182)");
        assert_eq!(label(&"long ".repeat(20), "9182"), "LISTEN_PORT (9182)");
    }
}
