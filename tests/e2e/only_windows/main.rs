//! What Wine does not have, and only a real Windows can show.
//!
//! The tests in `ordered` are the first ones to look at on a new Windows. They run in the order of their names with
//! `--test-threads 1`, which is what `tests/run windows` does: each relies on what the ones before it have shown.
#![cfg(windows)]

mod ordered;
mod product;
mod unordered;
