//! A service: its registration, its control during an installation, its event source and its environment.

use winsvc_definition::{Dependency, StartType, events};

use super::super::MsiError;
use super::super::database::{number, text};
use super::super::names::{formatted, identifier};
use super::super::schema;
use super::files::file_id;
use super::{NULL, Package};
use crate::command_line;
use crate::product::Service;

/// `SERVICE_WIN32_OWN_PROCESS`
const OWN_PROCESS: i32 = 16;
/// `SERVICE_ERROR_NORMAL`, and `msidbServiceInstallErrorControlVital`: without the service there is no installation.
const ERROR_NORMAL_VITAL: i32 = 1 + 32768;
/// `msidbServiceControlEventStart`
const START_ON_INSTALL: i32 = 1;
/// `msidbServiceControlEventStop`, `…UninstallStop`, `…UninstallDelete`
const STOP_ALWAYS_DELETE_ON_UNINSTALL: i32 = 2 + 32 + 128;
/// `msidbServiceConfigEventInstall`, `…Reinstall`
const CONFIGURE_ALWAYS: i32 = 1 + 4;
/// `msidbRegistryRootLocalMachine`
const LOCAL_MACHINE: i32 = 2;

impl Package<'_> {
    /// What the SCM is told.
    pub(super) fn service(&mut self, service: &Service) -> Result<(), MsiError> {
        let definition = &service.definition;
        let component = file_id(&self.product.files[service.file]);
        let id = identifier(definition.name.as_str());
        let name = formatted(definition.name.as_str());
        let start_name = definition
            .account
            .start_name(&definition.name)
            .unwrap_or_default();
        let arguments = command_line::join(&definition.arguments);
        self.row(
            &schema::SERVICE_INSTALL,
            [
                text(&id),
                text(&name),
                text(formatted(definition.display_name.as_str())),
                number(OWN_PROCESS),
                number(definition.start.code().cast_signed()),
                number(ERROR_NORMAL_VITAL),
                NULL,
                text(dependencies(&definition.dependencies)),
                text(formatted(&start_name)),
                NULL,
                text(formatted(arguments.trim_start())),
                text(&component),
                text(formatted(&definition.description)),
            ],
        )?;

        let control = |suffix: &str, event| {
            [
                text(format!("{id}.{suffix}")),
                text(&name),
                number(event),
                NULL,
                number(1),
                text(&component),
            ]
        };
        self.row(
            &schema::SERVICE_CONTROL,
            control("Stop", STOP_ALWAYS_DELETE_ON_UNINSTALL),
        )?;
        if definition.start.is_automatic() {
            self.row(&schema::SERVICE_CONTROL, control("Start", START_ON_INSTALL))?;
        }

        let delayed = if definition.start == StartType::Delayed {
            "1"
        } else {
            "0"
        };
        // The types of `MsiServiceConfig`: what `ServiceInstall` has no column for.
        let settings = [
            // SERVICE_CONFIG_DELAYED_AUTO_START_INFO
            ("DelayedStart", 3, delayed),
            // SERVICE_CONFIG_FAILURE_ACTIONS_FLAG: an exit with an error counts as a failure.
            ("FailureFlag", 4, "1"),
            // SERVICE_CONFIG_SERVICE_SID_INFO, SERVICE_SID_TYPE_UNRESTRICTED: files can be granted to the service alone.
            ("SidType", 5, "1"),
        ];
        for (suffix, kind, argument) in settings {
            self.row(
                &schema::MSI_SERVICE_CONFIG,
                [
                    text(format!("{id}.{suffix}")),
                    text(&name),
                    number(CONFIGURE_ALWAYS),
                    number(kind),
                    text(argument),
                    text(&component),
                ],
            )?;
        }
        Ok(())
    }

    /// The service's event source, and its environment.
    pub(super) fn registry(&mut self, service: &Service) -> Result<(), MsiError> {
        let definition = &service.definition;
        let file = file_id(&self.product.files[service.file]);
        let id = identifier(definition.name.as_str());
        let name = formatted(definition.name.as_str());
        let source = format!(r"SYSTEM\CurrentControlSet\Services\EventLog\Application\{name}");
        let types = events::TYPES_SUPPORTED;
        let mut values = vec![
            // REG_EXPAND_SZ with the path of the exe, and REG_DWORD.
            ("EventMessageFile", source.clone(), format!("#%[#{file}]")),
            ("TypesSupported", source, format!("#{types}")),
        ];
        if !definition.environment.is_empty() {
            // REG_MULTI_SZ. The key is the service's own and goes with it.
            let variables = definition.environment.iter();
            let list: String = variables
                .map(|(name, value)| format!("{}={}[~]", formatted(name.as_str()), formatted(value)))
                .collect();
            let key = format!(r"SYSTEM\CurrentControlSet\Services\{name}");
            values.push(("Environment", key, format!("[~]{list}")));
        }
        for (value, key, data) in values {
            let row = text(format!("{id}.{value}"));
            self.row(
                &schema::REGISTRY,
                [
                    row,
                    number(LOCAL_MACHINE),
                    text(key),
                    text(value),
                    text(data),
                    text(&file),
                ],
            )?;
        }
        Ok(())
    }
}

/// `Name[~]+Group[~][~]`, empty for none.
fn dependencies(dependencies: &[Dependency]) -> String {
    if dependencies.is_empty() {
        return String::new();
    }
    let names = dependencies
        .iter()
        .map(|dependency| format!("{}[~]", formatted(&dependency.to_string())));
    names.collect::<String>() + "[~]"
}
