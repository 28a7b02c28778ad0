//! The definition of a Windows service: what the service control manager (SCM) is told about it.
//!
//! One [`Definition`] feeds every output of winsvc: the tables of the MSI, the scripts of the zip, and the
//! resource stamped into the exe, from which the running service reads its own name and deadlines.
//! The `cargo winsvc` tool reads it from `[package.metadata.winsvc]` in Cargo.toml (feature `manifest`),
//! the runtime reads it back from its exe ([`Stamp`]), all of it where it registers itself (feature `registration`).
//!
//! ```
//! use winsvc_definition::{Build, Definition, ServiceName, Stamp, StartType};
//!
//! let mut definition = Definition::new(ServiceName::new("acme-agent").unwrap());
//! definition.start = StartType::Delayed;
//! let stamp = Stamp { definition, build: Build::default(), folders: vec!["Acme Agent".to_owned()] };
//! let read = Stamp::decode(&stamp.encode()).unwrap();
//! assert_eq!(read.definition.start, StartType::Delayed);
//! ```
//!
//! The crate does no I/O, and the runtime's half of it has no dependency.

mod account;
pub mod command_line;
mod definition;
mod environment;
pub mod events;
mod guid;
#[cfg(feature = "manifest")]
pub mod manifest;
mod name;
mod recovery;
pub mod registration;
mod security;
mod stamp;
mod start;
mod timeout;
mod token;
mod trigger;
#[cfg(any(test, feature = "manifest"))]
mod verb_mark;
mod words;

#[cfg(feature = "manifest")]
pub use account::Holding;
pub use account::{Account, AccountError};
pub use definition::{Definition, Dependency};
pub use environment::{VariableName, VariableNameError};
pub use guid::{Guid, GuidError};
pub use name::{DisplayName, NameError, ServiceName};
pub use recovery::{Recovery, ResetPeriod, ResetPeriodError};
pub use security::{SecurityDescriptor, SecurityDescriptorError};
#[cfg(feature = "manifest")]
pub use stamp::Origin;
pub use stamp::{Build, Stamp, StampError};
pub use start::{StartType, StartTypeError};
pub use timeout::{Timeout, TimeoutError};
pub use token::{Privilege, PrivilegeError, SidType, SidTypeError};
pub use trigger::{
    FirewallPort, Port, Protocol, Trigger, TriggerAction, TriggerError, TriggerEvent, TriggerText,
};
#[cfg(feature = "manifest")]
pub use verb_mark::verb_word;

/// Gives a validated text type its conversions: `FromStr` and `TryFrom<String>` (for serde) both end in the one
/// constructor, so that a value of the type is always a valid one.
macro_rules! validated_text {
    ($name:ident, $error:ty) => {
        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                Self::new(&text)
            }
        }
    };
}
pub(crate) use validated_text;
