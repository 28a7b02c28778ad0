//! The form of a rule in a stamp.

use std::fmt;

use super::{
    FirewallActionError, FirewallDirectionError, FirewallProfileError, FirewallProtocol,
    FirewallProtocolError, FirewallRule, FirewallTraffic,
};
use crate::{NameError, NamedText, NamedTextError, ServiceName};

/// The form in a stamp: the name and the other values, each after a tab.
impl fmt::Display for FirewallRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FirewallTraffic {
            direction,
            action,
            protocol,
            ports,
            remote,
            profiles,
        } = &self.traffic;
        write!(f, "{}", self.name)?;
        write!(f, "\tprogram={}", self.program.join("\\"))?;
        if let Some(service) = &self.service {
            write!(f, "\tservice={service}")?;
        }
        write!(
            f,
            "\tdirection={direction}\taction={action}\tprotocol={}",
            protocol.as_str()
        )?;
        for port in ports {
            write!(f, "\tport={}", port.as_written())?;
        }
        for address in remote {
            write!(f, "\tremote={}", address.as_written())?;
        }
        for profile in profiles {
            write!(f, "\tprofile={profile}")?;
        }
        if !self.description.is_empty() {
            write!(f, "\tdescription={}", self.description)?;
        }
        write!(f, "\toptional={}", self.optional)
    }
}

impl std::str::FromStr for FirewallRule {
    type Err = FirewallRuleError;

    /// Parses the form in a stamp.
    fn from_str(text: &str) -> Result<Self, FirewallRuleError> {
        let mut fields = text.split('\t');
        let mut rule = Self {
            name: fields.next().unwrap_or_default().to_owned(),
            program: Vec::new(),
            service: None,
            traffic: FirewallTraffic {
                profiles: Vec::new(),
                ..FirewallTraffic::default()
            },
            description: String::new(),
            optional: false,
        };
        let traffic = &mut rule.traffic;
        for field in fields {
            let (key, value) = field.split_once('=').unwrap_or((field, ""));
            match key {
                "program" => rule.program = value.split('\\').map(str::to_owned).collect(),
                "service" => rule.service = Some(ServiceName::new(value)?),
                "direction" => traffic.direction = value.parse()?,
                "action" => traffic.action = value.parse()?,
                "protocol" => traffic.protocol = FirewallProtocol::new(value)?,
                "port" => traffic.ports.push(NamedText::new(value)?),
                "remote" => traffic.remote.push(NamedText::new(value)?),
                "profile" => traffic.profiles.push(value.parse()?),
                "description" => value.clone_into(&mut rule.description),
                "optional" => rule.optional = value == "true",
                _ => {
                    return Err(FirewallRuleError::Key { key: key.to_owned() });
                }
            }
        }
        Ok(rule)
    }
}

/// The error for a rule in a stamp that this version cannot read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirewallRuleError {
    /// A key is unknown.
    Key {
        /// The key.
        key: String,
    },
    /// The service's name is invalid.
    Service(NameError),
    /// The direction is unknown.
    Direction(FirewallDirectionError),
    /// The action is unknown.
    Action(FirewallActionError),
    /// A profile is unknown.
    Profile(FirewallProfileError),
    /// The protocol is unknown.
    Protocol(FirewallProtocolError),
    /// A port or an address is invalid.
    Text(NamedTextError),
}

impl fmt::Display for FirewallRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { key } => write!(f, "unknown key {key:?} of a firewall rule"),
            Self::Service(error) => error.fmt(f),
            Self::Direction(error) => error.fmt(f),
            Self::Action(error) => error.fmt(f),
            Self::Profile(error) => error.fmt(f),
            Self::Protocol(error) => error.fmt(f),
            Self::Text(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FirewallRuleError {}

/// Implements `From` for the error of each kind of value.
macro_rules! errors {
    ($($variant:ident($error:ty),)+) => {
        $(
            impl From<$error> for FirewallRuleError {
                fn from(error: $error) -> Self {
                    Self::$variant(error)
                }
            }
        )+
    };
}

errors! {
    Service(NameError),
    Direction(FirewallDirectionError),
    Action(FirewallActionError),
    Profile(FirewallProfileError),
    Protocol(FirewallProtocolError),
    Text(NamedTextError),
}

#[cfg(test)]
mod tests {
    use super::super::tests::rule;
    use super::*;

    #[test]
    fn a_rule_is_read_back_from_its_form_in_a_stamp() {
        assert_eq!(
            rule().to_string(),
            "Acme Agent: http\tprogram=bin\\agent.exe\tservice=agent\tdirection=in\taction=allow\tprotocol=tcp\t\
             port={LISTEN_PORT}\tport=9000-9010\tremote=local-subnet\tremote=10.0.0.0/8\tprofile=domain\t\
             profile=private\tprofile=public\tdescription=Serves = the web page.\toptional=true"
        );
        let read = |text: &str| text.parse::<FirewallRule>();
        assert_eq!(read(&rule().to_string()), Ok(rule()));
        assert_eq!(
            read("a\tedge=yes").unwrap_err().to_string(),
            "unknown key \"edge\" of a firewall rule"
        );
        assert_eq!(
            read("a\tprofile=home").unwrap_err().to_string(),
            "unknown profile \"home\"; expected one of domain, private, public"
        );
    }
}
