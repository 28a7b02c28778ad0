//! What the types say in Rust's way, in TOML's.

use serde_json::{Map, Value, json};

/// Removes what TOML has not, and what only readers of the source understand.
pub(super) fn tidy(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(tidy).collect(),
        Value::Object(object) => of_toml(
            object
                .into_iter()
                .map(|(key, value)| (key, tidy(value)))
                .collect(),
        ),
        value => value,
    }
}

/// A key that may be left out is not `null`. Formats such as `uint16` are Rust's; their limits are written out.
fn of_toml(mut object: Map<String, Value>) -> Value {
    join_words(&mut object);
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &mut types[..] {
            let only = only.take();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(forms)) = object.get_mut("anyOf") {
        forms.retain(|form| form.get("type").is_none_or(|name| name != "null"));
        if let [only] = &mut forms[..] {
            let only = only.take();
            object.remove("anyOf");
            // A reference has no keys beside it in draft 7.
            if object.is_empty() {
                return only;
            }
            object.insert("allOf".to_owned(), Value::Array(vec![only]));
        }
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::String(format)) = object.get("format") {
        let greatest = match format.as_str() {
            "uint8" => Some(u64::from(u8::MAX)),
            "uint16" => Some(u64::from(u16::MAX)),
            "uint32" => Some(u64::from(u32::MAX)),
            _ => None,
        };
        if let Some(greatest) = greatest {
            object.entry("maximum").or_insert(greatest.into());
        }
        object.remove("format");
    }
    if let Some(Value::String(description)) = object.get_mut("description") {
        *description = plain(description);
    }
    Value::Object(object)
}

/// Makes one list of words of a form for each: an error of a validator then lists them. taplo shows what they mean.
fn join_words(object: &mut Map<String, Value>) {
    let Some(forms) = object.get("oneOf").and_then(Value::as_array) else {
        return;
    };
    let words: Option<Vec<Value>> = forms.iter().map(|form| form.get("const").cloned()).collect();
    let Some(words) = words else { return };
    let meanings: Vec<Value> = forms.iter().map(|form| form["description"].clone()).collect();
    object.remove("oneOf");
    object.insert("enum".to_owned(), Value::Array(words));
    object.insert(
        "x-taplo".to_owned(),
        json!({ "docs": { "enumValues": meanings } }),
    );
}

/// The first paragraph of a doc comment, without links to items of Rust.
fn plain(description: &str) -> String {
    let paragraph = description.split("\n\n").next().unwrap_or_default();
    let mut text = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    // "[`Format::DEFAULT`]" is a link, "[`a`](https://…)" is one that readers can follow.
    while let Some(start) = text.find("[`") {
        let Some(length) = text[start..].find("`]") else {
            break;
        };
        let end = start + length + "`]".len();
        if text[end..].starts_with("(http") {
            break;
        }
        text.replace_range(end - 1..end, "");
        text.replace_range(start..=start, "");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_left_out_and_not_null() {
        assert_eq!(
            tidy(json!({ "type": ["string", "null"] })),
            json!({ "type": "string" })
        );
        let reference = json!({ "$ref": "#/definitions/a" });
        assert_eq!(
            tidy(json!({ "anyOf": [reference, { "type": "null" }] })),
            reference
        );
        assert_eq!(
            tidy(json!({ "anyOf": [reference, { "type": "null" }], "description": "A." })),
            json!({ "allOf": [reference], "description": "A." })
        );
    }

    #[test]
    fn words_are_one_list() {
        let forms = json!([{ "const": "a", "description": "A." }, { "const": "b", "description": "B." }]);
        assert_eq!(
            tidy(json!({ "oneOf": forms })),
            json!({ "enum": ["a", "b"], "x-taplo": { "docs": { "enumValues": ["A.", "B."] } } })
        );
    }

    #[test]
    fn a_description_is_for_readers_of_cargo_toml() {
        assert_eq!(
            plain("The first\nof two.\n\n# Errors\n\nNone."),
            "The first of two."
        );
        assert_eq!(
            plain("By default [`Format::DEFAULT`]."),
            "By default `Format::DEFAULT`."
        );
        assert_eq!(plain("See [`A`](https://e.com)."), "See [`A`](https://e.com).");
    }
}
