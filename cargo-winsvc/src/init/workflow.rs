//! A workflow that releases the packages.

use std::path::Path;

use serde::Serialize;
use tera::Context;
use winsvc_definition::manifest::{Located, SecretSource, SignEngine, SigningIdentity};
use winsvc_definition::{StartType, VariableName};
use winsvc_templates::{WORKFLOW_GITHUB, WORKFLOW_GITLAB, WORKFLOW_INSTALL};

use crate::cli::CiService;
use crate::config::Config;
use crate::product;
use crate::project::Project;
use crate::texts::render_text;

/// What most customers need.
const TARGETS: [&str; 2] = ["x86_64-pc-windows-gnu", "i686-pc-windows-gnu"];

/// The secret with the file of the signing key, in Base64.
const KEY_SECRET: &str = "SIGNING_KEY";

#[derive(Serialize)]
struct ServiceText<'a> {
    name: &'a str,
    /// Whether an installation starts it.
    starts: bool,
}

/// The file with the signing key, which is in no repository.
#[derive(Serialize)]
struct KeyFile {
    /// Its path in the checkout.
    file: String,
    secret: &'static str,
}

/// Where a service expects its workflow in a repository.
pub(super) fn file(service: CiService) -> &'static str {
    match service {
        CiService::Github => ".github/workflows/release.yml",
        CiService::Gitlab => ".gitlab-ci.yml",
    }
}

/// What to do if the engine that signs does not run on Linux, where the workflow signs.
pub(super) fn unfit_engine(config: &Config) -> Option<&'static str> {
    matches!(engine(config), Some(SignEngine::Signtool(_))).then_some(
        "the workflow signs on Linux, where there is no signtool; use `sign.osslsigncode` or `sign.command`",
    )
}

/// The workflow for a service. `root` is the folder of the checkout.
pub(super) fn render(
    service: CiService,
    project: &Project,
    config: &Config,
    root: &Path,
) -> Result<String, tera::Error> {
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
    if matches!(engine(config), Some(SignEngine::Osslsigncode(_))) {
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
    context.insert("key", &key_file(config, root));
    context.insert("install", render_text(WORKFLOW_INSTALL, &context)?.trim_end());
    let template = match service {
        CiService::Github => WORKFLOW_GITHUB,
        CiService::Gitlab => WORKFLOW_GITLAB,
    };
    render_text(template, &context)
}

fn engine(config: &Config) -> Option<&SignEngine> {
    config.manifest.sign.as_ref()?.engine.as_ref()
}

/// The environment variables with secrets that signing needs.
fn secrets(config: &Config) -> Vec<&str> {
    let password = match engine(config) {
        Some(SignEngine::Osslsigncode(osslsigncode)) => osslsigncode.password.as_ref(),
        _ => None,
    };
    let variable = match password {
        Some(SecretSource::Env(name)) => Some(name),
        _ => None,
    };
    let named = config
        .manifest
        .sign
        .iter()
        .filter_map(|sign| sign.secrets.as_ref());
    let named = named.flatten().chain(variable).map(VariableName::as_str);
    let mut secrets: Vec<&str> = Vec::new();
    for name in named {
        if !secrets.contains(&name) {
            secrets.push(name);
        }
    }
    secrets
}

/// The file with the key that osslsigncode reads, if it is in the checkout.
fn key_file(config: &Config, root: &Path) -> Option<KeyFile> {
    let Some(SignEngine::Osslsigncode(osslsigncode)) = engine(config) else {
        return None;
    };
    let path = match &osslsigncode.identity {
        SigningIdentity::Pkcs12(path)
        | SigningIdentity::Key {
            key: Located::File(path),
            ..
        } => path,
        SigningIdentity::Key { .. } => return None,
    };
    let file = path.strip_prefix(root).ok()?.to_str()?.replace('\\', "/");
    // Others would need quotation marks of YAML and of the shell.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    file.chars().all(is_plain).then_some(KeyFile {
        file,
        secret: KEY_SECRET,
    })
}
