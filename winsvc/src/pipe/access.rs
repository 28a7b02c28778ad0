//! Who may open a pipe: [`Friend`].

/// Whom a [`Listener`](super::Listener) lets in, besides administrators and the service's own account.
///
/// | | Windows | Linux and macOS |
/// | --- | --- | --- |
/// | always | SYSTEM, Administrators, the service's own account | root, the service's own user |
/// | [`Service`](Self::Service) | the SID of that service, whatever its account is | the user with that name, as systemd's `DynamicUser=` makes one |
/// | [`Account`](Self::Account) | the account or group with that name or SID | the user with that name |
/// | [`Interactive`](Self::Interactive) | who is logged on at the machine or by remote desktop | everybody |
/// | [`Users`](Self::Users) | every account that has proved who it is | everybody |
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Friend {
    /// Another service, by its name. It needs not exist.
    Service(String),
    /// A user or a group: a name such as `ACME\Operators`, or a SID such as `S-1-5-32-547`.
    Account(String),
    /// Users who are logged on interactively. Their programs that run without elevation are not administrators.
    Interactive,
    /// Every authenticated user and service of this machine.
    Users,
}

/// The rights of a client: to read and write, and not to create an instance of the pipe (`FILE_CREATE_PIPE_INSTANCE`), with
/// which it could take the connections of other clients
/// ([Named Pipe Security](https://learn.microsoft.com/windows/win32/ipc/named-pipe-security-and-access-rights)).
#[cfg(any(windows, test))]
const READ_AND_WRITE: &str = "0x12019b";

/// The security descriptor of a pipe for these accounts. `own` are those of the service, and `friends` clients, by SID.
/// Everybody else is denied, and so is the network.
#[cfg(any(windows, test))]
pub(super) fn descriptor(own: &str, friends: &[String]) -> String {
    use std::fmt::Write as _;

    let mut list = format!("D:P(D;;FA;;;NU)(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;{own})");
    for friend in friends {
        // Writing to a string does not fail.
        let _ = write!(list, "(A;;{READ_AND_WRITE};;;{friend})");
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn friends_read_and_write_and_cannot_take_over_the_pipe() {
        assert_eq!(
            descriptor(
                "S-1-5-80-1-2-3-4-5",
                &["IU".to_owned(), "S-1-5-32-547".to_owned()]
            ),
            "D:P(D;;FA;;;NU)(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;S-1-5-80-1-2-3-4-5)\
             (A;;0x12019b;;;IU)(A;;0x12019b;;;S-1-5-32-547)"
        );
        let rights = u32::from_str_radix(READ_AND_WRITE.trim_start_matches("0x"), 16).unwrap();
        let create_pipe_instance = 0x4;
        assert_eq!(rights & create_pipe_instance, 0);
        let read_control = 0x2_0000;
        assert_ne!(rights & read_control, 0, "a client reads who the owner is");
    }
}
