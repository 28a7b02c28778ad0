//! `cargo winsvc`: ships a Rust program as a Windows service.
//!
//! Each step passes a value to the next, in this order. No step depends on a later one, and only [`main`] calls them
//! all:
//!
//! | step | module | result |
//! | --- | --- | --- |
//! | command line | `cli` | the requested command and options |
//! | cargo metadata | `project` | package, binary, version, folders |
//! | configuration | `config` | the validated service definition |
//! | payload | `payload` | the files and folders that `files` stands for |
//! | checks | `checks` | errors and warnings about problems on Windows |
//! | compiling | `build` | an exe |
//! | provenance | `provenance` | build time and commit |
//! | stamping | `stamp` | the exe with its version, manifest and definition |
//! | instead of the previous three | `prebuilt` | an existing stamped exe, checked against Cargo.toml |
//! | imports | `dlls` | errors about DLLs that a customer's machine would lack |
//! | signing | `sign` | signed files, whose signatures are verified; programs here, cabinets and MSIs when they are written |
//! | product | [`product`] | files, services, identity |
//! | bill of materials | `sbom` | the packages that are linked into the exes |
//! | rendering | [`msi`], [`zip`](mod@zip), [`wxs`], [`guide`] | a package's bytes, its source for WiX, and a guide to it |
//! | channels | `channels` | manifests for package managers, checksums and the provenance |
//! | writing | `output` | complete files, or none |
//!
//! `update` writes and signs the manifest from which products update themselves, from packages that are there.
//!
//! `doctor` checks what compiling needs, without a product.
//! `effective` shows the configuration in force. `init` makes a service of a program before all that. `completions` and `man` describe the command
//! line, and `schema` the tables in Cargo.toml.
//!
//! Below them are file formats that do not depend on services: [`msi::database`], [`winsvc_cabinet`], [`pe`], [`bitmap`] and
//! [`license`]. `shell` and [`diagnostic`] write the output for people and pipelines.
//!
//! [`from_wix`] reads the source of a package that WiX builds, [`import`] the service of another host.
//!
//! The public API is what is useful without the program: the file formats, and a [`Product`](product::Product) with its
//! renderers. The steps that read and build a project are private.

mod artifact;
mod backend;
pub mod bitmap;
mod build;
mod channels;
mod checks;
mod cli;
mod completions;
mod config;
pub mod diagnostic;
mod dlls;
mod doctor;
mod effective;
pub mod from_wix;
pub mod guide;
mod hashing;
pub mod import;
mod init;
pub mod license;
mod man;
pub mod msi;
mod msi_file;
mod output;
mod payload;
pub mod pe;
mod prebuilt;
pub mod product;
mod project;
mod provenance;
mod run;
mod sbom;
mod schema;
mod secret;
mod shell;
mod sign;
mod sources;
mod stamp;
mod texts;
mod timings;
mod update;
pub mod wxs;
pub mod zip;

pub use run::main;
