//! Lines that the packaging tool adds to a stamp, so that it recognizes an exe that it has built.

use super::{Stamp, StampError, push_line};

const PACKAGE: &str = "package";
const BINARY: &str = "binary";
const TARGET: &str = "target";

/// The package, the binary and the target of an exe. The lines follow those of the stamp; a running service ignores
/// them.
///
/// ```
/// use winsvc_definition::*;
///
/// let stamp = Stamp {
///     definition: Definition::new(ServiceName::new("acme-agent").unwrap()),
///     role: Role::Service,
///     build: Build::new("1.4.0"),
///     layout: Layout::default(),
///     properties: Vec::new(),
///     firewall: Vec::new(),
///     host: None,
///     autostart: Vec::new(),
///     update: None,
/// };
/// let origin = Origin {
///     package: "acme-agent".to_owned(),
///     binary: "agent".to_owned(),
///     target: "x86_64-pc-windows-gnu".to_owned(),
/// };
/// let content = [stamp.encode(), origin.encode()].concat();
/// assert_eq!(Origin::decode(&content), Ok(origin));
/// assert_eq!(Stamp::decode(&content), Ok(stamp));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The package's name.
    pub package: String,
    /// The binary's name.
    pub binary: String,
    /// The target's triple.
    pub target: String,
}

impl Origin {
    /// Encodes the lines that follow [`Stamp::encode`].
    pub fn encode(&self) -> Vec<u8> {
        let mut text = String::new();
        push_line(&mut text, PACKAGE, &self.package);
        push_line(&mut text, BINARY, &self.binary);
        push_line(&mut text, TARGET, &self.target);
        text.into_bytes()
    }

    /// Decodes the lines from the whole content of a resource.
    pub fn decode(content: &[u8]) -> Result<Self, StampError> {
        let mut fields = Stamp::fields(content)?;
        let mut field = |key: &'static str| {
            let value = fields.remove(key).and_then(|mut values| values.pop());
            value.ok_or(StampError::Missing { key })
        };
        Ok(Self {
            package: field(PACKAGE)?,
            binary: field(BINARY)?,
            target: field(TARGET)?,
        })
    }
}
