//! A service: its registration, its control during an installation, its event source and its environment.

use winsvc_definition::registration::{self, FailureAction, FailureActions, RegistryValue};
use winsvc_definition::{Definition, Dependency, StartType, command_line};

use super::super::MsiError;
use super::super::database::{number, text};
use super::super::names::{formatted, identifier, registry_data};
use super::super::schema;
use super::files::file_id;
use super::{NULL, Package};
use crate::product::Service;

/// `msidbServiceInstallErrorControlVital`: without the service there is no installation.
const SERVICE_VITAL: u32 = 32768;
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
                number(registration::OWN_PROCESS.cast_signed()),
                number(definition.start.code().cast_signed()),
                number((registration::ERROR_NORMAL + SERVICE_VITAL).cast_signed()),
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

        let delayed = definition.start == StartType::Delayed;
        let privileges: Vec<String> = definition.privileges.iter().map(ToString::to_string).collect();
        let preshutdown = definition.preshutdown_timeout;
        // The types of `MsiServiceConfig`: what `ServiceInstall` has no column for.
        let settings = [
            // SERVICE_CONFIG_DELAYED_AUTO_START_INFO
            ("DelayedStart", 3, u32::from(delayed).to_string()),
            // SERVICE_CONFIG_FAILURE_ACTIONS_FLAG
            (
                "FailureFlag",
                4,
                u32::from(definition.recovery.on_error_exit).to_string(),
            ),
            // SERVICE_CONFIG_SERVICE_SID_INFO
            ("SidType", 5, definition.sid_type.code().to_string()),
            // SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO
            ("Privileges", 6, privileges.join("[~]")),
            // SERVICE_CONFIG_PRESHUTDOWN_INFO
            (
                "Preshutdown",
                7,
                preshutdown
                    .map(|timeout| timeout.milliseconds().to_string())
                    .unwrap_or_default(),
            ),
        ];
        // What a service has by itself needs no row.
        for (suffix, kind, argument) in settings.into_iter().filter(|(.., argument)| !argument.is_empty()) {
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
        self.recovery(definition, &id, &component)?;
        self.security(definition, &id)
    }

    /// Who may do what with the service.
    fn security(&mut self, definition: &Definition, id: &str) -> Result<(), MsiError> {
        let Some(security) = &definition.security else {
            return Ok(());
        };
        self.row(
            &schema::MSI_LOCK_PERMISSIONS_EX,
            [
                text(format!("{id}.Security")),
                text(id),
                text(schema::SERVICE_INSTALL.name),
                text(security.specific()),
                NULL,
            ],
        )
    }

    /// What is done when the service fails.
    fn recovery(&mut self, definition: &Definition, id: &str, component: &str) -> Result<(), MsiError> {
        let FailureActions {
            reset_period,
            actions,
        } = registration::failure_actions(definition);
        if actions.is_empty() {
            return Ok(());
        }
        let list = |number: fn(&FailureAction) -> String| {
            let numbers: Vec<String> = actions.iter().map(number).collect();
            numbers.join("[~]")
        };
        self.row(
            &schema::MSI_SERVICE_CONFIG_FAILURE_ACTIONS,
            [
                text(format!("{id}.Recovery")),
                text(formatted(definition.name.as_str())),
                number(CONFIGURE_ALWAYS),
                // Empty is "never", which the SCM calls `INFINITE`.
                i32::try_from(reset_period).map_or(NULL, number),
                NULL,
                NULL,
                text(list(|action| action.kind.to_string())),
                text(list(|action| action.delay.to_string())),
                text(component),
            ],
        )
    }

    /// The service's event source, and its environment.
    pub(super) fn registry(&mut self, service: &Service) -> Result<(), MsiError> {
        let definition = &service.definition;
        let file = file_id(&self.product.files[service.file]);
        let id = identifier(definition.name.as_str());
        let name = formatted(definition.name.as_str());
        let source = format!(r"{}\{name}", registration::EVENT_SOURCES_KEY);
        let mut values: Vec<(&str, String, RegistryValue)> =
            registration::event_source(&format!("[#{file}]"))
                .map(|(value, data)| (value, source.clone(), data))
                .into();
        let environment = registration::environment(definition);
        if !environment.is_empty() {
            // The key is the service's own and goes with it.
            let key = format!(r"{}\{name}", registration::SERVICES_KEY);
            let variables = environment.iter().map(|variable| formatted(variable));
            let variables = RegistryValue::Strings(variables.collect());
            values.push((registration::ENVIRONMENT_VALUE, key, variables));
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
                    text(registry_data(&data)),
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
