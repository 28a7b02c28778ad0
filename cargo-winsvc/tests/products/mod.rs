//! The products that the tests of every format render.

pub(crate) mod without_service;

use std::path::Path;

use cargo_winsvc::license::License;
use cargo_winsvc::pe::FileVersion;
use cargo_winsvc::product::{
    Arch, AutostartEntry, Content, Dialogs, Feature, Field, File, Links, Machine, OwnCommand, Product, Rule,
    Service, Shortcut, ShortcutTarget, UrlProtocol, identity,
};
use winsvc_definition::manifest::{
    CommandEvent, CommandPosition, Edition, EmptyFolder, FeatureName, Messages, PathEntry, ProductVersion,
    RegistryData, RegistryEntry, RegistryKey, RegistryRequirement, RequiredData, Requires, ShortcutPlace,
    TargetPath, Text, WindowsVersion, WorkingFolder,
};
use winsvc_definition::{
    Account, Argument, Definition, Dependency, DisplayName, FirewallRule, FirewallTraffic, NamedText,
    Privilege, Property, PropertyName, Recovery, Refusal, ResetPeriod, Role, SecurityDescriptor, ServiceName,
    SidType, StartType, Timeout, Trigger, VariableName, update,
};

/// A file with its content.
pub(crate) fn file(target: &str, content: &[u8]) -> File {
    File::new(TargetPath::new(target).unwrap(), Content::Bytes(content.into())).unwrap()
}

/// The least that can be installed.
pub(crate) fn smallest() -> Product {
    let exe = File {
        version: Some(FileVersion {
            version: [1, 0, 0, 0],
            language: 1033,
        }),
        ..file("hello.exe", b"exe")
    };
    Product {
        name: "hello".to_owned(),
        manufacturer: "hello".to_owned(),
        version: Ok(ProductVersion {
            major: 1,
            minor: 0,
            build: 0,
        }),
        full_version: "1.0.0".to_owned(),
        comments: String::new(),
        links: Links::default(),
        icon: None,
        arch: Arch::X64,
        upgrade_code: identity::upgrade_code("hello", "hello"),
        upgrade_code_is_derived: true,
        replaces: Vec::new(),
        built: 1_700_000_000,
        folders: vec!["hello".to_owned()],
        data_folder: vec!["hello".to_owned()],
        files: vec![exe],
        empty_folders: Vec::new(),
        features: Vec::new(),
        services: vec![Service {
            definition: Definition::new(ServiceName::new("hello").unwrap()),
            role: Role::Service,
            file: 0,
            verb_word: Some("service".to_owned()),
            former_names: Vec::new(),
        }],
        properties: Vec::new(),
        machine: Machine::default(),
        dialogs: None,
    }
}

#[allow(dead_code, reason = "tests of dialogs alone do without")]
/// Everything that can be said of a product, with characters that mean something to Windows Installer.
pub(crate) fn fullest() -> Product {
    let definition = Definition {
        display_name: DisplayName::new("Acme [Agent]").unwrap(),
        description: r#"Watches {everything} & "more", 100%."#.to_owned(),
        start: StartType::Delayed,
        account: Account::GroupManaged(r"ACME\agent$".to_owned()),
        dependencies: vec![
            Dependency::new("Tcpip").unwrap(),
            Dependency::new("+TDI").unwrap(),
        ],
        arguments: ["--config", r"C:\a b\", "[x]"].map(Argument::literal).into(),
        environment: [
            (VariableName::new("A").unwrap(), named("1")),
            (VariableName::new("B").unwrap(), named("[2]")),
        ]
        .into(),
        recovery: Recovery {
            restart: vec![Timeout::new("500ms").unwrap(), Timeout::new("2m").unwrap()],
            reset_after: ResetPeriod::NEVER,
            on_error_exit: false,
            give_up: false,
        },
        security: Some(SecurityDescriptor::new("D:(A;;GA;;;SY)(A;;GA;;;BA)(A;;LCRPRC;;;BU)").unwrap()),
        sid_type: SidType::Restricted,
        privileges: ["SeBackupPrivilege", "SeRestorePrivilege"]
            .map(|name| Privilege::new(name).unwrap())
            .into(),
        preshutdown_timeout: Some(Timeout::new("5m").unwrap()),
        triggers: vec![
            Trigger::new("start\tnamed-pipe\tpipe=acme [1]").unwrap(),
            Trigger::new("stop\tdomain-leave").unwrap(),
        ],
        ..Definition::new(ServiceName::new("Größe Agent").unwrap())
    };
    let mut files = smallest().files;
    files.push(file("conf/site/agent.config.toml", b"a = 1\n"));
    files.push(file("README.md", b""));
    Product {
        name: "Acme Agent".to_owned(),
        manufacturer: "Acme Inc.".to_owned(),
        full_version: "1.0.0-rc.1".to_owned(),
        comments: "Watches.".to_owned(),
        links: Links {
            homepage: Some("https://acme.example".to_owned()),
            help: Some("mailto:help@acme.example".to_owned()),
            update: Some("https://acme.example/updates".to_owned()),
        },
        icon: Some(b"icon".to_vec()),
        replaces: vec![identity::upgrade_code("Acme Inc.", "Old Agent")],
        arch: Arch::X86,
        folders: vec!["Acme Inc".to_owned(), "Acme Agent".to_owned()],
        data_folder: vec!["Acme Inc".to_owned(), "Acme Agent".to_owned()],
        files,
        services: vec![Service {
            definition,
            ..smallest().services.remove(0)
        }],
        machine: machine(),
        ..smallest()
    }
}

/// Every setting of the machine.
fn machine() -> Machine {
    Machine {
        registry: vec![
            registry("InstallPath", RegistryData::Text(named("{install}"))),
            registry("Hash", RegistryData::Text(named("#1.0.0-rc.1 [x]"))),
            registry("Temp", RegistryData::Expand(named("%TEMP%"))),
            registry("Port", RegistryData::Number(9182)),
            registry("List", RegistryData::List(vec![named("{data}\\a"), named("b")])),
        ],
        environment: [(VariableName::new("ACME_HOME").unwrap(), named("{install}\\lib"))].into(),
        path: vec![path("{install}\\bin"), path("{install}")],
        requires: Requires {
            windows: Some(WindowsVersion::new("server-2019").unwrap()),
            edition: Some(Edition::Server),
            administrator: true,
            registry: vec![
                requirement("Old [1]", Some(RequiredData::Text("#1".to_owned())), true, None),
                requirement(
                    "Release",
                    Some(RequiredData::Number(5)),
                    false,
                    Some("Install [.NET]."),
                ),
                requirement("Any", None, false, None),
            ],
            messages: Messages::default(),
        },
        commands: vec![
            command(vec![CommandEvent::Install, CommandEvent::Upgrade]),
            OwnCommand {
                position: CommandPosition::AfterStart,
                ignore_failure: true,
                ..command(CommandEvent::ALL.into())
            },
        ],
        protocols: vec![UrlProtocol {
            scheme: "acme".to_owned(),
            file: 0,
            arguments: vec![named("--open"), named("--url=%1"), named("{data}")],
            feature: None,
        }],
        shortcuts: vec![
            Shortcut {
                arguments: vec![named("--data={data}"), named("a b")],
                description: "Shows [everything].".to_owned(),
                icon: Some(b"icon".to_vec()),
                working_folder: Some(WorkingFolder::Data),
                ..shortcut("Acme [Tray]", ShortcutTarget::File(0))
            },
            Shortcut {
                place: ShortcutPlace::Desktop,
                folder: Vec::new(),
                ..shortcut("Logs", ShortcutTarget::Path(named("{logs}")))
            },
            shortcut(
                "Web",
                ShortcutTarget::Url("https://acme.example/?a=[1]".to_owned()),
            ),
        ],
        firewall: [
            FirewallRule {
                service: Some(ServiceName::new("Größe Agent").unwrap()),
                traffic: FirewallTraffic {
                    ports: vec![named("8080"), named("9000-9010")],
                    remote: vec![named("local-subnet")],
                    ..FirewallTraffic::default()
                },
                ..rule("http")
            },
            FirewallRule {
                description: "Serves [everything]. ".repeat(9).trim_end().to_owned(),
                optional: true,
                ..rule("long")
            },
        ]
        .map(|rule| Rule { rule, feature: None })
        .into(),
        autostart: vec![
            autostart(
                "Acme [Tray]\tprogram=hello.exe\targument=--data={data}\targument=[x]",
                0,
            ),
            autostart(
                "Acme Updates\tprogram=hello.exe\tat=daily 02:00\tfolder=Acme Inc\\Acme Agent\tas=system\trandom-delay=1h",
                0,
            ),
        ],
        registrar: None,
    }
}

/// An entry as in a stamp, and the index of its program.
pub(crate) fn autostart(line: &str, file: usize) -> AutostartEntry {
    AutostartEntry {
        entry: line.parse().unwrap(),
        file,
        feature: None,
    }
}

fn requirement(
    name: &str,
    equals: Option<RequiredData>,
    absent: bool,
    message: Option<&str>,
) -> RegistryRequirement {
    RegistryRequirement {
        key: RegistryKey::new(r"Software\Acme [1]").unwrap(),
        name: Some(Text::new(name).unwrap()),
        equals,
        absent,
        message: message.map(|message| Text::new(message).unwrap()),
    }
}

pub(crate) fn command(on: Vec<CommandEvent>) -> OwnCommand {
    OwnCommand {
        file: 0,
        arguments: vec![named("--data={data}"), named("[x]")],
        on,
        position: CommandPosition::BeforeStart,
        ignore_failure: false,
    }
}

fn shortcut(name: &str, target: ShortcutTarget) -> Shortcut {
    Shortcut {
        name: name.to_owned(),
        place: ShortcutPlace::StartMenu,
        folder: vec!["Acme".to_owned(), "Acme Agent".to_owned()],
        target,
        arguments: Vec::new(),
        description: String::new(),
        icon: None,
        working_folder: None,
        feature: None,
    }
}

fn rule(name: &str) -> FirewallRule {
    FirewallRule {
        name: format!("Acme Agent: {name}"),
        program: vec!["hello.exe".to_owned()],
        service: None,
        traffic: FirewallTraffic::default(),
        description: String::new(),
        optional: false,
    }
}

/// A product with a property of each kind.
#[allow(dead_code, reason = "not every test has properties")]
pub(crate) fn with_properties() -> Product {
    let name = |name: &str| PropertyName::new(name).unwrap();
    let property = |text: &str| Property::new(name(text));
    let definition = Definition {
        arguments: vec![
            Argument::Text(named("--collectors={COLLECTORS}")),
            Argument::Text(named(r"--data={data}")),
            Argument::Text(named("--port={LISTEN_PORT}")),
            Argument::If {
                property: name("REPORTING"),
                value: "no".to_owned(),
                text: named("--disable-reporting"),
            },
            Argument::Raw(name("EXTRA_FLAGS")),
        ],
        environment: [(VariableName::new("HELLO_PORT").unwrap(), named("{LISTEN_PORT}"))].into(),
        ..Definition::new(ServiceName::new("hello").unwrap())
    };
    Product {
        services: vec![Service {
            definition,
            ..smallest().services.remove(0)
        }],
        properties: vec![
            property("COLLECTORS"),
            Property {
                refuse: Some(Refusal {
                    contains: "--port".to_owned(),
                    message: "use LISTEN_PORT".to_owned(),
                }),
                ..property("EXTRA_FLAGS")
            },
            Property {
                default: named("9182"),
                min: Some(1),
                max: Some(65535),
                ..property("LISTEN_PORT")
            },
            Property {
                default: named("yes"),
                values: ["yes", "no"].map(str::to_owned).into(),
                is_remembered: false,
                ..property("REPORTING")
            },
            Property {
                file: Some("token".to_owned()),
                is_remembered: false,
                ..property("TOKEN_FILE")
            },
        ],
        machine: Machine {
            registry: vec![registry("Port", RegistryData::Text(named("{LISTEN_PORT}")))],
            ..Machine::default()
        },
        ..smallest()
    }
}

/// A product whose manual, updater and tray can be left out; the tray is installed on request.
#[allow(dead_code, reason = "not every test has features")]
pub(crate) fn with_features() -> Product {
    let name = |name: &str| FeatureName::new(name).unwrap();
    let in_feature = |feature: &str, target: &str| File {
        feature: Some(name(feature)),
        ..file(target, target.as_bytes())
    };
    let feature = |feature: &str, title: &str, description: &str, is_default| Feature {
        name: name(feature),
        title: title.to_owned(),
        description: description.to_owned(),
        is_default,
    };
    let features = vec![
        feature(
            "docs",
            "Documentation & more",
            "The manual, with all its pages.",
            true,
        ),
        feature("tray", "Tray", "", false),
        feature("updates", "Updates", "Looks for a new version | each day.", true),
    ];
    let mut product = smallest();
    product.files.extend([
        in_feature("updates", "update.exe"),
        in_feature("tray", "tray.exe"),
        in_feature("docs", "docs/manual/index.html"),
        in_feature("docs", "web/help.html"),
        file("web/index.html", b"web"),
    ]);
    product.empty_folders = vec![EmptyFolder {
        target: TargetPath::new("docs/notes").unwrap(),
        feature: Some(name("docs")),
    }];
    let definition = Definition {
        start: StartType::Delayed,
        triggers: vec![Trigger::new("start\tdomain-join").unwrap()],
        ..Definition::new(ServiceName::new("hello-update").unwrap())
    };
    product.services.push(Service {
        definition,
        file: 1,
        ..smallest().services.remove(0)
    });
    product.dialogs = Some(Dialogs::default());
    product.features = features;
    product.machine = Machine {
        registry: vec![RegistryEntry {
            feature: Some(name("tray")),
            ..registry("Tray", RegistryData::Number(1))
        }],
        path: vec![PathEntry {
            feature: Some(name("tray")),
            ..path("{install}")
        }],
        shortcuts: vec![
            Shortcut {
                feature: Some(name("tray")),
                ..shortcut("Tray", ShortcutTarget::File(2))
            },
            shortcut("Logs", ShortcutTarget::Path(named("{logs}"))),
        ],
        protocols: vec![UrlProtocol {
            scheme: "acme".to_owned(),
            file: 2,
            arguments: vec![named("%1")],
            feature: Some(name("tray")),
        }],
        firewall: vec![Rule {
            rule: rule("updates"),
            feature: Some(name("updates")),
        }],
        autostart: vec![
            AutostartEntry {
                feature: Some(name("tray")),
                ..autostart("Tray\tprogram=tray.exe\toptional=true", 2)
            },
            AutostartEntry {
                feature: Some(name("updates")),
                ..autostart(
                    "Updates\tprogram=update.exe\tat=boot\tfolder=hello\tas=local-service",
                    1,
                )
            },
        ],
        commands: vec![OwnCommand {
            file: 1,
            ..command(CommandEvent::ALL.into())
        }],
        ..Machine::default()
    };
    product
}

/// A product that updates itself.
#[allow(dead_code, reason = "not every test has updates")]
pub(crate) fn with_updates() -> Product {
    let mut product = smallest();
    let main = &product.services[0].definition;
    let updater = Service {
        definition: update::updater(main, [main]).unwrap(),
        role: Role::Updater,
        ..smallest().services.remove(0)
    };
    product.services.push(updater);
    product
}

fn named(text: &str) -> NamedText {
    NamedText::new(text).unwrap()
}

fn registry(name: &str, value: RegistryData) -> RegistryEntry {
    RegistryEntry {
        key: RegistryKey::new(r"Software\Acme [1]").unwrap(),
        name: Some(name.to_owned()),
        value,
        feature: None,
    }
}

fn path(folder: &str) -> PathEntry {
    PathEntry {
        folder: named(folder),
        feature: None,
    }
}

/// Dialogs with every page, in English.
#[allow(dead_code, reason = "not every test has dialogs")]
pub(crate) fn dialogs() -> Dialogs {
    let field = |property: &str, label: &str, values: &[&str]| Field {
        property: property.to_owned(),
        label: label.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let license = License::parse(Path::new("LICENSE"), b"Do [what] you like.\n").unwrap();
    Dialogs {
        license: Some(license),
        fields: vec![
            field("LISTEN_PORT", "Port & address to listen on", &[]),
            field("LOG_LEVEL", "Level of the [log]", &["info", "warn [all]"]),
            field("UPSTREAM_URL", "Address of the server", &[]),
            field("KEY_FILE", "File with the key", &[]),
            field("PROXY", "Proxy", &[]),
        ],
        account_page: true,
        ..Dialogs::default()
    }
}
