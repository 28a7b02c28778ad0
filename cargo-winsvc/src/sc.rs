//! What `sc.exe` is told where neither `sc create` nor a table of Windows Installer does it: the zip's script and the MSI
//! say the same.
//!
//! A command is `sc VERB NAME OPTION…`; a function a verb gives its options, each an argument of its own, and none where
//! nothing is to be said, as a new service has that by itself. Sources:
//! [`sc failure`](https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/cc742019(v=ws.11)),
//! [`sc failureflag`](https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/cc742011(v=ws.11)),
//! and what `sc triggerinfo` prints of itself.

use thiserror::Error;
use winsvc_definition::registration::{self, FailureActions};
use winsvc_definition::{Definition, Trigger, TriggerAction, TriggerEvent, TriggerText};

/// `sc failure`: what is done when the service fails.
pub fn failure(definition: &Definition) -> Vec<String> {
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
        .map(|action| format!("restart/{}", action.delay))
        .collect();
    vec![
        "reset=".to_owned(),
        reset,
        "actions=".to_owned(),
        actions.join("/"),
    ]
}

/// `sc failureflag`: whether an end with an error is a failure too.
pub fn failure_flag(definition: &Definition) -> Vec<String> {
    let flag = definition.recovery.on_error_exit.then(|| "1".to_owned());
    flag.into_iter().collect()
}

/// `sc triggerinfo`: what starts or stops the service. It has fewer events than the SCM.
pub fn trigger_info(definition: &Definition) -> Result<Vec<String>, UnknownTrigger> {
    definition
        .triggers
        .iter()
        .map(|trigger| {
            trigger_option(trigger).ok_or_else(|| UnknownTrigger {
                // The form on one line, with blanks that can be seen.
                trigger: trigger.to_string().replace('\t', " "),
            })
        })
        .collect()
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

/// Texts in one option; none where sc.exe would take one of them apart, as it knows no escape.
fn fields(texts: &[String], separator: &str) -> Option<String> {
    let is_whole = |text: &String| !text.contains('/') && !text.contains(separator);
    texts.iter().all(is_whole).then(|| texts.join(separator))
}

/// A trigger that `sc triggerinfo` cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("sc.exe has no option for the trigger `{trigger}`")]
pub struct UnknownTrigger {
    /// The trigger, on one line.
    pub trigger: String,
}

#[cfg(test)]
mod tests {
    use winsvc_definition::{ResetPeriod, ServiceName};

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
            "reset=",
            "86400",
            "actions=",
            "restart/5000/restart/30000/restart/60000",
        ];
        assert_eq!(failure(&definition), options);
        assert_eq!(failure_flag(&definition), ["1"]);

        definition.recovery.reset_after = ResetPeriod::NEVER;
        assert_eq!(failure(&definition)[1], "INFINITE");
    }

    #[test]
    fn what_a_new_service_has_by_itself_is_not_told() {
        let mut definition = definition();
        definition.recovery.restart.clear();
        definition.recovery.on_error_exit = false;
        assert_eq!(failure(&definition), Vec::<String>::new());
        assert_eq!(failure_flag(&definition), Vec::<String>::new());
        assert_eq!(trigger_info(&definition), Ok(Vec::new()));
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
            ["start/namedpipe/a;b"]
        );
    }
}
