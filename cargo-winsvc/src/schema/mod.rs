//! The JSON schema of the tables in Cargo.toml, and of the file without a Rust project, for editors.
//!
//! It is derived from the types that read the tables. Draft 7 is what editors of TOML know.

mod overlay;
mod tidy;

use std::io::Write;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use winsvc_definition::manifest::Manifest;

use crate::cli::{SchemaArgs, SchemaKind};

/// The name of the table's definition.
const TABLE: &str = "winsvc";

/// The name of the definition of a table in `services`.
const SERVICE: &str = "ServiceTable";

/// The schema of cargo's own keys.
const CARGO: &str = "https://json.schemastore.org/cargo.json";

/// Prints the schema.
pub(crate) fn print(args: &SchemaArgs) {
    let schema = match args.of {
        SchemaKind::Cargo => of_cargo_toml(Some(CARGO)),
        SchemaKind::Tables => of_cargo_toml(None),
        SchemaKind::Table => of_table(),
        SchemaKind::Host => of_host_file(),
    };
    let text = serde_json::to_string_pretty(&schema).expect("a schema is plain data");
    // A closed stdout is no error.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The schema of a Cargo.toml, which also has the keys that `other` describes.
fn of_cargo_toml(other: Option<&str>) -> Value {
    let parent = |key: &str| {
        json!({
            "type": "object",
            "properties": {
                "metadata": {
                    "type": "object",
                    "properties": { "winsvc": { "$ref": reference(TABLE) } }
                }
            },
            "description": format!("The table `[{key}.metadata.winsvc]` describes a Windows service and its packages."),
        })
    };
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Cargo.toml with the tables of cargo winsvc",
        "type": "object",
        "properties": { "package": parent("package"), "workspace": parent("workspace") },
    });
    if let Some(other) = other {
        schema["allOf"] = json!([{ "$ref": other }]);
    }
    schema["definitions"] = definitions();
    schema
}

/// The schema of the table alone.
fn of_table() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The table of cargo winsvc",
        "$ref": reference(TABLE),
        "definitions": definitions(),
    })
}

/// The schema of a file for a product without a Rust project: the table, with a version and without binaries.
fn of_host_file() -> Value {
    let mut definitions = tables();
    for table in [TABLE, SERVICE] {
        let properties = definitions[table]["properties"].as_object_mut();
        properties.expect("a table has keys").remove("program");
    }
    overlay::add(&mut definitions);
    definitions[TABLE]["properties"]["version"] = json!({
        "description": "The product's version, which is a semantic version.",
        "type": "string",
        "pattern": r"^\d+\.\d+\.\d+([-+].+)?$",
    });
    definitions[TABLE]["required"] = json!(["version"]);
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The file of cargo winsvc package --host",
        "$ref": reference(TABLE),
        "definitions": definitions,
    })
}

/// The definitions of the table, and of everything in it.
fn definitions() -> Value {
    let mut definitions = tables();
    overlay::add(&mut definitions);
    definitions
}

/// The definitions without the tables in `target`.
fn tables() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let root = generator.into_root_schema_for::<Manifest>().to_value();
    let Value::Object(mut table) = root else {
        unreachable!("a table is an object");
    };
    table.remove("$schema");
    table.remove("title");
    let mut definitions = match table.remove("definitions") {
        Some(Value::Object(definitions)) => definitions,
        _ => Map::new(),
    };
    definitions.insert(TABLE.to_owned(), Value::Object(table));
    tidy::tidy(Value::Object(definitions))
}

fn reference(name: &str) -> String {
    format!("#/definitions/{name}")
}
