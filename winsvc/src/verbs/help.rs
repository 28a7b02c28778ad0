//! The help of the verbs.

use std::fmt::Write as _;

use winsvc_definition::Property;

#[cfg(feature = "update")]
use super::command::UPDATE;
use super::command::{FORGET, RUN, SET, Verb};
use super::word::word;

/// The help; `program` is the name of the exe, `services` are the names of its services, `properties` those of the
/// product.
pub(super) fn help(program: &str, services: &[&str], properties: &[Property]) -> String {
    let names: Vec<String> = services.iter().map(|name| format!("\"{name}\"")).collect();
    let plural = if services.len() > 1 { "s" } else { "" };
    let mut text = format!(
        "Manages the Windows service{plural} {}.\n\n\
         Usage: {program} {} <COMMAND> [OPTIONS]\n\nCommands:\n",
        names.join(", "),
        word()
    );
    for verb in Verb::ALL {
        let _ = writeln!(text, "  {:<11} {}", verb.as_str(), verb.about());
    }
    #[cfg(feature = "update")]
    let _ = writeln!(
        text,
        "  {UPDATE:<11} show what the updater does; check for a new version (--check), or install it (--now)"
    );
    let _ = writeln!(
        text,
        "  {RUN:<11} run the program in this terminal, with the remaining arguments\n\nOptions:"
    );
    let width = 16;
    for (option, about) in [
        ("--dry-run", "show what would be done without doing it"),
        (
            "--purge",
            "also remove the settings, data and logs in %ProgramData%",
        ),
        (
            "--account NAME",
            "the account of the service, instead of the program's own choice",
        ),
        (
            "--password-stdin",
            "read the password of the account from the standard input",
        ),
        ("--set NAME=VALUE", "set a property of the product"),
        ("--forget", "use the defaults of properties that were set earlier"),
        ("--firewall", "also add the optional firewall rules"),
        ("--no-firewall", "add no firewall rules"),
        ("--timeout TIME", "how long to wait, such as 30s or 2m"),
        ("--lines N", "how many events or lines to show, 50 by default"),
        ("--follow", "wait for new events or lines, until Ctrl-C"),
        ("--files", "show the log files instead of the event log"),
        (
            "--service NAME",
            "the service that is meant, if the program has several",
        ),
        ("--json", "print JSON"),
    ] {
        let name = option.split(' ').next();
        if properties.is_empty() && [Some(SET), Some(FORGET)].contains(&name) {
            continue;
        }
        let verbs = Verb::ALL
            .into_iter()
            .filter(|verb| verb.options().iter().any(|it| Some(*it) == name));
        let verbs: Vec<&str> = verbs.map(Verb::as_str).collect();
        let verbs = if verbs.len() == Verb::ALL.len() {
            String::new()
        } else {
            format!(" ({})", verbs.join(", "))
        };
        let _ = writeln!(text, "  {option:<width$}  {about}{verbs}");
    }
    let _ = writeln!(text, "  {:<width$}  print this help", "-h, --help");
    if !properties.is_empty() {
        text.push_str("\nProperties:\n");
    }
    for Property {
        name, description, ..
    } in properties
    {
        let _ = writeln!(text, "  {name:<width$}  {description}", name = name.as_str());
    }
    text.push_str(
        "\nExit codes:\n  \
         0 success   1 failure   2 usage error   3 not running (status only)\n  \
         4 not installed   5 administrator rights required   6 timed out\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use winsvc_definition::PropertyName;

    use super::*;

    #[test]
    fn the_help_lists_the_properties() {
        let property = Property {
            description: "The port to listen on".to_owned(),
            ..Property::new(PropertyName::new("LISTEN_PORT").unwrap())
        };
        let help = help("agent", &["acme-agent"], &[property]);
        for line in [
            "  --set NAME=VALUE  set a property of the product (install)",
            "  --forget          use the defaults of properties that were set earlier (install)",
            "Properties:",
            "  LISTEN_PORT       The port to listen on",
        ] {
            assert!(help.lines().any(|found| found == line), "{line}\n{help}");
        }
    }

    #[test]
    fn the_help_is_one_page() {
        let help = help("agent", &["acme-agent"], &[]);
        // Only with the feature.
        let lines = help
            .split_inclusive('\n')
            .filter(|line| !line.starts_with("  update "));
        assert_eq!(
            lines.collect::<String>(),
            "\
Manages the Windows service \"acme-agent\".

Usage: agent service <COMMAND> [OPTIONS]

Commands:
  install     register the service, or update its registration
  uninstall   stop the service and remove its registration
  start       start the service and wait until it is running
  stop        stop the service and wait until it has stopped
  restart     stop the service if it is running, and start it
  status      show the state and the registration of the service
  logs        show the events of the service, or its log files
  run         run the program in this terminal, with the remaining arguments

Options:
  --dry-run         show what would be done without doing it (install, uninstall)
  --purge           also remove the settings, data and logs in %ProgramData% (uninstall)
  --account NAME    the account of the service, instead of the program's own choice (install)
  --password-stdin  read the password of the account from the standard input (install)
  --firewall        also add the optional firewall rules (install)
  --no-firewall     add no firewall rules (install)
  --timeout TIME    how long to wait, such as 30s or 2m (uninstall, start, stop, restart)
  --lines N         how many events or lines to show, 50 by default (logs)
  --follow          wait for new events or lines, until Ctrl-C (logs)
  --files           show the log files instead of the event log (logs)
  --service NAME    the service that is meant, if the program has several
  --json            print JSON
  -h, --help        print this help

Exit codes:
  0 success   1 failure   2 usage error   3 not running (status only)
  4 not installed   5 administrator rights required   6 timed out
"
        );
    }
}
