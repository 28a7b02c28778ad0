//! Parses and validates `[package.metadata.winsvc]` and `[workspace.metadata.winsvc]`; each error has its line.

mod dialogs;
mod error;
mod features;
mod hidden;
mod hosted;
mod layer;
mod no_service;
mod overlay;
mod places;
mod properties;
mod source;
mod suggestion;
mod updater;
mod written;

use std::path::Path;
use std::slice;

use cargo_metadata::semver::Version;
use serde::Deserialize;
use toml::de::ValueDeserializer;
use winsvc_definition::manifest::{
    FeatureName, Manifest, Package, ProductVersion, ProgramRef, ServiceTable, SignTable, Target, TargetPath,
    VersionScheme,
};
use winsvc_definition::{Definition, NamedText, Property, ServiceName, Stamp, TextName, TextPart};

pub(crate) use self::dialogs::DialogFiles;
pub(crate) use self::error::ConfigError;
use self::layer::Layer;
pub(crate) use self::overlay::OF_THE_PRODUCT;
use self::overlay::TargetError;
use self::places::place_in_parent;
pub(crate) use self::properties::PropertyFlowError;
use self::source::Source;
pub(crate) use self::suggestion::nearest;
pub(crate) use self::written::{Written, written_in};
use crate::build::target::WindowsTarget;
use crate::build::{BuildError, toolchain};
use crate::diagnostic::Place;
use crate::pe::Icon;
use crate::project::{Program, Project, Scope};
use crate::shell::Shell;

/// The configuration for a target, with defaults filled in from cargo's metadata.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The author's services, sorted by name.
    pub services: Vec<ServiceConfig>,
    /// The service that updates the product, if it updates itself.
    pub updater: Option<ServiceConfig>,
    /// The programs that are built and installed: first those of the services.
    pub programs: Vec<ProgramConfig>,
    /// What an administrator may set at the installation.
    pub properties: Vec<Property>,
    /// The table as written, with the values for the target.
    pub manifest: Manifest,
    /// The icon's file.
    pub icon: Option<Vec<u8>>,
    /// The files of the shortcuts' icons.
    pub shortcut_icons: Vec<Option<Vec<u8>>>,
    /// The files of the dialogs.
    pub dialogs: DialogFiles,
    /// The MSI's product version, or the place of a version that an MSI cannot store. A zip does not need it.
    pub product_version: Result<ProductVersion, Place>,
    /// The texts that have the values: the table's own, and the one that it inherits from.
    layers: Vec<Layer>,
}

/// A service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceConfig {
    /// The service's definition.
    pub definition: Definition,
    /// The service's program: an index into [`Config::programs`].
    pub program: usize,
    /// The program that runs under it, if that is a binary too.
    hosted: Option<usize>,
    /// Its keys as written, or inherited.
    pub table: ServiceTable,
    /// Whether it is an entry of `services`.
    is_listed: bool,
}

impl ServiceConfig {
    /// Whether it is an entry of `services`, and not the only service.
    pub(crate) fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// Its names in earlier versions.
    pub(crate) fn former_names(&self) -> &[ServiceName] {
        self.table.was_named.as_deref().unwrap_or_default()
    }
}

/// A program.
#[derive(Clone, Debug)]
pub(crate) struct ProgramConfig {
    /// The binary.
    pub program: Program,
    /// The exe's path in the installation folder.
    pub target: TargetPath,
    /// The feature that it belongs to; `None` if it is always installed.
    pub feature: Option<FeatureName>,
}

impl Config {
    /// Reads the table for what is the same for all targets: names, version, upgrade code, services, signing.
    pub(crate) fn load_for_any_target<E>(project: &Project, shell: Shell) -> Result<Self, E>
    where
        E: From<BuildError> + From<ConfigError>,
    {
        let targets = toolchain::pick_targets(&[], &[], shell).map_err(BuildError::from)?;
        let target = targets.first().expect("a target is always picked");
        Ok(Self::load(project, target)?)
    }

    /// Reads the table in the project's Cargo.toml; without it, all values are defaults.
    pub(crate) fn load(project: &Project, target: &WindowsTarget) -> Result<Self, ConfigError> {
        let read = |path: &std::path::Path| {
            Source::read(path).map_err(|source| ConfigError::Unreadable {
                path: path.to_owned(),
                source,
            })
        };
        let source = read(&project.manifest)?;
        let inherited = match project.scope {
            Scope::Workspace | Scope::File => None,
            Scope::Package(_) => Some(read(&project.workspace_manifest)?),
        };
        Self::parse(project, source, inherited, target)
    }

    /// Parses the table; keys that it does not have may be those of the workspace in `inherited`.
    fn parse(
        project: &Project,
        source: Source,
        inherited: Option<Source>,
        target: &WindowsTarget,
    ) -> Result<Self, ConfigError> {
        let layer = |source, scope: Scope| Layer {
            source,
            parent: scope.key(),
            target: target.clone(),
        };
        let own = layer(source, project.scope);
        let (plain, mut manifest) = table(&own)?;
        let signed_in = |sign: Option<SignTable>, manifest: &Path| {
            sign.map(|sign| sign.in_folder(manifest.parent().unwrap_or(Path::new(""))))
        };
        manifest.sign = signed_in(manifest.sign.take(), &project.manifest);
        let mut layers = vec![own];
        let mut plain_defaults = ServiceTable::default();
        let mut defaults = ServiceTable::default();
        if let Some(source) = inherited {
            let inherited = layer(source, Scope::Workspace);
            let (plain, workspace) = table(&inherited)?;
            plain_defaults = plain.defaults();
            defaults = workspace.defaults();
            // What identifies a product is not inherited.
            let package = &mut manifest.package;
            package.manufacturer = package.manufacturer.take().or(workspace.package.manufacturer);
            package.formats = package.formats.take().or(workspace.package.formats);
            package.compression = package.compression.or(workspace.package.compression);
            let sign = signed_in(workspace.sign, &project.workspace_manifest);
            manifest.sign = match (manifest.sign.take(), sign) {
                (Some(own), Some(defaults)) => Some(own.or(defaults)),
                (own, defaults) => own.or(defaults),
            };
            layers.push(inherited);
        }
        let version = &project.version;
        let numbers = (version.major, version.minor, version.patch);
        let product_version = product_version(&manifest.package, numbers);
        let mut config = Self {
            services: Vec::new(),
            updater: None,
            programs: Vec::new(),
            properties: Vec::new(),
            icon: None,
            shortcut_icons: Vec::new(),
            dialogs: DialogFiles::default(),
            product_version: Err(place_in_parent(&layers[0], "version")),
            manifest,
            layers,
        };
        if let Some(version) = product_version {
            config.product_version = Ok(version);
        }
        config.check_scheme(version)?;
        config.read_icons(project)?;
        config.dialogs = config.read_dialogs(project)?;
        config.add_services(project, &defaults)?;
        config.check_product_name(project, &plain, &plain_defaults)?;
        config.add_properties()?;
        config.fill_in(project);
        config.add_programs(project)?;
        config.add_hosted_programs(project)?;
        config.add_default_program(project)?;
        config.add_features()?;
        config.add_updater()?;
        Ok(config)
    }

    /// Checks that the version scheme has an effect, and that the package's version is one of it.
    fn check_scheme(&self, version: &Version) -> Result<(), ConfigError> {
        let package = &self.manifest.package;
        let place = || self.place(&["package", "version-scheme"]);
        match package.version_scheme {
            Some(_) if package.version.is_some() => Err(ConfigError::TwoVersions { place: place() }),
            Some(VersionScheme::Calendar) if self.product_version.is_err() => Err(ConfigError::Calendar {
                version: version.to_string(),
                place: place(),
            }),
            _ => Ok(()),
        }
    }

    fn add_services(&mut self, project: &Project, defaults: &ServiceTable) -> Result<(), ConfigError> {
        if self.has_no_service() {
            return self.check_without_service(project);
        }
        let is_listed = !self.manifest.services.is_empty();
        if is_listed && let Some(name) = &self.manifest.name {
            return Err(ConfigError::NameOfSeveral {
                name: name.clone(),
                place: self.place(&["name"]),
            });
        }
        if is_listed && let Some(bin) = &project.bin {
            return Err(ConfigError::BinOfSeveral {
                bin: bin.clone(),
                place: self.place(&["services"]),
            });
        }
        let updaters = usize::from(self.manifest.update.is_some());
        if self.manifest.services.len() + updaters > Stamp::RESOURCE_IDS.len() {
            return Err(ConfigError::TooManyServices {
                count: self.manifest.services.len(),
                place: self.place(&["services"]),
            });
        }
        let tables = self.manifest.service_tables(&project.name, defaults);
        let tables = tables.map_err(|error| ConfigError::PackageName {
            error,
            place: self.place_in_package("name"),
        })?;
        for (name, table) in tables {
            let program = self.program_of(project, &table, &name, is_listed)?;
            let description = program.description.clone();
            let program = self.add_program(program)?;
            self.services.push(ServiceConfig {
                definition: table.definition(name, description.as_deref()),
                program,
                hosted: None,
                table,
                is_listed,
            });
        }
        Ok(())
    }

    /// Checks that the values for the target do not change the default of the product's name, from which the upgrade
    /// code is derived. `plain` is the table without these values.
    fn check_product_name(
        &self,
        project: &Project,
        plain: &Manifest,
        defaults: &ServiceTable,
    ) -> Result<(), ConfigError> {
        let Ok(tables) = plain.service_tables(&project.name, defaults) else {
            return Ok(());
        };
        if self.services.is_empty() {
            return Ok(());
        }
        let tables = tables.into_iter();
        let without: Vec<Definition> = tables.map(|(name, table)| table.definition(name, None)).collect();
        let default = |services: &[&Definition]| match services {
            [service] => service.display_name.to_string(),
            _ => project.name.clone(),
        };
        let expected = default(&without.iter().collect::<Vec<_>>());
        let found: Vec<&Definition> = self.services.iter().map(|service| &service.definition).collect();
        let found = default(&found);
        if found == expected || plain.package.product_name.is_some() {
            return Ok(());
        }
        let place = match &self.services[..] {
            [service] => self.place_in(service, &["display-name"]),
            _ => self.place(&["services"]),
        };
        Err(ConfigError::Target(TargetError::ProductName {
            found,
            expected,
            place: Box::new(place),
        }))
    }

    fn add_programs(&mut self, project: &Project) -> Result<(), ConfigError> {
        for (index, entry) in self.manifest.programs.clone().iter().enumerate() {
            let place = || self.place_of_entry(&["programs"], index);
            let program = find(project, &entry.program, place)?;
            self.add_program(program)?;
        }
        Ok(())
    }

    /// Replaces the names in texts whose values are known already: the version, and each service's name.
    fn fill_in(&mut self, project: &Project) {
        let version = project.version.to_string();
        let known = |name: &TextName, service: Option<&ServiceName>| match (name, service) {
            (TextName::Version, _) => TextPart::Literal(version.clone()),
            (TextName::Service, Some(service)) => TextPart::Literal(service.to_string()),
            _ => TextPart::Name(name.clone()),
        };
        for service in &mut self.services {
            let definition = &mut service.definition;
            let name = definition.name.clone();
            let filled = |text: &NamedText| text.with(|other| known(other, Some(&name)));
            for argument in &mut definition.arguments {
                *argument = argument.map_text(filled);
            }
            for text in definition.environment.values_mut() {
                *text = filled(text);
            }
        }
        let filled = |text: &NamedText| text.with(|name| known(name, None));
        for property in &mut self.properties {
            property.default = filled(&property.default);
        }
        let manifest = &mut self.manifest;
        for entry in &mut manifest.registry {
            entry.value = entry.value.map_texts(filled);
        }
        let environment = manifest.machine_environment.values_mut();
        let protocols = manifest.url_protocols.values_mut();
        let shortcuts = manifest.shortcuts.iter_mut();
        let rules = manifest.firewall.values_mut();
        let autostart = manifest.autostart.iter_mut();
        let texts = environment
            .chain(manifest.path.iter_mut().map(|entry| &mut entry.folder))
            .chain(protocols.flat_map(|protocol| &mut protocol.arguments))
            .chain(shortcuts.flat_map(|shortcut| shortcut.opens.texts_mut()))
            .chain(
                manifest
                    .commands
                    .iter_mut()
                    .flat_map(|command| &mut command.arguments),
            )
            .chain(autostart.flat_map(|entry| &mut entry.arguments))
            .chain(rules.flat_map(|rule| rule.traffic.ports.iter_mut().chain(&mut rule.traffic.remote)));
        for text in texts {
            *text = filled(text);
        }
    }

    fn read_icons(&mut self, project: &Project) -> Result<(), ConfigError> {
        let icon = self.manifest.package.icon.as_deref();
        let place = || self.place(&["package", "icon"]);
        let icon = icon.map(|icon| read_icon(project, icon, place)).transpose()?;
        let mut icons = Vec::new();
        for (index, shortcut) in self.manifest.shortcuts.iter().enumerate() {
            let options = shortcut.opens.options();
            let icon = options.and_then(|options| options.icon.as_deref());
            let place = || self.place_of_entry(&["shortcuts"], index);
            let icon = icon.map(|icon| read_icon(project, icon, place)).transpose()?;
            icons.push(icon);
        }
        self.icon = icon;
        self.shortcut_icons = icons;
        Ok(())
    }

    /// The index of a program, which is added if it is new.
    fn add_program(&mut self, program: Program) -> Result<usize, ConfigError> {
        if let Some(index) = self.programs.iter().position(|other| other.program == program) {
            return Ok(index);
        }
        let exe = program.exe_name();
        let is_same = |other: &&ProgramConfig| other.program.exe_name().to_lowercase() == exe.to_lowercase();
        if let Some(other) = self.programs.iter().find(is_same) {
            return Err(ConfigError::SameExe {
                exe,
                one: other.program.package.clone(),
                two: program.package,
            });
        }
        let folder = self.manifest.package.exe_folder.as_ref().and_then(Target::path);
        let folder = folder.map(TargetPath::parts).unwrap_or_default();
        let target = TargetPath::from_parts([folder, slice::from_ref(&exe)].concat());
        let target = target.map_err(|_| ConfigError::ExeName {
            place: self.place_of_binary(&program.binary),
            exe,
        })?;
        self.programs.push(ProgramConfig {
            program,
            target,
            feature: None,
        });
        Ok(self.programs.len() - 1)
    }

    /// The index of the program with this binary.
    pub(crate) fn program(&self, binary: &str) -> Option<usize> {
        self.programs.iter().position(|it| it.program.binary == binary)
    }

    /// The services of a program.
    pub(crate) fn services_of(&self, program: usize) -> impl Iterator<Item = &ServiceConfig> {
        self.services
            .iter()
            .filter(move |service| service.program == program)
    }
}

/// The MSI's version: its own, or that of the package by its scheme; `None` if an MSI cannot store it.
fn product_version(package: &Package, (major, minor, patch): (u64, u64, u64)) -> Option<ProductVersion> {
    let scheme = package.version_scheme.unwrap_or_default();
    package.version.or_else(|| scheme.version(major, minor, patch))
}

/// Finds a program that Cargo.toml names at `place`.
fn find(project: &Project, program: &ProgramRef, place: impl Fn() -> Place) -> Result<Program, ConfigError> {
    let found = project.program(program);
    found.map_err(|error| ConfigError::Program {
        error: Box::new(error),
        place: place(),
    })
}

/// Reads the icon that Cargo.toml names at `place`.
fn read_icon(project: &Project, icon: &str, place: impl Fn() -> Place) -> Result<Vec<u8>, ConfigError> {
    let path = project.root().join(icon);
    let bytes = std::fs::read(&path).map_err(|source| ConfigError::UnreadableIcon {
        path: path.clone(),
        source,
        place: place(),
    })?;
    match Icon::parse(&bytes) {
        Ok(_) => Ok(bytes),
        Err(source) => Err(ConfigError::Icon {
            path,
            source: Box::new(source),
            place: place(),
        }),
    }
}

/// Parses the table of a layer, without the values for the target and with them. The tables of other targets are
/// checked, too.
fn table(layer: &Layer) -> Result<(Manifest, Manifest), ConfigError> {
    let invalid = |error: &toml::de::Error| ConfigError::Invalid {
        message: error.message().to_owned(),
        place: hidden::without_secrets(layer.source.at(error.span().unwrap_or(0..0)), error.message()),
    };
    let parse = |overlays: &[&str]| match layer.with(overlays) {
        Ok(Some(table)) => {
            Manifest::deserialize(ValueDeserializer::from(table)).map_err(|error| invalid(&error))
        }
        Ok(None) => Ok(Manifest::default()),
        Err(error) => Err(invalid(&error)),
    };
    let plain = parse(&[])?;
    for name in &plain.target {
        parse(&layer.tables(name)?)?;
    }
    let own = parse(&overlay::tables_of(&layer.target))?;
    Ok((plain, own))
}

#[cfg(test)]
pub(crate) mod tests;
