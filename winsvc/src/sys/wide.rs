//! Strings in the encoding of Windows.

use std::slice;

use windows_sys::core::PCWSTR;

/// The string as NUL-terminated UTF-16.
pub(super) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// A list of strings as UTF-16: each is NUL-terminated, and the list ends in one more NUL.
pub(super) fn wide_list(list: &[String]) -> Vec<u16> {
    let mut units: Vec<u16> = list.iter().flat_map(|text| wide(text)).collect();
    if units.is_empty() {
        units.push(0);
    }
    units.push(0);
    units
}

/// Copies a string.
///
/// # Safety
///
/// `text` must be null, or point to a NUL-terminated string.
pub(super) unsafe fn text(text: PCWSTR) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    String::from_utf16_lossy(unsafe { units(text) })
}

/// Copies a list of strings.
///
/// # Safety
///
/// `list` must be null, or point to NUL-terminated strings, with one more NUL after the last.
pub(super) unsafe fn list(mut list: PCWSTR) -> Vec<String> {
    let mut texts = Vec::new();
    // SAFETY: as the caller promises, `list` points to a string or to the last NUL.
    while !list.is_null() && unsafe { *list } != 0 {
        // SAFETY: as above.
        let text = unsafe { units(list) };
        // SAFETY: after the string and its NUL is the next string, or the last NUL.
        list = unsafe { list.add(text.len() + 1) };
        texts.push(String::from_utf16_lossy(text));
    }
    texts
}

/// The units before the NUL.
///
/// # Safety
///
/// `text` must point to a NUL-terminated string that outlives `'a`.
unsafe fn units<'a>(text: PCWSTR) -> &'a [u16] {
    // SAFETY: as the caller promises; nothing after the NUL is read.
    unsafe {
        let mut length = 0;
        while *text.add(length) != 0 {
            length += 1;
        }
        slice::from_raw_parts(text, length)
    }
}
