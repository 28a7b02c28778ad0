//! A service: its registration, its control during an installation, its event source and its environment.

use winsvc_definition::registration::{self, RegistryValue};
use winsvc_definition::{Definition, Role, StartType};

use super::super::MsiError;
use super::super::database::{number, text};
use super::super::dialogs::PASSWORD;
use super::super::names::{file_id, formatted, identifier, registry_data};
use super::super::schema;
use super::kept::{account_property, original_account};
use super::texts::named_text;
use super::{FORMATTED, NULL, Package};
use crate::product::Service;

/// `msidbServiceInstallErrorControlVital`: the installation fails if the service cannot be installed.
const SERVICE_VITAL: u32 = 32768;
/// `msidbServiceControlEventStart`
const START_ON_INSTALL: i32 = 1;
/// `msidbServiceControlEventStop`, `…UninstallStop`, `…UninstallDelete`
const STOP_ALWAYS_DELETE_ON_UNINSTALL: i32 = 2 + 32 + 128;
/// `msidbServiceControlEventStop`, `…Delete`
const STOP_AND_DELETE_ON_INSTALL: i32 = 2 + 8;
/// The column `Wait` of `ServiceControl`: until the service has started or stopped, or only until it is about to.
const WAIT: i32 = 1;
const WAIT_FOR_PENDING: i32 = 0;
/// `msidbServiceConfigEventInstall`, `…Reinstall`
const CONFIGURE_ALWAYS: i32 = 1 + 4;

impl Package<'_> {
    /// Adds the service's rows.
    pub(super) fn service(&mut self, index: usize, service: &Service) -> Result<(), MsiError> {
        let definition = &service.definition;
        let component = file_id(&self.product.files[service.file]);
        let id = identifier(definition.name.as_str());
        let name = self.service_name(definition)?;
        // An empty account would keep the account of an existing service.
        let start_name = definition.account.start_name(&definition.name);
        let start_name = start_name.unwrap_or_else(|| registration::LOCAL_SYSTEM.to_owned());
        // The account as it is and as an upgrade may keep it. A property's value has no length limit.
        for property in [original_account(index), account_property(index)] {
            self.row(&schema::PROPERTY, [text(property), text(&start_name)])?;
        }
        let start_name = format!("[{}]", account_property(index));
        let arguments = self.arguments(&format!("{id}.ArgumentsText"), index)?;
        let display_name =
            self.formatted(&format!("{id}.DisplayNameText"), definition.display_name.as_str())?;
        let description = self.formatted(&format!("{id}.DescriptionText"), &definition.description)?;
        let dependencies = self.dependencies(index, definition)?;
        let password = if self.takes_account(index) {
            text(format!("[{PASSWORD}]"))
        } else {
            NULL
        };
        self.row(
            &schema::SERVICE_INSTALL,
            [
                text(&id),
                text(&name),
                text(display_name),
                number(registration::OWN_PROCESS.cast_signed()),
                number(definition.start.code().cast_signed()),
                number((registration::ERROR_NORMAL + SERVICE_VITAL).cast_signed()),
                NULL,
                text(dependencies),
                text(start_name),
                password,
                text(arguments),
                text(&component),
                text(description),
            ],
        )?;

        self.control(index, service, &name)?;
        self.config(service, &name)?;
        self.security(definition, &id)
    }

    /// When the service is started, stopped and deleted.
    fn control(&mut self, index: usize, service: &Service, name: &str) -> Result<(), MsiError> {
        let definition = &service.definition;
        let component = file_id(&self.product.files[service.file]);
        let id = identifier(definition.name.as_str());
        // A new version whose updater starts slowly is installed nevertheless.
        let wait = match service.role {
            Role::Service => WAIT,
            Role::Updater => WAIT_FOR_PENDING,
        };
        let control = |id: &str, name: &str, suffix: &str, event, component: &str| {
            let wait = if event == START_ON_INSTALL { wait } else { WAIT };
            [
                text(format!("{id}.{suffix}")),
                text(name.to_owned()),
                number(event),
                NULL,
                number(wait),
                text(component.to_owned()),
            ]
        };
        self.row(
            &schema::SERVICE_CONTROL,
            control(&id, name, "Stop", STOP_ALWAYS_DELETE_ON_UNINSTALL, &component),
        )?;
        if definition.start.is_automatic() {
            let component = self.start_component(index, service)?;
            self.row(
                &schema::SERVICE_CONTROL,
                control(&id, name, "Start", START_ON_INSTALL, &component),
            )?;
        }
        // The removal of the old version keeps the service with the former name.
        for former in &service.former_names {
            let id = identifier(former.as_str());
            let name = self.formatted(&format!("{id}.NameText"), former.as_str())?;
            self.row(
                &schema::SERVICE_CONTROL,
                control(&id, &name, "Former", STOP_AND_DELETE_ON_INSTALL, &component),
            )?;
        }
        Ok(())
    }

    /// Settings without a column in `ServiceInstall`.
    fn config(&mut self, service: &Service, name: &str) -> Result<(), MsiError> {
        let definition = &service.definition;
        let component = file_id(&self.product.files[service.file]);
        let id = identifier(definition.name.as_str());
        // The setting applies only to automatic services.
        let delayed = definition
            .start
            .is_automatic()
            .then(|| u32::from(definition.start == StartType::Delayed).to_string());
        let privileges: Vec<String> = definition.privileges.iter().map(ToString::to_string).collect();
        let preshutdown = definition.preshutdown_timeout;
        // The types of `MsiServiceConfig`: settings without a column in `ServiceInstall`.
        let settings = [
            // SERVICE_CONFIG_DELAYED_AUTO_START_INFO
            ("DelayedStart", 3, delayed.unwrap_or_default()),
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
        // Defaults need no row.
        for (suffix, kind, argument) in settings.into_iter().filter(|(.., argument)| !argument.is_empty()) {
            self.row(
                &schema::MSI_SERVICE_CONFIG,
                [
                    text(format!("{id}.{suffix}")),
                    text(name),
                    number(CONFIGURE_ALWAYS),
                    number(kind),
                    text(argument),
                    text(&component),
                ],
            )?;
        }
        Ok(())
    }

    /// The service's dependencies. A separator inside a property has no effect, so each name of a long list has its own
    /// property.
    fn dependencies(&mut self, service: usize, definition: &Definition) -> Result<String, MsiError> {
        let dependencies = &definition.dependencies;
        let short = separated(dependencies.iter().map(|name| formatted(&name.to_string())));
        if short.encode_utf16().count() <= FORMATTED {
            return Ok(short);
        }
        let of_service = match service {
            0 => String::new(),
            service => format!(".{service}"),
        };
        let mut references = Vec::new();
        for (index, name) in dependencies.iter().enumerate() {
            // As short as possible, so that many fit.
            let property = format!("d{index}{of_service}");
            self.row(&schema::PROPERTY, [text(&property), text(name.to_string())])?;
            references.push(format!("[{property}]"));
        }
        Ok(separated(references.into_iter()))
    }

    /// The service's security descriptor.
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

    /// The service's event source, and its environment.
    pub(super) fn registry(&mut self, service: &Service) -> Result<(), MsiError> {
        let definition = &service.definition;
        let file = file_id(&self.product.files[service.file]);
        let id = identifier(definition.name.as_str());
        let name = self.service_name(definition)?;
        let source = format!(r"{}\{name}", registration::EVENT_SOURCES_KEY);
        let mut values: Vec<(&str, String, RegistryValue)> = registration::event_source()
            .map(|(value, data)| (value, source.clone(), data))
            .into();
        if !definition.environment.is_empty() {
            // The key belongs to the service and is deleted with it.
            let key = format!(r"{}\{name}", registration::SERVICES_KEY);
            let variables = definition.environment.iter();
            let variables =
                variables.map(|(name, text)| format!("{}={}", formatted(name.as_str()), named_text(text)));
            let variables = RegistryValue::Strings(variables.collect());
            values.push((registration::ENVIRONMENT_VALUE, key, variables));
        }
        for (value, key, data) in values {
            let row = format!("{id}.{value}");
            self.registry_value(&row, &key, value, &registry_data(&data), &file)?;
        }
        Ok(())
    }
}

/// `Name[~]+Group[~][~]`, empty for none.
fn separated(names: impl Iterator<Item = String>) -> String {
    let names: String = names.map(|name| name + "[~]").collect();
    if names.is_empty() { names } else { names + "[~]" }
}

/// The number of dependencies that a package can hold, regardless of their names.
pub(in crate::msi) const MOST_DEPENDENCIES: usize = 32;
