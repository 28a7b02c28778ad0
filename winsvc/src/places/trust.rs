//! Checks the owners of the files and folders that a service reads and writes below `%ProgramData%`.
//!
//! Every user of a machine may create files and folders in `%ProgramData%`, and folders inherit that right. So a file
//! may be written by anybody, and a folder may be a junction to another place. The owner of a file or folder can change
//! its content, whatever its access list says. Therefore the folders on the path and the file are opened one after the
//! other, without following links, and checked by their handles, so that none can be replaced after its check. In the
//! end each must be inside the one before, and only then is the file read or written, by the same handle.
//!
//! On Unix nothing is checked: a service's files are below `/etc` and in the folder that its init system has created,
//! where only administrators can create files.

use std::fmt;
#[cfg(any(feature = "log-files", feature = "host"))]
use std::fs::OpenOptions;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::sys::Account;

/// Why a file is neither read nor written.
#[derive(Debug)]
pub(crate) enum Distrusted {
    /// The owner of the file or a folder may not be an administrator.
    Foreign { path: PathBuf, owner: String },
    /// The file or a folder is a link, or is not at its path.
    Link { path: PathBuf },
    /// Every user can write to the folder, as a member of this group.
    #[cfg_attr(not(windows), allow(dead_code, reason = "only Windows has such folders"))]
    Writable { path: PathBuf, group: &'static str },
    /// An account beside the administrators can write to a folder that is for them alone.
    #[cfg_attr(
        not(all(windows, feature = "update")),
        allow(dead_code, reason = "only the updater has such a folder")
    )]
    Shared { path: PathBuf, account: String },
    /// Windows has refused to open it or to return its owner.
    Unknown(io::Error),
}

impl fmt::Display for Distrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign { path, owner } => write!(
                f,
                "{} belongs to {owner}, who may not be an administrator; inspect it, then give it to the administrators, by \
                 `icacls PATH /setowner *S-1-5-32-544`",
                path.display()
            ),
            Self::Link { path } => write!(
                f,
                "{} is a symbolic link or a junction; expected a file or a folder",
                path.display()
            ),
            Self::Writable { path, group } => write!(
                f,
                "the group {group} can write to {}; protect the folder with `NAME.exe service install`, or by repairing the \
                 installation",
                path.display()
            ),
            Self::Shared { path, account } => write!(
                f,
                "{account} can write to {}, which is for administrators alone; inspect the folder and remove it, then repair \
                 the installation",
                path.display()
            ),
            Self::Unknown(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Distrusted {}

impl From<io::Error> for Distrusted {
    fn from(error: io::Error) -> Self {
        Self::Unknown(error)
    }
}

impl From<Distrusted> for io::Error {
    fn from(error: Distrusted) -> Self {
        match error {
            Distrusted::Unknown(error) => error,
            Distrusted::Foreign { .. }
            | Distrusted::Link { .. }
            | Distrusted::Writable { .. }
            | Distrusted::Shared { .. } => Self::new(io::ErrorKind::PermissionDenied, error),
        }
    }
}

/// The properties of a file or folder, read by its handle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(windows), allow(dead_code, reason = "only Windows has such folders"))]
struct Found {
    path: PathBuf,
    owner: Account,
    is_link: bool,
    /// The actual path, without links.
    place: PathBuf,
}

/// Checks a path: a folder that only administrators can replace, then the folders that any user could have created,
/// then the file. The error is about the innermost one that is not trusted.
#[cfg_attr(not(windows), allow(dead_code, reason = "only Windows has such folders"))]
fn check(way: &[Found], own: &Account) -> Result<(), Distrusted> {
    for pair in way.windows(2).rev() {
        let [folder, found] = pair else { continue };
        if found.is_link || found.place.parent() != Some(&folder.place) {
            return Err(Distrusted::Link {
                path: found.path.clone(),
            });
        }
        if found.owner != *own && !is_trusted(&found.owner.sid) {
            let owner = found.owner.name.as_ref().unwrap_or(&found.owner.sid);
            return Err(Distrusted::Foreign {
                path: found.path.clone(),
                owner: owner.clone(),
            });
        }
    }
    Ok(())
}

/// Whether only administrators and services can have this security identifier
/// ([Well-known SIDs](https://learn.microsoft.com/windows/win32/secauthz/well-known-sids)).
#[cfg_attr(not(windows), allow(dead_code, reason = "only Windows has such folders"))]
fn is_trusted(sid: &str) -> bool {
    const SYSTEM: &str = "S-1-5-18";
    const ADMINISTRATORS: &str = "S-1-5-32-544";
    /// The prefix of the SIDs of services, including `TrustedInstaller`. No user logs on as a service.
    const SERVICES: &str = "S-1-5-80-";
    sid == SYSTEM || sid == ADMINISTRATORS || sid.starts_with(SERVICES)
}

/// Reads a file; `None` if it does not exist. Any user could have created the last `open_folders` folders of the path.
pub(crate) fn read(path: &Path, open_folders: usize) -> Result<Option<Vec<u8>>, Distrusted> {
    match open(path, open_folders) {
        Ok(mut file) => {
            let mut content = Vec::new();
            file.read_to_end(&mut content)?;
            Ok(Some(content))
        }
        Err(Distrusted::Unknown(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn open(path: &Path, open_folders: usize) -> Result<File, Distrusted> {
    #[cfg(windows)]
    if open_folders > 0 {
        return checked::open(path, open_folders);
    }
    let _ = open_folders;
    Ok(File::open(path)?)
}

/// Opens a file to append to, and creates it and its folders if needed. Any user could have created the last
/// `open_folders` folders of the path.
#[cfg(any(feature = "log-files", feature = "host"))]
pub(crate) fn append(path: &Path, open_folders: usize) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(windows)]
    if open_folders > 0 {
        return Ok(checked::append(path, open_folders, options)?);
    }
    let _ = open_folders;
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    options.open(path)
}

/// Creates a folder if needed, and checks it as [`append`] does, because its files may be listed.
#[cfg(any(feature = "log-files", feature = "host"))]
pub(crate) fn make_folder(path: &Path, open_folders: usize) -> io::Result<()> {
    #[cfg(windows)]
    if open_folders > 0 {
        checked::make_folders(path, open_folders)?;
        return Ok(());
    }
    let _ = open_folders;
    fs::create_dir_all(path)
}

/// Creates a folder if needed, and checks that what is in it can be trusted: nobody else could have created it, or can
/// write to it.
pub(crate) fn make_own_folder(path: &Path, open_folders: usize) -> io::Result<()> {
    #[cfg(windows)]
    if open_folders > 0 {
        return Ok(checked::make_own_folder(path, open_folders)?);
    }
    let _ = open_folders;
    fs::create_dir_all(path)
}

/// Creates a folder if needed, and checks that only administrators can write to it: not even the product's services.
#[cfg(all(windows, feature = "update"))]
pub(crate) fn make_private_folder(path: &Path, open_folders: usize) -> io::Result<()> {
    Ok(checked::make_private_folder(path, open_folders)?)
}

#[cfg(windows)]
mod checked {
    use std::fs::{File, OpenOptions};
    use std::io;

    use super::{Distrusted, Found, Path, check};
    use crate::places::access;
    use crate::sys;

    /// Opens a file to read it.
    pub(super) fn open(path: &Path, open_folders: usize) -> Result<File, Distrusted> {
        let mut way = Vec::new();
        for folder in folders(path, open_folders) {
            let found = look(folder, &sys::open_to_look_at(folder)?)?;
            // Links are never followed. A foreign owner is an error only if the file exists.
            refuse_link(&way, found.clone())?;
            way.push(found);
        }
        finish(path, way, OpenOptions::new().read(true))
    }

    /// Opens a file to append to.
    #[cfg(any(feature = "log-files", feature = "host"))]
    pub(super) fn append(
        path: &Path,
        open_folders: usize,
        mut options: OpenOptions,
    ) -> Result<File, Distrusted> {
        let folder = path.parent().unwrap_or(path);
        let way = make_folders(folder, open_folders)?;
        finish(path, way, &mut options)
    }

    /// Creates the missing folders, and checks who can write to the last one.
    pub(super) fn make_own_folder(path: &Path, open_folders: usize) -> Result<(), Distrusted> {
        let mut way = make_folders(path, open_folders)?;
        let folder = sys::open_to_look_at(path)?;
        // The same folder as before, or one that is as good.
        way.pop();
        way.push(look(path, &folder)?);
        check(&way, &sys::own_account()?)?;
        match access::writers(&sys::access_list(&folder)?) {
            None => Ok(()),
            Some(group) => Err(Distrusted::Writable {
                path: path.to_owned(),
                group,
            }),
        }
    }

    /// Creates the missing folders, and checks that only administrators can write to the last one.
    #[cfg(feature = "update")]
    pub(super) fn make_private_folder(path: &Path, open_folders: usize) -> Result<(), Distrusted> {
        /// The prefix of the SIDs of services.
        const SERVICES: &str = "S-1-5-80-";
        make_own_folder(path, open_folders)?;
        let folder = sys::open_to_look_at(path)?;
        let own = sys::own_account()?;
        let owner = sys::owner(&folder)?;
        if owner.sid.starts_with(SERVICES) {
            return Err(Distrusted::Foreign {
                path: path.to_owned(),
                owner: owner.name.unwrap_or(owner.sid),
            });
        }
        match access::other_writer(&sys::access_list(&folder)?, &own.sid) {
            None => Ok(()),
            Some(account) => Err(Distrusted::Shared {
                path: path.to_owned(),
                account: account.to_owned(),
            }),
        }
    }

    /// Creates the missing folders, and returns the path to the last one.
    pub(super) fn make_folders(path: &Path, open_folders: usize) -> Result<Vec<Found>, Distrusted> {
        let own = sys::own_account()?;
        let mut way = Vec::new();
        for folder in folders(&path.join("file"), open_folders) {
            let opened = match sys::open_to_look_at(folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && !way.is_empty() => {
                    make(folder, folder == path, &own.sid)?;
                    sys::open_to_look_at(folder)
                }
                opened => opened,
            };
            way.push(look(folder, &opened?)?);
            // Nothing is created in a folder with a foreign owner.
            check(&way, &own)?;
        }
        Ok(way)
    }

    /// Creates a folder, unless another process does at the same time. It does not inherit the right of all users to
    /// create files in it. They can read an outer folder, in which other services may have theirs.
    fn make(folder: &Path, is_last: bool, own: &str) -> io::Result<()> {
        let users = if is_last { "" } else { "(A;OICI;0x1200a9;;;BU)" };
        let security =
            format!("D:PAI(A;OICI;0x1f01ff;;;SY)(A;OICI;0x1f01ff;;;BA)(A;OICI;0x1301bf;;;{own}){users}");
        match sys::create_folder(folder, &security) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    /// The folder that only administrators can replace, and those from there to the file.
    fn folders(path: &Path, open: usize) -> impl Iterator<Item = &Path> {
        let mut folders: Vec<&Path> = path.ancestors().skip(1).take(1 + open).collect();
        folders.reverse();
        folders.into_iter()
    }

    /// Opens the file at the end of a path, and checks the whole path.
    fn finish(path: &Path, mut way: Vec<Found>, options: &mut OpenOptions) -> Result<File, Distrusted> {
        let file = sys::open_itself(path, options)?;
        way.push(look(path, &file)?);
        check(&way, &sys::own_account()?)?;
        Ok(file)
    }

    fn look(path: &Path, opened: &File) -> Result<Found, Distrusted> {
        Ok(Found {
            path: path.to_owned(),
            owner: sys::owner(opened)?,
            is_link: opened.metadata()?.file_type().is_symlink(),
            place: sys::place(opened)?,
        })
    }

    fn refuse_link(way: &[Found], found: Found) -> Result<(), Distrusted> {
        // Only below the folder that administrators can replace.
        if way.is_empty() || !found.is_link {
            return Ok(());
        }
        Err(Distrusted::Link { path: found.path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "S-1-5-21-1-2-3-1001";

    fn account(sid: &str) -> Account {
        Account {
            sid: sid.to_owned(),
            name: None,
        }
    }

    /// A path as administrators create it, for tests to change.
    fn way() -> Vec<Found> {
        [
            "data",
            "data/Acme",
            "data/Acme/Agent",
            "data/Acme/Agent/agent.toml",
        ]
        .map(|path| Found {
            path: path.into(),
            owner: account("S-1-5-32-544"),
            is_link: false,
            place: Path::new("disk").join(path),
        })
        .into()
    }

    /// The error in a path, and where it is.
    fn wrong(change: impl FnOnce(&mut Vec<Found>)) -> Option<(&'static str, PathBuf)> {
        let mut way = way();
        change(&mut way);
        match check(&way, &account("S-1-5-80-1")) {
            Ok(()) => None,
            Err(Distrusted::Foreign { path, owner }) => {
                assert_eq!(owner, USER);
                Some(("foreign", path))
            }
            Err(Distrusted::Link { path }) => Some(("link", path)),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn administrators_and_services_are_trusted_and_users_are_not() {
        let installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
        for sid in ["S-1-5-18", "S-1-5-32-544", installer] {
            assert!(is_trusted(sid), "{sid}");
        }
        for sid in ["S-1-5-32-545", "S-1-5-11", "S-1-1-0", USER, "S-1-5-180"] {
            assert!(!is_trusted(sid), "{sid}");
        }
    }

    #[test]
    fn each_folder_below_the_first_and_the_file_must_belong_to_an_administrator_or_the_service() {
        assert_eq!(wrong(|_| ()), None);
        assert_eq!(wrong(|way| way[0].owner = account(USER)), None);
        for index in 1..4 {
            let path = way()[index].path.clone();
            assert_eq!(
                wrong(|way| way[index].owner = account(USER)),
                Some(("foreign", path))
            );
        }
        let mut way = way();
        way[3].owner = account(USER);
        assert!(check(&way, &account(USER)).is_ok(), "the service's own account");
    }

    #[test]
    fn a_link_is_refused_whoever_created_it() {
        for index in 1..4 {
            let path = way()[index].path.clone();
            assert_eq!(wrong(|way| way[index].is_link = true), Some(("link", path)));
        }
    }

    #[test]
    fn a_folder_that_was_replaced_after_its_check_is_refused() {
        // The folder was checked, then replaced by a link, and the file opened through the link.
        let file = way()[3].path.clone();
        assert_eq!(
            wrong(|way| way[3].place = "disk/Windows/agent.toml".into()),
            Some(("link", file))
        );
    }

    #[cfg(feature = "log-files")]
    #[test]
    fn an_error_says_what_to_do() {
        let error = io::Error::from(Distrusted::Foreign {
            path: "Acme".into(),
            owner: r"PC\eve".to_owned(),
        });
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(
            error.to_string(),
            "Acme belongs to PC\\eve, who may not be an administrator; inspect it, then give it to the administrators, by \
             `icacls PATH /setowner *S-1-5-32-544`"
        );
    }
}
