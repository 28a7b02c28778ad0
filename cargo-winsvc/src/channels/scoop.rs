//! The manifest for Scoop ([App Manifests](https://github.com/ScoopInstaller/Scoop/wiki/App-Manifests)).
//!
//! Scoop unpacks an MSI without installing it, so the manifest is about the zip, whose scripts register the services.

use std::collections::BTreeMap;

use serde::Serialize;

use super::listing::Listing;
use super::{Document, Download};
use crate::build::target::Arch;

#[derive(Serialize)]
struct Manifest<'a> {
    version: String,
    description: &'a str,
    homepage: Option<&'a str>,
    license: License<'a>,
    notes: [String; 1],
    architecture: BTreeMap<&'static str, Archive>,
    pre_install: [String; 1],
    post_install: [&'static str; 2],
    pre_uninstall: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    checkver: Option<CheckVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    autoupdate: Option<AutoUpdate>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum License<'a> {
    Identifier(String),
    WithUrl { identifier: String, url: &'a str },
}

#[derive(Serialize)]
struct Archive {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    extract_dir: String,
}

#[derive(Serialize)]
struct CheckVersion {
    github: String,
}

/// How Scoop's own tools write the manifest of a later version.
#[derive(Serialize)]
struct AutoUpdate {
    architecture: BTreeMap<&'static str, Archive>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<HashUrl>,
}

#[derive(Serialize)]
struct HashUrl {
    url: &'static str,
}

/// In the name of a file and in its address, the version that Scoop has found.
const VERSION: &str = "$version";

/// A service's account cannot read a user's own folder, so it must be installed for all users.
const ONLY_GLOBAL: &str =
    "if (!$global) { abort 'This program is a Windows service. Install it for all users:";

/// The scripts run in Scoop's own PowerShell, where `$dir` is the folder `current`, or at the removal that of the version.
/// Users may create files below the folder of Scoop, but must not beside the exe of a service: it would load them.
const POST_INSTALL: [&str; 2] = [
    "icacls.exe \"$original_dir\" /inheritance:r /grant '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' \
     '*S-1-5-32-545:(OI)(CI)RX' | Out-Null",
    "& \"$dir\\install.cmd\"; if ($LASTEXITCODE -ne 0) { abort \"install.cmd failed with exit code $LASTEXITCODE\" }",
];

/// Also before an update, which registers the services of the new version again.
const PRE_UNINSTALL: [&str; 1] = ["& \"$dir\\uninstall.cmd\""];

/// The manifest for the zips. Its file name is the name of the app.
pub(super) fn manifest(listing: &Listing, zips: &[&Download<'_>], has_checksums: bool) -> Document {
    let name = &listing.identifier;
    let version = listing.version.to_string();
    let archives = |archive: &dyn Fn(&str, &Download<'_>) -> Archive| -> BTreeMap<_, _> {
        let archives = zips.iter().filter_map(|zip| {
            let folder = zip.name().strip_suffix(".zip")?;
            Some((architecture(zip.arch?), archive(folder, zip)))
        });
        archives.collect()
    };
    let repository = github(&listing.url(""));
    let manifest = Manifest {
        description: &listing.description,
        homepage: listing.homepage.as_deref(),
        license: license(listing),
        notes: [format!(
            "This program is a Windows service. Its settings, data and logs stay when it is uninstalled. To remove them \
             too, run: & \"$(scoop prefix {name})\\uninstall.cmd\" --purge"
        )],
        architecture: archives(&|folder, zip| Archive {
            url: listing.url(zip.name()),
            hash: Some(zip.sha256()),
            extract_dir: folder.to_owned(),
        }),
        pre_install: [format!("{ONLY_GLOBAL} scoop install --global {name}' }}")],
        post_install: POST_INSTALL,
        pre_uninstall: PRE_UNINSTALL,
        autoupdate: repository.as_ref().map(|_| AutoUpdate {
            architecture: archives(&|folder, zip| Archive {
                url: listing.url_of_any_version(zip.name(), VERSION),
                hash: None,
                extract_dir: folder.replace(&version, VERSION),
            }),
            hash: has_checksums.then_some(HashUrl {
                url: "$baseurl/SHA256SUMS",
            }),
        }),
        checkver: repository.map(|github| CheckVersion { github }),
        version,
    };
    let mut content = serde_json::to_vec_pretty(&manifest).expect("the manifest is plain data");
    content.push(b'\n');
    Document {
        path: path(listing),
        content,
    }
}

/// The path of the manifest.
pub(super) fn path(listing: &Listing) -> String {
    format!("scoop/{}.json", listing.identifier)
}

fn architecture(arch: Arch) -> &'static str {
    match arch {
        Arch::X64 => "64bit",
        Arch::X86 => "32bit",
        Arch::Arm64 => "arm64",
    }
}

/// Scoop's notation of a license: `|` between licenses of which the user chooses one.
fn license(listing: &Listing) -> License<'_> {
    let is_choice = !listing.license.contains('(') && !listing.license.contains(" AND ");
    let identifier = if is_choice {
        listing.license.replace(" OR ", "|")
    } else {
        listing.license.clone()
    };
    match &listing.license_url {
        Some(url) => License::WithUrl { identifier, url },
        None => License::Identifier(identifier),
    }
}

/// The repository on GitHub whose releases have the files.
fn github(url: &str) -> Option<String> {
    let path = url.strip_prefix("https://github.com/")?;
    let mut parts = path.split('/');
    let (owner, repository) = (parts.next()?, parts.next()?);
    (parts.next() == Some("releases")).then(|| format!("https://github.com/{owner}/{repository}"))
}
