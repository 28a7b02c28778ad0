//! URL protocols: the registry values by which Windows finds the program that opens an address
//! ([Registering an Application to a URI Scheme](https://learn.microsoft.com/previous-versions/windows/internet-explorer/ie-developer/platform-apis/aa767914(v=vs.85))).

use super::super::MsiError;
use super::super::names::{file_id, identifier};
use super::template::{Part, argument};
use super::{INSTALL_FOLDER, Package};
use crate::product::UrlProtocol;
use winsvc_definition::command_line::Quotes;

/// The key below `HKEY_LOCAL_MACHINE` with the protocols.
const CLASSES: &str = r"Software\Classes";

impl Package<'_> {
    /// Adds the values. The protocols are components of their own, so that a repair restores a value that is missing.
    pub(super) fn protocols(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        for protocol in &product.machine.protocols {
            let UrlProtocol { scheme, file, .. } = protocol;
            let id = identifier(&format!("Protocol.{scheme}"));
            let guid = self.component_guid("protocol", std::slice::from_ref(scheme));
            let exe = format!("[#{}]", file_id(&product.files[*file]));
            let key = format!(r"{CLASSES}\{scheme}");
            let name = self.formatted(&format!("{id}.NameText"), &format!("URL:{}", product.name))?;
            let command = self.protocol_command(&id, &exe, protocol)?;
            let feature = protocol.feature.as_ref();
            self.registry_component(&id, guid, INSTALL_FOLDER, &id, "", feature)?;
            self.registry_value(&id, &key, "", &name, &id)?;
            // An empty value, by which Windows tells a protocol from other classes.
            self.registry_value(&format!("{id}.Mark"), &key, "URL Protocol", "", &id)?;
            let icon = format!(r"{key}\DefaultIcon");
            self.registry_value(&format!("{id}.Icon"), &icon, "", &format!("{exe},0"), &id)?;
            let open = format!(r"{key}\shell\open\command");
            self.registry_value(&format!("{id}.Command"), &open, "", &command, &id)?;
        }
        Ok(())
    }

    fn protocol_command(&mut self, id: &str, exe: &str, protocol: &UrlProtocol) -> Result<String, MsiError> {
        let mut line = vec![
            Part::literal("\""),
            Part::Reference(exe.to_owned()),
            Part::literal("\""),
        ];
        for text in &protocol.arguments {
            line.push(Part::literal(" "));
            // An address may have spaces, although it should not.
            let quotes = if text.as_written().contains("%1") {
                Quotes::Always
            } else {
                Quotes::IfNeeded
            };
            line.extend(argument(text, quotes));
        }
        self.fitted(&format!("{id}.Line"), &line)
    }
}
