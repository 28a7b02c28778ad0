//! Tables that are valid, and what others are refused with.

use super::*;
use crate::{
    Account, Argument, Definition, Dependency, DisplayName, Limits, NamedText, Privilege, Recovery,
    ResetPeriod, SecurityDescriptor, ServiceName, SidType, StartType, Timeout, Trigger, VariableName,
};

fn read(text: &str) -> Result<Manifest, String> {
    toml::from_str(text).map_err(|error| error.message().to_owned())
}

/// The definition of the only service.
fn definition(manifest: &Manifest, package: &str, description: Option<&str>) -> Definition {
    let tables = manifest
        .service_tables(package, &ServiceTable::default())
        .unwrap();
    assert_eq!(tables.len(), 1);
    let (name, table) = tables.into_iter().next().unwrap();
    table.definition(name, description)
}

#[test]
fn services_have_the_keys_of_the_table_as_defaults() {
    let manifest = read(
        r#"
        account = "local-service"
        stop-timeout = "10s"
        dependencies = ["Tcpip"]

        [services.agent]
        stop-timeout = "20s"
        dependencies = []

        [services.updater]
        program = "update"
        start = "manual"

        [services.other]
        program = { package = "acme-other", bin = "other" }
        "#,
    )
    .unwrap();
    let inherited = read("start = 'delayed'\naccount = 'network-service'")
        .unwrap()
        .defaults();
    let tables = manifest.service_tables("acme", &inherited).unwrap();
    let names: Vec<&str> = tables.keys().map(ServiceName::as_str).collect();
    assert_eq!(names, ["agent", "other", "updater"]);
    let services: Vec<Definition> = tables
        .iter()
        .map(|(name, table)| table.definition(name.clone(), None))
        .collect();
    let starts: Vec<StartType> = services.iter().map(|service| service.start).collect();
    assert_eq!(
        starts,
        [StartType::Delayed, StartType::Delayed, StartType::Manual]
    );
    assert!(
        services
            .iter()
            .all(|service| service.account == Account::LocalService)
    );
    let [agent, other, updater] = &services[..] else {
        unreachable!()
    };
    assert_eq!(agent.stop_timeout, Timeout::new("20s").unwrap());
    assert_eq!(updater.stop_timeout, Timeout::new("10s").unwrap());
    assert_eq!((agent.dependencies.len(), other.dependencies.len()), (0, 1));
    let programs: Vec<Option<&str>> = tables
        .values()
        .map(|table| table.program.as_ref().map(|program| program.bin.as_str()))
        .collect();
    assert_eq!(programs, [None, Some("other"), Some("update")]);
}

#[test]
fn a_service_has_the_keys_of_a_service_only() {
    let message = read("[services.agent]\nname = 'a'").unwrap_err();
    assert!(
        message
            .starts_with("unknown field `name`, expected one of `feature`, `program`, `host`, `was-named`"),
        "{message}"
    );
    let message = read("[services.'a/b']\n").unwrap_err();
    assert!(message.contains('/'), "{message}");
    let message = read("program = 5").unwrap_err();
    assert_eq!(
        message,
        "invalid type: integer `5`, expected a binary's name, or a table with `package` and `bin`"
    );
}

#[test]
fn a_table_of_a_target_is_left_to_the_reader_of_the_whole() {
    let manifest = read("[target.x86.properties.PORT]\nmin = 'low'\n[target.arm64]").unwrap();
    assert_eq!(manifest.target, ["arm64", "x86"].map(str::to_owned).into());
    assert_eq!(
        read("target.x86 = 5").unwrap_err(),
        "invalid type: integer `5`, expected a table with values for one target"
    );
    assert_eq!(
        read("target = 'x86'").unwrap_err(),
        "invalid type: string \"x86\", expected a table of targets"
    );
}

#[test]
fn an_empty_table_gives_the_defaults() {
    let manifest = read("").unwrap();
    assert_eq!(manifest, Manifest::default());
    let definition = definition(&manifest, "acme-agent", Some("Watches\n  things. "));
    let expected = Definition {
        description: "Watches things.".to_owned(),
        ..Definition::new(ServiceName::new("acme-agent").unwrap())
    };
    assert_eq!(definition, expected);
}

#[test]
fn every_key_reaches_the_definition() {
    let manifest = read(
        r#"
        name = "agent"
        was-named = ["agentd"]
        display-name = "Acme Agent"
        description = "Watches."
        start = "delayed"
        account = "local-service"
        dependencies = ["Tcpip", "+TDI"]
        arguments = ["--config", "agent.toml"]
        environment = { RUST_LOG = "info" }
        start-timeout = "1m"
        stop-timeout = "90s"
        preshutdown-timeout = "5m"
        watchdog = "45s"
        limits = { memory = "512MB", processes = 8, cpu = "50%" }
        sid-type = "restricted"
        security = "D:(A;;GA;;;BA)"
        privileges = ["SeBackupPrivilege", "SeRestorePrivilege"]

        [recovery]
        restart = ["1s", "2m"]
        reset-after = "12h"
        on-error-exit = false
        give-up = true

        [[triggers]]
        on = "first-ip-address"

        [[triggers]]
        on = "firewall-port-close"
        action = "stop"
        port = "RPC"
        protocol = "tcp"

        [package]
        manufacturer = "Acme Inc."
        product-name = "Agent"
        version = "24.11.3"
        upgrade-code = "{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}"
        install-folder = "Acme/Agent"
        data-folder = 'Acme\Data'
        formats = ["zip"]
        compression = "max"
        exe-folder = "bin"
        files = ["etc/agent.toml", { source = "README.md", target = "doc/readme.md" }]
        "#,
    )
    .unwrap();
    let definition = definition(&manifest, "package", None);
    assert_eq!(
        definition,
        Definition {
            name: ServiceName::new("agent").unwrap(),
            display_name: DisplayName::new("Acme Agent").unwrap(),
            description: "Watches.".to_owned(),
            start: StartType::Delayed,
            account: Account::LocalService,
            dependencies: vec![
                Dependency::Service(ServiceName::new("Tcpip").unwrap()),
                Dependency::Group(ServiceName::new("TDI").unwrap()),
            ],
            arguments: ["--config", "agent.toml"].map(Argument::literal).into(),
            environment: [(VariableName::new("RUST_LOG").unwrap(), NamedText::literal("info"))].into(),
            start_timeout: Timeout::new("1m").unwrap(),
            stop_timeout: Timeout::new("90s").unwrap(),
            preshutdown_timeout: Some(Timeout::new("5m").unwrap()),
            watchdog: Some(Timeout::new("45s").unwrap()),
            limits: Limits::default().memory(512 << 20).processes(8).cpu_percent(50),
            recovery: Recovery {
                restart: vec![Timeout::new("1s").unwrap(), Timeout::new("2m").unwrap()],
                reset_after: ResetPeriod::new("12h").unwrap(),
                on_error_exit: false,
                give_up: true,
            },
            sid_type: SidType::Restricted,
            privileges: vec![
                Privilege::new("SeBackupPrivilege").unwrap(),
                Privilege::new("SeRestorePrivilege").unwrap(),
            ],
            security: Some(SecurityDescriptor::new("D:(A;;GA;;;BA)").unwrap()),
            triggers: vec![
                Trigger::new("start\tfirst-ip-address").unwrap(),
                Trigger::new("stop\tfirewall-port-close\tport=RPC\tprotocol=tcp").unwrap(),
            ],
        }
    );
    assert_eq!(
        manifest.was_named,
        Some(vec![ServiceName::new("agentd").unwrap()])
    );
    assert_eq!(manifest.package.files.len(), 2);
    assert_eq!(manifest.package.exe_folder, Some(Target::new("bin").unwrap()));
    assert_eq!(manifest.package.version, ProductVersion::from_numbers(24, 11, 3));
    let parts = |path: Option<FolderPath>| path.unwrap().parts().join("|");
    assert_eq!(parts(manifest.package.install_folder), "Acme|Agent");
    assert_eq!(parts(manifest.package.data_folder), "Acme|Data");
}

#[test]
fn a_part_of_the_recovery_leaves_the_rest_as_it_is() {
    let recovery = |text: &str| read(text).unwrap().recovery.unwrap();
    assert_eq!(
        recovery("recovery.restart = []"),
        Recovery {
            restart: Vec::new(),
            ..Recovery::default()
        }
    );
    assert_eq!(
        recovery("recovery.reset-after = 'never'"),
        Recovery {
            reset_after: ResetPeriod::NEVER,
            ..Recovery::default()
        }
    );
}

#[test]
fn errors_say_what_was_expected_and_found() {
    let message = |text: &str| read(text).unwrap_err();
    assert_eq!(
        message("start = 'boot'"),
        "unknown variant `boot`, expected one of `auto`, `delayed`, `manual`, `disabled`"
    );
    assert_eq!(
        message("package.compression = 'best'"),
        "unknown variant `best`, expected one of `fast`, `default`, `max`"
    );
    assert_eq!(
        message("name = 5"),
        "invalid type: integer `5`, expected a string"
    );
    assert!(message("nmae = 'a'").starts_with("unknown field `nmae`, expected one of `name`,"));
    assert_eq!(
        message("[package]\nversion = '300.0.0'"),
        "invalid MSI product version \"300.0.0\"; expected major.minor.build, up to 255.255.65535"
    );
    assert_eq!(
        message("[package]\nfiles = [{ source = 'a', target = '../a' }]"),
        "invalid path \"../a\": \"..\" is not a file name on Windows; expected a path below the installation \
         folder, such as \"conf/agent.toml\""
    );
    assert!(
        message("recovery.restart = ['soon']")
            .starts_with("invalid duration \"soon\"; expected a whole number"),
    );
    assert_eq!(
        message("recovery.reset-after = '1w'"),
        "invalid reset period \"1w\"; expected \"never\", or a whole number and its unit, such as \"10m\", \
         \"12h\" or \"1d\", up to 365d"
    );
    assert_eq!(
        message("sid-type = 'own'"),
        "unknown variant `own`, expected one of `unrestricted`, `restricted`, `none`"
    );
    assert!(
        message("privileges = ['SeBackup']")
            .starts_with("unknown privilege \"SeBackup\"; expected a name such as"),
    );
    assert_eq!(
        message("security = 'D:(A;;GA;;;XX)'"),
        "invalid security descriptor at character 12; expected an account such as `BA`, or a SID such as \
         `S-1-5-32-544`"
    );
    assert!(
        message("[[triggers]]\non = 'noon'")
            .starts_with("unknown variant `noon`, expected one of `domain-join`, `domain-leave`,"),
    );
    assert_eq!(
        message("[[triggers]]\non = 'device'"),
        "missing key `class` for this trigger"
    );
    assert_eq!(
        message("[[triggers]]\non = 'device'\nclass = 'disk'"),
        "invalid GUID \"disk\"; expected one such as \"53f56307-b6bf-11d0-94f2-00a0c91efb8b\""
    );
    assert_eq!(
        message("[[triggers]]\non = 'firewall-port-open'\nport = 70000\nprotocol = 'tcp'"),
        "invalid port \"70000\"; expected a number from 1 to 65535, or \"RPC\""
    );
    assert_eq!(
        message("recovery.reboot = true"),
        "unknown field `reboot`, expected one of `restart`, `give-up`, `reset-after`, `on-error-exit`"
    );
    assert_eq!(
        message("package.help-url = 'acme.example'"),
        "invalid string \"acme.example\"; expected an address that begins with `https://`, `http://` or `mailto:`"
    );
    assert_eq!(
        message("arguments = [\"a\\u0000\"]"),
        "invalid string \"a\\0\"; expected one without control characters"
    );
}

#[test]
fn names_that_windows_reserves_are_no_file_names() {
    for name in [
        "", ".", "..", "a.", "a ", " a", "a:b", "con", "NUL.txt", "com1", "a\tb",
    ] {
        assert!(!is_file_name(name), "{name:?}");
    }
    for name in ["a", "a.b", "com", "com10", "console", "a b", "Größe.txt", ".env"] {
        assert!(is_file_name(name), "{name:?}");
    }
}
