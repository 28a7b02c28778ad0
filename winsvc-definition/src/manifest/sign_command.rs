//! A command that signs a file: an argument vector with placeholders.

use std::fmt;
use std::path::PathBuf;

use serde::de::{Deserialize, Deserializer, Error};

use crate::words::words;

/// How the message about a secret in the configuration begins. Its place must not be shown with its text.
pub const LITERAL_SECRET: &str = "a secret must not be written in the configuration";

/// The message about a secret, and what is expected in its place.
pub(super) fn literal_secret(expected: &str) -> String {
    format!("{LITERAL_SECRET}; expected {expected}")
}

/// The command that signs a file in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "Vec<String>", extend("minItems" = 1)))]
pub struct SignCommand {
    /// The program: a path, or a name that is looked up in `PATH`.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<CommandArgument>,
    /// The folder that it runs in.
    pub folder: PathBuf,
}

/// An argument, in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandArgument(Vec<ArgumentPart>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum ArgumentPart {
    Literal(String),
    Placeholder(SignPlaceholder),
}

words! {
    /// What a command is told.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum SignPlaceholder {
        /// The path of the file to sign.
        File = "file",
        /// The description.
        Description = "description",
        /// The address; empty if there is none.
        Url = "url",
        /// The address of the timestamp server.
        Timestamp = "timestamp",
    }
}

impl CommandArgument {
    /// Finds the placeholders. Doubled braces are literal ones.
    fn new(text: &str) -> Result<Self, SignCommandError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                literal.push_str(brace);
                rest = after;
                continue;
            }
            let name = rest.split_once('}').filter(|_| brace == "{");
            let named = name.and_then(|(name, after)| Some((SignPlaceholder::from_word(name)?, after)));
            let Some((placeholder, after)) = named else {
                return Err(SignCommandError::Placeholder {
                    found: text.to_owned(),
                });
            };
            if !literal.is_empty() {
                parts.push(ArgumentPart::Literal(std::mem::take(&mut literal)));
            }
            parts.push(ArgumentPart::Placeholder(placeholder));
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() || parts.is_empty() {
            parts.push(ArgumentPart::Literal(literal));
        }
        Ok(Self(parts))
    }

    /// Whether it has a placeholder.
    pub fn has(&self, placeholder: SignPlaceholder) -> bool {
        self.0.contains(&ArgumentPart::Placeholder(placeholder))
    }

    /// The argument with values in place of the placeholders.
    pub fn fill(&self, value: impl Fn(SignPlaceholder) -> std::ffi::OsString) -> std::ffi::OsString {
        self.0
            .iter()
            .map(|part| match part {
                ArgumentPart::Literal(text) => text.into(),
                ArgumentPart::Placeholder(placeholder) => value(*placeholder),
            })
            .collect()
    }
}

/// Options of signing programs whose value is a secret, without what they begin with.
const SECRET_OPTIONS: [&str; 14] = [
    "pass",
    "password",
    "passwd",
    "passin",
    "passout",
    "pin",
    "storepass",
    "keypass",
    "secret",
    "client-secret",
    "azure-key-vault-client-secret",
    "kvs",
    "token",
    "azure-key-vault-accesstoken",
];

/// How a value begins that is a secret's place.
const PLACES: [&str; 5] = ["env:", "file:", "@", "-", "/"];

impl SignCommand {
    fn new(arguments: &[String]) -> Result<Self, SignCommandError> {
        let Some((program, arguments)) = arguments.split_first().filter(|(program, _)| !program.is_empty())
        else {
            return Err(SignCommandError::Empty);
        };
        if Self::has_secret(arguments) {
            return Err(SignCommandError::Secret);
        }
        let parsed: Result<Vec<_>, _> = arguments.iter().map(|text| CommandArgument::new(text)).collect();
        let arguments = parsed?;
        if !arguments
            .iter()
            .any(|argument| argument.has(SignPlaceholder::File))
        {
            return Err(SignCommandError::NoFile);
        }
        Ok(Self {
            program: program.into(),
            arguments,
            folder: PathBuf::new(),
        })
    }

    /// Whether it is told the timestamp server.
    pub fn has_timestamp(&self) -> bool {
        let timestamp = SignPlaceholder::Timestamp;
        self.arguments.iter().any(|argument| argument.has(timestamp))
    }

    /// Whether an option has a password.
    pub(super) fn has_secret(arguments: &[impl AsRef<str>]) -> bool {
        let is_secret = |option: &str| {
            let name = option.trim_start_matches(['-', '/']).to_ascii_lowercase();
            name.len() < option.len() && (option == "/p" || SECRET_OPTIONS.contains(&name.as_str()))
        };
        let is_value =
            |value: &str| !value.is_empty() && !PLACES.iter().any(|place| value.starts_with(place));
        arguments.iter().enumerate().any(|(index, argument)| {
            let next = arguments.get(index + 1).map(AsRef::as_ref);
            let (option, value) = match argument.as_ref().split_once(['=', ':']) {
                Some((option, value)) => (option, Some(value)),
                None => (argument.as_ref(), next),
            };
            is_secret(option) && value.is_some_and(is_value)
        })
    }
}

impl<'de> Deserialize<'de> for SignCommand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let arguments = Vec::deserialize(deserializer)?;
        Self::new(&arguments).map_err(D::Error::custom)
    }
}

/// The error for a command that cannot sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignCommandError {
    /// It has no program.
    Empty,
    /// It does not say where the file goes.
    NoFile,
    /// An argument has an unknown placeholder.
    Placeholder {
        /// The argument.
        found: String,
    },
    /// An argument is a secret.
    Secret,
}

impl fmt::Display for SignCommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str(
                "empty signing command; expected a program and its arguments, such as `[\"sign-file\", \"{file}\"]`",
            ),
            Self::NoFile => f.write_str(
                "the signing command has no `{file}`; expected it where the program takes the file to sign",
            ),
            Self::Placeholder { found } => {
                let names = SignPlaceholder::ALL.map(|name| format!("`{{{name}}}`"));
                let names = names.join(", ");
                write!(f, "invalid placeholder in {found:?}; expected one of {names}, or a doubled brace")
            }
            Self::Secret => f.write_str(&literal_secret(
                "a program that reads it from an environment variable or a file",
            )),
        }
    }
}

impl std::error::Error for SignCommandError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(arguments: &[&str]) -> Result<SignCommand, String> {
        let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        SignCommand::new(&arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn placeholders_have_values_in_the_middle_of_an_argument() {
        let command = command(&["tool", "--in={file}", "{{{url}}}", "", "x"]).unwrap();
        let filled: Vec<_> = command
            .arguments
            .iter()
            .map(|argument| argument.fill(|name| format!("<{name}>").into()))
            .collect();
        assert_eq!(filled, ["--in=<file>", "{<url>}", "", "x"]);
        assert!(!command.has_timestamp());
    }

    #[test]
    fn commands_that_cannot_sign_are_refused() {
        for (arguments, expected) in [
            (&[][..], "empty signing command"),
            (&["", "{file}"], "empty signing command"),
            (&["tool"], "the signing command has no `{file}`"),
            (
                &["tool", "{file}", "{files}"],
                "invalid placeholder in \"{files}\"; expected one of `{file}`,",
            ),
            (&["tool", "{file}", "a}"], "invalid placeholder in \"a}\""),
        ] {
            let error = command(arguments).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_password_in_an_argument_is_refused_without_showing_it() {
        for secret in [
            &["--storepass", "hunter2"][..],
            &["--storepass=hunter2"],
            &["/p", "hunter2"],
            &["-PIN", "hunter2"],
            &["-passin", "pass:hunter2"],
        ] {
            let error = command(&[&["tool", "{file}"], secret].concat()).unwrap_err();
            assert!(
                error.starts_with(LITERAL_SECRET) && !error.contains("hunter2"),
                "{error}"
            );
        }
        for place in [
            &["--storepass", "env:NAME"][..],
            &["--storepass", "file:a"],
            &["-p", "proxy:80"],
            &["--token"],
            &["pass", "word"],
        ] {
            command(&[&["tool", "{file}"], place].concat()).unwrap();
        }
    }
}
