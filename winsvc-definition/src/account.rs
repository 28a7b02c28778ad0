//! The account that a service runs under.

use std::fmt;

#[cfg(any(test, feature = "manifest"))]
use crate::Privilege;
use crate::{ServiceName, validated_text};

/// The account that the service runs under. None of the variants needs a password.
///
/// ```
/// use winsvc_definition::*;
///
/// let name = ServiceName::new("acme-agent").unwrap();
/// assert_eq!(Account::default().start_name(&name).as_deref(), Some(r"NT SERVICE\acme-agent"));
/// assert_eq!(Account::new("local-service"), Ok(Account::LocalService));
/// assert!(Account::new("administrator").is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("anyOf" = [{ "enum": Self::WORDS.map(|(word, _)| word) }, { "pattern": r"^[^\\]+\\[^\\]+\$$" }])))]
pub enum Account {
    /// `NT SERVICE\<name>`: the service's own least-privilege virtual account, created by the SCM
    /// ([virtual accounts](https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-service-accounts)).
    #[default]
    Virtual,
    /// `NT AUTHORITY\LocalService`: few privileges, anonymous on the network.
    LocalService,
    /// `NT AUTHORITY\NetworkService`: few privileges, the computer account on the network.
    NetworkService,
    /// `NT AUTHORITY\SYSTEM`, the operating system's own account: full rights on the machine.
    LocalSystem,
    /// A group managed service account, `DOMAIN\name$`: the domain manages its password.
    GroupManaged(String),
}

impl Account {
    const WORDS: [(&'static str, Self); 4] = [
        ("virtual", Self::Virtual),
        ("local-service", Self::LocalService),
        ("network-service", Self::NetworkService),
        ("local-system", Self::LocalSystem),
    ];

    /// Parses the account as written in Cargo.toml: a keyword, or `DOMAIN\name$`.
    ///
    /// ```
    /// use winsvc_definition::*;
    ///
    /// let account = Account::new(r"ACME\agent$").unwrap();
    /// assert_eq!(account, Account::GroupManaged(r"ACME\agent$".to_owned()));
    /// ```
    pub fn new(text: &str) -> Result<Self, AccountError> {
        if let Some((_, account)) = Self::WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(account.clone());
        }
        let is_group_managed = text.strip_suffix('$').is_some_and(|account| {
            matches!(account.split_once('\\'), Some((domain, name))
                if !domain.is_empty() && !name.is_empty() && !name.contains('\\'))
        });
        if is_group_managed && !text.contains(|c: char| c.is_control() || "\"[]{}".contains(c)) {
            Ok(Self::GroupManaged(text.to_owned()))
        } else {
            Err(AccountError {
                found: text.to_owned(),
            })
        }
    }

    /// The account as the SCM's `lpServiceStartName`; `None` is the SCM's default, `LocalSystem`.
    ///
    /// ```
    /// use winsvc_definition::*;
    ///
    /// let name = ServiceName::new("acme-agent").unwrap();
    /// assert_eq!(Account::LocalSystem.start_name(&name), None);
    /// assert_eq!(Account::LocalService.start_name(&name).as_deref(), Some(r"NT AUTHORITY\LocalService"));
    /// ```
    pub fn start_name(&self, service: &ServiceName) -> Option<String> {
        match self {
            Self::Virtual => Some(format!(r"NT SERVICE\{service}")),
            Self::LocalService => Some(r"NT AUTHORITY\LocalService".to_owned()),
            Self::NetworkService => Some(r"NT AUTHORITY\NetworkService".to_owned()),
            Self::LocalSystem => None,
            Self::GroupManaged(account) => Some(account.clone()),
        }
    }

    /// The account by the name that other tools give it, of a service with this name: the inverse of
    /// [`start_name`](Self::start_name), with the spellings that are in use. `None` for an account with a password.
    ///
    /// ```
    /// use winsvc_definition::*;
    ///
    /// assert_eq!(Account::of_start_name(r"nt authority\system", "acme-agent"), Some(Account::LocalSystem));
    /// assert_eq!(Account::of_start_name(r"NT SERVICE\acme-agent", "acme-agent"), Some(Account::Virtual));
    /// assert_eq!(Account::of_start_name(r"ACME\anna", "acme-agent"), None);
    /// ```
    #[cfg(any(test, feature = "manifest"))]
    pub fn of_start_name(account: &str, service: &str) -> Option<Self> {
        match account.to_lowercase().as_str() {
            "localsystem" | r".\localsystem" | r"nt authority\system" => Some(Self::LocalSystem),
            "localservice" | r"nt authority\localservice" | r"nt authority\local service" => {
                Some(Self::LocalService)
            }
            "networkservice" | r"nt authority\networkservice" | r"nt authority\network service" => {
                Some(Self::NetworkService)
            }
            own if own == format!(r"nt service\{}", service.to_lowercase()) => Some(Self::Virtual),
            _ => Self::new(account).ok(),
        }
    }
}

/// Whether an account holds a privilege.
#[cfg(any(test, feature = "manifest"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// The account holds it on every Windows, unless a policy revokes it.
    Always,
    /// The account holds it on some editions of Windows, or if a policy grants it.
    Sometimes,
    /// The account does not hold it.
    Never,
}

/// Privileges and the accounts that hold them, from Windows' default policy ("User Rights Assignment"), Microsoft's
/// pages on the accounts
/// ([LocalService](https://learn.microsoft.com/windows/win32/services/localservice-account),
/// [NetworkService](https://learn.microsoft.com/windows/win32/services/networkservice-account),
/// [LocalSystem](https://learn.microsoft.com/windows/win32/services/localsystem-account)), and the tokens of services.
#[cfg(any(test, feature = "manifest"))]
mod held {
    /// All services: their tokens contain the groups Everyone, Users and SERVICE.
    pub(super) const BY_ALL: &[&str] = &[
        "SeChangeNotifyPrivilege",
        "SeCreateGlobalPrivilege",
        "SeImpersonatePrivilege",
        "SeIncreaseWorkingSetPrivilege",
    ];
    /// The group Users on Windows client editions, not on Windows Server.
    pub(super) const BY_USERS_OF_CLIENTS: &[&str] =
        &["SeShutdownPrivilege", "SeTimeZonePrivilege", "SeUndockPrivilege"];
    /// `LocalService` and `NetworkService`, but not a virtual account.
    pub(super) const BY_LOCAL_AND_NETWORK_SERVICE: &[&str] = &[
        "SeAssignPrimaryTokenPrivilege",
        "SeAuditPrivilege",
        "SeIncreaseQuotaPrivilege",
    ];
    /// Additionally `LocalService`.
    pub(super) const BY_LOCAL_SERVICE: &[&str] = &["SeSystemtimePrivilege", "SeTimeZonePrivilege"];
    /// `LocalSystem` in addition to all other lists.
    pub(super) const BY_LOCAL_SYSTEM: &[&str] = &[
        "SeBackupPrivilege",
        "SeCreatePagefilePrivilege",
        "SeCreatePermanentPrivilege",
        "SeCreateSymbolicLinkPrivilege",
        "SeDebugPrivilege",
        "SeDelegateSessionUserImpersonatePrivilege",
        "SeIncreaseBasePriorityPrivilege",
        "SeLoadDriverPrivilege",
        "SeLockMemoryPrivilege",
        "SeManageVolumePrivilege",
        "SeProfileSingleProcessPrivilege",
        "SeRestorePrivilege",
        "SeSecurityPrivilege",
        "SeSystemEnvironmentPrivilege",
        "SeSystemProfilePrivilege",
        "SeTakeOwnershipPrivilege",
        "SeTcbPrivilege",
    ];
}

#[cfg(any(test, feature = "manifest"))]
impl Account {
    /// Whether the account holds a privilege. The SCM refuses to start a service that requires a privilege which its
    /// account does not hold.
    ///
    /// ```
    /// use winsvc_definition::{Account, Holding, Privilege};
    ///
    /// let audit = Privilege::new("SeAuditPrivilege").unwrap();
    /// assert_eq!(Account::LocalService.holds(audit), Holding::Always);
    /// assert_eq!(Account::Virtual.holds(audit), Holding::Never);
    /// ```
    pub fn holds(&self, privilege: Privilege) -> Holding {
        let name = privilege.to_string();
        if self.privileges().any(|held| held == name) {
            Holding::Always
        } else if matches!(self, Self::GroupManaged(_)) || held::BY_USERS_OF_CLIENTS.contains(&name.as_str())
        {
            Holding::Sometimes
        } else {
            Holding::Never
        }
    }

    /// The privileges that the account holds on every Windows.
    pub fn privileges(&self) -> impl Iterator<Item = &'static str> + use<> {
        let lists: &[&[&str]] = match self {
            Self::Virtual | Self::GroupManaged(_) => &[held::BY_ALL],
            Self::LocalService => &[
                held::BY_ALL,
                held::BY_LOCAL_AND_NETWORK_SERVICE,
                held::BY_LOCAL_SERVICE,
            ],
            Self::NetworkService => &[held::BY_ALL, held::BY_LOCAL_AND_NETWORK_SERVICE],
            Self::LocalSystem => &[
                held::BY_ALL,
                held::BY_USERS_OF_CLIENTS,
                held::BY_LOCAL_AND_NETWORK_SERVICE,
                &["SeSystemtimePrivilege"],
                held::BY_LOCAL_SYSTEM,
            ],
        };
        lists.iter().copied().flatten().copied()
    }
}

validated_text!(Account, AccountError);

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GroupManaged(account) => f.write_str(account),
            other => {
                let word = Self::WORDS.iter().find(|(_, account)| account == other);
                f.write_str(word.map_or("", |(word, _)| word))
            }
        }
    }
}

/// The error for a string that is not an account which a service can run under without a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountError {
    found: String,
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Account::WORDS.map(|(word, _)| word).join(", ");
        write!(
            f,
            "unknown account {:?}; expected {words}, or a group managed service account as DOMAIN\\name$",
            self.found
        )
    }
}

impl std::error::Error for AccountError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_as_it_was_written() {
        for text in [
            "virtual",
            "local-service",
            "network-service",
            "local-system",
            r"ACME\agent$",
        ] {
            assert_eq!(Account::new(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn accounts_that_need_a_password_are_refused() {
        for text in ["", "root", r"ACME\agent", "agent$", r"\agent$", r"ACME\$"] {
            assert!(Account::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_privilege_of_the_table_is_one_and_no_account_has_one_twice() {
        for word in [
            "virtual",
            "local-service",
            "network-service",
            "local-system",
            r"ACME\agent$",
        ] {
            let account = Account::new(word).unwrap();
            let mut names: Vec<&str> = account.privileges().collect();
            for name in &names {
                assert_eq!(
                    account.holds(Privilege::new(name).unwrap()),
                    Holding::Always,
                    "{word}"
                );
            }
            names.sort_unstable();
            assert!(names.is_sorted_by(|a, b| a < b), "{word}: {names:?}");
        }
    }

    #[test]
    fn an_account_holds_what_the_policies_of_windows_grant_it() {
        use Holding::{Always, Never, Sometimes};

        let accounts = [
            Account::Virtual,
            Account::GroupManaged(r"ACME\agent$".to_owned()),
            Account::NetworkService,
            Account::LocalService,
            Account::LocalSystem,
        ];
        for (name, expected) in [
            (
                "SeChangeNotifyPrivilege",
                [Always, Always, Always, Always, Always],
            ),
            ("SeAuditPrivilege", [Never, Sometimes, Always, Always, Always]),
            (
                "SeTimeZonePrivilege",
                [Sometimes, Sometimes, Sometimes, Always, Always],
            ),
            ("SeSystemtimePrivilege", [Never, Sometimes, Never, Always, Always]),
            (
                "SeShutdownPrivilege",
                [Sometimes, Sometimes, Sometimes, Sometimes, Always],
            ),
            ("SeBackupPrivilege", [Never, Sometimes, Never, Never, Always]),
            ("SeCreateTokenPrivilege", [Never, Sometimes, Never, Never, Never]),
        ] {
            let privilege = Privilege::new(name).unwrap();
            assert_eq!(
                accounts.each_ref().map(|account| account.holds(privilege)),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn start_names_are_the_scm_s() {
        let service = ServiceName::new("acme").unwrap();
        assert_eq!(
            Account::Virtual.start_name(&service).as_deref(),
            Some(r"NT SERVICE\acme")
        );
        assert_eq!(Account::LocalSystem.start_name(&service), None);
    }
}
