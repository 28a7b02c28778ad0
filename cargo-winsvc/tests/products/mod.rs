//! The products that the tests of every format render.

use std::path::Path;

use cargo_winsvc::license::License;
use cargo_winsvc::pe::FileVersion;
use cargo_winsvc::product::{
    Arch, Content, Dialogs, Field, File, Links, Machine, Product, Service, identity,
};
use winsvc_definition::manifest::{ProductVersion, RegistryData, RegistryEntry, RegistryKey, TargetPath};
use winsvc_definition::{
    Account, Definition, Dependency, DisplayName, NamedText, Privilege, Recovery, ResetPeriod,
    SecurityDescriptor, ServiceName, SidType, StartType, Timeout, Trigger, VariableName,
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
        built: 1_700_000_000,
        folders: vec!["hello".to_owned()],
        data_folder: vec!["hello".to_owned()],
        files: vec![exe],
        empty_folders: Vec::new(),
        services: vec![Service {
            definition: Definition::new(ServiceName::new("hello").unwrap()),
            file: 0,
            verb_word: Some("service".to_owned()),
            former_names: Vec::new(),
        }],
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
        arguments: vec!["--config".to_owned(), r"C:\a b\".to_owned(), "[x]".to_owned()],
        environment: [
            (VariableName::new("A").unwrap(), "1".to_owned()),
            (VariableName::new("B").unwrap(), "[2]".to_owned()),
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
        arch: Arch::X86,
        folders: vec!["Acme Inc".to_owned(), "Acme Agent".to_owned()],
        data_folder: vec!["Acme Inc".to_owned(), "Acme Agent".to_owned()],
        files,
        services: vec![Service {
            definition,
            ..smallest().services.remove(0)
        }],
        machine: Machine {
            registry: vec![
                registry("InstallPath", RegistryData::Text(named("{install}"))),
                registry("Hash", RegistryData::Text(named("#{version} [x]"))),
                registry("Temp", RegistryData::Expand(named("%TEMP%"))),
                registry("Port", RegistryData::Number(9182)),
                registry("List", RegistryData::List(vec![named("{data}\\a"), named("b")])),
            ],
            environment: [(VariableName::new("ACME_HOME").unwrap(), named("{install}\\lib"))].into(),
            path: vec![named("{install}\\bin"), named("{install}")],
        },
        ..smallest()
    }
}

fn named(text: &str) -> NamedText {
    NamedText::new(text).unwrap()
}

fn registry(name: &str, value: RegistryData) -> RegistryEntry {
    RegistryEntry {
        key: RegistryKey::new(r"Software\Acme [1]").unwrap(),
        name: Some(name.to_owned()),
        value,
    }
}

/// Dialogs with every page, in English.
#[allow(dead_code, reason = "not every test has dialogs")]
pub(crate) fn dialogs() -> Dialogs {
    let field = |property: &str, label: &str, values: &[&str], is_secret| Field {
        property: property.to_owned(),
        label: label.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        is_secret,
    };
    let license = License::parse(Path::new("LICENSE"), b"Do [what] you like.\n").unwrap();
    Dialogs {
        license: Some(license),
        fields: vec![
            field("LISTEN_PORT", "Port & address to listen on", &[], false),
            field("LOG_LEVEL", "Level of the [log]", &["info", "warn [all]"], false),
            field("UPSTREAM_URL", "Address of the server", &[], false),
            field("API_KEY", "Key for the server", &[], true),
            field("PROXY", "Proxy", &[], false),
        ],
        account_page: true,
        ..Dialogs::default()
    }
}
