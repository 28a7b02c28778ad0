//! The manifest for winget, in three files
//! ([schemas](https://github.com/microsoft/winget-cli/tree/master/schemas/JSON/manifests)).

#![expect(
    clippy::struct_field_names,
    reason = "the fields have the names of the schema"
)]

use serde::Serialize;

use super::listing::Listing;
use super::{ChannelError, Document, Download};
use crate::build::target::Arch;
use crate::config::Config;
use crate::texts::date;

/// The version of the schemas. The community repository refuses 1.28, which is newer
/// ([winget-pkgs#407214](https://github.com/microsoft/winget-pkgs/issues/407214)).
const SCHEMA: &str = "1.12.0";

/// The language of the descriptions.
const LOCALE: &str = "en-US";

/// The most tags.
const MOST_TAGS: usize = 16;

/// The most characters of a short description.
const MOST_DESCRIPTION: usize = 256;

/// The lowest version of Windows, which is the first that Rust's standard library supports.
const LOWEST_WINDOWS: &str = "10.0.0.0";

/// A file of the manifest.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Manifest<'a, T> {
    package_identifier: &'a str,
    package_version: &'a str,
    #[serde(flatten)]
    content: T,
    #[serde(rename = "ManifestType")]
    kind: &'static str,
    #[serde(rename = "ManifestVersion")]
    schema: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    default_locale: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Installers {
    #[serde(rename = "MinimumOSVersion")]
    minimum_os_version: String,
    installer_type: &'static str,
    scope: &'static str,
    install_modes: [&'static str; 3],
    installer_switches: Switches,
    upgrade_behavior: &'static str,
    release_date: String,
    elevation_requirement: &'static str,
    installers: Vec<Installer>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Switches {
    install_location: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Installer {
    #[serde(skip_serializing_if = "Option::is_none")]
    installer_locale: Option<&'static str>,
    architecture: &'static str,
    installer_url: String,
    installer_sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_code: Option<String>,
    apps_and_features_entries: [Entry; 1],
}

/// The entry in the list of installed programs, by which winget recognises an installed version.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    /// The MSI's version, if winget cannot find it by `PackageVersion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    display_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upgrade_code: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Locale<'a> {
    package_locale: &'static str,
    publisher: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher_support_url: Option<&'a str>,
    package_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_url: Option<&'a str>,
    license: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    license_url: Option<&'a str>,
    short_description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
}

/// The files of the manifest, with the paths that they have in the community repository.
pub(super) fn manifest(
    listing: &Listing,
    config: &Config,
    built: u64,
    msis: &[&Download<'_>],
) -> Result<Vec<Document>, ChannelError> {
    let [version_file, installer_file, locale_file] = paths(listing);
    Ok(vec![
        Document {
            path: version_file,
            content: yaml(
                listing,
                "version",
                Version {
                    default_locale: LOCALE,
                },
            )?,
        },
        Document {
            path: installer_file,
            content: yaml(listing, "installer", installers(listing, config, built, msis))?,
        },
        Document {
            path: locale_file,
            content: yaml(listing, "defaultLocale", locale(listing))?,
        },
    ])
}

/// The paths of the files.
pub(super) fn paths(listing: &Listing) -> [String; 3] {
    let id = &listing.identifier;
    let first = id
        .chars()
        .take(1)
        .flat_map(char::to_lowercase)
        .collect::<String>();
    let folders = id.replace('.', "/");
    let folder = format!("winget/manifests/{first}/{folders}/{}", listing.version);
    [
        format!("{folder}/{id}.yaml"),
        format!("{folder}/{id}.installer.yaml"),
        format!("{folder}/{id}.locale.{LOCALE}.yaml"),
    ]
}

fn yaml(listing: &Listing, kind: &'static str, content: impl Serialize) -> Result<Vec<u8>, ChannelError> {
    let manifest = Manifest {
        package_identifier: &listing.identifier,
        package_version: &listing.version.to_string(),
        content,
        kind,
        schema: SCHEMA,
    };
    // An address stays on its line.
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let text = serde_saphyr::to_string_with_options(&manifest, options);
    let text = text.map_err(|error| ChannelError::Yaml(Box::new(error)))?;
    // The community repository requires this line.
    let schema = format!("https://aka.ms/winget-manifest.{kind}.{SCHEMA}.schema.json");
    Ok(format!("# yaml-language-server: $schema={schema}\n\n{text}").into_bytes())
}

fn installers(listing: &Listing, config: &Config, built: u64, msis: &[&Download<'_>]) -> Installers {
    let windows = config.manifest.requires.windows;
    let mut msis = msis.to_vec();
    msis.sort_by_key(|msi| (architecture(msi.arch), msi.name().to_owned()));
    let has_languages = msis.windows(2).any(|pair| pair[0].arch == pair[1].arch);
    Installers {
        minimum_os_version: windows.map_or_else(
            || LOWEST_WINDOWS.to_owned(),
            |windows| format!("10.0.{}.0", windows.build()),
        ),
        installer_type: "msi",
        scope: "machine",
        install_modes: ["interactive", "silent", "silentWithProgress"],
        installer_switches: Switches {
            install_location: "INSTALLDIR=\"<INSTALLPATH>\"",
        },
        upgrade_behavior: "install",
        release_date: date(built),
        elevation_requirement: "elevatesSelf",
        installers: msis
            .into_iter()
            .map(|msi| Installer {
                installer_locale: msi.codes.filter(|_| has_languages).map(|codes| codes.language),
                architecture: architecture(msi.arch),
                installer_url: listing.url(msi.name()),
                installer_sha256: msi.sha256().to_uppercase(),
                product_code: msi.codes.map(|codes| codes.product_code.clone()),
                apps_and_features_entries: [entry(listing, msi)],
            })
            .collect(),
    }
}

fn entry(listing: &Listing, msi: &Download<'_>) -> Entry {
    let msi_version = listing.msi_version.map(|version| version.to_string());
    Entry {
        // Equal versions are left out, as the community's tools do.
        display_version: msi_version.filter(|version| *version != listing.version.to_string()),
        product_code: msi.codes.map(|codes| codes.product_code.clone()),
        upgrade_code: msi.codes.map(|codes| codes.upgrade_code.clone()),
    }
}

fn architecture(arch: Option<Arch>) -> &'static str {
    arch.map_or("neutral", Arch::as_str)
}

fn locale(listing: &Listing) -> Locale<'_> {
    let short_description = shortened(&listing.description);
    Locale {
        package_locale: LOCALE,
        publisher: &listing.manufacturer,
        publisher_url: listing.publisher_url.as_deref(),
        publisher_support_url: listing.help_url.as_deref(),
        package_name: &listing.product,
        package_url: listing.homepage.as_deref(),
        license: &listing.license,
        license_url: listing.license_url.as_deref(),
        description: (short_description != listing.description).then_some(&listing.description),
        short_description,
        tags: &listing.tags[..listing.tags.len().min(MOST_TAGS)],
    }
}

/// As many words as fit a short description.
fn shortened(text: &str) -> String {
    if text.chars().count() <= MOST_DESCRIPTION {
        return text.to_owned();
    }
    let cut: String = text.chars().take(MOST_DESCRIPTION - 1).collect();
    let words = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{words}…")
}
