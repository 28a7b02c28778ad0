//! Self-update: where a product finds its new versions, whose signatures it accepts, and when it installs them.

mod deferral;
mod key;
#[cfg(feature = "update")]
pub mod manifest;
#[cfg(any(test, feature = "manifest"))]
mod updater;
mod url;
mod window;

use std::fmt;

pub use deferral::{Deferral, DeferralError};
pub use key::{UpdateKey, UpdateKeyError};
#[cfg(any(test, feature = "manifest"))]
pub use updater::{updater, updater_name};
pub use url::{UpdateUrl, UpdateUrlError};
pub use window::{UpdateWindow, UpdateWindowError};

use crate::words::words;
use crate::{Guid, ServiceName, Timeout, validated_text};

/// The settings of a product's self-update, as they are stamped into its exes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The product: the upgrade code of its MSI.
    pub product: Guid,
    /// The address of the folder that has the manifests of all channels.
    pub url: UpdateUrl,
    /// The channel.
    pub channel: UpdateChannel,
    /// The root keys.
    pub keys: Vec<UpdateKey>,
    /// The time between two checks.
    pub check: Timeout,
    /// What happens without a request.
    pub auto: AutoUpdate,
    /// When an installation may begin; `None` if at any time.
    pub window: Option<UpdateWindow>,
    /// The time after which an installation no longer waits for the window; `None` if it always does.
    pub max_defer: Option<Deferral>,
    /// How long a new version is watched before the one before it is given up.
    pub soak: Timeout,
    /// The address that must answer with 200 while the new version is watched.
    pub health: Option<UpdateUrl>,
    /// Whether a version that fails is replaced by the one before it.
    pub rollback: bool,
    /// The product's services, without the updater. Some of them may not be installed.
    pub services: Vec<ServiceName>,
}

impl Update {
    /// The default of `check`.
    pub const CHECK: Timeout = Timeout::seconds(6 * 3600);
    /// The default of `soak`.
    pub const SOAK: Timeout = Timeout::seconds(5 * 60);

    /// Settings with winsvc's defaults.
    pub fn new(product: Guid, url: UpdateUrl, keys: Vec<UpdateKey>) -> Self {
        Self {
            product,
            url,
            channel: UpdateChannel::default(),
            keys,
            check: Self::CHECK,
            auto: AutoUpdate::default(),
            window: None,
            max_defer: None,
            soak: Self::SOAK,
            health: None,
            rollback: true,
            services: Vec::new(),
        }
    }
}

words! {
    /// What the updater does without a request.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum AutoUpdate {
        /// Download and install.
        #[default]
        Install = "install",
        /// Download, and wait for a request to install.
        Download = "download",
        /// Nothing.
        Off = "off",
    }

    error AutoUpdateError("way to update");
}

/// The name of a channel such as `stable`: it is a part of a file's name.
///
/// ```
/// use winsvc_definition::UpdateChannel;
///
/// assert_eq!(UpdateChannel::default().manifest(), "update-stable.json");
/// assert!(UpdateChannel::new("../stable").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^[a-z0-9-]{1,32}$")))]
pub struct UpdateChannel(String);

impl Default for UpdateChannel {
    fn default() -> Self {
        Self("stable".to_owned())
    }
}

impl UpdateChannel {
    const LONGEST: usize = 32;

    /// Checks the name.
    pub fn new(text: &str) -> Result<Self, UpdateChannelError> {
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !text.is_empty() && text.len() <= Self::LONGEST && text.bytes().all(is_allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(UpdateChannelError {
                found: text.to_owned(),
            })
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the channel's manifest. That of its signature has `.minisig` at its end.
    pub fn manifest(&self) -> String {
        format!("update-{}.json", self.0)
    }
}

validated_text!(UpdateChannel, UpdateChannelError);

impl fmt::Display for UpdateChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error for a string that is not the name of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateChannelError {
    found: String,
}

impl fmt::Display for UpdateChannelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid channel {:?}; expected up to {} lower-case letters, digits and `-`, such as \"stable\"",
            self.found,
            UpdateChannel::LONGEST
        )
    }
}

impl std::error::Error for UpdateChannelError {}
