//! Products without a service.

use winsvc_definition::PropertyName;
use winsvc_definition::manifest::{ServiceTable, WorkingFolder};

use super::{Config, ConfigError};
use crate::diagnostic::Place;
use crate::project::{Project, Scope};

impl Config {
    /// Whether the table says that the product has no service: `services = {}`.
    pub(super) fn has_no_service(&self) -> bool {
        self.manifest.services.is_empty() && self.layers[0].place(&["services"]).is_some()
    }

    /// Checks that no key needs a service.
    pub(super) fn check_without_service(&self, project: &Project) -> Result<(), ConfigError> {
        // Without a Rust project, these are the product's.
        let of_product = match project.scope {
            Scope::File => &["name", "description"][..],
            Scope::Package(_) | Scope::Workspace => &[],
        };
        let fields = ServiceTable::FIELDS.iter().map(|field| field.replace('_', "-"));
        let keys = fields.chain(["name", "update"].map(str::to_owned));
        let written = keys
            .filter(|key| !of_product.contains(&key.as_str()))
            .find_map(|key| Some((self.layers[0].place(&[&key])?, key)));
        match written.or_else(|| self.key_for_services()) {
            Some((place, key)) => Err(ConfigError::KeyOfService { key, place }),
            None => Ok(()),
        }
    }

    /// The first key that gives services a value, or names one of their folders.
    fn key_for_services(&self) -> Option<(Place, String)> {
        let of_property = |name: &PropertyName| {
            let mut keys = ["setting", "variable", "argument", "arguments", "file", "services"].into_iter();
            keys.find_map(|key| {
                let place = self.layers[0].place(&["properties", name.as_str(), key])?;
                Some((place, key.to_owned()))
            })
        };
        let mut shortcuts = self.manifest.shortcuts.iter().enumerate();
        let in_shortcuts = || {
            shortcuts.find_map(|(index, shortcut)| {
                let folder = shortcut.opens.options()?.working_folder?;
                let is_services = folder != WorkingFolder::Install;
                is_services.then(|| {
                    let key = format!("working-folder = \"{}\"", folder.as_str());
                    (self.place_of_entry(&["shortcuts"], index), key)
                })
            })
        };
        let properties = self.manifest.properties.keys();
        properties.into_iter().find_map(of_property).or_else(in_shortcuts)
    }

    /// Adds the binary of a package that names no program.
    pub(super) fn add_default_program(&mut self, project: &Project) -> Result<(), ConfigError> {
        if self.services.is_empty()
            && self.manifest.programs.is_empty()
            && let Some(program) = project.default_program()
        {
            self.add_program(program?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{parse, parse_for, workspace};
    use crate::diagnostic::Explain as _;

    #[test]
    fn a_product_without_a_service_has_its_programs() {
        let config = parse("[package.metadata.winsvc]\nservices = {}").unwrap();
        assert!(config.services.is_empty());
        assert_eq!(config.programs[0].target.to_string(), "acme.exe");
        let project = workspace(&[("acme", &["acme", "tray"])]);
        let table = "[package.metadata.winsvc]\nservices = {}\nprograms = ['tray']";
        let config = parse_for(&project, table).unwrap();
        let exes: Vec<String> = config.programs.iter().map(|it| it.target.to_string()).collect();
        assert_eq!(exes, ["tray.exe"]);
        // Without the key there is a service.
        assert_eq!(parse("[package.metadata.winsvc]").unwrap().services.len(), 1);
    }

    #[test]
    fn a_key_of_a_service_needs_one() {
        for key in [
            "account = 'virtual'",
            "stop-timeout = '1s'",
            "name = 'a'",
            "host.program = 'a.exe'",
            "properties.PORT = { default = '1', argument = '--port={value}' }",
            "properties.TOKEN = { file = 'token' }",
            "shortcuts = [{ name = 'A', program = 'acme', working-folder = 'data' }]",
        ] {
            let table = format!("[package.metadata.winsvc]\nservices = {{}}\n{key}");
            let diagnostic = parse(&table).unwrap_err().diagnostic();
            assert!(
                diagnostic
                    .message
                    .ends_with("has no effect: the product has no service"),
                "{diagnostic}"
            );
            assert_eq!(diagnostic.place.unwrap().line_column().0, 3);
        }
        let table = "[package.metadata.winsvc]\nservices = {}\nproperties.PORT = { default = '1' }\n\
            shortcuts = [{ name = 'A', program = 'acme', working-folder = 'install' }]";
        assert!(parse(table).is_ok());
    }
}
