//! The JSON schema of the tables in Cargo.toml, compared with what reads them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jsonschema::Validator;
use serde_json::{Value, json};
use winsvc_definition::manifest::Manifest;

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn printed(arguments: &[&str]) -> String {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-winsvc"));
    let output = tool.args(["winsvc", "schema"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn schema(of: &str) -> Value {
    serde_json::from_str(&printed(&["--of", of])).unwrap()
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft7::new(schema).unwrap()
}

/// What the parser says of a table; `None` if it accepts it.
fn error(table: &Value) -> Option<String> {
    let text = toml::to_string(table).unwrap();
    toml::from_str::<Manifest>(&text)
        .err()
        .map(|error| error.message().to_owned())
}

/// The files with this extension below a folder of the checkout.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The tables of a Cargo.toml.
fn tables(text: &str) -> Vec<Value> {
    let Ok(document) = toml::from_str::<Value>(text) else {
        return Vec::new();
    };
    ["/package/metadata/winsvc", "/workspace/metadata/winsvc"]
        .iter()
        .filter_map(|path| document.pointer(path).cloned())
        .collect()
}

/// The tables in the fixtures and in the documentation, with the file of each.
fn examples() -> Vec<(PathBuf, Value)> {
    let mut examples = Vec::new();
    for path in files(&checkout().join("fixtures"), "toml") {
        for table in tables(&fs::read_to_string(&path).unwrap()) {
            examples.push((path.clone(), table));
        }
    }
    let pages = files(&checkout().join("docs"), "md");
    for path in pages.into_iter().chain([checkout().join("README.md")]) {
        let text = fs::read_to_string(&path).unwrap();
        for block in text.split("```toml\n").skip(1) {
            let block = block.split("```").next().unwrap();
            let mut found = tables(block);
            if found.is_empty()
                && let Ok(table) = toml::from_str::<Value>(block)
                && toml::from_str::<Manifest>(block).is_ok()
            {
                found.push(table);
            }
            examples.extend(found.into_iter().map(|table| (path.clone(), table)));
        }
    }
    examples
}

#[test]
fn the_copy_in_the_documentation_is_current() {
    let copy = fs::read_to_string(checkout().join("docs/cargo-toml.schema.json")).unwrap();
    assert!(
        copy == printed(&[]),
        "run `cargo winsvc schema > docs/cargo-toml.schema.json`"
    );
    let copy = fs::read_to_string(checkout().join("docs/agent-toml.schema.json")).unwrap();
    assert!(
        copy == printed(&["--of", "host"]),
        "run `cargo winsvc schema --of host > docs/agent-toml.schema.json`"
    );
    for of in ["cargo", "tables", "table", "host"] {
        assert!(jsonschema::draft7::meta::is_valid(&schema(of)), "{of}");
    }
}

/// The files for products without a Rust project in the fixtures and in the documentation.
fn host_files() -> Vec<(PathBuf, Value)> {
    let fixtures = files(&checkout().join("fixtures"), "toml").into_iter();
    let fixtures = fixtures.filter(|path| path.ends_with("agent.toml"));
    let mut texts: Vec<_> = fixtures
        .map(|path| (fs::read_to_string(&path).unwrap(), path))
        .collect();
    let pages = files(&checkout().join("docs"), "md").into_iter();
    for path in pages.chain([checkout().join("README.md")]) {
        let text = fs::read_to_string(&path).unwrap();
        // What follows on the line is for the test of the page.
        let blocks = text.split("```toml").skip(1);
        let blocks = blocks.filter_map(|rest| rest.split("```").next()?.split_once('\n'));
        let blocks = blocks.map(|(_, block)| block);
        texts.extend(
            blocks
                .filter(|block| block.starts_with("version = "))
                .map(|block| (block.to_owned(), path.clone())),
        );
    }
    texts
        .into_iter()
        .map(|(text, path)| (path, toml::from_str(&text).unwrap()))
        .collect()
}

#[test]
fn a_file_without_a_rust_project_has_the_keys_of_the_table_but_binaries() {
    let validator = validator(&schema("host"));
    let files = host_files();
    for name in ["node-like/agent.toml", "README.md", "host.md", "guide.md"] {
        assert!(
            files.iter().any(|(path, _)| path.ends_with(name)),
            "{name}: {files:#?}"
        );
    }
    for (path, file) in &files {
        let errors: Vec<String> = validator
            .iter_errors(file)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}\n{file:#}", path.display());
    }
    let file = |change: Value| {
        let mut file = json!({ "version": "1.0.0", "host": { "program": "node.exe" } });
        file.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        file
    };
    for valid in [
        json!({}),
        json!({ "version": "1.0.0-rc.1" }),
        json!({ "services": { "a": { "host": { "program": "a.exe", "ready": { "tcp": 8080 } } } } }),
        json!({ "target": { "x86": { "host": { "program": "x86.exe" } } } }),
    ] {
        assert!(validator.is_valid(&file(valid.clone())), "{valid}");
    }
    for invalid in [
        json!({ "version": "1.0" }),
        json!({ "version": 1 }),
        json!({ "program": "node" }),
        json!({ "services": { "a": { "program": "a" } } }),
        json!({ "hots": {} }),
        json!({ "host": {} }),
        json!({ "host": { "program": "a.exe", "priorty": "high" } }),
        json!({ "target": { "x86": { "version": "1.0.0" } } }),
    ] {
        assert!(!validator.is_valid(&file(invalid.clone())), "{invalid}");
    }
    assert!(!validator.is_valid(&json!({ "host": { "program": "node.exe" } })));
}

#[test]
fn the_examples_are_valid() {
    let schema = validator(&schema("table"));
    let examples = examples();
    let in_page = |name: &str| examples.iter().filter(|(path, _)| path.ends_with(name)).count();
    assert!(
        in_page("configuration.md") >= 5 && in_page("signing.md") >= 2,
        "{examples:#?}"
    );
    assert!(in_page("http-api/Cargo.toml") == 1, "{examples:#?}");
    for (path, table) in &examples {
        assert_eq!(error(table), None, "{}", path.display());
        let errors: Vec<String> = schema
            .iter_errors(table)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}\n{table:#}", path.display());
    }
}

/// The value at the place that these keys lead to, with the value of the last key changed.
fn changed(table: &Value, pointer: &str, change: &dyn Fn(&mut Value)) -> Value {
    let mut table = table.clone();
    change(table.pointer_mut(pointer).unwrap());
    table
}

/// The pointers of all values in a table, without those of tables for targets, which are read over others.
fn pointers(value: &Value, pointer: &str, found: &mut Vec<String>) {
    found.push(pointer.to_owned());
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if !(pointer.is_empty() && key == "target") {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    pointers(value, &format!("{pointer}/{key}"), found);
                }
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                pointers(value, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Errors of serde, which a schema sees as well: ours are about values that depend on one another.
fn is_of_the_form(error: &str) -> bool {
    [
        "unknown field",
        "unknown variant",
        "invalid type",
        "missing field",
    ]
    .iter()
    .any(|kind| error.starts_with(kind) && !error.contains(';'))
}

/// Every example, with each of its values replaced by others, is judged by the parser and by the schema.
#[test]
fn the_schema_and_the_parser_agree_on_changed_examples() {
    let schema = validator(&schema("table"));
    let mut refused = 0;
    for (path, table) in examples() {
        let mut places = Vec::new();
        pointers(&table, "", &mut places);
        for place in places {
            let values = [
                json!(true),
                json!(7),
                json!("text"),
                json!([]),
                json!(["text"]),
                json!({}),
                json!({ "unknown-key": "text" }),
            ];
            let is_table = table.pointer(&place).unwrap().is_object();
            let mut variants: Vec<Value> = values
                .iter()
                // serde reads a list as a table with the keys in its order, which nobody writes.
                .filter(|value| !(is_table && value.is_array()))
                .filter(|value| !place.is_empty() || value.is_object())
                .map(|value| changed(&table, &place, &|it| *it = value.clone()))
                .collect();
            if is_table {
                variants.push(changed(&table, &place, &|it| it["unknown-key"] = json!("text")));
            }
            for variant in variants {
                match error(&variant) {
                    None => assert!(
                        schema.is_valid(&variant),
                        "{}, {place}: {:?}\n{variant:#}",
                        path.display(),
                        schema
                            .iter_errors(&variant)
                            .map(|it| it.to_string())
                            .collect::<Vec<_>>()
                    ),
                    Some(error) if is_of_the_form(&error) => {
                        refused += 1;
                        assert!(
                            !schema.is_valid(&variant),
                            "{}, {place}: {error}\n{variant:#}",
                            path.display()
                        );
                    }
                    Some(_) => {}
                }
            }
        }
    }
    assert!(refused > 500, "{refused}");
}

/// A table of the schema: how to write a document in which it has one unknown key, and the keys that it has.
struct Table {
    document: Value,
    keys: BTreeSet<String>,
}

/// The tables of a schema. `wrap` makes a document of a value at its place.
fn tables_of(schema: &Value, root: &Value, wrap: &dyn Fn(Value) -> Value, found: &mut Vec<Table>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let definition = root.pointer(reference.trim_start_matches('#')).unwrap();
        return tables_of(definition, root, wrap, found);
    }
    // A table with one key of several: each is a form, which is described as a whole.
    let forms = schema["oneOf"].as_array().into_iter().flatten();
    let only_keys: BTreeSet<String> = forms
        .filter_map(|form| {
            let properties = form["properties"].as_object()?;
            assert!(
                properties.len() == 1 && form["description"].is_string(),
                "{form:#}"
            );
            properties.keys().next().cloned()
        })
        .collect();
    if !only_keys.is_empty() {
        found.push(Table {
            document: wrap(json!({ "unknown-key": 1 })),
            keys: only_keys,
        });
    }
    for forms in ["allOf", "anyOf"] {
        for form in schema[forms].as_array().into_iter().flatten() {
            tables_of(form, root, wrap, found);
        }
    }
    if let Some(properties) = schema["properties"].as_object() {
        assert_eq!(schema["additionalProperties"], json!(false), "{schema:#}");
        found.push(Table {
            document: wrap(json!({ "unknown-key": 1 })),
            keys: properties.keys().cloned().collect(),
        });
        for (key, inner) in properties.iter().filter(|(key, _)| *key != "target") {
            assert!(
                inner["description"].is_string(),
                "{key} is not described: {inner:#}"
            );
            tables_of(inner, root, &|value| wrap(json!({ key.clone(): value })), found);
        }
    }
    if schema["items"].is_object() {
        tables_of(&schema["items"], root, &|value| wrap(json!([value])), found);
    }
    let patterns = schema["patternProperties"]
        .as_object()
        .into_iter()
        .flat_map(|it| it.values());
    for inner in patterns.chain([&schema["additionalProperties"]]) {
        if inner.is_object() {
            // A name that is a service's, a property's, a feature's and a scheme's.
            let name = if schema.to_string().contains("^[A-Z]") {
                "ACME"
            } else {
                "acme"
            };
            tables_of(inner, root, &|value| wrap(json!({ name: value })), found);
        }
    }
}

/// The parser lists the keys that it knows when it finds another one: they are those of the schema.
#[test]
fn the_parser_and_the_schema_have_the_same_keys() {
    let root = schema("table");
    let mut found = Vec::new();
    tables_of(&root["definitions"]["winsvc"], &root, &|value| value, &mut found);
    assert!(found.len() > 30, "{}", found.len());
    for Table { document, keys } in found {
        let error = error(&document).unwrap_or_else(|| panic!("accepted: {document:#}"));
        let words: Vec<&str> = error.split('`').skip(1).step_by(2).collect();
        let (unknown, known) = words
            .split_first()
            .unwrap_or_else(|| panic!("{error}: {document:#}"));
        assert_eq!(*unknown, "unknown-key", "{error}: {document:#}");
        let known: BTreeSet<String> = known.iter().map(|&key| key.to_owned()).collect();
        assert_eq!(known, keys, "{error}: {document:#}");
    }
}

#[test]
fn a_table_of_a_target_has_the_keys_that_may_differ() {
    let schema = validator(&schema("table"));
    let is_valid = |text: &str| schema.is_valid(&toml::from_str::<Value>(text).unwrap());
    for text in [
        "target.x64.package.files = ['a.dll']",
        "target.arm64.start = 'manual'",
        "target.i686-pc-windows-msvc.services.acme.arguments = []",
        // The program is that of all targets.
        "target.x86.url-protocols.acme.arguments = ['%1']",
        "target.x86.properties.PORT.refuse.message = 'No.'",
    ] {
        assert!(is_valid(text), "{text}");
    }
    for text in [
        "target.x64.name = 'other'",
        "target.x64.package.upgrade-code = '53f56307-b6bf-11d0-94f2-00a0c91efb8b'",
        "target.x64.sign.timeout = '1m'",
        "target.x64.target.x86.start = 'auto'",
        "target.amd64.start = 'manual'",
        "target.x64.strat = 'manual'",
        "target.x64.start = 5",
        // A list replaces the one for all targets, so its tables are complete.
        "target.x64.registry = [{ key = 'Software\\Acme' }]",
    ] {
        assert!(!is_valid(text), "{text}");
    }
}

#[test]
fn a_cargo_toml_is_checked_below_metadata_only() {
    let schema = validator(&schema("tables"));
    let is_valid = |text: &str| schema.is_valid(&toml::from_str::<Value>(text).unwrap());
    assert!(is_valid(
        "[package]\nname = 5\n[package.metadata.other]\na = 1\n[workspace.metadata.winsvc]\nstart = 'auto'"
    ));
    assert!(!is_valid("[package.metadata.winsvc]\nstrat = 'auto'"));
    assert!(!is_valid("[workspace.metadata.winsvc]\nstart = true"));
}
