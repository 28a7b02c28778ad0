//! The table `sign` of the command line.

use std::path::Path;

use winsvc_definition::manifest::SignTable;

use super::error::SignError;

/// The keys of all `--sign-config`, each a file's path or a line of TOML; the last one that has a key sets it.
pub(crate) fn from_options(options: &[String]) -> Result<SignTable, SignError> {
    let mut table = SignTable::default();
    for option in options {
        let path = Path::new(option);
        let (text, folder) = if path.is_file() {
            let text = std::fs::read_to_string(path).map_err(|source| SignError::Unreadable {
                path: path.to_owned(),
                source,
            })?;
            (text, path.parent().unwrap_or(Path::new("")))
        } else if option.contains('=') {
            (option.clone(), Path::new(""))
        } else {
            return Err(SignError::Option {
                message: format!("no file `{option}`; expected KEY=VALUE, or the path of a TOML file"),
            });
        };
        let keys: SignTable = toml::from_str(&text).map_err(|error| SignError::Option {
            message: error.message().to_owned(),
        })?;
        let folder = std::path::absolute(folder).or_else(|_| std::env::current_dir());
        let folder = folder.map_err(|source| SignError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        table = keys.in_folder(&folder).or(table);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use winsvc_definition::manifest::{Osslsigncode, SignEngine, SigningIdentity};

    use super::*;

    fn options(options: &[&str]) -> Result<SignTable, String> {
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        from_options(&options).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_and_lines_are_one_table() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sign.toml");
        std::fs::write(
            &file,
            "url = 'https://a'\ndescription = 'A'\nosslsigncode = { pkcs12 = 'a.p12' }\n",
        )
        .unwrap();
        let table = options(&[file.to_str().unwrap(), "description = 'B'"]).unwrap();
        assert_eq!(table.description.unwrap().as_str(), "B");
        assert_eq!(table.url.unwrap().as_str(), "https://a");
        let Some(SignEngine::Osslsigncode(engine)) = table.engine else {
            panic!("the file has an engine");
        };
        let Osslsigncode { identity, .. } = *engine;
        assert_eq!(identity, SigningIdentity::Pkcs12(folder.path().join("a.p12")));
    }

    #[test]
    fn errors_do_not_show_the_value() {
        let error = options(&["osslsigncode = { pkcs12 = 'a', password = 'hunter2' }"]).unwrap_err();
        assert!(
            error.starts_with("invalid `--sign-config`: a secret must not be"),
            "{error}"
        );
        assert!(!error.contains("hunter2"), "{error}");
        assert_eq!(
            options(&["absent.toml"]).unwrap_err(),
            "invalid `--sign-config`: no file `absent.toml`; expected KEY=VALUE, or the path of a TOML file"
        );
    }
}
