//! The tables of services: their registration, their control during installation, their configuration.

use super::Category::{Formatted, Text};
use super::{Column, Table};

/// The greatest number that the database stores: its negative counterpart means an empty field.
const ANY: i32 = i32::MAX;

/// The services to register.
pub static SERVICE_INSTALL: Table = Table {
    name: "ServiceInstall",
    columns: &[
        Column::identifier("ServiceInstall").key().described("Primary key, non-localized token."),
        Column::text("Name", 255, Formatted).described("Internal Name of the Service"),
        Column::localized("DisplayName", 255, Formatted).nullable().described("External Name of the Service"),
        Column::long("ServiceType").between(-ANY, ANY).described("Type of the service"),
        Column::long("StartType").between(0, 4).described("Type of the service"),
        Column::long("ErrorControl").between(-ANY, ANY).described("Severity of error if service fails to start"),
        Column::text("LoadOrderGroup", 255, Formatted).nullable().described("LoadOrderGroup"),
        Column::text("Dependencies", 255, Formatted).nullable().described("Other services this depends on to start.  Separate by [~], and end with [~][~]"),
        Column::text("StartName", 255, Formatted).nullable().described("User or object name to run service as"),
        Column::text("Password", 255, Formatted).nullable().described("password to run service with.  (with StartName)"),
        Column::text("Arguments", 255, Formatted).nullable().described("Arguments to include in every start of the service, passed to WinMain"),
        Column::identifier("Component_").refers_to("Component").described("Required foreign key into the Component Table that controls the startup of the service"),
        Column::localized("Description", 255, Text).nullable().described("Description of service."),
    ],
};

/// The services to start, stop and delete while installing and uninstalling.
pub static SERVICE_CONTROL: Table = Table {
    name: "ServiceControl",
    columns: &[
        Column::identifier("ServiceControl").key().described("Primary key, non-localized token."),
        Column::localized("Name", 255, Formatted).described("Name of a service. /, \\, comma and space are invalid"),
        Column::short("Event").between(0, 187).described("Bit field:  Install:  0x1 = Start, 0x2 = Stop, 0x8 = Delete, Uninstall: 0x10 = Start, 0x20 = Stop, 0x80 = Delete"),
        Column::localized("Arguments", 255, Formatted).nullable().described("Arguments for the service.  Separate by [~]."),
        Column::short("Wait").nullable().between(0, 1).described("Boolean for whether to wait for the service to fully start"),
        Column::identifier("Component_").refers_to("Component").described("Required foreign key into the Component Table that controls the startup of the service"),
    ],
};

/// Delayed start, service SID, required privileges and the time to shut down.
///
/// Microsoft's reference calls the fifth column `Argument`; its validation database alone calls it `Arguments`.
pub static MSI_SERVICE_CONFIG: Table = Table {
    name: "MsiServiceConfig",
    columns: &[
        Column::identifier("MsiServiceConfig").key().described("Primary key, non-localized token."),
        Column::localized("Name", 255, Formatted).described("Name of a service. /, \\, comma and space are invalid"),
        Column::short("Event").between(0, 7).described("Bit field:   0x1 = Install, 0x2 = Uninstall, 0x4 = Reinstall"),
        Column::long("ConfigType").between(-ANY, ANY).described("Service Configuration Option"),
        Column::text("Argument", 0, Text).nullable().described("Argument(s) for service configuration. Value depends on the content of the ConfigType field"),
        Column::identifier("Component_").refers_to("Component").described("Required foreign key into the Component Table that controls the configuration of the service"),
    ],
};
