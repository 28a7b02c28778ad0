//! Services whose program runs under `winsvc-host`.

use serde::Deserialize as _;
use toml::de::{DeValue, ValueDeserializer};
use winsvc_definition::ServiceName;
use winsvc_definition::manifest::{ProgramRef, ServiceTable, Target, TargetPath};

use super::overlay;
use super::places::own_keys;
use super::source::get;
use super::{Config, ConfigError, ServiceConfig, find};
use crate::project::{Program, Project, Scope};

impl Config {
    /// The program that Windows starts for a service: a binary, or the host that the tool makes.
    pub(super) fn program_of(
        &self,
        project: &Project,
        table: &ServiceTable,
        service: &ServiceName,
        is_listed: bool,
    ) -> Result<Program, ConfigError> {
        let own = ["services", service.as_str(), "program"];
        let place = || self.place_of(if is_listed { &own } else { &own[2..] }, &["program"]);
        if project.scope == Scope::File {
            if table.program.is_some() {
                return Err(ConfigError::ProgramOfHost { place: place() });
            }
            if table.host.is_none() {
                return Err(ConfigError::NoHost {
                    service: service.clone(),
                    place: self.place(&own[..2]),
                });
            }
        }
        // `--bin` selects the program of the only service.
        let named = table.program.as_ref().filter(|_| project.bin.is_none());
        let program = match (named, &table.host) {
            (Some(named), _) => find(project, named, place)?,
            (None, Some(host)) if project.bin.is_none() && !project.has_host() => {
                let updates = self.manifest.update.is_some();
                return Ok(project.host_program(service, host, updates));
            }
            (None, _) => match project.default_program() {
                Some(program) => program?,
                None => {
                    return Err(ConfigError::NoProgram {
                        place: self.place(&own[..2]),
                        service: service.clone(),
                    });
                }
            },
        };
        if table.host.is_some() && !project.can_host(&program) {
            return Err(ConfigError::NotAHost {
                binary: program.binary,
                package: program.package,
                place: match named {
                    Some(_) => place(),
                    None => self.place(&["host"]),
                },
            });
        }
        Ok(program)
    }

    /// Adds the binaries that run under a host: they are installed without an entry in `programs`.
    pub(super) fn add_hosted_programs(&mut self, project: &Project) -> Result<(), ConfigError> {
        let folder = self.manifest.package.exe_folder.as_ref().and_then(Target::path);
        let folder: String = folder
            .into_iter()
            .flat_map(TargetPath::parts)
            .flat_map(|part| [part, "/"])
            .collect();
        for index in 0..self.services.len() {
            let Some(host) = &self.services[index].table.host else {
                continue;
            };
            let path = host.program.as_written().replace('\\', "/");
            let path = path.strip_prefix("{install}/").unwrap_or(&path);
            let binary = path
                .strip_prefix(&folder)
                .and_then(|name| name.strip_suffix(".exe"));
            let named = binary.map(|bin| ProgramRef {
                package: None,
                bin: bin.to_owned(),
            });
            if let Some(Ok(program)) = named.map(|named| project.program(&named)) {
                self.services[index].hosted = Some(self.add_program(program)?);
            }
        }
        Ok(())
    }

    /// The table `host` of a service as TOML, as it is written for the target.
    pub(crate) fn host_text(&self, service: &ServiceConfig) -> Option<String> {
        service.table.host.as_ref()?;
        let own = own_keys(service, &["host"]);
        self.layers.iter().find_map(|layer| {
            let table = layer.with(&overlay::tables_of(&layer.target)).ok()??;
            let DeValue::Table(table) = table.into_inner() else {
                return None;
            };
            let host = get(&table, &own).or_else(|| get(&table, &["host"]))?;
            let host = toml::Table::deserialize(ValueDeserializer::from(host.clone())).ok()?;
            toml::to_string(&host).ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{parse_for, parse_on, project};
    use super::*;
    use crate::diagnostic::Explain as _;

    fn product() -> Project {
        Project {
            scope: Scope::File,
            members: Vec::new(),
            ..project()
        }
    }

    fn parse(triple: &str, text: &str) -> Result<Config, ConfigError> {
        parse_on(triple, &product(), text)
    }

    const X64: &str = "x86_64-pc-windows-gnu";

    #[test]
    fn the_whole_file_is_the_table_and_the_target_s_values_are_in_the_stamped_one() {
        let text = "version = '1.2.3'\nstop-timeout = '40s'\n[host]\nprogram = 'a/b.exe'\n\
            [target.x86.host]\nprogram = 'x86/b.exe'";
        let host = |triple| {
            let config = parse(triple, text).unwrap();
            let service = &config.services[0];
            let timeout = service.definition.preshutdown_timeout.unwrap();
            assert_eq!(timeout.to_string(), "40s", "the stop timeout");
            config.host_text(service).unwrap()
        };
        assert_eq!(host(X64), "program = \"a/b.exe\"\n");
        assert_eq!(host("i686-pc-windows-gnu"), "program = \"x86/b.exe\"\n");
    }

    #[test]
    fn every_service_has_a_program_to_host_and_no_binary() {
        let error = |text: &str| {
            let error = parse(X64, text).unwrap_err();
            let place = error.diagnostic().place;
            (
                error.to_string(),
                place.map(|place| place.text[place.span].to_owned()),
            )
        };
        assert_eq!(
            error("version = '1.2.3'\n").0,
            "the service `acme` has no table `host`"
        );
        let (message, place) = error("program = 'acme'\nhost.program = 'a.exe'");
        assert_eq!(
            message,
            "`program` names a binary of a Rust project, which this product does not have"
        );
        assert_eq!(place.as_deref(), Some("'acme'"));
        let (message, place) = error("[host]\nprogram = 'a.exe'\npriorty = 'high'");
        assert!(
            message.starts_with("unknown field `priorty`, expected one of"),
            "{message}"
        );
        assert_eq!(place.as_deref(), Some("priorty"));
    }

    /// The exes of a package with a binary `acme`, each with whether the tool makes it.
    fn exes(project: &Project, table: &str) -> Result<Vec<(String, bool)>, String> {
        let config = parse_for(project, &format!("[package.metadata.winsvc]\n{table}"));
        let config = config.map_err(|error| {
            let diagnostic = error.diagnostic();
            let place = diagnostic.place.map(|place| place.text[place.span].to_owned());
            format!("{}: {}", place.unwrap_or_default(), diagnostic.message)
        })?;
        let programs = config.programs.iter().map(|it| &it.program);
        Ok(programs
            .map(|it| (it.exe_name(), it.generated.is_some()))
            .collect())
    }

    #[test]
    fn a_package_without_a_host_gets_one_and_its_own_binary_is_installed_with_it() {
        let (host, own) = (
            |name: &str| (name.to_owned(), true),
            ("acme.exe".to_owned(), false),
        );
        for (table, expected) in [
            (
                "host.program = 'acme.exe'",
                vec![host("acme-service.exe"), own.clone()],
            ),
            (
                "host.program = '{install}/acme.exe'",
                vec![host("acme-service.exe"), own.clone()],
            ),
            ("host.program = 'node/node.exe'", vec![host("acme.exe")]),
            (
                "name = 'agent'\nhost.program = 'acme.exe'",
                vec![host("agent.exe"), own.clone()],
            ),
            (
                "host.program = 'bin\\acme.exe'\npackage.exe-folder = 'bin'",
                vec![host("acme-service.exe"), own.clone()],
            ),
            (
                "services.a.host.program = 'acme.exe'\nservices.b.program = 'acme'",
                vec![host("a.exe"), own.clone()],
            ),
        ] {
            assert_eq!(exes(&project(), table), Ok(expected), "{table}");
        }
        // Of a feature that may be left out, both.
        let config = parse_for(
            &project(),
            "[package.metadata.winsvc]\nfeatures.x = {}\nservices.a.program = 'acme'\n\
             services.b = { host.program = 'other.exe', feature = 'x' }",
        );
        assert_eq!(
            config.unwrap().programs[1].feature.as_ref().unwrap().as_str(),
            "x"
        );
    }

    #[test]
    fn a_binary_is_a_host_if_its_package_depends_on_one() {
        let mut package = project();
        package.members[0].dependencies.insert("winsvc-host".to_owned());
        let own = Ok(vec![("acme.exe".to_owned(), false)]);
        assert_eq!(exes(&package, "host.program = 'node.exe'"), own);
        assert_eq!(exes(&package, "program = 'acme'\nhost.program = 'node.exe'"), own);
        let error = exes(&project(), "program = 'acme'\nhost.program = 'node.exe'");
        let message = "the binary `acme` cannot run another program: its package `acme` does not depend on `winsvc-host`";
        assert_eq!(error, Err(format!("'acme': {message}")));
    }
}
