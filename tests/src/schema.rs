//! JSON schemas, as the programs that read the tool's files have them.

use std::fs;
use std::path::Path;

use jsonschema::Registry;
use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::paths::checkout;

/// Validates a document by the schema at this path in the checkout. Schemas that it refers to are beside it.
///
/// # Panics
///
/// When the document is not valid.
pub fn validate(document: &Value, schema: &str) {
    let path = checkout().join(schema);
    let schema = read(&path);
    let mut registry = Registry::new();
    for entry in fs::read_dir(path.parent().expect("a folder")).expect("the folder of the schema") {
        let beside = entry.expect("an entry").path();
        if beside != path && beside.extension().is_some_and(|extension| extension == "json") {
            let beside = read(&beside);
            if let Some(id) = beside["$id"].as_str().map(str::to_owned) {
                registry = registry.add(id, beside).expect("a schema");
            }
        }
    }
    let registry = registry.prepare().expect("the schemas");
    let options = jsonschema::options()
        .should_validate_formats(true)
        .with_registry(&registry);
    let validator = options
        .build(&schema)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}: {errors:#?}\n{document:#}", path.display());
}

/// Whether the schema of Cargo.toml that is for editors accepts the tables of this one, which is TOML.
///
/// # Panics
///
/// When the schema is not valid.
pub fn accepts_tables(cargo_toml: &str) -> Option<bool> {
    let document: Value = toml::from_str(cargo_toml).ok()?;
    let mut schema = read(&checkout().join("docs/cargo-toml.schema.json"));
    // Cargo's own keys are described elsewhere.
    schema.as_object_mut()?.remove("allOf");
    let validator = jsonschema::draft7::new(&schema).expect("a schema");
    Some(validator.is_valid(&document))
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A YAML document as the JSON value that it stands for.
///
/// # Panics
///
/// When it is not one document, or has something that JSON does not have.
pub fn from_yaml(text: &str) -> Value {
    let documents = YamlLoader::load_from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let [document] = &documents[..] else {
        panic!("{} documents in\n{text}", documents.len())
    };
    value(document)
}

fn value(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::String(text) => Value::from(text.as_str()),
        Yaml::Integer(number) => Value::from(*number),
        Yaml::Boolean(value) => Value::from(*value),
        Yaml::Null => Value::Null,
        Yaml::Array(values) => values.iter().map(value).collect(),
        Yaml::Hash(entries) => entries
            .iter()
            .map(|(key, entry)| (key.as_str().expect("a string").to_owned(), value(entry)))
            .collect(),
        other => panic!("{other:?} is not JSON"),
    }
}
