//! License texts as Rich Text Format, which Windows Installer shows in a scrollable box.
//!
//! A license is a plain text, Markdown, or already RTF. The result has 7-bit characters only, so that the code page of
//! a database does not matter, and no brackets, which would name properties.
//!
//! Source: [ScrollableText](https://learn.microsoft.com/windows/win32/msi/scrollabletext-control); Rich Text Format
//! Specification 1.9.1.

mod markdown;
mod plain;
mod rich;

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use thiserror::Error;

use crate::diagnostic::Place;

/// A license text as RTF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License(String);

impl License {
    /// Converts the content of a file. Its kind follows from the content (RTF) and the file's extension (Markdown).
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, LicenseError> {
        if bytes.starts_with(rich::BEGINNING) {
            return rich::seven_bit(path, bytes).map(Self);
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let start = error.valid_up_to();
            LicenseError::Utf8 {
                place: Box::new(place(path, bytes, start..start + 1)),
            }
        })?;
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Err(LicenseError::Empty);
        }
        let extension = path.extension().map(OsStr::to_ascii_lowercase);
        let is_markdown = extension.is_some_and(|extension| extension == "md" || extension == "markdown");
        let paragraphs = if is_markdown {
            markdown::paragraphs(text)
        } else {
            plain::paragraphs(text)
        };
        Ok(Self(document(&paragraphs)))
    }

    /// The license as RTF.
    pub fn as_rtf(&self) -> &str {
        &self.0
    }
}

/// A paragraph of a license.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Paragraph {
    /// Its text, with RTF's control words.
    rtf: String,
    /// How far it is indented.
    level: usize,
    /// Whether an empty line follows.
    is_last_of_block: bool,
}

impl Paragraph {
    fn push(&mut self, text: &str) {
        text.chars()
            .for_each(|character| escape(character, &mut self.rtf));
    }
}

fn document(paragraphs: &[Paragraph]) -> String {
    /// `\fs` counts half points, `\li` and `\sa` twentieths of a point.
    const BEGINNING: &str = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil\fcharset0 Tahoma;}}\f0\fs16";
    const INDENT: usize = 240;
    const SPACE: usize = 120;
    let mut rtf = BEGINNING.to_owned();
    for paragraph in paragraphs {
        let space = if paragraph.is_last_of_block { SPACE } else { 0 };
        let indent = paragraph.level * INDENT;
        let text = &paragraph.rtf;
        let _ = write!(rtf, "\r\n\\pard\\li{indent}\\sa{space} {text}\\par");
    }
    rtf.push_str("\r\n}");
    rtf
}

/// Writes a character that is not a part of RTF's syntax.
fn escape(character: char, rtf: &mut String) {
    match character {
        '\\' | '{' | '}' => rtf.extend(['\\', character]),
        '[' => rtf.push_str(r"\'5b"),
        ']' => rtf.push_str(r"\'5d"),
        '\t' => rtf.push_str(r"\tab "),
        ' '..='~' => rtf.push(character),
        character if character.is_control() => rtf.push(' '),
        character => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(rtf, r"\u{}?", unit.cast_signed());
            }
        }
    }
}

/// A place in the license's own file.
fn place(path: &Path, bytes: &[u8], span: Range<usize>) -> Place {
    // What comes before the place keeps its number of lines and columns.
    let before = String::from_utf8_lossy(&bytes[..span.start]).into_owned();
    let after = String::from_utf8_lossy(&bytes[span.start..]);
    Place {
        path: path.to_owned(),
        span: before.len()..before.len() + after.chars().next().map_or(0, char::len_utf8),
        text: before + &after,
    }
}

/// The error for a license that cannot be shown.
#[derive(Debug, Error)]
pub enum LicenseError {
    /// The file is empty.
    #[error("the license is empty")]
    Empty,
    /// The file is not UTF-8.
    #[error("the license is not UTF-8")]
    Utf8 {
        /// The first byte that is not.
        place: Box<Place>,
    },
    /// A character in RTF is not in ASCII.
    #[error(
        "the license has a character beyond ASCII, which RTF writes as an escape such as `\\'e4` or `\\u228?`"
    )]
    NotAscii {
        /// The character.
        place: Box<Place>,
    },
    /// An escape or a picture that would not survive.
    #[error("the license has `{found}`, which a package cannot hold")]
    Unsupported {
        /// The control word.
        found: String,
        /// Its place.
        place: Box<Place>,
    },
}

impl LicenseError {
    /// The place in the license's file.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Empty => None,
            Self::Utf8 { place } | Self::NotAscii { place } | Self::Unsupported { place, .. } => Some(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rtf(name: &str, text: &str) -> Result<String, LicenseError> {
        License::parse(Path::new(name), text.as_bytes()).map(|license| license.0)
    }

    /// The paragraphs without the head.
    fn body(name: &str, text: &str) -> Vec<String> {
        let rtf = rtf(name, text).unwrap();
        rtf.lines()
            .skip(1)
            .filter(|line| *line != "}")
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn characters_that_mean_something_are_escaped() {
        assert_eq!(
            body("LICENSE", r"a {b} \ [c] “ü” 🦀"),
            [r"\pard\li0\sa120 a \{b\} \\ \'5bc\'5d \u8220?\u252?\u8221? \u-10178?\u-8832?\par"]
        );
    }

    #[test]
    fn a_wrapped_paragraph_is_one_and_lists_stay_lists() {
        let text = "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\n\
                    of this software.\n\n  (a) first item that is long enough to be wrapped by whoever wrote\n      it; and\n  \
                    (b) second\n";
        assert_eq!(
            body("LICENSE.txt", text),
            [
                r"\pard\li0\sa120 MIT License\par",
                r"\pard\li0\sa120 Permission is hereby granted, free of charge, to any person obtaining a copy of this software.\par",
                r"\pard\li240\sa0 (a) first item that is long enough to be wrapped by whoever wrote it; and\par",
                r"\pard\li240\sa120 (b) second\par",
            ]
        );
    }

    #[test]
    fn markdown_keeps_its_headings_emphasis_lists_and_links() {
        let text = "# License\n\nUse **freely**, _please_, [see](https://a.example) `code`.\n\n- one\n- two\n  1. three\n";
        assert_eq!(
            body("LICENSE.md", text),
            [
                r"\pard\li0\sa120 {\b License}\par",
                r"\pard\li0\sa120 Use {\b freely}, {\i please}, see (https://a.example) code.\par",
                r"\pard\li240\sa0 \u8226? one\par",
                r"\pard\li240\sa0 \u8226? two\par",
                r"\pard\li480\sa120 1. three\par",
            ]
        );
    }

    #[test]
    fn rich_text_keeps_its_form_and_names_no_property() {
        let given = "{\\rtf1\\ansi Brackets [x] and \\'e4 and \\u228?\\par}\r\n\0";
        assert_eq!(
            rtf("a.rtf", given).unwrap(),
            r"{\rtf1\ansi Brackets \'5bx\'5d and \'e4 and \u228?\par}"
        );
    }

    #[test]
    fn a_text_that_cannot_be_shown_is_an_error_at_its_place() {
        let failed = |name, text: &[u8]| {
            let error = License::parse(Path::new(name), text).unwrap_err();
            (error.to_string(), error.place().map(Place::line_column))
        };
        assert_eq!(
            failed("a.txt", b"ok\na\xe4"),
            ("the license is not UTF-8".to_owned(), Some((2, 2)))
        );
        assert_eq!(failed("a.txt", b" \n").0, "the license is empty");
        let (message, place) = failed("a.rtf", "{\\rtf1\\ansi\nä}".as_bytes());
        assert!(
            message.starts_with("the license has a character beyond ASCII"),
            "{message}"
        );
        assert_eq!(place, Some((2, 1)));
        assert_eq!(
            failed("a.rtf", b"{\\rtf1 {\\pict\\bin4 abcd}}"),
            (
                "the license has `\\bin4`, which a package cannot hold".to_owned(),
                Some((1, 14))
            )
        );
        assert_eq!(
            failed("a.rtf", b"{\\rtf1 \\[a}").0,
            "the license has `\\[`, which a package cannot hold"
        );
    }
}
