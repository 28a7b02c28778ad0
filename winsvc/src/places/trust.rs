//! Whose the files and folders are that a service reads and writes below `%ProgramData%`.
//!
//! `%ProgramData%` lets every user of a machine make files and folders in it, and folders there hand that right down. A file proves
//! nothing of its author, and a folder may be a junction to somewhere else. Who owns one can change what is in it, whatever its
//! access list says. So the folders on the way and the file are opened one after the other, links as what they are, and
//! looked at by their handles: nobody can put another in the place of what was looked at. In the end each must lie in the one before,
//! and only then is the file read or written, by the same handle.
//!
//! On Unix nothing is checked: a service's files lie below `/etc` and where its init system has made a folder for it, and there
//! administrators alone can make any.

use std::fmt;
#[cfg(feature = "log-files")]
use std::fs;
use std::fs::File;
#[cfg(feature = "log-files")]
use std::fs::OpenOptions;
use std::io;
#[cfg(feature = "settings")]
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::sys::Account;

/// Why a file is neither read nor written.
#[derive(Debug)]
pub(crate) enum Distrusted {
    /// The file or a folder belongs to somebody who need not be an administrator.
    Foreign { path: PathBuf, owner: String },
    /// The file or a folder is a link, or is not where its path says.
    Link { path: PathBuf },
    /// Windows has refused to open it or to tell its owner.
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
            Distrusted::Foreign { .. } | Distrusted::Link { .. } => {
                Self::new(io::ErrorKind::PermissionDenied, error)
            }
        }
    }
}

/// A file or a folder, as it was found by its handle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(windows), allow(dead_code, reason = "only Windows has such folders"))]
struct Found {
    path: PathBuf,
    owner: Account,
    is_link: bool,
    /// Where it is, whatever path has led there.
    place: PathBuf,
}

/// Checks a way: the folder that administrators alone can replace, then those that anybody could have made, and a file in the last.
/// The innermost that is not trusted is the error.
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

/// Whether nobody has this security identifier who is not an administrator or a service
/// ([Well-known SIDs](https://learn.microsoft.com/windows/win32/secauthz/well-known-sids)).
#[cfg_attr(not(windows), allow(dead_code, reason = "only Windows has such folders"))]
fn is_trusted(sid: &str) -> bool {
    const SYSTEM: &str = "S-1-5-18";
    const ADMINISTRATORS: &str = "S-1-5-32-544";
    /// What the SIDs of services begin with, `TrustedInstaller`'s among them. Nobody logs on as one.
    const SERVICES: &str = "S-1-5-80-";
    sid == SYSTEM || sid == ADMINISTRATORS || sid.starts_with(SERVICES)
}

/// Reads a file; `None` where there is none. Anybody could have made the last so many folders on the way.
#[cfg(feature = "settings")]
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

#[cfg(feature = "settings")]
fn open(path: &Path, open_folders: usize) -> Result<File, Distrusted> {
    #[cfg(windows)]
    if open_folders > 0 {
        return checked::open(path, open_folders);
    }
    let _ = open_folders;
    Ok(File::open(path)?)
}

/// Opens a file to append to, and makes it and its folders where they are missing. Anybody could have made the last so many
/// folders on the way.
#[cfg(feature = "log-files")]
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

/// Makes a folder where it is missing, and checks it as [`append`] does: its files may be looked through.
#[cfg(feature = "log-files")]
pub(crate) fn make_folder(path: &Path, open_folders: usize) -> io::Result<()> {
    #[cfg(windows)]
    if open_folders > 0 {
        checked::make_folders(path, open_folders)?;
        return Ok(());
    }
    let _ = open_folders;
    fs::create_dir_all(path)
}

#[cfg(windows)]
mod checked {
    use std::fs::{File, OpenOptions};
    #[cfg(feature = "log-files")]
    use std::{fs, io};

    use super::{Distrusted, Found, Path, check};
    use crate::sys;

    /// Opens a file to read it.
    #[cfg(feature = "settings")]
    pub(super) fn open(path: &Path, open_folders: usize) -> Result<File, Distrusted> {
        let mut way = Vec::new();
        for folder in folders(path, open_folders) {
            let found = look(folder, &sys::open_to_look_at(folder)?)?;
            // Nobody is led through a link. What belongs to others is an error only where there is a file.
            refuse_link(&way, found.clone())?;
            way.push(found);
        }
        finish(path, way, OpenOptions::new().read(true))
    }

    /// Opens a file to append to.
    #[cfg(feature = "log-files")]
    pub(super) fn append(
        path: &Path,
        open_folders: usize,
        mut options: OpenOptions,
    ) -> Result<File, Distrusted> {
        let folder = path.parent().unwrap_or(path);
        let way = make_folders(folder, open_folders)?;
        finish(path, way, &mut options)
    }

    /// Makes the folders that are missing, and gives the way to the last.
    #[cfg(feature = "log-files")]
    pub(super) fn make_folders(path: &Path, open_folders: usize) -> Result<Vec<Found>, Distrusted> {
        let own = sys::own_account()?;
        let mut way = Vec::new();
        for folder in folders(&path.join("file"), open_folders) {
            let opened = match sys::open_to_look_at(folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && !way.is_empty() => {
                    make(folder)?;
                    sys::open_to_look_at(folder)
                }
                opened => opened,
            };
            way.push(look(folder, &opened?)?);
            // Nothing is made in a folder of another's.
            check(&way, &own)?;
        }
        Ok(way)
    }

    /// Makes a folder, unless somebody else does meanwhile.
    #[cfg(feature = "log-files")]
    fn make(folder: &Path) -> io::Result<()> {
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    /// The folder that administrators alone can replace, and those from there to the file.
    fn folders(path: &Path, open: usize) -> impl Iterator<Item = &Path> {
        let mut folders: Vec<&Path> = path.ancestors().skip(1).take(1 + open).collect();
        folders.reverse();
        folders.into_iter()
    }

    /// Opens the file at the end of a way, and checks all of it.
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

    #[cfg(feature = "settings")]
    fn refuse_link(way: &[Found], found: Found) -> Result<(), Distrusted> {
        // Below what administrators alone can replace.
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

    /// A way as administrators make it, to be changed by a test.
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

    /// What is wrong with a way, and where.
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
            Err(Distrusted::Unknown(error)) => panic!("{error}"),
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
    fn a_link_is_refused_whoever_made_it() {
        for index in 1..4 {
            let path = way()[index].path.clone();
            assert_eq!(wrong(|way| way[index].is_link = true), Some(("link", path)));
        }
    }

    #[test]
    fn what_was_put_in_the_place_of_a_folder_meanwhile_is_refused() {
        // The folder was looked at, then replaced by a link, and the file opened through that.
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
