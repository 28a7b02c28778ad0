//! Services: their registration, control and configuration.

use super::{Dialect, Element, Writer, WxsError};
use crate::msi::schema::{self, Table};
use crate::msi::{Part, Row};

pub(super) const TABLES: &[&Table] = &[
    &schema::SERVICE_INSTALL,
    &schema::SERVICE_CONTROL,
    &schema::MSI_SERVICE_CONFIG,
];

/// What separates the entries of a list in a field.
const SEPARATOR: &str = "[~]";
/// `msidbServiceInstallErrorControlVital`
const SERVICE_VITAL: i32 = 0x8000;
/// `SERVICE_INTERACTIVE_PROCESS`
const INTERACTIVE: i32 = 0x100;
/// The events of services that have attributes: `msidbServiceControlEventStart` and others, each at an installation and at
/// a removal.
const CONTROL_BITS: [(i32, i32, &str); 3] = [(1, 16, "Start"), (2, 32, "Stop"), (8, 128, "Remove")];
/// `msidbServiceConfigEventInstall`, `…Uninstall`, `…Reinstall`
const CONFIG_BITS: [(i32, &str); 3] = [(1, "OnInstall"), (4, "OnReinstall"), (2, "OnUninstall")];

impl Writer<'_> {
    /// The children of a component for services.
    pub(super) fn service_children(
        &self,
        component: &str,
    ) -> Result<Vec<(&'static Part, Element)>, WxsError> {
        let rows = |table| self.tables.of_component(table, component);
        let mut children = Vec::new();
        for row in rows(&schema::SERVICE_INSTALL) {
            children.push((row.part, self.service(row)?));
        }
        for row in rows(&schema::SERVICE_CONTROL) {
            children.push((row.part, control(row)?));
        }
        let mut configs: Vec<Config<'_>> = Vec::new();
        for row in rows(&schema::MSI_SERVICE_CONFIG) {
            let (name, event) = (row.text("Name"), row.number("Event").unwrap_or_default());
            let of_same = configs.iter_mut().find(|it| it.name == name && it.event == event);
            match of_same {
                Some(config) => config.rows.push(row),
                None => configs.push(Config {
                    name,
                    event,
                    rows: vec![row],
                }),
            }
        }
        for config in configs {
            children.push((config.rows[0].part, self.config(&config)?));
        }
        Ok(children)
    }

    fn service(&self, row: &Row) -> Result<Element, WxsError> {
        let number = |column| row.number(column).unwrap_or_default();
        let kind = number("ServiceType");
        let process = match kind & !INTERACTIVE {
            16 => "ownProcess",
            32 => "shareProcess",
            _ => return Err(WxsError::no_element(row)),
        };
        let start = match number("StartType") {
            2 => "auto",
            3 => "demand",
            4 => "disabled",
            _ => return Err(WxsError::no_element(row)),
        };
        let errors = number("ErrorControl");
        let error_control = match errors & !SERVICE_VITAL {
            0 => "ignore",
            1 => "normal",
            3 => "critical",
            _ => return Err(WxsError::no_element(row)),
        };
        let description = row.text("Description");
        let element = Element::new("ServiceInstall")
            .attr("Id", row.key())
            .attr("Name", row.text("Name"))
            .attr("DisplayName", row.text("DisplayName"))
            .attr(
                "Description",
                if description == SEPARATOR { "" } else { description },
            )
            .yes("EraseDescription", description == SEPARATOR)
            .attr("Type", process)
            .yes("Interactive", kind & INTERACTIVE != 0)
            .attr("Start", start)
            .attr("ErrorControl", error_control)
            .attr("Vital", if errors & SERVICE_VITAL == 0 { "no" } else { "yes" })
            .attr("LoadOrderGroup", row.text("LoadOrderGroup"))
            .attr("Account", row.text("StartName"))
            .attr("Password", row.text("Password"))
            .attr("Arguments", row.text("Arguments"));
        let dependencies = row.text("Dependencies").split(SEPARATOR);
        let dependencies = dependencies.filter(|name| !name.is_empty()).map(|name| {
            let element = Element::new("ServiceDependency");
            match name.strip_prefix('+') {
                Some(group) => element.attr("Id", group).attr("Group", "yes"),
                None => element.attr("Id", name),
            }
        });
        let element = element.children(dependencies);
        Ok(self.protected(element, &schema::SERVICE_INSTALL, row.key()))
    }

    fn config(&self, config: &Config<'_>) -> Result<Element, WxsError> {
        let first = config.rows[0].key();
        let (service, _) = first.rsplit_once('.').unwrap_or((first, ""));
        let mut element = Element::new("ServiceConfig")
            .attr("Id", format!("{service}.Config"))
            .attr("ServiceName", config.name);
        for (bit, name) in CONFIG_BITS {
            element = element.yes(name, config.event & bit != 0);
        }
        for row in &config.rows {
            let argument = row.text("Argument");
            let value = match (row.number("ConfigType"), argument) {
                (Some(3), "0") => ("DelayedAutoStart", "no"),
                (Some(3), "1") => ("DelayedAutoStart", "yes"),
                (Some(4), "0") => ("FailureActionsWhen", "failedToStop"),
                (Some(4), "1") => ("FailureActionsWhen", "failedToStopOrReturnedError"),
                (Some(5), "0") => ("ServiceSid", "none"),
                (Some(5), "1") => ("ServiceSid", "unrestricted"),
                (Some(5), "3") => ("ServiceSid", "restricted"),
                (Some(7), _) => ("PreShutdownDelay", argument),
                (Some(6), _) => {
                    let privileges = argument.split(SEPARATOR).map(|name| self.privilege(name));
                    element = element.children(privileges);
                    continue;
                }
                _ => return Err(WxsError::no_element(row)),
            };
            element = element.attr(value.0, value.1);
        }
        Ok(element)
    }

    fn privilege(&self, name: &str) -> Element {
        let element = Element::new("RequiredPrivilege");
        match self.dialect {
            Dialect::V4 => element.attr("Name", name),
            Dialect::V3 => element.content(name),
        }
    }
}

/// The settings of a service that are made at the same events.
struct Config<'a> {
    name: &'a str,
    event: i32,
    rows: Vec<&'a Row>,
}

fn control(row: &Row) -> Result<Element, WxsError> {
    let event = row.number("Event").unwrap_or_default();
    if !row.text("Arguments").is_empty() {
        return Err(WxsError::no_element(row));
    }
    let mut element = Element::new("ServiceControl")
        .attr("Id", row.key())
        .attr("Name", row.text("Name"));
    for (install, uninstall, name) in CONTROL_BITS {
        element = element.attr(
            name,
            match (event & install != 0, event & uninstall != 0) {
                (true, true) => "both",
                (true, false) => "install",
                (false, true) => "uninstall",
                (false, false) => "",
            },
        );
    }
    Ok(element.attr(
        "Wait",
        if row.number("Wait") == Some(0) {
            "no"
        } else {
            "yes"
        },
    ))
}
