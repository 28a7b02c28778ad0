//! The account that a service runs under.

use std::fmt;

use crate::{ServiceName, validated_text};

/// The account that the service runs under. None of them needs a password.
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
pub enum Account {
    /// `NT SERVICE\<name>`: an account of the service's own, without rights that it does not need, made by the SCM
    /// ([virtual accounts](https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-service-accounts)).
    #[default]
    Virtual,
    /// `NT AUTHORITY\LocalService`: few rights, anonymous on the network.
    LocalService,
    /// `NT AUTHORITY\NetworkService`: few rights, the machine's account on the network.
    NetworkService,
    /// The operating system's own account: every right on the machine.
    LocalSystem,
    /// A group managed service account, `DOMAIN\name$`: the domain keeps its password.
    GroupManaged(String),
}

impl Account {
    const WORDS: [(&'static str, Self); 4] = [
        ("virtual", Self::Virtual),
        ("local-service", Self::LocalService),
        ("network-service", Self::NetworkService),
        ("local-system", Self::LocalSystem),
    ];

    /// Reads the account as Cargo.toml names it: a word, or `DOMAIN\name$`.
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

    /// The account as the SCM's `lpServiceStartName`; `None` is its own default, `LocalSystem`.
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

/// A text that names no account that a service can run under without a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountError {
    found: String,
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Account::WORDS.map(|(word, _)| word).join(", ");
        write!(
            f,
            "{:?} is no account; there are {words}, and a group managed service account as DOMAIN\\name$",
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
    fn start_names_are_the_scm_s() {
        let service = ServiceName::new("acme").unwrap();
        assert_eq!(
            Account::Virtual.start_name(&service).as_deref(),
            Some(r"NT SERVICE\acme")
        );
        assert_eq!(Account::LocalSystem.start_name(&service), None);
    }
}
