//! Target paths of installed files.

use std::fmt;

use crate::validated_text;

/// A path relative to the installation folder, with slashes between its parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1)))]
#[serde(try_from = "String")]
pub struct TargetPath(Vec<String>);

impl TargetPath {
    /// Checks each part against the rules for file names
    /// ([Naming Files](https://learn.microsoft.com/windows/win32/fileio/naming-a-file)).
    pub fn new(text: &str) -> Result<Self, TargetPathError> {
        Self::from_parts(text.split(['/', '\\']).map(str::to_owned).collect())
    }

    /// Checks each part, as [`new`](Self::new) does; a part may not have a separator.
    pub fn from_parts(parts: Vec<String>) -> Result<Self, TargetPathError> {
        match parts.iter().find(|part| !is_file_name(part)) {
            Some(part) => Err(TargetPathError {
                part: part.clone(),
                path: parts.join("/"),
            }),
            None if parts.is_empty() => Err(TargetPathError {
                part: String::new(),
                path: String::new(),
            }),
            None => Ok(Self(parts)),
        }
    }

    /// The folders that lead to the file, outermost first.
    pub fn folders(&self) -> &[String] {
        &self.0[..self.0.len() - 1]
    }

    /// All parts of the path, the file's own name last.
    pub fn parts(&self) -> &[String] {
        &self.0
    }

    /// The file's own name.
    pub fn file_name(&self) -> &str {
        &self.0[self.0.len() - 1]
    }
}

validated_text!(TargetPath, TargetPathError);

/// A place below the installation folder: a file's path, or a folder.
///
/// A folder may end in a slash; `.` is the installation folder itself.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1)))]
#[serde(try_from = "String")]
pub struct Target {
    path: Option<TargetPath>,
    is_folder: bool,
}

impl Target {
    /// Parses a path.
    pub fn new(text: &str) -> Result<Self, TargetPathError> {
        let folder = text.strip_suffix(['/', '\\']);
        let path = folder.unwrap_or(text);
        if path == "." {
            return Ok(Self {
                path: None,
                is_folder: true,
            });
        }
        Ok(Self {
            path: Some(TargetPath::new(path)?),
            is_folder: folder.is_some(),
        })
    }

    /// The path; `None` for the installation folder itself.
    pub fn path(&self) -> Option<&TargetPath> {
        self.path.as_ref()
    }

    /// Whether it is written as a folder: with a slash at the end, or as `.`.
    pub fn is_folder(&self) -> bool {
        self.is_folder
    }
}

validated_text!(Target, TargetPathError);

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => path.fmt(f),
            None => f.write_str("."),
        }
    }
}

impl fmt::Display for TargetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

/// Whether Windows can create a file with this name: no reserved character, no device name, no dot or space at the end.
pub fn is_file_name(name: &str) -> bool {
    const RESERVED: &str = "<>:\"/\\|?*";
    const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let is_port = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|number| {
            matches!(number, "¹" | "²" | "³") || matches!(number.as_bytes(), [b'1'..=b'9'])
        })
    };
    !name.is_empty()
        && !name.ends_with(['.', ' '])
        && !name.starts_with(' ')
        && !name.contains(|c: char| c.is_control() || RESERVED.contains(c))
        && name.encode_utf16().count() <= 255
        && !DEVICES.contains(&stem.as_str())
        && !is_port("COM")
        && !is_port("LPT")
}

/// The error for a path that Windows cannot create below the installation folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetPathError {
    path: String,
    part: String,
}

impl fmt::Display for TargetPathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid path {:?}: {:?} is not a file name on Windows; expected a path below the installation \
             folder, such as \"conf/agent.toml\"",
            self.path, self.part
        )
    }
}

impl std::error::Error for TargetPathError {}
