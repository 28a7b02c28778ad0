//! Signs exes and packages by another program, and verifies every signature.
//!
//! A file is signed under its own name in a private folder, verified there, and only then used. What is not signed, or has a
//! signature that is not valid, goes no further.

mod authenticode;
mod cabinet;
mod certificate;
mod engine;
mod error;
mod hash;
mod in_place;
mod invalid;
mod options;
mod process;
mod signed_data;
mod signer;
mod trial;

pub(crate) use self::authenticode::Signature;
pub(crate) use self::engine::{Labels, program};
pub(crate) use self::error::SignError;
pub(crate) use self::in_place::{stage_files, unsigned};
pub(crate) use self::options::from_options;
pub(crate) use self::signer::{SignedProgram, Signer, TIMEOUTS};
