//! Paths of the product's folders.

use std::fmt;

use super::is_file_name;
use crate::validated_text;

/// The path of a folder below one of Windows' own folders, with slashes between its parts: `Acme/Agent`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1)))]
#[serde(try_from = "String")]
pub struct FolderPath(Vec<String>);

impl FolderPath {
    /// Checks each part against the rules for file names
    /// ([Naming Files](https://learn.microsoft.com/windows/win32/fileio/naming-a-file)). A per cent sign would be taken
    /// for the beginning of a variable, such as `%ProgramData%`, and is refused.
    pub fn new(text: &str) -> Result<Self, FolderPathError> {
        let path = text.strip_suffix(['/', '\\']).unwrap_or(text);
        let parts: Vec<String> = path.split(['/', '\\']).map(str::to_owned).collect();
        match parts
            .iter()
            .find(|part| !is_file_name(part) || part.contains('%'))
        {
            Some(part) => Err(FolderPathError {
                path: text.to_owned(),
                part: part.clone(),
            }),
            None => Ok(Self(parts)),
        }
    }

    /// The folders of the path, the outer one first; at least one.
    pub fn parts(&self) -> &[String] {
        &self.0
    }
}

validated_text!(FolderPath, FolderPathError);

/// The error for a path that is not below the folder to which it is relative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderPathError {
    path: String,
    part: String,
}

impl fmt::Display for FolderPathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid folder {:?}: {:?} is not a folder name; expected a path below %ProgramFiles% or %ProgramData%, \
             such as \"Acme/Agent\"",
            self.path, self.part
        )
    }
}

impl std::error::Error for FolderPathError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_folders_as_its_parts() {
        for text in ["Acme/Größe Agent", r"Acme\Größe Agent", "Acme/Größe Agent/"] {
            assert_eq!(FolderPath::new(text).unwrap().parts(), ["Acme", "Größe Agent"]);
        }
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_refused_with_the_part_that_does() {
        for (path, part) in [
            ("", ""),
            ("/Acme", ""),
            (r"C:\Acme", "C:"),
            ("../Acme", ".."),
            ("Acme/../..", ".."),
            (r"\\server\share", ""),
            ("%ProgramData%/Acme", "%ProgramData%"),
            ("Acme/con", "con"),
        ] {
            let error = FolderPath::new(path).unwrap_err();
            assert_eq!(error.part, part, "{path}");
        }
    }
}
