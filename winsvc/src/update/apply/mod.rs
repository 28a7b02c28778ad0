//! Installing a package: by Windows Installer, or in place of the exe.

pub(super) mod msi;
pub(super) mod swap;
