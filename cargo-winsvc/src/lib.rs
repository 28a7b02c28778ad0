//! `cargo winsvc`: ships a Rust program as a Windows service.
//!
//! Each step is a value handed to the next, in this order; no step reaches back, and only [`main`] knows them all:
//!
//! | step | module | what it gives |
//! | --- | --- | --- |
//! | the command line | `cli` | what is asked for |
//! | cargo's view | `project` | package, binary, version, folders |
//! | the author's table | `config` | the service definition, checked |
//! | looking ahead | `checks` | what cannot work on Windows, and what to warn of |
//! | compiling | `build` | an exe |
//! | where it comes from | `provenance` | build time and commit |
//! | stamping | `stamp` | the exe with its version, manifest and definition |
//! | in place of these three | `prebuilt` | an exe that was stamped before, checked against Cargo.toml |
//! | what is installed | [`product`] | files, services, identity |
//! | rendering | [`msi`], [`zip`](mod@zip) | a package's bytes |
//! | writing | `output` | files that appear whole or not at all |
//!
//! Below them are three file formats that know nothing of services: [`msi::database`], [`cabinet`] and [`pe`]. What people and
//! pipelines read comes from `shell` and [`diagnostic`].
//!
//! Public is what is of use without the program: the file formats, and a [`Product`](product::Product) with its renderings.
//! The steps that look at a project and build it are the program's own.

mod build;
pub mod cabinet;
mod checks;
mod cli;
mod config;
pub mod diagnostic;
pub mod msi;
mod output;
pub mod pe;
mod prebuilt;
pub mod product;
mod project;
mod provenance;
mod run;
mod shell;
mod stamp;
pub mod zip;

pub use run::main;
