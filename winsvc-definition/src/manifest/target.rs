//! Target paths of installed files.

use std::fmt;

use crate::validated_text;

/// A path relative to the installation folder, with slashes between its parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct TargetPath(Vec<String>);

impl TargetPath {
    /// Checks each part against the rules for file names
    /// ([Naming Files](https://learn.microsoft.com/windows/win32/fileio/naming-a-file)).
    pub fn new(text: &str) -> Result<Self, TargetPathError> {
        let parts: Vec<String> = text.split(['/', '\\']).map(str::to_owned).collect();
        match parts.iter().find(|part| !is_file_name(part)) {
            Some(part) => Err(TargetPathError {
                path: text.to_owned(),
                part: part.clone(),
            }),
            None => Ok(Self(parts)),
        }
    }

    /// The folders that lead to the file, outermost first.
    pub fn folders(&self) -> &[String] {
        &self.0[..self.0.len() - 1]
    }

    /// The file's own name.
    pub fn file_name(&self) -> &str {
        &self.0[self.0.len() - 1]
    }
}

validated_text!(TargetPath, TargetPathError);

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
