//! The start types.

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
    /// assert_eq!(StartType::Delayed.code(), StartType::Auto.code(), "the delay is a separate setting");
    /// ```
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum StartType {
        /// At boot.
        #[default]
        Auto = "auto",
        /// Shortly after boot, after the other automatic services.
        Delayed = "delayed",
        /// When an administrator or a program starts it.
        Manual = "manual",
        /// Never, until its start type is changed.
        Disabled = "disabled",
    }

    error StartTypeError("start type");
}

impl StartType {
    /// `SERVICE_AUTO_START`, `SERVICE_DEMAND_START` or `SERVICE_DISABLED`. A delayed service is an automatic one with
    /// an additional setting.
    pub const fn code(self) -> u32 {
        match self {
            Self::Auto | Self::Delayed => 2,
            Self::Manual => 3,
            Self::Disabled => 4,
        }
    }

    /// Whether the service starts without a request; then installing it also starts it.
    pub const fn is_automatic(self) -> bool {
        matches!(self, Self::Auto | Self::Delayed)
    }
}
