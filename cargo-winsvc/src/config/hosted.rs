//! Services whose program runs under `winsvc-host`.

use serde::Deserialize as _;
use toml::de::{DeValue, ValueDeserializer};
use winsvc_definition::ServiceName;
use winsvc_definition::manifest::ServiceTable;

use super::overlay;
use super::places::own_keys;
use super::source::get;
use super::{Config, ConfigError, ServiceConfig};

impl Config {
    /// Checks a service of a product without a Rust project.
    pub(super) fn check_hosted(
        &self,
        table: &ServiceTable,
        service: &ServiceName,
        is_listed: bool,
    ) -> Result<(), ConfigError> {
        let own = ["services", service.as_str(), "program"];
        let keys = if is_listed { &own[..] } else { &own[2..] };
        if table.program.is_some() {
            return Err(ConfigError::ProgramOfHost {
                place: self.place_of(keys, &["program"]),
            });
        }
        if table.host.is_none() {
            return Err(ConfigError::NoHost {
                service: service.clone(),
                place: self.place(&own[..2]),
            });
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
    use super::super::tests::{parse_on, project};
    use super::*;
    use crate::diagnostic::Explain as _;
    use crate::project::{Project, Scope};

    fn product() -> Project {
        Project {
            scope: Scope::File,
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
}
