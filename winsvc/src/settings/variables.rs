//! Settings in the environment: `ACME_AGENT_LISTEN`, `ACME_AGENT_TLS__CERT`.

use std::ffi::OsString;

use super::tree::Assignment;
use super::{Error, Origin};

/// Parses the variables with this prefix. An empty variable counts as not set, because some environments cannot remove
/// a variable.
pub(super) fn parse(variables: Vec<(OsString, OsString)>, prefix: &str) -> Result<Vec<Assignment>, Error> {
    let mut assignments = Vec::new();
    for (name, value) in variables {
        let Some(name) = name.to_str() else { continue };
        // Windows ignores the case of variable names.
        let capitals = if cfg!(windows) {
            name.to_ascii_uppercase()
        } else {
            name.to_owned()
        };
        let path: Vec<String> = match capitals.strip_prefix(prefix) {
            Some(key) => key.to_ascii_lowercase().split("__").map(str::to_owned).collect(),
            None => continue,
        };
        if value.is_empty() || path.iter().any(String::is_empty) {
            continue;
        }
        let origin = Origin::Variable {
            name: name.to_owned(),
        };
        let Ok(text) = value.into_string() else {
            return Err(Error::NotUnicode { origin });
        };
        assignments.push(Assignment { path, text, origin });
    }
    Ok(assignments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_variables_with_the_prefix_and_a_value_are_settings() {
        let variables = [
            ("ACME_LISTEN", "a"),
            ("ACME_TLS__CERT_FILE", "b"),
            ("ACME_EMPTY", ""),
            ("ACME_", "c"),
            ("ACME_TLS__", "d"),
            ("PATH", "e"),
        ];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let read = parse(variables.into(), "ACME_").unwrap();
        let read: Vec<_> = read
            .iter()
            .map(|one| (one.path.join("."), one.text.as_str()))
            .collect();
        assert_eq!(
            read,
            [("listen".to_owned(), "a"), ("tls.cert_file".to_owned(), "b")]
        );
    }
}
