//! `cargo winsvc`: ships a Rust program as a Windows service.
//!
//! Each step is a value handed to the next, in this order; no step reaches back:
//!
//! | step | module | what it gives |
//! | --- | --- | --- |
//! | the command line | [`cli`] | what is asked for |
//! | cargo's view | [`project`] | package, binary, version, folders |
//! | the author's table | [`config`] | the service definition, checked |
//! | compiling | [`build`] | an exe |

pub mod build;
pub mod cabinet;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod msi;
pub mod output;
pub mod pe;
pub mod product;
pub mod project;
pub mod provenance;
mod run;
pub mod shell;
pub mod stamp;
pub mod zip;

pub use run::main;
