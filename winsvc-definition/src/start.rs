//! When the SCM starts a service.

use crate::words::words;

words! {
    /// When the SCM starts the service
    /// ([`dwStartType`](https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-createservicew)).
    ///
    /// ```
    /// use winsvc_definition::*;
    ///
    /// assert_eq!("delayed".parse(), Ok(StartType::Delayed));
    /// assert!(StartType::Delayed.is_automatic());
    /// assert_eq!(StartType::Delayed.code(), StartType::Auto.code(), "the delay is a setting of its own");
    /// ```
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum StartType {
        /// At boot.
        #[default]
        Auto = "auto",
        /// Shortly after boot, when the other automatic services have started.
        Delayed = "delayed",
        /// When somebody starts it.
        Manual = "manual",
        /// Not at all, until somebody changes its start type.
        Disabled = "disabled",
    }

    error StartTypeError("start type");
}

impl StartType {
    /// `SERVICE_AUTO_START`, `SERVICE_DEMAND_START` or `SERVICE_DISABLED`. A delayed service is an automatic one with
    /// a further setting.
    pub const fn code(self) -> u32 {
        match self {
            Self::Auto | Self::Delayed => 2,
            Self::Manual => 3,
            Self::Disabled => 4,
        }
    }

    /// Whether the service is to run without anybody asking for it: then installing it starts it.
    pub const fn is_automatic(self) -> bool {
        matches!(self, Self::Auto | Self::Delayed)
    }
}
