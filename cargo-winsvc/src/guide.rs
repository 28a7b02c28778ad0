//! The install guide: what an administrator needs to know to install, configure, upgrade and remove the MSI, as Markdown
//! and as text.

use serde::Serialize;
use tera::Context;
use thiserror::Error;
use winsvc_definition::folders::Kind;
use winsvc_definition::{Property, StartType, TaskAccount, TaskStart};
use winsvc_templates::{GUIDE_MARKDOWN, GUIDE_TEXT};

use crate::diagnostic::{Diagnostic, Explain};
use crate::product::{Arch, DEFAULT_SUFFIX, Product, Service};
use crate::texts::{on_windows, properties, render_text, with_crlf};

/// The guide as Markdown and as text. `msis` are the file names of the MSI, one for each language.
pub fn render(product: &Product, msis: &[String]) -> Result<Guide, GuideError> {
    let context = context(product, msis);
    Ok(Guide {
        markdown: render_text(GUIDE_MARKDOWN, &context)?.into_bytes(),
        text: with_crlf(&render_text(GUIDE_TEXT, &context)?),
    })
}

/// The guide in both forms.
#[derive(Clone, Debug)]
pub struct Guide {
    /// Markdown.
    pub markdown: Vec<u8>,
    /// Plain text.
    pub text: Vec<u8>,
}

/// When an entry of a user starts, and as whom.
const LOGON: &str = "when a user logs on";
const USER: &str = "that user";

/// An entry of the autostart.
#[derive(Serialize)]
struct AutostartText<'a> {
    name: &'a str,
    starts: String,
    account: &'static str,
    switch: String,
}

fn autostart(product: &Product) -> Vec<AutostartText<'_>> {
    let entries = product.machine.autostart.iter().map(|it| {
        let entry = &it.entry;
        let (starts, account, switch) = match &entry.task {
            None => (LOGON.to_owned(), USER, "the Task Manager".to_owned()),
            Some(task) => (
                match task.at {
                    TaskStart::Logon => LOGON.to_owned(),
                    TaskStart::Boot => "at boot".to_owned(),
                    TaskStart::Daily { .. } => task.at.to_string(),
                },
                match task.account {
                    TaskAccount::User => USER,
                    TaskAccount::System => "the system",
                    TaskAccount::LocalService => "LocalService",
                },
                format!("the Task Scheduler ({})", task.folder_path()),
            ),
        };
        AutostartText {
            name: &entry.name,
            starts,
            account,
            switch,
        }
    });
    entries.collect()
}

fn context(product: &Product, msis: &[String]) -> Context {
    #[derive(Serialize)]
    struct ServiceText<'a> {
        name: &'a str,
        display_name: &'a str,
        start: &'static str,
        account: String,
    }
    #[derive(Serialize)]
    struct FeatureText<'a> {
        name: &'a str,
        title: &'a str,
        description: &'a str,
        is_default: bool,
    }
    let features = product.features.iter().map(|feature| FeatureText {
        name: feature.name.as_str(),
        title: &feature.title,
        description: &feature.description,
        is_default: feature.is_default,
    });
    let services = product
        .services
        .iter()
        .map(|Service { definition, .. }| ServiceText {
            name: definition.name.as_str(),
            display_name: definition.display_name.as_str(),
            start: match definition.start {
                StartType::Auto => "at boot",
                StartType::Delayed => "shortly after boot",
                StartType::Manual => "on request",
                StartType::Disabled => "never (disabled)",
            },
            account: definition
                .account
                .start_name(&definition.name)
                .unwrap_or_else(|| "LocalSystem".to_owned()),
        });
    let programs = match product.arch {
        Arch::X86 => "%ProgramFiles(x86)%",
        Arch::X64 | Arch::Arm64 => "%ProgramFiles%",
    };
    let mut folders = vec![(
        "programs",
        "{install}",
        format!(r"{programs}\{}", product.folders.join("\\")),
    )];
    for folder in product.protected_folders() {
        let (what, name) = match folder.kind {
            Kind::Config => ("settings", "{config}"),
            Kind::Data => ("data", "{data}"),
            Kind::Logs => ("logs", "{logs}"),
            Kind::Shared | Kind::Update => continue,
        };
        folders.push((what, name, format!(r"%ProgramData%\{}", folder.path.join("\\"))));
    }
    let has_name = |property: &Property| property.default.names().next().is_some();
    let is_started = |service: &Service| service.definition.start.is_automatic();
    let kept = product.files.iter().filter(|file| file.is_kept);
    let firewall = &product.machine.firewall;

    let mut context = Context::new();
    context.insert("name", &product.name);
    context.insert("version", &product.full_version);
    context.insert("manufacturer", &product.manufacturer);
    context.insert("arch", product.arch.as_str());
    context.insert("comments", product.comments.trim_end_matches('.'));
    context.insert(
        "help",
        &product.links.help.as_ref().or(product.links.homepage.as_ref()),
    );
    context.insert("msi", &msis[0]);
    context.insert("other_msis", &msis[1..]);
    context.insert("has_dialogs", &product.dialogs.is_some());
    context.insert("plural", if product.services.len() > 1 { "s" } else { "" });
    context.insert("services", &services.collect::<Vec<_>>());
    context.insert("starts", &product.services.iter().any(is_started));
    context.insert("folders", &folders);
    // Defaults are shown with the names of folders.
    context.insert("names_folders", &product.properties.iter().any(has_name));
    context.insert("properties", &properties(product));
    context.insert("features", &features.collect::<Vec<_>>());
    context.insert(
        "firewall",
        &firewall.iter().map(|it| &it.rule.name).collect::<Vec<_>>(),
    );
    context.insert("autostart", &autostart(product));
    context.insert("optional_rules", &firewall.iter().any(|it| it.rule.optional));
    context.insert(
        "kept",
        &kept.map(|file| on_windows(&file.target)).collect::<Vec<_>>(),
    );
    context.insert("default_suffix", DEFAULT_SUFFIX);
    context
}

/// The error if the guide cannot be made.
#[derive(Debug, Error)]
pub enum GuideError {
    /// A template does not render.
    #[error("cannot render a template of the install guide")]
    Template(#[from] tera::Error),
}

impl Explain for GuideError {
    fn diagnostic(&self) -> Diagnostic {
        Diagnostic::of(self)
    }
}
