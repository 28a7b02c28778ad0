//! The names of DLLs.

use std::fmt;

use super::target::is_file_name;
use crate::validated_text;

/// The file name of a DLL, as programs import it: without a folder.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1)))]
#[serde(try_from = "String")]
pub struct DllName(String);

impl DllName {
    /// Checks the name against the rules for file names.
    pub fn new(name: &str) -> Result<Self, DllNameError> {
        if is_file_name(name) && name.contains('.') {
            Ok(Self(name.to_owned()))
        } else {
            Err(DllNameError {
                found: name.to_owned(),
            })
        }
    }

    /// Whether it is this name to Windows, which ignores the case.
    pub fn is(&self, name: &str) -> bool {
        self.0.to_lowercase() == name.to_lowercase()
    }
}

validated_text!(DllName, DllNameError);

/// The error for a string that is not the name of a DLL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DllNameError {
    found: String,
}

impl fmt::Display for DllNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid DLL name {:?}; expected a file name with its extension, such as \"vcruntime140.dll\"",
            self.found
        )
    }
}

impl std::error::Error for DllNameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_file_name_with_an_extension_and_its_case_does_not_count() {
        let name = DllName::new("VCRUNTIME140.dll").unwrap();
        assert!(name.is("vcruntime140.DLL") && !name.is("vcruntime140_1.dll"));
        for wrong in ["", "vcruntime140", r"bin\a.dll", "bin/a.dll", "*.dll", "nul.dll"] {
            let error = DllName::new(wrong).unwrap_err();
            assert!(
                error.to_string().starts_with("invalid DLL name"),
                "{wrong}: {error}"
            );
        }
    }
}
