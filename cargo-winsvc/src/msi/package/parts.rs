//! The parts of a package: what each does, and the keys of Cargo.toml that it comes from. A format that people read has a
//! section for each.

/// A part of a package.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name as a part of identifiers.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it does, in sentences.
    pub purpose: &'static str,
    /// The tables and keys of Cargo.toml that it comes from; empty if it is the same in every package.
    pub keys: &'static [&'static str],
}

/// The package as a whole.
pub(super) static PRODUCT: Part = Part {
    id: "Product",
    title: "Product",
    purpose: "Names, version, and the entry in the list of installed programs. Properties with `Secure` may be set on \
              msiexec's command line.",
    keys: &["[package]", "[package.metadata.winsvc.package]"],
};

/// What is replaced.
pub(super) static UPGRADES: Part = Part {
    id: "Upgrades",
    title: "Upgrades",
    purpose: "An older version is replaced, a newer one stops the installation. Products of former names are removed.",
    keys: &["package.upgrade-code", "package.version", "package.replaces"],
};

/// What the machine must have.
pub(super) static REQUIRES: Part = Part {
    id: "Requires",
    title: "Requirements",
    purpose: "What the machine must have. `Installed OR` keeps a condition from stopping the removal.",
    keys: &["[package.metadata.winsvc.requires]"],
};

/// Folders and files.
pub(super) static FILES: Part = Part {
    id: "Files",
    title: "Folders and files",
    purpose: "Each file is a component, so that upgrades replace it and repairs restore it. Components keep their GUIDs \
              as long as the files keep their paths. Files with `NeverOverwrite` and `Permanent` are settings that \
              belong to the administrator.",
    keys: &["package.files", "package.install-folder"],
};

/// What can be left out.
pub(super) static FEATURES: Part = Part {
    id: "Features",
    title: "Features",
    purpose: "Parts of the product that an administrator may leave out.",
    keys: &["[package.metadata.winsvc.features]"],
};

/// The services.
pub(super) static SERVICES: Part = Part {
    id: "Services",
    title: "Services",
    purpose: "Registers the services, stops them before files are replaced, starts them at the end, and deletes them with \
              the product. Also their event sources and their environment variables.",
    keys: &["[package.metadata.winsvc]"],
};

/// Registry and environment.
pub(super) static MACHINE: Part = Part {
    id: "Machine",
    title: "Registry and environment",
    purpose: "Registry values and environment variables of the machine.",
    keys: &["registry", "machine-environment", "path"],
};

/// What has no table.
pub(super) static SERVICE_SETTINGS: Part = Part {
    id: "ServiceSettings",
    title: "Settings of services without a table",
    purpose: "Windows Installer has no working table for recovery, and none for triggers: sc.exe sets them. The actions \
              with `Execute=\"rollback\"` give a service back what a failed removal has taken from it, and an upgrade \
              removes settings that this version no longer has.",
    keys: &["recovery", "triggers", "security", "privileges", "environment"],
};

/// The firewall.
pub(super) static FIREWALL: Part = Part {
    id: "Firewall",
    title: "Firewall",
    purpose: "Adds the rules before the services start, and removes them with the product. FIREWALL=0 adds none, \
              FIREWALL=1 adds optional ones too.",
    keys: &["[package.metadata.winsvc.firewall]"],
};

/// Programs that Windows starts without a service.
pub(super) static AUTOSTART: Part = Part {
    id: "Autostart",
    title: "Autostart",
    purpose: "Programs that Windows starts without a service: values of the Run key, and tasks, which the main program's \
              own command registers. A task that an administrator has disabled stays disabled in an upgrade.",
    keys: &["autostart"],
};

/// The product's own commands.
pub(super) static COMMANDS: Part = Part {
    id: "Commands",
    title: "Commands",
    purpose: "Programs of the product that the installation, upgrade or removal runs.",
    keys: &["commands"],
};

/// Shortcuts.
pub(super) static SHORTCUTS: Part = Part {
    id: "Shortcuts",
    title: "Shortcuts",
    purpose: "Entries in the start menu and on the desktop.",
    keys: &["shortcuts"],
};

/// Protocols.
pub(super) static PROTOCOLS: Part = Part {
    id: "Protocols",
    title: "URL protocols",
    purpose: "Addresses that Windows opens with a program of the product.",
    keys: &["url-protocols"],
};

/// What an upgrade keeps.
pub(super) static KEPT: Part = Part {
    id: "Kept",
    title: "What an upgrade keeps",
    purpose: "Start type, account, recovery and triggers that an administrator has changed: an upgrade compares what the \
              service has (HAS…) with what the old version had set (SET…).",
    keys: &[],
};

/// The folders for data.
pub(super) static DATA_FOLDERS: Part = Part {
    id: "DataFolders",
    title: "Folders for settings, data and logs",
    purpose: "Protected folders below %ProgramData%, writable for the service and administrators alone. They outlive the \
              product, unless it is removed with PURGE=1.",
    keys: &["package.data-folder"],
};

/// What the next version must know.
pub(super) static MEMORY: Part = Part {
    id: "Memory",
    title: "What the next version must know",
    purpose: "Folders, remembered in the registry.",
    keys: &[],
};

/// Self-update.
pub(super) static UPDATE: Part = Part {
    id: "Update",
    title: "Self-update",
    purpose: "With WINSVC_ROLLBACK=1, which the updater sets, this version replaces a newer one. InstalledBy tells the \
              updater that new versions are installed by their MSIs. A removal takes away what the updater has stored.",
    keys: &["[package.metadata.winsvc.update]"],
};

/// The account.
pub(super) static ACCOUNT: Part = Part {
    id: "Account",
    title: "Account",
    purpose: "The account that the services run under: the defined one, or that of ACCOUNT and PASSWORD on msiexec's \
              command line.",
    keys: &["account"],
};

/// What administrators may set.
pub(super) static PROPERTIES: Part = Part {
    id: "Properties",
    title: "Properties of administrators",
    purpose: "Values that may be set on msiexec's command line: they are checked, remembered for the next version, and \
              used in arguments, variables and files.",
    keys: &["[package.metadata.winsvc.properties]"],
};

/// The dialogs.
pub(super) static DIALOGS: Part = Part {
    id: "Dialogs",
    title: "Dialogs",
    purpose: "The windows of the installation.",
    keys: &["package.dialogs", "package.license"],
};

/// The order of actions.
pub(super) static SEQUENCES: Part = Part {
    id: "Sequences",
    title: "Order of actions",
    purpose: "Where the standard actions differ from those of WiX. The old version is removed inside the transaction, so \
              that a failure restores it. An upgrade keeps the service's registration: Windows could not create it again \
              while another program has it open.",
    keys: &[],
};
