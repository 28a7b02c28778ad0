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
