//! Unix domain sockets.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream as Blocking;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;
pub(super) use tokio::net::UnixStream as Stream;

use super::access::Friend;
use super::peer::PeerId;
use super::{Peer, PipeError};
use crate::sys;

const ROOT: u32 = 0;

/// Where sockets of root are.
const RUN: &str = if cfg!(target_os = "macos") {
    "/var/run"
} else {
    "/run"
};

#[derive(Debug)]
pub(super) struct Listener {
    path: PathBuf,
    socket: UnixListener,
    clients: Clients,
}

/// Who may use a socket.
#[derive(Debug, PartialEq, Eq)]
enum Clients {
    Everybody,
    /// By user ID.
    Only(Vec<u32>),
}

impl Clients {
    fn new(friends: &[Friend]) -> Result<Self, PipeError> {
        let mut users = vec![ROOT, sys::own_user_id()];
        for friend in friends {
            match friend {
                Friend::Interactive | Friend::Users => return Ok(Self::Everybody),
                Friend::Account(name) | Friend::Service(name) => users.push(user_id(name)?),
            }
        }
        Ok(Self::Only(users))
    }

    fn contain(&self, user: u32) -> bool {
        match self {
            Self::Everybody => true,
            Self::Only(users) => users.contains(&user),
        }
    }

    /// The permissions of the socket. Friends other than the owner are known only when they connect.
    fn mode(&self) -> u32 {
        match self {
            Self::Only(users) if users.len() == 2 => 0o600,
            Self::Everybody | Self::Only(_) => 0o666,
        }
    }
}

fn user_id(name: &str) -> Result<u32, PipeError> {
    let unknown = |source| PipeError::UnknownAccount {
        name: name.to_owned(),
        source,
    };
    match sys::user_by_name(name) {
        Ok(Some(user)) => Ok(user.id),
        Ok(None) => Err(unknown(io::ErrorKind::NotFound.into())),
        Err(error) => Err(unknown(error)),
    }
}

impl Listener {
    pub(super) fn new(name: &str, friends: &[Friend]) -> Result<Self, PipeError> {
        let clients = Clients::new(friends)?;
        let path = own_folder()?.join(format!("{name}.sock"));
        remove_abandoned(&path)?;
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => PipeError::InUse { path: text(&path) },
            _ => PipeError::Create {
                path: text(&path),
                source,
            },
        };
        let socket = UnixListener::bind(&path).map_err(failed)?;
        // Until then the umask decides; a client that comes earlier is checked by its user, as any other.
        fs::set_permissions(&path, fs::Permissions::from_mode(clients.mode())).map_err(failed)?;
        Ok(Self {
            path,
            socket,
            clients,
        })
    }

    #[cfg(test)]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) async fn accept(&mut self) -> Result<Stream, PipeError> {
        loop {
            let accepted = self.socket.accept().await;
            let (stream, _) = accepted.map_err(|source| PipeError::Create {
                path: text(&self.path),
                source,
            })?;
            // A client that has gone has no credentials any more.
            if stream
                .peer_cred()
                .is_ok_and(|peer| self.clients.contain(peer.uid()))
            {
                return Ok(stream);
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes a socket that nobody listens on: its process was killed.
fn remove_abandoned(path: &Path) -> Result<(), PipeError> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    if !is_socket {
        return Ok(());
    }
    match Blocking::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(|source| PipeError::Create {
                path: text(path),
                source,
            })
        }
        _ => Err(PipeError::InUse { path: text(path) }),
    }
}

/// The folder for this user's sockets.
fn own_folder() -> Result<PathBuf, PipeError> {
    folder(sys::own_user_id() == ROOT, &|name| env::var(name).ok()).ok_or(PipeError::NoRuntimeFolder)
}

fn folder(is_root: bool, variable: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    // systemd separates several by colons.
    if let Some(folders) = set("RUNTIME_DIRECTORY") {
        return folders.split(':').next().map(PathBuf::from);
    }
    if is_root {
        return Some(RUN.into());
    }
    let own = if cfg!(target_os = "macos") {
        "TMPDIR"
    } else {
        "XDG_RUNTIME_DIR"
    };
    set(own).map(PathBuf::from)
}

/// Where a service with this name may listen: as root, under systemd, or as this user.
fn candidates(name: &str) -> Vec<PathBuf> {
    let file = format!("{name}.sock");
    let mut paths = vec![Path::new(RUN).join(&file), Path::new(RUN).join(name).join(&file)];
    let own = own_folder().map(|folder| folder.join(&file));
    paths.extend(own.ok().filter(|path| !paths.contains(path)));
    paths
}

pub(super) async fn connect(name: &str) -> Result<Stream, PipeError> {
    let mut last = None;
    for path in candidates(name) {
        match Stream::connect(&path).await {
            Ok(stream) => return trusted(stream, &path),
            // The first reason is worth more than that there is nothing at the next place.
            Err(source) if last.is_none() || source.kind() != io::ErrorKind::NotFound => {
                last = Some(PipeError::Connect {
                    path: text(&path),
                    source,
                });
            }
            Err(_) => {}
        }
    }
    Err(last.unwrap_or(PipeError::NoRuntimeFolder))
}

/// Only root, and a service for whom systemd has made the folder, can listen below `/run`; elsewhere it must be root or this user.
fn trusted(stream: Stream, path: &Path) -> Result<Stream, PipeError> {
    let peer = stream.peer_cred().map_err(|source| PipeError::Peer { source })?;
    if path.starts_with(RUN) && !path.starts_with("/run/user")
        || peer.uid() == ROOT
        || peer.uid() == sys::own_user_id()
    {
        return Ok(stream);
    }
    Err(PipeError::UntrustedServer {
        path: text(path),
        owner: format!("user {}", peer.uid()),
    })
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

pub(super) fn peer(stream: &Stream) -> Result<Peer, PipeError> {
    let failed = |source| PipeError::Peer { source };
    let credentials = stream.peer_cred().map_err(failed)?;
    Ok(Peer {
        id: PeerId::Uid(credentials.uid()),
        name: sys::user_by_id(credentials.uid())
            .map_err(failed)?
            .map(|user| user.name),
        is_administrator: credentials.uid() == ROOT,
        session: None,
        process_id: credentials.pid().and_then(|id| u32::try_from(id).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_is_in_a_folder_where_only_its_user_can_create_it() {
        let variables = |name: &str| match name {
            "XDG_RUNTIME_DIR" | "TMPDIR" => Some("/run/user/1000".to_owned()),
            _ => None,
        };
        assert_eq!(folder(true, &variables), Some(RUN.into()));
        assert_eq!(folder(false, &variables), Some("/run/user/1000".into()));
        assert_eq!(folder(false, &|_| None), None);
        assert_eq!(folder(false, &|_| Some(String::new())), None);
        let systemd = |name: &str| (name == "RUNTIME_DIRECTORY").then(|| "/run/acme:/run/other".to_owned());
        assert_eq!(folder(false, &systemd), Some("/run/acme".into()));
    }

    #[test]
    fn without_friends_the_file_itself_denies_other_users() {
        let alone = Clients::new(&[]).unwrap();
        assert_eq!(alone.mode(), 0o600);
        assert!(alone.contain(ROOT) && alone.contain(sys::own_user_id()));
        assert!(!alone.contain(64_000));

        let with_friends = Clients::new(&[Friend::Account("root".to_owned())]).unwrap();
        assert_eq!(with_friends.mode(), 0o666);
        assert!(!with_friends.contain(64_000));
        assert_eq!(Clients::new(&[Friend::Interactive]).unwrap(), Clients::Everybody);
        let unknown = Clients::new(&[Friend::Service("no-such-user".to_owned())]);
        assert!(
            matches!(&unknown, Err(PipeError::UnknownAccount { name, .. }) if name == "no-such-user"),
            "{unknown:?}"
        );
    }
}
