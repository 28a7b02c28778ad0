//! What shows that a program serves.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::{Host, HostCommand};
use crate::{NamedText, TextName, Timeout};

/// A check that can be made again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Something accepts connections.
    Tcp(SocketAddress),
    /// A request for this address is answered with a status from 200 to 399.
    Http(NamedText),
    /// The command exits with 0.
    Command(HostCommand),
}

impl Probe {
    /// Its texts.
    pub(super) fn texts(&self) -> &[NamedText] {
        match self {
            Self::Tcp(address) => std::slice::from_ref(&address.0),
            Self::Http(url) => std::slice::from_ref(url),
            Self::Command(command) => command.texts(),
        }
    }
}

/// When a program is ready: the table `ready`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "ReadinessTable")
)]
pub enum Readiness {
    /// It has run for this long.
    Alive(Timeout),
    /// It has printed a line with this text.
    Line(String),
    /// This file exists. It is removed before the program starts.
    File(NamedText),
    /// The probe succeeds.
    Probe {
        /// The probe.
        probe: Probe,
        /// The time from one attempt to the next.
        interval: Timeout,
    },
}

impl Readiness {
    const DEFAULT_INTERVAL: Timeout = match Timeout::from_milliseconds(250) {
        Some(interval) => interval,
        None => unreachable!(),
    };

    pub(super) fn probe(&self) -> Option<&Probe> {
        match self {
            Self::Probe { probe, .. } => Some(probe),
            _ => None,
        }
    }

    pub(super) fn file(&self) -> Option<&NamedText> {
        match self {
            Self::File(path) => Some(path),
            _ => None,
        }
    }
}

impl Default for Readiness {
    fn default() -> Self {
        Self::Alive(Host::DEFAULT_ALIVE)
    }
}

/// What shows that a program still serves: the table `health`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "HealthTable")
)]
pub struct HealthCheck {
    /// The probe.
    pub probe: Probe,
    /// The time from one check to the next.
    pub interval: Timeout,
    /// How long a check may take.
    pub timeout: Timeout,
    /// After how many failed checks in a row the program is restarted.
    pub failures: u32,
}

/// The address of a server: a port of this machine, or `HOST:PORT`.
///
/// ```
/// use winsvc_definition::manifest::SocketAddress;
///
/// assert!(SocketAddress::new("8080").is_ok());
/// assert!(SocketAddress::new("[::1]:8080").is_ok());
/// assert!(SocketAddress::new("localhost").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "crate::schema::OneOf<(std::num::NonZeroU16, String)>")
)]
pub struct SocketAddress(NamedText);

impl SocketAddress {
    /// Checks the port, unless it has names.
    pub fn new(text: &str) -> Result<Self, SocketAddressError> {
        let invalid = || SocketAddressError {
            found: text.to_owned(),
        };
        let named = NamedText::new(text).map_err(|_| invalid())?;
        let port = text.rsplit_once(':').map_or(text, |(_, port)| port);
        let is_port = matches!(port.parse::<u16>(), Ok(1..));
        let has_property = || named.names().any(|name| matches!(name, TextName::Property(_)));
        if is_port || has_property() {
            Ok(Self(named))
        } else {
            Err(invalid())
        }
    }

    /// The address as it is written.
    pub fn text(&self) -> &NamedText {
        &self.0
    }
}

/// The error for a text that is not the address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketAddressError {
    found: String,
}

impl fmt::Display for SocketAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid address {:?}; expected a port such as 8080, or a host and a port such as \"127.0.0.1:8080\"",
            self.found
        )
    }
}

impl std::error::Error for SocketAddressError {}

impl<'de> Deserialize<'de> for SocketAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PortOrText;

        impl Visitor<'_> for PortOrText {
            type Value = SocketAddress;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a port such as 8080, or a string such as \"127.0.0.1:8080\"")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<SocketAddress, E> {
                SocketAddress::new(text).map_err(E::custom)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<SocketAddress, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<SocketAddress, E> {
                self.visit_str(&number.to_string())
            }
        }

        deserializer.deserialize_any(PortOrText)
    }
}

/// The keys of `ready`. One of them is there, and `interval` beside a probe.
#[derive(serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ReadinessTable {
    /// It has run for this long.
    alive: Option<Timeout>,
    /// It has printed a line with this text.
    #[cfg_attr(feature = "schema", schemars(extend("minLength" = 1)))]
    line: Option<String>,
    /// This file exists. It is removed before the program starts.
    file: Option<NamedText>,
    /// Something accepts connections: a port of this machine, or `HOST:PORT`.
    tcp: Option<SocketAddress>,
    /// A request for this `http://` address is answered with a status from 200 to 399.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = URL_PATTERN)))]
    http: Option<NamedText>,
    /// The command exits with 0.
    command: Option<HostCommand>,
    /// The time from one attempt to the next; default: `250ms`.
    interval: Option<Timeout>,
}

impl<'de> Deserialize<'de> for Readiness {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = ReadinessTable::deserialize(deserializer)?;
        let interval = table.interval.unwrap_or(Self::DEFAULT_INTERVAL);
        let probe = |probe| Self::Probe { probe, interval };
        let found = [
            table.alive.map(Self::Alive),
            table.line.map(Self::Line),
            table.file.map(Self::File),
            table.tcp.map(|address| probe(Probe::Tcp(address))),
            table.http.map(|url| probe(Probe::Http(url))),
            table.command.map(|command| probe(Probe::Command(command))),
        ];
        let readiness = only(found).ok_or_else(|| {
            D::Error::custom("expected one of `alive`, `line`, `file`, `tcp`, `http`, `command` in `ready`")
        })?;
        match &readiness {
            Self::Line(text) if text.is_empty() => {
                return Err(D::Error::custom("`line` is empty; expected a part of a line"));
            }
            Self::Probe {
                probe: Probe::Http(url),
                ..
            } => check_url(url).map_err(D::Error::custom)?,
            Self::Probe { .. } => {}
            _ if table.interval.is_some() => {
                return Err(D::Error::custom("`interval` needs `tcp`, `http` or `command`"));
            }
            _ => {}
        }
        Ok(readiness)
    }
}

/// The keys of `health`. One probe is there.
#[derive(serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct HealthTable {
    /// Something accepts connections: a port of this machine, or `HOST:PORT`.
    tcp: Option<SocketAddress>,
    /// A request for this `http://` address is answered with a status from 200 to 399.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = URL_PATTERN)))]
    http: Option<NamedText>,
    /// The command exits with 0.
    command: Option<HostCommand>,
    /// The time from one check to the next; default: `30s`.
    interval: Option<Timeout>,
    /// How long a check may take; default: `5s`.
    timeout: Option<Timeout>,
    /// After how many failed checks in a row the program is restarted; default: 3.
    #[cfg_attr(feature = "schema", schemars(extend("minimum" = 1)))]
    failures: Option<u32>,
}

impl<'de> Deserialize<'de> for HealthCheck {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = HealthTable::deserialize(deserializer)?;
        let found = [
            table.tcp.map(Probe::Tcp),
            table.http.map(Probe::Http),
            table.command.map(Probe::Command),
        ];
        let probe = only(found)
            .ok_or_else(|| D::Error::custom("expected one of `tcp`, `http`, `command` in `health`"))?;
        if let Probe::Http(url) = &probe {
            check_url(url).map_err(D::Error::custom)?;
        }
        let failures = table.failures.unwrap_or(3);
        if failures == 0 {
            return Err(D::Error::custom("`failures` is 0; expected at least 1"));
        }
        Ok(Self {
            probe,
            interval: table.interval.unwrap_or(Timeout::seconds(30)),
            timeout: table.timeout.unwrap_or(Timeout::seconds(5)),
            failures,
        })
    }
}

/// The only value that is there.
fn only<T, const N: usize>(values: [Option<T>; N]) -> Option<T> {
    let mut found = values.into_iter().flatten();
    found.next().filter(|_| found.next().is_none())
}

/// What [`check_url`] accepts.
#[cfg(feature = "schema")]
const URL_PATTERN: &str = r"^http://\S+$";

/// Checks the scheme: probes are for a server of this machine, which need no encryption.
fn check_url(url: &NamedText) -> Result<(), String> {
    let written = url.as_written();
    match written.strip_prefix("http://") {
        Some(rest) if !rest.is_empty() && !written.contains(char::is_whitespace) => Ok(()),
        _ => Err(format!(
            "invalid address {written:?}; expected one that begins with `http://`, such as \
             \"http://127.0.0.1:8080/health\""
        )),
    }
}
