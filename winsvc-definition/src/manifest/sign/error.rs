//! Why a table `sign` is refused.

use std::fmt;

/// The error for a table that does not say how to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignTableError {
    /// There are several engines.
    TwoEngines,
    /// The command does not say where the timestamp server goes.
    UnusedTimestamp,
    /// A server has no address of the web.
    TimestampServer {
        /// The address.
        found: String,
    },
    /// Key and certificate are not what osslsigncode needs.
    Identity,
    /// An option is the tool's.
    OwnOption {
        /// The option.
        found: String,
    },
}

impl fmt::Display for SignTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TwoEngines => {
                f.write_str("several signing engines; expected one of `osslsigncode`, `signtool`, `command`")
            }
            Self::UnusedTimestamp => f.write_str(
                "`timestamp` has no effect, because `command` has no `{timestamp}`; expected it where the program takes \
                 the server's address",
            ),
            Self::TimestampServer { found } => write!(
                f,
                "invalid timestamp server {found:?}; expected an address that begins with `http://` or `https://`"
            ),
            Self::Identity => f.write_str(
                "`osslsigncode` has no complete signing identity; expected either `pkcs12`, or `key` and `certificate`",
            ),
            Self::OwnOption { found } => write!(
                f,
                "the option `{found}` cannot be in `arguments`, because cargo winsvc sets it or needs it unset"
            ),
        }
    }
}

impl std::error::Error for SignTableError {}
