//! The programs that run others as services, where the product has no binary of its own for that.
//!
//! cargo builds them from a small project in the target directory: one binary for each service, whose `main` is that of the
//! library `winsvc-host`. Everything else is as for a binary of a workspace.

use std::fs;
use std::io;
use std::path::Path;

use winsvc_definition::manifest::Host;
use winsvc_definition::{NamedText, ServiceName};

use super::members::Generated;
use super::{Program, Project, ProjectError};

/// The library whose `main` runs other programs as services.
const HOST: &str = "winsvc-host";

impl Project {
    /// Whether the binaries of the product's own package can run other programs as services.
    pub(crate) fn has_host(&self) -> bool {
        self.own_member()
            .is_some_and(|member| member.dependencies.contains(HOST))
    }

    /// Whether a binary can run other programs as services.
    pub(crate) fn can_host(&self, program: &Program) -> bool {
        self.depends_on(program, HOST)
    }

    /// The program that runs another one as this service, in the project that the tool makes. It has the service's name,
    /// unless the other program has it. `updates` says whether the product updates itself.
    pub(crate) fn host_program(&self, service: &ServiceName, host: &Host, updates: bool) -> Program {
        let name = cargo_name(&self.name);
        let folder = self.target_dir.join("winsvc").join("host").join(&name);
        let mut binary = cargo_name(service.as_str());
        if file_name(&host.program, service).eq_ignore_ascii_case(&format!("{binary}.exe")) {
            binary.push_str("-service");
        }
        let package = format!("{name}-host");
        Program {
            id: format!("{package}@{}", self.version),
            package,
            version: self.version.clone(),
            description: self.description.clone(),
            source: folder.join(format!("{binary}.rs")),
            binary,
            generated: Some(Generated { folder, updates }),
        }
    }
}

/// Writes the project with the programs that the tool makes; what has not changed is not touched, so that cargo does not
/// build it again.
pub(crate) fn write_hosts(programs: &[&Program]) -> Result<(), ProjectError> {
    let hosts = programs
        .iter()
        .filter_map(|program| Some((program.generated.as_ref()?, program)));
    let hosts: Vec<_> = hosts.collect();
    let Some((generated, first)) = hosts.first() else {
        return Ok(());
    };
    let binaries: Vec<&str> = hosts.iter().map(|(_, program)| &*program.binary).collect();
    write(generated, first, &binaries).map_err(|source| ProjectError::HostProject {
        path: generated.folder.clone(),
        source,
    })
}

/// The file name of a program, as its text says.
fn file_name(program: &NamedText, service: &ServiceName) -> String {
    let path = program.as_written().replace("{name}", service.as_str());
    path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

/// A name as that of a package or a binary: cargo allows fewer characters than Windows.
fn cargo_name(name: &str) -> String {
    let allowed = |character: char| {
        if character.is_ascii_alphanumeric() || "-_".contains(character) {
            character
        } else {
            '-'
        }
    };
    name.chars().map(allowed).collect()
}

fn write(
    Generated { folder, updates }: &Generated,
    Program { package, version, .. }: &Program,
    binaries: &[&str],
) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let source = checkout.join(HOST);
    let own = env!("CARGO_PKG_VERSION");
    let dependency = if source.join("Cargo.toml").is_file() {
        // The tool runs from a checkout, with the versions that were tested there.
        let lock = folder.join("Cargo.lock");
        if !lock.exists() && checkout.join("Cargo.lock").is_file() {
            fs::copy(checkout.join("Cargo.lock"), lock)?;
        }
        let path = source.canonicalize().unwrap_or(source);
        format!(
            "path = {}",
            toml::Value::String(path.to_string_lossy().into_owned())
        )
    } else {
        format!("version = \"={own}\"")
    };
    let features = if *updates { ", features = [\"update\"]" } else { "" };
    let mut bins = String::new();
    for binary in binaries {
        bins.extend(["\n[[bin]]\nname = \"", binary, "\"\npath = \"", binary, ".rs\"\n"]);
        update(
            &folder.join(format!("{binary}.rs")),
            "fn main() -> std::process::ExitCode {\n    winsvc_host::main()\n}\n",
        )?;
    }
    let manifest = format!(
        "# Made by `cargo winsvc`; changes are lost.\n\
         [package]\nname = \"{package}\"\nversion = \"{version}\"\nedition = \"2024\"\npublish = false\n\
         autobins = false\n\n\
         [dependencies]\n{HOST} = {{ {dependency}{features} }}\n\n\
         [profile.release]\nopt-level = \"s\"\nlto = true\ncodegen-units = 1\nstrip = true\n\n\
         [workspace]\n{bins}"
    );
    update(&folder.join("Cargo.toml"), &manifest)
}

fn update(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::project;

    fn host(program: &str) -> Host {
        toml::from_str(&format!("program = '{program}'")).unwrap()
    }

    #[test]
    fn a_host_has_the_service_s_name_unless_its_program_has_it() {
        let service = ServiceName::new("acme agent").unwrap();
        let name = |program: &str| project().host_program(&service, &host(program), false).exe_name();
        assert_eq!(name("{install}/node/node.exe"), "acme-agent.exe");
        assert_eq!(name("{install}/bin/Acme-Agent.exe"), "acme-agent-service.exe");
        let service = ServiceName::new("acme").unwrap();
        let program = project().host_program(&service, &host("{name}.exe"), false);
        assert_eq!(
            (program.binary.as_str(), program.id.as_str()),
            ("acme-service", "acme-host@1.2.3")
        );
    }

    #[test]
    fn the_project_has_a_binary_for_each_service() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project {
            target_dir: folder.path().to_owned(),
            ..project()
        };
        let names = ["a", "b"].map(|name| ServiceName::new(name).unwrap());
        let [a, b] = names.map(|name| project.host_program(&name, &host("node.exe"), true));
        write_hosts(&[&a, &b]).unwrap();
        let metadata = cargo_metadata::MetadataCommand::new()
            .manifest_path(folder.path().join("winsvc/host/acme/Cargo.toml"))
            .no_deps()
            .exec()
            .unwrap();
        let [package] = &metadata.packages[..] else {
            panic!("one package was expected: {metadata:?}");
        };
        assert!(a.is_of(&package.id), "{}", package.id);
        assert_eq!(package.dependencies[0].features, ["update"]);
        let mut sources: Vec<_> = package
            .targets
            .iter()
            .map(|target| target.src_path.as_std_path())
            .collect();
        sources.sort();
        assert_eq!(sources, [&a.source, &b.source]);
    }
}
