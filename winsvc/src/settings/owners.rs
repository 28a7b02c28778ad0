//! Who may have written the administrator's file.
//!
//! `%ProgramData%` lets every user of a machine make folders in it, so that a file there proves nothing of its author. Who owns a file or
//! a folder can change what is in it, whatever its access list says.

use std::path::Path;

use super::Error;

/// Sees to it that the file and the folders on the way to it, so many of them, belong to an administrator, to Windows, or to a
/// service.
#[cfg(windows)]
pub(super) fn check(file: &Path, folders: usize) -> Result<(), Error> {
    use crate::sys;

    if folders == 0 {
        return Ok(());
    }
    let unreadable = |error| Error::Unreadable {
        path: file.to_owned(),
        error,
    };
    let own = sys::own_account().map_err(unreadable)?;
    for owned in file.ancestors().take(1 + folders) {
        let owner = sys::owner(owned).map_err(unreadable)?;
        if owner != own && !is_trusted(&owner.sid) {
            return Err(Error::Foreign {
                path: file.to_owned(),
                owned: owned.to_owned(),
                owner: owner.name.unwrap_or(owner.sid),
            });
        }
    }
    Ok(())
}

/// On Unix it lies where administrators alone can write.
#[cfg(not(windows))]
#[expect(clippy::unnecessary_wraps, reason = "Windows has the errors")]
pub(super) fn check(_file: &Path, _folders: usize) -> Result<(), Error> {
    Ok(())
}

/// Whether nobody has this security identifier who is not an administrator or a service
/// ([Well-known SIDs](https://learn.microsoft.com/windows/win32/secauthz/well-known-sids)).
#[cfg(any(windows, test))]
fn is_trusted(sid: &str) -> bool {
    const SYSTEM: &str = "S-1-5-18";
    const ADMINISTRATORS: &str = "S-1-5-32-544";
    /// What the SIDs of services begin with, `TrustedInstaller`'s among them. Nobody logs on as one.
    const SERVICES: &str = "S-1-5-80-";
    sid == SYSTEM || sid == ADMINISTRATORS || sid.starts_with(SERVICES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administrators_and_services_are_trusted_and_users_are_not() {
        let installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
        for sid in ["S-1-5-18", "S-1-5-32-544", installer] {
            assert!(is_trusted(sid), "{sid}");
        }
        for sid in [
            "S-1-5-32-545",
            "S-1-5-11",
            "S-1-1-0",
            "S-1-5-21-1-2-3-1001",
            "S-1-5-180",
        ] {
            assert!(!is_trusted(sid), "{sid}");
        }
    }
}
