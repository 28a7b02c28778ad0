//! The zip: the files, a readme, scripts that register the service with the program's own verbs, and checksums.
//!
//! The scripts are ASCII even if the names of the service and its program are not: cmd.exe reads a script in the
//! console's code page and finds the next line by counting bytes.

use std::io::{Cursor, Write as _};

use serde::Serialize;
use sha2::{Digest, Sha256};
use tera::{Context, Kwargs, State, Tera};
use thiserror::Error;
use winsvc_definition::manifest::TargetPath;
use winsvc_templates::{ALL, Template, ZIP_INSTALL, ZIP_README, ZIP_UNINSTALL};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::diagnostic::Explain;
use crate::output::hex;
use crate::product::{DEFAULT_SUFFIX, Product, Service};

/// The zip's own files, at the top of its folder. No file of the product may have one of these names, and no two files
/// may have the same name; `checks` verifies that.
pub const OWN_FILES: [&str; 4] = [ZIP_INSTALL.0, ZIP_UNINSTALL.0, ZIP_README.0, CHECKSUMS];

/// The checksums of all other files.
const CHECKSUMS: &str = "SHA256SUMS";

/// Renders the product as a zip with the single folder `folder`.
pub fn render(product: &Product, folder: &str) -> Result<Vec<u8>, ZipError> {
    let mut members: Vec<(String, Vec<u8>)> = Vec::new();
    // A kept file is made by install.cmd: an unpacked one would replace the administrator's.
    for file in product.files.iter().filter(|file| !file.is_kept) {
        members.push((file.target.to_string(), file.content.clone()));
    }
    for service in &product.services {
        let context = context(product, service);
        // The scripts call the program's own verbs.
        let scripts = [ZIP_INSTALL, ZIP_UNINSTALL];
        let scripts = scripts.into_iter().filter(|_| service.verb_word.is_some());
        for template in scripts.chain([ZIP_README]) {
            members.push((template.0.to_owned(), render_text(template, &context)?));
        }
    }
    members.sort_by_key(|(name, _)| name.to_lowercase());
    let checksums = checksums(&members);
    members.push((CHECKSUMS.to_owned(), checksums.into_bytes()));

    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(time(product.built))
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(format!("{folder}/{name}"), options)?;
        writer.write_all(&content).map_err(zip::result::ZipError::Io)?;
    }
    for target in &product.empty_folders {
        writer.add_directory(format!("{folder}/{target}"), options.unix_permissions(0o755))?;
    }
    Ok(writer.finish()?.into_inner())
}

/// The values for the templates.
fn context(product: &Product, service: &Service) -> Context {
    #[derive(Serialize)]
    struct ProductText<'a> {
        name: &'a str,
        version: &'a str,
        arch: &'a str,
        comments: &'a str,
        homepage: Option<&'a str>,
    }
    let mut context = Context::new();
    context.insert(
        "product",
        &ProductText {
            name: &product.name,
            version: &product.full_version,
            arch: product.arch.as_str(),
            comments: &product.comments,
            homepage: product.homepage.as_deref(),
        },
    );
    let definition = &service.definition;
    context.insert("service", definition.name.as_str());
    context.insert("starts", &definition.start.is_automatic());
    context.insert("word", &service.verb_word);
    let exe = &product.files[service.file].target;
    let folders = exe.folders().iter().map(|folder| format!("{folder}\\"));
    context.insert("exe_folder", &folders.collect::<String>());
    let name = exe.file_name();
    context.insert("exe_pattern", &(!name.is_ascii()).then(|| pattern(name)));
    context.insert("exe", &on_windows(exe));
    let kept = product.files.iter().filter(|file| file.is_kept);
    context.insert(
        "kept",
        &kept.map(|file| on_windows(&file.target)).collect::<Vec<_>>(),
    );
    context.insert("default_suffix", DEFAULT_SUFFIX);
    context
}

fn on_windows(target: &TargetPath) -> String {
    target.parts().join("\\")
}

/// A file's name as a pattern of cmd.exe's `for`: `?` replaces each UTF-16 unit that is not ASCII, or that is special
/// to cmd.exe.
fn pattern(name: &str) -> String {
    let unit = |unit: u16| match u8::try_from(unit).map(char::from) {
        Ok(character) if character.is_ascii_alphanumeric() || "._-".contains(character) => character,
        _ => '?',
    };
    name.encode_utf16().map(unit).collect()
}

/// Renders a template with Windows line endings.
fn render_text(template: Template, context: &Context) -> Result<Vec<u8>, ZipError> {
    let mut tera = Tera::new();
    // Escapes a string for quotation marks in a cmd.exe script.
    tera.register_filter("cmd_quoted", |text: &str, _: Kwargs, _: &State<'_>| {
        text.replace('%', "%%")
    });
    tera.autoescape_on(Vec::<&'static str>::new());
    tera.add_raw_templates(ALL)?;
    let text = tera.render(template.0, context)?;
    Ok(text.replace('\n', "\r\n").into_bytes())
}

/// The checksums in the format of `sha256sum --check`.
fn checksums(members: &[(String, Vec<u8>)]) -> String {
    members
        .iter()
        .map(|(name, content)| format!("{}  {name}\n", hex(&Sha256::digest(content))))
        .collect()
}

/// The time in the zip's format, which begins in 1980 and has a resolution of two seconds.
fn time(seconds: u64) -> DateTime {
    let timestamp = jiff::Timestamp::from_second(seconds.try_into().unwrap_or(i64::MAX));
    let utc = timestamp.map(|timestamp| timestamp.to_zoned(jiff::tz::TimeZone::UTC));
    utc.ok()
        .and_then(|utc| {
            let date = (
                u16::try_from(utc.year()).ok()?,
                utc.month().unsigned_abs(),
                utc.day().unsigned_abs(),
            );
            let time = (
                utc.hour().unsigned_abs(),
                utc.minute().unsigned_abs(),
                utc.second().unsigned_abs(),
            );
            DateTime::from_date_and_time(date.0, date.1, date.2, time.0, time.1, time.2).ok()
        })
        .unwrap_or_default()
}

/// The error if the zip cannot be made.
#[derive(Debug, Error)]
pub enum ZipError {
    /// A template does not render.
    #[error("cannot render a template of the zip")]
    Template(#[from] tera::Error),
    /// The archive cannot be written.
    #[error("cannot write the zip")]
    Archive(#[from] zip::result::ZipError),
}

impl Explain for ZipError {}
