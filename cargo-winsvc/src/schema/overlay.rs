//! The tables in `target`: the keys of the table that they are laid over, of which none is needed.

use serde_json::{Map, Value, json};

use super::{TABLE, reference};
use crate::build::target::{Arch, TRIPLES};
use crate::config::OF_THE_PRODUCT;

/// What is added to the name of a definition for a table of a target.
const SUFFIX: &str = "-of-a-target";

/// Describes the tables in `target`.
pub(super) fn add(definitions: &mut Value) {
    let Some(own) = definitions.as_object_mut() else {
        return;
    };
    let mut added = Map::new();
    let table = format!("{TABLE}{SUFFIX}");
    let mut pending = vec![TABLE.to_owned()];
    while let Some(name) = pending.pop() {
        let overlaid = format!("{name}{SUFFIX}");
        if added.contains_key(&overlaid) {
            continue;
        }
        let mut definition = own[&name].clone();
        for keys in OF_THE_PRODUCT.into_iter().chain([&["target"][..]]) {
            let (key, tables) = keys.split_last().expect("a key has a name");
            if definition_of(tables, own) == name
                && let Some(properties) = definition["properties"].as_object_mut()
            {
                properties.remove(*key);
            }
        }
        added.insert(overlaid, without_needs(&definition, own, &mut pending));
    }
    own.append(&mut added);
    let names: Vec<&str> = Arch::ALL
        .iter()
        .map(|arch| arch.as_str())
        .chain(TRIPLES)
        .collect();
    let description = own[TABLE]["properties"]["target"]["description"].take();
    own[TABLE]["properties"]["target"] = json!({
        "description": description,
        "type": "object",
        "propertyNames": { "enum": names },
        "additionalProperties": { "$ref": reference(&table) },
    });
}

/// The name of the definition of a table in the table.
fn definition_of(keys: &[&str], definitions: &Map<String, Value>) -> String {
    keys.iter().fold(TABLE.to_owned(), |table, key| {
        let schema = &definitions[&table]["properties"][*key];
        let reference = schema
            .pointer("/$ref")
            .or_else(|| schema.pointer("/allOf/0/$ref"));
        referred(reference.unwrap_or(&Value::Null))
            .unwrap_or_default()
            .to_owned()
    })
}

fn referred(reference: &Value) -> Option<&str> {
    reference.as_str()?.strip_prefix("#/definitions/")
}

/// A schema whose tables need no keys. Lists are replaced, so their tables are complete. Definitions that are referred to,
/// and that need keys themselves, are `pending`.
fn without_needs(schema: &Value, definitions: &Map<String, Value>, pending: &mut Vec<String>) -> Value {
    let Some(object) = schema.as_object() else {
        return match schema {
            Value::Array(values) => values
                .iter()
                .map(|it| without_needs(it, definitions, pending))
                .collect(),
            other => other.clone(),
        };
    };
    let mut relaxed = Map::new();
    for (key, value) in object {
        let value = match key.as_str() {
            "required" if value.is_array() => continue,
            "items" => value.clone(),
            "$ref" => match referred(value).filter(|name| has_tables(&definitions[*name], definitions)) {
                Some(name) => {
                    pending.push(name.to_owned());
                    Value::from(reference(&format!("{name}{SUFFIX}")))
                }
                None => value.clone(),
            },
            _ => without_needs(value, definitions, pending),
        };
        relaxed.insert(key.clone(), value);
    }
    Value::Object(relaxed)
}

/// Whether a schema has a table that is not in a list.
fn has_tables(schema: &Value, definitions: &Map<String, Value>) -> bool {
    match schema {
        Value::Array(values) => values.iter().any(|it| has_tables(it, definitions)),
        Value::Object(object) => object.iter().any(|(key, value)| match key.as_str() {
            "properties" => true,
            "items" => false,
            "$ref" => referred(value).is_some_and(|name| has_tables(&definitions[name], definitions)),
            _ => has_tables(value, definitions),
        }),
        _ => false,
    }
}
