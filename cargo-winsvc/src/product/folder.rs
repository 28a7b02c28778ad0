//! The folders of a product: where it is installed, and where its settings, data and logs are.

use winsvc_definition::folders::{self, ProtectedFolder};

use super::{Names, Product};
use crate::config::Config;

/// The path of the installation folder below the folder for programs: the configured one, or the product's names.
pub(crate) fn install_folder(config: &Config, names: &Names) -> Vec<String> {
    let configured = config.manifest.package.install_folder.as_ref();
    configured.map_or_else(|| names.folders(), |path| path.parts().to_vec())
}

/// The path of the folder for settings, data and logs below `%ProgramData%`: the configured one, or the product's
/// names.
pub(crate) fn data_folder(config: &Config, names: &Names) -> Vec<String> {
    let configured = config.manifest.package.data_folder.as_ref();
    configured.map_or_else(|| names.folders(), |path| path.parts().to_vec())
}

impl Product {
    /// The folders below `%ProgramData%`, each after the one that contains it. They are those of the services.
    pub fn protected_folders(&self) -> Vec<ProtectedFolder> {
        if self.services.is_empty() {
            return Vec::new();
        }
        let services = self.services.iter().map(|service| &service.definition);
        folders::protected(&self.data_folder, &folders::sids(services), self.updates())
    }

    /// The registry key below `HKEY_LOCAL_MACHINE` with what the installation remembers.
    pub fn registry_key(&self) -> String {
        registry_key(&self.manufacturer, &self.name)
    }
}

/// The registry key of a product below `HKEY_LOCAL_MACHINE`.
pub(crate) fn registry_key(manufacturer: &str, product: &str) -> String {
    // Both names, even if they are equal: the key of one product must not contain that of another.
    let [manufacturer, product] = [manufacturer, product].map(super::folder_name);
    format!(r"Software\{manufacturer}\{product}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::{parse, project};

    #[test]
    fn a_configured_folder_replaces_the_names() {
        let folders = |table: &str| {
            let config = parse(&format!("[package.metadata.winsvc.package]\n{table}")).unwrap();
            let names = Names::new(&project(), &config);
            (
                install_folder(&config, &names).join("|"),
                data_folder(&config, &names).join("|"),
            )
        };
        let text = |install: &str, data: &str| (install.to_owned(), data.to_owned());
        assert_eq!(folders("manufacturer = 'Acme'"), text("Acme|acme", "Acme|acme"));
        assert_eq!(
            folders("install-folder = 'Acme/Agent'"),
            text("Acme|Agent", "acme")
        );
        assert_eq!(folders("data-folder = 'Acme/Agent'"), text("acme", "Acme|Agent"));
    }
}
