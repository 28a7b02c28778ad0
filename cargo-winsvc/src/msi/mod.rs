//! Windows Installer packages.

pub mod codepage;
pub mod database;
pub mod schema;
pub mod summary;
