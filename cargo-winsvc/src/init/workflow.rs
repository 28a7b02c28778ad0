//! A workflow that releases the packages.

use serde::Serialize;
use tera::Context;
use winsvc_definition::manifest::{SecretSource, SignEngine};
use winsvc_definition::{StartType, VariableName};
use winsvc_templates::WORKFLOW_GITHUB;

use crate::config::Config;
use crate::product;
use crate::project::Project;
use crate::texts::render_text;

/// Where the workflow of a service lies in a repository.
pub(super) const GITHUB: &str = ".github/workflows/release.yml";

/// What most customers need.
const TARGETS: [&str; 2] = ["x86_64-pc-windows-gnu", "i686-pc-windows-gnu"];

#[derive(Serialize)]
struct ServiceText<'a> {
    name: &'a str,
    /// Whether an installation starts it.
    starts: bool,
}

/// The workflow for GitHub.
pub(super) fn github(project: &Project, config: &Config) -> Result<String, tera::Error> {
    let services: Vec<_> = config
        .services
        .iter()
        .map(|service| ServiceText {
            name: service.definition.name.as_str(),
            starts: matches!(service.definition.start, StartType::Auto | StartType::Delayed),
        })
        .collect();
    let mut packages = vec!["gcc-mingw-w64-x86-64", "gcc-mingw-w64-i686"];
    let mut formats = vec!["msi", "zip", "guide", "sbom", "provenance", "sha256sums"];
    let engine = config
        .manifest
        .sign
        .as_ref()
        .and_then(|sign| sign.engine.as_ref());
    if matches!(engine, Some(SignEngine::Osslsigncode(_))) {
        packages.push("osslsigncode");
    }
    if config.manifest.channels.winget.identifier.is_some() {
        formats.push("winget");
    }
    let mut context = Context::new();
    context.insert("package", &project.name);
    context.insert("stem", &product::file_stem(project, config));
    context.insert("tool", env!("CARGO_PKG_VERSION"));
    context.insert("targets", &TARGETS);
    context.insert("packages", &packages);
    context.insert("formats", &formats);
    context.insert("services", &services);
    context.insert("secrets", &secrets(config));
    render_text(WORKFLOW_GITHUB, &context)
}

/// The environment variables with secrets that signing needs.
fn secrets(config: &Config) -> Vec<&str> {
    let Some(sign) = &config.manifest.sign else {
        return Vec::new();
    };
    let password = match &sign.engine {
        Some(SignEngine::Osslsigncode(osslsigncode)) => osslsigncode.password.as_ref(),
        _ => None,
    };
    let variable = match password {
        Some(SecretSource::Env(name)) => Some(name),
        _ => None,
    };
    let named = sign.secrets.iter().flatten();
    named.chain(variable).map(VariableName::as_str).collect()
}
