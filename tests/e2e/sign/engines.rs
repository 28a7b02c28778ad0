//! Where keys are: PKCS#12, files, a token; and another program.

use std::fs;

use serde_json::Value;
use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::process::{require, run};
use winsvc_tests::signing::{Leaf, verify};
use winsvc_tests::tool::cargo_winsvc;

use super::{Keys, PASSWORD, copy, refused, sign, traced};

#[test]
fn keys_in_files_sign_with_and_without_a_password() {
    let keys = Keys::new();
    let authority = &keys.authority;
    authority.issue(&Leaf {
        name: "Curve",
        algorithm: &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        ..Leaf::default()
    });
    authority.lock_key("Acme.key", "locked.key", PASSWORD);
    fs::write(keys.path("password"), format!("{PASSWORD}\n")).unwrap();
    let files = |key: &str, name: &str, rest: &str| {
        let [key, certificate] = [keys.path(key), keys.path(&format!("{name}.pem"))];
        format!("osslsigncode = {{ key = '{key}', certificate = '{certificate}'{rest} }}")
    };
    let by_file = format!(", password = {{ file = '{}' }}", keys.path("password"));
    for config in [
        keys.pkcs12(),
        files("Acme.key", "Acme", ""),
        files("Curve.key", "Curve", ""),
        files("locked.key", "Acme", ", password = { env = 'P12_PASSWORD' }"),
        files("locked.key", "Acme", &by_file),
    ] {
        let (_folder, path) = copy();
        let finished = sign(&[&config, "description = 'Agent'"], &path).ok();
        let told = verify(&path, &authority.certificate());
        assert!(told.contains("Text description: Agent"), "{told}");
        assert!(
            finished.stderr.contains("(issuer CN=Tests CA, no timestamp)"),
            "{finished}"
        );
        assert!(
            finished
                .stderr
                .contains("is valid only until 2049-12-31T23:59:59Z"),
            "{finished}"
        );
    }
}

#[test]
fn a_password_comes_by_a_file_descriptor() {
    let keys = Keys::new();
    let (_folder, path) = copy();
    let config = format!(
        "osslsigncode = {{ pkcs12 = '{}', password = {{ fd = 9 }} }}",
        keys.path("Acme.p12")
    );
    let tool = cargo_winsvc();
    let mut shell = require("sh");
    shell.args([
        "-c",
        "cargo winsvc sign --sign-config \"$1\" \"$2\" 9<<EOF\n$SECRET\nEOF",
        "sh",
    ]);
    shell.arg(config).arg(&path).env("SECRET", PASSWORD);
    shell.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(tool.get_current_dir().unwrap());
    let _ = run(&mut shell, PATIENCE).ok();
    verify(&path, &keys.authority.certificate());
}

/// `softhsm2` stands in for a token; Debian's OpenSSL engine for PKCS#11 is the one that osslsigncode finds by itself.
#[test]
fn a_key_in_a_token_signs() {
    const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
    let keys = Keys::new();
    let tokens = keys.folder.path().join("tokens");
    fs::create_dir(&tokens).unwrap();
    let configuration = keys.path("softhsm.conf");
    fs::write(
        &configuration,
        format!("directories.tokendir = {}\n", tokens.display()),
    )
    .unwrap();
    keys.authority.openssl(&[
        "pkcs8",
        "-topk8",
        "-nocrypt",
        "-in",
        "Acme.key",
        "-out",
        "plain.key",
    ]);
    let util = |arguments: &[&str]| {
        let mut util = require("softhsm2-util");
        let _ = run(
            util.env("SOFTHSM2_CONF", &configuration).args(arguments),
            PATIENCE,
        )
        .ok();
    };
    util(&[
        "--init-token",
        "--free",
        "--label",
        "acme",
        "--pin",
        PASSWORD,
        "--so-pin",
        "12345678",
    ]);
    let key = keys.path("plain.key");
    util(&[
        "--import", &key, "--token", "acme", "--label", "code", "--id", "01", "--pin", PASSWORD,
    ]);
    let config = |uri: &str, module: &str| {
        let certificate = keys.path("Acme.pem");
        format!(
            "osslsigncode = {{ key = '{uri}', certificate = '{certificate}', pkcs11-module = '{module}', \
             password = {{ env = 'PIN' }} }}"
        )
    };
    let (_folder, path) = copy();
    let token = |config: &str, pin: &str| {
        let mut tool = cargo_winsvc();
        tool.args(["sign", "--sign-config", config]).arg(&path);
        run(
            tool.env("SOFTHSM2_CONF", &configuration).env("PIN", pin),
            PATIENCE,
        )
    };
    for (uri, module, pin, cause) in [
        (
            "pkcs11:token=acme;object=code",
            MODULE,
            "wrong",
            "wrong password or PIN",
        ),
        (
            "pkcs11:token=other;object=code",
            MODULE,
            PASSWORD,
            "the token or its key was not found",
        ),
    ] {
        let finished = token(&config(uri, module), pin);
        let error = format!("error: cannot sign a trial file by `osslsigncode`: {cause}\n");
        assert!(finished.stderr.starts_with(&error), "{finished}");
        assert!(!finished.to_string().contains(PASSWORD), "{finished}");
    }
    let config = config("pkcs11:token=acme;object=code", MODULE);
    let variables = [("SOFTHSM2_CONF", configuration.as_str()), ("PIN", PASSWORD)];
    let trace = traced(&[&config], &variables, &path);
    assert!(
        trace.contains("\"-key\", \"pkcs11:token=acme;object=code\""),
        "{trace}"
    );
    verify(&path, &keys.authority.certificate());
}

#[test]
fn a_command_signs_in_place() {
    let keys = Keys::new();
    let script = keys.script(
        "sign.sh",
        "set -e\ntest \"$2|$3\" = 'Agent|https://acme.example'\n\
         osslsigncode sign -h sha256 -certs Acme.pem -key Acme.key -in \"$1\" -out \"$1.new\" && mv \"$1.new\" \"$1\"",
    );
    // The command runs in the folder of its table.
    let table = keys.path("sign.toml");
    let lines = "command = ['./sign.sh', '{file}', '{description}', '{url}']\ndescription = 'Agent'\n";
    fs::write(&table, format!("{lines}url = 'https://acme.example'\n")).unwrap();
    assert!(script.ends_with("/sign.sh"));
    let (_folder, path) = copy();
    let mut tool = cargo_winsvc();
    tool.args(["sign", "--message-format", "json", "--sign-config", &table]);
    let finished = run(tool.arg(&path), PATIENCE).ok();
    verify(&path, &keys.authority.certificate());
    let report: Vec<Value> = finished
        .lines()
        .iter()
        .map(|line| {
            let message = serde_json::from_str(line).unwrap();
            winsvc_tests::schema::validate(&message, "docs/messages.schema.json");
            message
        })
        .collect();
    let [warning, artifact] = &report[..] else {
        panic!("{finished}");
    };
    assert_eq!(warning["level"], "warning");
    assert_eq!(artifact["signature"]["subject"], "CN=Acme");
    assert_eq!(artifact["bytes"], fs::metadata(&path).unwrap().len());
}

#[test]
fn a_command_that_does_not_sign_is_an_error() {
    let keys = Keys::new();
    let secret =
        format!("echo \"the password is {PASSWORD}\"; echo \"and the token is $SIGNING_TOKEN\" >&2; exit 7");
    let leaky = keys.script("leaky", &secret);
    let error = refused(&[&format!(
        "command = ['{leaky}', '{{file}}']\nsecrets = ['P12_PASSWORD']"
    )]);
    let expected = format!(
        "error: cannot sign `[exe]` by `{leaky}`: it failed with exit code 7\nnote: the password is ***\n"
    );
    assert!(error.starts_with(&expected), "{error}");
    for (name, script, expected) in [
        ("idle", "exit 0", "succeeded, but `[exe]` has no signature"),
        (
            "shredder",
            "echo MZ >\"$1\"",
            "the signature of `[exe]` is not valid",
        ),
        ("thief", "rm \"$1\"", "succeeded, but `[exe]` has no signature"),
    ] {
        let program = keys.script(name, script);
        let error = refused(&[&format!("command = ['{program}', '{{file}}']")]);
        assert!(
            error.starts_with("error: ") && error.contains(expected),
            "{error}"
        );
    }
    let error = refused(&["command = ['no-such-signer', '{file}']"]);
    assert_eq!(
        error,
        "error: cannot sign `[exe]` by `no-such-signer`\nnote: the program cannot be started\n\
         note: No such file or directory (os error 2)\n\
         help: install `no-such-signer`, or package unsigned with --no-sign\n"
    );
    let error = refused(&["command = ['sign', '{file}']\nsecrets = ['NOT_SET_ANYWHERE']"]);
    assert_eq!(
        error,
        "error: cannot read the secret from the environment variable `NOT_SET_ANYWHERE`\n\
         note: the variable is not set\nhelp: provide it, or package unsigned with --no-sign\n"
    );
}

#[test]
fn a_command_that_hangs_is_killed_with_all_its_processes() {
    let keys = Keys::new();
    let pid = keys.path("pid");
    let slow = keys.script("slow", &format!("sleep 300 & echo $! >{pid}; wait"));
    let error = refused(&[&format!("command = ['{slow}', '{{file}}']\ntimeout = '500ms'")]);
    assert_eq!(
        error,
        format!(
            "error: cannot sign `[exe]` by `{slow}`\nnote: the program did not finish within 0.5 s and was killed\n\
             help: if the program needs more time, set `sign.timeout`\n"
        )
    );
    let pid = fs::read_to_string(pid).unwrap();
    winsvc_tests::deadline::until("the end of the sleep", PATIENCE, || {
        match fs::read_to_string(format!("/proc/{}/stat", pid.trim())) {
            Ok(stat) if !stat.contains(") Z ") => Err(stat),
            _ => Ok(()),
        }
    });
}
