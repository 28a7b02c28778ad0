//! Settings in arguments: `--listen=127.0.0.1:9000`, `--listen 127.0.0.1:9000`, `--tls.cert=cert.pem`, `--verbose`.

use std::ffi::OsString;

use super::tree::Assignment;
use super::{Error, Origin};

/// Parses arguments; `origin` creates the origin of a `--name`.
pub(super) fn parse(
    arguments: &[OsString],
    origin: impl Fn(String) -> Origin,
) -> Result<Vec<Assignment>, Error> {
    let mut assignments = Vec::new();
    let mut arguments = arguments.iter().enumerate().peekable();
    while let Some((index, argument)) = arguments.next() {
        let lossy = argument.to_string_lossy();
        let Some(setting) = lossy.strip_prefix("--").filter(|setting| is_setting(setting)) else {
            return Err(no_setting(index, &lossy));
        };
        let (name, value) = match setting.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (setting, None),
        };
        let origin = origin(format!("--{name}"));
        let not_unicode = |text: &OsString| match text.to_str() {
            Some(_) => Ok(()),
            None => Err(Error::NotUnicode {
                origin: origin.clone(),
            }),
        };
        not_unicode(argument)?;
        let text = if let Some(value) = value {
            value.to_owned()
        } else {
            let follows = |(_, next): &(usize, &OsString)| !next.to_string_lossy().starts_with("--");
            match arguments.next_if(follows) {
                Some((_, next)) => {
                    not_unicode(next)?;
                    next.to_string_lossy().into_owned()
                }
                None => "true".to_owned(),
            }
        };
        assignments.push(Assignment {
            path: name.split('.').map(|part| part.replace('-', "_")).collect(),
            text,
            origin,
        });
    }
    Ok(assignments)
}

/// Whether this has the form `name`, `name=value` or `outer.inner=value`.
fn is_setting(setting: &str) -> bool {
    let name = setting.split_once('=').map_or(setting, |(name, _)| name);
    name.split('.').all(|part| !part.is_empty())
}

/// An argument without `--` may contain anything, even a secret, so the error contains only its position; for an
/// option, its name.
fn no_setting(index: usize, argument: &str) -> Error {
    let name = argument.split('=').next().unwrap_or(argument);
    Error::NotASetting {
        argument: if name.starts_with("--") {
            format!("the argument `{name}`")
        } else {
            format!("argument {}", index + 1)
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(arguments: &[&str]) -> Result<Vec<(String, String)>, String> {
        let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
        let read = parse(&arguments, |name| Origin::Argument { name });
        let read = read.map_err(|error| error.to_string())?;
        Ok(read
            .into_iter()
            .map(|one| (one.path.join("."), one.text))
            .collect())
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "has the type of the results it is compared with"
    )]
    fn pairs(pairs: &[(&str, &str)]) -> Result<Vec<(String, String)>, String> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        Ok(pairs.iter().map(owned).collect())
    }

    #[test]
    fn a_value_follows_an_equals_sign_or_is_the_next_argument() {
        assert_eq!(
            read(&["--listen=127.0.0.1:9000", "--max-size", "-5", "--tls.ca-file=a=b"]),
            pairs(&[
                ("listen", "127.0.0.1:9000"),
                ("max_size", "-5"),
                ("tls.ca_file", "a=b")
            ])
        );
    }

    #[test]
    fn a_name_alone_is_true() {
        assert_eq!(
            read(&["--verbose", "--name=", "--quiet"]),
            pairs(&[("verbose", "true"), ("name", ""), ("quiet", "true")])
        );
    }

    #[test]
    fn an_error_names_an_invalid_argument_without_its_value() {
        for (arguments, found) in [
            (&["hunter2"][..], "argument 1"),
            (&["--a=1", "-p", "x"], "argument 2"),
            (&["--=hunter2"], "the argument `--`"),
            (&["--a..b=hunter2"], "the argument `--a..b`"),
        ] {
            let error = read(arguments).unwrap_err();
            assert!(error.starts_with(found), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_error_names_an_argument_that_is_not_unicode() {
        use std::os::unix::ffi::OsStringExt as _;

        let arguments = ["--name".into(), OsString::from_vec(vec![0xFF])];
        let error = parse(&arguments, |name| Origin::Argument { name }).unwrap_err();
        assert_eq!(error.to_string(), "the argument `--name` is not Unicode");
    }

    proptest! {
        #[test]
        fn any_value_can_follow_an_equals_sign(name in "[a-z][a-z0-9_]{0,8}(\\.[a-z]{1,4}){0,2}", value in any::<String>()) {
            let argument = format!("--{name}={value}");
            prop_assert_eq!(read(&[&argument]), pairs(&[(&name, &value)]));
        }

        #[test]
        fn both_forms_are_equivalent(settings in proptest::collection::vec(("[a-z]{1,6}", "[^-].*"), 0..6)) {
            let joined: Vec<_> = settings.iter().map(|(name, value)| format!("--{name}={value}")).collect();
            let apart: Vec<_> = settings.iter().flat_map(|(name, value)| [format!("--{name}"), value.clone()]).collect();
            let read = |arguments: &[String]| read(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(read(&joined), read(&apart));
        }

        #[test]
        fn no_argument_makes_it_panic(arguments in proptest::collection::vec(any::<String>(), 0..6)) {
            let _ = read(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
