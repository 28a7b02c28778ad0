//! Rules of the firewall that a package adds.

use std::fmt;
use std::net::IpAddr;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use super::{FeatureName, TextError};
use crate::{
    FirewallAction, FirewallDirection, FirewallProfile, FirewallProtocol, FirewallRule, FirewallTraffic,
    NamedText, ServiceName, TextName, validated_text,
};

/// The name of a rule: a key of `firewall`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1)))]
#[serde(try_from = "String")]
pub struct FirewallName(String);

impl FirewallName {
    /// Checks the name.
    pub fn new(text: &str) -> Result<Self, TextError> {
        check(text, !text.trim().is_empty() && !text.ends_with('\\')).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

validated_text!(FirewallName, TextError);

/// The description of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String"))]
#[serde(try_from = "String")]
pub struct FirewallText(String);

impl FirewallText {
    /// Checks the text.
    pub fn new(text: &str) -> Result<Self, TextError> {
        check(text, !text.ends_with('\\')).map(Self)
    }
}

validated_text!(FirewallText, TextError);

/// Whether a text can be a part of a rule: the firewall stores a rule as text between `|`, and a quotation mark would end
/// an option of netsh.exe.
pub fn is_firewall_text(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() || c == '|' || c == '"')
}

fn check(text: &str, is_complete: bool) -> Result<String, TextError> {
    if is_complete && is_firewall_text(text) {
        Ok(text.to_owned())
    } else {
        Err(TextError {
            expected: "one without `|`, quotation marks and control characters, and without a backslash at its end",
            found: text.to_owned(),
        })
    }
}

/// A table in `firewall`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "Fields"))]
#[serde(try_from = "Fields")]
pub struct FirewallTable {
    /// The service whose exe and name the rule has.
    pub service: Option<ServiceName>,
    /// The program that the rule is for, by its binary's name.
    pub program: Option<String>,
    /// The connections.
    pub traffic: FirewallTraffic,
    /// The feature that the rule belongs to; `None` for that of its program.
    pub feature: Option<FeatureName>,
    /// The description; may be empty.
    description: FirewallText,
    /// Whether an installation adds the rule only on request.
    optional: bool,
}

impl FirewallTable {
    /// The rule with this name, for an exe at this path below the installation folder.
    pub fn rule(&self, name: String, program: &[String], service: Option<&ServiceName>) -> FirewallRule {
        FirewallRule {
            name,
            program: program.to_vec(),
            service: service.cloned(),
            traffic: self.traffic.clone(),
            description: self.description.0.clone(),
            optional: self.optional,
        }
    }

    /// Its texts with names.
    pub fn texts(&self) -> impl Iterator<Item = &NamedText> {
        self.traffic.ports.iter().chain(&self.traffic.remote)
    }
}

/// The keys of a table.
#[derive(serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fields {
    /// The service whose exe and name the rule has; default: the only service.
    service: Option<ServiceName>,
    /// The program that the rule is for, by its binary's name, instead of `service`.
    program: Option<String>,
    /// The ports: numbers, ranges such as `"9000-9010"`, or words; default: all.
    #[serde(default)]
    port: OneOrMore,
    /// The protocol: a word such as `tcp`, or its number; default: `tcp`.
    #[serde(default)]
    protocol: Protocol,
    /// The direction of the connections; default: `in`.
    direction: Option<FirewallDirection>,
    /// What happens to the connections; default: `allow`.
    action: Option<FirewallAction>,
    /// The networks in which the rule applies; default: `["domain", "private"]`.
    profiles: Option<Vec<FirewallProfile>>,
    /// The addresses of the other side: addresses, networks, ranges, or words; default: any.
    #[serde(default)]
    remote: OneOrMore,
    /// What the rule is for.
    #[serde(default)]
    description: FirewallText,
    /// Whether an installation adds the rule only on request.
    #[serde(default)]
    optional: bool,
    /// The feature that it belongs to; default: that of its program.
    feature: Option<FeatureName>,
}

impl TryFrom<Fields> for FirewallTable {
    type Error = FirewallTableError;

    fn try_from(fields: Fields) -> Result<Self, FirewallTableError> {
        let defaults = FirewallTraffic::default();
        let traffic = FirewallTraffic {
            direction: fields.direction.unwrap_or(defaults.direction),
            action: fields.action.unwrap_or(defaults.action),
            protocol: fields.protocol.0,
            ports: fields.port.0,
            remote: fields.remote.0,
            profiles: fields.profiles.unwrap_or(defaults.profiles),
        };
        if fields.service.is_some() && fields.program.is_some() {
            return Err(FirewallTableError::TwoPrograms);
        }
        if traffic.profiles.is_empty() {
            return Err(FirewallTableError::NoProfile);
        }
        for port in &traffic.ports {
            check_port(port, &traffic)?;
        }
        for address in &traffic.remote {
            if !is_remote(address) {
                return Err(FirewallTableError::Remote {
                    found: address.as_written().to_owned(),
                });
            }
        }
        Ok(Self {
            service: fields.service,
            program: fields.program,
            traffic,
            description: fields.description,
            optional: fields.optional,
            feature: fields.feature,
        })
    }
}

/// The words for ports that the system assigns. netsh has them for incoming connections by TCP.
const PORT_WORDS: [&str; 3] = ["rpc", "rpc-epmap", "iphttps"];

/// The words for addresses.
const REMOTE_WORDS: [&str; 5] = ["local-subnet", "dns", "dhcp", "wins", "default-gateway"];

fn check_port(port: &NamedText, traffic: &FirewallTraffic) -> Result<(), FirewallTableError> {
    let written = port.as_written();
    if !traffic.protocol.has_ports() {
        return Err(FirewallTableError::NoPorts {
            protocol: traffic.protocol.as_str().to_owned(),
        });
    }
    if PORT_WORDS.contains(&written) {
        return if traffic.protocol.is_tcp() && traffic.direction == FirewallDirection::In {
            Ok(())
        } else {
            Err(FirewallTableError::PortWord {
                found: written.to_owned(),
            })
        };
    }
    let number = |text: &str| text.parse::<u16>().ok();
    let is_port = match written.split_once('-') {
        Some((first, last)) => {
            matches!((number(first), number(last)), (Some(first), Some(last)) if first <= last)
        }
        None => number(written).is_some(),
    };
    if is_port || has_properties_only(port) {
        Ok(())
    } else {
        Err(FirewallTableError::Port {
            found: written.to_owned(),
        })
    }
}

fn is_remote(text: &NamedText) -> bool {
    let written = text.as_written();
    if REMOTE_WORDS.contains(&written) || has_properties_only(text) {
        return true;
    }
    let address = |text: &str| text.parse::<IpAddr>().ok();
    if let Some((first, last)) = written.split_once('-') {
        return match (address(first), address(last)) {
            (Some(IpAddr::V4(first)), Some(IpAddr::V4(last))) => first <= last,
            (Some(IpAddr::V6(first)), Some(IpAddr::V6(last))) => first <= last,
            _ => false,
        };
    }
    match written.split_once('/') {
        Some((network, length)) => match (address(network), length.parse::<u8>()) {
            (Some(IpAddr::V4(_)), Ok(length)) => length <= 32,
            (Some(IpAddr::V6(_)), Ok(length)) => length <= 128,
            _ => false,
        },
        None => address(written).is_some(),
    }
}

/// Whether the installation determines the text: it has names, and they are those of properties.
fn has_properties_only(text: &NamedText) -> bool {
    text.names().next().is_some() && text.names().all(|name| matches!(name, TextName::Property(_)))
}

/// A protocol as a word or a number.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "FirewallProtocol"),
    schemars(with = "crate::schema::OneOf<(String, u8)>")
)]
struct Protocol(FirewallProtocol);

impl<'de> Deserialize<'de> for Protocol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_any(WordOrNumber("a protocol such as \"tcp\", or its number"))?;
        FirewallProtocol::new(&text).map(Self).map_err(D::Error::custom)
    }
}

/// A text or a number, or a list of them.
#[derive(Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "crate::schema::OneOf<(NamedText, i64, Vec<crate::schema::OneOf<(NamedText, i64)>>)>")
)]
struct OneOrMore(Vec<NamedText>);

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Vec<String>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a number, or a list of them")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Vec<String>, E> {
                Ok(vec![text.to_owned()])
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Vec<String>, E> {
                Ok(vec![number.to_string()])
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<String>, A::Error> {
                struct Entry(String);

                impl<'de> Deserialize<'de> for Entry {
                    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                        deserializer
                            .deserialize_any(WordOrNumber("a string or a number"))
                            .map(Self)
                    }
                }

                let mut list = Vec::new();
                while let Some(Entry(text)) = seq.next_element()? {
                    list.push(text);
                }
                Ok(list)
            }
        }

        let texts = deserializer.deserialize_any(Either)?;
        let texts: Result<Vec<NamedText>, _> = texts.iter().map(|text| NamedText::new(text)).collect();
        texts.map(Self).map_err(D::Error::custom)
    }
}

/// A text, or a number as a text. The field says what is expected.
struct WordOrNumber(&'static str);

impl Visitor<'_> for WordOrNumber {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }
}

/// The error for a table of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
enum FirewallTableError {
    /// It names a service and a program.
    TwoPrograms,
    /// It has no profile.
    NoProfile,
    /// The protocol has no ports.
    NoPorts {
        /// The protocol.
        protocol: String,
    },
    /// A port is invalid.
    Port {
        /// The text.
        found: String,
    },
    /// A word for ports does not apply.
    PortWord {
        /// The word.
        found: String,
    },
    /// An address is invalid.
    Remote {
        /// The text.
        found: String,
    },
}

impl fmt::Display for FirewallTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TwoPrograms => f.write_str("a firewall rule has either `service` or `program`, not both"),
            Self::NoProfile => {
                f.write_str("the list `profiles` is empty; expected `domain`, `private` or `public`")
            }
            Self::NoPorts { protocol } => write!(
                f,
                "unexpected key `port` for the protocol `{protocol}`; only `tcp` and `udp` have ports"
            ),
            Self::Port { found } => write!(
                f,
                "invalid port {found:?}; expected a number up to 65535, a range such as \"9000-9010\", a property such \
                 as \"{{LISTEN_PORT}}\", or {}",
                PORT_WORDS.join(", ")
            ),
            Self::PortWord { found } => write!(
                f,
                "the port `{found}` is one of incoming connections by TCP; expected `protocol = \"tcp\"` and \
                 `direction = \"in\"`"
            ),
            Self::Remote { found } => write!(
                f,
                "invalid address {found:?}; expected an address, a network such as \"10.0.0.0/8\", a range such as \
                 \"10.0.0.1-10.0.0.9\", a property such as \"{{REMOTE_ADDR}}\", or {}",
                REMOTE_WORDS.join(", ")
            ),
        }
    }
}

impl std::error::Error for FirewallTableError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<FirewallTable, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    fn options(text: &str) -> String {
        let rule = read(text)
            .unwrap()
            .rule("Acme: a".to_owned(), &["a.exe".to_owned()], None);
        let arguments = rule.add().arguments(|name| format!("<{name}>"));
        arguments[5..].join(" ")
    }

    #[test]
    fn a_table_needs_no_key() {
        assert_eq!(
            options(""),
            "dir=in action=allow program=<install>a.exe protocol=tcp profile=domain,private enable=yes"
        );
    }

    #[test]
    fn ports_are_numbers_ranges_words_and_properties() {
        for (text, expected) in [
            ("port = 8080", "localport=8080"),
            ("port = '8080'", "localport=8080"),
            ("port = '{LISTEN_PORT}'", "localport=<LISTEN_PORT>"),
            (
                "port = [8080, '9000-9010', 'rpc-epmap']",
                "localport=8080,9000-9010,rpc-epmap",
            ),
            ("port = 443\ndirection = 'out'", "remoteport=443"),
        ] {
            let options = options(text);
            assert!(options.contains(&format!(" {expected} ")), "{options}");
        }
        for port in [
            "65536",
            "-1",
            "'9-8'",
            "'http'",
            "''",
            "'{install}'",
            "'1-{data}'",
        ] {
            let error = read(&format!("port = {port}")).unwrap_err();
            assert!(error.starts_with("invalid port "), "{error}");
        }
        assert_eq!(
            read("port = 1\nprotocol = 'icmpv4'").unwrap_err(),
            "unexpected key `port` for the protocol `icmpv4`; only `tcp` and `udp` have ports"
        );
        for other in ["protocol = 'udp'", "direction = 'out'"] {
            let error = read(&format!("port = 'rpc'\n{other}")).unwrap_err();
            assert!(error.starts_with("the port `rpc` is one of incoming"), "{error}");
        }
    }

    #[test]
    fn remote_machines_are_addresses_networks_ranges_and_words() {
        let remote = "remote = ['local-subnet', '10.1.2.3', 'fe80::/10', '10.0.0.1-10.0.0.9', '{REMOTE}', \
             'default-gateway']\nprotocol = 47\nprofiles = ['public']";
        assert_eq!(
            options(remote),
            "dir=in action=allow program=<install>a.exe protocol=47 profile=public \
             remoteip=localsubnet,10.1.2.3,fe80::/10,10.0.0.1-10.0.0.9,<REMOTE>,defaultgateway enable=yes"
        );
        for address in [
            "10.0.0.0/33",
            "::/129",
            "10.0.0.2-10.0.0.1",
            "10.0.0.1-::1",
            "example.com",
            "",
        ] {
            let error = read(&format!("remote = '{address}'")).unwrap_err();
            assert!(error.starts_with("invalid address "), "{error}");
        }
    }

    #[test]
    fn what_the_firewall_or_netsh_would_read_otherwise_is_refused() {
        for text in ["a|b", "a\"b", "a\\", "a\tb"] {
            assert!(FirewallText::new(text).is_err(), "{text}");
            assert!(FirewallName::new(text).is_err(), "{text}");
        }
        assert!(FirewallName::new(" ").is_err());
        assert_eq!(
            read("program = 'a'\nservice = 'b'").unwrap_err(),
            "a firewall rule has either `service` or `program`, not both"
        );
        assert!(
            read("profiles = []")
                .unwrap_err()
                .starts_with("the list `profiles` is empty")
        );
        assert_eq!(
            read("protocol = 'sctp'").unwrap_err(),
            "unknown protocol \"sctp\"; expected tcp, udp, icmpv4, icmpv6, any, or a number from 0 to 255"
        );
    }
}
