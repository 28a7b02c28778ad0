//! What a machine must have: launch conditions.
//!
//! Windows Installer reports Windows 10 and 11 as Windows 8.1 (`VersionNT` 603, `WindowsBuild` 9600,
//! [VersionNT](https://learn.microsoft.com/troubleshoot/windows-client/application-management/versionnt-value-for-windows-10-server)),
//! so the build is searched for in the registry.
//!
//! Each condition is true for an installed product: a machine that no longer has what is required must be able to
//! repair and remove it.

use winsvc_definition::manifest::{Edition, RegistryRequirement, RequiredData, Text, WindowsVersion};

use super::super::database::text;
use super::super::names::formatted;
use super::super::{MsiError, schema};
use super::Package;

/// The property with the machine's build.
const WINDOWS_BUILD: &str = "WINDOWSBUILDNUMBER";

/// Where Windows has it.
const WINDOWS_KEY: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const BUILD_VALUE: &str = "CurrentBuildNumber";

impl Package<'_> {
    /// Adds the conditions and the searches that they need.
    pub(super) fn requires(&mut self) -> Result<(), MsiError> {
        let requires = &self.product.machine.requires;
        let messages = &requires.messages;
        if let Some(windows) = requires.windows {
            self.search(WINDOWS_BUILD, WINDOWS_KEY, BUILD_VALUE)?;
            let condition = format!("{WINDOWS_BUILD}>={}", windows.build());
            self.require("Windows", &condition, messages.windows.as_ref(), &older(windows))?;
        }
        if let Some(edition) = requires.edition {
            // 1: workstation, 2: domain controller, 3: server
            let (condition, message) = match edition {
                Edition::Server => ("MsiNTProductType>1", "[ProductName] requires Windows Server."),
                Edition::Workstation => (
                    "MsiNTProductType=1",
                    "[ProductName] cannot be installed on Windows Server.",
                ),
            };
            self.require("Edition", condition, messages.edition.as_ref(), message)?;
        }
        if requires.administrator {
            let message = "[ProductName] must be installed by an administrator.";
            self.require(
                "Administrator",
                "Privileged",
                messages.administrator.as_ref(),
                message,
            )?;
        }
        for (index, requirement) in requires.registry.iter().enumerate() {
            self.require_registry(index, requirement)?;
        }
        Ok(())
    }

    fn require_registry(&mut self, index: usize, requirement: &RegistryRequirement) -> Result<(), MsiError> {
        let property = format!("REQUIRED{index}");
        let key = requirement.key.as_str();
        let name = requirement.name.as_ref().map_or("", Text::as_str);
        let id = format!("Requires{index}");
        let key_column = self.formatted(&format!("{id}.Key"), key)?;
        let name_column = self.formatted(&format!("{id}.Name"), name)?;
        self.search(&property, &key_column, &name_column)?;
        let is_there = match &requirement.equals {
            None => property,
            // The search marks the type of a value; the mark of a string is doubled.
            Some(RequiredData::Number(number)) => format!("{property}=\"#{number}\""),
            Some(RequiredData::Text(text)) if text.starts_with('#') => format!("{property}=\"#{text}\""),
            Some(RequiredData::Text(text)) => format!("{property}=\"{text}\""),
        };
        let (condition, message) = if requirement.absent {
            (format!("NOT {is_there}"), "cannot be installed on a machine with")
        } else {
            (is_there, "requires")
        };
        let value = match name {
            "" => String::new(),
            name => format!(", {name}"),
        };
        let data = match &requirement.equals {
            None => String::new(),
            Some(RequiredData::Number(number)) => format!(" = {number}"),
            Some(RequiredData::Text(text)) => format!(" = {text}"),
        };
        let what = formatted(&format!(r"HKLM\{key}{value}{data}"));
        let message = format!("[ProductName] {message} the registry value {what}.");
        self.require(&id, &condition, requirement.message.as_ref(), &message)
    }

    /// Adds a condition. The default message is a formatted string, the author's message is not.
    fn require(
        &mut self,
        id: &str,
        condition: &str,
        message: Option<&Text>,
        default: &str,
    ) -> Result<(), MsiError> {
        let message = match message {
            Some(message) => self.formatted(&format!("{id}.Message"), message.as_str())?,
            None => default.to_owned(),
        };
        let condition = format!("Installed OR {condition}");
        self.row(&schema::LAUNCH_CONDITION, [text(condition), text(message)])
    }
}

/// The message for an older Windows.
fn older(windows: WindowsVersion) -> String {
    let build = windows.build();
    let names: Vec<&str> = windows.names().collect();
    let required = if names.is_empty() {
        format!("build {build} of Windows")
    } else {
        format!("{} (build {build})", names.join(" or "))
    };
    format!("[ProductName] requires {required} or later. This machine has build [{WINDOWS_BUILD}].")
}
