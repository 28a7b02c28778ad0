//! Keys and certificates that do not work: one error each, before anything is compiled.

use std::fs;
use std::path::Path;
use std::process::Command;

use winsvc_tests::deadline::{self, PATIENCE, until};
use winsvc_tests::fixture::{BUILD, Fixture, TARGET};
use winsvc_tests::process::{Running, require, run};
use winsvc_tests::signing::{Leaf, verify};
use winsvc_tests::tool::cargo_winsvc;

use super::{Keys, PASSWORD};

/// What `cargo winsvc package` says with this table, which must be before the build.
fn refused(folder: &str, table: &str, password: &str) -> String {
    let fixture = Fixture::new("hello")
        .in_folder(&format!("sign/{folder}"))
        .manifest(&format!("[package.metadata.winsvc.sign]\n{table}"))
        .env("P12_PASSWORD", password);
    let error = fixture.refused(&[]);
    assert!(!error.contains(password), "{error}");
    error
}

fn files(keys: &Keys, key: &str, certificate: &str) -> String {
    let [key, certificate] = [keys.path(key), keys.path(certificate)];
    format!("osslsigncode = {{ key = '{key}', certificate = '{certificate}' }}")
}

#[test]
fn keys_that_do_not_open_or_fit() {
    let keys = Keys::new();
    keys.authority.issue(&Leaf {
        name: "Other",
        ..Leaf::default()
    });
    let cannot = "error: cannot sign a trial file by `osslsigncode`:";
    for (table, password, expected) in [
        (keys.pkcs12(), "wrong-password", "wrong password or PIN\n"),
        (
            files(&keys, "Other.key", "Acme.pem"),
            "unused-password",
            "the key does not belong to the certificate\n",
        ),
    ] {
        let error = refused("keys", &table, password);
        assert!(error.starts_with(&format!("{cannot} {expected}")), "{error}");
    }
    for [key, certificate, absent] in [
        ["Acme.key", "absent.pem", "absent.pem"],
        ["absent.key", "Acme.pem", "absent.key"],
    ] {
        assert_eq!(
            refused("keys", &files(&keys, key, certificate), PASSWORD),
            format!(
                "error: cannot read `{}`\nnote: No such file or directory (os error 2)\n\
                 help: provide it, or package unsigned with --no-sign\n",
                keys.path(absent)
            )
        );
    }
    // A locked key without a password: nobody is asked for one.
    keys.authority.lock_key("Acme.key", "locked.key", PASSWORD);
    let error = refused("keys", &files(&keys, "locked.key", "Acme.pem"), PASSWORD);
    assert!(
        error.starts_with(&format!("{cannot} wrong password or PIN\n")),
        "{error}"
    );
}

#[test]
fn certificates_that_are_not_for_this_or_not_now() {
    let keys = Keys::new();
    let leaf = |name, usage, validity| Leaf {
        name,
        usage,
        validity,
        ..Leaf::default()
    };
    let [long_ago, far_away, always] = [
        ["20200101000000Z", "20210101000000Z"],
        ["20480101000000Z", "20490101000000Z"],
        Leaf::default().validity,
    ];
    for (leaf, expected) in [
        (
            leaf("Expired", "codeSigning", long_ago),
            "the certificate `CN=Expired` is valid from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z, not at 20",
        ),
        (
            leaf("Early", "codeSigning", far_away),
            "the certificate `CN=Early` is valid from 2048-01-01T00:00:00Z to 2049-01-01T00:00:00Z, not at 20",
        ),
        (
            leaf("Web", "serverAuth", always),
            "the certificate `CN=Web` is not for code signing\n",
        ),
    ] {
        keys.authority.issue(&leaf);
        let [key, certificate] = ["key", "pem"].map(|extension| format!("{}.{extension}", leaf.name));
        let error = refused(
            "certificates",
            &files(&keys, &key, &certificate),
            "unused-password",
        );
        let expected = format!("error: the signature of a trial file is not valid\nnote: {expected}");
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn a_secret_or_a_program_that_is_missing() {
    let keys = Keys::new();
    let table = keys.pkcs12().replace("P12_PASSWORD", "P12_PASSWORD_NOT_SET");
    assert_eq!(
        refused("missing", &table, PASSWORD),
        "error: cannot read the secret from the environment variable `P12_PASSWORD_NOT_SET`\n\
         note: the variable is not set\nhelp: provide it, or package unsigned with --no-sign\n"
    );
    let table = keys
        .pkcs12()
        .replace("{ pkcs12", "{ program = 'no-osslsigncode', pkcs12");
    assert_eq!(
        refused("missing", &table, PASSWORD),
        "error: cannot sign a trial file by `no-osslsigncode`\nnote: the program cannot be started\n\
         note: No such file or directory (os error 2)\n\
         help: install `no-osslsigncode`, or package unsigned with --no-sign\n"
    );
}

#[test]
fn tables_with_errors_show_their_line_but_no_secret() {
    let error = refused(
        "table",
        "osslsigncode = { pkcs12 = 'a.p12', password = 'hunter2-Geheim' }",
        PASSWORD,
    );
    assert_eq!(
        error,
        "error: a secret must not be written in the configuration; expected `{ env = \"NAME\" }`, `{ fd = 3 }` or \
         `{ file = \"path\" }`\n  --> [project]/Cargo.toml:12:47\n   |\n12 | osslsigncode = { pkcs12 = 'a.p12', password = \
         **************** }\n   |                                               ^^^^^^^^^^^^^^^^\n"
    );
    let error = refused("table", "timestamp = ['http://tsa']", PASSWORD);
    assert!(
        error.starts_with("error: no signing engine is configured\nhelp: add a table such as"),
        "{error}"
    );
    let error = Fixture::new("hello").in_folder("sign/none").refused(&["--sign"]);
    assert!(
        error.starts_with("error: no signing engine is configured\n"),
        "{error}"
    );
    let error = refused("table", "command = ['sign', 'FILE']", PASSWORD);
    assert!(error.contains("the signing command has no `{file}`"), "{error}");
}

/// While a signing program runs, Ctrl+C ends both it and the tool, and nothing is left.
#[test]
fn an_interrupt_ends_the_signing_program_too() {
    let keys = Keys::new();
    let pid = keys.path("pid");
    let slow = keys.script("slow", &format!("echo $$ >{pid}; exec sleep 300"));
    let (folder, path) = super::copy();
    let mut tool = cargo_winsvc();
    let config = format!("command = ['{slow}', '{{file}}']");
    tool.args(["sign", "--sign-config", &config]).arg(&path);
    let running = Running::start(&mut tool);
    let alive = || {
        let pid = fs::read_to_string(&pid).unwrap_or_default();
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        !pid.is_empty() && stat.is_ok_and(|stat| !stat.contains(") Z "))
    };
    let until = |what: &str, expected: bool| {
        deadline::until(what, PATIENCE, || {
            (alive() == expected).then_some(()).ok_or(expected)
        });
    };
    until("the start of the signing program", true);
    let mut kill = require("kill");
    // The whole group, as a terminal does; the signing program is in another.
    let _ = run(
        kill.arg("-INT").arg("--").arg(format!("-{}", running.id())),
        PATIENCE,
    )
    .ok();
    let finished = running.finish(PATIENCE);
    until("the end of the signing program", false);
    assert!(!finished.status.success(), "{finished}");
    assert!(finished.stderr.contains("note: interrupted\n"), "{finished}");
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(left, [path.as_path() as &Path]);
}

/// Starts the tool, and kills it with all but the signing program, when that has written its process number.
fn kill_while_signing(tool: &mut Command, keys: &Keys) {
    let pid = keys.path("pid");
    let mut running = Running::start(tool);
    until("the signing program", BUILD, || fs::metadata(&pid).map(drop));
    running.kill_group();
    until("the end", PATIENCE, || {
        if running.is_alive() { Err(()) } else { Ok(()) }
    });
    let _ = run(
        require("kill").arg(fs::read_to_string(&pid).unwrap().trim()),
        PATIENCE,
    )
    .ok();
    fs::remove_file(pid).unwrap();
}

#[test]
fn a_kill_while_signing_leaves_no_half_signed_file() {
    let keys = Keys::new();
    let sign = "cd \"$(dirname \"$0\")\"\n\
                osslsigncode sign -h sha256 -certs Acme.pem -key Acme.key -in \"$1\" -out \"$1.new\" && mv \"$1.new\" \"$1\"\n";
    let hang = "echo $$ >pid.new; mv pid.new pid; exec sleep 300\n";
    let (folder, path) = super::copy();
    for (name, script) in [
        ("before", format!("cd \"$(dirname \"$0\")\"\n{hang}")),
        ("after", format!("{sign}{hang}")),
    ] {
        let command = format!("command = ['{}', '{{file}}']", keys.script(name, &script));
        let mut tool = cargo_winsvc();
        kill_while_signing(tool.args(["sign", "--sign-config", &command]).arg(&path), &keys);
        assert!(
            fs::read(&path).unwrap() == fs::read(super::exe()).unwrap(),
            "{name}"
        );
    }
    // What is left is hidden, and in nobody's way.
    let visible = |folder: &Path| {
        let names = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        names
            .filter(|name| !name.to_string_lossy().starts_with('.'))
            .count()
    };
    assert_eq!(visible(folder.path()), 1);
    let _ = super::sign(&[&keys.pkcs12()], &path).ok();
    verify(&path, &keys.authority.certificate());

    // The MSI is the last file that is signed.
    let script = keys.script("msi", &format!("{sign}case \"$1\" in *.msi) {hang};; esac"));
    let command = format!("command = ['{script}', '{{file}}']");
    let out = tempfile::tempdir().unwrap();
    let fixture = Fixture::new("hello").in_folder("sign/killed");
    fixture.write_copy();
    let package = |config: &str| {
        let mut tool = cargo_winsvc();
        tool.args([
            "package",
            "--target",
            TARGET,
            "--sign-config",
            config,
            "--manifest-path",
        ]);
        tool.arg(fixture.root().join("Cargo.toml"))
            .arg("--out-dir")
            .arg(out.path());
        tool.env("P12_PASSWORD", PASSWORD);
        tool
    };
    let _lock = winsvc_tests::paths::lock("build");
    kill_while_signing(&mut package(&command), &keys);
    assert_eq!(visible(out.path()), 0);
    let _ = run(&mut package(&keys.pkcs12()), BUILD).ok();
    assert_eq!(visible(out.path()), 2);
    verify(
        &out.path().join("hello-1.0.0-x64.msi"),
        &keys.authority.certificate(),
    );
}
