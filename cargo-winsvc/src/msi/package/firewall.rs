//! Rules of the firewall, added and deleted by netsh.exe.
//!
//! Windows Installer has no table for them. A failure is logged and has no other effect: the firewall's service may be
//! disabled, and `delete` fails if there is no such rule. An upgrade deletes the rules of the old version and adds
//! those of the new one.

use winsvc_definition::{FirewallRule, NetshCommand, TextPart};

use super::super::MsiError;
use super::super::names::identifier;
use super::super::sequences::Phase;
use super::commands::{ROLLBACK, system_folder};
use super::conditions::{at_installation, at_removal, in_second_run};
use super::template::{Fitted, Part, fit, parts};
use super::{CONTINUE, FIREWALL, Package};
use crate::build::target::Arch;
use crate::product::Rule;

impl Package<'_> {
    /// Adds the commands for each rule.
    pub(super) fn firewall(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        if product.machine.firewall.is_empty() {
            return Ok(());
        }
        self.secure.insert(FIREWALL.to_owned());
        self.second_run(["Firewall.Change", "Firewall.Reinstall"], FIREWALL, "")?;
        self.remember(FIREWALL)?;
        for Rule { rule, feature } in &product.machine.firewall {
            let feature = feature.as_ref();
            let id = identifier(&format!("Firewall.{}", rule.name));
            let wanted = if rule.optional {
                format!("{FIREWALL}=\"1\"")
            } else {
                format!("{FIREWALL}<>\"0\"")
            };
            let (first, second) = (at_installation(feature), in_second_run(feature));
            let installation = format!("({first} OR {second}) AND {wanted}");
            // A second run may not want a rule that exists.
            let clear = format!("{first} AND {wanted} OR {second}");
            let removal = format!("{} AND {wanted}", at_removal(feature));
            let rolled_back = ROLLBACK | CONTINUE;
            for (action, command, bits, condition, phase) in [
                // netsh adds a second rule of the same name.
                ("Clear", rule.delete(), CONTINUE, &clear, Phase::Firewall),
                ("Undo", rule.delete(), rolled_back, &installation, Phase::Firewall),
                ("Add", rule.add(), CONTINUE, &installation, Phase::Firewall),
                ("Back", rule.add(), rolled_back, &removal, Phase::FirewallRemoval),
                (
                    "Remove",
                    rule.delete(),
                    CONTINUE,
                    &removal,
                    Phase::FirewallRemoval,
                ),
            ] {
                let action = format!("{id}.{action}");
                let command = command_parts(&command, product.arch);
                let target = self.fitted(&action, &command)?;
                self.action(&action, &target, bits, condition, phase)?;
            }
        }
        Ok(())
    }
}

/// Whether the commands of a rule fit into their columns.
pub(in crate::msi) fn fits(rule: &FirewallRule, arch: Arch) -> bool {
    let Fitted { text, .. } = fit("", &command_parts(&rule.add(), arch), super::FORMATTED);
    text.encode_utf16().count() <= super::FORMATTED
}

/// The command line.
fn command_parts(command: &NetshCommand, arch: Arch) -> Vec<Part> {
    let mut line = vec![
        Part::literal("\""),
        Part::Reference(format!("[{}]", system_folder(arch))),
        Part::literal(format!("{}\" {}", NetshCommand::PROGRAM, command.words.join(" "))),
    ];
    for (key, value) in &command.options {
        // The value of a name may have spaces.
        let is_plain = |part: &TextPart| matches!(part, TextPart::Literal(text) if !text.contains(' '));
        let quote = if value.iter().all(is_plain) { "" } else { "\"" };
        line.push(Part::literal(format!(" {key}={quote}")));
        line.extend(parts(value));
        line.push(Part::literal(quote));
    }
    line
}
