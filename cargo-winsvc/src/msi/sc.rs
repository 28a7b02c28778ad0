//! The commands of sc.exe and reg.exe for settings that no table of Windows Installer covers.
//!
//! Each function returns the arguments of one command, or `None` if the setting is the default of a new service.
//! Sources: [`sc failure`](https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/cc742019(v=ws.11)),
//! [`sc failureflag`](https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/cc742011(v=ws.11)),
//! [`sc config`](https://learn.microsoft.com/windows-server/administration/windows-commands/sc-config),
//! [`reg add`](https://learn.microsoft.com/windows-server/administration/windows-commands/reg-add), and what
//! `sc triggerinfo`, `sc sidtype`, `sc privs`, `sc description` and `sc sdset` print of themselves.

use thiserror::Error;
use winsvc_definition::registration::{self, FailureActions};
use winsvc_definition::{
    Definition, NamedText, SecurityDescriptor, StartType, TextName, Trigger, TriggerAction, TriggerEvent,
    TriggerText,
};

/// A Windows program that changes a service's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// The command-line tool of the SCM.
    Sc,
    /// The command-line tool of the registry.
    Reg,
}

impl Program {
    /// Its file name in the system folder.
    pub(super) const fn file_name(self) -> &'static str {
        match self {
            Self::Sc => "sc.exe",
            Self::Reg => "reg.exe",
        }
    }
}

/// `sc VERB NAME OPTION…`, or `None` if there are no options.
fn command(verb: &str, definition: &Definition, options: Vec<String>) -> Vec<String> {
    if options.is_empty() {
        return options;
    }
    let mut arguments = vec![verb.to_owned(), definition.name.to_string()];
    arguments.extend(options);
    arguments
}

/// The recovery actions.
pub(super) fn failure(definition: &Definition) -> Vec<String> {
    let FailureActions {
        reset_period,
        actions,
    } = registration::failure_actions(definition);
    if actions.is_empty() {
        return Vec::new();
    }
    let reset = match reset_period {
        u32::MAX => "INFINITE".to_owned(),
        seconds => seconds.to_string(),
    };
    let actions: Vec<String> = actions
        .iter()
        .map(|action| match action.kind {
            registration::RESTART => format!("restart/{}", action.delay),
            // No action is written as an empty one.
            _ => format!("/{}", action.delay),
        })
        .collect();
    let options = vec![
        "reset=".to_owned(),
        reset,
        "actions=".to_owned(),
        actions.join("/"),
    ];
    command("failure", definition, options)
}

/// Whether stopping with an error is a failure too. Always set, because another version may have set the opposite.
pub(super) fn failure_flag(definition: &Definition) -> Vec<String> {
    let flag = u32::from(definition.recovery.on_error_exit);
    command("failureflag", definition, vec![flag.to_string()])
}

/// Removes all dependencies.
pub(super) fn no_dependencies(definition: &Definition) -> Vec<String> {
    command("config", definition, vec!["depend=".to_owned(), "/".to_owned()])
}

/// Gives the service all privileges of its account.
pub(super) fn no_privileges(definition: &Definition) -> Vec<String> {
    command("privs", definition, vec![String::new()])
}

/// Removes all triggers.
pub(super) fn delete(definition: &Definition) -> Vec<String> {
    command("delete", definition, Vec::new())
}

pub(super) fn no_triggers(definition: &Definition) -> Vec<String> {
    command("triggerinfo", definition, vec!["delete".to_owned()])
}

/// The description.
pub(super) fn description(definition: &Definition) -> Vec<String> {
    let text = Some(&definition.description).filter(|text| !text.is_empty());
    command("description", definition, text.cloned().into_iter().collect())
}

/// A delayed automatic start.
pub(super) fn delayed_start(definition: &Definition) -> Vec<String> {
    match definition.start {
        StartType::Delayed => start(definition, StartType::Delayed),
        StartType::Auto | StartType::Manual | StartType::Disabled => Vec::new(),
    }
}

/// A start type.
pub(super) fn start(definition: &Definition, kind: StartType) -> Vec<String> {
    let word = match kind {
        StartType::Auto => "auto",
        StartType::Delayed => "delayed-auto",
        StartType::Manual => "demand",
        StartType::Disabled => "disabled",
    };
    command("config", definition, vec!["start=".to_owned(), word.to_owned()])
}

/// The service SID type. Always set, because another version may have set another type.
pub(super) fn sid_type(definition: &Definition) -> Vec<String> {
    command("sidtype", definition, vec![definition.sid_type.to_string()])
}

/// The required privileges.
pub(super) fn privs(definition: &Definition) -> Vec<String> {
    let names: Vec<String> = definition.privileges.iter().map(ToString::to_string).collect();
    let list = Some(names.join("/")).filter(|list| !list.is_empty());
    command("privs", definition, list.into_iter().collect())
}

/// The security descriptor.
pub(super) fn sdset(definition: &Definition) -> Vec<String> {
    let security = definition.security.as_ref().map(SecurityDescriptor::specific);
    command("sdset", definition, security.into_iter().collect())
}

/// `reg add` for a value of the service's key.
fn add_value(definition: &Definition, name: &str, kind: &str, data: Vec<NamedText>) -> Vec<NamedText> {
    let key = format!(r"HKLM\{}\{}", registration::SERVICES_KEY, definition.name);
    let begin = ["add", &key, "/v", name, "/t", kind].map(NamedText::literal);
    begin
        .into_iter()
        .chain(data)
        .chain([NamedText::literal("/f")])
        .collect()
}

/// The preshutdown timeout, for which sc.exe has no command.
pub(super) fn add_preshutdown_timeout(definition: &Definition) -> Vec<NamedText> {
    let Some(timeout) = definition.preshutdown_timeout else {
        return Vec::new();
    };
    let data = ["/d", &timeout.milliseconds().to_string()].map(NamedText::literal);
    add_value(
        definition,
        registration::PRESHUTDOWN_TIMEOUT_VALUE,
        "REG_DWORD",
        data.into(),
    )
}

/// reg.exe's default separator between the strings of a list.
const SEPARATOR: &str = r"\0";

/// The service's environment variables, with names whose values are known to Windows Installer.
pub(super) fn add_environment(definition: &Definition) -> Vec<NamedText> {
    let name = |name: &TextName| format!("{{{name}}}");
    let variables = registration::environment(definition, &name);
    if variables.is_empty() {
        return Vec::new();
    }
    // The default separator may be part of a path; then use a character that no variable contains.
    let contains = |text: &str| variables.iter().any(|variable| variable.contains(text));
    let has_names = definition
        .environment
        .values()
        .any(|text| text.names().next().is_some());
    let separator = if has_names {
        // Rare in paths and in what administrators write.
        separator('\u{A1}'..='\u{BF}', contains)
    } else if contains(SEPARATOR) {
        separator(('!'..='~').chain('\u{E000}'..='\u{F8FF}'), contains)
    } else {
        SEPARATOR.to_owned()
    };
    let texts = definition.environment.iter().map(|(name, text)| {
        let begin = NamedText::literal(&format!("{}=", name.as_str()));
        format!("{}{}", begin.as_written(), text.as_written())
    });
    let data = texts.collect::<Vec<_>>().join(&separator);
    let data = NamedText::new(&data).expect("texts with a separator are a text");
    let mut options = Vec::new();
    if separator != SEPARATOR {
        options.extend(["/s", &separator].map(NamedText::literal));
    }
    options.extend([NamedText::literal("/d"), data]);
    add_value(
        definition,
        registration::ENVIRONMENT_VALUE,
        "REG_MULTI_SZ",
        options,
    )
}

/// The first of the characters that is not in a variable and means nothing to reg.exe.
fn separator(characters: impl Iterator<Item = char>, is_used: impl Fn(&str) -> bool) -> String {
    let mut separators = characters.map(String::from);
    let separator = separators.find(|text| !r#""\[]{}%"#.contains(text.as_str()) && !is_used(text));
    separator.unwrap_or_else(|| SEPARATOR.to_owned())
}

/// The triggers. sc.exe supports fewer events than the SCM.
pub(super) fn trigger_info(definition: &Definition) -> Result<Vec<String>, UnknownTrigger> {
    let options: Result<Vec<String>, UnknownTrigger> = definition
        .triggers
        .iter()
        .map(|trigger| {
            trigger_option(trigger).ok_or_else(|| UnknownTrigger {
                // The form on one line, with visible separators.
                trigger: trigger.to_string().replace('\t', " "),
            })
        })
        .collect();
    Ok(command("triggerinfo", definition, options?))
}

fn trigger_option(trigger: &Trigger) -> Option<String> {
    use TriggerAction::{Start, Stop};

    let option = match (trigger.action, &trigger.event) {
        (Start, TriggerEvent::DomainJoin) => "start/domainjoin".to_owned(),
        (Stop, TriggerEvent::DomainLeave) => "stop/domainleave".to_owned(),
        (Start, TriggerEvent::FirstIpAddress) => "start/networkon".to_owned(),
        (Stop, TriggerEvent::LastIpAddress) => "stop/networkoff".to_owned(),
        (Start, TriggerEvent::MachinePolicy) => "start/machinepolicy".to_owned(),
        (Start, TriggerEvent::UserPolicy) => "start/userpolicy".to_owned(),
        (Start, TriggerEvent::FirewallPortOpen(port)) => {
            format!("start/portopen/{}", fields(&port.texts(), ";")?)
        }
        (Stop, TriggerEvent::FirewallPortClose(port)) => {
            format!("stop/portclose/{}", fields(&port.texts(), ";")?)
        }
        (Start, TriggerEvent::Device { class, hardware_ids }) => {
            let ids = hardware_ids.iter().map(TriggerText::as_str);
            let all: Vec<String> = std::iter::once(class.to_string())
                .chain(ids.map(str::to_owned))
                .collect();
            format!("start/device/{}", fields(&all, "/")?)
        }
        (action, TriggerEvent::Etw { provider }) => format!("{}/custom/{provider}", action.as_str()),
        (Start, TriggerEvent::NamedPipe { pipe }) => {
            format!("start/namedpipe/{}", fields(&[pipe.as_str().to_owned()], "/")?)
        }
        (Start, TriggerEvent::RpcInterface { interface }) => format!("start/rpcinterface/{interface}"),
        _ => return None,
    };
    Some(option)
}

/// Joins strings in one option; `None` if one contains a separator, because sc.exe has no escape.
fn fields(texts: &[String], separator: &str) -> Option<String> {
    let is_whole = |text: &String| !text.contains('/') && !text.contains(separator);
    texts.iter().all(is_whole).then(|| texts.join(separator))
}

/// The error for a trigger that `sc triggerinfo` does not support.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("sc.exe has no option for the trigger `{trigger}`")]
pub struct UnknownTrigger {
    /// The trigger, on one line.
    pub trigger: String,
}

#[cfg(test)]
mod tests {
    use winsvc_definition::{ResetPeriod, ServiceName, VariableName};

    use super::*;

    fn definition() -> Definition {
        Definition::new(ServiceName::new("acme").unwrap())
    }

    fn with_trigger(line: &str) -> Definition {
        Definition {
            triggers: vec![Trigger::new(line).unwrap()],
            ..definition()
        }
    }

    #[test]
    fn recovery_is_told_as_sc_takes_it() {
        let mut definition = definition();
        let options = [
            "failure",
            "acme",
            "reset=",
            "86400",
            "actions=",
            "restart/5000/restart/30000/restart/60000",
        ];
        assert_eq!(failure(&definition), options);
        assert_eq!(failure_flag(&definition), ["failureflag", "acme", "1"]);

        definition.recovery.reset_after = ResetPeriod::NEVER;
        assert_eq!(failure(&definition)[3], "INFINITE");

        definition.recovery.restart.truncate(1);
        definition.recovery.give_up = true;
        assert_eq!(failure(&definition)[5], "restart/5000//0");
        definition.recovery.restart.clear();
        assert_eq!(failure(&definition), Vec::<String>::new());
    }

    #[test]
    fn what_a_new_service_has_by_itself_is_not_told() {
        let mut definition = definition();
        definition.recovery.restart.clear();
        definition.recovery.on_error_exit = false;
        assert_eq!(failure(&definition), Vec::<String>::new());
        assert_eq!(failure_flag(&definition), ["failureflag", "acme", "0"]);
        assert_eq!(trigger_info(&definition), Ok(Vec::new()));
        for command in [description, delayed_start, privs, sdset] {
            assert_eq!(command(&definition), Vec::<String>::new());
        }
        for command in [add_preshutdown_timeout, add_environment] {
            assert_eq!(command(&definition), Vec::<NamedText>::new());
        }
        assert_eq!(sid_type(&definition), ["sidtype", "acme", "unrestricted"]);
    }

    #[test]
    fn variables_are_kept_apart_by_what_none_of_them_has() {
        let mut definition = definition();
        let mut with = |name: &str, value: &str| {
            let name = VariableName::new(name).unwrap();
            definition
                .environment
                .insert(name, NamedText::new(value).unwrap());
            let arguments = add_environment(&definition);
            let data = arguments[6..arguments.len() - 1].iter();
            data.map(|text| text.fill(&|name| format!("<{name}>")))
                .collect::<Vec<String>>()
        };
        assert_eq!(with("A", "1"), ["/d", "A=1"]);
        assert_eq!(with("B", "2 !"), ["/d", r"A=1\0B=2 !"]);
        assert_eq!(
            with("C", r"C:\0data\01"),
            ["/s", "#", "/d", r"A=1#B=2 !#C=C:\0data\01"]
        );
        let everything: String = ('!'..='~').collect();
        assert_eq!(
            with("D", NamedText::literal(&everything).as_written())[1],
            "\u{E000}"
        );
        assert_eq!(
            with("D", "{data}"),
            ["/s", "¡", "/d", r"A=1¡B=2 !¡C=C:\0data\01¡D=<data>"]
        );
    }

    #[test]
    fn what_sc_would_take_for_a_separator_is_no_part_of_a_text() {
        for line in [
            "start\tnamed-pipe\tpipe=a/b",
            "start\tdevice\tclass=53f56307-b6bf-11d0-94f2-00a0c91efb8b\thardware-id=a/b",
            "start\tfirewall-port-open\tport=1\tprotocol=tcp\tapplication=a;b",
        ] {
            let unknown = UnknownTrigger {
                trigger: line.replace('\t', " "),
            };
            assert_eq!(trigger_info(&with_trigger(line)), Err(unknown));
        }
        let semicolon = "start\tnamed-pipe\tpipe=a;b";
        assert_eq!(
            trigger_info(&with_trigger(semicolon)).unwrap(),
            ["triggerinfo", "acme", "start/namedpipe/a;b"]
        );
    }
}
