//! The definition of a Windows service: the settings that it has in the service control manager (SCM).
//!
//! One [`Definition`] is the source of every output of winsvc: the tables of the MSI, the scripts of the zip, and the
//! resource that is stamped into the exe, from which the running service reads its name and timeouts. The tool `cargo
//! winsvc` reads the definition from `[package.metadata.winsvc]` in Cargo.toml (feature `manifest`). The runtime reads
//! it from its exe ([`Stamp`]), completely if it registers itself (feature `registration`).
//!
//! ```
//! use winsvc_definition::{Build, Definition, Layout, Role, ServiceName, Stamp, StartType};
//!
//! let mut definition = Definition::new(ServiceName::new("acme-agent").unwrap());
//! definition.start = StartType::Delayed;
//! let stamp = Stamp {
//!     definition,
//!     role: Role::Service,
//!     build: Build::default(),
//!     layout: Layout::default(),
//!     properties: Vec::new(),
//!     firewall: Vec::new(),
//!     host: None,
//!     autostart: Vec::new(),
//!     update: None,
//! };
//! let read = Stamp::decode(&stamp.encode()).unwrap();
//! assert_eq!(read.definition.start, StartType::Delayed);
//! ```
//!
//! The crate does no I/O. The part for the runtime has no dependencies.

mod account;
mod argument;
mod autostart;
mod byte_size;
pub mod command_line;
mod definition;
mod environment;
pub mod events;
mod firewall;
#[cfg(any(test, feature = "manifest", feature = "registration", feature = "update"))]
pub mod folders;
mod guid;
mod limits;
#[cfg(feature = "manifest")]
pub mod manifest;
mod name;
mod named_text;
mod property;
mod recovery;
pub mod registration;
#[cfg(feature = "schema")]
mod schema;
mod security;
mod service_sid;
mod stamp;
mod start;
mod timeout;
mod token;
mod trigger;
pub mod update;
#[cfg(any(test, feature = "manifest"))]
mod update_mark;
#[cfg(any(test, feature = "manifest"))]
mod verb_mark;
mod words;

#[cfg(feature = "manifest")]
pub use account::Holding;
pub use account::{Account, AccountError};
pub use argument::Argument;
#[cfg(any(test, feature = "registration"))]
pub use autostart::task_xml;
pub use autostart::{
    Autostart, AutostartError, RUN_KEY, Task, TaskAccount, TaskAccountError, TaskRestart, TaskRestartError,
    TaskStart, TaskStartError,
};
pub use byte_size::{ByteSize, ByteSizeError};
pub use definition::{Definition, Dependency};
pub use environment::{VariableName, VariableNameError, settings_prefix};
pub use firewall::{
    FirewallAction, FirewallActionError, FirewallDirection, FirewallDirectionError, FirewallProfile,
    FirewallProfileError, FirewallProtocol, FirewallProtocolError, FirewallRule, FirewallRuleError,
    FirewallTraffic, NetshCommand,
};
pub use guid::{Guid, GuidError};
pub use limits::{CpuShare, CpuShareError, Limits};
pub use name::{DisplayName, NameError, ServiceName};
pub use named_text::{NamedText, NamedTextError, PropertyName, PropertyNameError, TextName, TextPart};
pub use property::{Property, Refusal};
#[cfg(any(test, feature = "manifest", feature = "registration"))]
pub use property::{Rule, rules};
pub use recovery::{Recovery, ResetPeriod, ResetPeriodError};
pub use security::{SecurityDescriptor, SecurityDescriptorError};
pub use service_sid::service_sid;
#[cfg(feature = "manifest")]
pub use stamp::Origin;
pub use stamp::{Build, Layout, ProductStamp, Role, RoleError, Stamp, StampError};
pub use start::{StartType, StartTypeError};
pub use timeout::{Timeout, TimeoutError};
pub use token::{Privilege, PrivilegeError, SidType, SidTypeError};
pub use trigger::{
    FirewallPort, Port, Protocol, Trigger, TriggerAction, TriggerError, TriggerEvent, TriggerText,
};
pub use update::{
    AutoUpdate, AutoUpdateError, Deferral, DeferralError, Update, UpdateChannel, UpdateChannelError,
    UpdateKey, UpdateKeyError, UpdateUrl, UpdateUrlError, UpdateWindow, UpdateWindowError,
};
#[cfg(feature = "manifest")]
pub use update_mark::has_updater;
#[cfg(feature = "manifest")]
pub use verb_mark::verb_word;

/// Implements `FromStr` and `TryFrom<String>` (for serde) for a validated string type by its constructor, so that every
/// value of the type is valid.
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
