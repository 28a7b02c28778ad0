//! Rules of Windows Defender Firewall, and the commands of netsh.exe that add and delete them.
//!
//! The MSI and the exe's own commands run the same commands
//! ([netsh advfirewall firewall](https://learn.microsoft.com/windows-server/administration/windows-commands/netsh-advfirewall)).
//! The name of a rule is its identity: netsh deletes all rules of a name, and adds another one if there is one already.

mod stamped;

use std::fmt;

pub use stamped::FirewallRuleError;

use crate::words::words;
use crate::{NamedText, ServiceName, TextName, TextPart, validated_text};

/// A rule of the firewall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallRule {
    /// The name, which no other rule of the machine should have.
    pub name: String,
    /// The path of the program's exe below the installation folder, the outer folder first.
    pub program: Vec<String>,
    /// The service that the rule is for; `None` for every process of the program.
    pub service: Option<ServiceName>,
    /// The connections.
    pub traffic: FirewallTraffic,
    /// The description; may be empty.
    pub description: String,
    /// Whether an installation adds the rule only on request.
    pub optional: bool,
}

/// The connections that a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallTraffic {
    /// Whether they are incoming or outgoing.
    pub direction: FirewallDirection,
    /// What the firewall does with them.
    pub action: FirewallAction,
    /// The protocol.
    pub protocol: FirewallProtocol,
    /// The ports: of this machine for incoming connections, of the other one for outgoing ones; empty for all.
    pub ports: Vec<NamedText>,
    /// The addresses of the other machines; empty for all.
    pub remote: Vec<NamedText>,
    /// The kinds of networks.
    pub profiles: Vec<FirewallProfile>,
}

impl Default for FirewallTraffic {
    /// Incoming connections by TCP, in the networks of a domain and in private ones.
    fn default() -> Self {
        Self {
            direction: FirewallDirection::In,
            action: FirewallAction::Allow,
            protocol: FirewallProtocol::default(),
            ports: Vec::new(),
            remote: Vec::new(),
            profiles: vec![FirewallProfile::Domain, FirewallProfile::Private],
        }
    }
}

words! {
    /// The direction of a connection.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum FirewallDirection {
        /// From another machine to this one.
        In = "in",
        /// From this machine to another one.
        Out = "out",
    }
    error FirewallDirectionError("direction");
}

words! {
    /// What the firewall does with a connection.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum FirewallAction {
        /// Allow it.
        Allow = "allow",
        /// Block it.
        Block = "block",
    }
    error FirewallActionError("action");
}

words! {
    /// A kind of network.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum FirewallProfile {
        /// The network of the machine's domain.
        Domain = "domain",
        /// A network that its user has marked as private.
        Private = "private",
        /// Any other network.
        Public = "public",
    }
    error FirewallProfileError("profile");
}

/// A protocol: `tcp`, `udp`, `icmpv4`, `icmpv6`, `any`, or its number.
///
/// ```
/// use winsvc_definition::FirewallProtocol;
///
/// assert!(FirewallProtocol::new("tcp").unwrap().has_ports());
/// assert_eq!(FirewallProtocol::new("17"), FirewallProtocol::new("udp"));
/// assert!(FirewallProtocol::new("256").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallProtocol(String);

impl FirewallProtocol {
    const WORDS: [&str; 5] = [Self::TCP, Self::UDP, "icmpv4", "icmpv6", "any"];
    const TCP: &str = "tcp";
    const UDP: &str = "udp";

    /// Checks the word, or the number.
    pub fn new(text: &str) -> Result<Self, FirewallProtocolError> {
        let word = match text.parse::<u8>() {
            // https://www.iana.org/assignments/protocol-numbers
            Ok(6) => Self::TCP.to_owned(),
            Ok(17) => Self::UDP.to_owned(),
            Ok(number) => number.to_string(),
            Err(_) if Self::WORDS.contains(&text) => text.to_owned(),
            Err(_) => {
                return Err(FirewallProtocolError {
                    found: text.to_owned(),
                });
            }
        };
        Ok(Self(word))
    }

    /// Whether it is TCP.
    pub fn is_tcp(&self) -> bool {
        self.0 == Self::TCP
    }

    /// Whether it has ports that netsh knows.
    pub fn has_ports(&self) -> bool {
        [Self::TCP, Self::UDP].contains(&self.0.as_str())
    }

    /// The word, or the number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for FirewallProtocol {
    fn default() -> Self {
        Self(Self::TCP.to_owned())
    }
}

validated_text!(FirewallProtocol, FirewallProtocolError);

/// The error for a string that is not a protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallProtocolError {
    found: String,
}

impl fmt::Display for FirewallProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown protocol {:?}; expected {}, or a number from 0 to 255",
            self.found,
            FirewallProtocol::WORDS.join(", ")
        )
    }
}

impl std::error::Error for FirewallProtocolError {}

/// A command of netsh.exe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetshCommand {
    /// The words before the options.
    pub words: [&'static str; 4],
    /// The options: `key=value`.
    pub options: Vec<(&'static str, Vec<TextPart>)>,
}

impl NetshCommand {
    /// The program's file name, in the system folder.
    pub const PROGRAM: &str = "netsh.exe";

    /// The arguments; `value` gives the values of the names in them.
    pub fn arguments(&self, value: impl Fn(&TextName) -> String) -> Vec<String> {
        let mut arguments: Vec<String> = self.words.map(str::to_owned).into();
        for (key, parts) in &self.options {
            let mut argument = format!("{key}=");
            for part in parts {
                match part {
                    TextPart::Literal(literal) => argument.push_str(literal),
                    TextPart::Name(name) => argument.push_str(&value(name)),
                }
            }
            arguments.push(argument);
        }
        arguments
    }
}

impl FirewallRule {
    /// The command that adds the rule.
    ///
    /// ```
    /// use winsvc_definition::{FirewallRule, FirewallTraffic, NamedText, TextName};
    ///
    /// let rule = FirewallRule {
    ///     name: "Acme: http".to_owned(),
    ///     program: vec!["agent.exe".to_owned()],
    ///     service: None,
    ///     traffic: FirewallTraffic { ports: vec![NamedText::literal("8080")], ..FirewallTraffic::default() },
    ///     description: String::new(),
    ///     optional: false,
    /// };
    /// let arguments = rule.add().arguments(|name| match name {
    ///     TextName::Install => r"C:\Acme\".to_owned(),
    ///     _ => String::new(),
    /// });
    /// assert_eq!(
    ///     arguments.join(" "),
    ///     r"advfirewall firewall add rule name=Acme: http dir=in action=allow program=C:\Acme\agent.exe protocol=tcp localport=8080 profile=domain,private enable=yes"
    /// );
    /// ```
    pub fn add(&self) -> NetshCommand {
        let literal = |text: &str| vec![TextPart::Literal(text.to_owned())];
        let traffic = &self.traffic;
        let mut options = vec![
            ("name", literal(&self.name)),
            ("dir", literal(traffic.direction.as_str())),
            ("action", literal(traffic.action.as_str())),
            (
                "program",
                vec![
                    TextPart::Name(TextName::Install),
                    TextPart::Literal(self.program.join("\\")),
                ],
            ),
        ];
        if let Some(service) = &self.service {
            options.push(("service", literal(service.as_str())));
        }
        options.push(("protocol", literal(traffic.protocol.as_str())));
        if !traffic.ports.is_empty() {
            let key = match traffic.direction {
                FirewallDirection::In => "localport",
                FirewallDirection::Out => "remoteport",
            };
            options.push((key, list(&traffic.ports)));
        }
        let profiles: Vec<&str> = traffic.profiles.iter().map(|profile| profile.as_str()).collect();
        options.push(("profile", literal(&profiles.join(","))));
        if !traffic.remote.is_empty() {
            options.push(("remoteip", list(&traffic.remote)));
        }
        options.push(("enable", literal("yes")));
        if !self.description.is_empty() {
            options.push(("description", literal(&self.description)));
        }
        NetshCommand {
            words: ["advfirewall", "firewall", "add", "rule"],
            options,
        }
    }

    /// The command that deletes all rules with the name. It fails if there is none.
    pub fn delete(&self) -> NetshCommand {
        NetshCommand {
            words: ["advfirewall", "firewall", "delete", "rule"],
            options: vec![("name", vec![TextPart::Literal(self.name.clone())])],
        }
    }
}

/// Words of Cargo.toml that netsh writes without a hyphen.
const NETSH_WORDS: [(&str, &str); 2] = [
    ("local-subnet", "localsubnet"),
    ("default-gateway", "defaultgateway"),
];

fn list(texts: &[NamedText]) -> Vec<TextPart> {
    let mut parts = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            parts.push(TextPart::Literal(",".to_owned()));
        }
        let written = text.as_written();
        match NETSH_WORDS.into_iter().find(|(word, _)| *word == written) {
            Some((_, netsh)) => parts.push(TextPart::Literal(netsh.to_owned())),
            None => parts.extend(text.parts().iter().cloned()),
        }
    }
    parts
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn rule() -> FirewallRule {
        let text = |text: &str| NamedText::new(text).unwrap();
        FirewallRule {
            name: "Acme Agent: http".to_owned(),
            program: vec!["bin".to_owned(), "agent.exe".to_owned()],
            service: Some(ServiceName::new("agent").unwrap()),
            traffic: FirewallTraffic {
                ports: vec![text("{LISTEN_PORT}"), text("9000-9010")],
                remote: vec![text("local-subnet"), text("10.0.0.0/8")],
                profiles: FirewallProfile::ALL.into(),
                ..FirewallTraffic::default()
            },
            description: "Serves = the web page.".to_owned(),
            optional: true,
        }
    }

    fn arguments(command: &NetshCommand) -> String {
        command.arguments(|name| format!("<{name}>")).join("|")
    }

    #[test]
    fn a_rule_becomes_the_commands_of_netsh() {
        assert_eq!(
            arguments(&rule().add()),
            r"advfirewall|firewall|add|rule|name=Acme Agent: http|dir=in|action=allow|program=<install>bin\agent.exe|service=agent|protocol=tcp|localport=<LISTEN_PORT>,9000-9010|profile=domain,private,public|remoteip=localsubnet,10.0.0.0/8|enable=yes|description=Serves = the web page."
        );
        assert_eq!(
            arguments(&rule().delete()),
            "advfirewall|firewall|delete|rule|name=Acme Agent: http"
        );
        let mut outgoing = rule();
        outgoing.traffic.direction = FirewallDirection::Out;
        assert!(arguments(&outgoing.add()).contains("|dir=out|"));
        assert!(arguments(&outgoing.add()).contains("|remoteport=<LISTEN_PORT>,9000-9010|"));
    }
}
