//! How the packages were built: an in-toto statement with a SLSA predicate, which is not signed
//! ([statement](https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md),
//! [predicate](https://slsa.dev/spec/v1.0/provenance)).

use std::fs::File;

use serde::Serialize;
use serde_json::{Map, Value, json};
use winsvc_definition::manifest::Format;

use super::{ChannelError, Document, Download};
use crate::build::Compiled;
use crate::build::target::WindowsTarget;
use crate::cli::Selection;
use crate::config::Config;
use crate::hashing::{hex, sha256_of};
use crate::product;
use crate::project::Project;

/// What the packages were made from.
pub(crate) struct Origin<'a> {
    /// The commit, with `-dirty` at its end if tracked files differ from it.
    pub commit: Option<&'a str>,
    /// The flags of the build.
    pub selection: &'a Selection,
    /// The targets.
    pub targets: Vec<TargetOrigin<'a>>,
}

/// What the packages for a target were made from.
pub(crate) struct TargetOrigin<'a> {
    /// The target.
    pub target: &'a WindowsTarget,
    /// What was compiled; `None` if the exes were built before.
    pub compiled: Option<&'a Compiled>,
    /// The name and the SHA-256 of each exe.
    pub exes: &'a [(String, [u8; 32])],
}

#[derive(Serialize)]
struct Statement {
    #[serde(rename = "_type")]
    kind: &'static str,
    subject: Vec<Value>,
    #[serde(rename = "predicateType")]
    predicate_type: &'static str,
    predicate: Value,
}

/// How the packages are built, which says what the parameters mean.
const BUILD_TYPE: &str = "pkg:cargo/cargo-winsvc#package";

/// The statement about the downloads.
pub(super) fn statement(
    project: &Project,
    config: &Config,
    origin: &Origin<'_>,
    formats: &[Format],
    downloads: &[Download<'_>],
) -> Result<Document, ChannelError> {
    let subject = downloads
        .iter()
        .map(|download| json!({ "name": download.name(), "digest": { "sha256": download.sha256() } }));
    let formats: Vec<&str> = formats.iter().map(|format| format.as_str()).collect();
    let targets = origin.targets.iter();
    let targets: Vec<&str> = targets.map(|it| it.target.triple.as_str()).collect();
    let mut external = Map::new();
    external.insert("package".to_owned(), json!(project.name));
    external.insert("version".to_owned(), json!(project.version.to_string()));
    external.insert("targets".to_owned(), json!(targets));
    external.insert("formats".to_owned(), json!(formats));
    let mut internal = Map::new();
    if let Some(compiled) = origin.targets.iter().find_map(|it| it.compiled) {
        let selection = origin.selection;
        external.insert("profile".to_owned(), json!(selection.profile()));
        external.insert("featureFlags".to_owned(), json!(selection.feature_flags()));
        internal.insert("rustc".to_owned(), json!(compiled.toolchain.version()?.name));
        internal.insert("rustflags".to_owned(), json!(rustflags(&targets)?));
    }
    let predicate = json!({
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": external,
            "internalParameters": internal,
            "resolvedDependencies": dependencies(project, config, origin)?,
        },
        "runDetails": {
            "builder": { "id": format!("pkg:cargo/{}@{}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")) },
        },
    });
    let statement = Statement {
        kind: "https://in-toto.io/Statement/v1",
        subject: subject.collect(),
        predicate_type: "https://slsa.dev/provenance/v1",
        predicate,
    };
    let mut content = serde_json::to_vec_pretty(&statement).expect("the statement is plain data");
    content.push(b'\n');
    Ok(Document {
        path: path(project, config),
        content,
    })
}

/// The path of the statement.
pub(super) fn path(project: &Project, config: &Config) -> String {
    format!(
        "{}-{}.intoto.json",
        product::file_stem(project, config),
        project.version
    )
}

/// The sources, the lock files, and exes that were built before.
fn dependencies(project: &Project, config: &Config, origin: &Origin<'_>) -> Result<Vec<Value>, ChannelError> {
    let mut dependencies = Vec::new();
    if let Some(commit) = origin.commit {
        let mut source = Map::new();
        source.insert("name".to_owned(), json!("source"));
        let clean = commit.strip_suffix("-dirty");
        let id = clean.unwrap_or(commit);
        if let Some(repository) = &project.repository {
            source.insert("uri".to_owned(), json!(format!("git+{repository}@{id}")));
        }
        source.insert("digest".to_owned(), json!({ "gitCommit": id }));
        if clean.is_some() {
            source.insert("annotations".to_owned(), json!({ "modified": true }));
        }
        dependencies.push(Value::Object(source));
    }
    let programs: Vec<_> = config.programs.iter().map(|program| &program.program).collect();
    for cargo in project.cargo_projects(&programs, origin.selection) {
        let path = cargo.lock_file;
        let lock = File::open(&path).and_then(sha256_of);
        let (_, digest) = lock.map_err(|source| ChannelError::Unreadable { path, source })?;
        let is_host = cargo
            .programs
            .iter()
            .any(|(_, program)| program.generated.is_some());
        let name = if is_host {
            "winsvc-host/Cargo.lock"
        } else {
            "Cargo.lock"
        };
        dependencies.push(json!({ "name": name, "digest": { "sha256": hex(&digest) } }));
    }
    for prebuilt in origin.targets.iter().filter(|it| it.compiled.is_none()) {
        let target = &prebuilt.target.triple;
        let exes = prebuilt.exes.iter().map(|(name, digest)| {
            json!({ "name": format!("{target}/{name}"), "digest": { "sha256": hex(digest) } })
        });
        dependencies.extend(exes);
    }
    Ok(dependencies)
}

/// The compiler's flags for each target, from the environment and cargo's configuration files.
fn rustflags(targets: &[&str]) -> Result<Map<String, Value>, ChannelError> {
    let unreadable = |error| ChannelError::CargoConfig(Box::new(error));
    let config = cargo_config2::Config::load().map_err(unreadable)?;
    let flags = targets.iter().map(|&target| {
        let flags = config.rustflags(target).map_err(unreadable)?;
        Ok((
            target.to_owned(),
            json!(flags.map(|flags| flags.flags).unwrap_or_default()),
        ))
    });
    flags.collect()
}
