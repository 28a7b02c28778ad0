//! The languages of packages, in Windows' terms.
//!
//! Source: [language identifiers](https://learn.microsoft.com/openspecs/windows_protocols/ms-lcid/),
//! [code page identifiers](https://learn.microsoft.com/windows/win32/intl/code-page-identifiers).

use winsvc_definition::manifest::Language;

use super::codepage::{ANSI, Codepage, WESTERN};

/// The language identifier, as in `ProductLanguage`.
pub(super) const fn id(language: Language) -> u16 {
    match language {
        Language::English => 1033,
        Language::German => 1031,
        Language::French => 1036,
        Language::Spanish => 3082,
        Language::Italian => 1040,
        Language::Portuguese => 1046,
        Language::Dutch => 1043,
        Language::Polish => 1045,
        Language::Russian => 1049,
        Language::Japanese => 1041,
        Language::Korean => 1042,
        Language::Chinese => 2052,
    }
}

/// The ANSI code page of a Windows in the language.
pub(super) fn codepage(language: Language) -> Codepage {
    let id = match language {
        Language::Polish => 1250,
        Language::Russian => 1251,
        Language::Japanese => 932,
        Language::Korean => 949,
        Language::Chinese => 936,
        _ => WESTERN.id,
    };
    ANSI.into_iter().find(|page| page.id == id).unwrap_or(WESTERN)
}

/// The font of the dialogs, and its size in points: one that every Windows since 10 has and that has the language's
/// characters.
pub(super) const fn font(language: Language) -> (&'static str, i16) {
    match language {
        Language::Japanese => ("Yu Gothic UI", 9),
        Language::Korean => ("Malgun Gothic", 9),
        Language::Chinese => ("Microsoft YaHei UI", 9),
        _ => ("Tahoma", 8),
    }
}
