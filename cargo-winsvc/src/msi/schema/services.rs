//! The tables of services: their registration, their control during installation, their configuration.

use super::Category::{Formatted, Text};
use super::{Column, Table};

/// The greatest number that the database stores: its negative counterpart stands for an empty field.
const ANY: i32 = i32::MAX;

/// The services to register.
pub static SERVICE_INSTALL: Table = Table {
    name: "ServiceInstall",
    columns: &[
        Column::identifier("ServiceInstall", "Primary key, non-localized token.").key(),
        Column::text("Name", 255, Formatted, "Internal Name of the Service"),
        Column::localized("DisplayName", 255, Formatted, "External Name of the Service").nullable(),
        Column::long("ServiceType", "Type of the service").between(-ANY, ANY),
        Column::long("StartType", "Type of the service").between(0, 4),
        Column::long("ErrorControl", "Severity of error if service fails to start").between(-ANY, ANY),
        Column::text("LoadOrderGroup", 255, Formatted, "LoadOrderGroup").nullable(),
        Column::text("Dependencies", 255, Formatted, "Other services this depends on to start.  Separate by [~], and end with [~][~]").nullable(),
        Column::text("StartName", 255, Formatted, "User or object name to run service as").nullable(),
        Column::text("Password", 255, Formatted, "password to run service with.  (with StartName)").nullable(),
        Column::text("Arguments", 255, Formatted, "Arguments to include in every start of the service, passed to WinMain").nullable(),
        Column::identifier("Component_", "Required foreign key into the Component Table that controls the startup of the service").refers_to("Component"),
        Column::localized("Description", 255, Text, "Description of service.").nullable(),
    ],
};

/// The services to start, stop and delete while installing and uninstalling.
pub static SERVICE_CONTROL: Table = Table {
    name: "ServiceControl",
    columns: &[
        Column::identifier("ServiceControl", "Primary key, non-localized token.").key(),
        Column::localized("Name", 255, Formatted, "Name of a service. /, \\, comma and space are invalid"),
        Column::short("Event", "Bit field:  Install:  0x1 = Start, 0x2 = Stop, 0x8 = Delete, Uninstall: 0x10 = Start, 0x20 = Stop, 0x80 = Delete").between(0, 187),
        Column::localized("Arguments", 255, Formatted, "Arguments for the service.  Separate by [~].").nullable(),
        Column::short("Wait", "Boolean for whether to wait for the service to fully start").nullable().between(0, 1),
        Column::identifier("Component_", "Required foreign key into the Component Table that controls the startup of the service").refers_to("Component"),
    ],
};

/// Delayed start, service SID, required privileges and the time to shut down.
///
/// Microsoft's page and WiX call the fifth column `Argument`; the validation database alone calls it `Arguments`.
pub static MSI_SERVICE_CONFIG: Table = Table {
    name: "MsiServiceConfig",
    columns: &[
        Column::identifier("MsiServiceConfig", "Primary key, non-localized token.").key(),
        Column::localized("Name", 255, Formatted, "Name of a service. /, \\, comma and space are invalid"),
        Column::short("Event", "Bit field:   0x1 = Install, 0x2 = Uninstall, 0x4 = Reinstall").between(0, 7),
        Column::long("ConfigType", "Service Configuration Option").between(-ANY, ANY),
        Column::text("Argument", 0, Text, "Argument(s) for service configuration. Value depends on the content of the ConfigType field").nullable(),
        Column::identifier("Component_", "Required foreign key into the Component Table that controls the configuration of the service").refers_to("Component"),
    ],
};

/// What the service control manager does when a service fails.
pub static MSI_SERVICE_CONFIG_FAILURE_ACTIONS: Table = Table {
    name: "MsiServiceConfigFailureActions",
    columns: &[
        Column::identifier("MsiServiceConfigFailureActions", "Primary key, non-localized token").key(),
        Column::localized("Name", 255, Formatted, "Name of a service. /, \\, comma and space are invalid"),
        Column::short("Event", "Bit field: 0x1 = Install, 0x2 = Uninstall, 0x4 = Reinstall").between(0, 7),
        Column::long("ResetPeriod", "Time in seconds after which to reset the failure count to zero. Leave blank if it should never be reset").nullable().between(0, i32::MAX),
        Column::localized("RebootMessage", 255, Formatted, "Message to be broadcast to server users before rebooting").nullable(),
        Column::localized("Command", 255, Formatted, "Command line of the process to CreateProcess function to execute").nullable(),
        Column::text("Actions", 0, Text, "A list of integer actions separated by [~] delimiters: 0 = SC_ACTION_NONE, 1 = SC_ACTION_RESTART, 2 = SC_ACTION_REBOOT, 3 = SC_ACTION_RUN_COMMAND. Terminate with [~][~]").nullable(),
        Column::text("DelayActions", 0, Text, "A list of delays (time in milli-seconds), separated by [~] delimiters, to wait before taking the corresponding Action. Terminate with [~][~]").nullable(),
        Column::identifier("Component_", "Required foreign key into the Component Table that controls the configuration of failure actions for the service").refers_to("Component"),
    ],
};
