//! Windows Installer packages.
