//! Reads a project's WiX source: what a product that is built with WiX, or with cargo-wix, keeps when winsvc builds it.
//!
//! Names, the upgrade code and the services are taken over as keys of Cargo.toml. What else the source has is named, so that
//! its author decides about it. Both schemas are read, that of WiX 3 and that of WiX 4 and later.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Document, Node};
use thiserror::Error;
use toml::{Table, Value};
use winsvc_definition::Account;

use crate::diagnostic::{Diagnostic, Explain};

/// What a source has for Cargo.toml.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FromWix {
    /// The keys of `[package.metadata.winsvc]`.
    pub keys: Table,
    /// The elements that are not taken over, by name and identifier.
    pub left: BTreeSet<String>,
}

/// The elements that winsvc has an answer for without a key.
const ANSWERED: [&str; 29] = [
    "Component",
    "ComponentGroup",
    "ComponentGroupRef",
    "ComponentRef",
    "Directory",
    "DirectoryRef",
    "Feature",
    "FeatureRef",
    "Fragment",
    "MajorUpgrade",
    "Media",
    "MediaTemplate",
    "Package",
    "Product",
    "RemoveExistingProducts",
    "RequiredPrivilege",
    "ServiceConfig",
    "ServiceControl",
    "ServiceDependency",
    "ServiceInstall",
    "StandardDirectory",
    "SummaryInformation",
    "UI",
    "UIRef",
    "Upgrade",
    "UpgradeVersion",
    "Wix",
    "InstallExecuteSequence",
    "InstallUISequence",
];

/// Reads a source.
pub fn read(source: &str) -> Result<FromWix, FromWixError> {
    let document = Document::parse(source).map_err(FromWixError::Xml)?;
    let root = document.root_element();
    if root.tag_name().name() != "Wix" {
        return Err(FromWixError::NotWix {
            found: root.tag_name().name().to_owned(),
        });
    }
    let reader = Reader {
        variables: variables(&document),
        root,
    };
    Ok(reader.read())
}

struct Reader<'a> {
    /// The variables of the preprocessor that the source defines.
    variables: BTreeMap<String, String>,
    root: Node<'a, 'a>,
}

/// The definitions of `<?define NAME = "VALUE"?>`.
fn variables(document: &Document<'_>) -> BTreeMap<String, String> {
    let instructions = document.descendants().filter_map(|node| node.pi());
    let definitions = instructions.filter(|instruction| instruction.target == "define");
    let definitions = definitions.filter_map(|definition| {
        let (name, value) = definition.value?.split_once('=')?;
        let value = value.trim().trim_matches('"');
        Some((name.trim().to_owned(), value.to_owned()))
    });
    definitions.collect()
}

impl<'a> Reader<'a> {
    fn read(&self) -> FromWix {
        let mut package = Table::new();
        if let Some(product) = self
            .all("Product")
            .chain(self.all("Package"))
            .find(|it| it.has_attribute("Version"))
        {
            for (attribute, key) in [("Manufacturer", "manufacturer"), ("Name", "product-name")] {
                put(&mut package, key, self.value(product, attribute));
            }
            let code = self.value(product, "UpgradeCode");
            put(
                &mut package,
                "upgrade-code",
                code.map(|code| code.trim_matches(['{', '}']).to_owned()),
            );
        }
        let mut services: Vec<(String, Table)> = Vec::new();
        for install in self.all("ServiceInstall") {
            if let Some(name) = self.value(install, "Name") {
                services.push((name.clone(), self.service(install, &name)));
            }
        }
        let mut keys = Table::new();
        match &services[..] {
            [(name, service)] => {
                put(&mut keys, "name", Some(name.clone()));
                keys.extend(service.clone());
            }
            [] => {}
            services => {
                let tables = services
                    .iter()
                    .map(|(name, service)| (name.clone(), service.clone().into()));
                keys.insert("services".to_owned(), Value::Table(tables.collect()));
            }
        }
        if !package.is_empty() {
            keys.insert("package".to_owned(), package.into());
        }
        FromWix {
            keys,
            left: self.left(&services),
        }
    }

    fn service(&self, install: Node<'a, 'a>, name: &str) -> Table {
        let mut table = Table::new();
        put(
            &mut table,
            "display-name",
            self.value(install, "DisplayName").filter(|it| it != name),
        );
        put(&mut table, "description", self.value(install, "Description"));
        put(&mut table, "account", self.account(install, name));
        let configs: Vec<Node<'_, '_>> = self
            .all("ServiceConfig")
            .filter(|it| self.is_of(*it, install, name))
            .collect();
        let is = |attribute, value: &str| {
            configs
                .iter()
                .any(|it| self.value(*it, attribute).as_deref() == Some(value))
        };
        let start = match self.value(install, "Start").as_deref() {
            Some("demand") => Some("manual"),
            Some("disabled") => Some("disabled"),
            _ if is("DelayedAutoStart", "yes") || is("DelayedAutoStart", "1") => Some("delayed"),
            _ => None,
        };
        put(&mut table, "start", start.map(str::to_owned));
        let dependencies = install
            .children()
            .filter(|it| it.tag_name().name() == "ServiceDependency");
        let dependencies = dependencies.filter_map(|it| {
            let group = if it.attribute("Group") == Some("yes") {
                "+"
            } else {
                ""
            };
            Some(Value::String(format!("{group}{}", self.value(it, "Id")?)))
        });
        put_list(&mut table, "dependencies", dependencies.collect());
        let arguments = self
            .value(install, "Arguments")
            .filter(|it| !it.contains(['"', '[']));
        let arguments = arguments.iter().flat_map(|it| it.split_whitespace());
        put_list(&mut table, "arguments", arguments.map(Value::from).collect());
        for config in configs {
            if let Some(recovery) = self.recovery(config) {
                table.insert("recovery".to_owned(), recovery.into());
            }
        }
        table
    }

    /// The account as a key says it, if there is a key for it. A service without an account has that of the system, which
    /// is not winsvc's default.
    fn account(&self, install: Node<'a, 'a>, name: &str) -> Option<String> {
        if !install.has_attribute("Account") {
            return Some("local-system".to_owned());
        }
        let account = self.value(install, "Account")?;
        Some(Account::of_start_name(&account, name)?.to_string())
    }

    /// Whether a configuration is that of a service: inside its element, beside it, or with its name.
    fn is_of(&self, config: Node<'a, 'a>, install: Node<'a, 'a>, name: &str) -> bool {
        match self.value(config, "ServiceName") {
            Some(service) => service == name,
            None => config.ancestors().any(|it| it == install) || config.parent() == install.parent(),
        }
    }

    /// The restarts of a `ServiceConfig` of WiX's extension.
    fn recovery(&self, config: Node<'a, 'a>) -> Option<Table> {
        let actions = [
            "FirstFailureActionType",
            "SecondFailureActionType",
            "ThirdFailureActionType",
        ];
        let actions = actions.map(|attribute| self.value(config, attribute));
        let restarts = actions
            .iter()
            .take_while(|action| action.as_deref() == Some("restart"))
            .count();
        if restarts == 0 {
            return None;
        }
        let delay = self.value(config, "RestartServiceDelayInSeconds");
        let delay = format!("{}s", delay.as_deref().unwrap_or("60"));
        let mut table = Table::new();
        put_list(&mut table, "restart", vec![Value::from(delay); restarts]);
        if restarts < actions.len() {
            table.insert("give-up".to_owned(), true.into());
        }
        let days = self.value(config, "ResetPeriodInDays");
        put(&mut table, "reset-after", days.map(|days| format!("{days}d")));
        Some(table)
    }

    /// The elements that have no place in the keys.
    fn left(&self, services: &[(String, Table)]) -> BTreeSet<String> {
        let elements = self.root.descendants().filter(Node::is_element);
        let left = elements.filter(|it| !ANSWERED.contains(&it.tag_name().name()) && !is_known_file(*it));
        let left = left.map(|it| match it.attribute("Id").or_else(|| it.attribute("Name")) {
            Some(id) => format!("{} {id}", it.tag_name().name()),
            None => it.tag_name().name().to_owned(),
        });
        let mut left: BTreeSet<String> = left.collect();
        for install in self.all("ServiceInstall") {
            let name = self.value(install, "Name").unwrap_or_default();
            let Some((_, service)) = services.iter().find(|(service, _)| *service == name) else {
                left.insert("ServiceInstall without a name of its own".to_owned());
                continue;
            };
            for (attribute, key) in [("Account", "account"), ("Arguments", "arguments")] {
                if install.has_attribute(attribute) && !service.contains_key(key) {
                    left.insert(format!("{attribute} of ServiceInstall {name}"));
                }
            }
        }
        left
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> + use<'a> {
        self.root
            .descendants()
            .filter(move |node| node.tag_name().name() == name)
    }

    /// The value of an attribute with its variables, if all of them are defined.
    fn value(&self, node: Node<'_, '_>, attribute: &str) -> Option<String> {
        let mut value = node.attribute(attribute)?.to_owned();
        for (name, text) in &self.variables {
            for reference in [format!("$(var.{name})"), format!("$({name})")] {
                value = value.replace(&reference, text);
            }
        }
        let is_open = ["$(", "!(loc.", "!(bind."]
            .iter()
            .any(|begin| value.contains(begin));
        (!is_open && !value.is_empty()).then_some(value)
    }
}

/// Whether a file is the program of a service: the key path of its component.
fn is_known_file(element: Node<'_, '_>) -> bool {
    let siblings = element.parent().into_iter().flat_map(|parent| parent.children());
    let has_service = siblings
        .into_iter()
        .any(|it| it.tag_name().name() == "ServiceInstall");
    element.tag_name().name() == "File" && has_service
}

fn put(table: &mut Table, key: &str, value: Option<String>) {
    if let Some(value) = value {
        table.insert(key.to_owned(), value.into());
    }
}

fn put_list(table: &mut Table, key: &str, list: Vec<Value>) {
    if !list.is_empty() {
        table.insert(key.to_owned(), list.into());
    }
}

/// The error if a source cannot be read.
#[derive(Debug, Error)]
pub enum FromWixError {
    /// It is not XML.
    #[error("the source is not valid XML")]
    Xml(#[source] roxmltree::Error),
    /// It is XML of another kind.
    #[error("expected an element `Wix`, found `{found}`")]
    NotWix {
        /// The element around all others.
        found: String,
    },
}

impl Explain for FromWixError {
    fn diagnostic(&self) -> Diagnostic {
        Diagnostic::of(self)
    }
}
