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
