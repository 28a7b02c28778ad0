//! What `service install` registers: the same as the MSI, and changes in place.

use super::*;

/// The registration, and what belongs to it in the registry.
fn registered(prefix: &Windows) -> Vec<String> {
    let registry = Registry::save(prefix);
    // Wine's SCM stores dependencies, but does not tell them.
    let own = registry
        .values(KEY)
        .into_iter()
        .filter(|value| value.starts_with("Environment") || value.starts_with("DependOn"));
    prefix
        .service("hello")
        .registration()
        .into_iter()
        .chain(own)
        .chain(registry.values(SOURCE))
        .collect()
}

#[test]
fn the_verbs_register_what_the_msi_registers() {
    // Wine keeps none of these, but takes an MSI that has them.
    let guarded = "start = \"auto\"\nsid-type = \"restricted\"\nprivileges = [\"SeAuditPrivilege\"]\n\
        security = \"D:(A;;GA;;;SY)(A;;GA;;;BA)\"\nrecovery.reset-after = \"never\"";
    let fixture = Fixture::new("hello")
        .in_folder("verbs/defined")
        .manifest(&DEFINITION.replace("start = \"auto\"", guarded));
    let packages = fixture.package();
    let (by_msi, settings) = {
        let by_msi = Windows::new();
        by_msi.install(&packages.msi, &[]).ok();
        (registered(&by_msi), by_msi.service("hello").settings())
    };
    let machine = Machine::new(&fixture);
    assert_eq!(machine.service("install").0, 0);

    let image = win32::image_by_installer(EXE);
    let expected = by_msi
        .into_iter()
        .map(|line| line.replace(&image, &format!("image=\"{EXE}\"")));
    let registered = registered(&machine.prefix);
    assert_eq!(registered, expected.collect::<Vec<_>>());
    assert_eq!(machine.prefix.service("hello").settings(), settings);
    assert!(
        registered.contains(&r#"image="C:\Program Files\hello\hello.exe" --config "a b.toml""#.to_owned()),
        "{registered:#?}"
    );
    for value in ["Environment=", "DependOnService="] {
        let is_there = registered.iter().any(|line| line.starts_with(value));
        assert!(is_there, "{value} {registered:#?}");
    }
}

#[test]
fn installing_again_changes_only_what_is_different() {
    // Wine's SCM does not tell dependencies, so that they would be set again and again.
    let independent = DEFINITION.replace("\"EventLog\"", "");
    let defined = Fixture::new("hello")
        .in_folder("verbs/independent")
        .manifest(&independent);
    let machine = Machine::new(&defined);
    assert_eq!(machine.service("install").0, 0);
    let first = registered(&machine.prefix);
    let nothing = "The service \"hello\" is already installed; nothing to change.\n";
    assert_eq!(
        machine.service("install"),
        (0, nothing.to_owned(), unknown_to_wine()),
        "what Wine does not keep is said each time, and is no change"
    );
    assert_eq!(registered(&machine.prefix), first);

    machine.put(&Fixture::new("hello"));
    let changed = "  display name          Hello, Agent -> hello\n  \
        binary path           \"C:\\Program Files\\hello\\hello.exe\" --config \"a b.toml\" -> \
        \"C:\\Program Files\\hello\\hello.exe\"\n  \
        account               NT AUTHORITY\\LocalService -> NT SERVICE\\hello\n  \
        environment           GREETING=good day; RUST_LOG=info -> none\n";
    let (code, stdout, _) = machine.service("install --dry-run");
    // Wine cannot say what its SCM does not know.
    let known = |stdout: String| -> String {
        let unknown = |line: &str| {
            [
                "delayed start",
                "recovery",
                "failure on error exit",
                "sid type",
                "folders",
            ]
            .iter()
            .any(|setting| line.trim_start().starts_with(setting))
        };
        stdout
            .lines()
            .filter(|line| !unknown(line))
            .map(|line| format!("{line}\n"))
            .collect()
    };
    let would = "The service \"hello\" is installed; its registration would be changed.\n";
    assert_eq!((code, known(stdout)), (0, format!("{would}{changed}")));
    assert_eq!(registered(&machine.prefix), first, "a dry run changes nothing");

    let (code, stdout, _) = machine.service("install");
    let was = "The service \"hello\" is installed; its registration was changed.\n";
    assert_eq!((code, known(stdout)), (0, format!("{was}{changed}")));
    assert_eq!(
        registered(&machine.prefix),
        [
            "type=16",
            "start=2",
            "error-control=1",
            r#"image="C:\Program Files\hello\hello.exe""#,
            r"account=NT SERVICE\hello",
            "display=hello",
            "description=The smallest service that winsvc makes",
            r#"EventMessageFile=str(2):"%SystemRoot%\\System32\\EventCreate.exe""#,
            "TypesSupported=dword:00000007",
        ]
    );
}

#[test]
fn what_wine_does_not_know_is_said_and_the_rest_is_done() {
    let fixture = Fixture::new("hello").in_folder("verbs/guarded").manifest(
        r#"[package.metadata.winsvc]
privileges = ["SeImpersonatePrivilege"]
security = "D:(A;;GA;;;SY)(A;;GA;;;BA)(A;;LCRPRC;;;BU)"

[[package.metadata.winsvc.triggers]]
on = "device"
class = "{53f56307-b6bf-11d0-94f2-00a0c91efb8b}"
hardware-ids = ['USBSTOR\GenDisk']"#,
    );
    let machine = Machine::new(&fixture);
    let (code, stdout, _) = machine.service("install --dry-run");
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(code, 0);
    for line in [
        "  triggers              start on device 53f56307-b6bf-11d0-94f2-00a0c91efb8b: USBSTOR\\GenDisk",
        "  recovery              restart after 5s; restart after 30s; restart after 1m; count reset after 1d",
        "  privileges            SeImpersonatePrivilege",
        "  security              D:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)(A;;LCRPRC;;;BU)",
    ] {
        assert!(lines.contains(&line), "{line} {stdout}");
    }
    let (code, _, stderr) = machine.service("install");
    let further = "\
warning: this system does not support the setting \"privileges\": error 124: Invalid level. (ChangeServiceConfig2)
warning: this system does not support the setting \"triggers\": error 1733: Invalid tag. (ChangeServiceConfig2)
warning: this system did not keep the setting \"folders\"
warning: this system did not keep the setting \"security\"
";
    assert_eq!((code, stderr), (0, format!("{UNKNOWN_TO_WINE}{further}")));
    assert_eq!(machine.service("start").0, 0);
    assert_eq!(machine.service("uninstall").0, 0);
}

#[test]
fn an_event_source_of_another_program_is_neither_changed_nor_removed() {
    let machine = Machine::new(&Fixture::new("hello"));
    let source = format!(r"HKLM\{SOURCE}");
    // REG_SZ, as other programs write it.
    let _ = machine
        .prefix
        .run(
            "reg",
            &["add", &source, "/v", "EventMessageFile", "/d", r"C:\other.dll"],
        )
        .ok();
    let values = || Registry::save(&machine.prefix).values(SOURCE);
    let before = values();
    assert_eq!(before.len(), 1, "{before:?}");

    let warning = "warning: the event source \"hello\" belongs to another program (EventMessageFile=C:\\other.dll) and is not changed; ";
    let (code, _, stderr) = machine.service("install");
    assert_eq!(code, 0);
    assert!(stderr.contains(warning), "{stderr}");
    assert_eq!(values(), before);
    let (code, stdout, stderr) = machine.service("uninstall");
    assert_eq!(
        (code, stdout.as_str()),
        (0, "The service \"hello\" is uninstalled.\n")
    );
    assert!(stderr.starts_with(warning), "{stderr}");
    assert_eq!(values(), before);
    let _ = machine.prefix.run("reg", &["delete", &source, "/f"]).ok();
}
