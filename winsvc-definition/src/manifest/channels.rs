//! The key `channels`: what package managers need to know about a product.

use std::fmt;

use super::ProductText;
use crate::validated_text;

/// The table `channels`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Channels {
    /// The address that the packages are downloaded from.
    pub url: Option<DownloadUrl>,
    /// The license; default: the package's.
    pub license: Option<ProductText>,
    /// The page with the license; default: none.
    pub license_url: Option<WebUrl>,
    /// The publisher's page; default: none.
    pub publisher_url: Option<WebUrl>,
    /// Words to search for; default: the package's keywords.
    pub tags: Option<Vec<Tag>>,
    /// The keys for winget.
    pub winget: Winget,
    /// The keys for Scoop.
    pub scoop: Scoop,
    /// The keys for Chocolatey.
    pub chocolatey: Chocolatey,
}

/// The table `channels.winget`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Winget {
    /// The identifier, which all versions of the product share.
    pub identifier: Option<WingetIdentifier>,
}

/// The table `channels.scoop`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Scoop {
    /// The name of the manifest; default: the package's name.
    pub name: Option<ChannelName>,
}

/// The table `channels.chocolatey`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Chocolatey {
    /// The identifier, which all versions of the product share; default: the package's name.
    pub identifier: Option<ChannelName>,
}

/// Defines a string that is valid if a function says so.
macro_rules! channel_text {
    ($(#[$attribute:meta])* $name:ident, $what:literal, $expected:literal, $pattern:literal, $check:expr) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = $pattern)))]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the string.
            pub fn new(text: &str) -> Result<Self, ChannelTextError> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(ChannelTextError { what: $what, expected: $expected, found: text.to_owned() })
                }
            }

            /// The string as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        validated_text!($name, ChannelTextError);
    };
}

/// The most characters of an address in a winget manifest.
const LONGEST_URL: usize = 2048;

channel_text!(
    /// The address of a web page.
    WebUrl,
    "address",
    "one that begins with `https://` or `http://`",
    r"^https?://\S+$",
    |text| {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        rest.is_some_and(|rest| !rest.is_empty()) && is_address(text)
    }
);

channel_text!(
    /// The identifier of a package in winget: `PackageIdentifier` in the schema of its manifests.
    WingetIdentifier,
    "winget identifier",
    "2 to 8 parts of at most 32 characters with dots between them, such as `Acme.Agent`",
    r"^[^.\s]{1,32}(\.[^.\s]{1,32}){1,7}$",
    |text| {
        let is_part = |part: &str| {
            let count = part.chars().count();
            let is_allowed =
                |c: char| !c.is_whitespace() && !c.is_control() && !r#"\/:*?"<>|"#.contains(c);
            (1..=32).contains(&count) && part.chars().all(is_allowed)
        };
        (2..=8).contains(&text.split('.').count()) && text.split('.').all(is_part) && text.chars().count() <= 128
    }
);

channel_text!(
    /// The name of a package in Scoop or Chocolatey: both a file name and a NuGet identifier.
    ChannelName,
    "package name",
    "up to 100 ASCII letters, digits and `_`, with single `-`, `.` or `_` between them, such as `acme-agent`",
    r"^[A-Za-z0-9_]+([-.][A-Za-z0-9_]+)*$",
    |text| {
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        text.len() <= 100 && text.split(['-', '.']).all(is_word)
    }
);

channel_text!(
    /// A word to search for.
    Tag,
    "tag",
    "up to 40 characters without spaces",
    r"^\S{1,40}$",
    |text| {
        let is_allowed = |c: char| !c.is_whitespace() && !c.is_control();
        (1..=40).contains(&text.chars().count()) && text.chars().all(is_allowed)
    }
);

fn is_address(text: &str) -> bool {
    text.len() <= LONGEST_URL && !text.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// The error for a string that a channel does not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelTextError {
    what: &'static str,
    expected: &'static str,
    found: String,
}

impl fmt::Display for ChannelTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid {} {:?}; expected {}",
            self.what, self.found, self.expected
        )
    }
}

impl std::error::Error for ChannelTextError {}

/// The address of a package's file, with the names `{version}` and `{file}`. A brace that belongs to the address is
/// doubled.
///
/// ```
/// use winsvc_definition::manifest::DownloadUrl;
///
/// let url = DownloadUrl::new("https://example.com/v{version}/{file}").unwrap();
/// assert_eq!(url.fill("1.4.0", "agent-1.4.0-x64.msi"), "https://example.com/v1.4.0/agent-1.4.0-x64.msi");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^https://\S*\{file\}\S*$")))]
#[serde(try_from = "String")]
pub struct DownloadUrl(Vec<UrlPart>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum UrlPart {
    Literal(char),
    Version,
    File,
}

impl DownloadUrl {
    /// Parses an address.
    pub fn new(text: &str) -> Result<Self, DownloadUrlError> {
        let error = |problem| DownloadUrlError {
            found: text.to_owned(),
            problem,
        };
        if !text.starts_with("https://") {
            return Err(error(UrlProblem::Scheme));
        }
        if !is_address(text) {
            return Err(error(UrlProblem::Characters));
        }
        let mut parts = Vec::new();
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            parts.push(match character {
                '{' | '}' if rest.next_if_eq(&character).is_some() => UrlPart::Literal(character),
                '{' => {
                    let mut name = String::new();
                    loop {
                        match rest.next() {
                            Some('}') => break,
                            Some(character) => name.push(character),
                            None => return Err(error(UrlProblem::Open)),
                        }
                    }
                    match name.as_str() {
                        "version" => UrlPart::Version,
                        "file" => UrlPart::File,
                        _ => return Err(error(UrlProblem::Name(name))),
                    }
                }
                '}' => return Err(error(UrlProblem::Close)),
                character => UrlPart::Literal(character),
            });
        }
        if !parts.contains(&UrlPart::File) {
            return Err(error(UrlProblem::NoFile));
        }
        Ok(Self(parts))
    }

    /// The address of a file of a version.
    pub fn fill(&self, version: &str, file: &str) -> String {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                UrlPart::Literal(character) => filled.push(*character),
                UrlPart::Version => filled.push_str(version),
                UrlPart::File => filled.push_str(file),
            }
        }
        filled
    }
}

validated_text!(DownloadUrl, DownloadUrlError);

/// The error for an address that packages cannot be downloaded from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadUrlError {
    found: String,
    problem: UrlProblem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum UrlProblem {
    Scheme,
    Characters,
    Name(String),
    Open,
    Close,
    NoFile,
}

impl fmt::Display for DownloadUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid address {:?}: ", self.found)?;
        match &self.problem {
            UrlProblem::Scheme => f.write_str("it does not begin with `https://`")?,
            UrlProblem::Characters => write!(f, "it has a space, or more than {LONGEST_URL} bytes")?,
            UrlProblem::Name(name) => write!(f, "unknown name `{{{name}}}`")?,
            UrlProblem::Open => f.write_str("a `{` is not closed")?,
            UrlProblem::Close => f.write_str("a `}` is not doubled")?,
            UrlProblem::NoFile => f.write_str("it has no `{file}`")?,
        }
        f.write_str("; expected one with `{file}`, and optionally `{version}`, such as `https://example.com/{version}/{file}`")
    }
}

impl std::error::Error for DownloadUrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_the_file_and_may_have_the_version() {
        let fill = |text: &str| DownloadUrl::new(text).map(|url| url.fill("1.0.0", "a.msi"));
        assert_eq!(fill("https://e.com/{file}").unwrap(), "https://e.com/a.msi");
        assert_eq!(
            fill("https://e.com/{{x}}/{version}/{file}?v={version}").unwrap(),
            "https://e.com/{x}/1.0.0/a.msi?v=1.0.0"
        );
        let problem = |text: &str| {
            let message = DownloadUrl::new(text).unwrap_err().to_string();
            let message = message.split_once("\": ").unwrap().1.to_owned();
            message.split_once("; expected").unwrap().0.to_owned()
        };
        assert_eq!(
            problem("http://e.com/{file}"),
            "it does not begin with `https://`"
        );
        assert_eq!(
            problem("https://e.com/a b/{file}"),
            "it has a space, or more than 2048 bytes"
        );
        assert_eq!(
            problem("https://e.com/{versoin}/{file}"),
            "unknown name `{versoin}`"
        );
        assert_eq!(problem("https://e.com/{file"), "a `{` is not closed");
        assert_eq!(problem("https://e.com/}/{file}"), "a `}` is not doubled");
        assert_eq!(problem("https://e.com/v{version}"), "it has no `{file}`");
    }

    #[test]
    fn names_are_those_that_the_channels_accept() {
        let winget = |text: &str| WingetIdentifier::new(text).is_ok();
        assert!(winget("Acme.Agent") && winget("Größe.A.B-c"));
        let long = format!("A.{}", "a".repeat(33));
        for text in [
            "Acme",
            "Acme.",
            ".Agent",
            "Acme Inc.Agent",
            "a/b.c",
            &long,
            "a.b.c.d.e.f.g.h.i",
        ] {
            assert!(!winget(text), "{text}");
        }
        let name = |text: &str| ChannelName::new(text).is_ok();
        assert!(name("acme-agent") && name("acme.agent_2"));
        for text in ["", "-a", "a--b", "a b", "größe", &"a".repeat(101)] {
            assert!(!name(text), "{text}");
        }
        assert!(Tag::new("agent").is_ok() && Tag::new("two words").is_err() && Tag::new("").is_err());
        assert!(WebUrl::new("http://e.com").is_ok() && WebUrl::new("mailto:a@e.com").is_err());
        assert_eq!(
            WingetIdentifier::new("Acme").unwrap_err().to_string(),
            "invalid winget identifier \"Acme\"; expected 2 to 8 parts of at most 32 characters with dots between them, \
             such as `Acme.Agent`"
        );
    }
}
