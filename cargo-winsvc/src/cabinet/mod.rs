//! Cabinet files.
