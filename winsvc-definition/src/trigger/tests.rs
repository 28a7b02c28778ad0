use proptest::prelude::*;

use super::*;

fn text() -> impl Strategy<Value = TriggerText> {
    r"[^\pC]{1,40}".prop_map(|text| TriggerText::new(&text).unwrap())
}

fn guid() -> impl Strategy<Value = Guid> {
    any::<u128>().prop_map(Guid::from_u128)
}

fn port() -> impl Strategy<Value = FirewallPort> {
    let number = prop_oneof![Just(Port::Rpc), (1..=u16::MAX).prop_map(Port::Number)];
    let protocol = prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp)];
    let owner = prop::option::of((text(), prop::option::of(text())));
    (number, protocol, owner).prop_map(|(port, protocol, owner)| {
        let (application, service) = owner.unzip();
        FirewallPort {
            port,
            protocol,
            application,
            service: service.flatten(),
        }
    })
}

pub(crate) fn trigger() -> impl Strategy<Value = Trigger> {
    use TriggerEvent as Event;
    let either = prop_oneof![
        Just(Event::DomainJoin),
        Just(Event::DomainLeave),
        Just(Event::FirstIpAddress),
        Just(Event::LastIpAddress),
        Just(Event::MachinePolicy),
        Just(Event::UserPolicy),
        port().prop_map(Event::FirewallPortOpen),
        port().prop_map(Event::FirewallPortClose),
        (guid(), prop::collection::vec(text(), 0..3))
            .prop_map(|(class, hardware_ids)| Event::Device { class, hardware_ids }),
        guid().prop_map(|provider| Event::Etw { provider }),
    ];
    let either = (
        either,
        prop_oneof![Just(TriggerAction::Start), Just(TriggerAction::Stop)],
    );
    let start = prop_oneof![
        text().prop_map(|pipe| Event::NamedPipe { pipe }),
        guid().prop_map(|interface| Event::RpcInterface { interface }),
    ];
    prop_oneof![either, start.prop_map(|event| (event, TriggerAction::Start))]
        .prop_map(|(event, action)| Trigger { action, event })
}

#[test]
fn kinds_stand_at_the_places_of_their_events() {
    for (index, kind) in KINDS.into_iter().enumerate() {
        assert_eq!(kind.on as usize, index);
    }
    for protocol in Protocol::ALL {
        assert_eq!(protocol.scm_name(), protocol.as_str().to_uppercase());
    }
}

#[test]
fn the_form_on_one_line_is_stable() {
    let trigger = Trigger {
        action: TriggerAction::Stop,
        event: TriggerEvent::FirewallPortClose(FirewallPort {
            port: Port::Number(5001),
            protocol: Protocol::Udp,
            application: Some(TriggerText::new(r"%ProgramFiles%\a b.exe").unwrap()),
            service: None,
        }),
    };
    let line = "stop\tfirewall-port-close\tport=5001\tprotocol=udp\tapplication=%ProgramFiles%\\a b.exe";
    assert_eq!(trigger.to_string(), line);
    assert_eq!(Trigger::new(line), Ok(trigger));
}

#[test]
fn what_is_missing_or_has_no_meaning_is_named() {
    let error = |line: &str| Trigger::new(&line.replace(' ', "\t")).unwrap_err().to_string();
    assert_eq!(
        error("begin"),
        "invalid value \"begin\" for `action` of a trigger"
    );
    assert_eq!(error("start"), "invalid value \"\" for `on` of a trigger");
    assert_eq!(error("start device"), "missing key `class` for this trigger");
    assert_eq!(
        error("start device class=1"),
        "invalid value \"1\" for `class` of a trigger"
    );
    assert_eq!(
        error("start etw provider=1"),
        "invalid value \"1\" for `provider` of a trigger"
    );
    assert_eq!(
        error("start rpc-interface interface=1"),
        "invalid value \"1\" for `interface` of a trigger"
    );
    assert_eq!(
        error("start domain-join port=1"),
        "unexpected key `port` for this trigger"
    );
    assert_eq!(
        error("start firewall-port-open port=0"),
        "invalid port \"0\"; expected a number from 1 to 65535, or \"RPC\""
    );
    assert_eq!(
        error("start firewall-port-open port=RPC"),
        "missing key `protocol` for this trigger"
    );
    assert_eq!(
        error("start firewall-port-open port=1 protocol=tcp service=a"),
        "missing key `application` for this trigger"
    );
    assert_eq!(
        error("stop named-pipe pipe=a"),
        "this trigger cannot stop a service; expected `action = \"start\"`"
    );
}

#[test]
fn texts_end_where_the_scm_s_bytes_do() {
    assert!(TriggerText::new(&"n".repeat(511)).is_ok());
    assert!(TriggerText::new(&"n".repeat(512)).is_err());
    assert!(TriggerText::new("").is_err());
    assert!(TriggerText::new("a\tb").is_err());
    let port = |length: usize| {
        let application = "n".repeat(length);
        Trigger::new(&format!(
            "start\tfirewall-port-open\tport=5001\tprotocol=udp\tapplication={application}"
        ))
    };
    // 5001, UDP and the application with a zero each, and the last zero.
    assert!(port(512 - 5 - 4 - 1 - 1).is_ok());
    assert!(port(512 - 5 - 4 - 1).is_err());
}

proptest! {
    #[test]
    fn whatever_is_written_reads_back(trigger in trigger()) {
        prop_assert_eq!(Trigger::new(&trigger.to_string()), Ok(trigger));
    }

    #[test]
    fn no_line_makes_it_panic(line in any::<String>(), tail in any::<String>()) {
        let _ = Trigger::new(&line);
        let _ = Trigger::new(&format!("start\tdevice\t{tail}"));
    }
}
