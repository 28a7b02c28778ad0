//! The folders of a product below `%ProgramData%`: where its services find their settings, data and logs, and who has
//! access to them.
//!
//! Every user of a machine may create files in `%ProgramData%`, and folders inherit that right. So each folder has an
//! access list of its own that inherits nothing, and belongs to the administrators: the owner of a folder can change
//! its access list, and a user may have created it before the installation.

use std::fmt::Write as _;

#[cfg(any(test, feature = "manifest"))]
use crate::{Account, Definition, SidType, service_sid};

/// The subfolder for the service's data.
pub const DATA: &str = "data";

/// The subfolder for log files.
pub const LOGS: &str = "logs";

/// The subfolder for downloaded updates.
pub const UPDATE: &str = "update";

/// The file in it that is open, and cannot be opened by others, while an update is being installed.
pub const UPDATE_LOCK: &str = "lock";

/// A folder that the installation creates and protects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectedFolder {
    /// Its use.
    pub kind: Kind,
    /// Its path below `%ProgramData%`, the outer folder first.
    pub path: Vec<String>,
    /// Its owner and its access list, in the security descriptor definition language (SDDL).
    pub security: String,
}

/// The use of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The manufacturer's folder, which products share: users can read it. Only administrators can write to it.
    Shared,
    /// The product's folder, with the settings of the administrator: the services can read it.
    Config,
    /// The services can write to it.
    Data,
    /// The services can write to it.
    Logs,
    /// The updater's: only the system and administrators have access. What is in it is run as the system.
    Update,
}

/// Returns the product's folders, each after the one that contains it. `product` is the path of the product's folder,
/// `sids` are the security identifiers that have access to it. Only a product that updates itself (`updates`) has a
/// folder for that.
///
/// ```
/// use winsvc_definition::folders::{Kind, protected};
///
/// let sids = ["S-1-5-80-1-2-3-4-5".to_owned()];
/// let folders = protected(&["Acme".to_owned(), "Agent".to_owned()], &sids, false);
/// let paths: Vec<String> = folders.iter().map(|folder| folder.path.join("\\")).collect();
/// assert_eq!(paths, ["Acme", "Acme\\Agent", "Acme\\Agent\\data", "Acme\\Agent\\logs"]);
/// assert_eq!(folders[0].kind, Kind::Shared);
/// ```
pub fn protected(product: &[String], sids: &[String], updates: bool) -> Vec<ProtectedFolder> {
    let folder = |kind, path: Vec<String>| ProtectedFolder {
        security: security(kind, sids),
        kind,
        path,
    };
    let below = |name: &str| [product, &[name.to_owned()]].concat();
    let mut folders: Vec<ProtectedFolder> = (1..product.len())
        .map(|length| folder(Kind::Shared, product[..length].to_vec()))
        .collect();
    folders.push(folder(Kind::Config, product.to_vec()));
    folders.push(folder(Kind::Data, below(DATA)));
    folders.push(folder(Kind::Logs, below(LOGS)));
    if updates {
        folders.push(folder(Kind::Update, below(UPDATE)));
    }
    folders
}

/// Returns the security identifiers that the processes of a product's services have, each once.
#[cfg(any(test, feature = "manifest"))]
pub fn sids<'a>(services: impl IntoIterator<Item = &'a Definition>) -> Vec<String> {
    let mut sids: Vec<String> = Vec::new();
    for sid in services.into_iter().filter_map(sid_of_process) {
        if !sids.contains(&sid) {
            sids.push(sid);
        }
    }
    sids
}

/// A SID that the service's process has; `None` if it has none that is known before the installation, or needs none
/// because it is the system's.
#[cfg(any(test, feature = "manifest"))]
fn sid_of_process(definition: &Definition) -> Option<String> {
    /// <https://learn.microsoft.com/windows/win32/secauthz/well-known-sids>
    const LOCAL_SERVICE: &str = "S-1-5-19";
    const NETWORK_SERVICE: &str = "S-1-5-20";

    let own = || Some(service_sid(&definition.name));
    match (definition.sid_type, &definition.account) {
        // A virtual account has the SID of the service.
        (SidType::Unrestricted | SidType::Restricted, _) | (SidType::None, Account::Virtual) => own(),
        (SidType::None, Account::LocalService) => Some(LOCAL_SERVICE.to_owned()),
        (SidType::None, Account::NetworkService) => Some(NETWORK_SERVICE.to_owned()),
        (SidType::None, Account::LocalSystem | Account::GroupManaged(_)) => None,
    }
}

/// Whether a service has access to its folders. It has none if its account is known only to the domain and its process
/// has no SID of its own.
#[cfg(any(test, feature = "manifest"))]
pub fn has_access(definition: &Definition) -> bool {
    definition.account == Account::LocalSystem || sid_of_process(definition).is_some()
}

/// The owner and the access list of a folder.
///
/// The list is protected (`P`): it inherits no entry. Its entries apply to everything that is created in the folder
/// (`OICI`). The rights are numbers, as Windows prints them for files.
fn security(kind: Kind, services: &[String]) -> String {
    /// `FILE_ALL_ACCESS`, for the system and the administrators.
    const FULL: &str = "(A;OICI;0x1f01ff;;;SY)(A;OICI;0x1f01ff;;;BA)";
    /// `FILE_GENERIC_READ`, `FILE_GENERIC_EXECUTE`
    const READ: &str = "0x1200a9";
    /// These, `FILE_GENERIC_WRITE` and `DELETE`: neither the access list nor the owner can be changed.
    const MODIFY: &str = "0x1301bf";

    let mut security = format!("O:BAG:SYD:PAI{FULL}");
    let users = ["BU".to_owned()];
    let (rights, others) = match kind {
        Kind::Shared => (READ, &users[..]),
        Kind::Config => (READ, services),
        Kind::Data | Kind::Logs => (MODIFY, services),
        Kind::Update => (READ, &[][..]),
    };
    for sid in others {
        let _ = write!(security, "(A;OICI;{rights};;;{sid})");
    }
    security
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceName;

    const SYSTEM_AND_ADMINISTRATORS: &str = "O:BAG:SYD:PAI(A;OICI;0x1f01ff;;;SY)(A;OICI;0x1f01ff;;;BA)";
    const HELLO: &str = "S-1-5-80-2646819945-2007802563-3330417993-342588509-2031221568";

    fn definition(account: &str, sid_type: SidType) -> Definition {
        Definition {
            account: Account::new(account).unwrap(),
            sid_type,
            ..Definition::new(ServiceName::new("hello").unwrap())
        }
    }

    fn entries(definitions: &[Definition]) -> Vec<String> {
        let folders = protected(&["Acme".to_owned(), "Agent".to_owned()], &sids(definitions), true);
        let entries = folders.into_iter().map(|folder| {
            let entries = folder.security.strip_prefix(SYSTEM_AND_ADMINISTRATORS);
            entries
                .expect("the system's and the administrators' entries")
                .to_owned()
        });
        entries.collect()
    }

    #[test]
    fn a_service_reads_its_settings_and_writes_its_data_and_logs() {
        let [read, modify] = ["0x1200a9", "0x1301bf"].map(|rights| format!("(A;OICI;{rights};;;{HELLO})"));
        let expected = ["(A;OICI;0x1200a9;;;BU)", &read, &modify, &modify, ""];
        for (account, sid_type) in [
            ("virtual", SidType::Unrestricted),
            ("virtual", SidType::None),
            ("local-service", SidType::Restricted),
            (r"ACME\agent$", SidType::Unrestricted),
        ] {
            assert_eq!(entries(&[definition(account, sid_type)]), expected, "{account}");
        }
    }

    #[test]
    fn a_service_without_its_own_sid_has_access_by_its_account() {
        let data = |account: &str| entries(&[definition(account, SidType::None)]).swap_remove(2);
        assert_eq!(data("local-service"), "(A;OICI;0x1301bf;;;S-1-5-19)");
        assert_eq!(data("network-service"), "(A;OICI;0x1301bf;;;S-1-5-20)");
        assert_eq!(data("local-system"), "");
        assert_eq!(data(r"ACME\agent$"), "");
        assert!(has_access(&definition("local-system", SidType::None)));
        assert!(!has_access(&definition(r"ACME\agent$", SidType::None)));
    }

    #[test]
    fn each_service_of_a_product_has_access_once() {
        let mut other = definition("local-system", SidType::Unrestricted);
        let one = definition("virtual", SidType::Unrestricted);
        let same = definition("local-service", SidType::Unrestricted);
        other.name = ServiceName::new("other").unwrap();
        let data = entries(&[one, same, other]).swap_remove(2);
        assert_eq!(data.matches("(A;").count(), 2, "{data}");
    }

    #[test]
    fn a_single_folder_is_the_product_s() {
        let folders = protected(&["hello".to_owned()], &[], false);
        let kinds: Vec<Kind> = folders.iter().map(|folder| folder.kind).collect();
        assert_eq!(kinds, [Kind::Config, Kind::Data, Kind::Logs]);
    }
}
