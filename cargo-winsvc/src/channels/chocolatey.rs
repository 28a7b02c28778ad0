//! The package for Chocolatey: a `.nupkg`, which is a zip by the Open Packaging Conventions
//! ([Create packages](https://docs.chocolatey.org/en-us/create/create-packages)).

use std::io::{Cursor, Write as _};

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tera::Context;
use winsvc_templates::{
    CHOCOLATEY_CONTENT_TYPES, CHOCOLATEY_INSTALL, CHOCOLATEY_NUSPEC, CHOCOLATEY_PROPERTIES,
    CHOCOLATEY_RELATIONSHIPS,
};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::listing::Listing;
use super::{ChannelError, Document, Download};
use crate::build::target::Arch;
use crate::hashing::hex;
use crate::texts::render_text;
use crate::zip::time;

/// Whether Chocolatey installs packages of an architecture.
pub(super) fn has(arch: Arch) -> bool {
    match arch {
        Arch::X64 | Arch::X86 => true,
        Arch::Arm64 => false,
    }
}

/// The package that installs one of the MSIs.
pub(super) fn package(
    listing: &Listing,
    built: u64,
    msis: &[&Download<'_>],
) -> Result<Document, ChannelError> {
    let id = &listing.identifier;
    let version = version(listing);
    let context = context(listing, &version, msis);
    let nuspec = format!("{id}.nuspec");
    let name = Sha256::digest(format!("{id} {version}"));
    let core_properties = format!(
        "package/services/metadata/core-properties/{}.psmdcp",
        hex(&name[..16])
    );
    let mut parts = Context::new();
    parts.insert("nuspec", &nuspec);
    parts.insert("core_properties", &core_properties);

    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(time(built));
    for (name, content) in [
        ("_rels/.rels", render_text(CHOCOLATEY_RELATIONSHIPS, &parts)?),
        (&nuspec, render_text(CHOCOLATEY_NUSPEC, &context)?),
        (
            "tools/chocolateyinstall.ps1",
            // Windows PowerShell reads a script without the mark in the machine's code page.
            format!("\u{feff}{}", render_text(CHOCOLATEY_INSTALL, &context)?),
        ),
        ("[Content_Types].xml", CHOCOLATEY_CONTENT_TYPES.to_owned()),
        (&core_properties, render_text(CHOCOLATEY_PROPERTIES, &context)?),
    ] {
        archive.start_file(name, options)?;
        archive
            .write_all(content.as_bytes())
            .map_err(::zip::result::ZipError::from)?;
    }
    Ok(Document {
        path: path(listing),
        content: archive.finish()?.into_inner(),
    })
}

/// The path of the package.
pub(super) fn path(listing: &Listing) -> String {
    format!("{}.{}.nupkg", listing.identifier, version(listing))
}

fn context(listing: &Listing, version: &str, msis: &[&Download<'_>]) -> Context {
    #[derive(Serialize)]
    struct Msi {
        url: String,
        sha256: String,
    }
    let mut context = Context::new();
    context.insert("id", &listing.identifier);
    context.insert("version", version);
    context.insert("title", &listing.product);
    context.insert("product", &listing.product);
    context.insert("authors", &listing.manufacturer);
    context.insert("description", &listing.description);
    context.insert("homepage", &listing.homepage);
    context.insert("license_url", &listing.license_url);
    context.insert("tags", &listing.tags.join(" "));
    for arch in [Arch::X86, Arch::X64] {
        // The first language: Chocolatey has none.
        let msi = msis.iter().find(|msi| msi.arch == Some(arch)).map(|msi| Msi {
            url: listing.url(msi.name()),
            sha256: msi.sha256(),
        });
        context.insert(arch.as_str(), &msi);
    }
    context
}

/// The version as NuGet before its version 4.3 accepts it: of a pre-release, letters, digits and hyphens after a letter;
/// no build metadata.
fn version(listing: &Listing) -> String {
    let version = &listing.version;
    let numbers = format!("{}.{}.{}", version.major, version.minor, version.patch);
    let label = version.pre.as_str().replace('.', "-");
    match label.chars().next() {
        None => numbers,
        Some(first) if first.is_ascii_alphabetic() => format!("{numbers}-{label}"),
        Some(_) => format!("{numbers}-pre-{label}"),
    }
}
