//! What the generated texts for administrators have in common.

use serde::Serialize;
use tera::{Context, Kwargs, State, Tera};
use winsvc_definition::manifest::TargetPath;
use winsvc_definition::{Rule, rules};
use winsvc_templates::{ALL, Template, XML};

use crate::product::Product;

/// A property and what its values must be, as sentences without their full stops.
#[derive(Serialize)]
pub(crate) struct PropertyText<'a> {
    name: &'a str,
    description: &'a str,
    rules: Vec<String>,
}

/// The properties of a product.
pub(crate) fn properties(product: &Product) -> Vec<PropertyText<'_>> {
    let properties = product.properties.iter().map(|property| {
        let mut lines = Vec::new();
        let definitions = product.services.iter().map(|service| &service.definition);
        let rules = rules(property, definitions);
        if let Some(file) = &property.file {
            lines.push(format!(
                "The path of a file, which is copied to the configuration folder as {file}"
            ));
        }
        let said = rules
            .iter()
            .filter(|rule| !matches!(rule, Rule::NoNumberSign | Rule::Quotable | Rule::Path));
        lines.extend(said.map(|rule| format!("Expected: {rule}")));
        if !property.default.as_written().is_empty() {
            lines.push(format!("Default: {}", property.default.as_written()));
        }
        PropertyText {
            name: property.name.as_str(),
            description: property.description.trim_end_matches('.'),
            rules: lines,
        }
    });
    properties.collect()
}

/// A path as Windows writes it.
pub(crate) fn on_windows(target: &TargetPath) -> String {
    target.parts().join("\\")
}

/// Renders a template.
pub(crate) fn render_text(template: Template, context: &Context) -> Result<String, tera::Error> {
    let mut tera = Tera::new();
    // Escapes a string for quotation marks in a cmd.exe script.
    tera.register_filter("cmd_quoted", |text: &str, _: Kwargs, _: &State<'_>| {
        text.replace('%', "%%")
    });
    // Escapes a string for a cell of a table in Markdown.
    tera.register_filter("cell", |text: &str, _: Kwargs, _: &State<'_>| {
        text.replace('|', "\\|")
    });
    // Escapes a string for single quotation marks in PowerShell.
    tera.register_filter("powershell_quoted", |text: &str, _: Kwargs, _: &State<'_>| {
        // PowerShell takes the typographic marks for the plain one.
        let is_quotation_mark = |c: &char| "'\u{2018}\u{2019}\u{201a}\u{201b}".contains(*c);
        let doubled = |c: char| std::iter::once(c).chain(Some(c).filter(is_quotation_mark));
        text.chars().flat_map(doubled).collect::<String>()
    });
    // Escapes a string for a pattern of PowerShell's -like.
    tera.register_filter("powershell_pattern", |text: &str, _: Kwargs, _: &State<'_>| {
        text.replace(['[', ']', '*', '?', '`'], "?")
    });
    tera.autoescape_on(XML.to_vec());
    tera.add_raw_templates(ALL)?;
    tera.render(template.0, context)
}

/// A time in seconds since 1970, as in RFC 3339.
pub(crate) fn rfc3339(seconds: u64) -> String {
    utc(seconds).to_string()
}

/// The date of a time in seconds since 1970, such as `2026-11-30`.
pub(crate) fn date(seconds: u64) -> String {
    utc(seconds).to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

/// The last year of dates is 9999.
fn utc(seconds: u64) -> jiff::Timestamp {
    let seconds = seconds.try_into().unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX)
}

/// A text with Windows line endings.
pub(crate) fn with_crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}
