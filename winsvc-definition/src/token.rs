//! The access token of the service's process: its service SID and its privileges.

use std::fmt;

use crate::validated_text;
use crate::words::words;

words! {
    /// Whether the service's process carries the SID of `NT SERVICE\<name>`
    /// ([`SERVICE_SID_INFO`](https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_sid_info)). The
    /// keywords are those of `sc sidtype`.
    ///
    /// ```
    /// use winsvc_definition::SidType;
    ///
    /// assert_eq!("restricted".parse(), Ok(SidType::Restricted));
    /// assert_eq!(SidType::default(), SidType::Unrestricted);
    /// ```
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum SidType {
        /// The token contains the SID: permissions on files and other objects can be granted to the service alone.
        #[default]
        Unrestricted = "unrestricted",
        /// The token contains the SID, and the process can write only to objects that grant write access to this SID,
        /// to Everyone, to its logon SID or to `NT AUTHORITY\WRITE RESTRICTED`, regardless of its account's rights.
        Restricted = "restricted",
        /// The token does not contain the SID.
        None = "none",
    }

    error SidTypeError("SID type");
}

impl SidType {
    /// `SERVICE_SID_TYPE_UNRESTRICTED`, `SERVICE_SID_TYPE_RESTRICTED` or `SERVICE_SID_TYPE_NONE`.
    pub const fn code(self) -> u32 {
        match self {
            Self::Unrestricted => 1,
            Self::Restricted => 3,
            Self::None => 0,
        }
    }
}

/// A privilege that the service requires, by its Windows name, such as `SeBackupPrivilege`
/// ([Privilege Constants](https://learn.microsoft.com/windows/win32/secauthz/privilege-constants)).
///
/// ```
/// use winsvc_definition::Privilege;
///
/// assert_eq!(Privilege::new("SeBackupPrivilege").unwrap().to_string(), "SeBackupPrivilege");
/// assert!(Privilege::new("SeBackup").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("anyOf" = [{ "enum": Self::names() }, { "pattern": "^[Ss][Ee][A-Za-z]+[Pp][Rr][Ii][Vv][Ii][Ll][Ee][Gg][Ee]$" }])))]
pub struct Privilege {
    /// The index in [`Self::STEMS`].
    index: usize,
}

impl Privilege {
    /// The part between `Se` and `Privilege` in the names of Windows' privileges.
    const STEMS: [&'static str; 36] = [
        "AssignPrimaryToken",
        "Audit",
        "Backup",
        "ChangeNotify",
        "CreateGlobal",
        "CreatePagefile",
        "CreatePermanent",
        "CreateSymbolicLink",
        "CreateToken",
        "Debug",
        "DelegateSessionUserImpersonate",
        "EnableDelegation",
        "Impersonate",
        "IncreaseBasePriority",
        "IncreaseQuota",
        "IncreaseWorkingSet",
        "LoadDriver",
        "LockMemory",
        "MachineAccount",
        "ManageVolume",
        "ProfileSingleProcess",
        "Relabel",
        "RemoteShutdown",
        "Restore",
        "Security",
        "Shutdown",
        "SyncAgent",
        "SystemEnvironment",
        "SystemProfile",
        "Systemtime",
        "TakeOwnership",
        "Tcb",
        "TimeZone",
        "TrustedCredManAccess",
        "Undock",
        "UnsolicitedInput",
    ];

    /// The names of all privileges.
    #[cfg(feature = "schema")]
    fn names() -> Vec<String> {
        let all = (0..Self::STEMS.len()).map(|index| Self { index });
        all.map(|privilege| privilege.to_string()).collect()
    }

    /// Finds the privilege with this name. Names are case-insensitive, as in Windows.
    pub fn new(text: &str) -> Result<Self, PrivilegeError> {
        (0..Self::STEMS.len())
            .map(|index| Self { index })
            .find(|privilege| privilege.to_string().eq_ignore_ascii_case(text))
            .ok_or_else(|| PrivilegeError {
                found: text.to_owned(),
            })
    }
}

validated_text!(Privilege, PrivilegeError);

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Se{}Privilege", Self::STEMS[self.index])
    }
}

/// The error for a string that is not the name of a privilege.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivilegeError {
    found: String,
}

impl fmt::Display for PrivilegeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown privilege {:?}; expected a name such as \"SeBackupPrivilege\" \
             (https://learn.microsoft.com/windows/win32/secauthz/privilege-constants)",
            self.found
        )
    }
}

impl std::error::Error for PrivilegeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sid_type_reads_back_as_it_was_written() {
        for kind in SidType::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!(SidType::ALL.map(SidType::code), [1, 3, 0]);
    }

    #[test]
    fn every_privilege_reads_back_as_it_was_written() {
        assert!(Privilege::STEMS.is_sorted());
        for stem in Privilege::STEMS {
            let name = format!("Se{stem}Privilege");
            assert_eq!(Privilege::new(&name).unwrap().to_string(), name);
        }
        assert_eq!(
            Privilege::new("sebackupprivilege").unwrap().to_string(),
            "SeBackupPrivilege"
        );
    }

    #[test]
    fn other_names_are_no_privileges() {
        for text in [
            "",
            "Backup",
            "SePrivilege",
            "SeBackupPrivileges",
            " SeBackupPrivilege",
        ] {
            assert!(Privilege::new(text).is_err(), "{text:?}");
        }
    }
}
