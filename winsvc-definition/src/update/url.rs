//! The addresses of updates.

use std::fmt;

use crate::validated_text;

/// The address of a server: `https://…`. On the machine itself, for tests, it may be `http://127.0.0.1…` or
/// `http://localhost…`.
///
/// ```
/// use winsvc_definition::UpdateUrl;
///
/// let url = UpdateUrl::new("https://dl.acme.example/agent/").unwrap();
/// let manifest = url.file("update-stable.json").unwrap();
/// assert_eq!(manifest.as_str(), "https://dl.acme.example/agent/update-stable.json");
/// assert_eq!(manifest.beside("agent.msi").unwrap().as_str(), "https://dl.acme.example/agent/agent.msi");
/// assert!(UpdateUrl::new("http://dl.acme.example/agent").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^https?://")))]
pub struct UpdateUrl(String);

/// The longest address: what browsers and servers accept.
const LONGEST: usize = 2048;

impl UpdateUrl {
    /// Checks the address.
    pub fn new(text: &str) -> Result<Self, UpdateUrlError> {
        let url = Self(text.to_owned());
        let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"\\\"<>^`{|}#".contains(&byte);
        if text.len() > LONGEST || !text.bytes().all(is_allowed) || !url.has_valid_host() {
            return Err(UpdateUrlError::Form {
                found: text.to_owned(),
            });
        }
        if !url.is_https() && !url.is_loopback() {
            return Err(UpdateUrlError::Insecure {
                found: text.to_owned(),
            });
        }
        Ok(url)
    }

    /// The address as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the server is authenticated and the connection encrypted.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether the server is the machine itself.
    pub fn is_loopback(&self) -> bool {
        matches!(self.host(), "127.0.0.1" | "localhost")
    }

    /// The name of the server.
    pub fn host(&self) -> &str {
        let authority = self.authority();
        authority.split_once(':').map_or(authority, |(host, _)| host)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        let written = self
            .authority()
            .split_once(':')
            .and_then(|(_, port)| port.parse().ok());
        written.unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// What is requested from the server: the path and the query.
    pub fn path(&self) -> String {
        let rest = &self.after_scheme()[self.authority().len()..];
        if rest.starts_with('/') {
            rest.to_owned()
        } else {
            format!("/{rest}")
        }
    }

    /// The address of a file in this folder.
    pub fn file(&self, name: &str) -> Result<Self, UpdateUrlError> {
        Self::new(&format!("{}/{name}", self.0.trim_end_matches('/')))
    }

    /// The address that a manifest or a redirect at this address names: a whole one, one from the server's root, or one
    /// beside this file.
    pub fn beside(&self, reference: &str) -> Result<Self, UpdateUrlError> {
        if reference.contains("://") {
            return Self::new(reference);
        }
        // `//host/path`, and a path that leaves its folder.
        if reference.is_empty()
            || reference.starts_with("//")
            || reference.split('/').any(|part| part == "..")
        {
            return Err(UpdateUrlError::Form {
                found: reference.to_owned(),
            });
        }
        let scheme_and_host = self.0.len() - self.after_scheme().len() + self.authority().len();
        if reference.starts_with('/') {
            return Self::new(&format!("{}{reference}", &self.0[..scheme_and_host]));
        }
        let without_query = self.0.split('?').next().unwrap_or(&self.0);
        let folder = without_query[scheme_and_host..].rfind('/');
        let folder = folder.map_or(scheme_and_host, |slash| scheme_and_host + slash);
        Self::new(&format!("{}/{reference}", &self.0[..folder]))
    }

    fn after_scheme(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, rest)| rest)
    }

    fn authority(&self) -> &str {
        self.after_scheme().split(['/', '?']).next().unwrap_or_default()
    }

    /// Names and addresses of version 4, with an optional port. There is no user in an address.
    fn has_valid_host(&self) -> bool {
        if !self.0.starts_with("https://") && !self.0.starts_with("http://") {
            return false;
        }
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
        let host = self.host();
        let port = self
            .authority()
            .split_once(':')
            .map(|(_, port)| port.parse::<u16>());
        !host.is_empty() && host.bytes().all(is_allowed) && !matches!(port, Some(Err(_) | Ok(0)))
    }
}

validated_text!(UpdateUrl, UpdateUrlError);

impl fmt::Display for UpdateUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error for an address that updates do not come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateUrlError {
    /// It is not an address.
    Form {
        /// The string.
        found: String,
    },
    /// Anyone between the machine and the server could change what it answers.
    Insecure {
        /// The string.
        found: String,
    },
}

impl fmt::Display for UpdateUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form { found } => write!(
                f,
                "invalid address {found:?}; expected one such as \"https://example.com/agent\", without a user and spaces"
            ),
            Self::Insecure { found } => write!(
                f,
                "insecure address {found:?}; expected one that begins with `https://`, or with `http://127.0.0.1` in a \
                 test"
            ),
        }
    }
}

impl std::error::Error for UpdateUrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_secure_or_on_the_machine_itself() {
        for text in [
            "https://e.com",
            "https://e.com:8443/a?b=c",
            "http://127.0.0.1:80/a",
            "http://localhost",
        ] {
            assert_eq!(UpdateUrl::new(text).unwrap().as_str(), text);
        }
        for text in [
            "http://e.com/a",
            "http://127.0.0.1.e.com/",
            "http://localhost.e.com",
        ] {
            assert!(
                matches!(UpdateUrl::new(text), Err(UpdateUrlError::Insecure { .. })),
                "{text}"
            );
        }
        let long = format!("https://e.com/{}", "a".repeat(LONGEST));
        for text in [
            "",
            "e.com",
            "ftp://e.com",
            "https://",
            "https:///a",
            "https://u:p@e.com/a",
            "http://127.0.0.1@e.com/",
            "https://e.com:0/",
            "https://e.com:http/",
            "https://e.com/a b",
            "https://e.com/\r\nHost: x",
            "https://e.com/ä",
            "https://e.com\\@x",
            &long,
        ] {
            assert!(
                matches!(UpdateUrl::new(text), Err(UpdateUrlError::Form { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_has_parts() {
        let parts = |text: &str| {
            let url = UpdateUrl::new(text).unwrap();
            (url.host().to_owned(), url.port(), url.path())
        };
        assert_eq!(parts("https://e.com"), ("e.com".to_owned(), 443, "/".to_owned()));
        assert_eq!(
            parts("https://e.com?a"),
            ("e.com".to_owned(), 443, "/?a".to_owned())
        );
        assert_eq!(
            parts("http://localhost:81/a/b?c"),
            ("localhost".to_owned(), 81, "/a/b?c".to_owned())
        );
    }

    #[test]
    fn a_reference_stays_with_https() {
        let base = UpdateUrl::new("https://e.com/a/update-stable.json?x=/y").unwrap();
        let beside = |text: &str| base.beside(text).map(|url| url.0);
        assert_eq!(beside("b.msi").unwrap(), "https://e.com/a/b.msi");
        assert_eq!(beside("v1/b.msi").unwrap(), "https://e.com/a/v1/b.msi");
        assert_eq!(beside("/b.msi").unwrap(), "https://e.com/b.msi");
        assert_eq!(beside("https://f.com/b").unwrap(), "https://f.com/b");
        for text in [
            "",
            "../b",
            "a/../../b",
            "//f.com/b",
            "http://f.com/b",
            "file:///c:/b",
        ] {
            assert!(beside(text).is_err(), "{text}");
        }
        let host_only = UpdateUrl::new("https://e.com").unwrap();
        assert_eq!(host_only.beside("b").unwrap().as_str(), "https://e.com/b");
    }
}
