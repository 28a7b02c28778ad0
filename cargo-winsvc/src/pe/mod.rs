//! Portable executables.
