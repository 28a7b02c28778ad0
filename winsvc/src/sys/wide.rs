//! Texts as Windows takes and gives them.

use std::ffi::OsStr;
use std::os::windows::ffi::OsStrExt as _;

use windows_sys::core::PCWSTR;

use super::windows::wide_string;

/// A text as Windows takes it: UTF-16 with a zero at its end.
pub(super) fn wide(text: &str) -> Vec<u16> {
    OsStr::new(text).encode_wide().chain([0]).collect()
}

/// Texts as Windows takes a list of them: each with a zero at its end, and one more at the end of all.
pub(super) fn wide_list(list: &[String]) -> Vec<u16> {
    let mut units: Vec<u16> = list.iter().flat_map(|text| wide(text)).collect();
    if units.is_empty() {
        units.push(0);
    }
    units.push(0);
    units
}

/// Copies a text.
///
/// # Safety
///
/// `text` must be null, or point to a text that ends in a zero.
pub(super) unsafe fn text(text: PCWSTR) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    let text = unsafe { wide_string(text) };
    text.to_string_lossy().into_owned()
}

/// Copies a list of texts.
///
/// # Safety
///
/// `list` must be null, or point to texts that each end in a zero, with one more zero behind the last.
pub(super) unsafe fn list(mut list: PCWSTR) -> Vec<String> {
    let mut texts = Vec::new();
    // SAFETY: as the caller promises, `list` points to a text or to the last zero.
    while !list.is_null() && unsafe { *list } != 0 {
        // SAFETY: as above.
        let text = unsafe { wide_string(list) };
        // SAFETY: behind the text and its zero is the next text, or the last zero.
        list = unsafe { list.add(text.encode_wide().count() + 1) };
        texts.push(text.to_string_lossy().into_owned());
    }
    texts
}
