//! `cargo winsvc sign FILE…`: files that were built elsewhere.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::Fixture;
use winsvc_tests::package::{by_cabextract, stream};
use winsvc_tests::process::run;
use winsvc_tests::signing::{Answer, TimestampServer, verify, verify_by_openssl, verify_timestamp};
use winsvc_tests::tool::cargo_winsvc;

use super::{Keys, PASSWORD, copy, refused, sign};

#[test]
fn a_signed_file_is_left_as_it_is() {
    let keys = Keys::new();
    let (_folder, path) = copy();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
    let first = sign(&[&keys.pkcs12()], &path).ok();
    assert_eq!(first.stdout, format!("{}\n", path.display()));
    assert!(
        first
            .stderr
            .contains("      Signed hello.exe by CN=Acme (issuer CN=Tests CA"),
        "{first}"
    );
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o750);
    let signed = fs::read(&path).unwrap();
    verify(&path, &keys.authority.certificate());

    let other = Keys::new();
    let second = sign(&[&other.pkcs12()], &path).ok();
    assert!(
        second.stderr.contains("       Fresh hello.exe by CN=Acme"),
        "{second}"
    );
    assert_eq!(first.stdout, second.stdout);
    assert!(fs::read(&path).unwrap() == signed);
}

#[test]
fn a_dry_run_and_a_denied_warning_leave_the_file_as_it_is() {
    let keys = Keys::new();
    let (_folder, path) = copy();
    let original = fs::read(&path).unwrap();
    let name = path.to_str().unwrap();
    let run_with = |flags: &[&str]| {
        let mut tool = cargo_winsvc();
        tool.args(["sign", "--sign-config", &keys.pkcs12()])
            .args(flags)
            .arg(name);
        run(tool.env("P12_PASSWORD", PASSWORD), PATIENCE)
    };
    let dry = run_with(&["--dry-run"]).ok();
    assert!(
        dry.stderr
            .contains(&format!("        Sign {name} with osslsigncode")),
        "{dry}"
    );
    // The signature has no timestamp.
    let denied = run_with(&["-D", "warnings"]);
    assert_eq!(denied.status.code(), Some(1), "{denied}");
    assert!(
        denied
            .stderr
            .contains("warning: the signature of `hello.exe` has no timestamp")
            && denied.stderr.contains("error: 1 warning denied\n"),
        "{denied}"
    );
    assert!(fs::read(&path).unwrap() == original);
    let _ = run_with(&[]).ok();
    let again = run_with(&["--dry-run"]).ok();
    assert!(!again.stderr.contains("        Sign "), "{again}");
}

#[test]
fn a_file_that_was_changed_after_it_was_signed_is_refused() {
    let keys = Keys::new();
    let (_folder, path) = copy();
    let _ = sign(&[&keys.pkcs12()], &path).ok();
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let finished = sign(&[&keys.pkcs12()], &path);
    assert_eq!(finished.status.code(), Some(1));
    assert_eq!(
        finished.stderr,
        format!(
            "error: the signature of `{}` is not valid\nnote: the file was changed after it was signed\n",
            path.display()
        )
    );
}

#[test]
fn if_one_file_cannot_be_signed_none_is() {
    let keys = Keys::new();
    let (folder, path) = copy();
    let text = folder.path().join("readme.txt");
    fs::write(&text, "not a program").unwrap();
    let before = fs::read(&path).unwrap();
    let mut tool = cargo_winsvc();
    tool.args(["sign", "--sign-config", &keys.pkcs12()])
        .arg(&path)
        .arg(&text);
    let finished = run(tool.env("P12_PASSWORD", PASSWORD), PATIENCE);
    assert_eq!(
        (finished.stdout.as_str(), finished.stderr.as_str()),
        (
            "",
            format!(
                "error: the signature of `{}` is not valid\nnote: the file is not an exe, a DLL, an MSI or a cabinet\n",
                text.display()
            )
            .as_str()
        )
    );
    assert!(fs::read(&path).unwrap() == before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn the_configuration_of_the_command_line_has_clear_errors() {
    for (config, expected) in [
        (
            "osslsigncode = { pkcs12 = 'a', password = 'hunter2-Geheim' }",
            "error: invalid `--sign-config`: a secret must not be written in the configuration; expected `{ env",
        ),
        (
            "nothing.toml",
            "error: invalid `--sign-config`: no file `nothing.toml`; expected KEY=VALUE, or",
        ),
        (
            "singtool = {}",
            "error: invalid `--sign-config`: unknown field `singtool`, expected one of `osslsigncode`",
        ),
    ] {
        let error = refused(&[config]);
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_cabinet_is_signed_and_still_has_its_files() {
    let keys = Keys::new();
    let server = TimestampServer::start(&keys.authority, &[Answer::Timestamp]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("product.cab");
    let cabinet = stream(&Fixture::new("hello").package().msi, "product.cab");
    fs::write(&path, &cabinet).unwrap();
    let files = by_cabextract(&path);
    let config = [
        keys.pkcs12(),
        format!("timestamp = ['{}']", server.url()),
        "description = 'Hello'".to_owned(),
    ];
    let config = config.each_ref().map(String::as_str);
    let _ = sign(&config, &path).ok();
    let authority = keys.authority.certificate();
    verify_timestamp(&path, &authority, &authority);
    verify_by_openssl(&path, &authority);
    assert_eq!(by_cabextract(&path), files);
    let again = sign(&config, &path).ok();
    assert!(
        again
            .stderr
            .contains("       Fresh product.cab by CN=Acme (issuer CN=Tests CA, timestamp 20"),
        "{again}"
    );

    // A byte of the header, of a folder's place and of a file.
    let signed = fs::read(&path).unwrap();
    for at in [32, 62, cabinet.len() / 2] {
        let mut changed = signed.clone();
        changed[at] ^= 1;
        fs::write(&path, changed).unwrap();
        let refused = sign(&config, &path);
        assert_eq!(refused.status.code(), Some(1), "{refused}");
        assert!(
            refused
                .stderr
                .ends_with("is not valid\nnote: the file was changed after it was signed\n"),
            "{at}: {refused}"
        );
    }
}
