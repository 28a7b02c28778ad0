//! Tables that can sign, and tables that cannot.

use super::*;
use crate::manifest::LITERAL_SECRET;

fn read(text: &str) -> Result<SignTable, String> {
    toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
}

#[test]
fn paths_are_those_of_the_tables_folder() {
    let table = read(
        "url = 'https://acme.example'\ntimestamp = ['http://a', 'https://b']\ntimeout = '1m'\n\
         [osslsigncode]\nprogram = 'bin/osslsigncode'\nkey = 'pkcs11:object=a'\ncertificate = 'chain.pem'\n\
         password = { file = 'pin' }\npkcs11-module = '/usr/lib/module.so'\narguments = ['-nolegacy']",
    )
    .unwrap()
    .in_folder(Path::new("/src"));
    let Some(SignEngine::Osslsigncode(engine)) = &table.engine else {
        panic!("{table:?}");
    };
    assert_eq!(
        (
            engine.program.as_deref(),
            &engine.identity,
            &engine.password,
            engine.pkcs11_module.as_deref()
        ),
        (
            Some(Path::new("/src/bin/osslsigncode")),
            &SigningIdentity::Key {
                key: Located::Token("pkcs11:object=a".to_owned()),
                certificate: Located::File("/src/chain.pem".into())
            },
            &Some(SecretSource::File("/src/pin".into())),
            Some(Path::new("/usr/lib/module.so")),
        )
    );
    let command = read("command = ['sign', '{file}']").unwrap();
    let command = command.in_folder(Path::new("/src"));
    let Some(SignEngine::Command(engine)) = &command.engine else {
        panic!("{command:?}");
    };
    assert_eq!(
        (engine.program.as_path(), engine.folder.as_path()),
        (Path::new("sign"), Path::new("/src"))
    );
    let both = command.clone().or(table.clone());
    assert_eq!((both.engine, both.timeout), (command.engine, table.timeout));
}

#[test]
fn tables_that_cannot_sign_are_refused() {
    for (text, expected) in [
        (
            "signtool = {}\ncommand = ['a', '{file}']",
            "several signing engines; expected one of",
        ),
        (
            "timestamp = ['mailto:a']",
            "invalid timestamp server \"mailto:a\"",
        ),
        (
            "command = ['a', '{file}']\ntimestamp = ['http://a']",
            "`timestamp` has no effect, because `command` has no `{timestamp}`",
        ),
        (
            "osslsigncode = {}",
            "`osslsigncode` has no complete signing identity",
        ),
        (
            "osslsigncode = { pkcs12 = 'a', key = 'b' }",
            "`osslsigncode` has no complete signing identity",
        ),
        (
            "osslsigncode = { pkcs12 = 'a', arguments = ['-ts'] }",
            "the option `-ts` cannot be in `arguments`",
        ),
        (
            "osslsigncode = { pkcs12 = 'a', password = { evn = 'A' } }",
            "unknown variant `evn`, expected one of `env`, `fd`, `file`",
        ),
        (
            "osslsigncode = { pkcs12 = 'a', password = { env = 'A', fd = 3 } }",
            "invalid length 2, expected `{ env = \"NAME\" }`, `{ fd = 3 }` or `{ file = \"path\" }`",
        ),
        ("singtool = {}", "unknown field `singtool`"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn a_password_is_refused_without_showing_it() {
    for keys in [
        "pkcs12 = 'a', password = 'hunter2'",
        "pkcs12 = 'a', password = 1234",
        "pkcs12 = 'a', arguments = ['-pass', 'hunter2']",
        "key = 'pkcs11:object=a;pin-value=1234', certificate = 'c'",
    ] {
        let error = read(&format!("osslsigncode = {{ {keys} }}")).unwrap_err();
        assert!(error.starts_with(LITERAL_SECRET), "{error}");
        assert!(!error.contains("hunter2") && !error.contains("1234"), "{error}");
    }
    let error = read("timestamp = ['https://acme:hunter2@tsa.example/ts']").unwrap_err();
    assert!(
        error.starts_with(LITERAL_SECRET) && !error.contains("hunter2"),
        "{error}"
    );
}
