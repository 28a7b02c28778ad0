//! The stamp of a program that registers the autostart entries of a product without a service.

use super::{Build, FORM, HEADER, Layout, push_line};
#[cfg(any(test, feature = "registration"))]
use super::{Fields, Stamp, StampError, Unknown, any_text};
use crate::{Autostart, Property};

/// The content of the stamp of a program that registers the autostart entries of a product without a service: the resource
/// [`Build::RESOURCE_ID`].
///
/// ```
/// use winsvc_definition::*;
///
/// let stamp = ProductStamp {
///     name: "Acme Tray".to_owned(),
///     build: Build::new("1.4.0"),
///     layout: Layout::default(),
///     properties: Vec::new(),
///     autostart: vec!["Tray\tprogram=tray.exe".parse().unwrap()],
/// };
/// # #[cfg(feature = "registration")]
/// assert_eq!(ProductStamp::decode(&stamp.encode()), Ok(stamp));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductStamp {
    /// The product's name.
    pub name: String,
    /// Information about the build.
    pub build: Build,
    /// Where the product's folders are.
    pub layout: Layout,
    /// What an administrator may set.
    pub properties: Vec<Property>,
    /// The programs that Windows starts without a service.
    pub autostart: Vec<Autostart>,
}

const NAME: &str = "product";

impl ProductStamp {
    /// Encodes the stamp as the content of the resource.
    pub fn encode(&self) -> Vec<u8> {
        let mut text = format!("{HEADER}{FORM}\n");
        self.build.push(&mut text);
        push_line(&mut text, NAME, &self.name);
        self.layout.push(&mut text);
        for property in &self.properties {
            push_line(&mut text, "property", &property.encode());
        }
        for entry in &self.autostart {
            push_line(&mut text, "autostart", &entry.to_string());
        }
        text.into_bytes()
    }

    /// Decodes the content of the resource. A value that this version does not know is an error.
    #[cfg(any(test, feature = "registration"))]
    pub fn decode(content: &[u8]) -> Result<Self, StampError> {
        let mut fields = Fields {
            values: Stamp::fields(content)?,
            unknown: Unknown::Refused,
        };
        Ok(Self {
            name: fields.required(NAME, any_text)?,
            build: fields.build()?,
            layout: Layout::read(&mut fields)?,
            properties: fields.list("property", Property::decode)?,
            autostart: fields.list("autostart", str::parse)?,
        })
    }
}
