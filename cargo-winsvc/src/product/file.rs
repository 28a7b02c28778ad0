//! An installed file.

use winsvc_definition::manifest::{FeatureName, TargetPath};

pub use winsvc_definition::manifest::DEFAULT_SUFFIX;

pub use crate::pe::FileVersion;

use super::{Content, ContentError};

/// A file of the product.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path below the installation folder.
    pub target: TargetPath,
    /// Its content.
    pub content: Content,
    /// The number of bytes of its content.
    pub size: u64,
    /// The version in its resources, if it has one.
    pub version: Option<FileVersion>,
    /// Whether it is the administrator's once it is installed: written where there is none, never replaced and never
    /// removed. Its default is another file of the product, with [`DEFAULT_SUFFIX`] after its name.
    pub is_kept: bool,
    /// The feature that it belongs to; `None` if it is always installed.
    pub feature: Option<FeatureName>,
}

impl File {
    /// Reads the version from the content, if it is a program with a version.
    pub fn new(target: TargetPath, content: Content) -> Result<Self, ContentError> {
        let program = content.program()?;
        let version = program.and_then(|program| crate::pe::read_version(&program).ok().flatten());
        Ok(Self {
            target,
            size: content.size()?,
            version,
            content,
            is_kept: false,
            feature: None,
        })
    }
}
