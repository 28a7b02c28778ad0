//! The levels of `--compression`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use winsvc_definition::manifest::Compression;

/// Parses a level.
pub(super) fn level() -> impl TypedValueParser<Value = Compression> {
    PossibleValuesParser::new(Compression::ALL.map(Compression::as_str))
        .map(|level| Compression::from_word(&level).expect("one of the possible values"))
}
