//! A service's own settings: which layer has the say, what text becomes, and what is said about mistakes.
#![cfg(all(feature = "settings", feature = "tokio"))]

mod layers;
mod machine;
mod mistakes;
mod reloads;
mod values;
