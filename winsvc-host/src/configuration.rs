//! Where the table `host` comes from: the resource of the exe, or a file.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use toml::de::{DeTable, Deserializer, ValueDeserializer};
use winsvc::hosted::Hosted;
use winsvc_definition::manifest::{Host, Manifest, ServiceTable};
use winsvc_definition::{Argument, Build, Layout, Role, Stamp, command_line};

use crate::error::{HostError, Usage};

/// What the host runs.
#[derive(Debug)]
pub(crate) struct Configuration {
    pub(crate) source: Source,
    /// The arguments that the host's command line has for the program.
    pub(crate) arguments: Vec<OsString>,
    /// The definition of a service from a file.
    pub(crate) stamp: Option<Stamp>,
    /// Whether the program's output is shown in a terminal.
    pub(crate) has_terminal: bool,
}

/// Where the table is.
#[derive(Debug)]
pub(crate) enum Source {
    /// In the stamp of the exe.
    Exe,
    /// In a file.
    File {
        host: Box<Host>,
        /// Its folder, in place of the installation folder.
        folder: PathBuf,
        stamp: Box<Stamp>,
    },
}

impl Configuration {
    /// The configuration in the exe's stamp. It has no options of its own: its command line is the program's.
    pub(crate) fn of_exe() -> Self {
        Self {
            source: Source::Exe,
            arguments: env::args_os().skip(1).collect(),
            stamp: None,
            has_terminal: true,
        }
    }

    /// The configuration in the file that the command line has.
    pub(crate) fn of_command_line() -> Result<Self, HostError> {
        let (file, arguments) = options(env::args_os().skip(1)).map_err(HostError::Usage)?;
        Self::of_file(&file, arguments)
    }

    /// The configuration in a file.
    pub(crate) fn of_file(file: &Path, arguments: Vec<OsString>) -> Result<Self, HostError> {
        let text = fs::read_to_string(file).map_err(|error| HostError::File {
            path: file.to_owned(),
            error,
        })?;
        Self::read(file, &text, arguments)
    }

    /// Reads a file: the table `[package.metadata.winsvc]` at the top level, and `version`.
    fn read(path: &Path, text: &str, arguments: Vec<OsString>) -> Result<Self, HostError> {
        let invalid = |error| HostError::Table {
            path: path.to_owned(),
            error: Box::new(error),
        };
        let (manifest, version) = parse(text).map_err(|mut error| {
            error.set_input(Some(text));
            invalid(error)
        })?;
        let no_host = || HostError::NoHost {
            path: path.to_owned(),
        };
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let wanted = env::var("WINSVC_SERVICE").ok();
        let services = manifest
            .service_tables(&stem, &ServiceTable::default())
            .map_err(|_| no_host())?;
        let (name, service) = services
            .into_iter()
            .filter(|(_, service)| service.host.is_some())
            .find(|(name, _)| wanted.as_ref().is_none_or(|wanted| name.as_str() == wanted))
            .ok_or_else(no_host)?;
        let host = service.host.clone().ok_or_else(no_host)?;
        let mut definition = service.definition(name, None);
        for (name, property) in &manifest.properties {
            definition.arguments.extend(property.arguments(name));
        }
        definition.arguments.sort_by_key(Argument::order);
        let stamp = Stamp {
            layout: Layout {
                data_folder: vec![definition.name.to_string()],
                ..Layout::default()
            },
            definition,
            role: Role::Service,
            build: Build::new(version),
            properties: manifest
                .properties
                .iter()
                .map(|(name, table)| table.property(name))
                .collect(),
            firewall: Vec::new(),
            autostart: Vec::new(),
            update: None,
            host: None,
        };
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Ok(Self {
            source: Source::File {
                host: Box::new(host),
                folder: absolute.parent().unwrap_or(Path::new("")).to_owned(),
                stamp: Box::new(stamp.clone()),
            },
            arguments,
            stamp: Some(stamp),
            has_terminal: true,
        })
    }

    /// The program's arguments beside those of the table: those of the definition, and of the command line. A stamped exe is
    /// started with both.
    pub(crate) fn arguments(&self, hosted: &Hosted) -> Vec<OsString> {
        let mut arguments = Vec::new();
        if let Source::File { stamp, .. } = &self.source {
            let line = command_line::join_named(&stamp.definition.arguments, &|name| hosted.value(name));
            let line = command_line::expand(&line, |name| env::var(name).ok());
            arguments.extend(command_line::split(&line).into_iter().map(OsString::from));
        }
        arguments.extend(self.arguments.iter().cloned());
        arguments
    }

    /// The variables of the definition, which a stamped exe is started with, where the terminal does not set them.
    pub(crate) fn environment(&self, hosted: &Hosted) -> Vec<(String, String)> {
        let Source::File { stamp, .. } = &self.source else {
            return Vec::new();
        };
        let variables = stamp.definition.environment.iter();
        variables
            .filter(|(name, _)| env::var_os(name.as_str()).is_none())
            .map(|(name, text)| (name.as_str().to_owned(), text.fill(&|name| hosted.value(name))))
            .collect()
    }

    /// The table of the service.
    pub(crate) fn host(&self, hosted: &Hosted) -> Result<Host, HostError> {
        match (&self.source, hosted.table()) {
            (Source::File { host, .. }, _) => Ok(Host::clone(host)),
            (Source::Exe, Some(table)) => {
                toml::from_str(table).map_err(|error| HostError::Resource(Box::new(error)))
            }
            (Source::Exe, None) => Err(HostError::NoTable {
                service: hosted.service().name().to_owned(),
            }),
        }
    }
}

/// The table in a file, and the version of the product.
fn parse(text: &str) -> Result<(Manifest, String), toml::de::Error> {
    let mut table = DeTable::parse(text)?;
    let version = match table.get_mut().remove("version") {
        Some(version) => String::deserialize(ValueDeserializer::from(version))?,
        None => String::new(),
    };
    Ok((Manifest::deserialize(Deserializer::from(table))?, version))
}

/// The file and the arguments of the program in the command line.
fn options(mut arguments: impl Iterator<Item = OsString>) -> Result<(PathBuf, Vec<OsString>), Usage> {
    let mut file = None;
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--config") => file = Some(arguments.next().ok_or(Usage::NoValue)?),
            Some("--") => break,
            Some(text) if text.starts_with("--config=") => {
                file = Some(text["--config=".len()..].into());
            }
            _ => return Err(Usage::Unknown(argument)),
        }
    }
    let file = file.ok_or(Usage::NoFile)?;
    Ok((file.into(), arguments.collect()))
}
