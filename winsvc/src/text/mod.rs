//! Text as winsvc writes it: dates, JSON, and the words of others made harmless.

#[cfg(any(feature = "log-files", feature = "verbs"))]
pub(crate) mod civil;
pub(crate) mod json;
#[cfg(any(feature = "log-files", feature = "verbs"))]
mod plain;

#[cfg(any(feature = "log-files", feature = "host"))]
#[cfg_attr(
    not(windows),
    allow(dead_code, reason = "tested on every host, used on Windows")
)]
mod printed;

#[cfg(any(feature = "log-files", feature = "verbs"))]
pub(crate) use plain::plain;
#[cfg(any(feature = "log-files", feature = "host"))]
#[cfg_attr(
    not(windows),
    allow(unused_imports, reason = "tested on every host, used on Windows")
)]
pub(crate) use printed::printed;
