//! Services of NSSM and WinSW become a file for `package --host`, which winsvc accepts.

use std::fs;
use std::process::Command;

use cargo_winsvc::diagnostic::Explain as _;
use cargo_winsvc::import::{Imported, read};
use winsvc_definition::manifest::Manifest;

/// The file's keys, once the manifest's own parser has accepted them.
fn keys(imported: &Imported) -> String {
    let text = toml::to_string(&imported.keys).unwrap();
    let mut table = imported.keys.clone();
    // The tool reads it itself.
    table.remove("version");
    let manifest = toml::to_string(&table).unwrap();
    let _: Manifest = toml::from_str(&manifest).unwrap_or_else(|error| panic!("{error}\n{text}"));
    text
}

fn left(imported: &Imported) -> Vec<&str> {
    let general = ["the product's version", "the program's files"];
    let left = imported.left.iter().map(String::as_str);
    left.filter(|it| !general.iter().any(|general| it.starts_with(general)))
        .collect()
}

/// `REG_EXPAND_SZ` or, with `kind` 7, `REG_MULTI_SZ`, as `reg export` writes them.
fn hex(kind: u8, texts: &[&str]) -> String {
    let mut bytes = Vec::new();
    for text in texts {
        bytes.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    }
    if kind == 7 {
        bytes.extend([0, 0]);
    }
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<String> = digits.chunks(20).map(|line| line.join(",")).collect();
    format!("hex({kind}):{}", lines.join(",\\\r\n  "))
}

const KEY: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\acme-agent";

/// An export of a service with nearly every value of NSSM.
fn export() -> String {
    [
        "Windows Registry Editor Version 5.00".to_owned(),
        String::new(),
        format!("[{KEY}]"),
        "\"Type\"=dword:00000010".to_owned(),
        "\"Start\"=dword:00000002".to_owned(),
        "\"DelayedAutostart\"=dword:00000001".to_owned(),
        format!("\"ImagePath\"={}", hex(2, &[r"C:\nssm\nssm.exe"])),
        "\"DisplayName\"=\"Acme Agent\"".to_owned(),
        "\"Description\"=\"Watches \\\"everything\\\"\"".to_owned(),
        "\"ObjectName\"=\"LocalSystem\"".to_owned(),
        format!("\"DependOnService\"={}", hex(7, &["Tcpip", "Dnscache"])),
        "\"FailureActions\"=hex:80,51,01,00".to_owned(),
        String::new(),
        format!("[{KEY}\\Parameters]"),
        format!("\"Application\"={}", hex(2, &[r"C:\Program Files\node\node.exe"])),
        format!(
            "\"AppParameters\"={}",
            hex(2, &[r#"server.js --data "C:\Acme Data" {x}"#])
        ),
        format!("\"AppDirectory\"={}", hex(2, &[r"C:\Acme"])),
        format!(
            "\"AppEnvironmentExtra\"={}",
            hex(7, &["NODE_ENV=production", "A=b=c"])
        ),
        "\"AppPriority\"=dword:00004000".to_owned(),
        "\"AppAffinity\"=\"0-2,4\"".to_owned(),
        "\"AppNoConsole\"=dword:00000001".to_owned(),
        "\"AppThrottle\"=dword:00000bb8".to_owned(),
        "\"AppStopMethodSkip\"=dword:00000006".to_owned(),
        "\"AppStopMethodConsole\"=dword:00007530".to_owned(),
        "\"AppRestartDelay\"=dword:000005dc".to_owned(),
        format!("\"AppStdout\"={}", hex(2, &[r"C:\Logs\agent.log"])),
        format!("\"AppStderr\"={}", hex(2, &[r"C:\Logs\agent.log"])),
        "\"AppRotateFiles\"=dword:00000001".to_owned(),
        "\"AppRotateBytes\"=dword:00100000".to_owned(),
        String::new(),
        format!("[{KEY}\\Parameters\\AppExit]"),
        "@=\"Restart\"".to_owned(),
        "\"0\"=\"Exit\"".to_owned(),
        "\"3\"=\"Suicide\"".to_owned(),
        "\"4\"=\"Ignore\"".to_owned(),
        String::new(),
        format!("[{KEY}\\Parameters\\AppEvents\\Start]"),
        "\"Pre\"=\"\\\"C:\\\\Acme\\\\migrate tool.exe\\\" --now\"".to_owned(),
        String::new(),
        format!("[{KEY}\\Parameters\\AppEvents\\Power]"),
        "\"Change\"=\"power.exe\"".to_owned(),
    ]
    .join("\r\n")
}

const NSSM: &str = r#"account = "local-system"
dependencies = ["Tcpip", "Dnscache"]
description = 'Watches "everything"'
display-name = "Acme Agent"
name = "acme-agent"
start = "delayed"
stop-timeout = "30s"
version = "1.0.0"

[host]
affinity = "0-2,4"
arguments = ["server.js", "--data", 'C:\Acme Data', "{{x}}"]
priority = "below-normal"
program = 'C:\Program Files\node\node.exe'
stop = ["ctrl-c"]
working-directory = 'C:\Acme'

[host.environment]
A = "b=c"
NODE_ENV = "production"

[[host.hooks]]
command = ['C:\Acme\migrate tool.exe', "--now"]
on = ["before-start"]

[host.output]
directory = 'C:\Logs'
max-size = "1048576B"
rotate-on-start = true
timestamps = false

[host.ready]
alive = "3s"

[host.restart]
delay = ["1500ms"]
fail-codes = [3]
on = "always"
stop-codes = [0]
"#;

#[test]
fn a_service_of_nssm() {
    let imported = read(export().as_bytes()).unwrap();
    assert_eq!(keys(&imported), NSSM);
    assert_eq!(
        left(&imported),
        [
            "AppEvents Power/Change",
            "AppExit 4 Ignore (a service does not stay RUNNING without its program)",
            "AppNoConsole (the program always has a console without a window)",
            "AppStdout, AppStderr: the files have the service's name (docs/host.md)",
            "FailureActions (set `recovery`)",
        ]
    );
}

#[test]
fn an_export_is_utf_16_as_windows_writes_it() {
    let units = export();
    let units = units.encode_utf16().flat_map(u16::to_le_bytes);
    let bytes: Vec<u8> = [0xFF, 0xFE].into_iter().chain(units).collect();
    assert_eq!(keys(&read(&bytes).unwrap()), NSSM);
}

#[test]
fn a_service_of_winsw() {
    let imported = read(
        br#"<service>
              <id>acme-agent</id>
              <name>Acme Agent</name>
              <description>Watches</description>
              <executable>%BASE%\node\node.exe</executable>
              <arguments>server.js --data "C:\Acme Data"</arguments>
              <workingdirectory>%BASE%\data</workingdirectory>
              <env name="NODE_ENV" value="production"/>
              <startmode>Automatic</startmode>
              <delayedAutoStart>true</delayedAutoStart>
              <depend>Tcpip</depend>
              <stoptimeout>1 min</stoptimeout>
              <stopexecutable>%BASE%\ctl.exe</stopexecutable>
              <stoparguments>stop --wait</stoparguments>
              <onfailure action="restart" delay="10 sec"/>
              <onfailure action="restart" delay="500 ms"/>
              <onfailure action="none"/>
              <resetfailure>1 hour</resetfailure>
              <priority>AboveNormal</priority>
              <serviceaccount><username>NT AUTHORITY\LocalService</username></serviceaccount>
              <log mode="roll-by-size"><sizeThreshold>5120</sizeThreshold><keepFiles>4</keepFiles></log>
              <logpath>%BASE%\logs</logpath>
              <prestart><executable>migrate.exe</executable><arguments>--now</arguments></prestart>
              <download from="https://acme.example/a" to="%BASE%\a"/>
            </service>"#,
    )
    .unwrap();
    assert_eq!(
        keys(&imported),
        r#"account = "local-service"
dependencies = ["Tcpip"]
description = "Watches"
display-name = "Acme Agent"
name = "acme-agent"
start = "delayed"
stop-timeout = "60s"
version = "1.0.0"

[host]
arguments = ["server.js", "--data", 'C:\Acme Data']
priority = "above-normal"
program = '{install}\node\node.exe'
working-directory = '{install}\data'

[host.environment]
NODE_ENV = "production"

[[host.hooks]]
command = ["migrate.exe", "--now"]
on = ["before-start"]

[host.output]
directory = '{install}\logs'
keep-files = 4
max-size = "5120KB"
stderr = "file"
timestamps = false

[host.restart]
delay = ["10s", "500ms"]
max-attempts = 2

[[host.stop]]
command = ['{install}\ctl.exe', "stop", "--wait"]
"#
    );
    assert_eq!(
        left(&imported),
        ["the element `download`", "the element `resetfailure`"]
    );
}

#[test]
fn what_is_neither_is_an_error() {
    let message = |source: &[u8]| {
        let diagnostic = read(source).unwrap_err().diagnostic();
        (diagnostic.message, diagnostic.help.len())
    };
    for (source, expected, help) in [
        (&b"\xC0\x00"[..], "the file is neither UTF-16 nor UTF-8", 2),
        (
            b"hello",
            "the file is neither an export of the registry nor XML",
            2,
        ),
        (
            b"REGEDIT4\n[A]\n",
            "the export has no key of a service with the value `Parameters\\Application`",
            1,
        ),
        (
            b"REGEDIT4\n[A]\nx\n",
            "line 3 of the export is neither a key nor a value",
            0,
        ),
        (b"<Wix/>", "the root element is `Wix`; expected `service`", 0),
        (
            b"<service><id>a</id></service>",
            "there is no element `executable`",
            0,
        ),
    ] {
        assert_eq!(message(source), (expected.to_owned(), help));
    }
    let two = "REGEDIT4\n[S\\one\\Parameters]\n\"Application\"=\"a\"\n[S\\two\\Parameters]\n\"Application\"=\"b\"\n";
    assert_eq!(
        message(two.as_bytes()).0,
        "the export has several services: one, two"
    );
}

#[test]
fn the_command_writes_a_file_named_after_the_service() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("export.reg"), export()).unwrap();
    let run = |arguments: &[&str]| {
        let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-winsvc"));
        tool.args(["winsvc", "init", "--import", "export.reg"])
            .args(arguments)
            .current_dir(folder.path());
        let output = tool.output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let (is_ok, _) = run(&["--dry-run"]);
    let path = folder.path().join("acme-agent.toml");
    assert!(is_ok && !path.exists());
    let (is_ok, stderr) = run(&["--yes"]);
    assert!(is_ok, "{stderr}");
    assert!(stderr.contains("not taken over: FailureActions"), "{stderr}");
    let file = fs::read_to_string(&path).unwrap();
    assert!(file.starts_with("# Taken over from export.reg."), "{file}");
    assert!(
        file.contains("\n# Not taken over: AppEvents Power/Change\n"),
        "{file}"
    );
    let (is_ok, stderr) = run(&["--yes"]);
    assert!(
        !is_ok && stderr.contains("error: `acme-agent.toml` exists already"),
        "{stderr}"
    );
}
