//! Text as winsvc writes it: dates, JSON, and the words of others made harmless.

#[cfg(any(feature = "log-files", feature = "verbs"))]
pub(crate) mod civil;
pub(crate) mod json;
#[cfg(any(feature = "log-files", feature = "verbs"))]
mod plain;

#[cfg(any(feature = "log-files", feature = "verbs"))]
pub(crate) use plain::plain;
