//! The folders below `%ProgramData%`: created and protected by `install`, removed by `uninstall --purge`.
//!
//! The MSI creates the same folders; both take them from [`winsvc_definition::folders`].

use winsvc_definition::Stamp;
use winsvc_definition::folders::{self, Kind};

use super::failure::{Code, Failure};
use crate::places::{self, Folders, product_folder};
use crate::sys::machine::{CallError, Machine, Removal};

/// A folder of the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProductFolder {
    kind: Kind,
    /// Its whole path.
    pub(super) path: String,
    /// Its owner and its access list.
    security: String,
}

/// The product's folders below `%ProgramData%`.
pub(super) fn of_product(stamp: &Stamp) -> Result<Vec<ProductFolder>, Failure> {
    let program_data = places::program_data();
    let program_data = program_data.to_str().ok_or_else(|| {
        let message = format!(
            "the path %ProgramData% is not Unicode: {}",
            program_data.display()
        );
        Failure::new(Code::Failed, message)
    })?;
    Ok(wanted(stamp, program_data))
}

/// The folders of the definition, each after the one that contains it.
pub(super) fn wanted(stamp: &Stamp, program_data: &str) -> Vec<ProductFolder> {
    let access = &stamp.layout.folder_access;
    let folders = folders::protected(&product_folder(stamp), access, stamp.update.is_some());
    let folders = folders.into_iter().map(|folder| ProductFolder {
        kind: folder.kind,
        path: format!(r"{program_data}\{}", folder.path.join(r"\")),
        security: folder.security,
    });
    folders.collect()
}

/// The folders of a service whose exe has this path, as a program finds them.
pub(super) fn of_exe(exe: &str, exe_folder: &[String], folders: &[ProductFolder]) -> Folders {
    let path = |kind| {
        let folder = folders.iter().find(|folder| folder.kind == kind);
        folder.map_or("", |folder| &folder.path)
    };
    Folders::at(
        &install_folder(exe, exe_folder),
        path(Kind::Config),
        path(Kind::Data),
        path(Kind::Logs),
    )
}

/// The folder above the exe's own. `below` is the path of the exe's folder in it.
fn install_folder(exe: &str, below: &[String]) -> String {
    let folder = exe.rsplit_once('\\').map_or("", |(folder, _)| folder);
    let mut above = folder;
    for name in below.iter().rev() {
        match above.rsplit_once('\\') {
            Some((parent, last)) if last.eq_ignore_ascii_case(name) => above = parent,
            // The exe was moved out of its folder.
            _ => return folder.to_owned(),
        }
    }
    above.to_owned()
}

/// Those of the folders that exist with their owners and access lists.
pub(super) fn protected(
    machine: &dyn Machine,
    wanted: &[ProductFolder],
) -> Result<Vec<ProductFolder>, CallError> {
    let mut protected = Vec::new();
    for folder in wanted {
        if is_protected(machine, folder)? {
            protected.push(folder.clone());
        }
    }
    Ok(protected)
}

fn is_protected(machine: &dyn Machine, folder: &ProductFolder) -> Result<bool, CallError> {
    let Some(found) = machine.folder(&folder.path)? else {
        return Ok(false);
    };
    let wanted = machine.canonical_folder_security(&folder.security)?;
    Ok(!found.is_link && is_same(&found.security, &wanted))
}

/// Whether two descriptors have the same owner, and the same entries that inherit nothing. Other flags of the list only
/// say how it was set.
fn is_same(one: &str, two: &str) -> bool {
    let parts = |text: &str| {
        let (owner, list) = text.split_once("D:")?;
        let (flags, entries) = list.split_at(list.find('(').unwrap_or(list.len()));
        let owner = owner.split("G:").next().unwrap_or_default();
        Some((owner.to_owned(), flags.contains('P'), entries.to_owned()))
    };
    parts(one).is_some_and(|one| Some(one) == parts(two))
}

/// Creates and protects the folders that are not. Returns `true` if the machine keeps the owners and access lists.
pub(super) fn protect(machine: &dyn Machine, wanted: &[ProductFolder]) -> Result<bool, CallError> {
    let mut are_kept = true;
    // From the outside in: nobody can replace a folder in one that is protected.
    for folder in wanted {
        if is_protected(machine, folder)? {
            continue;
        }
        if machine.folder(&folder.path)?.is_none() {
            machine.create_folder(&folder.path, &folder.security)?;
        }
        // Another process may have created it at the same time.
        if !is_protected(machine, folder)? {
            machine.protect_folder(&folder.path, &folder.security)?;
            are_kept &= is_protected(machine, folder)?;
        }
    }
    Ok(are_kept)
}

/// An error if one of the folders is a link: it would lead to another place.
pub(super) fn refuse_links(machine: &dyn Machine, wanted: &[ProductFolder]) -> Result<(), Failure> {
    for ProductFolder { path, .. } in wanted {
        let found = machine.folder(path);
        let found = found.map_err(|error| Failure::of_call(machine, "look at the folder", path, error))?;
        if found.is_some_and(|folder| folder.is_link) {
            let message = format!("{path} is a symbolic link or a junction; expected a folder");
            return Err(Failure::new(Code::Failed, message).help("inspect the link, and remove it"));
        }
    }
    Ok(())
}

/// The folder that is removed with the updater.
pub(super) fn of_updater(folders: &[ProductFolder]) -> Vec<ProductFolder> {
    let own = folders.iter().filter(|folder| folder.kind == Kind::Update);
    own.cloned().collect()
}

/// Removes the folders with everything in them, or reports which would be removed. A shared folder is removed if it is
/// empty.
pub(super) fn purge(
    machine: &dyn Machine,
    folders: &[ProductFolder],
    dry_run: bool,
) -> Result<Vec<String>, Failure> {
    refuse_links(machine, folders)?;
    let has_shared = folders.iter().any(|folder| folder.kind == Kind::Shared);
    let mut removed = Vec::new();
    // From the inside out.
    for ProductFolder { kind, path, .. } in folders.iter().rev() {
        let failed = |error| Failure::of_call(machine, "remove the folder", path, error);
        if machine.folder(path).map_err(failed)?.is_none() {
            continue;
        }
        if *kind != Kind::Shared {
            removed.push(path.clone());
        }
        if dry_run {
            continue;
        }
        let removals: &[Removal] = match kind {
            Kind::Shared => &[Removal::IfEmpty],
            // Another product may have its folder in it.
            Kind::Config if !has_shared => &[Removal::Files, Removal::IfEmpty],
            Kind::Config | Kind::Data | Kind::Logs | Kind::Update => &[Removal::All],
        };
        for removal in removals {
            machine.remove_folder(path, *removal).map_err(failed)?;
        }
    }
    removed.reverse();
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::{install_folder, is_same};

    #[test]
    fn descriptors_are_compared_by_owner_protection_and_entries() {
        let wanted = "O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
        // As Windows Installer sets it.
        assert!(is_same("O:BAG:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", wanted));
        for other in [
            "O:S-1-5-21-1-2-3-1001D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)",
            "O:BAD:AI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)",
            "O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;BU)",
            "O:BA",
            "",
        ] {
            assert!(!is_same(other, wanted), "{other}");
        }
    }

    #[test]
    fn the_installation_folder_is_above_the_exe_s_own() {
        let bin = ["lib".to_owned(), "bin".to_owned()];
        assert_eq!(install_folder(r"C:\Acme\agent.exe", &[]), r"C:\Acme");
        assert_eq!(install_folder(r"C:\Acme\lib\Bin\agent.exe", &bin), r"C:\Acme");
        assert_eq!(install_folder(r"C:\Acme\bin\agent.exe", &bin), r"C:\Acme\bin");
    }
}
