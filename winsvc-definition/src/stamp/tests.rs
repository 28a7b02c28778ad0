//! Stamps of this version, of older and newer versions, and damaged stamps.

use proptest::prelude::*;

use super::*;
use crate::{
    Dependency, Guid, Limits, NamedText, Privilege, PropertyName, ResetPeriod, SecurityDescriptor, SidType,
    Trigger, UpdateKey, UpdateUrl, UpdateWindow, VariableName,
};

const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

fn stamp() -> Stamp {
    let mut definition = Definition::new(ServiceName::new("acme-agent").unwrap());
    definition.description = "Watches.\nReports \\ logs.".to_owned();
    definition.start = StartType::Delayed;
    definition.account = Account::GroupManaged(r"ACME\agent$".to_owned());
    definition.dependencies = vec![
        Dependency::new("Tcpip").unwrap(),
        Dependency::new("+TDI").unwrap(),
    ];
    definition.arguments = vec![
        Argument::Text(NamedText::new("--name={LISTEN_PORT} b").unwrap()),
        Argument::literal(""),
        Argument::Raw(PropertyName::new("FLAGS").unwrap()),
    ];
    let variable = NamedText::new("info,{name}=b").unwrap();
    definition.environment = [(VariableName::new("RUST_LOG").unwrap(), variable)].into();
    definition.stop_timeout = Timeout::new("1500ms").unwrap();
    definition.preshutdown_timeout = Some(Timeout::new("3m").unwrap());
    definition.watchdog = Some(Timeout::new("30s").unwrap());
    definition.limits = Limits::default().memory(512 << 20).processes(8).cpu_percent(50);
    definition.recovery = Recovery {
        restart: vec![Timeout::new("5s").unwrap(), Timeout::new("2m").unwrap()],
        reset_after: ResetPeriod::NEVER,
        on_error_exit: false,
        give_up: true,
    };
    definition.sid_type = SidType::None;
    definition.privileges = ["SeBackupPrivilege", "SeRestorePrivilege"]
        .map(|name| Privilege::new(name).unwrap())
        .into();
    definition.security = Some(SecurityDescriptor::new("D:(A;;GA;;;BA)").unwrap());
    definition.triggers = [
        "start\tdevice\tclass=53f56307-b6bf-11d0-94f2-00a0c91efb8b\thardware-id=USBSTOR\\GenDisk",
        "stop\tlast-ip-address",
    ]
    .map(|line| Trigger::new(line).unwrap())
    .into();
    Stamp {
        definition,
        role: Role::Updater,
        build: Build {
            version: "1.4.0-rc.1".to_owned(),
            built: Some(1_700_000_000),
            commit: Some("0123abc-dirty".to_owned()),
        },
        layout: Layout {
            data_folder: vec!["Acme".to_owned(), "Acme Agent".to_owned()],
            folder_access: vec!["S-1-5-80-1-2-3-4-5".to_owned()],
            exe_folder: vec!["bin".to_owned()],
            registry_key: r"Software\Acme\Acme Agent".to_owned(),
        },
        properties: vec![Property {
            default: NamedText::literal("80"),
            max: Some(65535),
            ..Property::new(PropertyName::new("LISTEN_PORT").unwrap())
        }],
        firewall: vec![crate::firewall::tests::rule()],
        host: Some("program = 'a\\b'\narguments = ['=']\n".to_owned()),
        autostart: vec![
            crate::autostart::tests::run(),
            crate::autostart::tests::task("boot"),
        ],
        update: Some(Update {
            window: Some(UpdateWindow::new("02:00-05:00").unwrap()),
            services: vec![ServiceName::new("acme-agent").unwrap()],
            ..Update::new(
                Guid::from_u128(15),
                UpdateUrl::new("https://dl.acme.example/agent").unwrap(),
                vec![UpdateKey::new(KEY).unwrap()],
            )
        }),
    }
}

#[test]
fn the_format_is_stable() {
    let expected = r"winsvc-stamp 1
version=1.4.0-rc.1
built=1700000000
commit=0123abc-dirty
data-folder=Acme
data-folder=Acme Agent
folder-access=S-1-5-80-1-2-3-4-5
exe-folder=bin
registry-key=Software\\Acme\\Acme Agent
property=LISTEN_PORT	default=80	max=65535
name=acme-agent
role=updater
display-name=acme-agent
description=Watches.\nReports \\ logs.
start=delayed
account=ACME\\agent$
dependency=Tcpip
dependency=+TDI
argument=--name={LISTEN_PORT} b
argument=
raw-arguments=FLAGS
environment=RUST_LOG=info,{name}=b
start-timeout=30s
stop-timeout=1500ms
preshutdown-timeout=3m
watchdog=30s
limits-memory=512MB
limits-processes=8
limits-cpu=50%
recovery-restart=5s 2m
recovery-reset-after=never
recovery-on-error-exit=false
recovery-give-up=true
sid-type=none
privilege=SeBackupPrivilege
privilege=SeRestorePrivilege
trigger=start	device	class=53f56307-b6bf-11d0-94f2-00a0c91efb8b	hardware-id=USBSTOR\\GenDisk
trigger=stop	last-ip-address
security=D:(A;;GA;;;BA)
firewall=Acme Agent: http	program=bin\\agent.exe	service=agent	direction=in	action=allow	protocol=tcp	port={LISTEN_PORT}	port=9000-9010	remote=local-subnet	remote=10.0.0.0/8	profile=domain	profile=private	profile=public	description=Serves = the web page.	optional=true
autostart=Acme Tray	program=bin\\tray.exe	argument=--port={LISTEN_PORT}	optional=false
autostart=Acme Updates	program=update.exe	at=boot	folder=Acme\\Agent	as=local-service	elevated=false	hidden=false	optional=false
host=program = 'a\\b'\narguments = ['=']\n
update-product=00000000-0000-0000-0000-00000000000f
update-url=https://dl.acme.example/agent
update-channel=stable
update-key=RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3
update-check=6h
update-auto=install
update-window=02:00-05:00
update-soak=5m
update-rollback=true
update-service=acme-agent
";
    assert_eq!(String::from_utf8(stamp().encode()).unwrap(), expected);
    assert_eq!(Stamp::decode(expected.as_bytes()), Ok(stamp()));
}

#[test]
fn unknown_keys_of_a_newer_tool_are_ignored() {
    let mut content = stamp().encode();
    content.extend_from_slice(b"pause=true\n");
    assert_eq!(Stamp::decode(&content), Ok(stamp()));
}

#[test]
fn a_running_service_ignores_unknown_values_of_a_newer_tool() {
    let content = String::from_utf8(stamp().encode()).unwrap();
    let newer = content
        .replace("start=delayed", "start=when-idle")
        .replace("stop-timeout=1500ms", "stop-timeout=adaptive")
        .replace("sid-type=none", "sid-type=virtual")
        .replace("dependency=+TDI", "dependency=")
        .replace("trigger=stop\tlast-ip-address", "trigger=pause\tlast-ip-address")
        .replace("built=1700000000", "built=yesterday");
    let mut expected = stamp();
    let default = Definition::new(ServiceName::new("acme-agent").unwrap());
    expected.definition.start = default.start;
    expected.definition.stop_timeout = default.stop_timeout;
    expected.definition.sid_type = default.sid_type;
    expected.definition.dependencies.pop();
    expected.definition.triggers.pop();
    expected.build.built = None;
    assert_eq!(Stamp::decode_known(newer.as_bytes()), Ok(expected));

    // For registering the service, every value must be known.
    let error = Stamp::decode(newer.as_bytes()).unwrap_err();
    assert!(matches!(error, StampError::Value { key: "start", .. }), "{error}");
}

#[test]
fn a_running_service_only_requires_its_name() {
    let stamp = Stamp::decode_known(b"winsvc-stamp 1\nname=acme\n").unwrap();
    assert_eq!(stamp.definition.name.as_str(), "acme");
    assert_eq!(stamp.build, Build::default());
    for damaged in [
        "",
        "winsvc-stamp 2\nname=acme\n",
        "winsvc-stamp 1\nversion=1\n",
        "winsvc-stamp 1\nname=a/b\n",
    ] {
        assert!(Stamp::decode_known(damaged.as_bytes()).is_err(), "{damaged:?}");
    }
}

#[test]
fn a_service_of_an_unknown_role_is_not_run_as_the_author_s() {
    let content = b"winsvc-stamp 1\nname=acme-agent\nrole=watcher\n";
    for stamp in [Stamp::decode(content), Stamp::decode_known(content)] {
        let error = stamp.unwrap_err().to_string();
        assert_eq!(
            error,
            "`role` of the winsvc stamp: unknown role of a service \"watcher\"; expected one of service, updater"
        );
    }
}

#[test]
fn keys_that_an_older_tool_did_not_stamp_have_their_defaults() {
    let stamp = Stamp::decode(b"winsvc-stamp 1\nversion=1\nname=acme\n").unwrap();
    assert_eq!(
        stamp.definition,
        Definition::new(ServiceName::new("acme").unwrap())
    );
}

#[test]
fn an_empty_recovery_is_read_back() {
    let mut stamp = stamp();
    stamp.definition.recovery.restart.clear();
    assert_eq!(Stamp::decode(&stamp.encode()), Ok(stamp));
}

#[test]
fn an_error_names_the_damage() {
    let decode = |content: &str| Stamp::decode(content.as_bytes()).unwrap_err().to_string();
    assert_eq!(
        decode(""),
        "the winsvc stamp does not begin with \"winsvc-stamp \""
    );
    assert_eq!(
        decode("winsvc-stamp 2\n"),
        "the winsvc stamp has the form \"2\"; this version of winsvc reads \"1\""
    );
    assert_eq!(
        decode("winsvc-stamp 1\nversion=1\n"),
        "the winsvc stamp has no `name`"
    );
    assert_eq!(
        decode("winsvc-stamp 1\nversion=1\nname=a/b\n"),
        "`name` of the winsvc stamp: invalid character '/' in the service name"
    );
}

proptest! {
    #[test]
    fn whatever_is_written_reads_back(
        description in any::<String>(),
        arguments in proptest::collection::vec("\\PC{0,20}", 0..4),
        value in "\\PC{0,20}",
        version in any::<String>(),
        built in any::<Option<u64>>(),
    ) {
        let mut stamp = stamp();
        stamp.definition.description = description;
        stamp.definition.arguments = arguments.iter().map(|text| Argument::literal(text)).collect();
        stamp.definition.environment = [(VariableName::new("V").unwrap(), NamedText::literal(&value))].into();
        stamp.build = Build { version, built, commit: None };
        prop_assert_eq!(Stamp::decode_known(&stamp.encode()), Ok(stamp.clone()));
        prop_assert_eq!(Stamp::decode(&stamp.encode()), Ok(stamp));
    }

    #[test]
    fn no_content_makes_it_panic(content in any::<Vec<u8>>(), text in any::<String>()) {
        let _ = Stamp::decode(&content);
        let _ = Stamp::decode_known(&content);
        let _ = Stamp::decode(format!("winsvc-stamp 1\n{text}").as_bytes());
    }
}
