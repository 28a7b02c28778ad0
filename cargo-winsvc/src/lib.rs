//! `cargo winsvc`: ships a Rust program as a Windows service.
//!
//! Each step is a pure value handed to the next, in the order of the modules below.

pub mod cabinet;
pub mod msi;
pub mod pe;
