//! What `cargo winsvc config` prints.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A package with these tables at the end of its Cargo.toml.
fn project(tables: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/main.rs"), "fn main() {}\n").unwrap();
    let manifest = format!(
        "[package]\nname = \"agent\"\nversion = \"1.2.3\"\nedition = \"2021\"\nauthors = [\"Acme <a@acme.example>\"]\n\
         description = \"Watches.\"\nhomepage = \"https://acme.example\"\n[workspace]\n{tables}"
    );
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    folder
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-winsvc"));
    tool.args(["winsvc", "config", "--target", "x86_64-pc-windows-gnu"])
        .args(arguments);
    tool.current_dir(folder.path()).output().unwrap()
}

fn printed(folder: &TempDir, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

const TABLES: &str = r#"[workspace.metadata.winsvc]
start = "delayed"
environment = { A = "1", B = "2" }
package.formats = ["msi"]
package.product-name = "not inherited"
sign.timestamp = ["http://t.example"]
sign.signtool.thumbprint = "00"
[package.metadata.winsvc]
environment = { C = "3" }
recovery.restart = ["1s"]
package.files = ["src/main.rs"]
[package.metadata.winsvc.sign.osslsigncode]
pkcs12 = "a.p12"
password = { env = "PFX_PASSWORD" }
[package.metadata.winsvc.target.x64]
account = "network-service"
package.files = ["Cargo.toml"]
"#;

#[test]
fn each_value_has_its_origin() {
    let folder = project(TABLES);
    let options = folder.path().join("sign.toml");
    fs::write(&options, "# A.\nurl = 'https://e.example'\n").unwrap();
    let sign = ["--sign-config", "sign.toml", "--sign-config", "timeout = '1m'"];
    let text = printed(&folder, &sign);
    insta::assert_snapshot!(text);
    let _: toml::Table = text.parse().unwrap();
}

#[test]
fn a_key_selects_what_is_below_it() {
    let folder = project(TABLES);
    assert_eq!(
        printed(&folder, &["environment"]),
        "[package.metadata.winsvc] # x86_64-pc-windows-gnu (--target)\n\
         environment.C = \"3\"                                # Cargo.toml:17:21\n"
    );
    let two = printed(&folder, &["account", "--target", "i686-pc-windows-gnu"]);
    let two: toml::Table = two.parse().unwrap();
    let account = |triple: &str| two[triple]["package"]["metadata"]["winsvc"]["account"].as_str();
    assert_eq!(account("x86_64-pc-windows-gnu"), Some("network-service"));
    assert_eq!(account("i686-pc-windows-gnu"), Some("virtual"));
    let output = run(&folder, &["acount"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: the key `acount` is not set, and has no default\n\
         help: run `cargo winsvc config` without a key to list all values\n"
    );
}

#[test]
fn the_defaults_of_updates_are_shown_where_there_are_updates() {
    let text = |tables: &str| printed(&project(tables), &[]);
    let updates = text(
        "[package.metadata.winsvc.update]\nurl = \"https://dl.acme.example\"\nsoak = \"1m\"\n\
         keys = [\"RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\"]\n",
    );
    for line in [
        "update.auto = true                                 # default",
        "update.channel = \"stable\"                          # default",
        "update.check = \"6h\"                                # default",
        "update.rollback = true                             # default",
        "update.soak = \"1m\"                                 # Cargo.toml:11:8",
    ] {
        assert!(updates.lines().any(|found| found == line), "{line}\n{updates}");
    }
    assert!(!text("").contains("update."));
}

#[test]
fn services_have_the_values_of_the_table_as_defaults() {
    let folder = project(
        "[package.metadata.winsvc]\naccount = \"local-service\"\nstop-timeout = \"10s\"\n\
         [package.metadata.winsvc.services.one]\nstop-timeout = \"5s\"\n\
         [package.metadata.winsvc.services.two]\nstart = \"manual\"\n",
    );
    let messages = messages(&folder, &[]);
    let of = |key: &str| {
        let keys: Vec<&str> = key.split('/').collect();
        let found: Vec<&Value> = messages
            .iter()
            .filter(|it| it["key"] == serde_json::json!(keys))
            .collect();
        assert_eq!(found.len(), 1, "{key}");
        (
            found[0]["value"].as_str().unwrap(),
            found[0]["origin"]["line"].as_u64(),
        )
    };
    assert_eq!(of("services/one/stop-timeout"), ("5s", Some(13)));
    assert_eq!(of("services/two/stop-timeout"), ("10s", Some(11)));
    assert_eq!(of("services/one/account"), ("local-service", Some(10)));
    assert_eq!(of("services/one/start"), ("auto", None));
    assert_eq!(of("services/two/start"), ("manual", Some(15)));
    assert!(messages.iter().all(|it| it["key"][0] != "account"));
}

fn messages(folder: &TempDir, arguments: &[&str]) -> Vec<Value> {
    let lines = printed(folder, &[&["--message-format", "json"], arguments].concat());
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn messages_are_those_of_the_schema() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/messages.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    let folder = project(TABLES);
    let messages = messages(&folder, &["--sign-config", "timeout = '1m'"]);
    for message in &messages {
        let errors: Vec<String> = schema
            .iter_errors(message)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}: {message:#}");
    }
    let kinds = |kind: &str| messages.iter().filter(|it| it["origin"]["kind"] == kind).count();
    assert!(kinds("file") > 5 && kinds("default") > 5 && kinds("flag") == 1);
    assert_eq!(messages.iter().filter(|it| it["entries"].is_array()).count(), 1);
}

/// Keys whose default is a value of their own, by the schema's descriptions.
#[test]
fn every_key_with_a_default_is_printed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cargo-toml.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let folder = project("[package.metadata.winsvc.sign.osslsigncode]\npkcs12 = 'a'\n");
    let found: Vec<Vec<Value>> = messages(&folder, &[])
        .into_iter()
        .map(|it| it["key"].as_array().unwrap().clone())
        .collect();
    for (definition, prefix) in [
        ("winsvc", &[][..]),
        ("Package", &["package"]),
        ("SignTable", &["sign"]),
    ] {
        let properties = schema["definitions"][definition]["properties"]
            .as_object()
            .unwrap();
        for (key, property) in properties {
            let description = property["description"].as_str().unwrap();
            let Some((_, default)) = description.split_once("default: ") else {
                continue;
            };
            // It has no dialogs, all privileges, and Windows' own security.
            let is_absence = [
                "none",
                "no ",
                "all ",
                "they are not",
                "Windows does not",
                "the one that Windows",
            ];
            if is_absence.iter().any(|absence| default.starts_with(absence)) {
                continue;
            }
            let keys: Vec<Value> = prefix
                .iter()
                .chain([&key.as_str()])
                .map(|&it| Value::from(it))
                .collect();
            assert!(
                found.iter().any(|it| it.starts_with(&keys)),
                "{keys:?} has the default `{default}`"
            );
        }
    }
}
