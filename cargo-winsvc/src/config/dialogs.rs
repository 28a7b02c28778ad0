//! The files of the dialogs: pictures and the license.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::Config;
use crate::bitmap::{Bitmap, BitmapError};
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::license::{License, LicenseError};
use crate::project::Project;

/// The size of the side's picture on a screen with 96 pixels per inch.
const SIDE: (u32, u32) = (164, 312);

/// The files of the dialogs.
#[derive(Clone, Debug, Default)]
pub(crate) struct DialogFiles {
    pub license: Option<License>,
    pub banner: Option<Bitmap>,
    pub side: Option<Bitmap>,
}

impl Config {
    pub(super) fn read_dialogs(&self, project: &Project) -> Result<DialogFiles, DialogFileError> {
        let root = project.root();
        let package = &self.manifest.package;
        let dialogs = package.dialogs.clone().unwrap_or_default();
        let place = |keys: &[&str]| Box::new(self.place(keys));

        let mut files = DialogFiles::default();
        if let Some(file) = &package.license {
            let place = place(&["package", "license"]);
            let (path, bytes) = read(root, file, "license", &place)?;
            files.license = Some(
                License::parse(&path, &bytes).map_err(|source| DialogFileError::License {
                    path,
                    source,
                    place,
                })?,
            );
        }
        if let Some(file) = &dialogs.banner {
            let place = place(&["package", "dialogs", "banner"]);
            files.banner = Some(picture(
                root,
                file,
                place,
                "at most twice as wide as high",
                |(width, height)| width <= 2 * height,
            )?);
        }
        if let Some(file) = &dialogs.side {
            let place = place(&["package", "dialogs", "side"]);
            let expected = "164 × 312 or a multiple, such as 328 × 624";
            files.side = Some(picture(root, file, place, expected, |(width, height)| {
                let [is, should] = [width * SIDE.1, height * SIDE.0];
                is.abs_diff(should) <= should / 100
            })?);
        }
        Ok(files)
    }
}

fn read(
    root: &Path,
    file: &str,
    what: &'static str,
    place: &Place,
) -> Result<(PathBuf, Vec<u8>), DialogFileError> {
    let path = root.join(file);
    match std::fs::read(&path) {
        Ok(bytes) => Ok((path, bytes)),
        Err(source) => Err(DialogFileError::Unreadable {
            what,
            path,
            source,
            place: Box::new(place.clone()),
        }),
    }
}

/// Reads a picture whose size must be one that `fits` takes, as `expected` says.
fn picture(
    root: &Path,
    file: &str,
    place: Box<Place>,
    expected: &'static str,
    fits: impl Fn((u32, u32)) -> bool,
) -> Result<Bitmap, DialogFileError> {
    let (path, bytes) = read(root, file, "image", &place)?;
    match Bitmap::from_png(&bytes) {
        Ok(bitmap) if fits(bitmap.size()) => Ok(bitmap),
        Ok(bitmap) => Err(DialogFileError::Size {
            path,
            size: bitmap.size(),
            expected,
            place,
        }),
        Err(source) => Err(DialogFileError::Image { path, source, place }),
    }
}

/// The error for a file that the dialogs cannot show.
#[derive(Debug, Error)]
pub(crate) enum DialogFileError {
    /// The file cannot be read.
    #[error("cannot read the {what} `{}`", path.display())]
    Unreadable {
        /// What the file is.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
        /// The place of its path.
        place: Box<Place>,
    },
    /// The license cannot be shown.
    #[error("invalid license `{}`", path.display())]
    License {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: LicenseError,
        /// The place of its path.
        place: Box<Place>,
    },
    /// The image cannot be decoded.
    #[error("the image `{}` is not a valid PNG file", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: BitmapError,
        /// The place of its path.
        place: Box<Place>,
    },
    /// The image has the wrong size.
    #[error("the image `{}` has {} × {} pixels; expected {expected}", path.display(), size.0, size.1)]
    Size {
        /// The file.
        path: PathBuf,
        /// Width and height.
        size: (u32, u32),
        /// What the size should be.
        expected: &'static str,
        /// The place of its path.
        place: Box<Place>,
    },
}

impl Explain for DialogFileError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Unreadable { place, .. } => diagnostic
                .at((**place).clone())
                .help("check the path: it is relative to the folder of Cargo.toml"),
            // The place in the file says more than that of the file's path.
            Self::License { source, place, .. } => match source.place() {
                Some(own) => Diagnostic {
                    message: source.to_string(),
                    ..Diagnostic::default()
                }
                .at(own.clone())
                .help(help(source)),
                None => diagnostic.at((**place).clone()).help(help(source)),
            },
            Self::Image { place, .. } => diagnostic.at((**place).clone()).help("convert the image to PNG"),
            Self::Size { place, .. } => diagnostic.at((**place).clone()).help(
                "scale or crop the image; twice the size on the screen is sharp on high-resolution screens",
            ),
        }
    }
}

/// What to do about a license.
fn help(error: &LicenseError) -> &'static str {
    match error {
        LicenseError::Empty => "write the license into the file, or remove `license`",
        LicenseError::Utf8 { .. } => "save the file as UTF-8",
        LicenseError::NotAscii { .. } => {
            "save the file with WordPad, which writes escapes, or use plain text in UTF-8 or Markdown"
        }
        LicenseError::Unsupported { .. } => "remove it",
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{parse_for, project};
    use super::super::{ConfigError, Project};
    use super::*;
    use crate::bitmap::tests::png;

    /// Reads a table in a folder with these files.
    fn read(table: &str, files: &[(&str, &[u8])]) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let project = Project {
            manifest: folder.path().join("Cargo.toml"),
            ..project()
        };
        parse_for(&project, &format!("[package.metadata.winsvc.package]\n{table}"))
    }

    /// The message without the folder, the place, and the help.
    fn error(table: &str, files: &[(&str, &[u8])]) -> (String, Option<(usize, usize)>, String) {
        let diagnostic = read(table, files).unwrap_err().diagnostic();
        let mut message = diagnostic.message;
        if let (Some(start), Some(end)) = (message.find('`'), message.rfind('/')) {
            message.replace_range(start + 1..=end, "");
        }
        let place = diagnostic.place.map(|place| place.line_column());
        (message, place, diagnostic.help.concat())
    }

    #[test]
    fn files_are_read_and_converted() {
        let side = png(164, 312, [1, 2, 3, 255]);
        let files: [(&str, &[u8]); 3] = [
            ("b.png", &png(80, 40, [1, 2, 3, 255])),
            ("s.png", &side),
            ("LICENSE.md", b"# Free\n"),
        ];
        let table = "license = 'LICENSE.md'\ndialogs = { banner = 'b.png', side = 's.png' }";
        let dialogs = read(table, &files).unwrap().dialogs;
        assert!(dialogs.license.unwrap().as_rtf().contains(r"{\b Free}"));
        assert_eq!(dialogs.banner.unwrap().size(), (80, 40));
        assert_eq!(dialogs.side.unwrap().size(), (164, 312));
    }

    #[test]
    fn a_file_that_cannot_be_shown_is_an_error_at_its_key() {
        let expect = |message: &str, place, help: &str| (message.to_owned(), Some(place), help.to_owned());
        let path = "check the path: it is relative to the folder of Cargo.toml";
        assert_eq!(
            error("license = 'no.txt'", &[]),
            expect("cannot read the license `no.txt`", (2, 11), path)
        );
        assert_eq!(
            error("dialogs.banner = 'no.png'", &[]),
            expect("cannot read the image `no.png`", (2, 18), path)
        );
        assert_eq!(
            error("dialogs.side = 'a.png'", &[("a.png", b"GIF89a")]),
            expect(
                "the image `a.png` is not a valid PNG file",
                (2, 16),
                "convert the image to PNG"
            )
        );
        let scale =
            "scale or crop the image; twice the size on the screen is sharp on high-resolution screens";
        let wide = png(21, 10, [0; 4]);
        assert_eq!(
            error("dialogs.banner = 'a.png'", &[("a.png", &wide)]),
            expect(
                "the image `a.png` has 21 × 10 pixels; expected at most twice as wide as high",
                (2, 18),
                scale
            )
        );
        assert_eq!(
            error("dialogs.side = 'a.png'", &[("a.png", &wide)]),
            expect(
                "the image `a.png` has 21 × 10 pixels; expected 164 × 312 or a multiple, such as 328 × 624",
                (2, 16),
                scale
            )
        );
        assert_eq!(
            error("license = 'a.txt'", &[("a.txt", b"")]),
            expect(
                "invalid license `a.txt`",
                (2, 11),
                "write the license into the file, or remove `license`"
            )
        );
    }

    #[test]
    fn a_character_that_rtf_cannot_have_is_an_error_at_its_place_in_the_file() {
        let rtf = "{\\rtf1\nGr\u{f6}\u{df}e}";
        let (message, place, help) = error("license = 'a.rtf'", &[("a.rtf", rtf.as_bytes())]);
        assert!(
            message.starts_with("the license has a character beyond ASCII"),
            "{message}"
        );
        assert_eq!(place, Some((2, 3)));
        assert!(help.starts_with("save the file with WordPad"), "{help}");
    }
}
