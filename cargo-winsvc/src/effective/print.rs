//! Prints values as TOML with comments, or as JSON lines.

use std::io::Write;

use serde::Serialize;

use super::setting::{Origin, Setting};
use crate::build::target::WindowsTarget;
use crate::diagnostic::Place;
use crate::shell::{MessageFormat, Shell};

/// The column of the comments, if the value is not longer.
const COLUMN: usize = 50;

/// A value as a message.
#[derive(Serialize)]
struct Message<'a> {
    target: &'a str,
    selected_by: &'a str,
    key: &'a [String],
    value: &'a toml::Value,
    origin: JsonOrigin<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entries: Vec<JsonOrigin<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum JsonOrigin<'a> {
    File {
        path: String,
        line: usize,
        column: usize,
    },
    Flag {
        flag: &'a str,
    },
    Default {
        #[serde(skip_serializing_if = "str::is_empty")]
        from: &'a str,
    },
}

/// Prints the values for a target.
pub(super) fn values(
    table: &str,
    target: &WindowsTarget,
    selected_by: &str,
    values: &[Setting],
    is_one_of_several: bool,
    shell: Shell,
) {
    if shell.format == MessageFormat::Json {
        for value in values {
            shell.value(&Message {
                target: &target.triple,
                selected_by,
                key: &value.keys,
                value: &value.value,
                origin: json(&value.origin),
                entries: value.entries.iter().map(json_place).collect(),
            });
        }
        return;
    }
    let mut text = if is_one_of_several {
        format!("[{}.{table}] # {selected_by}\n", key(&target.triple))
    } else {
        format!("[{table}] # {} ({selected_by})\n", target.triple)
    };
    for value in values {
        text.push_str(&line(value));
    }
    // A closed stdout is no error.
    let _ = write!(std::io::stdout(), "{text}");
}

/// A value and its origin. Entries of a list from several places have a line each.
fn line(
    Setting {
        keys,
        value,
        origin,
        entries,
    }: &Setting,
) -> String {
    let keys: Vec<String> = keys.iter().map(|it| key(it)).collect();
    let keys = keys.join(".");
    match value.as_array() {
        Some(list) if list.len() == entries.len() && !list.is_empty() => {
            let entries = list.iter().zip(entries);
            let entries: String = entries
                .map(|(entry, place)| commented(&format!("    {entry},"), &shown_place(place)))
                .collect();
            format!("{keys} = [\n{entries}]\n")
        }
        _ => commented(&format!("{keys} = {value}"), &shown(origin)),
    }
}

fn commented(text: &str, comment: &str) -> String {
    format!("{text:<COLUMN$} # {comment}\n")
}

fn shown(origin: &Origin) -> String {
    match origin {
        Origin::File(place) => shown_place(place),
        Origin::Flag(flag) => (*flag).to_owned(),
        Origin::Default("") => "default".to_owned(),
        Origin::Default(from) => format!("default: {from}"),
    }
}

fn shown_place(place: &Place) -> String {
    let (line, column) = place.line_column();
    format!("{}:{line}:{column}", place.path.display())
}

fn json(origin: &Origin) -> JsonOrigin<'_> {
    match origin {
        Origin::File(place) => json_place(place),
        Origin::Flag(flag) => JsonOrigin::Flag { flag },
        Origin::Default(from) => JsonOrigin::Default { from },
    }
}

fn json_place<'a>(place: &Place) -> JsonOrigin<'a> {
    let (line, column) = place.line_column();
    JsonOrigin::File {
        path: place.path.display().to_string(),
        line,
        column,
    }
}

/// A key, in quotation marks if it needs them.
fn key(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !key.is_empty() && key.chars().all(is_bare) {
        key.to_owned()
    } else {
        toml::Value::from(key).to_string()
    }
}
