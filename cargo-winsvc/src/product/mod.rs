//! The product: the state of the customer's machine after the installation.
//!
//! This module resolves everything once: names, folders, files with their sizes and versions, services, event sources,
//! identity. Each package format renders a [`Product`] and makes no decisions about what is installed.

mod autostart;
mod content;
mod dialogs;
mod feature;
mod file;
mod firewall;
mod folder;
pub mod identity;
mod machine;
mod shortcuts;

use std::sync::Arc;

use uuid::Uuid;
use winsvc_definition::manifest::{
    EmptyFolder, FeatureName, Language, Manifest, ProductVersion, Url, is_file_name,
};
use winsvc_definition::{Definition, Property, Role, ServiceName, verb_word};

pub use crate::build::target::Arch;
pub use autostart::{AutostartEntry, Registrar};
pub(crate) use autostart::{EntriesOf, autostart, registrar};
pub use content::{Content, ContentError, CopyError, Progress};
pub use dialogs::{Dialogs, Field};
pub use feature::Feature;
pub use file::{DEFAULT_SUFFIX, File, FileVersion};
pub use firewall::Rule;
pub(crate) use firewall::{firewall, service_of};
pub(crate) use folder::{data_folder, install_folder, registry_key};
pub use machine::{Machine, OwnCommand, UrlProtocol};
pub use shortcuts::{Shortcut, ShortcutTarget};

use crate::config::Config;
use crate::diagnostic::Place;
use crate::payload::{Life, Payload};
use crate::project::Project;

/// The installed state.
#[derive(Clone, Debug)]
pub struct Product {
    /// The name in the list of installed programs.
    pub name: String,
    /// The manufacturer.
    pub manufacturer: String,
    /// The MSI's version, or the place of the package's version if an MSI cannot store it.
    pub version: Result<ProductVersion, Place>,
    /// The package's version in full, with pre-release and build labels.
    pub full_version: String,
    /// A short description; empty for none.
    pub comments: String,
    /// Its addresses.
    pub links: Links,
    /// Its icon in the list of installed programs: the content of an `.ico` file.
    pub icon: Option<Vec<u8>>,
    /// The processor architecture.
    pub arch: Arch,
    /// The upgrade code, which all its versions share.
    pub upgrade_code: Uuid,
    /// Whether the upgrade code is derived from the names of the manufacturer and the product, and changes with them.
    pub upgrade_code_is_derived: bool,
    /// The upgrade codes of other products, which this one replaces.
    pub replaces: Vec<Uuid>,
    /// The timestamp of all files in a package, in seconds since 1970.
    pub built: u64,
    /// The path of the installation folder below the folder for programs.
    pub folders: Vec<String>,
    /// The path of the folder for settings, data and logs below `%ProgramData%`.
    pub data_folder: Vec<String>,
    /// The installed files.
    pub files: Vec<File>,
    /// The folders below the installation folder in which nothing is installed.
    pub empty_folders: Vec<EmptyFolder>,
    /// The parts that an installation can leave out. What belongs to none of them is always installed.
    pub features: Vec<Feature>,
    /// The services to register: first the author's.
    pub services: Vec<Service>,
    /// What an administrator may set at the installation.
    pub properties: Vec<Property>,
    /// The settings of the machine.
    pub machine: Machine,
    /// What the MSI shows when somebody opens it; it has no dialogs if `None`.
    pub dialogs: Option<Dialogs>,
}

/// The addresses of a product in the list of installed programs.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// The home page.
    pub homepage: Option<String>,
    /// The page or mailbox for help.
    pub help: Option<String>,
    /// The page with updates.
    pub update: Option<String>,
}

/// A service of the product. Its event source has the same name.
#[derive(Clone, Debug)]
pub struct Service {
    /// The service's registration with the SCM.
    pub definition: Definition,
    /// What its program runs as this service.
    pub role: Role,
    /// The file that the SCM starts: an index into [`Product::files`].
    pub file: usize,
    /// The word before the program's own verbs, as in `agent.exe service install`; `None` if it has no verbs.
    pub verb_word: Option<String>,
    /// Its names in earlier versions.
    pub former_names: Vec<ServiceName>,
}

impl Product {
    /// Resolves the product from the configuration and the stamped exes of its programs, in their order.
    pub(crate) fn resolve(
        project: &Project,
        config: &Config,
        arch: Arch,
        built: u64,
        exes: Vec<Vec<u8>>,
        payload: &Payload,
    ) -> Result<Self, ContentError> {
        let names = Names::new(project, config);
        let services = config.registered().enumerate().map(|(index, service)| Service {
            definition: service.definition.clone(),
            role: config.role(index),
            file: service.program,
            verb_word: verb_word(&exes[service.program]).map(str::to_owned),
            former_names: service.former_names().to_vec(),
        });
        let services = services.collect();
        let registrar = match autostart::registrar(config) {
            Some(EntriesOf::Program(file)) => Some(Registrar {
                verb_word: verb_word(&exes[file]).map(str::to_owned),
                file,
            }),
            Some(EntriesOf::Service(_)) | None => None,
        };
        let mut files = Vec::new();
        for (program, exe) in config.programs.iter().zip(exes) {
            files.push(File {
                feature: program.feature.clone(),
                ..File::new(program.target.clone(), Content::Bytes(exe.into()))?
            });
        }
        for file in &payload.files {
            let content = match &file.signed {
                Some(signed) => Content::Bytes(Arc::clone(signed)),
                None => Content::File(file.path.clone()),
            };
            files.push(File {
                is_kept: file.life == Life::Kept,
                feature: file.feature.clone(),
                ..File::new(file.target.clone(), content)?
            });
        }
        let empty_folders = payload.empty_folders.iter();
        let empty_folders = empty_folders.map(|folder| EmptyFolder {
            target: folder.target.clone(),
            feature: folder.feature.clone(),
        });
        let empty_folders = empty_folders.collect();

        let url = |url: &Option<Url>| url.as_ref().map(|url| url.as_str().to_owned());
        let firewall = firewall(config, &names).into_iter().map(Into::into).collect();
        let shortcuts = shortcuts::shortcuts(config, &names);
        let commands = machine::commands(config, &files);
        let autostart = autostart::with_files(config, &names, &files);
        let (upgrade_code, upgrade_code_is_derived) = upgrade_code(config, &names);
        Ok(Self {
            upgrade_code,
            upgrade_code_is_derived,
            replaces: config
                .manifest
                .package
                .replaces
                .iter()
                .map(|code| code.0)
                .collect(),
            folders: install_folder(config, &names),
            data_folder: data_folder(config, &names),
            name: names.product,
            manufacturer: names.manufacturer,
            version: config.product_version.clone(),
            full_version: project.version.to_string(),
            comments: comments(project, config),
            links: Links {
                homepage: project.homepage.clone(),
                help: url(&config.manifest.package.help_url),
                update: url(&config.manifest.package.update_url),
            },
            icon: config.icon.clone(),
            arch,
            built,
            files,
            empty_folders,
            features: feature::features(config),
            services,
            properties: config.properties.clone(),
            machine: Machine {
                registry: config.manifest.registry.clone(),
                environment: config.manifest.machine_environment.clone(),
                path: config.manifest.path.clone(),
                firewall,
                shortcuts,
                protocols: machine::protocols(config),
                commands,
                autostart,
                registrar,
                requires: config.manifest.requires.clone(),
            },
            dialogs: dialogs::resolve(config),
        })
    }
}

impl Product {
    /// The languages of the MSI's dialogs and messages, each of which has an MSI of its own.
    pub fn languages(&self) -> &[Language] {
        match &self.dialogs {
            Some(dialogs) => dialogs.languages.as_slice(),
            None => &[Language::English],
        }
    }

    /// The feature of a service; `None` if it is always installed.
    pub fn feature_of(&self, service: &Service) -> Option<&FeatureName> {
        self.files[service.file].feature.as_ref()
    }

    /// Whether an installation has what belongs to the feature unless an administrator leaves it out.
    pub fn is_default(&self, feature: Option<&FeatureName>) -> bool {
        feature.is_none_or(|name| self.features.iter().any(|it| it.name == *name && it.is_default))
    }

    /// Whether it updates itself.
    pub fn updates(&self) -> bool {
        self.services.iter().any(|service| service.role == Role::Updater)
    }

    /// The author's services.
    pub fn own_services(&self) -> impl Iterator<Item = &Service> {
        self.services
            .iter()
            .filter(|service| service.role == Role::Service)
    }

    /// The first service that is always installed. Its exe registers what Windows Installer has no table for.
    pub fn main_service(&self) -> Option<&Service> {
        let services = &self.services;
        services.iter().find(|service| self.feature_of(service).is_none())
    }

    /// A program, or else a file, that is always installed.
    pub fn main_program(&self) -> &File {
        let services = self.services.iter().map(|service| service.file);
        let is_main = |file: &usize| self.files[*file].feature.is_none();
        let program = services.filter(is_main).min();
        let file = program.or_else(|| (0..self.files.len()).find(is_main));
        &self.files[file.unwrap_or_default()]
    }

    /// The number of bytes of all files.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}

/// The beginning of the results' file names: the product's name if it is set, else the package's.
pub(crate) fn file_stem(project: &Project, config: &Config) -> String {
    match &config.manifest.package.product_name {
        Some(name) => folder_name(name.as_str()).replace(' ', "-"),
        None => project.name.clone(),
    }
}

/// The description of the only service, else of the package.
pub(crate) fn comments(project: &Project, config: &Config) -> String {
    match &config.services[..] {
        [service] => service.definition.description.clone(),
        _ => project.description.clone().unwrap_or_default(),
    }
}

/// The code that all versions of the product share, and whether it is derived from its names.
pub(crate) fn upgrade_code(config: &Config, names: &Names) -> (Uuid, bool) {
    match config.manifest.package.upgrade_code {
        Some(code) => (code.0, false),
        None => (identity::upgrade_code(&names.manufacturer, &names.product), true),
    }
}

/// The names of the product in its packages and its exe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    /// The manufacturer.
    pub(crate) manufacturer: String,
    /// The product's name.
    pub(crate) product: String,
}

impl Names {
    /// The configured names, else the first of the package's authors without the mail address, and the display name of
    /// the only service, or the package's name.
    pub(crate) fn new(project: &Project, config: &Config) -> Self {
        let Manifest { package, .. } = &config.manifest;
        let product = match &package.product_name {
            Some(name) => name.as_str().to_owned(),
            None => match &config.services[..] {
                [service] => service.definition.display_name.to_string(),
                _ => project.name.clone(),
            },
        };
        let author = project
            .authors
            .first()
            .and_then(|author| author.split('<').next());
        let author = author.map(str::trim).filter(|author| !author.is_empty());
        let manufacturer = match &package.manufacturer {
            Some(manufacturer) => manufacturer.as_str(),
            None => author.unwrap_or(&product),
        };
        Self {
            manufacturer: manufacturer.to_owned(),
            product,
        }
    }

    /// `Manufacturer\Product`, or a single folder if both are the same.
    pub(crate) fn folders(&self) -> Vec<String> {
        let mut folders = vec![folder_name(&self.manufacturer), folder_name(&self.product)];
        folders.dedup();
        folders
    }
}

/// Converts a name to a folder name: characters that Windows does not allow become `_`, trailing dots and spaces are
/// removed.
fn folder_name(name: &str) -> String {
    let allowed: String = name
        .chars()
        .map(|character| {
            if r#"<>:"/\|?*"#.contains(character) {
                '_'
            } else {
                character
            }
        })
        .collect();
    let trimmed = allowed.trim().trim_end_matches(['.', ' ']);
    if is_file_name(trimmed) {
        trimmed.to_owned()
    } else {
        format!("{trimmed}_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_folders_that_windows_can_make() {
        let folders = |manufacturer: &str, product: &str| {
            let [manufacturer, product] = [manufacturer, product].map(str::to_owned);
            Names {
                manufacturer,
                product,
            }
            .folders()
        };
        assert_eq!(folders("Acme Inc.", "Agent: Core"), ["Acme Inc", "Agent_ Core"]);
        assert_eq!(folders("hello", "hello"), ["hello"]);
        assert_eq!(folder_name("con"), "con_");
        assert_eq!(folder_name("..."), "_");
        assert_eq!(folder_name("Größe Ünïcode"), "Größe Ünïcode");
    }
}
