//! Reads access lists: whether everybody can write to a folder.

/// The groups that contain every user of a machine or a domain, by their SIDs and by what Windows writes for them
/// ([SID Strings](https://learn.microsoft.com/windows/win32/secauthz/sid-strings)).
const EVERYBODY: [(&str, &str, &str); 8] = [
    ("WD", "S-1-1-0", "Everyone"),
    ("AN", "S-1-5-7", "Anonymous"),
    ("AU", "S-1-5-11", "Authenticated Users"),
    ("IU", "S-1-5-4", "Interactive"),
    ("NU", "S-1-5-2", "Network"),
    ("BU", "S-1-5-32-545", "Users"),
    ("BG", "S-1-5-32-546", "Guests"),
    ("DU", "", "Domain Users"),
];

/// The rights to change a folder or what is in it
/// ([File Access Rights](https://learn.microsoft.com/windows/win32/fileio/file-access-rights-constants)).
const TO_WRITE: u32 = 0x0002 // FILE_ADD_FILE
    | 0x0004 // FILE_ADD_SUBDIRECTORY
    | 0x0010 // FILE_WRITE_EA
    | 0x0040 // FILE_DELETE_CHILD
    | 0x0100 // FILE_WRITE_ATTRIBUTES
    | 0x0001_0000 // DELETE
    | 0x0004_0000 // WRITE_DAC
    | 0x0008_0000 // WRITE_OWNER
    | 0x1000_0000 // GENERIC_ALL
    | 0x4000_0000; // GENERIC_WRITE

/// The names of rights in an access list ([ACE Strings](https://learn.microsoft.com/windows/win32/secauthz/ace-strings)).
const RIGHTS: [(&str, u32); 22] = [
    ("GA", 0x1000_0000),
    ("GX", 0x2000_0000),
    ("GW", 0x4000_0000),
    ("GR", 0x8000_0000),
    ("SD", 0x0001_0000),
    ("RC", 0x0002_0000),
    ("WD", 0x0004_0000),
    ("WO", 0x0008_0000),
    ("FA", 0x001f_01ff),
    ("FR", 0x0012_0089),
    ("FW", 0x0012_0116),
    ("FX", 0x0012_00a0),
    ("CC", 0x0001),
    ("DC", 0x0002),
    ("LC", 0x0004),
    ("SW", 0x0008),
    ("RP", 0x0010),
    ("WP", 0x0020),
    ("DT", 0x0040),
    ("LO", 0x0080),
    ("CR", 0x0100),
    ("MW", 0),
];

/// The group with every user that may write to a folder with this access list (`D:…`) or to what is created in it;
/// `None` if there is no such group. Other accounts were entered by the owner of the folder.
pub(super) fn writers(list: &str) -> Option<&'static str> {
    // Windows writes this for a missing list, which allows everything to everyone.
    if list.contains("NO_ACCESS_CONTROL") || !list.contains("D:") {
        return Some("Everyone");
    }
    allowed_to_write(list).find_map(|account| {
        let group = EVERYBODY
            .iter()
            .find(|(short, sid, _)| account == *short || account == *sid);
        group.map(|(_, _, name)| *name)
    })
}

/// The first account beside the system, the administrators and `own` that may write to a folder with this access list or
/// to what is created in it; `None` if there is none.
#[cfg(feature = "update")]
pub(super) fn other_writer<'a>(list: &'a str, own: &str) -> Option<&'a str> {
    const TRUSTED: [&str; 4] = ["SY", "BA", "S-1-5-18", "S-1-5-32-544"];
    if writers(list).is_some() {
        return Some("Everyone");
    }
    allowed_to_write(list).find(|account| *account != own && !TRUSTED.contains(account))
}

/// The accounts of the entries that allow writing.
fn allowed_to_write(list: &str) -> impl Iterator<Item = &str> {
    entries(list).filter_map(|entry| {
        let mut fields = entry.split(';');
        let (kind, _flags, rights) = (fields.next()?, fields.next()?, fields.next()?);
        let account = fields.nth(2)?;
        // Entries of all other types allow something.
        let allows = !matches!(kind, "D" | "OD" | "XD") && rights_of(rights) & TO_WRITE != 0;
        allows.then_some(account)
    })
}

/// The entries without their parentheses. A condition in an entry has parentheses too.
fn entries(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let mut begin = 0;
    list.char_indices().filter_map(move |(at, character)| {
        match character {
            '(' => {
                depth += 1;
                if depth == 1 {
                    begin = at + 1;
                }
            }
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(&list[begin..at]);
                }
            }
            _ => {}
        }
        None
    })
}

/// A number, or names of two letters each. Unknown names count as all rights.
fn rights_of(text: &str) -> u32 {
    if let Some(digits) = text.strip_prefix("0x") {
        return u32::from_str_radix(digits, 16).unwrap_or(u32::MAX);
    }
    let mut rest = text;
    let mut rights = 0;
    while !rest.is_empty() {
        let Some((_, right)) = RIGHTS.iter().find(|(name, _)| rest.starts_with(name)) else {
            return u32::MAX;
        };
        rights |= right;
        rest = &rest[2..];
    }
    rights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protected_folder_is_written_to_by_nobody_else() {
        for list in [
            "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;S-1-5-80-1-2-3-4-5)",
            "D:PAI(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)",
            // An administrator has entered somebody.
            "D:PAI(A;OICI;FA;;;SY)(A;OICI;0x1301bf;;;S-1-5-21-1-2-3-1001)",
            "D:(D;;FA;;;WD)(A;;FRFX;;;BU)",
            "D:",
        ] {
            assert_eq!(writers(list), None, "{list}");
        }
    }

    #[cfg(feature = "update")]
    #[test]
    fn a_service_that_may_write_to_a_private_folder_is_noticed() {
        const SERVICE: &str = "S-1-5-80-1-2-3-4-5";
        let others = |list: &str| other_writer(list, "S-1-5-21-1-2-3-500").map(str::to_owned);
        let private = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
        for entry in [
            "",
            "(A;OICI;0x1200a9;;;S-1-5-80-1-2-3-4-5)",
            "(A;;FA;;;S-1-5-21-1-2-3-500)",
            "(D;;FA;;;S-1-5-80-1-2-3-4-5)",
        ] {
            assert_eq!(others(&format!("{private}{entry}")), None, "{entry}");
        }
        for rights in ["0x1301bf", "WD", "0x40", "GA", "XX"] {
            let list = format!("{private}(A;OICI;{rights};;;{SERVICE})");
            assert_eq!(others(&list).as_deref(), Some(SERVICE), "{rights}");
        }
        assert_eq!(
            others("D:PAI(A;OICIIO;FA;;;CO)(A;;FA;;;SY)"),
            Some("CO".to_owned())
        );
        assert_eq!(others("D:NO_ACCESS_CONTROL").as_deref(), Some("Everyone"));
    }

    #[test]
    fn what_a_folder_in_programdata_inherits_lets_users_write() {
        let inherited = "D:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIIOID;GA;;;CO)(A;OICIID;0x1200a9;;;BU)\
            (A;CIID;DCLCRPCR;;;BU)";
        assert_eq!(writers(inherited), Some("Users"));
        for (list, group) in [
            ("D:NO_ACCESS_CONTROL", "Everyone"),
            ("", "Everyone"),
            ("D:(A;;FW;;;WD)", "Everyone"),
            ("D:(A;OICIIO;GW;;;AU)", "Authenticated Users"),
            ("D:(A;;0x1301bf;;;S-1-5-32-545)", "Users"),
            ("D:(XA;;FX;;;BA;(Member_of {SID(BA)}))(A;;WO;;;IU)", "Interactive"),
            ("D:(XA;;0x2;;;WD;(@User.a == 1))", "Everyone"),
            ("D:(A;;??;;;BU)", "Users"),
        ] {
            assert_eq!(writers(list), Some(group), "{list}");
        }
    }
}
