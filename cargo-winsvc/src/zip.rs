//! The zip: the files, a readme, scripts that register the service with the program's own verbs, and checksums.
//!
//! The scripts are ASCII even if the names of the service and its program are not: cmd.exe reads a script in the
//! console's code page and finds the next line by counting bytes.

use std::collections::BTreeSet;
use std::io::{self, Seek, Write};

use serde::Serialize;
use sha2::Sha256;
use tera::Context;
use thiserror::Error;
use winsvc_definition::manifest::{Compression, FeatureName, TargetPath};
use winsvc_templates::{ZIP_INSTALL, ZIP_README, ZIP_UNINSTALL};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::diagnostic::{Diagnostic, Explain};
use crate::hashing::{Counting, Hashing, hex};
use crate::product::{ContentError, CopyError, DEFAULT_SUFFIX, File, Product, Progress, Service};
use crate::texts::{on_windows, properties, render_text, with_crlf};

/// The zip's own files, at the top of its folder. No file of the product may have one of these names, and no two files
/// may have the same name; `checks` verifies that.
pub const OWN_FILES: [&str; 4] = [ZIP_INSTALL.0, ZIP_UNINSTALL.0, ZIP_README.0, CHECKSUMS];

/// The bill of materials, another file of the zip's own if there is one.
pub const SBOM: &str = "sbom.cdx.json";

/// The checksums of all other files.
const CHECKSUMS: &str = "SHA256SUMS";

/// How a zip is rendered.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The single folder at its top.
    pub folder: &'a str,
    /// The bill of materials.
    pub sbom: Option<&'a [u8]>,
    /// How much time to spend on compression.
    pub compression: Compression,
}

/// Renders the product as a zip, written to `out`. Calls `progress` while it reads the files.
pub fn render(
    product: &Product,
    options: Options<'_>,
    out: &mut (impl Write + Seek),
    progress: &mut dyn FnMut(Progress),
) -> Result<(), ZipError> {
    let mut archive = Archive {
        writer: ZipWriter::new(out),
        folder: options.folder,
        options: SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(deflate_level(options.compression))
            .last_modified_time(time(product.built))
            .unix_permissions(0o644),
        checksums: Vec::new(),
    };
    let mut done = Progress::default();
    for (name, member) in members(product, options.sbom)? {
        archive.add(&name, &member, &mut |count| {
            done.bytes += count;
            progress(done);
        })?;
        if matches!(member, Source::File(_)) {
            done.files += 1;
            progress(done);
        }
    }
    for folder in &product.empty_folders {
        archive.add_folder(&folder.target)?;
    }
    archive.finish()
}

/// The level of Deflate; none is the library's own default.
fn deflate_level(compression: Compression) -> Option<i64> {
    match compression {
        Compression::Fast => Some(1),
        Compression::Default => None,
        Compression::Max => Some(9),
    }
}

/// What a file of the archive contains.
enum Source<'a> {
    File(&'a File),
    Text(Vec<u8>),
}

/// The files of the archive but for the checksums, sorted by name.
fn members<'a>(product: &'a Product, sbom: Option<&[u8]>) -> Result<Vec<(String, Source<'a>)>, ZipError> {
    // A kept file is made by install.cmd: an unpacked one would replace the administrator's.
    let files = product.files.iter().filter(|file| !file.is_kept);
    let mut members: Vec<_> = files
        .map(|file| (file.target.to_string(), Source::File(file)))
        .collect();
    let context = context(product);
    // The scripts call the programs' own verbs.
    let scripts = [ZIP_INSTALL, ZIP_UNINSTALL];
    let scripts = scripts.into_iter().filter(|_| has_scripts(product));
    for template in scripts.chain([ZIP_README]) {
        let text = with_crlf(&render_text(template, &context)?);
        members.push((template.0.to_owned(), Source::Text(text)));
    }
    members.extend(sbom.map(|sbom| (SBOM.to_owned(), Source::Text(sbom.to_vec()))));
    members.sort_by_cached_key(|(name, _)| name.to_lowercase());
    Ok(members)
}

/// An archive under construction.
struct Archive<'a, W: Write + Seek> {
    writer: ZipWriter<W>,
    folder: &'a str,
    options: SimpleFileOptions,
    /// In the format of `sha256sum --check`.
    checksums: Vec<String>,
}

impl<W: Write + Seek> Archive<'_, W> {
    fn add(&mut self, name: &str, source: &Source<'_>, count: &mut dyn FnMut(u64)) -> Result<(), ZipError> {
        let size = match source {
            Source::File(file) => file.size,
            Source::Text(text) => text.len() as u64,
        };
        // A compressed file can be a little larger.
        let options = self.options.large_file(size > u64::from(u32::MAX / 2));
        self.writer
            .start_file(format!("{}/{name}", self.folder), options)?;
        let mut hashing: Hashing<_, Sha256> = Hashing::new(Counting::new(&mut self.writer, count));
        match source {
            Source::File(file) => file.content.copy(file.size, &mut hashing)?,
            Source::Text(text) => hashing.write_all(text).map_err(ZipError::Write)?,
        }
        let digest = hex(&hashing.finish());
        self.checksums.push(format!("{digest}  {name}\n"));
        Ok(())
    }

    fn add_folder(&mut self, target: &TargetPath) -> Result<(), ZipError> {
        let options = self.options.unix_permissions(0o755);
        self.writer
            .add_directory(format!("{}/{target}", self.folder), options)?;
        Ok(())
    }

    fn finish(mut self) -> Result<(), ZipError> {
        let path = format!("{}/{CHECKSUMS}", self.folder);
        self.writer.start_file(path, self.options)?;
        self.writer
            .write_all(self.checksums.concat().as_bytes())
            .map_err(ZipError::Write)?;
        self.writer.finish()?;
        Ok(())
    }
}

/// Whether the zip has scripts that register the services, or else the autostart entries: the programs have verbs for it.
pub fn has_scripts(product: &Product) -> bool {
    if product.services.is_empty() {
        return registrar(product).is_some();
    }
    product.services.iter().all(|service| service.verb_word.is_some())
}

/// Whether an installation has nothing to register.
pub(crate) fn needs_no_scripts(product: &Product) -> bool {
    product.services.is_empty() && product.machine.autostart.is_empty()
}

/// The program that registers the autostart entries of a product without a service, and the word before its verbs.
fn registrar(product: &Product) -> Option<(usize, &str)> {
    let registrar = product.machine.registrar.as_ref()?;
    let has_entries = !product.machine.autostart.is_empty();
    Some((registrar.file, registrar.verb_word.as_deref()?)).filter(|_| has_entries)
}

/// The values for the templates.
fn context(product: &Product) -> Context {
    #[derive(Serialize)]
    struct ProductText<'a> {
        name: &'a str,
        version: &'a str,
        arch: &'a str,
        comments: &'a str,
        homepage: Option<&'a str>,
    }
    #[derive(Serialize)]
    struct ProgramText<'a> {
        exe: String,
        /// The exe's folder, with a backslash at its end; empty for the folder of the scripts.
        folder: String,
        /// A pattern for a name that is not ASCII.
        exe_pattern: Option<String>,
        word: &'a str,
        /// Whether a service of it is started by the installation.
        starts: bool,
        /// Its feature, and whether that is installed by default.
        feature: Option<&'a str>,
        is_default: bool,
        services: Vec<&'a str>,
    }
    let mut context = Context::new();
    context.insert(
        "product",
        &ProductText {
            name: &product.name,
            version: &product.full_version,
            arch: product.arch.as_str(),
            comments: &product.comments,
            homepage: product.links.homepage.as_deref(),
        },
    );
    context.insert("firewall", &!product.machine.firewall.is_empty());
    let is_started = |service: &Service| service.definition.start.is_automatic();
    let registrar = registrar(product).filter(|_| product.services.is_empty());
    let files: BTreeSet<usize> = product
        .services
        .iter()
        .map(|service| service.file)
        .chain(registrar.map(|(file, _)| file))
        .collect();
    let programs = files.into_iter().filter_map(|file| {
        let services = || {
            product
                .services
                .iter()
                .filter(move |service| service.file == file)
        };
        let exe = &product.files[file].target;
        let folders = exe.folders().iter().map(|folder| format!("{folder}\\"));
        let name = exe.file_name();
        Some(ProgramText {
            exe: on_windows(exe),
            folder: folders.collect(),
            exe_pattern: (!name.is_ascii()).then(|| pattern(name)),
            word: services()
                .find_map(|service| service.verb_word.as_deref())
                .or(registrar.map(|(_, word)| word))?,
            starts: services().any(is_started),
            feature: product.files[file].feature.as_ref().map(FeatureName::as_str),
            is_default: product.is_default(product.files[file].feature.as_ref()),
            services: services()
                .map(|service| service.definition.name.as_str())
                .collect(),
        })
    });
    let mut programs: Vec<ProgramText<'_>> = programs.filter(|_| has_scripts(product)).collect();
    // The first one tells whether the product is installed already.
    programs.sort_by_key(|program| program.feature.is_some());
    let features = programs.iter().any(|program| program.feature.is_some());
    context.insert("features", &features);
    let plural = |count: usize| if count > 1 { "s" } else { "" };
    context.insert("plural", plural(product.services.len()));
    context.insert("programs_plural", plural(programs.len()));
    context.insert("is_or_are", if programs.len() > 1 { "are" } else { "is" });
    context.insert(
        "it_or_them",
        if product.services.len() > 1 { "them" } else { "it" },
    );
    context.insert("starts", &product.services.iter().any(is_started));
    context.insert("programs", &programs);
    let kept = product.files.iter().filter(|file| file.is_kept);
    context.insert(
        "kept",
        &kept.map(|file| on_windows(&file.target)).collect::<Vec<_>>(),
    );
    context.insert("default_suffix", DEFAULT_SUFFIX);
    context.insert("properties", &properties(product));
    let autostart = product.machine.autostart.iter();
    context.insert(
        "autostart",
        &autostart.map(|it| it.entry.name.as_str()).collect::<Vec<_>>(),
    );
    let services = product
        .services
        .iter()
        .map(|service| service.definition.name.as_str());
    context.insert("services", &services.collect::<Vec<_>>());
    context
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

/// The time in the zip's format, which begins in 1980 and has a resolution of two seconds.
pub(crate) fn time(seconds: u64) -> DateTime {
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
    /// A file of the product cannot be read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The archive cannot hold a file.
    #[error("cannot add a file to the zip")]
    Archive(#[source] zip::result::ZipError),
    /// The archive cannot be written.
    #[error("cannot write the zip")]
    Write(#[source] io::Error),
}

impl From<CopyError> for ZipError {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Content(error) => Self::Content(error),
            CopyError::Write(error) => Self::Write(error),
        }
    }
}

impl From<zip::result::ZipError> for ZipError {
    fn from(error: zip::result::ZipError) -> Self {
        match error {
            zip::result::ZipError::Io(error) => Self::Write(error),
            error => Self::Archive(error),
        }
    }
}

impl Explain for ZipError {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Content(error) => error.diagnostic(),
            Self::Template(_) | Self::Archive(_) | Self::Write(_) => Diagnostic::of(self),
        }
    }
}
