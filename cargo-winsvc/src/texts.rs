//! What the generated texts for administrators have in common.

use serde::Serialize;
use tera::{Context, Kwargs, State, Tera};
use winsvc_definition::manifest::TargetPath;
use winsvc_definition::{Rule, rules};
use winsvc_templates::{ALL, Template};

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
    tera.autoescape_on(Vec::<&'static str>::new());
    tera.add_raw_templates(ALL)?;
    tera.render(template.0, context)
}

/// A text with Windows line endings.
pub(crate) fn with_crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}
