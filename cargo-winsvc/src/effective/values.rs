//! The values in force: as written, by flags, inherited, or by default.

use std::path::Path;

use winsvc_definition::manifest::ServiceTable;

use super::defaults;
use super::setting::{Origin, Setting};
use crate::config::{Config, ServiceConfig, written_in};
use crate::diagnostic::Place;
use crate::project::{Project, Scope};
use crate::sign::{self, SignError};

/// The flags that set values.
pub(super) struct Options<'a> {
    /// `--sign-config`
    pub(super) sign: &'a [String],
    /// `--bin`
    pub(super) bin: Option<&'a str>,
}

/// The keys of `sign` of which only one is in force.
const ENGINES: [&str; 3] = ["osslsigncode", "signtool", "command"];

/// The keys that a package takes from its workspace, besides those of services and `sign`.
const INHERITED: [[&str; 2]; 3] = [
    ["package", "manufacturer"],
    ["package", "formats"],
    ["package", "compression"],
];

/// The values in force, sorted by keys.
pub(super) fn values(
    project: &Project,
    config: &Config,
    options: &Options<'_>,
) -> Result<Vec<Setting>, SignError> {
    let [own, inherited] = config
        .written()
        .map(|written| written.into_iter().map(Setting::written).collect::<Vec<_>>());
    let is_package = project.scope != Scope::Workspace;
    let (of_services, mut values): (Vec<Setting>, Vec<Setting>) = own.into_iter().partition(is_of_services);
    for value in inherited.iter().filter(|_| is_package) {
        if INHERITED.iter().any(|keys| value.keys == *keys) && !has(&values, &value.keys) {
            values.push(value.clone());
        }
    }
    add_signing(&mut values, &inherited, options)?;
    for service in &config.services {
        add_service(service, config, &of_services, &inherited, options, &mut values);
    }
    let is_signed = values.iter().any(|value| value.keys[0] == "sign");
    for default in defaults::of_product(project, config, is_signed) {
        // A table that is written as a text or a list has no keys.
        let is_written = (1..=default.keys.len()).any(|count| has(&values, &default.keys[..count]));
        if !is_written {
            values.push(default);
        }
    }
    let rank = |value: &Setting| (value.keys.len() > 1, value.keys.clone());
    values.sort_by_key(rank);
    Ok(values)
}

/// Whether a value is that of a service, or the default of all services.
fn is_of_services(value: &Setting) -> bool {
    value.keys[0] == "services" || ServiceTable::FIELDS.contains(&&*value.keys[0].replace('-', "_"))
}

fn has(values: &[Setting], keys: &[String]) -> bool {
    values.iter().any(|value| value.keys == keys)
}

/// Adds the values of a service: its own, else those of all services, else those of the workspace, else defaults.
fn add_service(
    service: &ServiceConfig,
    config: &Config,
    of_services: &[Setting],
    inherited: &[Setting],
    options: &Options<'_>,
    values: &mut Vec<Setting>,
) {
    let name = service.definition.name.as_str();
    let prefix: &[&str] = if service.is_listed() {
        &["services", name]
    } else {
        &[]
    };
    let named = |keys: &[String]| {
        [
            &prefix.iter().map(|&key| key.to_owned()).collect::<Vec<_>>(),
            keys,
        ]
        .concat()
    };
    let below = |value: &Setting, prefix: &[&str], key: &str| {
        value.keys.len() > prefix.len()
            && value.keys.iter().zip(prefix).all(|(a, b)| a == b)
            && value.keys[prefix.len()] == key
    };
    let mut found: Vec<Setting> = Vec::new();
    let keys = ServiceTable::FIELDS.iter().map(|field| field.replace('_', "-"));
    for key in keys.chain(["feature".to_owned()]) {
        let key = &*key;
        let sources = [
            (of_services, prefix),
            (of_services, &[][..]),
            (inherited, &[][..]),
        ];
        let source = sources
            .iter()
            .find(|(values, prefix)| values.iter().any(|value| below(value, prefix, key)));
        let Some((written, prefix)) = source.filter(|_| key != "feature" || service.is_listed()) else {
            continue;
        };
        for value in written.iter().filter(|value| below(value, prefix, key)) {
            let keys = named(&value.keys[prefix.len()..]);
            found.push(Setting {
                keys,
                ..value.clone()
            });
        }
    }
    if let Some(bin) = options.bin.filter(|_| !service.is_listed()) {
        found.retain(|value| value.keys[0] != "program");
        found.push(Setting::new(&["program"], bin, Origin::Flag("--bin")));
    }
    for default in defaults::of_service(service, config) {
        let keys = named(&default.keys);
        if !(1..=keys.len()).any(|count| has(&found, &keys[..count])) {
            found.push(Setting { keys, ..default });
        }
    }
    values.append(&mut found);
}

/// Adds the values of `sign` by flags and of the workspace. Of several engines, only the first in force is.
fn add_signing(
    values: &mut Vec<Setting>,
    inherited: &[Setting],
    options: &Options<'_>,
) -> Result<(), SignError> {
    // An error in them is reported as when signing.
    sign::from_options(options.sign)?;
    let own: Vec<Setting> = values.extract_if(.., |value| value.keys[0] == "sign").collect();
    let flags = options.sign.iter().rev().map(|option| of_flag(option));
    let of_workspace = inherited.iter().filter(|value| value.keys[0] == "sign").cloned();
    let mut found: Vec<Setting> = Vec::new();
    for layer in flags.chain([own, of_workspace.collect()]) {
        let is_engine = |value: &Setting| ENGINES.contains(&&*value.keys[1]);
        let has_engine = found.iter().any(is_engine);
        let known: Vec<String> = found.iter().map(|value| value.keys[1].clone()).collect();
        let new = layer.into_iter().filter(|value| value.keys.len() > 1);
        found.extend(new.filter(|value| !(known.contains(&value.keys[1]) || is_engine(value) && has_engine)));
    }
    values.append(&mut found);
    Ok(())
}

/// The values of a `--sign-config`: of a file with their places.
fn of_flag(option: &str) -> Vec<Setting> {
    let path = Path::new(option);
    let is_file = path.is_file();
    let text = if is_file {
        std::fs::read_to_string(path).unwrap_or_default()
    } else {
        option.to_owned()
    };
    let at = |span| Place {
        path: path.to_owned(),
        text: text.clone(),
        span,
    };
    let written = written_in(&text, &at).into_iter().map(|mut written| {
        written.keys.insert(0, "sign".to_owned());
        let value = Setting::written(written);
        if is_file {
            value
        } else {
            let origin = Origin::Flag("--sign-config");
            Setting { origin, ..value }
        }
    });
    written.collect()
}
