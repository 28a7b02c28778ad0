//! Parses and validates `[package.metadata.winsvc]` and `[workspace.metadata.winsvc]`; each error has its line.

mod error;
mod source;

use std::slice;

use serde::Deserialize;
use winsvc_definition::manifest::{Manifest, ProductVersion, ProgramRef, ServiceTable, Target, TargetPath};
use winsvc_definition::{Definition, ServiceName, Stamp};

pub(crate) use self::error::ConfigError;
use self::source::Source;
use crate::diagnostic::Place;
use crate::project::{Program, Project, Scope};

/// The configuration, with defaults filled in from cargo's metadata.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The services, sorted by name; at least one.
    pub services: Vec<ServiceConfig>,
    /// The programs that are built and installed: first those of the services.
    pub programs: Vec<ProgramConfig>,
    /// The table as written.
    pub manifest: Manifest,
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
    /// Its keys as written, or inherited.
    pub table: ServiceTable,
    /// Whether it is an entry of `services`.
    is_listed: bool,
}

impl ServiceConfig {
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
}

/// A table that values come from.
#[derive(Clone, Debug)]
struct Layer {
    source: Source,
    /// `package` or `workspace`: the parent of `metadata.winsvc`.
    parent: &'static str,
}

impl Layer {
    /// The keys that lead to a value of the table.
    fn keys<'a>(&self, keys: &[&'a str]) -> Vec<&'a str> {
        let table = [self.parent, "metadata", "winsvc"];
        table.iter().chain(keys).copied().collect()
    }
}

impl Config {
    /// Reads the table in the project's Cargo.toml; without it, all values are defaults.
    pub(crate) fn load(project: &Project) -> Result<Self, ConfigError> {
        let read = |path: &std::path::Path| {
            Source::read(path).map_err(|source| ConfigError::Unreadable {
                path: path.to_owned(),
                source,
            })
        };
        let source = read(&project.manifest)?;
        let inherited = match project.scope {
            Scope::Workspace => None,
            Scope::Package(_) => Some(read(&project.workspace_manifest)?),
        };
        Self::parse(project, source, inherited)
    }

    /// Parses the table; keys that it does not have may be those of the workspace in `inherited`.
    fn parse(project: &Project, source: Source, inherited: Option<Source>) -> Result<Self, ConfigError> {
        let parent = project.scope.key();
        let mut manifest = table(&source, parent)?;
        let mut layers = vec![Layer { source, parent }];
        let mut defaults = ServiceTable::default();
        if let Some(source) = inherited {
            let parent = Scope::Workspace.key();
            let workspace = table(&source, parent)?;
            defaults = workspace.defaults();
            // What identifies a product is not inherited.
            let package = &mut manifest.package;
            package.manufacturer = package.manufacturer.take().or(workspace.package.manufacturer);
            package.formats = package.formats.take().or(workspace.package.formats);
            layers.push(Layer { source, parent });
        }
        let version = &project.version;
        let product_version = manifest
            .package
            .version
            .or_else(|| ProductVersion::from_numbers(version.major, version.minor, version.patch));
        let mut config = Self {
            services: Vec::new(),
            programs: Vec::new(),
            product_version: Err(place_in_parent(&layers[0], "version")),
            manifest,
            layers,
        };
        if let Some(version) = product_version {
            config.product_version = Ok(version);
        }
        config.add_services(project, &defaults)?;
        config.add_programs(project)?;
        Ok(config)
    }

    fn add_services(&mut self, project: &Project, defaults: &ServiceTable) -> Result<(), ConfigError> {
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
        if self.manifest.services.len() > Stamp::RESOURCE_IDS.len() {
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
            let keys = ["services", name.as_str(), "program"];
            let place = || self.place_of(if is_listed { &keys } else { &keys[2..] }, &["program"]);
            // `--bin` selects the program of the only service.
            let named = table.program.as_ref().filter(|_| project.bin.is_none());
            let program = match named {
                Some(named) => find(project, named, place)?,
                None => match project.default_program() {
                    Some(program) => program?,
                    None => {
                        return Err(ConfigError::NoProgram {
                            place: self.place(&["services", name.as_str()]),
                            service: name,
                        });
                    }
                },
            };
            let description = program.description.clone();
            let program = self.add_program(program)?;
            self.services.push(ServiceConfig {
                definition: table.definition(name, description.as_deref()),
                program,
                table,
                is_listed,
            });
        }
        Ok(())
    }

    fn add_programs(&mut self, project: &Project) -> Result<(), ConfigError> {
        for (index, named) in self.manifest.programs.clone().iter().enumerate() {
            let place = || self.place_of_entry(&["programs"], index);
            let program = find(project, named, place)?;
            self.add_program(program)?;
        }
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
        self.programs.push(ProgramConfig { program, target });
        Ok(self.programs.len() - 1)
    }

    /// The services of a program.
    pub(crate) fn services_of(&self, program: usize) -> impl Iterator<Item = &ServiceConfig> {
        self.services
            .iter()
            .filter(move |service| service.program == program)
    }

    /// The place of a value of `[package]`, or of `[workspace.package]`; the beginning of the file if it has none.
    pub(crate) fn place_in_package(&self, key: &str) -> Place {
        place_in_parent(&self.layers[0], key)
    }

    /// The place of the MSI's version: its own, or the package's.
    pub(crate) fn place_of_version(&self) -> Place {
        match self.manifest.package.version {
            Some(_) => self.place(&["package", "version"]),
            None => self.place_in_package("version"),
        }
    }

    fn place_of_binary(&self, binary: &str) -> Place {
        let source = &self.layers[0].source;
        let place = source.place_of_binary(binary);
        place.unwrap_or_else(|| self.place_in_package("name"))
    }

    /// The place of a value in the table, for errors that are detected later.
    pub(crate) fn place(&self, keys: &[&str]) -> Place {
        self.place_of(keys, keys)
    }

    /// The place of a value in the table, or else of another one.
    fn place_of(&self, keys: &[&str], or: &[&str]) -> Place {
        let place = |keys| self.find(|layer| layer.source.place(&layer.keys(keys)));
        place(keys)
            .or_else(|| place(or))
            .unwrap_or_else(|| self.beginning())
    }

    /// The place of an entry of one of the table's lists.
    pub(crate) fn place_of_entry(&self, keys: &[&str], index: usize) -> Place {
        let entry = |layer: &Layer| layer.source.place_of_entry(&layer.keys(keys), index);
        self.find(entry).unwrap_or_else(|| self.place(keys))
    }

    /// The place of a service's value: in its own table, or in the table of all.
    pub(crate) fn place_in(&self, service: &ServiceConfig, keys: &[&str]) -> Place {
        self.place_of(&own_keys(service, keys), keys)
    }

    /// The place of an entry of one of a service's lists.
    pub(crate) fn place_of_entry_in(&self, service: &ServiceConfig, keys: &[&str], index: usize) -> Place {
        let own = own_keys(service, keys);
        let entry = |layer: &Layer| layer.source.place_of_entry(&layer.keys(&own), index);
        self.find(entry)
            .unwrap_or_else(|| self.place_of_entry(keys, index))
    }

    /// The place of a value of a service, or of its default in `[package]`; `None` if neither is written.
    pub(crate) fn place_if_written(&self, service: Option<&ServiceConfig>, keys: &[&str]) -> Option<Place> {
        let own = service.map(|service| own_keys(service, keys));
        let own = own.and_then(|own| self.find(|layer| layer.source.place(&layer.keys(&own))));
        own.or_else(|| self.find(|layer| layer.source.place(&layer.keys(keys))))
            .or_else(|| {
                let in_package: Vec<&str> = ["package"].iter().chain(keys).copied().collect();
                self.layers[0].source.place(&in_package)
            })
    }

    fn find(&self, look: impl Fn(&Layer) -> Option<Place>) -> Option<Place> {
        self.layers.iter().find_map(look)
    }

    fn beginning(&self) -> Place {
        self.layers[0].source.at(0..0)
    }
}

/// The keys of a service's value in its own table.
fn own_keys<'a>(service: &'a ServiceConfig, keys: &[&'a str]) -> Vec<&'a str> {
    let table = ["services", service.definition.name.as_str()];
    let table = table.into_iter().filter(|_| service.is_listed);
    table.chain(keys.iter().copied()).collect()
}

/// Finds a program that Cargo.toml names at `place`.
fn find(project: &Project, program: &ProgramRef, place: impl Fn() -> Place) -> Result<Program, ConfigError> {
    let found = project.program(program);
    found.map_err(|error| ConfigError::Program {
        error,
        place: place(),
    })
}

/// Parses the table of a file.
fn table(source: &Source, parent: &str) -> Result<Manifest, ConfigError> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct CargoToml {
        package: Parent,
        workspace: Parent,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Parent {
        metadata: Metadata,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Metadata {
        winsvc: Manifest,
    }

    let parsed: Result<CargoToml, _> = toml::from_str(&source.text);
    let parsed = parsed.map_err(|error| ConfigError::Invalid {
        message: error.message().to_owned(),
        place: source.at(error.span().unwrap_or(0..0)),
    })?;
    let parent = if parent == Scope::Workspace.key() {
        parsed.workspace
    } else {
        parsed.package
    };
    Ok(parent.metadata.winsvc)
}

/// The place of a value of `[package]`, or of `[workspace.package]`.
fn place_in_parent(layer: &Layer, key: &str) -> Place {
    let keys = ["workspace", "package", key];
    let keys = if layer.parent == Scope::Workspace.key() {
        &keys[..]
    } else {
        &keys[1..]
    };
    layer.source.place(keys).unwrap_or_else(|| layer.source.at(0..0))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::diagnostic::Explain as _;
    use crate::project::Member;

    /// A package with one binary.
    pub(crate) fn project() -> Project {
        workspace(&[("acme", &["acme"])])
    }

    /// The first package of a workspace of packages with these binaries.
    pub(crate) fn workspace(members: &[(&str, &[&str])]) -> Project {
        let version = cargo_metadata::semver::Version::new(1, 2, 3);
        let member = |(name, binaries): &(&str, &[&str])| Member {
            name: (*name).to_owned(),
            id: format!("path+file:///{name}#1.2.3"),
            version: version.clone(),
            description: None,
            binaries: binaries.iter().map(|binary| (*binary).to_owned()).collect(),
            default_run: binaries.first().map(|binary| (*binary).to_owned()),
        };
        Project {
            name: members[0].0.to_owned(),
            version: version.clone(),
            description: None,
            authors: Vec::new(),
            homepage: None,
            scope: Scope::Package(0),
            manifest: PathBuf::from("Cargo.toml"),
            workspace_manifest: PathBuf::from("Cargo.toml"),
            members: members.iter().map(member).collect(),
            bin: None,
            target_dir: PathBuf::from("target"),
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Config, ConfigError> {
        parse_for(&project(), text)
    }

    pub(crate) fn parse_for(project: &Project, text: &str) -> Result<Config, ConfigError> {
        let source = Source {
            path: project.manifest.clone(),
            text: text.to_owned(),
        };
        Config::parse(project, source, None)
    }

    fn error(text: &str) -> String {
        let diagnostic = parse(text).unwrap_err().diagnostic();
        anstream::adapter::strip_str(&diagnostic.to_string()).to_string()
    }

    #[test]
    fn no_table_is_the_default_one() {
        let config = parse("[package]\nname = 'acme'\n").unwrap();
        assert_eq!(config.services[0].definition.name.as_str(), "acme");
        assert_eq!(config.manifest, Manifest::default());
        assert_eq!(
            config.product_version,
            Ok(ProductVersion {
                major: 1,
                minor: 2,
                build: 3
            })
        );
    }

    #[test]
    fn an_unknown_key_is_shown_with_its_line() {
        let text = "[package]\nname = 'acme'\n\n[package.metadata.winsvc]\nstrat = 'auto'\n";
        let error = error(text);
        assert!(
            error.starts_with("error: unknown field `strat`, expected one of `name`, "),
            "{error}"
        );
        assert!(
            error.ends_with(" --> Cargo.toml:5:1\n  |\n5 | strat = 'auto'\n  | ^^^^^"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_value_is_shown_with_its_line() {
        let text = "[package.metadata.winsvc]\nstop-timeout = 'soon'\n";
        assert_eq!(
            error(text),
            "error: invalid duration \"soon\"; expected a whole number and its unit, such as \"500ms\", \"20s\", \
             \"2m\" or \"1h\"\n \
             --> Cargo.toml:2:16\n  |\n2 | stop-timeout = 'soon'\n  |                ^^^^^^"
        );
    }

    #[test]
    fn a_wrong_value_in_a_list_is_shown_with_the_list() {
        let text = "[package.metadata.winsvc]\nrecovery.restart = ['5s', '30']\n";
        assert_eq!(
            error(text),
            "error: invalid duration \"30\"; expected a whole number and its unit, such as \"500ms\", \"20s\", \
             \"2m\" or \"1h\"\n \
             --> Cargo.toml:2:20\n  |\n2 | recovery.restart = ['5s', '30']\n  |                    ^^^^^^^^^^^^"
        );
    }

    #[test]
    fn values_are_found_again_for_later_errors() {
        let config = parse("[package.metadata.winsvc.package]\nfiles = ['a']\n").unwrap();
        assert_eq!(config.place(&["package", "files"]).line_column(), (2, 9));
        assert_eq!(config.place(&["package", "missing"]).line_column(), (1, 1));
        let config = parse("[[package.metadata.winsvc.triggers]]\non = 'domain-join'\n").unwrap();
        assert_eq!(config.place(&["triggers"]).line_column(), (1, 1));
        let config = parse(
            "[package.metadata.winsvc]\nprivileges = [\n  'SeDebugPrivilege',\n  'SeTcbPrivilege',\n]\n",
        )
        .unwrap();
        let entry = |index| config.place_of_entry(&["privileges"], index).line_column();
        assert_eq!((entry(0), entry(1)), ((3, 3), (4, 3)));
        assert_eq!(entry(2), (2, 14), "the list, where it has no such entry");
    }

    /// Three packages: the first has two binaries, both others have one with the same name.
    fn suite() -> Project {
        workspace(&[
            ("acme", &["acme", "tool"]),
            ("one", &["updater"]),
            ("two", &["updater"]),
        ])
    }

    fn error_for(project: &Project, text: &str) -> String {
        let diagnostic = parse_for(project, text).unwrap_err().diagnostic();
        anstream::adapter::strip_str(&diagnostic.to_string()).to_string()
    }

    const SERVICES: &str = "[package.metadata.winsvc]\nprograms = ['tool']\nstop-timeout = '9s'\n\n\
        [package.metadata.winsvc.services.agent]\n\n\
        [package.metadata.winsvc.services.updater]\nprogram = { package = 'two', bin = 'updater' }\n\
        stop-timeout = '8s'\n\n\
        [package.metadata.winsvc.services.watcher]\nprogram = 'acme'\n";

    #[test]
    fn services_have_programs_and_each_program_comes_once() {
        let config = parse_for(&suite(), SERVICES).unwrap();
        let services: Vec<(&str, usize)> = config
            .services
            .iter()
            .map(|service| (service.definition.name.as_str(), service.program))
            .collect();
        assert_eq!(services, [("agent", 0), ("updater", 1), ("watcher", 0)]);
        let programs: Vec<(&str, String)> = config
            .programs
            .iter()
            .map(|program| (program.program.package.as_str(), program.target.to_string()))
            .collect();
        let expected = [("acme", "acme.exe"), ("two", "updater.exe"), ("acme", "tool.exe")];
        assert_eq!(programs, expected.map(|(package, exe)| (package, exe.to_owned())));
    }

    #[test]
    fn a_value_of_a_service_is_found_in_its_table_or_in_that_of_all() {
        let config = parse_for(&suite(), SERVICES).unwrap();
        let lines: Vec<usize> = config
            .services
            .iter()
            .map(|service| config.place_in(service, &["stop-timeout"]).line_column().0)
            .collect();
        assert_eq!(lines, [3, 9, 3]);
    }

    #[test]
    fn a_package_inherits_from_its_workspace_but_for_what_identifies_a_product() {
        let source = |path: &str, text: &str| Source {
            path: PathBuf::from(path),
            text: text.to_owned(),
        };
        let workspace = "[workspace.metadata.winsvc]\nstop-timeout = '9s'\naccount = 'local-service'\n\
            package = { manufacturer = 'Acme', product-name = 'Suite' }\n";
        let package = "[package.metadata.winsvc]\nstop-timeout = '8s'\n";
        let inherited = Some(source("../Cargo.toml", workspace));
        let config = Config::parse(&project(), source("Cargo.toml", package), inherited).unwrap();
        let service = &config.services[0];
        assert_eq!(service.definition.stop_timeout.to_string(), "8s");
        assert_eq!(service.definition.account.to_string(), "local-service");
        assert!(config.manifest.package.manufacturer.is_some());
        assert_eq!(config.manifest.package.product_name, None);
        let place = |keys: &[&str]| {
            let place = config.place_in(service, keys);
            (place.path.display().to_string(), place.line_column().0)
        };
        assert_eq!(place(&["stop-timeout"]), ("Cargo.toml".to_owned(), 2));
        assert_eq!(place(&["account"]), ("../Cargo.toml".to_owned(), 3));
    }

    #[test]
    fn programs_that_do_not_exist_or_are_not_clear_are_errors_at_their_names() {
        let error = |program: &str| {
            error_for(
                &suite(),
                &format!("[package.metadata.winsvc]\nprogram = {program}\n"),
            )
        };
        assert_eq!(
            error("'agent'"),
            "error: unknown binary `agent`\n --> Cargo.toml:2:11\n  |\n2 | program = 'agent'\n  |           ^^^^^^^\n\
             note: available binaries: acme, tool, updater, updater"
        );
        assert!(
            error("'updater'").starts_with("error: several packages have a binary `updater`: one, two\n")
        );
        assert!(
            error("'updater'")
                .ends_with("help: name the package: `{ package = \"one\", bin = \"updater\" }`")
        );
        let wrong = error("{ package = 'on', bin = 'updater' }");
        assert!(
            wrong.starts_with("error: the workspace has no package `on`\n"),
            "{wrong}"
        );
        let wrong = error("{ package = 'one', bin = 'tool' }");
        assert!(wrong.ends_with("note: available binaries: updater"), "{wrong}");
        let both = "[package.metadata.winsvc]\nprograms = [{ package = 'one', bin = 'updater' }, \
            { package = 'two', bin = 'updater' }]\n";
        assert!(
            error_for(&suite(), both)
                .starts_with("error: the packages `one` and `two` both have a program `updater.exe`\n")
        );
    }

    #[test]
    fn a_name_or_a_bin_is_for_one_service() {
        let text = "[package.metadata.winsvc]\nname = 'a'\nservices.agent = {}\n";
        assert_eq!(
            error_for(&suite(), text),
            "error: `name` is set to `a`, but `services` lists the services by name\n --> Cargo.toml:2:8\n  |\n\
             2 | name = 'a'\n  |        ^^^\nhelp: remove `name`"
        );
        let mut project = suite();
        project.bin = Some("tool".to_owned());
        let error = error_for(&project, "[package.metadata.winsvc]\nservices.agent = {}\n");
        assert!(
            error.starts_with("error: `--bin tool` cannot be used with `services`"),
            "{error}"
        );
        let config = parse_for(&project, "[package.metadata.winsvc]\nprogram = 'acme'\n").unwrap();
        assert_eq!(
            config.programs[0].program.binary, "tool",
            "`--bin` is the command's own choice"
        );
    }
}
