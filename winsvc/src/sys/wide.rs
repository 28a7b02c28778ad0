//! Texts as Windows takes and gives them.

use std::slice;

use windows_sys::core::PCWSTR;

/// A text as Windows takes it: UTF-16 with a zero at its end.
pub(super) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
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
    String::from_utf16_lossy(unsafe { units(text) })
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
        let text = unsafe { units(list) };
        // SAFETY: behind the text and its zero is the next text, or the last zero.
        list = unsafe { list.add(text.len() + 1) };
        texts.push(String::from_utf16_lossy(text));
    }
    texts
}

/// The units before the zero.
///
/// # Safety
///
/// `text` must point to a text that ends in a zero and outlives `'a`.
unsafe fn units<'a>(text: PCWSTR) -> &'a [u16] {
    // SAFETY: as the caller promises; nothing behind the zero is looked at.
    unsafe {
        let mut length = 0;
        while *text.add(length) != 0 {
            length += 1;
        }
        slice::from_raw_parts(text, length)
    }
}
