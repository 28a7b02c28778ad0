//! What the manifests say about a product, from Cargo.toml.

use cargo_metadata::semver::Version;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use winsvc_definition::manifest::{ChannelName, Tag, WebUrl};
use winsvc_definition::manifest::{Channels, DownloadUrl, Format, ProductVersion};

use super::error::{ChannelError, Missing};
use crate::config::Config;
use crate::diagnostic::Place;
use crate::product::{self, Names};
use crate::project::Project;
use crate::sbom::license_expression;

/// A package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Winget,
    Scoop,
    Chocolatey,
}

impl Channel {
    /// The format of the files for it.
    pub(super) fn format(self) -> Format {
        match self {
            Self::Winget => Format::Winget,
            Self::Scoop => Format::Scoop,
            Self::Chocolatey => Format::Chocolatey,
        }
    }
}

/// The facts that a channel lists.
pub(super) struct Listing {
    /// The identifier in the channel.
    pub(super) identifier: String,
    /// The product's name.
    pub(super) product: String,
    /// Its manufacturer.
    pub(super) manufacturer: String,
    /// The package's version.
    pub(super) version: Version,
    /// The MSI's version.
    pub(super) msi_version: Option<ProductVersion>,
    /// The description, in one line.
    pub(super) description: String,
    /// The license; an SPDX expression if it can be one.
    pub(super) license: String,
    /// The page with the license.
    pub(super) license_url: Option<String>,
    /// The product's page.
    pub(super) homepage: Option<String>,
    /// The publisher's page.
    pub(super) publisher_url: Option<String>,
    /// The page for help.
    pub(super) help_url: Option<String>,
    /// Words to search for.
    pub(super) tags: Vec<String>,
    /// The address of the packages.
    url: DownloadUrl,
}

/// The most characters of names and of a short description in a winget manifest, and the fewest.
const NAME: (usize, usize) = (2, 256);
const LICENSE: (usize, usize) = (3, 512);
const DESCRIPTION: (usize, usize) = (3, usize::MAX);

impl Listing {
    /// Collects the facts for a channel, and reports what is missing.
    pub(super) fn new(project: &Project, config: &Config, channel: Channel) -> Result<Self, ChannelError> {
        let channels = &config.manifest.channels;
        let identifier = identifier(project, config, channel)?;
        let url = channels.url.clone();
        let license = channels.license.as_ref().map(|it| it.as_str().to_owned());
        let license = license.or_else(|| project.license.clone());
        let homepage = project.homepage.clone();
        let description = one_line(&product::comments(project, config));
        let missing = [
            identifier.is_none().then_some(NO_IDENTIFIER),
            url.is_none().then_some(NO_URL),
            license.is_none().then_some(NO_LICENSE),
            (channel == Channel::Scoop && homepage.is_none()).then_some(NO_HOMEPAGE),
            description.is_empty().then_some(NO_DESCRIPTION),
        ];
        let missing: Vec<Missing> = missing.into_iter().flatten().collect();
        let (Some(identifier), Some(url), Some(license), true) =
            (identifier, url, license, missing.is_empty())
        else {
            return Err(ChannelError::Missing {
                format: channel.format(),
                missing,
                place: place(config, &["channels"]),
            });
        };
        let web = |url: &Option<WebUrl>| url.as_ref().map(|url| url.as_str().to_owned());
        let help_url = config
            .manifest
            .package
            .help_url
            .as_ref()
            .map(|url| url.as_str().to_owned());
        let names = Names::new(project, config);
        let listing = Self {
            identifier,
            product: names.product,
            manufacturer: names.manufacturer,
            version: project.version.clone(),
            msi_version: config.product_version.as_ref().ok().copied(),
            description,
            license: license_expression(&license).unwrap_or(license),
            license_url: web(&channels.license_url),
            homepage,
            publisher_url: web(&channels.publisher_url),
            help_url: help_url.filter(|url| !url.starts_with("mailto:")),
            tags: tags(channels, project),
            url,
        };
        if channel == Channel::Winget {
            listing.check_lengths(config)?;
        }
        Ok(listing)
    }

    fn check_lengths(&self, config: &Config) -> Result<(), ChannelError> {
        let manufacturer: &[&str] = &["package", "manufacturer"];
        for (what, value, (fewest, most), keys) in [
            ("manufacturer", &self.manufacturer, NAME, manufacturer),
            ("product name", &self.product, NAME, &["package", "product-name"]),
            ("license", &self.license, LICENSE, &["channels", "license"]),
            ("description", &self.description, DESCRIPTION, &["description"]),
        ] {
            let count = value.chars().count();
            if count < fewest || count > most {
                return Err(ChannelError::Length {
                    what,
                    value: value.clone(),
                    fewest,
                    most,
                    place: place(config, keys),
                });
            }
        }
        Ok(())
    }

    /// The address of a file.
    pub(super) fn url(&self, file: &str) -> String {
        self.url.fill(&encoded(&self.version.to_string()), &encoded(file))
    }

    /// The address of the same file of another version, whose place `variable` takes.
    pub(super) fn url_of_any_version(&self, file: &str, variable: &str) -> String {
        let parts: Vec<String> = file.split(&self.version.to_string()).map(encoded).collect();
        self.url.fill(variable, &parts.join(variable))
    }
}

const NO_IDENTIFIER: Missing = Missing {
    what: "an identifier",
    help: "set `winget.identifier` in [package.metadata.winsvc.channels], such as \"Acme.Agent\"",
};
const NO_URL: Missing = Missing {
    what: "the address of the packages",
    help: "set `url` in [package.metadata.winsvc.channels], such as \
        \"https://github.com/acme/agent/releases/download/v{version}/{file}\"",
};
const NO_LICENSE: Missing = Missing {
    what: "a license",
    help: "set `license` in [package], or in [package.metadata.winsvc.channels]",
};
const NO_HOMEPAGE: Missing = Missing {
    what: "a home page",
    help: "set `homepage` or `repository` in [package]",
};
const NO_DESCRIPTION: Missing = Missing {
    what: "a description",
    help: "set `description` in [package]",
};

/// The identifier in the channel; `None` if it has to be set and is not.
fn identifier(project: &Project, config: &Config, channel: Channel) -> Result<Option<String>, ChannelError> {
    let channels = &config.manifest.channels;
    let (name, key) = match channel {
        // It is the identity of the product, which is not derived from names that may change.
        Channel::Winget => {
            let identifier = channels.winget.identifier.as_ref();
            return Ok(identifier.map(|identifier| identifier.as_str().to_owned()));
        }
        Channel::Scoop => (&channels.scoop.name, "scoop.name"),
        Channel::Chocolatey => (&channels.chocolatey.identifier, "chocolatey.identifier"),
    };
    let name = match name {
        Some(name) => Ok(name.clone()),
        None => ChannelName::new(&project.name),
    };
    let name = name.map_err(|error| ChannelError::Name {
        error,
        key,
        place: Box::new(config.place_in_package("name")),
    })?;
    Ok(Some(name.as_str().to_owned()))
}

fn tags(channels: &Channels, project: &Project) -> Vec<String> {
    if let Some(tags) = &channels.tags {
        return tags.iter().map(|tag| tag.as_str().to_owned()).collect();
    }
    let keywords = project.keywords.iter();
    keywords
        .filter(|keyword| Tag::new(keyword).is_ok())
        .cloned()
        .collect()
}

/// The place of a value, or of the list of formats that needs it.
fn place(config: &Config, keys: &[&str]) -> Option<Box<Place>> {
    let written = |keys| config.place_if_written(None, keys);
    written(keys)
        .or_else(|| written(&["channels"]))
        .or_else(|| written(&["package", "formats"]))
        .map(Box::new)
}

/// A text without line breaks and other control characters, which XML cannot store.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// All characters but those that have no meaning in an address (RFC 3986, unreserved).
const RESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn encoded(part: &str) -> String {
    utf8_percent_encode(part, &RESERVED).to_string()
}
