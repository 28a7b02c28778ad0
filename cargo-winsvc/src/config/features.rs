//! The features: what belongs to each of them.

use std::collections::BTreeSet;

use thiserror::Error;
use winsvc_definition::manifest::{FeatureName, FilesEntry, Opens};
use winsvc_definition::{Dependency, ServiceName};

use super::Config;
use super::suggestion::nearest;
use crate::diagnostic::{Diagnostic, Explain, Place};

impl Config {
    /// Checks the features, and resolves what each program, shortcut, URL protocol and rule of the firewall belongs to.
    pub(super) fn add_features(&mut self) -> Result<(), FeatureError> {
        let uses = self.uses();
        self.check_names(&uses)?;
        self.check_content(&uses)?;
        self.features_of_programs()?;
        self.check_optional_services()?;
        self.follow_programs()
    }

    /// The features that are named, and where.
    fn uses(&self) -> Vec<(FeatureName, Place)> {
        let manifest = &self.manifest;
        let files = manifest.package.files.iter().map(FilesEntry::feature);
        let programs = manifest.programs.iter().map(|entry| entry.feature.as_ref());
        let shortcuts = manifest.shortcuts.iter().map(|entry| entry.feature.as_ref());
        let registry = manifest.registry.iter().map(|entry| entry.feature.as_ref());
        let path = manifest.path.iter().map(|entry| entry.feature.as_ref());
        let autostart = manifest.autostart.iter().map(|entry| entry.feature.as_ref());
        let services = manifest.services.iter();
        let services = services.map(|(name, it)| (name.as_str(), it.feature.as_ref()));
        let firewall = manifest.firewall.iter();
        let firewall = firewall.map(|(name, it)| (name.as_str(), it.feature.as_ref()));
        let protocols = manifest.url_protocols.iter();
        let protocols = protocols.map(|(name, it)| (name.as_str(), it.feature.as_ref()));
        [
            self.in_list(&["package", "files"], files),
            self.in_list(&["programs"], programs),
            self.in_tables("services", services),
            self.in_list(&["shortcuts"], shortcuts),
            self.in_list(&["registry"], registry),
            self.in_list(&["path"], path),
            self.in_list(&["autostart"], autostart),
            self.in_tables("firewall", firewall),
            self.in_tables("url-protocols", protocols),
        ]
        .concat()
    }

    /// The features of a list's entries.
    fn in_list<'a>(
        &self,
        keys: &[&str],
        features: impl Iterator<Item = Option<&'a FeatureName>>,
    ) -> Vec<(FeatureName, Place)> {
        let features = features.enumerate();
        let uses = features
            .filter_map(|(index, feature)| Some((feature?.clone(), self.place_of_entry(keys, index))));
        uses.collect()
    }

    /// The features of tables by name.
    fn in_tables<'a>(
        &self,
        key: &str,
        features: impl Iterator<Item = (&'a str, Option<&'a FeatureName>)>,
    ) -> Vec<(FeatureName, Place)> {
        let place = |name: &str| self.place_within(&[key, name], "feature");
        let uses = features.filter_map(|(name, feature)| Some((feature?.clone(), place(name))));
        uses.collect()
    }

    /// Checks that the names differ by more than their case, and that each name that is used is one of them.
    fn check_names(&self, uses: &[(FeatureName, Place)]) -> Result<(), FeatureError> {
        let features = &self.manifest.features;
        let mut folded = BTreeSet::new();
        for name in features.keys() {
            if !folded.insert(name.as_str().to_ascii_lowercase()) {
                return Err(FeatureError::SameName {
                    name: name.clone(),
                    place: Box::new(self.place(&["features", name.as_str()])),
                });
            }
        }
        match uses.iter().find(|(name, _)| !features.contains_key(name)) {
            Some((name, place)) => Err(FeatureError::Unknown {
                name: name.clone(),
                known: features.keys().cloned().collect(),
                place: Box::new(place.clone()),
            }),
            None => Ok(()),
        }
    }

    /// Checks that something belongs to each feature.
    fn check_content(&self, uses: &[(FeatureName, Place)]) -> Result<(), FeatureError> {
        let mut names = self.manifest.features.keys();
        match names.find(|name| uses.iter().all(|(used, _)| used != *name)) {
            Some(name) => Err(FeatureError::Empty {
                name: name.clone(),
                place: Box::new(self.place(&["features", name.as_str()])),
            }),
            None => Ok(()),
        }
    }

    /// Sets the features of the programs: those of their services, or of the entries in `programs`.
    fn features_of_programs(&mut self) -> Result<(), FeatureError> {
        for index in 0..self.programs.len() {
            let program = &self.programs[index].program;
            let services = self.services.iter();
            let services = services.filter(|it| it.program == index || it.hosted == Some(index));
            let services = services.map(|service| {
                let name = service.definition.name.as_str();
                (
                    &service.table.feature,
                    self.place_within(&["services", name], "feature"),
                )
            });
            let entries = self.manifest.programs.iter().enumerate();
            let entries = entries.filter(|(_, entry)| {
                let package = entry.program.package.as_ref();
                entry.program.bin == program.binary
                    && package.is_none_or(|package| *package == program.package)
            });
            let entries =
                entries.map(|(index, entry)| (&entry.feature, self.place_of_entry(&["programs"], index)));
            let all: Vec<(&Option<FeatureName>, Place)> = services.chain(entries).collect();
            let first = all.first().and_then(|(feature, _)| (*feature).clone());
            if let Some((_, place)) = all.iter().find(|(feature, _)| **feature != first) {
                return Err(FeatureError::Program {
                    program: program.binary.clone(),
                    place: Box::new(place.clone()),
                });
            }
            self.programs[index].feature = first;
        }
        Ok(())
    }

    /// Checks that a service is always installed, and that none depends on one that may be left out.
    fn check_optional_services(&self) -> Result<(), FeatureError> {
        let place = |name: &ServiceName| Box::new(self.place_within(&["services", name.as_str()], "feature"));
        if let Some(first) = self.services.first()
            && self
                .services
                .iter()
                .all(|service| service.table.feature.is_some())
        {
            return Err(FeatureError::NoService {
                place: place(&first.definition.name),
            });
        }
        for service in &self.services {
            for (index, dependency) in service.definition.dependencies.iter().enumerate() {
                let Dependency::Service(name) = dependency else {
                    continue;
                };
                let is_it = |other: &&super::ServiceConfig| {
                    let own = other.definition.name.as_str();
                    own.to_lowercase() == name.as_str().to_lowercase()
                };
                let other = self.services.iter().find(is_it);
                let feature = other.and_then(|other| other.table.feature.clone());
                if let Some(feature) = feature.filter(|it| service.table.feature.as_ref() != Some(it)) {
                    return Err(FeatureError::Dependency {
                        service: service.definition.name.clone(),
                        on: name.clone(),
                        feature,
                        place: Box::new(self.place_of_entry_in(service, &["dependencies"], index)),
                    });
                }
            }
        }
        Ok(())
    }

    /// What opens, or is for, a program that may be left out belongs to the program's feature.
    fn follow_programs(&mut self) -> Result<(), FeatureError> {
        let of_program = |binary: &str| {
            self.program(binary)
                .and_then(|program| self.programs[program].feature.clone())
        };
        let of_service = |name: &ServiceName| {
            let service = self
                .services
                .iter()
                .find(|service| service.definition.name == *name);
            service.and_then(|service| service.table.feature.clone())
        };
        let manifest = &self.manifest;
        let mut shortcuts = Vec::new();
        for (index, shortcut) in manifest.shortcuts.iter().enumerate() {
            let program = match &shortcut.opens {
                Opens::Program(program, _) => of_program(program),
                Opens::Path(..) | Opens::Url(_) => None,
            };
            let place = || self.place_of_entry(&["shortcuts"], index);
            shortcuts.push(followed(shortcut.feature.as_ref(), program, place)?);
        }
        let mut autostart = Vec::new();
        for (index, entry) in manifest.autostart.iter().enumerate() {
            let place = || self.place_of_entry(&["autostart"], index);
            let program = of_program(&entry.program);
            autostart.push(followed(entry.feature.as_ref(), program, place)?);
        }
        let mut protocols = Vec::new();
        for (scheme, protocol) in &manifest.url_protocols {
            let place = || self.place_within(&["url-protocols", scheme.as_str()], "feature");
            let program = of_program(&protocol.program);
            protocols.push(followed(protocol.feature.as_ref(), program, place)?);
        }
        let mut rules = Vec::new();
        for (name, rule) in &manifest.firewall {
            let place = || self.place_within(&["firewall", name.as_str()], "feature");
            let program = match (&rule.program, &rule.service) {
                (Some(program), _) => of_program(program),
                (None, Some(service)) => of_service(service),
                (None, None) => None,
            };
            rules.push(followed(rule.feature.as_ref(), program, place)?);
        }
        let manifest = &mut self.manifest;
        for (shortcut, feature) in manifest.shortcuts.iter_mut().zip(shortcuts) {
            shortcut.feature = feature;
        }
        for (entry, feature) in manifest.autostart.iter_mut().zip(autostart) {
            entry.feature = feature;
        }
        for (protocol, feature) in manifest.url_protocols.values_mut().zip(protocols) {
            protocol.feature = feature;
        }
        for (rule, feature) in manifest.firewall.values_mut().zip(rules) {
            rule.feature = feature;
        }
        Ok(())
    }
}

/// The feature of what needs a program: its own, or the program's.
fn followed(
    own: Option<&FeatureName>,
    program: Option<FeatureName>,
    place: impl Fn() -> Place,
) -> Result<Option<FeatureName>, FeatureError> {
    match (own, program) {
        (Some(own), Some(program)) if *own != program => Err(FeatureError::WithoutProgram {
            own: own.clone(),
            program,
            place: Box::new(place()),
        }),
        (own, program) => Ok(own.cloned().or(program)),
    }
}

/// The error for a feature.
#[derive(Debug, Error)]
pub(crate) enum FeatureError {
    /// Two names differ only in their case.
    #[error("two features have the name `{name}`, in upper and lower case")]
    SameName {
        /// The second name.
        name: FeatureName,
        /// Its place.
        place: Box<Place>,
    },
    /// `features` does not have the name.
    #[error("unknown feature `{name}`{}", expected(.known))]
    Unknown {
        /// The name.
        name: FeatureName,
        /// The names of the features.
        known: Vec<FeatureName>,
        /// Its place.
        place: Box<Place>,
    },
    /// Nothing belongs to it.
    #[error("nothing belongs to the feature `{name}`")]
    Empty {
        /// The name.
        name: FeatureName,
        /// Its place.
        place: Box<Place>,
    },
    /// The services of a program, and its entry in `programs`, belong to different features.
    #[error("the program `{program}` belongs to a feature by one entry, and not by another")]
    Program {
        /// The program.
        program: String,
        /// The place of the entry that differs from the first one.
        place: Box<Place>,
    },
    /// All services may be left out.
    #[error("every service belongs to a feature; expected one that is always installed")]
    NoService {
        /// The place of the first one's feature.
        place: Box<Place>,
    },
    /// A service depends on one that may be left out.
    #[error("the service `{service}` depends on `{on}`, which the feature `{feature}` may leave out")]
    Dependency {
        /// The service.
        service: ServiceName,
        /// The other one.
        on: ServiceName,
        /// The other one's feature.
        feature: FeatureName,
        /// The place of the dependency.
        place: Box<Place>,
    },
    /// The program belongs to another feature than what opens it.
    #[error("this belongs to the feature `{own}`, but its program to `{program}`")]
    WithoutProgram {
        /// The feature.
        own: FeatureName,
        /// The feature of its program.
        program: FeatureName,
        /// Its place.
        place: Box<Place>,
    },
}

/// The names that were expected, as a part of a message.
fn expected(known: &[FeatureName]) -> String {
    let quoted: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    match &quoted[..] {
        [] => "; no features are defined".to_owned(),
        [one] => format!(", expected {one}"),
        several => format!(", expected one of {}", several.join(", ")),
    }
}

impl Explain for FeatureError {
    fn diagnostic(&self) -> Diagnostic {
        let (Self::SameName { place, .. }
        | Self::Unknown { place, .. }
        | Self::Empty { place, .. }
        | Self::Program { place, .. }
        | Self::NoService { place }
        | Self::Dependency { place, .. }
        | Self::WithoutProgram { place, .. }) = self;
        let diagnostic = Diagnostic::of(self).at((**place).clone());
        match self {
            Self::SameName { .. } => diagnostic.help("rename one of them, or merge them"),
            Self::Unknown { name, known, .. } => match nearest(name.as_str(), known.iter().map(FeatureName::as_str)) {
                Some(word) => diagnostic.help(format!("did you mean `{word}`?")),
                None => diagnostic.help(format!("add a table [package.metadata.winsvc.features.{name}]")),
            },
            Self::Empty { name, .. } => diagnostic.help(format!(
                "set `feature = \"{name}\"` in an entry of `files`, `programs`, `services`, `shortcuts`, `registry`, `path`, \
                 `autostart`, `firewall` or `url-protocols`, or remove the feature"
            )),
            Self::Program { .. } => diagnostic
                .note("a service is a part of its program's component, which is installed as a whole")
                .help("set the same `feature` in all services of the program and in its entry of `programs`"),
            Self::NoService { .. } => {
                diagnostic.help("remove `feature` from the product's main service, which is always installed")
            }
            Self::Dependency { .. } => {
                diagnostic.help("remove the dependency, or set the same `feature` for both services")
            }
            Self::WithoutProgram { .. } => diagnostic.help("remove `feature`: it follows from the program"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{parse_for, workspace};
    use super::*;

    /// A product with two programs.
    fn read(table: &str) -> Result<Config, String> {
        let project = workspace(&[("acme", &["acme", "extra"])]);
        let text = format!("[package.metadata.winsvc]\n{table}");
        parse_for(&project, &text).map_err(|error| {
            let diagnostic = error.diagnostic();
            let (line, column) = diagnostic.place.expect("a place").line_column();
            let help = diagnostic.help.concat();
            format!("{line}:{column}: {}\n{help}", diagnostic.message)
        })
    }

    const TWO: &str =
        "services.acme = {}\nservices.extra = { program = 'extra', feature = 'x' }\nfeatures.x = {}\n";

    #[test]
    fn what_needs_a_program_belongs_to_its_feature() {
        let config = read(&format!(
            "{TWO}shortcuts = [{{ name = 'E', program = 'extra' }}, {{ name = 'A', program = 'acme' }}]\n\
             url-protocols.extra = 'extra'\n\
             firewall.extra = {{ service = 'extra', port = 1, protocol = 'tcp' }}"
        ))
        .unwrap();
        let x = Some(FeatureName::new("x").unwrap());
        let features: Vec<_> = config
            .programs
            .iter()
            .map(|program| program.feature.clone())
            .collect();
        assert_eq!(features, [None, x.clone()]);
        let manifest = &config.manifest;
        let shortcuts: Vec<_> = manifest.shortcuts.iter().map(|it| it.feature.clone()).collect();
        assert_eq!(shortcuts, [x.clone(), None]);
        assert_eq!(manifest.url_protocols.values().next().unwrap().feature, x);
        assert_eq!(manifest.firewall.values().next().unwrap().feature, x);
    }

    #[test]
    fn a_feature_that_cannot_be_is_an_error_at_its_place() {
        let set = "set `feature = \"docs\"` in an entry of `files`, `programs`, `services`, `shortcuts`, `registry`, \
                   `path`, `autostart`, `firewall` or `url-protocols`, or remove the feature";
        for (table, expected) in [
            (
                "features.docs = {}\nfeatures.Docs = {}",
                "2:17: two features have the name `docs`, in upper and lower case\nrename one of them, or merge them"
                    .to_owned(),
            ),
            (
                "features.docs = {}\npath = [{ folder = 'C:', feature = 'dcos' }]",
                "3:9: unknown feature `dcos`, expected `docs`\ndid you mean `docs`?".to_owned(),
            ),
            (
                "services.acme = { feature = 'docs' }",
                "2:29: unknown feature `docs`; no features are defined\n\
                 add a table [package.metadata.winsvc.features.docs]"
                    .to_owned(),
            ),
            ("features.docs = {}", format!("2:17: nothing belongs to the feature `docs`\n{set}")),
            (
                "features.docs = {}\nservices.acme = { feature = 'docs' }",
                "3:29: every service belongs to a feature; expected one that is always installed\n\
                 remove `feature` from the product's main service, which is always installed"
                    .to_owned(),
            ),
            (
                &format!("{TWO}programs = ['extra']"),
                "5:13: the program `extra` belongs to a feature by one entry, and not by another\n\
                 set the same `feature` in all services of the program and in its entry of `programs`"
                    .to_owned(),
            ),
            (
                &TWO.replace("acme = {}", "acme = { dependencies = ['EXTRA'] }"),
                "2:35: the service `acme` depends on `EXTRA`, which the feature `x` may leave out\n\
                 remove the dependency, or set the same `feature` for both services"
                    .to_owned(),
            ),
            (
                &format!("{TWO}features.y = {{}}\nshortcuts = [{{ name = 'E', program = 'extra', feature = 'y' }}]"),
                "6:14: this belongs to the feature `y`, but its program to `x`\n\
                 remove `feature`: it follows from the program"
                    .to_owned(),
            ),
        ] {
            assert_eq!(read(table).map(|_| ()), Err(expected), "{table}");
        }
    }

    #[test]
    fn the_only_service_belongs_to_no_feature() {
        let error = read("feature = 'docs'").unwrap_err();
        assert!(error.starts_with("2:1: unknown field `feature`"), "{error}");
    }
}
