//! The process at the other end: [`Peer`].

/// Who is at the other end of a [`Connection`](super::Connection).
///
/// Decide by [`sid`](Self::sid), [`uid`](Self::uid) and [`is_administrator`](Self::is_administrator). The account's name is for
/// logs, and the process ID may belong to another process by the time that it is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    pub(super) id: PeerId,
    pub(super) name: Option<String>,
    pub(super) is_administrator: bool,
    pub(super) session: Option<u32>,
    pub(super) process_id: Option<u32>,
}

/// What the system knows an account by.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(windows, allow(dead_code, reason = "the one of Unix"))]
#[cfg_attr(unix, allow(dead_code, reason = "the one of Windows"))]
pub(super) enum PeerId {
    Sid(String),
    Uid(u32),
}

impl Peer {
    /// The security identifier of the account, such as `S-1-5-18`; `None` on Linux and macOS.
    pub fn sid(&self) -> Option<&str> {
        match &self.id {
            PeerId::Sid(sid) => Some(sid),
            PeerId::Uid(_) => None,
        }
    }

    /// The user ID; `None` on Windows.
    pub fn uid(&self) -> Option<u32> {
        match self.id {
            PeerId::Sid(_) => None,
            PeerId::Uid(uid) => Some(uid),
        }
    }

    /// The name of the account, such as `ACME\anna`, if the system knows it.
    pub fn account(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether the process has the rights of an administrator now: on Windows an elevated one, on Linux and macOS root.
    pub fn is_administrator(&self) -> bool {
        self.is_administrator
    }

    /// The session that the process runs in (0 is that of services); `None` on Linux and macOS, and for the server.
    pub fn session(&self) -> Option<u32> {
        self.session
    }

    /// The process that opened the pipe, or listens on it, if the system tells.
    pub fn process_id(&self) -> Option<u32> {
        self.process_id
    }
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.name, &self.id) {
            (Some(name), _) => f.write_str(name),
            (None, PeerId::Sid(sid)) => f.write_str(sid),
            (None, PeerId::Uid(uid)) => write!(f, "user {uid}"),
        }
    }
}
