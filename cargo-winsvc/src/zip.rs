//! The zip: the files, a readme, scripts that register the service as the definition says, and checksums.

use std::io::{Cursor, Write as _};

use serde::Serialize;
use sha2::{Digest, Sha256};
use tera::{Context, Kwargs, State, Tera};
use thiserror::Error;
use winsvc_definition::registration::{self, RegistryValue};
use winsvc_definition::{SecurityDescriptor, StartType, command_line};
use winsvc_templates::{ALL, Template, ZIP_INSTALL, ZIP_README, ZIP_UNINSTALL};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::diagnostic::{Diagnostic, Explain};
use crate::output::hex;
use crate::product::{Product, Service};
use crate::sc::{self, UnknownTrigger};

/// Renders the product as a zip whose one folder is `folder`.
pub fn render(product: &Product, folder: &str) -> Result<Vec<u8>, ZipError> {
    let mut members: Vec<(String, Vec<u8>)> = Vec::new();
    for file in &product.files {
        members.push((file.target.to_string(), file.content.clone()));
    }
    for service in &product.services {
        let context = context(product, service)?;
        for template in [ZIP_INSTALL, ZIP_UNINSTALL, ZIP_README] {
            members.push((template.0.to_owned(), render_text(template, &context)?));
        }
    }
    // As Windows compares names, so that two that are one there stand side by side.
    members.sort_by_key(|(name, _)| name.to_lowercase());
    if let Some(pair) = members
        .windows(2)
        .find(|pair| pair[0].0.to_lowercase() == pair[1].0.to_lowercase())
    {
        return Err(ZipError::Reserved {
            name: pair[0].0.clone(),
        });
    }
    let checksums = checksums(&members);
    members.push(("SHA256SUMS".to_owned(), checksums.into_bytes()));

    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(time(product.built))
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(format!("{folder}/{name}"), options)?;
        writer.write_all(&content).map_err(zip::result::ZipError::Io)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// What the templates know.
fn context(product: &Product, service: &Service) -> Result<Context, ZipError> {
    #[derive(Serialize)]
    struct ProductText<'a> {
        name: &'a str,
        version: &'a str,
        arch: &'a str,
        comments: &'a str,
        homepage: Option<&'a str>,
    }
    #[derive(Serialize)]
    struct ServiceText<'a> {
        name: &'a str,
        display_name: &'a str,
        description: &'a str,
        start: &'a str,
        starts: bool,
        account: Option<String>,
        dependencies: String,
        arguments: String,
        environment: String,
        failure: String,
        failure_flag: String,
        sid_type: &'a str,
        privileges: String,
        triggers: String,
        security: Option<String>,
    }
    /// A value as `reg add` takes it.
    #[derive(Serialize)]
    struct ValueText {
        name: &'static str,
        kind: &'static str,
        data: String,
    }
    let definition = &service.definition;
    // The exe's path is in a variable of the script.
    let event_source = registration::event_source("!exe!").map(|(name, value)| {
        let (kind, data) = match value {
            RegistryValue::ExpandString(text) => ("REG_EXPAND_SZ", text),
            RegistryValue::Number(number) => ("REG_DWORD", number.to_string()),
            RegistryValue::Strings(texts) => ("REG_MULTI_SZ", multi_string(&texts)),
        };
        ValueText { name, kind, data }
    });
    let mut context = Context::new();
    context.insert("event_source", &event_source);
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
    context.insert(
        "service",
        &ServiceText {
            name: definition.name.as_str(),
            display_name: definition.display_name.as_str(),
            description: &definition.description,
            start: sc_start(definition.start),
            starts: definition.start.is_automatic(),
            account: definition.account.start_name(&definition.name),
            dependencies: slashed(&definition.dependencies),
            arguments: command_line::join(&definition.arguments),
            environment: multi_string(&registration::environment(definition)),
            failure: command_line::join(&sc::failure(definition)),
            failure_flag: command_line::join(&sc::failure_flag(definition)),
            sid_type: definition.sid_type.as_str(),
            privileges: slashed(&definition.privileges),
            triggers: command_line::join(&sc::trigger_info(definition)?),
            security: definition.security.as_ref().map(SecurityDescriptor::specific),
        },
    );
    context.insert(
        "exe",
        &product.files[service.file].target.to_string().replace('/', "\\"),
    );
    Ok(context)
}

/// `start=` of sc.exe.
const fn sc_start(start: StartType) -> &'static str {
    match start {
        StartType::Auto => "auto",
        StartType::Delayed => "delayed-auto",
        StartType::Manual => "demand",
        StartType::Disabled => "disabled",
    }
}

/// The lists of sc.exe (`depend=`, `sc privs`): names with slashes between them.
fn slashed(names: &[impl ToString]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.join("/")
}

/// `/d` of `reg add` for several strings.
fn multi_string(texts: &[String]) -> String {
    texts.join(r"\0")
}

/// Renders a template with the line ends of Windows.
fn render_text(template: Template, context: &Context) -> Result<Vec<u8>, ZipError> {
    let mut tera = Tera::new();
    // What becomes a part of a program's argument, of cmd.exe's lines, and of what is in quotation marks there.
    tera.register_filter("argument", |text: &str, _: Kwargs, _: &State<'_>| {
        command_line::escape_within(text)
    });
    tera.register_filter("cmd", |text: &str, _: Kwargs, _: &State<'_>| cmd_escape(text));
    tera.register_filter("cmd_quoted", |text: &str, _: Kwargs, _: &State<'_>| {
        text.replace('%', "%%")
    });
    tera.autoescape_on(Vec::<&'static str>::new());
    tera.add_raw_templates(ALL)?;
    let text = tera.render(template.0, context)?;
    Ok(text.replace('\n', "\r\n").into_bytes())
}

/// A text as it stands in a batch file outside quotation marks: no character of it means anything to cmd.exe.
fn cmd_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '%' => escaped.push('%'),
            '"' | '^' | '&' | '|' | '<' | '>' | '(' | ')' | '!' => escaped.push('^'),
            _ => {}
        }
        escaped.push(character);
    }
    escaped
}

/// The form that `sha256sum --check` reads.
fn checksums(members: &[(String, Vec<u8>)]) -> String {
    members
        .iter()
        .map(|(name, content)| format!("{}  {name}\n", hex(&Sha256::digest(content))))
        .collect()
}

/// The time in the zip's form, which begins in 1980 and knows even seconds only.
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

/// Why there is no zip.
#[derive(Debug, Error)]
pub enum ZipError {
    /// A file of the author's has the name of one of ours.
    #[error("the zip has a `{name}` of its own; no other file can have that name")]
    Reserved {
        /// The name.
        name: String,
    },
    /// A trigger that the scripts have no command for.
    #[error("the scripts of the zip cannot register the trigger `{}`: sc.exe has no option for it", .0.trigger)]
    Trigger(#[from] UnknownTrigger),
    /// A template does not render.
    #[error("a template of the zip cannot be rendered")]
    Template(#[from] tera::Error),
    /// The archive cannot be written.
    #[error("the zip cannot be written")]
    Archive(#[from] zip::result::ZipError),
}

impl Explain for ZipError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Trigger(_) => diagnostic.help(
                "`NAME.exe service install` of a build that has it registers it: ship what `cargo winsvc build` makes",
            ),
            Self::Reserved { .. } | Self::Template(_) | Self::Archive(_) => diagnostic,
        }
    }
}
